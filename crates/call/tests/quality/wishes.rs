//! What a page asks the others for.

use std::time::Duration;

use call::Source;
use call::quality::{ShownSize, Step, Wanted, Wishes};

use crate::world::{peer, seconds};

fn ms(ms: u64) -> Duration {
    Duration::from_millis(ms)
}

fn size(height: u32) -> Option<ShownSize> {
    Some(ShownSize {
        width: height * 16 / 9,
        height,
    })
}

fn camera(step: Step) -> Wanted {
    Wanted {
        camera: step,
        screen: Step::Hidden,
    }
}

#[test]
fn the_first_size_is_told_at_once_and_only_once() {
    let mut wishes = Wishes::default();
    wishes.show(ms(100), peer(1), Source::Camera, size(340));
    assert_eq!(wishes.poll(ms(100)), [(peer(1), camera(Step::Lines360))]);
    assert_eq!(wishes.poll(ms(100)), []);
    assert_eq!(wishes.next_deadline(), None);
}

#[test]
fn larger_is_told_at_once_and_smaller_after_two_seconds() {
    let mut wishes = Wishes::default();
    wishes.show(ms(0), peer(1), Source::Camera, size(180));
    wishes.poll(ms(0));
    wishes.show(seconds(1), peer(1), Source::Camera, size(720));
    assert_eq!(wishes.poll(seconds(1)), [(peer(1), camera(Step::Lines720))]);
    wishes.show(seconds(2), peer(1), Source::Camera, size(180));
    assert_eq!(wishes.poll(seconds(2)), []);
    assert_eq!(wishes.next_deadline(), Some(seconds(4)));
    assert_eq!(wishes.poll(ms(3_999)), []);
    assert_eq!(wishes.poll(seconds(4)), [(peer(1), camera(Step::Lines180))]);
}

#[test]
fn a_window_that_is_dragged_back_and_forth_tells_nobody() {
    let mut wishes = Wishes::default();
    wishes.show(ms(0), peer(1), Source::Camera, size(340));
    wishes.poll(ms(0));
    for round in 1..200 {
        let now = ms(round * 100);
        wishes.show(
            now,
            peer(1),
            Source::Camera,
            size(if round % 2 == 0 { 340 } else { 150 }),
        );
        assert_eq!(wishes.poll(now), []);
    }
}

#[test]
fn a_tile_at_the_border_of_two_steps_stays_where_it_is() {
    let mut wishes = Wishes::default();
    wishes.show(ms(0), peer(1), Source::Camera, size(236));
    assert_eq!(wishes.poll(ms(0)), [(peer(1), camera(Step::Lines360))]);
    for round in 1..20 {
        let now = seconds(round * 10);
        wishes.show(
            now,
            peer(1),
            Source::Camera,
            size(if round % 2 == 0 { 236 } else { 230 }),
        );
        assert_eq!(wishes.poll(now + seconds(5)), []);
    }
}

#[test]
fn hidden_is_told_after_a_second_from_the_beginning_too() {
    let mut wishes = Wishes::default();
    wishes.show(ms(0), peer(1), Source::Camera, None);
    assert_eq!(wishes.poll(ms(0)), []);
    assert_eq!(wishes.next_deadline(), Some(seconds(1)));
    assert_eq!(wishes.poll(seconds(1)), [(peer(1), camera(Step::Hidden))]);
    wishes.show(seconds(2), peer(1), Source::Camera, size(90));
    assert_eq!(wishes.poll(seconds(2)), [(peer(1), camera(Step::Lines90))]);
    wishes.show(seconds(3), peer(1), Source::Camera, None);
    wishes.show(ms(3_900), peer(1), Source::Camera, size(90));
    assert_eq!(wishes.poll(seconds(9)), []);
}

#[test]
fn all_together_are_told_at_most_twice_a_second() {
    let mut wishes = Wishes::default();
    let mut random = fastrand::Rng::with_seed(3);
    let mut told = 0;
    for tick in 0..6_000 {
        let now = ms(tick * 10);
        let who = peer(random.u8(1..8));
        if random.u8(0..10) == 0 {
            wishes.forget(who);
        }
        wishes.show(now, who, Source::Camera, size(random.u32(0..1_500)));
        told += usize::from(!wishes.poll(now).is_empty());
    }
    assert!((100..=120).contains(&told), "{told} times in a minute");
}

#[test]
fn what_waits_for_its_turn_is_told_at_the_deadline() {
    let mut wishes = Wishes::default();
    wishes.show(ms(0), peer(1), Source::Camera, size(180));
    wishes.poll(ms(0));
    wishes.show(ms(100), peer(2), Source::Camera, size(180));
    assert_eq!(wishes.poll(ms(100)), []);
    assert_eq!(wishes.next_deadline(), Some(ms(500)));
    assert_eq!(wishes.poll(ms(500)), [(peer(2), camera(Step::Lines180))]);
}

#[test]
fn camera_and_screen_of_one_peer_are_told_together() {
    let mut wishes = Wishes::default();
    wishes.show(ms(0), peer(1), Source::Camera, size(90));
    wishes.show(ms(0), peer(1), Source::Screen, size(1_000));
    wishes.show(ms(0), peer(1), Source::Microphone, size(1_000));
    let wanted = Wanted {
        camera: Step::Lines90,
        screen: Step::Native,
    };
    assert_eq!(wishes.poll(ms(0)), [(peer(1), wanted)]);
}

#[test]
fn low_data_asks_for_180_lines_at_most_at_once_and_ends_at_once() {
    let mut wishes = Wishes::default();
    wishes.show(ms(0), peer(1), Source::Camera, size(720));
    wishes.poll(ms(0));
    wishes.low_data(seconds(1), true);
    assert_eq!(wishes.poll(seconds(1)), [(peer(1), camera(Step::Lines180))]);
    wishes.show(seconds(2), peer(2), Source::Camera, size(720));
    assert_eq!(wishes.poll(seconds(2)), [(peer(2), camera(Step::Lines180))]);
    wishes.low_data(seconds(3), false);
    assert_eq!(wishes.poll(seconds(3)).len(), 2);
}

#[test]
fn low_data_leaves_a_shared_screen_readable() {
    let mut wishes = Wishes::default();
    wishes.show(ms(0), peer(1), Source::Camera, size(720));
    wishes.show(ms(0), peer(1), Source::Screen, size(720));
    wishes.low_data(ms(0), true);
    let wanted = Wanted {
        camera: Step::Lines180,
        screen: Step::Lines720,
    };
    assert_eq!(wishes.poll(ms(0)), [(peer(1), wanted)]);
}

#[test]
fn who_has_left_and_comes_back_is_told_again() {
    let mut wishes = Wishes::default();
    wishes.show(ms(0), peer(1), Source::Camera, size(180));
    wishes.poll(ms(0));
    wishes.forget(peer(1));
    assert_eq!(wishes.next_deadline(), None);
    wishes.show(seconds(1), peer(1), Source::Camera, size(180));
    assert_eq!(wishes.poll(seconds(1)).len(), 1);
}
