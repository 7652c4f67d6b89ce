//! What the browser's test of the layout demands, for one to nine people on its screens.

use super::{Arrangement, OWN, Place, Rect, Scene, Size, View, arranged, scene, size};

const SCREENS: [(&str, Size); 5] = [
    ("desktop", size(1280.0, 800.0)),
    ("phone", size(390.0, 844.0)),
    ("phone on its side", size(844.0, 390.0)),
    ("tablet", size(820.0, 1180.0)),
    ("very wide", size(2560.0, 1080.0)),
];

/// Around the stage.
const RIM: f64 = 8.0;
/// Of the screen, tiles take at least so much: the rest are the gaps between them and the rim.
const USED: f64 = 0.87;
const LONGEST: f64 = 3.4;
const LARGEST: f64 = 2.1;

fn on(screen: Size, people: u32) -> Arrangement<u32> {
    arranged(&Scene {
        stage: size(screen.width - 2.0 * RIM, screen.height - 2.0 * RIM),
        ..scene(0..people)
    })
}

fn area(rect: Rect) -> f64 {
    rect.width * rect.height
}

pub(super) fn overlap(one: Rect, other: Rect) -> f64 {
    let side = |begin: f64, length: f64, other: f64, other_length: f64| {
        ((begin + length).min(other + other_length) - begin.max(other)).max(0.0)
    };
    side(one.left, one.width, other.left, other.width) * side(one.top, one.height, other.top, other.height)
}

/// Says what is wrong with an arrangement.
fn faults(arrangement: &Arrangement<u32>, people: u32, screen: Size) -> Vec<String> {
    let mut found = Vec::new();
    if arrangement.tiles.len() != people as usize || arrangement.pages != 1 {
        found.push(format!(
            "{} tiles of {} pages",
            arrangement.tiles.len(),
            arrangement.pages
        ));
    }
    let stage = rect(screen);
    let screen = screen.width * screen.height;
    let mut sharing = Vec::new();
    for tile in &arrangement.tiles {
        let Rect { width, height, .. } = tile.rect;
        if overlap(tile.rect, stage) < area(tile.rect) {
            found.push(format!("over the edge: {tile:?}"));
        }
        if (width / height).max(height / width) > LONGEST {
            found.push(format!("a tile of {width} by {height}"));
        }
        if tile.place == Place::Corner {
            if people != 2 || tile.key != OWN || area(tile.rect) > 0.15 * screen {
                found.push(format!("the own picture covers the other one: {tile:?}"));
            }
        } else {
            sharing.push(tile.rect);
        }
    }
    for (index, tile) in sharing.iter().enumerate() {
        if sharing[index + 1..].iter().any(|other| overlap(*tile, *other) > 0.0) {
            found.push(format!("over another: {tile:?}"));
        }
    }
    let used = sharing.iter().copied().map(area).sum::<f64>() / screen;
    if used < USED {
        found.push(format!("only {:.1} % of the screen is used", 100.0 * used));
    }
    let largest = sharing.iter().copied().map(area).fold(0.0, f64::max);
    let smallest = sharing.iter().copied().map(area).fold(f64::INFINITY, f64::min);
    if largest > LARGEST * smallest {
        found.push(format!(
            "one person is {:.2} times as large as another",
            largest / smallest
        ));
    }
    found
}

fn rect(screen: Size) -> Rect {
    super::rect(0.0, 0.0, screen.width - 2.0 * RIM, screen.height - 2.0 * RIM)
}

#[test]
fn tiles_of_one_to_nine_people_fill_every_screen_and_nobody_is_cut_off_covered_or_squeezed() {
    let mut wrong = Vec::new();
    for people in 1..=9 {
        for (name, screen) in SCREENS {
            let found = faults(&on(screen, people), people, screen);
            wrong.extend(found.iter().map(|fault| format!("{people} on a {name}: {fault}")));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// The same while one window goes through all screens, so that what was in use before has its say.
#[test]
fn it_is_so_after_any_other_screen_and_any_other_number_of_people() {
    let mut layout = super::Layout::new();
    let mut random = fastrand::Rng::with_seed(11);
    for _ in 0..5_000 {
        let people = random.u32(1..=9);
        for _ in 0..3 {
            let (name, screen) = SCREENS[random.usize(..SCREENS.len())];
            let arrangement = layout.arrange(&Scene {
                stage: size(screen.width - 2.0 * RIM, screen.height - 2.0 * RIM),
                ..scene(0..people)
            });
            assert_eq!(faults(&arrangement, people, screen), [""; 0], "{people} on a {name}");
        }
    }
}

#[test]
fn ten_people_keep_a_size_at_which_a_face_is_known() {
    for (name, screen) in SCREENS {
        for tile in on(screen, 10).tiles {
            assert!(
                tile.rect.width >= 100.0 && tile.rect.height >= 130.0,
                "{tile:?} on a {name}"
            );
        }
    }
}

#[test]
fn beside_a_share_or_a_speaker_people_are_large_enough_to_know_them() {
    for (name, screen) in SCREENS {
        for people in 3..=9 {
            let arrangement = arranged(&Scene {
                stage: size(screen.width - 2.0 * RIM, screen.height - 2.0 * RIM),
                view: View::Speaker,
                ..scene(0..people)
            });
            for tile in &arrangement.tiles {
                let Rect { width, height, .. } = tile.rect;
                assert!(width >= 72.0 && height >= 64.0, "{tile:?} of {people} on a {name}");
                let part = area(tile.rect) / (screen.width * screen.height);
                assert!(
                    tile.place != Place::Spotlight || part > 0.6,
                    "{tile:?} of {people} on a {name}"
                );
            }
        }
    }
}

#[test]
fn nobody_sees_themselves_larger_than_the_others() {
    for (name, screen) in SCREENS {
        for people in 3..=40 {
            let tiles = on(screen, people).tiles;
            let smallest = tiles.iter().map(|tile| area(tile.rect)).fold(f64::INFINITY, f64::min);
            // But for the rounding to pixels.
            let own = tiles.last().map(|tile| area(tile.rect)).unwrap();
            assert!(own < 1.05 * smallest, "{people} on a {name}: {tiles:?}");
        }
    }
}
