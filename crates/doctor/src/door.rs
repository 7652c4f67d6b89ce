//! A way to a web server: where to connect, by which name, with TLS or without.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::time::Duration;

use client::http::{Answer, Connection, HttpError};
use client::tls::{Shown, Trust};
use client::{LATE, Stream, sentence};
use tokio::io::AsyncWriteExt as _;
use tokio::net::{TcpStream, lookup_host};
use tokio::time::timeout;
use url::{Host, Position, Url};
use visitor::{Trusted, proxy_header};

use crate::subject::Subject;

/// HTTP/1.1 in the handshake (ALPN, RFC 7301).
const HTTP_1: &[u8] = b"http/1.1";

/// Where HTTP is spoken.
#[derive(Clone)]
pub(crate) struct Door {
    /// As people and browsers name the server.
    pub(crate) url: Url,
    /// Host and port to connect to.
    at: String,
    trust: Trust,
    /// From whom it wants the header of the PROXY protocol.
    proxies: Option<Trusted>,
}

impl Door {
    /// The web listener, seen from this machine; `None` where its address cannot be understood. `local` is that address where it
    /// is known better than from the flags.
    pub(crate) fn listener(subject: &Subject, local: Option<SocketAddr>, trust: &Trust) -> Option<Self> {
        let at = match local.or_else(|| subject.listen.parse().ok()) {
            Some(address) => reachable(address).to_string(),
            None => subject.listen.clone(),
        };
        // Of two names that it has, the certificate is for the domain.
        let authority = match (&subject.domain, &subject.public) {
            (Some(domain), _) => domain,
            (None, Some(public)) => authority(public),
            (None, None) => &at,
        };
        let scheme = if subject.tls { "https" } else { "http" };
        Some(Self {
            url: Url::parse(&format!("{scheme}://{authority}")).ok()?,
            at,
            trust: trust.clone(),
            proxies: subject.proxies.clone(),
        })
    }

    /// The server of an address that people open.
    pub(crate) fn to(url: &Url, trust: &Trust) -> Option<Self> {
        Some(Self {
            at: format!("{}:{}", url.host_str()?, url.port_or_known_default()?),
            url: url.clone(),
            trust: trust.clone(),
            // If there is a proxy, it is asked.
            proxies: None,
        })
    }

    pub(crate) fn has_tls(&self) -> bool {
        self.url.scheme() == "https"
    }

    /// Where it is, for the operator.
    pub(crate) fn place(&self) -> String {
        format!("{}://{}", self.url.scheme(), self.at)
    }

    /// Host, and port where it is not the default.
    pub(crate) fn authority(&self) -> &str {
        authority(&self.url)
    }

    /// The name that the certificate must hold: a host, or an IP address without brackets.
    pub(crate) fn name(&self) -> String {
        self.url.host().map_or_else(String::new, |host| name(&host.to_owned()))
    }

    /// Whether it leads to this machine.
    pub(crate) async fn is_here(&self, patience: Duration) -> bool {
        match timeout(patience, lookup_host(&self.at)).await {
            Ok(Ok(mut found)) => found.any(|address| is_own(address.ip())),
            _ => false,
        }
    }

    /// Opens a connection, and says what was shown for it.
    pub(crate) async fn open(&self, patience: Duration) -> Result<(Box<dyn Stream>, Option<Shown>), HttpError> {
        let stream = timeout(patience, TcpStream::connect(&self.at)).await;
        let stream = stream.map_err(|_| HttpError::Nobody(LATE.to_owned()))?;
        let mut stream = stream.map_err(|error| HttpError::nobody(&error))?;
        // Small messages are not kept back.
        let _ = stream.set_nodelay(true);
        // This machine may be one of those that speak for others.
        let own = stream.local_addr().map(|local| local.ip());
        if own.is_ok_and(|ip| self.proxies.as_ref().is_some_and(|proxies| proxies.contains(ip))) {
            let said = stream.write_all(&proxy_header::LOCAL).await;
            said.map_err(|error| HttpError::Stranger(sentence(&error)))?;
        }
        if !self.has_tls() {
            return Ok((Box::new(stream), None));
        }
        let shaken = timeout(patience, self.trust.connect(stream, &self.name(), &[HTTP_1])).await;
        let shaken = shaken.unwrap_or_else(|_| Err(LATE.to_owned()));
        let (stream, shown) = shaken.map_err(HttpError::Stranger)?;
        Ok((Box::new(stream), Some(shown)))
    }

    /// Asks for a path.
    pub(crate) async fn get(&self, path: &str, patience: Duration) -> Result<Answer, HttpError> {
        let (stream, _) = self.open(patience).await?;
        let mut connection = Connection::over(stream, self.authority()).await?;
        connection.get(path, patience).await
    }
}

fn authority(url: &Url) -> &str {
    &url[Position::BeforeHost..Position::AfterPort]
}

/// A host as the system and certificates have it: an IPv6 address without brackets.
pub(crate) fn name(host: &Host) -> String {
    match host {
        Host::Domain(name) => name.clone(),
        Host::Ipv4(ip) => ip.to_string(),
        Host::Ipv6(ip) => ip.to_string(),
    }
}

/// Whether this machine has an address: only then can a socket be bound to it.
pub(crate) fn is_own(ip: IpAddr) -> bool {
    std::net::UdpSocket::bind((ip, 0)).is_ok()
}

/// An address to connect to for one that is listened on.
fn reachable(listen: SocketAddr) -> SocketAddr {
    let ip = match listen.ip() {
        IpAddr::V4(ip) if ip.is_unspecified() => Ipv4Addr::LOCALHOST.into(),
        // It hears both, and not every machine has an IPv6 address even for itself.
        IpAddr::V6(ip) if ip.is_unspecified() && is_own(Ipv6Addr::LOCALHOST.into()) => Ipv6Addr::LOCALHOST.into(),
        IpAddr::V6(ip) if ip.is_unspecified() => Ipv4Addr::LOCALHOST.into(),
        ip => ip,
    };
    SocketAddr::new(ip, listen.port())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_door_has_a_place_to_connect_to_and_a_name_to_ask_for() {
        let door = Door::to(&Url::parse("https://[2001:db8::7]").expect("a URL"), &Trust::default()).expect("a host");
        assert_eq!(door.place(), "https://[2001:db8::7]:443");
        assert_eq!(
            (door.authority(), door.name().as_str()),
            ("[2001:db8::7]", "2001:db8::7")
        );
    }

    #[test]
    fn the_listener_is_asked_on_this_machine_by_the_name_that_people_open() {
        let mut subject = Subject {
            listen: "0.0.0.0:3000".to_owned(),
            public: Url::parse("https://calls.example.org:8443").ok(),
            ..Subject::default()
        };
        let door = |subject: &Subject, local| Door::listener(subject, local, &Trust::default()).expect("an address");
        assert_eq!(door(&subject, None).place(), "http://127.0.0.1:3000");
        assert_eq!(door(&subject, None).authority(), "calls.example.org:8443");
        subject.domain = Some("one.example.org".to_owned());
        assert_eq!(door(&subject, None).authority(), "one.example.org");
        let local = "[::1]:9".parse().ok();
        assert_eq!(door(&Subject::default(), local).authority(), "[::1]:9");
    }
}
