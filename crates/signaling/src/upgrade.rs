//! From an HTTP request to a WebSocket, and the socket's life as one tracked task.
//!
//! axum's own extractor keeps the stream to itself. Here it is needed after the end: a client that sent too much must
//! still be able to read why it was closed, and that takes reading on (RFC 9293 section 3.10.4: data that arrives at a
//! closed socket resets the connection, and what the client had not read yet is lost).

use std::sync::atomic::Ordering::Relaxed;
use std::time::{Duration, Instant};

use axum::extract::{Request, State};
use axum::response::{IntoResponse, Response};
use futures_util::{SinkExt, StreamExt};
use http::header::{CONNECTION, SEC_WEBSOCKET_PROTOCOL, SEC_WEBSOCKET_VERSION, UPGRADE};
use http::{HeaderMap, HeaderValue, StatusCode};
use hyper::upgrade::OnUpgrade;
use hyper_util::rt::TokioIo;
use protocol::limits::{MESSAGE_MAX, OUTBOX_BYTES};
use protocol::{CloseCode, Encoding, ErrorCode, PeerId, ServerMessage};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::handshake::server::create_response_with_body;
use tokio_tungstenite::tungstenite::protocol::{Role, WebSocketConfig};
use tokio_tungstenite::tungstenite::{Error, Message};

use crate::Signaling;
use crate::batched::{Batched, Meter};
use crate::guest::Guest;
use crate::origin;
use crate::outbox::frame;
use crate::rate::Bucket;
use crate::socket::{self, CLOSE_GRACE, End, Session};
use crate::stats::Counters;

/// What is taken of what was read ahead at once. An idle socket holds a buffer of this size, a talking one of the message's
/// size.
const READ_BUFFER: usize = 2 * 1024;

/// `bye` tells a client to come back after this time and up to as much again, so that not all come at once.
const RETRY_AFTER_MS: u32 = 500;
const RETRY_JITTER_MS: u32 = 2_500;

/// `GET /ws`.
pub(crate) async fn upgrade(State(signaling): State<Signaling>, mut request: Request) -> Response {
    if signaling.shared().shutdown.is_cancelled() {
        let sentence = "The server is shutting down. Try again in a moment.\n";
        return (StatusCode::SERVICE_UNAVAILABLE, sentence).into_response();
    }
    if !signaling.allows(request.headers()) {
        tracing::debug!("origin refused");
        let sentence =
            "This page may not connect here: its origin is neither this host nor one that the server allows.\n";
        return (StatusCode::FORBIDDEN, sentence).into_response();
    }
    join_lists(request.headers_mut());
    let Ok(mut response) = create_response_with_body(&request, axum::body::Body::empty) else {
        let sentence = "This address speaks WebSocket (RFC 6455, version 13, over HTTP/1.1) only.\n";
        let version = [(SEC_WEBSOCKET_VERSION, HeaderValue::from_static("13"))];
        return (StatusCode::UPGRADE_REQUIRED, version, sentence).into_response();
    };
    let Some(encoding) = negotiate(request.headers()) else {
        let ours: Vec<_> = Encoding::ALL.iter().map(|encoding| encoding.subprotocol()).collect();
        let sentence = format!(
            "Offer a WebSocket subprotocol that this server speaks: {}.\n",
            ours.join(" or ")
        );
        return (StatusCode::BAD_REQUEST, sentence).into_response();
    };
    let Some(upgrade) = request.extensions_mut().remove::<OnUpgrade>() else {
        let sentence = "This connection cannot become a WebSocket. Is a proxy in between that does not pass it on?\n";
        return (StatusCode::UPGRADE_REQUIRED, sentence).into_response();
    };
    let session = match session(encoding, origin::host(request.headers())) {
        Ok(session) => session,
        Err(error) => {
            tracing::error!(%error, "the operating system gives no random bytes");
            let sentence = "The server has no random numbers. Try again later.\n";
            return (StatusCode::SERVICE_UNAVAILABLE, sentence).into_response();
        }
    };
    let subprotocol = HeaderValue::from_static(encoding.subprotocol());
    response.headers_mut().insert(SEC_WEBSOCKET_PROTOCOL, subprotocol);
    let guest = request.extensions().get::<Guest>().cloned();
    let permit = guest.as_ref().map(|Guest(allowance)| allowance.socket());
    if matches!(permit, Some(None)) {
        signaling.shared().tasks.spawn(refuse(upgrade, encoding));
        return response;
    }
    let serving = serve(signaling.clone(), upgrade, session, guest);
    let task = async move {
        serving.await;
        drop(permit);
    };
    signaling.shared().tasks.spawn(task);
    response
}

/// A proxy may write `Connection` and `Upgrade` as lists or on several lines, which all mean the same (RFC 9110, sections 5.3, 7.6.1
/// and 7.8). tungstenite looks at one line, and wants nothing beside `websocket`.
fn join_lists(headers: &mut HeaderMap) {
    for (name, token) in [(CONNECTION, "upgrade"), (UPGRADE, "websocket")] {
        let lines = headers.get_all(&name).iter().filter_map(|line| line.to_str().ok());
        let mut tokens = lines.flat_map(|line| line.split(',').map(str::trim));
        if tokens.any(|found| found.eq_ignore_ascii_case(token)) {
            headers.insert(name, HeaderValue::from_static(token));
        }
    }
}

/// The subprotocols that the client offers.
fn offers(headers: &HeaderMap) -> impl Iterator<Item = &str> {
    let lines = headers.get_all(SEC_WEBSOCKET_PROTOCOL).iter();
    let lines = lines.filter_map(|line| line.to_str().ok());
    lines.flat_map(|line| line.split(',').map(str::trim))
}

/// The first of our encodings that the client offers.
fn negotiate(headers: &HeaderMap) -> Option<Encoding> {
    let ours = Encoding::ALL.iter().copied();
    ours.into_iter()
        .find(|encoding| offers(headers).any(|offer| offer == encoding.subprotocol()))
}

fn session(encoding: Encoding, host: Option<Box<str>>) -> Result<Session, getrandom::Error> {
    let id = || {
        let mut id = [0; 16];
        getrandom::fill(&mut id).map(|()| PeerId::from_random_bytes(id))
    };
    Ok(Session {
        encoding,
        peer: id()?,
        prober: id()?,
        host,
        retry_after_ms: RETRY_AFTER_MS + getrandom::u32()? % RETRY_JITTER_MS,
    })
}

/// Says that too many sockets are open from this address. It takes a socket to say so: a page cannot read the answer to a handshake.
async fn refuse(upgrade: OnUpgrade, encoding: Encoding) {
    let refusal = async {
        let Ok(upgraded) = upgrade.await else {
            return Ok(());
        };
        let code = ErrorCode::AddressBusy;
        let error = ServerMessage::Error {
            code,
            message: code.sentence().into(),
            peer: None,
        };
        let mut io = WebSocketStream::from_raw_socket(TokioIo::new(upgraded), Role::Server, Some(config())).await;
        io.feed(frame(encoding, &error)).await?;
        let close = End::Refused(CloseCode::AddressBusy).close_frame();
        io.send(Message::Close(Some(close))).await?;
        while io.next().await.transpose()?.is_some() {}
        Ok::<_, Error>(())
    };
    // One that does not take its leave in time is cut off.
    let _ = tokio::time::timeout(CLOSE_GRACE, refusal).await;
}

fn config() -> WebSocketConfig {
    WebSocketConfig::default()
        .read_buffer_size(READ_BUFFER)
        // Frames are gathered below, for all sockets in one place.
        .write_buffer_size(0)
        // One outbox at most goes through, plus what is written already.
        .max_write_buffer_size(2 * OUTBOX_BYTES)
        .max_message_size(Some(MESSAGE_MAX))
        .max_frame_size(Some(MESSAGE_MAX))
}

async fn serve(signaling: Signaling, upgrade: OnUpgrade, session: Session, guest: Option<Guest>) {
    let Ok(upgraded) = upgrade.await else {
        return;
    };
    let shared = signaling.shared();
    let rate = shared.rate.twice();
    let meter = Meter {
        rate,
        bucket: Bucket::new(rate, Instant::now()),
        guest: guest.clone(),
        owed: None,
    };
    let io = Batched::new(TokioIo::new(upgraded)).metered(meter);
    let mut io = WebSocketStream::from_raw_socket(io, Role::Server, Some(config())).await;
    let open = Open::new(&shared.counters);
    socket::run(&mut io, session, guest, shared).await;
    drop(open);
    linger(io.into_inner(), CLOSE_GRACE).await;
}

/// One open socket in the statistics, however it ends.
struct Open<'a>(&'a Counters);

impl<'a> Open<'a> {
    fn new(counters: &'a Counters) -> Self {
        counters.sockets.fetch_add(1, Relaxed);
        Self(counters)
    }
}

impl Drop for Open<'_> {
    fn drop(&mut self) {
        self.0.sockets.fetch_sub(1, Relaxed);
    }
}

/// Says that nothing more comes, and reads on (throwing it away) until the client is done or the time is up.
async fn linger(mut io: impl AsyncRead + AsyncWrite + Unpin, limit: Duration) {
    let drained = async {
        io.shutdown().await?;
        let mut thrown_away = vec![0; 4 * 1024];
        while io.read(&mut thrown_away).await? > 0 {}
        Ok::<_, std::io::Error>(())
    };
    // Whatever went wrong, the connection is dropped next.
    let _ = tokio::time::timeout(limit, drained).await;
}
