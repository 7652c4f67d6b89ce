//! One picture in the spotlight, and the others in a strip at the side that leaves it more room.

use super::geometry::{Rect, Room, Size, fits, part, round, seen};
use super::{MARGIN, MOST, ONE_MORE, steady};

/// Where the strip lies.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Side {
    Right,
    Bottom,
}

/// The stage, divided.
#[derive(Clone, Copy, Debug)]
pub(super) struct Strip {
    room: Room,
    /// What stays free below it.
    below: f64,
    pub(super) side: Side,
    /// How many tiles it holds.
    pub(super) capacity: usize,
    thickness: f64,
    /// How many tiles stand in a full strip, and how much of it they take together.
    full: usize,
    length: f64,
}

impl Strip {
    /// The strip for so many pictures beside one of this aspect ratio, when it was at such a side and held so many before.
    pub(super) fn choose((room, below): (Room, f64), count: usize, aspect: f64, before: Option<(Side, usize)>) -> Self {
        let at = |side| {
            let held = before.filter(|(before, _)| *before == side).map(|(_, held)| held);
            let below = match side {
                Side::Right => 0.0,
                // Not even a NaN takes more than a quarter of the stage.
                Side::Bottom => round(below.max(0.0).min(room.height / 4.0)).max(0.0),
            };
            let strip = Self::at((room, below), side, count, held);
            (strip, seen(strip.left_over(), aspect))
        };
        let (right, beside) = at(Side::Right);
        let (bottom, above) = at(Side::Bottom);
        let is_right = match before {
            Some((Side::Right, _)) => above <= MARGIN * beside,
            Some((Side::Bottom, _)) => beside > MARGIN * above,
            None => beside > above || (beside == above && room.width >= room.height),
        };
        if is_right { right } else { bottom }
    }

    /// The strip is as thick as its tiles need to fill it, within bounds: thin with many people, so that they are on one page, and thick
    /// with few.
    fn at((room, below): (Room, f64), side: Side, count: usize, held: Option<usize>) -> Self {
        let (across, along) = side.lengths(room.width, room.height);
        let (shortest, longest) = side.cell();
        let (least, most) = side.thickness(across);
        let holds = |times: f64| fits(along, room.gap, least * shortest * times).clamp(2, MOST);
        let capacity = steady(held, holds(ONE_MORE), holds(1.0));
        let full = count.clamp(1, capacity);
        let each = (along + room.gap) / full as f64 - room.gap;
        let thickness = round((each / shortest).max(least).min(most).min(across / 3.0));
        let each = each.min(thickness * longest);
        let length = round((each + room.gap) * full as f64 - room.gap);
        Self {
            room,
            below,
            side,
            capacity,
            thickness,
            full,
            length,
        }
    }

    fn left_over(&self) -> Size {
        let taken = self.thickness + self.room.gap + self.below;
        let Room { width, height, .. } = self.room;
        match self.side {
            Side::Right => Size {
                width: (width - taken).max(0.0),
                height,
            },
            Side::Bottom => Size {
                width,
                height: (height - taken).max(0.0),
            },
        }
    }

    pub(super) fn spotlight(&self) -> Rect {
        let Size { width, height } = self.left_over();
        Rect {
            left: 0.0,
            top: 0.0,
            width,
            height,
        }
    }

    /// The tiles begin at the top or at the left and keep their size on the last page, so that nobody moves when somebody comes.
    pub(super) fn cell(&self, index: usize) -> Rect {
        let Room { width, height, gap } = self.room;
        let (begin, length) = part(self.length, gap, self.full, index);
        match self.side {
            Side::Right => Rect {
                left: width - self.thickness,
                top: begin,
                width: self.thickness,
                height: length,
            },
            Side::Bottom => Rect {
                left: begin,
                top: height - self.below - self.thickness,
                width: length,
                height: self.thickness,
            },
        }
    }
}

impl Side {
    /// Across the strip, and along it.
    const fn lengths(self, width: f64, height: f64) -> (f64, f64) {
        match self {
            Self::Right => (width, height),
            Self::Bottom => (height, width),
        }
    }

    /// The shortest and the longest tile along the strip, by its thickness: from 16:9 to 4:3 in a column, from 3:4 to 16:9 in a row.
    const fn cell(self) -> (f64, f64) {
        match self {
            Self::Right => (9.0 / 16.0, 3.0 / 4.0),
            Self::Bottom => (3.0 / 4.0, 16.0 / 9.0),
        }
    }

    /// The least and the largest thickness on a stage of so many pixels across.
    fn thickness(self, across: f64) -> (f64, f64) {
        match self {
            Self::Right => ((0.12 * across).clamp(120.0, 160.0), (0.18 * across).clamp(120.0, 280.0)),
            Self::Bottom => ((0.12 * across).clamp(96.0, 130.0), (0.18 * across).clamp(96.0, 200.0)),
        }
    }
}
