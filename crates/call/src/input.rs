//! What a call is told.

use protocol::{DescriptionKind, PeerId, ServerMessage};

use crate::ConnectionId;

/// Something that has happened outside.
#[derive(Clone, Debug, PartialEq)]
pub enum Input {
    /// The server said something.
    Server(ServerMessage),
    /// The operation that the connection was asked to do ([`crate::Effect::Operate`]) has come to its end. At most one
    /// is under way for each connection.
    Operated {
        /// Which connection.
        connection: ConnectionId,
        /// What came of it.
        outcome: OperationOutcome,
    },
    /// The browser found a way to be reached (`icecandidate`).
    LocalCandidate {
        /// Which connection.
        connection: ConnectionId,
        /// The candidate.
        candidate: LocalCandidate,
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
    /// Gather and offer anew with this peer, over whatever network there is now.
    RestartIce {
        /// With whom.
        peer: PeerId,
    },
    /// Time has passed: [`crate::Call::next_deadline`] has been reached.
    Tick,
    /// The socket to the server is gone. Media goes on.
    SocketLost,
    /// The person leaves: everything is closed.
    Leave,
}

/// How an operation ended.
pub type OperationOutcome = Result<Option<LocalDescription>, OperationFailed>;

/// What `setLocalDescription` chose, read from `pc.localDescription`.
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
