//! Files from person to person. The messages agree on a file; its bytes go over a data channel of its own.
//!
//! `PROTOCOL.md` has the frames of that data channel.

use std::ops::RangeInclusive;

use serde::{Deserialize, Serialize};

use super::numbered::numbered;

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

numbered! {
    /// Why a file goes no further.
    pub enum FileEndReason {
        /// A person wants it no longer.
        #[default]
        Cancelled = 0, "cancelled";
        /// The receiver has all of it, verified and stored.
        Done = 1, "done";
        /// The receiver's person does not want it.
        Refused = 2, "refused";
        /// Too many offers of this sender are open, or they come too fast.
        Busy = 3, "busy";
        /// It is larger than the receiver takes.
        TooLarge = 4, "too-large";
        /// Its bytes are not those that the sender has hashed.
        Corrupt = 5, "corrupt";
        /// The other side does not keep to the protocol.
        Broken = 6, "broken";
        /// The receiver has no room for it.
        NoSpace = 7, "no-space";
        /// The receiver cannot store it, for another reason.
        NotStored = 8, "not-stored";
        /// The sender cannot read it, or it has changed.
        Unreadable = 9, "unreadable";
        /// Its data channel does not work.
        Stalled = 10, "stalled";
    }
    "other"
}

numbered! {
    /// What is probably in a file: which sign stands beside it. It is the sender's word, and decides nothing else.
    pub enum FileKind {
        /// Anything.
        #[default]
        Unknown = 0, "unknown";
        /// A picture.
        Image = 1, "image";
        /// A film.
        Video = 2, "video";
        /// Sound.
        Audio = 3, "audio";
        /// Text.
        Text = 4, "text";
    }
    "other"
}

impl FileKind {
    /// The kind of a media type (RFC 6838), such as a browser gives as `File.type`.
    #[must_use]
    pub fn of_media_type(media_type: &str) -> Self {
        let of = media_type.split('/').next().unwrap_or_default();
        let mut kinds = Self::ALL.into_iter().skip(1);
        kinds.find(|kind| kind.as_str() == of).unwrap_or_default()
    }
}
