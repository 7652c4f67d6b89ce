//! The noise that a microphone hears all the time, and what stands out of it.

use std::time::Duration;

/// Quieter than this, -34 dB, is no voice at any microphone.
const LOUD: f64 = 0.02;
/// A voice is at least so many times as loud as the noise around it: 6 dB.
const OVER: f64 = 2.0;
/// The floor is never lower. A lower one would rise for longer when a noise begins.
const LEAST: f64 = 0.005;
/// In this time the floor falls to what is heard in a pause.
const FALLS: f64 = 0.5;
/// By so much of itself the floor rises in a second, which is 3 dB: slowly, as somebody may speak for seconds without a pause.
const RISES: f64 = 0.4;
/// No more than this counts between two samples, in seconds, as nothing is known of what was heard meanwhile.
const LONGEST: f64 = 1.0;

/// A slow minimum of levels (linear, 0 to 1). A fan, a street or a hum is as loud as its floor; a voice has pauses.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Floor(f64);

impl Default for Floor {
    fn default() -> Self {
        Self(LEAST)
    }
}

impl Floor {
    /// Takes the first level for the floor: a voice that is heard first is known from its first pause on, a noise never taken for one.
    pub(crate) fn at(level: f64) -> Self {
        Self(level.max(LEAST))
    }

    /// Whether this level, `passed` after the one before, stands out. The floor follows.
    pub(crate) fn stands_out(&mut self, passed: Duration, level: f64) -> bool {
        let stands_out = level > LOUD.max(OVER * self.0);
        let passed = passed.as_secs_f64().min(LONGEST);
        let next = if level < self.0 {
            self.0 + (level - self.0) * (passed / FALLS).min(1.0)
        } else {
            level.min(self.0 * (1.0 + RISES * passed))
        };
        self.0 = next.max(LEAST);
        stands_out
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LOOK: Duration = Duration::from_millis(150);

    /// How many looks at this level stand out before the first that does not.
    fn looks(mut floor: Floor, level: f64) -> usize {
        (0..10_000).take_while(|_| floor.stands_out(LOOK, level)).count()
    }

    #[test]
    fn a_noise_stands_out_for_some_seconds_and_one_that_was_there_from_the_beginning_never() {
        for (level, seconds) in [(0.02, 0.0..0.1), (0.03, 2.0..4.0), (0.1, 4.0..8.0), (1.0, 8.0..16.0)] {
            #[expect(clippy::cast_precision_loss)]
            let stood_out = looks(Floor::default(), level) as f64 * LOOK.as_secs_f64();
            assert!(seconds.contains(&stood_out), "{level} for {stood_out} s");
            assert_eq!(looks(Floor::at(level), level), 0);
        }
    }

    #[test]
    fn a_voice_stands_out_of_the_noise_that_it_is_in_and_a_softer_one_does_not() {
        let mut floor = Floor::at(0.03);
        assert!(floor.stands_out(LOOK, 0.1));
        assert!(!floor.stands_out(LOOK, 0.05));
    }

    #[test]
    fn a_pause_brings_the_floor_back_within_a_second() {
        let mut floor = Floor::at(0.2);
        let pause = (0..100).take_while(|_| !floor.stands_out(LOOK, 0.0) && floor != Floor::default());
        assert!(pause.count() <= 12);
        let mut floor = Floor::at(0.03);
        floor.stands_out(LOOK, 0.0);
        assert!(!floor.stands_out(LOOK, 0.03), "one look that found nothing is no pause");
    }
}
