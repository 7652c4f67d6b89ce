//! Files that peers send: offered to the person, accepted, received in turn, stored.

use std::time::Duration;

use protocol::limits::peer::{FILE_MAX, FILE_OFFERS, FILES_AT_ONCE};
use protocol::peer_message::{FileAnswer, FileEnd, FileEndReason, FileOffer};
use protocol::{FileName, PeerId, PeerMessage};

use super::line::Link;
use super::receiving::{Receiving, Took};
use super::view::About;
use super::{FileEffect, FileEnding, FileId, FileState, Files};
use crate::{ConnectionId, Effect};

/// When nothing has come for so long, although it could, the data channel is taken for dead.
const STALLED: Duration = Duration::from_secs(30);

/// How long to wait after a data channel was closed: its sender may be about to say why.
const RETRY: Duration = Duration::from_secs(2);

/// Tries without another verified block, after which there is no point in one more.
const TRIES: u8 = 4;

/// A file of one peer.
#[derive(Debug)]
pub(super) struct Incoming {
    pub(super) about: About,
    pub(super) stage: Stage,
    receiving: Option<Box<Receiving>>,
    pub(super) link: Option<Link>,
    /// When something last came or was stored.
    heard: Duration,
    tries: u8,
    /// When to name a data channel, if there is none.
    retry_at: Duration,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Stage {
    /// The person has not said anything.
    Offered,
    /// It is wanted as so many-th, and has to wait for its turn.
    Accepted(u32),
    /// A file is being made for it.
    Creating,
    /// It comes. Without a data channel while there is no connection.
    Running,
    /// All of it is there, and the file is being closed.
    Finishing,
    Complete,
    Ended(FileEnding),
}

impl Incoming {
    pub(super) fn is_over(&self) -> bool {
        matches!(self.stage, Stage::Complete | Stage::Ended(_))
    }

    /// The person can save it.
    pub(super) fn is_complete(&self) -> bool {
        self.stage == Stage::Complete
    }

    /// It is one of those that go at once.
    fn is_under_way(&self) -> bool {
        matches!(self.stage, Stage::Creating | Stage::Running | Stage::Finishing)
    }

    /// As it is shown, on a connection or without one.
    pub(super) fn state(&self, is_connected: bool) -> FileState {
        match self.stage {
            Stage::Offered => FileState::Offered,
            Stage::Accepted(_) => FileState::Waiting,
            Stage::Running if !is_connected && !self.is_verified() => FileState::Interrupted,
            Stage::Creating | Stage::Running | Stage::Finishing => FileState::Going,
            Stage::Complete => FileState::Complete,
            Stage::Ended(ending) => FileState::Ended(ending),
        }
    }

    /// Bytes that have come, if something is known of that.
    pub(super) fn done(&self) -> Option<u64> {
        self.receiving.as_ref().map(|receiving| receiving.at())
    }

    /// The data channel is gone, with its connection.
    pub(super) fn lost(&mut self) {
        self.link = None;
        self.retry_at = Duration::ZERO;
    }

    fn is_verified(&self) -> bool {
        self.receiving.as_ref().is_some_and(|receiving| receiving.is_verified())
    }

    /// Verified bytes are on their way to the disk.
    fn is_storing(&self) -> bool {
        self.receiving.as_ref().is_some_and(|receiving| receiving.is_storing())
    }

    /// Something is to come.
    fn is_expecting(&self) -> bool {
        self.stage == Stage::Running && !self.is_storing() && !self.is_verified()
    }

    /// Nothing more of it is needed, but what is complete.
    fn let_go(&mut self, out: &mut Vec<Effect>) {
        self.receiving = None;
        if let Some(link) = self.link.take() {
            link.close(out);
        }
    }

    #[cfg(test)]
    pub(super) fn held(&self) -> u64 {
        self.receiving.as_ref().map_or(0, |receiving| receiving.held())
    }
}

impl Files {
    /// A peer offers a file.
    pub(super) fn offered(&mut self, now: Duration, peer: PeerId, offer: &FileOffer) {
        let of_peer = |file: &&Incoming| file.about.peer == peer;
        // A page that was loaded anew has numbers of its own.
        let is_known = |file: &Incoming| file.about.wire == offer.id && file.stage != Stage::Ended(FileEnding::Left);
        let is_known = self.received.iter().filter(of_peer).any(is_known);
        let open = self
            .received
            .iter()
            .filter(of_peer)
            .filter(|file| !file.is_over())
            .count();
        let Some(line) = self.lines.get_mut(&peer) else {
            return;
        };
        let is_admitted = line.admits(now);
        if is_known {
            return;
        }
        let refusal = match () {
            () if !is_admitted || open >= FILE_OFFERS => Some(FileEndReason::Busy),
            () if offer.size > FILE_MAX => Some(FileEndReason::TooLarge),
            () => None,
        };
        if let Some(reason) = refusal {
            line.refuse(offer.id, reason);
            return;
        }
        self.received_ids = self.received_ids.wrapping_add(1);
        let id = FileId::Received(self.received_ids);
        let name = FileName::cleaned(&offer.name);
        let about = About::new(id, offer.id, (peer, &line.name), name, (offer.size, offer.kind));
        let about = self.numbered(about);
        self.received.push(Incoming {
            about,
            stage: Stage::Offered,
            receiving: None,
            link: None,
            heard: now,
            tries: 0,
            retry_at: Duration::ZERO,
        });
    }

    /// The person wants it.
    pub(super) fn accept(&mut self, id: FileId) {
        self.accepted = self.accepted.wrapping_add(1);
        let order = self.accepted;
        if let Some(file) = self.received_mut(id).filter(|file| file.stage == Stage::Offered) {
            file.stage = Stage::Accepted(order);
        }
    }

    /// A peer says that one of its files goes no further.
    pub(super) fn received_ended(&mut self, peer: PeerId, end: FileEnd, out: &mut Vec<Effect>) {
        let is_it = |file: &Incoming| file.about.peer == peer && file.about.wire == end.id && !file.is_over();
        if let Some(place) = self.received.iter().position(is_it) {
            // Only this side can say that it has all of it.
            let reason = match end.reason {
                FileEndReason::Done => FileEndReason::Broken,
                reason => reason,
            };
            self.end_received(place, FileEnding::Theirs(reason), out);
        }
    }

    /// A file goes no further, and nothing of it is kept.
    pub(super) fn end_received(&mut self, place: usize, ending: FileEnding, out: &mut Vec<Effect>) {
        let file = &mut self.received[place];
        if file.is_over() {
            return;
        }
        file.about.done = file.done().unwrap_or_default();
        let before = std::mem::replace(&mut file.stage, Stage::Ended(ending));
        if let FileEnding::Ours(reason) = ending {
            self.say_end(place, reason);
        }
        let file = &mut self.received[place];
        file.let_go(out);
        if !matches!(before, Stage::Offered | Stage::Accepted(_)) {
            out.push(Effect::File(FileEffect::Drop { id: file.about.id }));
        }
        self.has_ended = true;
    }

    /// The page has made a file.
    pub(super) fn created(&mut self, now: Duration, id: FileId) {
        let shape = self.shape;
        if let Some(file) = self.received_mut(id).filter(|file| file.stage == Stage::Creating) {
            file.stage = Stage::Running;
            file.receiving = Some(Box::new(Receiving::new(shape, file.about.size)));
            file.heard = now;
        }
    }

    /// The page has written up to there.
    pub(super) fn written(&mut self, now: Duration, id: FileId, up_to: u64) {
        if let Some(file) = self.received_mut(id)
            && let Some(receiving) = &mut file.receiving
        {
            receiving.written(up_to);
            file.heard = now;
        }
    }

    /// The page has closed the file.
    pub(super) fn finished(&mut self, id: FileId, out: &mut Vec<Effect>) {
        let is_it = |file: &Incoming| file.about.id == id && file.stage == Stage::Finishing;
        if let Some(place) = self.received.iter().position(is_it) {
            let file = &mut self.received[place];
            file.stage = Stage::Complete;
            file.about.done = file.about.size;
            file.let_go(out);
            self.say_end(place, FileEndReason::Done);
        }
    }

    /// A frame of a file has come.
    pub(super) fn frame(&mut self, now: Duration, place: usize, bytes: Vec<u8>, out: &mut Vec<Effect>) {
        let file = &mut self.received[place];
        let Some(receiving) = &mut file.receiving else {
            return;
        };
        file.heard = now;
        match receiving.frame(bytes) {
            Ok(Took::Piece | Took::File) => {}
            Ok(Took::Block { at, pieces }) => {
                file.tries = 0;
                let id = file.about.id;
                out.push(Effect::File(FileEffect::Write { id, at, pieces }));
            }
            Err(reason) => self.end_received(place, FileEnding::Ours(reason), out),
        }
    }

    /// The data channel of a file has been closed, and not from here.
    pub(super) fn failed_channel(&mut self, now: Duration, place: usize, out: &mut Vec<Effect>) {
        let file = &mut self.received[place];
        file.link = None;
        file.retry_at = now + RETRY;
        self.count_try(place, out);
    }

    /// Goes on with whatever can go on: the next of those that were accepted, data channels, acknowledgements, the ends of files.
    pub(super) fn receive_more(&mut self, now: Duration, out: &mut Vec<Effect>) {
        for place in 0..self.received.len() {
            if self.stalls_at(place).is_some_and(|at| at <= now) {
                if let Some(link) = self.received[place].link.take() {
                    link.close(out);
                }
                self.received[place].retry_at = now;
                self.count_try(place, out);
            }
            self.connect(now, place, out);
            let file = &mut self.received[place];
            let Some(receiving) = &mut file.receiving else {
                continue;
            };
            if let Some(link) = file.link.as_mut().filter(|link| link.is_open)
                && let Some(up_to) = receiving.acknowledge()
            {
                link.send(up_to.to_le_bytes()[..].into(), out);
            }
            if file.stage == Stage::Running && receiving.is_verified() && !receiving.is_storing() {
                file.stage = Stage::Finishing;
                let id = file.about.id;
                out.push(Effect::File(FileEffect::Finish { id }));
            }
        }
        self.start_more(out);
    }

    /// When [`Self::receive_more`] has something to do.
    pub(super) fn receive_deadline(&self) -> Option<Duration> {
        let places = 0..self.received.len();
        places
            .flat_map(|place| [self.stalls_at(place), self.connects_at(place)])
            .flatten()
            .min()
    }

    /// Makes files for those whose turn it is.
    fn start_more(&mut self, out: &mut Vec<Effect>) {
        for (&peer, _) in self.lines.iter().filter(|(_, line)| line.ready.is_some()) {
            let of_peer = |file: &&mut Incoming| file.about.peer == peer;
            let mut free = FILES_AT_ONCE;
            for file in self.received.iter_mut().filter(of_peer) {
                free = free.saturating_sub(file.is_under_way().into());
            }
            while free > 0 {
                let order = |file: &&mut Incoming| match file.stage {
                    Stage::Accepted(order) => order,
                    _ => u32::MAX,
                };
                let first = self.received.iter_mut().filter(of_peer).min_by_key(order);
                let Some(file) = first.filter(|file| matches!(file.stage, Stage::Accepted(_))) else {
                    break;
                };
                file.stage = Stage::Creating;
                let (id, size) = (file.about.id, file.about.size);
                out.push(Effect::File(FileEffect::Create { id, size }));
                free -= 1;
            }
        }
    }

    /// When a data channel is to be named for a file that has none.
    fn connects_at(&self, place: usize) -> Option<Duration> {
        let file = &self.received[place];
        let line = self.lines.get(&file.about.peer)?;
        (file.link.is_none() && file.is_expecting() && line.ready.is_some()).then_some(file.retry_at)
    }

    fn connect(&mut self, now: Duration, place: usize, out: &mut Vec<Effect>) {
        if self.connects_at(place).is_none_or(|at| at > now) {
            return;
        }
        let file = &mut self.received[place];
        let Some(line) = self.lines.get_mut(&file.about.peer) else {
            return;
        };
        if let (Some(connection), Some(receiving)) = (line.ready, &mut file.receiving) {
            let channel = line.name_channel();
            file.link = Some(Link::open(connection, channel, out));
            file.heard = now;
            line.say(PeerMessage::FileAnswer(FileAnswer {
                id: file.about.wire,
                from: receiving.begin(),
                channel,
            }));
        }
    }

    /// When nothing will have come for too long.
    fn stalls_at(&self, place: usize) -> Option<Duration> {
        let file = &self.received[place];
        (file.link.is_some() && file.is_expecting()).then(|| file.heard + STALLED)
    }

    /// A data channel was of no use.
    fn count_try(&mut self, place: usize, out: &mut Vec<Effect>) {
        let file = &mut self.received[place];
        file.tries = file.tries.saturating_add(1);
        if file.tries > TRIES && !file.is_verified() {
            self.end_received(place, FileEnding::Ours(FileEndReason::Stalled), out);
        }
    }

    /// Tells a peer that one of its files has ended.
    fn say_end(&mut self, place: usize, reason: FileEndReason) {
        let about = &self.received[place].about;
        if let Some(line) = self.lines.get_mut(&about.peer) {
            line.say(PeerMessage::FileEnd(FileEnd {
                id: about.wire,
                is_yours: true,
                reason,
            }));
        }
    }

    /// The place of a file that we receive over this data channel.
    pub(super) fn received_on(&mut self, connection: ConnectionId, channel: u16) -> Option<usize> {
        let is_on = |file: &Incoming| file.link.is_some_and(|link| link.is(connection, channel));
        self.received.iter().position(is_on)
    }

    fn received_mut(&mut self, id: FileId) -> Option<&mut Incoming> {
        self.received.iter_mut().find(|file| file.about.id == id)
    }
}
