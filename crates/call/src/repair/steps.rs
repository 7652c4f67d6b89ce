//! The steps that transitions are made of.

use std::time::Duration;

use crate::Role;
use crate::repair::path::{Media, Path};
use crate::repair::state::{Deadline, RETRY, Rung, SETTLING, State, UNANSWERED, lag};
use crate::repair::{Remedy, Repair};

/// Connections replaced out of turn without success in between.
const REBUILDS: u8 = 2;

impl Repair {
    pub(super) fn lag(&self) -> Duration {
        lag(self.role)
    }

    /// Whether media flows, as far as is known.
    pub(super) fn flows(&self) -> bool {
        self.path.is_up() && !self.path.is_silent()
    }

    /// Whether an offer of the other side is no try that this side follows: it leads, or it waits for just that offer.
    pub(super) fn leads(&self) -> bool {
        let waits = self.path == Path::New && self.state.rung(self.turn) == Rung::Connect;
        waits || self.role == Role::Offerer
    }

    /// Media flows: an offer that is out should be answered in a while.
    pub(super) fn expect_answer(&mut self, now: Duration, settled: bool) {
        if settled {
            self.state.set_deadline(None);
        } else if !self.away && self.state.deadline().is_none() {
            self.state.set_deadline(Some(now + UNANSWERED));
        }
    }

    pub(super) fn recovered(&mut self) {
        self.state = State::Healthy { answer: None };
        self.path = Path::UP;
        self.media = Media::Flows;
        self.asked = false;
        self.rebuilds = 0;
        self.refused = false;
    }

    /// Whether a step was due while the peer's socket was away, and it still is: the peer is said to be away.
    pub(super) fn has_lapsed(&self) -> bool {
        self.away && self.state.has_lapsed()
    }

    /// A step is due then. One that has lapsed stays so until the peer is back, whatever is seen of the path meanwhile.
    fn due(&self, at: Duration) -> Deadline {
        (!self.has_lapsed()).then_some(at)
    }

    /// The next rung is due then, or earlier if one was due earlier already.
    pub(super) fn suspect(&mut self, at: Duration) {
        let at = at + self.lag();
        let earlier = match self.state {
            State::Silent { act } | State::Suspected { act, .. } => act,
            _ => None,
        };
        self.state = State::Suspected {
            tried: self.state.rung(self.turn),
            act: self.due(earlier.map_or(at, |earlier| earlier.min(at))),
        };
    }

    /// Tries this rung.
    fn begin(&mut self, now: Duration, rung: Rung) -> Option<Remedy> {
        self.state = State::trying(now, rung, self.role);
        self.asked = self.role == Role::Answerer;
        Some(if rung <= Rung::RestartIce {
            Remedy::RestartIce
        } else {
            Remedy::Rebuild
        })
    }

    /// The other side tries something.
    pub(super) fn follow(&mut self, now: Duration) {
        let least = if self.path.is_silent() {
            Rung::Early
        } else {
            Rung::RestartIce
        };
        self.begin(now, self.state.rung(self.turn).max(least));
        self.asked = false;
    }

    fn climb(&mut self, now: Duration, tried: Rung) -> Option<Remedy> {
        match tried {
            Rung::Connect | Rung::Early if !self.broken => self.begin(now, Rung::RestartIce),
            Rung::Connect | Rung::Early | Rung::RestartIce => self.begin(now, Rung::Rebuild),
            Rung::Rebuild if self.turn => self.begin(now, Rung::RelayOnly),
            Rung::Rebuild | Rung::RelayOnly => self.give_up(now),
        }
    }

    fn give_up(&mut self, now: Duration) -> Option<Remedy> {
        let begun = match self.state {
            State::Trying { begun, .. } | State::Unreachable { begun, .. } => begun,
            _ => now,
        };
        self.media.give_up();
        self.state = State::Unreachable {
            begun,
            retry: Some(now + RETRY + self.lag()),
        };
        None
    }

    /// Does what the state's deadline is for, once it is reached and there is signaling.
    pub(super) fn act_when_due(&mut self, now: Duration) -> Option<Remedy> {
        if !self.server || self.state.deadline().is_none_or(|deadline| now < deadline) {
            return None;
        }
        if self.away {
            self.state.set_deadline(None);
            return None;
        }
        match self.state {
            State::Healthy { .. } => self.begin(now, Rung::RestartIce),
            State::Silent { .. } => self.begin(now, Rung::Early),
            State::Suspected { tried, .. } => self.climb(now, tried),
            // The browser would have said so by now: nothing is sent.
            State::Trying { .. } if self.path.is_silent() => {
                self.path.believe();
                self.state.set_deadline(Some(now + UNANSWERED));
                None
            }
            // Media flows all the same, and only the answer is missing: nothing stronger is called for.
            State::Trying { .. } if self.path.is_up() => {
                let remedy = self.begin(now, Rung::RestartIce);
                self.state.set_deadline(Some(now + RETRY));
                remedy
            }
            State::Trying { rung, .. } => self.climb(now, rung),
            State::Unreachable { .. } => self.begin(now, Rung::Rebuild),
        }
    }

    /// The ladder from its foot, at once and on either side; where all of it has been climbed in vain, from a new connection.
    pub(super) fn begin_anew(&mut self, now: Duration) -> Option<Remedy> {
        if let Media::GivenUp { .. } = self.media {
            self.restart_with_new(now);
        } else {
            self.restart(now);
        }
        self.act_when_due(now)
    }

    /// The foot of the ladder, at this time.
    fn restart(&mut self, at: Duration) {
        let act = self.due(at);
        self.state = if self.path.is_silent() {
            State::Silent { act }
        } else {
            State::Suspected {
                tried: Rung::Connect,
                act,
            }
        };
    }

    /// The ladder from a new connection, at this time.
    fn restart_with_new(&mut self, at: Duration) {
        self.state = State::Suspected {
            tried: Rung::RestartIce,
            act: self.due(at),
        };
    }

    /// Signaling has gone or come back.
    pub(super) fn go_on(&mut self, now: Duration) -> Option<Remedy> {
        if !self.server || self.away {
            return None;
        }
        self.media.renew(now);
        let soon = now + self.lag();
        match self.state {
            State::Healthy { .. } => self.state.set_deadline(None),
            // Its signals may be lost, or there was nothing to be found at the time.
            State::Trying {
                rung: Rung::Early | Rung::RestartIce,
                ..
            } if !self.flows() => self.restart(soon),
            State::Trying { .. } => self.state.give_time(now, self.role),
            State::Silent { act } | State::Suspected { act, .. } => self.state.set_deadline(act.or(Some(soon))),
            State::Unreachable { .. } => self.state.set_deadline(Some(soon)),
        }
        self.act_when_due(now)
    }

    pub(super) fn signals_lost(&mut self, now: Duration, settled: bool) -> Option<Remedy> {
        if self.flows() {
            return if settled {
                self.go_on(now)
            } else {
                self.begin(now, Rung::RestartIce)
            };
        }
        let has_stood = self.media.has_flowed() && matches!(self.path, Path::Up { .. } | Path::Lost);
        if has_stood && self.state.rung(self.turn) <= Rung::RestartIce {
            // Its path is gone: most likely a relay's, which has come back with the server.
            self.restart(now + self.lag());
        } else {
            self.restart_with_new(now);
        }
        self.act_when_due(now)
    }

    /// The answerer asks for an ICE restart. However often it asks, there is one in [`SETTLING`] at most.
    pub(super) fn restart_wanted(&mut self, now: Duration) -> Option<Remedy> {
        if self.broken || matches!(self.state, State::Unreachable { .. }) {
            return self.rebuild_wanted(now);
        }
        let next = self.served.map_or(now, |served| served + SETTLING);
        if now >= next {
            self.served = Some(now);
            // What is being tried keeps its time.
            if !matches!(self.state, State::Trying { .. }) {
                self.follow(now);
            }
            return Some(Remedy::RestartIce);
        }
        if let State::Healthy { .. } = self.state {
            self.served = Some(next);
            self.restart(next);
        }
        None
    }

    pub(super) fn rebuild_wanted(&mut self, now: Duration) -> Option<Remedy> {
        let is_new = matches!(self.state, State::Trying { begun, .. } | State::Unreachable { begun, .. } if now < begun + UNANSWERED);
        let is_doubted = self.path.doubt(now);
        if !is_doubted || is_new && self.rebuilds >= REBUILDS {
            return None;
        }
        self.rebuilds = self.rebuilds.saturating_add(1);
        let rung = match self.state {
            State::Unreachable { .. } => Rung::Rebuild,
            state => state.rung(self.turn).max(Rung::Rebuild),
        };
        self.begin(now, rung)
    }

    pub(super) fn rebuild_broken(&mut self, now: Duration) -> Option<Remedy> {
        if self.rebuilds >= REBUILDS {
            return self.give_up(now);
        }
        self.rebuilds += 1;
        self.begin(now, self.state.rung(self.turn).max(Rung::Rebuild))
    }

    pub(super) fn replaced(&mut self, now: Duration) {
        let rung = match (self.role, self.state.rung(self.turn)) {
            (Role::Offerer, rung) => rung,
            // Keeps up with the offerer, so that both come to the end together.
            (Role::Answerer, Rung::Rebuild | Rung::RelayOnly) if self.turn => Rung::RelayOnly,
            (Role::Answerer, _) => Rung::Rebuild,
        };
        self.state = State::trying(now, rung, self.role);
    }
}
