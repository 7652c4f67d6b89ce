//! What the protocol can be told.

use std::time::Duration;

use super::{Bandwidth, Bounds};

/// What [`Server`](super::Server) needs to know.
#[derive(Clone, Debug)]
pub struct Settings {
    /// The realm of the credentials: 1 to 64 bytes, in every answer to strangers.
    pub realm: String,
    /// How many allocations there may be, and what they may carry.
    pub bounds: Bounds,
    /// Channels that one allocation may have. Past it: 403, as for every peer that is refused.
    pub channels: usize,
    /// Answers to one place that are larger than the request of somebody unproven. See [`Reflection`](super::Reflection).
    pub strangers: Bandwidth,
    /// For how long after the start seats of before it may come back: their logins are good before they are.
    pub recovery: Duration,
}
