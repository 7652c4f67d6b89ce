//! For paths that are neither a page nor a room.

use leptos::prelude::*;

use crate::components::Brand;
use crate::texts::texts;

/// "There is no such page".
#[component]
pub(crate) fn NotFoundPage() -> impl IntoView {
    let words = texts().not_found;
    view! {
        <header class="top">
            <Brand />
        </header>
        <main class="plain">
            <h1>{words.heading}</h1>
            <p class="lead">{words.lead}</p>
            <p class="actions">
                <a class="button primary" href="/">
                    {texts().site.go_home}
                </a>
            </p>
        </main>
    }
}
