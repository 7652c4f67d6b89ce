//! Whose an allocation is.

use std::sync::Arc;

/// The name that an allocation's user name holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Owner {
    /// A seat in a room, or somebody who has none yet.
    pub(crate) seat: Arc<str>,
    /// Somebody who has no seat, and only tries which relays can be reached.
    pub(crate) is_prober: bool,
}

impl Owner {
    /// Whether data may pass between allocations of these two. What a prober opens is of use to itself alone.
    pub(crate) fn meets(&self, other: &Self) -> bool {
        self == other || !(self.is_prober || other.is_prober)
    }
}
