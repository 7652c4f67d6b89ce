//! The only folder that names `web_sys`: everything that a browser does for the page. Components call the actions
//! below and read what comes of them from [`crate::state::RoomState`]. On the server none of this ever runs.

use leptos::web_sys::{HtmlAudioElement, HtmlVideoElement};
use protocol::PeerId;

use crate::state::{DeviceKind, RoomState};

/// Brings a room page to life: reads the query and the remembered settings, opens the socket, asks for the devices.
/// Called once, from an effect.
pub fn start(state: RoomState) {
    let _ = state;
}

/// Takes a seat in the room. Never waits for a device.
pub fn join() {}

/// Leaves the call for the "You left" page.
pub fn leave() {}

/// From "You left" back into the call, or, where it was refused, to the lobby.
pub fn rejoin() {}

/// Microphone on or off. In a call the others are told.
pub fn toggle_microphone() {}

/// Camera on or off. In a call the others are told.
pub fn toggle_camera() {}

/// Puts the room's address on the clipboard.
pub fn copy_link() {}

/// Uses another device from now on.
pub fn choose_device(kind: DeviceKind, id: String) {
    let _ = (kind, id);
}

/// Plays what the browser had blocked. Called from a click.
pub fn enable_sound() {}

/// Shows the own camera in this element.
pub fn bind_preview(video: &HtmlVideoElement) {
    let _ = video;
}

/// Plays a peer's camera and microphone in these elements.
pub fn bind_peer(peer: PeerId, video: &HtmlVideoElement, audio: &HtmlAudioElement) {
    let _ = (peer, video, audio);
}
