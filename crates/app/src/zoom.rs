//! Looking closer at a picture: how it is moved and enlarged within its frame.

use call::quality::ShownSize;

/// The closest look.
const CLOSEST: f64 = 8.0;

/// What a double click enlarges to.
const CLOSE: f64 = 2.5;

/// Where a picture stands in its frame, of which it fills the whole at first. Lengths are parts of the frame's sides.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Zoom {
    /// How much it is enlarged: 1 and more.
    pub(crate) scale: f64,
    /// Where its left and upper edges are: 0 and less.
    pub(crate) left: f64,
    pub(crate) top: f64,
}

/// A place in the frame: 0 to 1 from the left, and from above.
pub(crate) type Spot = (f64, f64);

impl Zoom {
    /// The whole picture.
    pub(crate) const WHOLE: Self = Self {
        scale: 1.0,
        left: 0.0,
        top: 0.0,
    };

    /// The size of the whole picture, of which a frame of this size shows a part.
    pub(crate) fn enlarges(self, frame: ShownSize) -> ShownSize {
        // A cast of a float saturates.
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
        let [width, height] = [frame.width, frame.height].map(|side| (f64::from(side) * self.scale).round() as u32);
        ShownSize { width, height }
    }

    /// Whether only a part is seen.
    pub(crate) fn is_close(self) -> bool {
        self.scale > 1.0
    }

    /// Enlarged by a factor; what is at this spot stays there.
    #[must_use]
    pub(crate) fn by(self, factor: f64, spot: Spot) -> Self {
        if !factor.is_finite() || factor <= 0.0 {
            return self;
        }
        let scale = (self.scale * factor).clamp(1.0, CLOSEST);
        let growth = scale / self.scale;
        Self {
            scale,
            left: spot.0 - (spot.0 - self.left) * growth,
            top: spot.1 - (spot.1 - self.top) * growth,
        }
        .kept_in_frame()
    }

    /// Moved by parts of the frame.
    #[must_use]
    pub(crate) fn moved(self, (right, down): Spot) -> Self {
        Self {
            left: self.left + right,
            top: self.top + down,
            ..self
        }
        .kept_in_frame()
    }

    /// A closer look at this spot, or the whole again.
    #[must_use]
    pub(crate) fn toggled(self, spot: Spot) -> Self {
        if self.is_close() {
            Self::WHOLE
        } else {
            self.by(CLOSE, spot)
        }
    }

    /// The picture covers the frame, whatever was asked for.
    fn kept_in_frame(self) -> Self {
        let kept = |edge: f64| {
            if edge.is_finite() {
                edge.min(0.0).max(1.0 - self.scale)
            } else {
                0.0
            }
        };
        Self {
            scale: self.scale,
            left: kept(self.left),
            top: kept(self.top),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Where a spot of the picture is in the frame.
    fn seen(zoom: Zoom, of: f64) -> f64 {
        zoom.left + of * zoom.scale
    }

    #[test]
    fn what_is_under_the_pointer_stays_there() {
        let zoom = Zoom::WHOLE.by(2.0, (0.25, 0.5)).by(1.5, (0.6, 0.5));
        let first = Zoom::WHOLE.by(2.0, (0.25, 0.5));
        let of = (0.6 - first.left) / first.scale;
        assert!((seen(zoom, of) - 0.6).abs() < 1e-9);
        assert!((seen(first, 0.25) - 0.25).abs() < 1e-9);
    }

    #[test]
    fn the_picture_covers_its_frame_whatever_is_done() {
        let mut zoom = Zoom::WHOLE;
        for (factor, spot) in [
            (3.0, (0.0, 1.0)),
            (100.0, (1.0, 1.0)),
            (0.1, (0.3, 0.2)),
            (f64::NAN, (0.5, 0.5)),
            (0.0, (0.5, 0.5)),
        ] {
            zoom = zoom.by(factor, spot).moved((spot.1 * 7.0 - 3.0, -spot.0 * 5.0));
            assert!((1.0..=CLOSEST).contains(&zoom.scale), "{zoom:?}");
            for edge in [zoom.left, zoom.top] {
                assert!((1.0 - zoom.scale..=0.0).contains(&edge), "{zoom:?}");
            }
        }
        assert_eq!(Zoom::WHOLE.moved((f64::NAN, f64::INFINITY)), Zoom::WHOLE);
    }

    #[test]
    fn a_double_click_looks_closer_and_back() {
        let close = Zoom::WHOLE.toggled((1.0, 0.0));
        assert!(close.is_close() && (close.left - (1.0 - CLOSE)).abs() < 1e-9 && close.top == 0.0);
        assert_eq!(close.toggled((0.2, 0.2)), Zoom::WHOLE);
    }
}
