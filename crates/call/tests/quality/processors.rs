//! Machines that encode so much and no more.

use std::time::Duration;

use call::Source;
use call::quality::Step;

use crate::world::{TEXT, World, seconds};

#[test]
fn a_machine_that_cannot_do_it_is_asked_for_less_within_25_seconds_and_stays_there() {
    for (people, names_limits) in [(2, true), (3, false), (5, true), (5, false), (8, true), (8, false)] {
        let mut world = World::new(people, 8);
        world.names_limits = names_limits;
        world.all_wish(Step::Lines360);
        world.run(seconds(20));
        world.processor = world.asked_work() / 3.0;
        world.run(seconds(25));
        assert!(
            world.frames(1) >= 0.65 * world.camera(1).1,
            "{people} people: {:?}",
            world.camera(1)
        );
        world.run(seconds(60));
        world.forget();
        world.run(seconds(300));
        let most = 8 * usize::from(people - 1);
        assert!(
            world.changes() <= most,
            "{people} people: {} changes in five minutes",
            world.changes()
        );
        assert!(world.frames(1) >= 5.0, "{people} people: {}", world.frames(1));
    }
}

#[test]
fn a_peer_that_wishes_something_else_all_the_time_keeps_nobody_from_an_easier_load() {
    let mut world = World::new(3, 8);
    world.all_wish(Step::Lines360);
    world.run(seconds(20));
    world.processor = world.asked_work() / 4.0;
    for round in 0..600 {
        let step = if round % 2 == 0 { Step::Lines360 } else { Step::Lines90 };
        world.wish(1, Source::Camera, step);
        world.run(Duration::from_millis(100));
    }
    assert!(world.frames(2) >= 0.6 * world.camera(2).1, "{:?}", world.camera(2));
}

#[test]
fn a_screen_that_was_shared_takes_no_work_any_more() {
    let mut world = World::new(3, 8);
    world.all_wish(Step::Lines360);
    world.captured(Source::Screen, Some(TEXT));
    world.run(seconds(20));
    world.captured(Source::Screen, None);
    world.run(seconds(10));
    world.processor = world.asked_work() / 3.0;
    world.run(seconds(40));
    assert!(world.frames(1) >= 0.65 * world.camera(1).1, "{:?}", world.camera(1));
}

#[test]
fn a_small_machine_that_turns_out_to_do_more_gets_to_what_is_shown() {
    let mut world = World::new(4, 2);
    world.all_wish(Step::Lines360);
    world.run(seconds(15));
    assert_eq!(world.camera(1).0, 270);
    world.run(seconds(90));
    for n in 1..4 {
        assert_eq!(world.camera(n), (360, 20.0));
    }
}

#[test]
fn a_machine_that_has_shown_what_it_does_keeps_it_when_somebody_joins() {
    let mut world = World::new(4, 2);
    world.all_wish(Step::Lines360);
    world.run(seconds(120));
    world.join(4);
    world.wish(4, call::Source::Camera, Step::Lines360);
    world.run(seconds(3));
    assert!(world.camera(1).0 >= 270, "{:?}", world.camera(1));
}

#[test]
fn a_dark_room_does_not_make_pictures_small() {
    let mut world = World::new(3, 8);
    world.all_wish(Step::Lines360);
    world.run(seconds(30));
    world.light = 7.0;
    world.run(seconds(180));
    assert_eq!(world.camera(1).0, 360);
}

#[test]
fn five_people_on_two_cores_have_smooth_pictures_from_the_first_seconds() {
    // A fifth of what both cores do, for each of the pages.
    let mut world = World::new(1, 2);
    world.processor = 25e6 / 5.0;
    for n in 1..5 {
        world.join(n);
        world.run(seconds(1));
        world.wish(n, call::Source::Camera, Step::Lines180);
    }
    world.run(seconds(8));
    for _ in 0..10 {
        world.run(seconds(1));
        for n in 1..5 {
            assert!(world.frames(n) >= 16.0, "{}", world.frames(n));
        }
    }
}

#[test]
fn when_people_leave_those_who_stay_become_larger() {
    let mut world = World::new(8, 2);
    world.all_wish(Step::Lines360);
    world.run(seconds(15));
    assert_eq!(world.camera(1).0, 90);
    for n in 2..8 {
        world.leave(n);
    }
    world.run(seconds(3));
    assert_eq!(world.camera(1), (360, 20.0));
}

#[test]
fn a_machine_that_a_narrow_path_kept_idle_does_not_keep_pictures_small_when_it_is_wide() {
    let mut world = World::new(4, 2);
    world.all_wish(Step::Lines360);
    world.run(seconds(10));
    // At the size that two cores are trusted with, a twentieth of them; while the path is narrow, far less.
    world.encoders = Some(0.1 / world.asked_work());
    assert_eq!(world.camera(1).0, 270);
    world.uplink = 300_000.0;
    world.run(seconds(60));
    world.uplink = 50e6;
    world.run(seconds(20));
    for n in 1..4 {
        assert_eq!(world.camera(n), (360, 20.0));
    }
}
