//! What PROTOCOL.md says of the peer channel is what the code does: channels, contents, sizes, limits and samples.

#![allow(clippy::unwrap_used, reason = "a test says by panicking")]

use std::collections::BTreeSet;
use std::fs;
use std::time::Duration;

use protocol::PeerMessage;
use protocol::limits::peer;
use protocol::peer_message::{
    ChatLine, Content, Delivery, Emoji, Features, Frame, Hand, Header, Hello, Lane, Payload, Reaction, Size, Sizes,
    VERSION,
};

/// The rows below a heading of the third level, without the table's own heading.
fn table(title: &str) -> Vec<Vec<String>> {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../PROTOCOL.md");
    let text = fs::read_to_string(path).unwrap();
    let section = text
        .split("\n### ")
        .find(|section| section.lines().next() == Some(title))
        .unwrap_or_else(|| panic!("PROTOCOL.md has no section \"{title}\""));
    let rows = section.lines().skip_while(|line| !line.starts_with('|'));
    let rows = rows.take_while(|line| line.starts_with('|')).skip(2);
    rows.map(|row| {
        let cells = row.trim_matches('|').split('|');
        cells.map(|cell| cell.trim().trim_matches('`').to_string()).collect()
    })
    .collect()
}

#[test]
fn the_data_channels_are_those_of_the_code() {
    let shown: Vec<_> = table("The two data channels")
        .into_iter()
        .map(|row| (row[0].clone(), row[1].clone()))
        .collect();
    let expected = Lane::ALL.map(|lane| (lane.label().to_string(), lane.id().to_string()));
    assert_eq!(shown, expected);
}

#[test]
fn the_contents_are_those_of_the_code() {
    // No wildcard: a message that is added must be added here, and so to the document.
    fn next(message: &PeerMessage) -> Option<PeerMessage> {
        match message {
            PeerMessage::Sizes(_) => Some(PeerMessage::Chat(ChatLine::default())),
            PeerMessage::Chat(_) => Some(PeerMessage::Hand(Hand::default())),
            PeerMessage::Hand(_) => Some(PeerMessage::Reaction(Reaction::default())),
            PeerMessage::Reaction(_) => None,
        }
    }
    let first = PeerMessage::Sizes(Sizes::default());
    let messages: Vec<_> = std::iter::successors(Some(first), next).collect();
    let expected = messages.iter().map(|message| {
        let delivery = match message.delivery() {
            Delivery::State => "state",
            Delivery::Event => "event",
            Delivery::Momentary => "momentary",
            Delivery::Lossy => "lossy",
        };
        let name = match message {
            PeerMessage::Sizes(_) => "sizes",
            PeerMessage::Chat(_) => "chat",
            PeerMessage::Hand(_) => "hand",
            PeerMessage::Reaction(_) => "reaction",
        };
        (message.tag().to_string(), name.to_string(), delivery.to_string())
    });
    let rows = table("Contents").into_iter();
    let shown: Vec<_> = rows
        .map(|row| (row[0].clone(), row[1].clone(), row[2].clone()))
        .collect();
    assert_eq!(shown[2..], expected.collect::<Vec<_>>());
    let own = |tag: &str, name: &str| (tag.to_string(), name.to_string(), String::new());
    assert_eq!(shown[..2], [own("0", "hello"), own("1", "ack")]);
    for message in messages {
        assert_eq!(
            PeerMessage::read(message.tag(), &message.write(Vec::new())),
            Some(message)
        );
    }
}

#[test]
fn the_sizes_are_those_of_the_code() {
    let shown: Vec<_> = table("Sizes").into_iter().map(|row| row[0].clone()).collect();
    assert_eq!(shown, Size::ALL.map(|size| u8::from(size).to_string()));
    assert!(table("Sizes")[3][1].ends_with("360") && u8::from(Size::P360) == 3);
}

#[test]
fn the_reactions_are_those_of_the_code() {
    let shown: Vec<_> = table("Chat, hands and reactions")
        .into_iter()
        .map(|row| (row[0].clone(), row[1].clone()))
        .collect();
    let expected = Emoji::ALL.map(|emoji| (u32::from(emoji).to_string(), emoji.as_str().to_string()));
    assert_eq!(shown, expected);
}

#[test]
fn the_samples_are_what_the_code_writes_and_reads() {
    let hello = |session, heard| {
        Content::Hello(Hello {
            session,
            heard,
            version: VERSION,
            features: Features::SIZES,
        })
    };
    let sizes = Sizes {
        camera: Size::P360,
        screen: Size::Nothing,
        low_data: false,
    };
    let header = |ack, seen| Header { number: 0, ack, seen };
    let line = ChatLine {
        id: 7,
        lamport: 2,
        age_ms: 0,
        text: "Hi".to_owned(),
    };
    let first = Header {
        number: 1,
        ack: 0,
        seen: 1,
    };
    let reaction = Reaction { emoji: Emoji::Party };
    let frames: [(Header, Content); 7] = [
        (header(0, 0), hello(1234, 0)),
        (header(0, 0), hello(5678, 1234)),
        (header(0, 1), Content::Message(PeerMessage::Sizes(sizes))),
        (first, Content::Message(PeerMessage::Chat(line))),
        (header(0, 1), Content::Message(PeerMessage::Hand(Hand { raised: 3 }))),
        (header(0, 1), Content::Message(PeerMessage::Reaction(reaction))),
        (header(2, 3), Content::Ack),
    ];
    let rows = table("Samples of frames");
    assert_eq!(rows.len(), frames.len());
    for (row, (header, content)) in rows.iter().zip(frames) {
        let frame = Frame { header, content };
        let bytes = frame.encode();
        let hex: Vec<_> = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
        assert_eq!(row[1], hex.join(" "), "{}", row[0]);
        assert_eq!(Frame::decode(&bytes), Ok(frame), "{}", row[0]);
    }
}

#[test]
fn the_limits_are_those_of_the_code() {
    let seconds = |time: Duration| format!("{} s", time.as_secs());
    let expected = [
        ("MESSAGE_MAX", format!("{} bytes", peer::MESSAGE_MAX)),
        (
            "CHAT_TEXT_MAX_CHARS",
            format!("{} characters", peer::CHAT_TEXT_MAX_CHARS),
        ),
        ("CHAT_TOLD_LINES", format!("{} lines", peer::CHAT_TOLD_LINES)),
        ("CHAT_TOLD_BYTES", format!("{} bytes", peer::CHAT_TOLD_BYTES)),
        ("WAITING_MESSAGES", format!("{} messages", peer::WAITING_MESSAGES)),
        ("WAITING_BYTES", format!("{} bytes", peer::WAITING_BYTES)),
        ("RATE", format!("{} frames a second", peer::RATE)),
        ("BURST", format!("{} frames", peer::BURST)),
        (
            "LOSSY_RATE",
            format!("{} frames a second, and at once", peer::LOSSY_RATE),
        ),
        ("EXCESS", seconds(peer::EXCESS)),
        ("EXCESS_FRAMES", format!("{} frames", peer::EXCESS_FRAMES)),
        ("HELLO_TIMEOUT", seconds(peer::HELLO_TIMEOUT)),
        ("MOMENT", seconds(peer::MOMENT)),
        ("WINDOW", format!("{} frames", peer::WINDOW)),
        ("SEND_RATE", format!("{} frames a second", peer::SEND_RATE)),
        ("SEND_BURST", format!("{} frames", peer::SEND_BURST)),
        (
            "LOSSY_SEND_RATE",
            format!("{} frames a second, and at once", peer::LOSSY_SEND_RATE),
        ),
        ("ACK_DELAY", format!("{} ms", peer::ACK_DELAY.as_millis())),
    ];
    let expected = expected.map(|(name, value)| (name.to_string(), value));
    let rows = table("Limits between peers").into_iter();
    let shown: Vec<_> = rows.map(|row| (row[0].clone(), row[1].clone())).collect();
    assert_eq!(shown, expected);

    let source = include_str!("../src/limits.rs").split("pub mod peer {").nth(1).unwrap();
    let in_source = source
        .lines()
        .filter_map(|line| line.strip_prefix("    pub const ")?.split(':').next());
    assert_eq!(
        in_source.collect::<BTreeSet<_>>(),
        shown.iter().map(|(name, _)| name.as_str()).collect::<BTreeSet<_>>(),
        "limits.rs and the table name the same constants"
    );
}
