//! Received files are kept in the storage that the browser keeps for this origin alone (OPFS, WHATWG File System). No other
//! program sees them there, and nothing opens them. A browser that has none, or not in a private window, holds smaller ones in memory.
//!
//! Each page has a folder of its own, and holds a lock of the same name (Web Locks) for as long as it lives: so another page, of the same
//! or another room, knows which folders nobody needs any more.

use std::cell::{Cell, RefCell};
use std::collections::VecDeque;
use std::rc::Rc;
use std::time::Duration;

use call::SmallMap;
use call::files::{FileId, FileInput};
use js_sys::{Array, Promise, Uint8Array};
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::{JsFuture, future_to_promise};
use web_sys::Blob;

use super::{number, whole};
use crate::browser::page::{self, storage};
use crate::browser::rtc_ext::{get, get_text, object, set, settled, try_call};
use crate::browser::session::now;
use crate::browser::task::{ignore, spawn};
use crate::browser::timer::pause;

/// The folder with the folders of all pages.
const FOLDER: &str = "parlour-files";

/// Under which key a browser remembers that there may be something to delete: most pages never ask for the storage.
const LEFTOVERS_KEY: &str = "parlour.files";

const FULL: &str = "QuotaExceededError";

/// The type of what is downloaded: something that no browser opens.
const PLAIN: &str = "application/octet-stream";

/// Bytes of files that are held in memory, together: a phone has no more to spare.
const MEMORY_MAX: u64 = 256 * 1024 * 1024;

/// A download has begun after so long: what it reads may go. No browser says when.
const DOWNLOAD_BEGINS: Duration = Duration::from_secs(10);

/// All files that are received, and those of them that can be saved.
#[derive(Default)]
pub(super) struct Disk {
    /// This page's folder, once the first file has come.
    folder: RefCell<Option<Promise>>,
    /// What it is in, and its name there.
    place: Rc<RefCell<Option<(JsValue, String)>>>,
    stored: RefCell<SmallMap<u32, Rc<Stored>>>,
    /// Bytes that are held in memory, or are going to be.
    held: Cell<u64>,
}

/// One file. What is asked of it is done one after the other.
#[derive(Default)]
pub(super) struct Stored {
    steps: RefCell<VecDeque<Step>>,
    is_busy: Cell<bool>,
    /// `FileSystemFileHandle` and `FileSystemWritableFileStream`.
    handle: RefCell<Option<JsValue>>,
    writer: RefCell<Option<JsValue>>,
    /// What is being written lies here. One for all writes: buffers that are garbage keep their memory for long.
    buffer: RefCell<Option<Uint8Array>>,
    /// In memory: the size of the file, and what has come so far, one `Blob` for each block.
    blobs: RefCell<Option<(u64, Vec<JsValue>)>>,
    saved: Cell<Option<Duration>>,
}

/// What is asked of a file.
pub(super) enum Step {
    Create { size: u64 },
    Write { at: u64, pieces: Vec<Vec<u8>> },
    Finish,
    Remove,
}

impl Stored {
    /// What is to be done next.
    pub(super) fn next(&self) -> Option<Step> {
        let step = self.steps.borrow_mut().pop_front();
        self.is_busy.set(step.is_some());
        step
    }

    fn writer(&self) -> Result<JsValue, JsValue> {
        self.writer.borrow().clone().ok_or(JsValue::UNDEFINED)
    }

    /// Where so many bytes are put to be written. The write before is over: what it wrote is not needed any more.
    fn room_for(&self, length: usize) -> Uint8Array {
        // A MiB at most.
        let length = u32::try_from(length).unwrap_or_default();
        let mut buffer = self.buffer.borrow_mut();
        let buffer = buffer.get_or_insert_with(|| Uint8Array::new_with_length(length));
        if buffer.length() < length {
            *buffer = Uint8Array::new_with_length(length);
        }
        buffer.subarray(0, length)
    }
}

impl Disk {
    /// Asks something of a file. Returns it if somebody has to begin with what is asked of it.
    pub(super) fn queue(&self, id: u32, step: Step) -> Option<Rc<Stored>> {
        let mut all = self.stored.borrow_mut();
        let stored = match &step {
            Step::Create { .. } => Rc::clone(all.entry(id).or_default()),
            Step::Write { .. } | Step::Finish => Rc::clone(all.get(&id)?),
            Step::Remove => all.remove(&id)?,
        };
        let mut steps = stored.steps.borrow_mut();
        if matches!(step, Step::Remove) {
            // Nothing else matters any more.
            steps.clear();
        }
        steps.push_back(step);
        drop(steps);
        (!stored.is_busy.replace(true)).then_some(stored)
    }

    /// Does it, and says how that ended.
    pub(super) async fn perform(&self, stored: &Stored, id: FileId, step: Step) -> Option<FileInput> {
        let FileId::Received(place) = id else { return None };
        let done = match step {
            Step::Create { size } => {
                let mut created = self.create(stored, place, size).await;
                if created.as_ref().is_err_and(|error| !is_full(error)) {
                    created = self.hold(stored, size);
                }
                created.map(|()| FileInput::Created(id))
            }
            Step::Write { at, pieces } => {
                let written = write(stored, at, &pieces).await;
                written.map(|up_to| FileInput::Written { id, up_to })
            }
            Step::Finish => finish(stored).await.map(|()| FileInput::Finished(id)),
            Step::Remove => {
                self.remove(stored, place).await;
                return None;
            }
        };
        Some(done.unwrap_or_else(|error| {
            let no_space = is_full(&error);
            FileInput::Failed { id, no_space }
        }))
    }

    async fn create(&self, stored: &Stored, id: u32, size: u64) -> Result<(), JsValue> {
        let folder = self.folder().await?;
        if !has_room(size).await {
            return Err(full());
        }
        let handle = settled(&folder, "getFileHandle", &[&JsValue::from(id.to_string()), &creating()]).await?;
        stored.handle.replace(Some(handle.clone()));
        let writer = settled(&handle, "createWritable", &[]).await?;
        stored.writer.replace(Some(writer));
        Ok(())
    }

    /// In memory, for want of a better place.
    fn hold(&self, stored: &Stored, size: u64) -> Result<(), JsValue> {
        let held = self.held.get().saturating_add(size);
        if held > MEMORY_MAX {
            return Err(JsValue::UNDEFINED);
        }
        self.held.set(held);
        stored.blobs.replace(Some((size, Vec::new())));
        Ok(())
    }

    async fn remove(&self, stored: &Stored, id: u32) {
        let saved = stored.saved.get();
        let left = saved.map_or(Duration::ZERO, |at| (at + DOWNLOAD_BEGINS).saturating_sub(now()));
        if !left.is_zero() {
            pause(left).await;
        }
        if let Some((size, _)) = stored.blobs.take() {
            self.held.set(self.held.get().saturating_sub(size));
        }
        // All of this fails where it is gone already, or never was. What stays is deleted by the next page.
        if let Some(writer) = stored.writer.take() {
            let _ = settled(&writer, "abort", &[]).await;
        }
        if let (Some(_), Ok(folder)) = (stored.handle.take(), self.folder().await) {
            let _ = settled(&folder, "removeEntry", &[&JsValue::from(id.to_string())]).await;
        }
    }

    /// The `Blob` of what is complete.
    pub(super) async fn file(&self, id: u32) -> Result<JsValue, JsValue> {
        let stored = self.stored.borrow().get(&id).cloned().ok_or(JsValue::UNDEFINED)?;
        if let Some((_, blobs)) = &*stored.blobs.borrow() {
            return blob_of(&blobs.iter().collect());
        }
        let handle = stored.handle.borrow().clone();
        settled(&handle.ok_or(JsValue::UNDEFINED)?, "getFile", &[]).await
    }

    /// Downloads what is complete.
    pub(super) async fn save(&self, id: u32, name: &str) -> Result<(), JsValue> {
        let file = self.file(id).await?;
        let end = get(&file, "size");
        let plain = try_call(&file, "slice", &[&number(0), &end, &JsValue::from_str(PLAIN)])?;
        let urls = get(&page::window(), "URL");
        let url = try_call(&urls, "createObjectURL", &[&plain])?;
        let link = page::document().ok_or(JsValue::UNDEFINED)?.create_element("a")?;
        set(&link, "href", &url);
        set(&link, "download", &name.into());
        try_call(&link, "click", &[])?;
        if let Some(stored) = self.stored.borrow().get(&id) {
            stored.saved.set(Some(now()));
        }
        spawn(async move {
            pause(DOWNLOAD_BEGINS).await;
            let _ = try_call(&urls, "revokeObjectURL", &[&url]);
        });
        Ok(())
    }

    /// The page is closed. Whether the browser still does this is up to it.
    pub(super) fn abandon(&self) {
        // A download that has just begun still reads it. The next page deletes what stays.
        let stored = self.stored.borrow();
        let mut saved = stored.values().filter_map(|stored| stored.saved.get());
        if saved.any(|at| at + DOWNLOAD_BEGINS > now()) {
            return;
        }
        if let Some((folder, name)) = &*self.place.borrow()
            && let Ok(promise) = try_call(folder, "removeEntry", &[&JsValue::from_str(name), &recursive()])
            && let Ok(promise) = promise.dyn_into()
        {
            ignore(promise);
        }
    }

    /// This page's folder, which is made when it is asked for first.
    async fn folder(&self) -> Result<JsValue, JsValue> {
        let asked = self.folder.borrow().clone();
        let folder = asked.unwrap_or_else(|| {
            let made = future_to_promise(make_folder(Rc::clone(&self.place)));
            self.folder.replace(Some(made.clone()));
            made
        });
        let folder = JsFuture::from(folder).await;
        if folder.is_err() {
            // The next one may have more luck.
            self.folder.take();
        }
        folder
    }
}

async fn write(stored: &Stored, at: u64, pieces: &[Vec<u8>]) -> Result<u64, JsValue> {
    let length: usize = pieces.iter().map(Vec::len).sum();
    let data = stored.room_for(length);
    let mut from = 0;
    for piece in pieces {
        // They are a MiB together.
        let to = from + u32::try_from(piece.len()).unwrap_or_default();
        data.subarray(from, to).copy_from(piece);
        from = to;
    }
    let up_to = at + length as u64;
    // What is written goes on where the write before has ended.
    if let Some((_, blobs)) = &mut *stored.blobs.borrow_mut() {
        blobs.push(blob_of(&Array::of1(&data))?);
        return Ok(up_to);
    }
    let command = object([
        ("type", "write".into()),
        ("position", number(at)),
        ("data", data.into()),
    ]);
    settled(&stored.writer()?, "write", &[&command]).await?;
    Ok(up_to)
}

/// What was written becomes the file.
async fn finish(stored: &Stored) -> Result<(), JsValue> {
    stored.buffer.take();
    if stored.blobs.borrow().is_some() {
        return Ok(());
    }
    settled(&stored.writer()?, "close", &[]).await?;
    stored.writer.take();
    Ok(())
}

fn blob_of(parts: &Array) -> Result<JsValue, JsValue> {
    Blob::new_with_buffer_source_sequence(parts).map(Into::into)
}

/// As browsers say that there is no room (W3C Storage, `QuotaExceededError`).
fn full() -> JsValue {
    object([("name", FULL.into())]).into()
}

fn is_full(error: &JsValue) -> bool {
    get_text(error, "name").as_deref() == Some(FULL)
}

/// Whether a file of this size can be stored, as far as the browser says.
async fn has_room(size: u64) -> bool {
    let Ok(estimate) = settled(&store(), "estimate", &[]).await else {
        return true;
    };
    let quota = get(&estimate, "quota");
    quota.as_f64().is_none() || whole(&quota).saturating_sub(whole(&get(&estimate, "usage"))) >= size
}

async fn make_folder(place: Rc<RefCell<Option<(JsValue, String)>>>) -> Result<JsValue, JsValue> {
    let name = page::seed().to_string();
    let root = settled(&store(), "getDirectory", &[]).await?;
    hold(&name).await?;
    let all = settled(&root, "getDirectoryHandle", &[&JsValue::from_str(FOLDER), &creating()]).await?;
    let own = settled(&all, "getDirectoryHandle", &[&JsValue::from_str(&name), &creating()]).await?;
    storage::save(LEFTOVERS_KEY, "some");
    place.replace(Some((all, name)));
    Ok(own)
}

/// Deletes what pages have left that are gone, and what those leave that are still there, once they are gone.
pub(super) async fn clean() -> Result<(), JsValue> {
    if storage::load(LEFTOVERS_KEY).is_none() || !locks().is_object() {
        return Ok(());
    }
    let root = settled(&store(), "getDirectory", &[]).await?;
    let all = settled(&root, "getDirectoryHandle", &[&JsValue::from_str(FOLDER)]).await?;
    let names = try_call(&all, "keys", &[])?;
    let mut is_empty = true;
    loop {
        let next = settled(&names, "next", &[]).await?;
        if get(&next, "done").is_truthy() {
            break;
        }
        is_empty = false;
        delete_unheld(all.clone(), get(&next, "value"));
    }
    if is_empty {
        storage::forget(LEFTOVERS_KEY);
    }
    Ok(())
}

/// Deletes a folder as soon as no page holds its lock.
fn delete_unheld(all: JsValue, name: JsValue) {
    let folder = name.clone();
    let act = Closure::once_into_js(move || -> JsValue {
        let delete = async move { settled(&all, "removeEntry", &[&folder, &recursive()]).await };
        future_to_promise(delete).into()
    });
    spawn(async move {
        // Another page may have done it before.
        let _ = settled(&locks(), "request", &[&name, &act]).await;
    });
}

/// Holds the lock of this name for as long as the page lives. A browser without locks leaves the folder for ever.
async fn hold(name: &str) -> Result<(), JsValue> {
    let locks = locks();
    if !locks.is_object() {
        return Ok(());
    }
    let granted = Promise::new(&mut |granted, refused| {
        let held = Closure::once_into_js(move || -> JsValue {
            let _ = granted.call0(&JsValue::UNDEFINED);
            Promise::new(&mut |_, _| {}).into()
        });
        let (locks, name) = (locks.clone(), JsValue::from_str(name));
        spawn(async move {
            if let Err(error) = settled(&locks, "request", &[&name, &held]).await {
                let _ = refused.call1(&JsValue::UNDEFINED, &error);
            }
        });
    });
    JsFuture::from(granted).await.map(drop)
}

/// `StorageManager`.
fn store() -> JsValue {
    get(&page::window().navigator(), "storage")
}

/// `LockManager`.
fn locks() -> JsValue {
    get(&page::window().navigator(), "locks")
}

fn creating() -> JsValue {
    object([("create", true.into())]).into()
}

fn recursive() -> JsValue {
    object([("recursive", true.into())]).into()
}
