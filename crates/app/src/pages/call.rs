//! In the room: the stage, and what floats above it.

use leptos::html;
use leptos::prelude::*;

use crate::browser;
use crate::components::{Bar, Icon, Notices, Shape, Stage, press, text, truth, when};
use crate::state::{DeviceKind, DeviceStatus, Notice, Phase, RoomState, Tone};

/// The call.
#[component]
pub(crate) fn CallFace(state: RoomState) -> impl IntoView {
    let room = state.room.with_value(ToString::to_string);
    let main = NodeRef::<html::Main>::new();
    // The keyboard goes on here and not at the top of the document, where the lobby's button was.
    Effect::new(move |_| {
        if let Some(main) = main.get() {
            let _ = main.focus();
        }
    });
    say_device_problems(state);

    let is_alone = move || state.peers.with(Vec::is_empty);
    let is_joining = move || state.phase.get() == Phase::Joining;
    // The bar fades by an animation that starts late. Each change of `data-stirred` starts it anew, so that no timer is
    // needed and none can be forgotten.
    view! {
        <main
            class="call"
            tabindex="-1"
            node_ref=main
            data-stirred=truth(move || state.stirred.get())
            data-alone=truth(is_alone)
            aria-busy=truth(is_joining)
        >
            <h1 class="unseen">"Room " {room}</h1>
            <Stage state=state />
            <div class="over">
                <Notices state=state />
                <button
                    type="button"
                    class="button primary"
                    hidden=when(move || !state.sound_blocked.get())
                    on:click=press(browser::enable_sound)
                >
                    <Icon shape=Shape::Speaker />
                    "Enable sound"
                </button>
            </div>
            <p class="alone" hidden=when(move || !is_alone())>
                {text(move || {
                    if is_joining() {
                        "Joining…"
                    } else {
                        "You are the only one here. Copy the link to invite someone."
                    }
                    .into()
                })}
            </p>
            <Bar state=state />
        </main>
    }
}

/// A device that fails during the call is told of once. One that had failed before is known from the lobby.
fn say_device_problems(state: RoomState) {
    let devices = [
        (DeviceKind::Microphone, state.microphone),
        (DeviceKind::Camera, state.camera),
    ];
    Effect::new(move |before: Option<[DeviceStatus; 2]>| {
        let now = devices.map(|(_, device)| device.status.get());
        for (i, (kind, _)) in devices.into_iter().enumerate() {
            let changed = before.is_some_and(|before| before[i] != now[i]);
            if let (true, DeviceStatus::Problem(problem)) = (changed, now[i]) {
                let text = problem.sentence(kind).into();
                state.notice.set(Some(Notice {
                    tone: Tone::Problem,
                    text,
                }));
            }
        }
        now
    });
}
