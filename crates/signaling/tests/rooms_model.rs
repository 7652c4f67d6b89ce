//! Rooms against a model: many peers join, leave, talk and change their names in random order, and each keeps the
//! picture of its room that the messages give it. That picture must always be the truth.

use std::collections::BTreeMap;

use proptest::prelude::*;
use protocol::{DisplayName, ErrorCode, LeaveReason, Media, PeerId, PeerInfo, RoomId, ServerMessage, Signal};
use signaling::{Delivery, Limits, Rooms};

const PEERS: u8 = 9;
const ROOMS: u8 = 4;
const LIMITS: Limits = Limits { room_size: 4, rooms: 3 };

#[derive(Clone, Debug)]
enum Step {
    Join { peer: u8, room: u8 },
    Leave { peer: u8, reason: LeaveReason },
    Relay { from: u8, to: u8 },
    Update { peer: u8, name: u8 },
}

fn step() -> impl Strategy<Value = Step> {
    let reason = prop_oneof![
        Just(LeaveReason::Left),
        Just(LeaveReason::Lost),
        Just(LeaveReason::Removed)
    ];
    prop_oneof![
        4 => (0..PEERS, 0..ROOMS).prop_map(|(peer, room)| Step::Join { peer, room }),
        3 => (0..PEERS, reason).prop_map(|(peer, reason)| Step::Leave { peer, reason }),
        4 => (0..PEERS, 0..PEERS).prop_map(|(from, to)| Step::Relay { from, to }),
        2 => (0..PEERS, any::<u8>()).prop_map(|(peer, name)| Step::Update { peer, name }),
    ]
}

fn id(peer: u8) -> PeerId {
    PeerId::from_random_bytes([peer; 16])
}

fn room_id(room: u8) -> RoomId {
    format!("room-{room}").parse().expect("a valid room name")
}

fn name(name: u8) -> DisplayName {
    format!("name {name}").parse().expect("a valid display name")
}

/// The truth: who sits where, in the order of joining, and what a peer believes.
#[derive(Default)]
struct World {
    rooms: BTreeMap<u8, Vec<PeerInfo>>,
    seats: BTreeMap<PeerId, u8>,
    beliefs: BTreeMap<PeerId, Vec<PeerInfo>>,
    signals: Vec<(PeerId, PeerId)>,
}

impl World {
    /// A peer hears something. Whatever contradicts its picture fails.
    fn hear(&mut self, to: PeerId, message: &ServerMessage) {
        assert!(self.seats.contains_key(&to), "a peer without a seat hears {message:?}");
        let belief = self.beliefs.entry(to).or_default();
        let index = |belief: &[PeerInfo], peer: PeerId| belief.iter().position(|known| known.id == peer);
        match message {
            ServerMessage::Joined { you, peers, .. } => {
                assert_eq!(you.id, to, "a roster for somebody else");
                assert!(belief.is_empty(), "a second roster");
                belief.clone_from(peers);
            }
            ServerMessage::PeerJoined { peer } => {
                assert_ne!(peer.id, to, "a peer hears of its own join");
                assert!(index(belief, peer.id).is_none(), "a join is announced twice");
                belief.push(peer.clone());
            }
            ServerMessage::PeerLeft { peer, .. } => {
                let at = index(belief, *peer).expect("whoever leaves was there, and leaves once");
                belief.remove(at);
            }
            ServerMessage::PeerUpdated { peer } => {
                let at = index(belief, peer.id).expect("whoever changes is there");
                belief[at] = peer.clone();
            }
            ServerMessage::Signal { from, .. } => {
                assert!(index(belief, *from).is_some(), "a signal from somebody unknown");
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

    fn join(&mut self, rooms: &mut Rooms, peer: u8, room: u8) {
        let people = self.rooms.get(&room).map_or(0, Vec::len);
        let expected = if self.seats.contains_key(&id(peer)) {
            Err(ErrorCode::AlreadyJoined)
        } else if people == LIMITS.room_size {
            Err(ErrorCode::RoomFull)
        } else if people == 0 && self.rooms.len() == LIMITS.rooms {
            Err(ErrorCode::TooManyRooms)
        } else {
            Ok(())
        };
        let joined = rooms.join(id(peer), room_id(room), name(peer), Media::default(), Vec::new());
        assert_eq!(joined.as_ref().map(|_| ()).map_err(|&code| code), expected);
        let Ok(deliveries) = joined else { return };
        let first = deliveries.first().expect("the newcomer is answered first");
        let ServerMessage::Joined {
            you, room: answered, ..
        } = &first.message
        else {
            panic!("the first delivery is {first:?}");
        };
        assert_eq!((first.to.as_slice(), answered), ([id(peer)].as_slice(), &room_id(room)));
        let last = self.rooms.get(&room).and_then(|people| people.last());
        assert!(
            last.is_none_or(|last| last.order < you.order),
            "an order that was used before"
        );
        self.seats.insert(id(peer), room);
        self.rooms.entry(room).or_default().push(you.clone());
        self.deliver(deliveries);
    }

    fn leave(&mut self, rooms: &mut Rooms, peer: u8, why: LeaveReason) {
        let deliveries = rooms.leave(id(peer), why);
        for Delivery { message, .. } in &deliveries {
            assert!(matches!(message, ServerMessage::PeerLeft { reason, .. } if *reason == why));
        }
        self.beliefs.remove(&id(peer));
        if let Some(room) = self.seats.remove(&id(peer)) {
            let people = self.rooms.get_mut(&room).expect("a seat is in a room");
            people.retain(|known| known.id != id(peer));
            if people.is_empty() {
                self.rooms.remove(&room);
            }
        }
        self.deliver(deliveries);
    }

    fn relay(&mut self, rooms: &Rooms, from: u8, to: u8) {
        let (sender, receiver) = (self.seats.get(&id(from)), self.seats.get(&id(to)));
        let expected = match (sender, receiver) {
            (None, _) => Err(ErrorCode::NotJoined),
            (Some(_), _) if from == to => Err(ErrorCode::UnknownPeer),
            (Some(a), Some(b)) if a == b => Ok(()),
            _ => Err(ErrorCode::UnknownPeer),
        };
        let relayed = rooms.relay(id(from), id(to), Signal::Rebuild { connection: 7 });
        assert_eq!(relayed.as_ref().map(|_| ()).map_err(|&code| code), expected);
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

    fn update(&mut self, rooms: &mut Rooms, peer: u8, text: u8) {
        let media = Media {
            camera: text.is_multiple_of(2),
            ..Media::default()
        };
        let updated = rooms.update(id(peer), name(text), media);
        let Some(room) = self.seats.get(&id(peer)) else {
            assert_eq!(updated, Err(ErrorCode::NotJoined));
            return;
        };
        let people = self.rooms.get_mut(room).expect("a seat is in a room");
        let member = people.iter_mut().find(|known| known.id == id(peer)).expect("a member");
        (member.name, member.media) = (name(text), media);
        self.deliver(updated.expect("a seated peer may change"));
    }

    /// Everybody believes exactly what is, and the rooms hold exactly what is.
    fn check(&self, rooms: &Rooms) {
        for (&peer, room) in &self.seats {
            let others = self.rooms[room].iter().filter(|known| known.id != peer);
            assert_eq!(
                self.beliefs[&peer],
                others.cloned().collect::<Vec<_>>(),
                "what {peer} believes"
            );
        }
        assert_eq!((rooms.rooms(), rooms.peers()), (self.rooms.len(), self.seats.len()));
        for room in 0..ROOMS {
            assert_eq!(rooms.peek(&room_id(room)), self.rooms.get(&room).map_or(0, Vec::len));
        }
    }
}

proptest! {
    #[test]
    fn whatever_happens_everybody_knows_exactly_who_is_in_their_room(steps in prop::collection::vec(step(), 0..120)) {
        let mut rooms = Rooms::new(LIMITS);
        let mut world = World::default();
        for step in steps {
            match step {
                Step::Join { peer, room } => world.join(&mut rooms, peer, room),
                Step::Leave { peer, reason } => world.leave(&mut rooms, peer, reason),
                Step::Relay { from, to } => world.relay(&rooms, from, to),
                Step::Update { peer, name } => world.update(&mut rooms, peer, name),
            }
            world.check(&rooms);
        }
        for peer in 0..PEERS {
            world.leave(&mut rooms, peer, LeaveReason::Left);
        }
        prop_assert_eq!((rooms.rooms(), rooms.peers()), (0, 0), "empty rooms leave nothing behind");
    }
}

#[test]
fn a_room_that_was_empty_starts_again_from_nothing() {
    let mut rooms = Rooms::new(LIMITS);
    let mut world = World::default();
    for _ in 0..2 {
        world.join(&mut rooms, 0, 0);
        world.join(&mut rooms, 1, 0);
        assert_eq!(
            world.rooms[&0].iter().map(|peer| peer.order).collect::<Vec<_>>(),
            [0, 1]
        );
        world.leave(&mut rooms, 0, LeaveReason::Left);
        world.leave(&mut rooms, 1, LeaveReason::Left);
    }
    assert_eq!((rooms.rooms(), rooms.peers()), (0, 0));
}

#[test]
fn an_order_is_not_used_again_when_its_owner_has_left() {
    let mut rooms = Rooms::new(LIMITS);
    let mut world = World::default();
    world.join(&mut rooms, 0, 0);
    world.join(&mut rooms, 1, 0);
    world.leave(&mut rooms, 1, LeaveReason::Lost);
    world.join(&mut rooms, 1, 0);
    assert_eq!(
        world.rooms[&0].iter().map(|peer| peer.order).collect::<Vec<_>>(),
        [0, 2]
    );
}

#[test]
fn a_room_for_nobody_is_always_full() {
    let mut rooms = Rooms::new(Limits { room_size: 0, rooms: 1 });
    let refused = rooms.join(id(0), room_id(0), name(0), Media::default(), Vec::new());
    assert_eq!(refused, Err(ErrorCode::RoomFull));
    assert_eq!((rooms.rooms(), rooms.peers()), (0, 0));
}
