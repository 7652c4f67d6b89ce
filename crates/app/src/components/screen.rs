//! A shared screen on the stage, somebody else's or the own one.

mod frame;
mod overlay;
mod tool;

use call::{Person, Source};
use leptos::html;
use leptos::prelude::*;

use super::button::{Plain, Round};
use super::tile::{Pin, name_of_place, place, play_sound, show, watch};
use super::volume::Volume;
use super::{Icon, Shape, effect, press, text, truth, when, word};
use crate::browser::{Actions, toggle_full_screen};
use crate::stage::{Places, TileKey};
use crate::state::{PeerTile, RoomState};
use crate::texts::texts;
use crate::zoom::Zoom;
use frame::Frame;
use tool::{Target, Tools};

/// What somebody else shares. It can be looked at closely, fill the screen, be louder or quieter, and be put aside: what nobody looks
/// at is not sent.
#[component]
pub(crate) fn ScreenTile(state: RoomState, peer: PeerTile, places: Places) -> impl IntoView {
    let actions = Actions::from_context();
    let words = texts().share;
    let tile = NodeRef::<html::Div>::new();
    let video = NodeRef::<html::Video>::new();
    let audio = NodeRef::<html::Audio>::new();
    let zoom = RwSignal::new(Zoom::WHOLE);
    let key = TileKey::Screen(peer.number);
    let share = Person::Peer(peer.id);
    let target = Target { state, key, share };
    place(tile, places, key);
    show(video, peer.screen, state);
    play_sound(audio, peer.screen_sound, state, move || {
        if peer.screen_aside.get() {
            return 0.0;
        }
        peer.screen_volume.played(false)
    });
    let size = RwSignal::new(None);
    watch(video, move |shown| size.set(shown));
    // Who looks closely wants more of it than the frame has.
    effect(move || {
        let whole = size.get().map(|size| zoom.get().enlarges(size));
        actions.shown(peer.id, Source::Screen, whole);
    });
    let is_aside = move || peer.screen_aside.get();
    let set_aside = move |aside| {
        zoom.set(Zoom::WHOLE);
        peer.screen_aside.set(aside);
    };
    let label = move || (words.of)(&peer.name.get());
    view! {
        <div class="tile screen" role="group" aria-label=text(label) node_ref=tile data-place=word(move || name_of_place(places, key)) data-aside=truth(is_aside)>
            <Frame video=video zoom=zoom aspect=peer.screen_aspect hidden=when(is_aside) target=target />
            <audio node_ref=audio></audio>
            <p class="plate">
                <Icon shape=Shape::Screen />
                <span class="who">{text(label)}</span>
            </p>
            <Plain
                label=words.show
                class="button show"
                hidden=when(move || !is_aside())
                on_press=press(move || set_aside(false))
            />
            <div class="tools" hidden=when(is_aside)>
                <Pin state=state key=key />
                <Tools target=target shown=Signal::derive(move || !is_aside()) />
                <Round
                    label=words.zoom_out
                    shape=Shape::Screen
                    hidden=when(move || !zoom.get().is_close())
                    on_press=press(move || zoom.set(Zoom::WHOLE))
                />
                <Volume
                    label=words.volume
                    mute=words.mute
                    volume=peer.screen_volume
                    hidden=when(move || !peer.media.get().screen_audio.is_on())
                />
                <Round
                    label=words.full_screen
                    shape=Shape::Full
                    hidden=when(move || !state.look.full_possible.get())
                    on_press=press(move || {
                        if let Some(tile) = tile.get_untracked() {
                            toggle_full_screen(&tile);
                        }
                    })
                />
                <Round label=words.put_aside shape=Shape::Aside on_press=press(move || set_aside(true)) />
            </div>
        </div>
    }
}

/// The own screen, as the others see it.
#[component]
pub(crate) fn OwnScreenTile(state: RoomState, places: Places) -> impl IntoView {
    let words = texts().share;
    let tile = NodeRef::<html::Div>::new();
    let video = NodeRef::<html::Video>::new();
    let zoom = RwSignal::new(Zoom::WHOLE);
    let (key, share) = (TileKey::OwnScreen, state.share);
    place(tile, places, key);
    let target = Target {
        state,
        key,
        share: Person::Me,
    };
    effect(move || {
        if let Some(video) = video.get() {
            let preview = share.preview.get().filter(|_| !share.shows_page.get());
            crate::browser::play(&video, preview.as_ref(), state.sound_blocked);
        }
    });
    view! {
        <div
            class="tile screen"
            role="group"
            aria-label=words.own
            node_ref=tile
            data-place=word(move || name_of_place(places, key))
        >
            <Frame video=video zoom=zoom aspect=share.aspect hidden=when(move || share.shows_page.get()) target=target />
            <p class="blind" hidden=when(move || !share.shows_page.get())>
                {words.no_preview}
            </p>
            <p class="plate">
                <Icon shape=Shape::Screen />
                <span class="who">{words.own}</span>
            </p>
            <div class="tools">
                <Tools target=target shown=Signal::derive(move || !share.shows_page.get()) />
            </div>
        </div>
    }
}
