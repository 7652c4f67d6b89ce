//! The chat: what this page has said to everybody, and what it was told.
//!
//! - Each page says its own lines to each peer, as events of the peer channel, and nobody passes on what another one said. A newcomer is told
//!   the newest of them once, when its page has said hello; what was said before that hello is among them.
//! - Lines stand in the order of their Lamport numbers, then of seats (`clock.rs`), so everybody sees the same order, newcomers too.
//!   A peer's lines stay in the order in which it said them.
//! - Lines of somebody who has left stay. This page's are told again when it gets another seat; a line that comes again is shown once.
//! - A peer is a stranger: its texts are cleaned ([`ChatText`]), and how many there are of them is bounded. Past the bound of
//!   all, the oldest of who has most goes.

mod lines;
pub mod links;
mod reader;
mod receipts;
mod view;
mod writers;

use std::mem;
use std::time::Duration;

use protocol::peer_message::{ChatLine, Features};
use protocol::{ChatText, PeerId, PeerInfo};

use crate::clock::{Clock, Rank, rank};
use crate::mesh::Mesh;
use crate::{Effect, Person, SmallMap};
use lines::{Lines, Stored, millis};
use reader::Reader;
use writers::Writers;

pub use receipts::{Missed, Receipt, Receipts};
pub use view::{Author, Line};

/// Most lines that are kept of one author.
pub const LINES: usize = 500;

/// Most lines that are kept of all.
pub const ALL_LINES: usize = 4_000;

/// A line is said to be older at most by so much, in milliseconds: a day.
const AGE_MAX: i64 = 24 * 60 * 60 * 1_000;

/// Everybody's lines, and who has got one's own.
#[derive(Debug, Default)]
pub struct Chat {
    /// Our newest seat, and since when we are in the room, in milliseconds.
    me: Option<(Rank, i64)>,
    lines: Lines,
    /// Everybody in the room, and those who have left lines.
    writers: Writers,
    /// Everybody in the room.
    readers: SmallMap<PeerId, Reader>,
    dropped: u64,
    /// Something is shown in another way since the last [`Effect::ChatChanged`], and so many lines are new.
    changed: bool,
    new: usize,
}

impl Chat {
    /// All lines, in order.
    pub fn lines(&self) -> impl DoubleEndedIterator<Item = Line<'_>> + ExactSizeIterator {
        self.lines.iter().map(|line| Line {
            number: line.number,
            author: match line.author {
                Person::Me => Author::Me(&line.receipts),
                Person::Peer(id) => Author::Peer {
                    id,
                    name: self.writers.name(id),
                },
            },
            said_ms: line.said_ms,
            text: line.text.as_str(),
        })
    }

    /// Lines of peers that were not taken: too many of them came, or nothing of them can be seen.
    #[must_use]
    pub fn dropped(&self) -> u64 {
        self.dropped
    }

    /// The person says a line. Without a seat, or where nothing of it can be seen, nothing is said.
    pub(crate) fn say(
        &mut self,
        now: Duration,
        (id, text): (u64, &str),
        clock: &mut Clock,
        mesh: &mut Mesh,
        effects: &mut Vec<Effect>,
    ) {
        let (Some((rank, _)), Ok(text)) = (self.me, text.parse::<ChatText>()) else {
            return;
        };
        if self.lines.own().any(|line| line.id == id) {
            return;
        }
        let mut line = Stored {
            number: self.lines.number(),
            place: (clock.next(), rank),
            author: Person::Me,
            id,
            said_ms: millis(now),
            text,
            receipts: Receipts::default(),
        };
        for (&peer, reader) in self.readers.iter_mut() {
            let receipt = reader.tell(now, peer, &line, mesh, effects);
            line.receipts.said(peer, receipt);
        }
        self.insert(line);
    }

    /// A peer's page has said hello. One that was not there before is told what this page has said so far.
    pub(crate) fn ready(
        &mut self,
        now: Duration,
        peer: PeerId,
        (features, restarted): (Features, bool),
        mesh: &mut Mesh,
        effects: &mut Vec<Effect>,
    ) {
        let Some(reader) = self.readers.get_mut(&peer) else {
            return;
        };
        if !reader.ready(features, restarted) {
            return;
        }
        let from = self.lines.told_from();
        for line in self.lines.own() {
            let is_too_old = from.is_none_or(|from| line.number < from);
            let told = match is_too_old && reader.has_chat() {
                true => Receipt::Missed(Missed::Full),
                false => reader.tell(now, peer, line, mesh, effects),
            };
            self.changed |= line.receipts.told(peer, told);
        }
    }

    /// A peer says a line.
    pub(crate) fn heard(&mut self, now: Duration, peer: PeerId, line: &ChatLine, clock: &mut Clock) {
        let (author, id) = (Person::Peer(peer), line.id);
        if self.lines.iter().any(|known| (known.author, known.id) == (author, id)) {
            return;
        }
        let text = match self.writers.may_say(now, peer) {
            true => line.text.parse::<ChatText>().ok(),
            false => None,
        };
        let Some(text) = text else {
            self.dropped += 1;
            return;
        };
        let copies = self.copies(peer, id, &text);
        if copies.iter().any(|(by, _)| !self.readers.contains_key(by)) {
            return;
        }
        let Some(place) = self.writers.place(peer, line.lamport, clock) else {
            return;
        };
        let age = i64::try_from(line.age_ms).unwrap_or(AGE_MAX).min(AGE_MAX);
        let said_ms = millis(now) - age;
        if self.me.is_some_and(|(_, since)| since <= said_ms) && copies.is_empty() {
            self.new += 1;
        }
        let number = self.lines.number();
        self.insert(Stored {
            number,
            place,
            author,
            id,
            said_ms,
            text,
            receipts: Receipts::default(),
        });
    }

    /// The call is over: nothing is kept of it.
    pub(crate) fn forget(&mut self) {
        let changed = self.lines.iter().len() > 0;
        let mut lines = mem::take(&mut self.lines);
        lines.clear();
        *self = Self {
            lines,
            changed,
            ..Self::default()
        };
    }

    /// Follows what the call has done so far, and says what has changed. `me`: our seat, while there is one.
    pub(crate) fn poll(&mut self, now: Duration, me: Option<&PeerInfo>, mesh: &Mesh, effects: &mut Vec<Effect>) {
        if let Some(me) = me {
            let since = self.me.map_or(millis(now), |(_, since)| since);
            self.me = Some((rank(me), since));
        }
        for effect in &*effects {
            match effect {
                Effect::PeerAdded(info) => self.added(info),
                Effect::PeerChanged(info) => self.renamed(info),
                Effect::PeerRemoved(peer) => self.removed(*peer),
                Effect::Reach { peer, reach } => {
                    if let Some(reader) = self.readers.get_mut(peer) {
                        reader.reached(now, *reach);
                    }
                }
                _ => {}
            }
        }
        for (&peer, reader) in self.readers.iter_mut() {
            for number in reader.acknowledged(mesh.acknowledged(peer)) {
                if let Some(line) = self.lines.own_numbered(number) {
                    line.receipts.arrived(peer);
                    self.changed = true;
                }
            }
            if reader.gives_up(now) {
                for line in self.lines.own() {
                    self.changed |= line.receipts.told(peer, Receipt::Missed(Missed::NoChat));
                }
            }
        }
        if mem::take(&mut self.changed) {
            let new = mem::take(&mut self.new);
            effects.push(Effect::ChatChanged { new });
        }
    }

    /// When [`Self::poll`] is due.
    pub(crate) fn deadline(&self) -> Option<Duration> {
        let is_waited_for = |peer| {
            let mut lines = self.lines.iter();
            lines.any(|line| line.receipts.of(peer) == Some(Receipt::Waiting))
        };
        let readers = self.readers.iter();
        let deadlines = readers.filter_map(|(peer, reader)| Some((*peer, reader.gives_up_at()?)));
        deadlines
            .filter(|(peer, _)| is_waited_for(*peer))
            .map(|(_, at)| at)
            .min()
    }

    /// Lines that look exactly like one of a peer, with its number as well, and are of other seats: whose, and their numbers here. Then the
    /// same person has another seat, and tells again what it said before. As long as both seats are taken it may also be a stranger, who would
    /// keep somebody's line away by saying it first. So both are shown, and when one of the two has left, the first stays: both have the same
    /// name, so nothing changes for a reader.
    fn copies(&self, peer: PeerId, id: u64, text: &ChatText) -> Vec<(PeerId, u64)> {
        let same = self.lines.iter().filter(|line| line.id == id && line.text == *text);
        let copies = same.filter_map(|line| match line.author {
            Person::Peer(by) if by != peer && self.writers.name(by) == self.writers.name(peer) => {
                Some((by, line.number))
            }
            _ => None,
        });
        copies.collect()
    }

    fn insert(&mut self, line: Stored) {
        self.changed = true;
        if let Some(Person::Peer(author)) = self.lines.insert(line) {
            self.tidy(author);
        }
    }

    /// Forgets a peer that has left and of whom no line is left.
    fn tidy(&mut self, peer: PeerId) {
        if !self.readers.contains_key(&peer) && self.lines.count(Person::Peer(peer)) == 0 {
            self.writers.remove(peer);
        }
    }

    fn added(&mut self, info: &PeerInfo) {
        self.renamed(info);
        self.writers.add(info);
        self.readers.insert(info.id, Reader::new());
    }

    fn renamed(&mut self, info: &PeerInfo) {
        let is_shown = self.lines.count(Person::Peer(info.id)) > 0;
        self.changed |= self.writers.rename(info) && is_shown;
    }

    fn removed(&mut self, peer: PeerId) {
        self.readers.remove(&peer);
        for line in self.lines.own() {
            self.changed |= line.receipts.left(peer);
        }
        let theirs = self.lines.iter().filter(|line| line.author == Person::Peer(peer));
        let second = theirs.flat_map(|line| {
            let copies = self.copies(peer, line.id, &line.text).into_iter();
            copies.map(|(_, number)| number.max(line.number))
        });
        for number in second.collect::<Vec<_>>() {
            self.changed = true;
            if let Some(Person::Peer(author)) = self.lines.remove(number) {
                self.tidy(author);
            }
        }
        self.tidy(peer);
    }
}
