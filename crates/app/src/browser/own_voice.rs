//! The own microphone while it is used: how loud it is, and what the person should know of it.

mod trial;

use std::cell::RefCell;
use std::rc::Rc;

use call::devices::{CaptureKind, DevicesInput, MediaState};
use call::hints::{Hint, Hints};
use call::{Input, Source};
use leptos::prelude::*;
use web_sys::MediaStreamTrack;

use super::meter::Meter;
use super::page::{self, storage};
use super::session::{Session, now};
use crate::state::{MicrophoneHint, Phase, Processing};

/// Keys of what is not as it is for everybody at first.
const KEYS: [&str; 4] = [
    "parlour.no-echo-cancellation",
    "parlour.no-noise-suppression",
    "parlour.no-gain-control",
    "parlour.original-sound",
];

/// Listens to the own microphone.
#[derive(Default)]
pub(super) struct OwnVoice {
    listening: RefCell<Option<Listening>>,
    hints: RefCell<Hints>,
}

struct Listening {
    /// The id of the track that is used.
    of: String,
    /// A clone of it. It goes on while the one that is sent is muted, and is sent nowhere.
    clone: MediaStreamTrack,
    /// Not where the browser makes none: it would make none the next time either.
    meter: Option<Meter>,
}

impl Drop for Listening {
    fn drop(&mut self) {
        self.clone.stop();
        super::held::let_go(&self.clone);
    }
}

impl OwnVoice {
    /// Listens no longer.
    pub(super) fn end(&self) {
        drop(self.listening.take());
        self.hints.take();
    }

    fn follow(&self, track: Option<MediaStreamTrack>) {
        let is_same = {
            let listening = self.listening.borrow();
            listening.as_ref().map(|listening| &listening.of) == track.as_ref().map(MediaStreamTrack::id).as_ref()
        };
        if is_same {
            return;
        }
        drop(self.listening.take());
        // Before the person has touched the page, the browser lets no audio graph run.
        let Some(track) = track.filter(|_| page::has_been_touched()) else {
            return;
        };
        // Not the trait's: this makes a second track of the same microphone.
        let clone = MediaStreamTrack::clone(&track);
        clone.set_enabled(true);
        super::held::hold(&clone);
        let meter = Meter::new(&clone).ok();
        let of = track.id();
        self.listening.replace(Some(Listening { of, clone, meter }));
    }
}

impl Session {
    /// How the microphone was captured the last time.
    pub(super) fn start_own_voice(self: &Rc<Self>) {
        let is_kept = KEYS.map(|key| storage::load(key).is_some());
        let processing = Processing {
            echo_cancellation: !is_kept[0],
            noise_suppression: !is_kept[1],
            auto_gain_control: !is_kept[2],
            original: is_kept[3],
        };
        self.state.voice.processing.set(processing);
        self.dispatch(Input::OriginalSound(processing.original));
    }

    /// Captures the microphone in another way from now on, and remembers it.
    pub(super) fn set_processing(self: &Rc<Self>, processing: Processing) {
        if self.state.voice.processing.get_untracked() == processing {
            return;
        }
        self.state.voice.processing.set(processing);
        let unusual = [
            !processing.echo_cancellation,
            !processing.noise_suppression,
            !processing.auto_gain_control,
            processing.original,
        ];
        for (key, unusual) in KEYS.into_iter().zip(unusual) {
            if unusual {
                storage::save(key, "on");
            } else {
                storage::forget(key);
            }
        }
        self.dispatch(Input::OriginalSound(processing.original));
        self.capture.handle(DevicesInput::Renew {
            kind: CaptureKind::Microphone,
        });
    }

    /// One look, several times a second.
    pub(super) fn listen_to_oneself(&self) {
        if self.phase() != Phase::Call {
            return;
        }
        let state = self.capture.microphone_state();
        let track = self.capture.track(Source::Microphone);
        self.own_voice.follow(track.filter(|_| state != MediaState::Off));
        let (level, loudness) = {
            let listening = self.own_voice.listening.borrow();
            let meter = listening.as_ref().and_then(|listening| listening.meter.as_ref());
            // A graph that rests hears nothing, which says nothing of the microphone.
            let heard = meter.filter(|meter| meter.is_running()).map(Meter::look);
            heard.unwrap_or((f64::NAN, 0.0))
        };
        let voice = self.state.voice;
        if voice.level_shown.get_untracked() {
            self.state.level.set(loudness);
        }
        let hint = match self.own_voice.hints.borrow_mut().hear(now(), state, level) {
            Some(Hint::YouAreMuted) => MicrophoneHint::YouAreMuted,
            Some(Hint::NothingHeard) => MicrophoneHint::NothingHeard,
            None => MicrophoneHint::None,
        };
        let shown = voice.hint.get_untracked();
        // What came of a trial stays until the person has seen it, or the microphone is heard.
        let is_trial = matches!(
            shown,
            MicrophoneHint::Trying | MicrophoneHint::Better { .. } | MicrophoneHint::NoneHears
        );
        if shown != hint && !(is_trial && hint == MicrophoneHint::NothingHeard) {
            voice.hint.set(hint);
        }
    }
}
