//! The whole document around a page.

use leptos::prelude::*;

use crate::app::{App, HomeProblem};
use crate::boot::{Boot, BootProblem, EarlyJoin, LiveReload};
use crate::page::Page;

/// Where the page's files are: URLs, as they stand in the HTML.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Assets {
    /// The style sheet.
    pub css: String,
    /// The script that `wasm-bindgen` made.
    pub js: String,
    /// The program.
    pub wasm: String,
    /// The icon (SVG).
    pub icon: String,
}

/// The HTML document of a page. Only a room page loads a script.
#[component]
pub fn Shell(
    /// Which page.
    page: Page,
    /// For the home page, when its form was filled in wrongly.
    #[prop(optional_no_strip)]
    problem: Option<HomeProblem>,
    /// For a room's page: it skips the lobby ([`crate::is_autojoin`]).
    #[prop(optional)]
    autojoin: bool,
    /// The same page joins before its program is there.
    #[prop(optional_no_strip)]
    early_join: Option<EarlyJoin>,
    /// Where its files are.
    assets: Assets,
    /// What the content security policy of this response asks of scripts.
    nonce: String,
    /// In development: the port of `cargo leptos`' reload socket.
    reload_port: Option<u16>,
) -> impl IntoView {
    let is_room = matches!(page, Page::Room(_));
    let title = match &page {
        Page::Home => "Parlour: video calls by a link".into(),
        Page::Room(room) => [room.as_str(), " · Parlour"].concat(),
        Page::NotFound => "Not found · Parlour".into(),
    };
    let reload = reload_port.map(|port| view! { <LiveReload port=port nonce=nonce.clone() /> });
    let boot = is_room.then(|| view! { <Boot assets=assets.clone() nonce=nonce early_join=early_join /> });
    view! {
        <!DOCTYPE html>
        <html lang="en">
            <head>
                <meta charset="utf-8" />
                <title>{title}</title>
                <meta name="viewport" content="width=device-width, initial-scale=1, viewport-fit=cover" />
                <meta name="description" content="Open a link, and see and hear everyone in the room." />
                <meta name="color-scheme" content="light dark" />
                <meta name="theme-color" content="#f8f4ed" media="(prefers-color-scheme: light)" />
                <meta name="theme-color" content="#18161c" media="(prefers-color-scheme: dark)" />
                {(page != Page::Home).then(|| view! { <meta name="robots" content="noindex" /> })}
                {boot}
                <link rel="stylesheet" href=assets.css />
                <link rel="icon" href=assets.icon type="image/svg+xml" />
                {reload}
            </head>
            <body>
                <App page=page problem=problem autojoin=autojoin />
                {is_room.then(|| view! { <BootProblem /> })}
            </body>
        </html>
    }
}
