//! Rooms in which everybody points, draws, shares and forbids at random, over wires that lose, delay and repeat.

use std::collections::BTreeMap;

use call::Input;
use call::pointer::Pointing;
use fastrand::Rng;
use protocol::limits::peer::{POINTER_RATE, POINTS_MAX, STROKE_POINTS, STROKES_SHOWN};

use crate::room::{Room, Wire, millis, seat};

const SEEDS: u64 = 12;

/// Twelve seconds of a room of four.
fn plays(seed: u64, wire: Wire) -> Room {
    let mut rng = Rng::with_seed(seed);
    let mut room = Room::of(4);
    room.rng = Rng::with_seed(seed + 1_000);
    room.wire = wire;
    room.shares(2, true);
    // Whether each one draws, and where.
    let mut pens: BTreeMap<u32, (bool, u32)> = BTreeMap::new();
    let mut places = 0;
    for _ in 0..1_200 {
        let n = rng.u32(1..=4);
        match rng.u32(0..200) {
            0 => room.shares(rng.u32(1..=3), rng.bool()),
            1 => room.input(n, Input::LetPoint(rng.u32(0..3) > 0)),
            2..10 => {
                if let Some((draws, of)) = pens.remove(&n) {
                    match draws {
                        true => room.draws(n, of, None),
                        false => room.points(n, of, None),
                    }
                }
            }
            10..20 => {
                pens.entry(n).or_insert((rng.bool(), rng.u32(1..=3)));
            }
            _ => {}
        }
        for (n, (draws, of)) in &pens {
            // Each place is another one, in rising order, so that it is known where each point of a stroke comes from.
            places += 1;
            let at = Some((places / 1_000, places % 1_000));
            match draws {
                true => room.draws(*n, *of, at),
                false => room.points(*n, *of, at),
            }
        }
        room.pass(10);
    }
    for (n, (draws, of)) in pens {
        match draws {
            true => room.draws(n, of, None),
            false => room.points(n, of, None),
        }
    }
    room.pass(400);
    room
}

/// Holds for everything that anybody was ever told and shown.
fn check(room: &Room, seed: u64) {
    for (at, n, shown) in &room.changes {
        let place = format!("seed {seed}, {n} at {at:?}");
        assert!(shown.pointers.len() <= 4, "{place}");
        for of in 0..=4 {
            let here = shown.strokes.iter().filter(|stroke| seat(stroke.share) == of);
            let points: usize = here.clone().map(|stroke| stroke.points.len()).sum();
            assert!(here.count() <= STROKES_SHOWN && points <= STROKE_POINTS, "{place}");
        }
        for stroke in &shown.strokes {
            assert!(!stroke.points.is_empty(), "{place}");
            let in_order = stroke
                .points
                .is_sorted_by(|one, next| (one.x, one.y) < (next.x, next.y));
            assert!(in_order, "{place}: {:?}", stroke.points);
        }
    }
    for who in 1..=4 {
        let said: Vec<_> = room.said.iter().filter(|(_, n, _)| *n == who).collect();
        let shown: Vec<_> = room.changes.iter().filter(|(_, n, _)| *n == who).collect();
        let rate = POINTER_RATE as usize;
        for (place, (at, _, pointer)) in said.iter().enumerate() {
            let later = said.get(place + rate);
            assert!(
                later.is_none_or(|(later, ..)| *later >= *at + millis(1_000)),
                "seed {seed}"
            );
            assert!(pointer.points.len() <= POINTS_MAX);
        }
        for (place, (at, ..)) in shown.iter().enumerate() {
            let later = shown.get(place + rate + 1);
            assert!(
                later.is_none_or(|(later, ..)| *later >= *at + millis(1_000)),
                "seed {seed}"
            );
        }
    }
}

#[test]
fn whatever_happens_pages_stay_within_bounds_and_everything_goes() {
    let mut seen = 0;
    for seed in 0..SEEDS {
        let mut rng = Rng::with_seed(seed);
        let wire = Wire {
            lost: rng.u32(0..60),
            twice: rng.u32(0..30),
            delay: rng.u64(0..400),
        };
        let mut room = plays(seed, wire);
        check(&room, seed);
        seen += room.changes.len();
        room.pass(6_000);
        for n in 1..=4 {
            let shown = room.shown(n);
            let over = Pointing {
                closed: shown.closed.clone(),
                ..Pointing::default()
            };
            assert_eq!(shown, over, "seed {seed}, {n}");
        }
    }
    assert!(seen > 2_000, "{seen}");
}

/// For each stroke that its own page shows, the share of its points, in percent, that another page shows.
fn arrived(seed: u64, wire: Wire) -> Vec<usize> {
    let mut rng = Rng::with_seed(seed);
    let mut room = Room::of(3);
    room.rng = Rng::with_seed(seed);
    room.wire = wire;
    for n in 0..200 {
        for _ in 0..rng.u32(0..3) {
            room.draws(2, 1, Some((n, rng.u32(0..1_000))));
        }
        room.pass(8);
    }
    room.draws(2, 1, None);
    room.pass(700);
    let [own, ada, cleo] = [2, 1, 3].map(|n| room.shown(n).strokes);
    assert_eq!([own.len(), ada.len(), cleo.len()], [1; 3], "seed {seed}");
    let share = |theirs: usize| 100 * theirs / own[0].points.len();
    for theirs in [&ada, &cleo] {
        let mut own = own[0].points.iter();
        assert!(
            theirs[0].points.iter().all(|spot| own.any(|of| of == spot)),
            "seed {seed}: another order"
        );
        assert!(own.next().is_none(), "seed {seed}: the end is there");
    }
    vec![share(ada[0].points.len()), share(cleo[0].points.len())]
}

#[test]
fn a_stroke_comes_whole_over_a_wire_that_loses_nothing() {
    for seed in 0..20 {
        let wire = Wire {
            lost: 0,
            twice: 20,
            delay: 30,
        };
        assert_eq!(arrived(seed, wire), [100, 100], "seed {seed}");
    }
}

#[test]
fn a_stroke_has_hardly_a_gap_where_a_tenth_of_the_messages_is_lost() {
    let wire = Wire {
        lost: 10,
        twice: 10,
        delay: 30,
    };
    let all: Vec<usize> = (0..30).flat_map(|seed| arrived(seed, wire)).collect();
    let mean = all.iter().sum::<usize>() / all.len();
    assert!(mean >= 97, "{mean} percent: {all:?}");
}
