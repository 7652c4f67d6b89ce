//! The round buttons.

use call::devices::Status;
use leptos::prelude::*;

use super::{Connections, DeviceMenu, Icon, LowData, Press, Shape, press, saying, truth};
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

/// The floating bar of a call, and the panels that its buttons open.
#[component]
pub(crate) fn Bar(state: RoomState) -> impl IntoView {
    let actions = Actions::from_context();
    let (bar, devices) = (texts().bar, texts().devices);
    let connections = texts().connections.heading;
    view! {
        <p class="toast" role="status">
            {saying(move || state.link_copied.get().then_some(texts().bar.link_copied))}
        </p>
        <div class="bar">
            <DeviceToggles state=state />
            <button type="button" class="round" aria-label=devices.heading title=devices.heading popovertarget="devices">
                <Icon shape=Shape::Settings />
            </button>
            <button
                type="button"
                class="round ways"
                aria-label=connections
                title=connections
                aria-expanded=truth(move || state.stats_shown.get())
                popovertarget="connections"
            >
                <i class="icon i-ways" aria-hidden="true"></i>
            </button>
            <button
                type="button"
                class="round copy"
                aria-label=bar.copy_link
                title=bar.copy_link
                data-copied=truth(move || state.link_copied.get())
                on:click=press(move || actions.copy_link())
            >
                <Icon shape=Shape::Link />
                <Icon shape=Shape::Check />
                <span>{bar.copy_link}</span>
            </button>
            <button type="button" class="round leave" aria-label=bar.leave title=bar.leave on:click=press(move || actions.leave())>
                <Icon shape=Shape::Leave />
            </button>
        </div>
        <Connections state=state />
        <div id="devices" class="popover" popover="auto">
            <h2>{devices.heading}</h2>
            <DeviceMenu state=state />
            <p class="quiet">{devices.menu_hint}</p>
            <LowData state=state />
        </div>
    }
}
