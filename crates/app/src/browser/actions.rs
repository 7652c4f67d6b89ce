//! What components ask of the page's engine.

use std::rc::Rc;

use call::Input;
use call::devices::{CaptureKind, DeviceKind};
use call::quality::ShownSize;
use leptos::prelude::*;
use protocol::PeerId;
use send_wrapper::SendWrapper;
use web_sys::Event;

use super::rtc_ext::get_text;
use super::session::Session;
use super::start::start;
use super::task::spawn;
use crate::state::RoomState;

/// The actions of a room page, in the context of its components. On the server, and until the page runs, they do nothing.
#[derive(Clone, Copy)]
pub struct Actions(StoredValue<Option<SendWrapper<Rc<Session>>>>);

impl Actions {
    /// Puts them into the context.
    #[must_use]
    pub fn provide() -> Self {
        let actions = Self(StoredValue::new(None));
        provide_context(actions);
        actions
    }

    /// Those of the page that a component is part of.
    ///
    /// # Panics
    /// Outside of a room page.
    #[must_use]
    pub fn from_context() -> Self {
        use_context().expect("a room page has provided them")
    }

    /// Brings the page to life: reads the query and the remembered settings, opens the socket, asks for the devices. Called once,
    /// from an effect.
    pub fn start(self, state: RoomState) {
        self.0.set_value(Some(SendWrapper::new(start(state))));
    }

    fn with(self, act: impl FnOnce(&Rc<Session>)) {
        // Not inside of the store's lock: an action may lead to another.
        if let Some(session) = self.0.get_value() {
            act(&session);
        }
    }

    /// Takes a seat in the room. Never waits for a device.
    pub fn join(self) {
        self.with(Session::join);
    }

    /// Leaves the call for the "You left" page.
    pub fn leave(self) {
        self.with(Session::leave);
    }

    /// Microphone on or off. In a call the others are told.
    pub fn toggle_microphone(self) {
        self.with(|session| session.capture.toggle(CaptureKind::Microphone));
    }

    /// Camera on or off. In a call the others are told.
    pub fn toggle_camera(self) {
        self.with(|session| session.capture.toggle(CaptureKind::Camera));
    }

    /// Uses another device from now on.
    pub fn choose_device(self, kind: DeviceKind, id: String) {
        self.with(|session| session.capture.choose(kind, id));
    }

    /// Small pictures in both directions, to save data, or no longer.
    pub fn set_low_data(self, on: bool) {
        self.with(|session| session.set_low_data(on));
    }

    /// Puts the room's address on the clipboard.
    pub fn copy_link(self) {
        self.with(|session| {
            let session = Rc::clone(session);
            spawn(async move { session.copy_link().await });
        });
    }

    /// Plays what the browser had blocked. Called from a click.
    pub fn enable_sound(self) {
        self.with(|session| {
            session.state.sound_blocked.set(false);
            session.state.play_again.notify();
        });
    }

    /// A peer's picture is shown in this size, in device pixels, from now on.
    pub fn shown(self, peer: PeerId, size: Option<ShownSize>) {
        self.with(|session| session.shown(peer, size));
    }

    /// The own picture is shown in this size from now on.
    pub fn own_shown(self, size: Option<ShownSize>) {
        self.with(|session| session.dispatch(Input::OwnShown(size)));
    }

    /// Looks for a way to this peer once more.
    pub fn retry(self, peer: PeerId) {
        self.with(|session| session.dispatch(Input::Retry { peer }));
    }

    /// The panel of connections was opened or closed (`toggle`, HTML section 6.12.1).
    pub fn watch_stats(self, toggled: &Event) {
        let is_open = get_text(toggled, "newState").as_deref() == Some("open");
        self.with(|session| session.watch_stats(is_open));
    }
}
