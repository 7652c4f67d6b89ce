//! Whom a connection and each of its requests come from, and whether they may.

use std::io;
use std::net::{IpAddr, SocketAddr};
use std::num::NonZeroU32;
use std::sync::Arc;
use std::time::Duration;

use axum::response::{IntoResponse, Response};
use http::header::RETRY_AFTER;
use http::{HeaderName, Request, StatusCode};
use tokio::io::AsyncReadExt as _;
use tokio::net::TcpStream;
use tokio::time::timeout;
use visitor::forwarded::{self, Syntax};
use visitor::{Act, Bounds, Hold, Kept, Limits, MonotonicClock, Refused, Trusted, Visitor, proxy_header};

/// A trusted proxy says within this time whom it speaks for.
const PROXY_HEADER: Duration = Duration::from_secs(5);

/// What a client without TLS reads whose address has too many connections.
const TOO_MANY: &[u8] = b"HTTP/1.1 429 Too Many Requests\r\ncontent-type: text/plain\r\nretry-after: 1\r\nconnection: close\r\n\r\n\
    too-many-connections: too many connections are open from your network. The server's operator can raise --per-address.\n";

/// What a client reads that asks too often.
const TOO_OFTEN: &str =
    "too-many-requests: too many requests come from your network. The server's operator can raise --per-address.\n";

/// What can be set.
#[derive(Clone, Debug)]
pub struct Settings {
    /// The bounds of one address.
    pub limits: Limits,
    /// The proxies that are believed.
    pub trusted: Trusted,
    /// The one header in which these say whom a request is for.
    pub forwarded_header: HeaderName,
    /// They say it at the beginning of a connection instead: version 2 of the PROXY protocol.
    pub proxy_protocol: bool,
}

impl Default for Settings {
    /// The usual bounds, and no proxy.
    fn default() -> Self {
        Self {
            limits: Limits::times(NonZeroU32::MIN),
            trusted: Trusted::default(),
            forwarded_header: HeaderName::from_static("x-forwarded-for"),
            proxy_protocol: false,
        }
    }
}

/// Who may come in. Clones are the same.
#[derive(Clone, Debug)]
pub struct Visits {
    bounds: Bounds,
    settings: Arc<Settings>,
}

/// The client of one connection.
#[derive(Clone, Debug)]
pub(crate) struct Caller {
    ip: IpAddr,
    visitor: Arc<Visitor>,
    /// It speaks for others, as the operator has said.
    is_proxy: bool,
}

/// What an address holds of a connection, as long as it is open. `None` for a proxy: those whom it speaks for are counted instead.
pub(crate) type Place = Option<Hold>;

impl Visits {
    /// Nobody has come yet.
    #[must_use]
    pub fn new(settings: Settings) -> Self {
        Self {
            bounds: Bounds::new(settings.limits, MonotonicClock, tell),
            settings: Arc::new(settings),
        }
    }

    /// What an address may do, with what was refused since the start.
    #[must_use]
    pub const fn bounds(&self) -> &Bounds {
        &self.bounds
    }

    /// The address that a connection from `peer` is for. Reads the header with which a trusted proxy must begin it.
    ///
    /// # Errors
    /// When it does not.
    pub(crate) async fn source(&self, stream: &mut TcpStream, peer: SocketAddr) -> io::Result<SocketAddr> {
        if !self.settings.proxy_protocol || !self.settings.trusted.contains(peer.ip()) {
            return Ok(peer);
        }
        let read = timeout(PROXY_HEADER, async {
            let wrong = |_| io::Error::from(io::ErrorKind::InvalidData);
            let mut head = [0; proxy_header::HEAD];
            stream.read_exact(&mut head).await?;
            let mut rest = vec![0; proxy_header::rest(&head).map_err(wrong)?];
            stream.read_exact(&mut rest).await?;
            proxy_header::source(&head, &rest).map_err(wrong)
        });
        let source = read.await.map_err(|_| io::ErrorKind::TimedOut)??;
        Ok(source.unwrap_or(peer))
    }

    /// Lets a connection in.
    ///
    /// `None` where its address has too many; a client that speaks plain HTTP reads why.
    pub(crate) fn enter(&self, stream: &TcpStream, source: SocketAddr, over_tls: bool) -> Option<(Caller, Place)> {
        let ip = source.ip().to_canonical();
        let caller = Caller {
            ip,
            visitor: self.bounds.visitor(ip),
            // With the PROXY protocol the header has said whom a proxy speaks for already.
            is_proxy: !self.settings.proxy_protocol && self.settings.trusted.contains(ip),
        };
        if caller.is_proxy {
            return Some((caller, None));
        }
        let place = self.bounds.hold(&caller.visitor, Kept::Connection);
        if place.is_none() && !over_tls {
            // It fits into an empty buffer. Nobody waits for a client that does not read.
            let _ = stream.try_write(TOO_MANY);
        }
        let place = place.filter(|_| !over_tls || self.bounds.may(&caller.visitor, Act::Handshake))?;
        Some((caller, Some(place)))
    }

    /// Whose a request is; `None` where nobody is counted.
    ///
    /// # Errors
    /// [`TooOften`], which is the answer.
    pub fn admit<B>(&self, request: &mut Request<B>) -> Result<Option<Arc<Visitor>>, TooOften> {
        let Some(caller) = request.extensions_mut().remove::<Caller>() else {
            return Ok(None);
        };
        let visitor = self.asks(&caller, request);
        match self.bounds.may(&visitor, Act::Request) {
            true => Ok(Some(visitor)),
            false => Err(TooOften),
        }
    }

    /// Who asks on this connection.
    fn asks<B>(&self, caller: &Caller, request: &Request<B>) -> Arc<Visitor> {
        if !caller.is_proxy {
            return Arc::clone(&caller.visitor);
        }
        let Settings {
            forwarded_header,
            trusted,
            ..
        } = &*self.settings;
        let lines = request.headers().get_all(forwarded_header).iter();
        // A proxy appends to the line of the client, who may have written anything.
        let lines: Vec<_> = lines.map(|line| String::from_utf8_lossy(line.as_bytes())).collect();
        let lines = lines.iter().map(|line| &**line);
        match forwarded::client(caller.ip, lines, Syntax::of(forwarded_header.as_str()), trusted) {
            ip if ip == caller.ip => Arc::clone(&caller.visitor),
            ip => self.bounds.visitor(ip),
        }
    }
}

/// The answer to a request of an address that asks too often.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TooOften;

impl IntoResponse for TooOften {
    fn into_response(self) -> Response {
        (StatusCode::TOO_MANY_REQUESTS, [(RETRY_AFTER, "1")], TOO_OFTEN).into_response()
    }
}

/// At most once a minute.
fn tell(refused: Refused) {
    tracing::warn!(
        code = "address-busy",
        %refused,
        "addresses have met their bounds: raise them with --per-address where many people share one; where a proxy is in front, \
         name it with --trusted-proxy"
    );
}
