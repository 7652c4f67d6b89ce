//! The relay in this process (`--turn-listen`): where it listens, the addresses that it is known by, and credentials for
//! each seat.

use std::fmt;
use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, UdpSocket};

use protocol::{IceServer, PeerId};
use relay::{Bandwidth, BindError, IpNet, Relay, Stats};
use signaling::{IceCredentials, SeatKey};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::task::JoinHandle;
use tokio::time::timeout;
use tokio_util::sync::{CancellationToken, DropGuard};

use crate::config::Config;
use crate::error::StartError;
use crate::listening::secure_authority;
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

/// Most addresses of STUN and TURN servers of which Firefox does not complain.
const URLS: usize = 4;

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
    /// Opens the relay's sockets, if the operator asked for one. `key` is that of [`seat_key`](crate::seat_key); `secure` the
    /// certificate of the port on which the relay can be reached over TLS as well.
    ///
    /// # Errors
    /// When the address cannot be listened on, and when no address is known by which others would reach it.
    pub async fn bind(
        config: &Config,
        key: Option<&SeatKey>,
        secure: Option<(&Tls, u16)>,
    ) -> Result<Option<Self>, StartError> {
        let Some(listen) = config.turn_listen else {
            return Ok(None);
        };
        let external = match config.external_ips.is_empty() {
            false => config.external_ips.clone(),
            true => found(listen)?,
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
        settings.allow_peers = config.relay_allow.clone();
        settings.bandwidth = Some(Bandwidth {
            per_second: config.relay_bandwidth,
            burst: config.relay_bandwidth,
        });
        let relay = Relay::bind(settings).await.map_err(refusal)?;
        if config.external_ips.is_empty() && !hosts.iter().copied().all(relay::is_public) {
            tracing::warn!(
                "the relay knows itself by a private address only, so nobody outside of that network reaches it: name the \
                 address by which others do with --external-ip"
            );
        }
        let port = relay.udp_addresses().first().map_or(listen.port(), SocketAddr::port);
        let over_tls = secure.and_then(|(tls, port)| over_tls(config, &hosts, tls, port));
        let theirs = config.ice_servers.iter().map(|server| server.urls.len()).sum();
        let urls = urls(&hosts, port, over_tls.as_deref(), theirs);
        Ok(Some(Self { relay, urls }))
    }

    /// Numbers for operators.
    pub(crate) fn stats(&self) -> Stats {
        self.relay.stats()
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

impl IceCredentials for Turn {
    fn issue(&self, peer: PeerId) -> Vec<IceServer> {
        let issued = self.relay.issue(&peer.to_string());
        let issued = issued.expect("a peer's id is short and of visible ASCII");
        vec![IceServer {
            urls: self.urls.clone(),
            username: Some(issued.username),
            credential: Some(issued.password),
        }]
    }

    fn revoke(&self, peer: PeerId) {
        self.relay.revoke(&peer.to_string());
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

/// The addresses by which others may reach this machine, where the operator named none.
fn found(listen: SocketAddr) -> Result<Vec<IpAddr>, StartError> {
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

/// What browsers are told, what helps most first. No `stun:` beside them: browsers ask a TURN server for their reflexive
/// address, too, and Firefox complains on the console of five addresses and more, `theirs` of which others are.
fn urls(hosts: &[IpAddr], port: u16, over_tls: Option<&str>, theirs: usize) -> Vec<String> {
    let turn = |transport| {
        // With the brackets that an IPv6 address needs.
        let address = move |host: &IpAddr| format!("turn:{}?transport={transport}", SocketAddr::new(*host, port));
        hosts.iter().map(address)
    };
    let over_tls = over_tls.map(|authority| format!("turns:{authority}?transport=tcp"));
    // However many the others are, one over each transport stays.
    let room = URLS.saturating_sub(theirs).max(hosts.len() + 1);
    turn("udp").chain(over_tls).chain(turn("tcp")).take(room).collect()
}

/// Where the relay is reached over TLS, as `HOST:PORT`: by the name that people open, else by its address, and only where the
/// certificate is for that. Browsers refuse it otherwise.
fn over_tls(config: &Config, hosts: &[IpAddr], tls: &Tls, port: u16) -> Option<String> {
    match config.public_url() {
        Some(url) => tls.is_for(url.host()).then(|| secure_authority(&url)),
        None => {
            let host = hosts.iter().find(|host| tls.is_for(&host.to_string()))?;
            Some(SocketAddr::new(*host, port).to_string())
        }
    }
}

/// Addresses of this machine by which it reaches others.
pub(crate) fn own_addresses() -> Vec<IpAddr> {
    ELSEWHERE.into_iter().filter_map(outgoing).collect()
}

/// Reads `--turn-listen`.
pub(crate) fn parse_listen(text: &str) -> Result<SocketAddr, String> {
    let address = text.parse::<SocketAddr>();
    let address = address.map_err(|_| "write an IP address and a port, as in 0.0.0.0:3478 or [::]:3478".to_owned())?;
    Ok(SocketAddr::new(address.ip().to_canonical(), address.port()))
}

/// Reads `--external-ip`.
pub(crate) fn parse_external(text: &str) -> Result<IpAddr, String> {
    let ip = text.parse::<IpAddr>().map(|ip| ip.to_canonical());
    ip.ok()
        .filter(|ip| !ip.is_unspecified() && !ip.is_multicast())
        .ok_or_else(|| "write the IPv4 or IPv6 address of this server, not its name, as in 203.0.113.7".to_owned())
}

/// Reads `--relay-allow`.
pub(crate) fn parse_range(text: &str) -> Result<IpNet, String> {
    let range = text
        .parse::<IpNet>()
        .or_else(|_| text.parse::<IpAddr>().map(IpNet::from));
    range.map_err(|_| "write an address and the length of its prefix, as in 10.0.0.0/8 or fd00::/8".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ip(text: &str) -> IpAddr {
        text.parse().expect("an address")
    }

    #[test]
    fn browsers_are_told_every_transport_and_ipv6_in_brackets() {
        assert_eq!(
            urls(&[ip("203.0.113.7")], 3478, None, 0),
            [
                "turn:203.0.113.7:3478?transport=udp",
                "turn:203.0.113.7:3478?transport=tcp"
            ]
        );
        assert_eq!(
            urls(&[ip("2001:db8::7")], 5000, Some("calls.example.org:443"), 0),
            [
                "turn:[2001:db8::7]:5000?transport=udp",
                "turns:calls.example.org:443?transport=tcp",
                "turn:[2001:db8::7]:5000?transport=tcp"
            ]
        );
    }

    #[test]
    fn firefox_is_never_told_so_many_that_it_complains() {
        let both = [ip("203.0.113.7"), ip("2001:db8::7")];
        assert_eq!(urls(&both, 3478, None, 0).len(), 4);
        assert_eq!(
            urls(&both, 3478, Some("calls.example.org:443"), 0),
            [
                "turn:203.0.113.7:3478?transport=udp",
                "turn:[2001:db8::7]:3478?transport=udp",
                "turns:calls.example.org:443?transport=tcp",
                "turn:203.0.113.7:3478?transport=tcp"
            ]
        );
        for theirs in 0..=2 {
            assert!(urls(&both[..1], 3478, Some("calls.example.org:443"), theirs).len() + theirs <= URLS);
        }
        let crowded = urls(&both[..1], 3478, Some("calls.example.org:443"), 9);
        assert_eq!(crowded.len(), 2, "ours stay: {crowded:?}");
    }

    #[test]
    fn an_address_is_told_only_where_somebody_listens() {
        for (listen, v4, v6) in [
            ("0.0.0.0:1", true, false),
            ("192.0.2.1:1", true, false),
            ("[::]:1", true, true),
            ("[2001:db8::1]:1", false, true),
        ] {
            let listen = parse_listen(listen).expect("an address");
            assert_eq!(
                (hears(listen, ip("192.0.2.1")), hears(listen, ip("2001:db8::1"))),
                (v4, v6),
                "{listen}"
            );
        }
    }

    #[test]
    fn the_address_that_is_listened_on_is_the_one_by_which_others_reach_it() {
        let listen = parse_listen("192.0.2.7:3478").expect("an address");
        assert_eq!(found(listen).expect("an address"), [ip("192.0.2.7")]);
    }

    #[test]
    fn what_this_machine_sends_from_is_an_address_of_its_own() {
        assert_eq!(outgoing(ip("127.0.0.1")), Some(ip("127.0.0.1")));
    }

    #[test]
    fn addresses_and_ranges_are_read_as_people_write_them() {
        assert_eq!(parse_range("10.0.0.0/8").expect("a range").to_string(), "10.0.0.0/8");
        assert_eq!(
            parse_range("192.168.1.7").expect("a range").to_string(),
            "192.168.1.7/32"
        );
        assert_eq!(parse_range("fd00::/8").expect("a range").to_string(), "fd00::/8");
        assert_eq!(
            parse_external("::ffff:203.0.113.7").expect("an address"),
            ip("203.0.113.7")
        );
        for text in [
            "",
            "calls.example.org",
            "0.0.0.0",
            "::",
            "224.0.0.1",
            "203.0.113.7:3478",
        ] {
            assert!(parse_external(text).is_err(), "{text}");
        }
        for text in ["", "10.0.0.0/33", "10.0.0", "private"] {
            assert!(parse_range(text).is_err(), "{text}");
        }
        for text in ["", "3478", "0.0.0.0", "localhost:3478", "0.0.0.0:70000"] {
            assert!(parse_listen(text).is_err(), "{text}");
        }
    }
}
