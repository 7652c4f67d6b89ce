//! What the negotiation and the other side say of a connection.

use std::time::Duration;

use crate::repair::ladder::{Phase, Rung};
use crate::repair::{Remedy, Repair};
use crate::{ConnectionState, Role};

/// How long an offer may be unanswered while media flows: then it, or its answer, is taken for lost.
pub(super) const UNANSWERED: Duration = Duration::from_secs(10);

/// Connections replaced because the negotiation broke, without success in between.
const REBUILDS: u8 = 2;

impl Repair {
    /// The other side has made an offer on the connection that is there.
    pub(crate) fn offered(&mut self, now: Duration) {
        let is_first = self.rung == Rung::First && self.state == ConnectionState::New;
        let leads = is_first || self.role == Role::Offerer;
        if self.phase != Phase::Fine && !(leads && self.phase == Phase::Trying) {
            self.follow(now);
        }
    }

    /// A candidate was refused: where there is no path yet, others are looked for at once, but only once. The connection
    /// keeps its time and its restart.
    pub(crate) fn candidate_refused(&mut self) -> Option<Remedy> {
        let helps = self.state != ConnectionState::Connected && self.rung == Rung::First;
        (helps && !std::mem::replace(&mut self.refused, true)).then_some(Remedy::RestartIce)
    }

    /// The negotiation broke on this side. A path that carries media goes on to do so, until there is another reason to do
    /// something about it.
    pub(crate) fn broken(&mut self, now: Duration) -> Option<Remedy> {
        self.broken = true;
        if self.state == ConnectionState::Connected {
            return None;
        }
        if self.rebuilds < REBUILDS {
            self.rebuilds += 1;
            Some(self.begin(now, self.rung.max(Rung::Rebuild)))
        } else {
            self.exhaust(now);
            None
        }
    }

    /// The answerer asks for another connection. It may have done so long ago: where media flows again, nothing is done
    /// until it asks once more.
    pub(crate) fn asked(&mut self, now: Duration) -> Option<Remedy> {
        let is_too_often = self.rebuilds >= REBUILDS && now < self.begun + UNANSWERED;
        let is_too_late = self.state == ConnectionState::Connected && {
            let since = *self.doubted.get_or_insert(now);
            now < since + UNANSWERED
        };
        if is_too_often || is_too_late {
            return None;
        }
        self.rebuilds = self.rebuilds.saturating_add(1);
        let rung = if self.phase == Phase::Exhausted {
            Rung::Rebuild
        } else {
            self.rung.max(Rung::Rebuild)
        };
        Some(self.begin(now, rung))
    }

    /// Looks at how the negotiation stands, after anything has happened.
    pub(crate) fn observe(&mut self, now: Duration, settled: bool) {
        if !self.flows() {
            return;
        }
        match self.phase {
            Phase::Trying if settled => self.recovered(),
            Phase::Fine if settled => self.deadline = None,
            Phase::Fine if !self.away => self.deadline = self.deadline.or(Some(now + UNANSWERED)),
            _ => {}
        }
    }
}
