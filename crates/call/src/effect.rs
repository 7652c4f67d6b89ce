//! What a call asks for.

use protocol::{Candidate, ClientMessage, DescriptionKind, IceServer, PeerId, PeerInfo};

use crate::ConnectionId;

/// Something to be done outside, in the order in which effects are returned.
#[derive(Clone, Debug, PartialEq)]
pub enum Effect {
    /// Tell the server.
    Send(ClientMessage),
    /// Make an `RTCPeerConnection` to this peer.
    Open {
        /// Its id from now on.
        connection: ConnectionId,
        /// To whom.
        peer: PeerId,
        /// Who lays down the media lines.
        role: Role,
        /// For its configuration.
        ice_servers: Vec<IceServer>,
    },
    /// Do this, and answer with [`crate::Input::Operated`].
    Operate {
        /// Which connection.
        connection: ConnectionId,
        /// What to do.
        operation: Operation,
    },
    /// Call `restartIce()`; the browser answers with `negotiationneeded`.
    RestartIce {
        /// Which connection.
        connection: ConnectionId,
    },
    /// Close the connection, take its handlers off and forget it. Nothing more is expected of it.
    Close {
        /// Which connection.
        connection: ConnectionId,
    },
    /// Somebody is in the room: show a tile.
    PeerAdded(PeerInfo),
    /// Somebody's name or media changed.
    PeerChanged(PeerInfo),
    /// Somebody is gone: take the tile away.
    PeerRemoved(PeerId),
    /// How it stands between us and this peer.
    Link {
        /// Who.
        peer: PeerId,
        /// How.
        link: Link,
    },
}

/// Who makes the first offer of a pair, and with it the eight media lines.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Role {
    /// This side: it was in the room first. Impolite when offers cross.
    Offerer,
    /// The other side. Polite when offers cross.
    Answerer,
}

/// One step on an `RTCPeerConnection`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Operation {
    /// `setLocalDescription()` without an argument; the outcome carries what the browser chose.
    SetLocalDescription,
    /// `setRemoteDescription({type, sdp})`.
    SetRemoteDescription {
        /// Offer or answer.
        kind: DescriptionKind,
        /// Its text.
        sdp: String,
    },
    /// `addIceCandidate(…)`.
    AddCandidate(Candidate),
}

/// How it stands with one peer, for showing.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Link {
    /// Not connected yet.
    #[default]
    Connecting,
    /// Media flows.
    Connected,
    /// It was connected, and is being repaired.
    Reconnecting,
    /// No path was found.
    Unreachable,
}
