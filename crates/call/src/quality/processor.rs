//! What this machine encodes.

use std::time::Duration;

use super::limit::{Limit, Recovery};
use super::people;

/// Part of the work that was asked for. Below the first it is too much, from the second on it is done.
const FAILING: f64 = 0.7;
const DONE: f64 = 0.9;
/// Stats speak of a new encoding after this time: with the second report, where they come every two seconds.
const SEEN_AFTER: Duration = Duration::from_millis(3_500);
/// Changes that follow each other for so long are no reason not to look.
const CHANGING: Duration = Duration::from_secs(20);
/// While somebody joins, pages load and connections are made: what is not done then says nothing of the time after.
const JOINING: Duration = Duration::from_secs(6);
/// After people came or went nothing is tried for so long: pages load, connections are made.
const SETTLING: Duration = Duration::from_secs(20);
/// What was done for so long without strain is known to be possible.
const PROVEN_AFTER: Duration = Duration::from_secs(10);

const RECOVERY: Recovery = Recovery {
    hold: Duration::from_secs(10),
    longest: Duration::from_secs(120),
    pace: Duration::from_secs(10),
    factor: 1.2,
};

/// The same for what is cheap by what the encoders take now: this part of all cores. It is not waited for until it is wanted, so that who
/// had a narrow path is not kept small by a machine that had nothing to do.
const CHEAP: f64 = 0.15;
const CHEAP_RECOVERY: Recovery = Recovery {
    pace: SEEN_AFTER,
    factor: 1.75,
    ..RECOVERY
};

/// The budget of pixels a second.
#[derive(Debug)]
pub(super) struct Processor {
    cores: u32,
    people: usize,
    limit: Limit,
    proven: f64,
    /// When people came or went the last time, and when an encoding was changed the last time.
    people_at: Duration,
    changed_at: Duration,
    /// Since when it was changed again and again, with less than [`SEEN_AFTER`] in between.
    changes_since: Duration,
    /// What was asked of it at the last stats.
    used: f64,
    source: SourceRate,
}

/// What the stats say of all pictures together.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Load {
    /// What was asked for and what was done, in pixels a second.
    pub(super) asked: f64,
    pub(super) done: f64,
    /// The browser names the processor.
    pub(super) cpu: bool,
    /// Frames that the camera really gives, and the most that are asked of it: it gives no more.
    pub(super) source_frames: Option<f64>,
    pub(super) asked_frames: f64,
    /// Cores that the encoders use.
    pub(super) cores: f64,
}

/// A machine that is short of time captures fewer frames, too. So does a camera in the dark, and there smaller pictures do not help.
#[derive(Debug, Default)]
struct SourceRate {
    best: f64,
    tries: u8,
}

impl Processor {
    pub(super) fn new(cores: u32) -> Self {
        Self {
            cores,
            people: 1,
            limit: Limit::new(people::work(1, cores), RECOVERY),
            proven: 0.0,
            people_at: Duration::ZERO,
            changed_at: Duration::ZERO,
            changes_since: Duration::ZERO,
            used: 0.0,
            source: SourceRate::default(),
        }
    }

    pub(super) fn limit(&self) -> f64 {
        self.limit.value()
    }

    /// So many people, oneself included, are in the call. What the machine has shown to do stays known, less what each newcomer's own picture takes of it.
    pub(super) fn people(&mut self, now: Duration, people: usize) {
        let first = people::work(people, self.cores);
        let strained = self
            .limit
            .strained()
            .is_some_and(|at| now < at + Duration::from_secs(60));
        let fewer = people < self.people;
        let known = if fewer {
            self.proven
        } else {
            self.proven * self.people as f64 / people as f64
        };
        let value = match (strained, fewer) {
            (true, true) => self.limit.value(),
            (true, false) => first.min(self.limit.value()),
            (false, true) => first.max(known).max(self.limit.value()),
            (false, false) => first.max(known),
        };
        self.limit.set(value);
        self.people = people;
        self.people_at = now;
        self.source = SourceRate::default();
    }

    /// The camera is another one, or was asked for another picture.
    pub(super) fn source_changed(&mut self) {
        self.source = SourceRate::default();
    }

    /// Other encodings were set.
    pub(super) fn changed(&mut self, now: Duration) {
        if now >= self.changed_at + SEEN_AFTER {
            self.changes_since = now;
        }
        self.changed_at = now;
    }

    /// New stats. `used`: what is asked of it now; `least`: what it cannot go below; `limited`: more would be asked if it were let.
    pub(super) fn observe(&mut self, now: Duration, load: Load, used: f64, least: f64, limited: bool) {
        let part = if load.asked > 0.0 { load.done / load.asked } else { 1.0 };
        let cheap = self.cheap(load, used);
        // The encoders may have little to do because all else on the machine has too much.
        let is_calm = part >= DONE && !load.cpu && !self.source.is_low(&load);
        if cheap > self.limit.value() && is_calm && now >= self.people_at + SETTLING {
            self.limit.raise_with(now, cheap, CHEAP_RECOVERY);
        }
        // One peer that wishes something else all the time does not keep us from seeing how the machine does.
        let is_new = now < self.changed_at + SEEN_AFTER && now < self.changes_since + CHANGING;
        if is_new || now < self.people_at + JOINING {
            return;
        }
        let starved = self.source.is_starved(&load);
        let busy = self.cores > 0 && load.cores > 0.8 * f64::from(self.cores);
        if part < FAILING || (load.cpu && part < DONE) || starved || busy {
            if self.limit.strained().is_none_or(|at| now >= at + SEEN_AFTER) {
                let to = (used * part.clamp(0.5, 0.8)).max(least);
                self.limit.strain(now, to);
                self.proven = self.proven.min(to);
            }
        } else if part >= DONE && !load.cpu {
            if now >= self.changed_at + PROVEN_AFTER {
                self.proven = self.proven.max(used);
            }
            if limited && now >= self.people_at + SETTLING {
                self.limit.raise(now, f64::INFINITY);
            }
        }
    }

    /// How many pixels a second are cheap, by what the encoders took since the last stats. Meanwhile more or less may have been asked of them.
    fn cheap(&mut self, load: Load, used: f64) -> f64 {
        let encoded = used.min(std::mem::replace(&mut self.used, used));
        // With no load at all nothing is known of what more would cost.
        if load.cores > 0.0 {
            encoded * CHEAP * f64::from(self.cores) / load.cores
        } else {
            0.0
        }
    }
}

impl SourceRate {
    /// Whether the camera gives fewer frames than are asked of it and than it has given.
    fn is_low(&self, load: &Load) -> bool {
        let expected = self.best.min(load.asked_frames);
        load.source_frames.is_some_and(|frames| frames < DONE * expected)
    }

    fn is_starved(&mut self, load: &Load) -> bool {
        let Some(frames) = load.source_frames else {
            return false;
        };
        if frames >= FAILING * self.best.min(load.asked_frames) {
            self.best = self.best.max(frames);
            self.tries = 0;
        } else if self.tries < 2 {
            self.tries += 1;
            return true;
        } else {
            // Less work did not help.
            *self = Self { best: frames, tries: 0 };
        }
        false
    }
}
