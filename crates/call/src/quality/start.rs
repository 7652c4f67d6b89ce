//! With what a connection begins, before anything is known of its path.

use protocol::PeerId;

use super::rung::LEAST_BITRATE;
use super::{Encoding, Quality, SET_ASIDE};
use crate::SmallMap;
use crate::source::Source;

/// What a connection begins with that is the only one, what several begin with together, and each of them at least; in bit/s. Congestion control
/// tries six times that out at once: enough for one picture of 720 lines, while three connections that begin with 1 Mbit/s each fill the queue
/// of an uplink of 300 kbit/s for eight seconds.
const ALONE: u32 = 600_000;
const TOGETHER: u32 = 400_000;
const LEAST: u32 = 60_000;

impl Quality {
    /// With what congestion control is to begin on a new connection to this peer, in bit/s: what is to be sent, within the peer's share of
    /// what all connections together may begin with.
    #[must_use]
    pub fn start_bitrate(&self, peer: PeerId) -> u32 {
        let set = self.peers.get(&peer).map(|peer| &peer.set);
        let set = set.into_iter().flat_map(SmallMap::iter);
        let set = set.filter(|(source, (encoding, _))| encoding.send && self.has(**source));
        let camera = (!self.has(Source::Camera)).then_some(Encoding::FIRST.max_bitrate);
        let planned: u32 = set.map(|(_, (encoding, _))| encoding.max_bitrate).chain(camera).sum();
        let share = match self.peers.len() {
            0 | 1 => ALONE,
            peers => TOGETHER / peers as u32,
        };
        planned.min(share).max(LEAST)
    }

    /// Whether there is something of a source to be sent. A microphone may come at any time.
    fn has(&self, source: Source) -> bool {
        match source {
            Source::Microphone => true,
            Source::Camera | Source::Screen => self.captured.contains_key(&source),
            Source::ScreenAudio => self.screen_audio,
        }
    }

    /// What a new path may count on: no more than the best of the paths to others, because all share an uplink. Infinite where one of them
    /// is not narrow, or there are none.
    pub(super) fn limit_of_others(&self, than: PeerId) -> f64 {
        let others = self.peers.iter().filter(|(id, _)| **id != than);
        let limits = others.map(|(_, peer)| peer.path.limit());
        let best = limits.reduce(f64::max).unwrap_or(f64::INFINITY);
        // Paths that pause carry nothing.
        best.max(f64::from(SET_ASIDE + LEAST_BITRATE))
    }
}
