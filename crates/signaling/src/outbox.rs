//! What waits for one reader.

use std::future::poll_fn;
use std::mem;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::task::{Poll, Waker};

use bytes::Bytes;
use futures_util::task::AtomicWaker;
use protocol::{Encoding, Numbered, ServerMessage, ServerMessageOf};
use serde::Serialize;
use tokio_tungstenite::tungstenite::{Message, Utf8Bytes};

use crate::backlog::{self, Backlog, Gap, Unacknowledged};

/// Messages for one reader: a [`Backlog`] of written messages that many may fill and one socket reads. A push never
/// waits: a reader that lets it run over loses all of it, and its socket is closed.
///
/// Readers share the bytes of a message that goes to many. Its number is the reader's own: it is put before the message when
/// that goes out, which copies it once, to where it is written from.
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
    backlog: Backlog<Bytes>,
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

    /// Adds a message, and leaves it to the caller to wake the reader where it says so: a reader for whom something waits
    /// already was woken for that. After an overflow or a take-over it drops the message.
    #[must_use]
    pub(crate) fn put(&self, message: Bytes, counted: bool) -> bool {
        let mut state = self.state();
        if state.taken_over || state.backlog.has_overflowed() {
            return false;
        }
        let bytes = message.len();
        let news = !state.backlog.is_waiting();
        state.backlog.push(message, bytes, counted);
        news || state.backlog.has_overflowed()
    }

    /// Wakes the reader.
    pub(crate) fn wake(&self) {
        self.reader.wake();
    }

    /// Writes a message, adds it and wakes the reader.
    pub(crate) fn push_message(&self, message: &ServerMessage) {
        if self.put(written(self.encoding, message, 0), message.is_counted()) {
            self.wake();
        }
    }

    /// The oldest message, as a frame.
    ///
    /// # Errors
    /// [`Ended`], from then on.
    pub(crate) fn pop(&self) -> Result<Option<Message>, Ended> {
        let mut state = self.state();
        if state.taken_over {
            return Err(Ended::TakenOver);
        }
        let next = state.backlog.pop()?;
        drop(state);
        Ok(next.map(|Numbered { number, message }| numbered(self.encoding, number, &message)))
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

    /// What a pong brings back when everything that is out has arrived.
    pub(crate) fn question(&self) -> u64 {
        self.state().backlog.question()
    }

    /// Whether the newest `joined` is known to have arrived.
    pub(crate) fn has_opened(&self) -> bool {
        self.state().backlog.has_opened()
    }

    /// The seat is given up while it is without a socket: its keeper stops.
    pub(crate) fn give_up(&self) {
        self.state().taken_over = true;
        self.wake();
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
    /// `received` since the `joined` of the token that was issued then.
    ///
    /// # Errors
    /// [`Gap::Forgotten`] when that cannot be; the outbox has ended all the same. [`Gap::NeverSaid`] when the claim cannot
    /// be true; nothing has changed then.
    pub(crate) fn hand_over(&self, to: Encoding, issued: u64, received: u64) -> Result<Backlog<Bytes>, Gap> {
        let mut state = self.state();
        let mut resumed = state.backlog.can_resume(issued, received);
        if resumed == Err(Gap::NeverSaid) {
            return Err(Gap::NeverSaid);
        }
        if self.encoding != to {
            // What is written is of no use to the other.
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
    pub(crate) fn install(&self, backlog: Backlog<Bytes>, answer: &ServerMessage) {
        let mut state = self.state();
        let mut mine = mem::replace(&mut state.backlog, backlog);
        let mut before = Vec::new();
        // An overflow stays one: it is this reader that falls behind.
        let overflowed = loop {
            match mine.pop() {
                Ok(Some(next)) => before.push(next.message),
                Ok(None) => break false,
                Err(backlog::Overflowed) => break true,
            }
        };
        if overflowed {
            state.backlog = mine;
            return;
        }
        let answer = written(self.encoding, answer, 0);
        for message in [answer].into_iter().chain(before.into_iter().rev()) {
            let bytes = message.len();
            state.backlog.push_front(message, bytes);
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

/// A message that is not counted as one WebSocket message.
pub(crate) fn frame(encoding: Encoding, message: &ServerMessage) -> Message {
    numbered(encoding, 0, &written(encoding, message, 0))
}

/// A written message as one WebSocket message.
fn numbered(encoding: Encoding, number: u64, message: &[u8]) -> Message {
    let frame = Bytes::from(encoding.number(number, message));
    if encoding.is_text() {
        Message::Text(Utf8Bytes::try_from(frame).expect("the encoder writes UTF-8"))
    } else {
        Message::Binary(frame)
    }
}

/// Writes a message of about this size; 0 when nobody knows. Clones share the bytes.
fn written<T: Serialize>(encoding: Encoding, message: &ServerMessageOf<T>, size: usize) -> Bytes {
    let mut written = encoding.encode_into(message, Vec::with_capacity(size));
    // The size is that of the frame that came, which a stranger may have padded: what waits would keep all of it in memory.
    if written.capacity() > 2 * written.len() {
        written.shrink_to_fit();
    }
    written.into()
}

/// A message on its way to many: written when the first reader of an encoding comes, and once for each encoding.
pub(crate) struct Broadcast<'a, T = String> {
    message: &'a ServerMessageOf<T>,
    /// About how many bytes it has; 0 when nobody knows.
    size: usize,
    written: [Option<Bytes>; Encoding::ALL.len()],
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
    pub(crate) fn write(&mut self, encoding: Encoding) -> &Bytes {
        let place = &mut self.written[usize::from(encoding.is_text())];
        place.get_or_insert_with(|| written(encoding, self.message, self.size))
    }

    /// What it is for a reader of this encoding, where that cannot be written from the message.
    pub(crate) fn set(&mut self, encoding: Encoding, written: Vec<u8>) {
        self.written[usize::from(encoding.is_text())] = Some(written.into());
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
        let ready = self.written[usize::from(encoding.is_text())].take();
        let message = ready.unwrap_or_else(|| written(encoding, self.message, self.size));
        outbox.put(message, self.message.is_counted())
    }
}

#[cfg(test)]
mod tests;
