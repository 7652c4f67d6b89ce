//! Every text of the page: a field for each, in a struct for each place where texts are shown. The compiler says which one is
//! missing, and which one nobody shows.
//!
//! A text that is always the same is a `&'static str`. A text with a number, a name or a cause in it is a function, because languages
//! differ in order and in plurals.
//!
//! To add a language: write a [`Texts`] in a file beside `english.rs`, let [`texts`] choose between the two, and add
//! it to the tests. Components do not change. The server and the program must choose alike, or hydration fails: the server chooses by
//! `Accept-Language` and writes [`Texts::language`] into `<html lang>`, and the program reads it there.
//!
//! What the server says is not here: its error pages, the messages of the protocol, and why a room's name is none.

mod english;
mod in_call;
#[cfg(test)]
mod tests;

use std::borrow::Cow;

use call::channel::Ended;
use call::devices::{DeviceKind, Notice};
use call::{Advice, Cause};
use protocol::Route;

use crate::state::Occupancy;

pub(crate) use in_call::*;

/// The texts in the language of the page.
pub(crate) const fn texts() -> &'static Texts {
    english::ENGLISH
}

/// All texts in one language. Places are behind references: a closure that keeps one does not bring all the others into the wasm.
#[derive(Debug)]
pub(crate) struct Texts {
    /// Which language (BCP 47), for `<html lang>`.
    pub(crate) language: &'static str,
    pub(crate) site: &'static Site,
    pub(crate) home: &'static Home,
    pub(crate) not_found: &'static NotFound,
    pub(crate) boot: &'static Boot,
    pub(crate) people: &'static People,
    pub(crate) lobby: &'static Lobby,
    pub(crate) call: &'static Call,
    pub(crate) left: &'static Left,
    pub(crate) notices: &'static Notices,
    pub(crate) bar: &'static Bar,
    pub(crate) devices: &'static Devices,
    pub(crate) tile: &'static Tile,
    pub(crate) share: &'static Share,
    pub(crate) pointing: &'static Pointing,
    pub(crate) chat: &'static Chat,
    pub(crate) files: &'static Files,
    pub(crate) gestures: &'static Gestures,
    pub(crate) shortcuts: &'static Shortcuts,
    pub(crate) settings: &'static Settings,
    pub(crate) hints: &'static Hints,
    pub(crate) look: &'static Look,
    pub(crate) person: &'static Person,
    pub(crate) connections: &'static Connections,
}

/// On every page, and around it.
#[derive(Debug)]
pub(crate) struct Site {
    /// What it is called.
    pub(crate) name: &'static str,
    /// For search engines and previews of links.
    pub(crate) description: &'static str,
    /// The tab of the home page.
    pub(crate) home_title: &'static str,
    /// The tab of a room.
    pub(crate) room_title: fn(room: &str) -> String,
    /// The tab of a path that is no page.
    pub(crate) not_found_title: &'static str,
    /// The link to the home page.
    pub(crate) go_home: &'static str,
}

/// `/`.
#[derive(Debug)]
pub(crate) struct Home {
    pub(crate) heading: &'static str,
    pub(crate) lead: &'static str,
    pub(crate) new_room: &'static str,
    /// The label of the field for a room's name.
    pub(crate) by_name: &'static str,
    /// A room's name, as an example in that field.
    pub(crate) example: &'static str,
    /// The button beside it.
    pub(crate) open: &'static str,
    /// What happens to pictures and voices.
    pub(crate) privacy: &'static str,
}

/// A path that is neither a page nor a room.
#[derive(Debug)]
pub(crate) struct NotFound {
    pub(crate) heading: &'static str,
    pub(crate) lead: &'static str,
}

/// What is shown without the program.
#[derive(Debug)]
pub(crate) struct Boot {
    /// The program did not start.
    pub(crate) not_started: &'static str,
    /// The program has trapped.
    pub(crate) stopped: &'static str,
    /// The boot script did not run, although scripts are allowed.
    pub(crate) blocked: &'static str,
    /// Scripts are not allowed.
    pub(crate) no_script: &'static str,
}

/// What people are called.
#[derive(Debug)]
pub(crate) struct People {
    /// Somebody who said no name.
    pub(crate) guest: &'static str,
    /// Oneself, without a name.
    pub(crate) you: &'static str,
    /// Oneself, with a name.
    pub(crate) own_name: fn(name: &str) -> String,
}

/// Before joining.
#[derive(Debug)]
pub(crate) struct Lobby {
    pub(crate) heading: &'static str,
    /// Until the server says who is here.
    pub(crate) checking: &'static str,
    /// How many people are here.
    pub(crate) occupancy: fn(Occupancy) -> String,
    /// The label of the field for the own name.
    pub(crate) your_name: &'static str,
    /// In that field while it is empty.
    pub(crate) name_hint: &'static str,
    pub(crate) join: &'static str,
    /// The same button, clicked.
    pub(crate) joining: &'static str,
    /// Below it.
    pub(crate) privacy: &'static str,
    /// What one reads of the chat.
    pub(crate) chat: &'static str,
    /// The meter of the own microphone.
    pub(crate) level: &'static str,
    /// What is wrong with the way to the relay, and what to do.
    pub(crate) advice: fn(Advice) -> &'static str,
}

/// In the call.
#[derive(Debug)]
pub(crate) struct Call {
    /// Read aloud, not drawn.
    pub(crate) heading: fn(room: &str) -> String,
    pub(crate) joining: &'static str,
    /// Nobody else is here.
    pub(crate) alone: &'static str,
    /// The browser blocks sound until this button is clicked.
    pub(crate) enable_sound: &'static str,
}

/// After leaving.
#[derive(Debug)]
pub(crate) struct Left {
    pub(crate) heading: &'static str,
    pub(crate) lead: &'static str,
    pub(crate) rejoin: &'static str,
}

/// Above the stage, in the lobby and after leaving.
#[derive(Debug)]
pub(crate) struct Notices {
    /// In the lobby, without the server.
    pub(crate) no_server: &'static str,
    /// In the call, without the server.
    pub(crate) reconnecting: &'static str,
    /// In the call, without the server, and media goes on.
    pub(crate) reconnecting_received: &'static str,
    /// Another page has taken the seat.
    pub(crate) taken_over: &'static str,
    /// The browser has no `RTCPeerConnection`.
    pub(crate) no_webrtc: &'static str,
    /// A part of the page could not be fetched. It is tried again.
    pub(crate) not_complete: &'static str,
    /// The browser does not let the page copy the link.
    pub(crate) copy_by_hand: fn(link: &str) -> String,
    /// The button that closes a notice.
    pub(crate) dismiss: &'static str,
}

/// The bar of a call.
#[derive(Debug)]
pub(crate) struct Bar {
    pub(crate) copy_link: &'static str,
    pub(crate) link_copied: &'static str,
    /// The button and its panel.
    pub(crate) more: &'static str,
    pub(crate) leave: &'static str,
}

/// The own microphone, camera and speaker: their buttons, their panel, their notices.
#[derive(Debug)]
pub(crate) struct Devices {
    /// The panel and its button.
    pub(crate) heading: &'static str,
    pub(crate) microphone: &'static str,
    pub(crate) camera: &'static str,
    pub(crate) choose: fn(DeviceKind) -> &'static str,
    /// A device without a label.
    pub(crate) system_default: &'static str,
    /// Why a menu may be missing.
    pub(crate) menu_hint: &'static str,
    pub(crate) low_data: &'static str,
    pub(crate) low_data_hint: &'static str,
    /// What happened to a device and what to do. In the lobby the person may join without it; in a call they read what the others miss.
    pub(crate) notice: fn(DeviceKind, &Notice, in_call: bool) -> Cow<'static, str>,
}

/// Somebody on the stage.
#[derive(Debug)]
pub(crate) struct Tile {
    pub(crate) muted: &'static str,
    pub(crate) microphone_off: &'static str,
    pub(crate) camera_off: &'static str,
    /// The person here has muted them for themself.
    pub(crate) muted_here: &'static str,
    /// Their system, or a switch on the device, withholds it.
    pub(crate) microphone_interrupted: &'static str,
    /// The same for the camera.
    pub(crate) camera_interrupted: &'static str,
    /// Their peer channel was closed.
    pub(crate) messages_off: &'static str,
    /// Why, and what to do.
    pub(crate) channel_ended: fn(Ended) -> &'static str,
    pub(crate) connecting: &'static str,
    pub(crate) reconnecting: &'static str,
    /// Why there is no way to them, and what to do.
    pub(crate) unreachable: fn(Cause) -> &'static str,
    pub(crate) try_again: &'static str,
}

/// The panel "Connections".
#[derive(Debug)]
pub(crate) struct Connections {
    /// The panel and its button.
    pub(crate) heading: &'static str,
    /// The table, read aloud.
    pub(crate) table: &'static str,
    /// How to read it.
    pub(crate) hint: &'static str,
    /// Nothing is measured.
    pub(crate) unknown: &'static str,
    pub(crate) route: fn(Route) -> &'static str,
    /// How good a route is. A round trip that is not measured is `None`; loss is in thousandths.
    pub(crate) quality: fn(round_trip_ms: Option<u32>, lost_permille: u32) -> String,
}
