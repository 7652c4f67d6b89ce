//! How a room page comes to life, and how it notices the world around it.

use std::rc::Rc;

use gloo_events::{EventListener, EventListenerOptions};
use gloo_timers::callback::Timeout;
use leptos::prelude::*;
use wasm_bindgen::JsCast;
use web_sys::PageTransitionEvent;

use super::location;
use super::page::{self, storage};
use super::room::{Room, with};
use super::task::spawn;
use crate::boot::NAME_KEY;
use crate::state::{Phase, RoomState, SocketState, Tone};

/// How long "Link copied" is shown, in milliseconds.
const LINK_COPIED: u32 = 2_500;

/// The bar's rest is put off at most this often, in milliseconds.
const STIR_INTERVAL: f64 = 500.0;

/// See [`super::start`].
pub(super) fn start(state: RoomState) {
    if super::room::current().is_some() {
        return;
    }
    let room = Room::create(state);
    let off = |name| page::query(name).as_deref() == Some("off");
    state.microphone.wanted.set(!off("mic"));
    state.camera.wanted.set(!off("camera"));
    // What was typed before the page was ready wins over what is remembered.
    let remembered = || page::query("name").or_else(|| storage::load(NAME_KEY));
    if let Some(name) = location::take_early_name().or_else(remembered) {
        state.name.set(name);
    }
    room.recall_choices();
    room.listen();
    state.hydrated.set(true);
    room.begin_beat();
    room.connect();
    match state.phase.get_untracked() {
        Phase::Joining => room.take_seat(),
        _ if location::take_early_join() => room.join(),
        _ => {}
    }
    room.acquire_wanted();
    room.make_spare_soon();
}

/// The person does something.
fn stir(event: &web_sys::Event) {
    with(|room| {
        if event.time_stamp() - room.last_stir.get() >= STIR_INTERVAL {
            room.last_stir.set(event.time_stamp());
            room.state.stirred.update(|stirred| *stirred = !*stirred);
        }
    });
}

impl Room {
    fn listen(&self) {
        let window = page::window();
        let mut listeners = vec![
            EventListener::new(&window, "pagehide", |_| with(Room::page_hides)),
            EventListener::new(&window, "pageshow", |event| {
                if event.unchecked_ref::<PageTransitionEvent>().persisted() {
                    with(Room::page_shows_again);
                }
            }),
            EventListener::new(&window, "pointermove", stir),
            EventListener::new(&window, "pointerdown", stir),
            EventListener::new(&window, "keydown", stir),
            EventListener::new(&window, "online", |_| with(Room::network_changed)),
        ];
        if let Some(document) = page::document() {
            listeners.push(EventListener::new(&document, "visibilitychange", |_| {
                if page::is_visible() {
                    with(Room::woken);
                }
            }));
            // It does not bubble.
            let capture = EventListenerOptions::run_in_capture_phase();
            listeners.push(EventListener::new_with_options(&document, "toggle", capture, |event| {
                with(|room| room.toggled(event));
            }));
            // A page that was frozen in the background (Page Lifecycle) runs again, whether or not it is seen.
            listeners.push(EventListener::new(&document, "resume", |_| with(Room::woken)));
        }
        if let Some(devices) = super::media::devices() {
            listeners.push(EventListener::new(&devices, "devicechange", |_| {
                with(|room| {
                    let room = Rc::clone(room);
                    spawn(async move { room.refresh_devices().await });
                });
            }));
        }
        *self.listeners.borrow_mut() = listeners;
    }

    /// The page is closed, reloaded or navigated away from: the others must not wait for the server to notice.
    fn page_hides(self: &Rc<Self>) {
        match self.state.phase.get_untracked() {
            Phase::Call | Phase::Joining => self.leave(),
            Phase::Lobby | Phase::Left => self.let_go(),
        }
    }

    /// The browser kept the page and shows it again (back button).
    fn page_shows_again(self: &Rc<Self>) {
        if self.state.phase.get_untracked() == Phase::Lobby {
            self.state.socket.set(SocketState::Connecting);
            self.begin_beat();
            self.connect();
            self.acquire_wanted();
            self.make_spare_soon();
        }
    }

    /// Copies the room's address; where the browser forbids it, shows it.
    pub(super) async fn copy_link(self: &Rc<Self>) {
        let link = page::room_link();
        if page::copy(&link).await {
            self.state.link_copied.set(true);
            let timeout = Timeout::new(LINK_COPIED, || with(|room| room.state.link_copied.set(false)));
            drop(self.timers.link_copied.replace(Some(timeout)));
        } else {
            self.notify(Tone::Info, &("Copy this address and send it: ".to_owned() + &link));
        }
    }
}
