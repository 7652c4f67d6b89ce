//! What the flags say about the server, as far as somebody who checks it must know.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::PathBuf;

use visitor::Trusted;

use crate::config::{Config, HttpListen};
use crate::origin::Origin;

/// The server that the flags describe.
#[derive(Clone, Debug)]
pub(super) struct Subject {
    /// Where the web listener is, as the operator wrote it.
    pub(super) listen: String,
    /// Whether it speaks TLS there.
    pub(super) tls: bool,
    /// Where redirects to https are answered.
    pub(super) redirects: Option<String>,
    /// The address that people open, where it is not the one that is listened on.
    pub(super) public: Option<Origin>,
    /// The name for which the server gets its own certificate.
    pub(super) domain: Option<String>,
    /// The directory of the authority that it gets it from, and by what that one's own certificate is checked.
    pub(super) authority: Option<String>,
    pub(super) authority_roots: Option<PathBuf>,
    /// Whether the operator has a certificate in a file.
    pub(super) files: bool,
    /// Where the relay listens.
    pub(super) relay: Option<SocketAddr>,
    /// `--external-ip`.
    pub(super) external: Vec<IpAddr>,
    /// From whom the web listener wants the header of the PROXY protocol.
    pub(super) proxies: Option<Trusted>,
    /// People in rooms, at most.
    pub(super) people: u64,
}

impl Subject {
    pub(super) fn of(config: &Config) -> Self {
        let tls = &config.tls;
        let redirects = match &tls.http_listen {
            Some(HttpListen::At(address)) => Some(address.clone()),
            None if tls.domain.is_some() && config.listen.is_none() => Some("[::]:80".to_owned()),
            Some(HttpListen::Off) | None => None,
        };
        Self {
            listen: config.listen_address().to_owned(),
            tls: tls.is_on(),
            redirects,
            public: config.public_url(),
            domain: tls.domain.clone(),
            authority: tls.domain.as_ref().map(|_| tls.acme.acme_directory.clone()),
            authority_roots: tls.acme.acme_ca.clone(),
            files: tls.tls_cert.is_some(),
            relay: web(config).and_then(|web| config.relay.listen(web, config.public_url().as_ref())),
            external: config.relay.external_ips.clone(),
            proxies: config.visitors.proxy_protocol.then(|| config.visitors.trusted()),
            people: u64::from(config.max_rooms) * u64::from(config.max_room_size),
        }
    }

    /// The host that people write, without a port, where there is a name for it.
    pub(super) fn name(&self) -> Option<&str> {
        let host = match (&self.domain, &self.public) {
            (Some(domain), _) => domain.as_str(),
            (None, Some(public)) => public.host(),
            (None, None) => return None,
        };
        (host.parse::<IpAddr>().is_err() && host != "localhost").then_some(host)
    }
}

/// The web listener's address, where it is clear without asking anybody.
fn web(config: &Config) -> Option<SocketAddr> {
    let address = config.listen_address();
    match address.strip_prefix("localhost:") {
        Some(port) => Some((Ipv4Addr::LOCALHOST, port.parse().ok()?).into()),
        None => address.parse().ok(),
    }
}

/// The host of `host:port`; an IPv6 address keeps its brackets.
pub(super) fn host_of(authority: &str) -> &str {
    match authority.rsplit_once(':') {
        Some((host, port)) if port.bytes().all(|byte| byte.is_ascii_digit()) => host,
        _ => authority,
    }
}

#[cfg(test)]
mod tests {
    use clap::Parser as _;

    use super::*;

    fn name(flags: &[&str]) -> Option<String> {
        let config = Config::parse_from(["parlour"].iter().chain(flags));
        Subject::of(&config).name().map(str::to_owned)
    }

    #[test]
    fn the_name_is_that_of_the_public_address() {
        assert_eq!(name(&[]), None);
        assert_eq!(
            name(&["--public-url", "https://calls.example.org:8443"]),
            Some("calls.example.org".into())
        );
        assert_eq!(name(&["--public-url", "http://192.0.2.1:3000"]), None);
        assert_eq!(name(&["--public-url", "http://[2001:db8::1]:3000"]), None);
        assert_eq!(name(&["--public-url", "http://localhost:3000"]), None);
    }

    #[test]
    fn the_host_is_what_stands_before_the_port() {
        for (authority, host) in [
            ("calls.example.org", "calls.example.org"),
            ("calls.example.org:8443", "calls.example.org"),
            ("[2001:db8::1]", "[2001:db8::1]"),
            ("[2001:db8::1]:443", "[2001:db8::1]"),
        ] {
            assert_eq!(host_of(authority), host);
        }
    }
}
