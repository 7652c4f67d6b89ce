//! The addresses by which others reach this machine, and with it the relay.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, UdpSocket};

/// Nobody has these addresses (RFC 5737, RFC 3849): what is asked is only by which of its own this machine would send there.
const ELSEWHERE: [IpAddr; 2] = [
    IpAddr::V4(Ipv4Addr::new(192, 0, 2, 1)),
    IpAddr::V6(Ipv6Addr::new(0x2001, 0xdb8, 0, 0, 0, 0, 0, 1)),
];

/// Whether a client that sends to this address of ours reaches a socket that listens there.
pub(crate) fn hears(listen: SocketAddr, ip: IpAddr) -> bool {
    // An unspecified IPv6 address is both families.
    ip.is_ipv4() == listen.is_ipv4() || listen.ip() == IpAddr::V6(Ipv6Addr::UNSPECIFIED)
}

/// The addresses by which others may reach this machine, where nobody named any.
pub(crate) fn found(listen: SocketAddr) -> Vec<IpAddr> {
    match listen.ip().is_unspecified() {
        false => vec![listen.ip()],
        true => ELSEWHERE
            .into_iter()
            .filter(|&to| hears(listen, to))
            .filter_map(outgoing)
            .collect(),
    }
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

/// Addresses of this machine by which it reaches others, one of each family.
#[must_use]
pub fn own_addresses() -> Vec<IpAddr> {
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
        assert_eq!(found(listen), [ip("192.0.2.7")]);
    }

    #[test]
    fn what_this_machine_sends_from_is_an_address_of_its_own() {
        assert_eq!(outgoing(ip("127.0.0.1")), Some(ip("127.0.0.1")));
    }
}
