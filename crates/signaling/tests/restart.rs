//! Two servers with the same key, one after the other: rooms come together again from the joins of their members.

mod common;

use common::seats::{Answer, Member, join_with, keyed, pair};
use common::{Server, eventually};
use protocol::{ClientMessage, Encoding, ErrorCode, LeaveReason, ServerMessage};
use signaling::{Config, Limits};

const BOTH: [Encoding; 2] = [Encoding::Postcard, Encoding::Json];

/// Three in a room, who all lose their sockets to a restart.
async fn three(config: Config) -> (Vec<(String, common::seats::Memory)>, Server) {
    let first = Server::start(config.clone()).await;
    let (mut ada, mut bob) = pair(&first, BOTH).await;
    let eve = Member::join(&first, Encoding::Json, "room").await;
    for member in [&mut ada, &mut bob] {
        member.expect_newcomer(eve.id()).await;
    }
    let ids = [ada.id(), bob.id(), eve.id()];
    let left = [ada, bob, eve].map(|member| {
        let id = member.id();
        let (room, mut memory) = member.cut();
        memory.known = ids.into_iter().filter(|&each| each != id).collect();
        (room, memory)
    });
    first.signaling.shutdown().await;
    (left.into(), Server::start(config).await)
}

#[tokio::test]
async fn a_room_comes_together_again_with_its_old_ids() {
    let (mut left, server) = three(keyed()).await;
    let ids: Vec<_> = left.iter().map(|(_, memory)| memory.id).collect();
    // In another order than that of their joins.
    let (mut eve, answer) = Member::back(&server, Encoding::Json, left.remove(2)).await;
    let away = vec![ids[0], ids[1]];
    assert_eq!(answer, Answer::Joined { peers: vec![], away });

    let (mut ada, answer) = Member::back(&server, Encoding::Postcard, left.remove(0)).await;
    let (peers, away) = (vec![ids[2]], vec![ids[1]]);
    assert_eq!(answer, Answer::Joined { peers, away });
    eve.expect_back(ids[0]).await;

    // A newcomer hears of those who are expected, and comes after all of them.
    let mut newcomer = server.client(Encoding::Json).await;
    newcomer.say(&join_with("room", None)).await;
    let ServerMessage::Joined { you, peers, away, .. } = newcomer.message().await else {
        panic!("expected joined");
    };
    assert_eq!(
        peers.iter().map(|peer| peer.id).collect::<Vec<_>>(),
        [ids[0], ids[2]],
        "in the old order"
    );
    assert_eq!(away, [ids[1]]);
    assert!(peers.iter().all(|peer| peer.order < you.order));
    for member in [&mut ada, &mut eve] {
        member.expect_newcomer(you.id).await;
    }

    let (mut bob, answer) = Member::back(&server, Encoding::Json, left.remove(0)).await;
    let peers = vec![ids[0], ids[2], you.id];
    assert_eq!(answer, Answer::Joined { peers, away: vec![] });
    ada.expect_back(ids[1]).await;
    eve.expect_back(ids[1]).await;
    assert!(matches!(newcomer.message().await, ServerMessage::PeerBack { peer } if peer.id == ids[1]));
    // All of it is as before: they talk, and lose their sockets again.
    bob.signal(ids[0], "hello").await;
    ada.expect_signal(ids[1], "hello").await;
    let left = bob.cut();
    ada.expect_away(ids[1]).await;
    let (_, answer) = Member::back(&server, Encoding::Json, left).await;
    assert_eq!(answer, Answer::Resumed(1));
    let stats = server.signaling.stats();
    assert_eq!((stats.seats, stats.rooms, stats.resumed), (4, 1, 4));
}

#[tokio::test]
async fn a_place_is_kept_for_those_who_are_expected_but_not_beyond_the_size_of_the_room() {
    let config = Config {
        limits: Limits { room_size: 3, rooms: 2 },
        ..keyed()
    };
    let (mut left, server) = three(config).await;
    let (_ada, _) = Member::back(&server, Encoding::Json, left.remove(0)).await;
    let mut newcomer = server.client(Encoding::Json).await;
    let room = "room".to_owned();
    newcomer.say(&ClientMessage::Peek { room }).await;
    assert!(matches!(
        newcomer.message().await,
        ServerMessage::Occupancy { count: 3, .. }
    ));
    newcomer.say(&join_with("room", None)).await;
    assert_eq!(newcomer.error().await.0, ErrorCode::RoomFull);
    for member in left {
        let (_, answer) = Member::back(&server, Encoding::Postcard, member).await;
        assert!(matches!(answer, Answer::Joined { .. }));
    }
}

#[tokio::test]
async fn a_room_of_only_expected_ones_leaves_nothing_behind() {
    let (mut left, server) = three(keyed()).await;
    let (mut ada, _) = Member::back(&server, Encoding::Json, left.remove(0)).await;
    ada.client.say(&ClientMessage::Leave).await;
    ada.expect_closed(1000, "").await;
    eventually("the room is gone", || server.signaling.stats().rooms == 0).await;
    let mut newcomer = server.client(Encoding::Json).await;
    newcomer.say(&join_with("room", None)).await;
    match newcomer.message().await {
        ServerMessage::Joined { peers, away, .. } => assert_eq!((peers, away), (vec![], vec![])),
        other => panic!("expected joined, got {other:?}"),
    }
}

#[tokio::test]
async fn who_has_left_since_the_restart_is_not_expected_and_cannot_come_back() {
    let (mut left, server) = three(keyed()).await;
    let memory = left[0].1.clone();
    let (mut ada, _) = Member::back(&server, Encoding::Json, left.remove(0)).await;
    let (mut bob, _) = Member::back(&server, Encoding::Json, left.remove(0)).await;
    ada.expect_back(bob.id()).await;
    ada.client.say(&ClientMessage::Leave).await;
    ada.expect_closed(1000, "").await;
    bob.expect_left(memory.id, LeaveReason::Left).await;
    let (_, answer) = Member::back(&server, Encoding::Json, left.remove(0)).await;
    let peers = vec![bob.id()];
    assert_eq!(answer, Answer::Joined { peers, away: vec![] }, "eve still knows ada");
    let mut again = server.client(Encoding::Json).await;
    assert_eq!(again.refused("room", memory.resume()).await, ErrorCode::SeatGone);
}

#[tokio::test]
async fn a_server_with_another_key_knows_none_of_the_old_seats() {
    let (mut left, _same) = three(keyed()).await;
    let server = Server::start(Config::default()).await;
    let mut client = server.client(Encoding::Json).await;
    let (_, memory) = left.remove(0);
    assert_eq!(client.refused("room", memory.resume()).await, ErrorCode::InvalidResume);
    client.join("room").await;
}
