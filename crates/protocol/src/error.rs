//! Stable names for everything that can go wrong on the wire.

use crate::code::codes;

codes! {
    /// What went wrong, for programs. A `ServerMessage::Error` carries it beside a sentence for people. Codes are
    /// only ever added.
    #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
    #[non_exhaustive]
    pub enum ErrorCode {
        /// The message could not be understood; the socket stays.
        BadMessage = 0, "bad-message";
        /// The message holds a text that is longer than its limit; the socket stays.
        TooLarge = 1, "too-large";
        /// The room's name is not one.
        InvalidRoom = 2, "invalid-room";
        /// The display name is empty or too long.
        InvalidName = 3, "invalid-name";
        /// The room has as many people as it may have.
        RoomFull = 4, "room-full";
        /// The server has as many rooms as it may have.
        TooManyRooms = 5, "too-many-rooms";
        /// This socket has joined already.
        AlreadyJoined = 6, "already-joined";
        /// The message needs a `join` first.
        NotJoined = 7, "not-joined";
        /// The peer addressed is not (or no longer) in this room.
        UnknownPeer = 8, "unknown-peer";
        /// Too many messages in too short a time; the socket is closed.
        RateLimited = 9, "rate-limited";
        /// The resume token is not one of this server's for this room, or is too old, or what is said with it cannot be.
        InvalidResume = 10, "invalid-resume";
        /// The token is right, but the seat has been left or was waited for too long.
        SeatGone = 11, "seat-gone";
        /// This socket has probed already.
        AlreadyProbed = 12, "already-probed";
        /// Too much comes from the client's address; the socket stays.
        AddressBusy = 13, "address-busy";
    }
}

impl ErrorCode {
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
            Self::AddressBusy => {
                "Too many requests come from your network at the moment. Try again in a minute, or ask the server's operator to raise --per-address."
            }
            Self::Other(_) => {
                "The server says what this page does not know. Reload the page to get its newest version."
            }
        }
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
    /// Too many sockets are open from one address; an error went before.
    AddressBusy,
    /// The client reads more slowly than its room talks.
    SlowReader,
    /// Nothing was heard from the client for [`crate::limits::SOCKET_TIMEOUT`].
    Silent,
    /// Another socket has taken this one's seat back with its resume token.
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
            Self::AddressBusy => 1013,
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
            Self::AddressBusy => "address-busy",
            Self::SlowReader => "slow-reader",
            Self::Silent => "silent",
            Self::TakenOver => "taken-over",
        }
    }
}
