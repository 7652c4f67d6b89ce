//! What a client may send by mistake or by malice. Each has a stable code or close, and the others in the room notice
//! nothing but, where the socket is closed, that somebody left.

mod common;

use common::{Client, Heard, Server, join, signal};
use futures_util::SinkExt;
use protocol::limits::SDP_MAX;
use protocol::{
    ClientMessage, Description, DescriptionKind, Encoding, ErrorCode, LeaveReason, Media, PeerId, ServerMessage, Signal,
};
use signaling::Config;
use tokio::io::AsyncWriteExt;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::protocol::frame::{
    Frame,
    coding::{Data, OpCode},
};

/// Two people who talk, one in each encoding, and one who misbehaves in the same room.
struct Scene {
    server: Server,
    ada: (Client, PeerId),
    bob: (Client, PeerId),
    mallory: (Client, PeerId),
}

impl Scene {
    async fn with(encoding: Encoding) -> Self {
        let server = Server::start(Config::default()).await;
        let mut ada = server.member(Encoding::Postcard, "room").await;
        let mut bob = server.member(Encoding::Json, "room").await;
        let mallory = server.member(encoding, "room").await;
        assert_eq!(ada.0.newcomer().await.id, bob.1);
        assert_eq!(ada.0.newcomer().await.id, mallory.1);
        assert_eq!(bob.0.newcomer().await.id, mallory.1);
        Self {
            server,
            ada,
            bob,
            mallory,
        }
    }

    /// Ada and Bob hear each other, and nothing was said to them before that.
    async fn the_others_notice_nothing(&mut self) {
        let (ada, bob) = (&mut self.ada, &mut self.bob);
        ada.0.signal(bob.1, "from ada").await;
        let heard = ServerMessage::Signal {
            from: ada.1,
            signal: signal("from ada"),
        };
        assert_eq!(bob.0.message().await, heard);
        bob.0.signal(ada.1, "from bob").await;
        let heard = ServerMessage::Signal {
            from: bob.1,
            signal: signal("from bob"),
        };
        assert_eq!(ada.0.message().await, heard);
    }

    /// Mallory's socket stays, and so does the seat.
    async fn mallory_may_go_on(&mut self) {
        let peek = ClientMessage::Peek { room: "room".into() };
        self.mallory.0.say(&peek).await;
        let answer = self.mallory.0.message().await;
        assert!(
            matches!(answer, ServerMessage::Occupancy { count: 3, .. }),
            "{answer:?}"
        );
        self.the_others_notice_nothing().await;
    }

    async fn mallory_is_refused(&mut self, expected: ErrorCode) {
        assert_eq!(self.mallory.0.error().await.0, expected);
        assert_eq!(self.server.errors(expected), 1, "it is counted");
        self.mallory_may_go_on().await;
    }

    async fn mallory_is_removed(&mut self, code: u16, reason: &str) {
        assert_eq!(self.mallory.0.closed().await, (code, reason.into()));
        let left = ServerMessage::PeerLeft {
            peer: self.mallory.1,
            reason: LeaveReason::Removed,
        };
        assert_eq!(self.ada.0.message().await, left);
        assert_eq!(self.bob.0.message().await, left);
        self.the_others_notice_nothing().await;
    }
}

/// A frame of any kind with any bytes in it.
fn frame(kind: Data, bytes: &[u8]) -> Message {
    Message::Frame(Frame::message(bytes.to_vec(), OpCode::Data(kind), true))
}

#[tokio::test]
async fn json_that_is_no_json_is_a_bad_message() {
    for text in ["", "{", "nonsense", "[1, 2", "\u{0}", "{\"join\":"] {
        let mut scene = Scene::with(Encoding::Json).await;
        scene.mallory.0.raw(Message::text(text)).await;
        scene.mallory_is_refused(ErrorCode::BadMessage).await;
    }
}

#[tokio::test]
async fn json_of_another_shape_is_a_bad_message() {
    for text in [
        "null",
        "42",
        "\"join\"",
        "{\"join\":{}}",
        "{\"join\":{\"room\":7,\"name\":\"A\"}}",
        "{\"signal\":{}}",
    ] {
        let mut scene = Scene::with(Encoding::Json).await;
        scene.mallory.0.raw(Message::text(text)).await;
        scene.mallory_is_refused(ErrorCode::BadMessage).await;
    }
}

#[tokio::test]
async fn json_nested_without_end_is_a_bad_message() {
    let mut scene = Scene::with(Encoding::Json).await;
    scene.mallory.0.raw(Message::text("[".repeat(60_000))).await;
    scene.mallory_is_refused(ErrorCode::BadMessage).await;
}

#[tokio::test]
async fn an_unknown_type_is_a_bad_message() {
    let mut scene = Scene::with(Encoding::Json).await;
    scene
        .mallory
        .0
        .raw(Message::text("{\"dance\":{\"style\":\"tango\"}}"))
        .await;
    scene.mallory_is_refused(ErrorCode::BadMessage).await;

    let mut scene = Scene::with(Encoding::Postcard).await;
    scene.mallory.0.raw(Message::binary(vec![250, 1, 2, 3])).await;
    scene.mallory_is_refused(ErrorCode::BadMessage).await;
}

#[tokio::test]
async fn another_version_is_refused_with_a_sentence_that_names_ours() {
    let server = Server::start(Config::default()).await;
    for offered in ["parlour.v2", "parlour.v0+json, graphql-ws", "PARLOUR.V1"] {
        let (status, sentence) = server.refusal(&[("sec-websocket-protocol", offered)]).await;
        assert_eq!(status, 400);
        assert!(sentence.contains("parlour.v1 or parlour.v1+json"), "{sentence}");
    }
}

#[tokio::test]
async fn a_frame_of_1_mb_closes_the_socket_and_the_client_can_read_why() {
    for (encoding, kind) in [(Encoding::Postcard, Data::Binary), (Encoding::Json, Data::Text)] {
        let mut scene = Scene::with(encoding).await;
        scene.mallory.0.raw(frame(kind, &vec![b'x'; 1024 * 1024])).await;
        scene.mallory_is_removed(1009, "too-large").await;
    }
}

#[tokio::test]
async fn many_small_pieces_of_one_huge_message_close_the_socket() {
    let mut scene = Scene::with(Encoding::Postcard).await;
    let piece = |kind| Message::Frame(Frame::message(vec![0; 16 * 1024], OpCode::Data(kind), false));
    scene.mallory.0.raw(piece(Data::Binary)).await;
    for _ in 0..4 {
        scene.mallory.0.raw(piece(Data::Continue)).await;
    }
    scene.mallory_is_removed(1009, "too-large").await;
}

#[tokio::test]
async fn a_frame_of_the_wrong_kind_closes_the_socket() {
    for (encoding, kind) in [(Encoding::Postcard, Data::Text), (Encoding::Json, Data::Binary)] {
        let mut scene = Scene::with(encoding).await;
        let peek = encoding.encode_frame(&ClientMessage::Leave.into());
        scene.mallory.0.raw(frame(kind, &peek)).await;
        scene.mallory_is_removed(1003, "wrong-frame-kind").await;
    }
}

#[tokio::test]
async fn postcard_cut_short_within_a_text_is_a_bad_message() {
    let mut scene = Scene::with(Encoding::Postcard).await;
    let candidate = "candidate:1 1 udp 1 192.0.2.1 9 typ host";
    let signal = ClientMessage::Signal {
        to: scene.ada.1,
        signal: signal(candidate),
    };
    let whole = Encoding::Postcard.encode_frame(&signal.into());
    let text = whole.len() - candidate.len() - 5;
    for length in (0..19).chain(text + 1..text + candidate.len()) {
        scene.mallory.0.raw(Message::binary(whole[..length].to_vec())).await;
        assert_eq!(scene.mallory.0.error().await.0, ErrorCode::BadMessage, "{length} bytes");
    }
    scene.mallory_may_go_on().await;
}

#[tokio::test]
async fn postcard_with_something_after_its_end_is_a_newer_message_and_is_done() {
    let mut scene = Scene::with(Encoding::Postcard).await;
    let mut bytes = Encoding::Postcard.encode_frame(&ClientMessage::Leave.into());
    bytes.push(1);
    scene.mallory.0.raw(Message::binary(bytes)).await;
    assert_eq!(scene.mallory.0.closed().await.0, 1000);
}

#[tokio::test]
async fn a_text_that_claims_to_be_2_to_the_60_bytes_long_is_a_bad_message() {
    let mut scene = Scene::with(Encoding::Postcard).await;
    // No number, peek, then a length of 2^60 as a varint, then nothing of the kind.
    let bytes = [0, 0, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x10, b'a', b'b'];
    scene.mallory.0.raw(Message::binary(bytes.to_vec())).await;
    scene.mallory_is_refused(ErrorCode::BadMessage).await;
}

#[tokio::test]
async fn a_frame_that_claims_to_be_2_to_the_60_bytes_long_closes_the_socket() {
    let mut scene = Scene::with(Encoding::Postcard).await;
    let mut header = vec![0x82, 0xFF];
    header.extend((1_u64 << 60).to_be_bytes());
    header.extend([1, 2, 3, 4, 5, 6, 7]);
    let stream = scene.mallory.0.socket.get_mut();
    stream.write_all(&header).await.expect("the socket is open");
    scene.mallory_is_removed(1009, "too-large").await;
}

#[tokio::test]
async fn a_frame_that_breaks_the_rules_of_websocket_closes_the_socket() {
    // A text frame without a mask (RFC 6455 section 5.1).
    let mut scene = Scene::with(Encoding::Json).await;
    let stream = scene.mallory.0.socket.get_mut();
    stream
        .write_all(&[0x81, 0x02, b'{', b'}'])
        .await
        .expect("the socket is open");
    scene.mallory_is_removed(1002, "protocol-error").await;
}

#[tokio::test]
async fn text_that_is_not_utf_8_closes_the_socket() {
    let mut scene = Scene::with(Encoding::Json).await;
    scene
        .mallory
        .0
        .raw(frame(Data::Text, b"{\"peek\":{\"room\":\"\xFF\xFE\"}}"))
        .await;
    scene.mallory_is_removed(1007, "invalid-utf-8").await;
}

#[tokio::test]
async fn postcard_text_that_is_not_utf_8_is_a_bad_message() {
    let mut scene = Scene::with(Encoding::Postcard).await;
    scene.mallory.0.raw(Message::binary(vec![0, 2, 0xFF, 0xFE])).await;
    scene.mallory_is_refused(ErrorCode::BadMessage).await;
}

#[tokio::test]
async fn ten_thousand_messages_at_once_get_an_error_and_a_close() {
    for encoding in [Encoding::Postcard, Encoding::Json] {
        let mut scene = Scene::with(encoding).await;
        let peek = scene.mallory.0.frame(&ClientMessage::Peek { room: "room".into() });
        for _ in 0..10_000 {
            // The server may have closed the socket already.
            if scene.mallory.0.socket.feed(peek.clone()).await.is_err() {
                break;
            }
        }
        let _ = scene.mallory.0.socket.flush().await;
        let mut last = None;
        let closed = loop {
            match scene.mallory.0.hear().await {
                Heard::Message(message) => last = Some(message),
                other => break other,
            }
        };
        let reason = "rate-limited".into();
        assert_eq!(closed, Heard::Closed { code: 1008, reason });
        assert!(
            matches!(
                last,
                Some(ServerMessage::Error {
                    code: ErrorCode::RateLimited,
                    ..
                })
            ),
            "{last:?}"
        );
        assert_eq!(scene.server.errors(ErrorCode::RateLimited), 1);
        for client in [&mut scene.ada.0, &mut scene.bob.0] {
            let left = client.message().await;
            assert!(
                matches!(
                    left,
                    ServerMessage::PeerLeft {
                        reason: LeaveReason::Removed,
                        ..
                    }
                ),
                "{left:?}"
            );
        }
        scene.the_others_notice_nothing().await;
    }
}

#[tokio::test]
async fn a_signal_to_a_peer_in_another_room_reaches_nobody() {
    let mut scene = Scene::with(Encoding::Json).await;
    let (mut eve, eve_id) = scene.server.member(Encoding::Json, "other").await;
    scene.mallory.0.signal(eve_id, "hello").await;
    assert_eq!(scene.mallory.0.error().await, (ErrorCode::UnknownPeer, Some(eve_id)));
    scene.mallory_may_go_on().await;
    eve.say(&ClientMessage::Peek { room: "other".into() }).await;
    let next = eve.message().await;
    assert!(
        matches!(next, ServerMessage::Occupancy { count: 1, .. }),
        "the other room heard {next:?}"
    );
}

#[tokio::test]
async fn a_signal_to_oneself_or_to_nobody_is_refused() {
    let mut scene = Scene::with(Encoding::Postcard).await;
    for to in [scene.mallory.1, PeerId::from_random_bytes([9; 16])] {
        scene.mallory.0.signal(to, "hello").await;
        assert_eq!(scene.mallory.0.error().await, (ErrorCode::UnknownPeer, Some(to)));
    }
    scene.mallory_may_go_on().await;
}

#[tokio::test]
async fn a_signal_or_an_update_before_the_join_is_refused() {
    let mut scene = Scene::with(Encoding::Json).await;
    for encoding in [Encoding::Postcard, Encoding::Json] {
        let mut stranger = scene.server.client(encoding).await;
        stranger.signal(scene.ada.1, "hello").await;
        assert_eq!(stranger.error().await, (ErrorCode::NotJoined, Some(scene.ada.1)));
        let name = "Eve".into();
        let media = Media::default();
        stranger.say(&ClientMessage::Update { name, media }).await;
        assert_eq!(stranger.error().await.0, ErrorCode::NotJoined);
    }
    scene.the_others_notice_nothing().await;
}

#[tokio::test]
async fn joining_twice_is_refused_and_the_first_seat_stays() {
    for room in ["room", "other"] {
        let mut scene = Scene::with(Encoding::Postcard).await;
        scene.mallory.0.say(&join(room)).await;
        scene.mallory_is_refused(ErrorCode::AlreadyJoined).await;
        assert_eq!(scene.server.signaling.stats().rooms, 1);
    }
}

#[tokio::test]
async fn a_name_of_ten_thousand_emoji_is_refused() {
    let name = "🦀".repeat(10_000);
    let media = Media::default();
    let mut scene = Scene::with(Encoding::Postcard).await;
    let update = ClientMessage::Update { name, media };
    scene.mallory.0.say(&update).await;
    scene.mallory_is_refused(ErrorCode::InvalidName).await;
    let ClientMessage::Update { name, media } = update else {
        unreachable!("made above");
    };
    let room = "room".into();
    let mut stranger = scene.server.client(Encoding::Json).await;
    stranger
        .say(&ClientMessage::Join {
            room,
            name,
            media,
            resume: None,
        })
        .await;
    assert_eq!(stranger.error().await.0, ErrorCode::InvalidName);
    stranger.join("elsewhere").await;
    scene.the_others_notice_nothing().await;
}

#[tokio::test]
async fn a_room_name_that_climbs_is_refused() {
    let mut scene = Scene::with(Encoding::Json).await;
    for room in [
        "../etc/passwd",
        "a/../b",
        "..",
        "room\u{0}",
        "",
        "ro om",
        &"x".repeat(65),
    ] {
        let mut stranger = scene.server.client(Encoding::Postcard).await;
        stranger.say(&join(room)).await;
        assert_eq!(stranger.error().await.0, ErrorCode::InvalidRoom, "join {room:?}");
        stranger.say(&ClientMessage::Peek { room: room.into() }).await;
        assert_eq!(stranger.error().await.0, ErrorCode::InvalidRoom, "peek {room:?}");
    }
    scene.the_others_notice_nothing().await;
}

#[tokio::test]
async fn a_forged_sender_is_overwritten() {
    let mut scene = Scene::with(Encoding::Json).await;
    let forged = serde_json::json!({"signal": {
        "from": scene.bob.1,
        "to": scene.ada.1,
        "signal": {"candidate": {"from": scene.bob.1, "generation": 1, "candidate": "x"}},
    }});
    scene.mallory.0.raw(Message::text(forged.to_string())).await;
    match scene.ada.0.message().await {
        ServerMessage::Signal { from, .. } => assert_eq!(from, scene.mallory.1),
        other => panic!("expected a signal, got {other:?}"),
    }
    scene.mallory_may_go_on().await;
}

#[tokio::test]
async fn a_message_that_only_a_server_sends_is_a_bad_message() {
    let mut scene = Scene::with(Encoding::Json).await;
    let forged = serde_json::json!({"peer-left": {"peer": scene.bob.1, "reason": "left"}});
    scene.mallory.0.raw(Message::text(forged.to_string())).await;
    scene.mallory_is_refused(ErrorCode::BadMessage).await;
}

#[tokio::test]
async fn an_sdp_over_its_limit_is_refused_and_one_at_its_limit_passes() {
    let mut scene = Scene::with(Encoding::Postcard).await;
    let offer = |length| {
        Signal::Description(Description {
            connection: 0,
            generation: 1,
            answers: None,
            kind: DescriptionKind::Offer,
            sdp: "v".repeat(length),
        })
    };
    let to = scene.ada.1;
    let signal = offer(SDP_MAX + 1);
    scene.mallory.0.say(&ClientMessage::Signal { to, signal }).await;
    assert_eq!(scene.mallory.0.error().await, (ErrorCode::TooLarge, Some(to)));
    let signal = offer(SDP_MAX);
    scene.mallory.0.say(&ClientMessage::Signal { to, signal }).await;
    match scene.ada.0.message().await {
        ServerMessage::Signal { from, signal } => assert_eq!((from, signal), (scene.mallory.1, offer(SDP_MAX))),
        other => panic!("expected a signal, got {other:?}"),
    }
    scene.mallory_may_go_on().await;
}
