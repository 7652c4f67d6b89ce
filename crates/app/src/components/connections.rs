//! The panel "Connections": how everybody is connected to everybody.

use leptos::prelude::*;
use protocol::PeerId;

use crate::browser::Actions;
use crate::connections::{Cell, Line, table};
use crate::state::RoomState;
use crate::texts::texts;

/// The panel. It is measured while it is open, and never otherwise.
#[component]
pub(crate) fn Connections(state: RoomState) -> impl IntoView {
    let actions = Actions::from_context();
    let words = texts().connections;
    let people = move || {
        let others = state.peers.get().into_iter().map(|peer| (peer.id, peer.name.get()));
        let me = state.me.get().map(|me| (me, texts().people.you.to_owned()));
        me.into_iter().chain(others).collect::<Vec<(PeerId, String)>>()
    };
    let lines = move || {
        if state.stats_shown.get() {
            table(&people(), &state.stats.get())
        } else {
            Vec::new()
        }
    };
    view! {
        <div
            id="connections"
            class="popover"
            popover="auto"
            role="dialog"
            aria-label=words.heading
            tabindex="-1"
            on:toggle=move |event| actions.watch_stats(&event)
        >
            <h2>{words.heading}</h2>
            <table class="connections" aria-label=words.table>
                <thead>
                    <tr>
                        <td></td>
                        {move || lines().into_iter().map(|line| view! { <th scope="col">{line.name}</th> }).collect_view()}
                    </tr>
                </thead>
                <tbody>{move || lines().into_iter().map(line_view).collect_view()}</tbody>
            </table>
            <p class="quiet">{words.hint}</p>
        </div>
    }
}

fn line_view(line: Line) -> impl IntoView {
    view! {
        <tr>
            <th scope="row">{line.name}</th>
            {line.cells.into_iter().map(cell_view).collect_view()}
        </tr>
    }
}

fn cell_view(cell: Cell) -> impl IntoView {
    view! {
        <td data-way=cell.way data-about=cell.about>
            {cell.text}
        </td>
    }
}
