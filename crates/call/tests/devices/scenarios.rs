//! What people live through with their devices.

use std::time::Duration;

use call::devices::{Both, CaptureKind, Cause, DeviceKind, DevicesInput, MediaState, Notice, Permission, Status, Wish};

use crate::browser::{Answer, Browser, CAPTURED, Habits, Hardware};

const MICROPHONE: CaptureKind = CaptureKind::Microphone;
const CAMERA: CaptureKind = CaptureKind::Camera;
const ON: Both<Wish> = Both {
    microphone: Wish::On,
    camera: Wish::On,
};

fn hardware() -> Vec<Hardware> {
    let of = |kind, id| Hardware {
        kind,
        id,
        plugged: true,
        busy: false,
    };
    vec![
        of(DeviceKind::Microphone, "desk microphone"),
        of(DeviceKind::Microphone, "headset microphone"),
        of(DeviceKind::Camera, "front camera"),
        of(DeviceKind::Camera, "back camera"),
        of(DeviceKind::Speaker, "desk speaker"),
        of(DeviceKind::Speaker, "headset speaker"),
    ]
}

fn browser(habits: Habits) -> Browser {
    Browser::new(7, hardware(), habits)
}

/// A browser that tells of permissions, with a page on which both devices run.
fn running() -> Browser {
    running_with(Habits {
        tells_permissions: true,
        ..Habits::default()
    })
}

fn running_with(habits: Habits) -> Browser {
    let mut browser = browser(habits);
    browser.start(ON);
    browser.pass_secs(10);
    assert_eq!(browser.used(CAMERA), Some("front camera"));
    assert_eq!(browser.used(MICROPHONE), Some("desk microphone"));
    assert_eq!(browser.said, []);
    browser
}

fn set_busy(browser: &mut Browser, id: &str, busy: bool) {
    browser
        .hardware
        .iter_mut()
        .find(|device| device.id == id)
        .expect("a device of this test")
        .busy = busy;
}

fn failed(cause: Cause) -> Status {
    Status::Failed(cause)
}

fn took_over(gone: &str, now: &str) -> Notice {
    Notice::TookOver {
        gone: gone.into(),
        now: now.into(),
    }
}

fn back(now: &str) -> Notice {
    Notice::Returned { now: now.into() }
}

fn choice_failed(chosen: &str, cause: Cause) -> Notice {
    Notice::ChoiceFailed {
        chosen: chosen.into(),
        cause,
    }
}

// One question.

#[test]
fn both_devices_are_asked_for_in_one_question() {
    let browser = running();
    assert_eq!((browser.captures, browser.questions), (1, 1));
}

#[test]
fn after_a_refusal_nothing_is_asked_until_the_person_clicks() {
    let mut browser = browser(Habits::default());
    browser.answer = Answer::Refuse;
    browser.start(ON);
    browser.pass_secs(60);
    browser.plug("front camera", false);
    browser.pass_secs(10);
    browser.plug("front camera", true);
    browser.pass_secs(10);
    assert_eq!(browser.captures, 1);
    for kind in CAPTURED {
        assert_eq!(browser.devices.status(kind), failed(Cause::Refused));
    }
    browser.answer = Answer::Allow;
    // A click elsewhere asks for nothing that was refused.
    browser.click();
    browser.pass_secs(10);
    assert_eq!(browser.captures, 1);
    browser.want(CAMERA, Wish::On);
    browser.pass_secs(10);
    assert_eq!(browser.devices.status(CAMERA), Status::On);
    assert_eq!(browser.devices.status(MICROPHONE), failed(Cause::Refused));
    assert_eq!(browser.questions, 2);
}

#[test]
fn a_refused_camera_does_not_keep_an_allowed_microphone_from_running() {
    let mut browser = browser(Habits {
        tells_permissions: true,
        ..Habits::default()
    });
    browser.permission = Both {
        microphone: Permission::Granted,
        camera: Permission::Denied,
    };
    browser.start(ON);
    browser.pass_secs(10);
    assert_eq!(browser.devices.status(MICROPHONE), Status::On);
    assert_eq!(browser.devices.status(CAMERA), failed(Cause::Refused));
    assert_eq!(browser.questions, 0);
}

#[test]
fn a_camera_that_was_refused_for_good_is_not_put_into_the_question_for_the_microphone() {
    let mut browser = browser(Habits {
        tells_permissions: true,
        ..Habits::default()
    });
    browser.permission.camera = Permission::Denied;
    browser.start(ON);
    browser.pass_secs(10);
    assert_eq!(browser.devices.status(MICROPHONE), Status::On);
    assert_eq!(browser.devices.status(CAMERA), failed(Cause::Refused));
    assert_eq!(browser.questions, 1);
}

#[test]
fn where_the_camera_alone_is_refused_the_allowed_microphone_runs() {
    let mut browser = browser(Habits {
        tells_permissions: true,
        ..Habits::default()
    });
    browser.permission.microphone = Permission::Granted;
    browser.answer = Answer::Refuse;
    browser.start(ON);
    browser.pass_secs(10);
    assert_eq!(browser.devices.status(MICROPHONE), Status::On);
    assert_eq!(browser.devices.status(CAMERA), failed(Cause::Refused));
    assert_eq!(browser.questions, 1);
}

#[test]
fn a_device_that_is_allowed_in_the_settings_of_the_browser_starts_without_a_click() {
    let mut browser = browser(Habits {
        tells_permissions: true,
        ..Habits::default()
    });
    browser.answer = Answer::Refuse;
    browser.start(ON);
    browser.pass_secs(10);
    browser.set_permission(CAMERA, Permission::Granted);
    browser.pass_secs(10);
    assert_eq!(browser.devices.status(CAMERA), Status::On);
    assert_eq!(browser.devices.status(MICROPHONE), failed(Cause::Refused));
    assert!(browser.hushed.contains(&DeviceKind::Camera));
    assert_eq!(browser.questions, 1);
}

#[test]
fn a_remembered_device_that_is_gone_costs_no_second_question() {
    for permission in [Permission::Prompt, Permission::Granted] {
        let mut browser = browser(Habits::default());
        browser.permission = Both {
            microphone: permission,
            camera: permission,
        };
        browser.remembered.insert(DeviceKind::Camera, "back camera".into());
        browser.hardware[3].plugged = false;
        browser.start(ON);
        browser.pass_secs(10);
        assert_eq!(browser.captures, 1, "{:#?}", browser.trace);
        assert_eq!(browser.used(CAMERA), Some("front camera"));
        assert_eq!(browser.said, []);
    }
}

#[test]
fn a_missing_camera_is_named_and_the_microphone_runs() {
    let mut browser = browser(Habits::default());
    browser.hardware.retain(|device| device.kind != DeviceKind::Camera);
    browser.start(ON);
    browser.pass_secs(20);
    assert_eq!(browser.said, [(DeviceKind::Camera, Notice::Failed(Cause::NotFound))]);
    assert_eq!(browser.devices.status(MICROPHONE), Status::On);
    assert_eq!(browser.questions, 1);
}

#[test]
fn a_busy_camera_is_named_and_the_microphone_runs() {
    let mut browser = browser(Habits::default());
    set_busy(&mut browser, "front camera", true);
    browser.start(ON);
    browser.pass_secs(20);
    assert_eq!(browser.said, [(DeviceKind::Camera, Notice::Failed(Cause::Busy))]);
    assert_eq!(browser.devices.status(MICROPHONE), Status::On);
    set_busy(&mut browser, "front camera", false);
    browser.want(CAMERA, Wish::On);
    browser.pass_secs(10);
    assert_eq!(browser.devices.status(CAMERA), Status::On);
    assert_eq!(browser.hushed, [DeviceKind::Camera]);
}

#[test]
fn a_camera_that_is_plugged_in_after_none_was_found_is_used_at_once() {
    let mut browser = browser(Habits::default());
    browser.plug("front camera", false);
    browser.plug("back camera", false);
    browser.start(ON);
    browser.pass_secs(20);
    assert_eq!(browser.devices.status(CAMERA), failed(Cause::NotFound));
    browser.plug("back camera", true);
    browser.pass_secs(10);
    assert_eq!(browser.used(CAMERA), Some("back camera"));
    assert_eq!(browser.hushed, [DeviceKind::Camera]);
}

// Choosing.

#[test]
fn a_chosen_camera_is_used_and_remembered_once_it_runs() {
    let mut browser = running();
    browser.choose(DeviceKind::Camera, "back camera");
    assert_eq!(
        browser.used(CAMERA),
        Some("front camera"),
        "the old one runs until the new one does"
    );
    assert_eq!(browser.devices.capture(CAMERA).shown.as_deref(), Some("front camera"));
    assert_eq!(browser.devices.capture(CAMERA).trying.as_deref(), Some("back camera"));
    browser.pass_secs(10);
    assert_eq!(browser.used(CAMERA), Some("back camera"));
    assert_eq!(browser.remembered[&DeviceKind::Camera], "back camera");
    assert_eq!(browser.said, []);
}

#[test]
fn a_chosen_camera_that_is_busy_leaves_what_worked_and_is_not_remembered() {
    let mut browser = running();
    browser.choose(DeviceKind::Camera, "front camera");
    set_busy(&mut browser, "back camera", true);
    browser.choose(DeviceKind::Camera, "back camera");
    browser.pass_secs(20);
    assert_eq!(browser.used(CAMERA), Some("front camera"));
    assert_eq!(browser.remembered[&DeviceKind::Camera], "front camera");
    assert_eq!(
        browser.said,
        [(DeviceKind::Camera, choice_failed("back camera", Cause::Busy))]
    );
    assert_eq!(browser.devices.capture(CAMERA).shown.as_deref(), Some("front camera"));
}

#[test]
fn a_chosen_camera_that_is_gone_never_stops_the_one_in_use() {
    let mut browser = running();
    browser.plug("back camera", false);
    browser.choose(DeviceKind::Camera, "back camera");
    let mut seen = Duration::ZERO;
    while seen < Duration::from_secs(10) {
        browser.pass(Duration::from_millis(10));
        seen += Duration::from_millis(10);
        assert_eq!(browser.used(CAMERA), Some("front camera"));
    }
    assert_eq!(
        browser.said,
        [(DeviceKind::Camera, choice_failed("back camera", Cause::NotFound))]
    );
}

#[test]
fn hardware_that_opens_one_camera_at_a_time_can_be_switched() {
    let mut browser = running_with(Habits {
        opens_one: true,
        ..Habits::default()
    });
    browser.choose(DeviceKind::Camera, "back camera");
    browser.pass_secs(20);
    assert_eq!(browser.used(CAMERA), Some("back camera"));
    assert_eq!(browser.remembered[&DeviceKind::Camera], "back camera");
    assert_eq!(browser.said, []);
}

#[test]
fn where_one_camera_opens_at_a_time_a_switch_that_fails_takes_the_old_one_again() {
    let mut browser = running_with(Habits {
        opens_one: true,
        ..Habits::default()
    });
    set_busy(&mut browser, "back camera", true);
    browser.choose(DeviceKind::Camera, "back camera");
    browser.pass_secs(20);
    assert_eq!(browser.used(CAMERA), Some("front camera"));
    assert_eq!(browser.remembered.get(&DeviceKind::Camera), None);
    assert_eq!(
        browser.said,
        [(DeviceKind::Camera, choice_failed("back camera", Cause::Busy))]
    );
}

#[test]
fn a_phone_that_ends_the_old_camera_for_the_new_one_is_switched_without_a_word() {
    let mut browser = running_with(Habits {
        ends_old: true,
        ..Habits::default()
    });
    browser.choose(DeviceKind::Camera, "back camera");
    browser.pass_secs(20);
    assert_eq!(browser.used(CAMERA), Some("back camera"));
    assert_eq!(browser.said, []);
}

#[test]
fn a_camera_chosen_while_it_is_off_is_used_when_it_is_turned_on() {
    let mut browser = running();
    browser.want(CAMERA, Wish::Off);
    browser.choose(DeviceKind::Camera, "back camera");
    browser.pass_secs(10);
    assert_eq!(browser.used(CAMERA), None);
    assert_eq!(browser.remembered.get(&DeviceKind::Camera), None);
    assert_eq!(browser.devices.capture(CAMERA).shown.as_deref(), Some("back camera"));
    browser.want(CAMERA, Wish::On);
    browser.pass_secs(10);
    assert_eq!(browser.used(CAMERA), Some("back camera"));
    assert_eq!(browser.remembered[&DeviceKind::Camera], "back camera");
}

#[test]
fn of_two_choices_in_a_row_the_last_one_counts() {
    let mut browser = running();
    browser.choose(DeviceKind::Camera, "back camera");
    browser.choose(DeviceKind::Camera, "front camera");
    browser.pass_secs(10);
    assert_eq!(browser.used(CAMERA), Some("front camera"));
    assert_eq!(browser.remembered[&DeviceKind::Camera], "front camera");
    assert_eq!(browser.live_tracks(), 2);
}

// Coming and going.

#[test]
fn when_the_microphone_in_use_is_unplugged_the_next_one_takes_over_and_the_page_says_so() {
    let mut browser = running();
    browser.choose(DeviceKind::Microphone, "headset microphone");
    browser.pass_secs(10);
    browser.plug("headset microphone", false);
    browser.pass(Duration::from_secs(4));
    assert_eq!(browser.used(MICROPHONE), Some("desk microphone"));
    assert_eq!(
        browser.said,
        [(
            DeviceKind::Microphone,
            took_over("headset microphone", "desk microphone")
        )]
    );
    let view = browser.devices.capture(MICROPHONE);
    assert_eq!(view.preferred.as_deref(), Some("headset microphone"));
    assert_eq!(view.shown.as_deref(), Some("desk microphone"));
    browser.plug("headset microphone", true);
    browser.pass_secs(10);
    assert_eq!(browser.used(MICROPHONE), Some("headset microphone"));
    assert_eq!(
        browser.said[1..],
        [(DeviceKind::Microphone, back("headset microphone"))]
    );
}

#[test]
fn a_muted_microphone_that_is_replaced_stays_muted() {
    let mut browser = running();
    browser.want(MICROPHONE, Wish::Muted);
    browser.plug("desk microphone", false);
    browser.pass_secs(10);
    // The browser of this test asserts that the track is not enabled.
    assert_eq!(browser.used(MICROPHONE), Some("headset microphone"));
    assert_eq!(browser.devices.status(MICROPHONE), Status::Muted);
}

#[test]
fn when_the_only_camera_is_unplugged_the_page_says_so_and_uses_it_again_when_it_is_back() {
    let mut browser = running();
    browser.plug("back camera", false);
    browser.plug("front camera", false);
    browser.pass_secs(20);
    assert_eq!(browser.devices.status(CAMERA), failed(Cause::Gone));
    assert_eq!(browser.said, [(DeviceKind::Camera, Notice::Failed(Cause::Gone))]);
    browser.plug("front camera", true);
    browser.pass_secs(10);
    assert_eq!(browser.used(CAMERA), Some("front camera"));
    assert_eq!(browser.hushed, [DeviceKind::Camera]);
}

#[test]
fn a_preferred_device_that_is_back_and_busy_does_not_stop_the_one_in_use_for_good() {
    for opens_one in [false, true] {
        let mut browser = running_with(Habits {
            opens_one,
            ..Habits::default()
        });
        browser.choose(DeviceKind::Camera, "back camera");
        browser.pass_secs(20);
        browser.plug("back camera", false);
        browser.pass_secs(20);
        set_busy(&mut browser, "back camera", true);
        browser.plug("back camera", true);
        browser.pass_secs(30);
        assert_eq!(browser.used(CAMERA), Some("front camera"));
        assert_eq!(browser.remembered[&DeviceKind::Camera], "back camera");
        // It is not tried for ever.
        let captures = browser.captures;
        browser.feed(DevicesInput::DevicesChanged);
        browser.pass_secs(60);
        assert_eq!(browser.captures, captures);
    }
}

#[test]
fn a_permission_that_is_taken_back_is_not_asked_for_again() {
    let mut browser = running();
    browser.set_permission(CAMERA, Permission::Prompt);
    browser.pass_secs(60);
    assert_eq!(browser.devices.status(CAMERA), failed(Cause::Refused));
    assert_eq!(browser.devices.status(MICROPHONE), Status::On);
    assert_eq!(browser.questions, 1);
    browser.want(CAMERA, Wish::On);
    browser.pass_secs(10);
    assert_eq!(browser.devices.status(CAMERA), Status::On);
}

// The speaker.

#[test]
fn no_speaker_is_used_that_nobody_chose() {
    // The browser of this test asserts that none is routed to.
    let browser = running();
    let speaker = browser.devices.speaker();
    assert_eq!(browser.plays_at(), None);
    assert_eq!(
        speaker.shown.as_deref(),
        Some(""),
        "the default, which this browser does not list"
    );
    assert_eq!(speaker.devices.len(), 3);
}

#[test]
fn sound_falls_back_to_the_default_when_the_chosen_speaker_is_gone_and_returns_with_it() {
    let mut browser = running();
    browser.choose(DeviceKind::Speaker, "headset speaker");
    browser.pass_secs(5);
    assert_eq!(browser.plays_at(), Some("headset speaker"));
    assert_eq!(browser.remembered[&DeviceKind::Speaker], "headset speaker");
    browser.plug("headset speaker", false);
    browser.pass_secs(5);
    assert_eq!(browser.plays_at(), None);
    assert_eq!(browser.devices.speaker().shown.as_deref(), Some(""));
    assert_eq!(browser.said, [(DeviceKind::Speaker, took_over("headset speaker", ""))]);
    assert_eq!(browser.remembered[&DeviceKind::Speaker], "headset speaker");
    browser.plug("headset speaker", true);
    browser.pass_secs(5);
    assert_eq!(browser.plays_at(), Some("headset speaker"));
    assert_eq!(browser.said[1..], [(DeviceKind::Speaker, back("headset speaker"))]);
}

#[test]
fn a_speaker_that_does_not_work_leaves_the_one_that_did() {
    let mut browser = running();
    browser.choose(DeviceKind::Speaker, "desk speaker");
    browser.pass_secs(5);
    set_busy(&mut browser, "headset speaker", true);
    browser.choose(DeviceKind::Speaker, "headset speaker");
    browser.pass_secs(5);
    assert_eq!(browser.plays_at(), Some("desk speaker"));
    assert_eq!(browser.remembered[&DeviceKind::Speaker], "desk speaker");
    assert_eq!(
        browser.said,
        [(DeviceKind::Speaker, choice_failed("headset speaker", Cause::NotStarted))]
    );
}

#[test]
fn a_remembered_speaker_is_used_without_a_word_once_it_is_known_to_be_there() {
    let mut browser = browser(Habits::default());
    browser.remembered.insert(DeviceKind::Speaker, "headset speaker".into());
    browser.start(ON);
    browser.pass_secs(10);
    assert_eq!(browser.plays_at(), Some("headset speaker"));
    assert_eq!(browser.said, []);
    browser.choose(DeviceKind::Speaker, "");
    browser.pass_secs(5);
    assert_eq!(browser.plays_at(), None);
    assert_eq!(browser.remembered.get(&DeviceKind::Speaker), None);
}

// The system.

#[test]
fn a_camera_that_the_system_covers_is_announced_and_said_until_it_is_open_again() {
    let mut browser = running();
    browser.mute(CAMERA, true);
    browser.pass(Duration::from_millis(100));
    assert_eq!(browser.devices.status(CAMERA), Status::Interrupted);
    assert_eq!(browser.devices.media().camera, MediaState::Interrupted);
    assert_eq!(browser.said, [], "it may be over in a moment");
    browser.pass_secs(2);
    assert_eq!(browser.said, [(DeviceKind::Camera, Notice::Interrupted)]);
    browser.mute(CAMERA, false);
    browser.pass(Duration::from_millis(100));
    assert_eq!(browser.devices.status(CAMERA), Status::On);
    assert_eq!(browser.devices.media().camera, MediaState::On);
    assert_eq!(browser.hushed, [DeviceKind::Camera]);
}

#[test]
fn a_track_that_is_muted_when_the_page_is_seen_again_is_captured_again() {
    let mut browser = running_with(Habits {
        ends_old: true,
        ..Habits::default()
    });
    browser.feed(DevicesInput::Visible(false));
    browser.mute(MICROPHONE, true);
    browser.pass_secs(5);
    assert_eq!(browser.said, [], "nobody looks");
    let captures = browser.captures;
    browser.feed(DevicesInput::Visible(true));
    browser.pass_secs(5);
    assert_eq!(browser.captures, captures + 1);
    assert_eq!(browser.devices.status(MICROPHONE), Status::On);
    assert_eq!(browser.used(MICROPHONE), Some("desk microphone"));
}

// Off, and leaving.

#[test]
fn a_press_on_a_button_does_the_other_thing() {
    let mut browser = running();
    let press = |browser: &mut Browser, kind| {
        let wish = browser.devices.pressed(kind);
        browser.want(kind, wish);
        browser.pass_secs(10);
        browser.devices.status(kind)
    };
    assert_eq!(press(&mut browser, MICROPHONE), Status::Muted);
    assert_eq!(press(&mut browser, MICROPHONE), Status::On);
    assert_eq!(press(&mut browser, CAMERA), Status::Off);
    set_busy(&mut browser, "front camera", true);
    assert_eq!(press(&mut browser, CAMERA), failed(Cause::Busy));
    set_busy(&mut browser, "front camera", false);
    assert_eq!(press(&mut browser, CAMERA), Status::On);
}

#[test]
fn off_releases_and_muted_is_ready() {
    let mut browser = running();
    let captures = browser.captures;
    browser.want(MICROPHONE, Wish::Muted);
    assert_eq!(browser.used(MICROPHONE), Some("desk microphone"));
    assert_eq!(browser.devices.media().microphone, MediaState::Muted);
    browser.want(MICROPHONE, Wish::On);
    assert_eq!(browser.captures, captures);
    browser.want(MICROPHONE, Wish::Off);
    browser.want(CAMERA, Wish::Muted);
    assert_eq!(browser.live_tracks(), 0);
    assert_eq!(browser.devices.status(CAMERA), Status::Off);
}

#[test]
fn an_answer_after_leaving_is_stopped_and_nothing_is_asked_any_more() {
    let mut browser = browser(Habits::default());
    browser.start(ON);
    browser.leave();
    browser.pass_secs(30);
    assert_eq!(browser.captures, 1);
    assert_eq!(browser.live_tracks(), 0);
    browser.plug("front camera", false);
    browser.want(CAMERA, Wish::On);
    browser.choose(DeviceKind::Microphone, "headset microphone");
    browser.pass_secs(30);
    assert_eq!(browser.captures, 1);
}

#[test]
fn a_camera_turned_off_while_the_question_is_open_is_never_used() {
    let mut browser = browser(Habits::default());
    browser.start(ON);
    browser.want(CAMERA, Wish::Off);
    browser.pass_secs(30);
    assert_eq!(browser.used(CAMERA), None);
    assert_eq!(browser.used(MICROPHONE), Some("desk microphone"));
    assert_eq!(browser.live_tracks(), 1);
}

#[test]
fn a_person_who_joins_again_finds_their_devices_as_they_left_them() {
    let mut browser = running();
    browser.want(MICROPHONE, Wish::Muted);
    browser.choose(DeviceKind::Camera, "back camera");
    browser.pass_secs(10);
    browser.leave();
    assert_eq!(browser.live_tracks(), 0);
    browser.come_back();
    browser.pass_secs(10);
    assert_eq!(browser.devices.status(MICROPHONE), Status::Muted);
    assert_eq!(browser.used(CAMERA), Some("back camera"));
}

#[test]
fn a_microphone_that_is_wanted_in_another_way_is_captured_again_and_heard_all_the_time() {
    let mut browser = running();
    let before = *browser.in_use.of(MICROPHONE);
    browser.feed(DevicesInput::Renew { kind: MICROPHONE });
    assert_eq!(
        *browser.in_use.of(MICROPHONE),
        before,
        "it goes on until the new one runs"
    );
    assert_eq!(browser.devices.media().microphone, MediaState::On);
    browser.pass_secs(5);
    assert_ne!(*browser.in_use.of(MICROPHONE), before);
    assert_eq!(browser.used(MICROPHONE), Some("desk microphone"));
    assert_eq!(browser.said, []);
}

#[test]
fn a_microphone_that_is_off_is_not_captured_for_being_wanted_in_another_way() {
    let mut browser = running();
    browser.want(MICROPHONE, Wish::Off);
    browser.feed(DevicesInput::Renew { kind: MICROPHONE });
    browser.pass_secs(5);
    assert_eq!(browser.used(MICROPHONE), None);
}
