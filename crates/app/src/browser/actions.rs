//! What components ask of the page's engine.

use std::rc::Rc;

use call::devices::{CaptureKind, DeviceKind};
use call::files::{FileId, FileInput};
use call::quality::{Content, ShownSize};
use call::{Input, Person, Source};
use leptos::prelude::*;
use protocol::PeerId;
use protocol::peer_message::Emoji;
use send_wrapper::SendWrapper;
use web_sys::{Event, HtmlCanvasElement};

use super::chime::Chime;
use super::pip::Mount;
use super::rtc_ext::get_text;
use super::session::Session;
use super::start::start;
use super::task::spawn;
use crate::state::{Processing, RoomState};

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

    /// Captures the microphone in another way from now on.
    pub fn set_processing(self, processing: Processing) {
        self.with(|session| session.set_processing(processing));
    }

    /// Listens to all microphones, and offers the one that hears something.
    pub fn try_microphones(self) {
        self.with(Session::try_microphones);
    }

    /// Uses the microphone that was offered.
    pub fn use_microphone(self, device: String) {
        self.with(|session| session.use_microphone(device));
    }

    /// Plays a sound on the chosen speaker. Called from a click.
    pub fn test_sound(self) {
        self.with(|session| {
            let speaker = session.state.sink.get_untracked();
            session.chimes.play(Chime::Joined, speaker.as_deref());
        });
    }

    /// The panel about a person was opened or closed (`toggle`, HTML section 6.12.1).
    pub fn watch_person(self, toggled: &Event) {
        if get_text(toggled, "newState").as_deref() == Some("closed") {
            self.with(|session| session.state.look.about.set(None));
        } else {
            self.with(Session::measure_paths);
        }
    }

    /// The panel that shows the level was opened or closed (`toggle`, HTML section 6.12.1).
    pub fn watch_level(self, toggled: &Event) {
        let is_open = get_text(toggled, "newState").as_deref() == Some("open");
        self.with(|session| session.state.voice.level_shown.set(is_open));
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

    /// Shares a screen, or ends that. Called from a click.
    pub fn toggle_share(self) {
        self.with(Session::toggle_share);
    }

    /// Shares something else in its place. Called from a click.
    pub fn share_other(self) {
        self.with(Session::ask_for_share);
    }

    /// What is shared is text, or a moving picture.
    pub fn set_share_content(self, content: Content) {
        self.with(|session| session.set_share_content(content));
    }

    /// Others may point at what is shared, or not.
    pub fn let_others_point(self, on: bool) {
        self.with(|session| {
            session.state.share.let_point.set(on);
            session.dispatch(Input::LetPoint(on));
        });
    }

    /// The person points there on somebody's screen, in parts of the picture, or no longer.
    pub fn point(self, share: Person, at: Option<(f64, f64)>) {
        self.with(|session| session.dispatch(Input::Point { share, at }));
    }

    /// The person draws there, or the pen is up.
    pub fn draw(self, share: Person, at: Option<(f64, f64)>) {
        self.with(|session| session.dispatch(Input::Draw { share, at }));
    }

    /// Says a line in the chat.
    pub fn say(self, text: String) {
        self.with(|session| session.say(text));
    }

    /// Opens the chat, or closes it.
    pub fn open_chat(self, open: bool) {
        self.with(|session| session.open_chat(open));
    }

    /// Sends the files that an `<input type=file>` has now to everybody.
    pub fn send_files(self, changed: &Event) {
        self.with(|session| session.choose_files(changed));
    }

    /// Takes a file that was offered.
    pub fn accept_file(self, id: FileId) {
        self.with(|session| session.dispatch(Input::File(FileInput::Accept(id))));
    }

    /// Ends a file, or does not want one that was offered.
    pub fn cancel_file(self, id: FileId) {
        self.with(|session| session.dispatch(Input::File(FileInput::Cancel(id))));
    }

    /// Takes a file off the list.
    pub fn dismiss_file(self, id: FileId) {
        self.with(|session| session.dispatch(Input::File(FileInput::Dismiss(id))));
    }

    /// Saves a file that was received. Called from a click.
    pub fn save_file(self, id: FileId, name: String) {
        self.with(|session| session.save_file(id, name));
    }

    /// Draws what a received file shows, if it is a picture, and says whether it did.
    pub fn preview_file(self, id: FileId, canvas: HtmlCanvasElement, drawn: RwSignal<bool>) {
        self.with(|session| session.preview_file(id, canvas, drawn));
    }

    /// Raises the hand, or lowers it.
    pub fn raise_hand(self, up: bool) {
        self.with(|session| session.dispatch(Input::RaiseHand(up)));
    }

    /// Reacts.
    pub fn react(self, emoji: Emoji) {
        self.with(|session| session.dispatch(Input::React(emoji)));
    }

    /// Space talks while it is held, and the microphone is muted otherwise; or not.
    pub fn set_push_to_talk(self, on: bool) {
        self.with(|session| session.set_push_to_talk(on));
    }

    /// Fills the screen with the call, or ends that. Called from a click.
    pub fn full_screen(self) {
        self.with(|session| session.full_screen());
    }

    /// A peer's camera or screen is shown in this size, in device pixels, from now on.
    pub fn shown(self, peer: PeerId, source: Source, size: Option<ShownSize>) {
        self.with(|session| session.shown(peer, source, false, size));
    }

    /// The same in the small window of the page.
    pub fn shown_small(self, peer: PeerId, source: Source, size: Option<ShownSize>) {
        self.with(|session| session.shown(peer, source, true, size));
    }

    /// What a small window of the page shows.
    pub fn set_pip(self, mount: Mount) {
        self.with(|session| session.set_pip(mount));
    }

    /// Opens the small window, or closes it. Called from a click.
    pub fn toggle_pip(self) {
        self.with(Session::toggle_pip);
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
