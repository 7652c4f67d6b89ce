//! A token bucket.

use std::time::Duration;

use super::Now;

/// How much of something may pass: bytes for an allocation, answers for [`Reflection`](super::Reflection).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Bandwidth {
    /// What comes back each second.
    pub per_second: u64,
    /// What can pass at once after a rest.
    pub burst: u64,
}

/// What is left of a [`Bandwidth`]. Counts in billionths, so that a nanosecond is never rounded away.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Bucket {
    left: u128,
    at: Now,
}

const BILLION: u128 = Duration::from_secs(1).as_nanos();

impl Bucket {
    /// A full one.
    pub(crate) fn new(bandwidth: Bandwidth, now: Now) -> Self {
        Self {
            left: u128::from(bandwidth.burst) * BILLION,
            at: now,
        }
    }

    /// Takes `amount`, all of it or nothing.
    pub(crate) fn take(&mut self, bandwidth: Bandwidth, now: Now, amount: u64) -> bool {
        let passed = now.saturating_sub(self.at).as_nanos();
        let back = passed.saturating_mul(u128::from(bandwidth.per_second));
        let full = u128::from(bandwidth.burst) * BILLION;
        self.left = self.left.saturating_add(back).min(full);
        self.at = self.at.max(now);
        let Some(left) = self.left.checked_sub(u128::from(amount) * BILLION) else {
            return false;
        };
        self.left = left;
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEN_A_SECOND: Bandwidth = Bandwidth {
        per_second: 10,
        burst: 20,
    };

    #[test]
    fn a_burst_passes_and_then_only_the_rate() {
        let mut bucket = Bucket::new(TEN_A_SECOND, Duration::from_secs(5));
        assert!(bucket.take(TEN_A_SECOND, Duration::from_secs(5), 20));
        assert!(!bucket.take(TEN_A_SECOND, Duration::from_secs(5), 1));
        assert!(bucket.take(TEN_A_SECOND, Duration::from_millis(5100), 1));
        assert!(!bucket.take(TEN_A_SECOND, Duration::from_millis(5199), 1));
        assert!(bucket.take(TEN_A_SECOND, Duration::from_millis(5200), 1));
    }

    #[test]
    fn it_never_holds_more_than_the_burst_and_time_that_goes_back_gives_nothing() {
        let mut bucket = Bucket::new(TEN_A_SECOND, Duration::from_secs(5));
        assert!(!bucket.take(TEN_A_SECOND, Duration::from_secs(500), 21));
        assert!(bucket.take(TEN_A_SECOND, Duration::from_secs(500), 20));
        assert!(!bucket.take(TEN_A_SECOND, Duration::from_secs(5), 1));
        assert!(!bucket.take(TEN_A_SECOND, Duration::from_secs(500), 1));
    }
}
