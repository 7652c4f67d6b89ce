//! What a browser loads. Two builds, told apart by their features: one that hydrates the room page which the server
//! rendered, and one that renders every page itself, for the client-only development loop.

// As in `app`.
#![recursion_limit = "512"]

use app::Page;
use app::browser::location;
use leptos::prelude::*;
#[cfg(feature = "hydrate")]
use wasm_bindgen::JsError;
use wasm_bindgen::prelude::wasm_bindgen;

/// Fetches what [`hydrate`] and [`render`] draw from, where that is not here already: a page that joins at once draws the call. Fails where it
/// cannot be fetched.
#[cfg(feature = "hydrate")]
#[wasm_bindgen]
pub async fn prepare() -> Result<(), JsError> {
    if location::drawn_options().autojoin {
        app::fetch_call().await?;
    }
    Ok(())
}

/// Brings the server's room page to life. The boot script calls it; on any other page it does nothing. Traps where something
/// has changed what the server drew: another instance of the program is to [`render`] it then.
#[cfg(feature = "hydrate")]
#[wasm_bindgen]
pub fn hydrate() {
    if cfg!(debug_assertions) {
        location::report_panics();
    }
    if let Page::Room(room) = Page::from_path(&location::path()) {
        let Some(root) = location::root() else { return };
        let options = location::drawn_options();
        leptos::mount::hydrate_from(root, move || view! { <app::RoomPage room=room options=options /> }).forget();
        location::mark_mounted();
    }
}

/// Draws the room page anew, in place of what the server drew.
#[cfg(feature = "hydrate")]
#[wasm_bindgen]
pub fn render() {
    if let Page::Room(room) = Page::from_path(&location::path()) {
        let Some(root) = location::root() else { return };
        let options = location::drawn_options();
        root.set_text_content(None);
        leptos::mount::mount_to(root, move || view! { <app::RoomPage room=room options=options /> }).forget();
        location::mark_mounted();
    }
}

/// Renders the page of this path. What the server's redirects do in other builds, this does by itself: `/new` leads to
/// a new room, the home page's form to the one that was typed.
#[cfg(feature = "csr")]
#[wasm_bindgen(start)]
pub fn start() {
    location::report_panics();
    let path = location::path();
    let room = match path.as_str() {
        "/new" => location::random_room(),
        "/" => location::room_asked_for(),
        _ => None,
    };
    match room {
        Some(room) => location::go(&["/", room.as_str()].concat()),
        None => {
            let Some(root) = location::root() else { return };
            let options = location::link_options();
            leptos::mount::mount_to(
                root,
                move || view! { <app::App page=Page::from_path(&path) options=options /> },
            )
            .forget();
            location::mark_mounted();
        }
    }
}
