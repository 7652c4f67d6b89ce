//! Passes datagrams on, several to one address with one system call.

use std::cell::RefCell;
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;

use quinn_udp::{Transmit, UdpSockRef, UdpSocketState};
use socket2::Socket;

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

/// Where a train goes.
enum Destination {
    /// From an allocation's relayed address to this peer.
    Peer(Arc<Slot<RelayPort>>, SocketAddr),
    /// To the client of an allocation.
    Client(Arc<Slot<RelayPort>>),
}

/// What is about to leave: one train. As it departs before anything to another address is taken, the order in which
/// datagrams came is the one in which they leave.
#[derive(Default)]
pub(crate) struct Dispatch {
    train: Train,
    to: Option<Destination>,
}

impl Dispatch {
    /// Takes a datagram for a peer.
    pub(crate) fn for_peer(&mut self, shared: &Shared, from: Arc<Slot<RelayPort>>, peer: SocketAddr, payload: &[u8]) {
        let same = matches!(&self.to, Some(Destination::Peer(slot, to)) if *to == peer && Arc::ptr_eq(slot, &from));
        if !same {
            self.flush(shared);
            self.to = Some(Destination::Peer(from, peer));
        }
        self.train.tail().extend_from_slice(payload);
        self.couple(shared);
    }

    /// Takes a datagram from a peer for a client, if it may pass.
    pub(crate) fn for_client(
        &mut self,
        shared: &Shared,
        now: Now,
        to: &Arc<Slot<RelayPort>>,
        from: SocketAddr,
        payload: &[u8],
    ) {
        let same = matches!(&self.to, Some(Destination::Client(slot)) if Arc::ptr_eq(slot, to));
        if !same {
            self.flush(shared);
            self.to = Some(Destination::Client(Arc::clone(to)));
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
        let longest = self.to.as_ref().map_or(1, Destination::longest_train);
        if !self.train.couple(longest) {
            self.depart(shared);
            // An empty train takes everything.
            self.train.couple(longest);
        }
    }

    fn depart(&mut self, shared: &Shared) {
        if let Some(to) = self.to.as_ref().filter(|_| !self.train.is_empty()) {
            let unsent = to.send(&self.train);
            shared.server.count_unsent(unsent as u64);
        }
        self.train.depart();
    }
}

impl Destination {
    /// How many datagrams may travel together.
    fn longest_train(&self) -> usize {
        match self {
            Self::Peer(slot, _) => slot.port().max_segments(),
            Self::Client(slot) => match &slot.port().back {
                Back::Udp(listener) => listener.max_segments(),
                // Each is dropped or taken by itself.
                Back::Stream(_) => 1,
            },
        }
    }

    /// How many of the datagrams could not be sent.
    fn send(&self, train: &Train) -> usize {
        match self {
            Self::Peer(slot, peer) => slot.port().send(*peer, train),
            Self::Client(slot) => match &slot.port().back {
                Back::Udp(listener) => listener.send_train(&slot.client(), train),
                Back::Stream(outbox) => train.datagrams().filter(|bytes| !outbox.push_data(bytes)).count(),
            },
        }
    }
}

/// Sends one datagram, or all of a train.
pub(crate) fn transmit(socket: &Socket, state: &UdpSocketState, transmit: &Transmit<'_>) -> io::Result<()> {
    if transmit.segment_size.is_none() && transmit.src_ip.is_none() {
        // There is nothing to say but where it goes. quinn-udp says the class of traffic with each datagram, which takes longer.
        let destination = transmit.destination.into();
        return socket.send_to(transmit.contents, &destination).map(drop);
    }
    state.try_send(UdpSockRef::from(socket), transmit)
}

/// Sends a train to where `to` says, which has no contents. How many of the datagrams could not be sent.
pub(crate) fn send_train(to: &Transmit<'_>, train: &Train, send: impl Fn(&Transmit<'_>) -> io::Result<()>) -> usize {
    let (contents, segment) = train.contents();
    let together = Transmit {
        contents,
        segment_size: (train.len() > 1).then_some(segment),
        ..to.clone()
    };
    if send(&together).is_ok() {
        return 0;
    }
    if train.len() == 1 {
        return 1;
    }
    // An interface that cannot cut it, a path that does not take such pieces, or room for some of them only.
    let fails = |contents: &&[u8]| send(&Transmit { contents, ..to.clone() }).is_err();
    train.datagrams().filter(fails).count()
}
