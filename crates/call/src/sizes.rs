//! Sizes in both directions: what this page asks of the others, and what it encodes for them.
//!
//! Ties [`Wishes`] and [`Quality`] to the call: what the effects of a call mean for them, and what they ask for.

use crate::SmallMap;
use std::time::Duration;

use protocol::peer_message::{Size, Sizes as SizesMessage};
use protocol::{PeerId, PeerMessage};

use crate::mesh::Mesh;
use crate::quality::{
    Capture, PathStats, Quality, QualityEffect, QualityInput, QualitySettings, ShownSize, Step, Wanted, Wishes,
};
use crate::{Effect, Reach, Source};

/// Both halves.
#[derive(Debug)]
pub(crate) struct Sizes {
    quality: Quality,
    wishes: Wishes,
    low_data: bool,
    /// What each peer was asked for.
    asked: SmallMap<PeerId, Wanted>,
}

impl Sizes {
    pub(crate) fn new(settings: QualitySettings) -> Self {
        Self {
            quality: Quality::new(settings),
            wishes: Wishes::default(),
            low_data: false,
            asked: SmallMap::new(),
        }
    }

    /// A picture of a peer is shown at this size, or not at all.
    pub(crate) fn show(&mut self, now: Duration, peer: PeerId, source: Source, size: Option<ShownSize>) {
        self.wishes.show(now, peer, source, size);
    }

    /// The own picture is shown at this size, or not at all.
    pub(crate) fn show_own(&mut self, now: Duration, size: Option<ShownSize>) {
        let step = size.map_or(Step::Hidden, |size| Step::of(size, 100));
        self.quality.handle(now, QualityInput::SelfView(step));
    }

    /// The person wants to save data, or no longer.
    pub(crate) fn set_low_data(&mut self, now: Duration, on: bool, mesh: &mut Mesh, effects: &mut Vec<Effect>) {
        self.low_data = on;
        self.quality.handle(now, QualityInput::LowData(on));
        self.wishes.low_data(now, on);
        for (peer, wanted) in self.asked.clone() {
            self.ask(now, peer, wanted, mesh, effects);
        }
    }

    /// The microphone's sound is music, or no longer.
    pub(crate) fn set_original_sound(&mut self, now: Duration, on: bool) {
        self.quality.handle(now, QualityInput::OriginalSound(on));
    }

    /// What a camera or a screen gives, or that it gives nothing.
    pub(crate) fn captured(&mut self, now: Duration, source: Source, capture: Option<Capture>) {
        let input = match source {
            Source::ScreenAudio => QualityInput::ScreenAudio(capture.is_some()),
            _ => QualityInput::Captured { source, capture },
        };
        self.quality.handle(now, input);
    }

    /// What the connections measure.
    pub(crate) fn stats(&mut self, now: Duration, stats: SmallMap<PeerId, PathStats>) {
        self.quality.handle(now, QualityInput::Stats(stats));
    }

    /// See [`Quality::start_bitrate`].
    pub(crate) fn start_bitrate(&self, peer: PeerId) -> u32 {
        self.quality.start_bitrate(peer)
    }

    /// A peer says how large it shows what it receives.
    pub(crate) fn wished(&mut self, now: Duration, peer: PeerId, sizes: SizesMessage) {
        for (source, size) in [(Source::Camera, sizes.camera), (Source::Screen, sizes.screen)] {
            let step = Step::from_number(size.into());
            self.quality.handle(now, QualityInput::Wish { peer, source, step });
        }
        let on = sizes.low_data;
        self.quality.handle(now, QualityInput::PeerLowData { peer, on });
    }

    /// Whether a picture of this peer is asked for, as far as anything has been.
    pub(crate) fn asks_for_picture(&self, peer: PeerId) -> bool {
        self.asked
            .get(&peer)
            .is_none_or(|wanted| wanted.camera.max(wanted.screen) > Step::Hidden)
    }

    /// Follows what the call does.
    fn follow(&mut self, now: Duration, effects: &[Effect]) {
        for effect in effects {
            let input = match effect {
                Effect::PeerAdded(info) => QualityInput::PeerJoined(info.id),
                Effect::PeerRemoved(peer) => {
                    self.wishes.forget(*peer);
                    self.asked.remove(peer);
                    QualityInput::PeerLeft(*peer)
                }
                Effect::Open { peer, .. } => QualityInput::Replaced(*peer),
                Effect::Reach { peer, reach } => match reach {
                    Reach::Connected => QualityInput::Stands(*peer),
                    Reach::Connecting => continue,
                    Reach::Reconnecting | Reach::Unreachable(_) => QualityInput::Interrupted(*peer),
                },
                _ => continue,
            };
            self.quality.handle(now, input);
        }
    }

    /// Follows what the call has done so far, and adds what is to be asked of the others and what is to be encoded for them.
    pub(crate) fn poll(&mut self, now: Duration, mesh: &mut Mesh, effects: &mut Vec<Effect>) {
        self.follow(now, effects);
        for (peer, wanted) in self.wishes.poll(now) {
            self.asked.insert(peer, wanted);
            self.ask(now, peer, wanted, mesh, effects);
        }
        for effect in self.quality.poll(now) {
            effects.push(match effect {
                QualityEffect::Encode { peer, source, encoding } => Effect::Encode { peer, source, encoding },
                QualityEffect::Capture(wanted) => Effect::ResizeCamera(wanted),
            });
        }
    }

    /// A state that is not taken now is sent with the next hello.
    fn ask(&self, now: Duration, peer: PeerId, wanted: Wanted, mesh: &mut Mesh, effects: &mut Vec<Effect>) {
        let sizes = SizesMessage {
            camera: Size::from(wanted.camera.number()),
            screen: Size::from(wanted.screen.number()),
            low_data: self.low_data,
        };
        mesh.tell(now, peer, &PeerMessage::Sizes(sizes), effects);
    }

    /// When [`Self::poll`] is due.
    pub(crate) fn deadline(&self) -> Option<Duration> {
        self.wishes
            .next_deadline()
            .into_iter()
            .chain(self.quality.next_deadline())
            .min()
    }
}
