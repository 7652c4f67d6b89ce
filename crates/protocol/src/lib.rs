//! What crosses the wire between a client and the signaling server, and nothing else.
//!
//! Two enums, [`ClientMessage`] (client to server) and [`ServerMessage`] (server to client), in two
//! [`Encoding`]s of the same types. `PROTOCOL.md` walks a call through them with a sample of each message; the
//! tests of this crate read those same samples.

mod encoding;
mod error;
mod id;
pub mod limits;
mod message;
mod name;
mod text;

pub use encoding::{DecodeError, Encoding};
pub use error::{CloseCode, ErrorCode};
pub use id::{InvalidRoomId, PeerId, RoomId};
pub use message::{
    Candidate, CandidateOf, ClientMessage, ClientMessageOf, Description, DescriptionKind, DescriptionOf, Findings,
    IceServer, LeaveReason, Media, PeerInfo, PeerLink, RelayFinding, Resume, Route, ServerMessage, ServerMessageOf,
    Signal, SignalOf,
};
pub use name::{DisplayName, InvalidName};
pub use text::Text;
