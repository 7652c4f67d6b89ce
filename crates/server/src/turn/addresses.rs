//! The addresses by which others reach this machine, and with it the relay.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, UdpSocket};
use std::time::Duration;

use tokio::net::lookup_host;
use tokio::time::timeout;

use crate::config::Config;
use crate::error::StartError;

/// Nobody has these addresses (RFC 5737, RFC 3849): what is asked is only by which of its own this machine would send there.
const ELSEWHERE: [IpAddr; 2] = [
    IpAddr::V4(Ipv4Addr::new(192, 0, 2, 1)),
    IpAddr::V6(Ipv6Addr::new(0x2001, 0xdb8, 0, 0, 0, 0, 0, 1)),
];

/// How long the server waits for the addresses of its own name before it goes on without.
const DNS: Duration = Duration::from_secs(5);

/// Whether a client that sends to this address of ours reaches a socket that listens there.
pub(super) fn hears(listen: SocketAddr, ip: IpAddr) -> bool {
    // An unspecified IPv6 address is both families.
    ip.is_ipv4() == listen.is_ipv4() || listen.ip() == IpAddr::V6(Ipv6Addr::UNSPECIFIED)
}

/// What the DNS, or this machine's own list of hosts, says of `--domain`.
pub(super) async fn named(config: &Config) -> Vec<IpAddr> {
    let Some(domain) = &config.tls.domain else {
        return Vec::new();
    };
    let asked = timeout(DNS, lookup_host((domain.as_str(), 0))).await;
    let found = asked.ok().and_then(Result::ok).into_iter().flatten();
    found.map(|address| address.ip().to_canonical()).collect()
}

/// Those of a name's addresses by which others reach the relay: the first of each family. Many systems give their own name an
/// address of the loopback interface, which leads nobody here.
pub(crate) fn of_domain(listen: SocketAddr, named: &[IpAddr]) -> Vec<IpAddr> {
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
