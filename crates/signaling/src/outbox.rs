//! What waits for one reader.

use std::collections::VecDeque;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::task::Waker;

use bytes::Bytes;
use futures_util::task::AtomicWaker;
use protocol::limits::{OUTBOX_BYTES, OUTBOX_MESSAGES};
use protocol::{Encoding, ServerMessage};
use tokio_tungstenite::tungstenite::{Message, Utf8Bytes};

/// Above so many places an empty queue gives its memory back.
const KEPT_PLACES: usize = 32;

/// Messages for one reader, bounded in number and in bytes. Whoever pushes never waits: a reader that lets the outbox
/// run over loses all of it, and its socket is closed.
///
/// The queue has no memory of its own until the first message.
#[derive(Debug)]
pub(crate) struct Outbox {
    encoding: Encoding,
    queue: Mutex<Queue>,
    reader: AtomicWaker,
}

#[derive(Debug, Default)]
struct Queue {
    frames: VecDeque<Message>,
    bytes: usize,
    overflowed: bool,
}

/// The reader fell behind by more than an outbox holds.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Overflowed;

impl Outbox {
    pub(crate) fn new(encoding: Encoding) -> Self {
        Self {
            encoding,
            queue: Mutex::default(),
            reader: AtomicWaker::new(),
        }
    }

    /// What this reader understands.
    pub(crate) fn encoding(&self) -> Encoding {
        self.encoding
    }

    /// Adds a frame and wakes the reader. After an overflow it drops it.
    pub(crate) fn push(&self, frame: Message) {
        let mut queue = self.queue();
        if queue.overflowed {
            return;
        }
        queue.bytes += frame.len();
        if queue.frames.len() >= OUTBOX_MESSAGES || queue.bytes > OUTBOX_BYTES {
            *queue = Queue {
                overflowed: true,
                ..Queue::default()
            };
        } else {
            queue.frames.push_back(frame);
        }
        drop(queue);
        self.reader.wake();
    }

    /// Writes a message and adds it.
    pub(crate) fn push_message(&self, message: &ServerMessage) {
        self.push(frame(self.encoding, message));
    }

    /// The oldest frame.
    ///
    /// # Errors
    /// [`Overflowed`], from then on.
    pub(crate) fn pop(&self) -> Result<Option<Message>, Overflowed> {
        let mut queue = self.queue();
        if queue.overflowed {
            return Err(Overflowed);
        }
        let frame = queue.frames.pop_front();
        queue.bytes -= frame.as_ref().map_or(0, Message::len);
        if queue.frames.is_empty() && queue.frames.capacity() > KEPT_PLACES {
            queue.frames = VecDeque::new();
        }
        Ok(frame)
    }

    /// Whether the reader is to be closed.
    pub(crate) fn has_overflowed(&self) -> bool {
        self.queue().overflowed
    }

    /// Who is woken by the next push. Call it before `pop`, so that no push falls in between unseen.
    pub(crate) fn register(&self, waker: &Waker) {
        self.reader.register(waker);
    }

    fn queue(&self) -> MutexGuard<'_, Queue> {
        self.queue.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// One message as one WebSocket message. Its clones share the bytes.
pub(crate) fn frame(encoding: Encoding, message: &ServerMessage) -> Message {
    let bytes = Bytes::from(encoding.encode(message));
    if encoding.is_text() {
        Message::Text(Utf8Bytes::try_from(bytes).expect("the encoder writes UTF-8"))
    } else {
        Message::Binary(bytes)
    }
}

/// A message on its way to many: written when the first reader of an encoding comes, and once for each encoding.
pub(crate) struct Broadcast<'a> {
    message: &'a ServerMessage,
    written: [Option<Message>; Encoding::ALL.len()],
}

impl<'a> Broadcast<'a> {
    pub(crate) fn new(message: &'a ServerMessage) -> Self {
        Self {
            message,
            written: [const { None }; Encoding::ALL.len()],
        }
    }

    /// Gives the message to one more reader.
    pub(crate) fn send(&mut self, outbox: &Outbox) {
        let encoding = outbox.encoding();
        let written = &mut self.written[usize::from(encoding.is_text())];
        let frame = written.get_or_insert_with(|| frame(encoding, self.message));
        outbox.push(frame.clone());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(length: usize) -> Message {
        Message::text("x".repeat(length))
    }

    #[test]
    fn frames_come_out_in_the_order_in_which_they_went_in() {
        let outbox = Outbox::new(Encoding::Json);
        outbox.push(text(1));
        outbox.push(text(2));
        assert_eq!(outbox.pop(), Ok(Some(text(1))));
        assert_eq!(outbox.pop(), Ok(Some(text(2))));
        assert_eq!(outbox.pop(), Ok(None));
    }

    #[test]
    fn too_many_messages_overflow() {
        let outbox = Outbox::new(Encoding::Json);
        (0..OUTBOX_MESSAGES).for_each(|_| outbox.push(text(1)));
        assert_eq!(outbox.pop(), Ok(Some(text(1))), "a full outbox is no overflow");
        outbox.push(text(1));
        outbox.push(text(1));
        assert_eq!(outbox.pop(), Err(Overflowed));
    }

    #[test]
    fn too_many_bytes_overflow_and_what_was_read_counts_no_more() {
        let outbox = Outbox::new(Encoding::Json);
        for _ in 0..100 {
            outbox.push(text(OUTBOX_BYTES));
            assert_eq!(outbox.pop().map(|frame| frame.is_some()), Ok(true));
        }
        outbox.push(text(OUTBOX_BYTES));
        outbox.push(text(1));
        assert_eq!(outbox.pop(), Err(Overflowed));
        outbox.push(text(1));
        assert_eq!(outbox.pop(), Err(Overflowed), "it stays overflowed");
    }

    #[test]
    fn an_overflowed_or_emptied_outbox_holds_no_memory() {
        let outbox = Outbox::new(Encoding::Json);
        assert_eq!(outbox.queue().frames.capacity(), 0, "before its first message");
        (0..OUTBOX_MESSAGES).for_each(|_| outbox.push(text(1)));
        while outbox.pop().expect("not overflowed").is_some() {}
        assert_eq!(outbox.queue().frames.capacity(), 0, "emptied");
        (0..=OUTBOX_MESSAGES).for_each(|_| outbox.push(text(1)));
        assert_eq!(outbox.queue().frames.capacity(), 0, "overflowed");
    }

    #[test]
    fn a_broadcast_is_written_once_for_each_encoding() {
        let message = ServerMessage::Bye { retry_after_ms: 1 };
        let readers = [Encoding::Json, Encoding::Postcard, Encoding::Json, Encoding::Postcard].map(Outbox::new);
        let mut broadcast = Broadcast::new(&message);
        readers.iter().for_each(|reader| broadcast.send(reader));
        let frames = readers.map(|reader| reader.pop().expect("no overflow").expect("a frame").into_data());
        assert_eq!(frames[0].as_ptr(), frames[2].as_ptr(), "JSON readers share the bytes");
        assert_eq!(
            frames[1].as_ptr(),
            frames[3].as_ptr(),
            "postcard readers share the bytes"
        );
        assert_eq!(Encoding::Json.decode(&frames[0]), Ok(message.clone()));
        assert_eq!(Encoding::Postcard.decode(&frames[1]), Ok(message));
    }
}
