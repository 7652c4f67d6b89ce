//! The relay in this process: where it listens, the addresses that it is known by, and credentials for
//! each seat.

mod addresses;
mod told;

use std::fmt;
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

use protocol::{IceServer, PeerId};
use relay::{Bandwidth, BindError, Relay, Stats};
use signaling::SeatKey;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::task::JoinHandle;
use tokio::time::timeout;
use tokio_util::sync::{CancellationToken, DropGuard};

pub(crate) use addresses::{found, of_domain, own_addresses};

use crate::config::Config;
use crate::error::StartError;
use crate::logins::with_login;
use crate::shutdown;
use crate::tls::Tls;
use addresses::{hears, named};

/// What the relay's secret is derived for, with the lifetime of credentials. With the same seat key, a server that was
/// restarted takes the credentials that it issued before. Not those of another lifetime: it could not tell when they were
/// issued, and so could not revoke them.
const PURPOSE: &str = "relay";

/// Allocations that one connection may need: for each transport, on each network that the person is in.
const PER_CONNECTION: usize = 8;

/// A relay that listens. Clones are the same one.
#[derive(Clone)]
pub struct Turn {
    relay: Relay,
    /// What browsers are told to use, the same for everybody but for the credentials.
    urls: Vec<String>,
}

impl Turn {
    /// Opens the relay's sockets, unless the operator wants none. `web` is where pages are served, `key` that of
    /// [`seat_key`](crate::seat_key), and `tls` the certificate of `web`, where the relay can be reached over TLS as well.
    ///
    /// # Errors
    /// When the address that the operator named cannot be listened on, and when no address is known by which others would
    /// reach it. Where nobody named one, the operator is warned, and there is no relay.
    pub async fn bind(
        config: &Config,
        web: SocketAddr,
        key: Option<&SeatKey>,
        tls: Option<&Tls>,
    ) -> Result<Option<Self>, StartError> {
        if !config.relay.relay_allow.is_empty() {
            tracing::warn!(
                "--relay-allow has no effect: the relay passes data between the people of this server and sends it nowhere else. Remove the flag"
            );
        }
        let chosen = config.relay.turn_listen.is_some();
        let Some(listen) = config.relay.listen(web, config.public_url().as_ref()) else {
            if !chosen {
                tracing::info!(
                    "no relay: name the address where people reach it with --turn-listen, as in 0.0.0.0:3478"
                );
            }
            return Ok(None);
        };
        match Self::at(listen, config, key, tls.map(|tls| (tls, web.port()))).await {
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
        secure: Option<(&Tls, u16)>,
    ) -> Result<Self, StartError> {
        let flags = &config.relay;
        let external = match flags.external_ips.is_empty() {
            false => flags.external_ips.clone(),
            true => match of_domain(listen, &named(config).await) {
                none if none.is_empty() => found(listen)?,
                of_domain => of_domain,
            },
        };
        let hosts: Vec<IpAddr> = external.iter().copied().filter(|&ip| hears(listen, ip)).collect();
        if hosts.is_empty() {
            return Err(StartError::ExternalIp);
        }
        let mut settings = relay::Config::new(secret(key, flags.credential_lifetime())?, external);
        settings.credential_lifetime = flags.credential_lifetime();
        settings.udp = vec![listen];
        settings.tcp = vec![listen];
        if !listen.ip().is_unspecified() {
            settings.bind_ip = vec![listen.ip()];
        }
        settings.quota.per_seat = settings
            .quota
            .per_seat
            .max(PER_CONNECTION * config.max_room_size as usize);
        settings.ports = flags.relay_ports.clone();
        settings.bandwidth = Some(Bandwidth {
            per_second: flags.relay_bandwidth,
            burst: flags.relay_bandwidth,
        });
        let relay = Relay::bind(settings).await.map_err(refusal)?;
        if flags.external_ips.is_empty() && !hosts.iter().all(|&ip| ip.is_loopback() || relay::is_public(ip)) {
            tracing::warn!(
                "the relay knows itself by a private address only, so nobody outside of that network reaches it: name the \
                 address by which others do with --external-ip"
            );
        }
        let port = relay.udp_addresses().first().map_or(listen.port(), SocketAddr::port);
        let over_tls = secure.and_then(|(tls, port)| told::over_tls(config, &hosts, tls, port));
        let theirs = config.ice_servers.iter().map(|server| server.urls.len()).sum();
        let urls = told::urls(&hosts, port, over_tls.as_deref(), theirs);
        Ok(Self { relay, urls })
    }

    /// Numbers for operators.
    pub(crate) fn stats(&self) -> Stats {
        self.relay.stats()
    }

    /// What this peer gets to use the relay with.
    pub(crate) fn issue(&self, peer: PeerId) -> IceServer {
        with_login(self.urls.clone(), self.relay.issue(&peer.to_string()))
    }

    /// What somebody without a seat gets, to find out whether the relay can be reached.
    pub(crate) fn issue_probe(&self, prober: PeerId) -> IceServer {
        with_login(self.urls.clone(), self.relay.issue_probe(&prober.to_string()))
    }

    /// The peer's login is void, and what was opened with it is closed.
    pub(crate) fn revoke(&self, peer: PeerId) {
        self.relay.revoke(&peer.to_string());
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
        Serving { task, stop }
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
}

impl Serving {
    /// Closes every allocation and all sockets, and waits for that.
    pub(crate) async fn stop(self) {
        drop(self.stop);
        if timeout(shutdown::RELAY, self.task).await.is_err() {
            tracing::warn!("the relay did not close in time");
        }
    }
}

fn secret(key: Option<&SeatKey>, lifetime: Duration) -> Result<[u8; 32], StartError> {
    if let Some(key) = key {
        return Ok(key.derive(&format!("{PURPOSE} {}", lifetime.as_secs())));
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
        BindError::External => StartError::ExternalIp,
        // What else can be wrong is set here.
        error => StartError::System(io::Error::other(error)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_server_that_is_started_again_has_the_secret_of_before_if_logins_last_as_long() {
        let key = SeatKey::from_text("correct horse battery staple");
        let hours = |hours: u64| secret(Some(&key), Duration::from_secs(hours * 3_600)).expect("derived");
        assert_eq!(hours(12), hours(12));
        assert_ne!(hours(12), hours(1));
        let none = || secret(None, Duration::from_secs(3_600)).expect("random");
        assert_ne!(none(), none());
    }
}
