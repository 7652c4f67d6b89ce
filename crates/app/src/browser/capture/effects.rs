//! What [`call::Devices`] asks for, done.

use call::Source;
use call::devices::{Both, CaptureKind, DevicesEffect, DevicesInput, Notice as DeviceNotice, RequestId, Target, Track};
use leptos::prelude::*;
use web_sys::MediaStreamTrack;

use super::captured::{Captured, is_muted};
use super::{Capture, storage_key};
use crate::browser::media;
use crate::browser::page::storage;
use crate::browser::stream::{self, Stream};
use crate::browser::task::spawn;
use crate::state::{Notice, Phase, Tone};
use crate::texts::texts;

impl Capture {
    pub(super) fn perform(&self, effect: DevicesEffect) {
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
                let handle = self.handle.clone();
                spawn(async move {
                    let speaker = device.clone().unwrap_or_default();
                    let worked = stream::plays_on(&speaker).await;
                    handle.with(|session| {
                        if worked {
                            session.state.sink.set(Some(speaker));
                        }
                        session.capture.handle(DevicesInput::Routed { device, worked });
                    });
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
                        text: (texts().devices.notice)(kind, &notice, !in_lobby).into_owned(),
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
        let processing = self.state.voice.processing.get_untracked();
        let has_microphone = targets.microphone.is_some();
        spawn(async move {
            let captured = media::capture(&targets, wanted, processing).await;
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
                // Another size was asked for meanwhile, or another way.
                if capture.wanted.get() != wanted {
                    capture.resize(capture.wanted.get());
                }
                if has_microphone && capture.state.voice.processing.get_untracked() != processing {
                    capture.handle(DevicesInput::Renew {
                        kind: CaptureKind::Microphone,
                    });
                }
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
}

const fn source(kind: CaptureKind) -> Source {
    match kind {
        CaptureKind::Microphone => Source::Microphone,
        CaptureKind::Camera => Source::Camera,
    }
}
