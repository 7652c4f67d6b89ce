//! When media has stopped. A browser takes more than five seconds to say so.

use std::time::Duration;

/// How long nothing must have come: several times the longest pause of somebody who says nothing.
const SILENT: Duration = Duration::from_millis(1_500);

/// What has come on one connection.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Silence {
    newest: f64,
    since: Duration,
    silent: bool,
}

impl Silence {
    /// Looks at when the newest media came, by any clock, or at 0 where the browser does not know (any more). Returns whether
    /// the connection is silent, once when that changes. One on which nothing ever came does not fall silent.
    pub fn changes(&mut self, newest: f64, now: Duration) -> Option<bool> {
        if newest > 0.0 && newest != self.newest {
            self.newest = newest;
            self.since = now;
            return std::mem::take(&mut self.silent).then_some(false);
        }
        let begins = self.newest > 0.0 && !self.silent && now.saturating_sub(self.since) >= SILENT;
        self.silent |= begins;
        begins.then_some(true)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_begins_once_and_ends_when_something_comes_again() {
        let mut silence = Silence::default();
        let mut changes = |newest, now| silence.changes(newest, Duration::from_millis(now));
        assert_eq!(changes(10.0, 0), None);
        assert_eq!(changes(10.0, 1_499), None);
        assert_eq!(changes(10.0, 1_500), Some(true));
        assert_eq!(changes(10.0, 9_000), None);
        // The browser has forgotten when that was.
        assert_eq!(changes(0.0, 10_000), None);
        assert_eq!(changes(0.0, 20_000), None);
        assert_eq!(changes(20.0, 20_100), Some(false));
        assert_eq!(changes(20.0, 21_600), Some(true));
        assert_eq!(changes(30.0, 21_700), Some(false));
        assert_eq!(changes(40.0, 21_800), None);
    }

    #[test]
    fn where_nothing_ever_came_nothing_stops() {
        let mut silence = Silence::default();
        assert!((0..100).all(|second| silence.changes(0.0, Duration::from_secs(second)).is_none()));
    }
}
