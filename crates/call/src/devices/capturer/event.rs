//! What happens to a device that runs, or that would: ends, mutes, lists, permissions, time.

use std::time::Duration;

use super::{Capturer, Lost};
use crate::devices::{Cause, Device, DevicesEffect, Notice, RequestId, Wish};

/// After a track has ended, this long for a fresh list of devices before one is asked for all the same.
const LIST_WAIT: Duration = Duration::from_millis(400);

/// A device that ended and is still listed may be used again after this time: it was plugged out and in.
const ENDED_REST: Duration = Duration::from_secs(2);

/// An interruption that is shorter than this is not worth a sentence.
const INTERRUPTION: Duration = Duration::from_secs(1);

impl Capturer {
    /// The track in use has ended. True where it was the one in use.
    pub(in crate::devices) fn ended(
        &mut self,
        now: Duration,
        request: RequestId,
        out: &mut Vec<DevicesEffect>,
    ) -> bool {
        let Some(used) = self.used.take_if(|used| used.request == request) else {
            return false;
        };
        out.push(DevicesEffect::Release { kind: self.kind });
        self.again = false;
        if let Some(id) = &used.device {
            self.shun(id, Some(now + ENDED_REST));
        }
        self.lost = Some(Lost {
            device: used.device,
            label: used.label,
            group: used.group,
            gone: false,
            let_go: false,
            instead: None,
            tried: Vec::new(),
            tried_any: false,
            until: Some(now + LIST_WAIT),
            withdrawn: used.withdrawn,
        });
        true
    }

    /// The permission is not there any more. The track's end comes before or after this.
    pub(in crate::devices) fn withdrawn(&mut self) {
        if let Some(used) = &mut self.used {
            used.withdrawn = true;
        } else if let Some(lost) = &mut self.lost {
            lost.withdrawn = true;
        }
    }

    /// The person took the permission back: the track ended, and its device is still there. Asking for another one at once is not
    /// what they want.
    pub(in crate::devices) fn is_refused(&self) -> bool {
        self.used.is_none()
            && self.chosen.is_none()
            && self
                .lost
                .as_ref()
                .is_some_and(|lost| lost.withdrawn && !lost.gone && lost.until.is_none())
    }

    /// The system lets nothing through, or does again.
    pub(in crate::devices) fn muted(
        &mut self,
        now: Duration,
        request: RequestId,
        muted: bool,
        out: &mut Vec<DevicesEffect>,
    ) {
        let Some(used) = self.used.as_mut().filter(|used| used.request == request) else {
            return;
        };
        if muted {
            used.muted.get_or_insert(now);
        } else if used.muted.take().is_some() {
            self.again = false;
            self.hush(out);
        }
    }

    /// The page is seen again. A track that is muted may be dead, and nothing would say so (Safari after an interruption).
    pub(in crate::devices) fn seen_again(&mut self) {
        self.again |= self.used.as_ref().is_some_and(|used| used.muted.is_some());
    }

    /// What runs is to be captured in another way.
    pub(in crate::devices) fn renew(&mut self) {
        self.again |= self.used.is_some();
    }

    /// There is a new list of devices.
    pub(in crate::devices) fn listed(&mut self, found: Vec<Device>) {
        let before = self.listing.clone();
        let appeared = self.listing.take(found);
        // What was plugged out, or in, is as good as any other.
        let stays = |id: &str| before.get(id).is_some() && self.listing.get(id).is_some();
        self.shunned.retain(|shunned| stays(&shunned.device));
        if let Some(lost) = &mut self.lost {
            lost.until = None;
            lost.gone |= self.listing.is_known()
                && !lost.let_go
                && lost.device.as_ref().is_some_and(|id| !lost.is(id, &self.listing));
        }
        if let Some(used) = &mut self.used
            && let Some(device) = used.device.as_ref().and_then(|id| self.listing.get(id))
            && !device.group.is_empty()
        {
            let group = used.group.replace(device.group.clone());
            // The same id, other hardware: the default has changed.
            self.again |= group.is_some_and(|group| group != device.group);
        }
        self.retry |= appeared && self.failed.is_some_and(Cause::is_missing);
    }

    /// Tries again what was held back or missing, now that it may be asked for.
    pub(in crate::devices) fn try_again(&mut self) {
        if std::mem::take(&mut self.retry) {
            self.failed = None;
        }
    }

    /// The permission was given: what was refused is tried again.
    pub(in crate::devices) fn allowed(&mut self) {
        if let Some(used) = &mut self.used {
            used.withdrawn = false;
        }
        if let Some(lost) = &mut self.lost {
            lost.withdrawn = false;
        }
        if self
            .failed
            .is_some_and(|cause| cause.is_refusal() || cause == Cause::NotAsked)
        {
            self.failed = None;
        }
    }

    /// The page is used again after it was left.
    pub(in crate::devices) fn returns(&mut self) {
        if self.wish != Wish::Off && self.failed.is_some_and(|cause| !cause.is_refusal()) {
            self.retry = true;
        }
    }

    pub(in crate::devices) fn deadline(&self, visible: bool) -> Option<Duration> {
        let interruption = self.interruption().filter(|_| visible);
        let rest = self.shunned.iter().filter_map(|shunned| shunned.until).min();
        let list = self.lost.as_ref().and_then(|lost| lost.until);
        interruption.into_iter().chain(rest).chain(list).min()
    }

    /// When to say that the system interrupts.
    fn interruption(&self) -> Option<Duration> {
        let used = self.used.as_ref().filter(|_| self.wish == Wish::On && !self.said)?;
        Some(used.muted? + INTERRUPTION)
    }

    /// True where a fresh list of devices is worth having.
    pub(in crate::devices) fn tick(&mut self, now: Duration, visible: bool, out: &mut Vec<DevicesEffect>) -> bool {
        if visible && self.interruption().is_some_and(|at| now >= at) {
            self.say(Notice::Interrupted, out);
        }
        if let Some(lost) = &mut self.lost {
            lost.until = lost.until.filter(|&until| now < until);
        }
        let before = self.shunned.len();
        self.shunned
            .retain(|shunned| shunned.until.is_none_or(|until| now < until));
        self.shunned.len() < before
    }
}
