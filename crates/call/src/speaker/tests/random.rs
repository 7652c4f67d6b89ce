//! Whatever strangers send.

use super::*;

/// Levels as strangers may send them.
fn any_level(random: &mut fastrand::Rng) -> f64 {
    match random.u8(..12) {
        0 => f64::NAN,
        1 => f64::INFINITY,
        2 => f64::NEG_INFINITY,
        3 => -random.f64(),
        4 => 1e300 * random.f64(),
        5 => f64::MIN_POSITIVE,
        6 | 7 => 0.0,
        8 => random.f64(),
        _ => 0.1,
    }
}

#[test]
fn with_any_levels_the_stage_changes_at_most_once_a_second_and_holds_somebody_who_is_here() {
    let mut taken_in_all = 0;
    for seed in 0..200 {
        let mut random = fastrand::Rng::with_seed(seed);
        let mut speaker = Speaker::new();
        let mut now = Duration::ZERO;
        let mut here: Vec<u8> = Vec::new();
        let mut taken: Option<Duration> = None;
        let longest = random.u64(1..3_000);
        for _ in 0..600 {
            now += ms(random.u64(0..longest));
            if random.u8(..100) == 0 {
                now += Duration::from_secs(random.u64(..100_000));
            }
            let before = speaker.on_stage();
            for who in 0..4 {
                match random.u8(..40) {
                    0 => {
                        speaker.forget(who);
                        here.retain(|of| *of != who);
                        assert_ne!(speaker.on_stage(), Some(who), "seed {seed}");
                    }
                    // Some levels do not come.
                    1..10 => {}
                    _ => {
                        let level = any_level(&mut random);
                        speaker.hear(now, who, level);
                        here.retain(|of| *of != who);
                        here.push(who);
                    }
                }
            }
            let left = speaker.on_stage();
            assert!(
                left == before || left.is_none(),
                "seed {seed}: only a poll gives the stage"
            );
            speaker.poll(now);
            let after = speaker.on_stage();
            if after != left {
                assert!(after.is_some_and(|who| speaker.is_speaking(who)), "seed {seed}");
                assert!(
                    taken.is_none_or(|at| now - at >= ms(1_000)),
                    "seed {seed}: again after {:?}",
                    now - taken.unwrap()
                );
                taken = Some(now);
                taken_in_all += 1;
            }
            let lately = speaker.lately();
            assert!(after.is_none_or(|who| lately.contains(&who)), "seed {seed}");
            assert!(lately.iter().all(|who| here.contains(who)), "seed {seed}");
            assert!(
                lately
                    .iter()
                    .enumerate()
                    .all(|(index, who)| !lately[..index].contains(who)),
                "seed {seed}"
            );
            assert!(
                speaker.voices.values().all(|voice| voice.looks.len() <= 41),
                "seed {seed}"
            );
        }
    }
    assert!(taken_in_all > 500, "{taken_in_all}");
}

#[test]
fn the_end_of_time_is_no_panic() {
    let mut speaker = Speaker::new();
    for (now, level) in [
        (Duration::MAX, 1.0),
        (Duration::MAX, 0.5),
        (Duration::ZERO, 1.0),
        (Duration::MAX, 1.0),
    ] {
        speaker.hear(now, ANN, level);
        speaker.poll(now);
    }
    assert_eq!(speaker.on_stage(), None);
}
