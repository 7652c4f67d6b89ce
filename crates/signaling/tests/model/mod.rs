//! The truth about rooms, and what everybody in them believes.

#![allow(unreachable_pub, missing_docs, reason = "a part of a test")]

use std::collections::BTreeMap;

use protocol::{DisplayName, ErrorCode, LeaveReason, Media, PeerId, PeerInfo, RoomId, ServerMessage, Signal};
use signaling::{Answer, Delivery, Grant, Limits, Returning, Rooms};

pub const PEERS: u8 = 9;
pub const ROOMS: u8 = 4;
pub const LIMITS: Limits = Limits { room_size: 4, rooms: 3 };

pub fn id(peer: u8) -> PeerId {
    PeerId::from_random_bytes([peer; 16])
}

pub fn room_id(room: u8) -> RoomId {
    format!("room-{room}").parse().expect("a valid room name")
}

pub fn name(name: u8) -> DisplayName {
    format!("name {name}").parse().expect("a valid display name")
}

/// A seat of before the restart. Orders of then are below those that the model's clock gives.
pub fn returning(peer: u8, room: u8, known: &[u8]) -> Returning {
    Returning {
        peer: id(peer),
        order: 10 + u64::from(peer),
        room: room_id(room),
        known: known.iter().copied().map(id).collect(),
    }
}

fn token(you: &PeerInfo) -> String {
    format!("token of {} {}", you.id, you.order)
}

fn grant(you: &PeerInfo) -> Grant {
    let ice_servers = Vec::new();
    let token = token(you);
    Grant { token, ice_servers }
}

/// What one peer believes of another.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Belief {
    /// Nothing is known of one who is expected.
    info: Option<PeerInfo>,
    away: bool,
}

#[derive(Default)]
struct Room {
    /// In their order.
    members: Vec<PeerInfo>,
    away: Vec<PeerId>,
    expected: Vec<PeerId>,
}

/// The truth: who sits where, who is away and who is expected; and what everybody believes.
#[derive(Default)]
pub struct World {
    rooms: BTreeMap<u8, Room>,
    seats: BTreeMap<PeerId, u8>,
    beliefs: BTreeMap<PeerId, BTreeMap<PeerId, Belief>>,
    signals: Vec<(PeerId, PeerId)>,
    /// Those who were expected in vain, while the members hear it.
    expiring: Vec<PeerId>,
}

impl World {
    pub fn members(&self, room: u8) -> &[PeerInfo] {
        &self.rooms[&room].members
    }

    /// A peer hears something, or will when it is back. Whatever contradicts its picture fails.
    fn hear(&mut self, to: PeerId, message: &ServerMessage) {
        let room = self.seats.get(&to);
        let room = room.unwrap_or_else(|| panic!("a peer without a seat hears {message:?}"));
        let belief = self.beliefs.entry(to).or_default();
        match message {
            ServerMessage::Joined {
                you,
                peers,
                away,
                token: given,
                ..
            } => {
                assert_eq!((you.id, given), (to, &token(you)), "a roster for somebody else");
                let truth = &self.rooms[room];
                let expected = truth.expected.iter().copied();
                let others_away = truth.away.iter().copied().filter(|&id| id != to);
                let mut absent: Vec<_> = others_away.chain(expected).collect();
                let mut said = away.clone();
                absent.sort();
                said.sort();
                assert_eq!(said, absent, "who is away");
                let roster = peers.iter().map(|peer| {
                    let info = Some(peer.clone());
                    let away = away.contains(&peer.id);
                    (peer.id, Belief { info, away })
                });
                *belief = roster.collect();
                for &id in away {
                    let unknown = Belief { info: None, away: true };
                    belief.entry(id).or_insert(unknown);
                }
            }
            ServerMessage::Resumed { .. } => {}
            ServerMessage::PeerJoined { peer } => {
                assert_ne!(peer.id, to, "a peer hears of its own join");
                let info = Some(peer.clone());
                let known = belief.insert(peer.id, Belief { info, away: false });
                assert!(
                    known.is_none_or(|known| known.info.is_none()),
                    "a join is announced twice"
                );
            }
            ServerMessage::PeerLeft { peer, .. } => {
                let known = belief.remove(peer).is_some();
                // A seat that was back before others mentioned somebody does not know of them.
                assert!(
                    known || self.expiring.contains(peer),
                    "whoever leaves was there, and leaves once"
                );
            }
            ServerMessage::PeerAway { peer } => {
                let known = belief.get_mut(peer).expect("whoever is away was there");
                assert!(!known.away && known.info.is_some(), "nobody is away twice");
                known.away = true;
            }
            ServerMessage::PeerBack { peer } => {
                assert_ne!(peer.id, to, "a peer hears that it is back itself");
                let info = Some(peer.clone());
                let known = belief.insert(peer.id, Belief { info, away: false });
                assert!(
                    known.is_none_or(|known| known.away),
                    "whoever is back was away, or unknown"
                );
            }
            ServerMessage::PeerUpdated { peer } => {
                let known = belief.get_mut(&peer.id).expect("whoever changes is there");
                assert!(!known.away, "whoever is away changes nothing");
                known.info = Some(peer.clone());
            }
            ServerMessage::Signal { from, .. } => {
                let known = belief.get(from).expect("a signal from somebody unknown");
                assert!(known.info.is_some(), "a signal from somebody expected");
                self.signals.push((*from, to));
            }
            other => panic!("rooms never say {other:?}"),
        }
    }

    fn deliver(&mut self, deliveries: Vec<Delivery>) {
        for Delivery { to, message } in deliveries {
            assert!(!to.is_empty(), "a message to nobody: {message:?}");
            to.into_iter().for_each(|peer| self.hear(peer, &message));
        }
    }

    fn fits(&self, peer: u8, room: u8, is_newcomer: bool) -> Result<(), ErrorCode> {
        let people = self.rooms.get(&room).map_or(0, |room| room.members.len());
        let expected = self.rooms.get(&room).map_or(0, |room| room.expected.len());
        let yields = is_newcomer && self.yielding(room).is_some();
        let taken = people + if is_newcomer { expected } else { 0 } - usize::from(yields);
        if self.seats.contains_key(&id(peer)) {
            Err(ErrorCode::AlreadyJoined)
        } else if taken >= LIMITS.room_size {
            Err(ErrorCode::RoomFull)
        } else if people == 0 && self.rooms.len() == LIMITS.rooms {
            Err(ErrorCode::TooManyRooms)
        } else {
            Ok(())
        }
    }

    /// Who has no place any more when a newcomer comes: in a full room the one who is away for longest.
    fn yielding(&self, room: u8) -> Option<PeerId> {
        let room = self.rooms.get(&room)?;
        let is_full = room.members.len() + room.expected.len() == LIMITS.room_size;
        // They are in the order in which they went.
        room.away.first().copied().filter(|_| is_full)
    }

    /// The seat's own answer comes first.
    fn answered(deliveries: &[Delivery], peer: u8, room: u8) -> PeerInfo {
        let first = deliveries.first().expect("the newcomer is answered first");
        let ServerMessage::Joined {
            you, room: answered, ..
        } = &first.message
        else {
            panic!("the first delivery is {first:?}");
        };
        assert_eq!((first.to.as_slice(), answered), ([id(peer)].as_slice(), &room_id(room)));
        you.clone()
    }

    fn seat(&mut self, room: u8, you: PeerInfo) {
        self.seats.insert(you.id, room);
        let room = self.rooms.entry(room).or_default();
        room.expected.retain(|&expected| expected != you.id);
        room.members.push(you);
        room.members.sort_by_key(|member| member.order);
    }

    pub fn join(&mut self, rooms: &mut Rooms, peer: u8, room: u8, now_ms: u64) {
        let expected = self.fits(peer, room, true);
        let yielding = self.yielding(room);
        let joined = rooms.join(id(peer), room_id(room), name(peer), Media::default(), now_ms, grant);
        assert_eq!(joined.as_ref().map(|_| ()).map_err(|&code| code), expected);
        let Ok(deliveries) = joined else { return };
        let left = deliveries.iter().filter_map(|delivery| match delivery.message {
            ServerMessage::PeerLeft { peer, reason } => Some((peer, reason)),
            _ => None,
        });
        let others = self.rooms.get(&room).map_or(0, |room| room.members.len()) > 1;
        let yields = yielding.filter(|_| others).map(|peer| (peer, LeaveReason::Lost));
        assert_eq!(left.collect::<Vec<_>>(), Vec::from_iter(yields), "who yields is gone");
        if let Some(peer) = yielding {
            // The room goes on, although nobody else may sit in it.
            self.beliefs.remove(&peer);
            self.seats.remove(&peer);
            let room = self.rooms.get_mut(&room).expect("somebody sits there");
            room.members.retain(|known| known.id != peer);
            room.away.retain(|&known| known != peer);
        }
        let you = Self::answered(&deliveries, peer, room);
        assert!(you.order >= now_ms, "an order is at least the time");
        let last = self.rooms.get(&room).and_then(|room| room.members.last());
        assert!(
            last.is_none_or(|last| last.order < you.order),
            "an order that was used before"
        );
        self.seat(room, you);
        self.deliver(deliveries);
    }

    pub fn leave(&mut self, rooms: &mut Rooms, peer: u8, why: LeaveReason) {
        let deliveries = rooms.leave(id(peer), why);
        for Delivery { message, .. } in &deliveries {
            assert!(matches!(message, ServerMessage::PeerLeft { reason, .. } if *reason == why));
        }
        self.beliefs.remove(&id(peer));
        if let Some(number) = self.seats.remove(&id(peer)) {
            let room = self.rooms.get_mut(&number).expect("a seat is in a room");
            room.members.retain(|known| known.id != id(peer));
            room.away.retain(|&known| known != id(peer));
            if room.members.is_empty() {
                self.rooms.remove(&number);
            }
        }
        self.deliver(deliveries);
    }

    pub fn relay(&mut self, rooms: &Rooms, from: u8, to: u8) {
        let (sender, receiver) = (self.seats.get(&id(from)), self.seats.get(&id(to)));
        let expected = match (sender, receiver) {
            (None, _) => Err(ErrorCode::NotJoined),
            (Some(_), _) if from == to => Err(ErrorCode::UnknownPeer),
            (Some(a), Some(b)) if a == b => Ok(()),
            _ => Err(ErrorCode::UnknownPeer),
        };
        let relayed = rooms.relay(id(from), id(to), Signal::Rebuild { connection: 7 });
        assert_eq!(relayed.as_ref().map(|_| ()).map_err(|&code| code), expected);
        assert_eq!(rooms.may_relay(id(from), id(to)), expected);
        self.signals.clear();
        self.deliver(relayed.into_iter().collect());
        if expected.is_ok() {
            assert_eq!(
                self.signals,
                [(id(from), id(to))],
                "the receiver alone hears it, from its true sender"
            );
        }
    }

    /// Who sits there, to be changed.
    fn member(&mut self, peer: u8) -> Option<(&mut PeerInfo, &mut Vec<PeerId>)> {
        let room = self.rooms.get_mut(self.seats.get(&id(peer))?)?;
        let member = room.members.iter_mut().find(|known| known.id == id(peer))?;
        Some((member, &mut room.away))
    }

    pub fn update(&mut self, rooms: &mut Rooms, peer: u8, text: u8) {
        if self.member(peer).is_some_and(|(_, away)| away.contains(&id(peer))) {
            // Without a socket nobody says anything.
            return;
        }
        let media = Media {
            camera: text.is_multiple_of(2).into(),
            ..Media::default()
        };
        let updated = rooms.update(id(peer), name(text), media);
        let Some((member, _)) = self.member(peer) else {
            assert_eq!(updated, Err(ErrorCode::NotJoined));
            return;
        };
        (member.name, member.media) = (name(text), media);
        self.deliver(updated.expect("a seated peer may change"));
    }

    pub fn away(&mut self, rooms: &mut Rooms, peer: u8) {
        let deliveries = rooms.away(id(peer));
        match self.member(peer) {
            Some((_, away)) if !away.contains(&id(peer)) => away.push(id(peer)),
            _ => assert_eq!(deliveries, [], "nothing happens"),
        }
        self.deliver(deliveries);
    }

    pub fn resume(&mut self, rooms: &mut Rooms, peer: u8, text: u8, answer: Answer) {
        let resumed = rooms.resume(id(peer), name(text), Media::default(), answer, grant);
        let Some((member, away)) = self.member(peer) else {
            assert_eq!(resumed, Err(ErrorCode::SeatGone));
            return;
        };
        let changed = (&member.name, member.media) != (&name(text), Media::default());
        (member.name, member.media) = (name(text), Media::default());
        let you = member.clone();
        let was_away = away.contains(&id(peer));
        away.retain(|&known| known != id(peer));
        let room = self.seats[&id(peer)];
        let deliveries = resumed.expect("a seat is taken back");
        match answer {
            Answer::Joined => assert_eq!(Self::answered(&deliveries, peer, room), you),
            Answer::Resumed { received } => {
                let resumed = ServerMessage::Resumed {
                    token: token(&you),
                    ice_servers: Vec::new(),
                    received,
                };
                assert_eq!((&deliveries[0].to, &deliveries[0].message), (&vec![id(peer)], &resumed));
            }
        }
        let news = deliveries.get(1).map(|delivery| &delivery.message);
        let is_alone = self.rooms[&room].members.len() == 1;
        match news {
            Some(ServerMessage::PeerBack { .. }) => assert!(was_away),
            Some(ServerMessage::PeerUpdated { .. }) => assert!(!was_away && changed),
            Some(other) => panic!("a seat that is taken back is announced by {other:?}"),
            None => assert!(is_alone || !(was_away || changed), "the others must know"),
        }
        self.deliver(deliveries);
    }

    pub fn rebuild(&mut self, rooms: &mut Rooms, peer: u8, room: u8, known: &[u8]) {
        let expected = self.fits(peer, room, false);
        let seat = returning(peer, room, known);
        let order = seat.order;
        let rebuilt = rooms.rebuild(seat, name(peer), Media::default(), grant);
        assert_eq!(rebuilt.as_ref().map(|_| ()).map_err(|&code| code), expected);
        let Ok(deliveries) = rebuilt else { return };
        let you = Self::answered(&deliveries, peer, room);
        assert_eq!((you.id, you.order), (id(peer), order), "the seat is the old one");
        self.seat(room, you);
        let truth = self.rooms.get_mut(&room).expect("it is open");
        for &known in known.iter().take(LIMITS.room_size) {
            let is_member = truth.members.iter().any(|member| member.id == id(known));
            let places = truth.members.len() + truth.expected.len();
            if !is_member && !truth.expected.contains(&id(known)) && places < LIMITS.room_size {
                truth.expected.push(id(known));
            }
        }
        self.deliver(deliveries);
    }

    pub fn expire(&mut self, rooms: &mut Rooms, room: u8) {
        let deliveries = rooms.expire_expected(&room_id(room));
        let Some(truth) = self.rooms.get_mut(&room) else {
            assert_eq!(deliveries, [], "there is no such room");
            return;
        };
        self.expiring = std::mem::take(&mut truth.expected);
        let told = deliveries.iter().map(|delivery| match delivery.message {
            ServerMessage::PeerLeft {
                peer,
                reason: LeaveReason::Lost,
            } => peer,
            ref other => panic!("expiry says {other:?}"),
        });
        assert_eq!(told.collect::<Vec<_>>(), self.expiring);
        self.deliver(deliveries);
        self.expiring.clear();
    }

    /// Everybody believes exactly what is, and the rooms hold exactly what is.
    pub fn check(&self, rooms: &Rooms) {
        for (&peer, room) in &self.seats {
            let room = &self.rooms[room];
            let others = room.members.iter().filter(|known| known.id != peer);
            let truth = others.map(|known| {
                let away = room.away.contains(&known.id);
                let info = Some(known.clone());
                (known.id, Belief { info, away })
            });
            let (known, expected): (BTreeMap<_, _>, BTreeMap<_, _>) =
                (self.beliefs[&peer].clone().into_iter()).partition(|(_, belief)| belief.info.is_some());
            assert_eq!(known, truth.collect(), "what {peer} believes");
            let waits_in_vain = expected.keys().find(|id| !room.expected.contains(id));
            assert_eq!(waits_in_vain, None, "{peer} waits for somebody who is not expected");
        }
        assert_eq!((rooms.rooms(), rooms.peers()), (self.rooms.len(), self.seats.len()));
        assert_eq!(
            rooms.absent(),
            self.rooms.values().map(|room| room.away.len()).sum::<usize>()
        );
        let mut expecting = rooms.expecting();
        expecting.sort();
        let truth = self.rooms.iter().filter(|(_, room)| !room.expected.is_empty());
        assert_eq!(expecting, truth.map(|(&room, _)| room_id(room)).collect::<Vec<_>>());
        for number in 0..ROOMS {
            let room = self.rooms.get(&number);
            let taken = room.map_or(0, |room| room.members.len() + room.expected.len());
            let yielding = self.yielding(number);
            assert_eq!(rooms.yielding(&room_id(number)), yielding);
            assert_eq!(rooms.is_open(&room_id(number)), room.is_some());
            let free = usize::from(yielding.is_some());
            assert_eq!(rooms.peek(&room_id(number)), taken.min(LIMITS.room_size) - free);
        }
        for (&peer, room) in &self.seats {
            let member = self.rooms[room].members.iter().find(|known| known.id == peer);
            let order = member.expect("a member").order;
            assert!(rooms.has_seat(peer, &room_id(*room), order));
            assert!(!rooms.has_seat(peer, &room_id(*room), order + 1));
            assert!(!rooms.has_seat(peer, &room_id(room + 1), order));
        }
    }
}
