//! `getUserMedia()`: a question to the person, and an answer from the hardware.

use call::devices::{Both, CaptureError, CaptureKind, DevicesInput, Permission, RequestId, Target, Track};

use super::{Answer, Browser, CAPTURED, Event, FakeTrack};

impl Browser {
    pub(super) fn answer(&mut self, request: RequestId, targets: &Both<Option<Target>>) {
        assert_eq!(self.open.take(), Some(request));
        match self.captures(targets) {
            Ok(found) => {
                let mut tracks = Both::default();
                for kind in CAPTURED {
                    let Some(device) = *found.of(kind) else { continue };
                    if self.habits.ends_old {
                        self.end_old(kind);
                    }
                    let muted = self.habits.starts_muted && self.rng.u32(0..10) == 0;
                    let track = FakeTrack {
                        device,
                        live: true,
                        muted,
                        told_muted: muted,
                        enabled: true,
                    };
                    self.tracks.insert((request, kind), track);
                    let told = (!self.habits.hides_used).then(|| device.to_owned());
                    *tracks.of_mut(kind) = Some(Track {
                        device: told,
                        label: device.to_owned(),
                        muted,
                    });
                }
                self.feed(DevicesInput::Captured { request, tracks });
            }
            Err(name) => {
                let message = if self.answer == Answer::Dismiss {
                    "Permission dismissed"
                } else {
                    ""
                };
                let error = CaptureError {
                    name: name.to_owned(),
                    message: message.to_owned(),
                };
                let facts = self.facts();
                self.feed(DevicesInput::CaptureFailed { request, error, facts });
            }
        }
    }

    fn end_old(&mut self, kind: CaptureKind) {
        if let Some(request) = *self.in_use.of(kind)
            && let Some(track) = self.tracks.get_mut(&(request, kind))
            && track.live
        {
            track.live = false;
            self.ended(kind, request);
        }
    }

    fn captures(&mut self, targets: &Both<Option<Target>>) -> Result<Both<Option<&'static str>>, &'static str> {
        let asked: Vec<_> = CAPTURED
            .into_iter()
            .filter(|kind| targets.of(*kind).is_some())
            .collect();
        let mut found = Both::default();
        for &kind in &asked {
            *found.of_mut(kind) = Some(self.find(kind, targets.of(kind).as_ref().expect("a kind that was asked for"))?);
        }
        let has = |state| asked.iter().any(|kind| *self.permission.of(*kind) == state);
        if has(Permission::Denied) {
            return Err("NotAllowedError");
        }
        if has(Permission::Prompt) {
            self.questions += 1;
            if self.answer != Answer::Allow {
                self.refused = true;
                return Err("NotAllowedError");
            }
            for &kind in &asked {
                *self.permission.of_mut(kind) = Permission::Granted;
                if self.habits.tells_permissions {
                    let permission = Permission::Granted;
                    self.later(50, Event::Input(DevicesInput::PermissionChanged { kind, permission }));
                }
            }
        }
        for &kind in &asked {
            let id = found.of(kind).expect("found above");
            let busy = self.hardware.iter().any(|device| device.id == id && device.busy);
            let other_is_open = self
                .tracks
                .iter()
                .any(|((_, of), track)| *of == kind && track.live && track.device != id);
            if busy || (self.habits.opens_one && other_is_open) {
                return Err("NotReadableError");
            }
        }
        Ok(found)
    }

    fn find(&self, kind: CaptureKind, target: &Target) -> Result<&'static str, &'static str> {
        let mut there = self
            .hardware
            .iter()
            .filter(|device| device.kind == kind.into() && device.plugged);
        let any = there.clone().next().map(|device| device.id).ok_or("NotFoundError");
        match target {
            Target::Any => any,
            Target::Prefer(id) => there
                .find(|device| device.id == id)
                .map(|device| device.id)
                .map_or(any, Ok),
            Target::Exact(id) => any.and(
                there
                    .find(|device| device.id == id)
                    .map(|device| device.id)
                    .ok_or("OverconstrainedError"),
            ),
        }
    }
}
