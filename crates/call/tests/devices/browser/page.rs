//! The page: it performs effects, and asserts what must hold after every step.

use call::devices::{
    Both, CaptureKind, DeviceKind, DevicesEffect, DevicesInput, MediaState, Permission, RequestId, Status, Target, Wish,
};

use super::{Browser, CAPTURED, Event};

impl Browser {
    pub(crate) fn feed(&mut self, input: DevicesInput) {
        self.inputs += 1;
        self.trace.push(format!("{:?} <- {input:?}", self.now));
        let effects = self.devices.handle(self.now, input);
        for effect in effects {
            self.trace.push(format!("{:?}    -> {effect:?}", self.now));
            self.perform(effect);
        }
        self.check();
    }

    fn perform(&mut self, effect: DevicesEffect) {
        match effect {
            DevicesEffect::List { number } => {
                // Some browsers read the list when they are asked, some when they answer.
                let snapshot = self.rng.bool().then(|| self.list());
                self.later(300, Event::List(number, snapshot));
            }
            DevicesEffect::Capture { request, targets } => self.capture(request, targets),
            DevicesEffect::Replace { kind, request, enabled } => {
                let track = self
                    .tracks
                    .get_mut(&(request, kind))
                    .expect("a track that was captured");
                assert!(track.live, "a dead track is used");
                track.enabled = enabled;
                let old = self.in_use.of_mut(kind).replace(request);
                assert_ne!(old, Some(request), "a track replaces itself");
                if let Some(old) = old {
                    self.stop(old, kind);
                }
            }
            DevicesEffect::Release { kind } => {
                let old = self.in_use.of_mut(kind).take().expect("something to release");
                self.stop(old, kind);
            }
            DevicesEffect::Stop { kind, request } => {
                assert_ne!(*self.in_use.of(kind), Some(request), "the track in use is stopped");
                self.stop(request, kind);
            }
            DevicesEffect::SetEnabled { kind, enabled } => {
                let request = self.in_use.of(kind).expect("something to mute");
                self.tracks
                    .get_mut(&(request, kind))
                    .expect("a track that was captured")
                    .enabled = enabled;
            }
            DevicesEffect::RouteOutput { device } => {
                assert!(
                    self.remembered.contains_key(&DeviceKind::Speaker)
                        || self.chosen.iter().any(|(of, _)| *of == DeviceKind::Speaker),
                    "a speaker is used that nobody chose"
                );
                let there = |id: &String| self.hardware.iter().any(|of| of.id == id && of.plugged && !of.busy);
                let worked = device.as_ref().is_none_or(there);
                if worked {
                    self.routed.clone_from(&device);
                }
                self.later(200, Event::Input(DevicesInput::Routed { device, worked }));
            }
            DevicesEffect::Remember { kind, device } => {
                assert!(
                    self.chosen.contains(&(kind, device.clone())),
                    "{device} is remembered and was never chosen"
                );
                if let Some(kind) = CAPTURED.into_iter().find(|of| DeviceKind::from(*of) == kind) {
                    let request = self
                        .in_use
                        .of(kind)
                        .expect("a choice is remembered only after it worked");
                    assert_eq!(self.tracks[&(request, kind)].device, device);
                }
                self.remembered.insert(kind, device);
            }
            DevicesEffect::Forget { kind } => {
                assert_eq!(kind, DeviceKind::Speaker);
                self.remembered.remove(&kind);
            }
            DevicesEffect::Announce(media) => self.announced = media,
            DevicesEffect::Say { kind, notice } => self.said.push((kind, notice)),
            DevicesEffect::Hush { kind } => self.hushed.push(kind),
        }
    }

    fn stop(&mut self, request: RequestId, kind: CaptureKind) {
        self.tracks
            .get_mut(&(request, kind))
            .expect("a track that was captured")
            .live = false;
    }

    fn capture(&mut self, request: RequestId, targets: Both<Option<Target>>) {
        self.captures += 1;
        assert!(!self.left, "asked after leaving");
        assert_eq!(self.open, None, "two questions are open");
        assert!(
            !self.tracks.keys().any(|(of, _)| *of == request),
            "a request is used twice"
        );
        let asked: Vec<_> = CAPTURED
            .into_iter()
            .filter(|kind| targets.of(*kind).is_some())
            .collect();
        assert!(!asked.is_empty(), "a question for nothing");
        for kind in &asked {
            assert_ne!(*self.wish.of(*kind), Wish::Off, "asked for what is off");
        }
        let has = |state| asked.iter().any(|kind| *self.permission.of(*kind) == state);
        if has(Permission::Prompt) && !has(Permission::Denied) {
            assert!(!self.refused, "asked again after a refusal, without a click");
        }
        self.open = Some(request);
        self.later(3_000, Event::Answer(request, targets));
    }

    fn check(&self) {
        for kind in CAPTURED {
            let view = self.devices.capture(kind);
            let status = view.status;
            let used = self
                .in_use
                .of(kind)
                .map(|request| (request, &self.tracks[&(request, kind)]));
            for ((request, of), track) in &self.tracks {
                let is_used = used.is_some_and(|(used, _)| used == *request);
                assert!(
                    *of != kind || !track.live || is_used,
                    "a track of {kind:?} lives and nobody uses it"
                );
            }
            assert_eq!(view.wish, *self.wish.of(kind));
            if self.left || view.wish == Wish::Off {
                assert!(used.is_none(), "{kind:?} is captured while it is off");
                assert_eq!(status, Status::Off);
            }
            let runs = matches!(status, Status::On | Status::Muted | Status::Interrupted);
            assert_eq!(runs, used.is_some(), "{kind:?} is shown as {status:?}");
            if let Some((_, track)) = used {
                assert_eq!(track.enabled, view.wish == Wish::On, "{kind:?} as {status:?}");
                if !self.habits.hides_used {
                    assert_eq!(view.used.as_deref(), Some(track.device));
                }
                assert_eq!(status == Status::Interrupted, track.told_muted && view.wish == Wish::On);
            }
            let said = *self.announced.of(kind);
            assert_eq!(
                said == MediaState::On,
                status == Status::On,
                "{kind:?} is announced as {said:?}"
            );
            assert!(said == MediaState::Off || view.wish != Wish::Off);
            assert_eq!(
                view.preferred.as_ref(),
                self.remembered.get(&kind.into()),
                "a preference is lost"
            );
            assert!(
                view.shown
                    .is_none_or(|id| view.devices.iter().any(|device| device.id == id))
            );
        }
        let speaker = self.devices.speaker();
        assert!(
            speaker
                .shown
                .is_none_or(|id| speaker.devices.iter().any(|device| device.id == id))
        );
    }
}
