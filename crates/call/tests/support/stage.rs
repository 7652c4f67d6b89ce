//! One page whose peers are played by the test, message by message.

use std::collections::BTreeMap;
use std::time::Duration;

use call::chat::{Author, Receipt};
use call::{Call, ConnectionId, ConnectionState, Effect, Input};
use protocol::peer_message::{ChatLine, Content, Delivery, Features, Frame, Header, Hello, Lane, Payload};
use protocol::{Media, PeerId, PeerInfo, PeerMessage, ServerMessage};

use super::{new_call, peer_id, peer_info};

/// Everything that a page of today can do.
pub const ALL: Features = Features(0b1_1111);

/// Our own seat, as a number; peers have lower ones if they were there before.
pub const ME: u32 = 100;

pub struct Stage {
    pub call: Call,
    pub now: Duration,
    /// Everything that was asked for since the test last looked.
    pub effects: Vec<Effect>,
    peers: BTreeMap<u32, Peer>,
}

#[derive(Default)]
struct Peer {
    connection: Option<ConnectionId>,
    session: u64,
    /// Events that it has said and heard.
    said: u64,
    heard: u64,
    /// Frames that it was sent, but for acknowledgements.
    seen: u64,
    contents: Vec<Content>,
}

impl Stage {
    /// We come into a room where these are.
    pub fn with(peers: &[u32]) -> Self {
        Self::at(ME, peers)
    }

    /// The same, with this seat.
    pub fn at(seat: u32, peers: &[u32]) -> Self {
        let mut stage = Self {
            call: new_call(),
            now: Duration::from_secs(1),
            effects: Vec::new(),
            peers: BTreeMap::new(),
        };
        stage.enter(seat, peers);
        stage
    }

    /// We get this seat, new or not, in a room where these are.
    pub fn enter(&mut self, seat: u32, peers: &[u32]) {
        let (room, name, media) = ("room".into(), "Me".into(), Media::default());
        self.input(Input::Join { room, name, media });
        self.input(Input::SocketOpened);
        let joined = ServerMessage::Joined {
            away: Vec::new(),
            token: "token".into(),
            room: "room".parse().expect("a room's name"),
            you: peer_info(seat, seat.into(), "Me"),
            peers: peers.iter().map(|n| info(*n)).collect(),
            ice_servers: Vec::new(),
            capacity: 200,
        };
        self.server(joined);
    }

    pub fn server(&mut self, message: ServerMessage) {
        self.input(Input::Server(message.into()));
    }

    pub fn joins(&mut self, peer: PeerInfo) {
        self.server(ServerMessage::PeerJoined { peer });
    }

    pub fn leaves(&mut self, n: u32) {
        let reason = protocol::LeaveReason::Left;
        self.server(ServerMessage::PeerLeft {
            peer: peer_id(n),
            reason,
        });
    }

    pub fn say(&mut self, id: u64, text: &str) {
        let text = text.into();
        self.input(Input::Say { id, text });
    }

    pub fn input(&mut self, input: Input) {
        let effects = self.call.handle(self.now, input);
        for effect in &effects {
            match effect {
                Effect::Open { connection, peer, .. } => {
                    self.peers.entry(number(*peer)).or_default().connection = Some(*connection);
                }
                Effect::SendOnChannel {
                    connection,
                    lane: Lane::Reliable,
                    bytes,
                } => {
                    let mut peers = self.peers.values_mut();
                    let peer = peers.find(|peer| peer.connection == Some(*connection)).expect("opened");
                    let frame = Frame::decode(bytes).expect("a frame");
                    peer.seen += u64::from(frame.content != Content::Ack);
                    peer.heard = peer.heard.max(frame.header.number);
                    peer.contents.push(frame.content);
                }
                _ => {}
            }
        }
        self.effects.extend(effects);
    }

    /// A peer's page sends bytes on a data channel, whatever the channel makes of them.
    pub fn receives(&mut self, n: u32, lane: Lane, bytes: Vec<u8>) {
        let connection = self.connection(n);
        self.input(Input::ChannelReceived {
            connection,
            lane,
            bytes,
        });
    }

    /// The newest connection to a peer.
    pub fn connection(&self, n: u32) -> ConnectionId {
        self.peers[&n].connection.expect("opened")
    }

    /// Media flows, and the data channels open. Nobody has said hello.
    pub fn connects(&mut self, n: u32) {
        let connection = self.connection(n);
        let state = ConnectionState::Connected;
        self.input(Input::ConnectionState { connection, state });
        self.input(Input::ChannelOpened { connection });
    }

    /// The peer's page says hello.
    pub fn hello(&mut self, n: u32, session: u64, features: Features) {
        let peer = self.peers.get_mut(&n).expect("it is there");
        if std::mem::replace(&mut peer.session, session) != session {
            (peer.said, peer.heard) = (0, 0);
        }
        let hello = Hello {
            session,
            heard: 0,
            version: 1,
            features,
        };
        self.frame(n, Header::default(), &Content::Hello(hello));
    }

    /// The same, with everything that goes before and everything that a page can do.
    pub fn greets(&mut self, n: u32) {
        self.connects(n);
        self.hello(n, n.into(), ALL);
    }

    /// A peer says something, whatever the channel makes of it.
    pub fn frame(&mut self, n: u32, header: Header, content: &Content) {
        let bytes = content.encode(header.before(&[]));
        self.receives(n, Lane::Reliable, bytes);
    }

    /// A peer says something, as its page would, and acknowledges nothing.
    pub fn says(&mut self, n: u32, message: PeerMessage) {
        let peer = self.peers.get_mut(&n).expect("it is there");
        let mut header = Header::default();
        if message.delivery() == Delivery::Event {
            peer.said += 1;
            header.number = peer.said;
        }
        self.frame(n, header, &Content::Message(message));
    }

    pub fn says_line(&mut self, n: u32, id: u64, lamport: u64, text: &str) {
        self.says(n, line(id, lamport, 0, text));
    }

    /// A peer has got everything that it was sent.
    pub fn acknowledges(&mut self, n: u32) {
        let peer = &self.peers[&n];
        let header = Header {
            number: 0,
            ack: peer.heard,
            seen: peer.seen,
        };
        self.frame(n, header, &Content::Ack);
    }

    /// What a peer was sent since the test last looked, hellos and acknowledgements apart.
    pub fn told(&mut self, n: u32) -> Vec<PeerMessage> {
        let peer = self.peers.get_mut(&n).expect("it is there");
        let contents = std::mem::take(&mut peer.contents).into_iter();
        let messages = contents.filter_map(|content| match content {
            Content::Message(message) => Some(message),
            _ => None,
        });
        messages.collect()
    }

    /// The lines among that.
    pub fn told_lines(&mut self, n: u32) -> Vec<ChatLine> {
        let messages = self.told(n).into_iter();
        let lines = messages.filter_map(|message| match message {
            PeerMessage::Chat(line) => Some(line),
            _ => None,
        });
        lines.collect()
    }

    /// Time passes, and whatever is due in it happens.
    pub fn pass(&mut self, time: Duration) {
        let until = self.now + time;
        while let Some(due) = self.call.next_deadline().filter(|due| *due <= until) {
            self.now = due.max(self.now);
            self.input(Input::Tick);
            // A repair is of no interest here: nobody is there to take part in it.
            assert!(self.call.next_deadline().is_none_or(|next| next > self.now));
        }
        self.now = until;
    }

    /// The lines that are shown, each with its author: "Me" or a name.
    pub fn lines(&self) -> Vec<String> {
        let lines = self.call.chat().lines().map(|line| match line.author {
            Author::Me(_) => format!("Me: {}", line.text),
            Author::Peer { name, .. } => format!("{name}: {}", line.text),
        });
        lines.collect()
    }

    /// Whether a peer has got our line of this text.
    pub fn receipt(&self, text: &str, n: u32) -> Option<Receipt> {
        let mut lines = self.call.chat().lines();
        lines.find_map(|line| match line.author {
            Author::Me(receipts) if line.text == text => Some(receipts.of(peer_id(n))),
            _ => None,
        })?
    }

    /// The effects since the test last looked that this makes something of.
    pub fn seen<T>(&mut self, look: impl Fn(&Effect) -> Option<T>) -> Vec<T> {
        std::mem::take(&mut self.effects).iter().filter_map(look).collect()
    }

    /// How many lines each change of the chat said to be new.
    pub fn changes(&mut self) -> Vec<usize> {
        self.seen(|effect| match effect {
            Effect::ChatChanged { new } => Some(*new),
            _ => None,
        })
    }
}

/// Peers are called by their numbers.
pub fn info(n: u32) -> PeerInfo {
    peer_info(n, n.into(), &format!("P{n}"))
}

pub fn line(id: u64, lamport: u64, age_ms: u64, text: &str) -> PeerMessage {
    let text = text.into();
    PeerMessage::Chat(ChatLine {
        id,
        lamport,
        age_ms,
        text,
    })
}

/// The number of which [`peer_id`] made an id.
pub fn number(peer: PeerId) -> u32 {
    let bytes = peer.into_bytes();
    u32::from_be_bytes([bytes[0], bytes[1], bytes[2], bytes[3]])
}
