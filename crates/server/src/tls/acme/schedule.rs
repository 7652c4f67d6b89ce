//! When the next certificate is ordered. Pure: time and chance are arguments.

use std::time::{Duration, SystemTime};

use crate::tls::pem::Validity;

/// The wall clock may be set, and machines sleep: no wait is longer than this before the clock is looked at again.
const LOOK: Duration = Duration::from_secs(60 * 60);

/// Which failure it was, for how soon another try makes sense.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Again {
    /// Something between here and the authority: it may be over in a moment, and asking costs nothing.
    Soon,
    /// The operator has something to do first, and authorities count failures (Let's Encrypt: five in an hour).
    Later,
    /// The authority said that it was too much.
    TooMuch,
}

impl Again {
    /// The first wait, by how much each is longer than the one before, and the longest.
    const fn waits(self) -> (Duration, u32, Duration) {
        match self {
            Self::Soon => (Duration::from_secs(10), 2, Duration::from_secs(60 * 60)),
            Self::Later => (Duration::from_secs(60), 4, Duration::from_secs(12 * 60 * 60)),
            Self::TooMuch => (Duration::from_secs(60 * 60), 2, Duration::from_secs(24 * 60 * 60)),
        }
    }
}

/// The longest wait that an authority can ask for.
const TOLD_MAX: Duration = Duration::from_secs(7 * 24 * 60 * 60);

/// When to order.
#[derive(Clone, Debug)]
pub(crate) struct Schedule {
    /// When the certificate that is there wants to be renewed; at once where there is none.
    due: SystemTime,
    /// The last try, if it failed.
    failure: Option<Failure>,
    failures: u32,
}

#[derive(Clone, Copy, Debug)]
struct Failure {
    at: SystemTime,
    wait: Duration,
}

impl Schedule {
    /// `chance` is from 0 up to 1.
    pub(crate) fn new(validity: Option<Validity>, chance: f64) -> Self {
        Self {
            due: validity.map_or(SystemTime::UNIX_EPOCH, |validity| renewal(validity, chance)),
            failure: None,
            failures: 0,
        }
    }

    /// How long to wait before looking again; `None` when it is time to order.
    pub(crate) fn wait(&self, now: SystemTime) -> Option<Duration> {
        let for_renewal = self.due.duration_since(now).unwrap_or_default();
        let for_failure = match self.failure {
            // A clock that was set back says nothing about how long ago it was.
            Some(Failure { at, .. }) if at > now => Duration::ZERO,
            Some(Failure { at, wait }) => (at + wait).duration_since(now).unwrap_or_default(),
            None => Duration::ZERO,
        };
        let wait = for_renewal.max(for_failure);
        (!wait.is_zero()).then(|| wait.min(LOOK))
    }

    /// A try failed. `told`: the authority said how long to wait. Gives how long it will be.
    pub(crate) fn failed(&mut self, now: SystemTime, again: Again, told: Option<Duration>, chance: f64) -> Duration {
        let (first, factor, longest) = again.waits();
        let grown = first.saturating_mul(factor.saturating_pow(self.failures.min(16)));
        // Not all servers of an authority that was away shall come back in the same moment.
        let spread = grown.min(longest).mul_f64(0.8 + 0.4 * chance);
        let wait = spread.max(told.unwrap_or_default().min(TOLD_MAX));
        self.failures += 1;
        self.failure = Some(Failure { at: now, wait });
        wait
    }
}

/// After two thirds of its life, and a little earlier for some.
fn renewal(validity: Validity, chance: f64) -> SystemTime {
    let life = validity.until.duration_since(validity.from).unwrap_or_default();
    validity.from + life.mul_f64(2.0 / 3.0 - chance / 50.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    const MINUTE: Duration = Duration::from_secs(60);
    const HOUR: Duration = Duration::from_secs(60 * 60);
    const DAY: Duration = Duration::from_secs(24 * 60 * 60);

    fn at(time: Duration) -> SystemTime {
        SystemTime::UNIX_EPOCH + 20_000 * DAY + time
    }

    /// Lets time go by as the server does; gives when it orders.
    fn orders_at(schedule: &Schedule, mut now: SystemTime) -> SystemTime {
        while let Some(wait) = schedule.wait(now) {
            assert!(wait <= LOOK, "the clock is looked at every hour");
            now += wait;
        }
        now
    }

    fn ninety_days() -> Validity {
        Validity {
            from: at(Duration::ZERO),
            until: at(90 * DAY),
        }
    }

    #[test]
    fn without_a_certificate_it_orders_at_once() {
        assert_eq!(Schedule::new(None, 0.5).wait(at(Duration::ZERO)), None);
    }

    #[test]
    fn a_certificate_is_renewed_after_two_thirds_of_its_life() {
        let schedule = Schedule::new(Some(ninety_days()), 0.0);
        assert_eq!(orders_at(&schedule, at(DAY)), at(60 * DAY));
        let earlier = orders_at(&Schedule::new(Some(ninety_days()), 0.999), at(DAY));
        assert!(earlier > at(58 * DAY) && earlier < at(60 * DAY));
        let six_days = Validity {
            from: at(Duration::ZERO),
            until: at(6 * DAY),
        };
        assert_eq!(orders_at(&Schedule::new(Some(six_days), 0.0), at(HOUR)), at(4 * DAY));
    }

    #[test]
    fn one_that_ended_while_the_server_was_off_is_renewed_at_once() {
        assert_eq!(Schedule::new(Some(ninety_days()), 0.0).wait(at(100 * DAY)), None);
    }

    #[test]
    fn failures_are_repeated_ever_less_often() {
        let mut schedule = Schedule::new(None, 0.5);
        let mut now = at(Duration::ZERO);
        let mut tries = Vec::new();
        for _ in 0..8 {
            schedule.failed(now, Again::Soon, None, 0.5);
            let next = orders_at(&schedule, now);
            tries.push(next.duration_since(now).unwrap().as_secs());
            now = next;
        }
        assert_eq!(tries, [10, 20, 40, 80, 160, 320, 640, 1280]);
        for _ in 0..100 {
            assert!(schedule.failed(now, Again::Soon, None, 0.99) <= HOUR.mul_f64(1.2));
        }
    }

    #[test]
    fn five_refusals_never_come_within_one_hour() {
        let mut schedule = Schedule::new(None, 0.0);
        let mut now = at(Duration::ZERO);
        let mut tries = vec![now];
        for _ in 0..4 {
            schedule.failed(now, Again::Later, None, 0.0);
            now = orders_at(&schedule, now);
            tries.push(now);
        }
        assert!(tries[4].duration_since(tries[0]).unwrap() > HOUR, "{tries:?}");
    }

    #[test]
    fn chance_spreads_the_tries() {
        let wait = |chance| Schedule::new(None, 0.0).failed(at(DAY), Again::Later, None, chance);
        assert_eq!((wait(0.0), wait(0.5)), (Duration::from_secs(48), MINUTE));
        assert!(wait(0.999) > Duration::from_secs(71));
    }

    #[test]
    fn what_the_authority_says_is_done_within_reason() {
        let mut schedule = Schedule::new(None, 0.0);
        assert_eq!(
            schedule.failed(at(DAY), Again::TooMuch, Some(30 * HOUR), 0.5),
            30 * HOUR
        );
        assert_eq!(orders_at(&schedule, at(DAY)), at(DAY + 30 * HOUR));
        assert_eq!(schedule.failed(at(DAY), Again::TooMuch, Some(900 * DAY), 0.5), TOLD_MAX);
        let sooner = Schedule::new(None, 0.0).failed(at(DAY), Again::TooMuch, Some(MINUTE), 0.5);
        assert_eq!(sooner, HOUR, "never sooner than by itself");
    }

    #[test]
    fn a_clock_that_is_put_right_makes_nobody_wait() {
        let mut schedule = Schedule::new(None, 0.0);
        schedule.failed(at(5_000 * DAY), Again::Later, None, 0.5);
        assert_eq!(schedule.wait(at(DAY)), None);
    }
}
