//! `/<room>`: lobby, call and "you left" are faces of one page, so that a call never reloads.

use leptos::prelude::*;
use protocol::RoomId;

use crate::browser;
use crate::state::RoomState;

/// The page of a room.
#[component]
pub fn RoomPage(
    /// The room of the URL.
    room: RoomId,
) -> impl IntoView {
    let state = RoomState::new(room);
    provide_context(state);
    Effect::new(move |_| browser::start(state));
    view! {
        <main class="lobby">
            <button type="button" data-join on:click=move |_| browser::join()>"Join"</button>
        </main>
    }
}
