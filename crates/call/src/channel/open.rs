//! The open data channels of one connection: what may be sent on them now, and what was seen.

use std::time::Duration;

use protocol::limits::peer;
use protocol::peer_message::{Header, Lane};

use super::Output;
use super::intake::Intake;
use crate::ConnectionId;
use crate::bucket::Bucket;

/// One pair of data channels.
#[derive(Debug)]
pub(super) struct Open {
    pub(super) connection: ConnectionId,
    /// What of the peer's frames is looked at.
    pub(super) intake: Intake,
    state: State,
    /// Frames that were sent, acknowledgements not counted.
    sent: u64,
    /// As many of them the peer has seen.
    confirmed: u64,
    /// Frames of the peer that came, acknowledgements not counted.
    seen: u64,
    /// When an acknowledgement must have been sent.
    ack_due: Option<Duration>,
    pace: Bucket,
    lossy_pace: Bucket,
    reliable_is_full: bool,
    lossy_is_full: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    /// The peer has until then to say hello.
    AwaitsHello {
        until: Duration,
    },
    Greeted,
}

impl Open {
    pub(super) fn new(now: Duration, connection: ConnectionId) -> Self {
        Self {
            connection,
            intake: Intake::default(),
            state: State::AwaitsHello {
                until: now + peer::HELLO_TIMEOUT,
            },
            sent: 0,
            confirmed: 0,
            seen: 0,
            ack_due: None,
            pace: Bucket::new(peer::SEND_RATE, peer::SEND_BURST),
            lossy_pace: Bucket::new(peer::LOSSY_SEND_RATE, peer::LOSSY_SEND_RATE),
            reliable_is_full: false,
            lossy_is_full: false,
        }
    }

    pub(super) fn is_greeted(&self) -> bool {
        self.state == State::Greeted
    }

    pub(super) fn is_overdue(&self, now: Duration) -> bool {
        matches!(self.state, State::AwaitsHello { until } if until <= now)
    }

    pub(super) fn greeted(&mut self) {
        self.state = State::Greeted;
    }

    pub(super) fn hold(&mut self, lane: Lane, full: bool) {
        match lane {
            Lane::Reliable => self.reliable_is_full = full,
            Lane::Lossy => self.lossy_is_full = full,
        }
    }

    /// The peer says how many frames it has seen. More than there were, or fewer than it said before, says nothing.
    pub(super) fn confirm(&mut self, seen: u64) {
        if seen <= self.sent {
            self.confirmed = self.confirmed.max(seen);
        }
    }

    /// A frame came, and an acknowledgement is owed for it.
    pub(super) fn see(&mut self, now: Duration) {
        self.seen += 1;
        self.ack_due.get_or_insert(now + peer::ACK_DELAY);
    }

    /// Pays for a frame on the lossy channel, if one may be sent now.
    pub(super) fn takes_lossy(&mut self, now: Duration) -> bool {
        self.is_greeted() && !self.lossy_is_full && self.lossy_pace.take(now)
    }

    /// Pays for a frame on the reliable channel, if one may be sent now.
    pub(super) fn takes_reliable(&mut self, now: Duration) -> bool {
        self.has_window() && self.pace.take(now)
    }

    /// Pays for an acknowledgement, if one is due.
    pub(super) fn takes_ack(&mut self, now: Duration) -> bool {
        let is_due = self.ack_due.is_some_and(|due| due <= now);
        is_due && self.is_writable() && self.pace.take(now)
    }

    pub(super) fn send_hello<M>(&mut self, now: Duration, frame: &[u8]) -> Output<M> {
        self.pace.charge(now);
        self.sent += 1;
        self.output(frame.to_vec())
    }

    pub(super) fn send<M>(&mut self, number: u64, ack: u64, content: &[u8]) -> Output<M> {
        self.sent += 1;
        self.framed(number, ack, content)
    }

    pub(super) fn send_ack<M>(&mut self, ack: u64, content: &[u8]) -> Output<M> {
        self.framed(0, ack, content)
    }

    /// When something can be done without anything having come, if there is more to send or not.
    pub(super) fn next_deadline(&self, has_more: bool) -> Option<Duration> {
        if let State::AwaitsHello { until } = self.state {
            return Some(until);
        }
        let ready_at = self.pace.ready_at();
        let more = (has_more && self.has_window()).then_some(ready_at);
        let ack = self.ack_due.filter(|_| self.is_writable());
        more.into_iter().chain(ack.map(|due| due.max(ready_at))).min()
    }

    fn is_writable(&self) -> bool {
        self.is_greeted() && !self.reliable_is_full
    }

    fn has_window(&self) -> bool {
        self.is_writable() && self.sent - self.confirmed < peer::WINDOW
    }

    /// Every frame takes an acknowledgement along.
    fn framed<M>(&mut self, number: u64, ack: u64, content: &[u8]) -> Output<M> {
        self.ack_due = None;
        let header = Header {
            number,
            ack,
            seen: self.seen,
        };
        self.output(header.before(content))
    }

    fn output<M>(&self, bytes: Vec<u8>) -> Output<M> {
        Output::Send {
            connection: self.connection,
            lane: Lane::Reliable,
            bytes,
        }
    }
}
