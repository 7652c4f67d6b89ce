//! How the own microphone is captured, and what the person should know of it.

use leptos::prelude::*;

/// What the browser does to the own voice (W3C Media Capture and Streams section 4.3.5).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Processing {
    /// Takes what the speaker plays out of it.
    pub echo_cancellation: bool,
    /// Takes out what is no voice.
    pub noise_suppression: bool,
    /// Makes it louder or quieter.
    pub auto_gain_control: bool,
    /// None of these, and more bits: for music.
    pub original: bool,
}

/// What the person should know of the own microphone.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum MicrophoneHint {
    /// Nothing.
    #[default]
    None,
    /// They speak, and are muted.
    YouAreMuted,
    /// Nothing at all comes from it.
    NothingHeard,
    /// The others are being tried.
    Trying,
    /// Another one hears something.
    Better {
        /// Its `deviceId`.
        device: String,
        /// Its name.
        label: String,
    },
    /// None of them hears anything.
    NoneHears,
}

/// The own microphone, beside what [`super::DeviceSignals`] says of it.
#[derive(Clone, Copy)]
pub struct VoiceSignals {
    /// How it is captured.
    pub processing: RwSignal<Processing>,
    /// What the person should know.
    pub hint: RwSignal<MicrophoneHint>,
    /// The panel that shows the level is open.
    pub level_shown: RwSignal<bool>,
}

impl Processing {
    /// What suits voices.
    pub const USUAL: Self = Self {
        echo_cancellation: true,
        noise_suppression: true,
        auto_gain_control: true,
        original: false,
    };

    /// What is really asked of the browser.
    #[must_use]
    pub const fn applied(self) -> Self {
        if self.original {
            Self {
                echo_cancellation: false,
                noise_suppression: false,
                auto_gain_control: false,
                original: true,
            }
        } else {
            self
        }
    }
}

impl VoiceSignals {
    pub(super) fn new() -> Self {
        Self {
            processing: RwSignal::new(Processing::USUAL),
            hint: RwSignal::default(),
            level_shown: RwSignal::new(false),
        }
    }
}
