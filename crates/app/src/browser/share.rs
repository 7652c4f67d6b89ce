//! The own screen, shared: asks the browser for it, sends it, and ends it (W3C Screen Capture). Any device may be on beside it.

mod shared;

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use call::quality::{Capture, Content};
use call::share::problem;
use call::{Input, Source};
use leptos::prelude::*;
use protocol::{Media, SourceState};
use web_sys::MediaStreamTrack;

use shared::Shared;

use super::page::{self, storage};
use super::rtc_ext::get_text;
use super::session::Session;
use super::stream::Stream;
use super::task::spawn;
use crate::state::{Phase, Tone};
use crate::texts::texts;

/// Under which key a browser remembers that a moving picture is shared, not text.
const MOTION_KEY: &str = "parlour.share-motion";

/// What this page shares, if anything.
#[derive(Default)]
pub(super) struct Share {
    shared: RefCell<Option<Shared>>,
    /// How it was last told to the call.
    told: Cell<Option<Capture>>,
    /// The browser is asking the person.
    asks: Cell<bool>,
}

impl Share {
    /// What is sent as a source.
    pub(super) fn track(&self, source: Source) -> Option<MediaStreamTrack> {
        let shared = self.shared.borrow();
        let shared = shared.as_ref()?;
        match source {
            Source::Screen => Some(Clone::clone(shared.picture())),
            Source::ScreenAudio => shared.sound().cloned(),
            Source::Microphone | Source::Camera => None,
        }
    }

    /// For the others to show.
    pub(super) fn media(&self) -> Media {
        let state = |is_on| if is_on { SourceState::On } else { SourceState::Off };
        Media {
            screen: state(self.track(Source::Screen).is_some()),
            screen_audio: state(self.track(Source::ScreenAudio).is_some()),
            ..Media::default()
        }
    }
}

impl Session {
    /// Whether text is shared or a moving picture is remembered.
    pub(super) fn start_share(&self) {
        let share = self.state.share;
        share.possible.set(shared::is_possible());
        if storage::load(MOTION_KEY).is_some() {
            share.content.set(Content::Motion);
        }
    }

    /// Shares a screen, or ends that.
    pub(super) fn toggle_share(self: &Rc<Self>) {
        if self.share.shared.borrow().is_some() {
            self.stop_share();
        } else {
            self.ask_for_share();
        }
    }

    /// Asks for a screen, a window or a tab, in place of what is shared, if anything is. The browser wants this to happen during a click.
    pub(super) fn ask_for_share(self: &Rc<Self>) {
        if self.phase() != Phase::Call || self.share.asks.replace(true) {
            return;
        }
        let content = self.state.share.content.get_untracked();
        let question = shared::ask(content);
        let session = Rc::clone(self);
        spawn(async move {
            let answer = question.await;
            session.share.asks.set(false);
            match answer {
                // Released where the person has left meanwhile.
                Ok(stream) => {
                    let shared = Shared::new(&stream, content, &session.handle());
                    if let Some(shared) = shared.filter(|_| session.phase() == Phase::Call) {
                        session.begin_share(shared);
                    }
                }
                Err(error) => session.share_refused(&error),
            }
        });
    }

    fn share_refused(&self, error: &wasm_bindgen::JsValue) {
        let text = |key| get_text(error, key).unwrap_or_default();
        if let Some(problem) = problem(&text("name"), &text("message"), page::allows("display-capture")) {
            self.notify(Tone::Problem, (texts().share.problem)(problem));
        }
    }

    fn begin_share(self: &Rc<Self>, shared: Shared) {
        let signals = self.state.share;
        signals.shows_page.set(shared.may_show_page());
        signals.has_sound.set(shared.sound().is_some());
        signals.preview.set(Stream::of(shared.picture()));
        let before = self.share.shared.replace(Some(shared));
        signals.on.set(true);
        self.send_share();
        // Not before the new one has taken its place, so that nobody sees nothing.
        drop(before);
    }

    /// Ends it: by the button, by the browser's own bar, or because the window is gone.
    pub(super) fn stop_share(self: &Rc<Self>) {
        let before = self.share.shared.take();
        if before.is_none() {
            return;
        }
        let signals = self.state.share;
        signals.on.set(false);
        signals.preview.set(None);
        self.send_share();
        drop(before);
    }

    /// What the browser captures is another thing now, by itself: the person has chosen another tab in the browser's bar.
    fn share_changed(self: &Rc<Self>) {
        let (is_silenced, shows_page) = {
            let mut shared = self.share.shared.borrow_mut();
            let Some(shared) = shared.as_mut() else { return };
            (shared.check_sound(), shared.may_show_page())
        };
        self.state.share.shows_page.set(shows_page);
        if is_silenced {
            self.state.share.has_sound.set(false);
            self.send_share();
        }
    }

    /// Text that stays sharp, or a picture that moves.
    pub(super) fn set_share_content(self: &Rc<Self>, content: Content) {
        self.state.share.content.set(content);
        match content {
            Content::Motion => storage::save(MOTION_KEY, "on"),
            Content::Text | Content::Camera => storage::forget(MOTION_KEY),
        }
        if let Some(shared) = self.share.shared.borrow_mut().as_mut() {
            shared.set_content(content);
        }
        self.measure_share();
    }

    /// Sends what is shared now, or nothing, to everybody, and says so.
    fn send_share(self: &Rc<Self>) {
        for source in [Source::Screen, Source::ScreenAudio] {
            self.peers.send(source, self.share.track(source).as_ref());
        }
        let capture = self.share.track(Source::ScreenAudio).map(|_| shared::sound_capture());
        self.dispatch(Input::Captured {
            source: Source::ScreenAudio,
            capture,
        });
        self.measure_share();
        self.tell_media();
    }

    /// Tells the call how large what is shared is, where that has changed: windows are resized.
    pub(super) fn measure_share(self: &Rc<Self>) {
        let capture = self.share.shared.borrow().as_ref().map(Shared::capture);
        if self.share.told.replace(capture) != capture {
            self.dispatch(Input::Captured {
                source: Source::Screen,
                capture,
            });
        }
    }
}
