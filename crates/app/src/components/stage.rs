//! The stage: everybody, and what they share, with no space wasted.

use call::layout::Size;
use leptos::html;
use leptos::prelude::*;

use super::screen::{OwnScreenTile, ScreenTile};
use super::tile::Tile;
use super::{Icon, OwnTile, Shape, effect, press, text, when};
use crate::browser::watch_box;
use crate::stage::Places;
use crate::state::{PeerTile, RoomState};
use crate::texts::texts;

/// A tile for each person and each screen, oneself last. Where they stand follows from the stage's size ([`call::layout`]).
#[component]
pub(crate) fn Stage(state: RoomState) -> impl IntoView {
    let stage = NodeRef::<html::Div>::new();
    let places = Places::new(state, size_of(stage));
    view! {
        <div class="stage" node_ref=stage>
            <For each=move || sharing(state) key=|peer| peer.number let:peer>
                <ScreenTile state=state peer=peer places=places />
            </For>
            <For each=move || state.peers.get() key=|peer| peer.number let:peer>
                <Tile state=state peer=peer places=places />
            </For>
            <Show when=move || state.share.on.get()>
                <OwnScreenTile state=state places=places />
            </Show>
            <OwnTile state=state places=places />
        </div>
        <Pages state=state places=places />
    }
}

/// How large a stage is, in CSS pixels. `None` until it has been measured, and while it is not drawn.
pub(super) fn size_of(stage: NodeRef<html::Div>) -> RwSignal<Option<Size>> {
    let size = RwSignal::new(None);
    effect(move || {
        let tell = move |width, height| {
            let measured = (width > 0.0 && height > 0.0).then_some(Size { width, height });
            if size.get_untracked() != measured {
                size.set(measured);
            }
        };
        let watched = stage.get().and_then(|stage| watch_box(&stage, tell));
        on_cleanup(move || drop(watched));
    });
    size
}

/// Those of the others who share a screen.
pub(super) fn sharing(state: RoomState) -> Vec<PeerTile> {
    state.peers.get().into_iter().filter(PeerTile::shares).collect()
}

/// To the other pages, when there are more people than the stage holds.
#[component]
fn Pages(state: RoomState, places: Places) -> impl IntoView {
    let words = texts().look;
    let page = state.look.page;
    let count = move || places.pages().1;
    view! {
        <nav class="pages" aria-label=words.pages hidden=when(move || count() < 2)>
            <button
                type="button"
                class="round"
                aria-label=words.previous
                title=words.previous
                disabled=when(move || places.pages().0 == 0)
                on:click=press(move || page.set(places.pages().0.saturating_sub(1)))
            >
                <Icon shape=Shape::Previous />
            </button>
            <span>{text(move || (words.page_of)(places.pages().0 + 1, count()))}</span>
            <button
                type="button"
                class="round"
                aria-label=words.next
                title=words.next
                disabled=when(move || places.pages().0 + 1 >= count())
                on:click=press(move || page.set(places.pages().0 + 1))
            >
                <Icon shape=Shape::Next />
            </button>
        </nav>
    }
}
