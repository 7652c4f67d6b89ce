//! What holds for every message and for every string of bytes.

#![allow(clippy::unwrap_used, reason = "a test says by panicking")]

mod common;

use common::{client_samples, server_samples};
use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;
use protocol::{
    Candidate, ChatText, ClientMessage, ClientMessageOf, DecodeError, Description, DescriptionKind, DisplayName,
    Encoding, ErrorCode, Findings, IceServer, LeaveReason, Media, Numbered, PeerId, PeerInfo, PeerStats, RelayFinding,
    Resume, RoomId, Route, ServerMessage, ServerMessageOf, Signal, SourceState, Text,
};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

fn text() -> impl Strategy<Value = String> {
    vec(any::<char>(), 0..40).prop_map(String::from_iter)
}

/// Characters and pairs that a chat treats in some way of its own.
const ODD: [&str; 19] = [
    "a",
    " ",
    "\n",
    "\r\n",
    "\t",
    "\u{301}",
    "\u{E49}",
    "\u{200D}",
    "\u{FE0F}",
    "👩",
    "🇩",
    "\u{E0067}",
    "\u{3164}",
    "\u{2800}",
    "\u{2028}",
    "\u{202E}",
    "\u{7F}",
    "\u{1160}",
    "中",
];

/// Those and others, often many times over.
fn chat_text() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        prop::sample::select(ODD.to_vec()).prop_map(String::from),
        any::<char>().prop_map(String::from)
    ];
    let count = prop_oneof![9 => 1..6_usize, 1 => 1..1_200_usize];
    vec((piece, count).prop_map(|(piece, count)| piece.repeat(count)), 0..40).prop_map(|pieces| pieces.concat())
}

fn peer_id() -> impl Strategy<Value = PeerId> {
    any::<[u8; 16]>().prop_map(PeerId::from_random_bytes)
}

fn room_id() -> impl Strategy<Value = RoomId> {
    let letters = b"abcxyzABCXYZ0189-_".to_vec();
    vec(prop::sample::select(letters), 1..=64).prop_map(|name| String::from_utf8(name).unwrap().parse().unwrap())
}

fn display_name() -> impl Strategy<Value = DisplayName> {
    text().prop_filter_map("not every text is a name", |text| text.parse().ok())
}

fn media() -> impl Strategy<Value = Media> {
    let state = || prop::sample::select(with_unknown(SourceState::ALL, SourceState::from_number));
    [state(), state(), state(), state()].prop_map(|[microphone, camera, screen, screen_audio]| Media {
        microphone,
        camera,
        screen,
        screen_audio,
    })
}

fn peer_info() -> impl Strategy<Value = PeerInfo> {
    (peer_id(), any::<u64>(), display_name(), media()).prop_map(|(id, order, name, media)| PeerInfo {
        id,
        order,
        name,
        media,
    })
}

/// All values that are known, and some that are not.
fn with_unknown<T: Copy>(all: &[T], from_number: fn(u16) -> T) -> Vec<T> {
    let more = [all.len() as u16, 1_000, u16::MAX].map(from_number);
    all.iter().copied().chain(more).collect()
}

fn signal() -> impl Strategy<Value = Signal> {
    let kind = prop::sample::select(with_unknown(DescriptionKind::ALL, DescriptionKind::from_number));
    let description = (any::<u32>(), any::<u32>(), option::of(any::<u32>()), kind, text()).prop_map(
        |(connection, generation, answers, kind, sdp)| {
            Signal::Description(Description {
                connection,
                generation,
                answers,
                kind,
                sdp,
            })
        },
    );
    let candidate = (
        any::<u32>(),
        any::<u32>(),
        text(),
        option::of(text()),
        option::of(any::<u16>()),
        option::of(text()),
    )
        .prop_map(
            |(connection, generation, candidate, sdp_mid, sdp_m_line_index, username_fragment)| {
                Signal::Candidate(Candidate {
                    connection,
                    generation,
                    candidate,
                    sdp_mid,
                    sdp_m_line_index,
                    username_fragment,
                })
            },
        );
    let findings = (
        any::<bool>(),
        prop::sample::select(with_unknown(RelayFinding::ALL, RelayFinding::from_number)),
    )
        .prop_map(|(udp, relay)| Signal::Findings(Findings { relay, udp }));
    let stats = (
        peer_id(),
        prop::sample::select(with_unknown(Route::ALL, Route::from_number)),
        option::of(any::<u32>()),
        any::<u32>(),
    )
        .prop_map(|(peer, route, round_trip_ms, lost_permille)| PeerStats {
            peer,
            route,
            round_trip_ms,
            lost_permille,
        });
    prop_oneof![
        description,
        candidate,
        any::<u32>().prop_map(|connection| Signal::Rebuild { connection }),
        any::<u32>().prop_map(|connection| Signal::RestartIce { connection }),
        findings,
        Just(Signal::StatsWanted),
        Just(Signal::Unsupported),
        Just(Signal::Unknown),
        vec(stats, 0..4).prop_map(|stats| Signal::Stats { stats }),
    ]
}

fn ice_server() -> impl Strategy<Value = IceServer> {
    (vec(text(), 0..3), option::of(text()), option::of(text())).prop_map(|(urls, username, credential)| IceServer {
        urls,
        username,
        credential,
    })
}

fn error_code() -> impl Strategy<Value = ErrorCode> {
    prop::sample::select(with_unknown(ErrorCode::ALL, ErrorCode::from_number))
}

fn resume() -> impl Strategy<Value = Resume> {
    (text(), any::<u64>(), vec(peer_id(), 0..4)).prop_map(|(token, received, known)| Resume { token, received, known })
}

fn client_message() -> impl Strategy<Value = ClientMessage> {
    prop_oneof![
        text().prop_map(|room| ClientMessage::Peek { room }),
        (text(), text(), media(), option::of(resume())).prop_map(|(room, name, media, resume)| ClientMessage::Join {
            room,
            name,
            media,
            resume
        }),
        (peer_id(), signal()).prop_map(|(to, signal)| ClientMessage::Signal { to, signal }),
        (text(), media()).prop_map(|(name, media)| ClientMessage::Update { name, media }),
        Just(ClientMessage::Leave),
        Just(ClientMessage::Probe),
        Just(ClientMessage::Unknown),
    ]
}

fn server_message() -> impl Strategy<Value = ServerMessage> {
    let reason = prop::sample::select(with_unknown(LeaveReason::ALL, LeaveReason::from_number));
    prop_oneof![
        (room_id(), any::<u32>(), any::<u32>()).prop_map(|(room, count, capacity)| ServerMessage::Occupancy {
            room,
            count,
            capacity
        }),
        (
            room_id(),
            peer_info(),
            vec(peer_info(), 0..4),
            vec(ice_server(), 0..3),
            any::<u32>(),
            (vec(peer_id(), 0..4), text())
        )
            .prop_map(
                |(room, you, peers, ice_servers, capacity, (away, token))| ServerMessage::Joined {
                    room,
                    you,
                    peers,
                    ice_servers,
                    capacity,
                    away,
                    token,
                }
            ),
        (text(), vec(ice_server(), 0..3), any::<u64>()).prop_map(|(token, ice_servers, received)| {
            ServerMessage::Resumed {
                token,
                ice_servers,
                received,
            }
        }),
        peer_info().prop_map(|peer| ServerMessage::PeerJoined { peer }),
        (peer_id(), reason).prop_map(|(peer, reason)| ServerMessage::PeerLeft { peer, reason }),
        peer_id().prop_map(|peer| ServerMessage::PeerAway { peer }),
        peer_info().prop_map(|peer| ServerMessage::PeerBack { peer }),
        peer_info().prop_map(|peer| ServerMessage::PeerUpdated { peer }),
        (peer_id(), signal()).prop_map(|(from, signal)| ServerMessage::Signal { from, signal }),
        any::<u32>().prop_map(|retry_after_ms| ServerMessage::Bye { retry_after_ms }),
        vec(ice_server(), 0..3).prop_map(|ice_servers| ServerMessage::Probed { ice_servers }),
        vec(ice_server(), 0..3).prop_map(|ice_servers| ServerMessage::IceServers { ice_servers }),
        Just(ServerMessage::Unknown),
        (error_code(), text(), option::of(peer_id())).prop_map(|(code, message, peer)| ServerMessage::Error {
            code,
            message,
            peer
        }),
    ]
}

fn encoding() -> impl Strategy<Value = Encoding> {
    prop::sample::select(Encoding::ALL)
}

/// Reads bytes as every kind of message in every encoding. That it returns is what is tested.
fn decode_as_everything(bytes: &[u8]) {
    for encoding in Encoding::ALL {
        let _ = encoding.decode_frame::<ClientMessage>(bytes);
        let _ = encoding.decode_frame::<ServerMessage>(bytes);
        let _ = encoding.pass_on(bytes, common::ada());
    }
    passed_on_and_read_agree(bytes);
}

/// What only points into the bytes takes the same bytes for messages as what copies them, and writes the same.
fn passed_on_and_read_agree(bytes: &[u8]) {
    fn agree<A: Serialize, B: Serialize>(
        encoding: Encoding,
        owned: &Result<A, DecodeError>,
        text: &Result<B, DecodeError>,
    ) {
        match (owned, text) {
            (Ok(owned), Ok(text)) => assert_eq!(encoding.encode(owned), encoding.encode(text)),
            (owned, text) => assert_eq!((owned.is_ok(), text.is_ok()), (false, false), "{encoding:?}"),
        }
    }
    for &encoding in Encoding::ALL {
        let (owned, text) = (
            encoding.decode::<ClientMessage>(bytes),
            encoding.decode::<ClientMessageOf<Text<'_>>>(bytes),
        );
        agree(encoding, &owned, &text);
        let (owned, text) = (
            encoding.decode::<ServerMessage>(bytes),
            encoding.decode::<ServerMessageOf<Text<'_>>>(bytes),
        );
        agree(encoding, &owned, &text);
    }
}

fn survives<M: Serialize + DeserializeOwned + PartialEq + std::fmt::Debug>(message: &M) {
    for encoding in Encoding::ALL {
        let read_back = encoding.decode::<M>(&encoding.encode(message));
        assert_eq!(read_back.as_ref(), Ok(message), "{encoding:?}");
    }
}

/// The rest of a postcard message that is cut short is zeros, or the message is refused; JSON that is cut short is none.
fn a_cut_does_no_harm<M: Serialize + DeserializeOwned + PartialEq + std::fmt::Debug>(message: &M) {
    let whole = Encoding::Postcard.encode(message);
    for length in 1..whole.len() {
        let cut = Encoding::Postcard.decode::<M>(&whole[..length]);
        let filled = [&whole[..length], &[0; 64]].concat();
        if let Ok(cut) = cut {
            assert_eq!(
                Encoding::Postcard.decode::<M>(&filled).as_ref(),
                Ok(&cut),
                "{length} bytes"
            );
        }
    }
    let whole = Encoding::Json.encode(message);
    for length in 0..whole.len() {
        assert!(Encoding::Json.decode::<M>(&whole[..length]).is_err(), "{length} bytes");
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(512) })]

    #[test]
    fn client_messages_survive_a_round_trip(message in client_message()) {
        survives(&message);
    }

    #[test]
    fn texts_that_are_passed_on_are_the_same_texts(client in client_message(), server in server_message()) {
        for encoding in Encoding::ALL {
            passed_on_and_read_agree(&encoding.encode(&client));
            passed_on_and_read_agree(&encoding.encode(&server));
        }
    }

    #[test]
    fn server_messages_survive_a_round_trip(message in server_message()) {
        survives(&message);
    }

    #[test]
    fn a_message_that_is_cut_short_does_no_harm(client in client_message(), server in server_message()) {
        a_cut_does_no_harm(&client);
        a_cut_does_no_harm(&server);
    }

    #[test]
    fn what_follows_a_postcard_message_is_ignored_and_after_json_nothing_may_follow(
        message in client_message(),
        more in vec(b'!'.., 1..40),
    ) {
        let bytes = [Encoding::Postcard.encode(&message), more.clone()].concat();
        prop_assert_eq!(Encoding::Postcard.decode::<ClientMessage>(&bytes), Ok(message.clone()));
        let bytes = [Encoding::Json.encode(&message), more].concat();
        prop_assert!(Encoding::Json.decode::<ClientMessage>(&bytes).is_err());
    }

    #[test]
    fn every_message_keeps_its_number(message in server_message(), number in any::<u64>(), encoding in encoding()) {
        // Who does not count has no fields to put a number beside in JSON.
        let number = if message.is_counted() { number } else { 0 };
        let frame = Numbered { number, message };
        prop_assert_eq!(encoding.decode_frame(&encoding.encode_frame(&frame)), Ok(frame));
    }

    #[test]
    fn a_line_of_a_chat_is_taken_again_as_it_is_within_its_bounds(text in chat_text()) {
        let Ok(line) = text.parse::<ChatText>() else {
            return Ok(());
        };
        let shown = line.as_str();
        let again: ChatText = shown.parse().unwrap();
        prop_assert_eq!(&again, &line);
        prop_assert!((1..=2_000).contains(&shown.chars().count()));
        prop_assert!(shown.chars().all(|c| c == '\n' || !c.is_control()));
        prop_assert_eq!(shown, shown.trim());
        prop_assert!(!shown.contains("\n\n\n\n"));
        let marks = "\u{301}".repeat(5);
        prop_assert!(!shown.contains(&marks));
    }

    #[test]
    fn no_bytes_make_a_decoder_panic(bytes in vec(any::<u8>(), 0..400)) {
        decode_as_everything(&bytes);
    }

    #[test]
    fn no_damage_to_a_message_makes_a_decoder_panic(
        client in client_message(),
        server in server_message(),
        encoding in encoding(),
        damage in vec((any::<prop::sample::Index>(), any::<u8>()), 1..6),
    ) {
        for mut bytes in [encoding.encode(&client), encoding.encode(&server)] {
            for (at, byte) in &damage {
                let at = at.index(bytes.len());
                bytes[at] = *byte;
            }
            decode_as_everything(&bytes);
        }
    }

    #[test]
    fn an_endless_length_anywhere_in_a_message_does_no_harm(
        message in server_message(),
        at in any::<prop::sample::Index>(),
    ) {
        let whole = Encoding::Postcard.encode(&message);
        let mut bytes = whole[..at.index(whole.len() + 1)].to_vec();
        bytes.extend(TWO_TO_THE_60);
        decode_as_everything(&bytes);
    }

    #[test]
    fn json_fields_that_nobody_knows_are_ignored(message in client_message(), name in "x-[a-z]{1,9}", value in text()) {
        let mut json = serde_json::to_value(&message).unwrap();
        add_everywhere(&mut json, &name, &value);
        let read = Encoding::Json.decode::<ClientMessage>(json.to_string().as_bytes());
        prop_assert_eq!(read, Ok(message));
    }
}

/// 2^60 as postcard writes a length (a little-endian varint of 7 bits a byte).
const TWO_TO_THE_60: [u8; 9] = [0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x10];

const TAGS: [&str; 5] = ["description", "candidate", "rebuild", "findings", "stats"];

/// Puts a field into every object of a message, except the outermost, whose one key names the message.
fn add_everywhere(json: &mut Value, name: &str, value: &str) {
    fn add(json: &mut Value, name: &str, value: &str) {
        let Value::Object(fields) = json else { return };
        // A signal is tagged by its one key, as the message itself is.
        let is_tag = fields.len() == 1 && TAGS.iter().any(|tag| fields.contains_key(*tag));
        for inner in fields.values_mut() {
            add(inner, name, value);
        }
        if !is_tag {
            fields.insert(name.into(), json!({ "deeper": value }));
        }
    }
    if let Value::Object(message) = json {
        for inner in message.values_mut() {
            add(inner, name, value);
        }
    }
}

#[test]
fn a_length_of_two_to_the_60_is_refused() {
    assert_eq!(postcard::to_allocvec(&(1u64 << 60)).unwrap(), TWO_TO_THE_60);
    for variant in 0..16u8 {
        let bytes = [&[variant][..], &TWO_TO_THE_60, b"room"].concat();
        let read = Encoding::Postcard.decode::<ClientMessage>(&bytes);
        let has_no_text = matches!(
            read,
            Ok(ClientMessage::Leave | ClientMessage::Probe | ClientMessage::Unknown)
        );
        assert!(read.is_err() || has_no_text, "client message {variant}: {read:?}");
    }
    // `joined` with everything as it should be, up to a list of 2^60 peers.
    let joined = ServerMessage::Joined {
        away: Vec::new(),
        token: String::new(),
        room: "r".parse().unwrap(),
        you: PeerInfo {
            id: common::ada(),
            order: 0,
            name: "Ada".parse().unwrap(),
            media: Media::default(),
        },
        peers: vec![],
        ice_servers: vec![],
        capacity: 8,
    };
    let bytes = Encoding::Postcard.encode(&joined);
    let before_the_peers = bytes.len() - 3;
    let bytes = [&bytes[..before_the_peers], &TWO_TO_THE_60].concat();
    assert!(Encoding::Postcard.decode::<ServerMessage>(&bytes).is_err());
}

#[test]
fn invalid_utf_8_is_refused() {
    assert!(
        Encoding::Json
            .decode::<ClientMessage>(b"{\"peek\":{\"room\":\"\xff\"}}")
            .is_err()
    );
    assert!(Encoding::Postcard.decode::<ClientMessage>(&[0, 1, 0xff]).is_err());
}

#[test]
fn json_that_nests_without_end_is_refused() {
    let nested = "[".repeat(100_000);
    assert!(Encoding::Json.decode::<ClientMessage>(nested.as_bytes()).is_err());
    let hidden = format!(r#"{{"join":{{"room":"r","name":"n","x":{nested}"#);
    assert!(Encoding::Json.decode::<ClientMessage>(hidden.as_bytes()).is_err());
}

#[test]
fn json_fields_that_have_a_default_may_be_left_out() {
    let join = Encoding::Json.decode::<ClientMessage>(br#"{"join":{"room":"r","name":"n"}}"#);
    let expected = ClientMessage::Join {
        resume: None,
        room: "r".into(),
        name: "n".into(),
        media: Media::default(),
    };
    assert_eq!(join, Ok(expected));
}

#[test]
fn a_message_of_one_encoding_is_no_known_message_of_the_other() {
    for sample in client_samples() {
        let json = Encoding::Json.encode(&sample.message);
        let read = Encoding::Postcard.decode::<ClientMessage>(&json);
        assert!(matches!(read, Err(_) | Ok(ClientMessage::Unknown)), "{}", sample.name);
        let postcard = Encoding::Postcard.encode(&sample.message);
        assert!(
            Encoding::Json.decode::<ClientMessage>(&postcard).is_err(),
            "{}",
            sample.name
        );
    }
    for sample in server_samples() {
        let json = Encoding::Json.encode(&sample.message);
        let read = Encoding::Postcard.decode::<ServerMessage>(&json);
        assert!(matches!(read, Err(_) | Ok(ServerMessage::Unknown)), "{}", sample.name);
    }
}

#[test]
fn an_error_from_a_decoder_never_repeats_what_was_sent() {
    let token = "open-sesame-1234";
    let messages = [
        format!(r#"{{"{token}":"{token}"}}"#),
        format!(r#"{{"peek":{{"room":{{"{token}":1}}}}}}"#),
        format!(r#"{{"signal":{{"to":"{token}"}}}}"#),
        token.to_string(),
    ];
    let mut refused = 0;
    for (encoding, message) in Encoding::ALL.iter().flat_map(|e| messages.iter().map(move |m| (e, m))) {
        let error = match encoding.decode_frame::<ClientMessage>(message.as_bytes()) {
            Err(error) => error,
            Ok(frame) => {
                assert_eq!(frame.message, ClientMessage::Unknown);
                continue;
            }
        };
        refused += 1;
        assert!(!format!("{error} {error:?}").contains(token), "{error:?}");
    }
    assert!(refused >= 3, "{refused}");
}
