//! The whole document around a page.

use leptos::prelude::*;

use crate::app::{App, HomeProblem};
use crate::boot::{Boot, BootProblem, LiveReload};
use crate::page::Page;
use crate::query::LinkOptions;
use crate::texts::texts;

/// Where the page's files are: URLs, as they stand in the HTML.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Assets {
    /// The style sheet.
    pub css: String,
    /// The script that `wasm-bindgen` made.
    pub js: String,
    /// The program.
    pub wasm: String,
    /// The part of it that only a call needs, where it is a file of its own.
    pub call: Option<String>,
    /// The icon (SVG).
    pub icon: String,
}

/// The id of the element that the program brings to life. It has one of its own in `<body>`, where extensions, translators and
/// portals put things as well.
pub(crate) const ROOT: &str = "app";

/// Its attribute while the program runs.
pub(crate) const MOUNTED: &str = "data-mounted";

/// The HTML document of a page. Only a room page loads a script.
#[component]
pub fn Shell(
    /// Which page.
    page: Page,
    /// For the home page, when its form was filled in wrongly.
    #[prop(optional_no_strip)]
    problem: Option<HomeProblem>,
    /// For a room's page: how it starts. The server may have more to say than the link: the page skips the lobby only
    /// where this does.
    #[prop(optional)]
    options: LinkOptions,
    /// Where its files are.
    assets: Assets,
    /// What the content security policy of this response asks of scripts.
    nonce: String,
    /// In development: the port of `cargo leptos`' reload socket.
    reload_port: Option<u16>,
) -> impl IntoView {
    let autojoin = options.autojoin.then_some("");
    let is_room = matches!(page, Page::Room(_));
    let site = texts().site;
    let title = match &page {
        Page::Home => site.home_title.into(),
        Page::Room(room) => (site.room_title)(room.as_str()),
        Page::NotFound => site.not_found_title.into(),
    };
    let reload = reload_port.map(|port| view! { <LiveReload port=port nonce=nonce.clone() /> });
    let boot = is_room.then(|| view! { <Boot assets=assets.clone() autojoin=autojoin.is_some() nonce=nonce /> });
    view! {
        <!DOCTYPE html>
        <html lang=texts().language>
            <head>
                <meta charset="utf-8" />
                <title>{title}</title>
                <meta name="viewport" content="width=device-width, initial-scale=1, viewport-fit=cover" />
                <meta name="description" content=site.description />
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
                <div id=ROOT data-autojoin=autojoin>
                    <App page=page problem=problem options=options />
                </div>
                {is_room.then(|| view! { <BootProblem /> })}
            </body>
        </html>
    }
}
