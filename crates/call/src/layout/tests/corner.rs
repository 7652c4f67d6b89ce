//! Two people: the other one fills the stage, and oneself is in a corner of it.

use super::*;

#[test]
fn of_two_people_the_other_fills_the_stage_and_oneself_is_in_the_corner() {
    for (stage, corner) in [
        // A fifth of the width, 12 pixels from the lower right corner.
        (DESKTOP, rect(1264.0 - 12.0 - 253.0, 784.0 - 12.0 - 190.0, 253.0, 190.0)),
        (
            size(2544.0, 1064.0),
            rect(2544.0 - 12.0 - 280.0, 1064.0 - 12.0 - 210.0, 280.0, 210.0),
        ),
        (
            size(700.0, 500.0),
            rect(700.0 - 12.0 - 160.0, 500.0 - 12.0 - 120.0, 160.0, 120.0),
        ),
        // On an upright stage at the top, below the other one's buttons.
        (PHONE, rect(374.0 - 12.0 - 105.0, 56.0, 105.0, 140.0)),
        (size(1000.0, 1300.0), rect(1000.0 - 12.0 - 200.0, 56.0, 200.0, 267.0)),
    ] {
        for view in VIEWS {
            for (keys, pinned) in [([1, OWN], None), ([OWN, 1], None), ([OWN, 1], Some(1))] {
                let two = Scene {
                    stage,
                    view,
                    pinned,
                    speaker: Some(OWN),
                    ..scene(keys)
                };
                let other = Placed {
                    key: 1,
                    rect: rect(0.0, 0.0, stage.width, stage.height),
                    place: Place::Spotlight,
                };
                let own = Placed {
                    key: OWN,
                    rect: corner,
                    place: Place::Corner,
                };
                assert_eq!(arranged(&two).tiles, [other, own]);
            }
        }
    }
}

#[test]
fn on_a_stage_that_is_not_wide_the_corner_is_above_the_controls() {
    let bottom = |width: f64, height: f64, below: f64| {
        let scene = Scene {
            stage: size(width, height),
            below,
            ..scene([OWN, 1])
        };
        let Rect { top, height: own, .. } = rect_of(&arranged(&scene), OWN);
        height - top - own
    };
    assert_eq!(bottom(959.0, 784.0, 84.0), 96.0);
    assert_eq!(bottom(960.0, 784.0, 84.0), 12.0);
    assert_eq!(bottom(700.0, 200.0, 84.0), 62.0, "a quarter of the height at most");
    assert_eq!(bottom(700.0, 500.0, f64::NAN), 12.0);
    assert_eq!(bottom(700.0, 500.0, -84.0), 12.0);
}

#[test]
fn the_corner_never_covers_more_than_15_percent() {
    for width in (1..2_000).step_by(7) {
        for height in (1..1_500).step_by(11) {
            let stage = size(f64::from(width), f64::from(height));
            let Rect {
                left,
                top,
                width,
                height,
            } = rect_of(
                &arranged(&Scene {
                    stage,
                    ..scene([OWN, 1])
                }),
                OWN,
            );
            assert!(left >= 0.0 && top >= 0.0 && left + width <= stage.width && top + height <= stage.height);
            // A pixel more by rounding, where the stage is no larger than a button.
            assert!(
                (width - 1.0).max(0.0) * (height - 1.0) <= 0.15 * stage.width * stage.height,
                "{stage:?}"
            );
        }
    }
}
