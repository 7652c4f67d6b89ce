//! One microphone or camera: what is wanted, what runs, and what the person does with it.

mod answer;
mod event;
mod next;

use std::time::Duration;

use super::listing::Listing;
use super::{CaptureKind, Cause, DevicesEffect, MediaState, Notice, RequestId, Status, Target, Wish};

/// A microphone or a camera.
#[derive(Debug)]
pub(super) struct Capturer {
    pub(super) kind: CaptureKind,
    /// What the person wants.
    pub(super) wish: Wish,
    /// What they prefer: it has worked once, and is remembered.
    pub(super) preferred: Option<String>,
    /// What they chose, until it has worked or failed.
    pub(super) chosen: Option<String>,
    /// What runs.
    pub(super) used: Option<Used>,
    /// What ran until a moment ago; another one is on its way.
    pub(super) lost: Option<Lost>,
    /// Why nothing runs, and nothing is tried.
    pub(super) failed: Option<Cause>,
    pub(super) listing: Listing,
    /// Devices that the page does not go to by itself.
    shunned: Vec<Shunned>,
    /// Asked for by itself: the common question has failed.
    pub(super) alone: bool,
    /// Capture what is used again: it is muted and may be dead, the default has become other hardware, or it is wanted in another way.
    again: bool,
    /// A device has appeared while nothing might be asked.
    retry: bool,
    /// A sentence about this device stands.
    said: bool,
}

/// A track in use.
#[derive(Debug)]
pub(super) struct Used {
    pub(super) request: RequestId,
    pub(super) device: Option<String>,
    label: String,
    /// Its hardware, from the first list after the capture.
    group: Option<String>,
    /// The system lets nothing through, since.
    pub(super) muted: Option<Duration>,
    /// The permission was taken back: the end will follow.
    withdrawn: bool,
}

/// A device that ran and does not run any more.
#[derive(Debug)]
pub(super) struct Lost {
    device: Option<String>,
    label: String,
    group: Option<String>,
    /// A list came without it. What is listed under its id later has been plugged in again.
    gone: bool,
    /// This page let it go, to open another one. Otherwise it ended.
    let_go: bool,
    /// What it was let go for.
    instead: Option<(String, Purpose)>,
    /// What has been tried since and did not run.
    tried: Vec<String>,
    tried_any: bool,
    /// A fresh list is on its way, until then.
    until: Option<Duration>,
    /// The permission is not there any more. Either the person took it back, or it went with the device.
    withdrawn: bool,
}

#[derive(Debug)]
struct Shunned {
    device: String,
    /// Until then; otherwise until it has been gone or was chosen.
    until: Option<Duration>,
}

/// One kind's part in a question.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Attempt {
    pub(super) target: Target,
    pub(super) purpose: Purpose,
}

/// What an attempt is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Purpose {
    /// Nothing ran before.
    Start,
    /// The person chose it.
    Chosen,
    /// The preferred one is back.
    Return,
    /// The one in use, once more.
    Again,
    /// The next one, where the one in use has ended.
    TakeOver,
    /// The one that was let go in vain.
    TakeBack,
}

impl Capturer {
    pub(super) fn new(kind: CaptureKind) -> Self {
        Self {
            kind,
            wish: Wish::Off,
            preferred: None,
            chosen: None,
            used: None,
            lost: None,
            failed: None,
            listing: Listing::default(),
            shunned: Vec::new(),
            alone: false,
            again: false,
            retry: false,
            said: false,
        }
    }

    /// They want it so. A click, so what failed is tried again.
    pub(super) fn want(&mut self, wish: Wish, out: &mut Vec<DevicesEffect>) {
        // A camera has no use for being ready: its light would stay on.
        let wish = match (self.kind, wish) {
            (CaptureKind::Camera, Wish::Muted) => Wish::Off,
            (_, wish) => wish,
        };
        let before = std::mem::replace(&mut self.wish, wish);
        if wish == Wish::Off {
            self.release(out);
            self.failed = None;
            self.hush(out);
        } else if self.used.is_some() {
            if before != wish {
                out.push(DevicesEffect::SetEnabled {
                    kind: self.kind,
                    enabled: wish == Wish::On,
                });
            }
        } else if self.failed.take().is_some() {
            self.retry = false;
        }
    }

    /// They chose a device. It is remembered once it has worked.
    pub(super) fn choose(&mut self, id: String, out: &mut Vec<DevicesEffect>) {
        self.shunned.retain(|shunned| shunned.device != id);
        if let Some(lost) = &mut self.lost {
            lost.tried.retain(|tried| *tried != id);
        }
        self.failed = None;
        if self.used.as_ref().is_some_and(|used| used.device.as_ref() == Some(&id)) {
            self.chosen = None;
            self.prefer(id, out);
        } else {
            self.chosen = Some(id);
        }
    }

    pub(super) fn prefer(&mut self, id: String, out: &mut Vec<DevicesEffect>) {
        if self.preferred.as_ref() != Some(&id) {
            out.push(DevicesEffect::Remember {
                kind: self.kind.into(),
                device: id.clone(),
            });
        }
        self.preferred = Some(id);
    }

    /// Nothing of it runs any more, and nothing is under way.
    pub(super) fn release(&mut self, out: &mut Vec<DevicesEffect>) {
        if self.used.take().is_some() {
            out.push(DevicesEffect::Release { kind: self.kind });
        }
        self.lost = None;
        self.alone = false;
        self.again = false;
        self.retry = false;
    }

    pub(super) fn say(&mut self, notice: Notice, out: &mut Vec<DevicesEffect>) {
        // News is not taken back.
        self.said |= matches!(notice, Notice::Failed(_) | Notice::Interrupted);
        out.push(DevicesEffect::Say {
            kind: self.kind.into(),
            notice,
        });
    }

    pub(super) fn hush(&mut self, out: &mut Vec<DevicesEffect>) {
        if std::mem::take(&mut self.said) {
            out.push(DevicesEffect::Hush { kind: self.kind.into() });
        }
    }

    pub(super) fn status(&self) -> Status {
        match (self.wish, &self.used, self.failed) {
            (Wish::Off, ..) => Status::Off,
            (Wish::On, Some(used), _) if used.muted.is_some() => Status::Interrupted,
            (Wish::On, Some(_), _) => Status::On,
            (Wish::Muted, Some(_), _) => Status::Muted,
            (_, None, Some(cause)) => Status::Failed(cause),
            (_, None, None) => Status::Asking,
        }
    }

    pub(super) fn media(&self) -> MediaState {
        match (self.status(), self.wish) {
            (Status::On, _) => MediaState::On,
            (Status::Muted, _) => MediaState::Muted,
            (Status::Interrupted, _) => MediaState::Interrupted,
            // Another one is on its way: "off" would be said for a moment only.
            (Status::Asking, Wish::On) if self.lost.is_some() => MediaState::Interrupted,
            (Status::Asking, Wish::Muted) if self.lost.is_some() => MediaState::Muted,
            _ => MediaState::Off,
        }
    }

    /// The device that a menu shows as selected: what runs; where nothing runs, what would be used.
    pub(super) fn shown(&self) -> Option<String> {
        let listed = |id: &&String| self.listing.get(id).is_some();
        match &self.used {
            Some(used) => used.device.as_ref().filter(listed).cloned(),
            None => self.chosen.as_ref().or(self.preferred.as_ref()).filter(listed).cloned(),
        }
    }
}
