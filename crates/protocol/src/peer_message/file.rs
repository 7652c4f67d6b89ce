//! Files from person to person. The messages agree on a file; its bytes go over a data channel of its own.
//!
//! `PROTOCOL.md` has the frames of that data channel.

use std::ops::RangeInclusive;

use serde::{Deserialize, Serialize};

/// The ids of the data channels that files go over. All are below 256, the number of streams that every browser has from the beginning
/// (RFC 8831 section 6.2). See [`FileAnswer::channel`].
pub const FILE_CHANNELS: RangeInclusive<u16> = 16..=255;

/// The sender of this message has a file for the receiver. Nothing of it is sent before the receiver's person has accepted it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct FileOffer {
    /// A random number of this offer. The other direction has numbers of its own.
    pub id: u64,
    /// Bytes, at most [`crate::limits::peer::FILE_MAX`].
    pub size: u64,
    /// What is probably in it.
    pub kind: FileKind,
    /// What it is called, without a path. A receiver cleans it ([`crate::FileName`]).
    pub name: String,
}

/// The sender of this message wants a file that the receiver has offered, now and from this byte on. It comes once when the person has
/// accepted, and again when the file goes on after a loss.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct FileAnswer {
    /// [`FileOffer::id`].
    pub id: u64,
    /// So many bytes are there, verified: whole blocks ([`crate::limits::peer::FILE_BLOCK`]), or all.
    pub from: u64,
    /// The id of the data channel, one of [`FILE_CHANNELS`]. Both sides make their end of it (`negotiated: true`); the sender of
    /// this message has done so. The number is even where the receiver of the file is the offerer of the pair, and odd where it is the answerer, so that
    /// the two sides never take the same. Each answer takes the next one; after the highest comes the lowest again.
    pub channel: u16,
}

/// A file goes no further, or was got as a whole.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct FileEnd {
    /// [`FileOffer::id`].
    pub id: u64,
    /// It is the receiver of this message who has offered it.
    pub is_yours: bool,
    /// Why.
    pub reason: FileEndReason,
}

/// Why a file goes no further.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(from = "u32", into = "u32")]
pub enum FileEndReason {
    /// A person wants it no longer.
    #[default]
    Cancelled,
    /// The receiver has all of it, verified and stored.
    Done,
    /// The receiver's person does not want it.
    Refused,
    /// Too many offers of this sender are open, or they come too fast.
    Busy,
    /// It is larger than the receiver takes.
    TooLarge,
    /// Its bytes are not those that the sender has hashed.
    Corrupt,
    /// The other side does not keep to the protocol.
    Broken,
    /// The receiver has no room for it.
    NoSpace,
    /// The receiver cannot store it, for another reason.
    NotStored,
    /// The sender cannot read it, or it has changed.
    Unreadable,
    /// Its data channel does not work.
    Stalled,
    /// One that only a newer page knows.
    Other(u32),
}

impl FileEndReason {
    /// All that are known, in the order of their numbers.
    pub const ALL: [Self; 11] = [
        Self::Cancelled,
        Self::Done,
        Self::Refused,
        Self::Busy,
        Self::TooLarge,
        Self::Corrupt,
        Self::Broken,
        Self::NoSpace,
        Self::NotStored,
        Self::Unreadable,
        Self::Stalled,
    ];

    /// A stable name, for programs.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Cancelled => "cancelled",
            Self::Done => "done",
            Self::Refused => "refused",
            Self::Busy => "busy",
            Self::TooLarge => "too-large",
            Self::Corrupt => "corrupt",
            Self::Broken => "broken",
            Self::NoSpace => "no-space",
            Self::NotStored => "not-stored",
            Self::Unreadable => "unreadable",
            Self::Stalled => "stalled",
            Self::Other(_) => "other",
        }
    }
}

impl From<u32> for FileEndReason {
    fn from(number: u32) -> Self {
        let place = usize::try_from(number).ok();
        place
            .and_then(|place| Self::ALL.get(place).copied())
            .unwrap_or(Self::Other(number))
    }
}

impl From<FileEndReason> for u32 {
    fn from(reason: FileEndReason) -> Self {
        match reason {
            FileEndReason::Cancelled => 0,
            FileEndReason::Done => 1,
            FileEndReason::Refused => 2,
            FileEndReason::Busy => 3,
            FileEndReason::TooLarge => 4,
            FileEndReason::Corrupt => 5,
            FileEndReason::Broken => 6,
            FileEndReason::NoSpace => 7,
            FileEndReason::NotStored => 8,
            FileEndReason::Unreadable => 9,
            FileEndReason::Stalled => 10,
            FileEndReason::Other(number) => number,
        }
    }
}

/// What is probably in a file: which sign stands beside it. It is the sender's word, and decides nothing else.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(from = "u32", into = "u32")]
pub enum FileKind {
    /// Anything.
    #[default]
    Unknown,
    /// A picture.
    Image,
    /// A film.
    Video,
    /// Sound.
    Audio,
    /// Text.
    Text,
    /// One that only a newer page knows: shown as anything.
    Other(u32),
}

impl FileKind {
    /// All that are known, in the order of their numbers.
    pub const ALL: [Self; 5] = [Self::Unknown, Self::Image, Self::Video, Self::Audio, Self::Text];

    /// A stable name, for programs.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Unknown => "unknown",
            Self::Image => "image",
            Self::Video => "video",
            Self::Audio => "audio",
            Self::Text => "text",
            Self::Other(_) => "other",
        }
    }

    /// The kind of a media type (RFC 6838), such as a browser gives as `File.type`.
    #[must_use]
    pub fn of_media_type(media_type: &str) -> Self {
        let of = media_type.split('/').next().unwrap_or_default();
        let mut kinds = Self::ALL.into_iter().skip(1);
        kinds.find(|kind| kind.as_str() == of).unwrap_or_default()
    }
}

impl From<u32> for FileKind {
    fn from(number: u32) -> Self {
        let place = usize::try_from(number).ok();
        place
            .and_then(|place| Self::ALL.get(place).copied())
            .unwrap_or(Self::Other(number))
    }
}

impl From<FileKind> for u32 {
    fn from(kind: FileKind) -> Self {
        match kind {
            FileKind::Unknown => 0,
            FileKind::Image => 1,
            FileKind::Video => 2,
            FileKind::Audio => 3,
            FileKind::Text => 4,
            FileKind::Other(number) => number,
        }
    }
}
