//! Who speaks: whose tile has a ring, who has the stage, and who spoke lately.
//!
//! Known from how loud each of the others is: `audioLevel` of `RTCRtpReceiver.getSynchronizationSources()` (W3C WebRTC section 5.3.1), which
//! is linear, 0 to 1, and of one packet of 20 ms. In running speech a third of the packets are quiet, so that a single look says little.
//! Browsers take it from what the sender says (RFC 6464): it is a stranger's word, and gains no more than the stage.
//!
//! - The **ring** shows the first loud packet at once, and stays through the gaps between words.
//! - The **stage** needs a second of speech, so that a cough or a laugh does not take it. The one who has it keeps it while speaking, and
//!   afterwards until somebody else takes it, however long that is: an empty stage would change the picture for no reason.
//! - A constant noise (a fan, a street) is taken for speech for some seconds only, as a level must stand out of what is always heard.
//!
//! Oneself is never fed: nobody wants to see oneself on the stage.

mod floor;
#[cfg(test)]
mod tests;

pub(crate) use floor::Floor;

use std::time::Duration;

use crate::SmallMap;

/// How often levels are expected. A loud packet without a loud one near it counts as no longer than this.
const LOOK: Duration = Duration::from_millis(150);
/// Levels that come sooner after one another are ignored, so that few are kept.
const SOONEST: Duration = Duration::from_millis(50);
/// A hidden page looks once a second. There was speech between two loud looks in a row that are no further apart than this.
const SLOWEST_LOOK: Duration = Duration::from_millis(1_500);
/// One quiet look between loud ones is part of a word.
const GAP: Duration = Duration::from_millis(350);

/// The ring stays for so long after the last loud packet of speech, and of a click.
const RING: Duration = Duration::from_millis(500);
const RING_OF_CLICK: Duration = Duration::from_millis(250);
/// So many of the looks of this time are loud in speech, in percent.
const SHARE: usize = 40;
const SHARE_OF: Duration = Duration::from_millis(600);

/// How far back speech counts.
const WINDOW: Duration = Duration::from_secs(2);
/// So much speech within the window takes the stage from somebody who is silent.
const ENOUGH: Duration = Duration::from_secs(1);
/// The same from somebody who speaks: at the same time, one must be clearly louder (8 dB) or speak much more.
const ENOUGH_AGAINST_SPEECH: Duration = Duration::from_millis(1_500);
const LOUDER: f64 = 2.5;
const LONGER: u32 = 3;
/// A shorter pause is part of speech.
const PAUSE: Duration = Duration::from_secs(1);
/// The stage changes at most so often, except that somebody leaves.
const PACE: Duration = Duration::from_secs(1);

/// The voices of a room, without one's own.
///
/// Feed it with [`Self::hear`] for each peer every 150 ms, and call [`Self::poll`] after that. What is asked is as it was at the last poll.
#[derive(Debug)]
pub struct Speaker<K> {
    voices: SmallMap<K, Voice>,
    stage: Option<K>,
    /// When it was taken the last time.
    taken: Option<Duration>,
    lately: Vec<K>,
}

/// What was heard of one peer.
#[derive(Debug, Default)]
struct Voice {
    floor: Floor,
    looked: Option<Duration>,
    /// When it was loud the last time, and how long the ring stays after that.
    loud: Option<Duration>,
    ring: Duration,
    /// Those of the window that ends with the last one, the oldest first.
    looks: Vec<Look>,
    has_ring: bool,
    /// It has spoken for long enough, and has not paused since.
    is_talking: bool,
}

#[derive(Clone, Copy, Debug)]
struct Look {
    at: Duration,
    level: f64,
    /// How much speech it stands for. Zero where it was quiet.
    speech: Duration,
}

impl<K> Default for Speaker<K> {
    fn default() -> Self {
        Self {
            voices: SmallMap::default(),
            stage: None,
            taken: None,
            lately: Vec::new(),
        }
    }
}

impl<K: Copy + Ord> Speaker<K> {
    /// Nobody has been heard.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// How loud a peer is: `audioLevel`, 0 to 1, or 0 if no packet has come since the last look. More counts as 1, and
    /// NaN and negative numbers as 0.
    pub fn hear(&mut self, now: Duration, who: K, level: f64) {
        // Not `clamp`, which passes NaN on.
        let level = if level > 0.0 { level.min(1.0) } else { 0.0 };
        self.voices.entry(who).or_default().hear(now, level);
    }

    /// The peer has left.
    pub fn forget(&mut self, who: K) {
        self.voices.remove(&who);
        self.lately.retain(|of| *of != who);
        if self.stage == Some(who) {
            self.stage = None;
        }
    }

    /// Decides by what has been heard. Returns whether that has changed an answer of [`Self::is_speaking`], [`Self::on_stage`] or
    /// [`Self::lately`].
    pub fn poll(&mut self, now: Duration) -> bool {
        let mut changed = false;
        for voice in self.voices.values_mut() {
            changed |= voice.settle(now);
        }
        // Not `||`: both are to be decided.
        changed | self.order() | self.cast(now)
    }

    /// Whether a peer speaks at the moment, for the ring around its tile.
    #[must_use]
    pub fn is_speaking(&self, who: K) -> bool {
        self.voices.get(&who).is_some_and(|voice| voice.has_ring)
    }

    /// Who has the stage: the one who speaks, or spoke last. `None` until somebody has spoken, and after the one who had it has left.
    #[must_use]
    pub fn on_stage(&self) -> Option<K> {
        self.stage
    }

    /// All who have spoken for a second or more, the newest first. Those who still speak come first, and do not change places with one
    /// another.
    #[must_use]
    pub fn lately(&self) -> Vec<K> {
        self.lately.clone()
    }

    /// Puts those who talk before those who talked. Returns whether that has moved anybody.
    fn order(&mut self) -> bool {
        let is_talking = |who: &K| self.voices.get(who).is_some_and(|voice| voice.is_talking);
        let (mut order, silent): (Vec<K>, Vec<K>) = self.lately.iter().partition(|who| is_talking(who));
        order.extend(
            self.voices
                .keys()
                .filter(|who| is_talking(who) && !self.lately.contains(who)),
        );
        order.extend(silent);
        let changed = order != self.lately;
        self.lately = order;
        changed
    }

    /// Gives the stage to the one who has said most, if anybody has said enough. Returns whether it has changed.
    fn cast(&mut self, now: Duration) -> bool {
        if self.taken.is_some_and(|at| now.saturating_sub(at) < PACE) {
            return false;
        }
        let holder = self.stage.and_then(|who| self.voices.get(&who));
        let holder = holder.filter(|voice| voice.has_been_loud(now, PAUSE)).map(Voice::said);
        let mut best: Option<(K, Said)> = None;
        for (who, voice) in self.voices.iter() {
            let said = voice.said();
            let may_take = Some(*who) != self.stage && voice.has_ring && said.takes_from(holder);
            if may_take && best.is_none_or(|(_, best)| said.is_more_than(best)) {
                best = Some((*who, said));
            }
        }
        let Some((who, _)) = best else { return false };
        self.stage = Some(who);
        self.taken = Some(now);
        true
    }
}

/// What a voice said within the window.
#[derive(Clone, Copy)]
struct Said {
    speech: Duration,
    /// The mean of the loud packets.
    level: f64,
}

impl Said {
    /// Whether it is enough for the stage. `holder`: what the one who has it says at the same time.
    fn takes_from(self, holder: Option<Self>) -> bool {
        holder.map_or(self.speech >= ENOUGH, |holder| {
            self.speech >= ENOUGH_AGAINST_SPEECH
                && (self.level >= LOUDER * holder.level || self.speech >= LONGER * holder.speech)
        })
    }

    fn is_more_than(self, other: Self) -> bool {
        self.speech > other.speech || (self.speech == other.speech && self.level > other.level)
    }
}

impl Voice {
    fn hear(&mut self, now: Duration, level: f64) {
        let passed = self.looked.map_or(LOOK, |at| now.saturating_sub(at));
        if passed < SOONEST {
            return;
        }
        self.looked = Some(now);
        self.looks.retain(|look| now.saturating_sub(look.at) < WINDOW);
        let mut speech = Duration::ZERO;
        if self.floor.stands_out(passed, level) {
            speech = self.speech_until(now, passed);
            self.loud = Some(now);
        }
        self.looks.push(Look { at: now, level, speech });
        if !speech.is_zero() {
            let is_speech = self.share(now, SHARE_OF) >= SHARE;
            self.ring = if is_speech { RING } else { RING_OF_CLICK };
        }
    }

    /// How many of the looks within this time were loud, in percent.
    fn share(&self, now: Duration, within: Duration) -> usize {
        let looks = self.looks.iter().rev();
        let looks = looks.take_while(|look| now.saturating_sub(look.at) < within);
        let (all, loud) = looks.fold((0, 0), |(all, loud), look| {
            (all + 1, loud + usize::from(look.is_loud()))
        });
        (100 * loud).checked_div(all).unwrap_or(0)
    }

    /// How much speech a loud look at `now` stands for.
    fn speech_until(&self, now: Duration, passed: Duration) -> Duration {
        let since = self.loud.map(|at| now.saturating_sub(at));
        let goes_on = |since| since <= GAP || (since == passed && since <= SLOWEST_LOOK);
        since.filter(|since| goes_on(*since)).unwrap_or(passed.min(LOOK))
    }

    /// Returns whether the ring has changed.
    fn settle(&mut self, now: Duration) -> bool {
        let had_ring = self.has_ring;
        self.has_ring = self.has_been_loud(now, self.ring);
        self.is_talking = self.has_been_loud(now, PAUSE) && (self.is_talking || self.said().speech >= ENOUGH);
        had_ring != self.has_ring
    }

    fn has_been_loud(&self, now: Duration, within: Duration) -> bool {
        self.loud.is_some_and(|at| now.saturating_sub(at) < within)
    }

    fn said(&self) -> Said {
        let speech: Duration = self.looks.iter().map(|look| look.speech).sum();
        let sum: f64 = self
            .looks
            .iter()
            .map(|look| look.level * look.speech.as_secs_f64())
            .sum();
        Said {
            speech,
            level: if speech.is_zero() {
                0.0
            } else {
                sum / speech.as_secs_f64()
            },
        }
    }
}

impl Look {
    fn is_loud(self) -> bool {
        !self.speech.is_zero()
    }
}
