//! Microphone, camera and speaker: what the person wants and prefers, what there is, what runs, and what is said of it.
//!
//! [`Devices::handle`] takes what happens and returns what is to be done, in order. What is **preferred** (it worked once and is
//! remembered) and what is **used** (it runs now) are two values: a device that is unplugged stays preferred, another one takes over,
//! and the preferred one is used again when it is back.
//!
//! Four rules hold at any moment:
//! - at most one question (`getUserMedia()`) is open; the first one asks for both devices at once;
//! - after a refusal nothing is asked that could show a question, until the person clicks;
//! - what runs is kept until its replacement runs; only where the hardware opens one device at a time is it let go before, and taken
//!   again if the new one fails;
//! - nothing is captured of what is off, and nothing at all once the page was left: an answer that comes later is stopped.

mod capturer;
mod cause;
mod effect;
mod input;
mod kind;
mod listing;
mod notice;
mod output;
mod question;
mod view;

pub use cause::{CaptureError, Cause, Facts, Permission};
pub use effect::{DevicesEffect, RequestId, Target};
pub use input::{DevicesInput, Start, Track};
pub use kind::{Both, CaptureKind, Device, DeviceKind, MediaState, Status, Wish};
pub use notice::Notice;
pub use view::{CaptureView, SpeakerView};

use std::time::Duration;

use capturer::Capturer;
use output::Output;
use question::Question;

/// One plug makes several `devicechange` events, and the browser's list is right only a moment later.
const DEBOUNCE: Duration = Duration::from_millis(500);

/// The devices of one page.
#[derive(Debug)]
pub struct Devices {
    phase: Phase,
    visible: bool,
    facts: Facts,
    capturers: Both<Capturer>,
    output: Output,
    question: Option<Question>,
    requests: u32,
    /// Somebody said no, and nobody has clicked since.
    refused: bool,
    /// Lists asked for so far.
    lists: u32,
    /// The newest list that came.
    listed: u32,
    /// When to ask for a list.
    list_at: Option<Duration>,
    announced: Both<MediaState>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Phase {
    New,
    Here,
    Left,
}

impl Default for Devices {
    fn default() -> Self {
        Self::new()
    }
}

impl Devices {
    /// The devices of a page that does not run yet.
    #[must_use]
    pub fn new() -> Self {
        Self {
            phase: Phase::New,
            visible: true,
            facts: Facts::default(),
            capturers: Both::from_fn(Capturer::new),
            output: Output::default(),
            question: None,
            requests: 0,
            refused: false,
            lists: 0,
            listed: 0,
            list_at: None,
            announced: Both::default(),
        }
    }

    /// Takes what happened at `now` (since any fixed start; never less than before) and returns what is to be done, in order.
    pub fn handle(&mut self, now: Duration, input: DevicesInput) -> Vec<DevicesEffect> {
        let mut out = Vec::new();
        let out = &mut out;
        match input {
            DevicesInput::Started(start) => self.start(start),
            _ if self.phase == Phase::New => return Vec::new(),
            DevicesInput::Want { kind, wish } => {
                self.refused = false;
                self.capturers.of_mut(kind).want(wish, out);
            }
            DevicesInput::Choose { kind, device } => {
                self.refused = false;
                match kind {
                    DeviceKind::Microphone => self.capturers.microphone.choose(device, out),
                    DeviceKind::Camera => self.capturers.camera.choose(device, out),
                    DeviceKind::Speaker => self.output.choose(device, out),
                }
            }
            DevicesInput::Renew { kind } => self.capturers.of_mut(kind).renew(),
            DevicesInput::Clicked => self.refused = false,
            DevicesInput::Listed { number, devices } => self.take_list(number, devices, out),
            DevicesInput::DevicesChanged => {
                self.list_at.get_or_insert(now + DEBOUNCE);
            }
            DevicesInput::Captured { request, tracks } => self.captured(now, request, tracks, out),
            DevicesInput::CaptureFailed { request, error, facts } => self.capture_failed(request, &error, facts, out),
            DevicesInput::PermissionChanged { kind, permission } => self.permission_changed(kind, permission),
            DevicesInput::Ended {
                kind,
                request,
                permission,
            } => {
                if let Some(permission) = permission {
                    self.permission_changed(kind, permission);
                }
                if self.capturers.of_mut(kind).ended(now, request, out) {
                    self.list_at = Some(now);
                }
            }
            DevicesInput::SystemMuted { kind, request, muted } => {
                self.capturers.of_mut(kind).muted(now, request, muted, out);
            }
            DevicesInput::Routed { device, worked } => self.output.routed(device, worked, out),
            DevicesInput::Joined => {
                self.announced = self.media();
                out.push(DevicesEffect::Announce(self.announced));
            }
            DevicesInput::Left => self.leave(out),
            DevicesInput::Returned => self.come_back(now),
            DevicesInput::Visible(visible) => self.becomes_visible(now, visible),
            DevicesInput::Tick => {}
        }
        if self.phase == Phase::Here {
            self.tick(now, out);
            self.settle(out);
            if self.list_at.is_some_and(|at| now >= at) {
                self.list_at = None;
                self.lists = self.lists.wrapping_add(1);
                out.push(DevicesEffect::List { number: self.lists });
            }
        }
        let media = self.media();
        if media != self.announced {
            self.announced = media;
            out.push(DevicesEffect::Announce(media));
        }
        std::mem::take(out)
    }

    /// When [`DevicesInput::Tick`] is due, if at all.
    #[must_use]
    pub fn next_deadline(&self) -> Option<Duration> {
        if self.phase != Phase::Here {
            return None;
        }
        let capturers = CaptureKind::ALL
            .into_iter()
            .filter_map(|kind| self.capturers.of(kind).deadline(self.visible));
        capturers.chain(self.list_at).min()
    }

    fn start(&mut self, start: Start) {
        if self.phase != Phase::New {
            return;
        }
        self.phase = Phase::Here;
        self.facts = start.facts;
        let Start {
            wish,
            preferred,
            preferred_speaker,
            ..
        } = start;
        let Both { microphone, camera } = preferred;
        self.capturers.microphone.preferred = microphone;
        self.capturers.camera.preferred = camera;
        self.output.preferred = preferred_speaker;
        for kind in CaptureKind::ALL {
            // Nothing runs yet, so there is nothing to be done about it here.
            self.capturers.of_mut(kind).want(*wish.of(kind), &mut Vec::new());
        }
        self.list_at = Some(Duration::ZERO);
    }

    fn leave(&mut self, out: &mut Vec<DevicesEffect>) {
        self.phase = Phase::Left;
        self.list_at = None;
        // An open question stays: no page can take it back. Its answer is stopped, unless the page is used again by then.
        for kind in CaptureKind::ALL {
            let capturer = self.capturers.of_mut(kind);
            capturer.release(out);
            capturer.hush(out);
        }
    }

    fn come_back(&mut self, now: Duration) {
        if self.phase != Phase::Left {
            return;
        }
        self.phase = Phase::Here;
        self.list_at = Some(now);
        for kind in CaptureKind::ALL {
            self.capturers.of_mut(kind).returns();
        }
    }

    fn becomes_visible(&mut self, now: Duration, visible: bool) {
        let before = std::mem::replace(&mut self.visible, visible);
        if !visible || before || self.phase != Phase::Here {
            return;
        }
        self.list_at = Some(now);
        for kind in CaptureKind::ALL {
            self.capturers.of_mut(kind).seen_again();
        }
    }

    fn take_list(&mut self, number: u32, devices: Vec<(DeviceKind, Device)>, out: &mut Vec<DevicesEffect>) {
        // An older list than the one that is known.
        if number <= self.listed {
            return;
        }
        self.listed = number;
        let (mut microphones, mut cameras, mut speakers) = (Vec::new(), Vec::new(), Vec::new());
        for (kind, device) in devices {
            match kind {
                DeviceKind::Microphone => microphones.push(device),
                DeviceKind::Camera => cameras.push(device),
                DeviceKind::Speaker => speakers.push(device),
            }
        }
        self.capturers.microphone.listed(microphones);
        self.capturers.camera.listed(cameras);
        self.output.listed(speakers, out);
    }

    fn permission_changed(&mut self, kind: CaptureKind, permission: Permission) {
        let before = self.facts.permission.of_mut(kind).replace(permission);
        let capturer = self.capturers.of_mut(kind);
        if permission == Permission::Granted {
            capturer.allowed();
        } else if before == Some(Permission::Granted) {
            capturer.withdrawn();
        }
    }

    fn tick(&mut self, now: Duration, out: &mut Vec<DevicesEffect>) {
        for kind in CaptureKind::ALL {
            if self.capturers.of_mut(kind).tick(now, self.visible, out) {
                self.list_at.get_or_insert(now);
            }
        }
    }
}
