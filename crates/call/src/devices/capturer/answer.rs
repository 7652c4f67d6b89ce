//! An answer of the browser: a device runs, or does not.

use std::time::Duration;

use super::{Attempt, Capturer, Lost, Purpose, Used};
use crate::devices::{Cause, DevicesEffect, Notice, RequestId, Target, Track, Wish};

impl Capturer {
    /// Whether an answer to this attempt is still what is needed.
    pub(in crate::devices) fn needs(&self, attempt: &Attempt, track: &Track) -> bool {
        let is = |target: &Target| {
            *target == attempt.target
                || matches!((target, &track.device), (Target::Exact(id), Some(device)) if id == device)
        };
        if self.wish == Wish::Off {
            false
        } else if self.used.is_some() {
            self.next_attempt().is_some_and(|next| is(&next.target))
        } else {
            // Anything is better than nothing, but for what the person chose in the meantime.
            self.next_attempt()
                .is_none_or(|next| next.purpose != Purpose::Chosen || is(&next.target))
        }
    }

    /// It runs.
    pub(in crate::devices) fn runs(
        &mut self,
        now: Duration,
        request: RequestId,
        attempt: &Attempt,
        track: Track,
        out: &mut Vec<DevicesEffect>,
    ) {
        let kind = self.kind;
        out.push(DevicesEffect::Replace {
            kind,
            request,
            enabled: self.wish == Wish::On,
        });
        let lost = self.lost.take();
        let id = match &attempt.target {
            Target::Exact(id) => {
                if track.device.as_ref().is_some_and(|device| device != id) {
                    // The browser gives another device than the one that it was asked for. Asking again would give the same.
                    let id = id.clone();
                    self.shun(&id, None);
                }
                track.device.clone().or_else(|| Some(id.clone()))
            }
            Target::Any | Target::Prefer(_) => track.device.clone(),
        };
        match self.chosen.take() {
            Some(chosen) if id.as_ref() == Some(&chosen) => self.prefer(chosen, out),
            Some(chosen) => {
                let chosen = self.listing.label(&chosen);
                self.say(
                    Notice::ChoiceFailed {
                        chosen,
                        cause: Cause::NotStarted,
                    },
                    out,
                );
            }
            None => {}
        }
        let label = match &id {
            Some(id) if track.label.is_empty() => self.listing.label(id),
            _ => track.label,
        };
        // A mute that goes on over the new track is one interruption.
        let before = self.used.as_ref().and_then(|used| used.muted);
        let since = before.unwrap_or(now);
        let muted = track.muted.then_some(since);
        self.used = Some(Used {
            request,
            device: id.clone(),
            label: label.clone(),
            group: None,
            muted,
            withdrawn: false,
        });
        self.failed = None;
        self.alone = false;
        self.again = false;
        self.retry = false;
        if muted.is_none() || before.is_none() {
            self.hush(out);
        }
        match (attempt.purpose, lost) {
            (Purpose::TakeOver, Some(lost)) if !lost.is_same(id.as_ref(), &label) => {
                self.say(
                    Notice::TookOver {
                        gone: lost.label,
                        now: label,
                    },
                    out,
                );
            }
            (Purpose::Return, _) if self.preferred == id => self.say(Notice::Returned { now: label }, out),
            _ => {}
        }
    }

    /// It does not run. True where a fresh list of devices is worth having.
    pub(in crate::devices) fn does_not_run(
        &mut self,
        attempt: &Attempt,
        cause: Cause,
        out: &mut Vec<DevicesEffect>,
    ) -> bool {
        if self.wish == Wish::Off {
            return false;
        }
        let running = self.used.is_some();
        if running && self.next_attempt().is_none_or(|next| next.target != attempt.target) {
            // Nobody waits for it any more.
            return false;
        }
        if !running && (cause.is_refusal() || matches!(cause, Cause::NoApi | Cause::Insecure)) {
            self.fail(cause, out);
            return false;
        }
        match (&attempt.target, attempt.purpose) {
            (Target::Exact(id), Purpose::Chosen | Purpose::Return | Purpose::Again) if running && cause.is_busy() => {
                self.let_go(Some((id.clone(), attempt.purpose)), out);
            }
            (Target::Any, Purpose::Again) if running && cause.is_busy() => {
                self.let_go(None, out);
            }
            (target, purpose) => self.gives_up(target, purpose, cause, out),
        }
        cause.is_missing()
    }

    fn gives_up(&mut self, target: &Target, purpose: Purpose, cause: Cause, out: &mut Vec<DevicesEffect>) {
        if let Some(lost) = &mut self.lost {
            match target {
                Target::Exact(id) | Target::Prefer(id) => lost.tried.push(id.clone()),
                Target::Any => lost.tried_any = true,
            }
        }
        if let Target::Exact(id) = target
            && self.chosen.as_ref() == Some(id)
        {
            self.chosen = None;
            let chosen = self.listing.label(id);
            self.say(Notice::ChoiceFailed { chosen, cause }, out);
        }
        match (target, purpose) {
            (Target::Exact(id), Purpose::Chosen) => self.shun(id, None),
            (Target::Exact(id), Purpose::Return) => self.shun(id, None),
            (_, Purpose::Again) if self.used.is_some() => self.again = false,
            // Gone since the list was made: any other is better than none.
            (Target::Exact(id), Purpose::Start) if cause.is_missing() => self.shun(id, None),
            // They may have chosen another one in the meantime.
            (_, Purpose::Start) if self.chosen.is_none() => self.fail(cause, out),
            _ => {}
        }
        if self.is_exhausted() {
            let let_go = self.lost.as_ref().is_some_and(|lost| lost.let_go);
            self.fail(if let_go { cause } else { Cause::Gone }, out);
        }
    }

    /// Hardware that opens one device at a time: the old one makes room for the new one.
    fn let_go(&mut self, instead: Option<(String, Purpose)>, out: &mut Vec<DevicesEffect>) {
        let Some(used) = self.used.take() else { return };
        out.push(DevicesEffect::Release { kind: self.kind });
        self.again = false;
        self.lost = Some(Lost {
            device: used.device,
            label: used.label,
            group: used.group,
            gone: false,
            let_go: true,
            instead,
            tried: Vec::new(),
            tried_any: false,
            until: None,
            withdrawn: false,
        });
    }

    /// Nothing runs, and nothing is tried until something changes.
    pub(in crate::devices) fn fail(&mut self, cause: Cause, out: &mut Vec<DevicesEffect>) {
        self.lost = None;
        self.alone = false;
        self.again = false;
        self.failed = Some(cause);
        self.say(Notice::Failed(cause), out);
    }

    /// It might not be asked for. It will be as soon as it may.
    pub(in crate::devices) fn held_back(&mut self, out: &mut Vec<DevicesEffect>) {
        if self.used.is_some() {
            // What runs is good enough.
            return;
        }
        let cause = if self.lost.is_some() {
            Cause::Gone
        } else {
            Cause::NotAsked
        };
        self.fail(cause, out);
        self.retry = true;
    }
}

impl Lost {
    /// Whether what runs now is what was lost: a phone ends and gives back one and the same.
    fn is_same(&self, id: Option<&String>, label: &str) -> bool {
        !self.gone && self.device.as_ref() == id && (id.is_some() || self.label == label)
    }
}
