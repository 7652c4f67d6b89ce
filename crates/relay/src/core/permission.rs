//! Whether a client has asked to hear its peers.

use std::time::Duration;

use super::Now;

/// How long a permission lasts without being asked for again (RFC 8656 section 9).
pub const PERMISSION_LIFETIME: Duration = Duration::from_secs(300);

/// The permission of one allocation. There is but one: permissions are for addresses without ports, and everybody whom an
/// allocation reaches has the relay's own address.
#[derive(Debug, Default)]
pub(crate) struct Permission {
    until: Now,
}

impl Permission {
    pub(crate) fn holds(&self, now: Now) -> bool {
        now < self.until
    }

    /// Makes it, or makes it last again.
    pub(crate) fn renew(&mut self, now: Now) {
        self.until = now + PERMISSION_LIFETIME;
    }
}
