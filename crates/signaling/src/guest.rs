//! Bounds that several sockets share: those of one address, of one customer.

use std::fmt;
use std::sync::Arc;

/// What somebody may do only so often.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Act {
    /// Taking a new seat. Taking one back is not asked about: only who had it can.
    Join,
    /// Opening a room that nobody is in, in addition to joining it.
    Room,
    /// Asking how many are in a room.
    Peek,
    /// Asking for ICE servers without a seat.
    Probe,
    /// So many frames, counted in pieces of 4 KiB that were read.
    Frames(u32),
}

/// What the sockets of one [`Guest`] may do together.
///
/// All functions are called while sockets are served: they must not block.
pub trait Allowance: fmt::Debug + Send + Sync {
    /// Something that is kept as long as a socket is open; `None` where there may be no further one.
    fn socket(&self) -> Option<Box<dyn Send + Sync>>;

    /// Whether this may be done now; what may be done counts as done.
    fn may(&self, act: Act) -> bool;
}

/// Who opens a socket. Put it into the extensions of the request, before the router of [`Signaling`](crate::Signaling) gets it: a
/// request without one has no other bounds than its own.
#[derive(Clone, Debug)]
pub struct Guest(pub Arc<dyn Allowance>);
