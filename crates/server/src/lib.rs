//! The server behind the program `parlour`: pages, site, signaling, health and metrics on one listener.
//!
//! [`run`] is all of it; `main.rs` reads the flags and calls it, and tests call it on a port of their own.

// A page is one type, as deep as its markup.
#![recursion_limit = "256"]

mod config;
pub mod doctor;
pub mod error;
mod headers;
mod ice;
pub mod log;
mod origin;
mod pages;
mod render;
mod router;
mod serve;
pub mod shutdown;
mod site;
mod state;
mod status;
mod turn;

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::time::Duration;

use signaling::{Limits, Rate, SeatKey, Signaling};
use tokio::net::TcpListener;
use tokio::time::timeout;

pub use config::{Config, Development, LogFormat};
pub use error::StartError;
pub use origin::{FrameAncestor, Origin};
pub use site::Site;
pub use state::{Places, seat_key};
pub use turn::Turn;

use router::Shared;

/// Serves until `stop` is done and everybody has been told: sockets get a `bye`, requests that are under way are
/// finished. Takes less than 5 seconds after `stop`, whatever the clients do.
///
/// With the `key` of the server before it ([`seat_key`]), it knows that one's seats; without one, it makes its own.
/// The relay ([`Turn::bind`]), if there is one, runs until everybody has been told.
///
/// Needs a multi-threaded or current-thread tokio runtime with its time and IO drivers on.
pub async fn run(
    config: Config,
    key: Option<SeatKey>,
    site: Site,
    listener: TcpListener,
    turn: Option<Turn>,
    stop: impl Future<Output = ()>,
) {
    // Leptos needs to know the executor. It is the same one for all servers of a process, so "already set" is fine.
    let _ = any_spawner::Executor::init_tokio();
    let signaling = Signaling::new(signaling_config(&config, key, turn.as_ref()));
    let relaying = turn.as_ref().map(Turn::serve);
    let draining = Arc::new(AtomicBool::new(false));
    let shared = Shared {
        site,
        signaling: signaling.clone(),
        turn,
        reload_port: config.reload_port(),
        draining: draining.clone(),
    };
    tracing::info!("open");
    let connections = serve::until(stop, listener, router::router(&config, shared)).await;
    draining.store(true, Relaxed);
    tracing::info!("closing");
    if timeout(shutdown::SOCKETS, signaling.shutdown()).await.is_err() {
        tracing::warn!("some sockets did not close in time");
    }
    if timeout(shutdown::REQUESTS, connections.shutdown()).await.is_err() {
        tracing::warn!("some requests were not finished in time");
    }
    if let Some(relaying) = relaying {
        relaying.stop().await;
    }
    tracing::info!("closed");
}

fn signaling_config(config: &Config, seat_key: Option<SeatKey>, turn: Option<&Turn>) -> signaling::Config {
    // A proxy in front may rewrite the host, so pages of the public address are named here too.
    let origins = config.public_url.iter().chain(&config.allow_origins);
    signaling::Config {
        limits: Limits {
            room_size: config.max_room_size as usize,
            rooms: config.max_rooms as usize,
        },
        ice_servers: config.ice_servers.clone(),
        ice_credentials: turn.map(|turn| Arc::new(turn.clone()) as _),
        allowed_origins: origins.map(ToString::to_string).collect(),
        rate: Rate {
            per_second: config.message_rate,
            burst: config.message_burst,
        },
        grace: Duration::from_secs(config.grace.into()),
        seat_key,
        ..signaling::Config::default()
    }
}

/// The address for the start message: what a browser on this machine can open.
#[must_use]
pub fn url_to_open(config: &Config, local: SocketAddr) -> String {
    match &config.public_url {
        Some(url) => url.to_string(),
        // Loopback by name: browsers give http://localhost the camera, as they do https.
        None if local.ip().is_loopback() || local.ip().is_unspecified() => {
            format!("http://localhost:{}", local.port())
        }
        None => format!("http://{local}"),
    }
}
