//! A newer client with this server: what it does not know is counted, skipped and, where it can be, passed on.

mod common;

use common::Server;
use common::seats::{Answer, Member, keyed, pair};
use protocol::{Encoding, ErrorCode, ServerMessage, Signal};
use tokio_tungstenite::tungstenite::Message;

const BOTH: [Encoding; 2] = [Encoding::Postcard, Encoding::Json];

/// A frame with a message that nobody knows.
fn unknown(encoding: Encoding, number: u64) -> Message {
    match encoding {
        Encoding::Postcard => Message::binary(encoding.number(number, &[99, 1, 2, 3])),
        Encoding::Json => Message::text(format!(r#"{{"dance":{{"steps":3}},"number":{number}}}"#)),
    }
}

#[tokio::test]
async fn a_message_without_a_number_that_is_unknown_is_answered_and_the_socket_stays() {
    let server = Server::start(keyed()).await;
    for encoding in BOTH {
        let mut client = server.client(encoding).await;
        client.raw(unknown(encoding, 0)).await;
        assert_eq!(client.error().await.0, ErrorCode::BadMessage);
        client.join("room").await;
        client.raw(unknown(encoding, 0)).await;
        assert_eq!(client.error().await.0, ErrorCode::BadMessage);
    }
    assert_eq!(server.signaling.stats().unknown, 4);
}

#[tokio::test]
async fn a_counted_message_that_is_unknown_counts_and_is_skipped() {
    let server = Server::start(keyed()).await;
    for encoding in BOTH {
        let mut ada = Member::join(&server, encoding, "room").await;
        ada.client.raw(unknown(encoding, 1)).await;
        ada.client.raw(unknown(encoding, 2)).await;
        // It came before.
        ada.client.raw(unknown(encoding, 2)).await;
        ada.hears_nothing().await;
        let (mut ada, answer) = Member::back(&server, encoding, ada.cut()).await;
        assert_eq!(answer, Answer::Resumed(2));
        ada.client.say(&protocol::ClientMessage::Leave).await;
        ada.expect_closed(1000, "").await;
    }
}

#[tokio::test]
async fn a_signal_that_is_unknown_reaches_a_peer_of_the_same_encoding_as_it_came() {
    let server = Server::start(keyed()).await;
    for encoding in BOTH {
        let (mut ada, mut bob) = pair(&server, [encoding; 2]).await;
        let said = protocol::ClientMessage::Signal {
            to: bob.id(),
            signal: Signal::Rebuild { connection: 7 },
        };
        // In place of `rebuild`, which is number 2, one that is newer.
        let frame = match encoding {
            Encoding::Postcard => {
                let mut bytes = encoding.encode(&said);
                let at = bytes.len() - 2;
                bytes[at] = 99;
                Message::binary(encoding.number(1, &bytes))
            }
            Encoding::Json => {
                let text = String::from_utf8(encoding.encode(&said)).expect("JSON");
                Message::text(text.replace("rebuild", "refurbish"))
            }
        };
        ada.client.raw(frame).await;
        let (from, signal) = (ada.id(), Signal::Unknown);
        bob.expect(ServerMessage::Signal { from, signal }).await;
        // It has counted.
        ada.signal(bob.id(), "next").await;
        bob.expect_signal(ada.id(), "next").await;
        let (mut ada, answer) = Member::back(&server, encoding, ada.cut()).await;
        assert_eq!(answer, Answer::Resumed(2));
        for member in [&mut ada, &mut bob] {
            member.client.say(&protocol::ClientMessage::Leave).await;
        }
        ada.client.closed().await;
        bob.client.closed().await;
    }
}
