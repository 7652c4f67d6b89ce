//! What the stats of all connections mean for the limits.

use crate::SmallMap;
use std::time::Duration;

use protocol::PeerId;

use super::input::{Limitation, PathStats, StreamStats};
use super::path::{Use, sane};
use super::peer::Peer;
use super::processor::Load;
use super::rung::{LEAST_BITRATE, Rung};
use super::{Quality, SET_ASIDE};
use crate::source::Source;

impl Peer {
    /// The most that is sent now, in bit/s, with `sound` for the sounds.
    fn used(&self, sound: u32) -> f64 {
        let pictures = self.set.values().filter(|(_, rung)| rung.is_some());
        f64::from(sound)
            + pictures
                .map(|(encoding, _)| f64::from(encoding.max_bitrate))
                .sum::<f64>()
    }

    fn rungs(&self) -> impl Iterator<Item = (Source, Rung)> {
        self.set
            .iter()
            .filter_map(|(source, (_, rung))| Some((*source, (*rung)?)))
    }
}

impl Quality {
    pub(super) fn observe(&mut self, now: Duration, stats: &SmallMap<PeerId, PathStats>) {
        self.observe_paths(now, stats);
        self.observe_processor(now, stats);
    }

    fn observe_paths(&mut self, now: Duration, stats: &SmallMap<PeerId, PathStats>) {
        let sounds = self.sounds();
        let (mut carried, mut strained, mut sending) = (0.0, 0, 0);
        for (id, peer) in self.peers.iter_mut() {
            // While nothing gets through, and until congestion control has found the path after that, stats say nothing of what it carries.
            if peer.is_interrupted() || !peer.is_path_known(now) {
                continue;
            }
            let sound = sounds.to(peer);
            let used = peer.used(sound);
            if let Some(stats) = stats.get(id) {
                let least = f64::from(sound + LEAST_BITRATE);
                let limited = peer.path_limited;
                peer.path.observe(now, stats, Use { used, least, limited });
            }
            carried += peer.path.carries(used);
            if used > f64::from(sound) {
                sending += 1;
                strained += usize::from(peer.path.is_strained(now));
            }
        }
        // Several paths at once are one uplink.
        let strains = strained >= 2 && strained * 2 >= sending;
        if strains && carried < self.uplink.value() {
            self.uplink.strain(now, carried.max(f64::from(SET_ASIDE)));
        } else if strained == 0 {
            // Where it limits nothing, what goes through shows what it carries.
            let to = if self.uplink_limited { f64::MAX } else { carried };
            self.uplink.raise(now, to);
        }
    }

    fn observe_processor(&mut self, now: Duration, stats: &SmallMap<PeerId, PathStats>) {
        let (mut load, mut used) = (Load::default(), 0.0);
        for (id, peer) in self.peers.iter() {
            for (source, rung) in peer.rungs() {
                used += rung.work;
                if let Some(stream) = stats.get(id).and_then(|stats| stats.streams.get(&source)) {
                    load.add(source, rung, stream);
                }
            }
        }
        self.processor
            .observe(now, load, used, self.least_work, self.processor_limited);
    }
}

impl Load {
    /// Adds what the stats say of one picture. One that the path holds back says nothing of the processor.
    fn add(&mut self, source: Source, rung: Rung, stream: &StreamStats) {
        self.cores += sane(stream.encode_load).unwrap_or(0.0);
        self.cpu |= stream.limitation == Some(Limitation::Cpu);
        let source_frames = sane(stream.source_frames);
        if source == Source::Camera {
            self.asked_frames = self.asked_frames.max(f64::from(rung.frames));
            let best = self.source_frames.into_iter().chain(source_frames);
            self.source_frames = best.reduce(f64::max);
        }
        // A screen gives frames only when it changes.
        let (Some(frames), Source::Camera) = (sane(stream.frames), source) else {
            return;
        };
        if stream.limitation == Some(Limitation::Bandwidth) {
            return;
        }
        let expected = source_frames.map_or(f64::from(rung.frames), |of| of.min(f64::from(rung.frames)));
        let lines = stream
            .lines
            .map_or(1.0, |lines| (f64::from(lines) / f64::from(rung.lines)).min(1.0));
        if expected > 0.0 {
            self.asked += rung.work;
            // Browsers count whole frames: half a frame too few on average, which is a tenth of a picture with five.
            self.done += rung.work * ((frames + 0.5) / expected).min(1.0) * lines * lines;
        }
    }
}
