//! Rates, and what keeps to them.

use std::sync::atomic::AtomicU64;
use std::sync::atomic::Ordering::Relaxed;

use super::Now;

/// How much of something may pass: bytes of payload, or answers for [`Reflection`](super::Reflection).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Bandwidth {
    /// What comes back each second.
    pub per_second: u64,
    /// What can pass at once after a rest.
    pub burst: u64,
}

impl Bandwidth {
    /// As much, and as much at once.
    #[must_use]
    pub fn even(per_second: u64) -> Self {
        let burst = per_second;
        Self { per_second, burst }
    }

    /// The time in which so much comes back, in nanoseconds; never too short. `None` where nothing ever does.
    fn time(self, amount: u64) -> Option<u64> {
        let nanos = (u128::from(amount) * 1_000_000_000).checked_add(u128::from(self.per_second.checked_sub(1)?))?;
        u64::try_from(nanos / u128::from(self.per_second)).ok()
    }
}

/// A token bucket without a lock (the generic cell rate algorithm): it keeps the time at which all that has passed will have come back.
#[derive(Debug, Default)]
pub(crate) struct Meter(AtomicU64);

impl Meter {
    /// Takes `amount`, all of it or nothing.
    pub(crate) fn take(&self, bandwidth: Bandwidth, now: Now, amount: u64) -> bool {
        let now = u64::try_from(now.as_nanos()).unwrap_or(u64::MAX);
        let (Some(cost), Some(burst)) = (bandwidth.time(amount), bandwidth.time(bandwidth.burst)) else {
            return false;
        };
        let after = |full: u64| {
            let full = full.max(now).saturating_add(cost);
            (full - now <= burst).then_some(full)
        };
        self.0.fetch_update(Relaxed, Relaxed, after).is_ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    const TEN_A_SECOND: Bandwidth = Bandwidth {
        per_second: 10,
        burst: 20,
    };

    #[test]
    fn a_burst_passes_and_then_only_the_rate() {
        let meter = Meter::default();
        assert!(meter.take(TEN_A_SECOND, Duration::from_secs(5), 20));
        assert!(!meter.take(TEN_A_SECOND, Duration::from_secs(5), 1));
        assert!(meter.take(TEN_A_SECOND, Duration::from_millis(5100), 1));
        assert!(!meter.take(TEN_A_SECOND, Duration::from_millis(5199), 1));
        assert!(meter.take(TEN_A_SECOND, Duration::from_millis(5200), 1));
    }

    #[test]
    fn it_never_holds_more_than_the_burst_and_time_that_goes_back_gives_nothing() {
        let meter = Meter::default();
        assert!(!meter.take(TEN_A_SECOND, Duration::from_secs(500), 21));
        assert!(meter.take(TEN_A_SECOND, Duration::from_secs(500), 20));
        assert!(!meter.take(TEN_A_SECOND, Duration::from_secs(5), 1));
        assert!(!meter.take(TEN_A_SECOND, Duration::from_secs(500), 1));
    }

    #[test]
    fn nothing_passes_where_nothing_comes_back() {
        let nothing = Bandwidth::even(0);
        assert!(!Meter::default().take(nothing, Duration::from_secs(5), 1));
        let fast = Bandwidth::even(u64::MAX);
        assert!(Meter::default().take(fast, Duration::from_secs(5), u64::MAX));
    }
}
