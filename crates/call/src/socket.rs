//! When to connect to the server again.

use std::time::Duration;

/// The longest wait between two tries.
pub const BACKOFF_CAP: Duration = Duration::from_secs(5);

/// The longest where media waits for the server.
const URGENT_CAP: Duration = Duration::from_secs(1);

/// The first wait is at most this long.
const BACKOFF_BASE: Duration = Duration::from_millis(250);

/// Tries that may fail while a server that was stopped is started again.
const IN_VAIN: u32 = 2;

/// Exponential backoff with full jitter: each wait is anywhere between nothing and a bound that doubles with every
/// failure, up to [`BACKOFF_CAP`], so that clients who lost the server together do not return together. Those few whose media
/// came through the server's relay wait a second at most: to them it is the call that is away.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Backoff {
    failures: u32,
}

impl Backoff {
    /// How long to wait before the next try. `random` is any number at all, drawn evenly; `urgent`: see
    /// [`crate::Call::is_urgent`].
    #[must_use]
    pub fn next_wait(&mut self, random: u32, urgent: bool) -> Duration {
        let cap = if urgent { URGENT_CAP } else { BACKOFF_CAP };
        let bound = BACKOFF_BASE.saturating_mul(1 << self.failures.min(16)).min(cap);
        self.failures = self.failures.saturating_add(1);
        // At most 5,000 times 2^32: far below 2^64.
        let millis = bound.as_millis() as u64 * u64::from(random) / u64::from(u32::MAX);
        Duration::from_millis(millis)
    }

    /// Whether so many tries have failed that the server is probably not there.
    #[must_use]
    pub const fn is_in_vain(&self) -> bool {
        self.failures > IN_VAIN
    }

    /// The server was reached.
    pub fn succeeded(&mut self) {
        self.failures = 0;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_double_up_to_the_cap() {
        let mut backoff = Backoff::default();
        let waits: Vec<_> = (0..7).map(|_| backoff.next_wait(u32::MAX, false).as_millis()).collect();
        assert_eq!(waits, [250, 500, 1000, 2000, 4000, 5000, 5000]);
    }

    #[test]
    fn where_media_waits_no_wait_is_longer_than_a_second() {
        let mut backoff = Backoff::default();
        let waits: Vec<_> = (0..5).map(|_| backoff.next_wait(u32::MAX, true).as_millis()).collect();
        assert_eq!(waits, [250, 500, 1000, 1000, 1000]);
        assert_eq!(backoff.next_wait(u32::MAX, false), BACKOFF_CAP);
    }

    #[test]
    fn jitter_is_full() {
        let mut backoff = Backoff { failures: 10 };
        assert_eq!(backoff.next_wait(0, false), Duration::ZERO);
        let half = backoff.next_wait(u32::MAX / 2, false);
        assert!(
            half > Duration::from_millis(2490) && half < Duration::from_millis(2510),
            "{half:?}"
        );
    }

    #[test]
    fn a_third_wait_means_that_two_tries_were_in_vain() {
        let mut backoff = Backoff::default();
        let in_vain = |backoff: &mut Backoff| {
            let _ = backoff.next_wait(0, true);
            backoff.is_in_vain()
        };
        assert_eq!([(); 4].map(|()| in_vain(&mut backoff)), [false, false, true, true]);
        backoff.succeeded();
        assert!(!backoff.is_in_vain());
    }

    #[test]
    fn a_success_starts_over() {
        let mut backoff = Backoff { failures: u32::MAX };
        assert_eq!(backoff.next_wait(u32::MAX, false), BACKOFF_CAP);
        backoff.succeeded();
        assert_eq!(backoff.next_wait(u32::MAX, false), BACKOFF_BASE);
    }
}
