//! Every bound of the protocol, in one place. Past a bound a client gets a stable [`crate::ErrorCode`] or a
//! [`crate::CloseCode`], never silence.

use std::time::Duration;

/// Longest room id, in bytes (they are ASCII).
pub const ROOM_ID_MAX: usize = 64;

/// Longest display name, in `char`s.
pub const NAME_MAX_CHARS: usize = 64;

/// Longest WebSocket message, in bytes. The page's offer, with four media lines and an application line, is 11 KB in
/// Chromium.
pub const MESSAGE_MAX: usize = 64 * 1024;

/// Longest SDP text in a signal, in bytes.
pub const SDP_MAX: usize = 56 * 1024;

/// Longest candidate line in a signal, in bytes.
pub const CANDIDATE_MAX: usize = 2 * 1024;

/// Most connections that one signal has stats of.
pub const STATS_MAX: usize = 256;

/// Messages that a client may send in one burst.
pub const MESSAGE_BURST: u32 = 1_000;

/// Messages a second that a client may send for long.
pub const MESSAGE_RATE: u32 = 200;

/// Most messages that wait for one reader. A reader that falls behind by more is closed.
pub const OUTBOX_MESSAGES: usize = 1_024;

/// Most bytes that wait for one reader. A reader that falls behind by more is closed.
pub const OUTBOX_BYTES: usize = 1024 * 1024;

/// Candidates kept for one peer while its description has not arrived; more are dropped, oldest first.
pub const HELD_CANDIDATES: usize = 128;

/// How often the server pings a socket.
pub const PING_INTERVAL: Duration = Duration::from_secs(20);

/// A socket from which nothing (not even a pong) has come for so long is dead.
pub const SOCKET_TIMEOUT: Duration = Duration::from_secs(45);

/// How long a seat is kept whose socket is lost, unless the server is told otherwise. After a restart the seats of before
/// may be taken back for twice as long.
pub const GRACE: Duration = Duration::from_secs(30);

/// Oldest resume token that is still taken.
pub const TOKEN_MAX_AGE: Duration = Duration::from_secs(7 * 24 * 60 * 60);

/// Longest resume token, in bytes of its text.
pub const TOKEN_MAX: usize = 128;

/// Counted messages that a client keeps to send them again; past it the oldest are forgotten.
pub const RESEND_MESSAGES: usize = 512;

/// Bytes of such messages, as they are encoded.
pub const RESEND_BYTES: usize = 1024 * 1024;

/// People in one room, unless the server is told otherwise.
pub const ROOM_SIZE: usize = 8;

/// Rooms on one server, unless it is told otherwise.
pub const ROOMS: usize = 10_000;

/// Bounds of what peers say to each other ([`crate::peer_message`]).
pub mod peer {
    use std::time::Duration;

    /// Longest frame, in bytes.
    pub const MESSAGE_MAX: usize = 16 * 1024;

    /// Longest line of a chat, in characters.
    pub const CHAT_TEXT_MAX_CHARS: usize = 2_000;

    /// Own lines that a newcomer is told at most.
    pub const CHAT_TOLD_LINES: usize = 200;

    /// Bytes of their texts at most.
    pub const CHAT_TOLD_BYTES: usize = 64 * 1024;

    /// Points in one message of a pointer at most.
    pub const POINTS_MAX: usize = 16;

    /// Messages of a pointer a second that a sender sends at most.
    pub const POINTER_RATE: u32 = 30;

    /// How long a pointer is shown of which nothing more comes.
    pub const POINTER_SHOWN: Duration = Duration::from_secs(2);

    /// How long a stroke is shown after its last point.
    pub const STROKE_SHOWN: Duration = Duration::from_secs(5);

    /// Strokes that are shown on one screen at most.
    pub const STROKES_SHOWN: usize = 64;

    /// Points of all strokes on one screen at most.
    pub const STROKE_POINTS: usize = 4_000;

    /// Most events and momentary messages that wait for one peer.
    pub const WAITING_MESSAGES: usize = 256;

    /// Most bytes of them.
    pub const WAITING_BYTES: usize = 256 * 1024;

    /// Frames a second that a peer may send on the reliable channel for long.
    pub const RATE: u32 = 50;

    /// Frames that it may send at once.
    pub const BURST: u32 = 100;

    /// Frames a second on the lossy channel, and frames at once.
    pub const LOSSY_RATE: u32 = 60;

    /// The channel of a peer that has sent too much for so long is closed.
    pub const EXCESS: Duration = Duration::from_secs(10);

    /// So is that of a peer of which so many frames were dropped before that.
    pub const EXCESS_FRAMES: u32 = 5_000;

    /// How long a peer has for its hello.
    pub const HELLO_TIMEOUT: Duration = Duration::from_secs(10);

    /// How long a momentary message waits to be sent.
    pub const MOMENT: Duration = Duration::from_secs(5);

    /// Frames that may be on their way without having been seen. With the two bounds below it keeps a sender within [`BURST`] and
    /// [`RATE`], even when a path that was stuck delivers everything at once.
    pub const WINDOW: u64 = 32;

    /// Frames a second that a sender sends for long.
    pub const SEND_RATE: u32 = 40;

    /// Frames that it sends at once.
    pub const SEND_BURST: u32 = 32;

    /// Frames a second that a sender sends on the lossy channel, and frames at once.
    pub const LOSSY_SEND_RATE: u32 = 48;

    /// How long an acknowledgement may wait for a frame that takes it along.
    pub const ACK_DELAY: Duration = Duration::from_millis(100);

    /// Largest file, in bytes.
    pub const FILE_MAX: u64 = 4 * 1024 * 1024 * 1024;

    /// Longest name of a file, in bytes.
    pub const FILE_NAME_MAX: usize = 255;

    /// Bytes of a file in one frame: what all browsers take, of each other too.
    pub const FILE_PIECE: usize = 16 * 1024;

    /// Bytes that have a hash of their own.
    pub const FILE_BLOCK: u64 = 1024 * 1024;

    /// Bytes that may be on their way or wait to be stored: not acknowledged.
    pub const FILE_WINDOW: u64 = 4 * 1024 * 1024;

    /// Files of one sender that go at once.
    pub const FILES_AT_ONCE: usize = 2;

    /// Files that one sender may have offered and neither sent nor withdrawn.
    pub const FILE_OFFERS: usize = 16;

    /// Offers that one sender may make at once.
    pub const FILE_OFFER_BURST: u32 = 32;

    /// Offers a second that it may make for long.
    pub const FILE_OFFER_RATE: u32 = 4;
}
