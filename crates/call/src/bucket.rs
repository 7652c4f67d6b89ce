//! A token bucket. It counts in time: a frame costs a piece of time, and what was saved up never exceeds a burst.

use std::time::Duration;

/// How much may pass.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Bucket {
    /// When it will be full again.
    full_at: Duration,
    /// One frame.
    cost: Duration,
    /// A burst.
    depth: Duration,
}

impl Bucket {
    /// A full bucket.
    pub(crate) fn new(per_second: u32, burst: u32) -> Self {
        let cost = Duration::from_secs(1) / per_second.max(1);
        Self {
            full_at: Duration::ZERO,
            cost,
            depth: cost * burst.max(1),
        }
    }

    /// Pays for a frame, even if not enough is left for it.
    pub(crate) fn charge(&mut self, now: Duration) {
        self.full_at = self.full_at.max(now) + self.cost;
    }

    /// When there will be enough for a frame.
    pub(crate) fn ready_at(&self) -> Duration {
        (self.full_at + self.cost).saturating_sub(self.depth)
    }

    /// Pays for a frame if there is enough left for it.
    pub(crate) fn take(&mut self, now: Duration) -> bool {
        let is_ready = self.ready_at() <= now;
        if is_ready {
            self.charge(now);
        }
        is_ready
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn taken(bucket: &mut Bucket, now: u64) -> usize {
        (0..1_000)
            .take_while(|_| bucket.take(Duration::from_millis(now)))
            .count()
    }

    #[test]
    fn a_burst_passes_and_then_as_many_as_the_rate_says() {
        let mut bucket = Bucket::new(50, 100);
        assert_eq!(taken(&mut bucket, 0), 100);
        assert_eq!(taken(&mut bucket, 1_000), 50);
        assert_eq!(taken(&mut bucket, 1_019), 0);
        assert_eq!(taken(&mut bucket, 1_020), 1);
        assert_eq!(taken(&mut bucket, 100_000), 100);
    }

    #[test]
    fn it_says_when_the_next_one_passes() {
        let mut bucket = Bucket::new(50, 2);
        taken(&mut bucket, 500);
        assert_eq!(bucket.ready_at(), Duration::from_millis(520));
        assert_eq!(taken(&mut bucket, 520), 1);
    }
}
