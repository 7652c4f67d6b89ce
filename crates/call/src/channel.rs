//! The peer channel: what two pages say to each other without the server, over the data channels of their connection.
//!
//! One [`Channel`] for each peer, for as long as the peer is in the room. Connections come and go under it; what waits to be sent, and
//! both counts of events, stay. It does no IO: give it what happens ([`Channel::handle`], [`Channel::send`]) and do what it returns.
//!
//! - On a new connection both sides say hello. Until the peer's has come, nothing but the own is sent; without one the peer has no channel.
//! - A peer's page that was loaded anew has another session. Both counts begin anew, its states are sent again, and it gets **none of the
//!   events** that waited for the page before it: [`Output::Ready`] hands those back, and the caller decides.
//! - How a message travels is a property of its kind ([`Delivery`]).
//! - Past [`peer::WAITING_MESSAGES`] or [`peer::WAITING_BYTES`] the newest message is refused ([`Refused::Full`]): what was taken is kept.
//! - A peer is a stranger. What is too large, too much, out of order, unknown or unreadable is dropped and counted ([`Counts`]); nothing of
//!   what it sends is kept but its hello and a few numbers.

mod ended;
mod intake;
mod interface;
mod open;
mod outbox;

use std::num::NonZeroU64;
use std::time::Duration;

use protocol::PeerMessage;
use protocol::limits::peer;
use protocol::peer_message::{
    Content, Delivery, Features, Frame, HEADER_MAX, Header, Hello, Lane, Payload, VERSION, write_fields,
};

use crate::ConnectionId;
use intake::Verdict;
use open::Open;
use outbox::Outbox;

pub use ended::{Ended, Refused};
pub use interface::{BUFFERED_HIGH, BUFFERED_LOW, Counts, Input, Output, Status};

/// What is said between this page and one peer.
#[derive(Debug)]
pub struct Channel<M = PeerMessage> {
    session: u64,
    features: Features,
    /// The newest hello. Kept over connections: the counts belong to its session.
    peer: Option<Hello>,
    /// Events of the peer's session that have come, in order.
    received: u64,
    outbox: Outbox<M>,
    open: Option<Open>,
    newest: Option<ConnectionId>,
    ended: Option<Ended>,
    counts: Counts,
}

impl<M: Payload> Channel<M> {
    /// A channel without a connection. `session` is a random number, another one for **each** channel: with a number that is used twice the
    /// peer would go on counting where the first use stopped. `features` is what the own page can do.
    #[must_use]
    pub fn new(session: NonZeroU64, features: Features) -> Self {
        Self {
            session: session.get(),
            features,
            peer: None,
            received: 0,
            outbox: Outbox::default(),
            open: None,
            newest: None,
            ended: None,
            counts: Counts::default(),
        }
    }

    /// Takes in what has happened at `now` (the time since some fixed start; it never goes back).
    #[must_use]
    pub fn handle(&mut self, now: Duration, input: Input<'_>) -> Vec<Output<M>> {
        let mut out = Vec::new();
        match input {
            Input::Opened { connection } => self.opened(now, connection, &mut out),
            Input::Closed { connection } => {
                self.open.take_if(|open| open.connection == connection);
            }
            Input::Received {
                connection,
                lane,
                bytes,
            } if self.is_open(connection) => self.received(now, lane, bytes, &mut out),
            Input::Full { connection, lane } => self.hold(connection, lane, true),
            Input::Drained { connection, lane } => self.hold(connection, lane, false),
            Input::Received { .. } => {}
            Input::Tick => {
                if self.open.as_ref().is_some_and(|open| open.is_overdue(now)) {
                    self.end(Ended::NoHello, &mut out);
                }
            }
        }
        self.flush(now, &mut out);
        out
    }

    /// Says something to the peer, now or when it can be said. A state takes the place of the one of its tag; a message of the lossy
    /// channel is dropped when it cannot be sent at once.
    ///
    /// # Errors
    /// [`Refused`] when the message is not taken. Nothing has changed then.
    pub fn send(&mut self, now: Duration, message: &M) -> Result<Vec<Output<M>>, Refused> {
        let content = message.write(write_fields(&message.tag(), Vec::new()));
        if content.len() + HEADER_MAX > peer::MESSAGE_MAX {
            return Err(Refused::TooLarge);
        }
        let mut out = Vec::new();
        self.outbox.expire(now);
        match message.delivery() {
            Delivery::State => self.outbox.set_state(message.tag(), content),
            Delivery::Event => self.outbox.push_event(content)?,
            Delivery::Momentary => self.outbox.push_moment(now + peer::MOMENT, content)?,
            Delivery::Lossy => {
                if let Some(open) = &mut self.open
                    && open.takes_lossy(now)
                {
                    out.push(Output::Send {
                        connection: open.connection,
                        lane: Lane::Lossy,
                        bytes: content,
                    });
                }
            }
        }
        self.flush(now, &mut out);
        Ok(out)
    }

    /// When [`Input::Tick`] is due. It may have passed already, and it changes with every input and every message.
    #[must_use]
    pub fn next_deadline(&self) -> Option<Duration> {
        let open = self.open.as_ref();
        let work = open.and_then(|open| open.next_deadline(self.outbox.has_more()));
        work.into_iter().chain(self.outbox.next_expiry()).min()
    }

    /// How it stands.
    #[must_use]
    pub fn status(&self) -> Status {
        match (&self.open, self.ended) {
            (Some(open), _) if open.is_greeted() => Status::Ready,
            (Some(_), _) => Status::Greeting,
            (None, Some(ended)) => Status::Ended(ended),
            (None, None) => Status::Unopened,
        }
    }

    /// What the peer's page said in its newest hello. It stays while a connection is rebuilt, and is gone when the channel has ended.
    #[must_use]
    pub fn peer(&self) -> Option<Hello> {
        self.peer.filter(|_| self.ended.is_none())
    }

    /// What came and was not passed on.
    #[must_use]
    pub fn counts(&self) -> Counts {
        self.counts
    }

    /// How many events were taken for the peer's page: the number of the newest. It begins anew with [`Output::Ready::restarted`].
    #[must_use]
    pub fn taken(&self) -> u64 {
        self.outbox.taken()
    }

    /// How many of them it has got: all up to this number.
    #[must_use]
    pub fn acknowledged(&self) -> u64 {
        self.outbox.acknowledged()
    }

    /// Events and momentary messages that wait or are not acknowledged, and their bytes.
    #[must_use]
    pub fn waiting(&self) -> (usize, usize) {
        self.outbox.waiting()
    }

    fn is_open(&self, connection: ConnectionId) -> bool {
        self.open.as_ref().is_some_and(|open| open.connection == connection)
    }

    fn hold(&mut self, connection: ConnectionId, lane: Lane, full: bool) {
        if let Some(open) = self.open.as_mut().filter(|open| open.connection == connection) {
            open.hold(lane, full);
        }
    }

    fn opened(&mut self, now: Duration, connection: ConnectionId, out: &mut Vec<Output<M>>) {
        if self.newest.is_some_and(|newest| connection <= newest) {
            return;
        }
        self.newest = Some(connection);
        self.ended = None;
        let mut open = Open::new(now, connection);
        let hello = Hello {
            session: self.session,
            heard: self.peer.map_or(0, |peer| peer.session),
            version: VERSION,
            features: self.features,
        };
        let hello = Content::<M>::Hello(hello).encode(Vec::new());
        let header = Header {
            number: 0,
            ack: self.received,
            seen: 0,
        };
        out.push(open.send_hello(now, &header.before(&hello)));
        self.open = Some(open);
    }

    fn end(&mut self, cause: Ended, out: &mut Vec<Output<M>>) {
        if let Some(open) = self.open.take() {
            self.ended = Some(cause);
            let connection = open.connection;
            out.push(Output::Close { connection, cause });
        }
    }

    fn received(&mut self, now: Duration, lane: Lane, bytes: &[u8], out: &mut Vec<Output<M>>) {
        let Some(open) = &mut self.open else { return };
        match open.intake.admit(now, lane, bytes.len()) {
            Verdict::Pass if lane == Lane::Reliable => self.reliable(now, bytes, out),
            Verdict::Pass => self.lossy(bytes, out),
            Verdict::Drop => self.counts.dropped += 1,
            Verdict::Close => {
                self.counts.dropped += 1;
                self.end(Ended::Flooded, out);
            }
        }
    }

    fn lossy(&mut self, bytes: &[u8], out: &mut Vec<Output<M>>) {
        // The two data channels are not in step: what overtakes the hello is lost, and nobody's fault.
        if !self.open.as_ref().is_some_and(Open::is_greeted) {
            return;
        }
        match Content::<M>::decode(bytes) {
            Ok(Content::Message(message)) if message.delivery() == Delivery::Lossy => {
                out.push(Output::Message(message));
            }
            _ => self.counts.skipped += 1,
        }
    }

    fn reliable(&mut self, now: Duration, bytes: &[u8], out: &mut Vec<Output<M>>) {
        let (Some(open), Ok(frame)) = (&mut self.open, Frame::<M>::decode(bytes)) else {
            self.counts.skipped += 1;
            return;
        };
        let Header { number, ack, seen } = frame.header;
        match frame.content {
            Content::Hello(hello) => {
                open.greeted();
                open.confirm(seen);
                open.see(now);
                self.greet(hello, ack, out);
                return;
            }
            _ if !open.is_greeted() => {
                self.counts.skipped += 1;
                return;
            }
            _ => {}
        }
        open.confirm(seen);
        self.outbox.acknowledge(ack);
        if matches!(frame.content, Content::Ack) {
            return;
        }
        open.see(now);
        if number != 0 {
            if self.received.checked_add(1) != Some(number) {
                self.counts.out_of_order += 1;
                return;
            }
            self.received = number;
        }
        match frame.content {
            Content::Message(message) if belongs(message.delivery(), number) => out.push(Output::Message(message)),
            _ => self.counts.skipped += 1,
        }
    }

    /// The peer's page is there. What of ours it has not got goes out again.
    fn greet(&mut self, hello: Hello, ack: u64, out: &mut Vec<Output<M>>) {
        let before = self.peer.replace(hello).map(|before| before.session);
        let restarted = before.is_some_and(|before| before != hello.session);
        if before != Some(hello.session) {
            self.received = 0;
        }
        let mut undelivered = Vec::new();
        if restarted {
            undelivered = self.outbox.restart();
        } else if hello.heard == self.session {
            self.outbox.acknowledge(ack);
        }
        self.outbox.rewind();
        out.push(Output::Ready {
            peer: hello,
            restarted,
            undelivered,
        });
    }

    /// Sends what may be sent.
    fn flush(&mut self, now: Duration, out: &mut Vec<Output<M>>) {
        self.outbox.expire(now);
        let Some(open) = &mut self.open else { return };
        while self.outbox.has_more() && open.takes_reliable(now) {
            let Some((number, content)) = self.outbox.next() else {
                break;
            };
            out.push(open.send(number, self.received, &content));
        }
        if open.takes_ack(now) {
            out.push(open.send_ack(self.received, &Content::<M>::Ack.encode(Vec::new())));
        }
    }
}

/// Whether a message of this delivery comes on the reliable channel under such a number.
fn belongs(delivery: Delivery, number: u64) -> bool {
    match delivery {
        Delivery::State | Delivery::Momentary => number == 0,
        Delivery::Event => number != 0,
        Delivery::Lossy => false,
    }
}
