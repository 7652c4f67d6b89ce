//! Sizes and rectangles, in CSS pixels.

/// A stage larger than this is no stage.
const LARGEST: f64 = 100_000.0;
/// The gap is at most this part of the stage's shorter side.
const GAP_SHARE: f64 = 1.0 / 8.0;

/// A width and a height in CSS pixels.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Size {
    /// CSS pixels.
    pub width: f64,
    /// CSS pixels.
    pub height: f64,
}

/// A rectangle in whole CSS pixels, from the upper left corner of the stage.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Rect {
    /// CSS pixels from the stage's left edge.
    pub left: f64,
    /// CSS pixels from the stage's upper edge.
    pub top: f64,
    /// CSS pixels.
    pub width: f64,
    /// CSS pixels.
    pub height: f64,
}

/// The stage and the gap between two tiles, in whole pixels, bounded, and never negative.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Room {
    pub(super) width: f64,
    pub(super) height: f64,
    pub(super) gap: f64,
}

impl Room {
    pub(super) fn new(stage: Size, gap: f64) -> Self {
        // What is not a number is not greater than 0 either.
        let bounded = |length: f64| if length > 0.0 { length.min(LARGEST) } else { 0.0 };
        let (width, height) = (bounded(stage.width).floor(), bounded(stage.height).floor());
        let most = (width.min(height) * GAP_SHARE).floor();
        let gap = round(bounded(gap)).min(most);
        Self { width, height, gap }
    }

    pub(super) const fn whole(self) -> Rect {
        Rect {
            left: 0.0,
            top: 0.0,
            width: self.width,
            height: self.height,
        }
    }
}

impl Size {
    pub(super) fn area(self) -> f64 {
        self.width * self.height
    }

    /// The longer side and the shorter one.
    pub(super) fn sides(self) -> (f64, f64) {
        (self.width.max(self.height), self.width.min(self.height))
    }
}

/// How much of a picture is seen in a cell, in square pixels. One that is cropped to the cell covers all of it and loses a share of
/// itself. One that is fitted into the cell is seen in whole and leaves the same share of the cell empty.
pub(super) fn seen(cell: Size, aspect: f64) -> f64 {
    let across = cell.width * cell.width / aspect;
    let down = cell.height * cell.height * aspect;
    across.min(down)
}

/// To the next whole number; a half goes up.
pub(super) fn round(number: f64) -> f64 {
    (number + 0.5).floor()
}

/// Where one of so many equal parts of a length begins, and how long it is. The length and the gap are whole pixels, and so are the
/// parts. They differ by one pixel at most, the gaps not at all, and nothing is left over. Gaps are smaller if they would leave no parts.
pub(super) fn part(length: f64, gap: f64, count: usize, index: usize) -> (f64, f64) {
    let count = count.max(1) as f64;
    let gap = gap.min((length / count).floor());
    let edge = |index: usize| round(index as f64 * ((length + gap) / count));
    let begin = edge(index);
    (begin, edge(index + 1) - gap - begin)
}

/// How many parts of at least this length there is room for.
pub(super) fn fits(length: f64, gap: f64, least: f64) -> usize {
    ((length + gap) / (least + gap).max(1.0)).floor() as usize
}

#[cfg(test)]
mod tests {
    use super::{Room, Size, part, seen};

    #[test]
    fn parts_differ_by_a_pixel_and_gaps_not_at_all() {
        for length in [0.0, 1.0, 7.0, 100.0, 374.0, 1264.0, 2543.0] {
            for count in 1..60 {
                let parts: Vec<_> = (0..count).map(|index| part(length, 8.0, count, index)).collect();
                assert_eq!(parts[0].0, 0.0);
                let (begin, last) = parts[count - 1];
                assert_eq!(begin + last, length, "{length} in {count}");
                let gaps: Vec<f64> = parts.windows(2).map(|pair| pair[1].0 - pair[0].0 - pair[0].1).collect();
                assert!(gaps.iter().all(|gap| *gap == gaps[0] && *gap >= 0.0 && *gap <= 8.0));
                let longest = parts.iter().map(|part| part.1).fold(0.0, f64::max);
                assert!(parts.iter().all(|part| part.1 >= 0.0 && longest - part.1 <= 1.0));
            }
        }
    }

    #[test]
    fn a_picture_is_seen_in_whole_in_a_cell_of_its_shape() {
        let cell = |width, height| Size { width, height };
        assert_eq!(seen(cell(160.0, 90.0), 16.0 / 9.0), 160.0 * 90.0);
        // Cropped to a square, 9 of 16 parts of it are left. Fitted into the square, it fills 9 of 16 parts.
        assert_eq!(seen(cell(160.0, 160.0), 16.0 / 9.0), 160.0 * 90.0);
        assert_eq!(seen(cell(90.0, 90.0), 9.0 / 16.0), 90.0 * 90.0 * 9.0 / 16.0);
        assert_eq!(seen(cell(0.0, 0.0), 1.0), 0.0);
    }

    #[test]
    fn a_stage_that_is_none_has_no_room() {
        for odd in [f64::NAN, f64::NEG_INFINITY, -5.0, 0.0, 0.9] {
            let room = Room::new(
                Size {
                    width: odd,
                    height: 600.0,
                },
                8.0,
            );
            assert_eq!((room.width, room.height, room.gap), (0.0, 600.0, 0.0));
        }
        let all = Size {
            width: f64::INFINITY,
            height: f64::INFINITY,
        };
        assert!(Room::new(all, f64::INFINITY).width.is_finite());
        assert_eq!(Room::new(all, f64::NAN).gap, 0.0);
    }
}
