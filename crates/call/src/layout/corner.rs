//! Oneself in the corner of the other one's picture: lower right on a long stage, above the controls where there is no room beside them,
//! and upper right on an upright one, away from the thumb and below the buttons of the other one's tile.

use super::MARGIN;
use super::geometry::{Rect, Room, round};

/// From the edges of the stage.
const INSET: f64 = 12.0;

/// The buttons of a tile take so much of its upper right corner, beyond the inset.
const BUTTONS: f64 = 44.0;

/// On a stage of this width, in CSS pixels, controls in the middle of the lower edge have room beside the corner.
const BESIDE: f64 = 960.0;

/// Whether the stage counts as upright. At about a square it stays what it was.
pub(super) fn upright(room: Room, before: Option<bool>) -> bool {
    let least = match before {
        Some(true) => 1.0 / MARGIN,
        Some(false) => MARGIN,
        None => 1.0,
    };
    room.height > room.width * least
}

/// `below`: how high the controls at the lower edge are.
pub(super) fn rect(room: Room, below: f64, upright: bool) -> Rect {
    let (aspect, wanted) = if upright {
        (3.0 / 4.0, (0.28 * room.width).clamp(96.0, 200.0))
    } else {
        (4.0 / 3.0, (0.2 * room.width).clamp(160.0, 280.0))
    };
    // On a tiny stage it is still less than 15 % of it.
    let width = round(wanted.min(0.4 * room.width).min(0.37 * room.height * aspect));
    let height = round(width / aspect);
    let inset = round(INSET.min(0.1 * room.width).min(0.1 * room.height));
    // Not even a NaN takes more than a quarter of the stage.
    let below = if room.width < BESIDE {
        round(below.max(0.0).min(room.height / 4.0)).max(0.0)
    } else {
        0.0
    };
    Rect {
        left: room.width - inset - width,
        top: if upright {
            inset + round(BUTTONS.min(0.1 * room.height))
        } else {
            room.height - inset - below - height
        },
        width,
        height,
    }
}
