//! Which peers a client has asked to hear.

use std::net::IpAddr;
use std::time::Duration;

use super::Now;

/// How long a permission lasts without being asked for again (RFC 8656 section 9).
pub const PERMISSION_LIFETIME: Duration = Duration::from_secs(300);

/// The permissions of one allocation: addresses without ports. A list, because there are few and a list needs no hashing.
#[derive(Debug, Default)]
pub(crate) struct Permissions {
    entries: Vec<(IpAddr, Now)>,
}

impl Permissions {
    pub(crate) fn permits(&self, now: Now, peer: IpAddr) -> bool {
        self.entries.iter().any(|&(ip, expires)| ip == peer && now < expires)
    }

    /// Makes permissions or makes them last again: for all peers, or for none where they would be more than `limit`.
    #[must_use]
    pub(crate) fn install(&mut self, now: Now, peers: &[IpAddr], limit: usize) -> bool {
        self.expire(now);
        let mut new: Vec<IpAddr> = Vec::new();
        for peer in peers {
            if !new.contains(peer) && !self.entries.iter().any(|(ip, _)| ip == peer) {
                new.push(*peer);
            }
        }
        if self.entries.len() + new.len() > limit {
            return false;
        }
        let expires = now + PERMISSION_LIFETIME;
        for (ip, until) in &mut self.entries {
            if peers.contains(ip) {
                *until = expires;
            }
        }
        self.entries.extend(new.into_iter().map(|ip| (ip, expires)));
        true
    }

    pub(crate) fn expire(&mut self, now: Now) {
        self.entries.retain(|&(_, expires)| now < expires);
    }
}
