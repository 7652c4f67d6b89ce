//! One switch for slow and metered networks.

use leptos::prelude::*;

use crate::browser::Actions;
use crate::state::RoomState;
use crate::texts::texts;

/// Small pictures and sound, in both directions.
#[component]
pub(crate) fn LowData(state: RoomState) -> impl IntoView {
    let actions = Actions::from_context();
    let words = texts().devices;
    view! {
        <label class="switch">
            <span>
                {words.low_data}
                <small>{words.low_data_hint}</small>
            </span>
            <input
                type="checkbox"
                role="switch"
                aria-label=words.low_data
                prop:checked=move || state.low_data.get()
                on:change=move |event| actions.set_low_data(event_target_checked(&event))
            />
        </label>
    }
}
