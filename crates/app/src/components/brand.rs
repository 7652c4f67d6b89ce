//! The name of the site, with its mark.

use leptos::prelude::*;

use crate::texts::texts;

/// A link to the start: an arched doorway with the light on, and the word.
#[component]
pub(crate) fn Brand() -> impl IntoView {
    view! {
        <a class="brand" href="/">
            <svg viewBox="0 0 24 24" aria-hidden="true">
                <path d="M4.5 20.5V11a7.5 7.5 0 0 1 15 0v9.5zM2.5 20.5h19" />
                <circle cx="12" cy="12.5" r="2.75" />
            </svg>
            {texts().site.name}
        </a>
    }
}
