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

/// Who waits for it so long is told.
const LATE: Duration = Duration::from_secs(10);

/// How far that is.
#[derive(Default)]
pub(super) struct Fetching {
    /// It is being fetched, or is here.
    begun: Cell<bool>,
    /// When it is fetched again, or is late.
    next: Timer,
    failures: Cell<u32>,
}

impl Session {
    /// Fetches it now, unless that is under way or done. Meanwhile the lobby works, and what happens waits in the queue.
    pub(super) fn fetch_call_part(self: &Rc<Self>) {
        if self.fetching.begun.replace(true) {
            return;
        }
        self.tell_when_late();
        let session = Rc::clone(self);
        spawn(async move {
            let fetched = call_part::fetch().await;
            match call_part::fetched().filter(|_| fetched.is_ok()) {
                Some(part) => {
                    session.fetching.next.clear();
                    (part.begin)(&session);
                    session.work();
                }
                None => session.fetch_call_part_later(),
            }
        });
    }

    /// On a path where nothing arrives, a browser waits for minutes before it says so.
    fn tell_when_late(self: &Rc<Self>) {
        let handle = self.handle();
        self.fetching.next.set(LATE, move || {
            handle.with(|session| {
                session.tell_not_complete();
                session.tell_when_late();
            });
        });
    }

    fn tell_not_complete(&self) {
        if self.phase() == Phase::Joining {
            self.notify(Tone::Problem, texts().notices.not_complete);
        }
    }

    fn fetch_call_part_later(self: &Rc<Self>) {
        self.tell_not_complete();
        let failures = self.fetching.failures.get();
        self.fetching.failures.set(failures.saturating_add(1));
        self.fetching.begun.set(false);
        let pause = FIRST_PAUSE
            .saturating_mul(2_u32.saturating_pow(failures))
            .min(LONGEST_PAUSE);
        let handle = self.handle();
        self.fetching
            .next
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
