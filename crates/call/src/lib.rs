//! The client's side of a call, pure: no browser, no clock, no randomness. [`Call::handle`] takes an [`Input`] and the
//! time, and returns the [`Effect`]s to perform, in order. Whoever performs them (a browser, a simulation) feeds what
//! comes of them back as inputs.

mod effect;
mod input;

pub use effect::{Effect, Link, Operation, Role};
pub use input::{ConnectionState, Input, LocalCandidate, LocalDescription, OperationFailed, OperationOutcome};

/// One `RTCPeerConnection` of this page. Never used twice, so that what an old connection still says is told apart
/// from what its successor says.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ConnectionId(pub u32);

/// The whole of a call: who is in the room, and a connection to each of them.
#[derive(Debug, Default)]
pub struct Call {}

impl Call {
    /// A call that has not joined a room yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Takes in what has happened at `now` (the time since some fixed start; it never goes back) and returns what is to
    /// be done about it, in order.
    #[must_use]
    pub fn handle(&mut self, now: std::time::Duration, input: Input) -> Vec<Effect> {
        let _ = (now, input);
        Vec::new()
    }

    /// When [`Input::Tick`] is due, if nothing else comes before; the same clock as in [`Call::handle`].
    #[must_use]
    pub fn next_deadline(&self) -> Option<std::time::Duration> {
        None
    }
}
