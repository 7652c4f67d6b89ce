//! A repair needs signaling: our own socket, and the peer's. What happens when one of them is lost, and when it is back.

use std::time::Duration;

use crate::ConnectionState;
use crate::repair::ladder::{HOPE, Phase, Rung};
use crate::repair::{Remedy, Repair};

impl Repair {
    /// Our own socket is lost, or back.
    pub(crate) fn set_online(&mut self, now: Duration, online: bool) -> Option<Remedy> {
        self.online = online;
        self.go_on(now)
    }

    /// The peer's socket is lost, or back.
    pub(crate) fn set_away(&mut self, now: Duration, away: bool) -> Option<Remedy> {
        if std::mem::replace(&mut self.away, away) == away {
            return None;
        }
        self.go_on(now)
    }

    /// Our own socket is back, and signals may have been lost, in both directions and for good. `settled`: the
    /// negotiation is at rest here.
    pub(crate) fn signals_lost(&mut self, now: Duration, settled: bool) -> Option<Remedy> {
        self.online = true;
        match self.state {
            ConnectionState::Connected if self.flows() && settled => self.go_on(now),
            ConnectionState::Connected if self.flows() => Some(self.begin(now, Rung::Restart)),
            // It stood, and its path is gone: most likely a relay's, which has come back with the server.
            ConnectionState::Connected | ConnectionState::Disconnected | ConnectionState::Failed
                if self.was_connected && self.rung <= Rung::Restart =>
            {
                self.again(now);
                self.tick(now)
            }
            _ => {
                self.rung = Rung::Restart;
                self.phase = Phase::Due;
                self.deadline = Some(now);
                self.tick(now)
            }
        }
    }

    /// The newest try may have been in vain, with its signals lost or nothing to be found at the time: it is to be made again,
    /// by the answerer after a little while.
    pub(super) fn again(&mut self, now: Duration) {
        self.rung = Rung::First;
        self.phase = Phase::Due;
        self.deadline = Some(now + self.lag());
    }

    /// Signaling has gone or come back.
    pub(super) fn go_on(&mut self, now: Duration) -> Option<Remedy> {
        if !self.online || self.away {
            return None;
        }
        self.lapsed = false;
        self.hope = self.hope.map(|_| now + HOPE);
        match self.phase {
            Phase::Fine => self.deadline = None,
            Phase::Trying if self.rung == Rung::Restart && !self.flows() => self.again(now),
            Phase::Trying => self.give_time(now),
            Phase::Due => self.deadline = self.deadline.or(Some(now + self.lag())),
            Phase::Exhausted => self.deadline = Some(now + self.lag()),
        }
        self.tick(now)
    }
}
