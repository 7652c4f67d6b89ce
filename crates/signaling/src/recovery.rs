//! Which seats of before a restart may be built again. Pure: times are arguments, as durations since the Unix epoch.

use std::collections::HashSet;
use std::time::Duration;

use protocol::PeerId;

/// Seats that may be given up while rooms come together again. Past that, no more are built.
const GIVEN_UP_MAX: usize = 10_000;

/// The time after a server's start, in which seats may be taken back that it does not know: its tokens are all that is
/// left of them. A seat that was given up meanwhile stays given up.
#[derive(Debug)]
pub struct Recovery {
    /// The last moment.
    ends: Duration,
    given_up: HashSet<PeerId>,
}

impl Recovery {
    /// Of a server that was started then, and keeps a seat for `grace` without a socket.
    #[must_use]
    pub fn new(started: Duration, grace: Duration) -> Self {
        Self {
            ends: started.saturating_add(grace.saturating_mul(2)),
            given_up: HashSet::new(),
        }
    }

    /// Until when seats of before are waited for: twice the grace after the start.
    #[must_use]
    pub fn ends(&self) -> Duration {
        self.ends
    }

    /// Whether a seat that is not there may be built again: in the time after the start, where nobody has given it up since. So a
    /// seat that this server knew stays gone. When the token was issued is not asked: the clock of then may have been another one.
    #[must_use]
    pub fn may_rebuild(&self, peer: PeerId, now: Duration) -> bool {
        now <= self.ends && self.given_up.len() < GIVEN_UP_MAX && !self.has_given_up(peer)
    }

    /// Whether this seat has been given up since the start.
    #[must_use]
    pub fn has_given_up(&self, peer: PeerId) -> bool {
        self.given_up.contains(&peer)
    }

    /// A seat is left, or was waited for in vain.
    pub fn give_up(&mut self, peer: PeerId, now: Duration) {
        if now > self.ends {
            // Nothing is built any more.
            self.given_up = HashSet::new();
        } else if self.given_up.len() < GIVEN_UP_MAX {
            self.given_up.insert(peer);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const STARTED: Duration = Duration::from_millis(1_732_000_000_400);
    const GRACE: Duration = Duration::from_secs(30);

    fn id(number: u32) -> PeerId {
        let mut bytes = [0; 16];
        bytes[..4].copy_from_slice(&number.to_be_bytes());
        PeerId::from_random_bytes(bytes)
    }

    fn after(seconds: u64) -> Duration {
        STARTED + Duration::from_secs(seconds)
    }

    #[test]
    fn a_seat_of_before_the_start_may_be_built_for_twice_the_grace() {
        let recovery = Recovery::new(STARTED, GRACE);
        assert!(recovery.may_rebuild(id(1), after(0)));
        assert!(recovery.may_rebuild(id(1), after(60)));
        assert!(!recovery.may_rebuild(id(1), after(60) + Duration::from_millis(1)));
    }

    #[test]
    fn a_seat_that_was_given_up_stays_given_up() {
        let mut recovery = Recovery::new(STARTED, GRACE);
        recovery.give_up(id(1), after(1));
        assert!(recovery.has_given_up(id(1)));
        assert!(!recovery.may_rebuild(id(1), after(2)));
        assert!(recovery.may_rebuild(id(2), after(2)));
    }

    #[test]
    fn the_given_up_are_bounded_and_then_nothing_is_built() {
        let mut recovery = Recovery::new(STARTED, GRACE);
        (0..GIVEN_UP_MAX as u32 + 5).for_each(|number| recovery.give_up(id(number), after(1)));
        assert_eq!(recovery.given_up.len(), GIVEN_UP_MAX);
        assert!(!recovery.may_rebuild(id(u32::MAX), after(1)));
    }

    #[test]
    fn afterwards_nothing_is_remembered() {
        let mut recovery = Recovery::new(STARTED, GRACE);
        recovery.give_up(id(1), after(1));
        recovery.give_up(id(2), after(61));
        assert_eq!(recovery.given_up.capacity(), 0);
    }
}
