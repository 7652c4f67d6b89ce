//! What somebody may show who has no right to a seat. Each has a stable code, the socket stays, and nobody else notices.

mod common;

use common::seats::{Answer, Member, join_with, key, keyed, pair};
use common::{Client, Server};
use protocol::limits::{TOKEN_MAX, TOKEN_MAX_AGE};
use protocol::{ClientMessage, Encoding, ErrorCode, PeerId, Resume, RoomId, ServerMessage};
use signaling::{Sealed, SeatKey};

/// Two who talk, and one who has no seat.
struct Scene {
    server: Server,
    ada: Member,
    bob: Member,
    mallory: Client,
}

impl Scene {
    async fn new() -> Self {
        let server = Server::start(keyed()).await;
        let (ada, bob) = pair(&server, [Encoding::Postcard, Encoding::Json]).await;
        let mallory = server.client(Encoding::Json).await;
        Self {
            server,
            ada,
            bob,
            mallory,
        }
    }

    async fn refused(&mut self, room: &str, token: &str, expected: ErrorCode) {
        let resume = Resume {
            token: token.into(),
            received: 0,
            known: Vec::new(),
        };
        let before = self.server.errors(expected);
        assert_eq!(self.mallory.refused(room, resume).await, expected, "{token:.80}");
        assert_eq!(self.server.errors(expected), before + 1, "it is counted");
    }

    async fn the_others_notice_nothing(&mut self) {
        let (ada, bob) = (self.ada.id(), self.bob.id());
        self.ada.signal(bob, "from ada").await;
        self.bob.expect_signal(ada, "from ada").await;
        self.bob.signal(ada, "from bob").await;
        self.ada.expect_signal(bob, "from bob").await;
        let stats = self.server.signaling.stats();
        assert_eq!((stats.seats, stats.away, stats.rooms, stats.resumed), (2, 0, 1, 0));
    }

    /// The socket stays, and may join anew.
    async fn mallory_may_join(&mut self) {
        let (you, peers) = self.mallory.join("room").await;
        assert_eq!(peers.len(), 2);
        self.ada.expect_newcomer(you.id).await;
        self.bob.expect_newcomer(you.id).await;
    }
}

fn now() -> u64 {
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
    now.expect("after 1970").as_secs()
}

fn sealed(peer: PeerId, order: u64, issued: u64) -> Sealed {
    Sealed {
        epoch: 0,
        generation: 0,
        peer,
        order,
        issued,
    }
}

fn room() -> RoomId {
    "room".parse().expect("a room")
}

#[tokio::test]
async fn whatever_is_no_token_is_invalid() {
    let mut scene = Scene::new().await;
    let token = scene.ada.memory.token.clone();
    let mut texts: Vec<_> = (0..token.len()).map(|length| token[..length].to_owned()).collect();
    texts.extend([
        format!("{token}A"),
        format!("{token}AAAA"),
        format!("{token}="),
        format!("{token}\u{0}"),
        token.to_lowercase(),
        "🦀".repeat(16),
        "A".repeat(TOKEN_MAX),
        "A".repeat(TOKEN_MAX + 1),
        "A".repeat(60_000),
    ]);
    for text in texts {
        scene.refused("room", &text, ErrorCode::InvalidResume).await;
    }
    scene.the_others_notice_nothing().await;
    scene.mallory_may_join().await;
}

#[tokio::test]
async fn a_forged_token_is_invalid() {
    let mut scene = Scene::new().await;
    let (peer, order) = (scene.ada.id(), scene.ada.memory.order);
    let another = SeatKey::from_random_bytes([43; 32]).seal(&room(), sealed(peer, order, now()));
    scene.refused("room", &another, ErrorCode::InvalidResume).await;
    // A true one with another place, or another time, in it.
    let token = scene.ada.memory.token.clone();
    for at in [0, 3, 8, 20, 30, 40, 50, 75] {
        let letter = if token[at..].starts_with('A') { "B" } else { "A" };
        let forged = format!("{}{letter}{}", &token[..at], &token[at + 1..]);
        scene.refused("room", &forged, ErrorCode::InvalidResume).await;
    }
    scene.the_others_notice_nothing().await;
    scene.mallory_may_join().await;
}

#[tokio::test]
async fn a_token_of_another_room_is_invalid() {
    let mut scene = Scene::new().await;
    let token = scene.ada.memory.token.clone();
    for room in ["another", "rooms", "roo"] {
        scene.refused(room, &token, ErrorCode::InvalidResume).await;
    }
    let resume = scene.ada.memory.resume();
    assert_eq!(scene.mallory.refused("../room", resume).await, ErrorCode::InvalidRoom);
    scene.the_others_notice_nothing().await;
    scene.mallory_may_join().await;
}

#[tokio::test]
async fn a_token_that_is_too_old_builds_no_seat() {
    let mut scene = Scene::new().await;
    let order = scene.ada.memory.order;
    let nobody = PeerId::from_random_bytes([9; 16]);
    let token = key().seal(&room(), sealed(nobody, order, now() - TOKEN_MAX_AGE.as_secs() - 10));
    scene.refused("room", &token, ErrorCode::InvalidResume).await;
    scene.the_others_notice_nothing().await;
    scene.mallory_may_join().await;
}

#[tokio::test]
async fn a_seat_that_is_there_is_taken_back_however_old_its_token_is() {
    let mut scene = Scene::new().await;
    let (peer, order) = (scene.ada.id(), scene.ada.memory.order);
    let issued = now() - TOKEN_MAX_AGE.as_secs() - 10;
    let resume = Resume {
        token: key().seal(&room(), sealed(peer, order, issued)),
        received: 0,
        known: Vec::new(),
    };
    scene.mallory.say(&join_with("room", Some(resume))).await;
    let ServerMessage::Joined { you, peers, .. } = scene.mallory.message().await else {
        panic!("expected joined");
    };
    assert_eq!((you.id, peers.len()), (peer, 1));
}

#[tokio::test]
async fn a_token_of_another_epoch_or_generation_is_invalid() {
    let mut scene = Scene::new().await;
    let (peer, order) = (scene.ada.id(), scene.ada.memory.order);
    for (epoch, generation) in [(1, 0), (0, 1), (u32::MAX, u32::MAX)] {
        let sealed = Sealed {
            epoch,
            generation,
            ..sealed(peer, order, now())
        };
        let token = key().seal(&room(), sealed);
        scene.refused("room", &token, ErrorCode::InvalidResume).await;
    }
    scene.the_others_notice_nothing().await;
    scene.mallory_may_join().await;
}

#[tokio::test]
async fn a_seat_of_another_order_is_gone() {
    let mut scene = Scene::new().await;
    let (peer, order) = (scene.ada.id(), scene.ada.memory.order + 1);
    let issued = now() + 30;
    let token = key().seal(&room(), sealed(peer, order, issued));
    scene.refused("room", &token, ErrorCode::SeatGone).await;
    scene.the_others_notice_nothing().await;
    scene.mallory_may_join().await;
}

#[tokio::test]
async fn more_received_than_was_ever_said_is_invalid_and_the_seat_stays_with_its_socket() {
    let mut scene = Scene::new().await;
    let received = scene.ada.memory.received;
    for more in [1, 2, u64::MAX - received] {
        let resume = Resume {
            received: received + more,
            ..scene.ada.memory.resume()
        };
        let code = scene.mallory.refused("room", resume).await;
        assert_eq!(code, ErrorCode::InvalidResume, "{more} more");
    }
    scene.the_others_notice_nothing().await;
    scene.mallory_may_join().await;
}

#[tokio::test]
async fn a_token_is_worth_nothing_once_its_seat_was_left() {
    let mut scene = Scene::new().await;
    let mut eve = Member::join(&scene.server, Encoding::Json, "room").await;
    let id = eve.id();
    eve.client.say(&ClientMessage::Leave).await;
    eve.expect_closed(1000, "").await;
    for member in [&mut scene.ada, &mut scene.bob] {
        member.expect_newcomer(id).await;
        let left = member.message().await;
        assert!(
            matches!(left, ServerMessage::PeerLeft { peer, .. } if peer == id),
            "{left:?}"
        );
    }
    let token = eve.memory.token.clone();
    for _ in 0..3 {
        scene.refused("room", &token, ErrorCode::SeatGone).await;
    }
    scene.the_others_notice_nothing().await;
    scene.mallory_may_join().await;
}

#[tokio::test]
async fn whoever_has_a_seat_cannot_take_another() {
    let mut scene = Scene::new().await;
    let resume = scene.bob.memory.resume();
    assert_eq!(scene.ada.client.refused("room", resume).await, ErrorCode::AlreadyJoined);
    scene.the_others_notice_nothing().await;
}

#[tokio::test]
async fn a_bad_name_takes_no_seat_back_and_leaves_it_for_the_next_try() {
    let scene = Scene::new().await;
    let Scene {
        server, mut ada, bob, ..
    } = scene;
    let id = bob.id();
    let (room, memory) = bob.cut();
    ada.expect_away(id).await;
    let mut client = server.client(Encoding::Json).await;
    let join = |name: &str| ClientMessage::Join {
        room: room.clone(),
        name: name.into(),
        media: protocol::Media::default(),
        resume: Some(memory.resume()),
    };
    client.say(&join("")).await;
    assert_eq!(client.error().await.0, ErrorCode::InvalidName);
    assert_eq!(server.signaling.stats().away, 1);
    client.say(&join("Bob")).await;
    assert!(matches!(client.message().await, ServerMessage::Resumed { .. }));
    ada.expect_back(id).await;
}

#[tokio::test]
async fn known_peers_are_bounded_and_only_of_use_after_a_restart() {
    let scene = Scene::new().await;
    let Scene {
        server, mut ada, bob, ..
    } = scene;
    let many = |from: u32| -> Vec<PeerId> {
        let id = |number: u32| {
            let mut bytes = [0; 16];
            bytes[..4].copy_from_slice(&number.to_be_bytes());
            PeerId::from_random_bytes(bytes)
        };
        (from..from + 1_000).map(id).collect()
    };
    let (ada_id, bob_id) = (ada.id(), bob.id());
    let (room, mut memory) = bob.cut();
    ada.expect_away(bob_id).await;
    memory.known = many(0);
    let (bob, answer) = Member::back(&server, Encoding::Json, (room, memory)).await;
    assert_eq!(answer, Answer::Resumed(0));
    ada.expect_back(bob_id).await;
    ada.hears_nothing().await;

    let (room, mut memory) = bob.cut();
    server.signaling.shutdown().await;
    let server = Server::start(keyed()).await;
    memory.known = many(0);
    let (_bob, answer) = Member::back(&server, Encoding::Json, (room, memory)).await;
    let Answer::Joined { peers, away } = answer else {
        panic!("expected joined, got {answer:?}");
    };
    assert_eq!((peers.len(), away.len()), (0, 7), "as many as find a place");
    // A member comes back all the same.
    let (room, mut memory) = ada.cut();
    memory.known = many(5_000);
    let (_ada, answer) = Member::back(&server, Encoding::Postcard, (room, memory)).await;
    match answer {
        Answer::Joined { peers, away } => {
            assert_eq!((peers.as_slice(), away.len()), ([bob_id].as_slice(), 7));
            assert!(!away.contains(&ada_id));
        }
        other => panic!("expected joined, got {other:?}"),
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn five_thousand_bad_tokens_at_once_leave_the_others_alone_and_nothing_behind() {
    let mut scene = Scene::new().await;
    let token = scene.ada.memory.token.clone();
    let mut attackers = Vec::new();
    for number in 0..10_usize {
        let mut client = scene.server.client(Encoding::ALL[number % Encoding::ALL.len()]).await;
        let token = token.clone();
        attackers.push(tokio::spawn(async move {
            for round in 0..500_usize {
                let at = round % token.len();
                let letter = if token[at..].starts_with('x') { "y" } else { "x" };
                let token = format!("{}{letter}{}", &token[..at], &token[at + 1..]);
                let resume = Resume {
                    token,
                    received: 0,
                    known: vec![PeerId::from_random_bytes([7; 16]); 100],
                };
                let code = client.refused("room", resume).await;
                assert_eq!(code, ErrorCode::InvalidResume);
            }
            client
        }));
    }
    // The two talk all the while.
    let mut rounds = 0;
    while !attackers.iter().all(tokio::task::JoinHandle::is_finished) {
        scene.the_others_notice_nothing().await;
        rounds += 1;
    }
    assert!(rounds > 0, "they had time to talk");
    for attacker in attackers {
        let mut client = attacker.await.expect("every answer was invalid-resume");
        // It may go on, too: nothing was kept against it.
        client.say(&ClientMessage::Peek { room: "room".into() }).await;
        assert!(matches!(
            client.message().await,
            ServerMessage::Occupancy { count: 2, .. }
        ));
    }
    assert_eq!(scene.server.errors(ErrorCode::InvalidResume), 5_000);
    scene.the_others_notice_nothing().await;
}
