//! The order in which everybody sees what people say and show: that of one Lamport clock, and of seats where it is equal.

use protocol::{PeerId, PeerInfo};

/// How far a number may be from the own clock. No room says so much; a stranger who claims more would keep those who hear it apart from
/// those who do not, for ever.
const PLAUSIBLE: u64 = 1 << 32;

/// Counts what this page has said and seen: lines of the chat and raised hands.
#[derive(Debug, Default)]
pub(crate) struct Clock(u64);

impl Clock {
    /// The number of what this page says now.
    pub(crate) fn next(&mut self) -> u64 {
        self.0 = self.0.saturating_add(1);
        self.0
    }

    /// A number that a peer says. Returns the one that counts: a number that cannot be is taken for one that is said here and now.
    pub(crate) fn take(&mut self, number: u64) -> u64 {
        if number.abs_diff(self.0) > PLAUSIBLE {
            return self.next();
        }
        self.0 = self.0.max(number);
        number
    }
}

/// A seat in the order in which people joined.
pub(crate) type Rank = (u64, PeerId);

/// The rank of a seat.
pub(crate) fn rank(of: &PeerInfo) -> Rank {
    (of.order, of.id)
}

/// What is sorted by: the Lamport number, then the seat.
pub(crate) type Place = (u64, Rank);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_ahead_of_everything_said_and_seen() {
        let mut clock = Clock::default();
        assert_eq!((clock.next(), clock.next()), (1, 2));
        assert_eq!(clock.take(9), 9);
        assert_eq!(clock.take(4), 4);
        assert_eq!(clock.next(), 10);
    }

    #[test]
    fn a_number_far_away_is_taken_for_one_of_this_moment() {
        let mut clock = Clock::default();
        for number in [PLAUSIBLE + 9, u64::MAX, u64::MAX - 1] {
            let now = clock.next();
            assert_eq!(clock.take(number), now + 1);
        }
        // Somebody far behind, who did not take what took this clock so far, is not shown in the distant past.
        assert_eq!(clock.take(PLAUSIBLE), PLAUSIBLE);
        assert_eq!(clock.take(2 * PLAUSIBLE), 2 * PLAUSIBLE);
        assert_eq!(clock.take(PLAUSIBLE - 1), 2 * PLAUSIBLE + 1);
    }

    #[test]
    fn it_has_no_end() {
        let mut clock = Clock(u64::MAX);
        assert_eq!(clock.next(), u64::MAX);
        assert_eq!(clock.take(u64::MAX), u64::MAX);
        assert_eq!(clock.take(0), u64::MAX);
    }
}
