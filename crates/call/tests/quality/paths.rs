//! Narrow uplinks and paths.

use std::time::Duration;

use call::Source;
use call::quality::{QualityInput, Step};

use crate::world::{TEXT, World, peer, seconds};

/// A call whose people all show each other in this size, on machines that do not matter.
fn call(people: u8, step: Step) -> World {
    let mut world = World::new(people, 32);
    world.all_wish(step);
    world.run(seconds(10));
    world
}

#[test]
fn with_300_kbit_up_four_people_have_sound_and_a_picture_that_moves_and_it_stays_so() {
    let mut world = call(4, Step::Lines360);
    world.uplink = 300_000.0;
    world.run(seconds(15));
    world.forget();
    world.run(seconds(180));
    for n in 1..4 {
        let (lines, frames) = world.camera(n);
        assert!(lines >= 90 && frames >= 2.0, "{lines} lines at {frames}");
        assert!(world.sent[&(peer(n), Source::Microphone)].send);
    }
    assert!(
        world.bad * 50 < world.ticks,
        "{} of {} ticks were bad",
        world.bad,
        world.ticks
    );
    assert!(
        world.changes() <= 12,
        "{} changes in three minutes: {:?}",
        world.changes(),
        world.log
    );
}

#[test]
fn a_path_that_narrows_is_followed_within_three_seconds() {
    let mut world = call(2, Step::Lines720);
    assert_eq!(world.camera(1).0, 720);
    world.uplink = 400_000.0;
    world.run(seconds(3));
    assert!(world.allowed(peer(1)) <= 400_000.0, "{}", world.allowed(peer(1)));
}

#[test]
fn when_the_limit_is_lifted_the_size_shown_is_back_within_20_seconds() {
    for (people, reports) in (2..=5).flat_map(|people| [(people, 1_000), (people, 1_950)]) {
        for seconds_limited in [20, 60, 300] {
            let mut world = call(people, Step::Lines360);
            world.reports = Duration::from_millis(reports);
            world.uplink = 100_000.0 * f64::from(people - 1);
            world.run(seconds(seconds_limited));
            assert!(world.camera(1).0 < 360);
            world.uplink = 50e6;
            world.run(seconds(20));
            for n in 1..people {
                assert_eq!(
                    world.camera(n).0,
                    360,
                    "{people} people, limited for {seconds_limited} s, stats every {reports} ms"
                );
            }
        }
    }
}

#[test]
fn four_people_on_two_cores_are_back_at_their_size_20_seconds_after_300_kbit() {
    let mut world = World::new(4, 2);
    world.all_wish(Step::Lines360);
    world.run(seconds(10));
    let before = world.camera(1);
    for _ in 0..5 {
        world.uplink = 300_000.0;
        world.run(seconds(60));
        assert!(world.camera(1).0 < before.0 && world.camera(1).1 >= 2.0);
        world.uplink = 50e6;
        world.run(seconds(20));
        for n in 1..4 {
            assert!(world.camera(n).0 >= before.0, "{:?} of {before:?}", world.camera(n));
        }
    }
}

#[test]
fn a_newcomer_begins_as_narrow_as_all_the_others_are() {
    let mut world = call(3, Step::Lines360);
    world.uplink = 200_000.0;
    world.run(seconds(20));
    let widest = world.allowed(peer(1)).max(world.allowed(peer(2)));
    world.join(3);
    assert!(
        world.allowed(peer(3)) <= 1.5 * widest,
        "{} of {widest}",
        world.allowed(peer(3))
    );
    assert!(world.sent[&(peer(3), Source::Microphone)].adaptive_ptime);
    let start = f64::from(world.quality.start_bitrate(peer(3)));
    assert!((60_000.0..=1.5 * widest).contains(&start), "{start} of {widest}");
}

#[test]
fn where_one_path_is_wide_a_newcomer_is_not_held_back() {
    let mut world = call(3, Step::Lines360);
    world.narrow(1, 80_000.0);
    world.run(seconds(20));
    world.join(3);
    assert!(!world.sent[&(peer(3), Source::Microphone)].adaptive_ptime);
    assert!(world.allowed(peer(3)) > 200_000.0, "{}", world.allowed(peer(3)));
}

#[test]
fn connections_begin_with_what_is_to_be_sent_and_share_what_they_begin_with() {
    for (people, start) in [(2, 600_000), (3, 200_000), (5, 100_000), (12, 60_000)] {
        let world = World::new(people, 32);
        assert_eq!(world.quality.start_bitrate(peer(1)), start, "{people} people");
    }
    let mut world = World::new(2, 32);
    world.tell(QualityInput::LowData(true));
    let planned = world.quality.start_bitrate(peer(1));
    assert!((60_000..200_000).contains(&planned), "{planned}");
}

#[test]
fn sound_goes_in_longer_packets_while_a_path_is_narrow() {
    let mut world = call(3, Step::Lines360);
    let long = |world: &World| world.sent[&(peer(1), Source::Microphone)].adaptive_ptime;
    assert!(!long(&world));
    world.uplink = 200_000.0;
    world.run(seconds(10));
    assert!(long(&world));
    world.uplink = 50e6;
    world.run(seconds(30));
    assert!(!long(&world));
}

#[test]
fn no_uplink_makes_pictures_change_all_the_time() {
    for people in [2, 3, 4, 8] {
        for kbit in [60, 100, 150, 200, 300, 450, 700, 1_000, 1_500, 2_500, 4_000] {
            let mut world = call(people, Step::Lines360);
            world.uplink = 1_000.0 * f64::from(kbit);
            world.run(seconds(60));
            world.forget();
            world.run(seconds(240));
            let most = 8 * usize::from(people - 1);
            assert!(
                world.changes() <= most,
                "{people} people at {kbit} kbit/s: {} changes in four minutes {:?}",
                world.changes(),
                world.log
            );
        }
    }
}

#[test]
fn sounds_are_kept_where_nothing_else_fits() {
    let mut world = call(4, Step::Lines360);
    world.uplink = 150_000.0;
    world.run(seconds(20));
    world.forget();
    world.run(seconds(120));
    for n in 1..4 {
        let sound = world.sent[&(peer(n), Source::Microphone)];
        assert!(sound.send && sound.max_bitrate >= 24_000);
    }
    // Three voices with their headers are 135 kbit/s of the 150.
    let pictures = (1..4).filter(|n| world.asked(*n, Source::Camera).is_some()).count();
    assert!(pictures <= 1, "{pictures} pictures");
    world.uplink = 10e6;
    world.run(seconds(40));
    assert_eq!(world.camera(1).0, 360);
}

#[test]
fn one_narrow_path_takes_nothing_from_the_others() {
    let mut world = call(4, Step::Lines360);
    world.narrow(2, 120_000.0);
    world.run(seconds(60));
    assert_eq!((world.camera(1).0, world.camera(3).0), (360, 360));
    assert!(
        world.camera(2).0 <= 180 && world.allowed(peer(2)) <= 140_000.0,
        "{:?}",
        world.camera(2)
    );
}

#[test]
fn who_has_us_on_the_stage_gets_more_of_a_narrow_uplink() {
    let mut world = call(4, Step::Lines180);
    world.wish(1, Source::Camera, Step::Lines720);
    world.run(seconds(10));
    world.uplink = 800_000.0;
    world.run(seconds(90));
    let (stage, tile) = (world.camera(1), world.camera(2));
    assert!(stage.0 > tile.0, "stage {stage:?}, tile {tile:?}");
    assert!(tile.0 >= 90);
}

#[test]
fn a_hiccup_of_the_uplink_is_forgotten_when_somebody_takes_the_stage_later() {
    let mut world = call(4, Step::Lines360);
    world.run(seconds(10));
    world.uplink = 300_000.0;
    world.run(seconds(10));
    world.uplink = 50e6;
    world.run(seconds(120));
    world.wish(1, Source::Camera, Step::Lines720);
    world.run(seconds(2));
    assert_eq!(world.camera(2).0, 360, "the others keep what they had");
    world.run(seconds(30));
    assert_eq!((world.camera(1).0, world.camera(2).0), (720, 360));
}

#[test]
fn an_estimate_that_falls_no_further_is_not_believed_while_packets_wait_and_are_lost() {
    let mut world = call(4, Step::Lines360);
    world.least_estimate = 130_000.0;
    world.uplink = 250_000.0;
    world.run(seconds(60));
    let all: f64 = (1..4).map(|n| world.allowed(peer(n))).sum();
    assert!(all <= 290_000.0, "{all}");
}

#[test]
fn without_estimates_a_short_loss_long_ago_makes_no_picture_pause() {
    let mut world = call(2, Step::Lines90);
    world.has_estimates = false;
    let narrow = |world: &mut World, time| {
        world.uplink = 60_000.0;
        world.run(seconds(time));
        let is_seen = world.camera(1).0 > 0;
        world.uplink = 50e6;
        is_seen
    };
    assert!(narrow(&mut world, 5), "a short loss pauses nothing");
    world.run(seconds(60));
    assert!(narrow(&mut world, 5), "nor does the next one, a minute later");
}

#[test]
fn a_screen_that_is_looked_at_is_kept_and_the_cameras_give_way() {
    let mut world = call(3, Step::Lines360);
    world.captured(Source::Screen, Some(TEXT));
    for n in 1..3 {
        world.wish(n, Source::Screen, Step::Lines720);
        world.run(seconds(1));
    }
    world.run(seconds(5));
    world.uplink = 700_000.0;
    world.run(seconds(60));
    for n in 1..3 {
        let screen = world.asked(n, Source::Screen).unwrap();
        assert!(screen.0 >= 540, "{screen:?}");
        assert!(world.camera(n).0 < 360);
    }
}

#[test]
fn a_still_picture_whose_estimate_is_low_for_want_of_bits_grows_all_the_same() {
    let mut world = call(2, Step::Lines720);
    world.uplink = 200_000.0;
    world.run(seconds(30));
    assert!(world.camera(1).0 < 360);
    world.uplink = 50e6;
    world.liveliness = 0.15;
    world.run(seconds(60));
    assert_eq!(world.camera(1).0, 720);
}

#[test]
fn without_estimates_loss_and_round_trip_say_what_fits() {
    let mut world = call(3, Step::Lines360);
    world.has_estimates = false;
    world.uplink = 400_000.0;
    world.run(seconds(60));
    world.forget();
    world.run(seconds(120));
    let all: f64 = (1..3).map(|n| world.allowed(peer(n))).sum();
    assert!(all <= 600_000.0, "{all}");
    assert!(world.changes() <= 40, "{}", world.changes());
    world.uplink = 50e6;
    world.run(seconds(120));
    assert_eq!(world.camera(1).0, 360);
}

#[test]
fn stats_that_make_no_sense_change_nothing() {
    let mut world = call(3, Step::Lines360);
    world.forget();
    for nonsense in [f64::NAN, f64::INFINITY, f64::NEG_INFINITY, -1.0] {
        let stats = call::quality::PathStats {
            available_outgoing_bitrate: Some(nonsense),
            sent_bitrate: Some(nonsense),
            loss: Some(nonsense),
            ..Default::default()
        };
        world.tell(QualityInput::Stats([(peer(1), stats)].into()));
    }
    assert_eq!(world.changes(), 0);
}

#[test]
fn after_an_outage_the_path_is_judged_anew() {
    let mut world = call(2, Step::Lines720);
    world.uplink = 200_000.0;
    world.run(seconds(30));
    world.uplink = 50e6;
    world.tell(QualityInput::Interrupted(peer(1)));
    world.fresh_path(1);
    world.run(seconds(5));
    world.tell(QualityInput::Stands(peer(1)));
    world.run(seconds(20));
    assert_eq!(world.camera(1).0, 720);
}

#[test]
fn an_outage_says_nothing_of_the_uplink() {
    let mut world = call(3, Step::Lines360);
    world.run(seconds(20));
    world.uplink = 2_000.0;
    // Stats go on for a moment before the outage is noticed.
    world.run(seconds(3));
    for n in 1..3 {
        world.tell(QualityInput::Interrupted(peer(n)));
    }
    world.run(seconds(14));
    world.uplink = 50e6;
    for n in 1..3 {
        world.fresh_path(n);
        world.tell(QualityInput::Stands(peer(n)));
    }
    world.run(seconds(3));
    for n in 1..3 {
        assert!(
            world.sent[&(peer(n), Source::Camera)].send,
            "a picture is sent as soon as the path is back"
        );
    }
    world.run(seconds(20));
    assert_eq!(world.camera(1).0, 360);
}
