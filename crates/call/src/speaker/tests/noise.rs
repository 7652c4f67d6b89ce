//! Fans and keyboards beside voices.

use super::*;

#[test]
fn a_fan_neither_keeps_the_ring_nor_holds_the_stage_against_a_voice() {
    for seed in 0..20 {
        let mut room = Room::new(seed);
        let fan = SpeechIn(0.03, 0.0);
        room.hear(10_000, &[(ANN, fan), (BOB, SILENCE)]);
        assert!(!room.speaker.is_speaking(ANN));
        room.hear(3_000, &[(ANN, fan), (BOB, Speech(0.1))]);
        assert_eq!(room.speaker.on_stage(), Some(BOB), "seed {seed}");
        room.hear(30_000, &[(ANN, fan), (BOB, SILENCE)]);
        assert_eq!(
            (&room.stages[..], room.speaker.is_speaking(ANN)),
            (&[][..], false),
            "seed {seed}"
        );
    }
}

#[test]
fn a_fan_that_has_just_begun_does_not_hold_the_stage_either() {
    for seed in 0..20 {
        let mut room = Room::new(seed);
        room.hear(1_200, &[(ANN, Level(0.03)), (BOB, SILENCE)]);
        assert_eq!(room.speaker.on_stage(), Some(ANN));
        room.hear(4_000, &[(ANN, Level(0.03)), (BOB, Speech(0.12))]);
        assert_eq!(room.speaker.on_stage(), Some(BOB), "seed {seed}");
        // At most a pause of the speaker's is taken for a moment.
        room.hear(10_000, &[(CAT, Level(0.03)), (BOB, Speech(0.12))]);
        assert!(room.stages.len() <= 2, "seed {seed}");
        assert_eq!(room.speaker.on_stage(), Some(BOB), "seed {seed}");
    }
}

#[test]
fn somebody_with_a_fan_is_heard_all_the_same() {
    for seed in 0..20 {
        let mut room = Room::with_on_stage(seed, BOB);
        room.hear(10_000, &[(ANN, SpeechIn(0.03, 0.0)), (BOB, SILENCE)]);
        room.hear(5_000, &[(ANN, SpeechIn(0.03, 0.15)), (BOB, SILENCE)]);
        assert_eq!(room.speaker.on_stage(), Some(ANN), "seed {seed}");
    }
}

#[test]
fn keys_do_not_take_the_stage_from_a_voice() {
    for seed in 0..20 {
        let mut room = Room::with_on_stage(seed, ANN);
        room.hear(60_000, &[(ANN, Speech(0.1)), (BOB, Keys(0.1))]);
        assert_eq!(room.stages, [], "seed {seed}");
    }
}
