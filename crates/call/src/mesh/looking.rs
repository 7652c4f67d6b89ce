//! Somebody looks at how everybody is connected: everybody is asked, measures, and tells.

use std::time::Duration;

use protocol::{PeerStats, Signal};

use crate::Effect;
use crate::mesh::Mesh;

/// How often a peer gets our stats, however often it asks.
const TELL_EVERY: Duration = Duration::from_secs(1);

impl Mesh {
    /// The person looks at how everybody is connected. `live`: the others can be asked.
    pub(crate) fn look(&mut self, live: bool, effects: &mut Vec<Effect>) {
        for pair in self.pairs.iter_mut().filter(|pair| live && !pair.repair.is_away()) {
            pair.say(Signal::StatsWanted, effects);
        }
        self.measure(effects);
    }

    /// A peer looks, and asks for the stats of our connections.
    pub(super) fn stats_wanted(&mut self, now: Duration, place: usize, effects: &mut Vec<Effect>) {
        let pair = &mut self.pairs[place];
        if pair.asked.is_none_or(|asked| now >= asked + TELL_EVERY) {
            pair.asked = Some(now);
            pair.waits = true;
            self.measure(effects);
        }
    }

    fn measure(&mut self, effects: &mut Vec<Effect>) {
        if !std::mem::replace(&mut self.measuring, true) {
            effects.push(Effect::Measure);
        }
    }

    /// The connections have been measured: tells those who wait for it.
    pub(crate) fn measured(&mut self, stats: &[PeerStats], effects: &mut Vec<Effect>) {
        self.measuring = false;
        for pair in &mut self.pairs {
            if std::mem::take(&mut pair.waits) {
                let stats = stats.to_vec();
                pair.say(Signal::Stats { stats }, effects);
            }
        }
    }
}
