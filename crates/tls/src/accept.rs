//! From a connection to the first byte of what its client says over TLS.

use std::io;
use std::sync::Arc;
use std::time::Duration;

use rustls::ServerConfig;
use rustls::server;
use tokio::io::{AsyncBufReadExt as _, AsyncRead, AsyncWrite, AsyncWriteExt as _};
use tokio::sync::Semaphore;
use tokio::time::timeout;
use tokio_rustls::server::TlsStream;
use tokio_rustls::{LazyConfigAcceptor, StartHandshake};

use crate::certificates::Certificates;

/// The client has begun within this time: all of its first message is there. Who is silent so long holds nothing but a socket.
const HELLO: Duration = Duration::from_secs(10);

/// After that the handshake must be done within this time, waiting for its permit included.
const HANDSHAKE: Duration = Duration::from_secs(10);

/// Handshakes under way at the same time. Each holds some 20 KiB, and one is a millisecond of work.
const HANDSHAKES: usize = 4096;

/// The protocol of an authority that checks a name (RFC 8737).
pub(crate) const ACME: &[u8] = b"acme-tls/1";

/// Does the handshakes. Clones are the same one.
///
/// Clients have 10 seconds for their first message and 10 more for the handshake; 4096 handshakes go on at once, and others wait
/// in that time.
#[derive(Clone, Debug)]
pub struct Acceptor {
    config: Arc<ServerConfig>,
    certificates: Arc<Certificates>,
    permits: Arc<Semaphore>,
}

impl Acceptor {
    pub(crate) fn new(config: Arc<ServerConfig>, certificates: Arc<Certificates>) -> Self {
        Self {
            config,
            certificates,
            permits: Arc::new(Semaphore::new(HANDSHAKES)),
        }
    }

    /// `None` where the client is an authority that wanted nothing more, and where the handshake failed.
    pub async fn accept<S>(&self, stream: S) -> Option<TlsStream<S>>
    where
        S: AsyncRead + AsyncWrite + Unpin,
    {
        let accepted = async {
            // The permit comes after the client's first message: a silent client holds a socket and no permit.
            let hello = timeout(HELLO, LazyConfigAcceptor::new(server::Acceptor::default(), stream)).await??;
            timeout(HANDSHAKE, async {
                // Never closed, so there is always one.
                let _permit = self.permits.acquire().await;
                self.answer(hello).await
            })
            .await?
        };
        accepted.await.unwrap_or_else(|error| {
            tracing::trace!(%error, "no handshake");
            None
        })
    }

    async fn answer<S>(&self, hello: StartHandshake<S>) -> io::Result<Option<TlsStream<S>>>
    where
        S: AsyncRead + AsyncWrite + Unpin,
    {
        let asks_for_proof = hello
            .client_hello()
            .alpn()
            .is_some_and(|mut offers| offers.any(|offer| offer == ACME));
        let challenge = self.certificates.challenge().filter(|_| asks_for_proof);
        let Some(challenge) = challenge else {
            return hello.into_stream(self.config.clone()).await.map(Some);
        };
        // The handshake is all that the authority wants.
        let mut stream = hello.into_stream(challenge).await?;
        stream.shutdown().await?;
        Ok(None)
    }
}

/// The first byte that the client says, which is read again afterwards: it tells protocols apart (RFC 7983). Safe to cancel.
///
/// # Errors
/// When the connection ends before.
pub async fn first_byte<S>(stream: &mut TlsStream<S>) -> io::Result<u8>
where
    S: AsyncRead + AsyncWrite + Unpin,
{
    let said = stream.fill_buf().await?.first().copied();
    said.ok_or_else(|| io::ErrorKind::UnexpectedEof.into())
}

#[cfg(test)]
mod tests {
    use rustls::pki_types::ServerName;
    use rustls::{ClientConfig, ClientConnection, RootCertStore};
    use tokio::net::{TcpListener, TcpStream};
    use tokio::time::Instant;

    use super::*;
    use crate::{Mode, Tls};

    fn acceptor() -> Acceptor {
        let names = vec!["localhost".to_owned()];
        let tls = Tls::open(Mode::SelfSigned { names, folder: None }).unwrap();
        tls.acceptor(&[b"http/1.1"]).unwrap()
    }

    /// A client that has connected and says nothing, and the server's side of it.
    async fn silent() -> (TcpStream, TcpStream) {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let client = TcpStream::connect(listener.local_addr().unwrap()).await.unwrap();
        (client, listener.accept().await.unwrap().0)
    }

    #[tokio::test(start_paused = true)]
    async fn whoever_says_nothing_is_let_go() {
        let acceptor = acceptor();
        let (_client, server) = silent().await;
        let start = Instant::now();
        assert!(acceptor.accept(server).await.is_none());
        let took = start.elapsed();
        assert!(took >= HELLO && took < 2 * HELLO, "{took:?}");
    }

    /// The first message of a client.
    fn hello() -> Vec<u8> {
        let config = ClientConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()))
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_root_certificates(RootCertStore::empty())
            .with_no_client_auth();
        let name = ServerName::try_from("localhost").unwrap();
        let mut client = ClientConnection::new(Arc::new(config), name).unwrap();
        let mut bytes = Vec::new();
        client.write_tls(&mut bytes).unwrap();
        bytes
    }

    /// Whether it is given up in time where it says this and no more, while others have all permits but `left`.
    async fn is_let_go(said: &[u8], left: usize) -> (Duration, usize) {
        let acceptor = acceptor();
        let _others = acceptor.permits.acquire_many((HANDSHAKES - left) as u32).await.unwrap();
        let (mut client, server) = silent().await;
        client.write_all(said).await.unwrap();
        let start = Instant::now();
        let accepting = acceptor.accept(server);
        tokio::pin!(accepting);
        // Until it waits for the client, or for its permit.
        let mut free = acceptor.permits.available_permits();
        let given_up = async {
            loop {
                tokio::select! {
                    biased;
                    accepted = &mut accepting => return accepted.is_none(),
                    () = tokio::time::sleep(Duration::from_secs(1)) => free = free.min(acceptor.permits.available_permits()),
                }
            }
        };
        assert!(given_up.await);
        (start.elapsed(), free)
    }

    #[tokio::test(start_paused = true)]
    async fn whoever_has_not_begun_takes_no_permit() {
        let hello = hello();
        for said in [&hello[..0], &hello[..1], &hello[..hello.len() - 1]] {
            let (took, free) = is_let_go(said, 1).await;
            assert!(took >= HELLO && took < 2 * HELLO, "{took:?}");
            assert_eq!(free, 1, "after {} bytes", said.len());
        }
    }

    #[tokio::test(start_paused = true)]
    async fn waiting_for_a_permit_counts() {
        let (took, _) = is_let_go(&hello(), 0).await;
        assert!(took >= HANDSHAKE && took < HELLO + 2 * HANDSHAKE, "{took:?}");
    }

    #[tokio::test(start_paused = true)]
    async fn whoever_stops_after_the_first_message_gives_the_permit_back() {
        let (took, free) = is_let_go(&hello(), 1).await;
        assert!(took >= HANDSHAKE && took < HELLO + 2 * HANDSHAKE, "{took:?}");
        assert_eq!(free, 0, "it had its permit");
    }
}
