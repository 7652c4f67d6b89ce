//! One switch for slow and metered networks.

use leptos::prelude::*;

use super::choice::Switch;
use crate::browser::Actions;
use crate::state::RoomState;
use crate::texts::texts;

/// Small pictures and sound, in both directions.
#[component]
pub(crate) fn LowData(state: RoomState) -> impl IntoView {
    let actions = Actions::from_context();
    let words = texts().devices;
    view! {
        <Switch
            label=words.low_data
            hint=words.low_data_hint
            on=state.low_data
            set=Box::new(move |on| actions.set_low_data(on))
        />
    }
}
