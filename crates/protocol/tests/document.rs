//! PROTOCOL.md says what the code does: its samples, limits, error codes and close codes are compared with the crate.

#![allow(clippy::unwrap_used, reason = "a test says by panicking")]

mod common;

use std::collections::BTreeSet;
use std::fs;

use common::{client_samples, golden, server_samples, variants_of};
use protocol::{
    ClientMessage, CloseCode, DescriptionKind, Encoding, ErrorCode, LeaveReason, RelayFinding, Route, ServerMessage,
    Signal, SourceState, limits,
};

fn document() -> String {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../PROTOCOL.md");
    fs::read_to_string(path).unwrap_or_else(|error| panic!("PROTOCOL.md: {error}"))
}

/// The cells of each row below the heading `## title` (or deeper), without the table's own heading.
fn table(title: &str) -> Vec<Vec<String>> {
    let text = document();
    let section = text
        .split("\n#")
        .find(|section| section.trim_start_matches('#').trim_start().starts_with(title))
        .unwrap_or_else(|| panic!("PROTOCOL.md has no section \"{title}\""));
    let rows = section.lines().filter(|line| line.starts_with('|')).skip(2);
    rows.map(|row| {
        let cells = row.trim_matches('|').split('|');
        cells.map(|cell| cell.trim().trim_matches('`').to_string()).collect()
    })
    .collect()
}

#[test]
fn every_sample_stands_in_the_document_and_every_block_is_a_sample() {
    let text = document();
    let blocks: Vec<String> = text
        .split("```json\n")
        .skip(1)
        .map(|rest| rest.split("```").next().unwrap().to_string())
        .collect();
    let names = client_samples()
        .iter()
        .map(|sample| sample.name)
        .chain(server_samples().iter().map(|sample| sample.name))
        .collect::<Vec<_>>();
    let samples: Vec<String> = names
        .iter()
        .map(|name| fs::read_to_string(golden(&format!("{name}.json"))).unwrap())
        .collect();
    for (name, sample) in names.iter().zip(&samples) {
        assert!(
            blocks.contains(sample),
            "PROTOCOL.md does not show golden/{name}.json:\n{sample}"
        );
    }
    for block in &blocks {
        assert!(
            samples.contains(block),
            "PROTOCOL.md shows what is no golden sample:\n{block}"
        );
    }
}

#[test]
fn the_limits_are_those_of_the_code() {
    let seconds = |duration: std::time::Duration| format!("{} s", duration.as_secs());
    let bytes = |count: usize| format!("{count} bytes");
    let expected = [
        ("ROOM_ID_MAX", bytes(limits::ROOM_ID_MAX)),
        ("NAME_MAX_CHARS", format!("{} characters", limits::NAME_MAX_CHARS)),
        ("MESSAGE_MAX", bytes(limits::MESSAGE_MAX)),
        ("SDP_MAX", bytes(limits::SDP_MAX)),
        ("CANDIDATE_MAX", bytes(limits::CANDIDATE_MAX)),
        ("STATS_MAX", format!("{} connections", limits::STATS_MAX)),
        ("MESSAGE_BURST", format!("{} messages", limits::MESSAGE_BURST)),
        ("MESSAGE_RATE", format!("{} messages a second", limits::MESSAGE_RATE)),
        ("OUTBOX_MESSAGES", format!("{} messages", limits::OUTBOX_MESSAGES)),
        ("OUTBOX_BYTES", bytes(limits::OUTBOX_BYTES)),
        ("HELD_CANDIDATES", format!("{} candidates", limits::HELD_CANDIDATES)),
        ("PING_INTERVAL", seconds(limits::PING_INTERVAL)),
        ("SOCKET_TIMEOUT", seconds(limits::SOCKET_TIMEOUT)),
        ("GRACE", seconds(limits::GRACE)),
        ("TOKEN_MAX_AGE", seconds(limits::TOKEN_MAX_AGE)),
        ("TOKEN_MAX", bytes(limits::TOKEN_MAX)),
        ("RESEND_MESSAGES", format!("{} messages", limits::RESEND_MESSAGES)),
        ("RESEND_BYTES", bytes(limits::RESEND_BYTES)),
        ("ROOM_SIZE", format!("{} people", limits::ROOM_SIZE)),
        ("ROOMS", format!("{} rooms", limits::ROOMS)),
    ];
    let shown: Vec<_> = table("Limits")
        .into_iter()
        .map(|row| (row[0].clone(), row[1].clone()))
        .collect();
    let expected: Vec<_> = expected.map(|(name, value)| (name.to_string(), value)).into();
    assert_eq!(shown, expected);

    let source = include_str!("../src/limits.rs");
    let in_source = source
        .lines()
        .filter_map(|line| line.strip_prefix("pub const ")?.split(':').next());
    assert_eq!(
        in_source.collect::<BTreeSet<_>>(),
        shown.iter().map(|(name, _)| name.as_str()).collect::<BTreeSet<_>>(),
        "limits.rs and the table of limits name the same constants"
    );
}

#[test]
fn the_error_codes_are_those_of_the_code() {
    let expected: Vec<_> = ErrorCode::ALL
        .iter()
        .map(|code| {
            let (name, number) = (code.as_str().to_owned(), code.number().to_string());
            assert_eq!(serde_json::to_value(code).unwrap(), name, "as_str() is what JSON says");
            (name, number, code.sentence().to_owned())
        })
        .collect();
    let shown: Vec<_> = table("Error codes")
        .into_iter()
        .map(|row| (row[0].clone(), row[1].clone(), row[2].clone()))
        .collect();
    assert_eq!(shown, expected);
}

#[test]
fn the_numbers_of_names_are_those_of_the_code() {
    fn rows<T: Copy>(all: &[T], number: fn(T) -> u16, name: fn(T) -> &'static str) -> String {
        let names = all.iter().map(|&each| format!("{} `{}`", number(each), name(each)));
        names.collect::<Vec<_>>().join(", ")
    }
    let shown: Vec<_> = table("Names that are numbers in postcard")
        .into_iter()
        .map(|row| (row[0].clone(), row[1].clone()))
        .collect();
    let expected = [
        (
            "kind",
            rows(DescriptionKind::ALL, DescriptionKind::number, DescriptionKind::as_str),
        ),
        (
            "reason",
            rows(LeaveReason::ALL, LeaveReason::number, LeaveReason::as_str),
        ),
        (
            "relay",
            rows(RelayFinding::ALL, RelayFinding::number, RelayFinding::as_str),
        ),
        ("route", rows(Route::ALL, Route::number, Route::as_str)),
        (
            "media",
            rows(SourceState::ALL, SourceState::number, SourceState::as_str),
        ),
    ];
    // The cells' own ticks are trimmed at their ends.
    let expected: Vec<_> = expected
        .map(|(name, row)| (name.to_owned(), row.trim_matches('`').to_owned()))
        .into();
    assert_eq!(shown, expected);
}

#[test]
fn the_numbers_of_variants_are_those_of_the_code() {
    fn rows<T: serde::de::DeserializeOwned>() -> String {
        let names = variants_of::<T>().into_iter().filter(|name| name != "unknown");
        let names = names.enumerate().map(|(number, name)| format!("{number} `{name}`"));
        names.collect::<Vec<_>>().join(", ")
    }
    let shown: Vec<_> = table("Variants")
        .into_iter()
        .map(|row| (row[0].clone(), row[1].clone()))
        .collect();
    let expected = [
        ("client to server", rows::<ClientMessage>()),
        ("server to client", rows::<ServerMessage>()),
        ("signal", rows::<Signal>()),
    ];
    let expected: Vec<_> = expected
        .map(|(name, row)| (name.to_owned(), row.trim_matches('`').to_owned()))
        .into();
    assert_eq!(shown, expected);
}

#[test]
fn the_close_codes_are_those_of_the_code() {
    // No wildcard: a close code that is added to the enum must be added here, and so to the document.
    const fn next(code: CloseCode) -> Option<CloseCode> {
        match code {
            CloseCode::Normal => Some(CloseCode::GoingAway),
            CloseCode::GoingAway => Some(CloseCode::WrongFrameKind),
            CloseCode::WrongFrameKind => Some(CloseCode::InvalidUtf8),
            CloseCode::InvalidUtf8 => Some(CloseCode::RateLimited),
            CloseCode::RateLimited => Some(CloseCode::TooLarge),
            CloseCode::TooLarge => Some(CloseCode::AddressBusy),
            CloseCode::AddressBusy => Some(CloseCode::SlowReader),
            CloseCode::SlowReader => Some(CloseCode::Silent),
            CloseCode::Silent => Some(CloseCode::TakenOver),
            CloseCode::TakenOver => None,
        }
    }
    let expected: Vec<_> = std::iter::successors(Some(CloseCode::Normal), |&code| next(code))
        .map(|code| (code.code().to_string(), code.reason().to_string()))
        .collect();
    let shown: Vec<_> = table("Close codes")
        .into_iter()
        .map(|row| (row[0].clone(), row[1].clone()))
        .collect();
    assert_eq!(shown, expected);
}

#[test]
fn the_subprotocols_are_those_of_the_code() {
    let shown: Vec<_> = table("Versions and encodings")
        .into_iter()
        .map(|row| row[0].clone())
        .collect();
    let expected: Vec<_> = Encoding::ALL
        .iter()
        .map(|encoding| encoding.subprotocol().to_string())
        .collect();
    assert_eq!(shown, expected);
}
