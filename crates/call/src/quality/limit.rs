//! Something that may be used up to a value that nobody knows, and that is found by trying: what a path carries, what the
//! processor encodes.

use std::time::Duration;

/// A strain so soon after a raise was caused by it.
const BLAMED: Duration = Duration::from_secs(15);

/// How a [`Limit`] comes up again.
#[derive(Clone, Copy, Debug)]
pub(super) struct Recovery {
    /// How long after a strain it waits. Doubled by each raise that failed, up to `longest`.
    pub(super) hold: Duration,
    /// The longest of these waits.
    pub(super) longest: Duration,
    /// Between two raises.
    pub(super) pace: Duration,
    /// By how much it is raised at most, as a factor.
    pub(super) factor: f64,
}

/// The limit: down at once, up slowly, and the more slowly the more often that went wrong.
#[derive(Clone, Debug)]
pub(super) struct Limit {
    value: f64,
    recovery: Recovery,
    hold: Duration,
    strained: Option<Duration>,
    raised: Option<Duration>,
    /// When a raise was too much.
    failed: Option<Duration>,
}

impl Limit {
    pub(super) fn new(value: f64, recovery: Recovery) -> Self {
        Self {
            value,
            recovery,
            hold: recovery.hold,
            strained: None,
            raised: None,
            failed: None,
        }
    }

    pub(super) fn value(&self) -> f64 {
        self.value
    }

    /// Sets it because something else is known now, not because of a strain.
    pub(super) fn set(&mut self, value: f64) {
        self.value = value;
    }

    /// What is used is too much; `to` is what fits.
    pub(super) fn strain(&mut self, now: Duration, to: f64) {
        if self.raised.take().is_some_and(|raised| now < raised + BLAMED) {
            self.hold = (self.hold * 2).min(self.recovery.longest);
            self.failed = Some(now);
        }
        self.strained = Some(now);
        self.value = self.value.min(to);
    }

    /// There is no strain, and more would be used: goes up towards `to`, when it is time.
    pub(super) fn raise(&mut self, now: Duration, to: f64) {
        self.raise_with(now, to, self.recovery);
    }

    /// The same at the pace and by the factor of another recovery.
    pub(super) fn raise_with(&mut self, now: Duration, to: f64, Recovery { pace, factor, .. }: Recovery) {
        if to > self.value && self.may_rise(now, pace) {
            self.value = to.min(self.value * factor);
            self.raised = Some(now);
        }
    }

    /// Whether a raise failed less than `within` ago.
    pub(super) fn failed(&self, now: Duration, within: Duration) -> bool {
        self.failed.is_some_and(|at| now < at + within)
    }

    /// When it was raised the last time, if it was not strained since.
    pub(super) fn raised(&self) -> Option<Duration> {
        self.raised
    }

    /// When it was strained the last time.
    pub(super) fn strained(&self) -> Option<Duration> {
        self.strained
    }

    fn may_rise(&mut self, now: Duration, pace: Duration) -> bool {
        let rested = self.strained.is_none_or(|strained| now >= strained + self.hold);
        let paced = self.raised.is_none_or(|raised| now >= raised + pace);
        if rested && self.raised.is_some_and(|raised| now >= raised + BLAMED) {
            // The last raise went well.
            self.hold = self.recovery.hold;
        }
        rested && paced
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const RECOVERY: Recovery = Recovery {
        hold: Duration::from_secs(5),
        longest: Duration::from_secs(20),
        pace: Duration::from_secs(2),
        factor: 1.5,
    };

    fn at(seconds: u64) -> Duration {
        Duration::from_secs(seconds)
    }

    #[test]
    fn it_falls_at_once_and_rises_after_a_rest_step_by_step() {
        let mut limit = Limit::new(1_000.0, RECOVERY);
        limit.strain(at(10), 400.0);
        assert_eq!(limit.value(), 400.0);
        limit.raise(at(14), 1_000.0);
        assert_eq!(limit.value(), 400.0);
        limit.raise(at(15), 1_000.0);
        assert_eq!(limit.value(), 600.0);
        limit.raise(at(16), 1_000.0);
        assert_eq!(limit.value(), 600.0);
        limit.raise(at(17), 1_000.0);
        limit.raise(at(19), 1_000.0);
        assert_eq!(limit.value(), 1_000.0);
    }

    #[test]
    fn each_raise_that_fails_doubles_the_rest_up_to_the_longest() {
        let mut limit = Limit::new(100.0, RECOVERY);
        let mut now = at(0);
        limit.strain(now, 100.0);
        for rest in [5, 10, 20, 20] {
            limit.raise(now + at(rest - 1), 200.0);
            assert_eq!(limit.value(), 100.0, "before {rest} seconds are over");
            limit.raise(now + at(rest), 200.0);
            assert_eq!(limit.value(), 150.0);
            now += at(rest + 2);
            limit.strain(now, 100.0);
        }
    }

    #[test]
    fn a_raise_that_goes_well_ends_the_backoff() {
        let mut limit = Limit::new(100.0, RECOVERY);
        limit.strain(at(0), 100.0);
        limit.raise(at(5), 110.0);
        limit.strain(at(6), 100.0);
        limit.raise(at(16), 110.0);
        limit.raise(at(40), 115.0);
        // Long after that raise: nothing to blame it for.
        limit.strain(at(60), 100.0);
        limit.raise(at(65), 110.0);
        assert_eq!(limit.value(), 110.0);
    }
}
