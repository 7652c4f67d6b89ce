use super::*;

const ANN: u8 = 1;
const BOB: u8 = 2;
const CAT: u8 = 3;

/// A room in virtual time, whose page sets the volumes that it is told.
struct Room {
    loudness: Loudness<u8>,
    now: Duration,
    totals: SmallMap<u8, Totals>,
    random: fastrand::Rng,
}

impl Room {
    fn new() -> Self {
        Self {
            loudness: Loudness::new(),
            now: Duration::from_secs(50),
            totals: SmallMap::new(),
            random: fastrand::Rng::with_seed(11),
        }
    }

    /// For so long voices of these levels come. Everybody speaks for most of the time, with pauses.
    fn hear(&mut self, seconds: u64, levels: &[(u8, f64)]) {
        for _ in 0..seconds / 2 {
            self.now += Duration::from_secs(2);
            for (who, level) in levels {
                let share = if self.random.u8(..4) == 0 {
                    self.random.f64()
                } else {
                    1.0
                };
                let level = level * (0.8 + 0.4 * self.random.f64());
                let totals = self.totals.entry(*who).or_default();
                totals.energy += 2.0 * share * level * level;
                totals.duration += 2.0;
                self.loudness.measured(self.now, *who, *totals);
            }
        }
    }

    /// How loud a voice of this level is played, in dB beside one of 0.1.
    fn played(&self, who: u8, level: f64) -> f64 {
        decibels(self.loudness.volume(&who) * level / 0.1)
    }

    fn volume(&self, who: u8) -> f64 {
        self.loudness.volume(&who)
    }
}

fn decibels(ratio: f64) -> f64 {
    20.0 * ratio.log10()
}

#[test]
fn somebody_who_is_alone_or_unknown_is_played_as_loud_as_can_be() {
    let mut room = Room::new();
    assert_eq!(room.volume(ANN), 1.0);
    room.hear(120, &[(ANN, 0.5)]);
    assert_eq!(room.volume(ANN), 1.0);
    // Somebody who says nothing is no measure.
    room.hear(120, &[(ANN, 0.5), (BOB, 0.0)]);
    assert_eq!((room.volume(ANN), room.volume(BOB)), (1.0, 1.0));
}

#[test]
fn after_half_a_minute_all_are_about_as_loud_as_the_quietest() {
    for levels in [
        [0.05, 0.1, 0.2],
        [0.03, 0.04, 0.06],
        [0.3, 0.05, 0.06],
        [0.1, 0.1, 0.1],
        [0.04, 0.2, 0.2],
    ] {
        let mut room = Room::new();
        let voices = [(ANN, levels[0]), (BOB, levels[1]), (CAT, levels[2])];
        room.hear(30, &voices);
        let quietest = levels.into_iter().fold(1.0, f64::min);
        for (who, level) in voices {
            let apart = room.played(who, level) - decibels(quietest / 0.1);
            assert!(apart.abs() < 3.0, "{levels:?}: {who} by {apart} dB");
            if level == quietest {
                assert!(room.volume(who) > 0.8, "{levels:?}: {}", room.volume(who));
            }
        }
    }
}

#[test]
fn nothing_moves_in_the_first_seconds_of_speech() {
    let mut room = Room::new();
    room.hear(6, &[(ANN, 0.3), (BOB, 0.05)]);
    assert_eq!((room.volume(ANN), room.volume(BOB)), (1.0, 1.0));
    room.hear(6, &[(ANN, 0.3), (BOB, 0.05)]);
    assert!(room.volume(ANN) < 1.0);
}

#[test]
fn silence_changes_nothing() {
    let mut room = Room::new();
    room.hear(60, &[(ANN, 0.3), (BOB, 0.1)]);
    let before = room.volume(ANN);
    room.hear(20, &[(ANN, 0.001), (BOB, 0.1)]);
    let lowered = room.volume(ANN);
    assert!((decibels(lowered / before)).abs() < 1.0, "{before} {lowered}");
    room.hear(600, &[(ANN, 0.0), (BOB, 0.007)]);
    assert!((decibels(room.volume(ANN) / lowered)).abs() < 0.5);
}

#[test]
fn somebody_who_is_nearly_silent_does_not_lower_the_others() {
    for nearly_silent in [0.001, 0.005, 0.008] {
        let mut room = Room::new();
        room.hear(120, &[(ANN, 0.1), (BOB, 0.1), (CAT, nearly_silent)]);
        assert!(room.volume(ANN) > 0.8 && room.volume(BOB) > 0.8, "{nearly_silent}");
        assert_eq!(room.volume(CAT), 1.0);
    }
    // The same beside somebody loud, where it is still heard as a voice.
    let mut room = Room::new();
    room.hear(120, &[(ANN, 0.5), (BOB, 0.5), (CAT, 0.02)]);
    assert!(
        room.volume(ANN) > 0.7 && room.volume(BOB) > 0.7,
        "{} {}",
        room.volume(ANN),
        room.volume(BOB)
    );
}

#[test]
fn how_far_a_quiet_voice_draws_the_others_has_no_edge_and_is_never_below_the_lowest_volume() {
    let mut before = drawn_to(0.0);
    for step in 0_u32..=10_000 {
        let part = f64::from(step) / 10_000.0;
        let drawn = drawn_to(part);
        assert!((LOWEST..=1.0).contains(&drawn), "{part}: {drawn}");
        assert!((drawn - before).abs() < 0.01, "{part}: {before} {drawn}");
        before = drawn;
    }
    assert_eq!(
        (drawn_to(0.5), drawn_to(0.2), drawn_to(0.03), drawn_to(1.0)),
        (0.5, 0.2, 1.0, 1.0)
    );
}

#[test]
fn when_the_quiet_one_leaves_the_others_come_back() {
    let mut room = Room::new();
    room.hear(60, &[(ANN, 0.1), (BOB, 0.1), (CAT, 0.03)]);
    assert!(room.volume(ANN) < 0.5);
    room.loudness.forget(CAT);
    let lowered = room.volume(ANN);
    room.hear(2, &[(ANN, 0.1), (BOB, 0.1)]);
    assert!(decibels(room.volume(ANN) / lowered) < 1.5, "not at once");
    room.hear(40, &[(ANN, 0.1), (BOB, 0.1)]);
    assert!(room.volume(ANN) > 0.8 && room.volume(BOB) > 0.8);
    assert_eq!(room.volume(CAT), 1.0);
}

#[test]
fn a_new_connection_begins_to_count_anew_without_a_jump() {
    let mut room = Room::new();
    room.hear(60, &[(ANN, 0.3), (BOB, 0.1)]);
    let before = room.volume(ANN);
    room.totals.insert(ANN, Totals::default());
    room.hear(2, &[(ANN, 0.3), (BOB, 0.1)]);
    assert!(decibels(room.volume(ANN) / before).abs() < 1.0);
    room.hear(30, &[(ANN, 0.3), (BOB, 0.1)]);
    assert!(decibels(room.volume(ANN) / before).abs() < 1.5);
}

#[test]
fn on_a_new_connection_a_voice_is_measured_as_before() {
    let mut room = Room::new();
    room.hear(60, &[(ANN, 0.1), (BOB, 0.1)]);
    room.totals.insert(ANN, Totals::default());
    room.hear(30, &[(ANN, 0.3), (BOB, 0.1)]);
    assert!(room.volume(ANN) < 0.5, "another microphone: {}", room.volume(ANN));
}

#[test]
fn somebody_new_is_not_lowered_before_the_voice_is_known() {
    let mut room = Room::new();
    room.hear(60, &[(ANN, 0.1), (BOB, 0.1)]);
    room.hear(6, &[(ANN, 0.1), (BOB, 0.1), (CAT, 0.4)]);
    assert_eq!(room.volume(CAT), 1.0);
    room.hear(30, &[(ANN, 0.1), (BOB, 0.1), (CAT, 0.4)]);
    assert!(room.volume(CAT) < 0.4);
}

#[test]
fn numbers_that_are_none_are_ignored() {
    let mut room = Room::new();
    room.hear(60, &[(ANN, 0.3), (BOB, 0.1)]);
    let before = (room.volume(ANN), room.totals.get(&ANN).copied().unwrap());
    for odd in [f64::NAN, f64::INFINITY, f64::NEG_INFINITY, -1.0] {
        for totals in [
            Totals {
                energy: odd,
                ..before.1
            },
            Totals {
                duration: odd,
                ..before.1
            },
        ] {
            room.now += Duration::from_secs(2);
            room.loudness.measured(room.now, ANN, totals);
            room.loudness.measured(room.now, CAT, totals);
        }
    }
    assert_eq!((room.volume(ANN), room.volume(CAT)), (before.0, 1.0));
    room.hear(10, &[(ANN, 0.3), (BOB, 0.1)]);
    assert!(
        decibels(room.volume(ANN) / before.0).abs() < 1.0,
        "the counters go on from where they were"
    );
}

#[test]
fn reports_that_come_often_are_measured_together() {
    let mut often = Loudness::new();
    let mut seldom = Loudness::new();
    for tick in 0_u32..600 {
        let now = Duration::from_millis(100) * tick;
        for (who, level) in [(ANN, 0.3), (BOB, 0.1)] {
            // Ann's words and pauses are shorter than what is measured. Bob does not pause.
            let words = f64::from(if who == ANN { tick / 2 + tick % 2 } else { tick });
            let totals = Totals {
                energy: 0.1 * words * level * level,
                duration: 0.1 * f64::from(tick),
            };
            often.measured(now, who, totals);
            if tick % 20 == 0 {
                seldom.measured(now, who, totals);
            }
        }
    }
    let apart = decibels(often.volume(&ANN) / seldom.volume(&ANN));
    assert!(apart.abs() < 0.5 && decibels(often.volume(&ANN)) < -5.0, "{apart} dB");
}

fn any_number(random: &mut fastrand::Rng) -> f64 {
    match random.u8(..12) {
        0 => f64::NAN,
        1 => f64::INFINITY,
        2 => -random.f64(),
        3 => f64::MAX,
        4 => f64::MIN_POSITIVE,
        5 => 0.0,
        6 => 1.0,
        _ => 1_000.0 * random.f64(),
    }
}

#[test]
fn with_any_reports_volumes_stay_in_their_bounds_and_move_slowly() {
    let (mut lowest, mut moved) = (1.0_f64, 0);
    for seed in 0..300 {
        let mut random = fastrand::Rng::with_seed(seed);
        let mut loudness = Loudness::new();
        let mut now = Duration::ZERO;
        let mut totals = [Totals::default(); 4];
        // What each was at its reports of the last seconds.
        let mut volumes: [Vec<(Duration, f64)>; 4] = Default::default();
        let longest = random.u64(1..5_000);
        let levels = [random.f64(), random.f64(), 0.3 * random.f64(), 0.1 * random.f64()];
        for _ in 0..400 {
            let passed = Duration::from_millis(random.u64(..longest));
            now += passed;
            for (index, who) in (0_u8..4).enumerate() {
                let totals = &mut totals[index];
                let level = levels[index];
                totals.energy += passed.as_secs_f64() * level * level * random.f64();
                totals.duration += passed.as_secs_f64();
                match random.u8(..60) {
                    0 => {
                        *totals = Totals::default();
                        continue;
                    }
                    1 => {
                        loudness.forget(who);
                        volumes[index].clear();
                        continue;
                    }
                    2 => {
                        let odd = Totals {
                            energy: any_number(&mut random),
                            duration: any_number(&mut random),
                        };
                        loudness.measured(now, who, odd);
                        let volume = loudness.volume(&who);
                        assert!((0.1..=1.0).contains(&volume), "seed {seed}: {volume}");
                        continue;
                    }
                    3..10 => continue,
                    _ => loudness.measured(now, who, *totals),
                }
                let volume = loudness.volume(&who);
                assert!((0.1..=1.0).contains(&volume), "seed {seed}: {volume}");
                for (at, before) in &volumes[index] {
                    let most = 1.5 * (now - *at).as_secs_f64() + 1e-9;
                    let change = decibels(volume / before).abs();
                    assert!(change <= most, "seed {seed}: {change} dB in {:?}", now - *at);
                }
                moved += u32::from(volumes[index].last().is_some_and(|(_, before)| *before != volume));
                lowest = lowest.min(volume);
                volumes[index].push((now, volume));
                volumes[index].retain(|(at, _)| now - *at < Duration::from_secs(5));
            }
        }
    }
    assert!(lowest < 0.2 && moved > 10_000, "{lowest} {moved}");
}
