//! Short sounds for what one may not see: somebody has come, somebody has left.

use std::cell::{Cell, RefCell};
use std::rc::Rc;
use std::time::Duration;

use js_sys::Function;
use wasm_bindgen::prelude::*;
use web_sys::{AudioContext, GainNode, OscillatorNode};

use super::page;
use super::rtc_ext::get;
use super::task::ignore;
use super::timer::Timer;

/// With more people than this the sounds would never end.
const PEOPLE: usize = 6;

/// What has happened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Chime {
    Joined,
    Left,
}

/// So long after a seat was taken, everybody who is there is added, and those of the last seat are removed.
const ARRIVING: Duration = Duration::from_secs(2);

/// No sooner than this after one another.
const PACE: Duration = Duration::from_secs(1);

/// After so long a sound is over.
const OVER: Duration = Duration::from_millis(600);

/// When sounds are played.
#[derive(Default)]
pub(super) struct Chimes {
    quiet_until: Cell<Duration>,
    playing: Rc<RefCell<Option<Playing>>>,
    over: Timer,
}

/// A sound. Dropping it frees its audio graph, whether the browser has let it be heard or not.
struct Playing(AudioContext);

impl Drop for Playing {
    fn drop(&mut self) {
        let _ = self.0.close();
    }
}

impl Chimes {
    /// A seat has been taken: those who are there have not come just now, and those who knew another seat of ours have not left.
    pub(super) fn seated(&self, now: Duration) {
        self.quiet_until.set(now + ARRIVING);
    }

    /// Plays a sound, if it is time for one and there are so many people.
    pub(super) fn ring(&self, now: Duration, chime: Chime, people: usize, speaker: Option<&str>) {
        if self.is_due(now, people) {
            self.play(chime, speaker);
        }
    }

    /// Plays a sound on a speaker, where the browser lets the page make sound.
    pub(super) fn play(&self, chime: Chime, speaker: Option<&str>) {
        if !page::has_been_touched() {
            return;
        }
        // Without it, everything else goes on.
        let begun = chime.begin(speaker).ok().map(Playing);
        drop(self.playing.replace(begun));
        let playing = Rc::clone(&self.playing);
        self.over.set(OVER, move || drop(playing.take()));
    }

    fn is_due(&self, now: Duration, people: usize) -> bool {
        let is_due = people <= PEOPLE && now >= self.quiet_until.get();
        if is_due {
            self.quiet_until.set(now + PACE);
        }
        is_due
    }
}

impl Chime {
    /// Two notes: up for who comes, down for who goes. In Hz.
    const fn notes(self) -> [f32; 2] {
        match self {
            Self::Joined => [523.25, 783.99],
            Self::Left => [523.25, 349.23],
        }
    }

    fn begin(self, speaker: Option<&str>) -> Result<AudioContext, JsValue> {
        /// Seconds that a note takes, and how loud it is.
        const NOTE: f64 = 0.14;
        const LOUDNESS: f32 = 0.06;
        let context = AudioContext::new()?;
        if let (Some(speaker), Ok(route)) = (speaker, get(&context, "setSinkId").dyn_into::<Function>())
            && let Ok(routed) = route.call1(&context, &speaker.into())
        {
            // A speaker that is gone: the sound comes from the default one.
            ignore(routed.unchecked_into());
        }
        let gain: GainNode = context.create_gain()?;
        let oscillator: OscillatorNode = context.create_oscillator()?;
        oscillator.connect_with_audio_node(&gain)?;
        gain.connect_with_audio_node(&context.destination())?;
        let from = context.current_time();
        let [first, second] = self.notes();
        oscillator.frequency().set_value_at_time(first, from)?;
        oscillator.frequency().set_value_at_time(second, from + NOTE)?;
        gain.gain().set_value_at_time(LOUDNESS, from)?;
        // It fades, since a sound that is cut clicks.
        gain.gain()
            .exponential_ramp_to_value_at_time(LOUDNESS / 100.0, from + 2.0 * NOTE)?;
        oscillator.start()?;
        oscillator.stop_with_when(from + 2.0 * NOTE)?;
        Ok(context)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn in_a_crowd_nobody_hears_each_coming_and_going() {
        for (people, is_played) in [(1, true), (6, true), (7, false), (20, false)] {
            assert_eq!(Chimes::default().is_due(Duration::ZERO, people), is_played, "{people}");
        }
    }

    #[test]
    fn those_who_are_there_already_make_no_sound_and_several_who_come_at_once_make_one() {
        let (chimes, at) = (Chimes::default(), Duration::from_millis);
        chimes.seated(at(0));
        let due = [0, 1_999, 2_000, 2_500, 3_000].map(|millis| chimes.is_due(at(millis), 3));
        assert_eq!(due, [false, false, true, false, true]);
    }
}
