//! What the ladder is told, and what it wants.

use crate::ConnectionState;

/// What is to be done now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Remedy {
    /// Restart ICE on the connection; on the answerer's side: ask for it.
    RestartIce,
    /// Replace the connection; on the answerer's side: ask for it.
    Rebuild,
}

/// What moves the ladder.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Event {
    /// [`Repair::deadline`] has been reached, or not yet.
    Tick,
    /// `connectionState` of the newest connection.
    Path(ConnectionState),
    /// Nothing comes any more. `expected`: the peer says that it sends something.
    Silent { expected: bool },
    /// Something comes again.
    Heard,
    /// Our own socket has its seat (true), or is lost.
    Server(bool),
    /// The peer's socket is lost (true), or back.
    Away(bool),
    /// Our own socket is back, and signals may have been lost for good, in both directions. `settled`: the negotiation is
    /// at rest here.
    SignalsLost { settled: bool },
    /// This side's network is another one, or is back.
    NetworkChanged,
    /// The page was hidden or asleep, and is not any more.
    Woken,
    /// The person asks for another try.
    Retry,
    /// The other side has made an offer on the connection that is there.
    Offered,
    /// The answerer asks for an ICE restart.
    RestartWanted,
    /// The answerer asks for another connection.
    RebuildWanted,
    /// The browser refused a candidate of the other side.
    CandidateRefused,
    /// The negotiation broke on this side.
    Broken,
    /// The connection has been replaced by a new one.
    Replaced,
    /// Something has happened to the negotiation, or may have: is it at rest?
    Negotiation { settled: bool },
}
