//! How loud the own microphone is.

use leptos::prelude::*;

use super::{Icon, Shape};
use crate::state::RoomState;
use crate::texts::texts;

/// A bar that moves when the person speaks: proof, before joining, that the right microphone hears them.
#[component]
pub(crate) fn Meter(state: RoomState) -> impl IntoView {
    view! {
        <div class="meter">
            <Icon shape=Shape::Microphone />
            <meter aria-label=texts().lobby.level min="0" max="1" prop:value=move || state.level.get()></meter>
        </div>
    }
}
