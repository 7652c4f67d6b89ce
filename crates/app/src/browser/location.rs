//! The page's address, and what the person did before the page ran.

use leptos::prelude::{document, window};
use protocol::RoomId;

/// The path of the page's URL.
#[must_use]
pub fn path() -> String {
    window().location().pathname().unwrap_or_default()
}

/// Whether the page's URL asks to be in the call at once.
#[must_use]
pub fn is_autojoin() -> bool {
    let search = window().location().search().unwrap_or_default();
    crate::is_autojoin(search.trim_start_matches('?'))
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
