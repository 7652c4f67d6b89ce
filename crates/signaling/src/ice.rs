//! ICE servers that are not the same for everybody.

use std::fmt;
use std::time::Duration;

use protocol::{IceServer, PeerId};

/// ICE servers with credentials that belong to one seat, as those of a TURN server ought to: it can then tell the seats apart,
/// and who shares a room.
///
/// All functions are called while others wait for the answer: they must not block, and must not call back into
/// [`Signaling`](crate::Signaling).
pub trait IceCredentials: fmt::Debug + Send + Sync {
    /// What this peer gets with its `joined` or `resumed`, and later in `ice-servers`, besides
    /// [`Config::ice_servers`](crate::Config::ice_servers). The seat it asks for may still be refused. `host` is the host by which
    /// its page has reached this server (an IPv6 address in brackets), where that is known.
    fn issue(&self, peer: PeerId, host: Option<&str>) -> Vec<IceServer>;

    /// The same for an id that never has a seat, with its `probed`: to find out which servers can be reached. Anybody who opens a
    /// socket gets it, so it ought to open less than what a seat gets.
    fn probe(&self, prober: PeerId, host: Option<&str>) -> Vec<IceServer> {
        self.issue(prober, host)
    }

    /// For how long what is issued can be used for something new; `None` for as long as the seat is there. A seat whose socket is
    /// there is given newer ones when about half of it is over, each seat at a moment of its own, and the older ones must go
    /// on to work until their end.
    fn lifetime(&self) -> Option<Duration>;

    /// This peer has a seat from now on, in this instance of a room: a room that all have left and one that is opened later under its
    /// name are two, with two numbers. Called before the peer is answered, and once for each seat.
    fn seated(&self, _peer: PeerId, _room: u64) {}

    /// The seat is given up: it was left or lost, or its owner was removed. Nobody will have it again. Or a probe is over,
    /// because its socket has joined or ended.
    ///
    /// Not called for a seat when the whole server shuts down: calls go on without it.
    fn ended(&self, peer: PeerId);
}
