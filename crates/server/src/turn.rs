//! The relay in this process: where it listens, the addresses that it is known by, and credentials for
//! each seat.

mod told;

use std::fmt;
use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, UdpSocket};
use std::time::Duration;

use protocol::{IceServer, PeerId};
use relay::{Bandwidth, BindError, Relay, Stats};
use signaling::SeatKey;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::lookup_host;
use tokio::task::JoinHandle;
use tokio::time::timeout;
use tokio_util::sync::{CancellationToken, DropGuard};

use crate::config::Config;
use crate::error::StartError;
use crate::logins::with_login;
use crate::shutdown;
use crate::tls::Tls;

/// What the relay's secret is derived for. With the same seat key, a server that was restarted takes the credentials that
/// it issued before.
const PURPOSE: &str = "relay";

/// Nobody has these addresses (RFC 5737, RFC 3849): what is asked is only by which of its own this machine would send there.
const ELSEWHERE: [IpAddr; 2] = [
    IpAddr::V4(Ipv4Addr::new(192, 0, 2, 1)),
    IpAddr::V6(Ipv6Addr::new(0x2001, 0xdb8, 0, 0, 0, 0, 0, 1)),
];

/// How long the server waits for the addresses of its own name before it goes on without.
const DNS: Duration = Duration::from_secs(5);

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
        let mut settings = relay::Config::new(secret(key)?, external);
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
        settings.allow_peers = flags.relay_allow.clone();
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
        BindError::External => StartError::ExternalIp,
        // What else can be wrong is set here.
        error => StartError::System(io::Error::other(error)),
    }
}

/// Whether a client that sends to this address of ours reaches a socket that listens there.
fn hears(listen: SocketAddr, ip: IpAddr) -> bool {
    // An unspecified IPv6 address is both families.
    ip.is_ipv4() == listen.is_ipv4() || listen.ip() == IpAddr::V6(Ipv6Addr::UNSPECIFIED)
}

/// What the DNS, or this machine's own list of hosts, says of `--domain`.
async fn named(config: &Config) -> Vec<IpAddr> {
    let Some(domain) = &config.tls.domain else {
        return Vec::new();
    };
    let asked = timeout(DNS, lookup_host((domain.as_str(), 0))).await;
    let found = asked.ok().and_then(Result::ok).into_iter().flatten();
    found.map(|address| address.ip().to_canonical()).collect()
}

/// Those of a name's addresses by which others reach the relay: the first of each family. Many systems give their own name an
/// address of the loopback interface, which leads nobody here.
fn of_domain(listen: SocketAddr, named: &[IpAddr]) -> Vec<IpAddr> {
    let leads_here = |ip: &&IpAddr| hears(listen, **ip) && (!ip.is_loopback() || listen.ip().is_loopback());
    let first = |ipv4| named.iter().filter(leads_here).find(move |ip| ip.is_ipv4() == ipv4);
    [true, false].into_iter().filter_map(first).copied().collect()
}

/// The addresses by which others may reach this machine, where nobody named any.
pub(crate) fn found(listen: SocketAddr) -> Result<Vec<IpAddr>, StartError> {
    let found = match listen.ip().is_unspecified() {
        false => vec![listen.ip()],
        true => ELSEWHERE
            .into_iter()
            .filter(|&to| hears(listen, to))
            .filter_map(outgoing)
            .collect(),
    };
    if found.is_empty() {
        return Err(StartError::NoExternalIp);
    }
    Ok(found)
}

/// Which of its addresses this machine would use to send there. Nothing is sent: connecting a UDP socket is a look into the
/// table of routes.
fn outgoing(to: IpAddr) -> Option<IpAddr> {
    let any: IpAddr = match to {
        IpAddr::V4(_) => Ipv4Addr::UNSPECIFIED.into(),
        IpAddr::V6(_) => Ipv6Addr::UNSPECIFIED.into(),
    };
    let socket = UdpSocket::bind((any, 0)).ok()?;
    socket.connect((to, 9)).ok()?;
    let ip = socket.local_addr().ok()?.ip();
    (!ip.is_unspecified()).then_some(ip)
}

/// Addresses of this machine by which it reaches others.
pub(crate) fn own_addresses() -> Vec<IpAddr> {
    ELSEWHERE.into_iter().filter_map(outgoing).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ip(text: &str) -> IpAddr {
        text.parse().expect("an address")
    }

    #[test]
    fn an_address_is_told_only_where_somebody_listens() {
        for (listen, v4, v6) in [
            ("0.0.0.0:1", true, false),
            ("192.0.2.1:1", true, false),
            ("[::]:1", true, true),
            ("[2001:db8::1]:1", false, true),
        ] {
            let listen = listen.parse().expect("an address");
            assert_eq!(
                (hears(listen, ip("192.0.2.1")), hears(listen, ip("2001:db8::1"))),
                (v4, v6),
                "{listen}"
            );
        }
    }

    #[test]
    fn the_address_that_is_listened_on_is_the_one_by_which_others_reach_it() {
        let listen = "192.0.2.7:3478".parse().expect("an address");
        assert_eq!(found(listen).expect("an address"), [ip("192.0.2.7")]);
    }

    #[test]
    fn a_name_stands_for_the_first_address_of_each_family_that_leads_here() {
        let named = ["127.0.1.1", "198.51.100.7", "198.51.100.8", "2001:db8::7"].map(ip);
        for (listen, expected) in [
            ("[::]:3478", &["198.51.100.7", "2001:db8::7"][..]),
            ("0.0.0.0:3478", &["198.51.100.7"]),
            ("[2001:db8::1]:3478", &["2001:db8::7"]),
            ("127.0.0.1:3478", &["127.0.1.1"]),
        ] {
            let found = of_domain(listen.parse().expect("an address"), &named);
            let expected: Vec<_> = expected.iter().map(|text| ip(text)).collect();
            assert_eq!(found, expected, "{listen}");
        }
        assert!(of_domain("[::]:3478".parse().expect("an address"), &[]).is_empty());
    }

    #[test]
    fn what_this_machine_sends_from_is_an_address_of_its_own() {
        assert_eq!(outgoing(ip("127.0.0.1")), Some(ip("127.0.0.1")));
    }
}
