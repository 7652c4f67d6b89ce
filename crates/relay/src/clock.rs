//! The time that the protocol is told.

use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use crate::core::Now;

/// The wall clock of the moment when the relay began, and a clock that never jumps since: correcting the machine's time
/// must end no allocation.
#[derive(Debug)]
pub(crate) struct Clock {
    began: Duration,
    since: Instant,
}

impl Clock {
    pub(crate) fn start() -> Self {
        Self {
            began: SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default(),
            since: Instant::now(),
        }
    }

    pub(crate) fn now(&self) -> Now {
        self.began + self.since.elapsed()
    }
}
