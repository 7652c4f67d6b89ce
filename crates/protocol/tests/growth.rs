//! How version 1 grows: every golden file reads for ever, with fields added, without its end, and beside what nobody knows.

#![allow(clippy::unwrap_used, reason = "a test says by panicking")]

mod common;

use std::fmt::Debug;

use common::{Sample, ada, client_frames, read, server_frames, unhex};
use protocol::{
    ClientMessage, DescriptionKind, Encoding, ErrorCode, LeaveReason, Media, Numbered, RelayFinding, Route,
    ServerMessage, Signal, SourceState,
};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

fn json<M: DeserializeOwned>(value: &Value) -> Numbered<M> {
    Encoding::Json.decode_frame(value.to_string().as_bytes()).unwrap()
}

fn postcard<M: DeserializeOwned>(bytes: &[u8]) -> Numbered<M> {
    Encoding::Postcard.decode_frame(bytes).unwrap()
}

/// Puts a field nobody knows into every object at any depth.
fn add_fields(value: &mut Value) {
    match value {
        Value::Object(fields) => {
            fields.values_mut().for_each(add_fields);
            // It sorts before all others: in a message, before its name.
            fields.insert("a-newer-field".into(), json!({ "deeper": [1, null] }));
        }
        Value::Array(items) => items.iter_mut().for_each(add_fields),
        _ => {}
    }
}

fn golden_files_read_with_more_behind_them<M>(frames: &[Sample<Numbered<M>>])
where
    M: Serialize + DeserializeOwned + PartialEq + Debug,
{
    for Sample { name, message } in frames {
        let mut value: Value = serde_json::from_str(&read(&format!("{name}.json"))).unwrap();
        assert_eq!(json::<M>(&value), *message, "{name}");
        add_fields(&mut value);
        assert_eq!(json::<M>(&value), *message, "{name} with newer fields");

        let mut bytes = unhex(&read(&format!("{name}.hex")));
        assert_eq!(postcard::<M>(&bytes), *message, "{name}");
        bytes.extend([1, 2, 3, 0xff]);
        assert_eq!(postcard::<M>(&bytes), *message, "{name} with newer fields");
    }
}

#[test]
fn every_golden_file_reads_with_newer_fields_at_any_depth() {
    golden_files_read_with_more_behind_them(&client_frames());
    golden_files_read_with_more_behind_them(&server_frames());
}

fn ends_with_zeros<M>(frames: &[Sample<Numbered<M>>]) -> usize
where
    M: Serialize + DeserializeOwned + PartialEq + Debug,
{
    let mut cut_off = 0;
    for Sample { name, message } in frames {
        let mut bytes = unhex(&read(&format!("{name}.hex")));
        // The number and the message's own have to be there.
        while bytes.len() > 2 && bytes.ends_with(&[0]) {
            bytes.pop();
            cut_off += 1;
            assert_eq!(postcard::<M>(&bytes), *message, "{name} without its zeros");
        }
    }
    cut_off
}

#[test]
fn the_end_of_a_golden_file_that_is_zeros_may_be_absent() {
    assert!(ends_with_zeros(&client_frames()) > 0);
    assert!(ends_with_zeros(&server_frames()) > 0);
}

#[test]
fn fields_that_are_absent_read_as_nothing() {
    // An error, with a code and a sentence, of a version that said nothing of peers.
    let error = |peer| ServerMessage::Error {
        code: ErrorCode::RoomFull,
        message: "Full.".into(),
        peer,
    };
    let mut bytes = Encoding::Postcard.encode(&error(None));
    assert_eq!(bytes.pop(), Some(0));
    assert_eq!(Encoding::Postcard.decode(&bytes), Ok(error(None)));
    // A `join` with nothing but a room and a name.
    let bytes = [&[1, 4][..], b"room", &[3], b"Ada"].concat();
    let join = ClientMessage::Join {
        room: "room".into(),
        name: "Ada".into(),
        media: Media::default(),
        resume: None,
    };
    assert_eq!(Encoding::Postcard.decode(&bytes), Ok(join));
    // A text that is shorter than it says was cut, and is not filled up.
    assert!(Encoding::Postcard.decode::<ClientMessage>(&[0, 4, b'r', b'o']).is_err());
}

#[test]
fn a_list_whose_length_is_a_lie_neither_loops_nor_grows() {
    // `probed`, then 2^63 servers of which none is there: each would be three zeros.
    let bytes = [11, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f];
    assert!(Encoding::Postcard.decode::<ServerMessage>(&bytes).is_err());
}

#[test]
fn messages_that_nobody_knows_are_unknown_and_keep_their_numbers() {
    for value in [
        json!({ "number": 7, "dance": { "steps": [1, 2] } }),
        json!({ "dance": "waltz", "number": 7 }),
        json!({ "number": 7 }),
    ] {
        let number = 7;
        assert_eq!(
            json(&value),
            Numbered {
                number,
                message: ClientMessage::Unknown
            }
        );
        assert_eq!(
            json(&value),
            Numbered {
                number,
                message: ServerMessage::Unknown
            }
        );
    }
    assert_eq!(json::<ServerMessage>(&json!("dance")), ServerMessage::Unknown.into());
    for variant in [13, 100, 0x7f] {
        let bytes = [7, variant, 0xff, 0xfe, 1, 2, 3];
        let number = 7;
        assert_eq!(
            postcard(&bytes),
            Numbered {
                number,
                message: ClientMessage::Unknown
            }
        );
        assert_eq!(
            postcard(&bytes),
            Numbered {
                number,
                message: ServerMessage::Unknown
            }
        );
        assert_eq!(postcard::<ServerMessage>(&bytes[..2]).number, 7, "without fields");
    }
}

#[test]
fn signals_that_nobody_knows_are_unknown_and_their_messages_are_known() {
    let (to, signal) = (ada(), Signal::Unknown);
    let expected = ClientMessage::Signal { to, signal };
    for inner in [
        json!({ "hum": { "pitch": 440 } }),
        json!("hum"),
        json!({ "hum": 1, "loud": true }),
    ] {
        let value = json!({ "signal": { "to": to, "signal": inner } });
        assert_eq!(json::<ClientMessage>(&value).message, expected);
    }
    let known = Encoding::Postcard.encode(&ClientMessage::Signal {
        to,
        signal: Signal::StatsWanted,
    });
    let unknown = [&known[..known.len() - 1], &[99, 1, 2, 3]].concat();
    assert_eq!(Encoding::Postcard.decode(&unknown), Ok(expected));
}

#[test]
fn names_that_nobody_knows_are_other_and_keep_the_message_usable() {
    let error = json::<ServerMessage>(&json!({ "error": { "code": "out-of-tea", "message": "No tea." } }));
    let expected = ServerMessage::Error {
        code: ErrorCode::Other(u16::MAX),
        message: "No tea.".into(),
        peer: None,
    };
    assert_eq!(error.message, expected);
    let left = json::<ServerMessage>(&json!({ "number": 1, "peer-left": { "peer": ada(), "reason": "bored" } }));
    let (peer, reason) = (ada(), LeaveReason::Other(u16::MAX));
    assert_eq!(left.message, ServerMessage::PeerLeft { peer, reason });
    let media: Media = serde_json::from_value(json!({ "camera": "on", "microphone": "humming" })).unwrap();
    assert_eq!(media.camera, SourceState::On);
    assert!(!media.microphone.is_on());

    // By number, and through JSON and back.
    for number in [14, 128, 1_000, u16::MAX] {
        for encoding in Encoding::ALL {
            let code = ErrorCode::Other(number);
            assert_eq!(
                encoding.decode::<ErrorCode>(&encoding.encode(&code)),
                Ok(code),
                "{encoding:?}"
            );
        }
    }
    assert_eq!(
        Encoding::Json.decode(br#""other-4""#),
        Ok(ErrorCode::RoomFull),
        "it is known here"
    );
    assert_eq!(Encoding::Json.encode(&Route::Other(9)), br#""other-9""#);
    assert_eq!(DescriptionKind::from_number(1), DescriptionKind::Answer);
    assert_eq!(RelayFinding::from_number(5), RelayFinding::Other(5));
}

#[test]
fn a_message_without_fields_may_get_some() {
    let leave = json::<ClientMessage>(&json!({ "leave": { "because": "tea" } }));
    assert_eq!(leave, ClientMessage::Leave.into());
    assert_eq!(postcard::<ClientMessage>(&[0, 4, 1, 2, 3]), ClientMessage::Leave.into());
}

#[test]
fn a_signal_that_a_server_does_not_know_is_passed_on_as_it_came() {
    let (to, from) = (ada(), common::grace());
    let frame = json!({ "number": 5, "signal": { "to": to, "from": "me", "signal": { "hum": { "pitch": 440 } } } });
    let passed = Encoding::Json.pass_on(frame.to_string().as_bytes(), from).unwrap();
    let passed: Value = serde_json::from_slice(&passed).unwrap();
    assert_eq!(
        passed,
        json!({ "signal": { "from": from, "signal": { "hum": { "pitch": 440 } } } })
    );

    // Numbers as they are written, too.
    let hum = r#"{ "hum": { "pitch": 18446744073709551617, "loud": 1e15 } }"#;
    let frame = format!(r#"{{ "signal": {{ "to": "{to}", "signal": {hum} }} }}"#);
    let passed = Encoding::Json.pass_on(frame.as_bytes(), from).unwrap();
    assert!(
        String::from_utf8(passed)
            .unwrap()
            .ends_with(&format!(r#""signal":{hum}}}}}"#))
    );

    // What is passed on of a known one is what would be written of it.
    for signal in [Signal::StatsWanted, Signal::Rebuild { connection: 7 }] {
        let said = ClientMessage::Signal {
            to,
            signal: signal.clone(),
        };
        let written = ServerMessage::Signal { from, signal };
        for encoding in Encoding::ALL {
            let frame = encoding.encode_frame(&Numbered {
                number: 300,
                message: said.clone(),
            });
            let passed = encoding.pass_on(&frame, from).unwrap();
            assert_eq!(encoding.decode(&passed), Ok(written.clone()), "{encoding:?}");
        }
    }
    assert_eq!(Encoding::Json.pass_on(b"\"leave\"", from), None);
}
