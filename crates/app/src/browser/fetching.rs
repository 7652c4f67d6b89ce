//! Fetches what only a call needs ([`crate::call_part`]), until it is here.

use std::cell::Cell;
use std::rc::Rc;
use std::time::Duration;

use super::session::Session;
use super::task::spawn;
use super::timer::Timer;
use crate::call_part;
use crate::state::{Phase, Tone};
use crate::texts::texts;

/// What could not be fetched is fetched again after so long, then after twice as long, up to the longest.
const FIRST_PAUSE: Duration = Duration::from_secs(1);
const LONGEST_PAUSE: Duration = Duration::from_secs(32);

/// How far that is.
#[derive(Default)]
pub(super) struct Fetching {
    /// It is being fetched, or is here.
    begun: Cell<bool>,
    again: Timer,
    failures: Cell<u32>,
}

impl Session {
    /// Fetches it now, unless that is under way or done. Meanwhile the lobby works, and what happens waits in the queue.
    pub(super) fn fetch_call_part(self: &Rc<Self>) {
        if self.fetching.begun.replace(true) {
            return;
        }
        self.fetching.again.clear();
        let session = Rc::clone(self);
        spawn(async move {
            let fetched = call_part::fetch().await;
            match call_part::fetched().filter(|_| fetched.is_ok()) {
                Some(part) => {
                    (part.begin)(&session);
                    session.work();
                }
                None => session.fetch_call_part_later(),
            }
        });
    }

    fn fetch_call_part_later(self: &Rc<Self>) {
        if self.phase() == Phase::Joining {
            self.notify(Tone::Problem, texts().notices.not_complete);
        }
        let failures = self.fetching.failures.get();
        self.fetching.failures.set(failures.saturating_add(1));
        self.fetching.begun.set(false);
        let pause = FIRST_PAUSE
            .saturating_mul(2_u32.saturating_pow(failures))
            .min(LONGEST_PAUSE);
        let handle = self.handle();
        self.fetching
            .again
            .set(pause, move || handle.with(Self::fetch_call_part));
    }

    /// See [`CallPart::begin`](call_part::CallPart::begin).
    pub(crate) fn begin_part(self: &Rc<Self>) {
        let mut heard = self.key_listeners();
        heard.extend(self.file_listeners());
        self.keep(heard);
        self.start_share();
        Self::start_files();
    }
}
