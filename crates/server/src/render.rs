//! A page as HTML, in one of two ways.
//!
//! The page that a browser brings to life is rendered by `leptos_axum`, which adds what hydration may ask for. Home and
//! not-found are only read: they are their view as text, with no script at all.

use app::{HomeProblem, LinkOptions, Page, Shell};
use axum::extract::Request;
use axum::response::Response;
use leptos::prelude::*;

use crate::arrival;
use crate::headers::Nonce;
use crate::router::Shared;

/// Renders a document that is only read, for the response that the nonce belongs to.
pub(crate) fn still(shared: &Shared, page: Page, problem: Option<HomeProblem>, Nonce(nonce): Nonce) -> String {
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

/// Renders a document that the browser hydrates, for the response that the nonce belongs to.
pub(crate) async fn hydrated(shared: &Shared, page: Page, Nonce(nonce): Nonce, request: Request) -> Response {
    let assets = shared.site.assets();
    let reload_port = shared.reload_port;
    let mut options = LinkOptions::from_query(request.uri().query().unwrap_or_default());
    options.autojoin &= arrival::may_skip_lobby(request.headers());
    let context_nonce = nonce.clone();
    let handler = leptos_axum::render_app_async_with_context(
        // Leptos would put a nonce of its own there; scripts that it writes must carry the one of this response's header.
        move || provide_context(leptos::nonce::Nonce::from_value(context_nonce.as_str())),
        move || {
            let (page, options) = (page.clone(), options.clone());
            let (assets, nonce) = (assets.clone(), nonce.clone());
            view! {
                <Shell
                    page=page
                    problem=None
                    options=options
                    assets=assets
                    nonce=nonce
                    reload_port=reload_port
                />
            }
        },
    );
    handler(request).await
}
