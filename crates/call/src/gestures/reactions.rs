//! Reactions, which are seen for some seconds.

use std::time::Duration;

use protocol::PeerId;
use protocol::peer_message::Emoji;

use crate::Person;

/// How long one is shown.
const SHOWN: Duration = Duration::from_secs(5);

/// Most of one person at a time: the next takes the place of the oldest.
const EACH: usize = 5;

/// One more than that within so long is ignored.
const WITHIN: Duration = Duration::from_secs(1);

/// Most of all at a time.
const ALL: usize = 40;

/// A reaction that is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ShownReaction {
    /// Tells it from every other one of this page.
    pub number: u64,
    /// Whose.
    pub person: Person,
    /// Never one that is not known.
    pub emoji: Emoji,
}

/// Everybody's, the oldest first, each with its end.
#[derive(Debug, Default)]
pub(super) struct Reactions {
    shown: Vec<(Duration, ShownReaction)>,
    /// So far, those that are over as well.
    numbers: u64,
    changed: bool,
}

impl Reactions {
    /// Somebody reacts. Returns whether that is shown.
    pub(super) fn add(&mut self, now: Duration, person: Person, emoji: Emoji) -> bool {
        let of_person = |(_, reaction): &&(Duration, ShownReaction)| reaction.person == person;
        let is_full = self.shown.iter().filter(of_person).count() >= EACH;
        let oldest = match is_full {
            true => self.shown.iter().position(|one| of_person(&one)),
            false => (self.shown.len() >= ALL).then_some(0),
        };
        let is_too_soon = |place: usize| self.shown[place].0 + WITHIN > now + SHOWN;
        if matches!(emoji, Emoji::Other(_)) || is_full && oldest.is_some_and(is_too_soon) {
            return false;
        }
        if let Some(place) = oldest {
            self.shown.remove(place);
        }
        self.numbers += 1;
        let number = self.numbers;
        let reaction = ShownReaction { number, person, emoji };
        self.shown.push((now + SHOWN, reaction));
        self.changed = true;
        true
    }

    /// Somebody is gone.
    pub(super) fn remove(&mut self, peer: PeerId) {
        self.keep(|_, person| person != Person::Peer(peer));
    }

    /// Nobody is there any more.
    pub(super) fn forget(&mut self) {
        self.keep(|_, _| false);
    }

    /// What is shown, if that has changed.
    pub(super) fn poll(&mut self, now: Duration) -> Option<Vec<ShownReaction>> {
        self.keep(|until, _| until > now);
        let changed = std::mem::take(&mut self.changed);
        changed.then(|| self.shown.iter().map(|(_, reaction)| *reaction).collect())
    }

    /// When [`Self::poll`] is due.
    pub(super) fn deadline(&self) -> Option<Duration> {
        self.shown.first().map(|(until, _)| *until)
    }

    fn keep(&mut self, wanted: impl Fn(Duration, Person) -> bool) {
        let before = self.shown.len();
        self.shown.retain(|(until, reaction)| wanted(*until, reaction.person));
        self.changed |= self.shown.len() != before;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn millis(count: u64) -> Duration {
        Duration::from_millis(count)
    }

    fn peer(n: u8) -> PeerId {
        PeerId::from_bytes([n; 16])
    }

    fn numbers(shown: Option<Vec<ShownReaction>>) -> Option<Vec<u64>> {
        shown.map(|shown| shown.iter().map(|reaction| reaction.number).collect())
    }

    #[test]
    fn a_reaction_is_shown_for_five_seconds() {
        let mut reactions = Reactions::default();
        assert_eq!((reactions.poll(millis(0)), reactions.deadline()), (None, None));
        assert!(reactions.add(millis(100), Person::Me, Emoji::Heart));
        assert!(!reactions.add(millis(100), Person::Me, Emoji::Other(77)));
        let heart = ShownReaction {
            number: 1,
            person: Person::Me,
            emoji: Emoji::Heart,
        };
        assert_eq!(reactions.poll(millis(100)), Some(vec![heart]));
        assert_eq!(reactions.deadline(), Some(millis(5_100)));
        assert_eq!(reactions.poll(millis(5_099)), None);
        assert_eq!(reactions.poll(millis(5_100)), Some(vec![]));
        assert_eq!(reactions.deadline(), None);
    }

    #[test]
    fn one_person_has_five_at_a_time_and_five_within_a_second() {
        let mut reactions = Reactions::default();
        let taken: Vec<u64> = (0..2_100)
            .step_by(10)
            .filter(|at| reactions.add(millis(*at), Person::Me, Emoji::Party))
            .collect();
        assert_eq!(
            taken,
            [
                0, 10, 20, 30, 40, 1_000, 1_010, 1_020, 1_030, 1_040, 2_000, 2_010, 2_020, 2_030, 2_040
            ]
        );
        assert_eq!(numbers(reactions.poll(millis(2_100))), Some(vec![11, 12, 13, 14, 15]));
        // Somebody else has a share of their own.
        assert!(reactions.add(millis(2_100), Person::Peer(peer(1)), Emoji::Party));
        reactions.remove(peer(1));
        assert_eq!(numbers(reactions.poll(millis(2_100))), Some(vec![11, 12, 13, 14, 15]));
    }

    #[test]
    fn there_are_forty_at_a_time() {
        let mut reactions = Reactions::default();
        for n in 0..20 {
            for _ in 0..10 {
                reactions.add(millis(0), Person::Peer(peer(n)), Emoji::Laughter);
            }
        }
        assert_eq!(numbers(reactions.poll(millis(0))), Some((61..=100).collect()));
        reactions.forget();
        assert_eq!(numbers(reactions.poll(millis(0))), Some(vec![]));
    }
}
