//! Microphone, camera and speaker of a room page: on, off, which one, and what the others are told.

use std::rc::Rc;

use leptos::prelude::*;
use protocol::Media;
use wasm_bindgen::prelude::*;

use super::media::{self, Acquired, BOTH};
use super::meter::Meter;
use super::page::{self, storage};
use super::room::{Room, with};
use super::rtc_ext::{self, MediaElement};
use super::task::spawn;
use crate::state::{ChoiceSignals, DeviceKind, DeviceProblem, DeviceSignals, DeviceStatus, Tone};

impl Room {
    pub(super) fn device(&self, kind: DeviceKind) -> DeviceSignals {
        match kind {
            DeviceKind::Camera => self.state.camera,
            DeviceKind::Microphone | DeviceKind::Speaker => self.state.microphone,
        }
    }

    fn choice(&self, kind: DeviceKind) -> ChoiceSignals {
        match kind {
            DeviceKind::Speaker => self.state.speaker,
            kind => self.device(kind).choice,
        }
    }

    /// What this page sends at the moment.
    pub(super) fn media_now(&self) -> Media {
        let on = |kind| {
            let device = self.device(kind);
            device.wanted.get_untracked() && device.status.get_untracked() == DeviceStatus::On
        };
        Media {
            microphone: on(DeviceKind::Microphone),
            camera: on(DeviceKind::Camera),
            screen: false,
        }
    }

    /// Asks for every device that is wanted: both in one question where both are.
    pub(super) fn acquire_wanted(self: &Rc<Self>) {
        let wanted: Vec<_> = BOTH
            .into_iter()
            .filter(|&kind| self.device(kind).wanted.get_untracked())
            .collect();
        for &kind in &wanted {
            self.device(kind).status.set(DeviceStatus::Starting);
        }
        let room = Rc::clone(self);
        spawn(async move {
            if wanted.len() == 2 && room.acquire_both().await {
                room.refresh_devices().await;
                return;
            }
            for kind in wanted {
                if room.device(kind).wanted.get_untracked() {
                    room.acquire(kind).await;
                }
            }
        });
    }

    async fn acquire_both(self: &Rc<Self>) -> bool {
        let chosen = BOTH.map(|kind| self.choice(kind).chosen.get_untracked());
        if !self
            .media
            .acquire_both(chosen.each_ref().map(Option::as_deref), BOTH.map(when_ended))
            .await
        {
            return false;
        }
        for kind in BOTH {
            // It may have been switched off while the browser was asking.
            if self.device(kind).wanted.get_untracked() {
                self.device_runs(kind);
            } else {
                self.switch_off(kind);
            }
        }
        true
    }

    async fn acquire(self: &Rc<Self>, kind: DeviceKind) {
        let device = self.device(kind);
        device.status.set(DeviceStatus::Starting);
        let chosen = device.choice.chosen.get_untracked();
        match self.media.acquire(kind, chosen.as_deref(), when_ended(kind)).await {
            Acquired::Yes => {
                self.device_runs(kind);
                self.refresh_devices().await;
            }
            Acquired::No(problem) => self.device_failed(kind, problem),
            Acquired::Overtaken => {}
        }
    }

    fn device_runs(&self, kind: DeviceKind) {
        let track = self.media.track(kind);
        for (.., connection) in self.connections.borrow().iter() {
            connection.send_track(kind, track.as_ref());
        }
        self.device(kind).status.set(DeviceStatus::On);
        if kind == DeviceKind::Microphone {
            drop(self.meter.take());
        }
        self.tell_media();
    }

    fn device_failed(&self, kind: DeviceKind, problem: DeviceProblem) {
        self.media.release(kind);
        let device = self.device(kind);
        device.wanted.set(false);
        device.status.set(DeviceStatus::Problem(problem));
        self.tell_media();
    }

    /// A device went away by itself: unplugged, or the permission was taken back.
    fn device_ended(self: &Rc<Self>, kind: DeviceKind) {
        self.stop_sending(kind);
        self.device_failed(kind, DeviceProblem::Missing);
        self.notify(Tone::Problem, DeviceProblem::Missing.sentence(kind));
    }

    fn stop_sending(&self, kind: DeviceKind) {
        for (.., connection) in self.connections.borrow().iter() {
            connection.send_track(kind, None);
        }
    }

    /// On, or off.
    pub(super) fn toggle(self: &Rc<Self>, kind: DeviceKind) {
        let device = self.device(kind);
        let on = !device.wanted.get_untracked();
        device.wanted.set(on);
        if !on {
            self.switch_off(kind);
        } else if let (DeviceKind::Microphone, Some(track)) = (kind, self.media.track(kind)) {
            track.set_enabled(true);
            device.status.set(DeviceStatus::On);
            self.tell_media();
        } else {
            let room = Rc::clone(self);
            spawn(async move { room.acquire(kind).await });
        }
    }

    /// A microphone is only silenced, so that it is back at once; a camera is let go, so that its light goes out.
    fn switch_off(&self, kind: DeviceKind) {
        match (kind, self.media.track(kind)) {
            (DeviceKind::Microphone, Some(track)) => track.set_enabled(false),
            _ => {
                self.stop_sending(kind);
                self.media.release(kind);
            }
        }
        self.device(kind).status.set(DeviceStatus::Off);
        self.tell_media();
    }

    /// Lets both devices go, keeping what is wanted for the next time.
    pub(super) fn release_devices(&self) {
        drop(self.meter.take());
        for kind in BOTH {
            self.media.release(kind);
            self.device(kind).status.set(DeviceStatus::Off);
        }
        self.state.level.set(0.0);
    }

    /// Uses another device from now on, and remembers it.
    pub(super) fn choose(self: &Rc<Self>, kind: DeviceKind, id: String) {
        storage::save(storage_key(kind), &id);
        self.choice(kind).chosen.set(Some(id));
        match kind {
            DeviceKind::Speaker => self.route_sound(),
            kind if self.device(kind).wanted.get_untracked() => {
                let room = Rc::clone(self);
                spawn(async move { room.acquire(kind).await });
            }
            kind => self.media.release(kind),
        }
    }

    /// Reads the remembered choices.
    pub(super) fn recall_choices(&self) {
        for kind in [DeviceKind::Microphone, DeviceKind::Camera, DeviceKind::Speaker] {
            self.choice(kind).chosen.set(storage::load(storage_key(kind)));
        }
    }

    /// Asks the browser which devices there are.
    pub(super) async fn refresh_devices(&self) {
        let found = media::list().await;
        for kind in [DeviceKind::Microphone, DeviceKind::Camera, DeviceKind::Speaker] {
            if kind == DeviceKind::Speaker && !super::elements::can_choose_speaker() {
                continue;
            }
            let of_kind: Vec<_> = found
                .iter()
                .filter(|(of, _)| *of == kind)
                .map(|(_, device)| device.clone())
                .collect();
            let choice = self.choice(kind);
            // What is in use, where nothing was chosen.
            if choice
                .chosen
                .get_untracked()
                .is_none_or(|id| of_kind.iter().all(|device| device.id != id))
            {
                let used = self.media.track(kind).and_then(|track| used_device(&track));
                choice
                    .chosen
                    .set(used.or_else(|| of_kind.first().map(|device| device.id.clone())));
            }
            if choice.devices.with_untracked(|devices| *devices != of_kind) {
                choice.devices.set(of_kind);
            }
        }
    }

    /// Looks at the meter; makes one where it may.
    pub(super) fn measure_own_level(&self) {
        let on = self.state.microphone.status.get_untracked() == DeviceStatus::On;
        if on && self.meter.borrow().is_none() && page::has_been_touched() {
            let meter = self
                .media
                .track(DeviceKind::Microphone)
                .and_then(|track| Meter::new(&track).ok());
            self.meter.replace(meter);
        }
        let level = if on {
            self.meter.borrow().as_ref().map_or(0.0, Meter::level)
        } else {
            0.0
        };
        if (self.state.level.get_untracked() - level).abs() > 0.01 {
            self.state.level.set(level);
        }
    }

    /// Sends every peer's sound to the chosen speaker.
    pub(super) fn route_sound(&self) {
        let Some(id) = self.state.speaker.chosen.get_untracked() else {
            return;
        };
        for (.., audio) in self.elements.borrow().iter() {
            super::elements::route(audio.unchecked_ref::<MediaElement>(), &id);
        }
    }
}

fn when_ended(kind: DeviceKind) -> Closure<dyn FnMut()> {
    Closure::new(move || with(|room| room.device_ended(kind)))
}

const fn storage_key(kind: DeviceKind) -> &'static str {
    match kind {
        DeviceKind::Microphone => "parlour.microphone",
        DeviceKind::Camera => "parlour.camera",
        DeviceKind::Speaker => "parlour.speaker",
    }
}

fn used_device(track: &web_sys::MediaStreamTrack) -> Option<String> {
    rtc_ext::get_text(&rtc_ext::call(track, "getSettings"), "deviceId")
}
