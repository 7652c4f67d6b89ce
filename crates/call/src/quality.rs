//! Who gets which picture in which size: each receiver says how large it shows what, and each sender encodes just that, as far as its
//! uplink and its processor allow.
//!
//! [`Wishes`] is the receiver's half, [`Quality`] the sender's. Sounds come first, then a screen that somebody looks at, then what fills a
//! stage, then the rest. Resolution and frame rate go down before anything stalls, at once, and come back slowly.
//!
//! [`Quality::handle`] takes every input. [`Quality::poll`] returns what changes: call it after each input and at
//! [`Quality::next_deadline`]. A second poll at the same time returns nothing.

mod allocate;
mod capture;
mod demand;
mod input;
mod limit;
mod observe;
mod path;
mod peer;
mod people;
mod processor;
mod rung;
mod scale;
mod start;
mod step;
mod wishes;

use crate::SmallMap;
use std::time::Duration;

use protocol::PeerId;

pub use input::{
    Capture, CaptureWanted, Content, Encoding, Limitation, PathStats, QualityEffect, QualityInput, QualitySettings,
    StreamStats,
};
pub use step::{ShownSize, Step};
pub use wishes::{Wanted, Wishes};

use crate::source::{MediaKind, Source};
use allocate::{Division, divide, least_work};
use capture::CaptureControl;
use limit::{Limit, Recovery};
use peer::Peer;
use processor::Processor;
use rung::Rung;

/// The bit rate that each sound has in any case, in bit/s, and what is set aside for it before anything else: 50 packets a second
/// with headers of 40 bytes are another 16 kbit/s of what a path carries.
const SOUND: u32 = 24_000;
const SET_ASIDE: u32 = 40_000;
/// What sounds get where there is plenty: a voice, music, and whatever a screen plays.
const VOICE: u32 = 32_000;
const MUSIC: u32 = 128_000;
const SCREEN_SOUND: u32 = 64_000;
/// A path below the first has no plenty, one above the second has it again; in bit/s.
const TIGHT: f64 = 400_000.0;
const PLENTY: f64 = 600_000.0;

/// Wishes are followed at most this often: what comes from a peer is a stranger's.
const WISHES_PACE: Duration = Duration::from_millis(500);

/// All paths together: an uplink is shared by all connections.
const UPLINK: Recovery = Recovery {
    hold: Duration::from_secs(5),
    longest: Duration::from_secs(8),
    // With every second stats where they come each second, with all of them where they come every two.
    pace: Duration::from_millis(1_500),
    factor: 1.4,
};

/// What each picture gets: size and frames, and bit/s.
type Given = SmallMap<(PeerId, Source), (Rung, u32)>;

/// The sender's half: decides how each picture is encoded for each peer. See the [module](self).
#[derive(Debug)]
pub struct Quality {
    peers: SmallMap<PeerId, Peer>,
    captured: SmallMap<Source, Capture>,
    screen_audio: bool,
    low_data: bool,
    original_sound: bool,
    self_view: Option<Step>,
    uplink: Limit,
    uplink_limited: bool,
    processor: Processor,
    processor_limited: bool,
    /// What the processor is left with in any case.
    least_work: f64,
    capture: CaptureControl,
    wishes_not_before: Duration,
    polled: Option<Duration>,
}

impl Quality {
    /// Nobody is there yet, and nothing is captured.
    #[must_use]
    pub fn new(settings: QualitySettings) -> Self {
        Self {
            peers: SmallMap::new(),
            captured: SmallMap::new(),
            screen_audio: false,
            low_data: false,
            original_sound: false,
            self_view: None,
            uplink: Limit::new(f64::INFINITY, UPLINK),
            uplink_limited: false,
            processor: Processor::new(settings.cores),
            processor_limited: false,
            least_work: 0.0,
            capture: CaptureControl::default(),
            wishes_not_before: Duration::ZERO,
            polled: None,
        }
    }

    /// Takes note of something that happened.
    pub fn handle(&mut self, now: Duration, input: QualityInput) {
        match input {
            QualityInput::PeerJoined(peer) => {
                if self.peers.insert(peer, Peer::default()).is_none() {
                    self.processor.people(now, self.people());
                }
            }
            QualityInput::PeerLeft(peer) => {
                if self.peers.remove(&peer).is_some() {
                    self.processor.people(now, self.people());
                }
            }
            QualityInput::Replaced(peer) => {
                let limit = self.limit_of_others(peer);
                self.with(peer, |peer| peer.replaced(limit));
            }
            QualityInput::Stands(peer) => {
                // Before an outage is noticed, stats blame the uplink for it.
                if self.peers.get(&peer).is_some_and(Peer::is_interrupted) {
                    self.uplink = Limit::new(f64::INFINITY, UPLINK);
                }
                self.with(peer, |peer| peer.stands(now));
            }
            QualityInput::Interrupted(peer) => self.with(peer, Peer::interrupted),
            QualityInput::Wish { peer, source, step } => {
                if source.kind() == MediaKind::Video {
                    self.with(peer, |peer| peer.wish(source, step));
                }
            }
            QualityInput::PeerLowData { peer, on } => self.with(peer, |peer| peer.wish_low_data(on)),
            QualityInput::LowData(on) => self.low_data = on,
            QualityInput::OriginalSound(on) => self.original_sound = on,
            QualityInput::SelfView(step) => self.self_view = Some(step),
            QualityInput::Captured { source, capture } => self.captured(source, capture),
            QualityInput::ScreenAudio(on) => self.screen_audio = on,
            QualityInput::Stats(stats) => self.observe(now, &stats),
        }
    }

    /// What is to be done, where it differs from what was to be done before.
    pub fn poll(&mut self, now: Duration) -> Vec<QualityEffect> {
        self.polled = Some(now);
        if now >= self.wishes_not_before {
            let took = self.peers.values_mut().map(|peer| peer.take_wishes(now));
            if took.fold(false, |any, took| any | took) {
                self.wishes_not_before = now + WISHES_PACE;
            }
        }
        let demands = self.demands(now);
        self.least_work = least_work(&demands);
        let division = divide(&demands, self.room(&demands));
        self.note_limits(&division);
        let given = demands.iter().zip(&division.rungs).zip(&division.bitrates);
        let given: Given = given
            .filter_map(|((demand, rung), bitrate)| {
                Some(((demand.peer, demand.source), (demand.ladder[(*rung)?], *bitrate)))
            })
            .collect();
        for ((id, source), (rung, bitrate)) in given.iter() {
            self.with(*id, |peer| peer.give(now, *source, rung, *bitrate));
        }
        let mut effects = Vec::new();
        let ids: Vec<PeerId> = self.peers.keys().copied().collect();
        for peer in ids {
            for source in Source::ALL {
                let Some((encoding, rung)) = self.encoding(now, peer, source, &given) else {
                    continue;
                };
                let set = &mut self.peers.get_mut(&peer).expect("it is one of the keys").set;
                if set
                    .insert(source, (encoding, rung))
                    .is_none_or(|before| before.0 != encoding)
                {
                    effects.push(QualityEffect::Encode { peer, source, encoding });
                }
            }
        }
        if !effects.is_empty() {
            self.processor.changed(now);
        }
        let wanted = self.capture_wanted(now);
        effects.extend(self.capture.update(now, wanted).map(QualityEffect::Capture));
        effects
    }

    /// When [`Self::poll`] is to be called again, if nothing happens before.
    #[must_use]
    pub fn next_deadline(&self) -> Option<Duration> {
        let polled = self.polled;
        let peers = self.peers.values().flat_map(Peer::deadlines);
        let timed = peers.chain(self.capture.deadline());
        let later = timed.filter(|deadline| polled.is_none_or(|polled| *deadline > polled));
        let wishes = self.peers.values().any(Peer::has_wished);
        later.chain(wishes.then_some(self.wishes_not_before)).min()
    }

    /// What may be sent to this peer in all, in bit/s. Infinite until its path was too narrow for something.
    #[must_use]
    pub fn path_limit(&self, peer: PeerId) -> Option<f64> {
        self.peers.get(&peer).map(|peer| peer.path.limit())
    }

    /// How many pixels this machine may encode a second, for all peers together. A frame counts as 10 000 pixels more than it has.
    #[must_use]
    pub fn processor_limit(&self) -> f64 {
        self.processor.limit()
    }

    fn with(&mut self, peer: PeerId, change: impl FnOnce(&mut Peer)) {
        if let Some(peer) = self.peers.get_mut(&peer) {
            change(peer);
        }
    }

    /// Oneself included.
    fn people(&self) -> usize {
        self.peers.len() + 1
    }

    fn captured(&mut self, source: Source, capture: Option<Capture>) {
        if source.kind() == MediaKind::Audio {
            return;
        }
        match capture.filter(|capture| capture.width > 0 && capture.height > 0) {
            Some(capture) => self.captured.insert(source, capture),
            None => {
                for peer in self.peers.values_mut() {
                    peer.ended(source);
                }
                self.captured.remove(&source)
            }
        };
        if source == Source::Camera {
            self.processor.source_changed();
        }
    }

    fn note_limits(&mut self, division: &Division) {
        self.uplink_limited = division.uplink;
        self.processor_limited = division.work;
        for (id, peer) in self.peers.iter_mut() {
            peer.path_limited = division.paths.contains_key(id);
            // One that stands in nothing's way is not tried out up to the second.
            let enough = if peer.tight && peer.path_limited { PLENTY } else { TIGHT };
            peer.tight = peer.path.limit() < enough;
        }
    }

    /// How a source is sent to a peer; nothing where that is not known yet.
    fn encoding(&self, now: Duration, id: PeerId, source: Source, given: &Given) -> Option<(Encoding, Option<Rung>)> {
        let peer = self.peers.get(&id)?;
        if source.kind() == MediaKind::Audio {
            let little = peer.tight || peer.low_data || self.low_data;
            let plenty = match source {
                Source::Microphone if self.original_sound => MUSIC,
                Source::Microphone => VOICE,
                _ => SCREEN_SOUND,
            };
            let sound = Encoding {
                send: true,
                scale_resolution_down_by: 1.0,
                max_bitrate: if little { SOUND } else { plenty },
                max_framerate: None,
                adaptive_ptime: little,
            };
            return Some((sound, None));
        }
        let capture = self.captured.get(&source)?;
        let Some((rung, bitrate)) = given.get(&(id, source)) else {
            let before = peer.set.get(&source).map_or(Encoding::FIRST, |set| set.0);
            return Some((Encoding { send: false, ..before }, None));
        };
        let rung = peer.sent(now, source, *rung);
        let encoding = Encoding {
            send: true,
            scale_resolution_down_by: scale::scale(capture.width, capture.height, rung.lines),
            max_bitrate: *bitrate,
            max_framerate: (rung.frames < capture.frames).then_some(rung.frames),
            adaptive_ptime: false,
        };
        Some((encoding, Some(rung)))
    }
}
