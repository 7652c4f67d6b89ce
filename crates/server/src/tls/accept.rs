//! From a TCP connection to what its client came for: pages, the relay, or a look at the certificate.

use std::io;
use std::sync::Arc;
use std::time::Duration;

use rustls::ServerConfig;
use rustls::server::Acceptor;
use tokio::io::AsyncWriteExt as _;
use tokio::net::TcpStream;
use tokio::sync::Semaphore;
use tokio::time::timeout;
use tokio_rustls::LazyConfigAcceptor;
use tokio_rustls::server::TlsStream;

use super::Certificates;

/// A handshake must be done within this time, waiting for its turn included.
const HANDSHAKE: Duration = Duration::from_secs(10);

/// Handshakes under way at the same time. Each holds some 20 KiB, and one is a millisecond of work.
const HANDSHAKES: usize = 1024;

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
    pub(crate) async fn shake(&self, stream: TcpStream) -> Option<TlsStream<TcpStream>> {
        let shaken = timeout(HANDSHAKE, async {
            // Never closed, so there is always a turn.
            let _turn = self.turns.acquire().await;
            self.agree(stream).await
        });
        match shaken.await {
            Ok(Ok(stream)) => stream,
            Ok(Err(error)) => {
                tracing::trace!(%error, "no handshake");
                None
            }
            Err(_) => {
                tracing::trace!("no handshake in time");
                None
            }
        }
    }

    async fn agree(&self, stream: TcpStream) -> io::Result<Option<TlsStream<TcpStream>>> {
        let hello = LazyConfigAcceptor::new(Acceptor::default(), stream).await?;
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
