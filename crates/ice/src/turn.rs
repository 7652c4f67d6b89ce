//! The relay in this process: the addresses that it is known by, and credentials for each seat.

use std::fmt;
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

use protocol::{IceServer, PeerId};
use relay::{BindError, Bounds, Relay, Stats};
use signaling::SeatKey;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::task::JoinHandle;
use tokio::time::timeout;
use tokio_util::sync::{CancellationToken, DropGuard};
use url::Url;

use crate::Error;
use crate::logins::ice_server;
use crate::told::{Secure, Told};

/// What the relay's secret is derived for. With the same seat key, a server that was restarted takes the logins of before.
const PURPOSE: &str = "relay";

/// What can be set. [`RelaySettings::new`] is a good start.
#[derive(Clone, Debug)]
pub struct RelaySettings {
    /// Where the relay listens, for datagrams and for streams.
    pub listen: SocketAddr,
    /// By which addresses others reach it, where the operator has said so: one of each family.
    pub external_ips: Vec<IpAddr>,
    /// The address that people open, where it is known.
    pub public_url: Option<Url>,
    /// The web listener, where it speaks TLS: the relay is reached by it, too.
    pub secure: Option<Secure>,
    /// How many addresses of other servers browsers are told.
    pub others: usize,
    /// People in one room.
    pub room_size: usize,
    /// Bytes a second that the relay takes from one person for each other one.
    pub bandwidth: u64,
    /// How many times the usual bounds one address has.
    pub per_address: usize,
    /// For how long after the start rooms of before may come together again.
    pub recovery: Duration,
}

impl RelaySettings {
    /// A relay that listens there, for rooms of eight that nobody has to come back to.
    #[must_use]
    pub const fn new(listen: SocketAddr) -> Self {
        Self {
            listen,
            external_ips: Vec::new(),
            public_url: None,
            secure: None,
            others: 0,
            room_size: 8,
            bandwidth: 2_500_000,
            per_address: 1,
            recovery: Duration::ZERO,
        }
    }
}

/// A relay that listens. Clones are the same one.
#[derive(Clone)]
pub struct Turn {
    relay: Relay,
    told: Told,
}

impl Turn {
    /// Opens the relay's sockets. With the `key` of the server before it, it takes the logins of that one.
    ///
    /// # Errors
    /// When it cannot be listened there, when the external addresses do not fit, and when the system has no random numbers.
    pub async fn bind(settings: RelaySettings, key: Option<&SeatKey>) -> Result<Self, Error> {
        let listen = settings.listen;
        let mut config = relay::Config::new(secret(key)?);
        config.udp = vec![listen];
        config.tcp = vec![listen];
        config.bounds = Bounds::for_rooms_of(settings.room_size, settings.bandwidth);
        let times = settings.per_address;
        config.bounds.address = config.bounds.address.times(times);
        config.streams_per_address = config.streams_per_address.saturating_mul(times);
        config.idle_streams_per_address = config.idle_streams_per_address.saturating_mul(times);
        config.idle_streams = config.idle_streams.max(config.idle_streams_per_address);
        config.streams = config.streams.max(config.streams_per_address);
        config.recovery = settings.recovery;
        let relay = Relay::bind(config).await.map_err(refusal)?;
        let listen = relay.udp_addresses().first().copied().unwrap_or(listen);
        let told = Told::new(settings, listen)?;
        Ok(Self { relay, told })
    }

    /// Numbers for operators.
    #[must_use]
    pub fn stats(&self) -> Stats {
        self.relay.stats()
    }

    /// What this peer gets to use the relay with, whose page has reached the server by `host`; `None` where no address of the relay is
    /// known.
    pub(crate) fn issue(&self, peer: PeerId, host: Option<&str>) -> Option<IceServer> {
        let urls = self.told.urls(host);
        let login = self.relay.issue(&peer.to_string());
        (!urls.is_empty()).then(|| ice_server(urls, login.expect("a peer's id is short and of visible ASCII")))
    }

    /// The same for somebody without a seat, to find out whether the relay can be reached.
    pub(crate) fn probe(&self, prober: PeerId, host: Option<&str>) -> Option<IceServer> {
        self.relay.probe(&prober.to_string());
        self.issue(prober, host)
    }

    /// The peer has a seat in this instance of a room: its login is good from now on.
    pub(crate) fn seated(&self, peer: PeerId, room: u64) {
        self.relay.sit(&peer.to_string(), room);
    }

    /// The peer has none any more: its login is void, and what was opened with it is closed.
    pub(crate) fn ended(&self, peer: PeerId) {
        self.relay.end(&peer.to_string());
    }

    /// Relays for one client that came over TLS, until it or the relay ends. `peer` is the client's address, and `local` the one
    /// that it connected to.
    pub fn serve_stream<S>(self, stream: S, peer: SocketAddr, local: SocketAddr)
    where
        S: AsyncRead + AsyncWrite + Send + 'static,
    {
        tokio::spawn(async move { self.relay.serve_stream(stream, peer, local).await });
    }

    /// Relays from now on.
    #[must_use]
    pub fn serve(&self) -> Serving {
        let stop = CancellationToken::new();
        let (relay, stopped) = (self.relay.clone(), stop.clone().cancelled_owned());
        let task = tokio::spawn(async move { relay.run(stopped).await });
        let stop = stop.drop_guard();
        Serving {
            task,
            stop,
            is_over: false,
        }
    }
}

impl fmt::Debug for Turn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Turn").finish_non_exhaustive()
    }
}

/// A relay that runs. Dropping it stops it, too.
#[derive(Debug)]
pub struct Serving {
    task: JoinHandle<()>,
    stop: DropGuard,
    is_over: bool,
}

impl Serving {
    /// Waits until it has ended by itself: a part of it has failed.
    pub async fn ended(&mut self) {
        let _ = (&mut self.task).await;
        self.is_over = true;
    }

    /// Closes every allocation and all sockets, and waits for that, but not for longer than `patience`.
    pub async fn stop(self, patience: Duration) {
        drop(self.stop);
        if !self.is_over && timeout(patience, self.task).await.is_err() {
            tracing::warn!("the relay did not close in time");
        }
    }
}

fn secret(key: Option<&SeatKey>) -> Result<[u8; 32], Error> {
    if let Some(key) = key {
        return Ok(key.derive(PURPOSE));
    }
    let mut secret = [0; 32];
    getrandom::fill(&mut secret).map_err(|error| Error::System(io::Error::other(error)))?;
    Ok(secret)
}

fn refusal(error: BindError) -> Error {
    match error {
        BindError::Listen(address, source) => Error::Listen(address, source),
        // What else can be wrong is set here.
        error => Error::System(io::Error::other(error)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_server_that_is_started_again_has_the_secret_of_before() {
        let key = SeatKey::from_text("correct horse battery staple");
        let kept = || secret(Some(&key)).expect("derived");
        assert_eq!(kept(), kept());
        let none = || secret(None).expect("random");
        assert_ne!(none(), none());
    }
}
