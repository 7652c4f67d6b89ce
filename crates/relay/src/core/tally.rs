//! Numbers for operators.

use std::ops::AddAssign;
use std::sync::atomic::AtomicU64;
use std::sync::atomic::Ordering::Relaxed;

/// What a relay does and has done since it began.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Stats {
    /// Allocations that exist.
    pub allocations: u64,
    /// Allocations that were ever opened.
    pub opened: u64,
    /// Streams (TCP and TLS) that are served.
    pub streams: u64,
    /// STUN Binding requests that were answered.
    pub bindings: u64,
    /// Requests that were answered with an error, 401 and 438 of every handshake included.
    pub refused: u64,
    /// Requests of strangers that were not answered, because the answer would have been larger and the budget was used up.
    pub silenced: u64,
    /// Bytes that were neither STUN nor ChannelData.
    pub malformed: u64,
    /// Payload from clients to peers.
    pub to_peers: Flow,
    /// Payload from peers to clients.
    pub to_clients: Flow,
    /// Datagrams that were not passed on.
    pub dropped: Dropped,
}

/// Datagrams in one direction.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Flow {
    /// How many.
    pub packets: u64,
    /// Their payload, without any header.
    pub bytes: u64,
}

/// Why datagrams were not passed on.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Dropped {
    /// No such channel, or the allocation is over.
    pub channel: u64,
    /// The peer is no allocation of the sender's room.
    pub peer: u64,
    /// A seat, a room, an address or the server used up its bandwidth.
    pub bandwidth: u64,
    /// A socket or a stream took no more, or the network refused it.
    pub full: u64,
}

impl Flow {
    pub(crate) fn count(&mut self, length: usize) {
        self.packets += 1;
        self.bytes += length as u64;
    }
}

impl AddAssign for Flow {
    fn add_assign(&mut self, other: Self) {
        self.packets += other.packets;
        self.bytes += other.bytes;
    }
}

impl AddAssign for Dropped {
    fn add_assign(&mut self, other: Self) {
        self.channel += other.channel;
        self.peer += other.peer;
        self.bandwidth += other.bandwidth;
        self.full += other.full;
    }
}

/// What one allocation has carried. Each counts for itself, so that two of them share no memory while they relay.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Carried {
    pub(crate) to_peers: Flow,
    pub(crate) to_clients: Flow,
    pub(crate) dropped: Dropped,
}

impl AddAssign for Carried {
    fn add_assign(&mut self, other: Self) {
        self.to_peers += other.to_peers;
        self.to_clients += other.to_clients;
        self.dropped += other.dropped;
    }
}

/// What does not belong to an allocation.
#[derive(Debug, Default)]
pub(crate) struct Tally {
    pub(crate) opened: AtomicU64,
    pub(crate) bindings: AtomicU64,
    pub(crate) refused: AtomicU64,
    pub(crate) silenced: AtomicU64,
    pub(crate) malformed: AtomicU64,
    pub(crate) full: AtomicU64,
}

/// One more.
pub(crate) fn bump(counter: &AtomicU64) {
    counter.fetch_add(1, Relaxed);
}
