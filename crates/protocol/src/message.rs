//! The messages. "Client" is one browser tab (or one program); a "peer" is a client that has joined a room.
//! What peers say to each other inside of them is in `signal.rs`, which also tells what the types' parameter is.

use serde::{Deserialize, Serialize};

use crate::code::codes;
use crate::open_enum::open_enum;
use crate::{DisplayName, ErrorCode, PeerId, RoomId, SignalOf};

/// A message from a client to the server, with texts of its own.
pub type ClientMessage = ClientMessageOf<String>;

/// From a client to the server. Texts that a person wrote are plain here: the server checks them and says what is wrong.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(remote = "Self", rename_all = "kebab-case", rename_all_fields = "kebab-case")]
pub enum ClientMessageOf<T> {
    /// How many people are in this room? Needs no `join`; answered with [`ServerMessage::Occupancy`].
    Peek {
        /// A [`RoomId`] as text.
        room: String,
    },
    /// Take a seat in a room, or take one's own seat back. Answered with [`ServerMessage::Joined`],
    /// [`ServerMessage::Resumed`] or an error; a socket joins once.
    Join {
        /// A [`RoomId`] as text.
        room: String,
        /// A [`DisplayName`] as text.
        name: String,
        /// What is on.
        #[serde(default)]
        media: Media,
        /// Where the client had a seat in this room and lost its socket: the seat is taken back.
        #[serde(default)]
        resume: Option<Resume>,
    },
    /// Pass this on to one peer of the room.
    Signal {
        /// The receiver.
        to: PeerId,
        /// What it gets, with this client's id as the sender.
        signal: SignalOf<T>,
    },
    /// My name or what I send has changed: tell the others.
    Update {
        /// A [`DisplayName`] as text.
        name: String,
        /// What is on.
        media: Media,
    },
    /// I leave the room. The socket is closed by the server.
    Leave,
    /// Where would I ask for relayed candidates? Before `join`, to find out what this network lets through; once for a
    /// socket. Answered with [`ServerMessage::Probed`].
    Probe,
    /// A message of a newer version. It cannot be done; if it has a number, it counts.
    #[serde(other)]
    Unknown,
}

open_enum!(ClientMessageOf<T>);

/// A message from the server to a client, with texts of its own.
pub type ServerMessage = ServerMessageOf<String>;

/// From the server to a client.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(remote = "Self", rename_all = "kebab-case", rename_all_fields = "kebab-case")]
pub enum ServerMessageOf<T> {
    /// The answer to [`ClientMessage::Peek`].
    Occupancy {
        /// The room that was asked for.
        room: RoomId,
        /// People in it now.
        count: u32,
        /// People it may hold.
        capacity: u32,
    },
    /// The answer to [`ClientMessage::Join`]: your seat, and everybody who was there before you. Each of them gets a
    /// [`ServerMessage::PeerJoined`] and sends you an offer.
    Joined {
        /// The room, as the server knows it.
        room: RoomId,
        /// You: the id that the server gave you, your name as others see it, your place in the order of joining.
        you: PeerInfo,
        /// The others, in the order in which they joined.
        peers: Vec<PeerInfo>,
        /// Where to ask for reflexive and relayed candidates.
        ice_servers: Vec<IceServer>,
        /// People this room may hold.
        capacity: u32,
        /// Members whose socket is not there at the moment: keep what you have with them. Those on the roster are waited
        /// for; after a restart of the server there may also be ids here of whom it knows no more than that others had
        /// them in the room.
        #[serde(default)]
        away: Vec<PeerId>,
        /// Takes this seat back after the socket was lost ([`Resume::token`]). The peer keeps it to itself: anybody who has it
        /// can be this peer.
        #[serde(rename = "resume-token")]
        token: String,
    },
    /// The answer to a [`ClientMessage::Join`] that takes a seat back of which nothing was missed for good. Everything
    /// that the room said meanwhile follows, each message once and in order. Where that cannot be, the answer is
    /// [`ServerMessage::Joined`] with the old id, and its roster counts.
    Resumed {
        /// A newer resume token; the one before it goes on to work.
        #[serde(rename = "resume-token")]
        token: String,
        /// Where to ask for reflexive and relayed candidates from now on.
        ice_servers: Vec<IceServer>,
        /// How many of the client's counted messages ([`ClientMessage::is_counted`]) have arrived: those after are to be
        /// sent again.
        received: u64,
    },
    /// Somebody joined after you: send them an offer.
    PeerJoined {
        /// The newcomer.
        peer: PeerInfo,
    },
    /// Somebody is gone for good: close what you have with them.
    PeerLeft {
        /// Who.
        peer: PeerId,
        /// Why.
        reason: LeaveReason,
    },
    /// Somebody's socket is lost and may come back: keep what you have with them.
    PeerAway {
        /// Who.
        peer: PeerId,
    },
    /// Somebody's socket is back. Who does not know them (after a restart of the server) adds them as in
    /// [`ServerMessage::PeerJoined`].
    PeerBack {
        /// Who, with everything as it is now.
        peer: PeerInfo,
    },
    /// Somebody's name, or what they send, has changed.
    PeerUpdated {
        /// Who, with everything as it is now.
        peer: PeerInfo,
    },
    /// One peer's signal to you.
    Signal {
        /// The sender, stamped by the server.
        from: PeerId,
        /// What it said.
        signal: SignalOf<T>,
    },
    /// The server shuts down. Keep your calls; connect again after this time.
    Bye {
        /// Milliseconds to wait before connecting again.
        retry_after_ms: u32,
    },
    /// Something you sent could not be done.
    Error {
        /// For programs.
        code: ErrorCode,
        /// For people.
        message: String,
        /// The peer that it is about, where it is about one.
        #[serde(default)]
        peer: Option<PeerId>,
    },
    /// The answer to [`ClientMessage::Probe`].
    Probed {
        /// As in [`ServerMessage::Joined`], with credentials that belong to no seat: they end with the socket, or as soon as
        /// it joins.
        ice_servers: Vec<IceServer>,
    },
    /// Your ICE servers with newer credentials, before the older ones lapse. Sent to every seat, unasked.
    IceServers {
        /// In place of those of [`ServerMessage::Joined`], for whatever is gathered from now on. What is open stays open.
        ice_servers: Vec<IceServer>,
    },
    /// A message of a newer version. It is skipped; if it has a number, it counts.
    #[serde(other)]
    Unknown,
}

open_enum!(ServerMessageOf<T>);

impl<T> ClientMessageOf<T> {
    /// Whether it is counted on both sides, so that what was lost with a socket can be sent again: `signal` and `update`,
    /// from the `joined` on, whether or not they can be done. An unknown one counts if it has a number.
    #[must_use]
    pub const fn is_counted(&self) -> bool {
        matches!(self, Self::Signal { .. } | Self::Update { .. })
    }
}

impl<T> ServerMessageOf<T> {
    /// Whether it is counted on both sides, so that what was lost with a socket can be said again: everything that the
    /// room says to a seat after its `joined`. An unknown one counts if it has a number.
    #[must_use]
    pub const fn is_counted(&self) -> bool {
        match self {
            Self::PeerJoined { .. }
            | Self::PeerLeft { .. }
            | Self::PeerAway { .. }
            | Self::PeerBack { .. }
            | Self::PeerUpdated { .. }
            | Self::Signal { .. } => true,
            Self::Occupancy { .. }
            | Self::Joined { .. }
            | Self::Resumed { .. }
            | Self::Bye { .. }
            | Self::Error { .. }
            | Self::Probed { .. }
            | Self::IceServers { .. }
            | Self::Unknown => false,
        }
    }
}

/// How a client takes its seat back.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct Resume {
    /// From the newest `joined` or `resumed` of this seat.
    pub token: String,
    /// How many counted messages ([`ServerMessage::is_counted`]) have arrived since the seat's newest `joined`.
    pub received: u64,
    /// The others whom the client has in the room: a server that was restarted expects them back, too.
    #[serde(default)]
    pub known: Vec<PeerId>,
}

/// One person in a room, as the others know them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct PeerInfo {
    /// Issued by the server.
    pub id: PeerId,
    /// Place in the room's order of joining: a number that grows with every join and is never used twice. Of two peers
    /// the one with the lower number makes the first offer and is impolite when offers cross.
    pub order: u64,
    /// As they wrote it, cleaned.
    pub name: DisplayName,
    /// What they send.
    pub media: Media,
}

/// What somebody sends at the moment, for each source. Only for showing: the media itself is the truth.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", default)]
pub struct Media {
    /// What is heard of the person.
    pub microphone: SourceState,
    /// What is seen of the person.
    pub camera: SourceState,
    /// What is seen of their screen.
    pub screen: SourceState,
    /// What is heard of their screen.
    pub screen_audio: SourceState,
}

impl Media {
    /// The states of all sources.
    #[must_use]
    pub const fn states(self) -> [SourceState; 4] {
        [self.microphone, self.camera, self.screen, self.screen_audio]
    }

    /// Whether anything is on.
    #[must_use]
    pub fn is_any_on(self) -> bool {
        self.states().into_iter().any(SourceState::is_on)
    }
}

codes! {
    /// What somebody does with a source (a microphone, a camera, a screen, its sound).
    #[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
    pub enum SourceState {
        /// It is not captured.
        #[default]
        Off = 0, "off";
        /// It is captured and sent.
        On = 1, "on";
        /// It is captured and ready, and silence or black is sent.
        Muted = 2, "muted";
        /// The person wants it on, and the system or the device withholds it (a privacy shutter, a phone call).
        Interrupted = 3, "interrupted";
    }
}

impl SourceState {
    /// Whether it is captured and sent. What a newer version says is not known to be.
    #[must_use]
    pub const fn is_on(self) -> bool {
        matches!(self, Self::On)
    }
}

impl From<bool> for SourceState {
    /// On or off.
    fn from(on: bool) -> Self {
        if on { Self::On } else { Self::Off }
    }
}

codes! {
    /// Why a peer is gone.
    #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
    pub enum LeaveReason {
        /// They said so, or closed the page.
        Left = 0, "left";
        /// Their socket was lost and did not come back.
        Lost = 1, "lost";
        /// The server closed their socket: it broke a rule or read too slowly.
        Removed = 2, "removed";
    }
}

/// An `RTCIceServer` (W3C WebRTC section 4.2.4).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct IceServer {
    /// `stun:`, `turn:` and `turns:` addresses (RFC 7064, RFC 7065).
    pub urls: Vec<String>,
    /// For TURN.
    #[serde(default)]
    pub username: Option<String>,
    /// For TURN.
    #[serde(default)]
    pub credential: Option<String>,
}
