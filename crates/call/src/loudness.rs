//! Everybody about as loud as the quieter ones: a volume for each peer, from what its voice has measured so far.
//!
//! Measured by two sums: of squared levels, each multiplied by its duration, and of the durations. The difference of the first between two
//! reports, divided by that of the second, is the mean square of the level. The page sums up the levels that it gives to
//! [`crate::speaker`]: `totalAudioEnergy` of `inbound-rtp` is what has come in Firefox, but what is played in Chromium (153 and 156, tried).
//!
//! The `volume` of a media element can only lower, so that the quietest voice is the measure, and the louder ones come down to it so slowly
//! that nobody notices. A voice that is nearly silent is no measure: one bad microphone would lower the whole room.

#[cfg(test)]
mod tests;

use std::time::Duration;

use crate::SmallMap;

/// The mean square of what is taken for a voice: -40 dB. Less is a pause, a noise, or somebody far from the microphone.
const GATE: f64 = 1e-4;
/// So much voice, in seconds, must have been measured before a peer is compared with others.
const ENOUGH: f64 = 5.0;
/// In so many seconds of voice the measure follows a louder one, and a quieter one. An interval with a pause in it looks quieter than the
/// voice is.
const RISES: f64 = 6.0;
const FALLS: f64 = 15.0;
/// Shorter intervals are measured together with the next, in seconds.
const SHORTEST: f64 = 0.5;

/// The lowest volume, and the lowest that the room's measure may be beside its loudest voice: -18 dB.
const LOWEST: f64 = 0.125;
/// The most by which a volume changes in a second, 1.5 dB, and as many dB at once.
const PACE: f64 = 0.17;

/// The volumes of a room.
///
/// Feed it with [`Self::measured`] for each peer every two seconds or so, and set [`Self::volume`] after that.
#[derive(Debug)]
pub struct Loudness<K> {
    voices: SmallMap<K, Voice>,
}

/// Both sums of one peer's sound, as they stand.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Totals {
    /// The sum of squared levels (0 to 1), each multiplied by its duration in seconds.
    pub energy: f64,
    /// The sum of the durations, in seconds.
    pub duration: f64,
}

/// What has been measured of one peer.
#[derive(Debug)]
struct Voice {
    totals: Totals,
    at: Duration,
    /// The mean square of the level while it speaks, and how many seconds of that have been measured.
    power: f64,
    measured: f64,
    volume: f64,
}

impl<K> Default for Loudness<K> {
    fn default() -> Self {
        Self {
            voices: SmallMap::default(),
        }
    }
}

impl<K: Copy + Ord> Loudness<K> {
    /// Nobody has been measured.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// A report of a peer's sound. Sums that are less than before have begun anew: they are counted from there on, and what is known of the
    /// voice stays. A report with NaN, an infinity or a negative number is ignored.
    pub fn measured(&mut self, now: Duration, who: K, totals: Totals) {
        if !totals.is_sane() {
            return;
        }
        let Some(voice) = self.voices.get_mut(&who) else {
            self.voices.insert(who, Voice::new(now, totals));
            return;
        };
        voice.measure(totals);
        let passed = now.saturating_sub(voice.at).as_secs_f64().min(1.0);
        voice.at = now;
        let (level, is_known) = (voice.level(), voice.is_known());
        let target = self.target().filter(|_| is_known);
        // A voice that is unknown, or quieter than the measure, is played as loud as can be.
        let wanted = target.map_or(1.0, |target| (target / level).min(1.0));
        if let Some(voice) = self.voices.get_mut(&who) {
            let most = 1.0 + PACE * passed;
            voice.volume = wanted.max(voice.volume / most).min(voice.volume * most);
        }
    }

    /// The peer has left.
    pub fn forget(&mut self, who: K) {
        self.voices.remove(&who);
    }

    /// At what volume a peer is to be played, 0.1 to 1: `volume` of its media element.
    #[must_use]
    pub fn volume(&self, who: &K) -> f64 {
        self.voices.get(who).map_or(1.0, |voice| voice.volume)
    }

    /// How loud everybody should be, if anybody is known.
    fn target(&self) -> Option<f64> {
        let known = || self.voices.values().filter(|voice| voice.is_known()).map(Voice::level);
        let loudest = known().reduce(f64::max)?;
        let lowered = known().map(|level| drawn_to(level / loudest)).fold(1.0, f64::min);
        Some(loudest * lowered)
    }
}

/// To what part of its level a voice draws the loudest one, from its own part of that level. Down to the lowest volume it is its own; below
/// that it draws less, twice as fast as it falls, so that there is no edge at which the room's volume would swing.
fn drawn_to(part: f64) -> f64 {
    if part >= LOWEST {
        part.min(1.0)
    } else {
        (LOWEST * LOWEST * LOWEST / (part * part)).min(1.0)
    }
}

impl Totals {
    fn is_sane(self) -> bool {
        [self.energy, self.duration]
            .iter()
            .all(|of| of.is_finite() && *of >= 0.0)
    }
}

impl Voice {
    fn new(now: Duration, totals: Totals) -> Self {
        Self {
            totals,
            at: now,
            power: 0.0,
            measured: 0.0,
            volume: 1.0,
        }
    }

    fn measure(&mut self, totals: Totals) {
        let energy = totals.energy - self.totals.energy;
        let duration = totals.duration - self.totals.duration;
        if duration < 0.0 {
            self.totals = totals;
            return;
        }
        if duration < SHORTEST {
            return;
        }
        self.totals = totals;
        let power = (energy / duration).min(1.0);
        if power < GATE {
            return;
        }
        let follows = if power > self.power { RISES } else { FALLS };
        // The first intervals count alike.
        let follows = follows.min(self.measured + duration);
        self.power += (power - self.power) * (duration / follows).min(1.0);
        self.measured = (self.measured + duration).min(FALLS);
    }

    /// Linear, 0 to 1.
    fn level(&self) -> f64 {
        self.power.sqrt()
    }

    fn is_known(&self) -> bool {
        self.measured >= ENOUGH
    }
}
