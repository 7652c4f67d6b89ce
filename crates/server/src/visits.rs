//! Whom a connection and each of its requests come from, and whether they may.

use std::io;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};
use http::header::RETRY_AFTER;
use http::{HeaderName, StatusCode};
use tokio::io::AsyncReadExt as _;
use tokio::net::TcpStream;
use tokio::time::timeout;
use visitor::forwarded::{self, Syntax};
use visitor::{Act, Bounds, Hold, Kept, MonotonicClock, Refused, Trusted, Visitor, proxy_header};

use crate::config::Config;

/// A trusted proxy says within this time whom it speaks for.
const PROXY_HEADER: Duration = Duration::from_secs(5);

/// What a client without TLS reads whose address has too many connections.
const TOO_MANY: &[u8] = b"HTTP/1.1 429 Too Many Requests\r\ncontent-type: text/plain\r\nretry-after: 1\r\nconnection: close\r\n\r\n\
    too-many-connections: too many connections are open from your network. The server's operator can raise --per-address.\n";

/// What a client reads that asks too often.
const TOO_OFTEN: &str =
    "too-many-requests: too many requests come from your network. The server's operator can raise --per-address.\n";

/// Who may come in. Clones are the same.
#[derive(Clone, Debug)]
pub(crate) struct Visits {
    bounds: Bounds,
    trusted: Trusted,
    header: HeaderName,
    syntax: Syntax,
    proxy_protocol: bool,
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
    pub(crate) fn new(config: &Config) -> Self {
        let flags = &config.visitors;
        Self {
            bounds: Bounds::new(flags.limits(), MonotonicClock, tell),
            trusted: flags.trusted(),
            header: flags.forwarded_header.clone(),
            syntax: Syntax::of(flags.forwarded_header.as_str()),
            proxy_protocol: flags.proxy_protocol,
        }
    }

    /// What was refused since the start.
    pub(crate) fn refused(&self) -> Refused {
        self.bounds.refused()
    }

    /// The address that a connection from `peer` is for. Reads the header with which a trusted proxy must begin it.
    ///
    /// # Errors
    /// When it does not.
    pub(crate) async fn source(&self, stream: &mut TcpStream, peer: SocketAddr) -> io::Result<SocketAddr> {
        if !self.proxy_protocol || !self.trusted.contains(peer.ip()) {
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
            is_proxy: !self.proxy_protocol && self.trusted.contains(ip),
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

    /// Who asks on this connection.
    fn asks(&self, caller: &Caller, request: &Request) -> Arc<Visitor> {
        if !caller.is_proxy {
            return Arc::clone(&caller.visitor);
        }
        let lines = request.headers().get_all(&self.header).iter();
        // A proxy appends to the line of the client, who may have written anything.
        let lines: Vec<_> = lines.map(|line| String::from_utf8_lossy(line.as_bytes())).collect();
        let lines = lines.iter().map(|line| &**line);
        match forwarded::client(caller.ip, lines, self.syntax, &self.trusted) {
            ip if ip == caller.ip => Arc::clone(&caller.visitor),
            ip => self.bounds.visitor(ip),
        }
    }
}

/// Lets a request through, and says whose it is.
pub(crate) async fn admit(State(visits): State<Visits>, mut request: Request, next: Next) -> Response {
    let Some(caller) = request.extensions_mut().remove::<Caller>() else {
        return next.run(request).await;
    };
    let visitor = visits.asks(&caller, &request);
    if !visits.bounds.may(&visitor, Act::Request) {
        return (StatusCode::TOO_MANY_REQUESTS, [(RETRY_AFTER, "1")], TOO_OFTEN).into_response();
    }
    let bounds = visits.bounds;
    let guest = signaling::Guest(Arc::new(Guest { bounds, visitor }));
    request.extensions_mut().insert(guest);
    next.run(request).await
}

/// An address, as its sockets ask.
#[derive(Debug)]
struct Guest {
    bounds: Bounds,
    visitor: Arc<Visitor>,
}

impl signaling::Allowance for Guest {
    fn socket(&self) -> Option<Box<dyn Send + Sync>> {
        let hold = self.bounds.hold(&self.visitor, Kept::Socket)?;
        Some(Box::new(hold))
    }

    fn may(&self, act: signaling::Act) -> bool {
        let act = match act {
            signaling::Act::Join => Act::Join,
            signaling::Act::Room => Act::Room,
            signaling::Act::Peek => Act::Peek,
            signaling::Act::Probe => Act::Probe,
            signaling::Act::Frames(count) => Act::Frames(count),
            // What is not known here has no bound here.
            _ => return true,
        };
        self.bounds.may(&self.visitor, act)
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
