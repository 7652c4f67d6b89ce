//! Short numbers for peers.

use std::net::SocketAddr;
use std::ops::RangeInclusive;
use std::time::Duration;

use super::Now;

/// How long a channel stays bound without being bound again (RFC 8656 section 12).
pub const CHANNEL_LIFETIME: Duration = Duration::from_secs(600);

/// Numbers that can be bound. RFC 8656 keeps 0x5000 and above in reserve; RFC 5766 gave them out, and clients that were
/// written then still use them.
pub(crate) const NUMBERS: RangeInclusive<u16> = 0x4000..=0x7fff;

/// The channels of one allocation. A list, for the same reason as with permissions.
#[derive(Debug, Default)]
pub(crate) struct Channels {
    entries: Vec<Channel>,
}

#[derive(Debug)]
struct Channel {
    number: u16,
    peer: SocketAddr,
    expires: Now,
}

/// Why a channel was not bound.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum NotBound {
    /// The number belongs to another peer, or the peer to another number.
    Conflict,
    /// There are too many.
    Full,
}

impl Channels {
    pub(crate) fn peer(&self, now: Now, number: u16) -> Option<SocketAddr> {
        let channel = self.entries.iter().find(|channel| channel.number == number)?;
        (now < channel.expires).then_some(channel.peer)
    }

    pub(crate) fn number(&self, now: Now, peer: SocketAddr) -> Option<u16> {
        let channel = self.entries.iter().find(|channel| channel.peer == peer)?;
        (now < channel.expires).then_some(channel.number)
    }

    /// Whether [`bind`](Self::bind) would succeed.
    pub(crate) fn check(&mut self, now: Now, number: u16, peer: SocketAddr, limit: usize) -> Result<(), NotBound> {
        self.expire(now);
        let mut same = self
            .entries
            .iter()
            .filter(|channel| channel.number == number || channel.peer == peer);
        match same.next() {
            Some(channel) if channel.number == number && channel.peer == peer => Ok(()),
            Some(_) => Err(NotBound::Conflict),
            None if self.entries.len() >= limit => Err(NotBound::Full),
            None => Ok(()),
        }
    }

    pub(crate) fn bind(&mut self, now: Now, number: u16, peer: SocketAddr) {
        let expires = now + CHANNEL_LIFETIME;
        match self.entries.iter_mut().find(|channel| channel.number == number) {
            Some(channel) => channel.expires = expires,
            None => self.entries.push(Channel { number, peer, expires }),
        }
    }

    pub(crate) fn expire(&mut self, now: Now) {
        self.entries.retain(|channel| now < channel.expires);
    }
}
