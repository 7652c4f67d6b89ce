//! Clients that lose their sockets and take their seats back.

use protocol::{ClientMessage, Encoding, ErrorCode, LeaveReason, Media, PeerId, PeerInfo, Resume, ServerMessage};
use signaling::{Config, SeatKey};

use super::{Client, Heard, Server, signal};

/// A key that outlives a server.
pub fn key() -> SeatKey {
    SeatKey::from_random_bytes([42; 32])
}

/// A server whose seats a later one knows.
pub fn keyed() -> Config {
    Config {
        seat_key: Some(key()),
        ..Config::default()
    }
}

/// What a page remembers of its seat while it has no socket.
#[derive(Clone, Debug)]
pub struct Memory {
    pub id: PeerId,
    pub order: u64,
    pub token: String,
    /// Counted messages that came since the newest `joined`.
    pub received: u64,
    pub known: Vec<PeerId>,
}

/// What a socket with a seat was answered.
#[derive(Clone, Debug, PartialEq)]
pub enum Answer {
    /// Resumed; so many of the client's messages have arrived.
    Resumed(u64),
    /// From a new beginning: who is there, and who is away.
    Joined { peers: Vec<PeerId>, away: Vec<PeerId> },
}

/// A client in a room, that counts.
pub struct Member {
    pub client: Client,
    pub room: String,
    pub memory: Memory,
}

impl Memory {
    pub fn resume(&self) -> Resume {
        Resume {
            token: self.token.clone(),
            received: self.received,
            known: self.known.clone(),
        }
    }
}

pub fn join_with(room: &str, resume: Option<Resume>) -> ClientMessage {
    ClientMessage::Join {
        room: room.into(),
        name: "Ada".into(),
        media: Media::default(),
        resume,
    }
}

impl Member {
    pub async fn join(server: &Server, encoding: Encoding, room: &str) -> Self {
        let mut client = server.client(encoding).await;
        client.say(&join_with(room, None)).await;
        let ServerMessage::Joined { you, token, peers, .. } = client.message().await else {
            panic!("expected joined");
        };
        client.arrived().await;
        let memory = Memory {
            id: you.id,
            order: you.order,
            token,
            received: 0,
            known: peers.iter().map(|peer| peer.id).collect(),
        };
        let room = room.into();
        Self { client, room, memory }
    }

    pub fn id(&self) -> PeerId {
        self.memory.id
    }

    /// The connection breaks.
    pub fn cut(self) -> (String, Memory) {
        (self.room, self.memory)
    }

    /// On another socket with what it remembers.
    pub async fn back(server: &Server, encoding: Encoding, (room, memory): (String, Memory)) -> (Self, Answer) {
        let client = server.client(encoding).await;
        let mut member = Self { client, room, memory };
        let answer = member.resume().await;
        (member, answer)
    }

    async fn resume(&mut self) -> Answer {
        let join = join_with(&self.room, Some(self.memory.resume()));
        self.client.say(&join).await;
        match self.client.message().await {
            ServerMessage::Resumed { token, received, .. } => {
                self.memory.token = token;
                Answer::Resumed(received)
            }
            ServerMessage::Joined {
                you,
                token,
                peers,
                away,
                ..
            } => {
                assert_eq!((you.id, you.order), (self.memory.id, self.memory.order), "the old seat");
                self.memory.token = token;
                self.memory.received = 0;
                let peers = peers.iter().map(|peer| peer.id).collect();
                Answer::Joined { peers, away }
            }
            other => panic!("expected resumed or joined, got {other:?}"),
        }
    }

    /// The next message, counted.
    pub async fn message(&mut self) -> ServerMessage {
        let message = self.client.message().await;
        self.memory.received += u64::from(message.is_counted());
        message
    }

    pub async fn expect(&mut self, expected: ServerMessage) {
        assert_eq!(self.message().await, expected);
    }

    pub async fn expect_newcomer(&mut self, id: PeerId) {
        match self.message().await {
            ServerMessage::PeerJoined { peer } => assert_eq!(peer.id, id),
            other => panic!("expected peer-joined, got {other:?}"),
        }
    }

    pub async fn expect_away(&mut self, peer: PeerId) {
        self.expect(ServerMessage::PeerAway { peer }).await;
    }

    pub async fn expect_back(&mut self, id: PeerId) -> PeerInfo {
        match self.message().await {
            ServerMessage::PeerBack { peer } if peer.id == id => peer,
            other => panic!("expected that {id} is back, got {other:?}"),
        }
    }

    pub async fn expect_left(&mut self, peer: PeerId, reason: LeaveReason) {
        self.expect(ServerMessage::PeerLeft { peer, reason }).await;
    }

    pub async fn signal(&mut self, to: PeerId, text: &str) {
        self.client.signal(to, text).await;
    }

    pub async fn expect_signal(&mut self, from: PeerId, text: &str) {
        let signal = signal(text);
        self.expect(ServerMessage::Signal { from, signal }).await;
    }

    /// Everything that the server had for this socket has come, and it was nothing.
    pub async fn hears_nothing(&mut self) {
        let room = self.room.clone();
        self.client.say(&ClientMessage::Peek { room }).await;
        let next = self.client.message().await;
        assert!(matches!(next, ServerMessage::Occupancy { .. }), "heard {next:?}");
    }

    pub async fn expect_closed(&mut self, code: u16, reason: &str) {
        let reason = reason.into();
        assert_eq!(self.client.hear().await, Heard::Closed { code, reason });
    }
}

/// Two in a room who know each other.
pub async fn pair(server: &Server, encodings: [Encoding; 2]) -> (Member, Member) {
    let mut ada = Member::join(server, encodings[0], "room").await;
    let bob = Member::join(server, encodings[1], "room").await;
    ada.expect_newcomer(bob.id()).await;
    (ada, bob)
}

impl Client {
    /// Tries to take a seat back, and is refused.
    pub async fn refused(&mut self, room: &str, resume: Resume) -> ErrorCode {
        self.say(&join_with(room, Some(resume))).await;
        self.error().await.0
    }
}
