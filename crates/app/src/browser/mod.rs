//! The only folder that names `web_sys`: everything that a browser does for the page. Components call the actions
//! below and read what comes of them from [`crate::state::RoomState`]. On the server none of this ever runs.

mod connection;
mod devices;
mod draw;
mod elements;
mod ice;
mod lines;
mod links;
pub mod location;
mod media;
mod meter;
mod page;
mod preflight;
mod room;
mod rtc_ext;
mod seat;
mod socket;
mod spare;
mod start;
mod start_bitrate;
mod task;
mod tiles;

use leptos::prelude::*;
use protocol::PeerId;
use web_sys::{HtmlAudioElement, HtmlVideoElement};

use crate::state::{DeviceKind, RoomState};

/// Brings a room page to life: reads the query and the remembered settings, opens the socket, asks for the devices.
/// Called once, from an effect.
pub fn start(state: RoomState) {
    start::start(state);
}

/// Takes a seat in the room. Never waits for a device.
pub fn join() {
    room::with(room::Room::join);
}

/// Leaves the call for the "You left" page.
pub fn leave() {
    room::with(room::Room::leave);
}

/// From "You left" back into the call, or, where it is refused, to the lobby.
pub fn rejoin() {
    room::with(room::Room::join);
}

/// Microphone on or off. In a call the others are told.
pub fn toggle_microphone() {
    room::with(|room| room.toggle(DeviceKind::Microphone));
}

/// Camera on or off. In a call the others are told.
pub fn toggle_camera() {
    room::with(|room| room.toggle(DeviceKind::Camera));
}

/// Puts the room's address on the clipboard.
pub fn copy_link() {
    room::with(|room| {
        let room = std::rc::Rc::clone(room);
        task::spawn(async move { room.copy_link().await });
    });
}

/// Uses another device from now on.
pub fn choose_device(kind: DeviceKind, id: String) {
    room::with(|room| room.choose(kind, id));
}

/// Plays what the browser had blocked. Called from a click.
pub fn enable_sound() {
    room::with(|room| room.enable_sound());
}

/// Shows the own camera in this element, as long as the element's effect runs: call it from an effect, it follows the
/// camera's signals.
pub fn bind_preview(video: &HtmlVideoElement) {
    room::with(|room| {
        room.state.camera.status.track();
        room.state.camera.choice.chosen.track();
        room.bind_preview(video);
    });
}

/// Looks for a way to this peer once more.
pub fn retry(peer: PeerId) {
    room::with(|room| room.dispatch(call::Input::Retry { peer }));
}

/// Plays a peer's camera and microphone in these elements.
pub fn bind_peer(peer: PeerId, video: &HtmlVideoElement, audio: &HtmlAudioElement) {
    room::with(|room| room.bind_peer(peer, video, audio));
}
