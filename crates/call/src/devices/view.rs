//! What the page shows of its devices.

use super::{Both, CaptureKind, Device, Devices, MediaState, Phase, Status, Wish};

/// A microphone or a camera, for showing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CaptureView {
    /// What the person wants.
    pub wish: Wish,
    /// How it stands.
    pub status: Status,
    /// What a menu offers. Empty until the browser tells names.
    pub devices: Vec<Device>,
    /// The `deviceId` of what runs, where something runs and the browser tells.
    pub used: Option<String>,
    /// What the person prefers. It may be unplugged.
    pub preferred: Option<String>,
    /// What the person chose and has not run yet.
    pub trying: Option<String>,
    /// The entry of the menu that is true: what runs; where nothing runs, what would be used. `None` selects nothing.
    pub shown: Option<String>,
}

/// The speaker, for showing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SpeakerView {
    /// What a menu offers, with the default. A device without a label is the system's default. Empty where the browser cannot choose.
    pub devices: Vec<Device>,
    /// Where sound plays; `None` is the system's default. Elements made from now on play there.
    pub used: Option<String>,
    /// What the person prefers. It may be unplugged.
    pub preferred: Option<String>,
    /// The entry of the menu that is true. `None` selects nothing.
    pub shown: Option<String>,
}

impl Devices {
    /// A microphone or a camera, for showing.
    #[must_use]
    pub fn capture(&self, kind: CaptureKind) -> CaptureView {
        let capturer = self.capturers.of(kind);
        CaptureView {
            wish: capturer.wish,
            status: self.status(kind),
            devices: capturer.listing.named(),
            used: capturer.used.as_ref().and_then(|used| used.device.clone()),
            preferred: capturer.preferred.clone(),
            trying: capturer.chosen.clone(),
            shown: capturer.shown(),
        }
    }

    /// The speaker, for showing, and for elements made later.
    #[must_use]
    pub fn speaker(&self) -> SpeakerView {
        SpeakerView {
            devices: self.output.menu(),
            used: self.output.routed.clone(),
            preferred: self.output.preferred.clone(),
            shown: self.output.shown(),
        }
    }

    /// How a microphone or a camera stands.
    #[must_use]
    pub fn status(&self, kind: CaptureKind) -> Status {
        match self.phase {
            Phase::Here => self.capturers.of(kind).status(),
            Phase::New | Phase::Left => Status::Off,
        }
    }

    /// How each source stands, for the others: what [`super::DevicesEffect::Announce`] said last.
    #[must_use]
    pub fn media(&self) -> Both<MediaState> {
        match self.phase {
            Phase::Here => Both::from_fn(|kind| self.capturers.of(kind).media()),
            Phase::New | Phase::Left => Both::default(),
        }
    }

    /// What a press on the device's button asks for: a microphone that is on is muted and a camera is turned off, what is silent or
    /// failed is turned on.
    #[must_use]
    pub fn pressed(&self, kind: CaptureKind) -> Wish {
        let turns_on = matches!(self.status(kind), Status::Off | Status::Muted | Status::Failed(_));
        match (turns_on, kind) {
            (true, _) => Wish::On,
            (false, CaptureKind::Microphone) => Wish::Muted,
            (false, CaptureKind::Camera) => Wish::Off,
        }
    }
}
