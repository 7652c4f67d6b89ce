//! After leaving.

use leptos::html;
use leptos::prelude::*;

use crate::browser::Actions;
use crate::call_part;
use crate::components::{Brand, Notices, effect, press};
use crate::drawn::Drawn;
use crate::state::RoomState;
use crate::texts::texts;

/// "You left", and the way back.
#[component]
pub(crate) fn LeftFace(state: RoomState) -> impl IntoView {
    let actions = Actions::from_context();
    let rejoin = NodeRef::<html::Button>::new();
    // The button that was clicked is gone; the keyboard goes on at the one that is likely next.
    effect(move || {
        if let Some(rejoin) = rejoin.get() {
            let _ = rejoin.focus();
        }
    });
    let words = texts().left;
    let room = state.room.with_value(ToString::to_string);
    view! {
        <header class="top">
            <Brand />
        </header>
        <main class="plain">
            <p class="room-name">{room}</p>
            <h1>{words.heading}</h1>
            <p class="lead">{words.lead}</p>
            <Notices state=state />
            <p class="actions">
                <button type="button" class="button primary" node_ref=rejoin on:click=press(move || actions.join())>
                    {words.rejoin}
                </button>
                <a class="button" href="/">
                    {texts().site.go_home}
                </a>
            </p>
            {call_part::fetched().map(|part| Drawn { by: part.files, state })}
        </main>
    }
}
