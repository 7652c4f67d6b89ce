//! Before joining: how one looks and sounds, and who is there.

use leptos::prelude::*;

use crate::browser;
use crate::components::{
    Brand, DeviceMenu, DeviceToggles, Icon, Meter, NameField, Notices, OwnTile, Shape, saying, text, truth,
};
use crate::state::{DeviceKind, DeviceSignals, DeviceStatus, Occupancy, Phase, RoomState};

/// The lobby. Join never waits for a device; a click before the page runs is kept by the boot script.
#[component]
pub(crate) fn LobbyFace(state: RoomState) -> impl IntoView {
    let is_joining = move || state.phase.get() == Phase::Joining;
    let room = state.room.with_value(ToString::to_string);
    view! {
        <header class="top">
            <Brand />
        </header>
        <main class="lobby">
            <section class="mirror" aria-label="You">
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
                on:submit=move |event| {
                    event.prevent_default();
                    if state.phase.get_untracked() == Phase::Lobby {
                        browser::join();
                    }
                }
            >
                <p class="room-name">{room}</p>
                <h1>"Ready to join?"</h1>
                <p class="occupancy" role="status">
                    <Icon shape=Shape::People />
                    <span>
                        {text(move || state.occupancy.get().map_or_else(|| "Checking who is here…".into(), occupancy_sentence))}
                    </span>
                </p>
                <NameField state=state />
                <button class="button primary" aria-busy=truth(is_joining)>
                    {text(move || if is_joining() { "Joining…" } else { "Join" }.into())}
                </button>
                <p class="quiet">"The others see and hear you only after you join."</p>
                <Notices state=state />
            </form>
            <DeviceMenu state=state />
        </main>
    }
}

/// What is wrong with a device, and what to do.
#[component]
fn Problem(kind: DeviceKind, device: DeviceSignals) -> impl IntoView {
    let sentence = move || match device.status.get() {
        DeviceStatus::Problem(problem) => Some(problem.sentence(kind)),
        _ => None,
    };
    view! {
        <p class="notice problem" role="alert">
            {saying(sentence)}
        </p>
    }
}

/// How many people are in the room.
fn occupancy_sentence(Occupancy { count, capacity }: Occupancy) -> String {
    match count {
        0 => "Nobody is here yet".into(),
        1 if capacity == 1 => "The room is full: 1 person is here".into(),
        _ if count >= capacity => ["The room is full: ", &capacity.to_string(), " people are here"].concat(),
        1 => "1 person is here".into(),
        _ => [&count.to_string(), " of ", &capacity.to_string(), " people are here"].concat(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn occupancy_is_said_as_people_would_say_it() {
        let said = |count, capacity| occupancy_sentence(Occupancy { count, capacity });
        assert_eq!(said(0, 8), "Nobody is here yet");
        assert_eq!(said(1, 8), "1 person is here");
        assert_eq!(said(3, 8), "3 of 8 people are here");
        assert_eq!(said(1, 1), "The room is full: 1 person is here");
        assert_eq!(said(8, 8), "The room is full: 8 people are here");
    }
}
