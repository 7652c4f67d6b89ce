//! Rooms against a model: many peers join, leave, talk, lose their sockets and come back in random order, and each keeps
//! the picture of its room that the messages give it. That picture must always be the truth.

mod model;

use model::{LIMITS, PEERS, ROOMS, World, id, name, room_id};
use proptest::prelude::*;
use protocol::{ErrorCode, LeaveReason, Media, PeerInfo};
use signaling::{Answer, Grant, Limits, Rooms};

#[derive(Clone, Debug)]
enum Step {
    Join { peer: u8, room: u8, now_ms: u64 },
    Leave { peer: u8, reason: LeaveReason },
    Relay { from: u8, to: u8 },
    Update { peer: u8, name: u8 },
    Away { peer: u8 },
    Resume { peer: u8, name: u8, answer: Answer },
    Rebuild { peer: u8, room: u8, known: Vec<u8> },
    Expire { room: u8 },
}

fn step() -> impl Strategy<Value = Step> {
    let reason = prop_oneof![
        Just(LeaveReason::Left),
        Just(LeaveReason::Lost),
        Just(LeaveReason::Removed)
    ];
    let answer = prop_oneof![
        Just(Answer::Joined),
        (0..9_u64).prop_map(|received| Answer::Resumed { received })
    ];
    // A clock that sometimes goes back.
    let now_ms = 1_000..1_100_u64;
    prop_oneof![
        5 => (0..PEERS, 0..ROOMS, now_ms).prop_map(|(peer, room, now_ms)| Step::Join { peer, room, now_ms }),
        3 => (0..PEERS, reason).prop_map(|(peer, reason)| Step::Leave { peer, reason }),
        4 => (0..PEERS, 0..PEERS).prop_map(|(from, to)| Step::Relay { from, to }),
        2 => (0..PEERS, any::<u8>()).prop_map(|(peer, name)| Step::Update { peer, name }),
        4 => (0..PEERS).prop_map(|peer| Step::Away { peer }),
        4 => (0..PEERS, 0..3_u8, answer).prop_map(|(peer, name, answer)| Step::Resume { peer, name, answer }),
        3 => (0..PEERS, 0..ROOMS, prop::collection::vec(0..PEERS, 0..6))
            .prop_map(|(peer, room, known)| Step::Rebuild { peer, room, known }),
        1 => (0..ROOMS).prop_map(|room| Step::Expire { room }),
    ]
}

proptest! {
    #[test]
    fn whatever_happens_everybody_knows_exactly_who_is_in_their_room(steps in prop::collection::vec(step(), 0..160)) {
        let mut rooms = Rooms::new(LIMITS);
        let mut world = World::default();
        for step in steps {
            match step {
                Step::Join { peer, room, now_ms } => world.join(&mut rooms, peer, room, now_ms),
                Step::Leave { peer, reason } => world.leave(&mut rooms, peer, reason),
                Step::Relay { from, to } => world.relay(&rooms, from, to),
                Step::Update { peer, name } => world.update(&mut rooms, peer, name),
                Step::Away { peer } => world.away(&mut rooms, peer),
                Step::Resume { peer, name, answer } => world.resume(&mut rooms, peer, name, answer),
                Step::Rebuild { peer, room, known } => world.rebuild(&mut rooms, peer, room, &known),
                Step::Expire { room } => world.expire(&mut rooms, room),
            }
            world.check(&rooms);
        }
        for peer in 0..PEERS {
            world.leave(&mut rooms, peer, LeaveReason::Left);
        }
        prop_assert_eq!((rooms.rooms(), rooms.peers(), rooms.absent()), (0, 0, 0), "empty rooms leave nothing behind");
        prop_assert!(rooms.expecting().is_empty());
    }
}

fn orders(world: &World) -> Vec<u64> {
    world.members(0).iter().map(|peer: &PeerInfo| peer.order).collect()
}

#[test]
fn an_order_is_the_time_or_one_more_than_the_last() {
    let mut rooms = Rooms::new(LIMITS);
    let mut world = World::default();
    for (peer, now_ms) in [(0, 5_000), (1, 5_000), (2, 4_000), (3, 6_000)] {
        world.join(&mut rooms, peer, 0, now_ms);
    }
    assert_eq!(orders(&world), [5_000, 5_001, 5_002, 6_000]);
}

#[test]
fn an_order_is_not_used_again_when_its_owner_has_left() {
    let mut rooms = Rooms::new(LIMITS);
    let mut world = World::default();
    world.join(&mut rooms, 0, 0, 5_000);
    world.join(&mut rooms, 1, 0, 5_000);
    world.leave(&mut rooms, 1, LeaveReason::Lost);
    world.join(&mut rooms, 1, 0, 5_000);
    assert_eq!(orders(&world), [5_000, 5_002]);
}

#[test]
fn a_seat_of_before_a_restart_goes_where_its_order_belongs_and_newcomers_come_after_it() {
    let mut rooms = Rooms::new(LIMITS);
    let mut world = World::default();
    // The clock has been set back by a restart.
    world.join(&mut rooms, 0, 0, 5);
    world.rebuild(&mut rooms, 2, 0, &[]);
    world.rebuild(&mut rooms, 1, 0, &[]);
    world.join(&mut rooms, 3, 0, 6);
    let by_order = |peers: &[PeerInfo]| peers.iter().map(|peer| peer.id).collect::<Vec<_>>();
    assert_eq!(by_order(world.members(0)), [id(0), id(1), id(2), id(3)]);
    world.check(&rooms);
}

#[test]
fn a_room_for_nobody_is_always_full() {
    let mut rooms = Rooms::new(Limits { room_size: 0, rooms: 1 });
    let grant = |_: &PeerInfo| -> Grant { unreachable!("nobody is seated") };
    let refused = rooms.join(id(0), room_id(0), name(0), Media::default(), 0, grant);
    assert_eq!(refused, Err(ErrorCode::RoomFull));
    let seat = model::returning(0, 0, &[]);
    let refused = rooms.rebuild(seat, name(0), Media::default(), grant);
    assert_eq!(refused, Err(ErrorCode::RoomFull));
    assert_eq!((rooms.rooms(), rooms.peers()), (0, 0));
}

#[test]
fn places_of_those_expected_are_kept_from_newcomers_and_not_from_members_who_come_back() {
    let mut rooms = Rooms::new(LIMITS);
    let mut world = World::default();
    world.rebuild(&mut rooms, 0, 0, &[1, 2, 3, 4, 5, 6]);
    assert_eq!(
        rooms.peek(&room_id(0)),
        LIMITS.room_size,
        "three are expected, and no more"
    );
    world.join(&mut rooms, 8, 0, 9_000);
    // One whom nobody mentioned, then those whom somebody did.
    for peer in [7, 2, 1] {
        world.rebuild(&mut rooms, peer, 0, &[]);
    }
    world.rebuild(&mut rooms, 3, 0, &[]);
    assert_eq!(world.members(0).len(), LIMITS.room_size, "people are never too many");
    world.expire(&mut rooms, 0);
    world.check(&rooms);
}

#[test]
fn in_a_full_room_the_one_who_is_away_for_longest_gives_way() {
    let mut rooms = Rooms::new(LIMITS);
    let mut world = World::default();
    for peer in 0..4 {
        world.join(&mut rooms, peer, 0, 5_000);
    }
    world.join(&mut rooms, 4, 0, 5_000);
    assert_eq!(rooms.yielding(&room_id(0)), None, "nobody who is there gives way");
    for peer in [2, 0, 3] {
        world.away(&mut rooms, peer);
    }
    // Who was back in between is away since the last time.
    world.resume(&mut rooms, 2, 2, Answer::Joined);
    world.away(&mut rooms, 2);
    for newcomer in [5, 6, 7] {
        world.join(&mut rooms, newcomer, 0, 6_000);
        world.check(&rooms);
    }
    let members = world.members(0).iter().map(|peer| peer.id).collect::<Vec<_>>();
    assert_eq!(members, [id(1), id(5), id(6), id(7)]);
}

#[test]
fn in_a_room_for_one_who_is_away_gives_way_too() {
    let mut rooms = Rooms::new(Limits { room_size: 1, rooms: 1 });
    let grant = |_: &PeerInfo| Grant::default();
    rooms
        .join(id(0), room_id(0), name(0), Media::default(), 0, grant)
        .expect("a seat");
    rooms.away(id(0));
    assert_eq!((rooms.peek(&room_id(0)), rooms.yielding(&room_id(0))), (0, Some(id(0))));
    let joined = rooms.join(id(1), room_id(0), name(1), Media::default(), 0, grant);
    assert_eq!(joined.expect("the only place").len(), 1, "nobody else hears of it");
    assert_eq!((rooms.rooms(), rooms.peers(), rooms.absent()), (1, 1, 0));
    assert!(!rooms.has_seat(id(0), &room_id(0), 0));
}
