//! The call in a small window: people without their sound, which the page goes on playing, and the buttons that one needs.

use std::rc::Rc;

use call::{Person, Source};
use leptos::html;
use leptos::mount::mount_to;
use leptos::prelude::*;

use super::avatar::Avatar;
use super::button::Round;
use super::gestures::Shown;
use super::stage::{sharing, size_of};
use super::tile::{name_of_place, place, show, watch};
use super::{DeviceToggles, Shape, effect, press, text, truth, when, word};
use crate::browser::{Actions, Stream};
use crate::stage::{Places, TileKey};
use crate::state::{PeerTile, RoomState};
use crate::texts::texts;

/// Says what such a window shows. It draws nothing on the page.
pub(crate) fn offer_pip(state: RoomState) {
    let actions = Actions::from_context();
    effect(move || {
        actions.set_pip(Rc::new(move |body| {
            Box::new(mount_to(body, move || {
                provide_context(actions);
                view! { <SmallFace state=state /> }
            }))
        }));
    });
}

#[component]
fn SmallFace(state: RoomState) -> impl IntoView {
    let actions = Actions::from_context();
    let stage = NodeRef::<html::Div>::new();
    let places = Places::small(state, size_of(stage));
    view! {
        <main class="call small">
            <div class="stage" node_ref=stage>
                <For each=move || sharing(state) key=|peer| peer.number let:peer>
                    <Small
                        state=state
                        places=places
                        key=TileKey::Screen(peer.number)
                        peer=peer
                        picture=peer.screen
                        source=Source::Screen
                    />
                </For>
                <For each=move || state.peers.get() key=|peer| peer.number let:peer>
                    <Small
                        state=state
                        places=places
                        key=TileKey::Person(peer.number)
                        peer=peer
                        picture=peer.picture
                        source=Source::Camera
                    />
                </For>
            </div>
            <div class="bar">
                <DeviceToggles state=state />
                <Round
                    label=texts().bar.leave
                    shape=Shape::Leave
                    class="round leave"
                    on_press=press(move || actions.leave())
                />
            </div>
        </main>
    }
}

#[component]
fn Small(
    state: RoomState,
    places: Places,
    key: TileKey,
    peer: PeerTile,
    picture: RwSignal<Option<Stream>>,
    source: Source,
) -> impl IntoView {
    let actions = Actions::from_context();
    let tile = NodeRef::<html::Div>::new();
    let video = NodeRef::<html::Video>::new();
    place(tile, places, key);
    show(video, picture, state);
    watch(video, move |size| actions.shown_small(peer.id, source, size));
    let is_person = source == Source::Camera;
    view! {
        <div
            class=if is_person { "tile" } else { "tile screen" }
            role="group"
            aria-label=text(move || peer.name.get())
            node_ref=tile
            data-place=word(move || name_of_place(places, key))
            data-picture=truth(move || !is_person || peer.has_picture())
            data-speaking=truth(move || is_person && peer.speaking.get())
        >
            <Avatar name=peer.name />
            <video node_ref=video playsinline></video>
            {is_person.then(|| view! { <Shown state=state person=Person::Peer(peer.id) /> })}
            <p class="plate" hidden=when(move || !is_person)>
                <span class="who">{text(move || peer.name.get())}</span>
            </p>
        </div>
    }
}
