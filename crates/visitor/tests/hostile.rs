//! Whatever strangers write into headers, nobody poses as somebody else by it.

use std::net::{IpAddr, SocketAddr};

use proptest::prelude::*;
use visitor::forwarded::{Syntax, client};
use visitor::proxy_header::{HEAD, REST_MAX, rest, source};
use visitor::{Trusted, parse_network};

fn proxies() -> Trusted {
    Trusted::new(vec![parse_network("10.0.0.0/8").expect("a network")])
}

/// A header of the PROXY protocol for this connection.
fn header(from: SocketAddr, more: &[u8]) -> ([u8; HEAD], Vec<u8>) {
    let (family, mut body) = match from.ip() {
        IpAddr::V4(ip) => (0x11, [&ip.octets()[..], &[192, 0, 2, 1]].concat()),
        IpAddr::V6(ip) => (0x21, [&ip.octets()[..], &[7; 16]].concat()),
    };
    body.extend(from.port().to_be_bytes());
    body.extend([1, 187]);
    body.extend(more);
    let mut head = *b"\r\n\r\n\0\r\nQUIT\n\x21\0\0\0";
    head[13] = family;
    head[14..].copy_from_slice(&(body.len() as u16).to_be_bytes());
    (head, body)
}

fn address() -> impl Strategy<Value = IpAddr> {
    prop_oneof![
        any::<[u8; 4]>().prop_map(IpAddr::from),
        any::<[u8; 16]>().prop_map(IpAddr::from)
    ]
}

proptest! {
    #[test]
    fn what_is_on_the_left_of_a_stranger_is_not_reached(left in "[ -~]{0,200}", ip in address()) {
        prop_assume!(!proxies().contains(ip));
        for (line, syntax) in [
            (format!("{left}, {ip}"), Syntax::List),
            (format!("{left}, for=\"[{ip}]\""), Syntax::Forwarded),
        ] {
            let line = if ip.is_ipv4() { line.replace(['[', ']'], "") } else { line };
            let peer = IpAddr::from([10, 0, 0, 1]);
            prop_assert_eq!(client(peer, [line.as_str()].into_iter(), syntax, &proxies()), ip.to_canonical());
        }
    }

    #[test]
    fn a_stranger_is_itself_whatever_it_writes(line in "\\PC{0,200}", ip in address()) {
        prop_assume!(!proxies().contains(ip));
        for syntax in [Syntax::List, Syntax::Forwarded] {
            prop_assert_eq!(client(ip, [line.as_str()].into_iter(), syntax, &proxies()), ip.to_canonical());
        }
    }

    #[test]
    fn a_header_is_read_as_it_was_written(ip in address(), port: u16, more in prop::collection::vec(any::<u8>(), 0..100)) {
        let from = SocketAddr::new(ip, port);
        let (head, body) = header(from, &more);
        prop_assert_eq!(rest(&head), Ok(body.len()));
        let read = source(&head, &body).expect("a header").expect("an address");
        prop_assert_eq!(read, SocketAddr::new(ip.to_canonical(), port));
    }

    #[test]
    fn no_bytes_are_too_much(head: [u8; HEAD], body in prop::collection::vec(any::<u8>(), 0..300)) {
        if let Ok(length) = rest(&head) {
            prop_assert!(length <= REST_MAX);
        }
        let _ = source(&head, &body);
    }
}
