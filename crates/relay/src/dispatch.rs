//! Passes datagrams on, several to one address with one system call.

use std::cell::RefCell;
use std::net::SocketAddr;
use std::sync::Arc;

use crate::Shared;
use crate::core::{Now, Slot};
use crate::inbox::Inbox;
use crate::port::{Back, RelayPort};
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

/// What is about to leave: one train. As it departs before anything to another client is taken, the order in which
/// datagrams came is the one in which they leave.
#[derive(Default)]
pub(crate) struct Dispatch {
    train: Train,
    /// The allocation whose client gets it.
    to: Option<Arc<Slot<RelayPort>>>,
}

impl Dispatch {
    /// Takes a payload that the relayed address `from` sends to a client, if it may pass.
    pub(crate) fn for_client(
        &mut self,
        shared: &Shared,
        now: Now,
        to: &Arc<Slot<RelayPort>>,
        from: SocketAddr,
        payload: &[u8],
    ) {
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
        let longest = self.to.as_deref().map_or(1, longest_train);
        if !self.train.couple(longest) {
            self.depart(shared);
            // An empty train takes everything.
            self.train.couple(longest);
        }
    }

    fn depart(&mut self, shared: &Shared) {
        if let Some(to) = self.to.as_ref().filter(|_| !self.train.is_empty()) {
            let unsent = send(to, &self.train);
            shared.server.count_unsent(unsent as u64);
        }
        self.train.depart();
    }
}

/// How many datagrams may travel together to a client.
fn longest_train(to: &Slot<RelayPort>) -> usize {
    match &to.port().back {
        Back::Udp(listener) => listener.max_segments(),
        // Each is dropped or taken by itself.
        Back::Stream(_) => 1,
    }
}

/// How many of the datagrams could not be sent.
fn send(to: &Slot<RelayPort>, train: &Train) -> usize {
    match &to.port().back {
        Back::Udp(listener) => listener.send_train(&to.client(), train),
        Back::Stream(outbox) => train.datagrams().filter(|bytes| !outbox.push_data(bytes)).count(),
    }
}
