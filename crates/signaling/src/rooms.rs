//! Who is in which room, and who must hear what. Pure: no sockets, no clock, no randomness; ids come in as
//! arguments and messages come out as [`Delivery`] values.

use std::collections::HashMap;
use std::collections::hash_map::Entry;

use protocol::{
    DisplayName, ErrorCode, IceServer, LeaveReason, Media, PeerId, PeerInfo, RoomId, ServerMessage, Signal,
};

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

/// One message and everybody who gets it, so that whoever sends it can write it once for all of them.
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

/// All rooms and the seats in them.
///
/// Deliveries must reach each receiver in the order in which the calls returned them: whoever owns `Rooms` hands
/// them over before it makes the next call.
#[derive(Debug)]
pub struct Rooms {
    limits: Limits,
    rooms: HashMap<RoomId, Room>,
    /// Where each peer sits. Shares the text of the room's name with the key in `rooms`.
    seats: HashMap<PeerId, RoomId>,
}

/// The people in one room, in the order in which they joined. There is no empty one.
#[derive(Debug, Default)]
struct Room {
    next_order: u64,
    members: Vec<PeerInfo>,
}

impl Room {
    fn others(&self, peer: PeerId) -> Vec<PeerId> {
        let ids = self.members.iter().map(|member| member.id);
        ids.filter(|&id| id != peer).collect()
    }
}

impl Rooms {
    /// No rooms yet.
    #[must_use]
    pub fn new(limits: Limits) -> Self {
        Self {
            limits,
            rooms: HashMap::new(),
            seats: HashMap::new(),
        }
    }

    /// People in a room now; 0 for a room that does not exist.
    #[must_use]
    pub fn peek(&self, room: &RoomId) -> usize {
        self.rooms.get(room).map_or(0, |room| room.members.len())
    }

    /// Rooms with somebody in them.
    #[must_use]
    pub fn rooms(&self) -> usize {
        self.rooms.len()
    }

    /// People in all rooms together.
    #[must_use]
    pub fn peers(&self) -> usize {
        self.seats.len()
    }

    /// Takes a seat. Taking it and reading who was there before is one step: nobody falls between the roster and the
    /// announcements. The first delivery is the newcomer's own `joined`, the second (where there are others)
    /// `peer-joined` to exactly those on the roster.
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
        ice_servers: Vec<IceServer>,
    ) -> Result<Vec<Delivery>, ErrorCode> {
        let Entry::Vacant(seat) = self.seats.entry(peer) else {
            return Err(ErrorCode::AlreadyJoined);
        };
        if self.limits.room_size == 0 {
            return Err(ErrorCode::RoomFull);
        }
        let existing = self.rooms.len();
        // The key that is kept, so that a room's name is in memory once however many sit in it.
        let (room, Room { next_order, members }) = match self.rooms.entry(room) {
            Entry::Occupied(entry) if entry.get().members.len() >= self.limits.room_size => {
                return Err(ErrorCode::RoomFull);
            }
            Entry::Vacant(_) if existing >= self.limits.rooms => return Err(ErrorCode::TooManyRooms),
            Entry::Occupied(entry) => (entry.key().clone(), entry.into_mut()),
            Entry::Vacant(entry) => (entry.key().clone(), entry.insert(Room::default())),
        };
        seat.insert(room.clone());

        let you = PeerInfo {
            id: peer,
            order: *next_order,
            name,
            media,
        };
        *next_order += 1;
        let others = members.iter().map(|member| member.id).collect();
        let joined = ServerMessage::Joined {
            away: Vec::new(),
            secret: String::new(),
            room,
            you: you.clone(),
            peers: members.clone(),
            ice_servers,
            capacity: u32::try_from(self.limits.room_size).unwrap_or(u32::MAX),
        };
        members.reserve_exact(1);
        members.push(you.clone());

        let to_newcomer = Delivery::new(vec![peer], joined);
        let to_others = Delivery::new(others, ServerMessage::PeerJoined { peer: you });
        Ok(to_newcomer.into_iter().chain(to_others).collect())
    }

    /// Gives a seat back. The others hear `peer-left`; the last one out takes the room along. Does nothing for a
    /// peer without a seat.
    pub fn leave(&mut self, peer: PeerId, reason: LeaveReason) -> Vec<Delivery> {
        let Some(room) = self.seats.remove(&peer) else {
            return Vec::new();
        };
        let Entry::Occupied(mut entry) = self.rooms.entry(room) else {
            return Vec::new();
        };
        entry.get_mut().members.retain(|member| member.id != peer);
        if entry.get().members.is_empty() {
            entry.remove();
            return Vec::new();
        }
        let to = entry.get().others(peer);
        let left = Delivery::new(to, ServerMessage::PeerLeft { peer, reason });
        left.into_iter().collect()
    }

    /// Passes a signal on to another peer of the same room, with the sender's id on it.
    ///
    /// # Errors
    /// [`ErrorCode::NotJoined`] when the sender has no seat, [`ErrorCode::UnknownPeer`] when the receiver is not in
    /// the sender's room or is the sender itself. The answer does not tell whether it exists elsewhere.
    pub fn relay(&self, from: PeerId, to: PeerId, signal: Signal) -> Result<Delivery, ErrorCode> {
        let room = self.seats.get(&from).ok_or(ErrorCode::NotJoined)?;
        if from == to || self.seats.get(&to) != Some(room) {
            return Err(ErrorCode::UnknownPeer);
        }
        Ok(Delivery {
            to: vec![to],
            message: ServerMessage::Signal { from, signal },
        })
    }

    /// Changes what a peer is called and what it sends. The others hear `peer-updated`.
    ///
    /// # Errors
    /// [`ErrorCode::NotJoined`] when the peer has no seat.
    pub fn update(&mut self, peer: PeerId, name: DisplayName, media: Media) -> Result<Vec<Delivery>, ErrorCode> {
        let room = self.seats.get(&peer).and_then(|room| self.rooms.get_mut(room));
        let room = room.ok_or(ErrorCode::NotJoined)?;
        let member = room.members.iter_mut().find(|member| member.id == peer);
        let member = member.ok_or(ErrorCode::NotJoined)?;
        member.name = name;
        member.media = media;
        let updated = ServerMessage::PeerUpdated { peer: member.clone() };
        Ok(Delivery::new(room.others(peer), updated).into_iter().collect())
    }
}
