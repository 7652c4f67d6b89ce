//! The page's address, and what the person did before the page ran.

use leptos::prelude::{document, window};
use protocol::RoomId;
use wasm_bindgen::JsCast as _;
use web_sys::HtmlElement;

use crate::query::LinkOptions;
use crate::shell::{MOUNTED, ROOT};

/// The path of the page's URL.
#[must_use]
pub fn path() -> String {
    window().location().pathname().unwrap_or_default()
}

/// What the page's link asks for.
#[must_use]
pub fn link_options() -> LinkOptions {
    let search = window().location().search().unwrap_or_default();
    LinkOptions::from_query(search.trim_start_matches('?'))
}

/// The same, for a page that the server drew: it joins at once only where the server said so.
#[must_use]
pub fn drawn_options() -> LinkOptions {
    let autojoin = root().is_some_and(|root| root.has_attribute("data-autojoin"));
    LinkOptions {
        autojoin,
        ..link_options()
    }
}

/// The element that the program brings to life, or fills.
#[must_use]
pub fn root() -> Option<HtmlElement> {
    document().get_element_by_id(ROOT)?.dyn_into().ok()
}

/// The page stands: it was brought to life, or drawn, as a whole. Where something has changed what the server drew, a program
/// traps on the way; what it had planned by then must not begin, because another one takes its place.
pub fn mark_mounted() {
    if let Some(root) = root() {
        let _ = root.set_attribute(MOUNTED, "");
    }
}

/// Whether the page stands.
pub(crate) fn is_mounted() -> bool {
    root().is_some_and(|root| root.has_attribute(MOUNTED))
}

/// Leaves for another page, so that "back" does not come through here again.
pub fn go(path: &str) {
    // Refused only while the page is being left already.
    let _ = window().location().replace(path);
}

/// The room that the home page's form asks for (`/?room=`), where that is a room's name.
#[must_use]
pub fn room_asked_for() -> Option<RoomId> {
    RoomId::from_typed(&super::page::query("room")?).ok()
}

/// A room that nobody has been in: the client-only build's answer to `/new`. `None` without a random source.
#[must_use]
pub fn random_room() -> Option<RoomId> {
    let mut bytes = [0; 16];
    window()
        .crypto()
        .ok()?
        .get_random_values_with_u8_array(&mut bytes)
        .ok()?;
    Some(RoomId::from_random_bytes(bytes))
}

/// Whether Join was clicked before the page ran. True once.
#[must_use]
pub fn take_early_join() -> bool {
    take_remembered("data-join").is_some()
}

/// What was typed as a name before the page ran. `Some` once.
#[must_use]
pub fn take_early_name() -> Option<String> {
    take_remembered("data-name")
}

/// How a toggle (`microphone`, `camera`) was set before the page ran. `Some` once, where it was touched.
#[must_use]
pub fn take_early_toggle(name: &str) -> Option<bool> {
    Some(take_remembered(&["data-", name].concat())? == "true")
}

/// The boot script leaves its notes as attributes of `<html>`.
fn take_remembered(attribute: &str) -> Option<String> {
    let root = document().document_element()?;
    let value = root.get_attribute(attribute)?;
    let _ = root.remove_attribute(attribute);
    Some(value)
}

/// Writes panics to the console. A build for people has no messages of panics in it; the boot script says on the page that it
/// stopped.
pub fn report_panics() {
    std::panic::set_hook(Box::new(|info| leptos::logging::error!("{info}")));
}
