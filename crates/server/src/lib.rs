//! The server behind the program `parlour`: pages, site, signaling and health on one listener, metrics on one of their own.
//!
//! [`run`] is all of it; [`program`] reads the flags and calls it, and tests call it on a port of their own.

// A page is one type, as deep as its markup.
#![recursion_limit = "256"]

mod arrival;
mod certificate;
mod config;
pub mod doctor;
mod error;
mod guest;
mod headers;
mod health;
mod listening;
mod log;
mod origin;
mod pages;
pub mod program;
mod redirect;
mod render;
mod router;
mod service;
mod shutdown;
mod status;
mod watched;

use std::future::pending;
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::time::Duration;

use futures_util::{Stream, StreamExt as _};
use ice::{Logins, Serving, Turn};
use listener::{Stun, Visits, Web};
use signaling::{Limits, Rate, SeatKey, Signaling};
use tokio::net::TcpListener;
use tokio::time::{sleep, timeout};

pub use config::{
    AcmeFlags, Config, Development, HttpListen, LogFormat, RelayFlags, TlsFlags, TlsMode, TurnListen, VisitorFlags,
};
pub use error::StartError;
pub use listening::Listening;
pub use origin::{FrameAncestor, Origin};
pub use site::Site;
pub use state::Places;

use router::Shared;
use watched::Watched;

/// Serves until `stop` says so and everybody has been told. The first time it says so the server drains for `--drain-delay`, the second
/// time ends that. When it stops, sockets get a `bye`, requests that are under way are
/// finished. That takes less than 5 seconds, whatever the clients do.
///
/// With the `key` of the server before it ([`Config::seat_key`]), it knows that one's seats; without one, it makes its own.
/// The relay ([`Turn::bind`]), if there is one, runs until everybody has been told.
///
/// Needs a multi-threaded or current-thread tokio runtime with its time and IO drivers on.
///
/// # Errors
/// When the system has no random numbers for TLS: nothing was served then. And when a part of it has failed: everybody has been
/// told to come back then.
pub async fn run(
    config: Config,
    key: Option<SeatKey>,
    site: Site,
    listening: Listening,
    stop: impl Stream<Item = ()>,
) -> Result<(), StartError> {
    // Leptos needs to know the executor. It is the same one for all servers of a process, so "already set" is fine.
    let _ = any_spawner::Executor::init_tokio();
    let Listening {
        web: listener,
        redirect,
        metrics,
        tls,
        turn,
    } = listening;
    let signaling = Signaling::new(signaling_config(&config, key, turn.clone()));
    let draining = Arc::new(AtomicBool::new(false));
    let visits = Visits::new(config.visitors.settings());
    warn_of_one_visitor(&config, &listener);
    let shared = Shared {
        site,
        signaling: signaling.clone(),
        turn: turn.clone(),
        visits: visits.clone(),
        reload_port: config.reload_port(),
        draining: draining.clone(),
    };
    let mut web = Web::plain(router::router(&config, shared.clone()), Some(visits.clone()));
    if let Some(tls) = &tls {
        let stun = turn.clone().map(|turn| -> Stun {
            Arc::new(move |stream, peer, local| turn.clone().serve_stream(stream, peer, local))
        });
        web = web.over_tls(tls, stun)?;
    }
    let mut relaying = turn.as_ref().map(Turn::serve);
    let mut beside = Watched::new();
    if let Some(metrics) = metrics {
        let web = Web::plain(router::metrics(shared), None);
        let stop = beside.stopping().cancelled_owned();
        beside.spawn("the listener for metrics", async {
            web.serve(metrics, stop).await;
        });
    }
    if let Some(redirect) = redirect {
        let port = listener.local_addr().map_or(443, |local| local.port());
        let web = Web::plain(redirect::router(&config, port), Some(visits));
        let stop = beside.stopping().cancelled_owned();
        // What it has begun to answer when it stops is nothing that anybody waits for.
        beside.spawn("the listener for http", async {
            web.serve(redirect, stop).await;
        });
    }
    if let Some(tls) = tls {
        beside.spawn("the keeper of the certificate", async move { tls.keep().await });
    }
    tracing::info!("open");
    let mut died = None;
    let stop = async {
        let mut stop = pin!(stop);
        let fault = async {
            tokio::select! {
                what = beside.died() => what,
                () = ended(&mut relaying) => "the relay",
            }
        };
        let mut fault = pin!(fault);
        tokio::select! {
            () = said(&mut stop) => {}
            what = &mut fault => died = Some(what),
        }
        draining.store(true, Relaxed);
        if died.is_none() && config.drain_delay > 0 {
            tracing::info!(seconds = config.drain_delay, "draining");
            tokio::select! {
                () = sleep(Duration::from_secs(config.drain_delay.into())) => {}
                () = said(&mut stop) => {}
                what = &mut fault => died = Some(what),
            }
        }
    };
    let connections = web.serve(listener, stop).await;
    drop(beside);
    tracing::info!("closing");
    if timeout(shutdown::SOCKETS, signaling.shutdown()).await.is_err() {
        tracing::warn!("some sockets did not close in time");
    }
    if timeout(shutdown::REQUESTS, connections.shutdown()).await.is_err() {
        tracing::warn!("some requests were not finished in time");
    }
    if let Some(relaying) = relaying {
        relaying.stop(shutdown::RELAY).await;
    }
    tracing::info!("closed");
    died.map_or(Ok(()), |what| Err(StartError::Died { what }))
}

/// Done when the next signal comes.
async fn said(signals: &mut (impl Stream<Item = ()> + Unpin)) {
    if signals.next().await.is_none() {
        pending::<()>().await;
    }
}

/// Done when the relay has ended by itself.
async fn ended(relaying: &mut Option<Serving>) {
    match relaying {
        Some(relaying) => relaying.ended().await,
        None => pending().await,
    }
}

/// Behind a proxy that is not named everybody is one address.
fn warn_of_one_visitor(config: &Config, listener: &TcpListener) {
    let is_local = listener
        .local_addr()
        .is_ok_and(|local| local.ip().to_canonical().is_loopback());
    let is_elsewhere = config.public_url().is_some_and(|url| !config::is_this_machine(&url));
    if is_local && is_elsewhere && config.visitors.trusted_proxies.is_empty() {
        tracing::warn!(
            code = "proxy-not-named",
            "a proxy is in front and not named, so everybody is counted as one address: name it with --trusted-proxy 127.0.0.1 \
             and let it set X-Forwarded-For"
        );
    }
}

fn signaling_config(config: &Config, seat_key: Option<SeatKey>, turn: Option<Turn>) -> signaling::Config {
    // A proxy in front may rewrite the host, so pages of the public address are named here too.
    let public = config.public_url();
    let origins = public.iter().chain(&config.allow_origins);
    let (relay, lifetime) = (&config.relay, config.relay.credential_lifetime());
    let logins = Logins::new(turn, &config.ice_servers, relay.turn_secret.as_deref(), lifetime);
    signaling::Config {
        limits: Limits {
            room_size: config.max_room_size as usize,
            rooms: config.max_rooms as usize,
        },
        ice_servers: ice::for_everybody(&config.ice_servers),
        ice_credentials: Some(Arc::new(logins)),
        allowed_origins: origins.map(ToString::to_string).collect(),
        trust_host: public.is_none(),
        rate: Rate {
            per_second: config.message_rate,
            burst: config.message_burst,
        },
        grace: Duration::from_secs(config.grace.into()),
        grace_after: Duration::from_secs(config.grace_after.into()),
        seat_key,
        ..signaling::Config::default()
    }
}
