//! What all files of one peer share, and the data channel that one of them has.

use std::collections::VecDeque;
use std::time::Duration;

use protocol::PeerMessage;
use protocol::limits::peer::{FILE_OFFER_BURST, FILE_OFFER_RATE, FILE_OFFERS};
use protocol::peer_message::{FILE_CHANNELS, FileEnd, FileEndReason};

use super::pace::Pace;
use super::{FileEffect, Piece, Tell};
use crate::bucket::Bucket;
use crate::{ConnectionId, Effect, Role};

/// Messages that wait to be taken by the peer channel, beyond which offers are not even refused.
const REFUSALS: usize = 64;

/// A peer in the room.
#[derive(Debug)]
pub(super) struct Line {
    pub(super) name: String,
    /// Of this side.
    pub(super) role: Role,
    /// The connection on which the peer's page has said hello, as long as it is there.
    pub(super) ready: Option<ConnectionId>,
    /// That page takes files.
    pub(super) takes_files: bool,
    /// Data channels that this side has named.
    channels: u16,
    /// What is to be said, in order.
    said: VecDeque<PeerMessage>,
    /// The peer's offers, and those of this side.
    heard_offers: Bucket,
    pub(super) own_offers: Bucket,
    pub(super) pace: Pace,
    /// Whose turn it is to send a frame.
    pub(super) turn: usize,
    /// Something waits for the pace.
    pub(super) is_paced: bool,
}

impl Line {
    pub(super) fn new(name: &str) -> Self {
        // An honest page stays below what the other takes, even after a path that was stuck delivers everything at once.
        let own = (FILE_OFFER_RATE / 2, u32::try_from(FILE_OFFERS).unwrap_or(u32::MAX));
        Self {
            name: name.to_owned(),
            role: Role::Offerer,
            ready: None,
            takes_files: false,
            channels: 0,
            said: VecDeque::new(),
            heard_offers: Bucket::new(FILE_OFFER_RATE, FILE_OFFER_BURST),
            own_offers: Bucket::new(own.0, own.1),
            pace: Pace::default(),
            turn: 0,
            is_paced: false,
        }
    }

    /// A data channel for a file of the peer. The numbers go on over connections: data of one that was named on the connection before is
    /// never taken for that of another.
    pub(super) fn name_channel(&mut self) -> u16 {
        let pairs = (FILE_CHANNELS.end() - FILE_CHANNELS.start()).div_ceil(2);
        let channel = FILE_CHANNELS.start() + self.channels % pairs * 2 + u16::from(self.role == Role::Answerer);
        self.channels = self.channels.wrapping_add(1) % pairs;
        channel
    }

    /// Whether the peer may name this one for a file of this side.
    pub(super) fn is_theirs(&self, channel: u16) -> bool {
        let is_odd = channel % 2 == 1;
        FILE_CHANNELS.contains(&channel) && is_odd == (self.role == Role::Offerer)
    }

    /// Whether another offer of the peer is looked at.
    pub(super) fn admits(&mut self, now: Duration) -> bool {
        self.heard_offers.take(now)
    }

    /// Says something, now or when there is a connection.
    pub(super) fn say(&mut self, message: PeerMessage) {
        self.said.push_back(message);
    }

    /// An offer of the peer is not taken.
    pub(super) fn refuse(&mut self, id: u64, reason: FileEndReason) {
        if self.said.len() < REFUSALS {
            self.say(PeerMessage::FileEnd(FileEnd {
                id,
                is_yours: true,
                reason,
            }));
        }
    }

    /// Answers name channels of a connection that is gone.
    pub(super) fn lost(&mut self) {
        self.ready = None;
        self.said
            .retain(|message| !matches!(message, PeerMessage::FileAnswer(_)));
    }

    /// The peer's page is another one.
    pub(super) fn restarted(&mut self) {
        self.said.clear();
    }

    /// Says what waits, as far as the peer channel takes it.
    pub(super) fn flush(&mut self, mut tell: impl FnMut(&PeerMessage) -> bool) {
        while self.ready.is_some()
            && let Some(message) = self.said.front()
            && tell(message)
        {
            self.said.pop_front();
        }
    }
}

/// The data channel of a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Link {
    pub(super) connection: ConnectionId,
    pub(super) channel: u16,
    pub(super) is_open: bool,
    /// Bytes given to it, and those of them that have left its queue.
    sent: u64,
    gone: u64,
}

impl Link {
    /// Opens one.
    pub(super) fn open(connection: ConnectionId, channel: u16, out: &mut Vec<Effect>) -> Self {
        out.push(Effect::File(FileEffect::OpenChannel { connection, channel }));
        Self {
            connection,
            channel,
            is_open: false,
            sent: 0,
            gone: 0,
        }
    }

    pub(super) fn close(self, out: &mut Vec<Effect>) {
        let (connection, channel) = (self.connection, self.channel);
        out.push(Effect::File(FileEffect::CloseChannel { connection, channel }));
    }

    pub(super) fn is(&self, connection: ConnectionId, channel: u16) -> bool {
        (self.connection, self.channel) == (connection, channel)
    }

    pub(super) fn send(&mut self, bytes: Piece, out: &mut Vec<Effect>) {
        self.sent += bytes.len() as u64;
        let (connection, channel) = (self.connection, self.channel);
        out.push(Effect::File(FileEffect::Send {
            connection,
            channel,
            bytes,
        }));
    }

    pub(super) fn drained(&mut self, gone: u64) {
        self.gone = self.gone.max(gone.min(self.sent));
    }

    /// Bytes that wait in the data channel, as far as is known.
    pub(super) fn queued(&self) -> u64 {
        self.sent - self.gone
    }
}

/// How the lines say what is to be said.
pub(super) fn flush(
    lines: &mut crate::SmallMap<protocol::PeerId, Line>,
    now: Duration,
    tell: &mut impl Tell,
    out: &mut Vec<Effect>,
) {
    for (&peer, line) in lines.iter_mut() {
        line.flush(|message| tell.say(now, peer, message, out));
    }
}
