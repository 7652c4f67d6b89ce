//! A client of one socket, with two channels in place of the network.

use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering::SeqCst};

use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};
use tokio::task::JoinHandle;

use super::*;

/// The server's end of a connection.
struct Line {
    incoming: UnboundedReceiver<Result<Message, Error>>,
    outgoing: UnboundedSender<Message>,
    stuck: Arc<AtomicBool>,
}

impl Stream for Line {
    type Item = Result<Message, Error>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        self.incoming.poll_recv(cx)
    }
}

impl Sink<Message> for Line {
    type Error = Error;

    fn poll_ready(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Result<(), Error>> {
        if self.stuck.load(SeqCst) {
            Poll::Pending
        } else {
            Poll::Ready(Ok(()))
        }
    }

    fn start_send(self: Pin<&mut Self>, frame: Message) -> Result<(), Error> {
        self.outgoing.send(frame).map_err(|_| Error::ConnectionClosed)
    }

    fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Result<(), Error>> {
        Poll::Ready(Ok(()))
    }

    fn poll_close(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Result<(), Error>> {
        Poll::Ready(Ok(()))
    }
}

/// The client's end.
pub(super) struct Peer {
    pub(super) id: PeerId,
    pub(super) to_server: Option<UnboundedSender<Result<Message, Error>>>,
    pub(super) from_server: UnboundedReceiver<Message>,
    pub(super) stuck: Arc<AtomicBool>,
    pub(super) ended: JoinHandle<End>,
}

impl Peer {
    pub(super) fn connect(shared: &Arc<Shared>, number: u8) -> Self {
        let (to_server, incoming) = unbounded_channel();
        let (outgoing, from_server) = unbounded_channel();
        let stuck = Arc::new(AtomicBool::new(false));
        let mut line = Line {
            incoming,
            outgoing,
            stuck: Arc::clone(&stuck),
        };
        let id = PeerId::from_random_bytes([number; 16]);
        let session = Session {
            encoding: Encoding::Postcard,
            peer: id,
            prober: PeerId::from_random_bytes([!number; 16]),
            host: None,
            retry_after_ms: 1_234,
        };
        let shared = Arc::clone(shared);
        Self {
            id,
            to_server: Some(to_server),
            from_server,
            stuck,
            ended: tokio::spawn(async move { run(&mut line, session, None, &shared).await }),
        }
    }

    pub(super) async fn seated(shared: &Arc<Shared>, number: u8) -> Self {
        Self::joined(shared, number).await.0
    }

    /// A peer with a seat, and what it was answered.
    pub(super) async fn joined(shared: &Arc<Shared>, number: u8) -> (Self, ServerMessage) {
        let (mut peer, answer) = Self::unread(shared, number).await;
        let asked = peer.next().await;
        assert_eq!(asked, ping(0), "the server asks whether it has arrived");
        peer.pong(asked.into_data());
        (peer, answer)
    }

    /// A peer that has been given a seat, and of whom the server does not know that it knows.
    pub(super) async fn unread(shared: &Arc<Shared>, number: u8) -> (Self, ServerMessage) {
        let mut peer = Self::connect(shared, number);
        peer.say(&join(None));
        let answer = peer.message().await;
        assert!(matches!(answer, ServerMessage::Joined { .. }));
        (peer, answer)
    }

    pub(super) fn frame(&self, frame: Result<Message, Error>) {
        let to_server = self.to_server.as_ref().expect("not hung up");
        to_server.send(frame).expect("the socket reads");
    }

    pub(super) fn say(&self, message: &ClientMessage) {
        self.frame(Ok(Message::binary(
            Encoding::Postcard.encode_frame(&message.clone().into()),
        )));
    }

    pub(super) async fn next(&mut self) -> Message {
        self.from_server.recv().await.expect("the socket is open")
    }

    /// The next message; pings before it are answered, as a browser does.
    pub(super) async fn message(&mut self) -> ServerMessage {
        loop {
            match self.next().await {
                Message::Ping(count) => self.pong(count),
                Message::Binary(message) => {
                    return Encoding::Postcard.decode_frame(&message).expect("a message").message;
                }
                frame => panic!("expected a message, got {frame:?}"),
            }
        }
    }

    pub(super) fn pong(&self, count: Bytes) {
        // A closed socket need not answer.
        if let Some(to_server) = &self.to_server {
            let _ = to_server.send(Ok(Message::Pong(count)));
        }
    }

    /// Answers the pings that are there.
    pub(super) fn answer_pings(&mut self) {
        while let Ok(frame) = self.from_server.try_recv() {
            match frame {
                Message::Ping(count) => self.pong(count),
                frame => panic!("expected pings, got {frame:?}"),
            }
        }
    }

    /// Reads on to the close; hangs up then, as a browser does.
    pub(super) async fn close_code(&mut self) -> u16 {
        loop {
            if let Message::Close(Some(close)) = self.next().await {
                self.to_server = None;
                return close.code.into();
            }
        }
    }

    pub(super) async fn end(self) -> End {
        self.ended.await.expect("no panic")
    }
}
