//! What a page can do that says whatever it likes.

use std::time::Duration;

use call::Person;
use protocol::limits::peer::{STROKE_POINTS, STROKES_SHOWN};
use protocol::peer_message::{Content, Lane, Pointer, Spot, write_fields};
use protocol::{PeerId, PeerMessage};

use crate::room::{ADA, BO, CLEO, Room, seat};
use crate::support::peer_id;

/// A message with points that have their numbers for `x`.
pub fn pointer(share: u32, stroke: u32, first: u32, count: u32) -> Pointer {
    let x = |n: u32| u16::try_from(n % 65_536).expect("small");
    Pointer {
        share: peer_id(share),
        stroke,
        first,
        points: (first..first + count).map(|n| Spot { x: x(n), y: 1 }).collect(),
        up: false,
    }
}

pub fn content(pointer: &Pointer) -> Vec<u8> {
    Content::Message(PeerMessage::Pointer(pointer.clone())).encode(Vec::new())
}

/// Ten thousand messages a second for so long, and every page is within its bounds all the time.
fn floods(room: &mut Room, seconds: u32, message: impl Fn(u32) -> Pointer) {
    for n in 0..seconds * 1_000 {
        for of_ten in 0..10 {
            let pointer = message(n * 10 + of_ten);
            room.forges(BO, ADA, pointer);
        }
        room.pass(1);
        let shown = room.shown(ADA);
        let here = shown.strokes.iter().filter(|stroke| stroke.share == Person::Me);
        let points: usize = here.clone().map(|stroke| stroke.points.len()).sum();
        assert!(here.count() <= STROKES_SHOWN && points <= STROKE_POINTS);
    }
}

#[test]
fn ten_thousand_strokes_a_second_take_away_nothing_that_others_drew() {
    let mut room = Room::of(3);
    room.line(CLEO, ADA, 40);
    room.pass(100);
    let before = room.changes.len();
    floods(&mut room, 2, |n| pointer(ADA, n + 1, 0, 16));
    assert!(room.changes.len() - before <= 62, "{}", room.changes.len() - before);
    let shown = room.shown(ADA).strokes;
    assert_eq!(shown.len(), STROKES_SHOWN);
    assert_eq!(shown[0].points.len(), 40, "Cleo's is still there");
    // When the flood lasts, the channel is closed, and then there is peace.
    floods(&mut room, 1, |n| pointer(ADA, n + 100_000, 0, 16));
    room.pass(6_000);
    assert_eq!(room.shown(ADA).strokes, []);
}

#[test]
fn a_stroke_without_end_has_four_thousand_points() {
    let mut room = Room::of(2);
    // As many as the channel takes: 60 messages a second.
    for n in 0..600 {
        room.forges(BO, ADA, pointer(ADA, 1, n * 16, 16));
        room.pass(17);
    }
    room.pass(100);
    assert_eq!(room.strokes(ADA), [(STROKE_POINTS, false)]);
    assert_eq!(room.shown(ADA).pointers.len(), 1);
}

#[test]
fn a_flood_of_pointers_is_one_pointer() {
    let mut room = Room::of(2);
    let before = room.changes.len();
    floods(&mut room, 1, |n| pointer(ADA, 0, n, 1));
    assert!(room.changes.len() - before <= 31);
    assert_eq!(room.shown(ADA).pointers.len(), 1);
}

#[test]
fn strangers_point_at_nothing_that_is_not_there() {
    let mut room = Room::of(3);
    room.shares(CLEO, true);
    room.pass(10);
    let before = room.changes.len();
    for share in [BO, 77, 0] {
        room.forges(BO, ADA, pointer(share, 1, 0, 2));
        room.forges(BO, ADA, pointer(share, 0, 0, 1));
    }
    let mut nobody = pointer(ADA, 0, 0, 1);
    nobody.share = PeerId::from_bytes([0; 16]);
    room.forges(BO, ADA, nobody);
    // A pointer without a place is nowhere.
    room.forges(BO, ADA, pointer(ADA, 0, 5, 0));
    room.forges(BO, ADA, pointer(ADA, 5, 0, 0));
    room.pass(100);
    assert_eq!(room.changes.len(), before);
    // Not even with its own first word on another one.
    room.forges(BO, ADA, pointer(ADA, 6, 0, 2));
    room.forges(BO, ADA, pointer(CLEO, 6, 2, 2));
    room.pass(100);
    let strokes = room.shown(ADA).strokes;
    let strokes: Vec<_> = strokes
        .iter()
        .map(|stroke| (seat(stroke.share), stroke.points.len()))
        .collect();
    assert_eq!(strokes, [(0, 2)]);
}

#[test]
fn messages_of_wrong_sizes_and_on_the_wrong_channel_are_skipped() {
    let mut room = Room::of(2);
    let before = room.changes.len();
    let whole = content(&pointer(ADA, 1, 0, 16));
    // Up to the number of points: those that are missing would be zeros.
    for length in 0..20 {
        room.stage(ADA).receives(BO, Lane::Lossy, whole[..length].to_vec());
        room.pass(20);
    }
    let share = peer_id(ADA).into_bytes();
    let points = vec![Spot::default(); 17];
    let too_many = write_fields(&(6u32, share, 1u32, 0u32, points, false), Vec::new());
    let endless = write_fields(&(6u32, share, 1u32, 0u32, u64::MAX), Vec::new());
    for bytes in [too_many, endless, vec![6; 20_000]] {
        room.stage(ADA).receives(BO, Lane::Lossy, bytes);
    }
    room.stage(ADA).says(BO, PeerMessage::Pointer(pointer(ADA, 1, 0, 2)));
    room.pass(100);
    assert_eq!(room.changes.len(), before);
    // What is missing at the end is zero: not up.
    room.stage(ADA)
        .receives(BO, Lane::Lossy, whole[..whole.len() - 1].to_vec());
    room.pass(100);
    assert_eq!(room.strokes(ADA), [(16, false)]);
}

#[test]
fn somebody_who_changes_their_mind_all_the_time_about_pointing_is_shown_thirty_times_a_second() {
    let mut room = Room::of(2);
    let from = room.now();
    for n in 0..400 {
        let share = protocol::peer_message::Share {
            no_pointing: n % 2 == 0,
        };
        room.stage(ADA).says(BO, PeerMessage::Share(share));
        room.pass(5);
    }
    let changes = room.changes.iter().filter(|(at, of, _)| *of == ADA && *at >= from);
    assert!(changes.count() <= 61);
    assert!(room.now() - from <= Duration::from_secs(2));
}
