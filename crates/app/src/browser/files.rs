//! Files on the page: what the person chose goes to the call, what comes is stored, and what the call knows is shown.

mod channel;
mod chosen;
mod disk;
mod preview;
mod source;

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use call::files::{FileEffect, FileEnding, FileId, FileInput, FileState, FileView};
use call::{ConnectionId, Input, SmallMap};
use leptos::prelude::*;
use protocol::PeerId;
use protocol::peer_message::{FileEndReason, FileKind};
use wasm_bindgen::prelude::*;
use web_sys::HtmlCanvasElement;

use super::page;
use super::rtc_ext::{get, get_text};
use super::session::Session;
use super::task::spawn;
use crate::state::{Tone, grouped};
use crate::texts::texts;

pub(super) use channel::FileChannels;
use disk::{Disk, Step};
use source::Source;

/// Files that are sent at one go. Each is a row for each person.
const AT_ONCE: usize = 64;

/// What this page holds of files.
#[derive(Default)]
pub(super) struct Files {
    /// What is sent, by the number of the offer.
    sent: RefCell<SmallMap<u64, Rc<Source>>>,
    /// Files that were chosen so far.
    chosen: Cell<u32>,
    /// Which offers are of the same file.
    groups: RefCell<SmallMap<u64, u32>>,
    disk: Disk,
    /// The newest offer that the person was told of.
    told: Cell<u32>,
    /// Those that have ended, which the person was told of.
    over: RefCell<Vec<FileId>>,
    /// Data channels that were given something since it was last said how much waits in them.
    given: RefCell<Vec<(ConnectionId, u16)>>,
}

impl Session {
    /// Sends files to everybody whose page takes them.
    pub(super) fn offer_files(self: &Rc<Self>, mut files: Vec<JsValue>) {
        let words = texts().files;
        if files.is_empty() {
            return;
        }
        let tiles = self.peers.tiles();
        let takers: Vec<PeerId> = {
            let call = self.call.borrow();
            let ids = tiles.iter().map(|tile| tile.id);
            ids.filter(|peer| call.takes_files(*peer)).collect()
        };
        if takers.is_empty() {
            let sentence = if tiles.is_empty() { words.nobody } else { words.no_taker };
            self.notify(Tone::Problem, sentence);
            return;
        }
        if files.len() > AT_ONCE {
            files.truncate(AT_ONCE);
            self.notify(Tone::Problem, words.too_many);
        }
        for file in files {
            let group = self.files.chosen.get();
            self.files.chosen.set(group.wrapping_add(1));
            for peer in &takers {
                self.offer(&file, group, *peer);
            }
        }
        self.open_chat(true);
    }

    fn offer(self: &Rc<Self>, file: &JsValue, group: u32, peer: PeerId) {
        let id = page::seed();
        self.files
            .sent
            .borrow_mut()
            .insert(id, Rc::new(Source::new(file.clone())));
        self.files.groups.borrow_mut().insert(id, group);
        let media_type = get_text(file, "type").unwrap_or_default();
        self.dispatch(Input::File(FileInput::Offer {
            id,
            peer,
            name: get_text(file, "name").unwrap_or_default(),
            size: whole(&get(file, "size")),
            kind: FileKind::of_media_type(&media_type),
        }));
    }

    /// What the call asks for.
    pub(super) fn perform_file(self: &Rc<Self>, effect: FileEffect) {
        match effect {
            FileEffect::Read { id, from, length } => self.read(id, from, length),
            FileEffect::Create { id, size } => self.store(id, Step::Create { size }),
            FileEffect::Write { id, at, pieces } => self.store(id, Step::Write { at, pieces }),
            FileEffect::Finish { id } => self.store(id, Step::Finish),
            FileEffect::Drop { id } => match id {
                FileId::Sent(number) => {
                    self.files.sent.borrow_mut().remove(&number);
                }
                FileId::Received(_) => self.store(id, Step::Remove),
            },
            FileEffect::OpenChannel { connection, channel } => match self.peers.connection(connection) {
                Some((_, of)) => of.open_file_channel(channel),
                None => self.dispatch(Input::File(FileInput::ChannelClosed { connection, channel })),
            },
            FileEffect::CloseChannel { connection, channel } => {
                if let Some((_, of)) = self.peers.connection(connection) {
                    of.file_channels().close(channel);
                }
            }
            FileEffect::Send {
                connection,
                channel,
                bytes,
            } => {
                if let Some((_, of)) = self.peers.connection(connection) {
                    of.file_channels().send(channel, &bytes);
                    let mut given = self.files.given.borrow_mut();
                    if !given.contains(&(connection, channel)) {
                        given.push((connection, channel));
                    }
                }
            }
            FileEffect::Changed(views) => self.files_changed(&views),
        }
    }

    /// Everything of one input has been done: says what has left the data channels at once.
    pub(super) fn files_given(&self) {
        for (connection, channel) in self.files.given.take() {
            if let Some((_, of)) = self.peers.connection(connection) {
                of.file_channels().tell_drained(channel);
            }
        }
    }

    fn read(self: &Rc<Self>, id: FileId, from: u64, length: usize) {
        let file = match id {
            FileId::Sent(number) => self.files.sent.borrow().get(&number).cloned(),
            FileId::Received(_) => None,
        };
        let Some(file) = file else {
            self.dispatch(Input::File(FileInput::Failed { id, no_space: false }));
            return;
        };
        let session = Rc::clone(self);
        spawn(async move {
            let input = match file.read(from, length).await {
                Ok(bytes) => FileInput::Read { id, from, bytes },
                Err(_) => FileInput::Failed { id, no_space: false },
            };
            session.dispatch(Input::File(input));
        });
    }

    /// Does something with a file that is received, after what was asked for before.
    fn store(self: &Rc<Self>, id: FileId, step: Step) {
        let FileId::Received(number) = id else { return };
        let Some(stored) = self.files.disk.queue(number, step) else {
            return;
        };
        let session = Rc::clone(self);
        spawn(async move {
            while let Some(step) = stored.next() {
                if let Some(input) = session.files.disk.perform(&stored, id, step).await {
                    session.dispatch(Input::File(input));
                }
            }
        });
    }

    fn files_changed(&self, views: &[FileView]) {
        let is_there = |id: &u64| views.iter().any(|view| view.id == FileId::Sent(*id));
        // An offer is there from the moment in which the call has taken it.
        let sent = self.files.sent.borrow();
        let mut groups = self.files.groups.borrow_mut();
        groups.retain(|id, _| is_there(id) || sent.contains_key(id));
        let list = grouped(views, |id| groups.get(&id).copied().unwrap_or_default());

        let told = self.files.told.get();
        let is_new = |view: &&FileView| {
            matches!(view.id, FileId::Received(number) if number > told) && view.state == FileState::Offered
        };
        let new = views.iter().filter(is_new).count();
        let newest = views.iter().rfind(is_new);
        if let Some(FileView {
            id: FileId::Received(number),
            ..
        }) = newest
        {
            self.files.told.set(*number);
        }
        let is_open = |view: &FileView| matches!(view.id, FileId::Received(_)) && view.state == FileState::Offered;
        let ended = self.just_ended(views);
        let has_offers = views.iter().any(is_open);
        let news = newest.map(|view| (texts().files.news)(&view.peer_name, &view.name));
        let (files, chat) = (self.state.files, self.state.chat);
        let is_seen = chat.open.get_untracked() && page::is_visible();
        self.view.later(move || {
            files.list.set(list);
            if news.is_some() {
                files.news.set(news);
            } else if !has_offers {
                // What was offered was withdrawn.
                files.forget_news();
            }
            if ended.is_some() || new > 0 {
                files.ended.set(ended);
            }
            if new > 0 && !is_seen {
                chat.unread.update(|unread| *unread += new);
            }
        });
    }

    /// Says how those ended that have ended since the list before, but for what the person has done.
    fn just_ended(&self, views: &[FileView]) -> Option<String> {
        let is_over = |view: &&FileView| matches!(view.state, FileState::Complete | FileState::Ended(_));
        let over = views.iter().filter(is_over).map(|view| view.id).collect();
        let before = self.files.over.replace(over);
        let is_news = |view: &&FileView| {
            let own = [FileEndReason::Cancelled, FileEndReason::Refused].map(FileEnding::Ours);
            !before.contains(&view.id) && !own.map(FileState::Ended).contains(&view.state)
        };
        let words = texts().files;
        let say = |view: &FileView| {
            let is_own = matches!(view.id, FileId::Sent(_));
            let label = (words.label)(is_own, &view.peer_name, &view.name);
            [&label, ": ", (words.state)(is_own, view.state)].concat()
        };
        let said: Vec<String> = views.iter().filter(is_over).filter(is_news).map(say).collect();
        (!said.is_empty()).then(|| said.join(" "))
    }

    /// Saves a file that was received, as a download.
    pub(super) fn save_file(self: &Rc<Self>, id: FileId, name: String) {
        let FileId::Received(number) = id else { return };
        let session = Rc::clone(self);
        spawn(async move {
            if session.files.disk.save(number, &name).await.is_err() {
                session.notify(Tone::Problem, texts().files.not_saved);
            }
        });
    }

    /// Draws a small picture of a file that was received, if it is a picture and no harm can come of it.
    pub(super) fn preview_file(self: &Rc<Self>, id: FileId, canvas: HtmlCanvasElement, drawn: RwSignal<bool>) {
        let FileId::Received(number) = id else { return };
        let session = Rc::clone(self);
        spawn(async move {
            let Ok(file) = session.files.disk.file(number).await else {
                return;
            };
            // What cannot be drawn is shown as a file like any other.
            if preview::draw(&file, &canvas).await.is_ok() {
                let _ = drawn.try_set(true);
            }
        });
    }

    /// Files of pages that are gone are of no use to anybody.
    pub(super) fn start_files() {
        spawn(async {
            // Where the browser does not let the page store anything, there is nothing.
            let _ = disk::clean().await;
        });
    }

    /// The page is closed.
    pub(super) fn close_files(&self) {
        self.files.disk.abandon();
    }
}

/// A number of bytes, for JavaScript. No file is larger than 2^53.
#[expect(clippy::cast_precision_loss)]
fn number(bytes: u64) -> JsValue {
    JsValue::from_f64(bytes as f64)
}

/// A number of bytes, from JavaScript.
fn whole(number: &JsValue) -> u64 {
    // A cast of a float saturates.
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
    let bytes = number.as_f64().unwrap_or_default() as u64;
    bytes
}
