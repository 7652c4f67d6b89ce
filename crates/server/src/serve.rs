//! Accepts connections and speaks HTTP/1.1 on them.
//!
//! `axum::serve` would do the same with no bound on the time that a request's head may take and with large buffers.

use std::io;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use hyper::server::conn::http1;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::service::TowerToHyperService;
use tokio::net::{TcpListener, TcpStream};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

/// A request's head must be there within this time; a connection that is kept alive may be idle for as long.
const HEAD_TIMEOUT: Duration = Duration::from_secs(30);

/// Longest head of a request, in bytes. Cookies of other programs on the same host may come along.
const HEAD_MAX: usize = 32 * 1024;

/// How long to wait before accepting again when the system has no more sockets.
const OUT_OF_SOCKETS: Duration = Duration::from_millis(100);

/// The connections that speak HTTP. One that became a WebSocket is no longer among them.
#[derive(Clone, Default)]
pub(crate) struct Connections {
    tasks: TaskTracker,
    stopping: CancellationToken,
}

impl Connections {
    /// Lets requests that are under way finish, closes idle connections, and waits for all of them.
    pub(crate) async fn shutdown(&self) {
        self.stopping.cancel();
        self.tasks.close();
        self.tasks.wait().await;
    }
}

/// Accepts until `stop` is done.
pub(crate) async fn until(stop: impl Future<Output = ()>, listener: TcpListener, router: Router) -> Connections {
    let mut http = http1::Builder::new();
    http.timer(TokioTimer::new())
        .header_read_timeout(HEAD_TIMEOUT)
        .max_buf_size(HEAD_MAX);
    let http = Arc::new(http);
    let connections = Connections::default();
    tokio::pin!(stop);
    loop {
        let accepted = tokio::select! {
            biased;
            () = &mut stop => return connections,
            accepted = listener.accept() => accepted,
        };
        let stream = match accepted {
            // The address is dropped here: nothing behind this line knows it.
            Ok((stream, _)) => stream,
            Err(error) if is_of_one_connection(&error) => continue,
            Err(error) => {
                tracing::warn!(%error, "no connection can be accepted for a moment");
                tokio::time::sleep(OUT_OF_SOCKETS).await;
                continue;
            }
        };
        // Signals are small and urgent. Where the option is refused, they are only later.
        let _ = stream.set_nodelay(true);
        let connection = serve(http.clone(), stream, router.clone(), connections.stopping.clone());
        connections.tasks.spawn(connection);
    }
}

async fn serve(http: Arc<http1::Builder>, stream: TcpStream, router: Router, stopping: CancellationToken) {
    let service = TowerToHyperService::new(router);
    let mut connection = pin!(http.serve_connection(TokioIo::new(stream), service).with_upgrades());
    let ended = tokio::select! {
        ended = connection.as_mut() => ended,
        () = stopping.cancelled() => {
            connection.as_mut().graceful_shutdown();
            connection.await
        }
    };
    if let Err(error) = ended {
        tracing::trace!(%error, "connection ended");
    }
}

/// Whether the error is about a client that went away while it was accepted.
fn is_of_one_connection(error: &io::Error) -> bool {
    use io::ErrorKind::{ConnectionAborted, ConnectionRefused, ConnectionReset};
    matches!(error.kind(), ConnectionAborted | ConnectionRefused | ConnectionReset)
}
