//! The client's address in a header that proxies append to: X-Forwarded-For and its like, or `Forwarded` (RFC 7239).

use std::net::{IpAddr, SocketAddr};

use crate::Trusted;

/// How the header is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Syntax {
    /// Addresses with commas between them, as X-Forwarded-For has them. One address alone is the shortest of these lists.
    List,
    /// The parameter `for` of each element (RFC 7239, section 5.2).
    Forwarded,
}

impl Syntax {
    /// That of the header of this name.
    #[must_use]
    pub fn of(name: &str) -> Self {
        match name.eq_ignore_ascii_case("forwarded") {
            true => Self::Forwarded,
            false => Self::List,
        }
    }
}

/// The address that a request comes from whose connection comes from `peer`. `lines` are the header's values in their order.
///
/// Each proxy appends whom it was asked by. So they are read from the right, as long as whoever wrote the next one is trusted:
/// what a client has put there itself is on the left of its own address, and not reached. What is no address ends the reading: it
/// is then the last one that is known.
pub fn client<'a>(
    peer: IpAddr,
    lines: impl DoubleEndedIterator<Item = &'a str>,
    syntax: Syntax,
    trusted: &Trusted,
) -> IpAddr {
    let mut client = peer.to_canonical();
    for element in lines.rev().flat_map(|line| line.rsplit(',')) {
        if !trusted.contains(client) {
            break;
        }
        let node = match syntax {
            Syntax::List => Some(element),
            Syntax::Forwarded => parameter_for(element),
        };
        match node.and_then(address) {
            Some(ip) => client = ip,
            None => break,
        }
    }
    client
}

/// The value of `for` in `for=192.0.2.60;proto=http`.
fn parameter_for(element: &str) -> Option<&str> {
    // It was cut at a comma in quotes.
    if element.matches('"').count() % 2 == 1 {
        return None;
    }
    let mut pairs = element.split(';').filter_map(|pair| pair.split_once('='));
    let (_, value) = pairs.find(|(name, _)| name.trim().eq_ignore_ascii_case("for"))?;
    Some(value)
}

/// `192.0.2.60`, `192.0.2.60:4711`, `2001:db8::7`, `[2001:db8::7]` or `[2001:db8::7]:4711`, in quotes or not.
fn address(text: &str) -> Option<IpAddr> {
    let text = text.trim().trim_matches('"');
    let bare = text
        .strip_prefix('[')
        .and_then(|text| text.strip_suffix(']'))
        .unwrap_or(text);
    let ip = bare
        .parse()
        .ok()
        .or_else(|| Some(text.parse::<SocketAddr>().ok()?.ip()));
    ip.map(|ip| ip.to_canonical())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ip(text: &str) -> IpAddr {
        text.parse().expect("an address")
    }

    fn trusted() -> Trusted {
        Trusted::new(
            ["127.0.0.1", "10.0.0.0/8", "fd00::/8"]
                .map(|text| crate::parse_network(text).expect("valid"))
                .into(),
        )
    }

    fn listed(peer: &str, lines: &[&str]) -> String {
        client(ip(peer), lines.iter().copied(), Syntax::List, &trusted()).to_string()
    }

    #[test]
    fn it_is_the_first_from_the_right_that_is_not_trusted() {
        for (peer, lines, expected) in [
            ("127.0.0.1", &["203.0.113.7"][..], "203.0.113.7"),
            ("127.0.0.1", &["198.51.100.1, 203.0.113.7"], "203.0.113.7"),
            ("127.0.0.1", &["203.0.113.7, 10.0.0.9"], "203.0.113.7"),
            ("127.0.0.1", &["203.0.113.7", "10.0.0.9,10.1.2.3"], "203.0.113.7"),
            ("127.0.0.1", &["1.1.1.1,203.0.113.7", "10.0.0.9"], "203.0.113.7"),
            // Everybody is a proxy: the first is who asked.
            ("127.0.0.1", &["10.0.0.1, 10.0.0.2"], "10.0.0.1"),
            ("::ffff:127.0.0.1", &["::ffff:203.0.113.7"], "203.0.113.7"),
            ("fd00::1", &["2001:db8::7"], "2001:db8::7"),
        ] {
            assert_eq!(listed(peer, lines), expected, "{peer} {lines:?}");
        }
    }

    #[test]
    fn nobody_else_is_believed() {
        assert_eq!(listed("203.0.113.9", &["198.51.100.1"]), "203.0.113.9");
        assert_eq!(listed("203.0.113.9", &["10.0.0.1"]), "203.0.113.9");
    }

    #[test]
    fn what_is_no_address_ends_the_reading() {
        for line in [
            "",
            "unknown",
            "203.0.113.7,",
            "203.0.113.7,_hidden",
            "203.0.113.7, a.example",
            "203.0.113.7 10.0.0.1",
        ] {
            assert_eq!(listed("127.0.0.1", &[line]), "127.0.0.1", "{line}");
        }
        assert_eq!(listed("127.0.0.1", &["203.0.113.7, nonsense, 10.0.0.9"]), "10.0.0.9");
        assert_eq!(listed("127.0.0.1", &[]), "127.0.0.1");
    }

    #[test]
    fn a_comma_in_quotes_hides_nobody() {
        // The proxy quotes a host that the client has chosen.
        let line = "for=203.0.113.7;host=\"x, for=9.9.9.9\"";
        let read = client(ip("127.0.0.1"), [line].into_iter(), Syntax::Forwarded, &trusted());
        assert_eq!(read, ip("127.0.0.1"), "nobody is better than somebody else");
    }

    #[test]
    fn ports_brackets_and_quotes_do_not_matter() {
        for text in ["203.0.113.7:4711", " 203.0.113.7 ", "\"203.0.113.7:4711\""] {
            assert_eq!(address(text), Some(ip("203.0.113.7")), "{text}");
        }
        for text in [
            "2001:db8::7",
            "[2001:db8::7]",
            "[2001:db8::7]:4711",
            "\"[2001:db8::7]:4711\"",
        ] {
            assert_eq!(address(text), Some(ip("2001:db8::7")), "{text}");
        }
    }

    #[test]
    fn the_standard_header_names_the_client_as_for() {
        assert_eq!(Syntax::of("FORWARDED"), Syntax::Forwarded);
        assert_eq!(Syntax::of("X-Forwarded-For"), Syntax::List);
        for (line, expected) in [
            ("for=203.0.113.7", "203.0.113.7"),
            (
                "for=198.51.100.1, For=\"[2001:db8:cafe::17]:4711\";proto=https;by=10.0.0.1",
                "2001:db8:cafe::17",
            ),
            ("proto=https; for=203.0.113.7", "203.0.113.7"),
            ("for=203.0.113.7;by=10.0.0.1, for=10.0.0.9", "203.0.113.7"),
            ("for=\"_gazonk\"", "127.0.0.1"),
            ("by=203.0.113.7", "127.0.0.1"),
            // An open quote of the client's own.
            ("for=\"198.51.100.1, for=203.0.113.7", "203.0.113.7"),
        ] {
            let found = client(ip("127.0.0.1"), [line].into_iter(), Syntax::Forwarded, &trusted());
            assert_eq!(found, ip(expected), "{line}");
        }
    }
}
