//! Where rooms live: here, in this process. Nothing above this file knows that; another hub (rooms shared by several
//! nodes) needs [`Hub::peek`], [`Hub::probe`], [`Hub::join`], [`Hub::take_back`] and what a
//! [`Seat`] can do.
//!
//! Rooms are spread over shards by a hash of their name, each behind its own lock. Nothing waits while a lock is held:
//! a delivery is a push into bounded outboxes.

mod probe;
mod resume;
mod seat;

use std::hash::{BuildHasher, RandomState};
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering::Relaxed};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use protocol::{DisplayName, ErrorCode, IceServer, Media, PeerId, PeerInfo, RoomId};
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::clock::{Clock, millis};
use crate::ice::IceCredentials;
use crate::id_map::IdMap;
use crate::outbox::{Broadcast, Outbox};
use crate::recovery::Recovery;
use crate::renewal;
use crate::resume_token::{EPOCH, GENERATION, Sealed, SeatKey};
use crate::rooms::{Delivery, Grant, Limits, Rooms};

pub(crate) use probe::Probe;
pub(crate) use seat::Seat;

/// Locks among which rooms are spread. More than cores, so that two busy rooms seldom meet.
const SHARDS: usize = 64;

/// What a hub is told at its start.
#[derive(Debug)]
pub(crate) struct HubConfig {
    pub(crate) limits: Limits,
    pub(crate) ice_servers: Vec<IceServer>,
    pub(crate) ice_credentials: Option<Arc<dyn IceCredentials>>,
    pub(crate) key: SeatKey,
    /// How long a seat is kept whose socket is lost.
    pub(crate) grace: Duration,
    /// How old a seat must be for that.
    pub(crate) grace_after: Duration,
    /// Where its tasks run: those that keep seats without a socket.
    pub(crate) tasks: TaskTracker,
    /// Ends them.
    pub(crate) shutdown: CancellationToken,
}

/// Who asks for a seat.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Newcomer<'a> {
    /// The id of the seat.
    pub(crate) peer: PeerId,
    pub(crate) outbox: &'a Arc<Outbox>,
    /// By which host the page has reached this server.
    pub(crate) host: Option<&'a str>,
}

/// All rooms of this process and the outboxes of the people in them.
#[derive(Debug)]
pub(crate) struct Hub {
    config: HubConfig,
    clock: Clock,
    hasher: RandomState,
    shards: Box<[Mutex<Shard>]>,
    rooms: AtomicUsize,
    seats: AtomicUsize,
    away: AtomicUsize,
    resumed: AtomicU64,
    relayed: AtomicU64,
    /// Whether there is a task that ends the waiting for seats of before the start.
    awaits_old_seats: AtomicBool,
}

#[derive(Debug)]
struct Shard {
    index: usize,
    rooms: Rooms,
    tenants: IdMap<Tenant>,
    recovery: Recovery,
}

/// Who has a seat.
#[derive(Debug)]
struct Tenant {
    /// Of its socket, or of the one that it lost.
    outbox: Arc<Outbox>,
    /// Counted messages that came from it since its newest `joined`.
    received: u64,
    /// It was taken back: its new socket has had a `joined`.
    returned: bool,
    /// When it was taken; `None` for one of before the server's start.
    taken: Option<Instant>,
}

impl Tenant {
    /// Whether its `joined` is known to have arrived. Until then the seat is nobody's: a page that is gone before it reads
    /// the answer cannot come back for it. Nor is one kept that is younger than `grace_after`.
    fn has_lived(&self, grace_after: Duration) -> bool {
        let is_known = self.returned || self.received > 0 || self.outbox.has_opened();
        is_known && self.taken.is_none_or(|taken| taken.elapsed() >= grace_after)
    }
}

impl Shard {
    /// A number that the room of this peer has, and no other room of this process, before or after it.
    fn instance(&self, peer: PeerId) -> Option<u64> {
        let nth = self.rooms.instance(peer)?;
        Some(nth * SHARDS as u64 + self.index as u64)
    }

    /// Hands deliveries over while the shard is locked, so that every reader gets them in the order of the changes.
    fn deliver(&self, deliveries: &[Delivery]) {
        for Delivery { to, message } in deliveries {
            let mut broadcast = Broadcast::new(message);
            for tenant in to.iter().filter_map(|peer| self.tenants.get(peer)) {
                broadcast.send(&tenant.outbox);
            }
        }
    }
}

impl Hub {
    pub(crate) fn new(config: HubConfig) -> Arc<Self> {
        let clock = Clock::start();
        let shard = |index| Shard {
            index,
            rooms: Rooms::new(config.limits),
            tenants: IdMap::default(),
            recovery: Recovery::new(clock.started(), config.grace),
        };
        Arc::new(Self {
            hasher: RandomState::new(),
            shards: (0..SHARDS).map(|index| Mutex::new(shard(index))).collect(),
            rooms: AtomicUsize::new(0),
            seats: AtomicUsize::new(0),
            away: AtomicUsize::new(0),
            resumed: AtomicU64::new(0),
            relayed: AtomicU64::new(0),
            awaits_old_seats: AtomicBool::new(false),
            config,
            clock,
        })
    }

    /// People that a room may hold.
    pub(crate) fn room_size(&self) -> usize {
        self.config.limits.room_size
    }

    pub(crate) fn rooms(&self) -> usize {
        self.rooms.load(Relaxed)
    }

    pub(crate) fn seats(&self) -> usize {
        self.seats.load(Relaxed)
    }

    /// Seats without a socket.
    pub(crate) fn away(&self) -> usize {
        self.away.load(Relaxed)
    }

    /// Seats that were taken back.
    pub(crate) fn resumed(&self) -> u64 {
        self.resumed.load(Relaxed)
    }

    pub(crate) fn relayed(&self) -> u64 {
        self.relayed.load(Relaxed)
    }

    /// Places taken in a room now.
    pub(crate) fn peek(&self, room: &RoomId) -> usize {
        self.lock(self.shard_of(room)).rooms.peek(room)
    }

    /// Whether somebody is in this room.
    pub(crate) fn is_open(&self, room: &RoomId) -> bool {
        self.lock(self.shard_of(room)).rooms.is_open(room)
    }

    /// Takes a seat. The outbox has `joined` in it before anything else from the room.
    pub(crate) fn join(
        self: &Arc<Self>,
        you: &Newcomer<'_>,
        room: RoomId,
        name: DisplayName,
        media: Media,
    ) -> Result<Seat, ErrorCode> {
        let Newcomer { peer, outbox, host } = *you;
        let index = self.shard_of(&room);
        let mut shard = self.lock(index);
        let now = self.clock.now();
        let id = room.clone();
        let grant = |you: &PeerInfo| self.grant(&id, you, now.as_secs(), host);
        let yielding = shard.rooms.yielding(&id);
        let away = shard.rooms.absent();
        let deliveries = self.opening(&mut shard, &id, |rooms| {
            rooms.join(peer, room, name, media, millis(now), grant)
        })?;
        if let Some(peer) = yielding {
            self.away.fetch_sub(away - shard.rooms.absent(), Relaxed);
            self.seats.fetch_sub(1, Relaxed);
            shard.recovery.give_up(peer, now);
            if let Some(tenant) = shard.tenants.remove(&peer) {
                tenant.outbox.give_up();
            }
        }
        self.seat(&mut shard, peer, outbox, now.as_secs(), false, &deliveries);
        drop(shard);
        if let (Some(peer), Some(credentials)) = (yielding, &self.config.ice_credentials) {
            credentials.ended(peer);
        }
        tracing::debug!(seats = self.seats(), rooms = self.rooms(), "joined");
        Ok(Seat::new(self, index, you))
    }

    /// Does what may open a room. The limit of rooms holds for all shards together: a place is taken before.
    fn opening(
        &self,
        shard: &mut Shard,
        room: &RoomId,
        seat: impl FnOnce(&mut Rooms) -> Result<Vec<Delivery>, ErrorCode>,
    ) -> Result<Vec<Delivery>, ErrorCode> {
        let opens = !shard.rooms.is_open(room);
        if opens {
            let more = |rooms: usize| (rooms < self.config.limits.rooms).then_some(rooms + 1);
            let place = self.rooms.fetch_update(Relaxed, Relaxed, more);
            place.map_err(|_| ErrorCode::TooManyRooms)?;
        }
        let seated = seat(&mut shard.rooms);
        if seated.is_err() && opens {
            self.rooms.fetch_sub(1, Relaxed);
        }
        seated
    }

    /// Somebody has just been seated, and hears from now on.
    fn seat(
        &self,
        shard: &mut Shard,
        peer: PeerId,
        outbox: &Arc<Outbox>,
        since: u64,
        returned: bool,
        deliveries: &[Delivery],
    ) {
        outbox.restart(since);
        let tenant = Tenant {
            outbox: Arc::clone(outbox),
            received: 0,
            returned,
            taken: (!returned).then(Instant::now),
        };
        shard.tenants.insert(peer, tenant);
        if let (Some(credentials), Some(room)) = (&self.config.ice_credentials, shard.instance(peer)) {
            credentials.seated(peer, room);
        }
        shard.deliver(deliveries);
        self.seats.fetch_add(1, Relaxed);
    }

    fn grant(&self, room: &RoomId, you: &PeerInfo, issued: u64, host: Option<&str>) -> Grant {
        let sealed = Sealed {
            epoch: EPOCH,
            generation: GENERATION,
            peer: you.id,
            order: you.order,
            issued,
        };
        Grant {
            token: self.config.key.seal(room, sealed),
            ice_servers: self.ice_servers(you.id, host),
        }
    }

    /// When a seat that is given ICE servers now is given newer ones.
    fn renew_at(&self, peer: PeerId, now: Instant) -> Option<Instant> {
        let lifetime = self.config.ice_credentials.as_ref()?.lifetime()?;
        // A time that no clock will ever tell is no time.
        now.checked_add(renewal::after(lifetime, peer))
    }

    /// What somebody of this id gets.
    fn ice_servers(&self, peer: PeerId, host: Option<&str>) -> Vec<IceServer> {
        let mut ice_servers = self.config.ice_servers.clone();
        if let Some(credentials) = &self.config.ice_credentials {
            ice_servers.extend(credentials.issue(peer, host));
        }
        ice_servers
    }

    fn shard_of(&self, room: &RoomId) -> usize {
        // The remainder is below SHARDS.
        (self.hasher.hash_one(room) % SHARDS as u64) as usize
    }

    fn lock(&self, shard: usize) -> MutexGuard<'_, Shard> {
        self.shards[shard].lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests;
