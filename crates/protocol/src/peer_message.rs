//! What two peers say to each other over the two data channels of their connection, without the server.
//!
//! A **content** is a tag and its fields in postcard; the tag says what it is. On the lossy channel a frame is a content alone, on the
//! reliable one a content behind a header ([`Frame`]). A reader skips a tag that it does not know, ignores bytes behind the fields that it
//! knows, and takes fields that are missing at the end for zeros. So messages are added with a new tag, fields at the end, and a new field
//! means with zero what its absence meant before.

mod chat;
mod content;
mod fields;
mod file;
mod frame;
mod gesture;
mod numbered;
mod pointer;

use serde::{Deserialize, Serialize};

pub use chat::ChatLine;
pub use content::{Content, Unreadable};
pub use fields::{read_fields, write_fields};
pub use file::{FILE_CHANNELS, FileAnswer, FileEnd, FileEndReason, FileKind, FileOffer};
pub use frame::{Frame, HEADER_MAX, Header};
pub use gesture::{Emoji, Hand, Reaction};
pub use pointer::{Pointer, Share, Spot};

/// The version of this protocol that a [`Hello`] names.
pub const VERSION: u32 = 1;

/// One of the two data channels of a connection. Both are negotiated (`negotiated: true`, W3C WebRTC section 6.1), so that they are
/// open without an offer of their own. Their ids leave low ones to a foreign client's own channels.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Lane {
    /// Ordered and reliable.
    Reliable,
    /// Unordered and never retransmitted (`ordered: false, maxRetransmits: 0`): for what is worth nothing a moment later.
    Lossy,
}

impl Lane {
    /// Both.
    pub const ALL: [Self; 2] = [Self::Reliable, Self::Lossy];

    /// The `id` of the data channel: its SCTP stream (RFC 8831 section 6.4).
    #[must_use]
    pub const fn id(self) -> u16 {
        match self {
            Self::Reliable => 14,
            Self::Lossy => 15,
        }
    }

    /// The `label` of the data channel. It never crosses the wire, and shows in a browser's own pages.
    #[must_use]
    pub const fn label(self) -> &'static str {
        match self {
            Self::Reliable => "peer",
            Self::Lossy => "peer-lossy",
        }
    }
}

/// How a message travels. It belongs to the kind of message, so both sides know it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Delivery {
    /// Only the newest one of its tag counts. It is sent again with each hello.
    State,
    /// Arrives exactly once and in order, over rebuilt connections too: it is numbered, acknowledged and sent again.
    Event,
    /// Arrives at most once, and is dropped when it could not be sent within [`crate::limits::peer::MOMENT`].
    Momentary,
    /// On the lossy channel: sent now or never, and may be lost.
    Lossy,
}

/// What a peer channel carries beside its own hellos and acknowledgements. [`PeerMessage`] is the one there is; tests have others.
pub trait Payload: Sized {
    /// The number that stands for this kind of message. 0 and 1 are taken ([`Content`]).
    fn tag(&self) -> u32;

    /// How it travels. The same for every message of a tag.
    fn delivery(&self) -> Delivery;

    /// Appends the fields to a buffer ([`write_fields`]).
    fn write(&self, buffer: Vec<u8>) -> Vec<u8>;

    /// Reads the fields ([`read_fields`]); `None` when the tag is unknown or the fields are not of this kind.
    fn read(tag: u32, fields: &[u8]) -> Option<Self>;
}

/// The messages of version 1. To add one: a variant, its tag here, its row in `PROTOCOL.md`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PeerMessage {
    /// How large the sender shows what it receives. Tag 2, a [`Delivery::State`].
    Sizes(Sizes),
    /// A line of the chat. Tag 3, a [`Delivery::Event`].
    Chat(ChatLine),
    /// Whether the sender's hand is up. Tag 4, a [`Delivery::State`].
    Hand(Hand),
    /// A reaction, which is seen for a moment. Tag 5, a [`Delivery::Momentary`].
    Reaction(Reaction),
    /// Where the sender points, or what it draws. Tag 6, [`Delivery::Lossy`].
    Pointer(Pointer),
    /// What the sender wants on its own shared screen. Tag 7, a [`Delivery::State`].
    Share(Share),
    /// A file is offered. Tag 8, a [`Delivery::Event`].
    FileOffer(FileOffer),
    /// An offered file is wanted. Tag 9, a [`Delivery::Event`].
    FileAnswer(FileAnswer),
    /// A file goes no further, or was got. Tag 10, a [`Delivery::Event`].
    FileEnd(FileEnd),
}

impl Payload for PeerMessage {
    fn tag(&self) -> u32 {
        match self {
            Self::Sizes(_) => 2,
            Self::Chat(_) => 3,
            Self::Hand(_) => 4,
            Self::Reaction(_) => 5,
            Self::Pointer(_) => 6,
            Self::Share(_) => 7,
            Self::FileOffer(_) => 8,
            Self::FileAnswer(_) => 9,
            Self::FileEnd(_) => 10,
        }
    }

    fn delivery(&self) -> Delivery {
        match self {
            Self::Sizes(_) | Self::Hand(_) | Self::Share(_) => Delivery::State,
            Self::Chat(_) | Self::FileOffer(_) | Self::FileAnswer(_) | Self::FileEnd(_) => Delivery::Event,
            Self::Reaction(_) => Delivery::Momentary,
            Self::Pointer(_) => Delivery::Lossy,
        }
    }

    fn write(&self, buffer: Vec<u8>) -> Vec<u8> {
        match self {
            Self::Sizes(sizes) => write_fields(sizes, buffer),
            Self::Chat(line) => write_fields(line, buffer),
            Self::Hand(hand) => write_fields(hand, buffer),
            Self::Reaction(reaction) => write_fields(reaction, buffer),
            Self::Pointer(pointer) => write_fields(pointer, buffer),
            Self::Share(share) => write_fields(share, buffer),
            Self::FileOffer(offer) => write_fields(offer, buffer),
            Self::FileAnswer(answer) => write_fields(answer, buffer),
            Self::FileEnd(end) => write_fields(end, buffer),
        }
    }

    fn read(tag: u32, fields: &[u8]) -> Option<Self> {
        match tag {
            2 => read_fields(fields).map(Self::Sizes),
            3 => read_fields(fields).map(Self::Chat),
            4 => read_fields(fields).map(Self::Hand),
            5 => read_fields(fields).map(Self::Reaction),
            6 => read_fields(fields).map(Self::Pointer),
            7 => read_fields(fields).map(Self::Share),
            8 => read_fields(fields).map(Self::FileOffer),
            9 => read_fields(fields).map(Self::FileAnswer),
            10 => read_fields(fields).map(Self::FileEnd),
            _ => None,
        }
    }
}

/// The first frame on a connection, from both sides. Until one has come, nothing else is sent.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Hello {
    /// A random number of the sender, never 0. Another one than before begins the counts of both directions anew.
    pub session: u64,
    /// The receiver's session as the sender knows it, or 0. The frame's `ack` counts events of that session: a receiver that is another
    /// one by now ignores it.
    pub heard: u64,
    /// The sender's [`VERSION`].
    pub version: u32,
    /// What the sender can do.
    pub features: Features,
}

/// What a peer can do, as a set of bits. A bit that nobody knows yet is kept and means nothing.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Features(pub u64);

impl Features {
    /// Says and heeds [`Sizes`].
    pub const SIZES: Self = Self(1);

    /// Shows [`ChatLine`]s.
    pub const CHAT: Self = Self(1 << 1);

    /// Shows [`Hand`]s.
    pub const HANDS: Self = Self(1 << 2);

    /// Shows [`Reaction`]s.
    pub const REACTIONS: Self = Self(1 << 3);

    /// Shows [`Pointer`]s, and heeds [`Share`].
    pub const POINTERS: Self = Self(1 << 4);

    /// Takes files ([`FileOffer`]).
    pub const FILES: Self = Self(1 << 5);

    /// Everything that either of two has.
    #[must_use]
    pub const fn with(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// Whether all of `other` is there.
    #[must_use]
    pub const fn has(self, other: Self) -> bool {
        self.0 & other.0 == other.0
    }
}

/// How large the sender shows what it receives from the receiver, whole, whenever something of it has changed.
///
/// A field that is added later must mean with 0 that the source is wanted as before.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Sizes {
    /// The camera.
    pub camera: Size,
    /// The shared screen.
    pub screen: Size,
    /// The sender saves data: everything as small as it goes.
    pub low_data: bool,
}

/// The height at which a picture is shown, in device pixels, in coarse steps: they do not tell who looks where.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(from = "u8", into = "u8")]
pub enum Size {
    /// Not at all.
    #[default]
    Nothing,
    /// Up to 90.
    P90,
    /// Up to 180.
    P180,
    /// Up to 360.
    P360,
    /// Up to 720.
    P720,
    /// Larger than that: as it is captured.
    Native,
}

impl Size {
    /// All of them, from the smallest.
    pub const ALL: [Self; 6] = [
        Self::Nothing,
        Self::P90,
        Self::P180,
        Self::P360,
        Self::P720,
        Self::Native,
    ];
}

impl From<u8> for Size {
    /// A step that is not known is one above those that are.
    fn from(step: u8) -> Self {
        Self::ALL.get(usize::from(step)).copied().unwrap_or(Self::Native)
    }
}

impl From<Size> for u8 {
    fn from(size: Size) -> Self {
        size as Self
    }
}
