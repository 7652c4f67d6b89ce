//! The own devices, as [`call::Devices`] decides: captures, releases and shows.

use std::cell::{Cell, RefCell};

use call::devices::{
    Both, CaptureKind, DeviceKind, Devices, DevicesEffect, DevicesInput, MediaState, Notice as DeviceNotice, RequestId,
    Start, Status, Target, Track, Wish,
};
use call::quality::CaptureWanted;
use call::{Input, Source};
use leptos::prelude::*;
use protocol::{Media, SourceState};
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;
use web_sys::MediaStreamTrack;

use super::media;
use super::meter::Meter;
use super::page::{self, storage};
use super::rtc_ext::get;
use super::session::{Handle, now};
use super::stream::Stream;
use super::task::spawn;
use super::timer::Timer;
use crate::state::{Notice, Phase, RoomState, Tone};
use crate::texts::texts;

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
    meter: RefCell<Option<Meter>>,
}

/// A track of this page. Dropping it stops it: the light goes out.
struct Captured {
    request: RequestId,
    kind: CaptureKind,
    track: MediaStreamTrack,
    _handlers: [Closure<dyn FnMut()>; 2],
}

impl Captured {
    /// `handle` hears of the track's end and of what the system does to it.
    fn new(request: RequestId, kind: CaptureKind, track: MediaStreamTrack, handle: &Handle) -> Self {
        let (ended, changed, of) = (handle.clone(), handle.clone(), Clone::clone(&track));
        let handlers = [
            Closure::new(move || {
                let ended = ended.clone();
                spawn(async move {
                    let permission = media::permission(kind).await;
                    ended.with(|session| {
                        session.capture.handle(DevicesInput::Ended {
                            kind,
                            request,
                            permission,
                        });
                    });
                });
            }),
            Closure::new(move || {
                let muted = is_muted(&of);
                tell(&changed, DevicesInput::SystemMuted { kind, request, muted });
            }),
        ];
        super::held::hold(&track);
        let [on_ended, on_mute] = &handlers;
        track.set_onended(Some(on_ended.as_ref().unchecked_ref()));
        track.set_onmute(Some(on_mute.as_ref().unchecked_ref()));
        track.set_onunmute(Some(on_mute.as_ref().unchecked_ref()));
        Self {
            request,
            kind,
            track,
            _handlers: handlers,
        }
    }
}

/// After the track's handler has returned, which may be dropped for it.
fn tell(handle: &Handle, input: DevicesInput) {
    let handle = handle.clone();
    spawn(async move { handle.with(|session| session.capture.handle(input)) });
}

impl Drop for Captured {
    fn drop(&mut self) {
        self.track.set_onended(None);
        self.track.set_onmute(None);
        self.track.set_onunmute(None);
        self.track.stop();
        super::held::let_go(&self.track);
    }
}

fn is_muted(track: &MediaStreamTrack) -> bool {
    get(track, "muted").is_truthy()
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

    fn perform(&self, effect: DevicesEffect) {
        match effect {
            DevicesEffect::List { number } => {
                let handle = self.handle.clone();
                spawn(async move {
                    let devices = media::list().await;
                    handle.with(|session| session.capture.handle(DevicesInput::Listed { number, devices }));
                });
            }
            DevicesEffect::Capture { request, targets } => self.capture(request, targets),
            DevicesEffect::Replace { kind, request, enabled } => self.replace(kind, request, enabled),
            DevicesEffect::Release { kind } => {
                self.send(kind, None);
                let released = self.used.borrow_mut().of_mut(kind).take();
                drop(released);
            }
            DevicesEffect::Stop { kind, request } => {
                let stopped = self.take_waiting(kind, request);
                drop(stopped);
            }
            DevicesEffect::SetEnabled { kind, enabled } => {
                if let Some(track) = self.track_of(kind) {
                    track.set_enabled(enabled);
                }
            }
            DevicesEffect::RouteOutput { device } => {
                self.state.sink.set(Some(device.clone().unwrap_or_default()));
                let handle = self.handle.clone();
                spawn(async move {
                    handle.with(|session| session.capture.handle(DevicesInput::Routed { device, worked: true }));
                });
            }
            DevicesEffect::Remember { kind, device } => storage::save(storage_key(kind), &device),
            DevicesEffect::Forget { kind } => storage::forget(storage_key(kind)),
            DevicesEffect::Announce(_) => self.handle.with(|session| session.tell_media()),
            DevicesEffect::Say { kind, notice } => {
                self.handle.with(|session| {
                    let in_lobby = session.phase() == Phase::Lobby;
                    // The lobby says beside the picture how a device stands.
                    if in_lobby && matches!(notice, DeviceNotice::Failed(_) | DeviceNotice::Interrupted) {
                        return;
                    }
                    self.state.notice.set(Some(Notice {
                        tone: if notice.is_problem() { Tone::Problem } else { Tone::Info },
                        text: (texts().devices.notice)(kind, &notice, session.phase() == Phase::Call).into_owned(),
                        device: Some(kind),
                    }));
                });
            }
            DevicesEffect::Hush { kind } => {
                let of_device =
                    |notice: &Option<Notice>| notice.as_ref().is_some_and(|notice| notice.device == Some(kind));
                if self.state.notice.with_untracked(of_device) {
                    self.state.notice.set(None);
                }
            }
        }
    }

    fn capture(&self, request: RequestId, targets: Both<Option<Target>>) {
        let (handle, wanted) = (self.handle.clone(), self.wanted.get());
        spawn(async move {
            let captured = media::capture(&targets, wanted).await;
            let facts = match &captured {
                Ok(_) => None,
                Err(_) => Some(media::facts().await),
            };
            handle.with(|session| {
                let capture = &session.capture;
                let input = match captured {
                    Ok(tracks) => DevicesInput::Captured {
                        request,
                        tracks: capture.keep(request, tracks),
                    },
                    Err(error) => DevicesInput::CaptureFailed {
                        request,
                        error,
                        facts: facts.unwrap_or_default(),
                    },
                };
                capture.handle(input);
            });
        });
    }

    /// Keeps captured tracks until it is said what becomes of them.
    fn keep(&self, request: RequestId, mut tracks: Both<Option<MediaStreamTrack>>) -> Both<Option<Track>> {
        Both::from_fn(|kind| {
            let track = tracks.of_mut(kind).take()?;
            let described = Track {
                device: media::used_device(&track),
                label: track.label(),
                muted: is_muted(&track),
            };
            let captured = Captured::new(request, kind, track, &self.handle);
            self.waiting.borrow_mut().push(captured);
            Some(described)
        })
    }

    fn take_waiting(&self, kind: CaptureKind, request: RequestId) -> Option<Captured> {
        let mut waiting = self.waiting.borrow_mut();
        let place = waiting.iter().position(|of| of.kind == kind && of.request == request)?;
        Some(waiting.remove(place))
    }

    fn replace(&self, kind: CaptureKind, request: RequestId, enabled: bool) {
        let Some(captured) = self.take_waiting(kind, request) else {
            return;
        };
        captured.track.set_enabled(enabled);
        self.send(kind, Some(&captured.track));
        let before = self.used.borrow_mut().of_mut(kind).replace(captured);
        drop(before);
    }

    /// Sends a track, or nothing, to everybody, and shows it.
    fn send(&self, kind: CaptureKind, track: Option<&MediaStreamTrack>) {
        self.handle.with(|session| session.peers.send(source(kind), track));
        match kind {
            CaptureKind::Camera => {
                self.state.preview.set(track.and_then(Stream::of));
                self.tell_size(track);
            }
            CaptureKind::Microphone => drop(self.meter.take()),
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
            set(signals.wanted, view.wish == Wish::On);
            set(signals.status, view.status);
            set(signals.choice.devices, view.devices);
            set(signals.choice.chosen, view.shown);
        }
        let speaker = devices.speaker();
        set(self.state.speaker.devices, speaker.devices);
        set(self.state.speaker.chosen, speaker.shown);
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
        self.handle.with(|session| {
            session.dispatch(Input::Captured {
                source: Source::Camera,
                capture,
            });
        });
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
        let level = self.meter.borrow().as_ref().map_or(0.0, Meter::level);
        if (self.state.level.get_untracked() - level).abs() > 0.01 {
            self.state.level.set(level);
        }
    }
}

/// Writes a signal only where that changes it, so that nothing is drawn for it.
fn set<T: PartialEq + Send + Sync + 'static>(signal: RwSignal<T>, value: T) {
    if signal.with_untracked(|before| *before != value) {
        signal.set(value);
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

const fn source(kind: CaptureKind) -> Source {
    match kind {
        CaptureKind::Microphone => Source::Microphone,
        CaptureKind::Camera => Source::Camera,
    }
}

const fn storage_key(kind: DeviceKind) -> &'static str {
    match kind {
        DeviceKind::Microphone => "parlour.microphone",
        DeviceKind::Camera => "parlour.camera",
        DeviceKind::Speaker => "parlour.speaker",
    }
}
