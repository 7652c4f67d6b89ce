//! Tries all microphones, where the one in use hears nothing.

use std::rc::Rc;
use std::time::Duration;

use call::devices::{Both, DeviceKind, Target};
use call::hints::loudest;
use call::quality::CaptureWanted;
use leptos::prelude::*;
use web_sys::MediaStreamTrack;

use crate::browser::held;
use crate::browser::media;
use crate::browser::meter::Meter;
use crate::browser::session::Session;
use crate::browser::task::spawn;
use crate::browser::timer::pause;
use crate::state::{MicrophoneHint, Phase, Processing};

/// How long they are listened to, and how often.
const LOOKS: u32 = 30;
const LOOK: Duration = Duration::from_millis(100);

/// A microphone that is tried. Dropping it releases it.
struct Tried {
    track: MediaStreamTrack,
    meter: Meter,
    peak: f64,
}

impl Drop for Tried {
    fn drop(&mut self) {
        self.track.stop();
        held::let_go(&self.track);
    }
}

impl Session {
    /// Listens to all microphones for some seconds, and offers the one that hears something.
    pub(in crate::browser) fn try_microphones(self: &Rc<Self>) {
        let hint = self.state.voice.hint;
        if hint.get_untracked() == MicrophoneHint::Trying {
            return;
        }
        hint.set(MicrophoneHint::Trying);
        let devices = self.state.microphone.choice.devices.get_untracked();
        let session = Rc::clone(self);
        spawn(async move {
            // It was heard meanwhile, or the person has left: nothing more is captured.
            let goes_on = || session.phase() == Phase::Call && hint.get_untracked() == MicrophoneHint::Trying;
            let mut tried = Vec::new();
            for device in &devices {
                if !goes_on() {
                    break;
                }
                if let Some(one) = open(&device.id).await {
                    tried.push((device, one));
                }
            }
            for _ in 0..LOOKS {
                if !goes_on() {
                    break;
                }
                pause(LOOK).await;
                for (_, one) in &mut tried {
                    one.peak = one.peak.max(one.meter.look().0);
                }
            }
            let peaks: Vec<_> = tried.iter().map(|(device, one)| (*device, one.peak)).collect();
            drop(tried);
            if !goes_on() {
                return;
            }
            let used = session.state.microphone.choice.chosen.get_untracked();
            hint.set(match loudest(&peaks) {
                Some(device) if used.as_ref() != Some(&device.id) => MicrophoneHint::Better {
                    device: device.id.clone(),
                    label: device.label.clone(),
                },
                Some(_) => MicrophoneHint::None,
                None => MicrophoneHint::NoneHears,
            });
        });
    }

    /// Uses the microphone that was offered.
    pub(in crate::browser) fn use_microphone(self: &Rc<Self>, device: String) {
        self.state.voice.hint.set(MicrophoneHint::None);
        self.capture.choose(DeviceKind::Microphone, device);
    }
}

async fn open(id: &str) -> Option<Tried> {
    let targets = Both {
        microphone: Some(Target::Exact(id.to_owned())),
        camera: None,
    };
    let captured = media::capture(&targets, CaptureWanted::FIRST, Processing::USUAL)
        .await
        .ok()?;
    let track = captured.microphone?;
    held::hold(&track);
    match Meter::new(&track) {
        Ok(meter) => Some(Tried {
            track,
            meter,
            peak: 0.0,
        }),
        Err(_) => {
            track.stop();
            held::let_go(&track);
            None
        }
    }
}
