//! A seat in a room, as a browser takes one (PROTOCOL.md).

use std::time::{Duration, Instant};

use client::{LATE, Stream};
use futures_util::{SinkExt as _, StreamExt as _};
use http::HeaderValue;
use protocol::{ClientMessage, Encoding, IceServer, Media, ServerMessage};
use thiserror::Error;
use tokio::time::timeout;
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::client::IntoClientRequest as _;
use tokio_tungstenite::tungstenite::{Error, Message};

use crate::door::Door;

/// What the page speaks.
const ENCODING: Encoding = Encoding::Postcard;

/// The name that anybody would see who were in the same room.
const NAME: &str = "parlour doctor";

/// Why there is no seat.
#[derive(Debug, Error)]
pub(crate) enum NoSeat {
    /// The upgrade was answered with a status.
    #[error("the socket is refused with {0}")]
    Refused(u16),
    /// The server said why not: a code of the protocol and its sentence.
    #[error("{code}: {sentence}")]
    Denied { code: String, sentence: String },
    /// The connection, or an answer, did not come.
    #[error("{0}")]
    Lost(String),
}

impl NoSeat {
    fn lost(why: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Self {
        Self::Lost(why.into().to_string())
    }

    /// What was answered instead of what was asked for.
    fn of(message: ServerMessage) -> Self {
        match message {
            ServerMessage::Error { code, message, .. } => Self::Denied {
                code: code.to_string(),
                sentence: message,
            },
            ServerMessage::Bye { .. } => Self::lost("the server is shutting down"),
            _ => Self::lost("the server answers something else than what was asked"),
        }
    }
}

/// A seat that is held.
pub(crate) struct Seat {
    socket: Socket,
    /// The room that nobody else knows.
    pub(crate) room: String,
    /// What a browser would be told to use.
    pub(crate) ice_servers: Vec<IceServer>,
    /// After how long the seat was taken.
    pub(crate) after: Duration,
}

impl Seat {
    /// Takes a seat in a room whose name nobody guesses.
    pub(crate) async fn take(door: &Door, origin: &str, patience: Duration) -> Result<Self, NoSeat> {
        let random = getrandom::u64().map_err(NoSeat::lost)?;
        let room = format!("doctor-{random:016x}");
        let start = Instant::now();
        let mut socket = Socket::open(door, origin, patience).await?;
        let join = ClientMessage::Join {
            room: room.clone(),
            name: NAME.to_owned(),
            media: Media::default(),
            resume: None,
        };
        match socket.ask(join, patience).await? {
            ServerMessage::Joined { ice_servers, .. } => Ok(Self {
                socket,
                room,
                ice_servers,
                after: start.elapsed(),
            }),
            other => Err(NoSeat::of(other)),
        }
    }

    /// Gives it up, and waits until the server has heard so.
    pub(crate) async fn leave(mut self, patience: Duration) {
        let left = async {
            self.socket.send(ClientMessage::Leave).await?;
            // The server closes.
            while self.socket.0.next().await.is_some_and(|message| message.is_ok()) {}
            Ok::<_, Error>(())
        };
        // Whatever went wrong, the socket is dropped next, and the seat is given up a little later.
        let _ = timeout(patience, left).await;
    }
}

/// How many people are in a room, as seen through this door.
pub(crate) async fn occupancy(door: &Door, origin: &str, room: &str, patience: Duration) -> Result<u32, NoSeat> {
    let mut socket = Socket::open(door, origin, patience).await?;
    let peek = ClientMessage::Peek { room: room.to_owned() };
    match socket.ask(peek, patience).await? {
        ServerMessage::Occupancy { count, .. } => Ok(count),
        other => Err(NoSeat::of(other)),
    }
}

struct Socket(WebSocketStream<Box<dyn Stream>>);

impl Socket {
    async fn open(door: &Door, origin: &str, patience: Duration) -> Result<Self, NoSeat> {
        let (stream, _) = door.open(patience).await.map_err(NoSeat::lost)?;
        let request = format!("ws://{}/ws", door.authority()).into_client_request();
        let mut request = request.map_err(NoSeat::lost)?;
        let subprotocol = HeaderValue::from_static(ENCODING.subprotocol());
        request.headers_mut().insert("sec-websocket-protocol", subprotocol);
        let origin = HeaderValue::try_from(origin).map_err(NoSeat::lost)?;
        request.headers_mut().insert("origin", origin);
        match timeout(patience, tokio_tungstenite::client_async(request, stream)).await {
            Ok(Ok((socket, _))) => Ok(Self(socket)),
            Ok(Err(Error::Http(answer))) => Err(NoSeat::Refused(answer.status().as_u16())),
            Ok(Err(error)) => Err(NoSeat::lost(error)),
            Err(_) => Err(NoSeat::lost(LATE)),
        }
    }

    async fn send(&mut self, message: ClientMessage) -> Result<(), Error> {
        let frame = ENCODING.encode_frame(&message.into());
        self.0.send(Message::binary(frame)).await
    }

    /// The answer to a message.
    async fn ask(&mut self, message: ClientMessage, patience: Duration) -> Result<ServerMessage, NoSeat> {
        let answer = async {
            self.send(message).await.map_err(NoSeat::lost)?;
            loop {
                match self.0.next().await {
                    Some(Ok(Message::Binary(bytes))) => {
                        let frame = ENCODING.decode_frame(&bytes).map(|frame| frame.message);
                        return frame.map_err(|_| NoSeat::lost("the server speaks another version of the protocol"));
                    }
                    Some(Ok(Message::Close(_)) | Err(_)) | None => return Err(NoSeat::lost("the socket was closed")),
                    Some(Ok(_)) => {}
                }
            }
        };
        let answer = timeout(patience, answer).await;
        answer.unwrap_or_else(|_| Err(NoSeat::lost(LATE)))
    }
}
