//! The addresses of relays as browsers get them: `turn:` and `turns:` (RFC 7065).

use std::fmt;

/// How a client reaches a relay.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Transport {
    Udp,
    Tcp,
    /// TLS over TCP.
    Tls,
}

impl fmt::Display for Transport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Udp => "UDP",
            Self::Tcp => "TCP",
            Self::Tls => "TLS",
        })
    }
}

/// A relay's address and transport.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct IceUrl {
    pub(super) transport: Transport,
    /// A name, or an IP address without brackets.
    pub(super) host: String,
    pub(super) port: u16,
}

impl IceUrl {
    /// Reads the address of a relay; `None` for a STUN server, for TURN over DTLS, which no browser speaks, and for what is
    /// none of them.
    pub(super) fn relay(text: &str) -> Option<Self> {
        let (scheme, rest) = text.split_once(':')?;
        let (address, transport) = match rest.split_once('?') {
            Some((address, query)) => (address, Some(query.strip_prefix("transport=")?)),
            None => (rest, None),
        };
        let (transport, default_port) = match (scheme, transport) {
            ("turn", None | Some("udp")) => (Transport::Udp, 3478),
            ("turn", Some("tcp")) => (Transport::Tcp, 3478),
            ("turns", None | Some("tcp")) => (Transport::Tls, 5349),
            _ => return None,
        };
        let (host, after) = match address.strip_prefix('[') {
            Some(rest) => rest.split_once(']')?,
            None => address.split_at(address.find(':').unwrap_or(address.len())),
        };
        let port = match after.strip_prefix(':') {
            Some(port) => port.parse().ok()?,
            None if after.is_empty() => default_port,
            None => return None,
        };
        (!host.is_empty()).then(|| Self {
            transport,
            host: host.to_owned(),
            port,
        })
    }
}

impl fmt::Display for IceUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.host.contains(':') {
            true => write!(f, "[{}]:{}", self.host, self.port),
            false => write!(f, "{}:{}", self.host, self.port),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn relays_are_read_as_browsers_read_them() {
        for (text, transport, host, port) in [
            ("turn:192.0.2.1:3478?transport=udp", Transport::Udp, "192.0.2.1", 3478),
            ("turn:192.0.2.1:5000?transport=tcp", Transport::Tcp, "192.0.2.1", 5000),
            ("turn:[2001:db8::7]:3478", Transport::Udp, "2001:db8::7", 3478),
            ("turn:turn.example.org", Transport::Udp, "turn.example.org", 3478),
            ("turns:calls.example.org", Transport::Tls, "calls.example.org", 5349),
            (
                "turns:calls.example.org:443?transport=tcp",
                Transport::Tls,
                "calls.example.org",
                443,
            ),
        ] {
            let url = IceUrl::relay(text).expect(text);
            assert_eq!(
                (url.transport, url.host.as_str(), url.port),
                (transport, host, port),
                "{text}"
            );
        }
    }

    #[test]
    fn an_address_is_written_with_the_brackets_that_ipv6_needs() {
        let written = |text| IceUrl::relay(text).map(|url| url.to_string());
        assert_eq!(written("turn:[2001:db8::7]:1"), Some("[2001:db8::7]:1".into()));
        assert_eq!(written("turn:192.0.2.1:1"), Some("192.0.2.1:1".into()));
    }

    #[test]
    fn what_is_no_relay_is_passed_over() {
        for text in [
            "",
            "stun:192.0.2.1:3478",
            "stuns:example.org",
            "turns:example.org?transport=udp",
            "turn:example.org?transport=sctp",
            "turn:example.org?other=udp",
            "turn:example.org:port",
            "turn:[2001:db8::7",
            "turn::3478",
            "http://example.org",
        ] {
            assert_eq!(IceUrl::relay(text), None, "{text}");
        }
    }
}
