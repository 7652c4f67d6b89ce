//! The wire format, pinned: every message against the bytes in `golden/`, which PROTOCOL.md shows too. A change that
//! breaks one of these tests breaks clients that are already out there.

#![allow(clippy::unwrap_used, reason = "a test says by panicking")]

mod common;

use std::collections::BTreeSet;
use std::fmt::Debug;
use std::fs;

use common::{Sample, client_frames, client_samples, golden, read, server_frames, server_samples, unhex, variants_of};
use protocol::{ClientMessage, Encoding, Numbered, ServerMessage};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

fn hex(bytes: &[u8]) -> String {
    let digits: Vec<String> = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
    digits.chunks(32).map(|line| line.concat() + "\n").collect()
}

fn json_stays<M: Serialize + DeserializeOwned + PartialEq + Debug>(samples: &[Sample<Numbered<M>>]) {
    for Sample { name, message } in samples {
        let text = read(&format!("{name}.json"));
        let decoded = Encoding::Json.decode_frame::<M>(text.as_bytes());
        assert_eq!(
            decoded.as_ref(),
            Ok(message),
            "golden/{name}.json no longer reads as it did"
        );
        let expected: Value = serde_json::from_str(&text).unwrap();
        let encoded: Value = serde_json::from_slice(&Encoding::Json.encode_frame(message)).unwrap();
        assert_eq!(
            encoded, expected,
            "{name} is no longer written as in golden/{name}.json"
        );
    }
}

fn postcard_stays<M: Serialize + DeserializeOwned + PartialEq + Debug>(samples: &[Sample<Numbered<M>>]) {
    for Sample { name, message } in samples {
        let encoded = hex(&Encoding::Postcard.encode_frame(message));
        let expected = read(&format!("{name}.hex"));
        assert_eq!(encoded, expected, "{name} is no longer written as in golden/{name}.hex");
        let decoded = Encoding::Postcard.decode_frame::<M>(&unhex(&expected));
        assert_eq!(
            decoded.as_ref(),
            Ok(message),
            "golden/{name}.hex no longer reads as it did"
        );
    }
}

fn variant_of<M: Serialize>(sample: &Sample<M>) -> String {
    match serde_json::to_value(&sample.message).unwrap() {
        Value::String(name) => name,
        Value::Object(fields) => fields.into_iter().next().unwrap().0,
        other => panic!("messages are externally tagged, not {other}"),
    }
}

fn each_variant_has_a_sample<M: Serialize + DeserializeOwned>(samples: &[Sample<M>]) {
    let have: BTreeSet<_> = samples.iter().map(variant_of).collect();
    let mut want: BTreeSet<_> = variants_of::<M>().into_iter().collect();
    // Nobody says it.
    assert!(want.remove("unknown"));
    assert_eq!(have, want);
}

#[test]
fn client_messages_keep_their_json() {
    json_stays(&client_frames());
}

#[test]
fn server_messages_keep_their_json() {
    json_stays(&server_frames());
}

#[test]
fn client_messages_keep_their_postcard_bytes() {
    postcard_stays(&client_frames());
}

#[test]
fn server_messages_keep_their_postcard_bytes() {
    postcard_stays(&server_frames());
}

#[test]
fn every_message_has_a_sample() {
    each_variant_has_a_sample::<ClientMessage>(&client_samples());
    each_variant_has_a_sample::<ServerMessage>(&server_samples());
}

#[test]
fn every_golden_file_is_read_by_a_sample() {
    let names = client_samples()
        .iter()
        .map(|sample| sample.name)
        .chain(server_samples().iter().map(|sample| sample.name))
        .flat_map(|name| [format!("{name}.json"), format!("{name}.hex")])
        .collect::<BTreeSet<_>>();
    let files = fs::read_dir(golden("")).unwrap();
    let files: BTreeSet<_> = files
        .map(|file| file.unwrap().file_name().into_string().unwrap())
        .collect();
    assert_eq!(files, names);
}
