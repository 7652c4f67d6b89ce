//! What is refused, counted by what it was, and told once a minute.

use std::fmt;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::time::Duration;

/// Lines about it are at least so far apart.
const BETWEEN: u64 = Duration::from_secs(60).as_nanos() as u64;

/// What one address had too much of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum What {
    /// Connections open at once.
    Connections,
    /// TLS handshakes.
    Handshakes,
    /// Requests of HTTP.
    Requests,
    /// WebSockets open at once.
    Sockets,
    /// Joins.
    Joins,
    /// Rooms that were not open.
    Rooms,
    /// Looks at how many are in a room.
    Peeks,
    /// Looks at what a network lets through.
    Probes,
    /// Frames of WebSockets, a long one counting as several.
    Frames,
}

impl What {
    /// All of them, in the order of their numbers.
    pub const ALL: [Self; 9] = [
        Self::Connections,
        Self::Handshakes,
        Self::Requests,
        Self::Sockets,
        Self::Joins,
        Self::Rooms,
        Self::Peeks,
        Self::Probes,
        Self::Frames,
    ];

    /// As operators read it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Connections => "connections",
            Self::Handshakes => "handshakes",
            Self::Requests => "requests",
            Self::Sockets => "sockets",
            Self::Joins => "joins",
            Self::Rooms => "rooms",
            Self::Peeks => "peeks",
            Self::Probes => "probes",
            Self::Frames => "frames",
        }
    }
}

/// How much of each was refused; those of which nothing was are left out of the text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Refused(pub [u64; What::ALL.len()]);

impl fmt::Display for Refused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut comma = "";
        for (what, count) in What::ALL.into_iter().zip(self.0).filter(|(_, count)| *count > 0) {
            write!(f, "{comma}{count} {}", what.as_str())?;
            comma = ", ";
        }
        Ok(())
    }
}

/// Counts.
#[derive(Debug, Default)]
pub(crate) struct Refusals {
    all: [AtomicU64; What::ALL.len()],
    untold: [AtomicU64; What::ALL.len()],
    /// When the next line may be told, in nanoseconds of the clock that `count` is given.
    next: AtomicU64,
}

impl Refusals {
    /// Counts one; gives what has come together where a line is due.
    pub(crate) fn count(&self, what: What, now: u64) -> Option<Refused> {
        self.all[what as usize].fetch_add(1, Relaxed);
        self.untold[what as usize].fetch_add(1, Relaxed);
        let next = self.next.load(Relaxed);
        let is_due = now >= next
            && self
                .next
                .compare_exchange(next, now + BETWEEN, Relaxed, Relaxed)
                .is_ok();
        is_due.then(|| Refused(self.untold.each_ref().map(|count| count.swap(0, Relaxed))))
    }

    /// All that was refused since the start.
    pub(crate) fn all(&self) -> Refused {
        Refused(self.all.each_ref().map(|count| count.load(Relaxed)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_is_told_at_once_and_the_others_once_a_minute() {
        let refusals = Refusals::default();
        let told = refusals.count(What::Joins, 5).expect("at once");
        assert_eq!(told.to_string(), "1 joins");
        for nth in 0..1_000 {
            let what = if nth % 2 == 0 { What::Joins } else { What::Peeks };
            assert_eq!(refusals.count(what, 6 + nth), None);
        }
        let told = refusals.count(What::Sockets, 5 + BETWEEN).expect("a minute later");
        assert_eq!(told.to_string(), "1 sockets, 500 joins, 500 peeks");
        assert_eq!(refusals.all().to_string(), "1 sockets, 501 joins, 500 peeks");
    }

    #[test]
    fn their_numbers_are_their_places() {
        for (nth, what) in What::ALL.into_iter().enumerate() {
            assert_eq!(what as usize, nth);
        }
    }
}
