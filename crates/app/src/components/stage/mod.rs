//! The stage: everybody, with no space wasted.

mod grid;

use leptos::prelude::*;

use super::tile::Tile;
use super::{OwnTile, word};
use crate::state::RoomState;

/// A tile for each person, oneself last. The style sheet lays them out by their number and by the stage's shape.
#[component]
pub(crate) fn Stage(state: RoomState) -> impl IntoView {
    view! {
        <div class="grid" data-count=word(move || grid::count_name(state.peers.with(Vec::len) + 1))>
            <For each=move || state.peers.get() key=|peer| peer.number let:peer>
                <Tile state=state peer=peer />
            </For>
            <OwnTile state=state />
        </div>
    }
}
