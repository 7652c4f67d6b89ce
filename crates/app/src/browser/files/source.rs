//! Reads a file that is sent, from its beginning to its end.
//!
//! With a byte stream (`Blob.stream()` and a BYOB reader, WHATWG Streams section 4.5) one buffer serves all reads. With `slice()` and
//! `arrayBuffer()` each read makes a blob, for which the page stands still until the browser's process has answered, and a buffer, which keeps
//! its memory until garbage is collected: three times as slow, and a hundred MiB.

use std::cell::{Cell, RefCell};

use js_sys::{ArrayBuffer, Uint8Array};
use wasm_bindgen::prelude::*;

use super::{number, whole};
use crate::browser::rtc_ext::{get, object, settled, try_call};
use crate::browser::task::ignore;

/// A `File` (W3C File API). It is a reference: the bytes stay on the disk.
pub(super) struct Source {
    file: JsValue,
    reader: RefCell<Option<Reader>>,
    /// The browser has no such streams.
    has_none: Cell<bool>,
}

/// The file, read so far.
struct Reader {
    /// `ReadableStreamBYOBReader`.
    stream: JsValue,
    at: u64,
    /// Each read takes it along, and brings it back.
    buffer: ArrayBuffer,
}

impl Source {
    pub(super) fn new(file: JsValue) -> Self {
        Self {
            file,
            reader: RefCell::default(),
            has_none: Cell::default(),
        }
    }

    /// A part of it. Fewer bytes if it ends before.
    ///
    /// # Errors
    ///
    /// With what the browser says of a file that cannot be read, or has changed since it was chosen.
    pub(super) async fn read(&self, from: u64, length: usize) -> Result<Vec<u8>, JsValue> {
        let before = self.reader.borrow_mut().take_if(|reader| reader.at == from);
        let Some(mut reader) = before.or_else(|| self.open(from)) else {
            return part(&self.file, from, length).await;
        };
        let bytes = reader.read(length).await?;
        if reader.at >= whole(&get(&self.file, "size")) {
            // A stream looks at the file's date when it is opened, a slice now.
            part(&self.file, reader.at.saturating_sub(1), 1).await?;
            reader.close();
        } else if let Some(other) = self.reader.replace(Some(reader)) {
            other.close();
        }
        Ok(bytes)
    }

    /// Reads it from here on. Not every browser can.
    fn open(&self, from: u64) -> Option<Reader> {
        if self.has_none.get() {
            return None;
        }
        if let Some(other) = self.reader.take() {
            other.close();
        }
        let part = match from {
            0 => self.file.clone(),
            _ => try_call(&self.file, "slice", &[&number(from)]).ok()?,
        };
        let options = object([("mode", "byob".into())]);
        let stream = try_call(&part, "stream", &[]).and_then(|stream| try_call(&stream, "getReader", &[&options]));
        self.has_none.set(stream.is_err());
        Some(Reader {
            stream: stream.ok()?,
            at: from,
            buffer: ArrayBuffer::new(0),
        })
    }
}

/// A part of a file, by itself.
pub(super) async fn part(file: &JsValue, from: u64, length: usize) -> Result<Vec<u8>, JsValue> {
    let to = from.saturating_add(length as u64);
    let part = try_call(file, "slice", &[&number(from), &number(to)])?;
    let buffer = settled(&part, "arrayBuffer", &[]).await?;
    Ok(Uint8Array::new(&buffer).to_vec())
}

impl Drop for Source {
    fn drop(&mut self) {
        if let Some(reader) = self.reader.take() {
            reader.close();
        }
    }
}

impl Reader {
    async fn read(&mut self, length: usize) -> Result<Vec<u8>, JsValue> {
        // A MiB at most.
        let length = u32::try_from(length).unwrap_or_default();
        if self.buffer.byte_length() < length {
            self.buffer = ArrayBuffer::new(length);
        }
        let mut got = 0;
        while got < length {
            let view = Uint8Array::new_with_byte_offset_and_length(&self.buffer, got, length - got);
            // Browsers that do not know this one give what is there.
            let all = object([("min", (length - got).into())]);
            let read = settled(&self.stream, "read", &[&view, &all]).await?;
            let Ok(value) = get(&read, "value").dyn_into::<Uint8Array>() else {
                break;
            };
            got += value.length();
            self.buffer = value.buffer().unchecked_into();
            if get(&read, "done").is_truthy() {
                break;
            }
        }
        self.at += u64::from(got);
        Ok(Uint8Array::new_with_byte_offset_and_length(&self.buffer, 0, got).to_vec())
    }

    fn close(self) {
        // One that has failed says so once more.
        if let Ok(promise) = try_call(&self.stream, "cancel", &[])
            && let Ok(promise) = promise.dyn_into()
        {
            ignore(promise);
        }
    }
}
