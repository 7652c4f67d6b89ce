//! The client's side of a call, pure: no browser, no clock, no randomness. [`Call::handle`] takes an [`Input`] and the
//! time, and returns the [`Effect`]s to perform, in order. The performer (a browser, a simulation) feeds the
//! results back as inputs.

mod bucket;
mod call;
pub mod channel;
pub mod chat;
mod clock;
pub mod devices;
mod effect;
pub mod files;
mod findings;
mod gestures;
pub mod hints;
mod input;
pub mod layout;
pub mod loudness;
mod mesh;
mod negotiation;
pub mod pointer;
mod preflight;
pub mod quality;
mod repair;
mod resend;
mod roster;
mod seat;
pub mod share;
mod silence;
mod sizes;
mod small_map;
mod socket;
mod source;
pub mod speaker;

pub use call::Call;
pub use effect::{Cause, Effect, Operation, Person, Reach, Role, Whose};
pub use findings::relay_finding;
pub use gestures::ShownReaction;
pub use input::{ConnectionState, Input, LocalCandidate, LocalDescription, OperationFailed, OperationOutcome};
pub use preflight::{Advice, advise, trial_finding};
pub use silence::{Incoming, Silence};
pub use small_map::SmallMap;
pub use socket::{BACKOFF_CAP, Backoff};
pub use source::{MediaKind, Source, Stream};

/// One `RTCPeerConnection` of this page. Never used twice, so that what an old connection still says is told apart
/// from what its successor says.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ConnectionId(pub u32);
