//! What one can do about somebody else: see them large, and hear them louder, quieter or not at all.

use leptos::prelude::*;

use super::choice::Switch;
use super::volume::Volume;
use super::{effect, saying, text, when};
use crate::browser::Actions;
use crate::stage::TileKey;
use crate::state::{PeerTile, RoomState};
use crate::texts::texts;

/// The panel. There is one; it is about the person whose button was clicked last.
#[component]
pub(crate) fn PersonMenu(state: RoomState) -> impl IntoView {
    let actions = Actions::from_context();
    let about = move || {
        let number = state.look.about.get()?;
        state.peers.get().into_iter().find(|peer| peer.number == number)
    };
    view! {
        <div id="person" class="popover menu" popover="auto" role="dialog" tabindex="-1" aria-label=texts().person.options on:toggle=move |event| actions.watch_person(&event)>
            {move || about().map(|peer| view! { <About state=state peer=peer /> })}
        </div>
    }
}

#[component]
fn About(state: RoomState, peer: PeerTile) -> impl IntoView {
    let words = texts().person;
    let key = TileKey::Person(peer.number);
    let evened = move || {
        let part = if state.look.even.get() {
            peer.volume.evened.get()
        } else {
            1.0
        };
        // A cast of a float saturates.
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
        let percent = (part * 100.0).round() as u32;
        percent
    };
    let pinned = RwSignal::new(false);
    effect(move || pinned.set(state.look.pinned.get() == Some(key)));
    view! {
        <h2>{text(move || peer.name.get())}</h2>
        <Volume label=words.volume mute=words.mute volume=peer.volume />
        <p class="quiet" hidden=when(move || evened() == 100)>
            {text(move || (words.evened)(evened()))}
        </p>
        <Switch
            label=texts().look.pin
            hint=words.pin_hint
            on=pinned
            set=Box::new(move |on| state.look.pinned.set(on.then_some(key)))
        />
        <p>{saying(move || peer.figures.get().map(|figures| (words.grade)(figures.grade())))}</p>
        <p class="quiet figures">{saying(move || peer.figures.get().map(words.figures))}</p>
    }
}
