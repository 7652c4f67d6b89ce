//! Short numbers for peers.

use std::ops::RangeInclusive;
use std::time::Duration;

use super::Now;

/// How long a channel stays bound without being bound again (RFC 8656 section 12).
pub const CHANNEL_LIFETIME: Duration = Duration::from_secs(600);

/// Numbers that can be bound. RFC 8656 keeps 0x5000 and above in reserve; RFC 5766 gave them out, and clients that were
/// written then still use them.
pub(crate) const NUMBERS: RangeInclusive<u16> = 0x4000..=0x7fff;

/// The channels of one allocation. A list: most have one or two, and the longest are short.
#[derive(Debug, Default)]
pub(crate) struct Channels {
    entries: Vec<Channel>,
}

#[derive(Debug)]
struct Channel {
    number: u16,
    /// The port of the relayed address.
    peer: u16,
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
    pub(crate) fn peer(&self, now: Now, number: u16) -> Option<u16> {
        let channel = self.entries.iter().find(|channel| channel.number == number)?;
        (now < channel.expires).then_some(channel.peer)
    }

    pub(crate) fn number(&self, now: Now, peer: u16) -> Option<u16> {
        let channel = self.entries.iter().find(|channel| channel.peer == peer)?;
        (now < channel.expires).then_some(channel.number)
    }

    /// Binds a channel, or binds it for longer. There may be `limit` of them.
    pub(crate) fn bind(&mut self, now: Now, number: u16, peer: u16, limit: usize) -> Result<(), NotBound> {
        self.expire(now);
        let expires = now + CHANNEL_LIFETIME;
        let full = self.entries.len() >= limit;
        let mut same = self
            .entries
            .iter_mut()
            .filter(|channel| channel.number == number || channel.peer == peer);
        match same.next() {
            Some(channel) if channel.number == number && channel.peer == peer => channel.expires = expires,
            Some(_) => return Err(NotBound::Conflict),
            None if full => return Err(NotBound::Full),
            None => self.entries.push(Channel { number, peer, expires }),
        }
        Ok(())
    }

    pub(crate) fn expire(&mut self, now: Now) {
        self.entries.retain(|channel| now < channel.expires);
    }
}
