//! The chat on the page: what is said goes to the call, and what the call knows is shown.

use std::rc::Rc;

use call::chat::{Author, Receipt, Receipts};
use call::{Call, Input};
use js_sys::Date;
use leptos::prelude::*;
use protocol::PeerId;
use wasm_bindgen::prelude::*;

use super::element::{end_full_screen_of_part, focus};
use super::page;
use super::rtc_ext::{get, object};
use super::session::Session;
use crate::state::{Delivery, ShownLine};
use crate::texts::texts;

impl Session {
    /// Says a line to everybody.
    pub(super) fn say(self: &Rc<Self>, text: String) {
        self.dispatch(Input::Say { id: page::seed(), text });
    }

    /// Shows the chat, or no longer.
    pub(super) fn open_chat(&self, open: bool) {
        if open {
            end_full_screen_of_part();
        }
        self.state.chat.open.set(open);
        self.see_chat();
        if !open {
            // The field is gone: the keyboard goes back to the call.
            focus("main");
        }
    }

    /// What is on a page that is seen, with the panel open, has been read.
    pub(super) fn see_chat(&self) {
        let chat = self.state.chat;
        if chat.open.get_untracked() && page::is_visible() {
            if chat.unread.get_untracked() > 0 {
                chat.unread.set(0);
            }
            self.state.files.forget_news();
        }
    }

    /// There is something else to see; so many lines are new.
    pub(super) fn chat_changed(&self, new: usize) {
        let name_of = |peer| {
            let tile = self.peers.tile(peer);
            tile.map_or_else(|| texts().chat.left.to_owned(), |tile| tile.name.get_untracked())
        };
        let lines = shown(&self.call.borrow(), name_of);
        let chat = self.state.chat;
        self.view.later(move || {
            let is_seen = chat.open.get_untracked() && page::is_visible();
            if lines.is_empty() {
                chat.unread.set(0);
            }
            chat.lines.set(lines);
            if new > 0 && !is_seen {
                chat.unread.update(|unread| *unread += new);
            }
        });
    }
}

fn shown(call: &Call, name_of: impl Fn(PeerId) -> String) -> Vec<ShownLine> {
    let mut before = None;
    let lines = call.chat().lines().map(|line| {
        let (author, name, receipt) = match line.author {
            Author::Me(receipts) => (None, texts().people.you, Some(delivery(receipts, &name_of))),
            Author::Peer { id, name } => (Some(id), name, None),
        };
        let goes_on = before.replace(author) == Some(author);
        ShownLine {
            number: line.number,
            name: (!goes_on).then(|| name.to_owned()),
            is_own: author.is_none(),
            time: time(line.said_ms),
            text: line.text.to_owned(),
            receipt,
        }
    });
    lines.collect()
}

fn delivery(receipts: &Receipts, name_of: &impl Fn(PeerId) -> String) -> Delivery {
    let mut delivery = Delivery::default();
    for (peer, receipt) in receipts.iter() {
        match receipt {
            Receipt::Delivered | Receipt::Later => delivery.delivered += 1,
            Receipt::Waiting => delivery.waiting.push(name_of(peer)),
            Receipt::Missed(_) => delivery.missed.push(name_of(peer)),
        }
    }
    delivery
}

/// A time of the page's clock as the person's own clock says it.
fn time(page_ms: i64) -> String {
    let origin = get(&get(&page::window(), "performance"), "timeOrigin").as_f64();
    // Times of a page are far below 2^53.
    #[expect(clippy::cast_precision_loss)]
    let at = Date::new(&JsValue::from_f64(origin.unwrap_or(0.0) + page_ms as f64));
    let options = object([("hour", "2-digit".into()), ("minute", "2-digit".into())]);
    at.to_locale_time_string_with_options("default", &options).into()
}
