//! What the server tells browsers about the relay.

use std::net::{IpAddr, SocketAddr};

use crate::config::Config;
use crate::origin::Origin;
use crate::tls::Tls;

/// Most addresses of STUN and TURN servers of which Firefox does not complain.
const URLS: usize = 4;

/// What browsers are told, what helps most first. No `stun:` beside them: browsers ask a TURN server for their reflexive
/// address, too, and Firefox complains on the console of five addresses and more, `theirs` of which others are.
pub(super) fn urls(hosts: &[IpAddr], port: u16, over_tls: Option<&str>, theirs: usize) -> Vec<String> {
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
/// certificate is for that. Browsers refuse it otherwise; Firefox also where it is an address.
pub(super) fn over_tls(config: &Config, hosts: &[IpAddr], tls: &Tls, port: u16) -> Option<String> {
    match config.public_url() {
        Some(url) => tls.is_for(url.host()).then(|| secure_authority(&url)),
        None => {
            let host = hosts.iter().find(|host| tls.is_for(&host.to_string()))?;
            Some(SocketAddr::new(*host, port).to_string())
        }
    }
}

/// Where browsers find this server's TLS: `HOST:PORT`, with brackets around an IPv6 address.
fn secure_authority(url: &Origin) -> String {
    match url.port() {
        Some(_) => url.authority().to_owned(),
        None => format!("{}:443", url.authority()),
    }
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
}
