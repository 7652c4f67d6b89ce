//! Somebody else, as a page knows them.

use call::Reach;
use call::channel::Ended;
use leptos::prelude::*;
use protocol::{Media, PeerId, PeerInfo};

use crate::browser::Stream;
use crate::figures::Figures;

/// Somebody else in the room. `Copy`; its signals are written by `browser`, and by the controls of the tile.
#[derive(Clone, Copy, Debug)]
pub struct PeerTile {
    /// Which tile: somebody who is gone and comes back at once has the same id, and another tile.
    pub number: u32,
    /// Who.
    pub id: PeerId,
    /// Their name.
    pub name: RwSignal<String>,
    /// What they say they send.
    pub media: RwSignal<Media>,
    /// How it stands between us.
    pub reach: RwSignal<Reach>,
    /// Their socket to the server is lost. Their media may be fine.
    pub away: RwSignal<bool>,
    /// They are heard right now.
    pub speaking: RwSignal<bool>,
    /// Why messages with them are off, where they are.
    pub channel: RwSignal<Option<Ended>>,
    /// What their camera shows.
    pub picture: RwSignal<Option<Stream>>,
    /// What their microphone hears.
    pub sound: RwSignal<Option<Stream>>,
    /// Width by height of it, 0 until it is known.
    pub aspect: RwSignal<f64>,
    /// How well they are received, while the person here looks.
    pub figures: RwSignal<Option<Figures>>,
    /// What they share.
    pub screen: RwSignal<Option<Stream>>,
    /// Width by height of it, 0 until it is known.
    pub screen_aspect: RwSignal<f64>,
    /// The sound of it.
    pub screen_sound: RwSignal<Option<Stream>>,
    /// What the person here has put aside of theirs.
    pub screen_aside: RwSignal<bool>,
    /// How loud they are played here.
    pub volume: VolumeSignals,
    /// How loud what they share is played here.
    pub screen_volume: VolumeSignals,
}

/// How loud something is played.
#[derive(Clone, Copy, Debug)]
pub struct VolumeSignals {
    /// 0 to 1.
    pub volume: RwSignal<f64>,
    /// Not at all.
    pub muted: RwSignal<bool>,
    /// What of it is played so that everybody is about as loud, 0 to 1.
    pub evened: RwSignal<f64>,
}

impl PeerTile {
    /// Somebody of whom nothing has come yet. Its signals belong to the current owner.
    pub(crate) fn new(number: u32, info: &PeerInfo) -> Self {
        Self {
            number,
            id: info.id,
            name: RwSignal::new(info.name.as_str().into()),
            media: RwSignal::new(info.media),
            reach: RwSignal::new(Reach::default()),
            away: RwSignal::new(false),
            speaking: RwSignal::new(false),
            channel: RwSignal::new(None),
            picture: RwSignal::new(None),
            sound: RwSignal::new(None),
            aspect: RwSignal::new(0.0),
            figures: RwSignal::new(None),
            screen: RwSignal::new(None),
            screen_aspect: RwSignal::new(0.0),
            screen_sound: RwSignal::new(None),
            screen_aside: RwSignal::new(false),
            volume: VolumeSignals::new(),
            screen_volume: VolumeSignals::new(),
        }
    }

    /// Whether media flows, or is expected back at any moment.
    pub(crate) fn is_reached(&self) -> bool {
        matches!(self.reach.get(), Reach::Connected | Reach::Reconnecting)
    }

    /// Whether a picture of them is to be seen.
    pub(crate) fn has_picture(&self) -> bool {
        self.media.get().camera.is_on() && self.is_reached()
    }

    /// Whether a screen of theirs is to be seen.
    pub(crate) fn shares(&self) -> bool {
        self.media.get().screen.is_on() && self.is_reached()
    }
}

/// How loud a person has chosen to hear something: 0 to 1, and whether not at all.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Loudness(f64, bool);

impl Loudness {
    /// Where nothing was chosen.
    pub(crate) const FULL: Self = Self(1.0, false);
}

impl VolumeSignals {
    /// What was chosen.
    pub(crate) fn chosen(&self) -> Loudness {
        Loudness(self.volume.get_untracked(), self.muted.get_untracked())
    }

    /// As it was chosen before.
    pub(crate) fn choose(&self, Loudness(volume, muted): Loudness) {
        self.volume.set(volume);
        self.muted.set(muted);
    }

    fn new() -> Self {
        Self {
            volume: RwSignal::new(1.0),
            muted: RwSignal::new(false),
            evened: RwSignal::new(1.0),
        }
    }

    /// How loud it is to be played, 0 to 1. `even`: everybody alike.
    pub(crate) fn played(&self, even: bool) -> f64 {
        if self.muted.get() {
            return 0.0;
        }
        let evened = if even { self.evened.get() } else { 1.0 };
        self.volume.get() * evened
    }
}
