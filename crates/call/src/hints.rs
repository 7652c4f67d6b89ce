//! What a person should know of the own microphone: that it is muted while they speak, or that it hears nothing.
//!
//! Known from how loud the captured track is: the root mean square of its samples, linear, 0 to 1. A track that is muted by
//! `enabled = false` holds silence alone (W3C Media Capture and Streams, "media flow"), so that speech while muted is heard only by a clone that
//! stays enabled and is sent nowhere.

#[cfg(test)]
mod tests;

use std::time::Duration;

use crate::devices::MediaState;
use crate::speaker::Floor;

/// Levels that come sooner after one another are ignored, so that few are kept.
const SOONEST: Duration = Duration::from_millis(30);
/// It is speech when so many of the levels of this time are loud, in percent, and so many of them at least. Keys are loud now and then,
/// and people mute themselves to type.
const WINDOW: Duration = Duration::from_millis(1_200);
const SHARE: usize = 70;
const SEVERAL: usize = 5;
/// The window has been watched for so long at least: a cough is shorter.
const WATCHED: Duration = Duration::from_millis(700);
/// So long after speech the hint goes, and what is said later is something new.
const LINGERS: Duration = Duration::from_secs(4);
/// A person who has ignored the hint so often in a row speaks to somebody in the room, and is not told again for this long.
const IGNORED: u8 = 2;
const RESTS: Duration = Duration::from_secs(60);

/// Not louder than this, -100 dB, is no microphone's noise: the device or the system gives zeros.
const DIGITAL_SILENCE: f64 = 1e-5;
/// Silence for so long is said.
const NOTHING: Duration = Duration::from_secs(4);
/// Nobody knows what was heard between two levels that are further apart.
const UNWATCHED: Duration = Duration::from_secs(2);

/// A microphone that has been louder than this, -42 dB, hears somebody.
const HEARS: f64 = 0.008;

/// What the person should be told.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Hint {
    /// They speak, and their microphone is muted.
    YouAreMuted,
    /// Their microphone is on, and nothing at all comes from it.
    NothingHeard,
}

/// The hints for one microphone.
///
/// Feed it with [`Self::hear`] every 50 to 150 ms. A page that looks once a second has no [`Hint::YouAreMuted`].
#[derive(Debug, Default)]
pub struct Hints {
    /// From the first level that is heard.
    floor: Option<Floor>,
    looked: Option<Duration>,
    on: Listening,
    muted: Muted,
}

/// While the microphone is on.
#[derive(Debug, Default)]
struct Listening {
    /// From when to when nothing has been heard.
    silence: Option<(Duration, Duration)>,
}

/// While it is muted.
#[derive(Debug, Default)]
struct Muted {
    /// Those of the window, and whether they were loud.
    levels: Vec<(Duration, bool)>,
    /// When speech was heard the last time, while it is one utterance.
    spoke: Option<Duration>,
    is_shown: bool,
    /// How often in a row the hint has gone with the microphone still muted, and when the last time.
    ignored: u8,
    gone: Option<Duration>,
}

impl Hints {
    /// Nothing has been heard.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// How the microphone stands, and how loud it is, 0 to 1. More counts as 1. NaN and negative numbers are ignored. Returns
    /// what the person should be told now.
    pub fn hear(&mut self, now: Duration, microphone: MediaState, level: f64) -> Option<Hint> {
        let is_muted = microphone == MediaState::Muted;
        if !is_muted {
            self.muted = Muted::default();
        }
        if microphone != MediaState::On {
            self.on = Listening::default();
        }
        if matches!(microphone, MediaState::Off | MediaState::Interrupted) {
            return None;
        }
        let passed = self.looked.map_or(Duration::ZERO, |at| now.saturating_sub(at));
        if level >= 0.0 && (self.looked.is_none() || passed >= SOONEST) {
            self.looked = Some(now);
            let level = level.min(1.0);
            let stands_out = self
                .floor
                .get_or_insert_with(|| Floor::at(level))
                .stands_out(passed, level);
            if is_muted {
                self.muted.hear(now, stands_out);
            } else {
                self.on.hear(now, passed, level);
            }
        }
        if is_muted { self.muted.hint(now) } else { self.on.hint() }
    }
}

impl Listening {
    fn hear(&mut self, now: Duration, passed: Duration, level: f64) {
        if level > DIGITAL_SILENCE {
            self.silence = None;
            return;
        }
        let since = self
            .silence
            .filter(|_| passed <= UNWATCHED)
            .map_or(now, |(since, _)| since);
        self.silence = Some((since, now));
    }

    fn hint(&self) -> Option<Hint> {
        let (since, until) = self.silence?;
        (until.saturating_sub(since) >= NOTHING).then_some(Hint::NothingHeard)
    }
}

impl Muted {
    fn hear(&mut self, now: Duration, is_loud: bool) {
        self.levels.retain(|(at, _)| now.saturating_sub(*at) < WINDOW);
        self.levels.push((now, is_loud));
        let loud = self.levels.iter().filter(|(_, is_loud)| *is_loud).count();
        let watched = self
            .levels
            .first()
            .map_or(Duration::ZERO, |(at, _)| now.saturating_sub(*at));
        if is_loud && watched >= WATCHED && loud >= SEVERAL && 100 * loud >= SHARE * self.levels.len() {
            self.spoke = Some(now);
        }
    }

    fn hint(&mut self, now: Duration) -> Option<Hint> {
        self.end_utterance(now);
        let rests = self.ignored >= IGNORED && self.gone.is_some_and(|at| now.saturating_sub(at) < RESTS);
        self.is_shown |= self.spoke.is_some() && !rests;
        self.is_shown.then_some(Hint::YouAreMuted)
    }

    /// Ends it if nothing has been said for a while.
    fn end_utterance(&mut self, now: Duration) {
        if self.spoke.is_some_and(|at| now.saturating_sub(at) >= LINGERS) {
            self.spoke = None;
            if std::mem::take(&mut self.is_shown) {
                self.ignored = self.ignored.saturating_add(1);
                self.gone = Some(now);
            }
        }
    }
}

/// Which of several microphones hears the person, by the peak of each over about 3 s (linear, 0 to 1): the loudest, if it hears anything.
#[must_use]
pub fn loudest<K: Copy>(peaks: &[(K, f64)]) -> Option<K> {
    let mut best: Option<(K, f64)> = None;
    for (which, peak) in peaks.iter().filter(|(_, peak)| peak.is_finite() && *peak > HEARS) {
        if best.is_none_or(|(_, loudest)| *peak > loudest) {
            best = Some((*which, *peak));
        }
    }
    best.map(|(which, _)| which)
}
