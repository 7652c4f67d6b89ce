//! The place on the ladder, and how long it is held.

use std::time::Duration;

use crate::Role;

/// How long a path may be gone before something is done about it. Most paths that go away come back sooner.
pub(super) const QUIET: Duration = Duration::from_secs(3);

/// A try is left alone for so long, whatever else happens.
pub(super) const SETTLING: Duration = Duration::from_secs(2);

/// How long an offer may be unanswered while media flows: then it, or its answer, is taken for lost.
pub(super) const UNANSWERED: Duration = Duration::from_secs(10);

/// How often an unreachable peer is tried again.
pub(super) const RETRY: Duration = Duration::from_secs(30);

/// The same since the last try began, where somebody looks at the page meanwhile: enough for the other side to come to the end
/// of its own.
pub(super) const REST: Duration = Duration::from_secs(20);

/// How long a try may take: gathering, an offer, its answer, and the checks on the path. Browsers need about 15 s to find
/// that there is no path.
const PATIENCE: Duration = Duration::from_secs(8);

/// A new connection has its handshake to do as well.
const PATIENCE_WITH_NEW: Duration = Duration::from_secs(12);

/// How much sooner a silence is noticed (1.5 s) than the browser's `disconnected` (5 s) would have made us restart ICE.
const EARLIER: Duration = Duration::from_millis(6_500);

/// How much later than the offerer the answerer acts, so that repairs seldom cross.
const POLITE_WAIT: Duration = Duration::from_secs(2);

/// When something is done. `None` once that was reached in vain, as the peer's socket was away.
pub(super) type Deadline = Option<Duration>;

/// How far up the ladder a try is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Rung {
    /// The first connection, as it was opened.
    Connect,
    /// An ICE restart while the browser still sees a path.
    Early,
    RestartIce,
    Rebuild,
    /// A new connection, over the TURN server alone.
    RelayOnly,
}

/// The place on the ladder: see the module's table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum State {
    /// Media flows. An offer that is out should be answered by `answer`; `None` where none is.
    Healthy { answer: Option<Duration> },
    /// Nothing is heard, and the browser still sees a path.
    Silent { act: Deadline },
    /// The rung above `tried` comes next.
    Suspected { tried: Rung, act: Deadline },
    /// Since `begun`; the browser `checks` what this try brought.
    Trying {
        rung: Rung,
        begun: Duration,
        checks: bool,
        ends: Deadline,
    },
    /// Every rung has been tried, the last since `begun`.
    Unreachable { begun: Duration, retry: Deadline },
}

impl Rung {
    fn patience(self) -> Duration {
        match self {
            Self::Early => EARLIER + PATIENCE,
            Self::RestartIce => PATIENCE,
            Self::Connect | Self::Rebuild | Self::RelayOnly => PATIENCE_WITH_NEW,
        }
    }
}

/// How much later than the offerer this side acts.
pub(super) fn lag(role: Role) -> Duration {
    match role {
        Role::Offerer => Duration::ZERO,
        Role::Answerer => POLITE_WAIT,
    }
}

impl State {
    /// A try that begins now.
    pub(super) fn trying(now: Duration, rung: Rung, role: Role) -> Self {
        Self::Trying {
            rung,
            begun: now,
            checks: false,
            ends: Some(now + rung.patience() + 2 * lag(role)),
        }
    }

    /// The browser looks for a path with what the try brought: now its time begins.
    pub(super) fn begin_checks(&mut self, now: Duration, role: Role) {
        if let Self::Trying { checks, .. } = self {
            *checks = true;
        }
        self.give_time(now, role);
    }

    /// A try gets its time anew.
    pub(super) fn give_time(&mut self, now: Duration, role: Role) {
        if let Self::Trying { rung, ends, .. } = self {
            *ends = Some(now + rung.patience() + 2 * lag(role));
        }
    }

    /// The highest rung that has been tried, or is. `turn`: where the ladder ends.
    pub(super) fn rung(self, turn: bool) -> Rung {
        match self {
            Self::Healthy { .. } | Self::Silent { .. } => Rung::Connect,
            Self::Suspected { tried, .. } => tried,
            Self::Trying { rung, .. } => rung,
            Self::Unreachable { .. } if turn => Rung::RelayOnly,
            Self::Unreachable { .. } => Rung::Rebuild,
        }
    }

    pub(super) fn deadline(self) -> Deadline {
        match self {
            Self::Healthy { answer: at }
            | Self::Silent { act: at }
            | Self::Suspected { act: at, .. }
            | Self::Trying { ends: at, .. }
            | Self::Unreachable { retry: at, .. } => at,
        }
    }

    pub(super) fn set_deadline(&mut self, deadline: Deadline) {
        match self {
            Self::Healthy { answer: at }
            | Self::Silent { act: at }
            | Self::Suspected { act: at, .. }
            | Self::Trying { ends: at, .. }
            | Self::Unreachable { retry: at, .. } => *at = deadline,
        }
    }

    /// Its deadline was reached in vain.
    pub(super) fn has_lapsed(self) -> bool {
        !matches!(self, Self::Healthy { .. }) && self.deadline().is_none()
    }
}
