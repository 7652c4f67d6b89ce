//! What the protocol can be told.

use super::{Bandwidth, Policy, Quota};

/// What [`Server`](super::Server) needs to know.
#[derive(Clone, Debug)]
pub struct Settings {
    /// The realm of the credentials: 1 to 64 bytes, in every answer to strangers.
    pub realm: String,
    /// With whom data may be exchanged, and under which addresses.
    pub policy: Policy,
    /// How many allocations there may be.
    pub quota: Quota,
    /// How large one allocation may get.
    pub limits: Limits,
    /// Bytes of payload of one allocation, counted for each direction; `None` for no bound.
    pub bandwidth: Option<Bandwidth>,
    /// Answers to one place that are larger than the request of somebody unproven. See [`Reflection`](super::Reflection).
    pub strangers: Bandwidth,
}

/// How large one allocation may get. Past a bound: 508 (Insufficient Capacity).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Addresses that may send to it.
    pub permissions: usize,
    /// Channels that are bound.
    pub channels: usize,
}
