//! Passes datagrams on, several to one address with one system call.

use std::cell::RefCell;
use std::sync::Arc;

use crate::Shared;
use crate::back::Back;
use crate::core::{Now, Slot};
use crate::inbox::Inbox;
use crate::train::Train;

thread_local! {
    /// Never borrowed across an await, so that one for each thread is enough, however many allocations there are.
    static DESK: RefCell<(Inbox, Dispatch)> = RefCell::default();
}

/// Lends the thread's buffers. What was handed to the dispatch leaves before they are given back.
pub(crate) fn at_desk<T>(shared: &Shared, work: impl FnOnce(&mut Inbox, &mut Dispatch) -> T) -> T {
    DESK.with_borrow_mut(|(inbox, dispatch)| {
        let done = work(inbox, dispatch);
        dispatch.flush(shared);
        done
    })
}

/// This thread sends over the sockets of this lane from now on. Other threads, which serve streams, use those of the first.
pub(crate) fn take_lane(lane: usize) {
    DESK.with_borrow_mut(|(_, dispatch)| dispatch.lane = lane);
}

/// What is about to leave: one train. As it departs before anything to another client is taken, the order in which
/// datagrams came is the one in which they leave.
#[derive(Default)]
pub(crate) struct Dispatch {
    lane: usize,
    train: Train,
    /// The allocation whose client gets it.
    to: Option<Arc<Slot<Back>>>,
}

impl Dispatch {
    /// Whose sockets are sent over.
    pub(crate) fn lane(&self) -> usize {
        self.lane
    }

    /// Takes a payload that the relayed address with the port `from` sends to a client, if it may pass.
    pub(crate) fn for_client(&mut self, shared: &Shared, now: Now, to: &Arc<Slot<Back>>, from: u16, payload: &[u8]) {
        if !self.to.as_ref().is_some_and(|slot| Arc::ptr_eq(slot, to)) {
            self.flush(shared);
            self.to = Some(Arc::clone(to));
        }
        if shared.server.handle_peer(now, to, from, payload, self.train.tail()) {
            self.couple(shared);
        }
    }

    /// Sends what is there.
    pub(crate) fn flush(&mut self, shared: &Shared) {
        self.depart(shared);
        self.to = None;
    }

    fn couple(&mut self, shared: &Shared) {
        let lane = self.lane;
        let longest = self.to.as_deref().map_or(1, |to| longest_train(to, lane));
        if !self.train.couple(longest) {
            self.depart(shared);
            // An empty train takes everything.
            self.train.couple(longest);
        }
    }

    fn depart(&mut self, shared: &Shared) {
        if let Some(to) = self.to.as_ref().filter(|_| !self.train.is_empty()) {
            let unsent = send(to, self.lane, &self.train);
            shared.server.count_unsent(unsent as u64);
        }
        self.train.depart();
    }
}

/// How many datagrams may travel together to a client.
fn longest_train(to: &Slot<Back>, lane: usize) -> usize {
    match &to.back() {
        Back::Udp(listeners) => listeners.of(lane).max_segments(),
        // Each is dropped or taken by itself.
        Back::Stream(_) => 1,
    }
}

/// How many of the datagrams could not be sent.
fn send(to: &Slot<Back>, lane: usize, train: &Train) -> usize {
    match &to.back() {
        Back::Udp(listeners) => listeners.of(lane).send_train(&to.client(), train),
        Back::Stream(outbox) => train.datagrams().filter(|bytes| !outbox.push_data(bytes)).count(),
    }
}
