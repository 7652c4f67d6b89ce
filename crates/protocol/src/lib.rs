//! What crosses the wires, and nothing else: between a client and the signaling server, and between peers ([`peer_message`]).
//!
//! Two enums, [`ClientMessage`] (client to server) and [`ServerMessage`] (server to client), in two
//! [`Encoding`]s of the same types. `PROTOCOL.md` walks a call through them with a sample of each message; the
//! tests of this crate read those same samples.

mod chat_text;
mod code;
mod encoding;
mod error;
mod file_name;
mod id;
pub mod limits;
mod message;
mod name;
mod open_enum;
pub mod peer_message;
mod signal;
mod text;
mod unicode;
mod zeros;

pub use chat_text::{ChatText, EmptyChatText};
pub use encoding::{DecodeError, Encoding, Numbered};
pub use error::{CloseCode, ErrorCode};
pub use file_name::FileName;
pub use id::{InvalidRoomId, PeerId, RoomId};
pub use message::{
    ClientMessage, ClientMessageOf, IceServer, LeaveReason, Media, PeerInfo, Resume, ServerMessage, ServerMessageOf,
    SourceState,
};
pub use name::{DisplayName, InvalidName};
pub use peer_message::PeerMessage;
pub use signal::{
    Candidate, CandidateOf, Description, DescriptionKind, DescriptionOf, Findings, PeerStats, RelayFinding, Route,
    Signal, SignalOf,
};
pub use text::Text;
