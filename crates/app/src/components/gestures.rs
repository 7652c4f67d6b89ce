//! Hands and reactions: what people show without a word.

use call::Person;
use leptos::prelude::*;
use protocol::peer_message::Emoji;

use super::button::Round;
use super::{Icon, Shape, press, saying, truth, when};
use crate::browser::Actions;
use crate::state::RoomState;
use crate::texts::texts;

/// Raises the own hand, or lowers it.
#[component]
pub(crate) fn HandToggle(state: RoomState) -> impl IntoView {
    let actions = Actions::from_context();
    let raise = texts().gestures.raise_hand;
    let is_up = move || state.chat.hand_of(Person::Me).is_some();
    view! {
        <Round
            label=raise
            shape=Shape::Hand
            class="round lit social"
            pressed=truth(is_up)
            on_press=press(move || {
                actions.raise_hand(state.chat.hands.with_untracked(|hands| !hands.contains(&Person::Me)));
            })
        />
    }
}

/// The six reactions, side by side.
#[component]
pub(crate) fn ReactionButtons() -> impl IntoView {
    let actions = Actions::from_context();
    let words = texts().gestures;
    let button = move |emoji: Emoji| {
        view! {
            <button
                type="button"
                class="reaction"
                aria-label=(words.emoji)(emoji)
                title=(words.emoji)(emoji)
                on:click=press(move || actions.react(emoji))
            >
                {emoji.as_str()}
            </button>
        }
    };
    view! {
        <div class="reactions" role="group" aria-label=words.reactions>
            {Emoji::ALL.map(button).into_iter().collect_view()}
        </div>
    }
}

/// What somebody shows, on their tile: a raised hand with its place in the order, and reactions.
#[component]
pub(crate) fn Shown(state: RoomState, person: Person) -> impl IntoView {
    let words = texts().gestures;
    let place = move || state.chat.hand_of(person);
    let reactions = move || {
        let mut shown = state.chat.reactions.get();
        shown.retain(|reaction| reaction.person == person);
        shown
    };
    view! {
        <div class="signs">
        <p class="hand" hidden=when(move || place().is_none())>
            <Icon shape=Shape::Hand />
            <span class="unseen">{words.hand_raised}</span>
            {saying(move || place().map(|place| place.to_string()))}
        </p>
        <p class="shown" aria-hidden="true">
            <For each=reactions key=|reaction| reaction.number let:reaction>
                <span>{reaction.emoji.as_str()}</span>
            </For>
        </p>
        </div>
    }
}
