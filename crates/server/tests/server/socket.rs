//! A client of the signaling socket that speaks JSON.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::time::Duration;

use futures_util::{SinkExt as _, StreamExt as _};
use serde_json::Value;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpSocket, TcpStream};
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::client::IntoClientRequest as _;
use tokio_tungstenite::tungstenite::protocol::CloseFrame;

pub(crate) struct Client<S = TcpStream> {
    socket: WebSocketStream<S>,
    /// Where the server sees it come from.
    pub(crate) local: SocketAddr,
    last_kind: String,
}

impl Client {
    pub(crate) async fn connect(server: SocketAddr) -> Self {
        Self::connect_from(Ipv4Addr::LOCALHOST.into(), server).await
    }

    pub(crate) async fn connect_from(local: IpAddr, server: SocketAddr) -> Self {
        let tcp = TcpSocket::new_v4().unwrap();
        tcp.bind(SocketAddr::new(local, 0)).unwrap();
        let stream = tcp.connect(server).await.unwrap();
        let local = stream.local_addr().unwrap();
        Self::over(stream, local, Some("http"), server).await
    }
}

impl<S: AsyncRead + AsyncWrite + Unpin> Client<S> {
    /// Opens a socket over this stream, as a page of this scheme does; without one, as what is no browser.
    pub(crate) async fn over(stream: S, local: SocketAddr, scheme: Option<&str>, server: SocketAddr) -> Self {
        let mut request = format!("ws://{server}/ws").into_client_request().unwrap();
        let json = "parlour.v1+json".parse().unwrap();
        request.headers_mut().insert("sec-websocket-protocol", json);
        if let Some(scheme) = scheme {
            let origin = format!("{scheme}://{server}").parse().unwrap();
            request.headers_mut().insert("origin", origin);
        }
        let (socket, _) = tokio_tungstenite::client_async(request, stream).await.unwrap();
        let last_kind = String::new();
        Self {
            socket,
            local,
            last_kind,
        }
    }

    pub(crate) async fn send(&mut self, message: &Value) {
        self.send_text(&message.to_string()).await;
    }

    pub(crate) async fn send_text(&mut self, text: &str) {
        self.socket.send(Message::text(text)).await.unwrap();
    }

    pub(crate) async fn send_binary(&mut self, bytes: &[u8]) {
        self.socket.send(Message::binary(bytes.to_vec())).await.unwrap();
    }

    /// The content of the next message of this kind; others are passed over.
    pub(crate) async fn expect(&mut self, kind: &str) -> Value {
        loop {
            match self.next().await {
                Some(Message::Text(text)) => {
                    let mut message: Value = serde_json::from_str(&text).unwrap();
                    if let Some(content) = message.get_mut(kind) {
                        return content.take();
                    }
                }
                Some(Message::Close(frame)) => panic!("closed instead of {kind}: {frame:?}"),
                Some(_) => {}
                None => panic!("the connection ended instead of {kind}"),
            }
        }
    }

    /// The content of the next message of one of these kinds; others are passed over.
    pub(crate) async fn expect_any(&mut self, kinds: &[&str]) -> Value {
        loop {
            match self.next().await {
                Some(Message::Text(text)) => {
                    let mut message: Value = serde_json::from_str(&text).unwrap();
                    for kind in kinds {
                        if let Some(content) = message.get_mut(*kind) {
                            self.last_kind = (*kind).to_owned();
                            return content.take();
                        }
                    }
                }
                Some(Message::Close(frame)) => panic!("closed instead of {kinds:?}: {frame:?}"),
                Some(_) => {}
                None => panic!("the connection ended instead of {kinds:?}"),
            }
        }
    }

    /// Which kind that was.
    pub(crate) fn last_kind(&self) -> &str {
        &self.last_kind
    }

    /// The connection breaks.
    pub(crate) fn abort(self) {
        drop(self);
    }

    /// A pong that nobody asked for.
    pub(crate) async fn pong(&mut self) -> Result<(), tokio_tungstenite::tungstenite::Error> {
        self.socket.send(Message::Pong(b"12345678".as_slice().into())).await
    }

    /// What is below the messages.
    pub(crate) fn stream(&mut self) -> &mut S {
        self.socket.get_mut()
    }

    /// The close frame that ends the connection.
    pub(crate) async fn closed(&mut self) -> Option<CloseFrame> {
        loop {
            match self.next().await {
                Some(Message::Close(frame)) => return frame,
                Some(_) => {}
                None => return None,
            }
        }
    }

    async fn next(&mut self) -> Option<Message> {
        let next = tokio::time::timeout(Duration::from_secs(20), self.socket.next());
        next.await.expect("a message in time").and_then(Result::ok)
    }

    /// Takes a seat back; gives its id.
    pub(crate) async fn rejoin(&mut self, room: &str, name: &str, secret: &Value) -> String {
        let resume = serde_json::json!({ "token": secret, "received": 0 });
        self.send(&serde_json::json!({ "join": { "room": room, "name": name, "resume": resume } }))
            .await;
        let joined = self.expect("joined").await;
        joined["you"]["id"].as_str().expect("an id").to_owned()
    }

    /// Joins a room; gives its own id.
    pub(crate) async fn join(&mut self, room: &str, name: &str) -> String {
        self.send(&serde_json::json!({ "join": { "room": room, "name": name } }))
            .await;
        let joined = self.expect("joined").await;
        joined["you"]["id"].as_str().expect("an id").to_owned()
    }
}
