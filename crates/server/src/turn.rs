//! The relay in this process: where it listens, the addresses that it is known by, and credentials for
//! each seat.

mod addresses;
mod told;

use std::fmt;
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use protocol::{IceServer, PeerId};
use relay::{BindError, Bounds, Relay, Stats};
use signaling::SeatKey;
use tls::Tls;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::task::JoinHandle;
use tokio::time::timeout;
use tokio_util::sync::{CancellationToken, DropGuard};

pub(crate) use addresses::own_addresses;

use crate::config::Config;
use crate::error::StartError;
use crate::logins::ice_server;
use crate::shutdown;
use told::{Secure, Told};

/// What the relay's secret is derived for. With the same seat key, a server that was restarted takes the logins of before.
const PURPOSE: &str = "relay";

/// A relay that listens. Clones are the same one.
#[derive(Clone)]
pub struct Turn {
    relay: Relay,
    told: Told,
}

impl Turn {
    /// Opens the relay's sockets, unless the operator wants none. `web` is where pages are served, `key` that of
    /// [`seat_key`](crate::seat_key), and `tls` the certificate of `web`, where the relay can be reached over TLS as well.
    ///
    /// # Errors
    /// When the address that the operator named cannot be listened on, and when `--external-ip` does not fit it. Where nobody named
    /// one, the operator is warned, and there is no relay.
    pub async fn bind(
        config: &Config,
        web: SocketAddr,
        key: Option<&SeatKey>,
        tls: Option<&Tls>,
    ) -> Result<Option<Self>, StartError> {
        let chosen = config.relay.turn_listen.is_some();
        let Some(listen) = config.relay.listen(web, config.public_url().as_ref()) else {
            if !chosen {
                tracing::info!(
                    "no relay: name the address where people reach it with --turn-listen, as in 0.0.0.0:3478"
                );
            }
            return Ok(None);
        };
        let secure = tls.map(|tls| Secure {
            port: web.port(),
            is_for: Arc::new(tls.is_for()),
        });
        match Self::at(listen, config, key, secure).await {
            Err(why) if !chosen => {
                // The sentence names addresses of this machine only.
                tracing::warn!(%why, "there is no relay: people whose networks need one do not reach each other");
                Ok(None)
            }
            bound => bound.map(Some),
        }
    }

    async fn at(
        listen: SocketAddr,
        config: &Config,
        key: Option<&SeatKey>,
        secure: Option<Secure>,
    ) -> Result<Self, StartError> {
        let flags = &config.relay;
        let mut settings = relay::Config::new(secret(key)?);
        settings.udp = vec![listen];
        settings.tcp = vec![listen];
        settings.bounds = Bounds::for_rooms_of(config.max_room_size as usize, flags.relay_bandwidth);
        let times = config.visitors.per_address as usize;
        settings.bounds.address = settings.bounds.address.times(times);
        settings.streams_per_address = settings.streams_per_address.saturating_mul(times);
        settings.idle_streams_per_address = settings.idle_streams_per_address.saturating_mul(times);
        settings.idle_streams = settings.idle_streams.max(settings.idle_streams_per_address);
        settings.streams = settings.streams.max(settings.streams_per_address);
        // As long as rooms of before may come together again.
        settings.recovery = Duration::from_secs(config.grace.into()) * 2;
        let relay = Relay::bind(settings).await.map_err(refusal)?;
        let listen = relay.udp_addresses().first().copied().unwrap_or(listen);
        let told = Told::new(config, listen, secure)?;
        Ok(Self { relay, told })
    }

    /// Numbers for operators.
    pub(crate) fn stats(&self) -> Stats {
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

    /// Relays for one client that came over TLS, until it or the relay ends.
    pub(crate) fn serve_stream<S>(self, stream: S, peer: SocketAddr, local: SocketAddr)
    where
        S: AsyncRead + AsyncWrite + Send + 'static,
    {
        tokio::spawn(async move { self.relay.serve_stream(stream, peer, local).await });
    }

    /// Relays from now on.
    pub(crate) fn serve(&self) -> Serving {
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
pub(crate) struct Serving {
    task: JoinHandle<()>,
    stop: DropGuard,
    is_over: bool,
}

impl Serving {
    /// Waits until it has ended by itself: a part of it has failed.
    pub(crate) async fn ended(&mut self) {
        let _ = (&mut self.task).await;
        self.is_over = true;
    }

    /// Closes every allocation and all sockets, and waits for that.
    pub(crate) async fn stop(self) {
        drop(self.stop);
        if !self.is_over && timeout(shutdown::RELAY, self.task).await.is_err() {
            tracing::warn!("the relay did not close in time");
        }
    }
}

fn secret(key: Option<&SeatKey>) -> Result<[u8; 32], StartError> {
    if let Some(key) = key {
        return Ok(key.derive(PURPOSE));
    }
    let mut secret = [0; 32];
    getrandom::fill(&mut secret).map_err(|error| StartError::System(io::Error::other(error)))?;
    Ok(secret)
}

fn refusal(error: BindError) -> StartError {
    match error {
        BindError::Listen(address, source) => StartError::Listen {
            address: address.to_string(),
            flag: "--turn-listen",
            source,
        },
        // What else can be wrong is set here.
        error => StartError::System(io::Error::other(error)),
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
