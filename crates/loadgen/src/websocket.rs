//! Opening WebSockets as a client, with buffers small enough for ten thousand of them.

use std::time::Duration;

use anyhow::{Context, Result, bail};
use futures_util::{FutureExt, SinkExt, StreamExt};
use tokio::io::BufStream;
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use tokio_tungstenite::tungstenite::http::HeaderValue;
use tokio_tungstenite::tungstenite::protocol::WebSocketConfig;
use tokio_tungstenite::tungstenite::{Bytes, Message};
use tokio_tungstenite::{WebSocketStream, client_async_with_config};

use crate::loopback::Loopback;

/// Longest wait for a connection, and for a message that must come.
pub(crate) const PATIENCE: Duration = Duration::from_secs(20);

/// What one system call reads or writes at most: all that a client of ours ever has under way. A generator that makes a
/// system call for every message takes as much CPU as the server, and then it is the one that sets the pace. Pages that
/// nothing was ever put into take no memory.
const BUFFER: usize = 32 * 1024;

/// A client's side of a WebSocket.
pub(crate) type Socket = WebSocketStream<BufStream<TcpStream>>;

/// Opens a WebSocket at a path of the server. `nth` decides the source address ([`Loopback::connect`]).
pub(crate) async fn open(server: Loopback, path: &str, subprotocol: Option<&str>, nth: usize) -> Result<Socket> {
    let mut request = format!("ws://{server}{path}").into_client_request()?;
    if let Some(name) = subprotocol {
        let name = HeaderValue::from_str(name)?;
        request.headers_mut().insert("sec-websocket-protocol", name);
    }
    let config = WebSocketConfig::default()
        .read_buffer_size(4 * 1024)
        .write_buffer_size(0)
        .max_message_size(Some(1024 * 1024));
    let opened = async {
        let stream = server.connect(nth).await.context("cannot connect")?;
        let stream = BufStream::with_capacity(BUFFER, BUFFER, stream);
        client_async_with_config(request, stream, Some(config))
            .await
            .context("cannot open a WebSocket")
    };
    let (socket, _) = timeout(PATIENCE, opened)
        .await
        .context("the server did not answer in time")??;
    Ok(socket)
}

/// The next text or binary message, without copying it.
pub(crate) async fn receive(socket: &mut Socket) -> Result<Bytes> {
    loop {
        match socket.next().await {
            Some(Ok(Message::Text(text))) => return Ok(text.into()),
            Some(Ok(Message::Binary(bytes))) => return Ok(bytes),
            Some(Ok(Message::Close(frame))) => bail!("the server closed the socket: {frame:?}"),
            Some(Ok(_)) => {}
            Some(Err(error)) => return Err(error.into()),
            None => bail!("the server closed the socket"),
        }
    }
}

/// The next message, if it is there already.
///
/// # Errors
/// Those of [`receive`].
pub(crate) fn received(socket: &mut Socket) -> Option<Result<Bytes>> {
    // A later waiter registers its own waker.
    receive(socket).now_or_never()
}

/// The next message, which must come within [`PATIENCE`].
pub(crate) async fn expect(socket: &mut Socket) -> Result<Bytes> {
    timeout(PATIENCE, receive(socket))
        .await
        .context("the server did not answer in time")?
}

/// Closes, and waits until the server has closed too.
pub(crate) async fn close(mut socket: Socket) {
    // A socket that is broken already is closed already.
    let _ = socket.close(None).await;
    drain(socket).await;
}

/// Waits until the server has closed.
pub(crate) async fn drain(mut socket: Socket) {
    let closed = async { while let Some(Ok(_)) = socket.next().await {} };
    let _ = timeout(Duration::from_secs(5), closed).await;
}

/// Takes a message that goes out with the next [`flush`].
pub(crate) async fn feed(socket: &mut Socket, message: Message) -> Result<()> {
    socket.feed(message).await.context("cannot send")
}

/// Sends what was fed.
pub(crate) async fn flush(socket: &mut Socket) -> Result<()> {
    socket.flush().await.context("cannot send")
}

/// Sends one message.
pub(crate) async fn send(socket: &mut Socket, message: Message) -> Result<()> {
    socket.send(message).await.context("cannot send")
}
