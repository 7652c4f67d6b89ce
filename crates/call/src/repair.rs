//! What is done about a connection that does not work, and how it stands until then.
//!
//! A connection that fails is given new ICE credentials and candidates once; one whose negotiation broke is built anew,
//! a bounded number of times. After that the peer is unreachable, until the browser says otherwise or a person asks.

use std::time::Duration;

use crate::{ConnectionState, Link, Role};

/// How long a new connection, or a repaired one, may take. Browsers need about 15 s to find that there is no path.
const PATIENCE: Duration = Duration::from_secs(30);

/// How long the polite side leaves the repair to the other one, so that repairs seldom cross.
const POLITE_WAIT: Duration = Duration::from_secs(2);

/// Connections built anew for one peer without success in between.
const REBUILDS: u8 = 2;

/// What is to be done now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Remedy {
    /// Restart ICE on the connection.
    RestartIce,
    /// Replace the connection.
    Rebuild,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Phase {
    /// Opened, never connected so far.
    Opening,
    Connected,
    /// It was connected, and the browser has not given it up.
    Quiet,
    /// Failed; the other side is to repair it.
    Waiting,
    /// The repair is under way. `tried` once the browser looks for a path with it: a failure before that is still the
    /// old path's.
    Repairing {
        tried: bool,
    },
    GivenUp,
}

/// The health of what we have with one peer, over all its connections.
#[derive(Debug)]
pub(crate) struct Repair {
    role: Role,
    phase: Phase,
    /// When the phase has lasted too long.
    deadline: Option<Duration>,
    was_connected: bool,
    rebuilds: u8,
    /// A candidate was refused since the last success.
    refused: bool,
    away: bool,
}

impl Repair {
    pub(crate) fn new(now: Duration, role: Role) -> Self {
        let mut repair = Self {
            role,
            phase: Phase::Opening,
            deadline: None,
            was_connected: false,
            rebuilds: 0,
            refused: false,
            away: false,
        };
        repair.enter(Phase::Opening, now);
        repair
    }

    fn enter(&mut self, phase: Phase, now: Duration) {
        self.phase = phase;
        self.deadline = match phase {
            Phase::Opening | Phase::Repairing { .. } => Some(now + PATIENCE),
            Phase::Waiting => Some(now + POLITE_WAIT),
            Phase::Connected | Phase::Quiet | Phase::GivenUp => None,
        };
    }

    /// How it stands, for showing.
    pub(crate) fn link(&self) -> Link {
        match self.phase {
            Phase::Connected if !self.away => Link::Connected,
            Phase::GivenUp if !self.away => Link::Unreachable,
            _ if self.was_connected => Link::Reconnecting,
            _ => Link::Connecting,
        }
    }

    /// The peer's own socket is lost, or back.
    pub(crate) fn set_away(&mut self, away: bool) {
        self.away = away;
    }

    /// When [`Self::tick`] is due.
    pub(crate) fn deadline(&self) -> Option<Duration> {
        self.deadline
    }

    /// The connection's state has changed.
    pub(crate) fn state(&mut self, now: Duration, state: ConnectionState) -> Option<Remedy> {
        match (state, self.phase) {
            (ConnectionState::Connected, _) => {
                self.enter(Phase::Connected, now);
                self.was_connected = true;
                self.rebuilds = 0;
                self.refused = false;
            }
            (ConnectionState::Disconnected, Phase::Connected) => self.enter(Phase::Quiet, now),
            // The other side's offer is being tried.
            (ConnectionState::Connecting, Phase::Waiting | Phase::Repairing { .. }) => {
                self.enter(Phase::Repairing { tried: true }, now);
            }
            (ConnectionState::Failed, Phase::Repairing { tried: true }) => self.enter(Phase::GivenUp, now),
            (ConnectionState::Failed, Phase::Opening | Phase::Connected | Phase::Quiet) => return self.failed(now),
            _ => {}
        }
        None
    }

    /// Time has passed.
    pub(crate) fn tick(&mut self, now: Duration) -> Option<Remedy> {
        if self.deadline.is_none_or(|deadline| now < deadline) {
            return None;
        }
        match self.phase {
            Phase::Opening => self.failed(now),
            Phase::Waiting => self.restart(now),
            Phase::Repairing { .. } => {
                self.enter(Phase::GivenUp, now);
                None
            }
            Phase::Connected | Phase::Quiet | Phase::GivenUp => None,
        }
    }

    fn failed(&mut self, now: Duration) -> Option<Remedy> {
        match self.role {
            Role::Offerer => self.restart(now),
            Role::Answerer => {
                self.enter(Phase::Waiting, now);
                None
            }
        }
    }

    /// ICE is to be restarted, whoever says so.
    pub(crate) fn restart(&mut self, now: Duration) -> Option<Remedy> {
        if self.phase != Phase::Connected {
            self.enter(Phase::Repairing { tried: false }, now);
        }
        Some(Remedy::RestartIce)
    }

    /// A candidate was refused: where there is no path yet, others are looked for at once, but only once. The connection
    /// keeps its time and its restart.
    pub(crate) fn candidate_refused(&mut self) -> Option<Remedy> {
        let helps = matches!(self.phase, Phase::Opening | Phase::Quiet);
        (helps && !std::mem::replace(&mut self.refused, true)).then_some(Remedy::RestartIce)
    }

    /// The negotiation broke, or the other side says that it did.
    pub(crate) fn broken(&mut self, now: Duration) -> Option<Remedy> {
        if self.rebuilds < REBUILDS {
            self.rebuilds += 1;
            self.enter(Phase::Repairing { tried: false }, now);
            Some(Remedy::Rebuild)
        } else {
            self.enter(Phase::GivenUp, now);
            None
        }
    }

    /// The connection has been replaced by a new one, which has its own time to connect.
    pub(crate) fn replaced(&mut self, now: Duration) {
        self.enter(Phase::Opening, now);
    }
}
