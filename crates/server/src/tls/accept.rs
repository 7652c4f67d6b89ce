//! From a TCP connection to what its client came for: pages, the relay, or a look at the certificate.

use std::io;
use std::sync::Arc;
use std::time::Duration;

use rustls::ServerConfig;
use rustls::server::Acceptor;
use tokio::io::{AsyncRead, AsyncWrite, AsyncWriteExt as _};
use tokio::sync::Semaphore;
use tokio::time::timeout;
use tokio_rustls::server::TlsStream;
use tokio_rustls::{LazyConfigAcceptor, StartHandshake};

use super::Certificates;

/// The client has begun within this time: all of its first message is there. Who is silent so long holds nothing but a socket.
const HELLO: Duration = Duration::from_secs(10);

/// After that the handshake must be done within this time, waiting for its turn included.
const HANDSHAKE: Duration = Duration::from_secs(10);

/// Handshakes under way at the same time. Each holds some 20 KiB, and one is a millisecond of work.
const HANDSHAKES: usize = 4096;

/// Protocols that are agreed on in the handshake (ALPN, RFC 7301).
pub(crate) const HTTP_2: &[u8] = b"h2";
pub(crate) const HTTP_1: &[u8] = b"http/1.1";
/// TURN, and STUN alone (RFC 7443).
pub(crate) const TURN: &[u8] = b"stun.turn";
pub(crate) const STUN: &[u8] = b"stun.nat-discovery";
/// A certificate authority that makes sure of a name (RFC 8737).
pub(crate) const ACME: &[u8] = b"acme-tls/1";

/// Shakes hands with clients.
#[derive(Clone, Debug)]
pub(crate) struct Hands {
    config: Arc<ServerConfig>,
    certificates: Arc<Certificates>,
    turns: Arc<Semaphore>,
}

impl Hands {
    pub(crate) fn new(config: Arc<ServerConfig>, certificates: Arc<Certificates>) -> Self {
        Self {
            config,
            certificates,
            turns: Arc::new(Semaphore::new(HANDSHAKES)),
        }
    }

    /// `None` where the client wanted nothing more, or nothing that can be had.
    pub(crate) async fn shake<S>(&self, stream: S) -> Option<TlsStream<S>>
    where
        S: AsyncRead + AsyncWrite + Unpin,
    {
        let shaken = async {
            // The turn comes after the client's first message: a silent client holds a socket and no turn.
            let hello = timeout(HELLO, LazyConfigAcceptor::new(Acceptor::default(), stream)).await??;
            timeout(HANDSHAKE, async {
                // Never closed, so there is always a turn.
                let _turn = self.turns.acquire().await;
                self.agree(hello).await
            })
            .await?
        };
        shaken.await.unwrap_or_else(|error| {
            tracing::trace!(%error, "no handshake");
            None
        })
    }

    async fn agree<S>(&self, hello: StartHandshake<S>) -> io::Result<Option<TlsStream<S>>>
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

#[cfg(test)]
mod tests {
    use std::net::Ipv4Addr;

    use clap::Parser as _;
    use rustls::pki_types::ServerName;
    use rustls::{ClientConfig, ClientConnection, RootCertStore};
    use tempfile::TempDir;
    use tokio::net::{TcpListener, TcpStream};
    use tokio::time::Instant;

    use super::*;
    use crate::config::Config;
    use crate::state::Places;
    use crate::tls::Tls;

    fn hands() -> Hands {
        let state = TempDir::new().unwrap();
        let folder = format!("--state-dir={}", state.path().display());
        let config = Config::parse_from(["parlour", "--tls=self-signed", &folder]);
        let tls = Tls::open(&config, &Places::default(), Ipv4Addr::LOCALHOST.into()).unwrap();
        tls.expect("a certificate").hands(false).unwrap()
    }

    /// A client that has connected and says nothing, and the server's side of it.
    async fn silent() -> (TcpStream, TcpStream) {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let client = TcpStream::connect(listener.local_addr().unwrap()).await.unwrap();
        (client, listener.accept().await.unwrap().0)
    }

    #[tokio::test(start_paused = true)]
    async fn whoever_says_nothing_is_let_go() {
        let hands = hands();
        let (_client, server) = silent().await;
        let start = Instant::now();
        assert!(hands.shake(server).await.is_none());
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

    /// Whether it is given up in time where it says this and no more, while others have all turns but `left`.
    async fn is_let_go(said: &[u8], left: usize) -> (Duration, usize) {
        let hands = hands();
        let _others = hands.turns.acquire_many((HANDSHAKES - left) as u32).await.unwrap();
        let (mut client, server) = silent().await;
        client.write_all(said).await.unwrap();
        let start = Instant::now();
        let shaking = hands.shake(server);
        tokio::pin!(shaking);
        // Until it waits for the client, or for its turn.
        let mut free = hands.turns.available_permits();
        let given_up = async {
            loop {
                tokio::select! {
                    biased;
                    shaken = &mut shaking => return shaken.is_none(),
                    () = tokio::time::sleep(Duration::from_secs(1)) => free = free.min(hands.turns.available_permits()),
                }
            }
        };
        assert!(given_up.await);
        (start.elapsed(), free)
    }

    #[tokio::test(start_paused = true)]
    async fn whoever_has_not_begun_takes_no_turn() {
        let hello = hello();
        for said in [&hello[..0], &hello[..1], &hello[..hello.len() - 1]] {
            let (took, free) = is_let_go(said, 1).await;
            assert!(took >= HELLO && took < 2 * HELLO, "{took:?}");
            assert_eq!(free, 1, "after {} bytes", said.len());
        }
    }

    #[tokio::test(start_paused = true)]
    async fn waiting_for_a_turn_counts() {
        let (took, _) = is_let_go(&hello(), 0).await;
        assert!(took >= HANDSHAKE && took < HELLO + 2 * HANDSHAKE, "{took:?}");
    }

    #[tokio::test(start_paused = true)]
    async fn whoever_stops_after_the_first_message_gives_the_turn_back() {
        let (took, free) = is_let_go(&hello(), 1).await;
        assert!(took >= HANDSHAKE && took < HELLO + 2 * HANDSHAKE, "{took:?}");
        assert_eq!(free, 0, "it had its turn");
    }
}
