//! Files that the person picks, drops on the call, or pastes into the chat.

use std::rc::Rc;

use gloo_events::{EventListener, EventListenerOptions};
use js_sys::Array;
use leptos::prelude::*;
use wasm_bindgen::prelude::*;
use web_sys::{Element, Event, PageTransitionEvent};

use crate::browser::page;
use crate::browser::rtc_ext::{call, get, get_text, set};
use crate::browser::session::Session;
use crate::state::{Phase, Tone};
use crate::texts::texts;

impl Session {
    /// What the page hears of files. They can be dropped anywhere on the call.
    pub(in crate::browser) fn file_listeners(&self) -> Vec<EventListener> {
        let window = page::window();
        let on = |event: &'static str, act: fn(&Rc<Self>, &Event)| {
            let handle = self.handle();
            // Otherwise the browser leaves the call, to show what was dropped.
            let options = EventListenerOptions::enable_prevent_default();
            EventListener::new_with_options(&window, event, options, move |event| {
                handle.with(|session| act(session, event));
            })
        };
        vec![
            on("dragover", Self::drag_over),
            on("dragleave", |session, event| {
                // From one element to another it goes on.
                if get(event, "relatedTarget").is_falsy() {
                    session.show_drop(false);
                }
            }),
            on("drop", Self::dropped),
            on("paste", Self::pasted),
            on("pagehide", |session, event| {
                if !event.unchecked_ref::<PageTransitionEvent>().persisted() {
                    session.close_files();
                }
            }),
        ]
    }

    /// The person has chosen some, in an `<input type=file>`.
    pub(in crate::browser) fn choose_files(self: &Rc<Self>, changed: &Event) {
        let Some(input) = changed.target() else { return };
        let files = list(&get(&input, "files"));
        // The same one can be chosen again.
        set(&input, "value", &"".into());
        self.offer_files(files);
    }

    fn drag_over(self: &Rc<Self>, event: &Event) {
        if !has_files(event) {
            return;
        }
        // Otherwise the browser would leave the page for a file that is dropped on it.
        event.prevent_default();
        if self.phase() == Phase::Call {
            set(&get(event, "dataTransfer"), "dropEffect", &"copy".into());
            self.show_drop(true);
        }
    }

    fn dropped(self: &Rc<Self>, event: &Event) {
        self.show_drop(false);
        if !has_files(event) {
            return;
        }
        event.prevent_default();
        if self.phase() != Phase::Call {
            return;
        }
        let transfer = get(event, "dataTransfer");
        let has_folder = list(&get(&transfer, "items")).iter().any(is_folder);
        if has_folder {
            // It would pass for a file that cannot be read.
            self.notify(Tone::Problem, texts().files.folder);
        } else {
            self.offer_files(list(&get(&transfer, "files")));
        }
    }

    fn pasted(self: &Rc<Self>, event: &Event) {
        let pasted = get(event, "clipboardData");
        // Programs put a picture of a text beside the text: then the text is meant.
        let is_text = types(&pasted).iter().any(|of| of == "text/plain");
        let files = list(&get(&pasted, "files"));
        if self.phase() == Phase::Call && is_in_chat(event) && !is_text && !files.is_empty() {
            event.prevent_default();
            self.offer_files(files);
        }
    }

    fn show_drop(&self, is_over: bool) {
        let over = self.state.files.over;
        if over.get_untracked() != is_over {
            over.set(is_over);
        }
    }
}

/// What is in a list of the browser's.
fn list(of: &JsValue) -> Vec<JsValue> {
    if of.is_object() {
        Array::from(of).to_vec()
    } else {
        Vec::new()
    }
}

fn types(transfer: &JsValue) -> Vec<String> {
    let types = list(&get(transfer, "types"));
    types.iter().filter_map(JsValue::as_string).collect()
}

/// Whether files are dragged, and not a text or a link.
fn has_files(event: &Event) -> bool {
    types(&get(event, "dataTransfer")).iter().any(|of| of == "Files")
}

fn is_folder(item: &JsValue) -> bool {
    get_text(item, "kind").as_deref() == Some("file") && get(&call(item, "webkitGetAsEntry"), "isDirectory").is_truthy()
}

fn is_in_chat(event: &Event) -> bool {
    let target = event.target().and_then(|target| target.dyn_into::<Element>().ok());
    target.is_some_and(|element| element.closest("#chat").is_ok_and(|found| found.is_some()))
}
