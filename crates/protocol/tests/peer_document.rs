//! What PROTOCOL.md says of the peer channel is what the code does: channels, contents, sizes, limits and samples.

#![allow(clippy::unwrap_used, reason = "a test says by panicking")]

use std::collections::BTreeSet;
use std::fs;
use std::time::Duration;

use protocol::limits::peer;
use protocol::peer_message::{
    ChatLine, Content, Delivery, Emoji, FILE_CHANNELS, Features, FileAnswer, FileEnd, FileEndReason, FileKind,
    FileOffer, Frame, Hand, Header, Hello, Lane, Payload, Pointer, Reaction, Share, Size, Sizes, Spot, VERSION,
};
use protocol::{PeerId, PeerMessage};

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

/// The end of somebody's third stroke, on a screen of which the id is easy to read.
fn pointer() -> Pointer {
    Pointer {
        share: PeerId::from_bytes(std::array::from_fn(|at| u8::try_from(at).unwrap())),
        stroke: 3,
        first: 20,
        points: vec![Spot { x: 0, y: 1 }, Spot { x: 300, y: u16::MAX }],
        up: true,
    }
}

#[test]
fn the_contents_are_those_of_the_code() {
    // No wildcard: a message that is added must be added here, and so to the document.
    fn next(message: &PeerMessage) -> Option<PeerMessage> {
        match message {
            PeerMessage::Sizes(_) => Some(PeerMessage::Chat(ChatLine::default())),
            PeerMessage::Chat(_) => Some(PeerMessage::Hand(Hand::default())),
            PeerMessage::Hand(_) => Some(PeerMessage::Reaction(Reaction::default())),
            PeerMessage::Reaction(_) => Some(PeerMessage::Pointer(pointer())),
            PeerMessage::Pointer(_) => Some(PeerMessage::Share(Share::default())),
            PeerMessage::Share(_) => Some(PeerMessage::FileOffer(FileOffer::default())),
            PeerMessage::FileOffer(_) => Some(PeerMessage::FileAnswer(FileAnswer::default())),
            PeerMessage::FileAnswer(_) => Some(PeerMessage::FileEnd(FileEnd::default())),
            PeerMessage::FileEnd(_) => None,
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
            PeerMessage::Pointer(_) => "pointer",
            PeerMessage::Share(_) => "share",
            PeerMessage::FileOffer(_) => "file-offer",
            PeerMessage::FileAnswer(_) => "file-answer",
            PeerMessage::FileEnd(_) => "file-end",
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
fn the_kinds_of_files_and_their_ends_are_those_of_the_code() {
    let shown = |title| table(title).into_iter().map(|row| (row[0].clone(), row[1].clone()));
    let kinds = FileKind::ALL.map(|kind| (u32::from(kind).to_string(), kind.as_str().to_string()));
    assert_eq!(shown("Files").collect::<Vec<_>>(), kinds);
    let reasons = FileEndReason::ALL.map(|reason| (u32::from(reason).to_string(), reason.as_str().to_string()));
    assert_eq!(shown("Ends of files").collect::<Vec<_>>(), reasons);
    for number in 0..100 {
        assert_eq!(u32::from(FileKind::from(number)), number);
        assert_eq!(u32::from(FileEndReason::from(number)), number);
    }
}

#[test]
fn the_channels_of_files_are_those_of_the_code() {
    let text = fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/../../PROTOCOL.md")).unwrap();
    let ids = format!("ids are {} to {}.", FILE_CHANNELS.start(), FILE_CHANNELS.end());
    assert!(text.contains(&ids));
    assert!(Lane::ALL.iter().all(|lane| !FILE_CHANNELS.contains(&lane.id())));
    let lengths: Vec<_> = table("The data channel of a file")
        .into_iter()
        .map(|row| row[1].clone())
        .collect();
    assert_eq!(lengths[1..], ["32", "32"]);
    // A block is made of whole pieces, and the window of whole blocks.
    assert_eq!(peer::FILE_BLOCK % peer::FILE_PIECE as u64, 0);
    assert_eq!(peer::FILE_WINDOW % peer::FILE_BLOCK, 0);
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
    let no_pointing = Share { no_pointing: true };
    let offer = FileOffer {
        id: 9,
        size: 5,
        kind: FileKind::Text,
        name: "a.txt".to_owned(),
    };
    let answer = FileAnswer {
        id: 9,
        from: 0,
        channel: 17,
    };
    let end = FileEnd {
        id: 9,
        is_yours: true,
        reason: FileEndReason::Done,
    };
    let second = Header { number: 2, ..first };
    let frames: [(Header, Content); 11] = [
        (header(0, 0), hello(1234, 0)),
        (header(0, 0), hello(5678, 1234)),
        (header(0, 1), Content::Message(PeerMessage::Sizes(sizes))),
        (first, Content::Message(PeerMessage::Chat(line))),
        (header(0, 1), Content::Message(PeerMessage::Hand(Hand { raised: 3 }))),
        (header(0, 1), Content::Message(PeerMessage::Reaction(reaction))),
        (header(0, 1), Content::Message(PeerMessage::Share(no_pointing))),
        (second, Content::Message(PeerMessage::FileOffer(offer))),
        (second, Content::Message(PeerMessage::FileAnswer(answer))),
        (second, Content::Message(PeerMessage::FileEnd(end))),
        (header(2, 3), Content::Ack),
    ];
    let rows = table("Samples of frames");
    assert_eq!(rows.len(), frames.len());
    for (row, (header, content)) in rows.iter().zip(frames) {
        let frame = Frame { header, content };
        let bytes = frame.encode();
        assert_eq!(row[1], hex(&bytes), "{}", row[0]);
        assert_eq!(Frame::decode(&bytes), Ok(frame), "{}", row[0]);
    }
}

fn hex(bytes: &[u8]) -> String {
    let bytes: Vec<_> = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
    bytes.join(" ")
}

#[test]
fn the_sample_of_the_lossy_channel_is_what_the_code_writes_and_reads() {
    let rows = table("Pointing and drawing");
    let content = Content::Message(PeerMessage::Pointer(pointer()));
    let bytes = content.encode(Vec::new());
    assert_eq!(rows.len(), 1);
    assert_eq!(rows[0][1], hex(&bytes));
    assert_eq!(Content::decode(&bytes), Ok(content));
}

#[test]
fn the_features_are_those_of_the_code() {
    let shown: Vec<_> = table("From open to close")
        .into_iter()
        .map(|row| row[0].clone())
        .collect();
    let features = [
        Features::SIZES,
        Features::CHAT,
        Features::HANDS,
        Features::REACTIONS,
        Features::POINTERS,
        Features::FILES,
    ];
    assert_eq!(shown, features.map(|feature| feature.0.to_string()));
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
        ("POINTS_MAX", format!("{} points", peer::POINTS_MAX)),
        ("POINTER_RATE", format!("{} messages a second", peer::POINTER_RATE)),
        ("POINTER_SHOWN", seconds(peer::POINTER_SHOWN)),
        ("STROKE_SHOWN", seconds(peer::STROKE_SHOWN)),
        ("STROKES_SHOWN", format!("{} strokes", peer::STROKES_SHOWN)),
        ("STROKE_POINTS", format!("{} points", peer::STROKE_POINTS)),
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
        ("FILE_MAX", format!("{} bytes", peer::FILE_MAX)),
        ("FILE_NAME_MAX", format!("{} bytes", peer::FILE_NAME_MAX)),
        ("FILE_PIECE", format!("{} bytes", peer::FILE_PIECE)),
        ("FILE_BLOCK", format!("{} bytes", peer::FILE_BLOCK)),
        ("FILE_WINDOW", format!("{} bytes", peer::FILE_WINDOW)),
        ("FILES_AT_ONCE", format!("{} files", peer::FILES_AT_ONCE)),
        ("FILE_OFFERS", format!("{} offers", peer::FILE_OFFERS)),
        ("FILE_OFFER_BURST", format!("{} offers", peer::FILE_OFFER_BURST)),
        ("FILE_OFFER_RATE", format!("{} offers a second", peer::FILE_OFFER_RATE)),
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
