//! How much a client may say. Pure: the time is an argument.

use std::time::{Duration, Instant};

use protocol::limits::{MESSAGE_BURST, MESSAGE_RATE};

/// A frame costs one message for each piece of this many bytes that it begins.
pub(crate) const BYTES_PER_MESSAGE: usize = 4096;

/// How many messages a client may send. A long one counts as several: one for each 4 KiB begun.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rate {
    /// At once.
    pub burst: u32,
    /// A second, for long.
    pub per_second: u32,
}

impl Rate {
    /// Twice as much: what may be read, for a message that comes in several packets is read in as many pieces.
    pub(crate) fn twice(self) -> Self {
        Self {
            burst: self.burst.saturating_mul(2),
            per_second: self.per_second.saturating_mul(2),
        }
    }
}

impl Default for Rate {
    fn default() -> Self {
        Self {
            burst: MESSAGE_BURST,
            per_second: MESSAGE_RATE,
        }
    }
}

/// A token bucket. It counts in time: a message costs a piece of time, and what was saved up never exceeds a burst.
/// So it is two words, and never rounds.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Bucket {
    /// When the bucket will be full again.
    full_at: Instant,
    /// One message in nanoseconds.
    cost: u64,
}

impl Bucket {
    /// A full bucket.
    pub(crate) fn new(rate: Rate, now: Instant) -> Self {
        Self {
            full_at: now,
            cost: 1_000_000_000 / u64::from(rate.per_second.max(1)),
        }
    }

    /// Pays for a frame of so many bytes; `false` when there is not enough left.
    pub(crate) fn take(&mut self, rate: Rate, bytes: usize, now: Instant) -> bool {
        let pieces = bytes.div_ceil(BYTES_PER_MESSAGE).max(1) as u64;
        let nanos = |messages: u64| Duration::from_nanos(self.cost.saturating_mul(messages));
        let Some(full_at) = self.full_at.max(now).checked_add(nanos(pieces)) else {
            return false;
        };
        if full_at.duration_since(now) > nanos(u64::from(rate.burst)) {
            return false;
        }
        self.full_at = full_at;
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const RATE: Rate = Rate {
        burst: 10,
        per_second: 5,
    };

    fn taken(bucket: &mut Bucket, now: Instant) -> usize {
        (0..1_000).take_while(|_| bucket.take(RATE, 100, now)).count()
    }

    #[test]
    fn a_burst_is_allowed_and_no_more() {
        let now = Instant::now();
        assert_eq!(taken(&mut Bucket::new(RATE, now), now), 10);
    }

    #[test]
    fn the_bucket_fills_at_its_rate_up_to_a_burst() {
        let now = Instant::now();
        let mut bucket = Bucket::new(RATE, now);
        taken(&mut bucket, now);
        assert_eq!(taken(&mut bucket, now + Duration::from_secs(1)), 5);
        assert_eq!(taken(&mut bucket, now + Duration::from_secs(3_600)), 10);
    }

    #[test]
    fn a_long_message_counts_as_several() {
        let now = Instant::now();
        let mut bucket = Bucket::new(RATE, now);
        assert!(bucket.take(RATE, 30_000, now), "eight pieces");
        assert_eq!(taken(&mut bucket, now), 2);
        let mut bucket = Bucket::new(RATE, now);
        assert!(
            bucket.take(RATE, 4_096, now),
            "one piece, and not the beginning of another"
        );
        assert_eq!(taken(&mut bucket, now), 9);
    }

    #[test]
    fn extreme_rates_do_not_overflow() {
        let now = Instant::now();
        for (burst, per_second) in [(u32::MAX, u32::MAX), (u32::MAX, 1), (1, u32::MAX), (0, 0)] {
            let rate = Rate { burst, per_second };
            let allowed = Bucket::new(rate, now).take(rate, 1, now);
            assert_eq!(allowed, burst > 0);
        }
    }
}
