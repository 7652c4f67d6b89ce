//! The rules, one by one. Person `n` has the key n, oneself 0, and screens begin at 100.

mod corner;
mod pages;
mod random;
mod screens;
mod still;

use super::{Arrangement, Kind, Layout, Picture, Place, Placed, Rect, Scene, Size, View};

const OWN: u32 = 0;
const DESKTOP: Size = size(1264.0, 784.0);
const PHONE: Size = size(374.0, 828.0);

const fn size(width: f64, height: f64) -> Size {
    Size { width, height }
}

const fn rect(left: f64, top: f64, width: f64, height: f64) -> Rect {
    Rect {
        left,
        top,
        width,
        height,
    }
}

fn picture(key: u32) -> Picture<u32> {
    let kind = match key {
        OWN => Kind::Own,
        1..100 => Kind::Person,
        900.. => Kind::Aside,
        _ => Kind::Screen,
    };
    let aspect = 16.0 / 9.0;
    Picture { key, kind, aspect }
}

/// A desktop, the grid, and these pictures.
fn scene(keys: impl IntoIterator<Item = u32>) -> Scene<u32> {
    Scene {
        stage: DESKTOP,
        view: View::Grid,
        pictures: keys.into_iter().map(picture).collect(),
        pinned: None,
        speaker: None,
        active: Vec::new(),
        hide_own: false,
        page: 0,
        gap: 8.0,
        below: 0.0,
    }
}

fn arranged(scene: &Scene<u32>) -> Arrangement<u32> {
    Layout::new().arrange(scene)
}

/// Who is in places of this kind, in order.
fn keys(arrangement: &Arrangement<u32>, place: Place) -> Vec<u32> {
    let of = arrangement.tiles.iter().filter(|tile| tile.place == place);
    of.map(|tile| tile.key).collect()
}

#[test]
fn what_floats_at_the_bottom_lies_on_nobody_in_a_strip() {
    let phone = Scene {
        stage: size(374.0, 828.0),
        below: 84.0,
        ..scene([1, 2, 3, 100])
    };
    let arrangement = arranged(&phone);
    let strip = keys(&arrangement, Place::Strip);
    assert_eq!(strip.len(), 3);
    for key in strip {
        let rect = rect_of(&arrangement, key);
        assert_eq!(rect.top + rect.height, 828.0 - 84.0);
    }
    let grid = Scene {
        below: 84.0,
        ..scene([1, 2, 3, 4])
    };
    assert_eq!(
        arranged(&grid),
        arranged(&scene([1, 2, 3, 4])),
        "in a grid it lies on everybody"
    );
}

/// Who is in the spotlight, and who in the strip.
fn cast(scene: &Scene<u32>) -> (Vec<u32>, Vec<u32>) {
    let arrangement = arranged(scene);
    let cast = (keys(&arrangement, Place::Spotlight), keys(&arrangement, Place::Strip));
    assert_eq!(arrangement.tiles.len(), cast.0.len() + cast.1.len());
    cast
}

fn rect_of(arrangement: &Arrangement<u32>, key: u32) -> Rect {
    let tile = arrangement.tiles.iter().find(|tile| tile.key == key);
    tile.map(|tile| tile.rect).unwrap()
}

const VIEWS: [View; 2] = [View::Grid, View::Speaker];

#[test]
fn without_pictures_there_are_no_tiles_and_one_page() {
    for view in VIEWS {
        let empty = Scene {
            view,
            page: 7,
            ..scene([])
        };
        let none = Arrangement {
            tiles: Vec::new(),
            page: 0,
            pages: 1,
        };
        assert_eq!(arranged(&empty), none);
    }
}

#[test]
fn somebody_alone_fills_the_stage_even_when_they_hide_themselves() {
    for view in VIEWS {
        for hide_own in [false, true] {
            let alone = Scene {
                view,
                hide_own,
                ..scene([OWN])
            };
            let whole = Placed {
                key: OWN,
                rect: rect(0.0, 0.0, 1264.0, 784.0),
                place: Place::Spotlight,
            };
            assert_eq!(arranged(&alone).tiles, [whole]);
        }
    }
}

#[test]
fn a_screen_that_was_put_aside_takes_the_stage_from_nobody() {
    for view in VIEWS {
        let two = arranged(&Scene {
            view,
            ..scene([1, 900, OWN])
        });
        assert_eq!(keys(&two, Place::Spotlight), [1]);
        assert_eq!(keys(&two, Place::Strip), [900, OWN]);
    }
    let three = arranged(&scene([1, 2, 900, OWN]));
    assert_eq!(keys(&three, Place::Grid), [900, 1, 2, OWN]);
    let shared = arranged(&scene([1, 100, 900, OWN]));
    assert_eq!(keys(&shared, Place::Spotlight), [100]);
    assert_eq!(keys(&shared, Place::Strip), [900, 1, OWN]);
    let pinned = Some(900);
    let looked_at = arranged(&Scene {
        pinned,
        ..scene([1, 900, OWN])
    });
    assert_eq!(keys(&looked_at, Place::Spotlight), [900]);
}

#[test]
fn who_hides_themselves_is_nowhere_as_long_as_somebody_is_there() {
    for view in VIEWS {
        for keys in [vec![OWN, 1], vec![1, OWN, 2], vec![OWN, 1, 2, 3, 100]] {
            for pinned in [None, Some(OWN)] {
                let others = keys.iter().copied().filter(|key| *key != OWN);
                let hidden = Scene {
                    view,
                    pinned,
                    hide_own: true,
                    ..scene(keys.clone())
                };
                assert_eq!(arranged(&hidden), arranged(&Scene { view, ..scene(others) }));
            }
        }
    }
    let sharing_alone = Scene {
        hide_own: true,
        ..scene([OWN, 100])
    };
    assert_eq!(cast(&sharing_alone), (vec![100], vec![OWN]));
}

#[test]
fn who_speaks_is_in_the_spotlight_and_oneself_in_the_last_cell() {
    for (speaker, spotlight, strip) in [
        (None, 1, [2, 3, OWN]),
        (Some(2), 2, [1, 3, OWN]),
        (Some(3), 3, [1, 2, OWN]),
        // Oneself is never in the spotlight by speaking, nor is who is gone, nor a screen that is none.
        (Some(OWN), 1, [2, 3, OWN]),
        (Some(9), 1, [2, 3, OWN]),
    ] {
        let speaking = Scene {
            view: View::Speaker,
            speaker,
            ..scene([1, OWN, 2, 3])
        };
        assert_eq!(cast(&speaking), (vec![spotlight], strip.to_vec()), "{speaker:?}");
    }
}

#[test]
fn a_share_is_in_the_spotlight_in_either_view() {
    for view in VIEWS {
        for (keys, strip) in [
            (vec![OWN, 100], vec![OWN]),
            (vec![OWN, 1, 100], vec![1, OWN]),
            (vec![100, 1, 2, OWN, 3], vec![1, 2, 3, OWN]),
        ] {
            let shared = Scene {
                view,
                speaker: Some(1),
                ..scene(keys)
            };
            assert_eq!(cast(&shared), (vec![100], strip));
        }
    }
}

#[test]
fn of_several_shares_the_pinned_or_the_newest_is_in_the_spotlight_and_the_others_are_first_in_the_strip() {
    for view in VIEWS {
        let shared = |pinned, keys: &[u32]| {
            cast(&Scene {
                view,
                pinned,
                ..scene(keys.iter().copied())
            })
        };
        let keys = [1, 100, OWN, 101, 2, 102];
        assert_eq!(shared(None, &keys), (vec![102], vec![100, 101, 1, 2, OWN]));
        assert_eq!(shared(Some(100), &keys), (vec![100], vec![101, 102, 1, 2, OWN]));
        assert_eq!(shared(Some(2), &keys), (vec![2], vec![100, 101, 102, 1, OWN]));
    }
}

#[test]
fn a_share_gives_way_to_a_newer_one_and_comes_back_after_it() {
    let mut layout = Layout::new();
    let mut spotlight = |keys: &[u32]| keys_of_spotlight(&layout.arrange(&scene(keys.iter().copied())));
    assert_eq!(spotlight(&[OWN, 1, 101, 2]), [101]);
    // It is newer, whatever the order in which the page tells them.
    assert_eq!(spotlight(&[OWN, 1, 100, 101, 2]), [100]);
    assert_eq!(spotlight(&[OWN, 1, 101, 100, 2]), [100]);
    assert_eq!(spotlight(&[OWN, 1, 101, 2]), [101]);
}

fn keys_of_spotlight(arrangement: &Arrangement<u32>) -> Vec<u32> {
    keys(arrangement, Place::Spotlight)
}

#[test]
fn who_is_pinned_has_the_spotlight_in_either_view() {
    for view in VIEWS {
        let pinned = |pinned, keys: &[u32]| {
            cast(&Scene {
                view,
                speaker: Some(2),
                pinned: Some(pinned),
                ..scene(keys.iter().copied())
            })
        };
        assert_eq!(pinned(3, &[OWN, 1, 2, 3, 4]), (vec![3], vec![1, 2, 4, OWN]));
        assert_eq!(pinned(3, &[OWN, 1, 2, 3, 100]), (vec![3], vec![100, 1, 2, OWN]));
        assert_eq!(pinned(OWN, &[OWN, 1, 2, 3]), (vec![OWN], vec![1, 2, 3]));
        assert_eq!(pinned(OWN, &[OWN, 1]), (vec![OWN], vec![1]));
        assert_eq!(pinned(9, &[OWN, 1, 100]), (vec![100], vec![1, OWN]));
    }
    let gone = Scene {
        pinned: Some(9),
        ..scene([OWN, 1, 2])
    };
    assert_eq!(arranged(&gone), arranged(&scene([OWN, 1, 2])));
}

#[test]
fn three_people_are_one_large_tile_and_two_beside_it_on_a_desktop_and_a_stack_on_a_phone() {
    let rects = |stage, keys: &[u32]| -> Vec<Rect> {
        let scene = Scene {
            stage,
            ..scene(keys.iter().copied())
        };
        arranged(&scene).tiles.iter().map(|tile| tile.rect).collect()
    };
    assert_eq!(
        rects(DESKTOP, &[OWN, 1, 2]),
        [
            rect(0.0, 0.0, 628.0, 784.0),
            rect(636.0, 0.0, 628.0, 388.0),
            rect(636.0, 396.0, 628.0, 388.0)
        ]
    );
    assert_eq!(
        rects(PHONE, &[OWN, 1, 2]),
        [
            rect(0.0, 0.0, 374.0, 271.0),
            rect(0.0, 279.0, 374.0, 270.0),
            rect(0.0, 557.0, 374.0, 271.0)
        ]
    );
}

#[test]
fn the_shape_follows_from_the_pictures() {
    let mut two = Scene {
        hide_own: true,
        stage: size(900.0, 900.0),
        ..scene([OWN, 1, 2])
    };
    let widths =
        |scene: &Scene<u32>| -> Vec<f64> { arranged(scene).tiles.iter().map(|tile| tile.rect.width).collect() };
    assert_eq!(widths(&two), [900.0, 900.0]);
    for picture in &mut two.pictures {
        picture.aspect = 9.0 / 16.0;
    }
    assert_eq!(widths(&two), [446.0, 446.0]);
    // What is unknown is taken for 16:9, what is absurd for something very long.
    for absurd in [f64::NAN, f64::INFINITY, f64::NEG_INFINITY, -3.0, 0.0, f64::MAX] {
        for picture in &mut two.pictures {
            picture.aspect = absurd;
        }
        assert_eq!(widths(&two), [900.0, 900.0], "{absurd}");
    }
    for picture in &mut two.pictures {
        picture.aspect = f64::MIN_POSITIVE;
    }
    assert_eq!(widths(&two), [446.0, 446.0]);
}

#[test]
fn the_strip_is_on_the_side_that_leaves_a_larger_picture() {
    for (stage, aspect, is_right) in [
        (PHONE, 16.0 / 9.0, false),
        (size(828.0, 374.0), 16.0 / 9.0, true),
        (size(1904.0, 934.0), 16.0 / 9.0, true),
        (size(1904.0, 934.0), 3.0, false),
        (DESKTOP, 16.0 / 9.0, false),
        (DESKTOP, 4.0 / 3.0, true),
        (DESKTOP, 9.0 / 16.0, true),
    ] {
        let mut shared = Scene {
            stage,
            ..scene([OWN, 1, 2, 100])
        };
        shared.pictures[3].aspect = aspect;
        let arrangement = arranged(&shared);
        let (screen, first) = (rect_of(&arrangement, 100), rect_of(&arrangement, 1));
        assert_eq!(first.left > screen.left, is_right, "{stage:?} {aspect}");
        if is_right {
            assert_eq!(first.left, screen.width + 8.0);
            assert_eq!((screen.height, first.left + first.width), (stage.height, stage.width));
        } else {
            assert_eq!(first.top, screen.height + 8.0);
            assert_eq!((screen.width, first.top + first.height), (stage.width, stage.height));
        }
    }
}

#[test]
fn eight_people_beside_a_share_are_on_one_page_of_a_desktop() {
    for stage in [DESKTOP, size(1904.0, 934.0), size(2544.0, 1064.0)] {
        let shared = Scene {
            stage,
            ..scene((0..8).chain([100]))
        };
        let arrangement = arranged(&shared);
        assert_eq!(arrangement.pages, 1, "{stage:?}");
        let screen = rect_of(&arrangement, 100);
        assert!(
            screen.width * screen.height > 0.7 * stage.width * stage.height,
            "{screen:?}"
        );
        for tile in arrangement.tiles.iter().filter(|tile| tile.place == Place::Strip) {
            let Rect { width, height, .. } = tile.rect;
            assert!(
                width >= 96.0 && height >= 80.0 && width / height >= 0.74 && width / height <= 1.79,
                "{tile:?}"
            );
        }
    }
}

#[test]
fn of_two_pictures_with_one_key_and_of_two_own_ones_the_first_counts() {
    let mut twice = scene([2, 1, 2, OWN, 3]);
    let second_own = Picture {
        kind: Kind::Own,
        ..picture(50)
    };
    twice.pictures.push(second_own);
    for view in VIEWS {
        twice.view = view;
        assert_eq!(
            arranged(&twice),
            arranged(&Scene {
                view,
                ..scene([2, 1, OWN, 3])
            })
        );
    }
}

#[test]
fn a_stage_that_is_none_is_no_reason_to_fail() {
    let odd = [
        f64::NAN,
        f64::INFINITY,
        f64::NEG_INFINITY,
        -1.0,
        0.0,
        0.4,
        1.0,
        3.0,
        1e308,
    ];
    for width in odd {
        for height in odd {
            for gap in odd {
                for people in [0, 1, 2, 3, 5, 60] {
                    for keys in [Vec::new(), vec![100], vec![100, 101]] {
                        let scene = Scene {
                            stage: size(width, height),
                            gap,
                            below: gap,
                            page: usize::MAX,
                            ..scene((0..people).chain(keys))
                        };
                        let arrangement = arranged(&scene);
                        for Placed { rect, .. } in &arrangement.tiles {
                            let sides = [rect.left, rect.top, rect.width, rect.height];
                            assert!(sides.iter().all(|side| side.is_finite() && *side >= 0.0), "{rect:?}");
                            assert!(
                                rect.left + rect.width <= width.max(0.0) && rect.top + rect.height <= height.max(0.0)
                            );
                        }
                    }
                }
            }
        }
    }
}
