//! A participant of Parlour whose seat outlives its sockets: what the page remembers of it, without the page.

use std::collections::BTreeSet;

use anyhow::{Context, Result, bail, ensure};
use protocol::{ClientMessage, Encoding, ErrorCode, Media, Numbered, PeerId, Resume, ServerMessage};
use tokio_tungstenite::tungstenite::Message;

use crate::loopback::Loopback;
use crate::websocket::{self, Socket};

const ENCODING: Encoding = Encoding::Postcard;

/// Opens a socket and asks for a seat; the socket, and what the server answers.
pub(crate) async fn ask(server: Loopback, nth: usize, join: &ClientMessage) -> Result<(Socket, ServerMessage)> {
    let mut socket = websocket::open(server, "/ws", Some(ENCODING.subprotocol()), nth).await?;
    websocket::send(
        &mut socket,
        Message::binary(ENCODING.encode_frame(&join.clone().into())),
    )
    .await?;
    let answer = websocket::expect(&mut socket).await?;
    let answer = ENCODING
        .decode_frame(&answer)
        .ok()
        .context("the server's answer cannot be read")?;
    Ok((socket, answer.message))
}

/// A `join` of somebody who sends nothing.
pub(crate) fn join(room: &str, name: &str, resume: Option<Resume>) -> ClientMessage {
    ClientMessage::Join {
        room: room.into(),
        name: name.into(),
        media: Media::default(),
        resume,
    }
}

/// What is left of a member without a socket.
#[derive(Clone, Debug)]
pub(crate) struct Memory {
    room: String,
    name: String,
    id: PeerId,
    token: String,
    received: u64,
    known: BTreeSet<PeerId>,
    away: BTreeSet<PeerId>,
}

impl Memory {
    /// The others in the room.
    pub(crate) fn known(&self) -> &BTreeSet<PeerId> {
        &self.known
    }

    /// Whether everybody of these, and nobody else, is in the room with a socket.
    pub(crate) fn is_with(&self, others: &BTreeSet<PeerId>) -> bool {
        self.known == *others && self.away.is_empty()
    }

    fn resume(&self) -> Resume {
        Resume {
            token: self.token.clone(),
            received: self.received,
            known: self.known.iter().copied().collect(),
        }
    }

    /// The room has said something.
    fn note(&mut self, frame: &Numbered<ServerMessage>) -> Result<()> {
        if frame.number > 0 {
            ensure!(
                frame.number == self.received + 1,
                "the server has skipped or repeated a message"
            );
            self.received = frame.number;
        }
        match &frame.message {
            ServerMessage::PeerJoined { peer } | ServerMessage::PeerBack { peer } => {
                self.known.insert(peer.id);
                self.away.remove(&peer.id);
            }
            ServerMessage::PeerAway { peer } => {
                self.away.insert(*peer);
            }
            ServerMessage::PeerLeft { peer, .. } => {
                self.known.remove(peer);
                self.away.remove(peer);
            }
            _ => {}
        }
        Ok(())
    }
}

/// A member with a socket.
pub(crate) struct Member {
    socket: Socket,
    memory: Memory,
}

/// How the server answers somebody who wants their seat back.
pub(crate) enum Return {
    /// It is theirs again.
    Seated(Box<Member>),
    /// It is not, for this reason.
    Refused(ErrorCode),
    /// They were given another one.
    Stranger,
}

impl Member {
    /// Takes a seat; `None` where the room is full.
    pub(crate) async fn join(server: Loopback, room: &str, name: &str, nth: usize) -> Result<Option<Self>> {
        let (socket, answer) = ask(server, nth, &join(room, name, None)).await?;
        match answer {
            ServerMessage::Joined {
                you,
                peers,
                away,
                token,
                ..
            } => Ok(Some(Self {
                socket,
                memory: Memory {
                    room: room.into(),
                    name: name.into(),
                    id: you.id,
                    token,
                    received: 0,
                    known: peers.iter().map(|peer| peer.id).chain(away.iter().copied()).collect(),
                    away: away.into_iter().collect(),
                },
            })),
            ServerMessage::Error {
                code: ErrorCode::RoomFull,
                ..
            } => Ok(None),
            ServerMessage::Error { code, .. } => bail!("cannot join: {code}"),
            _ => bail!("a join is answered by something else than `joined`"),
        }
    }

    /// Takes a seat back over a new socket. An error is one of the socket: there may be another try.
    pub(crate) async fn back(server: Loopback, mut memory: Memory, nth: usize) -> Result<Return> {
        let (socket, answer) = ask(server, nth, &join(&memory.room, &memory.name, Some(memory.resume()))).await?;
        match answer {
            ServerMessage::Resumed { token, .. } => memory.token = token,
            ServerMessage::Joined {
                room,
                you,
                peers,
                away,
                token,
                ..
            } => {
                if you.id != memory.id || room.as_str() != memory.room {
                    return Ok(Return::Stranger);
                }
                memory.token = token;
                memory.received = 0;
                memory.known = peers.iter().map(|peer| peer.id).chain(away.iter().copied()).collect();
                memory.away = away.into_iter().collect();
            }
            ServerMessage::Error { code, .. } => return Ok(Return::Refused(code)),
            _ => bail!("a join is answered by something else than a seat or an error"),
        }
        Ok(Return::Seated(Box::new(Self { socket, memory })))
    }

    /// What it knows.
    pub(crate) fn memory(&self) -> &Memory {
        &self.memory
    }

    /// The next thing that the server says. An error when the socket has ended.
    pub(crate) async fn next(&mut self) -> Result<ServerMessage> {
        let bytes = websocket::receive(&mut self.socket).await?;
        let frame = ENCODING
            .decode_frame(&bytes)
            .ok()
            .context("a message of the server cannot be read")?;
        self.memory.note(&frame)?;
        Ok(frame.message)
    }

    /// Says something.
    pub(crate) async fn say(&mut self, message: &ClientMessage) -> Result<()> {
        websocket::send(
            &mut self.socket,
            Message::binary(ENCODING.encode_frame(&message.clone().into())),
        )
        .await
    }

    /// Leaves, and waits until the server has closed.
    pub(crate) async fn leave(mut self) -> Result<()> {
        self.say(&ClientMessage::Leave).await?;
        websocket::drain(self.socket).await;
        Ok(())
    }

    /// Ends the connection without a word, as a network that goes away and a program that crashes do.
    pub(crate) fn cut(self) -> Memory {
        self.memory
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use signaling::{Config, Signaling};
    use tokio::net::TcpListener;

    use super::*;

    async fn server(grace: Duration) -> (Signaling, Loopback) {
        let signaling = Signaling::new(Config {
            grace,
            ..Config::default()
        });
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap().to_string().parse().unwrap();
        let app = signaling.router();
        tokio::spawn(async move { axum::serve(listener, app).await });
        (signaling, address)
    }

    async fn member(server: Loopback, name: &str) -> Member {
        Member::join(server, "room", name, 0).await.unwrap().unwrap()
    }

    #[tokio::test]
    async fn a_seat_is_taken_back_with_all_that_was_missed() {
        let (_signaling, server) = server(Duration::from_secs(30)).await;
        let mut ada = member(server, "ada").await;
        let bob = member(server, "bob").await;
        ada.next().await.unwrap();
        assert!(ada.memory().is_with(&[bob.memory().id].into()));
        let memory = ada.cut();
        let eve = member(server, "eve").await;
        assert!(eve.memory().known().contains(&memory.id));
        let id = memory.id;
        let Return::Seated(mut ada) = Member::back(server, memory, 0).await.unwrap() else {
            panic!("the seat is there");
        };
        assert_eq!(ada.memory().id, id);
        ada.next().await.unwrap();
        assert!(ada.memory().is_with(&[bob.memory().id, eve.memory().id].into()));
    }

    #[tokio::test]
    async fn somebody_whose_socket_is_gone_is_away_and_the_room_is_not_whole() {
        let (_signaling, server) = server(Duration::from_secs(30)).await;
        let mut ada = member(server, "ada").await;
        let mut bob = member(server, "bob").await;
        let others = [bob.memory().id].into();
        ada.next().await.unwrap();
        // A seat that nobody is known to have has no grace.
        let update = ClientMessage::Update {
            name: "bob".into(),
            media: Media::default(),
        };
        bob.say(&update).await.unwrap();
        ada.next().await.unwrap();
        bob.cut();
        ada.next().await.unwrap();
        assert_eq!(*ada.memory().known(), others);
        assert!(!ada.memory().is_with(&others));
    }

    #[tokio::test]
    async fn a_seat_that_was_left_is_gone() {
        let (_signaling, server) = server(Duration::from_secs(30)).await;
        let ada = member(server, "ada").await;
        let memory = ada.memory().clone();
        ada.leave().await.unwrap();
        let back = Member::back(server, memory, 0).await.unwrap();
        assert!(matches!(back, Return::Refused(ErrorCode::SeatGone)));
    }
}
