//! Which camera, microphone and speaker, where there is a choice.

use call::devices::{Device, DeviceKind};
use leptos::prelude::*;

use super::{Icon, Shape, when};
use crate::browser::Actions;
use crate::state::{ChoiceSignals, RoomState};
use crate::texts::texts;

/// The three choices. A kind of which nothing is known (no permission yet, or a browser that cannot choose) is not shown.
#[component]
pub(crate) fn DeviceMenu(state: RoomState) -> impl IntoView {
    view! {
        <div class="device-menu">
            <DeviceSelect
                kind=DeviceKind::Camera
                shape=Shape::Camera
                choice=state.camera.choice
            />
            <DeviceSelect
                kind=DeviceKind::Microphone
                shape=Shape::Microphone
                choice=state.microphone.choice
            />
            <DeviceSelect
                kind=DeviceKind::Speaker
                shape=Shape::Speaker
                choice=state.speaker
            />
        </div>
    }
}

#[component]
fn DeviceSelect(kind: DeviceKind, shape: Shape, choice: ChoiceSignals) -> impl IntoView {
    let actions = Actions::from_context();
    view! {
        <label class="device" hidden=when(move || choice.devices.with(Vec::is_empty))>
            <Icon shape=shape />
            <select
                aria-label=(texts().devices.choose)(kind)
                on:change=move |event| actions.choose_device(kind, event_target_value(&event))
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
            {if device.label.is_empty() { texts().devices.system_default.into() } else { device.label }}
        </option>
    }
}
