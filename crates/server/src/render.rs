//! A page as HTML.
//!
//! `leptos_axum` would do it for any app; it brings its router along, and adds scripts for data that the server loads
//! for a page. No page here loads any, so a page is its view as text and home needs no script at all.

use app::{HomeProblem, Page, Shell};
use leptos::prelude::*;

use crate::headers::Nonce;
use crate::router::Shared;

/// Renders the whole document, for the response that the nonce belongs to.
pub(crate) fn html(shared: &Shared, page: Page, problem: Option<HomeProblem>, Nonce(nonce): Nonce) -> String {
    let assets = shared.site.assets();
    let reload_port = shared.reload_port;
    let owner = Owner::new_root(None);
    let html = owner.with(|| {
        view! { <Shell page=page problem=problem assets=assets nonce=nonce reload_port=reload_port /> }.to_html()
    });
    // Frees the page's signals now, and leaves no owner behind on this thread.
    owner.unset_with_forced_cleanup();
    html
}
