//! What is shown of files.

use std::time::Duration;

use protocol::peer_message::FileKind;
use protocol::{FileName, PeerId};

use super::{FileEffect, FileId, FileState, FileView, Files};
use crate::Effect;

/// Progress is shown so often at most.
const PACE: Duration = Duration::from_millis(250);

/// Files that have ended and stay on the list: the newest of each peer and direction, and the newest of all.
const OF_PEER: usize = 8;
const OF_ALL: usize = 64;

/// What does not change of a file, and what was shown of the rest.
#[derive(Debug)]
pub(super) struct About {
    pub(super) id: FileId,
    /// Its number among all files of this page.
    number: u32,
    /// The sender's number for it.
    pub(super) wire: u64,
    pub(super) peer: PeerId,
    pub(super) peer_name: String,
    pub(super) name: FileName,
    pub(super) size: u64,
    pub(super) kind: FileKind,
    /// Bytes that had gone or come in the end.
    pub(super) done: u64,
    shown: Option<(FileState, u64)>,
}

impl About {
    pub(super) fn new(
        id: FileId,
        wire: u64,
        (peer, peer_name): (PeerId, &str),
        name: FileName,
        (size, kind): (u64, FileKind),
    ) -> Self {
        Self {
            id,
            number: 0,
            wire,
            peer,
            peer_name: peer_name.to_owned(),
            name,
            size,
            kind,
            done: 0,
            shown: None,
        }
    }

    fn view(&self) -> Option<FileView> {
        let (state, done) = self.shown?;
        Some(FileView {
            id: self.id,
            peer: self.peer,
            peer_name: self.peer_name.clone(),
            name: self.name.as_str().to_owned(),
            size: self.size,
            kind: self.kind,
            done,
            state,
        })
    }
}

impl Files {
    /// With the next number.
    pub(super) fn numbered(&mut self, about: About) -> About {
        self.numbers = self.numbers.wrapping_add(1);
        let number = self.numbers;
        About { number, ..about }
    }

    /// Says what is shown from now on, if that has changed.
    pub(super) fn show(&mut self, now: Duration, out: &mut Vec<Effect>) {
        let is_connected = |peer| self.lines.get(&peer).is_some_and(|line| line.ready.is_some());
        let sent = self.sent.iter_mut().map(|file| {
            let state = file.state(is_connected(file.about.peer));
            (file.done(), state, &mut file.about)
        });
        let received = self.received.iter_mut().map(|file| {
            let state = file.state(is_connected(file.about.peer));
            (file.done(), state, &mut file.about)
        });
        let is_due = self.show_at <= now;
        let (mut changed, mut waits) = (std::mem::take(&mut self.changed), false);
        let mut next = Vec::new();
        for (done, state, about) in sent.chain(received) {
            let (done, shown) = (done.unwrap_or(about.done), about.shown);
            let is_same = shown.is_some_and(|(before, _)| before == state);
            waits |= shown.is_none_or(|(_, before)| before != done);
            changed |= !is_same;
            next.push((about, (state, done)));
        }
        self.is_waiting = waits && !is_due && !changed;
        changed |= waits && is_due;
        if !changed {
            return;
        }
        self.show_at = now + PACE;
        next.sort_unstable_by_key(|(about, _)| about.number);
        let mut views = Vec::with_capacity(next.len());
        for (about, shown) in next {
            about.shown = Some(shown);
            views.extend(about.view());
        }
        out.push(Effect::File(FileEffect::Changed(views)));
    }

    /// The person takes a file off the list.
    pub(super) fn dismiss(&mut self, id: FileId, out: &mut Vec<Effect>) {
        let before = self.sent.len() + self.received.len();
        self.sent.retain(|file| file.about.id != id || !file.is_over());
        self.received.retain(|file| {
            let goes = file.about.id == id && file.is_over();
            if goes && file.is_complete() {
                out.push(Effect::File(FileEffect::Drop { id }));
            }
            !goes
        });
        self.changed |= before != self.sent.len() + self.received.len();
    }

    /// Takes the oldest off the list that have ended and are too many. What was received stays until the person says so.
    pub(super) fn tidy(&mut self) {
        if !std::mem::take(&mut self.has_ended) {
            return;
        }
        let sent = self.sent.iter().filter(|file| file.is_over()).map(|file| &file.about);
        let received = self
            .received
            .iter()
            .filter(|file| file.is_over() && !file.is_complete());
        let mut over: Vec<_> = sent.chain(received.map(|file| &file.about)).collect();
        over.sort_unstable_by_key(|about| std::cmp::Reverse(about.number));
        let is_sent = |id| matches!(id, FileId::Sent(_));
        let mut kept: Vec<&About> = Vec::new();
        let mut gone = Vec::new();
        for about in over {
            let same = |other: &&&About| other.peer == about.peer && is_sent(other.id) == is_sent(about.id);
            if kept.len() < OF_ALL && kept.iter().filter(same).count() < OF_PEER {
                kept.push(about);
            } else {
                gone.push(about.id);
            }
        }
        self.changed |= !gone.is_empty();
        self.sent.retain(|file| !gone.contains(&file.about.id));
        self.received.retain(|file| !gone.contains(&file.about.id));
    }
}
