use super::*;
use Hint::{NothingHeard, YouAreMuted};
use MediaState::{Interrupted, Muted as IsMuted, Off, On};

/// A person in virtual time.
struct Person {
    hints: Hints,
    now: Duration,
    every: u64,
    hint: Option<Hint>,
    random: fastrand::Rng,
}

/// Words and gaps, 300 and 150 ms long.
const SPEECH: f64 = -1.0;
/// Keys, one in seven looks.
const KEYS: f64 = -2.0;

impl Person {
    fn new() -> Self {
        Self {
            hints: Hints::new(),
            now: Duration::from_secs(70),
            every: 50,
            hint: None,
            random: fastrand::Rng::with_seed(3),
        }
    }

    /// What changes in this time, and after how many milliseconds.
    fn changes(&mut self, millis: u64, microphone: MediaState, sound: f64) -> Vec<(u64, Option<Hint>)> {
        let mut changes = Vec::new();
        for passed in (0..millis).step_by(usize::try_from(self.every).unwrap()) {
            let level = if sound == SPEECH {
                if passed % 450 < 300 {
                    0.04 + 0.1 * self.random.f64()
                } else {
                    0.01
                }
            } else if sound == KEYS {
                if self.random.u8(..7) == 0 { 0.1 } else { 0.003 }
            } else {
                sound
            };
            let hint = self.hints.hear(self.now, microphone, level);
            if hint != self.hint {
                changes.push((passed, hint));
                self.hint = hint;
            }
            self.now += Duration::from_millis(self.every);
        }
        changes
    }
}

#[test]
fn somebody_who_speaks_while_muted_is_told_after_about_a_second_and_until_four_seconds_after() {
    for every in [50, 75, 100, 150] {
        let mut person = Person::new();
        person.every = every;
        assert_eq!(person.changes(10_000, IsMuted, 0.003), []);
        let shown = person.changes(6_000, IsMuted, SPEECH);
        assert!(
            matches!(shown[..], [(600..=1_500, Some(YouAreMuted))]),
            "every {every}: {shown:?}"
        );
        let gone = person.changes(60_000, IsMuted, 0.003);
        assert!(matches!(gone[..], [(3_400..=4_100, None)]), "every {every}: {gone:?}");
    }
}

#[test]
fn it_stays_while_they_go_on_and_goes_at_once_when_they_unmute() {
    let mut person = Person::new();
    person.changes(3_000, IsMuted, 0.003);
    assert_eq!(person.changes(120_000, IsMuted, SPEECH).len(), 1);
    assert_eq!(person.changes(5_000, On, SPEECH), [(0, None)]);
    assert_eq!(person.changes(60_000, On, 0.003), []);
}

#[test]
fn coughs_keys_fans_and_soft_sounds_are_no_speech() {
    let table: [(&str, u64, f64); 5] = [
        ("a cough", 500, 0.3),
        ("keys", 120_000, KEYS),
        ("a fan", 60_000, 0.05),
        ("somebody in the next room", 60_000, 0.015),
        ("nothing", 60_000, 0.0),
    ];
    for every in [50, 100, 150] {
        for (name, millis, sound) in table {
            let mut person = Person::new();
            person.every = every;
            // A fan runs from the beginning.
            let before = if name == "a fan" { sound } else { 0.003 };
            assert_eq!(person.changes(2_000, IsMuted, before), [], "{name}");
            assert_eq!(person.changes(millis, IsMuted, sound), [], "{name} every {every} ms");
            assert_eq!(person.changes(10_000, IsMuted, before), [], "{name}");
        }
    }
}

#[test]
fn what_was_said_before_they_muted_does_not_count() {
    let mut person = Person::new();
    assert_eq!(person.changes(10_000, On, SPEECH), []);
    assert_eq!(person.changes(550, IsMuted, 0.1), []);
    assert_eq!(person.changes(10_000, IsMuted, 0.003), []);
}

#[test]
fn somebody_who_ignored_it_twice_is_told_again_after_a_minute_and_after_they_were_heard() {
    let mut person = Person::new();
    person.changes(3_000, IsMuted, 0.003);
    for _ in 0..2 {
        assert_eq!(person.changes(2_000, IsMuted, SPEECH).len(), 1);
        assert_eq!(person.changes(10_000, IsMuted, 0.003).len(), 1);
    }
    // Ignored twice: it is silent for a minute, in the middle of what they say, too.
    assert_eq!(person.changes(2_000, IsMuted, SPEECH), []);
    assert_eq!(person.changes(8_000, IsMuted, 0.003), []);
    let shown = person.changes(60_000, IsMuted, SPEECH);
    assert!(matches!(shown[..], [(40_000..=46_000, Some(YouAreMuted))]), "{shown:?}");
    person.changes(10_000, IsMuted, 0.003);
    // It is still once a minute.
    assert_eq!(person.changes(10_000, IsMuted, SPEECH), []);
    // Unmuting begins anew.
    person.changes(1_000, On, SPEECH);
    person.changes(6_000, IsMuted, 0.003);
    assert_eq!(person.changes(2_000, IsMuted, SPEECH).len(), 1);
}

#[test]
fn a_page_that_looks_once_a_second_says_nothing_of_speech() {
    let mut person = Person::new();
    person.every = 1_000;
    person.changes(3_000, IsMuted, 0.003);
    assert_eq!(person.changes(60_000, IsMuted, 0.3), []);
}

#[test]
fn another_microphone_is_in_another_place() {
    let mut person = Person::new();
    person.changes(20_000, IsMuted, 0.2);
    person.changes(500, Off, 0.0);
    person.changes(100, IsMuted, 0.003);
    assert_eq!(person.changes(1_500, IsMuted, SPEECH).len(), 1);
}

#[test]
fn nothing_from_a_microphone_that_is_on_is_said_after_four_seconds_and_until_the_first_sound() {
    for nothing in [0.0, 9e-6] {
        for every in [50, 150, 1_000] {
            let mut person = Person::new();
            person.every = every;
            assert_eq!(person.changes(3_000, On, 0.003), []);
            let said = person.changes(60_000, On, nothing);
            assert!(
                matches!(said[..], [(4_000..=4_099, Some(NothingHeard))]),
                "every {every}: {said:?}"
            );
            assert_eq!(person.changes(3_000, On, 2e-5), [(0, None)]);
        }
    }
}

#[test]
fn the_noise_of_a_quiet_microphone_is_something() {
    assert_eq!(Person::new().changes(60_000, On, 2e-5), []);
}

#[test]
fn nothing_is_said_of_a_microphone_that_is_not_on() {
    for state in [Off, IsMuted, Interrupted] {
        let mut person = Person::new();
        assert_eq!(person.changes(3_900, On, 0.0), []);
        assert_eq!(person.changes(60_000, state, 0.0), [], "{state:?}");
        assert_eq!(person.changes(3_900, On, 0.0), [], "{state:?}: it begins anew");
        assert_eq!(person.changes(1_000, On, 0.0).len(), 1);
        assert_eq!(person.changes(1_000, state, 0.0), [(0, None)]);
    }
    for state in [Off, Interrupted] {
        assert_eq!(Person::new().changes(10_000, state, SPEECH), [], "{state:?}");
    }
}

#[test]
fn silence_that_nobody_watched_does_not_count() {
    let mut person = Person::new();
    assert_eq!(person.changes(2_000, On, 0.0), []);
    person.now += Duration::from_secs(30);
    assert_eq!(person.changes(4_000, On, 0.0), []);
    assert_eq!(person.changes(1_000, On, 0.0).len(), 1);
    let mut person = Person::new();
    person.changes(1_000, On, 0.0);
    assert_eq!(person.changes(10_000, On, f64::NAN), []);
}

#[test]
fn speech_before_a_gap_has_ended_with_it() {
    let mut person = Person::new();
    person.changes(3_000, IsMuted, 0.003);
    assert_eq!(person.changes(2_000, IsMuted, SPEECH).len(), 1);
    person.now += Duration::from_secs(30);
    assert_eq!(person.changes(500, IsMuted, 0.1), [(0, None)]);
}

#[test]
fn the_loudest_microphone_is_the_one_that_hears_something() {
    type Peaks = [(char, f64)];
    let table: [(&Peaks, Option<char>); 7] = [
        (&[], None),
        (&[('a', 0.0), ('b', 0.008)], None),
        (&[('a', 0.0081)], Some('a')),
        (&[('a', 0.01), ('b', 0.3), ('c', 0.02)], Some('b')),
        (&[('a', 0.1), ('b', 0.1)], Some('a')),
        (&[('a', f64::NAN), ('b', 0.02), ('c', f64::INFINITY)], Some('b')),
        (&[('a', -1.0), ('b', f64::NEG_INFINITY)], None),
    ];
    for (peaks, expected) in table {
        assert_eq!(loudest(peaks), expected, "{peaks:?}");
    }
}

#[test]
fn with_any_levels_a_hint_fits_the_microphone_and_nothing_grows() {
    let mut seen = [0_u32; 2];
    for seed in 0..200 {
        let mut random = fastrand::Rng::with_seed(seed);
        let mut hints = Hints::new();
        let mut now = Duration::ZERO;
        let mut state = On;
        let mut sound = 0;
        let mut last = None;
        let longest = random.u64(1..200);
        // When the hint of being muted came since the microphone was muted.
        let mut came: Vec<Duration> = Vec::new();
        for _ in 0..3_000 {
            now += Duration::from_millis(random.u64(..longest));
            if random.u16(..1_000) == 0 {
                now += Duration::from_secs(random.u64(..10_000));
            }
            if random.u8(..200) == 0 {
                state = [Off, On, IsMuted, Interrupted, On, IsMuted, IsMuted][random.usize(..7)];
                came.clear();
            }
            if random.u8(..60) == 0 {
                sound = random.u8(..4);
            }
            let level = match (random.u8(..40), sound) {
                (0, _) => [f64::NAN, f64::INFINITY, -1.0, f64::MAX][random.usize(..4)],
                (_, 0) => 0.0,
                (_, 1) => random.f64(),
                (_, 2) => 0.2 + 0.1 * random.f64(),
                _ => 0.003,
            };
            let hint = hints.hear(now, state, level);
            match hint {
                Some(YouAreMuted) => assert_eq!(state, IsMuted),
                Some(NothingHeard) => assert_eq!(state, On),
                None => {}
            }
            if hint != last && hint == Some(YouAreMuted) {
                came.push(now);
                let third = came.iter().rev().nth(2);
                assert!(
                    third.is_none_or(|at| now - *at > Duration::from_secs(60)),
                    "seed {seed}"
                );
            }
            last = hint;
            seen[0] += u32::from(hint == Some(YouAreMuted));
            seen[1] += u32::from(hint == Some(NothingHeard));
            assert!(hints.muted.levels.len() <= 41);
        }
    }
    assert!(seen.iter().all(|of| *of > 1_000), "{seen:?}");
}
