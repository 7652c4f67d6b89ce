//! The panel "Settings": devices, what the browser does to the own voice, and how the call sounds.

use leptos::prelude::*;

use super::button::Item;
use super::choice::Switch;
use super::{DeviceMenu, LowData, Meter, Shape, effect, press, when};
use crate::browser::Actions;
use crate::state::{DeviceSignals, Processing, RoomState};
use crate::texts::texts;

type Getter = fn(&Processing) -> bool;
type Setter = fn(&mut Processing, bool);

/// The panel.
#[component]
pub(crate) fn Settings(state: RoomState) -> impl IntoView {
    let actions = Actions::from_context();
    let knows_devices = move || {
        let has = |device: DeviceSignals| device.choice.devices.with(|devices| !devices.is_empty());
        has(state.microphone) && has(state.camera)
    };
    let (devices, words, look) = (texts().devices, texts().settings, state.look);
    let processed: [(_, _, Getter, Setter); 4] = [
        (
            words.original,
            words.original_hint,
            |of| of.original,
            |of, on| of.original = on,
        ),
        (
            words.echo,
            words.echo_hint,
            |of| of.applied().echo_cancellation,
            |of, on| of.echo_cancellation = on,
        ),
        (
            words.noise,
            words.noise_hint,
            |of| of.applied().noise_suppression,
            |of, on| of.noise_suppression = on,
        ),
        (
            words.gain,
            words.gain_hint,
            |of| of.applied().auto_gain_control,
            |of, on| of.auto_gain_control = on,
        ),
    ];
    let processed = processed.map(|(label, hint, get, set)| {
        view! { <Processed state=state label=label hint=hint get=get set=set /> }
    });
    view! {
        <div
            id="settings"
            class="popover menu"
            popover="auto"
            role="dialog"
            aria-label=devices.heading
            tabindex="-1"
            on:toggle=move |event| actions.watch_level(&event)
        >
            <h2>{devices.heading}</h2>
            <DeviceMenu state=state />
            <p class="quiet" hidden=when(knows_devices)>
                {devices.menu_hint}
            </p>
            <Meter state=state />
            <Item label=words.test_sound shape=Shape::Speaker on_press=press(move || actions.test_sound()) />
            {processed.into_iter().collect_view()}
            <Switch label=words.even hint=words.even_hint on=look.even />
            <Switch label=words.sounds hint=words.sounds_hint on=look.sounds />
            <Switch label=texts().look.mirror hint=texts().look.mirror_hint on=look.mirrored />
            <LowData state=state />
        </div>
    }
}

/// One thing that the browser does to the own voice.
#[component]
fn Processed(state: RoomState, label: &'static str, hint: &'static str, get: Getter, set: Setter) -> impl IntoView {
    let actions = Actions::from_context();
    let processing = state.voice.processing;
    let on = RwSignal::new(false);
    effect(move || on.set(processing.with(get)));
    let change = move |wanted| {
        let before = processing.get_untracked();
        let mut changed = before;
        set(&mut changed, wanted);
        // Another one by itself ends the original sound.
        if before.original && changed.original {
            changed = before.applied();
            changed.original = false;
            set(&mut changed, wanted);
        }
        actions.set_processing(changed);
    };
    view! { <Switch label=label hint=hint on=on set=Box::new(change) /> }
}
