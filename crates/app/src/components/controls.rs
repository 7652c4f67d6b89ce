//! The round buttons.

use leptos::prelude::*;

use super::{DeviceMenu, Icon, Shape, press, saying, truth};
use crate::browser;
use crate::state::{DeviceSignals, DeviceStatus, RoomState};

/// Microphone and camera, on or off.
#[component]
pub(crate) fn DeviceToggles(state: RoomState) -> impl IntoView {
    view! {
        <Toggle
            label="Microphone"
            device=state.microphone
            shapes=(Shape::Microphone, Shape::MicrophoneOff)
            action=browser::toggle_microphone
        />
        <Toggle
            label="Camera"
            device=state.camera
            shapes=(Shape::Camera, Shape::CameraOff)
            action=browser::toggle_camera
        />
    }
}

/// Both icons are there; the style sheet shows the one that fits `aria-pressed`.
#[component]
fn Toggle(label: &'static str, device: DeviceSignals, shapes: (Shape, Shape), action: fn()) -> impl IntoView {
    let has_problem = move || matches!(device.status.get(), DeviceStatus::Problem(_));
    view! {
        <button
            type="button"
            class="round toggle"
            aria-label=label
            title=label
            aria-pressed=truth(move || device.wanted.get())
            data-problem=truth(has_problem)
            on:click=press(action)
        >
            <Icon shape=shapes.0 />
            <Icon shape=shapes.1 />
        </button>
    }
}

/// The floating bar of a call. What never changes in it is plain text for the framework; the panel of connections is filled by
/// [`crate::browser`], because views of rows that come and go would weigh more than all else of it.
#[component]
pub(crate) fn Bar(state: RoomState) -> impl IntoView {
    view! {
        <p class="toast" role="status">
            {saying(move || state.link_copied.get().then_some("Link copied"))}
        </p>
        <div class="bar">
            <DeviceToggles state=state />
            <button type="button" class="round" aria-label="Devices" title="Devices" popovertarget="devices">
                <Icon shape=Shape::Settings />
            </button>
            <button
                type="button"
                class="round ways"
                aria-label="Connections"
                title="Connections"
                aria-expanded="false"
                popovertarget="connections"
            >
                <i class="icon i-ways" aria-hidden="true"></i>
            </button>
            <button
                type="button"
                class="round copy"
                aria-label="Copy link"
                title="Copy link"
                data-copied=truth(move || state.link_copied.get())
                on:click=press(browser::copy_link)
            >
                <Icon shape=Shape::Link />
                <Icon shape=Shape::Check />
                <span>"Copy link"</span>
            </button>
            <button type="button" class="round leave" aria-label="Leave" title="Leave" on:click=press(browser::leave)>
                <Icon shape=Shape::Leave />
            </button>
        </div>
        <div id="connections" class="popover" popover="auto" role="dialog" aria-label="Connections" tabindex="-1">
            <h2>"Connections"</h2>
            <div class="links" role="table" aria-label="Who reaches whom"></div>
            <p class="quiet">"Each row is how one person reaches the others. Relayed goes through the server."</p>
        </div>
        <div id="devices" class="popover" popover="auto">
            <h2>"Devices"</h2>
            <DeviceMenu state=state />
            <p class="quiet">"What can be chosen appears once the browser may use it."</p>
        </div>
    }
}
