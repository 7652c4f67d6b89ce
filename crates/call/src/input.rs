//! What a call is told.

use crate::SmallMap;
use protocol::peer_message::{Emoji, Lane};
use protocol::{DescriptionKind, Media, Numbered, PeerId, PeerStats, ServerMessage};

use crate::files::FileInput;
use crate::quality::{Capture, PathStats, ShownSize};
use crate::{ConnectionId, Person, Source};

/// Something that has happened outside.
#[derive(Clone, Debug, PartialEq)]
pub enum Input {
    /// The person wants into a room. Asked for as soon as the socket is open, and again whenever another one is, until
    /// [`Self::Leave`], [`crate::Effect::Refused`] or [`crate::Effect::TakenOver`].
    Join {
        /// A `RoomId` as text.
        room: String,
        /// A `DisplayName` as text.
        name: String,
        /// What is on.
        media: Media,
    },
    /// What the person is called, or what is on, has changed. Told to the server if it believes something else.
    Update {
        /// A `DisplayName` as text.
        name: String,
        /// What is on.
        media: Media,
    },
    /// A socket to the server is open. There is one at a time.
    SocketOpened,
    /// The server said something on the socket that is open.
    Server(Numbered<ServerMessage>),
    /// The socket is closed, or could not be opened. Media goes on, and the place in the room is taken back with the next
    /// socket.
    SocketLost {
        /// The close frame's code, where there was one (RFC 6455 section 7.4).
        code: Option<u16>,
    },
    /// The network is back, or another one; or the page has woken up.
    Online {
        /// The network is back or is another one, so that what still works will not for long, and what is being tried began on
        /// the old one. Otherwise somebody looks at the page again, which may have slept: a try that is under way goes on.
        changed: bool,
    },
    /// The operation that the connection was asked to do ([`crate::Effect::Operate`]) has come to its end. At most one
    /// is under way for each connection.
    Operated {
        /// Which connection.
        connection: ConnectionId,
        /// What came of it.
        outcome: OperationOutcome,
    },
    /// The browser makes no connections at all, so this one was not made: WebRTC is missing or switched off.
    Unsupported {
        /// Which connection.
        connection: ConnectionId,
    },
    /// The browser found a way to be reached (`icecandidate`).
    LocalCandidate {
        /// Which connection.
        connection: ConnectionId,
        /// The candidate.
        candidate: LocalCandidate,
    },
    /// A relay could not be used (`icecandidateerror` with the URL of a TURN server).
    RelayFailed {
        /// Which connection.
        connection: ConnectionId,
        /// The event's `errorCode`.
        code: u16,
    },
    /// The browser wants an offer to be made (`negotiationneeded`).
    NegotiationNeeded {
        /// Which connection.
        connection: ConnectionId,
    },
    /// The connection's state has changed (`connectionstatechange`).
    ConnectionState {
        /// Which connection.
        connection: ConnectionId,
        /// What it is now.
        state: ConnectionState,
    },
    /// Nothing comes from this peer any more, although something did, or something comes again ([`crate::Silence`]).
    Silent {
        /// Who.
        peer: PeerId,
        /// Whether nothing comes.
        silent: bool,
    },
    /// The person asks for another try with this peer.
    Retry {
        /// With whom.
        peer: PeerId,
    },
    /// The person looks at how everybody is connected: the others are asked, and the own connections are measured. Given
    /// again every few seconds, for as long as the person looks.
    Look,
    /// The answer to [`crate::Effect::Measure`]: one for each peer.
    Measured {
        /// In no particular order.
        stats: Vec<PeerStats>,
    },
    /// The reliable data channel of a connection is open (`open`).
    ChannelOpened {
        /// Which connection.
        connection: ConnectionId,
    },
    /// It is closed (`close`), or `send()` threw.
    ChannelClosed {
        /// Which connection.
        connection: ConnectionId,
    },
    /// A message has come on a data channel (`message`). One that is no `ArrayBuffer` is given as an empty one.
    ChannelReceived {
        /// Which connection.
        connection: ConnectionId,
        /// Which of its two data channels.
        lane: Lane,
        /// `data`.
        bytes: Vec<u8>,
    },
    /// So much waits in a data channel that nothing should be added ([`crate::channel::BUFFERED_HIGH`]).
    ChannelFull {
        /// Which connection.
        connection: ConnectionId,
        /// Which of its two data channels.
        lane: Lane,
    },
    /// Little waits in it any more (`bufferedamountlow`, [`crate::channel::BUFFERED_LOW`]).
    ChannelDrained {
        /// Which connection.
        connection: ConnectionId,
        /// Which of its two data channels.
        lane: Lane,
    },
    /// A picture of a peer is shown in this size from now on; `None` is hidden.
    Shown {
        /// Whose.
        peer: PeerId,
        /// Camera or screen.
        source: Source,
        /// Device pixels.
        size: Option<ShownSize>,
    },
    /// The own picture is shown in this size from now on; `None` is hidden.
    OwnShown(Option<ShownSize>),
    /// The person wants to save data, or no longer.
    LowData(bool),
    /// The microphone's sound is music, and takes more bits; or no longer.
    OriginalSound(bool),
    /// What a camera or a screen gives from now on; `None` while it gives nothing. For sounds only that matters.
    Captured {
        /// Which.
        source: Source,
        /// From `MediaStreamTrack.getSettings()`.
        capture: Option<Capture>,
    },
    /// The person says a line in the chat. A text of which nothing can be seen ([`protocol::ChatText`]) is not said, nor is anything before
    /// there is a seat.
    Say {
        /// A random number, another one for each line.
        id: u64,
        /// As it was typed.
        text: String,
    },
    /// The person raises the hand, or lowers it.
    RaiseHand(bool),
    /// The person reacts. More than five within a second are ignored.
    React(Emoji),
    /// The person points at a shared screen, or no longer. It is ignored where no screen is shared, or the person may not point at it.
    Point {
        /// Whose screen.
        share: Person,
        /// In parts of the picture's width and height, 0 to 1 from the left and from above. `None` where the person points at it no longer.
        at: Option<(f64, f64)>,
    },
    /// The person draws on a shared screen: another point of a stroke, the first one if the pen was up.
    Draw {
        /// Whose screen.
        share: Person,
        /// As in [`Self::Point`]. `None` where the pen is up.
        at: Option<(f64, f64)>,
    },
    /// The person lets others point at the own screen, as at first, or no longer.
    LetPoint(bool),
    /// Something about files.
    File(FileInput),
    /// What the connections measure, every one to two seconds.
    Stats(SmallMap<PeerId, PathStats>),
    /// Time has passed: [`crate::Call::next_deadline`] has been reached.
    Tick,
    /// The person leaves: everything is closed. The socket is of no more use; another is needed to join again.
    Leave,
}

/// How an operation ended.
pub type OperationOutcome = Result<Option<LocalDescription>, OperationFailed>;

/// What was set by `setLocalDescription`, read from `pc.localDescription`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LocalDescription {
    /// Offer or answer.
    pub kind: DescriptionKind,
    /// Its text.
    pub sdp: String,
}

/// An operation threw.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OperationFailed {
    /// The exception's name, such as `InvalidStateError`.
    pub name: String,
}

/// An `RTCIceCandidate` as the browser gave it. An empty `candidate` ends the gathering.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LocalCandidate {
    /// The candidate attribute.
    pub candidate: String,
    /// The media line's tag.
    pub sdp_mid: Option<String>,
    /// The media line's index.
    pub sdp_m_line_index: Option<u16>,
    /// The ICE username fragment.
    pub username_fragment: Option<String>,
}

/// `RTCPeerConnectionState` (W3C WebRTC section 4.3.3).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ConnectionState {
    /// Nothing has begun.
    New,
    /// Looking for a path.
    Connecting,
    /// There is a path.
    Connected,
    /// The path has gone quiet.
    Disconnected,
    /// No path was found, or it was lost for good.
    Failed,
    /// Closed by this side.
    Closed,
}
