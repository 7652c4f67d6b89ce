//! A page on a browser with devices that come, go, refuse, are busy and answer late, and a person who does anything at any moment.
//! After every step nothing is captured that is off, at most one question is open, and what the page shows is what runs; in the end
//! what is wanted and there runs, and after leaving nothing does. [`crate::browser::Browser`] asserts what must hold after every step.
//!
//! A failing seed prints itself and what happened. To run only that one:
//! `PARLOUR_SIM_SEED=123 cargo test -p call --test devices simulation`; for more of them: `PARLOUR_SIM_SEEDS=100000`.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::Duration;

use crate::browser::{Answer, Browser, CAPTURED, Habits, Hardware};
use call::devices::{Both, CaptureKind, DeviceKind, DevicesInput, Permission, Status, Wish};
use fastrand::Rng;

const SEEDS: u64 = 4_000;

const HARDWARE: [(DeviceKind, &str); 8] = [
    (DeviceKind::Microphone, "desk microphone"),
    (DeviceKind::Microphone, "headset microphone"),
    (DeviceKind::Microphone, "third microphone"),
    (DeviceKind::Camera, "front camera"),
    (DeviceKind::Camera, "back camera"),
    (DeviceKind::Camera, "third camera"),
    (DeviceKind::Speaker, "headset speaker"),
    (DeviceKind::Speaker, "desk speaker"),
];

fn wish(rng: &mut Rng) -> Wish {
    [Wish::On, Wish::On, Wish::On, Wish::Muted, Wish::Off][rng.usize(0..5)]
}

fn acts(rng: &mut Rng, browser: &mut Browser) {
    let (_, any) = HARDWARE[rng.usize(0..HARDWARE.len())];
    let kind = CAPTURED[rng.usize(0..2)];
    match rng.u32(0..40) {
        0..=8 => browser.plug(any, false),
        9..=18 => browser.plug(any, true),
        19..=21 => browser.want(kind, wish(rng)),
        22..=25 => {
            // Mostly something that the menu shows; a stale click now and then.
            let (kind, id) = HARDWARE[rng.usize(0..HARDWARE.len())];
            browser.choose(kind, id);
        }
        26 => browser.choose(DeviceKind::Speaker, ""),
        27 => browser.click(),
        28..=29 => browser.mute(kind, true),
        30 => browser.mute(kind, false),
        31 => browser.feed(DevicesInput::Visible(rng.bool())),
        32..=33 => {
            let busy = rng.bool();
            let place = rng.usize(0..browser.hardware.len());
            browser.hardware[place].busy = busy;
        }
        34 => browser.answer = [Answer::Allow, Answer::Allow, Answer::Refuse, Answer::Dismiss][rng.usize(0..4)],
        35 => {
            let state = [Permission::Granted, Permission::Prompt, Permission::Denied][rng.usize(0..3)];
            browser.set_permission(kind, state);
        }
        36..=37 => browser.leave(),
        _ => browser.come_back(),
    }
}

fn run(browser: &mut Browser, rng: &mut Rng) {
    if rng.bool() {
        for kind in CAPTURED {
            *browser.permission.of_mut(kind) = Permission::Granted;
        }
    }
    if rng.u32(0..4) == 0 {
        browser.answer = Answer::Refuse;
    }
    for (kind, id) in [
        HARDWARE[rng.usize(0..3)],
        HARDWARE[3 + rng.usize(0..3)],
        HARDWARE[6 + rng.usize(0..2)],
    ] {
        if rng.bool() {
            browser.remembered.insert(kind, id.to_owned());
        }
    }
    let wishes = Both {
        microphone: wish(rng),
        camera: wish(rng),
    };
    browser.start(wishes);
    for _ in 0..rng.u32(0..60) {
        let most = if rng.bool() { 50 } else { 3_000 };
        browser.pass(Duration::from_millis(rng.u64(0..=most)));
        acts(rng, browser);
    }
    // Whatever happened, a device that is wanted, there, allowed and free runs after a click.
    browser.come_back();
    browser.answer = Answer::Allow;
    for device in &mut browser.hardware {
        device.busy = false;
    }
    for kind in CAPTURED {
        browser.set_permission(kind, Permission::Granted);
    }
    browser.feed(DevicesInput::Visible(true));
    browser.pass_secs(30);
    for kind in CAPTURED {
        browser.want(kind, Wish::On);
    }
    browser.pass_secs(30);
    assert!(browser.is_quiet(), "it does not come to rest");
    for kind in CAPTURED {
        let there = browser
            .hardware
            .iter()
            .any(|device| device.kind == kind.into() && device.plugged);
        let status = browser.devices.status(kind);
        let runs = matches!(status, Status::On | Status::Interrupted);
        assert_eq!(runs, there, "{kind:?} is {status:?}");
    }
    // The preferred device is used once it is plugged in.
    let preferred: Vec<_> = browser
        .remembered
        .iter()
        .map(|(kind, id)| (*kind, id.clone()))
        .collect();
    for (_, id) in &preferred {
        browser.plug(id, false);
    }
    browser.pass_secs(30);
    for (_, id) in &preferred {
        browser.plug(id, true);
    }
    browser.pass_secs(30);
    for (kind, id) in &preferred {
        let used = match kind {
            DeviceKind::Microphone => browser.used(CaptureKind::Microphone),
            DeviceKind::Camera => browser.used(CaptureKind::Camera),
            DeviceKind::Speaker => browser.plays_at(),
        };
        // A browser that does not tell what it uses is not asked for something else.
        if *kind == DeviceKind::Speaker || !browser.habits.hides_used {
            assert_eq!(used, Some(id.as_str()), "the preferred {kind:?} is back");
        }
    }
    browser.leave();
    assert_eq!(browser.live_tracks(), 0, "something lives after leaving");
    browser.pass_secs(60);
    assert_eq!(browser.live_tracks(), 0, "something came to life after leaving");
    assert!(browser.captures <= 2 * browser.inputs, "{} captures", browser.captures);
}

/// What happens under this seed. Also: captures that were made.
fn simulate(seed: u64) -> Result<u32, String> {
    let mut rng = Rng::with_seed(seed);
    let hardware = HARDWARE
        .iter()
        .map(|&(kind, id)| Hardware {
            kind,
            id,
            plugged: rng.u32(0..3) > 0,
            busy: rng.u32(0..12) == 0,
        })
        .collect();
    let habits = Habits {
        opens_one: rng.u32(0..3) == 0,
        ends_old: rng.u32(0..5) == 0,
        hides_used: rng.u32(0..8) == 0,
        starts_muted: rng.bool(),
        tells_permissions: rng.bool(),
    };
    let mut browser = Browser::new(rng.u64(..), hardware, habits);
    catch_unwind(AssertUnwindSafe(|| run(&mut browser, &mut rng)))
        .map(|()| browser.captures)
        .map_err(|panic| {
            let message = panic.downcast_ref::<String>().cloned();
            let message = message.or_else(|| panic.downcast_ref::<&str>().map(|text| (*text).to_owned()));
            let trace = &browser.trace[browser.trace.len().saturating_sub(400)..];
            format!(
                "seed {seed}, {habits:?}:\n{}\n{}",
                trace.join("\n"),
                message.unwrap_or_default()
            )
        })
}

fn number(name: &str) -> Option<u64> {
    std::env::var(name).ok()?.parse().ok()
}

#[test]
fn whatever_happens_nothing_is_captured_that_is_off_and_what_is_shown_is_what_runs() {
    let seeds = match number("PARLOUR_SIM_SEED") {
        Some(seed) => seed..seed + 1,
        None => 0..number("PARLOUR_SIM_SEEDS").unwrap_or(SEEDS),
    };
    let mut captures = 0;
    for seed in seeds {
        match simulate(seed) {
            Ok(made) => captures += u64::from(made),
            Err(failure) => panic!("{failure}"),
        }
    }
    assert!(captures > 0, "nothing was ever captured");
}
