//! Buttons. Each kind is one type of view, wherever it stands: the framework makes a copy of its code for every other type.

use leptos::prelude::*;

use super::lively::{Presence, Press, Word};
use super::{Icon, Shape};

/// A round button with an icon alone.
#[component]
pub(crate) fn Round(
    /// What it does, or what is on while it is pressed.
    label: &'static str,
    shape: Shape,
    /// Its classes, `round` among them.
    #[prop(default = "round")]
    class: &'static str,
    /// Whether it is pressed, for a toggle.
    #[prop(optional)]
    pressed: Option<Word>,
    #[prop(optional)] hidden: Option<Presence>,
    /// The panel that it opens, instead of doing anything else.
    #[prop(optional)]
    opens: Option<&'static str>,
    #[prop(optional)] on_press: Option<Press>,
) -> impl IntoView {
    view! {
        <button
            type="button"
            class=class
            aria-label=label
            title=label
            aria-pressed=pressed
            hidden=hidden
            popovertarget=opens
            on:click=act(on_press)
        >
            <Icon shape=shape />
        </button>
    }
}

/// A button with words, and an icon before them.
#[component]
pub(crate) fn Item(
    label: &'static str,
    shape: Shape,
    /// Its classes.
    #[prop(default = "item")]
    class: &'static str,
    #[prop(optional)] pressed: Option<Word>,
    #[prop(optional)] hidden: Option<Presence>,
    on_press: Press,
) -> impl IntoView {
    view! {
        <button type="button" class=class aria-pressed=pressed hidden=hidden on:click=on_press>
            <Icon shape=shape />
            {label}
        </button>
    }
}

/// A button with words alone.
#[component]
pub(crate) fn Plain(
    label: &'static str,
    /// Its classes, `button` among them.
    #[prop(default = "button")]
    class: &'static str,
    #[prop(optional)] hidden: Option<Presence>,
    on_press: Press,
) -> impl IntoView {
    view! {
        <button type="button" class=class hidden=hidden on:click=on_press>
            {label}
        </button>
    }
}

fn act(on_press: Option<Press>) -> Press {
    on_press.unwrap_or_else(|| Box::new(|_| {}))
}
