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
    /// A burst of one second.
    #[must_use]
    pub fn even(per_second: u64) -> Self {
        let burst = per_second;
        Self { per_second, burst }
    }
}

/// Bits behind the point of [`Rate::unit`].
const FRACTION: u32 = 20;

/// A [`Bandwidth`] as a [`Meter`] needs it with each packet: without a division.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Rate {
    /// The time in which one comes back, in parts of a nanosecond; rounded up.
    unit: u64,
    /// The time in which all of a burst comes back, in nanoseconds. Nothing ever passes where nothing comes back.
    burst: u64,
}

impl From<Bandwidth> for Rate {
    fn from(Bandwidth { per_second, burst }: Bandwidth) -> Self {
        if per_second == 0 {
            return Self {
                unit: u64::MAX,
                burst: 0,
            };
        }
        let unit = (1_000_000_000_u64 << FRACTION).div_ceil(per_second);
        let burst = unit_time(unit, burst);
        Self { unit, burst }
    }
}

fn unit_time(unit: u64, amount: u64) -> u64 {
    let time = (u128::from(unit) * u128::from(amount)) >> FRACTION;
    u64::try_from(time).unwrap_or(u64::MAX)
}

/// A token bucket without a lock (the generic cell rate algorithm): it keeps the time at which all that has passed will have come back.
#[derive(Debug, Default)]
pub(crate) struct Meter(AtomicU64);

impl Meter {
    /// Takes `amount`, all of it or nothing.
    pub(crate) fn take(&self, rate: Rate, now: Now, amount: u64) -> bool {
        let now = u64::try_from(now.as_nanos()).unwrap_or(u64::MAX);
        let cost = unit_time(rate.unit, amount);
        let after = |full: u64| {
            let full = full.max(now).saturating_add(cost);
            (full - now <= rate.burst).then_some(full)
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
        let (meter, rate) = (Meter::default(), Rate::from(TEN_A_SECOND));
        assert!(meter.take(rate, Duration::from_secs(5), 20));
        assert!(!meter.take(rate, Duration::from_secs(5), 1));
        assert!(meter.take(rate, Duration::from_millis(5100), 1));
        assert!(!meter.take(rate, Duration::from_millis(5199), 1));
        assert!(meter.take(rate, Duration::from_millis(5200), 1));
    }

    #[test]
    fn it_never_holds_more_than_the_burst_and_time_that_goes_back_gives_nothing() {
        let (meter, rate) = (Meter::default(), Rate::from(TEN_A_SECOND));
        assert!(!meter.take(rate, Duration::from_secs(500), 21));
        assert!(meter.take(rate, Duration::from_secs(500), 20));
        assert!(!meter.take(rate, Duration::from_secs(5), 1));
        assert!(!meter.take(rate, Duration::from_secs(500), 1));
    }

    #[test]
    fn nothing_passes_where_nothing_comes_back() {
        let nothing = Bandwidth::even(0);
        assert!(!Meter::default().take(nothing.into(), Duration::from_secs(5), 1));
        let fast = Bandwidth::even(u64::MAX);
        assert!(Meter::default().take(fast.into(), Duration::from_secs(5), 65_535));
    }
}
