//! The coarse sizes in which one page tells another how large it shows a picture.

/// Lines that a picture is wanted with. Coarse on purpose: a finer one would tell who looks where.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(u8)]
pub enum Step {
    /// Not shown at all.
    #[default]
    Hidden,
    /// 90 lines: a thumbnail.
    Lines90,
    /// 180 lines: a small tile.
    Lines180,
    /// 360 lines: a tile.
    Lines360,
    /// 720 lines: the stage.
    Lines720,
    /// As large as it is captured.
    Native,
}

/// The width and height of a picture on the screen, in device pixels (CSS pixels × `devicePixelRatio`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ShownSize {
    /// Device pixels.
    pub width: u32,
    /// Device pixels.
    pub height: u32,
}

impl Step {
    /// All of them, the smallest first.
    pub const ALL: [Self; 6] = [
        Self::Hidden,
        Self::Lines90,
        Self::Lines180,
        Self::Lines360,
        Self::Lines720,
        Self::Native,
    ];

    /// How many lines that is. Nothing for [`Self::Native`], which depends on the capture.
    #[must_use]
    pub const fn lines(self) -> Option<u32> {
        match self {
            Self::Hidden => Some(0),
            Self::Lines90 => Some(90),
            Self::Lines180 => Some(180),
            Self::Lines360 => Some(360),
            Self::Lines720 => Some(720),
            Self::Native => None,
        }
    }

    /// Its place in [`Self::ALL`], for the wire.
    #[must_use]
    pub const fn number(self) -> u8 {
        self as u8
    }

    /// The step of a number. A number that is too large comes from a newer page and means the largest.
    #[must_use]
    pub fn from_number(number: u8) -> Self {
        Self::ALL.get(usize::from(number)).copied().unwrap_or(Self::Native)
    }

    /// The smallest step that looks sharp at this size: a picture may be enlarged by `percent` − 100. A landscape picture fills the tile and
    /// is cut, so an upright tile needs as many lines as it is high.
    pub(crate) fn of(size: ShownSize, percent: u32) -> Self {
        let lines = u64::from(size.height).max(u64::from(size.width) * 9 / 16);
        let enough = |step: &Self| {
            step.lines()
                .is_none_or(|has| lines * 100 <= u64::from(has) * u64::from(percent))
        };
        Self::ALL.into_iter().find(enough).unwrap_or(Self::Native)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tile_gets_the_step_that_looks_sharp_in_it() {
        let step = |width, height| Step::of(ShownSize { width, height }, 130);
        assert_eq!(step(0, 0), Step::Hidden);
        assert_eq!(step(160, 90), Step::Lines90);
        assert_eq!(step(400, 225), Step::Lines180);
        assert_eq!(step(600, 340), Step::Lines360);
        assert_eq!(step(1280, 640), Step::Lines720);
        assert_eq!(step(3840, 2160), Step::Native);
        assert_eq!(step(u32::MAX, u32::MAX), Step::Native);
        assert_eq!(step(300, 900), Step::Lines720);
    }

    #[test]
    fn numbers_and_steps_are_the_same_thing() {
        for step in Step::ALL {
            assert_eq!(Step::from_number(step.number()), step);
        }
        assert_eq!(Step::from_number(200), Step::Native);
    }
}
