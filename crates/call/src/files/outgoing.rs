//! Files that this page sends: offered, wanted by the peer, sent over a data channel that the peer names, got.

use std::time::Duration;

use protocol::limits::peer::{FILE_MAX, FILE_OFFERS, FILES_AT_ONCE};
use protocol::peer_message::{FileAnswer, FileEnd, FileEndReason, FileKind, FileOffer};
use protocol::{FileName, PeerId, PeerMessage};

use super::line::Link;
use super::sending::Sending;
use super::view::About;
use super::{FileEffect, FileEnding, FileId, FileState, Files};
use crate::bucket::Bucket;
use crate::{ConnectionId, Effect};

/// Files of one peer that have not ended, at most.
const FILES: usize = 256;

/// Answers for one file, for long and at once: one for each connection, and some tries.
const ANSWER_RATE: u32 = 1;
const ANSWER_BURST: u32 = 16;

/// A file for one peer.
#[derive(Debug)]
pub(super) struct Outgoing {
    pub(super) about: About,
    pub(super) stage: Stage,
    sending: Option<Box<Sending>>,
    pub(super) link: Option<Link>,
    answers: Bucket,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Stage {
    /// It is to be offered.
    Queued,
    Offered,
    /// The peer wants it. Without a data channel until the peer names one.
    Running,
    Complete,
    Ended(FileEnding),
}

impl Outgoing {
    pub(super) fn is_over(&self) -> bool {
        matches!(self.stage, Stage::Complete | Stage::Ended(_))
    }

    /// As it is shown, on a connection or without one.
    pub(super) fn state(&self, is_connected: bool) -> FileState {
        match self.stage {
            Stage::Queued => FileState::Waiting,
            Stage::Offered => FileState::Offered,
            Stage::Running if is_connected => FileState::Going,
            Stage::Running => FileState::Interrupted,
            Stage::Complete => FileState::Complete,
            Stage::Ended(ending) => FileState::Ended(ending),
        }
    }

    /// Bytes that have gone, if something is known of that.
    pub(super) fn done(&self) -> Option<u64> {
        let sending = self.sending.as_ref()?;
        let queued = self.link.map_or(0, |link| link.queued());
        Some(sending.at().saturating_sub(queued).max(sending.acked()))
    }

    /// The data channel is gone.
    pub(super) fn lost(&mut self) {
        self.link = None;
        if let Some(sending) = &mut self.sending {
            sending.pause();
        }
    }

    /// Bytes of the frame that may be sent now, with no more than `most` in the queue.
    fn ready(&self, most: usize) -> Option<usize> {
        let link = self.link.filter(|link| link.is_open)?;
        let length = self.sending.as_ref()?.ready()?;
        (link.queued() == 0 || link.queued() + length as u64 <= most as u64).then_some(length)
    }

    fn send(&mut self, out: &mut Vec<Effect>) {
        if let (Some(link), Some(sending)) = (&mut self.link, &mut self.sending)
            && let Some(frame) = sending.next()
        {
            link.send(frame, out);
        }
    }

    /// Nothing more of it is needed.
    fn let_go(&mut self, out: &mut Vec<Effect>) {
        self.sending = None;
        if let Some(link) = self.link.take() {
            link.close(out);
        }
        out.push(Effect::File(FileEffect::Drop { id: self.about.id }));
    }

    #[cfg(test)]
    pub(super) fn held(&self) -> (usize, u64) {
        let held = self.sending.as_ref().map_or(0, |sending| sending.held());
        (held, self.link.map_or(0, |link| link.queued()))
    }
}

impl Files {
    /// The person sends a file.
    pub(super) fn offer(
        &mut self,
        (id, peer): (u64, PeerId),
        name: &str,
        (size, kind): (u64, FileKind),
        out: &mut Vec<Effect>,
    ) {
        if self.sent.iter().any(|file| file.about.wire == id) {
            return;
        }
        let Some(line) = self.lines.get(&peer) else {
            let id = FileId::Sent(id);
            out.push(Effect::File(FileEffect::Drop { id }));
            return;
        };
        let about = About::new(
            FileId::Sent(id),
            id,
            (peer, &line.name),
            FileName::cleaned(name),
            (size, kind),
        );
        let about = self.numbered(about);
        self.sent.push(Outgoing {
            about,
            stage: Stage::Queued,
            sending: None,
            link: None,
            answers: Bucket::new(ANSWER_RATE, ANSWER_BURST),
        });
        let waiting = self
            .sent
            .iter()
            .filter(|file| file.about.peer == peer && !file.is_over());
        let reason = match () {
            () if size > FILE_MAX => FileEndReason::TooLarge,
            () if waiting.count() > FILES => FileEndReason::Busy,
            () => return,
        };
        self.end_sent(self.sent.len() - 1, FileEnding::Ours(reason), out);
    }

    /// Offers what may be offered now.
    pub(super) fn offer_more(&mut self, now: Duration, out: &mut Vec<Effect>) {
        for place in 0..self.sent.len() {
            let about = &self.sent[place].about;
            if self.sent[place].stage != Stage::Queued || self.open_offers(about.peer) >= FILE_OFFERS {
                continue;
            }
            let Some(line) = self.lines.get_mut(&about.peer).filter(|line| line.ready.is_some()) else {
                continue;
            };
            if !line.takes_files {
                self.end_sent(place, FileEnding::Unsupported, out);
            } else if line.own_offers.take(now) {
                line.say(PeerMessage::FileOffer(FileOffer {
                    id: about.wire,
                    size: about.size,
                    kind: about.kind,
                    name: about.name.as_str().to_owned(),
                }));
                self.sent[place].stage = Stage::Offered;
            }
        }
    }

    /// When there is something to offer.
    pub(super) fn offer_deadline(&self) -> Option<Duration> {
        let queued = self.sent.iter().filter(|file| file.stage == Stage::Queued);
        let lines = queued.filter_map(|file| self.lines.get(&file.about.peer).map(|line| (file.about.peer, line)));
        let lines = lines.filter(|(peer, line)| line.ready.is_some() && self.open_offers(*peer) < FILE_OFFERS);
        lines.map(|(_, line)| line.own_offers.ready_at()).min()
    }

    fn open_offers(&self, peer: PeerId) -> usize {
        let is_open =
            |file: &&Outgoing| file.about.peer == peer && matches!(file.stage, Stage::Offered | Stage::Running);
        self.sent.iter().filter(is_open).count()
    }

    /// A peer wants one of our files.
    pub(super) fn answered(&mut self, now: Duration, peer: PeerId, answer: FileAnswer, out: &mut Vec<Effect>) {
        let of_peer = |file: &&Outgoing| file.about.peer == peer;
        let running = self
            .sent
            .iter()
            .filter(of_peer)
            .filter(|file| file.stage == Stage::Running);
        let is_taken = self
            .sent
            .iter()
            .filter(of_peer)
            .any(|file| file.link.is_some_and(|link| link.channel == answer.channel));
        let is_full = running.count() >= FILES_AT_ONCE;
        let Some(place) = self.sent_place(peer, answer.id) else {
            return;
        };
        let (file, line) = (&mut self.sent[place], self.lines.get(&peer));
        let Some((line, connection)) = line.and_then(|line| Some((line, line.ready?))) else {
            return;
        };
        let is_first = match file.stage {
            Stage::Offered => true,
            Stage::Running => false,
            _ => return,
        };
        // One too many is worth nothing: a receiver that misses its file asks again.
        if !file.answers.take(now) {
            return;
        }
        let (shape, size) = (self.shape, file.about.size);
        let sending = file.sending.get_or_insert_with(|| Box::new(Sending::new(shape, size)));
        let is_broken = is_first && is_full || is_taken || !line.is_theirs(answer.channel);
        if is_broken || sending.begin(answer.from).is_err() {
            self.end_sent(place, FileEnding::Ours(FileEndReason::Broken), out);
            return;
        }
        file.stage = Stage::Running;
        if let Some(before) = file.link.replace(Link::open(connection, answer.channel, out)) {
            before.close(out);
        }
    }

    /// A peer says that one of our files goes no further, or that it has got it.
    pub(super) fn sent_ended(&mut self, peer: PeerId, end: FileEnd, out: &mut Vec<Effect>) {
        let of_peer = |file: &Outgoing| file.about.peer == peer && file.about.wire == end.id;
        let Some(place) = self.sent.iter().position(of_peer) else {
            return;
        };
        let file = &mut self.sent[place];
        match (file.stage, end.reason) {
            (Stage::Running, FileEndReason::Done) => {
                file.stage = Stage::Complete;
                file.about.done = file.about.size;
                file.let_go(out);
                self.has_ended = true;
            }
            // It was too late to cancel it.
            (Stage::Ended(FileEnding::Ours(FileEndReason::Cancelled)), FileEndReason::Done) if file.about.done > 0 => {
                file.stage = Stage::Complete;
                file.about.done = file.about.size;
            }
            (Stage::Offered, FileEndReason::Done) => {
                self.end_sent(place, FileEnding::Theirs(FileEndReason::Broken), out);
            }
            (Stage::Offered | Stage::Running, reason) => self.end_sent(place, FileEnding::Theirs(reason), out),
            _ => {}
        }
    }

    /// A file goes no further.
    pub(super) fn end_sent(&mut self, place: usize, ending: FileEnding, out: &mut Vec<Effect>) {
        let file = &mut self.sent[place];
        if file.is_over() {
            return;
        }
        file.about.done = file.done().unwrap_or_default();
        let before = std::mem::replace(&mut file.stage, Stage::Ended(ending));
        if let FileEnding::Ours(reason) = ending
            && before != Stage::Queued
            && let Some(line) = self.lines.get_mut(&file.about.peer)
        {
            line.say(PeerMessage::FileEnd(FileEnd {
                id: file.about.wire,
                is_yours: false,
                reason,
            }));
        }
        file.let_go(out);
        self.has_ended = true;
    }

    /// Bytes of a file were read.
    pub(super) fn read(&mut self, id: FileId, from: u64, bytes: Vec<u8>, out: &mut Vec<Effect>) {
        let Some(place) = self.sent.iter().position(|file| file.about.id == id) else {
            return;
        };
        if let Some(sending) = &mut self.sent[place].sending
            && let Err(reason) = sending.read(from, bytes)
        {
            self.end_sent(place, FileEnding::Ours(reason), out);
        }
    }

    /// Something has come on the data channel of a file that we send: how much of it the peer has.
    pub(super) fn acknowledged(&mut self, place: usize, bytes: &[u8], out: &mut Vec<Effect>) {
        let Some(sending) = &mut self.sent[place].sending else {
            return;
        };
        let up_to = bytes.try_into().map(u64::from_le_bytes);
        let is_news = up_to.is_ok_and(|up_to| up_to > sending.acked() && sending.acknowledged(up_to).is_ok());
        if !is_news {
            self.end_sent(place, FileEnding::Ours(FileEndReason::Broken), out);
        }
    }

    /// Sends what may be sent, a frame of each file in turn, and reads what is next.
    pub(super) fn send_more(&mut self, now: Duration, out: &mut Vec<Effect>) {
        for (&peer, line) in self.lines.iter_mut() {
            line.is_paced = false;
            let has_channel = |file: &Outgoing| file.about.peer == peer && file.link.is_some();
            let places: Vec<_> = (0..self.sent.len())
                .filter(|place| has_channel(&self.sent[*place]))
                .collect();
            let most = line.pace.queue().min(self.shape.queue);
            let mut idle = 0;
            while idle < places.len() {
                let file = &mut self.sent[places[line.turn % places.len()]];
                match file.ready(most) {
                    Some(length) if line.pace.take(now, length) => {
                        file.send(out);
                        idle = 0;
                    }
                    Some(_) => {
                        line.is_paced = true;
                        break;
                    }
                    None => idle += 1,
                }
                line.turn = line.turn.wrapping_add(1);
            }
        }
        for file in self.sent.iter_mut().filter(|file| file.link.is_some()) {
            if let Some((from, length)) = file.sending.as_mut().and_then(|sending| sending.wants()) {
                let id = file.about.id;
                out.push(Effect::File(FileEffect::Read { id, from, length }));
            }
        }
    }

    /// The place of a file that we send over this data channel.
    pub(super) fn sent_on(&mut self, connection: ConnectionId, channel: u16) -> Option<usize> {
        let is_on = |file: &Outgoing| file.link.is_some_and(|link| link.is(connection, channel));
        self.sent.iter().position(is_on)
    }

    fn sent_place(&self, peer: PeerId, wire: u64) -> Option<usize> {
        let is_it = |file: &Outgoing| file.about.peer == peer && file.about.wire == wire;
        self.sent.iter().position(is_it)
    }
}
