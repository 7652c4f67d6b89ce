//! The peers, as those who say lines.

use std::time::Duration;

use protocol::{DisplayName, PeerId, PeerInfo};

use crate::SmallMap;
use crate::bucket::Bucket;
use crate::clock::{Clock, Place, Rank, rank};

/// Lines that a peer may say at once: all that may have waited for a connection ([`protocol::limits::peer::WAITING_MESSAGES`]), and some more.
const BURST: u32 = 300;

/// Lines a second that a peer may say for long.
const RATE: u32 = 2;

/// Everybody in the room, and those who have left lines.
#[derive(Debug, Default)]
pub(super) struct Writers(SmallMap<PeerId, Writer>);

#[derive(Debug)]
struct Writer {
    rank: Rank,
    name: DisplayName,
    /// The Lamport number of its newest line.
    newest: u64,
    bucket: Bucket,
}

impl Writers {
    /// Somebody comes, or is back with the same seat.
    pub(super) fn add(&mut self, info: &PeerInfo) {
        let newest = self.0.get(&info.id).map_or(0, |before| before.newest);
        let writer = Writer {
            rank: rank(info),
            name: info.name.clone(),
            newest,
            bucket: Bucket::new(RATE, BURST),
        };
        self.0.insert(info.id, writer);
    }

    /// Somebody may be called something else. Returns whether that is so.
    pub(super) fn rename(&mut self, info: &PeerInfo) -> bool {
        let writer = self.0.get_mut(&info.id).filter(|writer| writer.name != info.name);
        writer.map(|writer| writer.name = info.name.clone()).is_some()
    }

    pub(super) fn remove(&mut self, peer: PeerId) {
        self.0.remove(&peer);
    }

    /// What somebody is called, or was when it left.
    pub(super) fn name(&self, peer: PeerId) -> &str {
        self.0.get(&peer).map_or("", |writer| writer.name.as_str())
    }

    /// Whether another line is taken of somebody.
    pub(super) fn may_say(&mut self, now: Duration, peer: PeerId) -> bool {
        self.0.get_mut(&peer).is_some_and(|writer| writer.bucket.take(now))
    }

    /// Where a line of somebody belongs. Each is behind the one before.
    pub(super) fn place(&mut self, peer: PeerId, lamport: u64, clock: &mut Clock) -> Option<Place> {
        let writer = self.0.get_mut(&peer)?;
        writer.newest = clock.take(lamport.max(writer.newest.saturating_add(1)));
        Some((writer.newest, writer.rank))
    }
}
