//! What waits for one reader.

use std::future::poll_fn;
use std::mem;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::task::{Poll, Waker};

use bytes::Bytes;
use futures_util::task::AtomicWaker;
use protocol::{Encoding, ServerMessage, ServerMessageOf};
use serde::Serialize;
use tokio_tungstenite::tungstenite::{Message, Utf8Bytes};

use crate::backlog::{self, Backlog, Gap, Unacknowledged};

/// Messages for one reader: a [`Backlog`] of WebSocket frames that many may fill and one socket reads. Whoever pushes never
/// waits: a reader that lets it run over loses all of it, and its socket is closed.
///
/// It stays when the socket is lost, and is emptied into another one when the seat is taken back.
#[derive(Debug)]
pub(crate) struct Outbox {
    encoding: Encoding,
    state: Mutex<State>,
    reader: AtomicWaker,
}

#[derive(Debug, Default)]
struct State {
    backlog: Backlog<Message>,
    taken_over: bool,
}

/// Why nothing more comes out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Ended {
    /// The reader fell behind by more than an outbox holds.
    Overflowed,
    /// Another socket has the seat.
    TakenOver,
}

impl From<backlog::Overflowed> for Ended {
    fn from(backlog::Overflowed: backlog::Overflowed) -> Self {
        Self::Overflowed
    }
}

impl Outbox {
    pub(crate) fn new(encoding: Encoding) -> Self {
        Self {
            encoding,
            state: Mutex::default(),
            reader: AtomicWaker::new(),
        }
    }

    /// What this reader understands.
    pub(crate) fn encoding(&self) -> Encoding {
        self.encoding
    }

    /// Adds a frame, and leaves it to the caller to wake the reader where it says so: a reader for whom something waits
    /// already was woken for that. After an overflow or a take-over it drops the frame.
    #[must_use]
    pub(crate) fn put(&self, frame: Message, counted: bool) -> bool {
        let mut state = self.state();
        if state.taken_over || state.backlog.has_overflowed() {
            return false;
        }
        let bytes = frame.len();
        let news = !state.backlog.is_waiting();
        state.backlog.push(frame, bytes, counted);
        news || state.backlog.has_overflowed()
    }

    /// Wakes the reader.
    pub(crate) fn wake(&self) {
        self.reader.wake();
    }

    /// Writes a message, adds it and wakes the reader.
    pub(crate) fn push_message(&self, message: &ServerMessage) {
        if self.put(frame(self.encoding, message), message.is_counted()) {
            self.wake();
        }
    }

    /// The oldest frame.
    ///
    /// # Errors
    /// [`Ended`], from then on.
    pub(crate) fn pop(&self) -> Result<Option<Message>, Ended> {
        let mut state = self.state();
        if state.taken_over {
            return Err(Ended::TakenOver);
        }
        Ok(state.backlog.pop()?)
    }

    /// Why nothing more comes out, when it is so.
    pub(crate) fn ended(&self) -> Option<Ended> {
        let state = self.state();
        match (state.taken_over, state.backlog.has_overflowed()) {
            (true, _) => Some(Ended::TakenOver),
            (false, true) => Some(Ended::Overflowed),
            (false, false) => None,
        }
    }

    /// Waits until another socket has the seat. In place of a reader: there is one at a time.
    pub(crate) async fn taken_over(&self) {
        poll_fn(|cx| {
            self.register(cx.waker());
            match self.state().taken_over {
                true => Poll::Ready(()),
                false => Poll::Pending,
            }
        })
        .await;
    }

    /// Counted frames that have gone out.
    pub(crate) fn written(&self) -> u64 {
        self.state().backlog.written()
    }

    /// So many counted frames have arrived.
    pub(crate) fn acknowledge(&self, count: u64) {
        self.state().backlog.acknowledge(count);
    }

    /// How much is kept only until it is known to have arrived.
    pub(crate) fn unacknowledged(&self) -> Unacknowledged {
        self.state().backlog.unacknowledged()
    }

    /// Counting begins anew with a `joined` that is issued at `since`.
    pub(crate) fn restart(&self, since: u64) {
        self.state().backlog.restart(since);
    }

    /// When the `joined` was issued with which counting began.
    pub(crate) fn since(&self) -> u64 {
        self.state().backlog.since()
    }

    /// Another socket takes the seat: this one gets no more. Gives what it had, wound back to what the reader has
    /// `received` since the `joined` of the secret that was issued then.
    ///
    /// # Errors
    /// [`Gap::Forgotten`] when that cannot be; the outbox has ended all the same. [`Gap::NeverSaid`] when the claim cannot
    /// be true; nothing has changed then.
    pub(crate) fn hand_over(&self, to: Encoding, issued: u64, received: u64) -> Result<Backlog<Message>, Gap> {
        let mut state = self.state();
        let mut resumed = state.backlog.can_resume(issued, received);
        if resumed == Err(Gap::NeverSaid) {
            return Err(Gap::NeverSaid);
        }
        if self.encoding != to {
            // The frames are of no use to the other.
            resumed = Err(Gap::Forgotten);
        }
        let mut backlog = mem::take(&mut state.backlog);
        state.taken_over = true;
        drop(state);
        self.wake();
        resumed?;
        backlog.resume(issued, received)?;
        Ok(backlog)
    }

    /// Takes the backlog of a seat over. What waits here for this socket comes first, then the answer, then what was
    /// missed.
    pub(crate) fn install(&self, backlog: Backlog<Message>, answer: Message) {
        let mut state = self.state();
        let mut mine = mem::replace(&mut state.backlog, backlog);
        let mut before = Vec::new();
        // An overflow stays one: it is this reader that falls behind.
        let overflowed = loop {
            match mine.pop() {
                Ok(Some(frame)) => before.push(frame),
                Ok(None) => break false,
                Err(backlog::Overflowed) => break true,
            }
        };
        if overflowed {
            state.backlog = mine;
            return;
        }
        for frame in [answer].into_iter().chain(before.into_iter().rev()) {
            let bytes = frame.len();
            state.backlog.push_front(frame, bytes);
        }
    }

    /// Who is woken by the next push. Call it before `pop`, so that no push falls in between unseen.
    pub(crate) fn register(&self, waker: &Waker) {
        self.reader.register(waker);
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// One message as one WebSocket message. Its clones share the bytes.
pub(crate) fn frame(encoding: Encoding, message: &ServerMessage) -> Message {
    sized_frame(encoding, message, 0)
}

/// The same, with an idea of how many bytes it will have.
fn sized_frame<T: Serialize>(encoding: Encoding, message: &ServerMessageOf<T>, size: usize) -> Message {
    let bytes = Bytes::from(encoding.encode_into(message, Vec::with_capacity(size)));
    if encoding.is_text() {
        Message::Text(Utf8Bytes::try_from(bytes).expect("the encoder writes UTF-8"))
    } else {
        Message::Binary(bytes)
    }
}

/// A message on its way to many: written when the first reader of an encoding comes, and once for each encoding.
pub(crate) struct Broadcast<'a, T = String> {
    message: &'a ServerMessageOf<T>,
    /// About how many bytes it has; 0 when nobody knows.
    size: usize,
    written: [Option<Message>; Encoding::ALL.len()],
}

impl<'a, T: Serialize> Broadcast<'a, T> {
    pub(crate) fn new(message: &'a ServerMessageOf<T>) -> Self {
        Self::sized(message, 0)
    }

    /// Of a message whose length is about known.
    pub(crate) fn sized(message: &'a ServerMessageOf<T>, size: usize) -> Self {
        Self {
            message,
            size,
            written: [const { None }; Encoding::ALL.len()],
        }
    }

    /// Writes the message for a reader of this encoding, if it is not written yet.
    pub(crate) fn write(&mut self, encoding: Encoding) -> &Message {
        let written = &mut self.written[usize::from(encoding.is_text())];
        written.get_or_insert_with(|| sized_frame(encoding, self.message, self.size))
    }

    /// Gives the message to one more reader.
    pub(crate) fn send(&mut self, outbox: &Outbox) {
        if outbox.put(self.write(outbox.encoding()).clone(), self.message.is_counted()) {
            outbox.wake();
        }
    }

    /// Gives the message to its only reader, and leaves it to the caller to wake that where it says so.
    #[must_use]
    pub(crate) fn give(mut self, outbox: &Outbox) -> bool {
        let encoding = outbox.encoding();
        let written = self.written[usize::from(encoding.is_text())].take();
        let frame = written.unwrap_or_else(|| sized_frame(encoding, self.message, self.size));
        outbox.put(frame, self.message.is_counted())
    }
}

#[cfg(test)]
mod tests;
