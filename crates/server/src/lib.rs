//! The server behind the program `parlour`: pages, site, signaling, health and metrics on one listener.
//!
//! [`run`] is all of it; [`program`] reads the flags and calls it, and tests call it on a port of their own.

// A page is one type, as deep as its markup.
#![recursion_limit = "256"]

mod arrival;
mod config;
pub mod doctor;
mod error;
mod headers;
mod health;
mod ice;
mod listening;
mod log;
mod logins;
mod modes;
mod origin;
mod pages;
pub mod program;
mod quiet;
mod redirect;
mod render;
mod router;
mod serve;
mod shortage;
mod shutdown;
mod site;
mod state;
mod status;
mod tls;
mod turn;

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::time::Duration;

use signaling::{Limits, Rate, SeatKey, Signaling};
use tokio::time::timeout;
use tokio_util::sync::CancellationToken;

pub use config::{
    AcmeFlags, Config, Development, EabKey, HttpListen, LogFormat, RelayFlags, TlsFlags, TlsMode, TurnListen,
};
pub use error::StartError;
pub use listening::Listening;
pub use origin::{FrameAncestor, Origin};
pub use site::Site;
pub use state::{Places, seat_key};
pub use tls::Tls;
pub use turn::Turn;

use logins::Logins;
use router::Shared;
use serve::Web;

/// Serves until `stop` is done and everybody has been told: sockets get a `bye`, requests that are under way are
/// finished. Takes less than 5 seconds after `stop`, whatever the clients do.
///
/// With the `key` of the server before it ([`seat_key`]), it knows that one's seats; without one, it makes its own.
/// The relay ([`Turn::bind`]), if there is one, runs until everybody has been told.
///
/// Needs a multi-threaded or current-thread tokio runtime with its time and IO drivers on.
///
/// # Errors
/// When the system has no random numbers for TLS. Nothing was served then.
pub async fn run(
    config: Config,
    key: Option<SeatKey>,
    site: Site,
    listening: Listening,
    stop: impl Future<Output = ()>,
) -> Result<(), StartError> {
    // Leptos needs to know the executor. It is the same one for all servers of a process, so "already set" is fine.
    let _ = any_spawner::Executor::init_tokio();
    let Listening {
        web: listener,
        redirect,
        tls,
        turn,
    } = listening;
    let hands = tls.as_ref().map(|tls| tls.hands(turn.is_some())).transpose()?;
    let signaling = Signaling::new(signaling_config(&config, key, turn.clone()));
    let relaying = turn.as_ref().map(Turn::serve);
    let draining = Arc::new(AtomicBool::new(false));
    let shared = Shared {
        site,
        signaling: signaling.clone(),
        turn: turn.clone(),
        reload_port: config.reload_port(),
        draining: draining.clone(),
    };
    let mut web = Web::plain(router::router(&config, shared));
    if let Some(hands) = hands {
        web = web.over_tls(hands, turn);
    }
    let beside = CancellationToken::new();
    if let Some(redirect) = redirect {
        let port = listener.local_addr().map_or(443, |local| local.port());
        let web = Web::plain(redirect::router(&config, port));
        // What it has begun to answer when it stops is nothing that anybody waits for.
        tokio::spawn(serve::until(beside.clone().cancelled_owned(), redirect, web));
    }
    if let Some(tls) = tls {
        tokio::spawn(
            beside
                .clone()
                .run_until_cancelled_owned(async move { tls.keep().await }),
        );
    }
    let beside = beside.drop_guard();
    tracing::info!("open");
    let connections = serve::until(stop, listener, web).await;
    draining.store(true, Relaxed);
    drop(beside);
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
    Ok(())
}

fn signaling_config(config: &Config, seat_key: Option<SeatKey>, turn: Option<Turn>) -> signaling::Config {
    // A proxy in front may rewrite the host, so pages of the public address are named here too.
    let public = config.public_url();
    let origins = public.iter().chain(&config.allow_origins);
    signaling::Config {
        limits: Limits {
            room_size: config.max_room_size as usize,
            rooms: config.max_rooms as usize,
        },
        ice_servers: logins::for_everybody(config),
        ice_credentials: Some(Arc::new(Logins::new(config, turn))),
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
