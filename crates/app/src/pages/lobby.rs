//! Before joining: how one looks and sounds, and who is there.

use call::devices::{DeviceKind, Notice, Status};
use leptos::prelude::*;

use crate::browser::Actions;
use crate::components::{
    Brand, DeviceMenu, DeviceToggles, Icon, Meter, NameField, Notices, OwnTile, Shape, saying, text, truth, when,
};
use crate::state::{DeviceSignals, Phase, RoomState};
use crate::texts::texts;

/// The lobby. Join never waits for a device; a click before the page runs is kept by the boot script.
#[component]
pub(crate) fn LobbyFace(state: RoomState) -> impl IntoView {
    let actions = Actions::from_context();
    let words = texts().lobby;
    let is_joining = move || state.phase.get() == Phase::Joining;
    let room = state.room.with_value(ToString::to_string);
    view! {
        <header class="top">
            <Brand />
        </header>
        <main class="lobby">
            <section class="mirror" aria-label=texts().people.you>
                <div class="mirror-frame">
                    <OwnTile state=state />
                    <div class="mirror-bar">
                        <DeviceToggles state=state />
                    </div>
                </div>
                <Meter state=state />
                <Problem kind=DeviceKind::Camera device=state.camera />
                <Problem kind=DeviceKind::Microphone device=state.microphone />
            </section>
            <form
                class="entry"
                // Outside of a dialog this sends nothing: where no script runs, Join does not reload the page.
                method="dialog"
                on:submit=move |event| {
                    event.prevent_default();
                    actions.join();
                }
            >
                <p class="room-name">{room}</p>
                <h1>{words.heading}</h1>
                <p class="occupancy" role="status">
                    <Icon shape=Shape::People />
                    <span>
                        {text(move || state.occupancy.get().map_or_else(|| words.checking.into(), words.occupancy))}
                    </span>
                </p>
                <NameField state=state />
                <button class="button primary" aria-busy=truth(is_joining)>
                    {text(move || if is_joining() { words.joining } else { words.join }.into())}
                </button>
                <p class="quiet">{words.privacy}</p>
                <p class="quiet" hidden=when(move || state.occupancy.get().is_none_or(|is| is.count == 0))>
                    {words.chat}
                </p>
                <Notices state=state />
            </form>
            <DeviceMenu state=state />
        </main>
    }
}

/// What is wrong with a device, and what to do.
#[component]
fn Problem(kind: DeviceKind, device: DeviceSignals) -> impl IntoView {
    let said = move || {
        let notice = match device.status.get() {
            Status::Failed(cause) => Notice::Failed(cause),
            Status::Interrupted => Notice::Interrupted,
            _ => return None,
        };
        Some((texts().devices.notice)(kind, &notice, false))
    };
    view! {
        <p class="notice problem" role="alert">
            {saying(said)}
        </p>
    }
}
