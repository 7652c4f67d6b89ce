//! What a client has at the relay.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use stun_types::message::IntegrityKey;

use super::bandwidth::Bucket;
use super::channel::Channels;
use super::permission::Permission;
use super::quota::Lease;
use super::tally::Carried;
use super::{Bandwidth, Now};

/// How long an allocation lasts when nothing longer is asked for (RFC 8656 section 3.2).
pub const DEFAULT_LIFETIME: Duration = Duration::from_secs(600);

/// How long an allocation can last without a Refresh, whatever is asked for.
pub const MAX_LIFETIME: Duration = Duration::from_secs(3600);

/// What an Allocate or Refresh gets that asks for so many seconds, or for none.
pub(crate) fn granted(requested: Option<u32>) -> Duration {
    let requested = Duration::from_secs(requested.map_or(0, u64::from));
    requested.clamp(DEFAULT_LIFETIME, MAX_LIFETIME)
}

/// One allocation without its sockets.
#[derive(Debug)]
pub(crate) struct Allocation {
    pub(crate) username: Arc<str>,
    pub(crate) key: IntegrityKey,
    /// Of the Allocate that made it, to know it again when it is sent twice.
    pub(crate) transaction: u128,
    /// Whether a second relayed address was asked for, which there is not.
    pub(crate) wanted_additional: bool,
    pub(crate) expires: Now,
    /// `None` as soon as it is closed.
    pub(crate) lease: Option<Lease>,
    pub(crate) permission: Permission,
    pub(crate) channels: Channels,
    pub(crate) carried: Carried,
    to_peers: Option<Bucket>,
    to_client: Option<Bucket>,
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
    #[allow(clippy::too_many_arguments)]
    pub(crate) fn new(
        username: Arc<str>,
        key: IntegrityKey,
        transaction: u128,
        wanted_additional: bool,
        lease: Lease,
        expires: Now,
        seed: u128,
    ) -> Self {
        Self {
            username,
            key,
            transaction,
            wanted_additional,
            expires,
            lease: Some(lease),
            permission: Permission::default(),
            channels: Channels::default(),
            carried: Carried::default(),
            to_peers: None,
            to_client: None,
            next_indication: seed,
        }
    }

    pub(crate) fn is_open(&self, now: Now) -> bool {
        self.lease.is_some() && now < self.expires
    }

    /// Whether a payload of this length may go to a peer. The caller has looked whether there is one.
    pub(crate) fn pass_to_peer(&mut self, now: Now, length: usize, bandwidth: Option<Bandwidth>) -> bool {
        if !self.is_open(now) || !self.permission.holds(now) {
            self.carried.dropped.permission += 1;
            return false;
        }
        if !take(&mut self.to_peers, bandwidth, now, length) {
            self.carried.dropped.bandwidth += 1;
            return false;
        }
        self.carried.to_peers.count(length);
        true
    }

    /// How a payload of this length from the peer reaches the client, if it may.
    pub(crate) fn pass_to_client(
        &mut self,
        now: Now,
        peer: SocketAddr,
        length: usize,
        bandwidth: Option<Bandwidth>,
    ) -> Option<Wrapping> {
        if !self.is_open(now) || !self.permission.holds(now) {
            self.carried.dropped.permission += 1;
            return None;
        }
        if !take(&mut self.to_client, bandwidth, now, length) {
            self.carried.dropped.bandwidth += 1;
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

fn take(bucket: &mut Option<Bucket>, bandwidth: Option<Bandwidth>, now: Now, length: usize) -> bool {
    let Some(bandwidth) = bandwidth else {
        return true;
    };
    bucket
        .get_or_insert_with(|| Bucket::new(bandwidth, now))
        .take(bandwidth, now, length as u64)
}
