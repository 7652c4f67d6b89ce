//! `loadgen bare-relay`: an axum WebSocket relay with no rooms, no names and no checks. What forwarding a message costs
//! at the least with the same library, as axum has it, with small buffers for many sockets.
//!
//! A client's first frame is its own number. From then on each frame begins with the number of its receiver (4 bytes,
//! little-endian), and reaches it as it is.

use std::collections::HashMap;
use std::sync::{Arc, PoisonError, RwLock};

use anyhow::Result;
use axum::Router;
use axum::extract::State;
use axum::extract::ws::{Message, WebSocket, WebSocketUpgrade};
use axum::response::Response;
use axum::routing::any;
use axum::serve::ListenerExt;
use bytes::Bytes;
use clap::Args;
use futures_util::{SinkExt, StreamExt};
use tokio::sync::mpsc;

use crate::loopback::Loopback;

/// What one read takes, and how much is gathered for a write.
const READ_BUFFER: usize = 2 * 1024;
const WRITE_BUFFER: usize = 4 * 1024;

/// Most clients.
const CLIENTS: usize = 4_096;

/// Frames that wait for one reader, as in the signaling server; past them, the relay drops.
const OUTBOX: usize = protocol::limits::OUTBOX_MESSAGES;

/// Where to listen.
#[derive(Args, Debug)]
pub(crate) struct Options {
    /// A loopback address and port.
    #[arg(long)]
    pub(crate) listen: Loopback,
}

type Readers = Arc<RwLock<HashMap<u32, mpsc::Sender<Bytes>>>>;

/// Serves until it is killed.
pub(crate) async fn run(options: Options) -> Result<()> {
    let listener = tokio::net::TcpListener::bind(options.listen.address()).await?;
    // As the signaling server does it: frames do not wait to be sent together.
    let listener = listener.tap_io(|connection| {
        let _ = connection.set_nodelay(true);
    });
    let app = Router::new().route("/ws", any(upgrade)).with_state(Readers::default());
    Ok(axum::serve(listener, app).await?)
}

async fn upgrade(upgrade: WebSocketUpgrade, State(readers): State<Readers>) -> Response {
    upgrade
        .read_buffer_size(READ_BUFFER)
        .write_buffer_size(WRITE_BUFFER)
        .max_message_size(protocol::limits::MESSAGE_MAX)
        .on_upgrade(|socket| serve(socket, readers))
}

/// Forwards both ways until the socket ends.
async fn serve(mut socket: WebSocket, readers: Readers) {
    let Some(Ok(Message::Binary(first))) = socket.next().await else {
        return;
    };
    let Some(own) = number_of(&first) else { return };
    let (sender, mut outbox) = mpsc::channel(OUTBOX);
    {
        let mut readers = readers.write().unwrap_or_else(PoisonError::into_inner);
        if readers.len() >= CLIENTS || readers.contains_key(&own) {
            return;
        }
        readers.insert(own, sender);
    }
    // Says that the number is taken and frames will arrive.
    let mut alive = socket.send(Message::Binary(first)).await.is_ok();
    while alive {
        alive = tokio::select! {
            frame = socket.next() => match frame {
                Some(Ok(Message::Binary(frame))) => {
                    forward(&readers, frame);
                    true
                }
                Some(Ok(Message::Ping(_) | Message::Pong(_))) => true,
                _ => false,
            },
            Some(frame) = outbox.recv() => write(&mut socket, frame, &mut outbox).await.is_ok(),
        };
    }
    readers.write().unwrap_or_else(PoisonError::into_inner).remove(&own);
}

/// Writes what waits, and flushes once.
async fn write(socket: &mut WebSocket, first: Bytes, outbox: &mut mpsc::Receiver<Bytes>) -> Result<(), axum::Error> {
    socket.feed(Message::Binary(first)).await?;
    while let Ok(frame) = outbox.try_recv() {
        socket.feed(Message::Binary(frame)).await?;
    }
    socket.flush().await
}

fn forward(readers: &Readers, frame: Bytes) {
    let Some(to) = number_of(&frame) else { return };
    let readers = readers.read().unwrap_or_else(PoisonError::into_inner);
    if let Some(reader) = readers.get(&to) {
        // A reader whose outbox is full, or who is gone, misses it: a relay without rules has none for that either.
        let _ = reader.try_send(frame);
    }
}

fn number_of(frame: &[u8]) -> Option<u32> {
    frame.first_chunk().map(|bytes| u32::from_le_bytes(*bytes))
}
