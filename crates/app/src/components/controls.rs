//! The toggles of microphone and camera.

use call::devices::Status;
use leptos::prelude::*;

use super::{Icon, Press, Shape, press, truth};
use crate::browser::Actions;
use crate::state::{DeviceSignals, RoomState};
use crate::texts::texts;

/// Microphone and camera, on or off.
#[component]
pub(crate) fn DeviceToggles(state: RoomState) -> impl IntoView {
    let actions = Actions::from_context();
    view! {
        <Toggle
            label=texts().devices.microphone
            early="microphone"
            device=state.microphone
            shapes=(Shape::Microphone, Shape::MicrophoneOff)
            on_press=press(move || actions.toggle_microphone())
        />
        <Toggle
            label=texts().devices.camera
            early="camera"
            device=state.camera
            shapes=(Shape::Camera, Shape::CameraOff)
            on_press=press(move || actions.toggle_camera())
        />
    }
}

/// Both icons are there; the style sheet shows the one that fits `aria-pressed`. `early` is the word under which the boot
/// script keeps how it was set before the program runs ([`crate::browser::location::take_early_toggle`]).
#[component]
fn Toggle(
    label: &'static str,
    early: &'static str,
    device: DeviceSignals,
    shapes: (Shape, Shape),
    on_press: Press,
) -> impl IntoView {
    let has_problem = move || matches!(device.status.get(), Status::Failed(_));
    view! {
        <button
            type="button"
            class="round toggle"
            aria-label=label
            title=label
            aria-pressed=truth(move || device.wanted.get() && !has_problem())
            data-early=early
            data-problem=truth(has_problem)
            on:click=on_press
        >
            <Icon shape=shapes.0 />
            <Icon shape=shapes.1 />
        </button>
    }
}
