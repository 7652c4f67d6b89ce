//! Files from person to person: offered, accepted, sent over a data channel of their own, verified, stored.
//!
//! - The messages of the peer channel agree on a file, and its bytes go over a data channel of its own (`PROTOCOL.md`, "Files"). The receiver
//!   names that channel, and makes its end first.
//! - At most [`FILES_AT_ONCE`](protocol::limits::peer::FILES_AT_ONCE) files of one sender go at once; the others wait in the order in which
//!   they were accepted.
//! - Each block has a hash, and so has the whole. The page is given a block to write when its hash has matched, and the sender gets on when it
//!   is written: a slow disk stops the sender, and memory is bounded on both sides.
//! - When a connection is lost, a file waits; on the next one it goes on behind the last verified block. When a page is loaded anew or
//!   leaves, its files end.
//! - What people say and show keeps its share of the path.
//! - A peer is a stranger: names are cleaned, offers counted, and what comes out of place ends the file and nothing else.
//!
//! # What the page does
//!
//! It performs each [`FileEffect`] and gives the answers as [`FileInput`]s; both say how, one by one. Everything is one of these:
//!
//! | effect | in the browser | answer |
//! |---|---|---|
//! | [`Read`](FileEffect::Read) | bytes of the `File` that came with [`FileInput::Offer`], from its `stream()` or by `slice()`; reads follow each other but for interruptions | [`Read`](FileInput::Read), [`Failed`](FileInput::Failed) |
//! | [`Create`](FileEffect::Create) | look at `navigator.storage.estimate()`; `getFileHandle(…, { create: true })` and `createWritable()` (OPFS) | [`Created`](FileInput::Created), [`Failed`](FileInput::Failed) |
//! | [`Write`](FileEffect::Write) | `write({ type: 'write', position, data })` with all pieces as one | [`Written`](FileInput::Written), [`Failed`](FileInput::Failed) |
//! | [`Finish`](FileEffect::Finish) | `close()`: what was written becomes the file | [`Finished`](FileInput::Finished), [`Failed`](FileInput::Failed) |
//! | [`Drop`](FileEffect::Drop) | forget the `File`, or `abort()` and `removeEntry()`. It may come in the middle of a write | |
//! | [`OpenChannel`](FileEffect::OpenChannel) | `createDataChannel("file", { negotiated: true, id })` on that connection | [`ChannelOpened`](FileInput::ChannelOpened) at `open`, [`ChannelClosed`](FileInput::ChannelClosed) where it throws |
//! | [`CloseChannel`](FileEffect::CloseChannel) | take its handlers off, `close()` | |
//! | [`Send`](FileEffect::Send) | `send()` | [`ChannelDrained`](FileInput::ChannelDrained), [`ChannelClosed`](FileInput::ChannelClosed) where it throws |
//! | [`Changed`](FileEffect::Changed) | show the list | |
//!
//! What it also gives: [`ChannelReceived`](FileInput::ChannelReceived) at `message`, [`ChannelDrained`](FileInput::ChannelDrained) at
//! `bufferedamountlow`, [`ChannelClosed`](FileInput::ChannelClosed) at `close`, and [`crate::Input::Stats`], without which nothing is known of the path.
//! [`crate::Effect::Close`] takes the data channels of that connection with it, without a word.
//!
//! A file that is [`Complete`](FileState::Complete) stays where it is written until [`FileInput::Dismiss`]: the person saves it from there, under
//! [`FileView::name`], as a download and never as something that the browser opens. What is left in the storage by a page that was closed
//! is of no use to the next one, which deletes it.

mod incoming;
mod interface;
mod line;
mod outgoing;
mod pace;
mod receiving;
mod sending;
mod shape;
#[cfg(test)]
mod tests;
mod view;
mod walk;

use std::time::Duration;

use protocol::peer_message::{Features, FileEndReason};
use protocol::{PeerId, PeerMessage};

use crate::mesh::Mesh;
use crate::quality::PathStats;
use crate::{ConnectionId, Effect, SmallMap};
use incoming::Incoming;
use line::Line;
use outgoing::Outgoing;
use shape::Shape;

pub use interface::{
    FILE_BUFFERED_HIGH, FILE_BUFFERED_LOW, FileEffect, FileEnding, FileId, FileInput, FileState, FileView, Piece,
};

/// Sends messages to peers.
pub(crate) trait Tell {
    /// Says something to a peer, exactly once and in order. Returns whether it was taken.
    fn say(&mut self, now: Duration, peer: PeerId, message: &PeerMessage, out: &mut Vec<Effect>) -> bool;
}

impl Tell for Mesh {
    fn say(&mut self, now: Duration, peer: PeerId, message: &PeerMessage, out: &mut Vec<Effect>) -> bool {
        self.tell(now, peer, message, out).is_some()
    }
}

/// All files of this page, in both directions.
#[derive(Debug)]
pub(crate) struct Files {
    shape: Shape,
    /// Everybody in the room.
    lines: SmallMap<PeerId, Line>,
    sent: Vec<Outgoing>,
    received: Vec<Incoming>,
    received_ids: u32,
    /// Files so far, and how many were accepted.
    numbers: u32,
    accepted: u32,
    /// Something has ended since the list was tidied.
    has_ended: bool,
    /// The list is another one, whatever its files say.
    changed: bool,
    /// Progress waits to be shown, which is done then.
    is_waiting: bool,
    show_at: Duration,
    /// The person leaves the room.
    leaves: bool,
}

impl Default for Files {
    fn default() -> Self {
        Self::new(Shape::WIRE)
    }
}

impl Files {
    fn new(shape: Shape) -> Self {
        Self {
            shape,
            lines: SmallMap::new(),
            sent: Vec::new(),
            received: Vec::new(),
            received_ids: 0,
            numbers: 0,
            accepted: 0,
            has_ended: false,
            changed: false,
            is_waiting: false,
            show_at: Duration::ZERO,
            leaves: false,
        }
    }

    /// Something has happened outside.
    pub(crate) fn handle(&mut self, now: Duration, input: FileInput, out: &mut Vec<Effect>) {
        match input {
            FileInput::Offer {
                id,
                peer,
                name,
                size,
                kind,
            } => self.offer((id, peer), &name, (size, kind), out),
            FileInput::Accept(id) => self.accept(id),
            FileInput::Cancel(id) => self.cancel(id, out),
            FileInput::Dismiss(id) => self.dismiss(id, out),
            FileInput::Read { id, from, bytes } => self.read(id, from, bytes, out),
            FileInput::Created(id) => self.created(now, id),
            FileInput::Written { id, up_to } => self.written(now, id, up_to),
            FileInput::Finished(id) => self.finished(id, out),
            FileInput::Failed { id, no_space } => self.failed(id, no_space, out),
            FileInput::ChannelOpened { connection, channel } => {
                if let Some(link) = self.link(connection, channel) {
                    link.is_open = true;
                }
            }
            FileInput::ChannelDrained {
                connection,
                channel,
                gone,
            } => {
                if let Some(link) = self.link(connection, channel) {
                    link.drained(gone);
                }
            }
            FileInput::ChannelClosed { connection, channel } => {
                // The page lets its end go: the numbers of channels come round again.
                if let Some(place) = self.sent_on(connection, channel) {
                    self.sent[place].link.inspect(|link| link.close(out));
                    self.sent[place].lost();
                } else if let Some(place) = self.received_on(connection, channel) {
                    self.received[place].link.inspect(|link| link.close(out));
                    self.failed_channel(now, place, out);
                }
            }
            FileInput::ChannelReceived {
                connection,
                channel,
                bytes,
            } => {
                if let Some(place) = self.sent_on(connection, channel) {
                    self.acknowledged(place, &bytes, out);
                } else if let Some(place) = self.received_on(connection, channel) {
                    self.frame(now, place, bytes, out);
                }
            }
        }
    }

    /// Whether a peer's page has said that it takes files.
    pub(crate) fn takes_files(&self, peer: PeerId) -> bool {
        self.lines.get(&peer).is_some_and(|line| line.takes_files)
    }

    /// A peer's page has said hello on a connection.
    pub(crate) fn ready(
        &mut self,
        peer: PeerId,
        connection: ConnectionId,
        (features, restarted): (Features, bool),
        out: &mut Vec<Effect>,
    ) {
        if restarted {
            self.end_all(peer, out);
        }
        let Some(line) = self.lines.get_mut(&peer) else {
            return;
        };
        if restarted {
            line.restarted();
        }
        line.takes_files = features.has(Features::FILES);
        if line.ready.replace(connection) != Some(connection) {
            line.pace.forget();
        }
    }

    /// A peer says something about files. Everything else is none of ours.
    pub(crate) fn heard(&mut self, now: Duration, peer: PeerId, message: &PeerMessage, out: &mut Vec<Effect>) {
        match message {
            PeerMessage::FileOffer(offer) => self.offered(now, peer, offer),
            PeerMessage::FileAnswer(answer) => self.answered(now, peer, *answer, out),
            PeerMessage::FileEnd(end) if end.is_yours => self.sent_ended(peer, *end, out),
            PeerMessage::FileEnd(end) => self.received_ended(peer, *end, out),
            _ => {}
        }
    }

    /// What the connections measure.
    pub(crate) fn stats(&mut self, now: Duration, stats: &SmallMap<PeerId, PathStats>) {
        for (peer, stats) in stats.iter() {
            if let Some(line) = self.lines.get_mut(peer) {
                line.pace.look(now, stats);
            }
        }
    }

    /// The peer channel of a connection is closed. The connection may still be there.
    pub(crate) fn closed(&mut self, connection: ConnectionId, out: &mut Vec<Effect>) {
        let sent = self.sent.iter().filter_map(|file| file.link);
        let links = sent.chain(self.received.iter().filter_map(|file| file.link));
        links
            .filter(|link| link.connection == connection)
            .for_each(|link| link.close(out));
        self.lost(connection);
    }

    /// The call is over.
    pub(crate) fn forget(&mut self) {
        self.leaves = true;
    }

    /// Follows what the call has done so far, goes on with what can go on, and says what has changed.
    pub(crate) fn poll(&mut self, now: Duration, tell: &mut impl Tell, out: &mut Vec<Effect>) {
        self.follow(out);
        self.receive_more(now, out);
        self.offer_more(now, out);
        line::flush(&mut self.lines, now, tell, out);
        self.send_more(now, out);
        if std::mem::take(&mut self.leaves) {
            let before = self.sent.len() + self.received.len();
            self.sent.retain(|file| !file.is_over());
            self.received.retain(|file| !file.is_over() || file.is_complete());
            self.changed |= before != self.sent.len() + self.received.len();
        }
        self.tidy();
        self.show(now, out);
    }

    /// When [`Self::poll`] is due.
    pub(crate) fn deadline(&self) -> Option<Duration> {
        let paced = self.lines.values().filter(|line| line.is_paced);
        let deadlines = [
            paced.map(|line| line.pace.ready_at()).min(),
            self.offer_deadline(),
            self.receive_deadline(),
            self.is_waiting.then_some(self.show_at),
        ];
        deadlines.into_iter().flatten().min()
    }

    fn follow(&mut self, out: &mut Vec<Effect>) {
        let mut more = Vec::new();
        for effect in &*out {
            match effect {
                Effect::PeerAdded(info) => {
                    self.lines.insert(info.id, Line::new(info.name.as_str()));
                }
                Effect::PeerChanged(info) => self.renamed(info.id, info.name.as_str()),
                Effect::Open { peer, role, .. } => {
                    if let Some(line) = self.lines.get_mut(peer) {
                        line.role = *role;
                    }
                }
                Effect::Close { connection } => self.lost(*connection),
                Effect::CloseChannels { connection, .. } => self.closed(*connection, &mut more),
                Effect::PeerRemoved(peer) => {
                    self.end_all(*peer, &mut more);
                    self.lines.remove(peer);
                }
                _ => {}
            }
        }
        out.append(&mut more);
    }

    fn renamed(&mut self, peer: PeerId, name: &str) {
        let Some(line) = self.lines.get_mut(&peer).filter(|line| line.name != name) else {
            return;
        };
        name.clone_into(&mut line.name);
        let sent = self.sent.iter_mut().map(|file| &mut file.about);
        let received = self.received.iter_mut().map(|file| &mut file.about);
        for about in sent.chain(received).filter(|about| about.peer == peer) {
            name.clone_into(&mut about.peer_name);
            self.changed = true;
        }
    }

    /// A connection is gone, with all its data channels, or at least it is of no use any more.
    fn lost(&mut self, connection: ConnectionId) {
        let is_on = |link: Option<line::Link>| link.is_some_and(|link| link.connection == connection);
        self.sent
            .iter_mut()
            .filter(|file| is_on(file.link))
            .for_each(Outgoing::lost);
        self.received
            .iter_mut()
            .filter(|file| is_on(file.link))
            .for_each(Incoming::lost);
        let lines = self.lines.values_mut();
        lines.filter(|line| line.ready == Some(connection)).for_each(Line::lost);
    }

    /// The peer's page is gone, and all that it knew of files.
    fn end_all(&mut self, peer: PeerId, out: &mut Vec<Effect>) {
        for place in (0..self.sent.len())
            .filter(|place| self.sent[*place].about.peer == peer)
            .collect::<Vec<_>>()
        {
            self.end_sent(place, FileEnding::Left, out);
        }
        for place in (0..self.received.len())
            .filter(|place| self.received[*place].about.peer == peer)
            .collect::<Vec<_>>()
        {
            self.end_received(place, FileEnding::Left, out);
        }
    }

    fn cancel(&mut self, id: FileId, out: &mut Vec<Effect>) {
        self.end(
            id,
            |stage| match stage {
                Some(incoming::Stage::Offered) => FileEndReason::Refused,
                _ => FileEndReason::Cancelled,
            },
            out,
        );
    }

    fn failed(&mut self, id: FileId, no_space: bool, out: &mut Vec<Effect>) {
        self.end(
            id,
            |stage| match stage {
                None => FileEndReason::Unreadable,
                Some(_) if no_space => FileEndReason::NoSpace,
                Some(_) => FileEndReason::NotStored,
            },
            out,
        );
    }

    /// This side ends a file, for a reason that depends on how far one was that is received.
    fn end(&mut self, id: FileId, reason: impl Fn(Option<incoming::Stage>) -> FileEndReason, out: &mut Vec<Effect>) {
        if let Some(place) = self.sent.iter().position(|file| file.about.id == id) {
            self.end_sent(place, FileEnding::Ours(reason(None)), out);
        } else if let Some(place) = self.received.iter().position(|file| file.about.id == id) {
            let reason = reason(Some(self.received[place].stage));
            self.end_received(place, FileEnding::Ours(reason), out);
        }
    }

    fn link(&mut self, connection: ConnectionId, channel: u16) -> Option<&mut line::Link> {
        let sent = self.sent.iter_mut().filter_map(|file| file.link.as_mut());
        let mut links = sent.chain(self.received.iter_mut().filter_map(|file| file.link.as_mut()));
        links.find(|link| link.is(connection, channel))
    }
}
