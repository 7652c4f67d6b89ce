//! What is wanted of this sender, and what there is for it.

use crate::SmallMap;
use std::time::Duration;

use super::allocate::{Class, Demand, Room};
use super::input::{CaptureWanted, Content};
use super::peer::{Peer, Want};
use super::rung::{Top, ladder};
use super::step::Step;
use super::{MUSIC, Quality, SET_ASIDE, VOICE, people};
use crate::source::Source;

/// Low data.
const LOW_DATA: Top = Top { lines: 180, frames: 8 };
/// Text in Low data: it must stay readable.
const LOW_DATA_TEXT: Top = Top { lines: 720, frames: 2 };
/// A picture as large as captured is no larger than this many lines, unless it is a screen's.
const LARGEST_CAMERA: u32 = 1080;

/// The sounds that are sent.
#[derive(Clone, Copy)]
pub(super) struct Sounds {
    screen: bool,
    /// The microphone's is music.
    music: bool,
}

impl Sounds {
    /// What is set aside for the sounds to one peer, in bit/s. On a tight path music gets no more than a voice.
    pub(super) fn to(self, peer: &Peer) -> u32 {
        let is_music = self.music && !peer.tight && !peer.low_data;
        let music = if is_music { MUSIC - VOICE } else { 0 };
        SET_ASIDE * (1 + u32::from(self.screen)) + music
    }
}

impl Quality {
    /// The most that this peer is to get of a source: what it shows, within Low data. Nothing for what it hides.
    fn top(&self, now: Duration, peer: &Peer, source: Source, native: u32, content: Content) -> Option<Top> {
        let native_top = Top {
            lines: native,
            frames: 30,
        };
        let top = match peer.wants(now, source) {
            Want::Nothing => return None,
            Want::Unknown if source == Source::Screen => native_top,
            Want::Unknown => people::size(self.people()),
            Want::Step(step) => Top {
                lines: step.lines().unwrap_or(native),
                frames: if step <= Step::Lines180 { 20 } else { 30 },
            },
        };
        let low = match content {
            _ if !(self.low_data || peer.low_data) => native_top,
            Content::Text => LOW_DATA_TEXT,
            Content::Camera | Content::Motion => LOW_DATA,
        };
        Some(Top {
            lines: top.lines.min(low.lines),
            frames: top.frames.min(low.frames),
        })
    }

    pub(super) fn demands(&self, now: Duration) -> Vec<Demand> {
        let mut demands = Vec::new();
        for (&id, peer) in self.peers.iter() {
            for (&source, &capture) in self.captured.iter() {
                let native = capture.width.min(capture.height);
                let Some(top) = self.top(now, peer, source, native, capture.content) else {
                    continue;
                };
                let class = match (source, peer.wants(now, source)) {
                    (Source::Screen, Want::Unknown) => Class::Looked,
                    (Source::Screen, Want::Step(step)) if step >= Step::Lines360 => Class::Looked,
                    (_, Want::Step(step)) if step >= Step::Lines720 => Class::Stage,
                    _ => Class::Rest,
                };
                demands.push(Demand {
                    peer: id,
                    source,
                    class,
                    ladder: ladder(capture, top),
                });
            }
        }
        demands
    }

    pub(super) fn room(&self, demands: &[Demand]) -> Room {
        let sounds = self.sounds();
        let (mut paths, mut extra, mut all_sounds) = (SmallMap::new(), SmallMap::new(), 0.0);
        for (id, peer) in self.peers.iter() {
            let sound = f64::from(sounds.to(peer));
            all_sounds += sound;
            let (limit, proven) = (peer.path.limit(), peer.path.proven());
            paths.insert(*id, (proven - sound).max(0.0));
            // Infinite is no more than infinite.
            let more = if limit > proven { limit - proven.max(sound) } else { 0.0 };
            extra.insert(*id, more);
        }
        // Among equals the connections share the uplink by themselves.
        let equal = demands.windows(2).all(|two| two[0].class == two[1].class);
        let uplink = if equal { f64::INFINITY } else { self.uplink.value() };
        Room {
            paths,
            extra,
            uplink: (uplink - all_sounds).max(0.0),
            work: self.processor.limit(),
        }
    }

    /// Which sounds are sent.
    pub(super) fn sounds(&self) -> Sounds {
        Sounds {
            screen: self.screen_audio,
            music: self.original_sound && !self.low_data,
        }
    }

    /// The largest picture that anybody is to get of the camera, whatever the path allows now.
    pub(super) fn capture_wanted(&self, now: Duration) -> CaptureWanted {
        let largest = self
            .captured
            .get(&Source::Camera)
            .map_or(LARGEST_CAMERA, |capture| capture.largest);
        let native = largest.clamp(1, LARGEST_CAMERA);
        let tops = self.peers.values();
        let tops = tops.filter_map(|peer| self.top(now, peer, Source::Camera, native, Content::Camera));
        let wanted = tops.fold((0, 0), |(lines, frames), top| {
            (top.lines.max(lines), top.frames.max(frames))
        });
        let own = self.self_view.map_or(0, |step| step.lines().unwrap_or(native));
        if wanted.0 == 0 && self.self_view.is_none() {
            return CaptureWanted::FIRST;
        }
        let steps = Step::ALL
            .into_iter()
            .filter_map(Step::lines)
            .filter(|lines| *lines >= 180);
        let enough = steps.into_iter().find(|lines| *lines >= wanted.0.max(own));
        CaptureWanted {
            height: enough.unwrap_or(native).min(native),
            // A picture of oneself that moves too seldom irritates.
            frames: wanted.1.max(15),
        }
    }
}
