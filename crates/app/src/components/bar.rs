//! The floating bar of a call, and the panels that its buttons open.

use leptos::prelude::*;

use super::button::Round;
use super::chat::ChatToggle;
use super::gestures::{HandToggle, ReactionButtons};
use super::more::More;
use super::person_menu::PersonMenu;
use super::settings::Settings;
use super::shortcuts::Shortcuts;
use super::{Connections, DeviceToggles, Icon, Shape, press, saying, truth, when};
use crate::browser::Actions;
use crate::state::RoomState;
use crate::texts::texts;

/// The bar.
#[component]
pub(crate) fn Bar(state: RoomState) -> impl IntoView {
    let actions = Actions::from_context();
    let (bar, gestures) = (texts().bar, texts().gestures);
    view! {
        <p class="toast" role="status">
            {saying(move || state.link_copied.get().then_some(texts().bar.link_copied))}
        </p>
        <div class="bar">
            <DeviceToggles state=state />
            <ShareToggle state=state />
            <ChatToggle state=state />
            <HandToggle state=state />
            <Round label=gestures.reactions shape=Shape::Smile class="round roomy social" opens="reactions" />
            <button
                type="button"
                class="round copy"
                aria-label=bar.copy_link
                title=bar.copy_link
                data-copied=truth(move || state.link_copied.get())
                on:click=press(move || actions.copy_link())
            >
                <Icon shape=Shape::Link />
                <Icon shape=Shape::Check />
                <span>{bar.copy_link}</span>
            </button>
            <Round label=bar.more shape=Shape::More opens="more" />
            <Round label=bar.leave shape=Shape::Leave class="round leave" on_press=press(move || actions.leave()) />
        </div>
        <div id="reactions" class="popover" popover="auto">
            <ReactionButtons />
        </div>
        <More state=state />
        <Shortcuts state=state />
        <PersonMenu state=state />
        <Connections state=state />
        <Settings state=state />
    }
}

/// Shares the screen, or ends that. Not there where the browser cannot.
#[component]
fn ShareToggle(state: RoomState) -> impl IntoView {
    let actions = Actions::from_context();
    view! {
        <Round
            label=texts().share.share
            shape=Shape::Screen
            class="round lit roomy"
            pressed=truth(move || state.share.on.get())
            hidden=when(move || !state.share.possible.get())
            on_press=press(move || actions.toggle_share())
        />
    }
}
