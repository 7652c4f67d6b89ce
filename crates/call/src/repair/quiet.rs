//! A connection on which nothing comes any more, whether the browser says so or still takes the path for good.

use std::time::Duration;

use crate::ConnectionState;
use crate::repair::ladder::{EARLY, PATIENCE, Phase};
use crate::repair::{Remedy, Repair};

/// So long after it was noticed it is said: by then most paths that come back are back.
const TOLD_AFTER: Duration = Duration::from_millis(1_500);

/// For so long the server is looked for in haste. A server that stays away for longer than that is not asked that often.
const URGENT: Duration = Duration::from_secs(60);

/// Since when nothing comes.
#[derive(Debug, Default)]
pub(super) struct Quiet {
    /// Although the browser still takes the path for good.
    silent: Option<Duration>,
    /// It is to be shown.
    told: bool,
    /// However it was noticed.
    stopped: Option<Duration>,
}

impl Quiet {
    pub(super) fn is_silent(&self) -> bool {
        self.silent.is_some()
    }

    pub(super) fn is_told(&self) -> bool {
        self.told
    }

    pub(super) fn deadline(&self) -> Option<Duration> {
        self.silent.filter(|_| !self.told).map(|since| since + TOLD_AFTER)
    }

    pub(super) fn tick(&mut self, now: Duration) {
        self.told |= self.deadline().is_some_and(|deadline| now >= deadline);
    }

    pub(super) fn stopped(&mut self, now: Duration) {
        self.stopped.get_or_insert(now);
    }

    /// The browser is believed again, or it is another connection that it speaks of.
    pub(super) fn ends(&mut self) {
        self.silent = None;
        self.told = false;
    }
}

impl Repair {
    /// Whether media flows, as far as is known.
    pub(super) fn flows(&self) -> bool {
        self.state == ConnectionState::Connected && !self.quiet.is_silent()
    }

    /// Nothing has come for a while, although the browser still takes the path for good. Most often it is not, and the browser
    /// needs seconds more to find that out: ICE is restarted, which does no harm where media flows all the same. It makes nothing
    /// stronger come sooner: most paths that go away come back. `expected`: the peer does send something, so that this is no
    /// person without camera and microphone.
    pub(crate) fn silent(&mut self, now: Duration, expected: bool) -> Option<Remedy> {
        if self.state != ConnectionState::Connected {
            return None;
        }
        if expected {
            self.quiet.silent.get_or_insert(now);
            self.quiet.stopped(now);
        }
        if self.phase != Phase::Fine {
            return None;
        }
        self.early = Some(now + EARLY + PATIENCE);
        self.due(now);
        self.tick(now)
    }

    /// Something comes again. What was to be done about it is not done any more.
    pub(crate) fn heard(&mut self) {
        if self.state != ConnectionState::Connected || !self.quiet.is_silent() {
            return;
        }
        self.quiet = Quiet::default();
        if self.phase == Phase::Due {
            self.recovered();
        }
    }

    /// Whether media has stopped, not so long ago that it is hopeless to hurry.
    pub(crate) fn is_urgent(&self, now: Duration) -> bool {
        self.was_connected && self.quiet.stopped.is_some_and(|since| now < since + URGENT)
    }
}
