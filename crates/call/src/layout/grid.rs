//! Tiles of about the same size that fill the stage: of all shapes, the one that shows most of the pictures.

use super::geometry::{Rect, Room, Size, fits, part, seen};
use super::{MARGIN, MOST, ONE_MORE, steady};

/// A tile that is longer than so many times its other side shows less of a face than of the wall beside it.
const LONGEST: f64 = 3.4;
/// The largest tile is at most so many times as large as the smallest.
const LARGEST: f64 = 2.1;
/// A new shape uses at most so much of what these limits and the least size allow, if it can, and one in use may exceed them by as much, if
/// no other keeps them. At a limit, two would take turns with every pixel.
const CLEAR: f64 = 0.97;
/// The same for [`LARGEST`]. Most large tiles are twice as large as the others and a little more for the gap.
const CLEAR_OF_LARGEST: f64 = 0.99;
/// Of shapes that show nearly as much as the best, the one whose longest tile is the least long is chosen: a long tile cuts heads off.
/// This is less than [`MARGIN`], so that what is chosen stays.
const NEARLY: f64 = 1.08;

/// How the cells lie: in lines, with as many in each as in every other, or one fewer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Shape {
    lines: usize,
    /// The lines stand side by side, not one below the other.
    columns: bool,
    /// The lines with one more come first.
    long_first: bool,
}

/// A shape of so many cells.
#[derive(Clone, Copy)]
struct Cells {
    room: Room,
    shape: Shape,
    /// In a short line, and how many lines have one more.
    short: usize,
    long_lines: usize,
}

/// There are three limits, so this is above what [`Cells::broken`] says.
const CLOSE: u8 = 8;

/// How good a shape is.
#[derive(Clone, Copy)]
struct Rating {
    /// Which limits are broken, times [`CLOSE`], and which it is close to.
    faults: u8,
    /// Square pixels of pictures.
    seen: f64,
    /// The longer side of the longest tile by the other one.
    longest: f64,
}

/// The smallest tile. A phone is held closer than a desktop's screen, so its tiles may be smaller.
fn least(room: Room) -> Size {
    let quarter = 0.24 * room.width.min(room.height);
    Size {
        width: quarter.clamp(108.0, 144.0),
        height: quarter.clamp(130.0, 144.0),
    }
}

/// How many tiles a page holds, when it held so many before.
pub(super) fn capacity(room: Room, before: Option<usize>) -> usize {
    let least = least(room);
    let holds = |times: f64| {
        let columns = fits(room.width, room.gap, least.width * times);
        let rows = fits(room.height, room.gap, least.height * times);
        columns.saturating_mul(rows).clamp(2, MOST)
    };
    steady(before, holds(ONE_MORE), holds(1.0))
}

/// The best shape for pictures of these aspect ratios. The one in use stays unless another is better by a margin.
pub(super) fn choose(room: Room, aspects: &[f64], used: Option<Shape>) -> Shape {
    let rate = |shape: Shape| Cells::new(room, shape, aspects.len()).rate(aspects);
    let rated: Vec<(Shape, Rating)> = Shape::all(aspects.len()).map(|shape| (shape, rate(shape))).collect();
    let mut best: Option<Rating> = None;
    for (_, rating) in &rated {
        if best.is_none_or(|best| rating.beats(best, 1.0)) {
            best = Some(*rating);
        }
    }
    let Some(best) = best else { return Shape::ROW };
    let stays = used.filter(|shape| !best.replaces(Cells::new(room, *shape, aspects.len()), rate(*shape).seen));
    stays.unwrap_or_else(|| {
        let mut chosen: Option<(Shape, Rating)> = None;
        for (shape, rating) in rated {
            if !best.beats(rating, NEARLY) && chosen.is_none_or(|(_, chosen)| rating.is_shorter(chosen)) {
                chosen = Some((shape, rating));
            }
        }
        chosen.map_or(Shape::ROW, |(shape, _)| shape)
    })
}

impl Rating {
    const fn broken(self) -> u8 {
        self.faults / CLOSE
    }

    fn beats(self, other: Self, margin: f64) -> bool {
        self.faults < other.faults || (self.faults == other.faults && self.seen > margin * other.seen)
    }

    /// Whether it replaces the shape in use, of which so much is seen.
    fn replaces(self, used: Cells, seen: f64) -> bool {
        let over = used.broken(1.0, 1.0);
        let far_over = used.broken(1.0 / CLEAR, 1.0 / CLEAR_OF_LARGEST);
        let is_needed = self.broken() < far_over || (self.broken() == 0 && over > 0);
        is_needed || (self.faults == far_over * CLOSE && self.seen > MARGIN * seen)
    }

    /// Whether its tiles are less long, or show more at the same length. Errors of rounding decide nothing: of equal shapes the first
    /// is meant.
    fn is_shorter(self, other: Self) -> bool {
        const CLEARLY: f64 = 1.0 + 1e-9;
        let by = other.longest / self.longest;
        by > CLEARLY || (by > 1.0 / CLEARLY && self.seen > CLEARLY * other.seen)
    }
}

impl Shape {
    const ROW: Self = Self {
        lines: 1,
        columns: false,
        long_first: true,
    };

    /// All that hold so many, each once. Of equal shapes the first is chosen. Its lines with fewer come first, so that oneself, who is
    /// last, is not larger than the others.
    fn all(count: usize) -> impl Iterator<Item = Self> {
        (1..=count).flat_map(move |lines| {
            let shapes = [(false, false), (false, true), (true, false), (true, true)];
            // Full rows are full columns, too.
            let different = if count.is_multiple_of(lines) { 1 } else { shapes.len() };
            let shape = move |(columns, long_first)| Self {
                lines,
                columns,
                long_first,
            };
            shapes.into_iter().take(different).map(shape)
        })
    }

    /// Every cell, line by line.
    pub(super) fn cells(self, room: Room, count: usize) -> impl Iterator<Item = Rect> {
        let cells = Cells::new(room, self, count);
        let (across, along) = cells.sides();
        (0..self.lines).flat_map(move |line| {
            let (begin, thickness) = part(across, room.gap, self.lines, line);
            let count = cells.in_line(line);
            (0..count).map(move |index| {
                let (at, length) = part(along, room.gap, count, index);
                if self.columns {
                    Rect {
                        left: begin,
                        top: at,
                        width: thickness,
                        height: length,
                    }
                } else {
                    Rect {
                        left: at,
                        top: begin,
                        width: length,
                        height: thickness,
                    }
                }
            })
        })
    }
}

impl Cells {
    fn new(room: Room, shape: Shape, count: usize) -> Self {
        Self {
            room,
            shape,
            short: count / shape.lines,
            long_lines: count % shape.lines,
        }
    }

    /// Across the lines, and along them.
    const fn sides(self) -> (f64, f64) {
        if self.shape.columns {
            (self.room.width, self.room.height)
        } else {
            (self.room.height, self.room.width)
        }
    }

    const fn in_line(self, line: usize) -> usize {
        let is_long = if self.shape.long_first {
            line < self.long_lines
        } else {
            line + self.long_lines >= self.shape.lines
        };
        self.short + is_long as usize
    }

    /// A cell of a line with so many, before rounding.
    fn cell(self, in_line: usize) -> Size {
        let (across, along) = self.sides();
        let each =
            |length: f64, count: usize| ((length + self.room.gap) / count.max(1) as f64 - self.room.gap).max(0.0);
        let (thickness, length) = (each(across, self.shape.lines), each(along, in_line));
        if self.shape.columns {
            Size {
                width: thickness,
                height: length,
            }
        } else {
            Size {
                width: length,
                height: thickness,
            }
        }
    }

    fn large(self) -> Size {
        self.cell(self.short)
    }

    fn small(self) -> Size {
        self.cell(self.short + usize::from(self.long_lines > 0))
    }

    /// Which limits are broken, when so much of what they allow may be used. The higher the bit, the more it matters.
    fn broken(self, clear: f64, clear_of_largest: f64) -> u8 {
        let (large, small, least) = (self.large(), self.small(), least(self.room));
        let too_long = [large, small].into_iter().any(|cell| {
            let (long, short) = cell.sides();
            long > LONGEST * clear * short
        });
        let unequal = large.area() > LARGEST * clear_of_largest * small.area();
        let too_small = small.width * clear < least.width || small.height * clear < least.height;
        4 * u8::from(too_long) + 2 * u8::from(unequal) + u8::from(too_small)
    }

    fn rate(self, aspects: &[f64]) -> Rating {
        let (large, small) = (self.large(), self.small());
        let broken = self.broken(1.0, 1.0);
        let close = self.broken(CLEAR, CLEAR_OF_LARGEST) & !broken;
        let longest = |cell: Size| {
            let (long, short) = cell.sides();
            if short > 0.0 { long / short } else { f64::MAX }
        };
        let mut cells = (0..self.shape.lines).flat_map(|line| {
            let in_line = self.in_line(line);
            let cell = if in_line == self.short { large } else { small };
            std::iter::repeat_n(cell, in_line)
        });
        let seen = |aspect: &f64| cells.next().map_or(0.0, |cell| seen(cell, *aspect));
        Rating {
            faults: CLOSE * broken + close,
            seen: aspects.iter().map(seen).sum(),
            longest: longest(large).max(longest(small)),
        }
    }
}
