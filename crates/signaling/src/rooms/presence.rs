//! Seats whose socket is lost: away, taken back, built again after a restart of the server, waited for.

use protocol::{DisplayName, ErrorCode, LeaveReason, Media, PeerId, PeerInfo, RoomId, ServerMessage};

use super::{Delivery, Grant, Rooms};

/// How a seat that is taken back is answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Answer {
    /// Nothing was missed for good: [`ServerMessage::Resumed`], and what was missed after it.
    Resumed {
        /// Counted messages of this seat that have arrived.
        received: u64,
    },
    /// Something was: [`ServerMessage::Joined`] with the old id and order.
    Joined,
}

/// A seat of before this server was started.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Returning {
    /// Its id.
    pub peer: PeerId,
    /// Its order.
    pub order: u64,
    /// Where it was.
    pub room: RoomId,
    /// Whom it had in the room. Those of them who are not back yet are expected; no more than a room holds.
    pub known: Vec<PeerId>,
}

impl Rooms {
    /// The socket of a seat is lost. The others hear `peer-away`; what the room says to the seat from now on is still
    /// delivered to it, for the backlog. Does nothing for a peer without a seat, or one that is away already.
    pub fn away(&mut self, peer: PeerId) -> Vec<Delivery> {
        let number = self.next_away;
        let Some((_, room)) = self.room_of(peer) else {
            return Vec::new();
        };
        match room.member_mut(peer) {
            Some(member) if member.away.is_none() => member.away = Some(number),
            _ => return Vec::new(),
        }
        let to = room.others(peer);
        self.away += 1;
        self.next_away += 1;
        Delivery::new(to, ServerMessage::PeerAway { peer })
            .into_iter()
            .collect()
    }

    /// A seat that is there, away or not, is taken back by another socket. The first delivery is the seat's own answer
    /// and comes before everything that was missed. The others hear `peer-back` if they had heard `peer-away`, else
    /// `peer-updated` if there is something new, else nothing.
    ///
    /// # Errors
    /// [`ErrorCode::SeatGone`] when there is no such seat.
    pub fn resume(
        &mut self,
        peer: PeerId,
        name: DisplayName,
        media: Media,
        answer: Answer,
        grant: impl FnOnce(&PeerInfo) -> Grant,
    ) -> Result<Vec<Delivery>, ErrorCode> {
        let capacity = self.limits.room_size;
        let (id, room) = self.room_of(peer).ok_or(ErrorCode::SeatGone)?;
        let member = room.member_mut(peer).ok_or(ErrorCode::SeatGone)?;
        let was_away = member.away.take().is_some();
        let changed = (&member.info.name, member.info.media) != (&name, media);
        (member.info.name, member.info.media) = (name, media);
        let you = member.info.clone();

        let grant = grant(&you);
        let answer = match answer {
            Answer::Resumed { received } => ServerMessage::Resumed {
                token: grant.token,
                ice_servers: grant.ice_servers,
                received,
            },
            Answer::Joined => room.joined(id, you.clone(), capacity, grant),
        };
        let news = match (was_away, changed) {
            (true, _) => Some(ServerMessage::PeerBack { peer: you }),
            (false, true) => Some(ServerMessage::PeerUpdated { peer: you }),
            (false, false) => None,
        };
        let to_others = news.and_then(|news| Delivery::new(room.others(peer), news));
        self.away -= usize::from(was_away);
        let to_itself = Delivery::new(vec![peer], answer);
        Ok(to_itself.into_iter().chain(to_others).collect())
    }

    /// A seat of before this server was started is taken back, with its old id and order. The first delivery is its own
    /// `joined`; the others hear `peer-back`. Those whom it knows and who are not back yet become expected: they are in
    /// `away` of every later `joined` until they come back or [`Self::expire_expected`]. Their places are kept from
    /// newcomers, but not from members who come back.
    ///
    /// # Errors
    /// [`ErrorCode::AlreadyJoined`] when the peer has a seat, [`ErrorCode::SeatGone`] when somebody else has its order,
    /// [`ErrorCode::RoomFull`], [`ErrorCode::TooManyRooms`]. Nothing has changed then.
    pub fn rebuild(
        &mut self,
        seat: Returning,
        name: DisplayName,
        media: Media,
        grant: impl FnOnce(&PeerInfo) -> Grant,
    ) -> Result<Vec<Delivery>, ErrorCode> {
        let Returning {
            peer,
            order,
            room,
            known,
        } = seat;
        if self.seats.contains_key(&peer) {
            return Err(ErrorCode::AlreadyJoined);
        }
        let capacity = self.limits.room_size;
        if let Some(room) = self.rooms.get(&room) {
            if room.members.iter().any(|member| member.info.order == order) {
                return Err(ErrorCode::SeatGone);
            }
            if room.members.len() >= capacity {
                return Err(ErrorCode::RoomFull);
            }
        }
        let (id, room) = Self::open(&mut self.rooms, self.limits, &mut self.next_instance, room)?;
        self.seats.insert(peer, id.clone());
        let you = PeerInfo {
            id: peer,
            order,
            name,
            media,
        };
        room.next_order = room.next_order.max(order.saturating_add(1));
        room.insert(you.clone());
        for id in known.into_iter().take(capacity) {
            let is_new = room.member(id).is_none() && !room.expected.contains(&id);
            if is_new && room.taken() < capacity {
                room.expected.push(id);
            }
        }

        let grant = grant(&you);
        let joined = Delivery::new(vec![peer], room.joined(id, you.clone(), capacity, grant));
        let back = Delivery::new(room.others(peer), ServerMessage::PeerBack { peer: you });
        Ok(joined.into_iter().chain(back).collect())
    }

    /// Nobody of before the restart is waited for any longer in this room: its members hear `peer-left` for each who is
    /// still expected, with [`LeaveReason::Lost`].
    pub fn expire_expected(&mut self, room: &RoomId) -> Vec<Delivery> {
        let Some(room) = self.rooms.get_mut(room) else {
            return Vec::new();
        };
        let expected = std::mem::take(&mut room.expected);
        let to: Vec<_> = room.members.iter().map(|member| member.info.id).collect();
        let left = |peer| ServerMessage::PeerLeft {
            peer,
            reason: LeaveReason::Lost,
        };
        let deliveries = expected.into_iter().map(|peer| Delivery::new(to.clone(), left(peer)));
        deliveries.flatten().collect()
    }

    /// Rooms that wait for somebody of before the restart.
    #[must_use]
    pub fn expecting(&self) -> Vec<RoomId> {
        let rooms = self.rooms.iter().filter(|(_, room)| !room.expected.is_empty());
        rooms.map(|(id, _)| id.clone()).collect()
    }

    /// Whether this seat is there, away or not.
    #[must_use]
    pub fn has_seat(&self, peer: PeerId, room: &RoomId, order: u64) -> bool {
        let member = self.rooms.get(room).and_then(|room| room.member(peer));
        member.is_some_and(|member| member.info.order == order)
    }

    /// Seats whose socket is lost.
    #[must_use]
    pub fn absent(&self) -> usize {
        self.away
    }
}
