//! One step at a time: in this state, this input gives these effects and this status.

use std::time::Duration;

use call::devices::{
    Both, CaptureError, CaptureKind, Cause, Device, DeviceKind, Devices, DevicesEffect, DevicesInput, Facts,
    MediaState, Notice, Permission, RequestId, Start, Status, Target, Track, Wish,
};

use CaptureKind::{Camera, Microphone};

type Steps = Vec<DevicesInput>;

struct Row {
    what: &'static str,
    before: Steps,
    input: DevicesInput,
    /// Without lists and announcements, which have tests of their own.
    effects: Vec<DevicesEffect>,
    camera: Status,
}

fn started(facts: Facts) -> DevicesInput {
    DevicesInput::Started(Start {
        wish: Both {
            microphone: Wish::Off,
            camera: Wish::On,
        },
        preferred: Both {
            microphone: None,
            camera: Some("a".into()),
        },
        preferred_speaker: None,
        facts,
    })
}

fn track(id: &str) -> Both<Option<Track>> {
    let track = Track {
        device: Some(id.into()),
        label: id.to_uppercase(),
        muted: false,
    };
    Both {
        microphone: None,
        camera: Some(track),
    }
}

fn captured(request: u32, id: &str) -> DevicesInput {
    DevicesInput::Captured {
        request: RequestId(request),
        tracks: track(id),
    }
}

/// The same, muted by the system.
fn captured_muted(request: u32, id: &str) -> DevicesInput {
    let mut tracks = track(id);
    tracks.camera.iter_mut().for_each(|track| track.muted = true);
    DevicesInput::Captured {
        request: RequestId(request),
        tracks,
    }
}

fn failed(request: u32, name: &str) -> DevicesInput {
    let error = CaptureError {
        name: name.into(),
        message: String::new(),
    };
    DevicesInput::CaptureFailed {
        request: RequestId(request),
        error,
        facts: Facts::default(),
    }
}

fn listed(number: u32, ids: &[&str]) -> DevicesInput {
    let device = |id: &&str| Device {
        id: (*id).into(),
        label: id.to_uppercase(),
        group: String::new(),
    };
    let devices = ids.iter().map(|id| (DeviceKind::Camera, device(id))).collect();
    DevicesInput::Listed { number, devices }
}

fn choose(id: &str) -> DevicesInput {
    DevicesInput::Choose {
        kind: DeviceKind::Camera,
        device: id.into(),
    }
}

fn want(wish: Wish) -> DevicesInput {
    DevicesInput::Want { kind: Camera, wish }
}

fn ended(request: u32) -> DevicesInput {
    DevicesInput::Ended {
        kind: Camera,
        request: RequestId(request),
        permission: None,
    }
}

fn muted(request: u32, muted: bool) -> DevicesInput {
    DevicesInput::SystemMuted {
        kind: Camera,
        request: RequestId(request),
        muted,
    }
}

fn capture(request: u32, target: Target) -> DevicesEffect {
    DevicesEffect::Capture {
        request: RequestId(request),
        targets: Both {
            microphone: None,
            camera: Some(target),
        },
    }
}

fn exact(id: &str) -> Target {
    Target::Exact(id.into())
}

fn replace(request: u32) -> DevicesEffect {
    DevicesEffect::Replace {
        kind: Camera,
        request: RequestId(request),
        enabled: true,
    }
}

fn stop(request: u32) -> DevicesEffect {
    DevicesEffect::Stop {
        kind: Camera,
        request: RequestId(request),
    }
}

fn remember(id: &str) -> DevicesEffect {
    DevicesEffect::Remember {
        kind: DeviceKind::Camera,
        device: id.into(),
    }
}

fn say(notice: Notice) -> DevicesEffect {
    DevicesEffect::Say {
        kind: DeviceKind::Camera,
        notice,
    }
}

fn not_chosen(id: &str, cause: Cause) -> DevicesEffect {
    say(Notice::ChoiceFailed {
        chosen: id.to_uppercase(),
        cause,
    })
}

const RELEASE: DevicesEffect = DevicesEffect::Release { kind: Camera };
const HUSH: DevicesEffect = DevicesEffect::Hush {
    kind: DeviceKind::Camera,
};

/// The question is open.
fn asking() -> Steps {
    vec![started(Facts::default())]
}

/// Camera `a`, which is preferred, runs (request 1); `b` and `c` are there.
fn running() -> Steps {
    let mut steps = asking();
    steps.extend([captured(1, "a"), listed(2, &["a", "b", "c"])]);
    steps
}

/// `a` was unplugged, and `b` has taken over (request 2).
fn taken_over() -> Steps {
    let mut steps = running();
    steps.extend([
        ended(1),
        listed(3, &["b", "c"]),
        captured(2, "b"),
        listed(4, &["b", "c"]),
    ]);
    steps
}

fn permission(permission: Permission) -> DevicesInput {
    DevicesInput::PermissionChanged {
        kind: Camera,
        permission,
    }
}

/// Camera `a` runs, and the permission for it is gone.
fn withdrawn() -> Steps {
    and(
        running(),
        [permission(Permission::Granted), permission(Permission::Prompt)],
    )
}

/// `b` was chosen, could not be opened beside `a`, and is asked for once more (request 3).
fn let_go() -> Steps {
    let mut steps = running();
    steps.extend([choose("b"), failed(2, "NotReadableError")]);
    steps
}

fn and(mut steps: Steps, more: impl IntoIterator<Item = DevicesInput>) -> Steps {
    steps.extend(more);
    steps
}

fn rows() -> Vec<Row> {
    let row = |what, before, input, effects, camera| Row {
        what,
        before,
        input,
        effects,
        camera,
    };
    let no_devices = |secure| Facts {
        secure,
        media_devices: false,
        ..Facts::default()
    };
    vec![
        // Starting.
        row(
            "the remembered one is preferred before a list is known",
            vec![],
            started(Facts::default()),
            vec![capture(1, Target::Prefer("a".into()))],
            Status::Asking,
        ),
        row(
            "without mediaDevices on a secure page",
            vec![],
            started(no_devices(true)),
            vec![say(Notice::Failed(Cause::NoApi))],
            Status::Failed(Cause::NoApi),
        ),
        row(
            "without mediaDevices on an insecure page",
            vec![],
            started(no_devices(false)),
            vec![say(Notice::Failed(Cause::Insecure))],
            Status::Failed(Cause::Insecure),
        ),
        row("it runs", asking(), captured(1, "a"), vec![replace(1)], Status::On),
        row(
            "another one than the remembered one runs",
            asking(),
            captured(1, "b"),
            vec![replace(1)],
            Status::On,
        ),
        row(
            "an answer to a question that was never asked",
            asking(),
            captured(9, "a"),
            vec![stop(9)],
            Status::Asking,
        ),
        row(
            "refused",
            asking(),
            failed(1, "NotAllowedError"),
            vec![say(Notice::Failed(Cause::Refused))],
            Status::Failed(Cause::Refused),
        ),
        row(
            "none there",
            asking(),
            failed(1, "NotFoundError"),
            vec![say(Notice::Failed(Cause::NotFound))],
            Status::Failed(Cause::NotFound),
        ),
        row(
            "busy",
            asking(),
            failed(1, "NotReadableError"),
            vec![say(Notice::Failed(Cause::Busy))],
            Status::Failed(Cause::Busy),
        ),
        row(
            "turned off while asking",
            asking(),
            want(Wish::Off),
            vec![],
            Status::Off,
        ),
        row(
            "an answer after it was turned off",
            and(asking(), [want(Wish::Off)]),
            captured(1, "a"),
            vec![stop(1)],
            Status::Off,
        ),
        row(
            "off and on while asking: no second question",
            and(asking(), [want(Wish::Off)]),
            want(Wish::On),
            vec![],
            Status::Asking,
        ),
        row(
            "and the first answer is used",
            and(asking(), [want(Wish::Off), want(Wish::On)]),
            captured(1, "a"),
            vec![replace(1)],
            Status::On,
        ),
        row("left while asking", asking(), DevicesInput::Left, vec![], Status::Off),
        row(
            "an answer after leaving",
            and(asking(), [DevicesInput::Left]),
            captured(1, "a"),
            vec![stop(1)],
            Status::Off,
        ),
        row(
            "back while the question is still open",
            and(asking(), [DevicesInput::Left]),
            DevicesInput::Returned,
            vec![],
            Status::Asking,
        ),
        row(
            "the answer after coming back",
            and(asking(), [DevicesInput::Left, DevicesInput::Returned]),
            captured(1, "a"),
            vec![replace(1)],
            Status::On,
        ),
        row("chosen while asking", asking(), choose("b"), vec![], Status::Asking),
        row(
            "an answer that the choice has overtaken",
            and(asking(), [choose("b")]),
            captured(1, "a"),
            vec![stop(1), capture(2, exact("b"))],
            Status::Asking,
        ),
        row(
            "an answer that is the choice",
            and(asking(), [choose("b")]),
            captured(1, "b"),
            vec![replace(1), remember("b")],
            Status::On,
        ),
        // After a failure.
        row(
            "a click elsewhere asks for nothing that was refused",
            and(asking(), [failed(1, "NotAllowedError")]),
            DevicesInput::Clicked,
            vec![],
            Status::Failed(Cause::Refused),
        ),
        row(
            "a click on the button asks",
            and(asking(), [failed(1, "NotAllowedError")]),
            want(Wish::On),
            vec![capture(2, Target::Prefer("a".into()))],
            Status::Asking,
        ),
        row(
            "the permission is given in the settings",
            and(asking(), [failed(1, "NotAllowedError")]),
            DevicesInput::PermissionChanged {
                kind: Camera,
                permission: Permission::Granted,
            },
            vec![capture(2, Target::Prefer("a".into()))],
            Status::Asking,
        ),
        row(
            "turned off after a failure",
            and(asking(), [failed(1, "NotReadableError")]),
            want(Wish::Off),
            vec![HUSH],
            Status::Off,
        ),
        row(
            "it runs after a failure, and the system mutes it: the failure is over",
            and(asking(), [failed(1, "NotReadableError"), want(Wish::On)]),
            captured_muted(2, "a"),
            vec![replace(2), HUSH],
            Status::Interrupted,
        ),
        row(
            "a device without an id is tried once",
            and(
                asking(),
                [
                    listed(1, &[]),
                    failed(1, "NotFoundError"),
                    listed(2, &[""]),
                    failed(2, "NotFoundError"),
                ],
            ),
            listed(3, &[""]),
            vec![],
            Status::Failed(Cause::NotFound),
        ),
        row(
            "one is plugged in",
            and(asking(), [listed(1, &[]), failed(1, "NotFoundError")]),
            listed(2, &["b"]),
            vec![capture(2, Target::Any)],
            Status::Asking,
        ),
        row(
            "one is plugged in, and what was refused stays so",
            and(asking(), [listed(1, &[]), failed(1, "NotAllowedError")]),
            listed(2, &["b"]),
            vec![],
            Status::Failed(Cause::Refused),
        ),
        // Running.
        row("off", running(), want(Wish::Off), vec![RELEASE], Status::Off),
        row(
            "muted is off for a camera",
            running(),
            want(Wish::Muted),
            vec![RELEASE],
            Status::Off,
        ),
        row(
            "on again: a device that is there is asked for by its id",
            and(running(), [want(Wish::Off)]),
            want(Wish::On),
            vec![capture(2, exact("a"))],
            Status::Asking,
        ),
        row(
            "on again: a stale id is dropped before asking",
            and(running(), [want(Wish::Off), listed(3, &["b"])]),
            want(Wish::On),
            vec![capture(2, Target::Any)],
            Status::Asking,
        ),
        row(
            "gone since the list was made: any other",
            and(running(), [want(Wish::Off), want(Wish::On)]),
            failed(2, "OverconstrainedError"),
            vec![capture(3, Target::Any)],
            Status::Asking,
        ),
        row("left", running(), DevicesInput::Left, vec![RELEASE], Status::Off),
        row(
            "turned on after leaving",
            and(running(), [DevicesInput::Left, want(Wish::Off)]),
            want(Wish::On),
            vec![],
            Status::Off,
        ),
        row(
            "the list without the preferred one says nothing of what runs",
            running(),
            listed(3, &["b"]),
            vec![],
            Status::On,
        ),
        row(
            "a list of devices without ids says nothing",
            running(),
            listed(3, &[""]),
            vec![],
            Status::On,
        ),
        // Choosing.
        row(
            "the one in use is chosen: it has worked",
            and(asking(), [captured(1, "b"), listed(2, &["b"])]),
            choose("b"),
            vec![remember("b")],
            Status::On,
        ),
        row(
            "another one is chosen: the old one runs on",
            running(),
            choose("b"),
            vec![capture(2, exact("b"))],
            Status::On,
        ),
        row(
            "the chosen one runs",
            and(running(), [choose("b")]),
            captured(2, "b"),
            vec![replace(2), remember("b")],
            Status::On,
        ),
        row(
            "the chosen one is gone",
            and(running(), [choose("b")]),
            failed(2, "OverconstrainedError"),
            vec![not_chosen("b", Cause::NotFound)],
            Status::On,
        ),
        row(
            "the chosen one is refused",
            and(running(), [choose("b")]),
            failed(2, "NotAllowedError"),
            vec![not_chosen("b", Cause::Refused)],
            Status::On,
        ),
        row(
            "the chosen one does not open beside the old one",
            and(running(), [choose("b")]),
            failed(2, "NotReadableError"),
            vec![RELEASE, capture(3, exact("b"))],
            Status::Asking,
        ),
        row(
            "turned off while switching",
            and(running(), [choose("b")]),
            want(Wish::Off),
            vec![RELEASE],
            Status::Off,
        ),
        row(
            "chosen again while switching: the answer is overtaken",
            and(running(), [choose("b"), choose("c")]),
            captured(2, "b"),
            vec![stop(2), capture(3, exact("c"))],
            Status::On,
        ),
        row(
            "chosen again while switching: a failure of the first lets nothing go",
            and(running(), [choose("b"), choose("c")]),
            failed(2, "NotReadableError"),
            vec![capture(3, exact("c"))],
            Status::On,
        ),
        row(
            "the old one is chosen again while switching",
            and(running(), [choose("b"), choose("a")]),
            captured(2, "b"),
            vec![stop(2)],
            Status::On,
        ),
        // One at a time.
        row(
            "with the old one let go the chosen one runs",
            let_go(),
            captured(3, "b"),
            vec![replace(3), remember("b")],
            Status::On,
        ),
        row(
            "it fails all the same: the old one is taken again",
            let_go(),
            failed(3, "NotReadableError"),
            vec![not_chosen("b", Cause::Busy), capture(4, exact("a"))],
            Status::Asking,
        ),
        row(
            "the old one runs again",
            and(let_go(), [failed(3, "NotReadableError")]),
            captured(4, "a"),
            vec![replace(4)],
            Status::On,
        ),
        row(
            "the old one does not run either: the next",
            and(let_go(), [failed(3, "NotReadableError")]),
            failed(4, "NotReadableError"),
            vec![capture(5, exact("c"))],
            Status::Asking,
        ),
        row(
            "none runs",
            and(
                let_go(),
                [
                    failed(3, "NotReadableError"),
                    failed(4, "NotReadableError"),
                    failed(5, "NotReadableError"),
                ],
            ),
            failed(6, "NotReadableError"),
            vec![say(Notice::Failed(Cause::Busy))],
            Status::Failed(Cause::Busy),
        ),
        row(
            "left with nothing open",
            let_go(),
            DevicesInput::Left,
            vec![],
            Status::Off,
        ),
        row(
            "an answer after that",
            and(let_go(), [DevicesInput::Left]),
            captured(3, "b"),
            vec![stop(3)],
            Status::Off,
        ),
        // Ending.
        row(
            "it ends: a list first",
            running(),
            ended(1),
            vec![RELEASE],
            Status::Asking,
        ),
        row(
            "then the next of its kind",
            and(running(), [ended(1)]),
            listed(3, &["b", "c"]),
            vec![capture(2, exact("b"))],
            Status::Asking,
        ),
        row(
            "a list that still has it: the next all the same",
            and(running(), [ended(1)]),
            listed(3, &["a", "b"]),
            vec![capture(2, exact("b"))],
            Status::Asking,
        ),
        row(
            "the next one runs",
            and(running(), [ended(1), listed(3, &["b"])]),
            captured(2, "b"),
            vec![
                replace(2),
                say(Notice::TookOver {
                    gone: "A".into(),
                    now: "B".into(),
                }),
            ],
            Status::On,
        ),
        row(
            "the next one does not run: the one after it",
            and(running(), [ended(1), listed(3, &["b", "c"])]),
            failed(2, "NotReadableError"),
            vec![capture(3, exact("c"))],
            Status::Asking,
        ),
        row(
            "the next one is chosen while it is on its way, and does not run",
            and(running(), [ended(1), listed(3, &["b", "c"]), choose("b")]),
            failed(2, "NotReadableError"),
            vec![not_chosen("b", Cause::Busy), capture(3, exact("c"))],
            Status::Asking,
        ),
        row(
            "a phone ends it and gives it back",
            and(running(), [ended(1), listed(3, &["a"])]),
            captured(2, "a"),
            vec![replace(2)],
            Status::On,
        ),
        row(
            "no other is there",
            and(running(), [ended(1), listed(3, &[])]),
            failed(2, "NotFoundError"),
            vec![say(Notice::Failed(Cause::Gone))],
            Status::Failed(Cause::Gone),
        ),
        row(
            "it is plugged in again",
            and(running(), [ended(1), listed(3, &[]), failed(2, "NotFoundError")]),
            listed(4, &["a"]),
            vec![capture(3, exact("a"))],
            Status::Asking,
        ),
        row("an old track ends", taken_over(), ended(1), vec![], Status::On),
        row(
            "turned off while another one is on its way",
            and(running(), [ended(1), listed(3, &["b"])]),
            want(Wish::Off),
            vec![],
            Status::Off,
        ),
        row(
            "the permission was taken back, and it ends: a list first",
            withdrawn(),
            ended(1),
            vec![RELEASE],
            Status::Asking,
        ),
        row(
            "its device is still there: nobody asks for another one",
            and(withdrawn(), [ended(1)]),
            listed(3, &["a", "b"]),
            vec![say(Notice::Failed(Cause::Refused))],
            Status::Failed(Cause::Refused),
        ),
        row(
            "its device is gone: the permission went with it",
            and(withdrawn(), [ended(1)]),
            listed(3, &["b"]),
            vec![capture(2, exact("b"))],
            Status::Asking,
        ),
        row(
            "the permission goes after the end",
            and(
                running(),
                [
                    permission(Permission::Granted),
                    ended(1),
                    permission(Permission::Denied),
                ],
            ),
            listed(3, &["a", "b"]),
            vec![say(Notice::Failed(Cause::Refused))],
            Status::Failed(Cause::Refused),
        ),
        row(
            "the permission is back before the end",
            and(withdrawn(), [permission(Permission::Granted), ended(1)]),
            listed(3, &["a", "b"]),
            vec![capture(2, exact("b"))],
            Status::Asking,
        ),
        // The preferred one returns.
        row(
            "the preferred one is back",
            taken_over(),
            listed(5, &["a", "b"]),
            vec![capture(3, exact("a"))],
            Status::On,
        ),
        row(
            "it runs again",
            and(taken_over(), [listed(5, &["a", "b"])]),
            captured(3, "a"),
            vec![replace(3), say(Notice::Returned { now: "A".into() })],
            Status::On,
        ),
        row(
            "it does not run: the other runs on",
            and(taken_over(), [listed(5, &["a", "b"])]),
            failed(3, "OverconstrainedError"),
            vec![],
            Status::On,
        ),
        row(
            "the person chooses what is used instead",
            and(taken_over(), [listed(5, &["a", "b"]), choose("b")]),
            captured(3, "a"),
            vec![stop(3)],
            Status::On,
        ),
        row(
            "and then the old preference does not return",
            and(taken_over(), [choose("b")]),
            listed(5, &["a", "b"]),
            vec![],
            Status::On,
        ),
        // The system.
        row(
            "muted by the system",
            running(),
            muted(1, true),
            vec![],
            Status::Interrupted,
        ),
        row(
            "an old track is muted",
            taken_over(),
            muted(1, true),
            vec![],
            Status::On,
        ),
        row(
            "seen again while muted: captured again",
            and(running(), [DevicesInput::Visible(false), muted(1, true)]),
            DevicesInput::Visible(true),
            vec![capture(2, exact("a"))],
            Status::Interrupted,
        ),
        row(
            "seen again while all is well",
            and(running(), [DevicesInput::Visible(false)]),
            DevicesInput::Visible(true),
            vec![],
            Status::On,
        ),
        row(
            "the new track runs",
            and(
                running(),
                [
                    DevicesInput::Visible(false),
                    muted(1, true),
                    DevicesInput::Visible(true),
                ],
            ),
            captured(2, "a"),
            vec![replace(2)],
            Status::On,
        ),
        row(
            "it was over before the new track came",
            and(
                running(),
                [
                    DevicesInput::Visible(false),
                    muted(1, true),
                    DevicesInput::Visible(true),
                    muted(1, false),
                ],
            ),
            captured(2, "a"),
            vec![stop(2)],
            Status::On,
        ),
    ]
}

#[test]
fn every_step_has_its_effects_and_its_status() {
    for Row {
        what,
        before,
        input,
        effects,
        camera,
    } in rows()
    {
        let mut devices = Devices::new();
        for step in before {
            devices.handle(Duration::ZERO, step);
        }
        let mut found = devices.handle(Duration::ZERO, input);
        found.retain(|effect| !matches!(effect, DevicesEffect::List { .. } | DevicesEffect::Announce(_)));
        assert_eq!(found, effects, "{what}");
        assert_eq!(devices.status(Camera), camera, "{what}");
    }
}

#[test]
fn what_the_browser_refuses_by_itself_is_asked_for_last() {
    let permission = Both {
        microphone: Some(Permission::Denied),
        camera: Some(Permission::Prompt),
    };
    let start = DevicesInput::Started(Start {
        wish: Both {
            microphone: Wish::On,
            camera: Wish::On,
        },
        facts: Facts {
            permission,
            ..Facts::default()
        },
        ..Start::default()
    });
    let mut devices = Devices::new();
    assert!(devices.handle(Duration::ZERO, start).contains(&capture(1, Target::Any)));
    let microphone = DevicesEffect::Capture {
        request: RequestId(2),
        targets: Both {
            microphone: Some(Target::Any),
            camera: None,
        },
    };
    assert!(devices.handle(Duration::ZERO, captured(1, "a")).contains(&microphone));
}

#[test]
fn the_others_are_told_each_change_once() {
    let mut devices = Devices::new();
    let mut said = Vec::new();
    let steps = [
        started(Facts::default()),
        captured(1, "a"),
        listed(2, &["a", "b"]),
        muted(1, true),
        muted(1, false),
        choose("b"),
        captured(2, "b"),
        ended(2),
        listed(3, &["a"]),
        captured(3, "a"),
        want(Wish::Off),
        want(Wish::On),
        DevicesInput::Left,
    ];
    for step in steps {
        for effect in devices.handle(Duration::ZERO, step) {
            if let DevicesEffect::Announce(media) = effect {
                assert_eq!(media, devices.media());
                said.push(media.camera);
            }
        }
    }
    use MediaState::{Interrupted, Off, On};
    assert_eq!(said, [On, Interrupted, On, Interrupted, On, Off]);
}

#[test]
fn many_changes_of_the_devices_are_one_look_at_them() {
    let mut devices = Devices::new();
    let ms = Duration::from_millis;
    for step in asking() {
        devices.handle(ms(0), step);
    }
    for at in [1_000, 1_100, 1_499] {
        assert_eq!(devices.handle(ms(at), DevicesInput::DevicesChanged), []);
    }
    assert_eq!(devices.next_deadline(), Some(ms(1_500)));
    assert_eq!(
        devices.handle(ms(1_500), DevicesInput::Tick),
        [DevicesEffect::List { number: 2 }]
    );
    assert_eq!(devices.next_deadline(), None);
}

#[test]
fn a_list_that_never_comes_does_not_keep_the_next_device_from_taking_over() {
    let mut devices = Devices::new();
    for step in running() {
        devices.handle(Duration::ZERO, step);
    }
    assert!(
        !devices
            .handle(Duration::ZERO, ended(1))
            .contains(&capture(2, exact("b")))
    );
    let deadline = devices.next_deadline().unwrap();
    assert!(deadline <= Duration::from_millis(500));
    assert!(
        devices
            .handle(deadline, DevicesInput::Tick)
            .contains(&capture(2, exact("b")))
    );
}

#[test]
fn an_older_list_that_comes_late_says_nothing() {
    let mut devices = Devices::new();
    for step in and(running(), [listed(4, &["a", "b"]), listed(3, &["a"])]) {
        devices.handle(Duration::ZERO, step);
    }
    assert_eq!(devices.capture(Camera).devices.len(), 2);
}

#[test]
fn a_list_of_devices_without_ids_leaves_the_menu_as_it_is() {
    let mut devices = Devices::new();
    for step in and(running(), [listed(3, &[""])]) {
        devices.handle(Duration::ZERO, step);
    }
    let view = devices.capture(Camera);
    assert_eq!((view.devices.len(), view.shown.as_deref()), (3, Some("a")));
}

#[test]
fn a_preferred_device_that_ended_and_is_still_listed_rests_before_it_is_used_again() {
    let mut devices = Devices::new();
    for step in and(
        running(),
        [
            ended(1),
            listed(3, &["a", "b"]),
            captured(2, "b"),
            listed(4, &["a", "b"]),
        ],
    ) {
        let effects = devices.handle(Duration::ZERO, step);
        assert!(!effects.contains(&capture(3, exact("a"))));
    }
    let deadline = devices.next_deadline().expect("the end of the rest");
    assert!(deadline >= Duration::from_secs(1));
    assert!(
        devices
            .handle(deadline, DevicesInput::Tick)
            .contains(&capture(3, exact("a")))
    );
    assert_eq!(devices.next_deadline(), None);
}

#[test]
fn the_default_that_becomes_other_hardware_is_captured_again() {
    let list = |number, group: &str| {
        let device = Device {
            id: "default".into(),
            label: "Default".into(),
            group: group.into(),
        };
        DevicesInput::Listed {
            number,
            devices: vec![(DeviceKind::Camera, device)],
        }
    };
    let mut devices = Devices::new();
    for step in and(asking(), [captured(1, "default"), list(2, "desk")]) {
        devices.handle(Duration::ZERO, step);
    }
    assert!(devices.handle(Duration::ZERO, list(3, "desk")).is_empty());
    assert_eq!(
        devices.handle(Duration::ZERO, list(4, "headset")),
        [capture(2, exact("default"))]
    );
    assert!(
        devices
            .handle(Duration::ZERO, captured(2, "default"))
            .contains(&replace(2))
    );
    assert!(devices.handle(Duration::ZERO, list(5, "headset")).is_empty());
}

#[test]
fn a_browser_that_gives_another_device_than_it_was_asked_for_is_not_asked_for_ever() {
    let mut devices = Devices::new();
    for step in and(running(), [choose("b"), captured(2, "a"), listed(3, &["a", "b"])]) {
        devices.handle(Duration::ZERO, step);
    }
    let view = devices.capture(Camera);
    assert_eq!(
        (view.used.as_deref(), view.preferred.as_deref()),
        (Some("a"), Some("a"))
    );
    assert!(devices.handle(Duration::ZERO, listed(4, &["a", "b"])).is_empty());
}

#[test]
fn before_the_page_has_started_nothing_has_an_effect() {
    let mut devices = Devices::new();
    for input in [want(Wish::On), choose("a"), DevicesInput::Returned, DevicesInput::Tick] {
        assert!(devices.handle(Duration::ZERO, input).is_empty());
    }
    assert_eq!(devices.status(Microphone), Status::Off);
}
