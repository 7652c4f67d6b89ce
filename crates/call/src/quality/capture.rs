//! What is wanted of the camera: no more than the largest picture that somebody is to get, changed seldom.

use std::time::Duration;

use super::input::CaptureWanted;

/// A change may show, and costs a camera time: this long apart, and only after so long a need.
const LOWERED_AFTER: Duration = Duration::from_secs(10);

/// What was asked of the camera the last time, and what would do.
#[derive(Debug)]
pub(super) struct CaptureControl {
    told: CaptureWanted,
    told_at: Duration,
    /// Since when less would do, and the most that was wanted since.
    lower: Option<(Duration, CaptureWanted)>,
}

impl Default for CaptureControl {
    fn default() -> Self {
        Self {
            told: CaptureWanted::FIRST,
            told_at: Duration::ZERO,
            lower: None,
        }
    }
}

impl CaptureControl {
    /// So much is wanted now. Returns what to ask the camera for, where that changes: more at once, less after a while.
    pub(super) fn update(&mut self, now: Duration, wanted: CaptureWanted) -> Option<CaptureWanted> {
        if wanted.height > self.told.height || wanted.frames > self.told.frames {
            return Some(self.tell(now, larger(wanted, self.told)));
        }
        if wanted == self.told {
            self.lower = None;
            return None;
        }
        let (since, most) = self.lower.unwrap_or((now, wanted));
        self.lower = Some((since, larger(most, wanted)));
        (now >= self.deadline()?).then(|| self.tell(now, larger(most, wanted)))
    }

    /// When the camera is to be asked for less, if nothing changes.
    pub(super) fn deadline(&self) -> Option<Duration> {
        self.lower.map(|(since, _)| since.max(self.told_at) + LOWERED_AFTER)
    }

    fn tell(&mut self, now: Duration, wanted: CaptureWanted) -> CaptureWanted {
        self.told = wanted;
        self.told_at = now;
        self.lower = None;
        wanted
    }
}

fn larger(one: CaptureWanted, other: CaptureWanted) -> CaptureWanted {
    CaptureWanted {
        height: one.height.max(other.height),
        frames: one.frames.max(other.frames),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wanted(height: u32) -> CaptureWanted {
        CaptureWanted { height, frames: 30 }
    }

    #[test]
    fn more_is_asked_for_at_once_and_less_after_ten_seconds_of_need() {
        let at = Duration::from_secs;
        let mut control = CaptureControl::default();
        assert_eq!(control.update(at(20), wanted(180)), None);
        assert_eq!(control.deadline(), Some(at(30)));
        assert_eq!(control.update(at(25), wanted(360)), None);
        assert_eq!(control.update(at(26), wanted(180)), None);
        // Somebody wanted 360 in the meantime.
        assert_eq!(control.update(at(30), wanted(180)), Some(wanted(360)));
        assert_eq!(control.update(at(31), wanted(720)), Some(wanted(720)));
        assert_eq!(control.update(at(32), wanted(180)), None);
        assert_eq!(control.update(at(33), wanted(720)), None);
        assert_eq!(control.deadline(), None);
        assert_eq!(control.update(at(34), wanted(180)), None);
        assert_eq!(control.update(at(43), wanted(180)), None);
        assert_eq!(control.update(at(44), wanted(180)), Some(wanted(180)));
        assert_eq!(control.update(at(90), wanted(180)), None);
    }
}
