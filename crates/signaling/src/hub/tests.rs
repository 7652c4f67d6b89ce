//! Seats in many threads and many rooms.

use std::thread;

use protocol::limits::OUTBOX_MESSAGES;
use protocol::{Encoding, LeaveReason, Resume, ServerMessage, Signal};

use super::*;
use crate::outbox::Ended;

fn hub(room_size: usize, rooms: usize) -> Arc<Hub> {
    hub_with(room_size, rooms, None)
}

fn hub_with(room_size: usize, rooms: usize, ice_credentials: Option<Arc<dyn IceCredentials>>) -> Arc<Hub> {
    Hub::new(config(room_size, rooms, ice_credentials))
}

fn config(room_size: usize, rooms: usize, ice_credentials: Option<Arc<dyn IceCredentials>>) -> HubConfig {
    HubConfig {
        limits: Limits { room_size, rooms },
        ice_servers: Vec::new(),
        ice_credentials,
        key: SeatKey::from_random_bytes([1; 32]),
        grace: Duration::from_secs(30),
        grace_after: Duration::ZERO,
        tasks: TaskTracker::new(),
        shutdown: CancellationToken::new(),
    }
}

fn sit(hub: &Arc<Hub>, number: u8, room: &str) -> (Arc<Outbox>, Result<Seat, ErrorCode>) {
    let outbox = Arc::new(Outbox::new(Encoding::Postcard));
    let room = room.parse().expect("a room");
    let name = "Ada".parse().expect("a name");
    let you = Newcomer {
        peer: id(number),
        outbox: &outbox,
        host: None,
    };
    let seat = hub.join(&you, room, name, Media::default());
    (outbox, seat)
}

fn id(number: u8) -> PeerId {
    PeerId::from_random_bytes([number; 16])
}

fn heard(outbox: &Outbox) -> Option<ServerMessage> {
    let frame = outbox.pop().expect("no overflow")?;
    Some(
        Encoding::Postcard
            .decode_frame(&frame.into_data())
            .expect("a message")
            .message,
    )
}

#[test]
fn a_reader_that_falls_behind_overflows_alone() {
    let hub = hub(8, 8);
    let (slow, slow_seat) = sit(&hub, 1, "room");
    let (other, _other_seat) = sit(&hub, 2, "room");
    let (_, talker) = sit(&hub, 3, "room");
    let talker = talker.expect("a seat");
    for _ in 0..=OUTBOX_MESSAGES {
        talker
            .relay(0, id(1), Signal::Rebuild { connection: 0 }, b"")
            .expect("relayed");
    }
    assert_eq!(slow.pop(), Err(Ended::Overflowed));
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
                    let _ = seat.relay(0, id((number + 1) % 8), Signal::Rebuild { connection: 0 }, b"");
                    seat.leave(LeaveReason::Left);
                }
            });
        }
    });
    assert_eq!((hub.rooms(), hub.seats()), (0, 0));
}

/// Credentials that are numbered, and who has lost theirs.
#[derive(Debug, Default)]
struct Numbered {
    issued: AtomicU64,
    seated: Mutex<Vec<(PeerId, u64)>>,
    ended: Mutex<Vec<PeerId>>,
}

impl IceCredentials for Numbered {
    fn issue(&self, peer: PeerId, _: Option<&str>) -> Vec<IceServer> {
        let number = self.issued.fetch_add(1, Relaxed);
        vec![IceServer {
            urls: vec!["turn:turn.example".into()],
            username: Some(peer.to_string()),
            credential: Some(number.to_string()),
        }]
    }

    fn lifetime(&self) -> Option<Duration> {
        Some(Duration::from_secs(3_600))
    }

    fn seated(&self, peer: PeerId, room: u64) {
        self.seated.lock().expect("not poisoned").push((peer, room));
    }

    fn ended(&self, peer: PeerId) {
        self.ended.lock().expect("not poisoned").push(peer);
    }
}

#[test]
fn each_seat_has_credentials_of_its_own_until_it_is_given_up() {
    let numbered = Arc::new(Numbered::default());
    let hub = hub_with(8, 8, Some(Arc::clone(&numbered) as _));
    let mut seats = Vec::new();
    for number in 1..=4 {
        let (outbox, seat) = sit(&hub, number, "room");
        let Some(ServerMessage::Joined { ice_servers, .. }) = heard(&outbox) else {
            panic!("expected joined");
        };
        let said: Vec<_> = ice_servers
            .iter()
            .map(|server| (&server.username, &server.credential))
            .collect();
        let expected = (Some(id(number).to_string()), Some((number - 1).to_string()));
        assert_eq!(said, [(&expected.0, &expected.1)]);
        seats.push((outbox, seat.expect("a seat")));
    }
    let ended = || numbered.ended.lock().expect("not poisoned").clone();
    assert_eq!(ended(), []);
    let mut seats = seats.into_iter().map(|(_, seat)| seat);
    let mut next = || seats.next().expect("four seats");
    next().leave(LeaveReason::Left);
    assert_eq!(ended(), [id(1)]);
    next().leave(LeaveReason::Removed);
    assert_eq!(ended(), [id(1), id(2)]);
    drop(next());
    assert_eq!(ended(), [id(1), id(2), id(3)]);
    next().leave_silently();
    assert_eq!(ended(), [id(1), id(2), id(3)], "calls go on without the server");
}

#[test]
fn credentials_are_told_who_shares_a_room_and_a_room_that_is_opened_again_is_another_one() {
    let numbered = Arc::new(Numbered::default());
    let hub = hub_with(8, 200, Some(Arc::clone(&numbered) as _));
    let seated = || numbered.seated.lock().expect("not poisoned").clone();
    let seats: Vec<_> = [(1, "one"), (2, "one"), (3, "other")]
        .map(|(number, room)| sit(&hub, number, room).1.expect("a seat"))
        .into();
    let [(ada, one), (ben, also_one), (cleo, other)] = seated()[..] else {
        panic!("three were seated: {:?}", seated());
    };
    assert_eq!([ada, ben, cleo], [id(1), id(2), id(3)]);
    assert!(one == also_one && one != other);
    for seat in seats {
        seat.leave(LeaveReason::Left);
    }
    let _seats: Vec<_> = (4..=100)
        .map(|number| sit(&hub, number, &format!("room-{number}")))
        .collect();
    let _again = sit(&hub, 101, "one");
    let rooms: std::collections::BTreeSet<_> = seated().into_iter().map(|(_, room)| room).collect();
    assert_eq!(rooms.len(), 2 + 97 + 1, "each has a number of its own");
}

#[test]
fn a_seat_in_other_hands_or_in_none_is_made_no_newer_credentials() {
    let numbered = Arc::new(Numbered::default());
    let hub = hub_with(8, 8, Some(Arc::clone(&numbered) as _));
    let issued = || numbered.issued.load(Relaxed);
    let (outbox, seat) = sit(&hub, 1, "room");
    let mut seat = seat.expect("a seat");
    let Some(ServerMessage::Joined { token, .. }) = heard(&outbox) else {
        panic!("expected joined");
    };
    let due = seat.renew_at().expect("they have an end");
    seat.renew(due - Duration::from_millis(1));
    assert_eq!((issued(), heard(&outbox)), (1, None), "not before its time");
    seat.renew(due);
    assert_eq!(issued(), 2);
    assert!(matches!(heard(&outbox), Some(ServerMessage::IceServers { .. })));

    let other = Arc::new(Outbox::new(Encoding::Postcard));
    let (room, name) = ("room".parse().expect("a room"), "Ada".parse().expect("a name"));
    let resume = Resume {
        token,
        received: 0,
        known: Vec::new(),
    };
    let taken = hub.take_back((&other, None), room, name, Media::default(), resume);
    let mut taken = taken.expect("a seat");
    assert_eq!(issued(), 3);
    assert_eq!(
        numbered.seated.lock().expect("not poisoned").len(),
        1,
        "it is the same seat"
    );
    let much_later = due + Duration::from_secs(7_200);
    seat.renew(much_later);
    assert_eq!(issued(), 3, "it is another socket's");
    taken.renew(much_later);
    assert_eq!(issued(), 4);
    taken.leave(LeaveReason::Left);
    seat.renew(much_later + Duration::from_secs(7_200));
    assert_eq!(issued(), 4, "nothing after its end");
}

#[tokio::test(start_paused = true)]
async fn a_seat_is_kept_once_it_has_lived_for_long_enough() {
    let hub = Hub::new(HubConfig {
        grace_after: Duration::from_secs(10),
        ..config(8, 8, None)
    });
    for (lives, kept) in [(0, 0), (9_999, 0), (10_000, 1), (60_000, 1)] {
        let (_outbox, seat) = sit(&hub, 1, "room");
        let seat = seat.expect("a seat");
        seat.skip(1);
        tokio::time::advance(Duration::from_millis(lives)).await;
        seat.lose();
        assert_eq!((hub.seats(), hub.away()), (kept, kept), "after {lives} ms");
        tokio::time::sleep(Duration::from_secs(31)).await;
        assert_eq!((hub.seats(), hub.rooms()), (0, 0), "the grace is over");
    }
}
