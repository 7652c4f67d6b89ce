//! A client's first message may come with the upgrade (`protocol::offer_first`).

mod common;

use common::{Client, Heard, Server, join};
use protocol::limits::FIRST_MESSAGE_MAX;
use protocol::{ClientMessage, Encoding, ErrorCode, ServerMessage, offer_first};
use signaling::Config;

/// Opens a socket whose first message is this one.
async fn open_with(server: &Server, encoding: Encoding, message: &[u8]) -> Client {
    let offers = [encoding.subprotocol(), &offer_first(message)].join(", ");
    let socket = server.connect(&[("sec-websocket-protocol", &offers)]).await;
    Client {
        socket: socket.expect("a connection"),
        encoding,
    }
}

#[tokio::test]
async fn who_joins_with_the_upgrade_is_seated_without_another_word() {
    for encoding in Encoding::ALL.iter().copied() {
        let server = Server::start(Config::default()).await;
        let (mut ada, id) = server.member(Encoding::Json, "room").await;
        let mut bob = open_with(&server, encoding, &encoding.encode(&join("room"))).await;
        let ServerMessage::Joined { you, peers, .. } = bob.message().await else {
            panic!("not joined");
        };
        assert_eq!(peers.iter().map(|peer| peer.id).collect::<Vec<_>>(), [id]);
        assert_eq!(ada.newcomer().await.id, you.id);
        // And goes on as everybody does.
        bob.signal(id, "hello").await;
        let heard = ada.message().await;
        assert!(
            matches!(heard, ServerMessage::Signal { from, .. } if from == you.id),
            "{heard:?}"
        );
        bob.say(&join("room")).await;
        assert_eq!(bob.error().await.0, ErrorCode::AlreadyJoined);
    }
}

#[tokio::test]
async fn it_may_be_any_message_and_is_refused_as_if_it_came_later() {
    let server = Server::start(Config::default()).await;
    let encoding = Encoding::Postcard;
    let peek = encoding.encode(&ClientMessage::Peek { room: "room".into() });
    let mut client = open_with(&server, encoding, &peek).await;
    let answer = client.message().await;
    assert!(
        matches!(answer, ServerMessage::Occupancy { count: 0, .. }),
        "{answer:?}"
    );

    let mut client = open_with(&server, encoding, b"\xff\xff\xff").await;
    assert_eq!(client.error().await.0, ErrorCode::BadMessage);
    let (you, _) = client.join("room").await;
    assert!(!you.id.to_string().is_empty(), "the socket stays, and can be joined on");

    let mut client = open_with(&server, encoding, &encoding.encode(&ClientMessage::Leave)).await;
    assert!(matches!(client.hear().await, Heard::Closed { code: 1000, .. }));
}

#[tokio::test]
async fn one_that_cannot_be_read_is_refused_with_a_sentence_and_seats_nobody() {
    let server = Server::start(Config::default()).await;
    let long = offer_first(&[0; FIRST_MESSAGE_MAX + 1]);
    let not_utf8 = offer_first(b"\xff\xfe");
    let cases = [
        ("parlour.v1", "parlour.first.!"),
        ("parlour.v1", "parlour.first.A"),
        ("parlour.v1", &long),
        ("parlour.v1+json", &not_utf8),
    ];
    for (subprotocol, first) in cases {
        let offers = [subprotocol, first].join(",");
        let (status, sentence) = server.refusal(&[("sec-websocket-protocol", &offers)]).await;
        assert_eq!(status, 400, "{offers}");
        assert!(sentence.contains("parlour.first."), "{sentence}");
    }
    // A message alone is no encoding.
    let join = offer_first(&Encoding::Postcard.encode(&join("room")));
    let (status, _) = server.refusal(&[("sec-websocket-protocol", &join)]).await;
    assert_eq!(status, 400);
    let stats = server.signaling.stats();
    assert_eq!((stats.seats, stats.rooms), (0, 0));
}
