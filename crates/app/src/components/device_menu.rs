//! Which camera, microphone and speaker, where there is a choice.

use leptos::prelude::*;

use super::{Icon, Shape, when};
use crate::browser;
use crate::state::{ChoiceSignals, Device, DeviceKind, RoomState};

/// The three choices. A kind of which nothing is known (no permission yet, or a browser that cannot choose) is not shown.
#[component]
pub(crate) fn DeviceMenu(state: RoomState) -> impl IntoView {
    view! {
        <div class="device-menu">
            <DeviceSelect
                kind=DeviceKind::Camera
                shape=Shape::Camera
                label="Choose camera"
                choice=state.camera.choice
            />
            <DeviceSelect
                kind=DeviceKind::Microphone
                shape=Shape::Microphone
                label="Choose microphone"
                choice=state.microphone.choice
            />
            <DeviceSelect
                kind=DeviceKind::Speaker
                shape=Shape::Speaker
                label="Choose speaker"
                choice=state.speaker
            />
        </div>
    }
}

#[component]
fn DeviceSelect(kind: DeviceKind, shape: Shape, label: &'static str, choice: ChoiceSignals) -> impl IntoView {
    view! {
        <label class="device" hidden=when(move || choice.devices.with(Vec::is_empty))>
            <Icon shape=shape />
            <select
                aria-label=label
                on:change=move |event| browser::choose_device(kind, event_target_value(&event))
            >
                {move || choice.devices.get().into_iter().map(|device| option(device, choice)).collect::<Vec<_>>()}
            </select>
        </label>
    }
}

fn option(device: Device, choice: ChoiceSignals) -> impl IntoView {
    let id = device.id.clone();
    let is_chosen = move || choice.chosen.with(|chosen| chosen.as_ref() == Some(&id));
    view! {
        <option value=device.id prop:selected=is_chosen>
            {device.label}
        </option>
    }
}
