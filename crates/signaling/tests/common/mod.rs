//! A server on port 0 and clients of both encodings.

#![allow(
    dead_code,
    unreachable_pub,
    missing_docs,
    reason = "every test file uses its own part of this"
)]

use std::net::SocketAddr;
use std::time::Duration;

use futures_util::{SinkExt, StreamExt};
use protocol::{Candidate, ClientMessage, Encoding, ErrorCode, Media, PeerId, PeerInfo, ServerMessage, Signal};
use signaling::{Config, Signaling};
use tokio::net::{TcpListener, TcpStream};
use tokio::time::timeout;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use tokio_tungstenite::tungstenite::{Error, Message, http};
use tokio_tungstenite::{WebSocketStream, client_async};

/// Far above what anything here takes, for loaded machines.
pub const PATIENCE: Duration = Duration::from_secs(30);

pub struct Server {
    pub signaling: Signaling,
    pub address: SocketAddr,
}

impl Server {
    pub async fn start(config: Config) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let address = listener.local_addr().expect("bound");
        let signaling = Signaling::new(config);
        let app = signaling.router::<()>();
        tokio::spawn(async move { axum::serve(listener, app).await });
        Self { signaling, address }
    }

    pub fn errors(&self, code: ErrorCode) -> u64 {
        let errors = self.signaling.stats().errors;
        errors
            .iter()
            .find(|(each, _)| *each == code)
            .map_or(0, |(_, count)| *count)
    }

    /// Tries to connect with these headers.
    pub async fn connect(&self, headers: &[(&'static str, &str)]) -> Result<WebSocketStream<TcpStream>, Error> {
        let mut request = format!("ws://{}/ws", self.address).into_client_request()?;
        for &(name, value) in headers {
            request
                .headers_mut()
                .append(name, value.parse().expect("a header value"));
        }
        let stream = TcpStream::connect(self.address).await?;
        stream.set_nodelay(true)?;
        let connected = timeout(PATIENCE, client_async(request, stream)).await;
        connected.expect("an answer in time").map(|(socket, _)| socket)
    }

    /// The status and the sentence with which a connection is refused.
    pub async fn refusal(&self, headers: &[(&'static str, &str)]) -> (http::StatusCode, String) {
        match self.connect(headers).await {
            Err(Error::Http(response)) => {
                let (parts, body) = response.into_parts();
                (
                    parts.status,
                    String::from_utf8(body.unwrap_or_default()).expect("a sentence"),
                )
            }
            other => panic!("expected a refusal, got {other:?}"),
        }
    }

    pub async fn client(&self, encoding: Encoding) -> Client {
        let socket = self
            .connect(&[("sec-websocket-protocol", encoding.subprotocol())])
            .await;
        Client {
            socket: socket.expect("a connection"),
            encoding,
        }
    }

    /// A client with a seat, and its id.
    pub async fn member(&self, encoding: Encoding, room: &str) -> (Client, PeerId) {
        let mut client = self.client(encoding).await;
        let (you, _) = client.join(room).await;
        (client, you.id)
    }
}

pub struct Client {
    pub socket: WebSocketStream<TcpStream>,
    pub encoding: Encoding,
}

/// What came next.
#[derive(Debug, PartialEq)]
pub enum Heard {
    Message(ServerMessage),
    Closed { code: u16, reason: String },
    Cut,
}

pub fn join(room: &str) -> ClientMessage {
    ClientMessage::Join {
        resume: None,
        room: room.into(),
        name: "Ada".into(),
        media: Media::default(),
    }
}

pub fn signal(text: &str) -> Signal {
    Signal::Candidate(Candidate {
        connection: 0,
        generation: 1,
        candidate: text.into(),
        sdp_mid: Some("0".into()),
        sdp_m_line_index: None,
        username_fragment: None,
    })
}

impl Client {
    pub async fn raw(&mut self, frame: Message) {
        let sent = timeout(PATIENCE, self.socket.send(frame)).await;
        sent.expect("the server reads").expect("the socket is open");
    }

    pub async fn say(&mut self, message: &ClientMessage) {
        let frame = self.frame(message);
        self.raw(frame).await;
    }

    pub fn frame(&self, message: &ClientMessage) -> Message {
        self.wrap(self.encoding.encode_frame(&message.clone().into()))
    }

    /// A frame of the kind that this client's encoding uses.
    pub fn wrap(&self, bytes: Vec<u8>) -> Message {
        match self.encoding {
            Encoding::Postcard => Message::binary(bytes),
            Encoding::Json => Message::text(String::from_utf8(bytes).expect("UTF-8")),
        }
    }

    pub async fn hear(&mut self) -> Heard {
        loop {
            let next = timeout(PATIENCE, self.socket.next()).await.expect("something in time");
            match next {
                Some(Ok(Message::Ping(_) | Message::Pong(_))) => {}
                Some(Ok(Message::Close(Some(close)))) => {
                    return Heard::Closed {
                        code: close.code.into(),
                        reason: close.reason.to_string(),
                    };
                }
                Some(Ok(frame @ (Message::Text(_) | Message::Binary(_)))) => {
                    assert_eq!(
                        frame.is_text(),
                        self.encoding.is_text(),
                        "the kind of frame that was agreed on"
                    );
                    let message = self
                        .encoding
                        .decode_frame(&frame.into_data())
                        .expect("a message")
                        .message;
                    return Heard::Message(message);
                }
                None | Some(_) => return Heard::Cut,
            }
        }
    }

    pub async fn message(&mut self) -> ServerMessage {
        match self.hear().await {
            Heard::Message(message) => message,
            other => panic!("expected a message, got {other:?}"),
        }
    }

    /// The next message is an error; its code and whom it is about.
    pub async fn error(&mut self) -> (ErrorCode, Option<PeerId>) {
        match self.message().await {
            ServerMessage::Error { code, message, peer } => {
                assert!(!message.is_empty(), "an error has a sentence for people");
                (code, peer)
            }
            other => panic!("expected an error, got {other:?}"),
        }
    }

    /// Reads until the close, whatever comes before.
    pub async fn closed(&mut self) -> (u16, String) {
        loop {
            match self.hear().await {
                Heard::Message(_) => {}
                Heard::Closed { code, reason } => return (code, reason),
                Heard::Cut => panic!("cut without a close"),
            }
        }
    }

    pub async fn join(&mut self, room: &str) -> (PeerInfo, Vec<PeerInfo>) {
        self.say(&join(room)).await;
        match self.message().await {
            ServerMessage::Joined { you, peers, .. } => {
                self.arrived().await;
                (you, peers)
            }
            other => panic!("expected joined, got {other:?}"),
        }
    }

    /// Right behind a first `joined` the server asks whether it has arrived. It is told so: from now on the seat is kept
    /// where the socket is lost.
    pub async fn arrived(&mut self) {
        let next = timeout(PATIENCE, self.socket.next()).await.expect("something in time");
        assert!(
            matches!(next, Some(Ok(Message::Ping(_)))),
            "expected a ping, got {next:?}"
        );
        self.socket.flush().await.expect("the socket is open");
    }

    pub async fn newcomer(&mut self) -> PeerInfo {
        match self.message().await {
            ServerMessage::PeerJoined { peer } => peer,
            other => panic!("expected peer-joined, got {other:?}"),
        }
    }

    pub async fn signal(&mut self, to: PeerId, text: &str) {
        self.say(&ClientMessage::Signal {
            to,
            signal: signal(text),
        })
        .await;
    }
}

/// Waits until something is so.
pub async fn eventually(what: &str, mut is_so: impl FnMut() -> bool) {
    let waited = timeout(PATIENCE, async {
        while !is_so() {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    });
    assert!(waited.await.is_ok(), "never came: {what}");
}

pub mod seats;
