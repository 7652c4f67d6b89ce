//! Sockets that are lost and seats that are taken back, over real sockets.

mod common;

use std::sync::{Arc, Mutex};
use std::time::Duration;

use common::seats::{Answer, Member, join_with, pair};
use common::{Server, eventually};
use protocol::{ClientMessage, Encoding, ErrorCode, IceServer, LeaveReason, Media, PeerId, ServerMessage};
use signaling::{Config, IceCredentials, Limits};

const BOTH: [[Encoding; 2]; 2] = [
    [Encoding::Postcard, Encoding::Json],
    [Encoding::Json, Encoding::Postcard],
];

#[tokio::test]
async fn whoever_is_away_comes_back_with_everything_that_was_said() {
    for encodings in BOTH {
        let server = Server::start(Config::default()).await;
        let (mut ada, mut bob) = pair(&server, encodings).await;
        let (ada_id, bob_id) = (ada.id(), bob.id());
        ada.signal(bob_id, "one").await;
        bob.expect_signal(ada_id, "one").await;
        let left = bob.cut();
        ada.expect_away(bob_id).await;
        ada.signal(bob_id, "two").await;
        let mut eve = Member::join(&server, Encoding::Json, "room").await;
        ada.expect_newcomer(eve.id()).await;
        ada.client.say(&ClientMessage::Leave).await;
        eve.expect_left(ada_id, LeaveReason::Left).await;
        assert_eq!(server.signaling.stats().away, 1);

        let (mut bob, answer) = Member::back(&server, encodings[1], left).await;
        assert_eq!(answer, Answer::Resumed(0));
        bob.expect_signal(ada_id, "two").await;
        bob.expect_newcomer(eve.id()).await;
        bob.expect_left(ada_id, LeaveReason::Left).await;
        eve.expect_back(bob_id).await;
        bob.signal(eve.id(), "three").await;
        eve.expect_signal(bob_id, "three").await;
        bob.hears_nothing().await;
        let stats = server.signaling.stats();
        assert_eq!((stats.seats, stats.away, stats.resumed), (2, 0, 1));
    }
}

#[tokio::test]
async fn a_newcomer_finds_those_who_are_away_on_the_roster_and_marked() {
    let server = Server::start(Config::default()).await;
    let (mut ada, bob) = pair(&server, BOTH[0]).await;
    let bob_id = bob.id();
    let left = bob.cut();
    ada.expect_away(bob_id).await;
    let mut eve = server.client(Encoding::Json).await;
    let room = "room".to_owned();
    eve.say(&ClientMessage::Peek { room }).await;
    assert!(matches!(eve.message().await, ServerMessage::Occupancy { count: 2, .. }));
    eve.say(&join_with("room", None)).await;
    match eve.message().await {
        ServerMessage::Joined { peers, away, .. } => {
            assert_eq!(peers.iter().map(|peer| peer.id).collect::<Vec<_>>(), [ada.id(), bob_id]);
            assert_eq!(away, [bob_id]);
        }
        other => panic!("expected joined, got {other:?}"),
    }
    let (mut bob, _) = Member::back(&server, Encoding::Json, left).await;
    assert!(matches!(bob.message().await, ServerMessage::PeerJoined { .. }));
    assert!(matches!(eve.message().await, ServerMessage::PeerBack { peer } if peer.id == bob_id));
}

#[tokio::test]
async fn wherever_the_socket_is_cut_every_message_arrives_once_and_in_order() {
    const MESSAGES: u64 = 12;
    for cut_after in 0..=MESSAGES {
        for encodings in BOTH {
            let server = Server::start(Config::default()).await;
            let (mut ada, mut bob) = pair(&server, encodings).await;
            let (ada_id, bob_id) = (ada.id(), bob.id());
            for number in 0..MESSAGES {
                ada.signal(bob_id, &number.to_string()).await;
            }
            // Bob may have got more than he has read: what he has not read is lost with the socket.
            for number in 0..cut_after {
                bob.expect_signal(ada_id, &number.to_string()).await;
            }
            let left = bob.cut();
            ada.expect_away(bob_id).await;
            ada.signal(bob_id, "while away").await;
            let (mut bob, answer) = Member::back(&server, encodings[1], left).await;
            assert_eq!(answer, Answer::Resumed(0));
            ada.expect_back(bob_id).await;
            ada.signal(bob_id, "after").await;
            for number in cut_after..MESSAGES {
                bob.expect_signal(ada_id, &number.to_string()).await;
            }
            bob.expect_signal(ada_id, "while away").await;
            bob.expect_signal(ada_id, "after").await;
            bob.hears_nothing().await;
        }
    }
}

#[tokio::test]
async fn the_server_says_how_many_messages_of_the_client_have_come_whether_or_not_they_could_be_done() {
    let server = Server::start(Config::default()).await;
    let (mut ada, mut bob) = pair(&server, BOTH[0]).await;
    let (ada_id, bob_id) = (ada.id(), bob.id());
    bob.signal(ada_id, "one").await;
    bob.signal(bob_id, "to oneself").await;
    assert_eq!(bob.client.error().await.0, ErrorCode::UnknownPeer);
    bob.signal(ada_id, &"x".repeat(5_000)).await;
    assert_eq!(bob.client.error().await.0, ErrorCode::TooLarge);
    let media = Media::default();
    for (name, is_done) in [("", false), ("Robert", true)] {
        let name = name.to_owned();
        bob.client.say(&ClientMessage::Update { name, media }).await;
        if !is_done {
            assert_eq!(bob.client.error().await.0, ErrorCode::InvalidName);
        }
    }
    // These are not counted.
    bob.hears_nothing().await;
    bob.client.say(&join_with("room", None)).await;
    assert_eq!(bob.client.error().await.0, ErrorCode::AlreadyJoined);
    ada.expect_signal(bob_id, "one").await;
    assert!(matches!(ada.message().await, ServerMessage::PeerUpdated { .. }));

    let left = bob.cut();
    ada.expect_away(bob_id).await;
    let (mut bob, answer) = Member::back(&server, Encoding::Json, left).await;
    assert_eq!(answer, Answer::Resumed(5));
    ada.expect_back(bob_id).await;
    // Counting goes on from there.
    bob.signal(ada_id, "two").await;
    ada.expect_signal(bob_id, "two").await;
    let left = bob.cut();
    ada.expect_away(bob_id).await;
    let (_, answer) = Member::back(&server, Encoding::Json, left).await;
    assert_eq!(answer, Answer::Resumed(6));
}

#[tokio::test]
async fn a_seat_that_is_taken_over_closes_the_old_socket_with_4002() {
    let server = Server::start(Config::default()).await;
    let (mut ada, mut bob) = pair(&server, BOTH[0]).await;
    let (ada_id, bob_id) = (ada.id(), bob.id());
    let memory = (bob.room.clone(), bob.memory.clone());
    let (mut again, answer) = Member::back(&server, Encoding::Json, memory).await;
    assert_eq!(answer, Answer::Resumed(0));
    bob.expect_closed(4002, "taken-over").await;
    ada.signal(bob_id, "one").await;
    again.expect_signal(ada_id, "one").await;
    again.signal(ada_id, "two").await;
    ada.expect_signal(bob_id, "two").await;
    drop(bob);
    ada.hears_nothing().await;
    let stats = server.signaling.stats();
    assert_eq!((stats.seats, stats.away, stats.resumed), (2, 0, 1));
}

#[tokio::test]
async fn name_and_media_are_those_of_the_join_that_takes_the_seat_back() {
    let server = Server::start(Config::default()).await;
    let (mut ada, bob) = pair(&server, BOTH[0]).await;
    let bob_id = bob.id();
    let (room, memory) = (bob.room.clone(), bob.memory.clone());
    let media = Media {
        camera: true.into(),
        ..Media::default()
    };
    let join = |name: &str| ClientMessage::Join {
        room: room.clone(),
        name: name.into(),
        media,
        resume: Some(memory.resume()),
    };
    // Taken over while the socket is there: it was never away, so it only changes.
    let mut again = server.client(Encoding::Json).await;
    again.say(&join("Bobby")).await;
    assert!(matches!(again.message().await, ServerMessage::Resumed { .. }));
    match ada.message().await {
        ServerMessage::PeerUpdated { peer } => assert_eq!((peer.name.as_str(), peer.media), ("Bobby", media)),
        other => panic!("expected peer-updated, got {other:?}"),
    }
    drop((bob, again));
    ada.expect_away(bob_id).await;
    let mut again = server.client(Encoding::Json).await;
    again.say(&join("Robert")).await;
    assert!(matches!(again.message().await, ServerMessage::Resumed { .. }));
    let back = ada.expect_back(bob_id).await;
    assert_eq!((back.name.as_str(), back.media), ("Robert", media));
}

#[tokio::test]
async fn in_the_other_encoding_a_seat_begins_anew_with_its_old_id() {
    for [first, second] in BOTH {
        let server = Server::start(Config::default()).await;
        let (mut ada, mut bob) = pair(&server, [Encoding::Postcard, first]).await;
        let (ada_id, bob_id) = (ada.id(), bob.id());
        bob.signal(ada_id, "one").await;
        ada.expect_signal(bob_id, "one").await;
        ada.signal(bob_id, "lost with the socket").await;
        let old = bob.memory.clone();
        let left = bob.cut();
        ada.expect_away(bob_id).await;
        let (mut bob, answer) = Member::back(&server, second, left).await;
        let peers = vec![ada_id];
        assert_eq!(answer, Answer::Joined { peers, away: vec![] });
        ada.expect_back(bob_id).await;
        // Both count from 0 again.
        ada.signal(bob_id, "two").await;
        bob.expect_signal(ada_id, "two").await;
        bob.signal(ada_id, "three").await;
        ada.expect_signal(bob_id, "three").await;
        let left = bob.cut();
        ada.expect_away(bob_id).await;
        let (bob, answer) = Member::back(&server, second, left).await;
        assert_eq!(answer, Answer::Resumed(1));
        ada.expect_back(bob_id).await;

        // Somebody who never got the `joined` of the new beginning counts from the old one: that cannot be gone on with.
        let room = bob.cut().0;
        ada.expect_away(bob_id).await;
        let (_, answer) = Member::back(&server, second, (room, old)).await;
        assert!(matches!(answer, Answer::Joined { .. }), "{answer:?}");
    }
}

#[tokio::test]
async fn when_more_was_said_than_is_kept_the_seat_begins_anew() {
    let server = Server::start(Config {
        rate: signaling::Rate {
            burst: u32::MAX,
            per_second: u32::MAX,
        },
        ..Config::default()
    })
    .await;
    let (mut ada, bob) = pair(&server, BOTH[0]).await;
    let (ada_id, bob_id) = (ada.id(), bob.id());
    let left = bob.cut();
    ada.expect_away(bob_id).await;
    for number in 0..1_100 {
        ada.signal(bob_id, &number.to_string()).await;
    }
    ada.hears_nothing().await;
    let (mut bob, answer) = Member::back(&server, Encoding::Json, left).await;
    let peers = vec![ada_id];
    assert_eq!(answer, Answer::Joined { peers, away: vec![] });
    ada.expect_back(bob_id).await;
    ada.signal(bob_id, "now").await;
    bob.expect_signal(ada_id, "now").await;
}

#[tokio::test]
async fn whoever_is_away_keeps_the_place_until_a_newcomer_needs_it() {
    let notes = Arc::new(Notes::default());
    let server = Server::start(Config {
        limits: Limits { room_size: 3, rooms: 1 },
        ice_credentials: Some(Arc::clone(&notes) as _),
        ..Config::default()
    })
    .await;
    let (mut ada, bob) = pair(&server, BOTH[0]).await;
    let bob_id = bob.id();
    let bob = bob.cut();
    ada.expect_away(bob_id).await;
    let eve = Member::join(&server, Encoding::Json, "room").await;
    let eve_id = eve.id();
    ada.expect_newcomer(eve_id).await;
    let eve = eve.cut();
    ada.expect_away(eve_id).await;

    // There is a place for who comes, so the lobby does not say that the room is full.
    let mut dan = Member::join(&server, Encoding::Json, "room").await;
    ada.expect_left(bob_id, LeaveReason::Lost).await;
    ada.expect_newcomer(dan.id()).await;
    assert_eq!(dan.memory.known, [ada.id(), eve_id], "who is away for longest has gone");
    let stats = server.signaling.stats();
    assert_eq!((stats.seats, stats.away, stats.rooms), (3, 1, 1));
    assert_eq!(notes.ended(), [bob_id]);

    // The other one has kept its place, and then nobody is left to yield.
    let (_eve, answer) = Member::back(&server, Encoding::Json, eve).await;
    assert_eq!(answer, Answer::Resumed(0));
    dan.expect_back(eve_id).await;
    let mut late = server.client(Encoding::Json).await;
    late.say(&join_with("room", None)).await;
    assert_eq!(late.error().await.0, ErrorCode::RoomFull);
    let mut late = server.client(Encoding::Json).await;
    assert_eq!(late.refused(&bob.0, bob.1.resume()).await, ErrorCode::SeatGone);
}

#[tokio::test]
async fn after_the_grace_a_seat_is_gone_and_its_place_is_free() {
    let server = Server::start(Config {
        limits: Limits { room_size: 2, rooms: 1 },
        grace: Duration::from_millis(50),
        ..Config::default()
    })
    .await;
    let (mut ada, bob) = pair(&server, BOTH[0]).await;
    let bob_id = bob.id();
    let (_, memory) = bob.cut();
    ada.expect_away(bob_id).await;
    ada.expect_left(bob_id, LeaveReason::Lost).await;
    let mut eve = server.client(Encoding::Json).await;
    assert_eq!(eve.refused("room", memory.resume()).await, ErrorCode::SeatGone);
    // The socket stays, and may join anew.
    let (you, peers) = eve.join("room").await;
    assert_ne!(you.id, bob_id);
    assert_eq!(peers.len(), 1);
}

#[tokio::test]
async fn the_last_one_away_takes_the_room_along() {
    let server = Server::start(Config {
        grace: Duration::from_millis(50),
        ..Config::default()
    })
    .await;
    let ada = Member::join(&server, Encoding::Json, "room").await;
    drop(ada);
    eventually("nothing is left", || {
        let stats = server.signaling.stats();
        (stats.sockets, stats.seats, stats.away, stats.rooms) == (0, 0, 0, 0)
    })
    .await;
}

#[tokio::test]
async fn shutdown_does_not_wait_for_the_grace() {
    let server = Server::start(Config::default()).await;
    let (mut ada, bob) = pair(&server, BOTH[0]).await;
    let bob_id = bob.id();
    drop(bob);
    ada.expect_away(bob_id).await;
    let over = tokio::spawn({
        let signaling = server.signaling.clone();
        async move { signaling.shutdown().await }
    });
    assert!(matches!(ada.message().await, ServerMessage::Bye { .. }));
    ada.expect_closed(1001, "going-away").await;
    drop(ada);
    let within = tokio::time::timeout(Duration::from_secs(5), over).await;
    within.expect("in time").expect("no panic");
    let stats = server.signaling.stats();
    assert_eq!((stats.sockets, stats.seats, stats.away, stats.rooms), (0, 0, 0, 0));
}

/// Notes who gets credentials, and who loses them.
#[derive(Debug, Default)]
struct Notes(Mutex<Vec<(&'static str, PeerId)>>);

impl Notes {
    fn ended(&self) -> Vec<PeerId> {
        let notes = self.0.lock().expect("not poisoned");
        let ended = notes.iter().filter(|(what, _)| *what == "ended");
        ended.map(|&(_, peer)| peer).collect()
    }
}

impl IceCredentials for Notes {
    fn issue(&self, peer: PeerId, _: Option<&str>) -> Vec<IceServer> {
        self.0.lock().expect("not poisoned").push(("issue", peer));
        Vec::new()
    }

    fn lifetime(&self) -> Option<Duration> {
        None
    }

    fn ended(&self, peer: PeerId) {
        self.0.lock().expect("not poisoned").push(("ended", peer));
    }
}

#[tokio::test]
async fn a_seat_that_is_taken_back_gets_new_credentials_and_one_that_is_lost_has_none() {
    let notes = Arc::new(Notes::default());
    let noted = || notes.0.lock().expect("not poisoned").clone();
    let server = Server::start(Config {
        grace: Duration::from_millis(300),
        ice_credentials: Some(Arc::clone(&notes) as _),
        ..Config::default()
    })
    .await;
    let (mut ada, bob) = pair(&server, BOTH[0]).await;
    let (ada_id, bob_id) = (ada.id(), bob.id());
    // On another socket while the first is open: no time of grace can run out.
    let memory = (bob.room.clone(), bob.memory.clone());
    let (again, answer) = Member::back(&server, Encoding::Json, memory).await;
    assert_eq!(answer, Answer::Resumed(0));
    let issued = [("issue", ada_id), ("issue", bob_id), ("issue", bob_id)];
    assert_eq!(noted(), issued, "who was taken over is not given up");
    drop(bob);
    again.cut();
    ada.expect_away(bob_id).await;
    ada.expect_left(bob_id, LeaveReason::Lost).await;
    eventually("the end of the credentials", || noted().len() == 4).await;
    assert_eq!(noted()[3], ("ended", bob_id));
    server.signaling.shutdown().await;
    assert_eq!(noted().len(), 4, "calls go on without the server");
}
