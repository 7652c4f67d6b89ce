//! The texts of what people do in a call.

use call::share::ShareProblem;
use protocol::Route;
use protocol::peer_message::Emoji;

use super::super::*;
use super::variants::file_states;
use crate::figures::Figures;
use crate::shortcuts::Command;
use crate::state::Delivery;

/// Sentences and labels, as [`super::sentences_and_labels`] has them.
pub(super) fn sentences_and_labels(texts: &Texts) -> (Vec<String>, Vec<String>) {
    let mut sentences: Vec<&&str> = Vec::new();
    let mut labels: Vec<&&str> = Vec::new();

    let Settings {
        test_sound,
        original,
        original_hint,
        echo,
        echo_hint,
        noise,
        noise_hint,
        gain,
        gain_hint,
        even,
        even_hint,
        sounds,
        sounds_hint,
    } = texts.settings;
    sentences.extend([original_hint, echo_hint, noise_hint, gain_hint, even_hint, sounds_hint]);
    labels.extend([test_sound, original, echo, noise, gain, even, sounds]);

    let Hints {
        you_are_muted,
        nothing_heard,
        try_microphones,
        trying,
        better,
        use_it,
        none_hears,
    } = texts.hints;
    sentences.extend([you_are_muted, nothing_heard, none_hears]);
    labels.extend([try_microphones, trying, use_it]);
    let mut made_sentences = vec![better(""), better("Desk microphone")];

    let Chat {
        heading,
        close,
        empty,
        lines,
        field,
        send,
        unread,
        receipt,
        left,
    } = texts.chat;
    sentences.push(empty);
    labels.extend([heading, close, lines, field, send, left]);
    let mut made_labels = vec![unread(1), unread(1_000)];
    let ben = || vec!["Ben".to_owned()];
    for (waiting, missed) in [(vec![], vec![]), (ben(), vec![]), (vec![], ben()), (ben(), ben())] {
        let delivered = 1;
        made_labels.extend(receipt(&Delivery {
            delivered,
            waiting,
            missed,
        }));
    }
    assert_eq!(receipt(&Delivery::default()), None);

    let Files {
        heading,
        send,
        drop,
        news,
        nobody,
        no_taker,
        too_many,
        folder,
        not_saved,
        received,
        received_hint,
        accept,
        refuse,
        cancel,
        save,
        remove,
        size,
        progress,
        label,
        state,
    } = texts.files;
    sentences.extend([nobody, no_taker, too_many, folder, not_saved, received_hint]);
    labels.extend([heading, send, drop, received, accept, refuse, cancel, save, remove]);
    made_sentences.push(news("Ada", "plan.pdf"));
    made_labels.extend([
        size(0),
        size(1),
        size(5_300_000),
        progress(1, 2),
        label(true, "Ada", "a"),
    ]);
    let (going, ended) = file_states();
    for is_own in [true, false] {
        made_labels.extend(going.iter().map(|which| state(is_own, *which).to_owned()));
        made_sentences.extend(ended.iter().map(|which| state(is_own, *which).to_owned()));
    }

    let Gestures {
        raise_hand,
        hand_raised,
        reactions,
        emoji,
    } = texts.gestures;
    labels.extend([raise_hand, hand_raised, reactions]);
    made_labels.extend(Emoji::ALL.map(|which| emoji(which).to_owned()));

    let Shortcuts {
        heading,
        command,
        space,
        talk,
        switch,
        switch_hint,
        push_to_talk,
        push_to_talk_hint,
    } = texts.shortcuts;
    sentences.extend([switch_hint, push_to_talk_hint]);
    labels.extend([heading, space, talk, switch, push_to_talk]);
    made_labels.extend(Command::ALL.map(|which| command(which).to_owned()));

    let Look {
        view,
        grid,
        speaker,
        pin,
        hide_own,
        hide_own_hint,
        mirror,
        mirror_hint,
        full_screen,
        pip,
        pages,
        previous,
        next,
        page_of,
    } = texts.look;
    sentences.extend([hide_own_hint, mirror_hint]);
    labels.extend([
        view,
        grid,
        speaker,
        pin,
        hide_own,
        mirror,
        full_screen,
        pip,
        pages,
        previous,
        next,
    ]);
    made_labels.push(page_of(1, 3));

    let Person {
        options,
        volume,
        mute,
        pin_hint,
        evened,
        grade,
        figures,
    } = texts.person;
    sentences.push(pin_hint);
    labels.extend([options, volume, mute]);
    made_sentences.push(evened(50));
    for lost_permille in [0, 20, 80] {
        let figures = Figures {
            lost_permille,
            ..Figures::default()
        };
        made_sentences.push(grade(figures.grade()).to_owned());
    }
    let seen = Figures {
        width: 1280,
        height: 720,
        frames: 20,
        kilobits: 900,
        lost_permille: 3,
        round_trip_ms: Some(24),
        route: Some(Route::DirectUdp),
    };
    made_labels.extend([figures(seen), figures(Figures { height: 0, ..seen })]);

    let Pointing {
        point,
        draw,
        let_others,
        let_others_hint,
    } = texts.pointing;
    sentences.push(let_others_hint);
    labels.extend([point, draw, let_others]);

    let Share {
        share,
        of,
        own,
        sharing,
        own_ended,
        begun,
        ended,
        no_preview,
        with_sound,
        without_sound,
        content,
        text,
        motion,
        other,
        stop,
        put_aside,
        show,
        full_screen: share_full_screen,
        volume: share_volume,
        mute: share_mute,
        zoom_hint,
        zoom_out,
        problem,
    } = texts.share;
    sentences.extend([no_preview, zoom_hint]);
    let problems = [ShareProblem::Framed, ShareProblem::System, ShareProblem::Failed];
    made_sentences.extend(problems.map(|which| problem(which).to_owned()));
    labels.extend([
        share,
        own,
        sharing,
        own_ended,
        with_sound,
        without_sound,
        content,
        text,
        motion,
        other,
        stop,
        put_aside,
        show,
        share_full_screen,
        share_volume,
        share_mute,
        zoom_out,
    ]);
    made_labels.extend([of("Ada"), begun("Ada"), ended("Ada")]);

    made_sentences.extend(sentences.into_iter().map(|text| (*text).to_owned()));
    made_labels.extend(labels.into_iter().map(|text| (*text).to_owned()));
    (made_sentences, made_labels)
}

#[test]
fn the_size_of_a_file_is_said_in_three_figures_at_most() {
    let said = super::ENGLISH.files.size;
    for (bytes, text) in [
        (0, "0 bytes"),
        (1, "1 byte"),
        (999, "999 bytes"),
        (1_000, "1 KB"),
        (1_500, "1.5 KB"),
        (9_999, "9.9 KB"),
        (10_000, "10 KB"),
        (999_999, "999 KB"),
        (3_145_728, "3.1 MB"),
        (4_294_967_296, "4.2 GB"),
    ] {
        assert_eq!(said(bytes), text);
    }
}

#[test]
fn the_two_sides_of_a_file_that_ended_read_what_each_can_do() {
    let state = super::ENGLISH.files.state;
    for ended in file_states().1 {
        for is_own in [true, false] {
            let text = state(is_own, ended);
            assert!(text.matches('.').count() >= 2, "what happened, and what to do: {text}");
        }
    }
}
