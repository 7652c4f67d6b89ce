//! Two people and their server over real sockets: both encodings, joining, talking, leaving, who may connect, the end.

mod common;

use std::time::{Duration, Instant};

use common::{Client, Heard, Server, eventually, join, signal};
use futures_util::{SinkExt, StreamExt};
use protocol::{
    ClientMessage, Encoding, ErrorCode, IceServer, LeaveReason, Media, PeerId, ServerMessage, limits::MESSAGE_MAX,
};
use signaling::{Config, Limits, Rate};
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::protocol::{CloseFrame, frame::coding::CloseCode};

async fn pair(server: &Server) -> ((Client, PeerId), (Client, PeerId)) {
    let mut ada = server.member(Encoding::Postcard, "room").await;
    let bob = server.member(Encoding::Json, "room").await;
    assert_eq!(ada.0.newcomer().await.id, bob.1);
    (ada, bob)
}

#[tokio::test]
async fn a_postcard_peer_and_a_json_peer_understand_each_other() {
    let ice_servers = vec![IceServer {
        urls: vec!["turn:turn.example:3478".into()],
        username: Some("user".into()),
        credential: Some("secret".into()),
    }];
    let server = Server::start(Config {
        ice_servers: ice_servers.clone(),
        ..Config::default()
    })
    .await;
    let (mut ada, ada_id) = server.member(Encoding::Postcard, "room").await;
    let mut bob = server.client(Encoding::Json).await;

    bob.say(&ClientMessage::Peek { room: "room".into() }).await;
    let room = "room".parse().expect("a room");
    let capacity = 8;
    assert_eq!(
        bob.message().await,
        ServerMessage::Occupancy {
            room,
            count: 1,
            capacity
        }
    );

    let media = Media {
        camera: true.into(),
        ..Media::default()
    };
    bob.say(&ClientMessage::Join {
        resume: None,
        room: "room".into(),
        name: " Bob\u{202E} ".into(),
        media,
    })
    .await;
    let ServerMessage::Joined {
        you,
        peers,
        ice_servers: given,
        ..
    } = bob.message().await
    else {
        panic!("expected joined");
    };
    assert_eq!((you.name.as_str(), you.media), ("Bob", media));
    assert_eq!(peers.iter().map(|peer| peer.id).collect::<Vec<_>>(), [ada_id]);
    assert!(peers[0].order < you.order, "whoever comes later has the higher order");
    assert_eq!(given, ice_servers);
    assert_eq!(ada.newcomer().await, you);

    ada.signal(you.id, "one").await;
    ada.signal(you.id, "two").await;
    for text in ["one", "two"] {
        let from = ada_id;
        assert_eq!(
            bob.message().await,
            ServerMessage::Signal {
                from,
                signal: signal(text)
            }
        );
    }
    bob.signal(ada_id, "three").await;
    let from = you.id;
    assert_eq!(
        ada.message().await,
        ServerMessage::Signal {
            from,
            signal: signal("three")
        }
    );

    let media = Media {
        screen: true.into(),
        ..Media::default()
    };
    bob.say(&ClientMessage::Update {
        name: "Robert".into(),
        media,
    })
    .await;
    match ada.message().await {
        ServerMessage::PeerUpdated { peer } => assert_eq!((peer.name.as_str(), peer.media), ("Robert", media)),
        other => panic!("expected peer-updated, got {other:?}"),
    }
    let stats = server.signaling.stats();
    assert_eq!((stats.sockets, stats.seats, stats.rooms, stats.relayed), (2, 2, 1, 3));
}

#[tokio::test]
async fn whoever_says_leave_is_announced_as_left_and_closed() {
    let server = Server::start(Config::default()).await;
    let ((mut ada, ada_id), (mut bob, _)) = pair(&server).await;
    ada.say(&ClientMessage::Leave).await;
    assert_eq!(
        ada.hear().await,
        Heard::Closed {
            code: 1000,
            reason: String::new()
        }
    );
    let (peer, reason) = (ada_id, LeaveReason::Left);
    assert_eq!(bob.message().await, ServerMessage::PeerLeft { peer, reason });
}

#[tokio::test]
async fn a_closed_tab_is_announced_as_left_at_once() {
    for code in [None, Some(CloseCode::Normal), Some(CloseCode::Away)] {
        let server = Server::start(Config::default()).await;
        let ((mut ada, ada_id), (mut bob, _)) = pair(&server).await;
        let close = code.map(|code| CloseFrame {
            code,
            reason: "".into(),
        });
        ada.socket.close(close).await.expect("open");
        let (peer, reason) = (ada_id, LeaveReason::Left);
        assert_eq!(bob.message().await, ServerMessage::PeerLeft { peer, reason });
        while ada.socket.next().await.is_some_and(|frame| frame.is_ok()) {}
        eventually("the socket is gone", || server.signaling.stats().sockets == 1).await;
    }
}

#[tokio::test]
async fn a_broken_connection_is_announced_as_away_and_then_as_lost() {
    let grace = Duration::from_millis(50);
    let server = Server::start(Config {
        grace,
        ..Config::default()
    })
    .await;
    let ((ada, peer), (mut bob, _)) = pair(&server).await;
    drop(ada);
    assert_eq!(bob.message().await, ServerMessage::PeerAway { peer });
    let reason = LeaveReason::Lost;
    assert_eq!(bob.message().await, ServerMessage::PeerLeft { peer, reason });
}

#[tokio::test]
async fn without_grace_a_broken_connection_is_announced_as_lost_at_once() {
    let grace = Duration::ZERO;
    let server = Server::start(Config {
        grace,
        ..Config::default()
    })
    .await;
    let ((ada, peer), (mut bob, _)) = pair(&server).await;
    drop(ada);
    let reason = LeaveReason::Lost;
    assert_eq!(bob.message().await, ServerMessage::PeerLeft { peer, reason });
}

#[tokio::test]
async fn when_everybody_is_gone_nothing_is_left() {
    let grace = Duration::from_millis(50);
    let server = Server::start(Config {
        grace,
        ..Config::default()
    })
    .await;
    let (ada, bob) = pair(&server).await;
    drop((ada, bob));
    let is_empty = || {
        let stats = server.signaling.stats();
        (stats.sockets, stats.seats, stats.away, stats.rooms) == (0, 0, 0, 0)
    };
    eventually("no sockets, seats and rooms", is_empty).await;
}

#[tokio::test]
async fn a_full_room_refuses_and_has_room_again_when_somebody_leaves() {
    let limits = Limits { room_size: 2, rooms: 1 };
    let server = Server::start(Config {
        limits,
        ..Config::default()
    })
    .await;
    let ((mut ada, _), (mut bob, _)) = pair(&server).await;
    let mut eve = server.client(Encoding::Json).await;
    eve.say(&join("room")).await;
    assert_eq!(eve.error().await.0, ErrorCode::RoomFull);
    eve.say(&join("another")).await;
    assert_eq!(eve.error().await.0, ErrorCode::TooManyRooms);
    ada.say(&ClientMessage::Leave).await;
    assert!(matches!(bob.message().await, ServerMessage::PeerLeft { .. }));
    let (you, peers) = eve.join("room").await;
    assert_eq!(peers.len(), 1);
    assert!(peers[0].order < you.order);
}

#[tokio::test]
async fn a_slow_reader_is_removed_and_nobody_waits_for_it() {
    let rate = Rate {
        burst: u32::MAX,
        per_second: u32::MAX,
    };
    let server = Server::start(Config {
        rate,
        ..Config::default()
    })
    .await;
    let ((mut ada, ada_id), (mut bob, bob_id)) = pair(&server).await;
    let (_slow, slow_id) = server.member(Encoding::Json, "room").await;
    assert_eq!(ada.newcomer().await.id, slow_id);
    assert_eq!(bob.newcomer().await.id, slow_id);

    // Enough to fill whatever the system buffers for a connection, and then the outbox.
    let mut offer = signal("");
    if let protocol::Signal::Candidate(candidate) = &mut offer {
        candidate.candidate = "x".repeat(protocol::limits::CANDIDATE_MAX - 1);
    }
    let bytes = offer_size(&offer);
    let flood = ada.frame(&ClientMessage::Signal {
        to: slow_id,
        signal: offer,
    });
    let (mut sender, mut receiver) = ada.socket.split();
    let flooding = tokio::spawn(async move {
        for _ in 0..(256 * 1024 * 1024 / bytes) {
            if sender.send(flood.clone()).await.is_err() {
                break;
            }
        }
        sender
    });
    // The others talk all the while, and are told once it is over.
    let removed = ServerMessage::PeerLeft {
        peer: slow_id,
        reason: LeaveReason::Removed,
    };
    loop {
        bob.signal(ada_id, "still here?").await;
        let heard = receiver.next().await.expect("open").expect("open");
        if heard.is_ping() {
            continue;
        }
        let heard = Encoding::Postcard.decode_frame(&heard.into_data());
        let heard: ServerMessage = heard.expect("a message").message;
        if heard == removed {
            break;
        }
        assert!(
            matches!(heard, ServerMessage::Signal { from, .. } if from == bob_id),
            "{heard:?}"
        );
    }
    assert_eq!(bob.message().await, removed);
    flooding.abort();
}

fn offer_size(signal: &protocol::Signal) -> usize {
    Encoding::Postcard.encode(signal).len().min(MESSAGE_MAX)
}

#[tokio::test]
async fn a_page_of_another_origin_is_refused_with_a_sentence() {
    let allowed_origins = vec!["https://app.example".into()];
    let server = Server::start(Config {
        allowed_origins,
        ..Config::default()
    })
    .await;
    let ours = ("sec-websocket-protocol", "parlour.v1+json");
    for origin in ["https://evil.example", "null", "http://127.0.0.1:1"] {
        let (status, sentence) = server.refusal(&[ours, ("origin", origin)]).await;
        assert_eq!(status, 403, "{origin}");
        assert!(sentence.contains("origin"), "{sentence}");
    }
    let own = format!("http://{}", server.address);
    for origin in [own.as_str(), "https://app.example"] {
        assert!(server.connect(&[ours, ("origin", origin)]).await.is_ok(), "{origin}");
    }
}

#[tokio::test]
async fn the_encoding_is_agreed_on_by_the_subprotocol() {
    let server = Server::start(Config::default()).await;
    let (status, sentence) = server.refusal(&[]).await;
    assert_eq!(status, 400);
    assert!(sentence.contains("parlour.v1 or parlour.v1+json"), "{sentence}");
    // Of several the server takes the one it likes best, wherever it stands.
    for offered in ["parlour.v1+json, parlour.v1", "chat,parlour.v1+json,parlour.v1"] {
        let headers = [("sec-websocket-protocol", offered)];
        let mut socket = server.connect(&headers).await.expect("a connection");
        let peek = Encoding::Postcard.encode_frame(&ClientMessage::Peek { room: "room".into() }.into());
        socket.send(Message::binary(peek)).await.expect("open");
        let answer = socket.next().await.expect("open").expect("an answer");
        assert!(answer.is_binary(), "{answer:?}");
    }
}

#[tokio::test]
async fn shutdown_says_bye_to_everybody_and_is_over_within_5_seconds() {
    let server = Server::start(Config::default()).await;
    let mut clients = Vec::new();
    for number in 0..20 {
        let encoding = Encoding::ALL[number % Encoding::ALL.len()];
        clients.push(server.member(encoding, &format!("room-{}", number / 4)).await.0);
    }
    // One never joined, and one has stopped reading and never answers the close.
    clients.push(server.client(Encoding::Json).await);
    let (_deaf, _) = server.member(Encoding::Json, "deaf").await;

    let began = Instant::now();
    let over = tokio::spawn({
        let signaling = server.signaling.clone();
        async move { signaling.shutdown().await }
    });
    let mut waits = Vec::new();
    for client in &mut clients {
        let wait = loop {
            match client.message().await {
                ServerMessage::PeerJoined { .. } => {}
                ServerMessage::Bye { retry_after_ms } => break retry_after_ms,
                other => panic!("expected bye and no word of others leaving, got {other:?}"),
            }
        };
        assert!((500..=5_000).contains(&wait), "{wait} ms");
        waits.push(wait);
        let reason = "going-away".into();
        assert_eq!(client.hear().await, Heard::Closed { code: 1001, reason });
        assert_eq!(client.hear().await, Heard::Cut);
    }
    over.await.expect("no panic");
    assert!(began.elapsed() < Duration::from_secs(5), "took {:?}", began.elapsed());
    waits.dedup();
    assert!(waits.len() > 1, "they do not all come back in one moment");
    let stats = server.signaling.stats();
    assert_eq!((stats.sockets, stats.seats, stats.rooms), (0, 0, 0));
    let (status, _) = server.refusal(&[("sec-websocket-protocol", "parlour.v1")]).await;
    assert_eq!(status, 503, "nobody new gets in");
}
