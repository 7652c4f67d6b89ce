//! What is to be said to a peer on the reliable channel. It outlives connections.

use crate::SmallMap;
use std::collections::VecDeque;
use std::marker::PhantomData;
use std::time::Duration;

use protocol::limits::peer;
use protocol::peer_message::{Content, Payload};

use super::Refused;

/// States, momentary messages and events, each encoded as a content.
#[derive(Debug)]
pub(super) struct Outbox<M> {
    /// The newest state of each tag.
    states: SmallMap<u32, State>,
    /// What is worth nothing after a time, oldest first.
    moments: VecDeque<(Duration, Vec<u8>)>,
    /// Events that are not acknowledged, oldest first. The first has the number `acked + 1`.
    events: VecDeque<Vec<u8>>,
    acked: u64,
    /// The number of the event that goes next.
    next: u64,
    /// The highest number that ever went.
    sent: u64,
    /// Of moments and events together.
    bytes: usize,
    kind: PhantomData<M>,
}

#[derive(Debug)]
struct State {
    content: Vec<u8>,
    is_sent: bool,
}

impl<M> Default for Outbox<M> {
    fn default() -> Self {
        Self {
            states: SmallMap::new(),
            moments: VecDeque::new(),
            events: VecDeque::new(),
            acked: 0,
            next: 1,
            sent: 0,
            bytes: 0,
            kind: PhantomData,
        }
    }
}

impl<M: Payload> Outbox<M> {
    /// Takes the place of what this tag said before. The same again is not sent again.
    pub(super) fn set_state(&mut self, tag: u32, content: Vec<u8>) {
        let is_sent = self
            .states
            .get(&tag)
            .is_some_and(|state| state.is_sent && state.content == content);
        self.states.insert(tag, State { content, is_sent });
    }

    pub(super) fn push_event(&mut self, content: Vec<u8>) -> Result<(), Refused> {
        self.make_room_for(&content)?;
        self.events.push_back(content);
        Ok(())
    }

    pub(super) fn push_moment(&mut self, until: Duration, content: Vec<u8>) -> Result<(), Refused> {
        self.make_room_for(&content)?;
        self.moments.push_back((until, content));
        Ok(())
    }

    /// The number of the newest event.
    pub(super) fn taken(&self) -> u64 {
        self.acked + self.events.len() as u64
    }

    /// The number of the newest event that the peer has got.
    pub(super) fn acknowledged(&self) -> u64 {
        self.acked
    }

    /// Messages and bytes that wait.
    pub(super) fn waiting(&self) -> (usize, usize) {
        (self.events.len() + self.moments.len(), self.bytes)
    }

    /// Drops the moments that are over.
    pub(super) fn expire(&mut self, now: Duration) {
        while self.next_expiry().is_some_and(|until| until <= now) {
            self.pop_moment();
        }
    }

    pub(super) fn next_expiry(&self) -> Option<Duration> {
        self.moments.front().map(|(until, _)| *until)
    }

    pub(super) fn has_more(&self) -> bool {
        self.states.values().any(|state| !state.is_sent) || !self.moments.is_empty() || self.unsent().is_some()
    }

    /// What goes next, with its number: states, then what will be worth nothing soon, then events.
    pub(super) fn next(&mut self) -> Option<(u64, Vec<u8>)> {
        if let Some(state) = self.states.values_mut().find(|state| !state.is_sent) {
            state.is_sent = true;
            return Some((0, state.content.clone()));
        }
        if let Some(content) = self.pop_moment() {
            return Some((0, content));
        }
        let event = (self.next, self.unsent()?.clone());
        self.sent = self.sent.max(self.next);
        self.next += 1;
        Some(event)
    }

    /// The peer has got so many events. More than were sent, or fewer than it had, says nothing.
    pub(super) fn acknowledge(&mut self, ack: u64) {
        if ack > self.sent {
            return;
        }
        while self.acked < ack {
            let content = self
                .events
                .pop_front()
                .expect("what was sent is kept until it is acknowledged");
            self.bytes -= content.len();
            self.acked += 1;
        }
        self.next = self.next.max(self.acked + 1);
    }

    /// Everything that the peer may not have got goes out once more.
    pub(super) fn rewind(&mut self) {
        self.next = self.acked + 1;
        self.states.values_mut().for_each(|state| state.is_sent = false);
    }

    /// The peer's page is another one. States are for it, too; nothing else is. Returns the events that the page before may not have got.
    pub(super) fn restart(&mut self) -> Vec<M> {
        self.moments.clear();
        (self.acked, self.next, self.sent, self.bytes) = (0, 1, 0, 0);
        let events = std::mem::take(&mut self.events);
        let messages = events.iter().filter_map(|content| match Content::decode(content) {
            Ok(Content::Message(message)) => Some(message),
            _ => None,
        });
        messages.collect()
    }

    /// The oldest event that has not been sent on this connection.
    fn unsent(&self) -> Option<&Vec<u8>> {
        let index = self.next - self.acked - 1;
        self.events.get(usize::try_from(index).ok()?)
    }

    fn pop_moment(&mut self) -> Option<Vec<u8>> {
        let (_, content) = self.moments.pop_front()?;
        self.bytes -= content.len();
        Some(content)
    }

    fn make_room_for(&mut self, content: &[u8]) -> Result<(), Refused> {
        let (messages, bytes) = self.waiting();
        if messages >= peer::WAITING_MESSAGES || bytes + content.len() > peer::WAITING_BYTES {
            return Err(Refused::Full);
        }
        self.bytes += content.len();
        Ok(())
    }
}
