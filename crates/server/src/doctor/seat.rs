//! A seat in a room, as a browser takes one (PROTOCOL.md).

use std::time::{Duration, Instant};

use futures_util::{SinkExt as _, StreamExt as _};
use protocol::{ClientMessage, Encoding, IceServer, Media, ServerMessage};
use tokio::time::timeout;
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::client::IntoClientRequest as _;
use tokio_tungstenite::tungstenite::{Error, Message};

use super::door::{Door, Stream, late};
use super::judge::signaling::Seating;

/// What the page speaks.
const ENCODING: Encoding = Encoding::Postcard;

/// The name that anybody would see who were in the same room.
const NAME: &str = "parlour doctor";

/// A seat that is held.
pub(super) struct Seat {
    socket: Socket,
    /// The room that nobody else knows.
    pub(super) room: String,
    /// What a browser would be told to use.
    pub(super) ice_servers: Vec<IceServer>,
    /// After how long the socket was open, and then the seat taken.
    pub(super) opened: Duration,
    pub(super) joined: Duration,
}

impl Seat {
    /// Takes a seat in a room whose name nobody guesses.
    pub(super) async fn take(door: &Door, origin: &str, patience: Duration) -> Result<Self, Seating> {
        let random = getrandom::u64().map_err(|error| Seating::Lost(error.to_string()))?;
        let room = format!("doctor-{random:016x}");
        let start = Instant::now();
        let mut socket = Socket::open(door, origin, patience).await?;
        let opened = start.elapsed();
        let join = ClientMessage::Join {
            room: room.clone(),
            name: NAME.to_owned(),
            media: Media::default(),
            resume: None,
        };
        match socket.ask(&join, patience).await? {
            ServerMessage::Joined { ice_servers, .. } => Ok(Self {
                socket,
                room,
                ice_servers,
                opened,
                joined: start.elapsed().saturating_sub(opened),
            }),
            other => Err(unexpected(other)),
        }
    }

    /// Gives it up, and waits until the server has heard so.
    pub(super) async fn leave(mut self, patience: Duration) {
        let leave = Message::binary(ENCODING.encode_frame(&ClientMessage::Leave.into()));
        let left = async {
            self.socket.0.send(leave).await?;
            // The server closes.
            while self.socket.0.next().await.is_some_and(|message| message.is_ok()) {}
            Ok::<_, Error>(())
        };
        // Whatever went wrong, the socket is dropped next, and the seat is given up a little later.
        let _ = timeout(patience, left).await;
    }
}

/// How many people are in a room, as seen through this door.
pub(super) async fn occupancy(door: &Door, origin: &str, room: &str, patience: Duration) -> Result<u32, Seating> {
    let mut socket = Socket::open(door, origin, patience).await?;
    let peek = ClientMessage::Peek { room: room.to_owned() };
    match socket.ask(&peek, patience).await? {
        ServerMessage::Occupancy { count, .. } => Ok(count),
        other => Err(unexpected(other)),
    }
}

fn unexpected(message: ServerMessage) -> Seating {
    match message {
        ServerMessage::Error { code, message, .. } => Seating::Denied {
            code: code.to_string(),
            sentence: message,
        },
        ServerMessage::Bye { .. } => Seating::Lost("the server is shutting down".to_owned()),
        _ => Seating::Lost("the server answers something else than what was asked".to_owned()),
    }
}

struct Socket(WebSocketStream<Box<dyn Stream>>);

impl Socket {
    async fn open(door: &Door, origin: &str, patience: Duration) -> Result<Self, Seating> {
        let (stream, _) = door
            .open(patience)
            .await
            .map_err(|why| Seating::Lost(why.to_string()))?;
        let lost = |error: &dyn std::fmt::Display| Seating::Lost(error.to_string());
        let request = format!("ws://{}/ws", door.authority).into_client_request();
        let mut request = request.map_err(|error| lost(&error))?;
        let subprotocol = http::HeaderValue::from_static(ENCODING.subprotocol());
        request.headers_mut().insert("sec-websocket-protocol", subprotocol);
        let origin = origin.parse().map_err(|_| lost(&"the origin cannot be a header"))?;
        request.headers_mut().insert("origin", origin);
        match timeout(patience, tokio_tungstenite::client_async(request, stream)).await {
            Ok(Ok((socket, _))) => Ok(Self(socket)),
            Ok(Err(Error::Http(answer))) => Err(Seating::Refused(answer.status().as_u16())),
            Ok(Err(error)) => Err(lost(&error)),
            Err(_) => Err(Seating::Lost(late())),
        }
    }

    /// The answer to a message.
    async fn ask(&mut self, message: &ClientMessage, patience: Duration) -> Result<ServerMessage, Seating> {
        let lost = |why: &str| Seating::Lost(why.to_owned());
        let answer = async {
            let sent = self
                .0
                .send(Message::binary(ENCODING.encode_frame(&message.clone().into())))
                .await;
            sent.map_err(|error| lost(&error.to_string()))?;
            loop {
                match self.0.next().await {
                    Some(Ok(Message::Binary(bytes))) => {
                        let frame = ENCODING.decode_frame(&bytes).map(|frame| frame.message);
                        return frame.map_err(|_| lost("the server speaks another version of the protocol"));
                    }
                    Some(Ok(Message::Close(_)) | Err(_)) | None => return Err(lost("the socket was closed")),
                    Some(Ok(_)) => {}
                }
            }
        };
        timeout(patience, answer)
            .await
            .unwrap_or_else(|_| Err(Seating::Lost(late())))
    }
}
