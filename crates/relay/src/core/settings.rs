//! What the protocol can be told.

use std::net::IpAddr;

use super::{Bandwidth, Quota};

/// What [`Server`](super::Server) needs to know.
#[derive(Clone, Debug)]
pub struct Settings {
    /// The realm of the credentials: 1 to 64 bytes, in every answer to strangers.
    pub realm: String,
    /// The addresses of allocations, one for each family at most.
    pub external: Vec<IpAddr>,
    /// How many allocations there may be.
    pub quota: Quota,
    /// Channels that one allocation may have. Past it: 508 (Insufficient Capacity).
    pub channels: usize,
    /// Bytes of payload of one allocation, counted for each direction; `None` for no bound.
    pub bandwidth: Option<Bandwidth>,
    /// Answers to one place that are larger than the request of somebody unproven. See [`Reflection`](super::Reflection).
    pub strangers: Bandwidth,
}
