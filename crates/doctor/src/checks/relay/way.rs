//! The addresses of relays as browsers are told them.

use url::{Host, Url};

/// How a client reaches a relay.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Transport {
    Udp,
    Tcp,
    Tls,
}

/// A way to a relay, as browsers are told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Way {
    pub(super) transport: Transport,
    pub(super) host: Host,
    pub(super) port: u16,
}

impl Way {
    /// Reads the address of a relay (RFC 7065); `None` for a STUN server, for TURN over DTLS, which no browser speaks, and for
    /// what is none of them.
    pub(super) fn read(text: &str) -> Option<Self> {
        let url = Url::parse(text).ok()?;
        let (transport, default_port) = match (url.scheme(), url.query()) {
            ("turn", None | Some("transport=udp")) => (Transport::Udp, 3478),
            ("turn", Some("transport=tcp")) => (Transport::Tcp, 3478),
            ("turns", None | Some("transport=tcp")) => (Transport::Tls, 5349),
            _ => return None,
        };
        // Without slashes all of it is a path.
        let url = Url::parse(&format!("turn://{}", url.path())).ok()?;
        Some(Self {
            transport,
            host: Host::parse(url.host_str()?).ok()?,
            port: url.port().unwrap_or(default_port),
        })
    }

    /// The check, what a firewall lets in, and all of it for people.
    pub(super) fn words(&self) -> (&'static str, &'static str, String) {
        let (check, layer, transport) = match self.transport {
            Transport::Udp => ("relay-udp", "UDP", "UDP"),
            Transport::Tcp => ("relay-tcp", "TCP", "TCP"),
            Transport::Tls => ("relay-tls", "TCP", "TLS"),
        };
        (check, layer, format!("{}:{} over {transport}", self.host, self.port))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn relays_are_read_as_browsers_read_them() {
        for (text, written) in [
            ("turn:192.0.2.1:80?transport=udp", "192.0.2.1:80 over UDP"),
            ("turn:[2001:db8::7]?transport=tcp", "[2001:db8::7]:3478 over TCP"),
            ("turn:turn.example.org", "turn.example.org:3478 over UDP"),
            ("turns:calls.example.org", "calls.example.org:5349 over TLS"),
            ("turns:a.example:443?transport=tcp", "a.example:443 over TLS"),
        ] {
            assert_eq!(Way::read(text).expect(text).words().2, written, "{text}");
        }
        for text in [
            "stun:192.0.2.1:3478",
            "turns:example.org?transport=udp",
            "turn:example.org?transport=sctp",
            "turn:example.org:port",
            "turn:[2001:db8::7",
            "turn::3478",
            "http://example.org",
        ] {
            assert_eq!(Way::read(text), None, "{text}");
        }
    }
}
