//! The panel "More": how one looks at the call, and what is needed seldom.

use call::layout::View;
use leptos::prelude::*;

use super::button::Item;
use super::choice::{Choice, Choosable, Switch};
use super::gestures::ReactionButtons;
use super::{Shape, press, truth, when};
use crate::browser::{Actions, open_panel};
use crate::state::RoomState;
use crate::texts::texts;

/// The panel.
#[component]
pub(crate) fn More(state: RoomState) -> impl IntoView {
    let actions = Actions::from_context();
    let (words, look, share) = (texts().look, state.look, state.share);
    let views = [
        (View::Grid, words.grid, Shape::Grid),
        (View::Speaker, words.speaker, Shape::Stage),
    ];
    let views = views.map(|view| Choosable::new(view, look.view, move |view| look.view.set(view)));
    let is_alone = move || state.peers.with(Vec::is_empty);
    view! {
        <div id="more" class="popover menu" popover="auto" role="dialog" aria-label=texts().bar.more>
            <div class="narrow">
                <ReactionButtons />
            </div>
            <Choice label=words.view options=Vec::from(views) />
            <Switch label=words.hide_own hint=words.hide_own_hint on=look.hide_own />
            <hr />
            <Item
                label=texts().share.share
                shape=Shape::Screen
                class="item narrow"
                pressed=truth(move || share.on.get())
                hidden=when(move || !share.possible.get())
                on_press=press(move || actions.toggle_share())
            />
            <Item label=texts().devices.heading shape=Shape::Settings on_press=press(|| open_panel("settings")) />
            <Item
                label=texts().connections.heading
                shape=Shape::Ways
                hidden=when(is_alone)
                on_press=press(|| open_panel("connections"))
            />
            <Item
                label=words.pip
                shape=Shape::Pip
                hidden=when(move || !look.pip_possible.get() || is_alone())
                on_press=press(move || actions.toggle_pip())
            />
            <Item label=texts().shortcuts.heading shape=Shape::Keyboard on_press=press(|| open_panel("shortcuts")) />
            <Item
                label=words.full_screen
                shape=Shape::Full
                hidden=when(move || !look.full_possible.get())
                on_press=press(move || actions.full_screen())
            />
        </div>
    }
}
