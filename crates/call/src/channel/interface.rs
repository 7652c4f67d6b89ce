//! What a channel is told, what it asks for, and how it stands.

use protocol::PeerMessage;

use protocol::peer_message::{Hello, Lane};

use super::Ended;
use crate::ConnectionId;

/// Bytes in a data channel's `bufferedAmount` from which on [`Input::Full`] is given.
pub const BUFFERED_HIGH: u32 = 64 * 1024;

/// The data channel's `bufferedAmountLowThreshold`: at `bufferedamountlow` [`Input::Drained`] is given.
pub const BUFFERED_LOW: u32 = 16 * 1024;

/// Something that has happened to the data channels of a connection. One about a connection that is not the newest is ignored.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Input<'a> {
    /// The reliable data channel is open (`open`). It takes the place of the one before. Connections come in the order of their ids.
    Opened {
        /// Whose.
        connection: ConnectionId,
    },
    /// The reliable data channel is closed (`close`), its connection was closed, or `send()` threw.
    Closed {
        /// Whose.
        connection: ConnectionId,
    },
    /// A frame has come (`message`). What is no `ArrayBuffer` is given as an empty frame.
    Received {
        /// Whose.
        connection: ConnectionId,
        /// On which of the two.
        lane: Lane,
        /// `data`.
        bytes: &'a [u8],
    },
    /// `bufferedAmount` has reached [`BUFFERED_HIGH`].
    Full {
        /// Whose.
        connection: ConnectionId,
        /// Of which of the two.
        lane: Lane,
    },
    /// `bufferedAmount` is low again (`bufferedamountlow`).
    Drained {
        /// Whose.
        connection: ConnectionId,
        /// Of which of the two.
        lane: Lane,
    },
    /// [`super::Channel::next_deadline`] has been reached.
    Tick,
}

/// Something to be done, in order.
#[derive(Clone, Debug, PartialEq)]
pub enum Output<M = PeerMessage> {
    /// `send()` these bytes. On [`Lane::Lossy`] only if that channel is open; else they are lost, as any of its frames may be.
    Send {
        /// On whose.
        connection: ConnectionId,
        /// On which of the two.
        lane: Lane,
        /// At most [`protocol::limits::peer::MESSAGE_MAX`].
        bytes: Vec<u8>,
    },
    /// The peer has said hello: messages go both ways from now on. Comes once for each hello.
    Ready {
        /// What it said.
        peer: Hello,
        /// It is another page than the one before: what was known of that one's state is void.
        restarted: bool,
        /// Events that the page before has not acknowledged, oldest first. The new one does not get them unless they are sent again.
        undelivered: Vec<M>,
    },
    /// The peer says this. Events come exactly once and in order.
    Message(M),
    /// Close both data channels of this connection: there will be nothing on them. The connection and its media are not concerned.
    Close {
        /// Whose.
        connection: ConnectionId,
        /// Why; to be shown.
        cause: Ended,
    },
}

/// How it stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Status {
    /// No data channel is open: there is no connection, or the peer's client has no peer channel.
    Unopened,
    /// A hello is awaited.
    Greeting,
    /// Messages go both ways.
    Ready,
    /// The channel was closed from here, until there is another connection.
    Ended(Ended),
}

/// What came and was not passed on, counted for metrics.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// Frames that were too large or too many.
    pub dropped: u64,
    /// Unknown tags, unreadable frames, and messages in a place where they do not belong.
    pub skipped: u64,
    /// Events that had come before, or whose predecessor has not come.
    pub out_of_order: u64,
}
