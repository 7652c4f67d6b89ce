//! Accepts connections and speaks HTTP/1.1 and, over TLS, HTTP/2 on them.

use std::convert::Infallible;
use std::future::pending;
use std::io;
use std::net::SocketAddr;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::response::Response;
use http::Request;
use hyper::body::Incoming;
use hyper::server::conn::{http1, http2};
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use hyper_util::service::TowerToHyperService;
use tls::{Acceptor, Records, Tls};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, TcpStream};
use tokio::time::{Instant, sleep_until, timeout};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use tower::{Service, ServiceExt as _};

use crate::quiet::Heard;
use crate::shortage::Shortage;
use crate::visits::{Caller, Visits};
use crate::wire::Wire;

/// A request's head must be there within this time; a connection that is kept alive may be idle for as long.
const HEAD_TIMEOUT: Duration = Duration::from_secs(30);

/// Longest head of a request, in bytes. Cookies of other programs on the same host may come along.
const HEAD_MAX: usize = 32 * 1024;

/// Requests under way on one connection of HTTP/2. A page asks for ten files.
const STREAMS: u32 = 64;

/// What is kept for one of them that the client does not take, in bytes.
const STREAM_BUFFER: usize = 64 * 1024;

/// How long the client of an idle connection has for hanging up when it is told to.
const GOODBYE: Duration = Duration::from_secs(5);

/// How long to wait before accepting again when the system has no more sockets.
const OUT_OF_SOCKETS: Duration = Duration::from_millis(100);

/// Protocols that are agreed on in the handshake (ALPN, RFC 7301).
const HTTP_2: &[u8] = b"h2";
const HTTP_1: &[u8] = b"http/1.1";
/// TURN, and STUN alone (RFC 7443).
const TURN: &[u8] = b"stun.turn";
const STUN: &[u8] = b"stun.nat-discovery";

/// Takes a client that speaks STUN over TLS, with the address that it is for and the one that it connected to. It must not block.
pub type Stun = Arc<dyn Fn(Records<Wire>, SocketAddr, SocketAddr) + Send + Sync>;

/// Whether a message that begins with this byte is STUN's (RFC 7983, section 7). HTTP begins with a letter.
const fn is_stun(first: u8) -> bool {
    first <= 3
}

/// The connections that speak HTTP. One that became a WebSocket, or speaks STUN, is no longer among them.
#[derive(Clone, Debug, Default)]
pub struct Connections {
    tasks: TaskTracker,
    stopping: CancellationToken,
}

impl Connections {
    /// Lets requests that are under way finish, closes idle connections, and waits for all of them.
    pub async fn shutdown(&self) {
        self.stopping.cancel();
        self.tasks.close();
        self.tasks.wait().await;
    }
}

/// What is behind a listener.
pub struct Web {
    http1: http1::Builder,
    http2: http2::Builder<TokioExecutor>,
    router: Router,
    /// `None` where nobody is counted.
    visits: Option<Visits>,
    acceptor: Option<Acceptor>,
    stun: Option<Stun>,
}

impl Web {
    /// Plain HTTP/1.1. Without `visits` nobody is counted, and every connection is the client's own.
    #[must_use]
    pub fn plain(router: Router, visits: Option<Visits>) -> Self {
        let mut http1 = http1::Builder::new();
        http1
            .timer(TokioTimer::new())
            .header_read_timeout(HEAD_TIMEOUT)
            .max_buf_size(HEAD_MAX);
        let mut http2 = http2::Builder::new(TokioExecutor::new());
        // No extended CONNECT (RFC 8441): browsers open a connection of its own for a WebSocket then, which is not
        // held up by files and outlives them.
        http2
            .timer(TokioTimer::new())
            .max_concurrent_streams(STREAMS)
            .max_header_list_size(HEAD_MAX as u32)
            .max_send_buf_size(STREAM_BUFFER);
        Self {
            http1,
            http2,
            router,
            visits,
            acceptor: None,
            stun: None,
        }
    }

    /// The same over TLS; clients that speak STUN are handed over, where somebody takes them.
    ///
    /// # Errors
    /// When the system has no random numbers.
    pub fn over_tls(self, tls: &Tls, stun: Option<Stun>) -> Result<Self, tls::Error> {
        let protocols: &[&[u8]] = match stun {
            Some(_) => &[HTTP_2, HTTP_1, TURN, STUN],
            None => &[HTTP_2, HTTP_1],
        };
        let acceptor = Some(tls.acceptor(protocols)?);
        Ok(Self { acceptor, stun, ..self })
    }

    /// Accepts until `stop` is done. What is open then goes on, until [`Connections::shutdown`].
    pub async fn serve(self, listener: TcpListener, stop: impl Future<Output = ()>) -> Connections {
        let web = Arc::new(self);
        let connections = Connections::default();
        let mut shortage = Shortage::default();
        tokio::pin!(stop);
        loop {
            let accepted = tokio::select! {
                biased;
                () = &mut stop => return connections,
                accepted = listener.accept() => accepted,
                () = at(shortage.look_at()) => {
                    if let Some(lasted) = shortage.is_over(Instant::now()) {
                        tracing::info!(code = "sockets-again", seconds = lasted.as_secs(), "connections are accepted again");
                    }
                    continue;
                }
            };
            let (stream, peer) = match accepted {
                Ok(accepted) => accepted,
                Err(error) if is_of_one_connection(&error) => continue,
                Err(error) => {
                    if shortage.meets(Instant::now()) {
                        tracing::warn!(
                            code = "no-sockets",
                            %error,
                            "no connection can be accepted: raise the limit of open files (LimitNOFILE, ulimit -n); new \
                             connections wait"
                        );
                    }
                    tokio::time::sleep(OUT_OF_SOCKETS).await;
                    continue;
                }
            };
            // Signals are small and urgent. Where the option is refused, they are only later.
            let _ = stream.set_nodelay(true);
            let (web, stopping) = (web.clone(), connections.stopping.clone());
            let connection = async move { web.connection(stream, peer, &stopping).await };
            connections.tasks.spawn(connection);
        }
    }

    /// `peer` is where the connection comes from. Only the bounds and the STUN handler learn it.
    async fn connection(&self, mut stream: TcpStream, peer: SocketAddr, stopping: &CancellationToken) {
        let local = stream.local_addr();
        let (peer, caller, place) = match &self.visits {
            None => (peer, None, None),
            Some(visits) => {
                let source = stopping.run_until_cancelled(visits.source(&mut stream, peer)).await;
                let Some(Ok(peer)) = source else {
                    return;
                };
                let Some((caller, place)) = visits.enter(&stream, peer, self.acceptor.is_some()) else {
                    return;
                };
                (peer, Some(caller), place)
            }
        };
        let stream = Wire::new(stream, place);
        let Some(acceptor) = &self.acceptor else {
            return self.speak_http1(stream, caller, stopping).await;
        };
        let Some(Some(mut stream)) = stopping.run_until_cancelled(acceptor.accept(stream)).await else {
            return;
        };
        let agreed = stream.get_ref().1.alpn_protocol().map(<[u8]>::to_vec);
        let is_http2 = agreed.as_deref() == Some(HTTP_2);
        let (Some(stun), Ok(local)) = (&self.stun, local) else {
            return self.speak(stream, is_http2, caller, stopping).await;
        };
        if [TURN, STUN].map(Some).contains(&agreed.as_deref()) {
            return stun(Records(stream), peer, local);
        }
        // Browsers agree on nothing before they speak TURN.
        let look = timeout(HEAD_TIMEOUT, tls::first_byte(&mut stream));
        match stopping.run_until_cancelled(look).await {
            Some(Ok(Ok(first))) if is_stun(first) => stun(Records(stream), peer, local),
            Some(Ok(Ok(_))) => self.speak(stream, is_http2, caller, stopping).await,
            Some(Ok(Err(_)) | Err(_)) | None => {}
        }
    }

    async fn speak<S>(&self, stream: S, is_http2: bool, caller: Option<Caller>, stopping: &CancellationToken)
    where
        S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
    {
        match is_http2 {
            true => self.speak_http2(stream, caller, stopping).await,
            false => self.speak_http1(stream, caller, stopping).await,
        }
    }

    /// What answers the requests of one connection.
    fn called_by(
        &self,
        caller: Option<Caller>,
    ) -> impl Service<Request<Incoming>, Response = Response, Error = Infallible, Future: Send> + Clone + Send + 'static
    {
        let caller = move |mut request: Request<Incoming>| {
            if let Some(caller) = &caller {
                request.extensions_mut().insert(caller.clone());
            }
            request
        };
        self.router.clone().map_request(caller)
    }

    async fn speak_http1<S>(&self, stream: S, caller: Option<Caller>, stopping: &CancellationToken)
    where
        S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
    {
        let service = TowerToHyperService::new(self.called_by(caller));
        let mut connection = pin!(
            self.http1
                .serve_connection(TokioIo::new(stream), service)
                .with_upgrades()
        );
        let ended = tokio::select! {
            ended = connection.as_mut() => ended,
            () = stopping.cancelled() => {
                connection.as_mut().graceful_shutdown();
                connection.await
            }
        };
        say_end(ended);
    }

    async fn speak_http2<S>(&self, stream: S, caller: Option<Caller>, stopping: &CancellationToken)
    where
        S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
    {
        let service = TowerToHyperService::new(self.called_by(caller));
        let (stream, quiet) = Heard::new(stream);
        let mut connection = pin!(self.http2.serve_connection(TokioIo::new(stream), service));
        let ended = tokio::select! {
            ended = connection.as_mut() => ended,
            () = stopping.cancelled() => {
                connection.as_mut().graceful_shutdown();
                connection.await
            }
            // HTTP/2 has no time limit of its own for a head, nor for doing nothing.
            () = quiet.lasts(HEAD_TIMEOUT) => {
                connection.as_mut().graceful_shutdown();
                timeout(GOODBYE, connection).await.unwrap_or(Ok(()))
            }
        };
        say_end(ended);
    }
}

fn say_end(ended: hyper::Result<()>) {
    if let Err(error) = ended {
        tracing::trace!(%error, "connection ended");
    }
}

async fn at(time: Option<Instant>) {
    match time {
        Some(time) => sleep_until(time).await,
        None => pending().await,
    }
}

/// Whether the error is about a client that went away while it was accepted.
fn is_of_one_connection(error: &io::Error) -> bool {
    use io::ErrorKind::{ConnectionAborted, ConnectionRefused, ConnectionReset};
    matches!(error.kind(), ConnectionAborted | ConnectionRefused | ConnectionReset)
}
