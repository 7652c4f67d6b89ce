//! What a call asks for.

use protocol::peer_message::Lane;
use protocol::{
    Candidate, ClientMessage, DescriptionKind, ErrorCode, IceServer, Numbered, PeerId, PeerInfo, PeerStats,
};

use crate::channel::Ended;
use crate::files::FileEffect;
use crate::gestures::ShownReaction;
use crate::pointer::Pointing;
use crate::quality::{CaptureWanted, Encoding};
use crate::{ConnectionId, Source};

/// Something to be done outside, in the order in which effects are returned.
#[derive(Clone, Debug, PartialEq)]
pub enum Effect {
    /// Tell the server. Only ever asked for while the socket is open; what goes wrong with it is the socket's loss.
    Send(Numbered<ClientMessage>),
    /// The socket is dead, although the browser has not noticed: close it and open another at once.
    Reconnect,
    /// We have a place in the room.
    Seated {
        /// It is the one that we had before: everybody is kept. Otherwise everybody in the room is added anew.
        resumed: bool,
    },
    /// There is no place for us, and none is asked for any more. Everything has been closed.
    Refused {
        /// Why, for programs.
        code: ErrorCode,
        /// Why, for the person.
        message: String,
    },
    /// Another page goes on with our place in the room. Everything has been closed, and nothing is to be opened again.
    TakenOver,
    /// The server could not do something that was asked. The call goes on.
    Problem {
        /// What, for programs.
        code: ErrorCode,
        /// What, for the person.
        message: String,
    },
    /// These are the ICE servers from now on, and others than before. Set them on every connection that is open, so that what is gathered next is
    /// asked of them (`setConfiguration()`, W3C WebRTC section 4.4.2; nothing else changes), and on what is made in
    /// advance.
    UseIceServers(Vec<IceServer>),
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
        /// Its `iceTransportPolicy` is `relay`: every other way has been tried.
        relay_only: bool,
    },
    /// Do this, and answer with [`crate::Input::Operated`].
    Operate {
        /// Which connection.
        connection: ConnectionId,
        /// What to do.
        operation: Operation,
    },
    /// Call `restartIce()`, at once: the operation that makes the offer follows.
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
    /// Somebody's socket is lost, or back. It says nothing of their media.
    Away {
        /// Who.
        peer: PeerId,
        /// Whether it is lost.
        away: bool,
    },
    /// Send this source to this peer in this way from now on, and on connections made later.
    Encode {
        /// To whom.
        peer: PeerId,
        /// What.
        source: Source,
        /// How.
        encoding: Encoding,
    },
    /// Capture the camera in this size from now on (`applyConstraints()`).
    ResizeCamera(CaptureWanted),
    /// `send()` these bytes on a data channel of this connection, if it is open.
    SendOnChannel {
        /// Which connection.
        connection: ConnectionId,
        /// Which of its two data channels.
        lane: Lane,
        /// One message.
        bytes: Vec<u8>,
    },
    /// Close both data channels of this connection: there will be nothing on them. Its media goes on.
    CloseChannels {
        /// Which connection.
        connection: ConnectionId,
        /// With whom.
        peer: PeerId,
        /// Why; to be shown.
        cause: Ended,
    },
    /// How it stands between us and this peer.
    Reach {
        /// Who.
        peer: PeerId,
        /// How.
        reach: Reach,
    },
    /// Measure the connections to everybody, and answer with [`crate::Input::Measured`]. Asked for once until then.
    Measure,
    /// Something is another way in [`crate::Call::chat`]: lines, names, or receipts.
    ChatChanged {
        /// Lines of others that were said since we are in the room, and that this page has not had before.
        new: usize,
    },
    /// These hands are up from now on, in the order in which they were raised.
    Hands(Vec<Person>),
    /// These reactions are shown from now on, the oldest first.
    Reactions(Vec<ShownReaction>),
    /// This is pointed at and drawn from now on, on all shared screens.
    Pointers(Pointing),
    /// Something about files.
    File(FileEffect),
    /// What a peer's connections are like.
    Stats {
        /// Whose.
        peer: PeerId,
        /// One for each other peer that it knows.
        stats: Vec<PeerStats>,
    },
}

/// Who makes the first offer of a pair, and with it the m-lines.
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
    /// `setLocalDescription` with an answer to the offer that is set, else with an offer; the outcome carries it.
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
pub enum Reach {
    /// Not connected yet.
    #[default]
    Connecting,
    /// Media flows.
    Connected,
    /// It was connected, and is being repaired.
    Reconnecting,
    /// No path was found, with everything that can be tried. It is tried again now and then.
    Unreachable(Cause),
}

/// Why a peer cannot be reached.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Cause {
    /// Both are there, and no network path leads from one to the other.
    NoPath,
    /// The peer has lost the server, too, or says nothing any more: their network or their page is gone.
    PeerAway,
    /// This side's network lets neither UDP nor the relay through; the other side reaches the relay.
    Blocked(Whose),
    /// No way leads directly, and nobody reaches the relay.
    RelayUnreachable,
    /// The relay has no place for the connection.
    RelayFull,
    /// This side's browser makes no connections: WebRTC is missing or switched off.
    Unsupported(Whose),
    /// The relay does not take this side's credentials.
    RelayRefused(Whose),
}

/// Of two sides, which.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Whose {
    /// This one.
    Ours,
    /// The peer.
    Theirs,
}

/// Somebody in the call.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Person {
    /// Who sits at this page.
    Me,
    /// Somebody else.
    Peer(PeerId),
}
