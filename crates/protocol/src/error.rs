//! Stable names for everything that can go wrong on the wire.

use std::fmt;

use serde::{Deserialize, Serialize};

/// What went wrong, for programs. A `ServerMessage::Error` carries it beside a sentence for people. Codes are
/// only ever added.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum ErrorCode {
    /// The message could not be understood; the socket stays.
    BadMessage,
    /// The message holds a text that is longer than its limit; the socket stays.
    TooLarge,
    /// The room's name is not one.
    InvalidRoom,
    /// The display name is empty or too long.
    InvalidName,
    /// The room has as many people as it may have.
    RoomFull,
    /// The server has as many rooms as it may have.
    TooManyRooms,
    /// This socket has joined already.
    AlreadyJoined,
    /// The message needs a `join` first.
    NotJoined,
    /// The peer addressed is not (or no longer) in this room.
    UnknownPeer,
    /// Too many messages in too short a time; the socket is closed.
    RateLimited,
    /// The resume secret is not one of this server's for this room, or is too old, or what is said with it cannot be.
    InvalidResume,
    /// The secret is right, but the seat has been left or was waited for too long.
    SeatGone,
    /// This socket has probed already.
    AlreadyProbed,
}

impl ErrorCode {
    /// The code as it stands in JSON and in documents.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::BadMessage => "bad-message",
            Self::TooLarge => "too-large",
            Self::InvalidRoom => "invalid-room",
            Self::InvalidName => "invalid-name",
            Self::RoomFull => "room-full",
            Self::TooManyRooms => "too-many-rooms",
            Self::AlreadyJoined => "already-joined",
            Self::NotJoined => "not-joined",
            Self::UnknownPeer => "unknown-peer",
            Self::RateLimited => "rate-limited",
            Self::InvalidResume => "invalid-resume",
            Self::SeatGone => "seat-gone",
            Self::AlreadyProbed => "already-probed",
        }
    }

    /// A sentence for people: what happened, and what to do.
    #[must_use]
    pub const fn sentence(self) -> &'static str {
        match self {
            Self::BadMessage => "The server could not read this message. Reload the page to get its newest version.",
            Self::TooLarge => "This message is longer than the server takes.",
            Self::InvalidRoom => "A room name is 1 to 64 letters a to z, digits, - and _. Check the link.",
            Self::InvalidName => "A name is 1 to 64 visible characters. Choose another one.",
            Self::RoomFull => "This room is full. Ask someone to leave, or open another room.",
            Self::TooManyRooms => "This server has no place for another room. Try again later.",
            Self::AlreadyJoined => "This connection has already joined a room.",
            Self::NotJoined => "Join a room first.",
            Self::UnknownPeer => "That person is no longer in this room.",
            Self::RateLimited => "Too many messages in a short time. Wait a moment and connect again.",
            Self::InvalidResume => "This place in the room cannot be taken back. Join again.",
            Self::SeatGone => "Your place in the room has been given up. Join again.",
            Self::AlreadyProbed => "This connection has already looked at what its network lets through.",
        }
    }
}

impl fmt::Display for ErrorCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// Why the server closes a socket (RFC 6455 section 7.4; 4000 and up are ours). The close frame's reason is
/// [`CloseCode::reason`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CloseCode {
    /// The client said `leave`, or closed first.
    Normal,
    /// The server shuts down; a `bye` went before.
    GoingAway,
    /// A frame of the kind that the negotiated encoding does not use.
    WrongFrameKind,
    /// A text frame that is not UTF-8.
    InvalidUtf8,
    /// Too many messages in too short a time; an error went before.
    RateLimited,
    /// A frame longer than [`crate::limits::MESSAGE_MAX`].
    TooLarge,
    /// The client reads more slowly than its room talks.
    SlowReader,
    /// Nothing was heard from the client for [`crate::limits::SOCKET_TIMEOUT`].
    Silent,
    /// Another socket has taken this one's seat back with its secret.
    TakenOver,
}

impl CloseCode {
    /// The number in the close frame.
    #[must_use]
    pub const fn code(self) -> u16 {
        match self {
            Self::Normal => 1000,
            Self::GoingAway => 1001,
            Self::WrongFrameKind => 1003,
            Self::InvalidUtf8 => 1007,
            Self::RateLimited => 1008,
            Self::TooLarge => 1009,
            Self::SlowReader => 4000,
            Self::Silent => 4001,
            Self::TakenOver => 4002,
        }
    }

    /// The text in the close frame: stable, for programs and logs.
    #[must_use]
    pub const fn reason(self) -> &'static str {
        match self {
            Self::Normal => "",
            Self::GoingAway => "going-away",
            Self::WrongFrameKind => "wrong-frame-kind",
            Self::InvalidUtf8 => "invalid-utf-8",
            Self::RateLimited => "rate-limited",
            Self::TooLarge => "too-large",
            Self::SlowReader => "slow-reader",
            Self::Silent => "silent",
            Self::TakenOver => "taken-over",
        }
    }
}
