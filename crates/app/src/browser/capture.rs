//! The own devices, as [`call::Devices`] decides: captures, releases and shows.

mod captured;
mod effects;

use std::cell::{Cell, RefCell};

use call::devices::{Both, CaptureKind, DeviceKind, Devices, DevicesInput, MediaState, Start, Status, Wish};
use call::quality::{self, CaptureWanted};
use call::{Input, Source};
use leptos::prelude::*;
use protocol::{Media, SourceState};
use wasm_bindgen_futures::JsFuture;
use web_sys::MediaStreamTrack;

use captured::Captured;

use super::media;
use super::meter::Meter;
use super::page::{self, storage};
use super::session::{Handle, now};
use super::task::spawn;
use super::timer::Timer;
use super::view::set_changed;
use crate::state::RoomState;

/// Microphone, camera and speaker of this page.
pub(super) struct Capture {
    handle: Handle,
    state: RoomState,
    devices: RefCell<Devices>,
    /// Captured and not used yet.
    waiting: RefCell<Vec<Captured>>,
    used: RefCell<Both<Option<Captured>>>,
    tick: Timer,
    /// The size that the camera is to be captured in.
    wanted: Cell<CaptureWanted>,
    /// What the call was told that the camera gives.
    gives: Cell<Option<quality::Capture>>,
    meter: RefCell<Option<Meter>>,
}

impl Capture {
    pub(super) fn new(handle: Handle, state: RoomState) -> Self {
        Self {
            handle,
            state,
            devices: RefCell::default(),
            waiting: RefCell::default(),
            used: RefCell::default(),
            tick: Timer::default(),
            wanted: Cell::new(CaptureWanted::FIRST),
            gives: Cell::new(None),
            meter: RefCell::default(),
        }
    }

    /// Takes in what has happened and does what follows.
    pub(super) fn handle(&self, input: DevicesInput) {
        let effects = self.devices.borrow_mut().handle(now(), input);
        for effect in effects {
            self.perform(effect);
        }
        self.publish();
        match self.devices.borrow().next_deadline() {
            Some(at) => {
                let handle = self.handle.clone();
                self.tick.set(at.saturating_sub(now()), move || {
                    handle.with(|session| session.capture.handle(DevicesInput::Tick));
                });
            }
            None => self.tick.clear(),
        }
    }

    fn track_of(&self, kind: CaptureKind) -> Option<MediaStreamTrack> {
        let used = self.used.borrow();
        // `track.clone()` would be the browser's method, which makes a second live track.
        used.of(kind).as_ref().map(|captured| Clone::clone(&captured.track))
    }

    /// What is sent as a source.
    pub(super) fn track(&self, source: Source) -> Option<MediaStreamTrack> {
        match source {
            Source::Microphone => self.track_of(CaptureKind::Microphone),
            Source::Camera => self.track_of(CaptureKind::Camera),
            Source::Screen | Source::ScreenAudio => None,
        }
    }

    /// How the microphone stands.
    pub(super) fn microphone_state(&self) -> MediaState {
        self.devices.borrow().media().microphone
    }

    /// What this page sends at the moment, for the others to show.
    pub(super) fn media(&self) -> Media {
        let devices = self.devices.borrow();
        let media = devices.media();
        Media {
            microphone: announced(media.microphone),
            camera: announced(media.camera),
            ..Media::default()
        }
    }

    /// Writes what components show, where it has changed.
    fn publish(&self) {
        let devices = self.devices.borrow();
        for (kind, signals) in [
            (CaptureKind::Microphone, self.state.microphone),
            (CaptureKind::Camera, self.state.camera),
        ] {
            let view = devices.capture(kind);
            set_changed(signals.wanted, view.wish == Wish::On);
            set_changed(signals.status, view.status);
            set_changed(signals.choice.devices, view.devices);
            set_changed(signals.choice.chosen, view.shown);
        }
        let speaker = devices.speaker();
        set_changed(self.state.speaker.devices, speaker.devices);
        set_changed(self.state.speaker.chosen, speaker.shown);
    }

    /// Starts with the remembered choices.
    pub(super) fn start(&self, wish: Both<Wish>) {
        let remembered = |kind| storage::load(storage_key(kind)).filter(|id| !id.is_empty());
        self.handle(DevicesInput::Started(Start {
            wish,
            preferred: Both::from_fn(|kind| remembered(kind.into())),
            preferred_speaker: remembered(DeviceKind::Speaker),
            facts: media::facts_at_once(),
        }));
    }

    /// Captures the camera in this size from now on. What is running goes on where the camera has no such size.
    pub(super) fn resize(&self, wanted: CaptureWanted) {
        self.wanted.set(wanted);
        let Some(track) = self.track_of(CaptureKind::Camera) else {
            return;
        };
        let Some(promise) = media::resize(&track, wanted) else {
            return;
        };
        let handle = self.handle.clone();
        spawn(async move {
            let _ = JsFuture::from(promise).await;
            handle.with(|session| {
                let track = session.capture.track_of(CaptureKind::Camera);
                session.capture.tell_size(track.as_ref());
            });
        });
    }

    /// Tells the call what the camera gives.
    fn tell_size(&self, track: Option<&MediaStreamTrack>) {
        let capture = track.map(media::size);
        self.gives.set(capture);
        self.handle.with(|session| {
            session.dispatch(Input::Captured {
                source: Source::Camera,
                capture,
            });
        });
    }

    /// Tells the call where the camera gives another size now than it was told. No event says so: a browser may report one size when it has
    /// applied constraints and give another, and a phone can be turned.
    pub(super) fn measure_camera(&self) {
        let track = self.track_of(CaptureKind::Camera);
        if track.as_ref().map(media::size) != self.gives.get() {
            self.tell_size(track.as_ref());
        }
    }

    /// On, or off. A microphone is only muted, so that it is back at once; a camera is released, so that its light goes out.
    pub(super) fn toggle(&self, kind: CaptureKind) {
        let wish = self.devices.borrow().pressed(kind);
        self.handle(DevicesInput::Want { kind, wish });
    }

    /// Uses another device from now on.
    pub(super) fn choose(&self, kind: DeviceKind, device: String) {
        self.handle(DevicesInput::Choose { kind, device });
    }

    /// The person is in the call. The level is shown in the lobby alone.
    pub(super) fn joined(&self) {
        drop(self.meter.take());
        self.state.level.set(0.0);
        self.handle(DevicesInput::Joined);
    }

    /// Looks at the meter; makes one where it may.
    pub(super) fn measure_level(&self) {
        let is_on = self.devices.borrow().status(CaptureKind::Microphone) == Status::On;
        if !is_on {
            drop(self.meter.take());
        } else if self.meter.borrow().is_none() && page::has_been_touched() {
            let meter = self
                .track_of(CaptureKind::Microphone)
                .and_then(|track| Meter::new(&track).ok());
            self.meter.replace(meter);
        }
        let level = self.meter.borrow().as_ref().map_or(0.0, |meter| meter.look().1);
        if (self.state.level.get_untracked() - level).abs() > 0.01 {
            self.state.level.set(level);
        }
    }
}

/// How a source stands, as the others are told.
const fn announced(state: MediaState) -> SourceState {
    match state {
        MediaState::Off => SourceState::Off,
        MediaState::On => SourceState::On,
        MediaState::Muted => SourceState::Muted,
        MediaState::Interrupted => SourceState::Interrupted,
    }
}

const fn storage_key(kind: DeviceKind) -> &'static str {
    match kind {
        DeviceKind::Microphone => "parlour.microphone",
        DeviceKind::Camera => "parlour.camera",
        DeviceKind::Speaker => "parlour.speaker",
    }
}
