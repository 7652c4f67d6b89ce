//! Nothing moves without need.

use super::{Arrangement, DESKTOP, Layout, OWN, PHONE, Place, Rect, Scene, View, keys, picture, rect_of, scene, size};

#[test]
fn people_keep_their_order_when_others_come_and_go() {
    let mut layout = Layout::new();
    let mut order = |now: &[u32]| keys(&layout.arrange(&scene(now.iter().copied())), Place::Grid);
    assert_eq!(order(&[OWN, 3, 1, 2]), [3, 1, 2, OWN]);
    // Whatever the order in which the page tells them.
    assert_eq!(order(&[1, 2, 3, OWN]), [3, 1, 2, OWN]);
    assert_eq!(order(&[9, 1, 2, 3, OWN, 4]), [3, 1, 2, 9, 4, OWN]);
    assert_eq!(order(&[9, 2, 3, OWN, 4]), [3, 2, 9, 4, OWN]);
    // Who comes back is a newcomer.
    assert_eq!(order(&[1, 9, 2, 3, OWN, 4]), [3, 2, 9, 4, 1, OWN]);
}

#[test]
fn when_the_speaker_changes_two_tiles_change_places_and_all_others_stay() {
    let mut layout = Layout::new();
    let mut speak = |speaker| {
        layout.arrange(&Scene {
            view: View::Speaker,
            speaker: Some(speaker),
            ..scene(0..7)
        })
    };
    let mut before = speak(1);
    for speaker in [5, 2, 5, 6, 1, 3, 4, 1, 2] {
        let after = speak(speaker);
        assert_eq!(keys(&after, Place::Spotlight), [speaker]);
        let moved = (0..7).filter(|key| rect_of(&before, *key) != rect_of(&after, *key));
        assert_eq!(moved.count(), 2, "{speaker}");
        assert_eq!(
            rect_of(&after, keys(&before, Place::Spotlight)[0]),
            rect_of(&before, speaker)
        );
        assert_eq!(speak(speaker), after);
        before = after;
    }
}

#[test]
fn a_pin_in_the_grid_changes_nobody_s_place_there() {
    let mut layout = Layout::new();
    let before = layout.arrange(&scene(0..7));
    for pinned in [3, 5, 1] {
        layout.arrange(&Scene {
            pinned: Some(pinned),
            ..scene(0..7)
        });
    }
    assert_eq!(layout.arrange(&scene(0..7)), before);
}

#[test]
fn when_nobody_speaks_the_first_to_join_is_in_the_spotlight() {
    let mut layout = Layout::new();
    let mut spotlight = |speaker| {
        let view = View::Speaker;
        let scene = Scene {
            view,
            speaker,
            ..scene(0..5)
        };
        keys(&layout.arrange(&scene), Place::Spotlight)
    };
    for (speaker, expected) in [(Some(3), 3), (None, 1), (None, 1), (Some(2), 2), (None, 1), (None, 1)] {
        assert_eq!(spotlight(speaker), [expected]);
    }
}

/// How tiles lie, whatever their size: for each the number of edges before it.
fn shape(arrangement: &Arrangement<u32>) -> Vec<(Place, usize, usize)> {
    let tiles = &arrangement.tiles;
    let before = |edge: fn(&Rect) -> f64, at: f64| tiles.iter().filter(|tile| edge(&tile.rect) < at - 1.0).count();
    let of = |rect: &Rect| (before(|rect| rect.left, rect.left), before(|rect| rect.top, rect.top));
    tiles
        .iter()
        .map(|tile| (tile.place, of(&tile.rect).0, of(&tile.rect).1))
        .collect()
}

/// Scenes of every kind.
fn kinds() -> Vec<Scene<u32>> {
    let grids = (2..=24).map(|people| scene(0..people));
    let strips = [1, 2, 5, 9, 14].map(|people| scene((0..people).chain([100])));
    let speakers = [3, 6, 12].map(|people| Scene {
        view: View::Speaker,
        ..scene(0..people)
    });
    grids.chain(strips).chain(speakers).collect()
}

#[test]
fn a_stage_that_trembles_does_not_turn_the_arrangement_over_and_back() {
    let mut random = fastrand::Rng::with_seed(5);
    for scene in kinds() {
        for _ in 0..300 {
            let around = size(200.0 + 1_800.0 * random.f64(), 200.0 + 1_000.0 * random.f64());
            let mut layout = Layout::new();
            let mut shapes = Vec::new();
            for _ in 0..8 {
                let mut tremble = |length: f64| length * (1.0 + 0.01 * (random.f64() - 0.5));
                let stage = size(tremble(around.width), tremble(around.height));
                shapes.push(shape(&layout.arrange(&Scene { stage, ..scene.clone() })));
            }
            shapes.dedup();
            // A better one may replace the first. None comes back.
            let back = (0..shapes.len()).any(|at| shapes[..at].contains(&shapes[at]));
            assert!(!back, "{} pictures at {around:?}: {shapes:?}", scene.pictures.len());
        }
    }
}

#[test]
fn a_window_that_is_dragged_wide_and_narrow_again_passes_each_shape_once_a_way() {
    for scene in kinds() {
        for height in [374.0, 800.0] {
            let mut layout = Layout::new();
            let widths = (150..900).chain((150..900).rev()).map(|half| 2 * half);
            let mut shapes: Vec<_> = widths
                .map(|width| {
                    let stage = size(f64::from(width), height);
                    shape(&layout.arrange(&Scene { stage, ..scene.clone() }))
                })
                .collect();
            shapes.dedup();
            for trio in shapes.windows(3) {
                // Over and back happens only at the turn.
                assert!(
                    trio[0] != trio[2] || shapes.iter().filter(|shape| **shape == trio[1]).count() == 1,
                    "{} pictures at a height of {height}: {trio:?}",
                    scene.pictures.len()
                );
            }
        }
    }
}

#[test]
fn on_a_stage_that_is_about_square_the_corner_stays_where_it_is() {
    let top = |layout: &mut Layout<u32>, height: f64| {
        let stage = size(1_000.0, height);
        rect_of(&layout.arrange(&Scene { stage, ..scene(0..2) }), OWN).top
    };
    for (first, is_above) in [(990.0, false), (1_010.0, true)] {
        let mut layout = Layout::new();
        for height in [first, 1_010.0, 990.0, 1_080.0, 930.0] {
            assert_eq!(top(&mut layout, height) == 56.0, is_above, "{height} after {first}");
        }
        assert_eq!(top(&mut layout, 1_110.0), 56.0);
        assert!(top(&mut layout, 900.0) > 56.0);
    }
}

/// The least width at which the arrangement is of a kind, when a window becomes wider, and when it becomes narrower.
fn borders(scene: &Scene<u32>, height: f64, is_so: impl Fn(&Arrangement<u32>) -> bool) -> (u32, u32) {
    let border = |widths: &mut dyn Iterator<Item = u32>, is_so: &dyn Fn(&Arrangement<u32>) -> bool| {
        let mut layout = Layout::new();
        let mut found = widths.skip_while(|width| {
            let stage = size(f64::from(*width), height);
            !is_so(&layout.arrange(&Scene { stage, ..scene.clone() }))
        });
        found.next().unwrap()
    };
    let wider = border(&mut (400..3_000), &is_so);
    let narrower = border(&mut (400..3_000).rev(), &|arrangement| !is_so(arrangement));
    (wider, narrower)
}

#[test]
fn a_strip_changes_its_side_for_a_picture_that_is_larger_by_a_tenth() {
    let shared = scene((0..3).chain([100]));
    let is_right = |arrangement: &Arrangement<u32>| rect_of(arrangement, 1).left > 0.0;
    let fresh = (400..3_000).find(|width| {
        let stage = size(f64::from(*width), 900.0);
        is_right(&Layout::new().arrange(&Scene {
            stage,
            ..shared.clone()
        }))
    });
    let (wider, narrower) = borders(&shared, 900.0, is_right);
    let fresh = fresh.unwrap();
    assert!(
        narrower + 30 < fresh && fresh + 30 < wider,
        "{narrower} {fresh} {wider}"
    );
}

#[test]
fn nobody_is_more_than_twice_as_large_as_another_but_for_the_gap() {
    // One large tile and two beside it show most. The large one is more than 2.1 times as large when the gap is more than 1/21 of it.
    let mut layout = Layout::new();
    let mut large = |height: f64| {
        let wide = Scene {
            stage: size(1_200.0, height),
            gap: 24.0,
            ..scene(0..3)
        };
        let arrangement = layout.arrange(&wide);
        rect_of(&arrangement, 1).height > rect_of(&arrangement, 2).height
    };
    // It is left at the limit, and comes back when it is clear of it.
    let heights = [700.0, 510.0, 500.0, 510.0, 500.0, 700.0];
    assert_eq!(heights.map(&mut large), [true, true, false, false, false, true]);
}

#[test]
fn where_no_shape_keeps_the_limits_the_one_in_use_may_exceed_them_a_little() {
    // Side by side, two tiles are about as wide as the least. One above the other, they are lower than the least and show much more.
    let columns = |layout: &mut Layout<u32>, width: f64| {
        let stage = size(width, 256.0);
        rect_of(&layout.arrange(&Scene { stage, ..scene(0..5) }), OWN).top == 0.0
    };
    let mut layout = Layout::new();
    let widths = [226.0, 222.0, 226.0, 222.0, 216.0, 222.0, 226.0];
    let expected = [true, true, true, true, false, false, true];
    assert_eq!(widths.map(|width| columns(&mut layout, width)), expected);
}

#[test]
fn where_no_shape_keeps_the_limits_one_that_breaks_more_of_them_is_left() {
    let mut layout = Layout::new();
    layout.arrange(&scene(0..3));
    let flat = Scene {
        stage: size(3_000.0, 160.0),
        ..scene(0..3)
    };
    let arrangement = layout.arrange(&flat);
    let heights: Vec<f64> = arrangement.tiles.iter().map(|tile| tile.rect.height).collect();
    assert_eq!(heights, [160.0; 3]);
}

#[test]
fn a_picture_that_changes_its_shape_a_little_changes_nothing() {
    let mut random = fastrand::Rng::with_seed(6);
    for mut scene in kinds() {
        for stage in [DESKTOP, PHONE, size(900.0, 800.0)] {
            scene.stage = stage;
            let mut layout = Layout::new();
            let before = layout.arrange(&scene);
            for _ in 0..50 {
                for picture in &mut scene.pictures {
                    picture.aspect = 16.0 / 9.0 * (1.0 + 0.04 * (random.f64() - 0.5));
                }
                assert_eq!(layout.arrange(&scene), before);
            }
        }
    }
}

#[test]
fn another_number_of_people_is_arranged_anew() {
    let mut layout = Layout::new();
    let mut wide = scene(0..6);
    layout.arrange(&wide);
    wide.pictures.push(picture(6));
    let seven = layout.arrange(&wide);
    assert_eq!(seven, Layout::new().arrange(&wide));
}
