//! The time of day.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use tokio::time::Instant;

/// The time since the Unix epoch, which here never goes back: the system's clock is read once, and what has passed since is
/// added. So orders and tokens of one process are dated in the order in which they were given.
#[derive(Debug)]
pub(crate) struct Clock {
    /// When it was started, since the Unix epoch.
    started: Duration,
    at: Instant,
}

impl Clock {
    pub(crate) fn start() -> Self {
        // A system that believes to be in 1969 has its first seats in 1970.
        let started = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        let at = Instant::now();
        Self { started, at }
    }

    pub(crate) fn started(&self) -> Duration {
        self.started
    }

    pub(crate) fn now(&self) -> Duration {
        self.started + self.at.elapsed()
    }

    /// The instant of a time; now, when it is past.
    pub(crate) fn instant(&self, time: Duration) -> Instant {
        self.at + time.saturating_sub(self.started)
    }
}

/// Milliseconds, as orders are counted.
pub(crate) fn millis(time: Duration) -> u64 {
    u64::try_from(time.as_millis()).unwrap_or(u64::MAX)
}
