//! Every way to the relay that browsers are told, taken as they take it.

use std::net::SocketAddr;
use std::time::Duration;

use futures_util::future::join_all;
use protocol::IceServer;

use super::door::{self, Door};
use super::ice_url::{IceUrl, Transport};
use super::judge::relay::{Broken, Trip, compare};
use super::tls::Trust;
use super::{address, trip};

/// The relay as it is reached on this machine.
pub(super) struct Near<'a> {
    /// Where it listens.
    pub(super) relay: Option<SocketAddr>,
    /// The web listener, behind which it is over TLS.
    pub(super) door: &'a Door,
}

impl Near<'_> {
    /// Whether it answers; `None` where it is not known at which of its ports.
    async fn answers(&self, url: &IceUrl, patience: Duration) -> Option<bool> {
        match (url.transport, self.relay) {
            (Transport::Tls, _) if self.door.tls => Some(self.door.open(patience).await.is_ok()),
            (Transport::Udp | Transport::Tcp, Some(listen)) if listen.port() == url.port => {
                Some(trip::answers(url.transport, door::reachable(listen), patience).await)
            }
            _ => None,
        }
    }
}

/// Takes every way that browsers are told, all at the same time. `near` is where the server is on this machine.
pub(super) async fn trips(
    servers: &[IceServer],
    near: Option<&Near<'_>>,
    trust: &Trust,
    patience: Duration,
) -> Vec<Trip> {
    let ways = servers.iter().flat_map(|server| {
        let login = (
            server.username.as_deref().unwrap_or_default(),
            server.credential.as_deref().unwrap_or_default(),
        );
        let urls = server.urls.iter().filter_map(|url| IceUrl::relay(url));
        urls.map(move |url| (url, login))
    });
    let trips = ways.map(|(url, login)| async move {
        let outcome = trip::travel(&url, login, trust, patience).await;
        let near = match (&outcome, near) {
            (Err(Broken::Silent | Broken::Connect(_)), Some(near)) => near.answers(&url, patience).await,
            _ => None,
        };
        let reached = address::is_ours(&url.host, patience).await;
        Trip {
            url,
            outcome,
            near,
            reached,
        }
    });
    let mut trips = join_all(trips).await;
    compare(&mut trips);
    trips
}
