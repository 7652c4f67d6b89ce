mod in_call;
mod variants;

use call::devices::{self, DeviceKind, Notice};

use self::variants::{advices, causes, device_causes, endings, notices, routes};
use super::english::ENGLISH;
use super::*;

/// Every language.
const ALL: [&Texts; 1] = [ENGLISH];

const KINDS: [DeviceKind; 3] = [DeviceKind::Microphone, DeviceKind::Camera, DeviceKind::Speaker];

/// What is read as a sentence or several, and what is a label, a state or a heading. A new field belongs into one of them: nothing
/// here is left out by `..`.
fn sentences_and_labels(texts: &Texts) -> (Vec<String>, Vec<String>) {
    let Texts {
        language,
        site,
        home,
        not_found,
        boot,
        people,
        lobby,
        call,
        left,
        notices: said,
        bar,
        devices: own,
        tile,
        connections,
        // See `in_call`.
        share: _,
        pointing: _,
        look: _,
        person: _,
        chat: _,
        files: _,
        gestures: _,
        shortcuts: _,
        settings: _,
        hints: _,
    } = texts;
    let Site {
        name,
        description,
        home_title,
        room_title,
        not_found_title,
        go_home,
    } = site;
    let mut sentences = vec![*description];
    let mut labels = vec![*language, name, home_title, not_found_title, go_home];
    let mut made_sentences = Vec::new();
    let mut made_labels = vec![room_title("team")];

    let Home {
        heading,
        lead,
        new_room,
        by_name,
        example,
        open,
        privacy,
    } = home;
    sentences.extend([heading, lead, privacy]);
    labels.extend([new_room, by_name, example, open]);

    let NotFound { heading, lead } = not_found;
    sentences.push(lead);
    labels.push(heading);

    let Boot {
        not_started,
        stopped,
        blocked,
        no_script,
    } = boot;
    sentences.extend([not_started, stopped, blocked, no_script]);

    let People { guest, you, own_name } = people;
    labels.extend([guest, you]);
    made_labels.push(own_name("Ada"));

    let Lobby {
        heading,
        checking,
        occupancy,
        your_name,
        name_hint,
        join,
        joining,
        privacy,
        chat,
        level,
        advice,
    } = lobby;
    sentences.extend([privacy, chat]);
    sentences.extend(advices().into_iter().map(advice));
    labels.extend([heading, checking, your_name, name_hint, join, joining, level]);
    for (count, capacity) in [(0, 8), (1, 8), (3, 8), (8, 8), (1, 1)] {
        made_labels.push(occupancy(Occupancy { count, capacity }));
    }

    let Call {
        heading,
        joining,
        alone,
        enable_sound,
    } = call;
    sentences.push(alone);
    labels.extend([joining, enable_sound]);
    made_labels.push(heading("team"));

    let Left { heading, lead, rejoin } = left;
    sentences.push(lead);
    labels.extend([heading, rejoin]);

    let Notices {
        no_server,
        reconnecting,
        reconnecting_received,
        taken_over,
        no_webrtc,
        not_complete,
        copy_by_hand,
        dismiss,
    } = said;
    sentences.extend([reconnecting_received, taken_over, no_webrtc, not_complete]);
    labels.extend([no_server, reconnecting, dismiss]);
    made_labels.push(copy_by_hand("https://example.org/team"));

    let Bar {
        copy_link,
        link_copied,
        more,
        leave,
    } = bar;
    labels.extend([copy_link, link_copied, more, leave]);

    let Devices {
        heading,
        microphone,
        camera,
        choose,
        system_default,
        menu_hint,
        low_data,
        low_data_hint,
        notice,
    } = own;
    sentences.extend([menu_hint, low_data_hint]);
    labels.extend([heading, microphone, camera, system_default, low_data]);
    labels.extend(KINDS.map(choose));
    for (kind, in_call) in KINDS.into_iter().flat_map(|kind| [(kind, false), (kind, true)]) {
        made_sentences.extend(notices().iter().map(|what| notice(kind, what, in_call).into_owned()));
    }

    let Tile {
        muted,
        microphone_off,
        camera_off,
        muted_here,
        microphone_interrupted,
        camera_interrupted,
        messages_off,
        channel_ended,
        connecting,
        reconnecting,
        unreachable,
        try_again,
    } = tile;
    sentences.extend(endings().into_iter().map(channel_ended));
    sentences.extend(causes().into_iter().map(unreachable));
    labels.extend([
        muted,
        microphone_off,
        camera_off,
        muted_here,
        microphone_interrupted,
        camera_interrupted,
        messages_off,
        connecting,
        reconnecting,
        try_again,
    ]);

    let Connections {
        heading,
        table,
        hint,
        unknown,
        route,
        quality,
    } = connections;
    sentences.push(hint);
    labels.extend([heading, table, unknown]);
    labels.extend(routes().into_iter().map(route));
    made_labels.extend([quality(None, 0), quality(Some(24), 5)]);

    let (more_sentences, more_labels) = in_call::sentences_and_labels(texts);
    made_sentences.extend(more_sentences);
    made_labels.extend(more_labels);
    made_sentences.extend(sentences.into_iter().map(str::to_owned));
    made_labels.extend(labels.into_iter().map(str::to_owned));
    (made_sentences, made_labels)
}

#[test]
fn no_text_is_empty_and_none_has_a_space_too_many() {
    for texts in ALL {
        let (sentences, labels) = sentences_and_labels(texts);
        for text in sentences.iter().chain(&labels) {
            assert!(!text.is_empty());
            assert_eq!(text.trim(), text);
            assert!(!text.contains("  "), "{text}");
        }
    }
}

#[test]
fn sentences_end_with_a_full_stop_and_labels_do_not() {
    for texts in ALL {
        let (sentences, labels) = sentences_and_labels(texts);
        for text in sentences {
            assert!(text.ends_with('.'), "{text}");
        }
        for text in labels {
            assert!(!text.ends_with('.'), "{text}");
        }
    }
}

#[test]
fn sentences_are_short() {
    for text in sentences_and_labels(ENGLISH).0 {
        assert!(text.chars().count() <= 170, "{}: {text}", text.len());
        for sentence in text.split_inclusive(['.', '?', ':']) {
            assert!(sentence.split_whitespace().count() <= 18, "{sentence}");
        }
    }
}

#[test]
fn each_cause_of_a_device_has_a_sentence_of_its_own_that_names_the_device_and_fits_on_two_lines() {
    for in_call in [false, true] {
        let mut said = Vec::new();
        for kind in [DeviceKind::Microphone, DeviceKind::Camera] {
            for cause in device_causes() {
                let text = (ENGLISH.devices.notice)(kind, &Notice::Failed(cause), in_call);
                assert!(text.len() <= 130, "{text}");
                let word = if kind == DeviceKind::Camera {
                    "amera"
                } else {
                    "icrophone"
                };
                assert!(text.contains(word), "{text}");
                assert!(!said.contains(&text), "said twice: {text}");
                said.push(text);
            }
        }
    }
}

#[test]
fn a_frame_and_the_system_send_nobody_to_the_address_bar() {
    use devices::Cause::{Frame, Insecure, NoApi, Policy, System};
    for kind in [DeviceKind::Microphone, DeviceKind::Camera] {
        for cause in [System, Frame, Policy, NoApi, Insecure] {
            let text = (ENGLISH.devices.notice)(kind, &Notice::Failed(cause), true);
            assert!(!text.contains("address bar"), "{text}");
        }
    }
}

#[test]
fn nobody_in_a_call_is_told_to_join() {
    for kind in KINDS {
        for notice in notices() {
            let text = (ENGLISH.devices.notice)(kind, &notice, true);
            assert!(!text.contains("join"), "{text}");
        }
    }
}

#[test]
fn a_device_is_called_by_its_name_where_that_is_known() {
    let say = |kind, notice: Notice| (ENGLISH.devices.notice)(kind, &notice, true).into_owned();
    let (gone, now) = ("Headset".to_owned(), String::new());
    assert_eq!(
        say(DeviceKind::Microphone, Notice::TookOver { gone, now }),
        "Headset is no longer available. Another microphone is used now."
    );
    let (gone, now) = (String::new(), String::new());
    assert_eq!(
        say(DeviceKind::Speaker, Notice::TookOver { gone, now }),
        "Your speaker is no longer available. The default speaker is used now."
    );
    let now = "Desk camera".to_owned();
    assert_eq!(
        say(DeviceKind::Camera, Notice::Returned { now }),
        "Desk camera is back and used again."
    );
    let (chosen, cause) = ("Desk camera".to_owned(), devices::Cause::Busy);
    assert_eq!(
        say(DeviceKind::Camera, Notice::ChoiceFailed { chosen, cause }),
        "Desk camera is used by another program. Close it and choose again."
    );
}

#[test]
fn occupancy_is_said_as_people_would_say_it() {
    let said = |count, capacity| (ENGLISH.lobby.occupancy)(Occupancy { count, capacity });
    assert_eq!(said(0, 8), "Nobody is here yet");
    assert_eq!(said(1, 8), "1 person is here");
    assert_eq!(said(3, 8), "3 of 8 people are here");
    assert_eq!(said(1, 1), "The room is full: 1 person is here");
    assert_eq!(said(8, 8), "The room is full: 8 people are here");
}
