//! Where rooms live: here, in this process. Nothing above this file knows that; another hub (rooms shared by several
//! nodes) needs [`Hub::peek`], [`Hub::join`] and what a [`Seat`] can do.
//!
//! Rooms are spread over shards by a hash of their name, each behind its own lock. Nothing waits while a lock is held:
//! a delivery is a push into bounded outboxes.

use std::collections::HashMap;
use std::hash::{BuildHasher, RandomState};
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering::Relaxed};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use protocol::{DisplayName, ErrorCode, IceServer, LeaveReason, Media, PeerId, RoomId, Signal};

use crate::outbox::{Broadcast, Outbox};
use crate::rooms::{Delivery, Grant, Limits, Rooms};

/// Locks among which rooms are spread. More than cores, so that two busy rooms seldom meet.
const SHARDS: usize = 64;

/// All rooms of this process and the outboxes of the people in them.
#[derive(Debug)]
pub(crate) struct Hub {
    limits: Limits,
    ice_servers: Vec<IceServer>,
    hasher: RandomState,
    shards: Box<[Mutex<Shard>]>,
    rooms: AtomicUsize,
    seats: AtomicUsize,
    relayed: AtomicU64,
}

#[derive(Debug)]
struct Shard {
    rooms: Rooms,
    outboxes: HashMap<PeerId, Arc<Outbox>>,
}

impl Shard {
    /// Hands deliveries over while the shard is locked, so that every reader gets them in the order of the changes.
    fn deliver(&self, deliveries: &[Delivery]) {
        for Delivery { to, message } in deliveries {
            let mut broadcast = Broadcast::new(message);
            for outbox in to.iter().filter_map(|peer| self.outboxes.get(peer)) {
                broadcast.send(outbox);
            }
        }
    }
}

impl Hub {
    pub(crate) fn new(limits: Limits, ice_servers: Vec<IceServer>) -> Arc<Self> {
        let shard = || Shard {
            rooms: Rooms::new(limits),
            outboxes: HashMap::new(),
        };
        Arc::new(Self {
            limits,
            ice_servers,
            hasher: RandomState::new(),
            shards: (0..SHARDS).map(|_| Mutex::new(shard())).collect(),
            rooms: AtomicUsize::new(0),
            seats: AtomicUsize::new(0),
            relayed: AtomicU64::new(0),
        })
    }

    /// People that a room may hold.
    pub(crate) fn room_size(&self) -> usize {
        self.limits.room_size
    }

    pub(crate) fn rooms(&self) -> usize {
        self.rooms.load(Relaxed)
    }

    pub(crate) fn seats(&self) -> usize {
        self.seats.load(Relaxed)
    }

    pub(crate) fn relayed(&self) -> u64 {
        self.relayed.load(Relaxed)
    }

    /// People in a room now.
    pub(crate) fn peek(&self, room: &RoomId) -> usize {
        self.lock(self.shard_of(room)).rooms.peek(room)
    }

    /// Takes a seat. The outbox has `joined` in it before anything else from the room.
    pub(crate) fn join(
        self: &Arc<Self>,
        peer: PeerId,
        outbox: &Arc<Outbox>,
        room: RoomId,
        name: DisplayName,
        media: Media,
    ) -> Result<Seat, ErrorCode> {
        let index = self.shard_of(&room);
        let mut shard = self.lock(index);
        // The limit of rooms holds for all shards together: a place is taken before the room is opened.
        let opens = shard.rooms.peek(&room) == 0;
        if opens {
            let more = |rooms: usize| (rooms < self.limits.rooms).then_some(rooms + 1);
            let place = self.rooms.fetch_update(Relaxed, Relaxed, more);
            place.map_err(|_| ErrorCode::TooManyRooms)?;
        }
        let joined = shard.rooms.join(peer, room, name, media, 0, |_| Grant {
            secret: String::new(),
            ice_servers: self.ice_servers.clone(),
        });
        if joined.is_err() && opens {
            self.rooms.fetch_sub(1, Relaxed);
        }
        let deliveries = joined?;
        shard.outboxes.insert(peer, Arc::clone(outbox));
        shard.deliver(&deliveries);
        let peers = self.seats.fetch_add(1, Relaxed) + 1;
        drop(shard);
        tracing::debug!(seats = peers, rooms = self.rooms(), "joined");
        Ok(Seat {
            hub: Arc::clone(self),
            shard: index,
            peer,
        })
    }

    fn shard_of(&self, room: &RoomId) -> usize {
        // The remainder is below SHARDS.
        (self.hasher.hash_one(room) % SHARDS as u64) as usize
    }

    fn lock(&self, shard: usize) -> MutexGuard<'_, Shard> {
        self.shards[shard].lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn vacate(&self, shard: usize, peer: PeerId, reason: Option<LeaveReason>) {
        let mut shard = self.lock(shard);
        if shard.outboxes.remove(&peer).is_none() {
            return;
        }
        let rooms = shard.rooms.rooms();
        let deliveries = shard.rooms.leave(peer, reason.unwrap_or(LeaveReason::Lost));
        self.rooms.fetch_sub(rooms - shard.rooms.rooms(), Relaxed);
        if reason.is_some() {
            shard.deliver(&deliveries);
        }
        let seats = self.seats.fetch_sub(1, Relaxed) - 1;
        drop(shard);
        tracing::debug!(seats, rooms = self.rooms(), ?reason, "left");
    }
}

/// A place in a room. Dropping it (a panic, an aborted task) gives it back as lost.
#[derive(Debug)]
pub(crate) struct Seat {
    hub: Arc<Hub>,
    shard: usize,
    peer: PeerId,
}

impl Seat {
    /// Passes a signal on. Written after the lock is gone: only the order among one sender's own messages matters, and
    /// one sender is one task.
    pub(crate) fn relay(&self, to: PeerId, signal: Signal) -> Result<(), ErrorCode> {
        let shard = self.hub.lock(self.shard);
        let Delivery { message, .. } = shard.rooms.relay(self.peer, to, signal)?;
        let outbox = shard.outboxes.get(&to).map(Arc::clone);
        drop(shard);
        outbox.ok_or(ErrorCode::UnknownPeer)?.push_message(&message);
        self.hub.relayed.fetch_add(1, Relaxed);
        Ok(())
    }

    /// Tells the others a new name or new media.
    pub(crate) fn update(&self, name: DisplayName, media: Media) -> Result<(), ErrorCode> {
        let mut shard = self.hub.lock(self.shard);
        let deliveries = shard.rooms.update(self.peer, name, media)?;
        shard.deliver(&deliveries);
        Ok(())
    }

    /// Gives the seat back and tells the others why.
    pub(crate) fn leave(self, reason: LeaveReason) {
        self.hub.vacate(self.shard, self.peer, Some(reason));
    }

    /// Gives the seat back and tells nobody. For the end of the whole server: everybody keeps their calls.
    pub(crate) fn leave_silently(self) {
        self.hub.vacate(self.shard, self.peer, None);
    }
}

impl Drop for Seat {
    fn drop(&mut self) {
        self.hub.vacate(self.shard, self.peer, Some(LeaveReason::Lost));
    }
}

#[cfg(test)]
mod tests {
    use std::thread;

    use protocol::limits::OUTBOX_MESSAGES;
    use protocol::{Encoding, ServerMessage};

    use super::*;
    use crate::outbox::Overflowed;

    fn hub(room_size: usize, rooms: usize) -> Arc<Hub> {
        Hub::new(Limits { room_size, rooms }, Vec::new())
    }

    fn sit(hub: &Arc<Hub>, number: u8, room: &str) -> (Arc<Outbox>, Result<Seat, ErrorCode>) {
        let outbox = Arc::new(Outbox::new(Encoding::Postcard));
        let room = room.parse().expect("a room");
        let name = "Ada".parse().expect("a name");
        let seat = hub.join(id(number), &outbox, room, name, Media::default());
        (outbox, seat)
    }

    fn id(number: u8) -> PeerId {
        PeerId::from_random_bytes([number; 16])
    }

    fn heard(outbox: &Outbox) -> Option<ServerMessage> {
        let frame = outbox.pop().expect("no overflow")?;
        Some(Encoding::Postcard.decode(&frame.into_data()).expect("a message"))
    }

    #[test]
    fn a_reader_that_falls_behind_overflows_alone() {
        let hub = hub(8, 8);
        let (slow, slow_seat) = sit(&hub, 1, "room");
        let (other, _other_seat) = sit(&hub, 2, "room");
        let (_, talker) = sit(&hub, 3, "room");
        let talker = talker.expect("a seat");
        for _ in 0..=OUTBOX_MESSAGES {
            talker.relay(id(1), Signal::Rebuild { connection: 0 }).expect("relayed");
        }
        assert_eq!(slow.pop(), Err(Overflowed));
        assert!(matches!(heard(&other), Some(ServerMessage::Joined { .. })));
        assert!(matches!(heard(&other), Some(ServerMessage::PeerJoined { .. })));
        slow_seat.expect("a seat").leave(LeaveReason::Removed);
        let (peer, reason) = (id(1), LeaveReason::Removed);
        assert_eq!(heard(&other), Some(ServerMessage::PeerLeft { peer, reason }));
    }

    #[test]
    fn the_limit_of_rooms_holds_over_all_shards_and_is_given_back() {
        let hub = hub(8, 100);
        let seats: Vec<_> = (0..100)
            .map(|number| sit(&hub, number, &format!("room-{number}")))
            .collect();
        assert!(seats.iter().all(|(_, seat)| seat.is_ok()));
        assert_eq!(sit(&hub, 200, "one-more").1.err(), Some(ErrorCode::TooManyRooms));
        assert!(sit(&hub, 201, "room-7").1.is_ok(), "a room that exists may be joined");
        drop(seats);
        assert_eq!((hub.rooms(), hub.seats()), (0, 0));
        assert!(sit(&hub, 200, "one-more").1.is_ok());
    }

    #[test]
    fn a_refused_join_takes_no_place() {
        let hub = hub(0, 1);
        for _ in 0..3 {
            assert_eq!(sit(&hub, 1, "room").1.err(), Some(ErrorCode::RoomFull));
        }
        assert_eq!((hub.rooms(), hub.seats()), (0, 0));
    }

    #[test]
    fn a_seat_that_is_dropped_is_lost_and_one_left_silently_is_not_mentioned() {
        let hub = hub(8, 8);
        let (ada, _ada_seat) = sit(&hub, 1, "room");
        drop(sit(&hub, 2, "room"));
        sit(&hub, 3, "room").1.expect("a seat").leave_silently();
        let said: Vec<_> = std::iter::from_fn(|| heard(&ada)).skip(1).collect();
        assert!(matches!(said[0], ServerMessage::PeerJoined { .. }));
        assert!(matches!(
            said[1],
            ServerMessage::PeerLeft {
                reason: LeaveReason::Lost,
                ..
            }
        ));
        assert!(matches!(said[2], ServerMessage::PeerJoined { .. }));
        assert_eq!(said.len(), 3);
    }

    #[test]
    fn many_threads_end_with_nothing_left() {
        let hub = hub(4, 3);
        thread::scope(|scope| {
            for number in 0..8 {
                let hub = &hub;
                scope.spawn(move || {
                    for round in 0..500 {
                        let (outbox, seat) = sit(hub, number, &format!("room-{}", (round + number as usize) % 5));
                        let Ok(seat) = seat else { continue };
                        assert!(hub.rooms() <= 3);
                        assert!(
                            matches!(heard(&outbox), Some(ServerMessage::Joined { .. })),
                            "joined comes first"
                        );
                        let _ = seat.relay(id((number + 1) % 8), Signal::Rebuild { connection: 0 });
                        seat.leave(LeaveReason::Left);
                    }
                });
            }
        });
        assert_eq!((hub.rooms(), hub.seats()), (0, 0));
    }
}
