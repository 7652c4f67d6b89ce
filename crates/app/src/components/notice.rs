//! What the person should know now. Nothing blinks, and what can wait says so quietly.

use call::Reach;
use call::devices::Status;
use leptos::prelude::*;

use super::{Icon, Shape, press, saying, when};
use crate::state::{DeviceSignals, Phase, RoomState, SocketState, Tone};
use crate::texts::texts;

/// The regions in which sentences appear. They are always in the page: a live region that arrives together with its
/// text is not read aloud.
#[component]
pub(crate) fn Notices(state: RoomState) -> impl IntoView {
    let words = texts().notices;
    let text_of = move |tone| {
        state.notice.with(|notice| {
            notice
                .as_ref()
                .filter(|notice| notice.tone == tone)
                .map(|notice| notice.text.clone())
        })
    };
    // Whether anything of this page reaches anybody, also while the server does not.
    let is_received = move || {
        let on = |device: DeviceSignals| device.status.get() == Status::On;
        (on(state.microphone) || on(state.camera))
            && state
                .peers
                .with(|peers| peers.iter().any(|peer| peer.reach.get() == Reach::Connected))
    };
    let reconnecting = move || match (state.socket.get(), state.phase.get()) {
        (SocketState::Reconnecting, Phase::Call) if is_received() => Some(words.reconnecting_received),
        (SocketState::Reconnecting, Phase::Call) => Some(words.reconnecting),
        (SocketState::Reconnecting, Phase::Lobby | Phase::Joining) => Some(words.no_server),
        _ => None,
    };
    view! {
        <div class="notices">
            <p class="notice" role="status">
                {saying(reconnecting)}
            </p>
            <p class="notice" role="status">
                {saying(move || text_of(Tone::Info))}
            </p>
            <p class="notice problem" role="alert">
                {saying(move || text_of(Tone::Problem))}
            </p>
            <button
                type="button"
                class="dismiss"
                aria-label=words.dismiss
                hidden=when(move || state.notice.with(Option::is_none))
                on:click=press(move || state.notice.set(None))
            >
                <Icon shape=Shape::Close />
            </button>
        </div>
    }
}
