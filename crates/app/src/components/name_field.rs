//! What the person wants to be called.

use leptos::prelude::*;
use protocol::limits::NAME_MAX_CHARS;

use crate::state::RoomState;
use crate::texts::texts;

/// The field for the own name. Its id is known to the boot script, which keeps what is typed before the page runs.
#[component]
pub(crate) fn NameField(state: RoomState) -> impl IntoView {
    view! {
        <div class="field">
            <label for="name">{texts().lobby.your_name}</label>
            <input
                id="name"
                type="text"
                maxlength=NAME_MAX_CHARS
                autocomplete="name"
                enterkeyhint="go"
                spellcheck="false"
                placeholder=texts().lobby.name_hint
                prop:value=move || state.name.get()
                on:input=move |event| state.name.set(event_target_value(&event))
            />
        </div>
    }
}
