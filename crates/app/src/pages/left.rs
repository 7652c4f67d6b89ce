//! After leaving.

use leptos::html;
use leptos::prelude::*;

use crate::browser;
use crate::components::{Brand, Notices, press};
use crate::state::RoomState;

/// "You left", and the way back.
#[component]
pub(crate) fn LeftFace(state: RoomState) -> impl IntoView {
    let rejoin = NodeRef::<html::Button>::new();
    // The button that was clicked is gone; the keyboard goes on at the one that is likely next.
    Effect::new(move |_| {
        if let Some(rejoin) = rejoin.get() {
            let _ = rejoin.focus();
        }
    });
    let room = state.room.with_value(ToString::to_string);
    view! {
        <header class="top">
            <Brand />
        </header>
        <main class="plain">
            <p class="room-name">{room}</p>
            <h1>"You left"</h1>
            <p class="lead">"Your camera and microphone are off. The room stays open for the others."</p>
            <Notices state=state />
            <p class="actions">
                <button type="button" class="button primary" node_ref=rejoin on:click=press(browser::rejoin)>
                    "Rejoin"
                </button>
                <a class="button" href="/">
                    "Go to the start"
                </a>
            </p>
        </main>
    }
}
