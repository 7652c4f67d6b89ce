mod noise;
mod random;

use super::*;

const ANN: u8 = 1;
const BOB: u8 = 2;
const CAT: u8 = 3;

fn ms(millis: u64) -> Duration {
    Duration::from_millis(millis)
}

/// What a peer's microphone hears.
#[derive(Clone, Copy)]
enum Sound {
    /// The same all the time.
    Level(f64),
    /// Sentences of words with pauses between them. The level is that of a word's middle.
    Speech(f64),
    /// The same in a room with a noise.
    SpeechIn(f64, f64),
    /// Key strokes, two or three of ten packets.
    Keys(f64),
}

use Sound::{Keys, Level, Speech, SpeechIn};

const SILENCE: Sound = Level(0.0);

/// A room in virtual time, looked at as the page does.
struct Room {
    speaker: Speaker<u8>,
    now: Duration,
    every: Duration,
    random: fastrand::Rng,
    /// Until when each goes on with a word or a pause, and which of the two it is.
    mouths: SmallMap<u8, (Duration, bool)>,
    /// After how many milliseconds of the last [`Room::hear`] what changed.
    stages: Vec<(u64, Option<u8>)>,
    rings: Vec<(u64, u8, bool)>,
}

impl Room {
    fn new(seed: u64) -> Self {
        Self {
            speaker: Speaker::new(),
            now: Duration::from_secs(100),
            every: ms(150),
            random: fastrand::Rng::with_seed(seed),
            mouths: SmallMap::new(),
            stages: Vec::new(),
            rings: Vec::new(),
        }
    }

    /// A room in which somebody has the stage, and everybody has been silent for a while.
    fn with_on_stage(seed: u64, who: u8) -> Self {
        let mut room = Self::new(seed);
        room.hear(1_500, &[(who, Level(0.1))]);
        room.hear(3_000, &[(ANN, SILENCE), (BOB, SILENCE), (CAT, SILENCE)]);
        assert_eq!(room.speaker.on_stage(), Some(who));
        room
    }

    fn level(&mut self, who: u8, sound: Sound) -> f64 {
        match sound {
            Level(level) => level,
            Speech(level) => self.speech(who, level),
            SpeechIn(noise, level) => self.speech(who, level).max(noise * (0.9 + 0.2 * self.random.f64())),
            Keys(level) => level * f64::from(u8::from(self.random.f64() < 0.25)),
        }
    }

    fn speech(&mut self, who: u8, level: f64) -> f64 {
        let (until, is_word) = self.mouths.entry(who).or_insert((Duration::ZERO, false));
        while self.now >= *until {
            *until = self.now.max(*until);
            *is_word = !*is_word;
            *until += ms(match (*is_word, self.random.u8(..8)) {
                (true, _) => self.random.u64(200..600),
                (false, 0) => self.random.u64(400..800),
                (false, _) => self.random.u64(40..200),
            });
        }
        if *is_word {
            level * (0.15 + 1.6 * self.random.f64())
        } else {
            0.003
        }
    }

    /// Goes on for so long with these sounds.
    fn hear(&mut self, millis: u64, sounds: &[(u8, Sound)]) {
        self.stages.clear();
        self.rings.clear();
        let begin = self.now;
        while self.now < begin + ms(millis) {
            let stage = self.speaker.on_stage();
            let rings = [ANN, BOB, CAT].map(|who| self.speaker.is_speaking(who));
            for (who, sound) in sounds {
                let level = self.level(*who, *sound);
                self.speaker.hear(self.now, *who, level);
            }
            self.speaker.poll(self.now);
            let passed = u64::try_from((self.now - begin).as_millis()).unwrap();
            if self.speaker.on_stage() != stage {
                self.stages.push((passed, self.speaker.on_stage()));
            }
            for (who, had_ring) in [ANN, BOB, CAT].into_iter().zip(rings) {
                let has_ring = self.speaker.is_speaking(who);
                if has_ring != had_ring {
                    self.rings.push((passed, who, has_ring));
                }
            }
            self.now += self.every;
        }
    }
}

#[test]
fn the_first_loud_packet_lights_the_ring_and_half_a_second_of_silence_ends_it() {
    let mut room = Room::new(1);
    room.hear(3_000, &[(ANN, SILENCE)]);
    assert_eq!(room.rings, []);
    room.hear(1_500, &[(ANN, Level(0.1))]);
    assert_eq!(room.rings, [(0, ANN, true)]);
    // The last loud packet was 150 ms before.
    room.hear(3_000, &[(ANN, SILENCE)]);
    assert_eq!(room.rings, [(450, ANN, false)]);
}

#[test]
fn even_somebody_who_was_never_heard_before_has_a_ring_at_once() {
    let mut room = Room::new(1);
    room.hear(150, &[(ANN, Level(0.03))]);
    assert_eq!(room.rings, [(0, ANN, true)]);
}

#[test]
fn a_click_lights_the_ring_only_for_a_moment() {
    let mut room = Room::new(1);
    room.hear(3_000, &[(ANN, SILENCE)]);
    room.hear(150, &[(ANN, Level(0.5))]);
    room.hear(3_000, &[(ANN, SILENCE)]);
    assert_eq!(room.rings, [(150, ANN, false)]);
}

#[test]
fn the_ring_stays_through_the_gaps_between_words() {
    for seed in 0..20 {
        let mut room = Room::new(seed);
        room.hear(60_000, &[(ANN, Speech(0.08))]);
        let ends = room.rings.iter().filter(|(_, _, lit)| !lit).count();
        // Only sentences end with a longer one.
        assert!((1..=16).contains(&ends), "seed {seed}: {ends} times in a minute");
    }
}

/// How often the stage changes, and after how many milliseconds it changes for the first time, in many rooms, in order.
fn in_many_rooms(mut play: impl FnMut(u64) -> Room) -> (usize, Vec<u64>) {
    let rooms: Vec<Room> = (0..200).map(&mut play).collect();
    let mut first: Vec<u64> = rooms
        .iter()
        .filter_map(|room| room.stages.first().map(|stage| stage.0))
        .collect();
    first.sort_unstable();
    (rooms.iter().map(|room| room.stages.len()).sum(), first)
}

#[test]
fn about_a_second_of_speech_takes_an_empty_stage() {
    for (level, half, most) in [(0.05, 1_500, 2_500), (0.08, 1_350, 2_000), (0.3, 1_200, 1_800)] {
        let (changes, after) = in_many_rooms(|seed| {
            let mut room = Room::new(seed);
            room.hear(3_000, &[(ANN, SILENCE), (BOB, SILENCE)]);
            room.hear(6_000, &[(ANN, SILENCE), (BOB, Speech(level))]);
            assert_eq!(room.speaker.on_stage(), Some(BOB), "seed {seed}");
            room
        });
        assert_eq!(changes, 200);
        assert!(
            after[0] >= 900 && after[100] <= half && after[180] <= most,
            "{level}: {after:?}"
        );
    }
}

#[test]
fn short_bursts_do_not_take_the_stage() {
    // Loud and silent in turn, in milliseconds.
    let table: [(&str, &[u64]); 5] = [
        ("a laugh", &[800]),
        ("a cough", &[450, 300, 300]),
        ("a long cough", &[300, 450, 300, 450, 150]),
        ("a laugh, and another one a while later", &[800, 1_500, 800]),
        ("a yes now and then", &[450, 2_000, 450, 2_000, 450, 2_000, 450]),
    ];
    for (name, times) in table {
        for mut room in [Room::new(1), Room::with_on_stage(1, ANN)] {
            let stage = room.speaker.on_stage();
            for (index, time) in times.iter().chain(&[3_000]).enumerate() {
                let sound = if index % 2 == 0 && index < times.len() {
                    Level(0.4)
                } else {
                    SILENCE
                };
                room.hear(*time, &[(ANN, SILENCE), (BOB, sound)]);
                assert_eq!(room.speaker.on_stage(), stage, "{name}");
            }
            assert!(!room.speaker.lately().contains(&BOB), "{name}");
        }
    }
}

#[test]
fn the_one_on_the_stage_keeps_it_while_speaking_and_in_silence() {
    for seed in 0..20 {
        let mut room = Room::with_on_stage(seed, ANN);
        room.hear(600_000, &[(ANN, SILENCE), (BOB, Level(0.01)), (CAT, SILENCE)]);
        assert_eq!(room.stages, [], "seed {seed}");
        room.hear(60_000, &[(ANN, Speech(0.08)), (BOB, Level(0.01)), (CAT, SILENCE)]);
        assert_eq!(room.stages, [], "seed {seed}");
    }
}

#[test]
fn an_answer_takes_the_stage_after_about_a_second() {
    let (changes, after) = in_many_rooms(|seed| {
        let mut room = Room::new(seed);
        room.hear(5_000, &[(ANN, Speech(0.1)), (BOB, SILENCE)]);
        assert_eq!(room.speaker.on_stage(), Some(ANN));
        room.hear(6_000, &[(ANN, SILENCE), (BOB, Speech(0.1))]);
        room
    });
    assert_eq!(changes, 200);
    assert!(
        after[0] >= 900 && after[100] <= 1_350 && after[180] <= 2_000,
        "{after:?}"
    );
}

#[test]
fn when_two_speak_alike_the_stage_stays() {
    let (changes, _) = in_many_rooms(|seed| {
        let mut room = Room::with_on_stage(seed, BOB);
        room.hear(1_000, &[(ANN, SILENCE), (BOB, Speech(0.1))]);
        room.hear(20_000, &[(ANN, Speech(0.1)), (BOB, Speech(0.1))]);
        room
    });
    // More than an hour in all. Now and then one pauses for a second while the other speaks.
    assert!(changes <= 40, "{changes}");
}

#[test]
fn a_much_louder_one_takes_it_after_one_or_two_seconds_and_keeps_it() {
    let (changes, after) = in_many_rooms(|seed| {
        let mut room = Room::with_on_stage(seed, BOB);
        room.hear(3_000, &[(ANN, SILENCE), (BOB, Speech(0.05))]);
        room.hear(8_000, &[(ANN, Speech(0.4)), (BOB, Speech(0.05))]);
        room
    });
    assert!((200..=210).contains(&changes) && after.len() == 200, "{changes}");
    assert!(
        after[0] >= 1_200 && after[100] <= 1_800 && after[160] <= 2_500,
        "{after:?}"
    );
}

#[test]
fn somebody_who_speaks_while_the_one_on_the_stage_only_agrees_takes_it() {
    let mut room = Room::with_on_stage(1, BOB);
    for _ in 0..3 {
        room.hear(750, &[(ANN, Level(0.1)), (BOB, SILENCE)]);
        room.hear(150, &[(ANN, Level(0.1)), (BOB, Level(0.1))]);
    }
    assert_eq!(room.speaker.on_stage(), Some(ANN));
}

#[test]
fn what_was_said_at_the_same_time_does_not_take_the_stage_after_both_have_stopped() {
    let mut room = Room::with_on_stage(1, ANN);
    room.hear(1_500, &[(ANN, Level(0.1)), (BOB, SILENCE)]);
    room.hear(1_200, &[(ANN, Level(0.1)), (BOB, Level(0.1))]);
    room.hear(5_000, &[(ANN, SILENCE), (BOB, SILENCE)]);
    assert_eq!(room.stages, []);
}

#[test]
fn a_peer_who_leaves_is_nowhere_and_the_stage_is_free_at_once() {
    let mut room = Room::new(1);
    room.hear(5_000, &[(ANN, Speech(0.1)), (BOB, SILENCE)]);
    room.hear(1_300, &[(ANN, Speech(0.1)), (BOB, Level(0.1))]);
    assert_eq!(room.speaker.on_stage(), Some(ANN));
    room.speaker.forget(ANN);
    assert_eq!(room.speaker.on_stage(), None);
    assert!(!room.speaker.is_speaking(ANN));
    assert_eq!(room.speaker.lately(), [BOB]);
    room.hear(150, &[(BOB, Level(0.1))]);
    assert_eq!(room.stages, [(0, Some(BOB))]);
    room.speaker.forget(CAT);
}

#[test]
fn after_a_gap_nothing_from_before_it_counts() {
    let mut room = Room::with_on_stage(1, BOB);
    room.hear(800, &[(ANN, Level(0.1)), (BOB, SILENCE)]);
    room.now += Duration::from_secs(30);
    room.hear(450, &[(ANN, Level(0.1)), (BOB, SILENCE)]);
    assert_eq!(room.stages, []);
    assert!(room.speaker.is_speaking(ANN));
    room.now += Duration::from_secs(30);
    room.speaker.poll(room.now);
    assert!(!room.speaker.is_speaking(ANN), "the last level is from long ago");
}

#[test]
fn a_hidden_page_that_looks_once_a_second_has_a_stage_as_well() {
    let mut room = Room::with_on_stage(1, ANN);
    room.every = ms(1_000);
    room.hear(1_000, &[(ANN, SILENCE), (BOB, Level(0.1))]);
    assert!(room.speaker.is_speaking(BOB));
    assert_eq!(room.stages, [], "one packet may be a cough");
    room.hear(2_000, &[(ANN, SILENCE), (BOB, Level(0.1))]);
    assert_eq!(room.speaker.on_stage(), Some(BOB));
}

#[test]
fn those_who_spoke_lately_are_in_order_and_those_who_speak_do_not_change_places() {
    let mut room = Room::new(1);
    let silent = [(ANN, SILENCE), (BOB, SILENCE), (CAT, SILENCE)];
    assert!(room.speaker.lately().is_empty());
    for who in [ANN, BOB, CAT, ANN] {
        room.hear(2_000, &[(who, Level(0.1))]);
        room.hear(2_000, &silent);
    }
    assert_eq!(room.speaker.lately(), [ANN, CAT, BOB]);
    room.hear(2_000, &[(BOB, Level(0.1))]);
    assert_eq!(room.speaker.lately(), [BOB, ANN, CAT]);
    room.hear(2_000, &[(BOB, Level(0.1)), (CAT, Level(0.1))]);
    assert_eq!(
        room.speaker.lately(),
        [BOB, CAT, ANN],
        "behind the one who spoke before"
    );
    room.hear(2_000, &[(BOB, SILENCE), (CAT, Level(0.1))]);
    assert_eq!(room.speaker.lately(), [CAT, BOB, ANN]);
}

#[test]
fn a_poll_says_whether_an_answer_has_changed() {
    let mut room = Room::new(5);
    let mut changes = 0;
    for tick in 0..4_000 {
        let sounds = [ANN, BOB, CAT].map(|who| {
            (
                who,
                if (tick / 40 + u32::from(who)) % 3 != 0 {
                    Speech(0.1)
                } else {
                    SILENCE
                },
            )
        });
        let answers = |of: &Speaker<u8>| {
            (
                of.on_stage(),
                of.lately(),
                [ANN, BOB, CAT].map(|who| of.is_speaking(who)),
            )
        };
        let before = answers(&room.speaker);
        for (who, sound) in sounds {
            let level = room.level(who, sound);
            room.speaker.hear(room.now, who, level);
        }
        let changed = room.speaker.poll(room.now);
        assert_eq!(changed, answers(&room.speaker) != before, "at {tick}");
        changes += u32::from(changed);
        room.now += ms(150);
    }
    assert!((50..1_000).contains(&changes), "{changes}");
}

#[test]
fn somebody_who_speaks_slowly_still_speaks() {
    let mut room = Room::new(1);
    room.hear(2_000, &[(ANN, Level(0.1))]);
    for _ in 0..3 {
        room.hear(150, &[(ANN, Level(0.1)), (BOB, Level(0.1))]);
        room.hear(750, &[(ANN, SILENCE), (BOB, Level(0.1))]);
    }
    assert_eq!(room.speaker.lately(), [ANN, BOB]);
    room.hear(300, &[(ANN, SILENCE), (BOB, Level(0.1))]);
    assert_eq!(room.speaker.lately(), [BOB, ANN]);
}

#[test]
fn a_level_beyond_full_scale_is_full_scale() {
    let mut room = Room::with_on_stage(1, BOB);
    room.hear(3_000, &[(BOB, Level(0.5)), (ANN, SILENCE)]);
    room.hear(2_400, &[(BOB, Level(0.5)), (ANN, Level(f64::INFINITY))]);
    assert_eq!(room.stages, []);
}
