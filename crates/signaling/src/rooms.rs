//! Who is in which room, and who must hear what. Pure: no sockets, no clock, no randomness; ids, times and tokens come in
//! as arguments and messages come out as [`Delivery`] values.

mod presence;
mod room;

use std::collections::HashMap;
use std::collections::hash_map::Entry;

use protocol::{
    DisplayName, ErrorCode, IceServer, LeaveReason, Media, PeerId, PeerInfo, RoomId, ServerMessage, Signal,
};

pub use presence::{Answer, Returning};

use crate::id_map::IdMap;
use room::Room;

/// How large things may get.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// People in one room.
    pub room_size: usize,
    /// Rooms at the same time.
    pub rooms: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            room_size: protocol::limits::ROOM_SIZE,
            rooms: protocol::limits::ROOMS,
        }
    }
}

/// One message and everybody who gets it, so that it is written once for all of them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Delivery {
    /// The receivers; never empty, nobody twice.
    pub to: Vec<PeerId>,
    /// What each of them gets.
    pub message: ServerMessage,
}

impl Delivery {
    fn new(to: Vec<PeerId>, message: ServerMessage) -> Option<Self> {
        (!to.is_empty()).then_some(Self { to, message })
    }
}

/// What a seat is given beside its place.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Grant {
    /// With which it is taken back after its socket was lost.
    pub token: String,
    /// Where to ask for reflexive and relayed candidates.
    pub ice_servers: Vec<IceServer>,
}

/// All rooms and the seats in them.
///
/// Deliveries must reach each receiver in the order in which the calls returned them: the owner of `Rooms` hands
/// them over before it makes the next call. A receiver may be away; what it is told waits for it (`Backlog`).
#[derive(Debug)]
pub struct Rooms {
    limits: Limits,
    rooms: HashMap<RoomId, Room>,
    /// Where each peer sits. Shares the text of the room's name with the key in `rooms`.
    seats: IdMap<RoomId>,
    /// Seats whose socket is lost.
    away: usize,
    /// Numbers seats in the order in which they lose their sockets.
    next_away: u64,
    /// Numbers rooms in the order in which they are opened.
    next_instance: u64,
}

impl Rooms {
    /// No rooms yet.
    #[must_use]
    pub fn new(limits: Limits) -> Self {
        Self {
            limits,
            rooms: HashMap::new(),
            seats: IdMap::default(),
            away: 0,
            next_away: 0,
            next_instance: 0,
        }
    }

    /// Places taken in a room now, by people who are there, away or expected; 0 for a room that does not exist. The place of
    /// one who would yield to a newcomer ([`Self::yielding`]) is not taken: a room that reads as full is full.
    #[must_use]
    pub fn peek(&self, room: &RoomId) -> usize {
        let taken = self.rooms.get(room).map_or(0, Room::taken);
        taken.min(self.limits.room_size) - usize::from(self.yielding(room).is_some())
    }

    /// Who gives its place to the next newcomer of this room: where it is full, the seat that is away for longest.
    #[must_use]
    pub fn yielding(&self, room: &RoomId) -> Option<PeerId> {
        self.rooms.get(room)?.yielding(self.limits.room_size)
    }

    /// Whether somebody sits in this room, there or away.
    #[must_use]
    pub fn is_open(&self, room: &RoomId) -> bool {
        self.rooms.contains_key(room)
    }

    /// Whether this peer sits in this room.
    #[must_use]
    pub fn sits_in(&self, peer: PeerId, room: &RoomId) -> bool {
        self.seats.get(&peer) == Some(room)
    }

    /// Which instance of a room this peer sits in: no two rooms of these have the same number, not even under one name after each
    /// other.
    #[must_use]
    pub fn instance(&self, peer: PeerId) -> Option<u64> {
        Some(self.rooms.get(self.seats.get(&peer)?)?.instance)
    }

    /// Rooms with somebody in them.
    #[must_use]
    pub fn rooms(&self) -> usize {
        self.rooms.len()
    }

    /// People in all rooms together, there or away.
    #[must_use]
    pub fn peers(&self) -> usize {
        self.seats.len()
    }

    /// Takes a seat. Taking it and reading who was there before is one step: nobody falls between the roster and the
    /// announcements. The first delivery is the newcomer's own `joined`, the last (where there are others)
    /// `peer-joined` to exactly those on the roster. In a full room somebody who is away gives the place up
    /// ([`Self::yielding`]); between the two the others hear `peer-left` for them, with [`LeaveReason::Lost`].
    ///
    /// `now_ms` is the time in milliseconds since the Unix epoch: the seat's order is at least that, so that it is above
    /// all orders of before a restart of the server.
    ///
    /// # Errors
    /// [`ErrorCode::AlreadyJoined`] when the peer has a seat in this or another room, [`ErrorCode::RoomFull`],
    /// [`ErrorCode::TooManyRooms`]. Nothing has changed then.
    pub fn join(
        &mut self,
        peer: PeerId,
        room: RoomId,
        name: DisplayName,
        media: Media,
        now_ms: u64,
        grant: impl FnOnce(&PeerInfo) -> Grant,
    ) -> Result<Vec<Delivery>, ErrorCode> {
        if self.seats.contains_key(&peer) {
            return Err(ErrorCode::AlreadyJoined);
        }
        let capacity = self.limits.room_size;
        let yielding = self.yielding(&room);
        if yielding.is_none() && self.rooms.get(&room).map_or(0, Room::taken) >= capacity {
            return Err(ErrorCode::RoomFull);
        }
        let (id, room) = Self::open(&mut self.rooms, self.limits, &mut self.next_instance, room)?;
        let yielded = yielding.and_then(|peer| {
            room.members.retain(|member| member.info.id != peer);
            self.seats.remove(&peer);
            self.away -= 1;
            let reason = LeaveReason::Lost;
            Delivery::new(room.others(peer), ServerMessage::PeerLeft { peer, reason })
        });
        self.seats.insert(peer, id.clone());
        let you = PeerInfo {
            id: peer,
            order: room.new_order(now_ms),
            name,
            media,
        };
        room.insert(you.clone());

        let grant = grant(&you);
        let to_newcomer = Delivery::new(vec![peer], room.joined(id, you.clone(), capacity, grant));
        let to_others = Delivery::new(room.others(peer), ServerMessage::PeerJoined { peer: you });
        Ok(to_newcomer.into_iter().chain(yielded).chain(to_others).collect())
    }

    /// Gives a seat back. The others hear `peer-left`; the last one out takes the room along, and those who were expected
    /// there. Does nothing for a peer without a seat.
    pub fn leave(&mut self, peer: PeerId, reason: LeaveReason) -> Vec<Delivery> {
        let Some(room) = self.seats.remove(&peer) else {
            return Vec::new();
        };
        let Entry::Occupied(mut entry) = self.rooms.entry(room) else {
            return Vec::new();
        };
        let room = entry.get_mut();
        if room.member(peer).is_some_and(|member| member.away.is_some()) {
            self.away -= 1;
        }
        room.members.retain(|member| member.info.id != peer);
        if room.members.is_empty() {
            entry.remove();
            return Vec::new();
        }
        let left = Delivery::new(room.others(peer), ServerMessage::PeerLeft { peer, reason });
        left.into_iter().collect()
    }

    /// Passes a signal on to another peer of the same room, with the sender's id on it.
    ///
    /// # Errors
    /// [`ErrorCode::NotJoined`] when the sender has no seat, [`ErrorCode::UnknownPeer`] when the receiver has none in
    /// the sender's room or is the sender itself. The answer does not tell whether it exists elsewhere.
    pub fn relay(&self, from: PeerId, to: PeerId, signal: Signal) -> Result<Delivery, ErrorCode> {
        self.may_relay(from, to)?;
        Ok(Delivery {
            to: vec![to],
            message: ServerMessage::Signal { from, signal },
        })
    }

    /// Whether [`Self::relay`] would pass a signal on.
    ///
    /// # Errors
    /// As there.
    pub fn may_relay(&self, from: PeerId, to: PeerId) -> Result<(), ErrorCode> {
        let room = self.seats.get(&from).ok_or(ErrorCode::NotJoined)?;
        if from == to || self.seats.get(&to) != Some(room) {
            return Err(ErrorCode::UnknownPeer);
        }
        Ok(())
    }

    /// Changes what a peer is called and what it sends. The others hear `peer-updated`.
    ///
    /// # Errors
    /// [`ErrorCode::NotJoined`] when the peer has no seat.
    pub fn update(&mut self, peer: PeerId, name: DisplayName, media: Media) -> Result<Vec<Delivery>, ErrorCode> {
        let (_, room) = self.room_of(peer).ok_or(ErrorCode::NotJoined)?;
        let member = room.member_mut(peer).ok_or(ErrorCode::NotJoined)?;
        (member.info.name, member.info.media) = (name, media);
        let updated = ServerMessage::PeerUpdated {
            peer: member.info.clone(),
        };
        Ok(Delivery::new(room.others(peer), updated).into_iter().collect())
    }

    /// The room that a peer sits in.
    fn room_of(&mut self, peer: PeerId) -> Option<(RoomId, &mut Room)> {
        let id = self.seats.get(&peer)?;
        Some((id.clone(), self.rooms.get_mut(id)?))
    }

    /// The room of this name, which it makes if there is none, and the key that is kept: so a room's name is in memory once,
    /// however many sit in it.
    fn open<'a>(
        rooms: &'a mut HashMap<RoomId, Room>,
        limits: Limits,
        next_instance: &mut u64,
        room: RoomId,
    ) -> Result<(RoomId, &'a mut Room), ErrorCode> {
        if limits.room_size == 0 {
            return Err(ErrorCode::RoomFull);
        }
        let existing = rooms.len();
        match rooms.entry(room) {
            Entry::Vacant(_) if existing >= limits.rooms => Err(ErrorCode::TooManyRooms),
            Entry::Occupied(entry) => Ok((entry.key().clone(), entry.into_mut())),
            Entry::Vacant(entry) => {
                let instance = *next_instance;
                *next_instance += 1;
                let room = Room {
                    instance,
                    ..Room::default()
                };
                Ok((entry.key().clone(), entry.insert(room)))
            }
        }
    }
}
