//! For paths that are neither a page nor a room.

use leptos::prelude::*;

use crate::components::Brand;

/// "There is no such page".
#[component]
pub(crate) fn NotFoundPage() -> impl IntoView {
    view! {
        <header class="top">
            <Brand />
        </header>
        <main class="plain">
            <h1>"There is no such page"</h1>
            <p class="lead">"The name of a room is made of letters a to z, digits, - and _. Look at the link once more."</p>
            <p class="actions">
                <a class="button primary" href="/">
                    "Go to the start"
                </a>
            </p>
        </main>
    }
}
