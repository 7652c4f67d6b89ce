//! Everybody's lines, in the order in which everybody sees them.

use std::time::Duration;

use protocol::limits::peer::{CHAT_TOLD_BYTES, CHAT_TOLD_LINES};
use protocol::peer_message::ChatLine;
use protocol::{ChatText, PeerMessage};

use super::receipts::Receipts;
use super::{ALL_LINES, LINES};
use crate::clock::Place;
use crate::{Person, SmallMap};

/// One line.
#[derive(Debug)]
pub(super) struct Stored {
    /// Tells it from every other one of this page.
    pub(super) number: u64,
    pub(super) place: Place,
    pub(super) author: Person,
    /// The author's number for it.
    pub(super) id: u64,
    /// Milliseconds on the page's clock, which may be before its start.
    pub(super) said_ms: i64,
    pub(super) text: ChatText,
    /// Empty for those of others.
    pub(super) receipts: Receipts,
}

impl Stored {
    /// How it is told to a peer.
    pub(super) fn message(&self, now: Duration) -> PeerMessage {
        PeerMessage::Chat(ChatLine {
            id: self.id,
            lamport: self.place.0,
            age_ms: millis(now).abs_diff(self.said_ms),
            text: self.text.as_str().to_owned(),
        })
    }
}

/// A time as lines have it.
pub(super) fn millis(time: Duration) -> i64 {
    i64::try_from(time.as_millis()).unwrap_or(i64::MAX)
}

/// The lines that are kept.
#[derive(Debug, Default)]
pub(super) struct Lines {
    /// In the order of their places, and of their coming where these are equal.
    lines: Vec<Stored>,
    /// How many each author has.
    counts: SmallMap<Person, usize>,
    /// Lines so far, those that are gone as well.
    numbers: u64,
}

impl Lines {
    /// A number for another line.
    pub(super) fn number(&mut self) -> u64 {
        self.numbers += 1;
        self.numbers
    }

    /// Puts a line in its place. Past the bounds the oldest of its author goes, or of who has more. Returns whose it was.
    pub(super) fn insert(&mut self, line: Stored) -> Option<Person> {
        let author = line.author;
        let at = self.lines.partition_point(|before| before.place <= line.place);
        self.lines.insert(at, line);
        *self.counts.entry(author).or_default() += 1;
        let most = if self.count(author) > LINES {
            author
        } else if self.lines.len() > ALL_LINES {
            // The author of the newest, unless somebody has more.
            let more = |most, (&other, &count)| if count > self.count(most) { other } else { most };
            self.counts.iter().fold(author, more)
        } else {
            return None;
        };
        let oldest = self.lines.iter().position(|line| line.author == most)?;
        Some(self.take(oldest))
    }

    /// Takes a line out. Returns whose it was.
    pub(super) fn remove(&mut self, number: u64) -> Option<Person> {
        let at = self.lines.iter().position(|line| line.number == number)?;
        Some(self.take(at))
    }

    fn take(&mut self, at: usize) -> Person {
        let author = self.lines.remove(at).author;
        *self.counts.entry(author).or_default() -= 1;
        self.counts.retain(|_, count| *count > 0);
        author
    }

    /// Forgets all of them.
    pub(super) fn clear(&mut self) {
        self.lines.clear();
        self.counts.clear();
    }

    /// How many lines of an author there are.
    pub(super) fn count(&self, author: Person) -> usize {
        self.counts.get(&author).copied().unwrap_or_default()
    }

    pub(super) fn iter(&self) -> impl DoubleEndedIterator<Item = &Stored> + ExactSizeIterator {
        self.lines.iter()
    }

    /// One's own, the oldest first.
    pub(super) fn own(&mut self) -> impl Iterator<Item = &mut Stored> {
        self.lines.iter_mut().filter(|line| line.author == Person::Me)
    }

    /// One's own line of this number, if it is still there.
    pub(super) fn own_numbered(&mut self, number: u64) -> Option<&mut Stored> {
        self.own().find(|line| line.number == number)
    }

    /// The first of one's own lines that a newcomer is told: all from there on.
    pub(super) fn told_from(&self) -> Option<u64> {
        let (mut lines, mut bytes) = (0, 0);
        let own = self.lines.iter().rev().filter(|line| line.author == Person::Me);
        let told = own.take_while(|line| {
            lines += 1;
            bytes += line.text.as_str().len();
            lines <= CHAT_TOLD_LINES && bytes <= CHAT_TOLD_BYTES
        });
        told.last().map(|line| line.number)
    }
}

#[cfg(test)]
mod tests {
    use fastrand::Rng;
    use protocol::PeerId;

    use super::*;

    fn id(n: u8) -> PeerId {
        PeerId::from_bytes([n; 16])
    }

    fn peer(n: u8) -> Person {
        Person::Peer(id(n))
    }

    fn put(lines: &mut Lines, author: Person, lamport: u64, text: &str) -> Option<Person> {
        let number = lines.number();
        let rank = match author {
            Person::Me => (0, id(0)),
            Person::Peer(peer) => (1, peer),
        };
        lines.insert(Stored {
            number,
            place: (lamport, rank),
            author,
            id: number,
            said_ms: 0,
            text: text.parse().expect("a text"),
            receipts: Receipts::default(),
        })
    }

    #[test]
    fn lines_stand_in_the_order_of_their_numbers_and_then_of_seats() {
        let mut lines = Lines::default();
        for (author, lamport) in [(peer(2), 5), (peer(1), 7), (Person::Me, 5), (peer(1), 5), (peer(3), 1)] {
            put(&mut lines, author, lamport, "x");
        }
        let order: Vec<_> = lines.iter().map(|line| line.author).collect();
        assert_eq!(order, [peer(3), Person::Me, peer(1), peer(2), peer(1)]);
    }

    #[test]
    fn a_flooder_pushes_out_nobody_elses_lines() {
        let mut lines = Lines::default();
        for n in 0..20 {
            put(&mut lines, Person::Me, n, "mine");
            put(&mut lines, peer(1), n, "hers");
            put(&mut lines, peer(250), n, "his");
        }
        for n in 0..10_000 {
            let gone = put(&mut lines, peer(2), 100 + n, "spam");
            assert_eq!(gone, (n >= LINES as u64).then_some(peer(2)));
        }
        let counts = [Person::Me, peer(1), peer(250), peer(2)].map(|author| lines.count(author));
        assert_eq!(counts, [20, 20, 20, LINES]);
        // Its newest are those that are kept.
        assert_eq!(lines.iter().last().map(|line| line.place.0), Some(10_099));
        // With many seats it fills what there is for all, and then pushes out its own.
        for seat in 3..40 {
            for n in 0..LINES as u64 {
                put(&mut lines, peer(seat), 20_000 + n, "spam");
            }
        }
        assert_eq!(lines.iter().len(), ALL_LINES);
        assert_eq!(
            [Person::Me, peer(1), peer(250)].map(|author| lines.count(author)),
            [20; 3]
        );
    }

    #[test]
    fn counts_and_order_hold_whatever_is_put_in() {
        for seed in 0..20 {
            let mut rng = Rng::with_seed(seed);
            let mut lines = Lines::default();
            let authors = rng.u8(1..30);
            for _ in 0..6_000 {
                let author = match rng.u8(0..=authors).min(rng.u8(0..=authors)) {
                    0 => Person::Me,
                    n => peer(n),
                };
                let lamport = rng.u64(0..1_000);
                put(&mut lines, author, lamport, "x");
            }
            assert!(lines.iter().len() <= ALL_LINES);
            assert!(lines.iter().map(|line| line.place).is_sorted(), "seed {seed}");
            for author in std::iter::once(Person::Me).chain((1..30).map(peer)) {
                let count = lines.iter().filter(|line| line.author == author).count();
                assert_eq!(count, lines.count(author), "seed {seed}");
                assert!(count <= LINES);
            }
        }
    }

    #[test]
    fn a_newcomer_is_told_the_newest_within_bounds() {
        let mut lines = Lines::default();
        assert_eq!(lines.told_from(), None);
        for n in 0..300 {
            put(&mut lines, Person::Me, n, "x");
            put(&mut lines, peer(1), n, "y");
        }
        let told = |lines: &mut Lines| {
            let from = lines.told_from().expect("there are lines");
            lines.own().filter(|line| line.number >= from).count()
        };
        assert_eq!(told(&mut lines), CHAT_TOLD_LINES);
        for n in 0..100 {
            put(&mut lines, Person::Me, 1_000 + n, &"x".repeat(2_000));
        }
        assert_eq!(told(&mut lines), CHAT_TOLD_BYTES / 2_000);
    }
}
