//! When the next certificate is ordered, and when its authority is asked about that. Pure: time and chance are arguments.

use std::time::{Duration, SystemTime};

use crate::pem::Validity;

/// The wall clock may be set, and machines sleep: no wait is longer than this before the clock is looked at again.
const LOOK: Duration = Duration::from_secs(60 * 60);

/// The wait after the first failure, by how much each is longer than the one before, and the longest. Authorities count what they
/// refuse (Let's Encrypt: five an hour), so five tries take more than an hour.
const FIRST: Duration = Duration::from_secs(20);
const FACTOR: u32 = 6;
const LONGEST: Duration = Duration::from_secs(6 * 60 * 60);

/// The longest wait that an authority can ask for.
const TOLD_MAX: Duration = Duration::from_secs(7 * 24 * 60 * 60);

/// How soon, and how late, an authority can want to be asked again about the renewal (RFC 9773, section 4.3.2).
const ASK: (Duration, Duration) = (Duration::from_secs(60), Duration::from_secs(24 * 60 * 60));

/// When it is asked again that did not answer, and when about a certificate that it has just given: an authority that wants
/// each one to be renewed at once gets no endless orders.
const ASK_LATER: Duration = Duration::from_secs(6 * 60 * 60);

/// When an authority suggests to renew.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Window {
    pub(crate) from: SystemTime,
    pub(crate) until: SystemTime,
}

/// What is to be done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Next {
    /// Nothing for so long; then this is asked again.
    Wait(Duration),
    /// Ask the authority when to renew.
    Ask,
    /// Order a certificate.
    Order,
}

/// When to ask and to order.
#[derive(Clone, Debug)]
pub(crate) struct Schedule {
    /// The certificate that is there.
    validity: Option<Validity>,
    /// When it wants to be renewed; at once if there is none.
    due: SystemTime,
    /// At which point of a window it is renewed, from 0 up to 1. It stays the same for one certificate, so that a server that
    /// asks often is not renewed sooner than others.
    point: f64,
    /// Before the authority is asked.
    asking: Pause,
    /// Since the last try, if it failed.
    failure: Option<Pause>,
    failures: u32,
}

#[derive(Clone, Copy, Debug)]
struct Pause {
    since: SystemTime,
    length: Duration,
}

impl Pause {
    fn left(self, now: SystemTime) -> Duration {
        // A clock that was set back says nothing about how long ago it began.
        match self.since > now {
            true => Duration::ZERO,
            false => (self.since + self.length).duration_since(now).unwrap_or_default(),
        }
    }
}

impl Schedule {
    /// At a start, with the certificate of last time, if there is one. `chance` is from 0 up to 1.
    pub(crate) fn new(validity: Option<Validity>, chance: f64) -> Self {
        Self {
            validity,
            due: validity.map_or(SystemTime::UNIX_EPOCH, |validity| renewal(validity, chance)),
            point: chance,
            asking: Pause {
                since: SystemTime::UNIX_EPOCH,
                length: Duration::ZERO,
            },
            failure: None,
            failures: 0,
        }
    }

    /// With a certificate that has just come.
    pub(crate) fn renewed(validity: Validity, now: SystemTime, chance: f64) -> Self {
        Self {
            asking: Pause {
                since: now,
                length: ASK_LATER,
            },
            ..Self::new(Some(validity), chance)
        }
    }

    /// What to do now.
    pub(crate) fn next(&self, now: SystemTime) -> Next {
        let for_renewal = self.due.duration_since(now).unwrap_or_default();
        let for_failure = self.failure.map_or(Duration::ZERO, |failure| failure.left(now));
        let to_order = for_renewal.max(for_failure);
        let to_ask = self.asking.left(now);
        match (to_order.is_zero(), to_ask.is_zero()) {
            (true, _) => Next::Order,
            // Afterwards nothing that is said would change it.
            (false, true) if !for_renewal.is_zero() => Next::Ask,
            (false, true) => Next::Wait(to_order.min(LOOK)),
            (false, false) => Next::Wait(to_order.min(to_ask).min(LOOK)),
        }
    }

    /// The authority suggests a window, and wants to be asked again after `again`. Gives when it will be, where that is another
    /// time than before.
    pub(crate) fn suggested(&mut self, now: SystemTime, window: Window, again: Duration) -> Option<SystemTime> {
        let length = window.until.duration_since(window.from).unwrap_or_default();
        let Some(validity) = self.validity.filter(|_| !length.is_zero()) else {
            self.not_suggested(now);
            return None;
        };
        self.asking = Pause {
            since: now,
            length: again.clamp(ASK.0, ASK.1),
        };
        // Whatever it says, tries that fail need some time before the end.
        let life = validity.until.duration_since(validity.from).unwrap_or_default();
        let due = (window.from + length.mul_f64(self.point)).min(validity.until - life / 20);
        let changed = due != self.due;
        self.due = due;
        changed.then_some(due)
    }

    /// The authority does not say anything. What it said before counts, else the rule.
    pub(crate) fn not_suggested(&mut self, now: SystemTime) {
        self.asking = Pause {
            since: now,
            length: ASK_LATER,
        };
    }

    /// A try failed. `told` is how long the authority wants us to wait (Retry-After): never less. Gives how long it will be.
    pub(crate) fn failed(&mut self, now: SystemTime, told: Option<Duration>, chance: f64) -> Duration {
        let grown = FIRST.saturating_mul(FACTOR.saturating_pow(self.failures));
        // Not all servers of an authority that was away shall come back in the same moment.
        let spread = grown.min(LONGEST).mul_f64(0.8 + 0.4 * chance);
        let wait = spread.max(told.unwrap_or_default().min(TOLD_MAX));
        self.failures = self.failures.saturating_add(1);
        self.failure = Some(Pause {
            since: now,
            length: wait,
        });
        wait
    }
}

/// After two thirds of its life, and a little earlier for some.
fn renewal(validity: Validity, chance: f64) -> SystemTime {
    let life = validity.until.duration_since(validity.from).unwrap_or_default();
    validity.from + life.mul_f64(2.0 / 3.0 - chance / 50.0)
}

#[cfg(test)]
mod tests;
