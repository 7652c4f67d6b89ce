//! When media has stopped. A browser takes more than five seconds to say so.

use std::time::Duration;

/// How long nothing must have come: several times the longest pause of somebody who says nothing.
const SILENT: Duration = Duration::from_millis(1_500);

/// What has come on one connection.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Silence {
    newest: f64,
    since: Duration,
}

impl Silence {
    /// Looks at when the newest media came, by any clock, or at 0 where none is known of. Returns
    /// whether the connection has just fallen silent: once, until something comes again.
    pub fn begins(&mut self, newest: f64, now: Duration) -> bool {
        if newest != self.newest {
            *self = Self { newest, since: now };
            return false;
        }
        let begins = newest > 0.0 && now.saturating_sub(self.since) >= SILENT;
        if begins {
            self.since = Duration::MAX;
        }
        begins
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_begins_once_until_something_comes_again() {
        let mut silence = Silence::default();
        let mut begins = |newest, now| silence.begins(newest, Duration::from_millis(now));
        assert!(!begins(10.0, 0));
        assert!(!begins(10.0, 1_499));
        assert!(begins(10.0, 1_500));
        assert!(!begins(10.0, 9_000));
        // The browser has forgotten when that was.
        assert!(!begins(0.0, 10_000));
        assert!(!begins(0.0, 20_000));
        assert!(!begins(20.0, 20_100));
        assert!(begins(20.0, 21_600));
    }

    #[test]
    fn where_nothing_ever_came_nothing_stops() {
        let mut silence = Silence::default();
        assert!(!(0..100).any(|second| silence.begins(0.0, Duration::from_secs(second))));
    }
}
