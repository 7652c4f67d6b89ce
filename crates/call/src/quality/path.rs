//! What the path to one peer carries.

use std::collections::VecDeque;
use std::time::Duration;

use super::input::{Limitation, PathStats, StreamStats};
use super::limit::{Limit, Recovery};

/// Below this part of what is to be sent, an estimate says that it is too much. Congestion control swings by 15 %.
const TOO_LITTLE: f64 = 0.9;
/// So much of an estimate is used.
const USED: f64 = 0.95;
/// A sender that sends so much of the estimate would send more. Where less is sent, congestion control raises the estimate to no more
/// than one and a half of that.
const FILLING: f64 = 0.75;
/// A raise relies on the least estimate of this time.
const WATCHED: Duration = Duration::from_secs(4);
/// Loss that a path without an estimate is lowered for, and up to which it is raised. On any path more than the second is congestion where
/// packets wait, too.
const HIGH_LOSS: f64 = 0.1;
const LOW_LOSS: f64 = 0.02;
/// So much of what was sent through congestion is sent afterwards.
const LESS: f64 = 0.7;
/// Round trips that are so much longer than the shortest say that packets wait.
const QUEUED: Duration = Duration::from_millis(300);
/// The effect of one change is in the loss and the round trip after this time.
const SEEN_AFTER: Duration = Duration::from_secs(3);

/// A raise that was calm for so long is proven. After one that was not, congestion control needs about that long to come back.
const PROVEN_AFTER: Duration = Duration::from_secs(3);
/// A path that carries so much more than what was too much is another one.
const WIDER: f64 = 1.3;
/// What goes well shows that so much more will do.
const FOLLOWS: f64 = 1.15;
/// After so long at the very least that can be sent, and still too much, pictures pause; so long at first and at most.
const STARVED: Duration = Duration::from_secs(10);
const PAUSE: Duration = Duration::from_secs(16);
const LONGEST_PAUSE: Duration = Duration::from_secs(64);

/// With every second stats where they come each second, with all of them where they come every two.
const RECOVERY: Recovery = Recovery {
    hold: Duration::from_secs(4),
    longest: Duration::from_secs(6),
    pace: Duration::from_millis(1_500),
    factor: 1.5,
};

/// The limit of one path, in bit/s for all that is sent on it.
///
/// An estimate says little of what a path carries beyond what is sent, and nothing of an uplink that other connections share. So more is
/// tried now and then, with bits alone: sizes and frame rates follow when that has gone well.
#[derive(Debug)]
pub(super) struct Path {
    limit: Limit,
    proven: f64,
    /// The last raise went well, so that the path is not what it was when it was too narrow.
    winning: bool,
    /// What was too much the last time although it had gone well for a while.
    lost: f64,
    estimates: VecDeque<(Duration, f64)>,
    shortest: Option<Duration>,
    starving: Option<Duration>,
    paused: Option<Duration>,
    pause: Duration,
}

impl Default for Path {
    fn default() -> Self {
        Self::new(f64::INFINITY)
    }
}

impl Path {
    /// A path that carries no more than this, as far as is known.
    pub(super) fn new(limit: f64) -> Self {
        Self {
            limit: Limit::new(limit, RECOVERY),
            proven: limit,
            winning: false,
            lost: f64::INFINITY,
            estimates: VecDeque::new(),
            shortest: None,
            starving: None,
            paused: None,
            pause: PAUSE,
        }
    }
}

/// What is sent on a path when its stats come.
#[derive(Clone, Copy, Debug)]
pub(super) struct Use {
    /// The most that may be sent now, in bit/s.
    pub(super) used: f64,
    /// Sounds and the least of a picture, in bit/s.
    pub(super) least: f64,
    /// More would be sent if the path carried it.
    pub(super) limited: bool,
}

impl Path {
    /// Nothing is being tried.
    fn is_proven(&self, now: Duration) -> bool {
        self.limit.raised().is_none_or(|at| now >= at + PROVEN_AFTER)
    }

    /// So much may be sent.
    pub(super) fn limit(&self) -> f64 {
        if self.paused.is_some() { 0.0 } else { self.limit.value() }
    }

    /// So much may be counted on.
    pub(super) fn proven(&self) -> f64 {
        self.limit().min(self.proven)
    }

    /// Whether it was too much lately.
    pub(super) fn is_strained(&self, now: Duration) -> bool {
        self.limit.strained().is_some_and(|at| now < at + SEEN_AFTER)
    }

    /// What the path is known to carry of what is `used`, in bit/s.
    pub(super) fn carries(&self, used: f64) -> f64 {
        self.estimates.back().map_or(used, |(_, estimate)| estimate.min(used))
    }

    /// New stats.
    pub(super) fn observe(&mut self, now: Duration, stats: &PathStats, of: Use) {
        if self.paused.is_some_and(|until| now >= until) {
            self.paused = None;
            self.limit.set(of.least);
        }
        if self.limit.raised().is_some() && self.is_proven(now) {
            self.prove(self.limit.value(), of.used);
            self.winning = true;
        }
        match sane(stats.available_outgoing_bitrate) {
            Some(estimate) => self.follow(now, estimate, stats, of),
            None => self.guess(now, stats, of),
        }
        self.proven = self.proven.min(self.limit.value());
    }

    fn follow(&mut self, now: Duration, estimate: f64, stats: &PathStats, of: Use) {
        self.estimates.push_back((now, estimate));
        self.estimates.retain(|(at, _)| *at + WATCHED >= now);
        let is_congested = self.is_congested(stats);
        // Browsers say so, too, of a picture that its own limit makes coarse: the path does not hold that one back.
        let is_held_back =
            |stream: &StreamStats| stream.limitation == Some(Limitation::Bandwidth) && estimate < of.used;
        let filling = sane(stats.sent_bitrate).is_none_or(|sent| sent >= FILLING * estimate)
            || stats.streams.values().any(is_held_back);
        if estimate < TOO_LITTLE * of.used && filling {
            self.too_much(now, USED * estimate, of);
            return;
        }
        // An estimate does not fall below what congestion control takes for the least of all streams, however much of it is lost.
        if is_congested {
            if !self.is_strained(now) {
                self.too_much(now, LESS * of.used.min(estimate), of);
            }
            return;
        }
        self.starving = None;
        if estimate > 2.0 * of.least {
            self.pause = PAUSE;
        }
        if !of.limited || self.paused.is_some() {
            return;
        }
        // An estimate that is low because little is sent says nothing. What is sent of a larger picture shows what the path carries.
        let beyond = if filling { 0.0 } else { 1.25 * self.limit.value() };
        let before = self.limit.value();
        if self.winning {
            self.limit.raise(now, estimate.max(beyond));
            if self.limit.value() > before {
                self.prove(before, of.used);
            }
        } else if self.limit.raised().is_none() {
            let least = self.estimates.iter().fold(estimate, |least, (_, of)| least.min(*of));
            self.limit.raise(now, (USED * least).max(beyond));
        }
    }

    /// Sending what is `used` went well under the limit `value`. What failed later than that before is not counted on again, unless clearly
    /// more than it goes well.
    fn prove(&mut self, value: f64, used: f64) {
        let value = value.min(FOLLOWS * used);
        if value > WIDER * self.lost {
            self.lost = f64::INFINITY;
        }
        self.proven = value.min(TOO_LITTLE * self.lost).max(self.proven);
    }

    /// What is used is too much, and `to` is what fits.
    fn too_much(&mut self, now: Duration, to: f64, of: Use) {
        self.winning = false;
        let tried = self.limit.value() > self.proven && to >= 0.75 * self.proven;
        if tried {
            // More was tried in vain: back to what went well.
            self.limit.strain(now, self.proven.max(of.least));
        } else if self.limit.failed(now, PROVEN_AFTER) && to >= 0.75 * self.proven {
            // Congestion control still recovers from that.
        } else if of.used > of.least {
            self.lost = of.used;
            self.limit.strain(now, to.max(of.least));
        } else if now >= *self.starving.get_or_insert(now) + STARVED {
            self.starving = None;
            self.paused = Some(now + self.pause);
            self.pause = (self.pause * 2).min(LONGEST_PAUSE);
        }
    }

    /// Whether packets wait and are lost.
    fn is_congested(&mut self, stats: &PathStats) -> bool {
        let queued = self.is_queued(stats);
        queued && stats.loss.is_some_and(|loss| loss > LOW_LOSS && loss <= 1.0)
    }

    /// Whether packets wait, which the round trip shows.
    fn is_queued(&mut self, stats: &PathStats) -> bool {
        stats.round_trip.is_some_and(|trip| {
            let shortest = *self.shortest.insert(self.shortest.map_or(trip, |of| of.min(trip)));
            trip > (3 * shortest).max(shortest + QUEUED)
        })
    }

    /// Without an estimate: from loss and round trip.
    fn guess(&mut self, now: Duration, stats: &PathStats, of: Use) {
        let loss = stats.loss.filter(|loss| (0.0..=1.0).contains(loss)).unwrap_or(0.0);
        let queued = self.is_queued(stats);
        if loss > HIGH_LOSS || queued {
            if !self.is_strained(now) {
                let factor = if queued { LESS } else { 1.0 - loss / 2.0 };
                self.too_much(now, factor * of.used, of);
            }
            return;
        }
        self.starving = None;
        if of.used > 2.0 * of.least {
            self.pause = PAUSE;
        }
        if of.limited && loss < LOW_LOSS && self.is_proven(now) {
            self.limit.raise(now, 1.25 * self.limit.value());
        }
    }
}

/// Numbers from stats that can be reckoned with.
pub(super) fn sane(number: Option<f64>) -> Option<f64> {
    number.filter(|number| number.is_finite() && *number >= 0.0)
}
