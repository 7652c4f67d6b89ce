//! What the others see of what people do.

use std::collections::BTreeSet;
use std::time::Duration;

use call::pointer::{COLOURS, Pointing, colours};
use call::{Effect, Input, Person};
use protocol::limits::peer::POINTER_RATE;
use protocol::peer_message::{Features, Lane, Share, Spot};
use protocol::{Media, PeerMessage};

use crate::room::{ADA, BO, CLEO, Room, millis, seat};
use crate::strangers::{content, pointer};
use crate::support::stage::{self, Stage};
use crate::support::{new_call, peer_id};

#[test]
fn a_pointer_is_seen_by_everyone_in_one_colour_and_goes_when_it_leaves() {
    let mut room = Room::of(3);
    room.points(BO, ADA, Some((250, 750)));
    room.pass(1);
    assert_eq!(room.pointers(ADA), [(BO, 0, (250, 750))], "on her own screen");
    assert_eq!(room.pointers(CLEO), [(BO, ADA, (250, 750))]);
    assert_eq!(room.pointers(BO), [(0, ADA, (250, 750))], "his own");
    let seen = [ADA, BO, CLEO].map(|n| room.shown(n).pointers[0].colour);
    assert_eq!(seen, [seen[0]; 3]);
    room.points(ADA, ADA, Some((0, 1_000)));
    room.pass(50);
    assert_eq!(room.pointers(BO), [(0, ADA, (250, 750)), (ADA, ADA, (0, 1_000))]);
    room.points(BO, ADA, None);
    room.pass(50);
    assert_eq!(room.pointers(ADA), [(0, 0, (0, 1_000))]);
    assert_eq!(room.pointers(CLEO), [(ADA, ADA, (0, 1_000))]);
}

#[test]
fn as_many_people_as_there_are_colours_differ_whenever_they_have_joined() {
    assert_eq!(colours(&[]), [0; 0]);
    assert_eq!(colours(&[3, 11, 19, 20]), [3, 4, 5, 6], "places of eight apart");
    assert_eq!(colours(&[7, 15]), [7, 0]);
    assert_eq!(colours(&[11, 20]), [3, 4], "who was second is first now");
    for apart in 1..40 {
        let orders: Vec<u64> = (0..20).map(|n| 1_000_003 + n * apart).collect();
        let colours = colours(&orders);
        for together in colours.chunks(COLOURS.into()) {
            let different: BTreeSet<_> = together.iter().collect();
            assert_eq!(different.len(), together.len(), "{apart} apart: {together:?}");
        }
    }
}

#[test]
fn a_pointer_that_rests_stays_and_one_whose_page_falls_silent_is_gone_after_two_seconds() {
    let mut room = Room::of(3);
    room.wire.lost = 10;
    room.points(BO, ADA, Some((10, 20)));
    for _ in 0..12 {
        room.pass(1_000);
        assert_eq!(room.pointers(CLEO), [(BO, ADA, (10, 20))]);
    }
    let said = room.said.iter().filter(|(_, n, _)| *n == BO).count();
    assert!((25..35).contains(&said), "{said} messages for a pointer that rests");
    room.wire.lost = 100;
    room.pass(1_500);
    assert_eq!(room.pointers(CLEO).len(), 1);
    room.pass(600);
    assert_eq!(room.pointers(CLEO), []);
    assert_eq!(room.pointers(BO), [(0, ADA, (10, 20))], "the wire is at fault, not Bo");
}

#[test]
fn a_stroke_is_seen_by_everyone_and_fades_five_seconds_after_its_last_point() {
    let mut room = Room::of(3);
    room.line(BO, ADA, 50);
    room.pass(100);
    for n in [ADA, BO, CLEO] {
        assert_eq!(room.strokes(n), [(50, false)], "{n}");
        assert_eq!(room.pointers(n), [], "{n}: the pen is up");
        let stroke = &room.shown(n).strokes[0];
        assert_eq!((seat(stroke.share), stroke.colour), (if n == ADA { 0 } else { ADA }, 2));
        let xs: Vec<u16> = stroke.points.iter().map(|spot| spot.x).collect();
        assert!(xs.is_sorted() && xs[49] == Spot { x: 3_211, y: 0 }.x, "{xs:?}");
    }
    room.pass(3_800);
    assert_eq!(room.strokes(CLEO), [(50, false)]);
    room.pass(200);
    assert_eq!(room.strokes(CLEO), [(50, true)]);
    room.pass(1_000);
    for n in [ADA, BO, CLEO] {
        assert_eq!(room.shown(n), Pointing::default(), "{n}");
    }
    // A pen that goes on after all of it has faded draws on from there.
    room.draws(BO, ADA, Some((1, 1)));
    room.pass(6_000);
    assert_eq!(room.strokes(CLEO), []);
    assert_eq!(room.pointers(CLEO), [(BO, ADA, (1, 1))], "the pen is down");
    room.draws(BO, ADA, Some((2, 2)));
    room.pass(50);
    assert_eq!(room.strokes(CLEO), [(1, false)]);
}

#[test]
fn the_pen_is_seen_while_it_is_down() {
    let mut room = Room::of(3);
    room.draws(BO, ADA, Some((100, 100)));
    room.pass(20);
    room.draws(BO, ADA, Some((200, 100)));
    room.pass(50);
    assert_eq!(room.pointers(CLEO), [(BO, ADA, (200, 100))]);
    room.draws(BO, ADA, None);
    room.pass(50);
    assert_eq!(room.pointers(CLEO), []);
    assert_eq!(room.strokes(CLEO), [(2, false)]);
}

#[test]
fn nothing_is_shown_where_nothing_is_shared_and_nothing_stays_when_that_ends() {
    let mut room = Room::of(3);
    room.points(BO, CLEO, Some((1, 1)));
    room.draws(CLEO, CLEO, Some((1, 1)));
    room.draws(BO, 77, Some((1, 1)));
    room.pass(100);
    assert_eq!((room.said.len(), room.changes.len()), (0, 0));
    room.shares(CLEO, true);
    room.line(BO, CLEO, 3);
    room.line(BO, ADA, 3);
    room.points(ADA, CLEO, Some((1, 1)));
    room.pass(100);
    assert_eq!(room.strokes(ADA).len(), 2);
    room.shares(CLEO, false);
    room.pass(100);
    for n in [ADA, BO, CLEO] {
        assert_eq!((room.strokes(n).len(), room.pointers(n).len()), (1, 0), "{n}");
    }
    let said = room.said.len();
    room.pass(2_000);
    assert_eq!(room.said.len(), said, "Ada's page does not go on pointing");
    room.shares(CLEO, true);
    room.pass(100);
    assert_eq!(room.strokes(ADA).len(), 1, "what was on it does not come back");
}

#[test]
fn a_sharer_who_lets_nobody_point_is_obeyed_by_every_page() {
    let mut room = Room::of(3);
    room.line(BO, ADA, 3);
    room.points(CLEO, ADA, Some((5, 5)));
    room.line(ADA, ADA, 4);
    room.pass(50);
    assert_eq!(room.strokes(CLEO).len(), 2);
    room.input(ADA, Input::LetPoint(false));
    room.pass(50);
    for n in [ADA, BO, CLEO] {
        assert_eq!(room.strokes(n), [(4, false)], "{n}: what she drew herself stays");
        assert_eq!(room.pointers(n), [], "{n}");
    }
    assert_eq!(room.shown(BO).closed, [peer_id(ADA)]);
    assert_eq!(room.shown(ADA).closed, [], "she may");
    let said = room.said.len();
    room.points(BO, ADA, Some((1, 1)));
    room.line(CLEO, ADA, 2);
    room.pass(2_000);
    assert_eq!(room.said.len(), said, "nothing is said");
    // A page that does as it likes.
    let before = room.changes.len();
    for to in [ADA, CLEO] {
        room.forges(BO, to, pointer(ADA, 9, 0, 3));
        room.forges(BO, to, pointer(ADA, 0, 100, 1));
    }
    room.pass(100);
    assert_eq!(room.changes.len(), before);
    room.points(ADA, ADA, Some((7, 7)));
    room.pass(50);
    assert_eq!(room.pointers(CLEO), [(ADA, ADA, (7, 7))]);
    room.input(ADA, Input::LetPoint(true));
    room.line(BO, ADA, 2);
    room.pass(50);
    assert_eq!(room.shown(CLEO).closed, []);
    assert!(room.strokes(CLEO).contains(&(2, false)));
}

#[test]
fn who_comes_later_and_who_is_reached_later_is_told_that_nobody_may_point() {
    let mut stage = Stage::with(&[1, 2]);
    stage.greets(1);
    stage.input(Input::LetPoint(true));
    assert_eq!(stage.told(1), [], "as it was");
    stage.input(Input::LetPoint(false));
    let no_pointing = |no_pointing| PeerMessage::Share(Share { no_pointing });
    assert_eq!(stage.told(1), [no_pointing(true)]);
    stage.greets(2);
    stage.joins(stage::info(200));
    stage.greets(200);
    assert_eq!(
        [stage.told(2), stage.told(200)],
        [[no_pointing(true)], [no_pointing(true)]]
    );
    // It is the page's, not the call's.
    stage.input(Input::Leave);
    stage.enter(150, &[1]);
    stage.greets(1);
    assert_eq!(stage.told(1), [no_pointing(true)]);
    stage.input(Input::LetPoint(true));
    assert_eq!(stage.told(1), [no_pointing(false)]);
}

#[test]
fn what_somebody_drew_goes_with_them_and_with_their_page() {
    let mut room = Room::of(3);
    room.line(BO, ADA, 3);
    room.points(CLEO, ADA, Some((5, 5)));
    room.pass(50);
    room.stage(ADA).leaves(BO);
    room.pass(50);
    assert_eq!(
        (room.strokes(ADA), room.pointers(ADA)),
        (vec![], vec![(CLEO, 0, (5, 5))])
    );
    assert_eq!(room.strokes(CLEO).len(), 1, "Cleo has not heard of it yet");
    // Cleo's page is loaded anew, and counts anew.
    room.points(CLEO, ADA, None);
    room.pass(100);
    let stage = room.stage(ADA);
    stage.says(CLEO, PeerMessage::Share(Share { no_pointing: true }));
    let connection = stage.connection(CLEO);
    stage.input(Input::ChannelReceived {
        connection,
        lane: Lane::Lossy,
        bytes: content(&pointer(ADA, 4, 0, 2)),
    });
    room.pass(50);
    assert_eq!((room.strokes(ADA).len(), room.shown(ADA).closed.len()), (1, 1));
    room.stage(ADA).hello(CLEO, 99, stage::ALL);
    room.pass(50);
    assert_eq!(room.shown(ADA), Pointing::default());
    room.forges(CLEO, ADA, pointer(ADA, 1, 0, 3));
    room.pass(50);
    assert_eq!(room.strokes(ADA), [(3, false)]);
    // Hers is over.
    room.input(ADA, Input::Leave);
    assert_eq!(room.shown(ADA), Pointing::default());
}

#[test]
fn it_is_told_to_pages_that_show_it_and_no_faster_than_thirty_times_a_second() {
    let mut stage = Stage::at(1, &[2, 3, 4]);
    stage.greets(2);
    stage.connects(3);
    stage.hello(3, 3, Features(0b1111));
    let media = Media {
        screen: true.into(),
        ..Media::default()
    };
    let name = "Me".to_owned();
    stage.input(Input::Update { name, media });
    let mut at = Vec::new();
    let (mut bytes, share) = (0, Person::Me);
    for n in 0..5_000_u32 {
        stage.pass(millis(1));
        let place = Some((f64::from(n % 100) / 100.0, f64::from(n % 77) / 77.0));
        stage.input(match n / 1_000 % 2 {
            0 => Input::Draw { share, at: place },
            _ => Input::Point { share, at: place },
        });
        let connection = stage.connection(2);
        let now = stage.now;
        for effect in std::mem::take(&mut stage.effects) {
            if let Effect::SendOnChannel {
                connection: to,
                lane: Lane::Lossy,
                bytes: sent,
            } = effect
            {
                assert_eq!(to, connection, "to nobody else");
                assert!(sent.len() < 150, "{}", sent.len());
                bytes += sent.len();
                at.push(now);
            }
        }
    }
    let within = |from: &Duration| {
        at.iter()
            .filter(|at| (*from..*from + millis(1_000)).contains(at))
            .count()
    };
    assert!(at.iter().all(|from| within(from) <= POINTER_RATE as usize));
    assert!((140..=150).contains(&at.len()), "{}", at.len());
    assert!(bytes < 5 * 30 * 130, "{bytes}");
}

#[test]
fn what_is_no_place_is_ignored_and_what_is_outside_is_at_the_edge() {
    let mut room = Room::of(2);
    let share = Person::Peer(peer_id(ADA));
    for no_place in [(f64::NAN, 0.5), (0.5, f64::INFINITY), (f64::NEG_INFINITY, f64::NAN)] {
        let at = Some(no_place);
        room.input(BO, Input::Point { share, at });
        room.input(BO, Input::Draw { share, at });
    }
    room.pass(100);
    assert_eq!((room.said.len(), room.changes.len()), (0, 0));
    let at = Some((-3.0, 1e300));
    room.input(BO, Input::Point { share, at });
    room.pass(10);
    assert_eq!(room.pointers(ADA), [(BO, 0, (0, 1_000))]);
}

#[test]
fn without_a_seat_nothing_is_pointed_at() {
    let mut call = new_call();
    let (share, at) = (Person::Me, Some((0.5, 0.5)));
    for input in [
        Input::Point { share, at },
        Input::Draw { share, at },
        Input::LetPoint(false),
    ] {
        assert_eq!(call.handle(Duration::ZERO, input), []);
    }
    assert_eq!(call.next_deadline(), None);
}

#[test]
fn a_page_that_shows_everything_again_and_again_is_told_thirty_times_a_second() {
    let mut room = Room::of(3);
    let from = room.now();
    for n in 0..2_000 {
        room.points(BO, ADA, Some((n % 999, 1)));
        room.draws(CLEO, ADA, Some((1, n % 998)));
        room.pass(1);
    }
    for n in [ADA, BO, CLEO] {
        let changes = room
            .changes
            .iter()
            .filter(|(at, of, _)| *of == n && *at >= from)
            .count();
        assert!((50..=61).contains(&changes), "{n}: {changes}");
    }
}
