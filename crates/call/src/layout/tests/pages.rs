//! More people than the stage holds.

use super::{Kind, Layout, OWN, PHONE, Place, Scene, View, arranged, keys, scene, size};

/// Holds 4 rows of 2 tiles.
const SMALL: super::Size = size(300.0, 600.0);

fn on_page(layout: &mut Layout<u32>, scene: &Scene<u32>, page: usize) -> Vec<u32> {
    let arrangement = layout.arrange(&Scene { page, ..scene.clone() });
    assert_eq!(arrangement.page, page);
    arrangement.tiles.iter().map(|tile| tile.key).collect()
}

#[test]
fn a_page_holds_as_many_as_are_large_enough_and_oneself_is_last_on_the_first_one() {
    let mut layout = Layout::new();
    let many = Scene {
        stage: SMALL,
        ..scene(0..20)
    };
    assert_eq!(layout.arrange(&many).pages, 3);
    assert_eq!(on_page(&mut layout, &many, 0), [1, 2, 3, 4, 5, 6, 7, OWN]);
    assert_eq!(on_page(&mut layout, &many, 1), [8, 9, 10, 11, 12, 13, 14, 15]);
    assert_eq!(on_page(&mut layout, &many, 2), [16, 17, 18, 19]);
    let beyond = layout.arrange(&Scene {
        page: 3,
        ..many.clone()
    });
    assert_eq!((beyond.page, beyond.pages, beyond.tiles.len()), (2, 3, 4));
    let hidden = Scene { hide_own: true, ..many };
    assert_eq!(on_page(&mut layout, &hidden, 0), [1, 2, 3, 4, 5, 6, 7, 8]);
}

#[test]
fn a_page_holds_more_on_a_larger_stage() {
    for (stage, tiles) in [
        (size(284.0, 160.0), 2),
        (PHONE, 15),
        (size(828.0, 374.0), 12),
        (super::DESKTOP, 40),
        (size(2544.0, 1064.0), 49),
        (size(100_000.0, 100_000.0), 49),
    ] {
        let arrangement = arranged(&Scene { stage, ..scene(0..99) });
        assert_eq!(arrangement.tiles.len(), tiles, "{stage:?}");
        assert_eq!(arrangement.pages, 99_usize.div_ceil(tiles));
    }
}

#[test]
fn the_strip_has_pages_too() {
    let mut layout = Layout::new();
    let shared = Scene {
        stage: PHONE,
        ..scene((0..9).chain([100, 101]))
    };
    assert_eq!(layout.arrange(&shared).pages, 3);
    assert_eq!(on_page(&mut layout, &shared, 0), [101, 100, 1, 2, OWN]);
    assert_eq!(on_page(&mut layout, &shared, 1), [101, 3, 4, 5, 6]);
    assert_eq!(on_page(&mut layout, &shared, 2), [101, 7, 8]);
    // Tiles of the last page are where those of the others are.
    let rects = |layout: &mut Layout<u32>, page| {
        let tiles = layout.arrange(&Scene { page, ..shared.clone() }).tiles;
        tiles.iter().map(|tile| tile.rect).collect::<Vec<_>>()
    };
    assert_eq!(rects(&mut layout, 2)[..], rects(&mut layout, 1)[..3]);
}

#[test]
fn who_speaks_on_a_later_page_changes_places_with_who_has_been_silent_longest_on_the_first() {
    let mut layout = Layout::new();
    let at = |active: &[u32]| Scene {
        stage: SMALL,
        active: active.to_vec(),
        ..scene(0..12)
    };
    assert_eq!(on_page(&mut layout, &at(&[]), 0), [1, 2, 3, 4, 5, 6, 7, OWN]);
    // Nobody else has spoken: the last one goes.
    assert_eq!(on_page(&mut layout.clone(), &at(&[8]), 0), [1, 2, 3, 4, 5, 6, 8, OWN]);
    assert_eq!(on_page(&mut layout, &at(&[9]), 0), [1, 2, 3, 4, 5, 6, 9, OWN]);
    assert_eq!(on_page(&mut layout, &at(&[9]), 1), [8, 7, 10, 11]);
    // Oneself, who is gone, and who is on the first page anyway move nobody.
    let active = [OWN, 77, 2, 9];
    assert_eq!(on_page(&mut layout, &at(&active), 0), [1, 2, 3, 4, 5, 6, 9, OWN]);
    let active = [11, 6, 5, 4, 3, 1, 9, 2];
    // Everyone has spoken, 2 before all others.
    assert_eq!(on_page(&mut layout, &at(&active), 0), [1, 11, 3, 4, 5, 6, 9, OWN]);
    assert_eq!(on_page(&mut layout, &at(&active), 0), [1, 11, 3, 4, 5, 6, 9, OWN]);
    assert_eq!(on_page(&mut layout, &at(&active), 1), [8, 7, 10, 2]);
    // With room for all of them, the places stay.
    let large = layout.arrange(&scene(0..12));
    assert_eq!(keys(&large, Place::Grid), [1, 11, 3, 4, 5, 6, 9, 8, 7, 10, 2, OWN]);
}

#[test]
fn several_who_speak_come_to_the_first_page_together() {
    let mut layout = Layout::new();
    let active = Scene {
        stage: SMALL,
        active: (10..20).rev().collect(),
        ..scene(0..20)
    };
    // 19 to 13 are the newest seven.
    assert_eq!(on_page(&mut layout, &active, 0), [13, 14, 15, 16, 17, 18, 19, OWN]);
    assert_eq!(on_page(&mut layout, &active, 1), [8, 9, 10, 11, 12, 1, 2, 3]);
}

#[test]
fn in_the_strip_screens_stay_and_people_change_places() {
    let mut layout = Layout::new();
    let active = Scene {
        stage: PHONE,
        active: vec![8, 101, 100],
        ..scene((0..9).chain([100, 101]))
    };
    assert_eq!(on_page(&mut layout, &active, 0), [101, 100, 1, 8, OWN]);
    assert_eq!(on_page(&mut layout, &active, 1), [101, 3, 4, 5, 6]);
    assert_eq!(on_page(&mut layout, &active, 2), [101, 7, 2]);
}

#[test]
fn in_the_speaker_view_who_leaves_the_spotlight_stays_on_the_first_page() {
    let mut layout = Layout::new();
    let mut speak = |speaker, active: &[u32]| {
        let scene = Scene {
            stage: PHONE,
            view: View::Speaker,
            speaker: Some(speaker),
            active: active.to_vec(),
            ..scene(0..9)
        };
        on_page(&mut layout, &scene, 0)
    };
    assert_eq!(speak(1, &[1]), [1, 2, 3, 4, OWN]);
    assert_eq!(speak(8, &[8, 1]), [8, 2, 3, 1, OWN]);
    assert_eq!(speak(2, &[2, 8, 1]), [2, 8, 3, 1, OWN]);
}

#[test]
fn thousands_of_pictures_are_on_one_page_each() {
    let mut layout = Layout::new();
    let mut crowd = Scene {
        stage: super::DESKTOP,
        active: (0..5_000).collect(),
        ..scene(0..5_000)
    };
    for picture in &mut crowd.pictures[1..] {
        picture.kind = Kind::Person;
    }
    let pages = layout.arrange(&crowd).pages;
    assert_eq!(pages, 125);
    let mut all: Vec<u32> = (0..pages).flat_map(|page| on_page(&mut layout, &crowd, page)).collect();
    all.sort_unstable();
    assert_eq!(all, (0..5_000).collect::<Vec<_>>());
}
