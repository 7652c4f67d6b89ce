//! One way to a web server: where to connect, by which name, with TLS or without.

use std::fmt;
use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::time::Duration;

use axum::body::Body;
use http::{HeaderMap, Request, StatusCode, Uri};
use hyper_util::rt::TokioIo;
use tokio::io::AsyncWriteExt as _;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpStream, lookup_host};
use tokio::time::timeout;
use visitor::{Trusted, proxy_header};

use super::subject::{Subject, host_of};
use super::tls::{Shown, Trust};
use crate::origin::{Origin, parse_origin};

/// The longest answer that is read, in bytes.
const BODY_MAX: usize = 64 * 1024;

/// HTTP/1.1 in the handshake (ALPN, RFC 7301).
const HTTP_1: &[u8] = b"http/1.1";

/// A connection of any kind.
pub(super) trait Stream: AsyncRead + AsyncWrite + Unpin + Send {}
impl<S: AsyncRead + AsyncWrite + Unpin + Send> Stream for S {}

/// Where HTTP is spoken.
#[derive(Clone)]
pub(super) struct Door {
    /// Host and port to connect to, the host as a name or an address.
    at: String,
    pub(super) tls: bool,
    /// By which the server is addressed: host, and port where it is not the default.
    pub(super) authority: String,
    trust: Trust,
    /// From whom it wants the header of the PROXY protocol.
    proxies: Option<Trusted>,
}

/// What came back.
pub(super) struct Answer {
    pub(super) status: StatusCode,
    pub(super) headers: HeaderMap,
    pub(super) body: Vec<u8>,
}

/// What did not work.
#[derive(Debug)]
pub(super) enum Closed {
    /// Nobody accepts connections there.
    Nobody(String),
    /// Somebody does, and does not speak as expected.
    Stranger(String),
}

impl fmt::Display for Closed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Nobody(why) | Self::Stranger(why) => f.write_str(why),
        }
    }
}

impl Door {
    /// The web listener, seen from this machine. `local` is its address where it is known better than from the flags.
    pub(super) fn listener(subject: &Subject, local: Option<SocketAddr>, trust: &Trust) -> Self {
        let listen = local.map_or_else(|| subject.listen.clone(), |local| local.to_string());
        let at = match listen.parse::<SocketAddr>() {
            Ok(address) => reachable(address).to_string(),
            Err(_) => listen,
        };
        // Of two names that it has, the certificate is for the domain.
        let authority = match (&subject.domain, &subject.public) {
            (Some(domain), _) => domain.clone(),
            (None, Some(public)) => public.authority().to_owned(),
            (None, None) => at.clone(),
        };
        Self {
            at,
            tls: subject.tls,
            authority,
            trust: trust.clone(),
            proxies: subject.proxies.clone(),
        }
    }

    /// The address that people open.
    pub(super) fn public(origin: &Origin, trust: &Trust) -> Self {
        let authority = origin.authority().to_owned();
        let has_port = host_of(&authority) != authority;
        let at = match (has_port, origin.is_https()) {
            (true, _) => authority.clone(),
            (false, true) => format!("{authority}:443"),
            (false, false) => format!("{authority}:80"),
        };
        Self {
            at,
            tls: origin.is_https(),
            authority,
            trust: trust.clone(),
            // A proxy is asked, where there is one.
            proxies: None,
        }
    }

    /// The server of a URL, and the path there.
    pub(super) fn to(url: &str, trust: &Trust) -> Option<(Self, String)> {
        let uri: Uri = url.parse().ok()?;
        let origin = parse_origin(&format!("{}://{}", uri.scheme_str()?, uri.authority()?)).ok()?;
        let path = uri.path_and_query().map_or("/", |path| path.as_str());
        Some((Self::public(&origin, trust), path.to_owned()))
    }

    /// Where it is, for the operator.
    pub(super) fn url(&self) -> String {
        format!("{}://{}", self.scheme(), self.at)
    }

    /// What a browser calls pages that came through here.
    pub(super) fn origin(&self) -> String {
        format!("{}://{}", self.scheme(), self.authority)
    }

    /// The name that the certificate must hold: a host, or an IP address without brackets.
    pub(super) fn name(&self) -> &str {
        host_of(&self.authority).trim_matches(['[', ']'])
    }

    fn scheme(&self) -> &'static str {
        if self.tls { "https" } else { "http" }
    }

    /// The addresses that it leads to.
    pub(super) async fn addresses(&self, patience: Duration) -> Result<Vec<SocketAddr>, String> {
        let found = timeout(patience, lookup_host(&self.at)).await;
        let found = found.map_err(|_| late())?.map_err(|error| error.to_string())?;
        Ok(found.collect())
    }

    /// Opens a connection, with what was shown in the handshake.
    pub(super) async fn open(&self, patience: Duration) -> Result<(Box<dyn Stream>, Option<Shown>), Closed> {
        let mut stream = connect(&self.at, patience).await.map_err(Closed::Nobody)?;
        // This machine may be one of those that speak for others.
        let own = stream.local_addr().map(|local| local.ip());
        if own.is_ok_and(|ip| self.proxies.as_ref().is_some_and(|proxies| proxies.contains(ip))) {
            let said = stream.write_all(&proxy_header::LOCAL).await;
            said.map_err(|error| Closed::Stranger(sentence(&error)))?;
        }
        if !self.tls {
            return Ok((Box::new(stream), None));
        }
        let shaken = timeout(patience, self.trust.connect(stream, self.name(), &[HTTP_1])).await;
        let (stream, shown) = shaken.unwrap_or_else(|_| Err(late())).map_err(Closed::Stranger)?;
        Ok((Box::new(stream), Some(shown)))
    }

    /// Asks for a path.
    pub(super) async fn get(&self, path: &str, patience: Duration) -> Result<Answer, Closed> {
        let (stream, _) = self.open(patience).await?;
        let answer = timeout(patience, get_over(stream, &self.authority, path)).await;
        answer.unwrap_or_else(|_| Err(late())).map_err(Closed::Stranger)
    }
}

async fn get_over(stream: Box<dyn Stream>, authority: &str, path: &str) -> Result<Answer, String> {
    let said = |error: hyper::Error| error.to_string();
    let io = TokioIo::new(stream);
    let (mut send, connection) = hyper::client::conn::http1::handshake(io).await.map_err(said)?;
    let request = Request::get(path).header("host", authority).body(Body::empty());
    let request = request.map_err(|error| error.to_string())?;
    let answer = async {
        let (head, body) = send.send_request(request).await.map_err(said)?.into_parts();
        let body = axum::body::to_bytes(Body::new(body), BODY_MAX).await;
        Ok(Answer {
            status: head.status,
            headers: head.headers,
            body: body.map_err(|error| error.to_string())?.to_vec(),
        })
    };
    tokio::pin!(answer);
    tokio::select! {
        answer = &mut answer => answer,
        // It may end with the answer already there.
        _ = connection => answer.await,
    }
}

/// Connects to the first address that lets it.
pub(super) async fn connect(at: &str, patience: Duration) -> Result<TcpStream, String> {
    let stream = timeout(patience, TcpStream::connect(at)).await;
    let stream = stream.map_err(|_| late())?.map_err(|error| sentence(&error))?;
    // Small messages are not kept back.
    let _ = stream.set_nodelay(true);
    Ok(stream)
}

/// What the system said, without the number that it adds.
pub(super) fn sentence(error: &io::Error) -> String {
    let text = error.to_string();
    let end = text.find(" (os error").unwrap_or(text.len());
    text[..end].to_owned()
}

pub(super) fn late() -> String {
    "no answer in time".to_owned()
}

/// An address to connect to for one that is listened on.
pub(super) fn reachable(listen: SocketAddr) -> SocketAddr {
    let ip = match listen.ip() {
        IpAddr::V4(ip) if ip.is_unspecified() => Ipv4Addr::LOCALHOST.into(),
        // It hears both, and not every machine has an IPv6 address even for itself.
        IpAddr::V6(ip) if ip.is_unspecified() => match std::net::UdpSocket::bind((Ipv6Addr::LOCALHOST, 0)) {
            Ok(_) => Ipv6Addr::LOCALHOST.into(),
            Err(_) => Ipv4Addr::LOCALHOST.into(),
        },
        ip => ip,
    };
    SocketAddr::new(ip, listen.port())
}
