//! How a room page comes to life, and how it notices the world around it.

use std::cell::Cell;
use std::rc::Rc;
use std::time::Duration;

use call::Input;
use call::devices::{Both, DevicesInput, Wish};
use gloo_events::EventListener;
use leptos::prelude::*;
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;
use web_sys::PageTransitionEvent;

use super::connection::Common;
use super::ice::configuration;
use super::location;
use super::look::start_look;
use super::page::{self, storage};
use super::rtc_ext::{PeerConnection, object};
use super::session::{Handle, Session};
use super::task::spawn;
use super::title::start_title;
use super::transceivers::OwnStreams;
use crate::boot::NAME_KEY;
use crate::state::{DeviceSignals, Phase, RoomState, SocketState, Tone};
use crate::texts::texts;

/// How long "Link copied" is shown.
const LINK_COPIED: Duration = Duration::from_millis(2_500);

/// Under which key a browser remembers that the person saves data.
const LOW_DATA_KEY: &str = "parlour.low-data";

/// The bar's rest is put off at most this often, in milliseconds.
const STIR_INTERVAL: f64 = 500.0;

/// See [`super::Actions::start`].
pub(super) fn start(state: RoomState) -> Rc<Session> {
    let session = Session::new(state);
    // What was done before the page was ready wins over what the link says, and that over what is remembered.
    let is_named = state.name.with_untracked(|name| !name.is_empty());
    let remembered = || storage::load(NAME_KEY).filter(|_| !is_named);
    if let Some(name) = location::take_early_name().or_else(remembered) {
        state.name.set(name);
    }
    session.keep(listeners(&session));
    state.hydrated.set(true);
    let ready = Rc::clone(&session);
    spawn(async move {
        let common = common().await.ok();
        if common.is_none() {
            ready.notify(Tone::Problem, texts().notices.no_webrtc);
        }
        ready.peers.set_common(common);
        ready.work();
    });
    session.fetch_call_part();
    session.set_low_data(storage::load(LOW_DATA_KEY).is_some());
    session.start_own_voice();
    start_look(state);
    start_title(state);
    session.capture.start(wishes(state));
    session.capture.handle(DevicesInput::Visible(page::is_visible()));
    session.begin();
    match session.phase() {
        Phase::Joining => session.take_seat(),
        _ if location::take_early_join() => session.join(),
        _ => {}
    }
    session
}

/// What the link says of microphone and camera, and what the person did before the page ran.
fn wishes(state: RoomState) -> Both<Wish> {
    let wish = |name, device: DeviceSignals| {
        let wanted = location::take_early_toggle(name).unwrap_or_else(|| device.wanted.get_untracked());
        if wanted { Wish::On } else { Wish::Off }
    };
    Both {
        microphone: wish("microphone", state.microphone),
        camera: wish("camera", state.camera),
    }
}

/// What all connections of this page have in common. A browser makes the certificate in some milliseconds.
pub(super) async fn common() -> Result<Common, JsValue> {
    // A browser in which they were switched off may have the class and refuse to make one.
    PeerConnection::new(&configuration(&[]))?.close();
    let algorithm = object([("name", "ECDSA".into()), ("namedCurve", "P-256".into())]);
    let certificate = JsFuture::from(PeerConnection::generate_certificate(&algorithm)?).await?;
    Ok(Common {
        certificate,
        streams: OwnStreams::new()?,
    })
}

/// The person does something.
fn stir(handle: &Handle, last: &Cell<f64>, event: &web_sys::Event) {
    if event.time_stamp() - last.get() >= STIR_INTERVAL {
        last.set(event.time_stamp());
        handle.with(|session| session.state.stirred.update(|stirred| *stirred = !*stirred));
    }
}

fn listeners(session: &Session) -> Vec<EventListener> {
    let window = page::window();
    let on = |event: &'static str, act: fn(&Rc<Session>)| {
        let handle = session.handle();
        EventListener::new(&window, event, move |_| handle.with(act))
    };
    let mut listeners = vec![
        on("pagehide", Session::page_hides),
        on("online", Session::network_changed),
    ];
    let handle = session.handle();
    listeners.push(EventListener::new(&window, "pageshow", move |event| {
        if event.unchecked_ref::<PageTransitionEvent>().persisted() {
            handle.with(Session::page_shows_again);
        }
    }));
    let handle = session.handle();
    listeners.push(EventListener::new(&window, "click", move |event| {
        handle.with(|session| {
            session.capture.handle(DevicesInput::Clicked);
            session.clicked(event.unchecked_ref());
        });
    }));
    let last = Rc::new(Cell::new(f64::NEG_INFINITY));
    for event in ["pointermove", "pointerdown", "keydown"] {
        let (handle, last) = (session.handle(), Rc::clone(&last));
        listeners.push(EventListener::new(&window, event, move |event| {
            stir(&handle, &last, event);
        }));
    }
    if let Some(document) = page::document() {
        let handle = session.handle();
        listeners.push(EventListener::new(&document, "visibilitychange", move |_| {
            handle.with(Session::visibility_changed);
        }));
        // A page that was frozen in the background (Page Lifecycle) runs again, whether or not it is seen.
        let handle = session.handle();
        listeners.push(EventListener::new(&document, "resume", move |_| {
            handle.with(Session::woken);
        }));
    }
    if let Some(devices) = super::media::devices() {
        let handle = session.handle();
        listeners.push(EventListener::new(&devices, "devicechange", move |_| {
            handle.with(|session| session.capture.handle(DevicesInput::DevicesChanged));
        }));
    }
    listeners
}

impl Session {
    /// The page is closed, reloaded or navigated away from: the others must not wait for the server to notice.
    fn page_hides(self: &Rc<Self>) {
        match self.phase() {
            Phase::Call | Phase::Joining => self.leave(),
            Phase::Lobby | Phase::Left => self.let_go(),
        }
    }

    /// The browser kept the page and shows it again (back button).
    fn page_shows_again(self: &Rc<Self>) {
        if self.phase() == Phase::Lobby {
            self.capture.handle(DevicesInput::Returned);
            self.begin();
        }
    }

    fn visibility_changed(self: &Rc<Self>) {
        let is_visible = page::is_visible();
        self.capture.handle(DevicesInput::Visible(is_visible));
        self.tell_sizes();
        self.see_chat();
        if is_visible {
            self.close_pip_on_return();
            self.wake_lock.renew();
            self.woken();
        }
    }

    /// The person looks at the page again, which may have slept.
    fn woken(self: &Rc<Self>) {
        self.dispatch(Input::Online { changed: false });
        self.signaling.open_now();
    }

    /// The network is back, or another one: what was found on the old one leads nowhere.
    fn network_changed(self: &Rc<Self>) {
        self.fetch_call_part();
        self.dispatch(Input::Online { changed: true });
        if self.phase() == Phase::Lobby && self.state.socket.get_untracked() == SocketState::Open {
            // It may be dead, and no seat hangs on it. Over another one the relays are tried again.
            self.dispatch(Input::SocketLost { code: None });
            self.signaling.replace();
        } else {
            self.signaling.open_now();
        }
        self.say_farewell();
    }

    /// Saves data from now on, or no longer, and remembers it.
    pub(super) fn set_low_data(self: &Rc<Self>, on: bool) {
        if on {
            storage::save(LOW_DATA_KEY, "on");
        } else {
            storage::forget(LOW_DATA_KEY);
        }
        self.state.low_data.set(on);
        self.dispatch(Input::LowData(on));
    }

    /// Copies the room's address; where the browser forbids it, shows it.
    pub(super) async fn copy_link(self: &Rc<Self>) {
        let link = page::room_link();
        if page::copy(&link).await {
            let copied = self.state.link_copied;
            copied.set(true);
            self.link_copied.set(LINK_COPIED, move || copied.set(false));
        } else {
            self.notify(Tone::Info, &(texts().notices.copy_by_hand)(&link));
        }
    }
}
