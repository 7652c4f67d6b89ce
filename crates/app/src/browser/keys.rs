//! The keyboard in a call: shortcuts, and push to talk.

use std::rc::Rc;

use ::call::devices::{CaptureKind, DevicesInput, Status, Wish};
use ::call::layout::View;
use ::call::{Input, Person};
use gloo_events::EventListener;
use leptos::prelude::*;
use wasm_bindgen::prelude::*;
use web_sys::{Element, KeyboardEvent, MouseEvent};

use super::element::{open_panel, toggle_full_screen};
use super::page;
use super::rtc_ext::call;
use super::session::Session;
use crate::shortcuts::Command;
use crate::state::Phase;

/// Where a key belongs to what has the keyboard, and is no shortcut.
const TYPING: &str = "input:not([type='checkbox'], [type='range']), textarea, select, [contenteditable]";

/// Where Space presses, chooses or scrolls what has the keyboard.
const PRESSED_BY_SPACE: &str = "button, a, input:not([type='range']), textarea, select, summary, [role='log']";

/// What a click leaves the keyboard in, and Space would press again.
const PRESSED: &str = "button, input[type='checkbox']";

impl Session {
    /// What the page hears of the keyboard.
    pub(super) fn key_listeners(&self) -> Vec<EventListener> {
        let window = page::window();
        let on = |event: &'static str, act: fn(&Rc<Self>, &KeyboardEvent)| {
            let handle = self.handle();
            // What a key does can be prevented.
            let options = gloo_events::EventListenerOptions::enable_prevent_default();
            EventListener::new_with_options(&window, event, options, move |event| {
                handle.with(|session| act(session, event.unchecked_ref()));
            })
        };
        let mut listeners = vec![on("keydown", Self::key_down), on("keyup", Self::key_up)];
        // A key that is released elsewhere is never heard of again.
        let handle = self.handle();
        listeners.push(EventListener::new(&window, "blur", move |_| {
            handle.with(Self::stop_talking);
        }));
        listeners
    }

    fn key_down(self: &Rc<Self>, event: &KeyboardEvent) {
        let is_modified = event.ctrl_key() || event.meta_key() || event.alt_key();
        if self.phase() != Phase::Call || is_modified || event.default_prevented() {
            return;
        }
        if event.key() == "Escape" {
            self.lay_down(event);
        } else if event.key() == " " {
            self.space_down(event);
        } else if self.state.keys.shortcuts.get_untracked()
            && !event.repeat()
            && !is_in(event, TYPING)
            && let Some(command) = Command::of(&event.key())
        {
            event.prevent_default();
            self.command(command);
        }
    }

    fn key_up(self: &Rc<Self>, event: &KeyboardEvent) {
        // Not in the lobby: what fills in names there sends events without a key.
        if self.phase() == Phase::Call && event.key() == " " {
            self.stop_talking();
        }
    }

    /// Escape ends pointing and drawing.
    fn lay_down(&self, event: &KeyboardEvent) {
        let tool = self.state.pointing.tool;
        if tool.get_untracked().is_some() && !is_in(event, TYPING) {
            event.prevent_default();
            tool.set(None);
        }
    }

    /// Space talks while it is held, if the person wants that, and means what it always means on what can be pressed.
    fn space_down(self: &Rc<Self>, event: &KeyboardEvent) {
        let keys = self.state.keys;
        if !keys.push_to_talk.get_untracked() || is_in(event, PRESSED_BY_SPACE) {
            return;
        }
        event.prevent_default();
        let is_silent = matches!(
            self.state.microphone.status.get_untracked(),
            Status::Muted | Status::Off
        );
        if is_silent && !event.repeat() {
            self.talks.set(true);
            self.capture.toggle(CaptureKind::Microphone);
        }
    }

    /// The key is up, or nobody knows: mutes what it had unmuted, and never unmutes.
    pub(super) fn stop_talking(self: &Rc<Self>) {
        if self.talks.replace(false) {
            self.mute();
        }
    }

    /// Mutes the microphone, whether it runs already or not. One that is off stays off.
    pub(super) fn mute(&self) {
        if self.state.microphone.wanted.get_untracked() {
            self.capture.handle(DevicesInput::Want {
                kind: CaptureKind::Microphone,
                wish: Wish::Muted,
            });
        }
    }

    /// Space talks while it is held, and the microphone is muted otherwise; or not.
    pub(super) fn set_push_to_talk(self: &Rc<Self>, on: bool) {
        self.state.keys.push_to_talk.set(on);
        if on {
            self.mute();
        }
    }

    /// With push to talk, Space must not press the button or the switch that was clicked last. (A click of the keyboard has no `detail`.)
    pub(super) fn clicked(self: &Rc<Self>, event: &MouseEvent) {
        if self.state.keys.push_to_talk.get_untracked() && event.detail() > 0 {
            let active = page::document().and_then(|document| document.active_element());
            if let Some(pressed) = active.filter(|active| active.matches(PRESSED).is_ok_and(|is| is)) {
                call(&pressed, "blur");
            }
        }
    }

    /// Fills the screen with the call, or ends that.
    pub(super) fn full_screen(&self) {
        if let Some(root) = page::document().and_then(|document| document.document_element()) {
            toggle_full_screen(&root);
        }
    }

    fn command(self: &Rc<Self>, command: Command) {
        let state = self.state;
        match command {
            Command::Microphone => self.capture.toggle(CaptureKind::Microphone),
            Command::Camera => self.capture.toggle(CaptureKind::Camera),
            Command::Share if state.share.possible.get_untracked() => self.toggle_share(),
            Command::Share => {}
            Command::Chat => self.open_chat(!state.chat.open.get_untracked()),
            Command::Hand => {
                let is_up = state.chat.hands.with_untracked(|hands| hands.contains(&Person::Me));
                self.dispatch(Input::RaiseHand(!is_up));
            }
            Command::View => state.look.view.update(|view| {
                *view = match view {
                    View::Grid => View::Speaker,
                    View::Speaker => View::Grid,
                }
            }),
            Command::HideOwn => state.look.hide_own.update(|hidden| *hidden = !*hidden),
            Command::FullScreen => self.full_screen(),
            Command::Connections => open_panel("connections"),
            Command::Settings => open_panel("settings"),
            Command::Shortcuts => open_panel("shortcuts"),
        }
    }
}

/// Whether an event came from within such an element.
fn is_in(event: &KeyboardEvent, selector: &str) -> bool {
    let target = event.target().and_then(|target| target.dyn_into::<Element>().ok());
    target.is_some_and(|element| element.closest(selector).is_ok_and(|found| found.is_some()))
}
