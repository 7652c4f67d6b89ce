//! What was said to one seat, so that a lost socket loses nothing. Pure, and about anything that can be said: the server
//! keeps WebSocket frames here, a simulation messages.

use std::collections::VecDeque;

use protocol::Numbered;
use protocol::limits::{OUTBOX_BYTES, OUTBOX_MESSAGES};

/// Above so many places an empty queue gives its memory back.
const KEPT_PLACES: usize = 32;

/// A queue whose counted items are kept, once they are out, until they are known to have arrived.
///
/// Counting begins at 0 with each [`restart`](Self::restart), that is with each `joined`. Both parts are bounded by
/// [`OUTBOX_MESSAGES`] and [`OUTBOX_BYTES`]. Of what is out, the oldest is forgotten past the bound, which leaves a gap in
/// what can be said again. When more waits than the bound, everything is dropped: a reader that is there must be closed
/// ([`Overflowed`]), for one that is away it is a gap.
///
/// It has no memory of its own until the first item.
#[derive(Debug)]
pub struct Backlog<T> {
    /// Not out yet, oldest first.
    waiting: Queue<T>,
    /// Out, counted, and not known to have arrived, oldest first.
    sent: Queue<T>,
    /// Counted items before the first of `sent`: acknowledged, or forgotten.
    gone: u64,
    /// The most counted items that have been out since the restart.
    reached: u64,
    /// When the `joined` was issued with which counting began.
    since: u64,
    opening: Opening,
    overflowed: bool,
}

/// What is known of the `joined` with which counting began.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Opening {
    /// There was none yet.
    None,
    /// It was said.
    Said,
    /// It has arrived.
    Arrived,
}

#[derive(Debug)]
struct Queue<T> {
    entries: VecDeque<Entry<T>>,
    bytes: usize,
}

#[derive(Debug)]
struct Entry<T> {
    item: T,
    bytes: usize,
    counted: bool,
}

/// Much is out when it is more than this part of what may be.
const MUCH: usize = 16;

/// How much counted is out that is not known to have arrived.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unacknowledged {
    /// Nothing.
    Nothing,
    /// Nothing, but nobody knows yet whether the `joined` before it has arrived. Worth asking for at once: a seat whose
    /// `joined` never arrives is kept for nobody.
    Opening,
    /// Something.
    Some,
    /// So much that it is worth asking for at once: what is kept costs memory, and past the bound it is forgotten.
    Much,
}

/// The reader fell behind by more than a backlog holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Overflowed;

/// Why a seat cannot go on where its reader left off.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Gap {
    /// Not everything that was missed is here: counting must begin anew.
    Forgotten,
    /// The reader claims to have more than was ever out.
    NeverSaid,
}

impl<T: Clone> Backlog<T> {
    /// Nothing was said, and nothing is counted before the first [`Self::restart`].
    #[must_use]
    pub fn new() -> Self {
        Self {
            waiting: Queue::new(),
            sent: Queue::new(),
            gone: 0,
            reached: 0,
            since: 0,
            opening: Opening::None,
            overflowed: false,
        }
    }

    /// Begins to count anew, for a `joined` whose token is issued at `since` (in seconds since the Unix epoch). Counted
    /// items go; others that wait stay, because they are for this socket.
    pub fn restart(&mut self, since: u64) {
        self.sent = Queue::new();
        self.waiting.keep_uncounted();
        (self.gone, self.reached, self.since) = (0, 0, since);
        self.opening = Opening::Said;
    }

    /// Whether the `joined` with which counting began is known to have arrived: an [`acknowledge`](Self::acknowledge) since
    /// then says so.
    #[must_use]
    pub fn has_opened(&self) -> bool {
        self.opening == Opening::Arrived
    }

    /// What a reader that has everything which is out acknowledges. Before the first [`restart`](Self::restart) a number
    /// that acknowledges nothing, so that its answer is not taken for one to what came later.
    #[must_use]
    pub fn question(&self) -> u64 {
        match self.opening {
            Opening::None => u64::MAX,
            Opening::Said | Opening::Arrived => self.written(),
        }
    }

    /// When the `joined` was issued with which counting began.
    #[must_use]
    pub fn since(&self) -> u64 {
        self.since
    }

    /// Something is said. `counted` is what `ServerMessage::is_counted` says; what is not counted is said once, to this
    /// socket or to none. After an overflow nothing is kept.
    pub fn push(&mut self, item: T, bytes: usize, counted: bool) {
        if self.overflowed {
            return;
        }
        self.waiting.push_back(Entry { item, bytes, counted });
        if self.waiting.is_over() {
            self.overflow();
        }
    }

    /// Something that is not counted is said before everything that waits.
    pub fn push_front(&mut self, item: T, bytes: usize) {
        if !self.overflowed {
            let counted = false;
            self.waiting.push_front(Entry { item, bytes, counted });
        }
    }

    /// The next item goes out, with its number if it is counted.
    ///
    /// # Errors
    /// [`Overflowed`], from then on.
    pub fn pop(&mut self) -> Result<Option<Numbered<T>>, Overflowed> {
        if self.overflowed {
            return Err(Overflowed);
        }
        let Some(entry) = self.waiting.pop_front() else {
            return Ok(None);
        };
        let message = entry.item.clone();
        let mut number = 0;
        if entry.counted {
            self.sent.push_back(entry);
            number = self.written();
            self.reached = self.reached.max(number);
            while self.sent.is_over() {
                self.sent.pop_front();
                self.gone += 1;
            }
        }
        Ok(Some(Numbered { number, message }))
    }

    /// Counted items that are out since the restart; after a [`Self::resume`], those that had arrived and are out since.
    #[must_use]
    pub fn written(&self) -> u64 {
        self.gone + self.sent.entries.len() as u64
    }

    /// How much counted is out that is not known to have arrived.
    #[must_use]
    pub fn unacknowledged(&self) -> Unacknowledged {
        let (messages, bytes) = (self.sent.entries.len(), self.sent.bytes);
        match messages {
            0 if self.opening == Opening::Said && !self.is_waiting() => Unacknowledged::Opening,
            0 => Unacknowledged::Nothing,
            _ if messages > OUTBOX_MESSAGES / MUCH || bytes > OUTBOX_BYTES / MUCH => Unacknowledged::Much,
            _ => Unacknowledged::Some,
        }
    }

    /// Whether something waits.
    #[must_use]
    pub fn is_waiting(&self) -> bool {
        !self.waiting.entries.is_empty()
    }

    /// So many counted items have arrived: they are not needed any more. A number that cannot be is ignored.
    pub fn acknowledge(&mut self, count: u64) {
        if count > self.written() {
            return;
        }
        if self.opening == Opening::Said {
            self.opening = Opening::Arrived;
        }
        while self.gone < count {
            self.sent.pop_front();
            self.gone += 1;
        }
        // A seat that is idle keeps no memory.
        for queue in [&mut self.sent, &mut self.waiting] {
            if queue.entries.is_empty() {
                *queue = Queue::new();
            }
        }
    }

    /// Whether [`Self::resume`] can be done.
    ///
    /// # Errors
    /// As there.
    pub fn can_resume(&self, issued: u64, received: u64) -> Result<(), Gap> {
        if issued < self.since {
            // The newest `joined` never arrived: the reader counts from an older one.
            return Err(Gap::Forgotten);
        }
        if received > self.reached {
            return Err(Gap::NeverSaid);
        }
        if self.overflowed || received < self.gone {
            return Err(Gap::Forgotten);
        }
        let (mut messages, mut bytes) = (0, 0);
        for entry in self.missed(received) {
            messages += 1;
            bytes += entry.bytes;
        }
        if messages > OUTBOX_MESSAGES || bytes > OUTBOX_BYTES {
            return Err(Gap::Forgotten);
        }
        Ok(())
    }

    /// The reader is back, and has `received` counted items since the `joined` of the token that was issued then. From now
    /// on [`Self::pop`] gives exactly what it missed, in order, and then what is said next. Items that are not counted
    /// were for the socket before and go.
    ///
    /// # Errors
    /// [`Gap`]; nothing has changed then.
    pub fn resume(&mut self, issued: u64, received: u64) -> Result<(), Gap> {
        self.can_resume(issued, received)?;
        let beyond = received.saturating_sub(self.written());
        self.acknowledge(received.min(self.written()));
        let mut sent = std::mem::replace(&mut self.sent, Queue::new());
        let waiting = std::mem::replace(&mut self.waiting, Queue::new());
        let waiting = waiting.entries.into_iter().filter(|entry| entry.counted);
        // After an earlier rewind, some of what waits may have arrived long ago.
        let beyond = usize::try_from(beyond).unwrap_or(usize::MAX);
        waiting.skip(beyond).for_each(|entry| sent.push_back(entry));
        self.waiting = sent;
        self.gone = received;
        self.opening = Opening::Arrived;
        Ok(())
    }

    /// What is after the first `received` counted items.
    fn missed(&self, received: u64) -> impl Iterator<Item = &Entry<T>> {
        let waiting = self.waiting.entries.iter().filter(|entry| entry.counted);
        let arrived = usize::try_from(received.saturating_sub(self.gone)).unwrap_or(usize::MAX);
        self.sent.entries.iter().chain(waiting).skip(arrived)
    }

    fn overflow(&mut self) {
        self.waiting = Queue::new();
        self.sent = Queue::new();
        self.overflowed = true;
    }

    /// Whether the reader is to be closed.
    #[must_use]
    pub fn has_overflowed(&self) -> bool {
        self.overflowed
    }
}

impl<T: Clone> Default for Backlog<T> {
    fn default() -> Self {
        Self::new()
    }
}

impl<T> Queue<T> {
    const fn new() -> Self {
        Self {
            entries: VecDeque::new(),
            bytes: 0,
        }
    }

    fn push_back(&mut self, entry: Entry<T>) {
        self.bytes += entry.bytes;
        self.entries.push_back(entry);
    }

    fn push_front(&mut self, entry: Entry<T>) {
        self.bytes += entry.bytes;
        self.entries.push_front(entry);
    }

    fn pop_front(&mut self) -> Option<Entry<T>> {
        let entry = self.entries.pop_front()?;
        self.bytes -= entry.bytes;
        if self.entries.is_empty() && self.entries.capacity() > KEPT_PLACES {
            self.entries = VecDeque::new();
        }
        Some(entry)
    }

    fn keep_uncounted(&mut self) {
        self.entries.retain(|entry| !entry.counted);
        self.bytes = self.entries.iter().map(|entry| entry.bytes).sum();
    }

    fn is_over(&self) -> bool {
        self.entries.len() > OUTBOX_MESSAGES || self.bytes > OUTBOX_BYTES
    }
}

#[cfg(test)]
mod tests;
