//! What a client has at the relay.

use std::time::Duration;

use super::Now;
use super::bounds::Lease;
use super::channel::Channels;
use super::tally::Carried;

/// How long an allocation lasts when nothing longer is asked for (RFC 8656 section 3.2).
pub const DEFAULT_LIFETIME: Duration = Duration::from_secs(600);

/// How long an allocation can last without a Refresh, whatever is asked for.
pub const MAX_LIFETIME: Duration = Duration::from_secs(3600);

/// What an Allocate or Refresh gets that asks for so many seconds, or for none.
pub(crate) fn granted(requested: Option<u32>) -> Duration {
    let requested = Duration::from_secs(requested.map_or(0, u64::from));
    requested.clamp(DEFAULT_LIFETIME, MAX_LIFETIME)
}

/// What changes of an allocation.
#[derive(Debug)]
pub(crate) struct Allocation {
    pub(crate) expires: Now,
    /// When its owner last asked for something or sent something to a peer.
    pub(crate) heard: Now,
    /// `None` as soon as it is closed.
    pub(crate) lease: Option<Lease>,
    pub(crate) channels: Channels,
    pub(crate) carried: Carried,
    /// The transaction id of the next Data indication.
    next_indication: u128,
}

/// What a datagram becomes that came from a peer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Wrapping {
    Channel(u16),
    Indication(u128),
}

impl Allocation {
    pub(crate) fn new(lease: Lease, now: Now, lifetime: Duration, seed: u128) -> Self {
        Self {
            expires: now + lifetime,
            heard: now,
            lease: Some(lease),
            channels: Channels::default(),
            carried: Carried::default(),
            next_indication: seed,
        }
    }

    pub(crate) fn is_open(&self, now: Now) -> bool {
        self.lease.is_some() && now < self.expires
    }

    /// Whether a payload of this length may go to a peer. The caller has looked whether there is one.
    pub(crate) fn pass_to_peer(&mut self, now: Now, length: usize) -> bool {
        let Some(lease) = self.lease.as_ref().filter(|_| now < self.expires) else {
            self.carried.dropped.channel += 1;
            return false;
        };
        if !lease.carry(now, length) {
            self.carried.dropped.bandwidth += 1;
            return false;
        }
        self.heard = now;
        self.carried.to_peers.count(length);
        true
    }

    /// How a payload of this length from the peer with this port reaches the client, if it may.
    pub(crate) fn pass_to_client(&mut self, now: Now, peer: u16, length: usize) -> Option<Wrapping> {
        if !self.is_open(now) {
            self.carried.dropped.channel += 1;
            return None;
        }
        self.carried.to_clients.count(length);
        Some(match self.channels.number(now, peer) {
            Some(number) => Wrapping::Channel(number),
            None => {
                self.next_indication = self.next_indication.wrapping_add(1);
                Wrapping::Indication(self.next_indication)
            }
        })
    }
}
