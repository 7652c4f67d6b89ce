//! The rungs of the ladder, and how it is climbed.

use std::time::Duration;

use crate::Role;
use crate::repair::quiet::Quiet;
use crate::repair::{Remedy, Repair};

/// How long a try may take: gathering, an offer, its answer, and the checks on the path. Counted anew when the checks
/// begin. Browsers need about 15 s to find that there is no path.
pub(super) const PATIENCE: Duration = Duration::from_secs(8);

/// A new connection has its handshake to do as well.
const PATIENCE_WITH_NEW: Duration = Duration::from_secs(12);

/// How much sooner a silence is noticed than the browser would have made us restart ICE.
pub(super) const EARLY: Duration = Duration::from_millis(6_500);

/// How much later than the offerer the answerer acts, so that repairs seldom cross.
const POLITE_WAIT: Duration = Duration::from_secs(2);

/// A pair that has no path after so long is said to have none: most have one within a second. It may still come.
pub(super) const HOPE: Duration = Duration::from_secs(8);

/// How often an unreachable peer is tried again.
pub(super) const RETRY: Duration = Duration::from_secs(30);

/// How far up the ladder the newest try is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Rung {
    /// The connection as it was first opened.
    First,
    Restart,
    Rebuild,
    /// Over the TURN server alone.
    Relay,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Phase {
    /// Media flows.
    Fine,
    /// The next step is to be taken at the deadline, if nothing gets better until then.
    Due,
    /// A try is under way, ours or the other side's.
    Trying,
    /// Everything has been tried.
    Exhausted,
}

impl Repair {
    pub(super) fn recovered(&mut self) {
        self.phase = Phase::Fine;
        self.deadline = None;
        self.rung = Rung::First;
        self.was_connected = true;
        self.early = None;
        self.quiet = Quiet::default();
        self.hope = None;
        self.exhausted = false;
        self.lapsed = false;
        self.rebuilds = 0;
        self.doubted = None;
        self.refused = false;
    }

    pub(super) fn lag(&self) -> Duration {
        match self.role {
            Role::Offerer => Duration::ZERO,
            Role::Answerer => POLITE_WAIT,
        }
    }

    /// The next step is due then; if one was due earlier already, that stays.
    pub(super) fn due(&mut self, at: Duration) {
        let at = at + self.lag();
        let earlier = self
            .deadline
            .filter(|&earlier| self.phase == Phase::Due && earlier < at);
        self.phase = Phase::Due;
        self.deadline = earlier.or(Some(at));
    }

    pub(super) fn give_time(&mut self, now: Duration) {
        let patience = if self.rung == Rung::Restart {
            PATIENCE
        } else {
            PATIENCE_WITH_NEW
        };
        let try_ends = now + patience;
        let early = self.early.filter(|_| self.rung == Rung::Restart);
        self.deadline = Some(early.map_or(try_ends, |until| until.max(try_ends)) + 2 * self.lag());
    }

    pub(super) fn begin(&mut self, now: Duration, rung: Rung) -> Remedy {
        self.rung = rung;
        self.phase = Phase::Trying;
        self.begun = now;
        self.tested = false;
        self.give_time(now);
        if rung == Rung::Restart {
            Remedy::RestartIce
        } else {
            Remedy::Rebuild
        }
    }

    /// The other side tries something.
    pub(super) fn follow(&mut self, now: Duration) {
        let rung = self.rung.max(Rung::Restart);
        self.begin(now, rung);
    }

    pub(super) fn climb(&mut self, now: Duration) -> Option<Remedy> {
        let next = match self.rung {
            Rung::First if !self.broken => Rung::Restart,
            Rung::First | Rung::Restart => Rung::Rebuild,
            Rung::Rebuild if self.turn => Rung::Relay,
            Rung::Rebuild | Rung::Relay => {
                self.exhaust(now);
                return None;
            }
        };
        Some(self.begin(now, next))
    }

    pub(super) fn exhaust(&mut self, now: Duration) {
        self.phase = Phase::Exhausted;
        self.exhausted = true;
        self.deadline = Some(now + RETRY + self.lag());
    }
}
