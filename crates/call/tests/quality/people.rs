//! Who gets which size: the number of people, wishes, first pictures, Low data, hidden pictures.

use std::time::Duration;

use call::Source;
use call::quality::{CaptureWanted, Encoding, Quality, QualityEffect, QualityInput, QualitySettings, Step};

use crate::world::{CAMERA, TEXT, World, peer, seconds};

#[test]
fn before_wishes_arrive_sizes_follow_from_the_number_of_people() {
    let expected = [
        (2, (720, 20.0)),
        (3, (360, 20.0)),
        (4, (270, 20.0)),
        (5, (180, 20.0)),
        (6, (180, 15.0)),
        (7, (126, 10.0)),
        (8, (90, 10.0)),
    ];
    for (people, size) in expected {
        let mut world = World::new(people, 2);
        world.run(seconds(15));
        for n in 1..people {
            assert_eq!(world.camera(n), size, "{people} people");
        }
    }
}

#[test]
fn all_people_on_two_cores_ask_for_no_more_than_two_cores_do() {
    for people in 2..=8_u8 {
        let mut world = World::new(people, 2);
        world.all_wish(Step::Lines720);
        world.run(seconds(15));
        let all = world.asked_work() * f64::from(people);
        assert!(all < 40e6, "{people} people: {all}");
    }
}

#[test]
fn a_large_machine_gives_what_is_shown_at_once() {
    for people in 2..=5 {
        let mut world = World::new(people, 8);
        world.all_wish(Step::Lines360);
        world.run(seconds(5));
        for n in 1..people {
            assert_eq!(world.camera(n), (360, 20.0), "{people} people");
        }
    }
}

#[test]
fn the_first_picture_has_a_quarter_of_the_pixels_and_grows_when_the_connection_has_stood() {
    let mut world = World::new(3, 8);
    assert_eq!(world.camera(1).0, 180);
    world.run(Duration::from_millis(1_400));
    assert_eq!(world.camera(1).0, 180);
    world.run(Duration::from_millis(200));
    assert_eq!(world.camera(1).0, 360);
}

#[test]
fn a_connection_that_does_not_stand_keeps_the_first_picture() {
    let mut world = World::new(2, 8);
    world.fresh_path(2);
    world.tell(QualityInput::PeerJoined(peer(2)));
    world.run(seconds(10));
    assert_eq!(world.camera(2).0, 180);
    assert_eq!(world.camera(1).0, 360);
}

#[test]
fn after_an_outage_the_picture_begins_small_when_the_path_is_back() {
    let mut world = World::new(3, 8);
    world.run(seconds(5));
    world.forget();
    world.tell(QualityInput::Interrupted(peer(1)));
    world.run(seconds(5));
    assert_eq!(
        world.changes(),
        0,
        "what is set while nothing gets through begins no whole picture"
    );
    world.tell(QualityInput::Stands(peer(1)));
    assert_eq!((world.camera(1).0, world.camera(2).0), (180, 360));
    // A second word of it changes nothing.
    world.run(seconds(1));
    world.tell(QualityInput::Stands(peer(1)));
    world.run(Duration::from_millis(600));
    assert_eq!(world.camera(1).0, 360);
}

#[test]
fn even_the_smallest_picture_is_another_size_after_an_outage() {
    let mut world = World::new(8, 2);
    world.run(seconds(5));
    assert_eq!(world.camera(1).0, 90);
    world.tell(QualityInput::Interrupted(peer(1)));
    world.tell(QualityInput::Stands(peer(1)));
    assert_eq!(world.camera(1).0, 60);
}

#[test]
fn a_connection_that_was_replaced_is_told_everything_anew() {
    let mut world = World::new(3, 8);
    world.run(seconds(5));
    world.forget();
    world.sent.retain(|(id, _), _| *id != peer(1));
    world.tell(QualityInput::Replaced(peer(1)));
    let sources: Vec<_> = world.log.iter().map(|(_, id, source, _)| (*id, *source)).collect();
    let all = [Source::Microphone, Source::Camera, Source::ScreenAudio].map(|source| (peer(1), source));
    assert_eq!(sources, all);
    assert_eq!(world.camera(1).0, 180);
    world.tell(QualityInput::Stands(peer(1)));
    world.run(seconds(2));
    assert_eq!(world.camera(1).0, 360);
}

#[test]
fn what_is_hidden_for_five_seconds_is_not_sent_and_what_is_shown_again_is_sent_at_once() {
    let mut world = World::new(3, 8);
    world.all_wish(Step::Lines360);
    world.run(seconds(5));
    world.wish(1, Source::Camera, Step::Hidden);
    world.run(Duration::from_millis(4_900));
    assert_eq!(world.camera(1).0, 360);
    world.run(Duration::from_millis(200));
    assert_eq!(world.asked(1, Source::Camera), None);
    assert_eq!(world.camera(2).0, 360);
    assert!(world.sent[&(peer(1), Source::Microphone)].send);
    world.wish(1, Source::Camera, Step::Lines180);
    assert_eq!(world.camera(1).0, 180);
}

#[test]
fn hidden_for_a_moment_changes_nothing() {
    let mut world = World::new(3, 8);
    world.all_wish(Step::Lines360);
    world.run(seconds(5));
    world.forget();
    for _ in 0..20 {
        world.wish(1, Source::Camera, Step::Hidden);
        world.run(seconds(3));
        world.wish(1, Source::Camera, Step::Lines360);
        world.run(seconds(1));
    }
    assert_eq!(world.changes(), 0);
}

#[test]
fn late_wishes_change_the_size_when_they_arrive() {
    let mut world = World::new(4, 8);
    world.run(seconds(10));
    assert_eq!(world.camera(1).0, 270);
    world.wish(1, Source::Camera, Step::Lines720);
    // The bits for it are there at once, and the size when the encoder has them: with fewer it drops frames and begins smaller.
    assert_eq!(world.camera(1).0, 270);
    assert!(world.sent[&(peer(1), Source::Camera)].max_bitrate > 500_000);
    world.run(seconds(1));
    assert_eq!(world.camera(1).0, 720);
    assert_eq!(world.camera(2).0, 270);
    world.wish(2, Source::Camera, Step::Lines90);
    assert_eq!(world.camera(2).0, 90);
}

#[test]
fn low_data_of_either_side_is_180_lines_at_8_frames() {
    let mut world = World::new(3, 8);
    world.all_wish(Step::Native);
    world.run(seconds(5));
    world.tell(QualityInput::PeerLowData {
        peer: peer(1),
        on: true,
    });
    assert_eq!(world.camera(1), (180, 8.0));
    assert_eq!(world.camera(2), (720, 20.0));
    assert_eq!(world.sent[&(peer(1), Source::Microphone)].max_bitrate, 24_000);
    world.tell(QualityInput::LowData(true));
    assert_eq!(world.camera(2), (180, 8.0));
    world.tell(QualityInput::LowData(false));
    world.run(seconds(1));
    assert_eq!(world.camera(2), (720, 20.0));
    assert_eq!(world.camera(1), (180, 8.0));
}

#[test]
fn music_gets_more_bits_than_a_voice() {
    let mut world = World::new(2, 64);
    world.all_wish(Step::Native);
    world.run(seconds(5));
    let most = |world: &World| world.sent[&(peer(1), Source::Microphone)].max_bitrate;
    assert_eq!(most(&world), 32_000);
    world.tell(QualityInput::OriginalSound(true));
    assert_eq!(most(&world), 128_000);
    assert_eq!(world.camera(1), (720, 20.0));
    world.tell(QualityInput::LowData(true));
    assert_eq!(most(&world), 24_000);
    world.tell(QualityInput::LowData(false));
    world.tell(QualityInput::OriginalSound(false));
    assert_eq!(most(&world), 32_000);
}

#[test]
fn a_wish_for_more_than_there_is_gives_what_there_is() {
    let mut world = World::new(2, 64);
    world.wish(1, Source::Camera, Step::Native);
    world.run(seconds(5));
    assert_eq!(world.camera(1), (720, 20.0));
}

#[test]
fn a_peer_that_wishes_something_else_all_the_time_costs_two_changes_a_second() {
    let mut world = World::new(3, 8);
    world.run(seconds(5));
    world.forget();
    for round in 0..1_000 {
        let step = if round % 2 == 0 { Step::Native } else { Step::Lines90 };
        world.wish(1, Source::Camera, step);
        world.run(Duration::from_millis(100));
    }
    assert!(world.changes() <= 200, "{}", world.changes());
}

#[test]
fn a_peer_that_begins_and_ends_low_data_all_the_time_costs_two_changes_a_second() {
    let mut world = World::new(3, 8);
    world.all_wish(Step::Native);
    world.run(seconds(5));
    world.forget();
    for round in 0..1_000 {
        world.tell(QualityInput::PeerLowData {
            peer: peer(1),
            on: round % 3 == 0,
        });
        world.run(Duration::from_millis(100));
    }
    assert!((10..=200).contains(&world.changes()), "{}", world.changes());
}

#[test]
fn a_screen_that_is_looked_at_comes_before_cameras() {
    let mut world = World::new(4, 2);
    world.all_wish(Step::Lines360);
    world.run(seconds(5));
    world.captured(Source::Screen, Some(TEXT));
    for n in 1..4 {
        world.wish(n, Source::Screen, Step::Native);
        world.run(seconds(1));
    }
    for n in 1..4 {
        let (lines, frames) = world.asked(n, Source::Screen).unwrap();
        assert!(lines >= 720 && frames >= 2.0, "{lines} lines at {frames}");
        assert!(world.camera(n).0 >= 90);
    }
    world.captured(Source::Screen, None);
    world.run(seconds(10));
    assert!(world.camera(1).0 >= 270, "{:?}", world.camera(1));
}

#[test]
fn a_screen_as_a_thumbnail_takes_nothing_from_cameras() {
    let mut world = World::new(3, 8);
    world.all_wish(Step::Lines360);
    world.captured(Source::Screen, Some(TEXT));
    for n in 1..3 {
        world.wish(n, Source::Screen, Step::Lines90);
    }
    world.run(seconds(5));
    assert_eq!(world.asked(1, Source::Screen).unwrap().0, 90);
    assert_eq!(world.camera(1), (360, 20.0));
}

#[test]
fn the_camera_is_asked_for_no_more_than_the_largest_wish() {
    let mut world = World::new(4, 8);
    world.all_wish(Step::Lines180);
    world.run(seconds(9));
    assert_eq!(world.capture, CaptureWanted::FIRST);
    world.run(seconds(13));
    assert_eq!(world.capture.height, 180);
    world.wish(2, Source::Camera, Step::Lines360);
    assert_eq!(world.capture.height, 360);
    world.tell(QualityInput::SelfView(Step::Lines720));
    assert_eq!(world.capture.height, 720);
}

#[test]
fn while_the_camera_is_off_nothing_is_said_of_it() {
    let mut quality = Quality::new(QualitySettings { cores: 4 });
    let now = Duration::ZERO;
    quality.handle(now, QualityInput::PeerJoined(peer(1)));
    quality.handle(now, QualityInput::Stands(peer(1)));
    let of_camera = |effects: Vec<QualityEffect>| {
        let encodings = effects.into_iter().filter_map(|effect| match effect {
            QualityEffect::Encode {
                source: Source::Camera,
                encoding,
                ..
            } => Some(encoding),
            _ => None,
        });
        encodings.collect::<Vec<Encoding>>()
    };
    assert_eq!(of_camera(quality.poll(now)), []);
    quality.handle(
        seconds(9),
        QualityInput::Captured {
            source: Source::Camera,
            capture: Some(CAMERA),
        },
    );
    let first = of_camera(quality.poll(seconds(9)));
    assert_eq!(first.len(), 1);
    assert_eq!(first[0].scale_resolution_down_by, 1.0);
    quality.handle(
        seconds(10),
        QualityInput::Captured {
            source: Source::Camera,
            capture: None,
        },
    );
    assert_eq!(of_camera(quality.poll(seconds(10))), []);
}

#[test]
fn strangers_and_nonsense_are_ignored() {
    let mut quality = Quality::new(QualitySettings::default());
    let now = Duration::ZERO;
    let wish = |source| QualityInput::Wish {
        peer: peer(9),
        source,
        step: Step::Native,
    };
    quality.handle(now, wish(Source::Camera));
    quality.handle(now, wish(Source::Microphone));
    quality.handle(now, QualityInput::Stands(peer(9)));
    quality.handle(now, QualityInput::PeerLeft(peer(9)));
    assert_eq!(quality.poll(now), []);
    assert_eq!(quality.next_deadline(), None);
}
