//! For paths that are neither a page nor a room.

use leptos::prelude::*;

/// "There is no such page".
#[component]
pub(crate) fn NotFoundPage() -> impl IntoView {
    view! {
        <main class="home">
            <h1>"There is no such page"</h1>
            <a class="button primary" href="/">"Go to the start"</a>
        </main>
    }
}
