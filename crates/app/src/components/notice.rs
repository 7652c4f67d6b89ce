//! What the person should know now. Nothing blinks, and what can wait says so quietly.

use leptos::prelude::*;

use super::{Icon, Shape};
use crate::state::{RoomState, SocketState, Tone};

/// The regions in which sentences appear. They are always in the page: a live region that arrives together with its
/// text is not read aloud.
#[component]
pub(crate) fn Notices(state: RoomState) -> impl IntoView {
    let text_of = move |tone| {
        state.notice.with(|notice| {
            notice
                .as_ref()
                .filter(|notice| notice.tone == tone)
                .map(|notice| notice.text.clone())
        })
    };
    let is_reconnecting = Memo::new(move |_| state.socket.get() == SocketState::Reconnecting);
    view! {
        <div class="notices">
            <p class="notice" role="status">
                {move || {
                    is_reconnecting.get().then_some("Reconnecting to the server. Others still see and hear you.")
                }}
            </p>
            <p class="notice" role="status">
                {move || text_of(Tone::Info)}
            </p>
            <p class="notice problem" role="alert">
                {move || text_of(Tone::Problem)}
            </p>
            <button
                type="button"
                class="dismiss"
                aria-label="Dismiss"
                hidden=move || state.notice.with(Option::is_none)
                on:click=move |_| state.notice.set(None)
            >
                <Icon shape=Shape::Close />
            </button>
        </div>
    }
    .into_any()
}
