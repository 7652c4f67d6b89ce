//! What files are told, what they ask for, and how they are shown.

use std::fmt;
use std::ops::{Deref, Range};
use std::sync::Arc;

use protocol::PeerId;
use protocol::peer_message::{FileEndReason, FileKind};

use crate::ConnectionId;

/// Bytes in the queue of a file's data channel (`bufferedAmount`), at most.
pub const FILE_BUFFERED_HIGH: usize = 1024 * 1024;

/// The `bufferedAmountLowThreshold` of a file's data channel, at most: half of what waits in it where that is less. The event comes only when
/// what waits falls below a threshold that it has been above ([`FileInput::ChannelDrained`]).
pub const FILE_BUFFERED_LOW: u32 = 256 * 1024;

/// A file, as this page knows it. No id is ever used twice.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum FileId {
    /// One that this page sends to one peer: the random number of [`FileInput::Offer`].
    Sent(u64),
    /// One that a peer sends: a number that this page counts.
    Received(u32),
}

/// Something that has happened. What concerns a file or a channel that is gone is ignored.
#[derive(Clone, Debug, PartialEq)]
pub enum FileInput {
    /// The person sends a file to a peer. For each peer it is another offer. To somebody who is not in the room nothing is sent
    /// ([`FileEffect::Drop`]).
    Offer {
        /// A random number, another one for each offer.
        id: u64,
        /// To whom.
        peer: PeerId,
        /// `File.name`.
        name: String,
        /// `File.size`.
        size: u64,
        /// From `File.type` ([`FileKind::of_media_type`]).
        kind: FileKind,
    },
    /// The person wants a file that was offered.
    Accept(FileId),
    /// The person does not want it, or no longer. In any state, from either side.
    Cancel(FileId),
    /// The person takes a file off the list that has ended, and is done with one that was received.
    Dismiss(FileId),
    /// The answer to [`FileEffect::Read`].
    Read {
        /// Which.
        id: FileId,
        /// As it was asked for.
        from: u64,
        /// As many as were asked for; with fewer, the file has changed.
        bytes: Vec<u8>,
    },
    /// The answer to [`FileEffect::Create`].
    Created(FileId),
    /// The answer to [`FileEffect::Write`].
    Written {
        /// Which.
        id: FileId,
        /// All bytes before this one are in the file. So one answer will do for several writes.
        up_to: u64,
    },
    /// The answer to [`FileEffect::Finish`].
    Finished(FileId),
    /// What was asked for cannot be done: the file cannot be read, made, written or finished.
    Failed {
        /// Which.
        id: FileId,
        /// There is no room for it (`QuotaExceededError`).
        no_space: bool,
    },
    /// A file's data channel is open (`open`).
    ChannelOpened {
        /// Whose.
        connection: ConnectionId,
        /// Its id.
        channel: u16,
    },
    /// It is closed (`close`), could not be made, or `send()` threw. Not for one that was closed from here.
    ChannelClosed {
        /// Whose.
        connection: ConnectionId,
        /// Its id.
        channel: u16,
    },
    /// A message has come on it (`message`). One that is no `ArrayBuffer` is given as an empty one.
    ChannelReceived {
        /// Whose.
        connection: ConnectionId,
        /// Its id.
        channel: u16,
        /// `data`.
        bytes: Vec<u8>,
    },
    /// What was to be sent has left the data channel's queue. Given after a `send()` that leaves nothing in it (once will do for all sends of
    /// one call of [`crate::Call::handle`]), and at `bufferedamountlow`.
    ChannelDrained {
        /// Whose.
        connection: ConnectionId,
        /// Its id.
        channel: u16,
        /// Bytes given to `send()` on this data channel since it was made, less `bufferedAmount`.
        gone: u64,
    },
}

/// Something to be done, in order.
#[derive(Clone, Debug, PartialEq)]
pub enum FileEffect {
    /// Read these bytes of a file that is sent, a MiB at most, and answer with [`FileInput::Read`] or [`FileInput::Failed`]. At most one
    /// read of a file is under way.
    Read {
        /// Which.
        id: FileId,
        /// The first of them.
        from: u64,
        /// How many.
        length: usize,
    },
    /// Make an empty file for what will be received, and answer with [`FileInput::Created`] or [`FileInput::Failed`]. Find out first
    /// whether there is room (`navigator.storage.estimate()`).
    Create {
        /// Which.
        id: FileId,
        /// How large it will be.
        size: u64,
    },
    /// Write these bytes, one piece behind the other, and answer with [`FileInput::Written`] or [`FileInput::Failed`]. They are verified.
    /// Writes of a file come in order, without gaps, and several may be under way.
    Write {
        /// Which.
        id: FileId,
        /// Where.
        at: u64,
        /// Together at most a MiB.
        pieces: Vec<Vec<u8>>,
    },
    /// All of it is written. Close the file, and answer with [`FileInput::Finished`] or [`FileInput::Failed`].
    Finish {
        /// Which.
        id: FileId,
    },
    /// Nothing more is asked of it. Forget the `File` that was to be sent; delete what was received.
    Drop {
        /// Which.
        id: FileId,
    },
    /// Make a data channel on this connection: label `file`, `negotiated: true`, this id, ordered and reliable, `binaryType` is
    /// `arraybuffer`, `bufferedAmountLowThreshold` follows what waits ([`FILE_BUFFERED_LOW`]).
    OpenChannel {
        /// On which.
        connection: ConnectionId,
        /// Its id.
        channel: u16,
    },
    /// Take its handlers off, close it and forget it, if it is still there.
    CloseChannel {
        /// On which.
        connection: ConnectionId,
        /// Its id.
        channel: u16,
    },
    /// `send()` this.
    Send {
        /// On which.
        connection: ConnectionId,
        /// The id of the data channel.
        channel: u16,
        /// One message.
        bytes: Piece,
    },
    /// These are the files that are shown from now on, in the order in which they came to be. Not more than four times a second where only
    /// [`FileView::done`] has changed.
    Changed(Vec<FileView>),
}

/// A part of bytes that were read at once. It is cloned without a copy.
#[derive(Clone, PartialEq, Eq)]
pub struct Piece {
    of: Arc<Vec<u8>>,
    range: Range<usize>,
}

impl Piece {
    /// Panics when the range is none of the bytes.
    pub(super) fn new(of: Arc<Vec<u8>>, range: Range<usize>) -> Self {
        debug_assert!(range.end <= of.len(), "a part of it");
        Self { of, range }
    }
}

impl From<&[u8]> for Piece {
    fn from(bytes: &[u8]) -> Self {
        Self::new(Arc::new(bytes.to_vec()), 0..bytes.len())
    }
}

impl Deref for Piece {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        &self.of[self.range.clone()]
    }
}

impl fmt::Debug for Piece {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Piece({} bytes)", self.len())
    }
}

/// A file as it is shown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FileView {
    /// Which. It says the direction, too.
    pub id: FileId,
    /// From whom or to whom.
    pub peer: PeerId,
    /// What that person was called last.
    pub peer_name: String,
    /// Clean ([`protocol::FileName`]).
    pub name: String,
    /// Bytes.
    pub size: u64,
    /// The sender's word.
    pub kind: FileKind,
    /// Bytes that have gone or come. After a loss it may be less than before.
    pub done: u64,
    /// How it stands.
    pub state: FileState,
}

/// How a file stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FileState {
    /// Its turn has not come. One that is sent is not offered yet (the peer cannot be reached, or too many others are offered to it); one
    /// that is received was accepted, and others of the same sender go first.
    Waiting,
    /// It is offered, and the receiver has not said anything. One that is received waits for this person.
    Offered,
    /// It goes.
    Going,
    /// The connection is lost. It goes on by itself.
    Interrupted,
    /// The receiver has all of it, stored: this person can save it where it was received.
    Complete,
    /// It goes no further.
    Ended(FileEnding),
}

/// Why a file goes no further.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FileEnding {
    /// This side ended it.
    Ours(FileEndReason),
    /// The peer ended it.
    Theirs(FileEndReason),
    /// The peer has left the room, or its page was loaded anew.
    Left,
    /// The peer's page takes no files.
    Unsupported,
}
