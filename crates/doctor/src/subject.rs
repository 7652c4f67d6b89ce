//! What is checked.

use std::net::{IpAddr, SocketAddr};
use std::pin::Pin;

use url::{Host, Url};
use visitor::Trusted;

/// The server that is to be checked, as its flags describe it.
#[derive(Clone, Debug, Default)]
pub struct Subject {
    /// Nothing of this machine is looked at, and no server is started: all is about the one at `public`, which must be there.
    pub remote: bool,
    /// The version of this program.
    pub version: String,
    /// When this program was made, in seconds since 1970, where that is known.
    pub built: Option<u64>,
    /// `HOST:PORT` of the web listener, as the operator wrote it.
    pub listen: String,
    /// Whether it speaks TLS there.
    pub tls: bool,
    /// `HOST:PORT` where redirects to https are answered.
    pub redirects: Option<String>,
    /// The address that people open, where it is known.
    pub public: Option<Url>,
    /// The name for which the server gets its own certificate.
    pub domain: Option<String>,
    /// Whether the operator has a certificate in a file.
    pub files: bool,
    /// Where the relay listens.
    pub relay: Option<SocketAddr>,
    /// The addresses of a NAT in front, as the operator named them.
    pub external: Vec<IpAddr>,
    /// From whom the web listener wants the header of the PROXY protocol.
    pub proxies: Option<Trusted>,
}

impl Subject {
    /// The name that people write; `None` if DNS knows no such name.
    pub(crate) fn name(&self) -> Option<&str> {
        match (&self.domain, self.public.as_ref().and_then(Url::host)) {
            (Some(name), _) if name != "localhost" => Some(name),
            (None, Some(Host::Domain(name))) if name != "localhost" => Some(name),
            _ => None,
        }
    }
}

/// A server that was started for the checks.
pub struct Started {
    /// Where it listens.
    pub local: SocketAddr,
    /// Stops it, and is done when it has stopped.
    pub stop: Pin<Box<dyn Future<Output = ()> + Send>>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_name_is_the_domain_or_that_of_the_public_address() {
        for (domain, public, name) in [
            (None, None, None),
            (None, Some("https://calls.example.org:8443"), Some("calls.example.org")),
            (
                Some("one.example.org"),
                Some("https://calls.example.org"),
                Some("one.example.org"),
            ),
            (None, Some("http://192.0.2.1:3000"), None),
            (None, Some("http://[2001:db8::1]:3000"), None),
            (None, Some("http://localhost:3000"), None),
        ] {
            let subject = Subject {
                domain: domain.map(str::to_owned),
                public: public.map(|text| Url::parse(text).expect("a URL")),
                ..Subject::default()
            };
            assert_eq!(subject.name(), name);
        }
    }
}
