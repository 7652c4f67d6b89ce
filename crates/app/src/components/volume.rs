//! How loud somebody, or what they share, is played here.

use leptos::prelude::*;

use super::lively::Presence;
use super::{Icon, Shape, press, truth};
use crate::browser::slider_value;
use crate::state::VolumeSignals;

/// A slider, and a button that mutes.
#[component]
pub(crate) fn Volume(
    /// The slider's name.
    label: &'static str,
    /// The button's name.
    mute: &'static str,
    /// What they set.
    volume: VolumeSignals,
    /// There is nothing to hear.
    #[prop(optional)]
    hidden: Option<Presence>,
) -> impl IntoView {
    view! {
        <span class="volume" hidden=hidden>
            <button
                type="button"
                class="round toggle"
                aria-label=mute
                title=mute
                aria-pressed=truth(move || volume.muted.get())
                on:click=press(move || volume.muted.update(|muted| *muted = !*muted))
            >
                <Icon shape=Shape::SpeakerOff />
                <Icon shape=Shape::Speaker />
            </button>
            <input
                type="range"
                min="0"
                max="1"
                step="0.05"
                aria-label=label
                prop:value=move || volume.volume.get()
                on:input=move |event| {
                    if let Some(set) = slider_value(&event) {
                        volume.muted.set(false);
                        volume.volume.set(set.clamp(0.0, 1.0));
                    }
                }
            />
        </span>
    }
}
