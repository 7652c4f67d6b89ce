//! What is known of the newest connection's path, and whether media has flowed over any.

use std::time::Duration;

use crate::ConnectionState;
use crate::repair::state::UNANSWERED;

/// So long after a silence was noticed it is shown: by then most paths that come back are back.
const SHOWN_AFTER: Duration = Duration::from_millis(1_500);

/// A pair that has no path after so long is said to have none: most have one within a second. It may still come.
const HOPE: Duration = Duration::from_secs(8);

/// For so long the server is looked for in haste. A server that stays away for longer than that is not asked that often.
const URGENT: Duration = Duration::from_secs(60);

/// What the browser says of the newest connection, and whether something is heard on it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Path {
    /// Nothing has begun.
    New,
    /// The browser looks for one.
    Checking,
    /// The browser sees one.
    Up {
        silence: Option<Quiet>,
        /// When the answerer first asked for another connection all the same.
        doubted: Option<Duration>,
    },
    /// It is gone, or none was found.
    Lost,
}

/// Nothing is heard although something should be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Quiet {
    since: Duration,
    shown: bool,
}

impl From<ConnectionState> for Path {
    fn from(state: ConnectionState) -> Self {
        match state {
            ConnectionState::New => Self::New,
            ConnectionState::Connecting => Self::Checking,
            ConnectionState::Connected => Self::UP,
            ConnectionState::Disconnected | ConnectionState::Failed | ConnectionState::Closed => Self::Lost,
        }
    }
}

impl Path {
    pub(super) const UP: Self = Self::Up {
        silence: None,
        doubted: None,
    };

    pub(super) fn is_up(self) -> bool {
        matches!(self, Self::Up { .. })
    }

    pub(super) fn is_silent(self) -> bool {
        matches!(self, Self::Up { silence: Some(_), .. })
    }

    /// Whether it is up as far as the person is to know.
    pub(super) fn looks_up(self) -> bool {
        self.is_up()
            && !matches!(
                self,
                Self::Up {
                    silence: Some(Quiet { shown: true, .. }),
                    ..
                }
            )
    }

    /// When the silence is to be shown.
    pub(super) fn deadline(self) -> Option<Duration> {
        match self {
            Self::Up {
                silence: Some(Quiet { since, shown: false }),
                ..
            } => Some(since + SHOWN_AFTER),
            _ => None,
        }
    }

    pub(super) fn tick(&mut self, now: Duration) {
        if let Self::Up {
            silence: Some(quiet), ..
        } = self
        {
            quiet.shown |= now >= quiet.since + SHOWN_AFTER;
        }
    }

    pub(super) fn fall_silent(&mut self, now: Duration) {
        if let Self::Up { silence, .. } = self {
            silence.get_or_insert(Quiet {
                since: now,
                shown: false,
            });
        }
    }

    /// Something is heard again, or the browser is believed that still sees a path.
    pub(super) fn believe(&mut self) {
        if let Self::Up { silence, .. } = self {
            *silence = None;
        }
    }

    /// The answerer asks for another connection. It may have done so long before the path was up, so it is not believed until
    /// it asks once more. Returns whether it is.
    pub(super) fn doubt(&mut self, now: Duration) -> bool {
        match self {
            Self::Up { doubted, .. } => now >= *doubted.get_or_insert(now) + UNANSWERED,
            _ => true,
        }
    }
}

/// Whether media has flowed, over any connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Media {
    /// Not yet, and until then it is said to be on its way.
    Expected {
        until: Duration,
    },
    /// Not yet, and not as soon as most: there is said to be no way. The ladder is climbed on.
    Late,
    Flows,
    Stopped {
        since: Duration,
    },
    /// The ladder has been climbed to its end since media last flowed, if it ever did.
    GivenUp {
        stopped: Option<Duration>,
    },
}

impl Media {
    pub(super) fn expected(now: Duration) -> Self {
        Self::Expected { until: now + HOPE }
    }

    pub(super) fn deadline(self) -> Option<Duration> {
        match self {
            Self::Expected { until } => Some(until),
            _ => None,
        }
    }

    pub(super) fn tick(&mut self, now: Duration) {
        if self.deadline().is_some_and(|until| now >= until) {
            *self = Self::Late;
        }
    }

    /// There is signaling again: what is on its way gets its time anew.
    pub(super) fn renew(&mut self, now: Duration) {
        if let Self::Expected { .. } = self {
            *self = Self::expected(now);
        }
    }

    pub(super) fn stop(&mut self, now: Duration) {
        if *self == Self::Flows {
            *self = Self::Stopped { since: now };
        }
    }

    pub(super) fn give_up(&mut self) {
        let stopped = match *self {
            Self::Stopped { since } => Some(since),
            Self::GivenUp { stopped } => stopped,
            _ => None,
        };
        *self = Self::GivenUp { stopped };
    }

    pub(super) fn has_flowed(self) -> bool {
        matches!(self, Self::Flows | Self::Stopped { .. })
    }

    /// Whether it is said that there is no way.
    pub(super) fn is_given_up(self) -> bool {
        matches!(self, Self::Late | Self::GivenUp { .. })
    }

    pub(super) fn is_urgent(self, now: Duration) -> bool {
        match self {
            Self::Stopped { since } | Self::GivenUp { stopped: Some(since) } => now < since + URGENT,
            _ => false,
        }
    }
}
