//! Rooms, presence and signal relay over one WebSocket.

mod client;
mod hub;
mod origin;
mod outbox;
mod rate;
mod rooms;
mod socket;
mod stats;
mod upgrade;

use std::sync::Arc;
use std::sync::atomic::Ordering::Relaxed;
use std::time::Duration;

use axum::Router;
use axum::routing::any;
use protocol::IceServer;
use protocol::limits::{PING_INTERVAL, SOCKET_TIMEOUT};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

pub use rate::Rate;
pub use rooms::{Delivery, Limits, Rooms};
pub use stats::Stats;

use hub::Hub;
use socket::Shared;

/// What can be set. `Config::default()` is a good start.
#[derive(Clone)]
pub struct Config {
    /// People in a room, and rooms.
    pub limits: Limits,
    /// Given to everybody who joins, credentials included.
    pub ice_servers: Vec<IceServer>,
    /// Origins, besides the server's own host, whose pages may connect: `https://example.com`.
    pub allowed_origins: Vec<String>,
    /// How much one client may send.
    pub rate: Rate,
    /// How often a client is pinged.
    pub ping_interval: Duration,
    /// A client from which nothing came for so long, not even a pong, is closed.
    pub socket_timeout: Duration,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            limits: Limits::default(),
            ice_servers: Vec::new(),
            allowed_origins: Vec::new(),
            rate: Rate::default(),
            ping_interval: PING_INTERVAL,
            socket_timeout: SOCKET_TIMEOUT,
        }
    }
}

/// A signaling server: a [`router`](Self::router) to mount, and what its owner needs besides. Clones are the same server.
#[derive(Clone)]
pub struct Signaling(Arc<Inner>);

struct Inner {
    shared: Shared,
    allowed_origins: Vec<String>,
    sockets: TaskTracker,
}

impl Signaling {
    /// A server with no rooms yet. It starts nothing by itself.
    #[must_use]
    pub fn new(config: Config) -> Self {
        Self(Arc::new(Inner {
            shared: Shared {
                hub: Hub::new(config.limits, config.ice_servers),
                counters: stats::Counters::default(),
                shutdown: CancellationToken::new(),
                rate: config.rate,
                ping_interval: config.ping_interval,
                timeout: config.socket_timeout,
            },
            allowed_origins: config.allowed_origins,
            sockets: TaskTracker::new(),
        }))
    }

    /// `GET /ws`, to be merged or nested into any router, whatever its state.
    pub fn router<S: Clone + Send + Sync + 'static>(&self) -> Router<S> {
        Router::new()
            .route("/ws", any(upgrade::upgrade))
            .with_state(self.clone())
    }

    /// Says `bye` to everybody, closes every socket and waits until they are closed: within 3 seconds, because a client
    /// that does not answer is cut off. New clients are refused from now on. Nobody is told that anybody left: calls go
    /// on without the server.
    pub async fn shutdown(&self) {
        self.0.shared.shutdown.cancel();
        self.0.sockets.close();
        self.0.sockets.wait().await;
    }

    /// Numbers for operators.
    #[must_use]
    pub fn stats(&self) -> Stats {
        let Shared { hub, counters, .. } = &self.0.shared;
        Stats {
            sockets: counters.sockets.load(Relaxed),
            seats: hub.seats() as u64,
            rooms: hub.rooms() as u64,
            relayed: hub.relayed(),
            errors: counters.errors(),
        }
    }

    fn shared(&self) -> &Shared {
        &self.0.shared
    }

    fn allowed_origins(&self) -> &[String] {
        &self.0.allowed_origins
    }

    fn sockets(&self) -> &TaskTracker {
        &self.0.sockets
    }
}

/// A signaling server to mount when neither a clean shutdown nor numbers are needed; else see [`Signaling`].
pub fn router<S: Clone + Send + Sync + 'static>(config: Config) -> Router<S> {
    Signaling::new(config).router()
}
