//! Raised hands, in the order in which they were raised.

use std::time::Duration;

use protocol::PeerId;

use crate::clock::{Clock, Place, Rank};
use crate::{Person, SmallMap};

/// A peer's hand that goes up and down all the time is shown so often at most.
const PACE: Duration = Duration::from_millis(250);

/// Everybody's hands. A number is that of the Lamport clock when the hand was raised, 0 while it is down.
#[derive(Debug, Default)]
pub(super) struct Hands {
    /// One's own.
    pub(super) own: u64,
    peers: SmallMap<PeerId, PeerHand>,
    /// As last reported.
    shown: Vec<Person>,
}

#[derive(Debug)]
struct PeerHand {
    rank: Rank,
    /// As the peer says, which says the same again on each connection.
    said: u64,
    /// As it counts here.
    newest: u64,
    shown: u64,
    /// When it may be shown in another way.
    not_before: Duration,
}

impl Hands {
    /// Somebody comes, with the hand down.
    pub(super) fn add(&mut self, rank: Rank) {
        let hand = PeerHand {
            rank,
            said: 0,
            newest: 0,
            shown: 0,
            not_before: Duration::ZERO,
        };
        self.peers.insert(rank.1, hand);
    }

    /// Somebody is gone.
    pub(super) fn remove(&mut self, peer: PeerId) {
        self.peers.remove(&peer);
    }

    /// A peer says how its hand is.
    pub(super) fn heard(&mut self, peer: PeerId, raised: u64, clock: &mut Clock) {
        if let Some(hand) = self.peers.get_mut(&peer)
            && hand.said != raised
        {
            hand.said = raised;
            hand.newest = if raised > 0 { clock.take(raised) } else { 0 };
        }
    }

    /// A peer's hand is down, whatever it said before.
    pub(super) fn lower(&mut self, peer: PeerId) {
        if let Some(hand) = self.peers.get_mut(&peer) {
            (hand.said, hand.newest) = (0, 0);
        }
    }

    /// Nobody is there any more.
    pub(super) fn forget(&mut self) {
        self.own = 0;
        self.peers.clear();
    }

    /// Whose hands are up, if that has changed.
    pub(super) fn poll(&mut self, now: Duration, me: Option<Rank>) -> Option<Vec<Person>> {
        for hand in self.peers.values_mut() {
            if hand.is_waiting() && hand.not_before <= now {
                hand.shown = hand.newest;
                hand.not_before = now + PACE;
            }
        }
        let own = me.map(|me| ((self.own, me), Person::Me));
        let peers = self.peers.iter();
        let all = peers.map(|(peer, hand)| ((hand.shown, hand.rank), Person::Peer(*peer)));
        let mut up: Vec<(Place, Person)> = Vec::new();
        for hand in all.chain(own).filter(|((raised, _), _)| *raised > 0) {
            let at = up.partition_point(|before| *before < hand);
            up.insert(at, hand);
        }
        let up: Vec<Person> = up.into_iter().map(|(_, person)| person).collect();
        (up != self.shown).then(|| {
            self.shown.clone_from(&up);
            up
        })
    }

    /// When [`Self::poll`] is due.
    pub(super) fn deadline(&self) -> Option<Duration> {
        let waiting = self.peers.values().filter(|hand| hand.is_waiting());
        waiting.map(|hand| hand.not_before).min()
    }
}

impl PeerHand {
    fn is_waiting(&self) -> bool {
        self.shown != self.newest
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn id(n: u8) -> PeerId {
        PeerId::from_bytes([n; 16])
    }

    fn peer(n: u8) -> Person {
        Person::Peer(id(n))
    }

    fn millis(count: u64) -> Duration {
        Duration::from_millis(count)
    }

    const ME: Option<Rank> = Some((5, PeerId::from_bytes([5; 16])));

    /// Peers 1 to 9, in the order of their numbers; we are the fifth.
    fn room() -> (Hands, Clock) {
        let mut hands = Hands::default();
        for n in (1..10).filter(|n| *n != 5) {
            hands.add((n.into(), id(n)));
        }
        (hands, Clock::default())
    }

    #[test]
    fn hands_are_in_the_order_in_which_they_were_raised_and_then_of_seats() {
        let (mut hands, mut clock) = room();
        for (n, raised) in [(9, 3), (4, 7), (6, 7), (1, 9)] {
            hands.heard(id(n), raised, &mut clock);
        }
        hands.own = 7;
        let order = [peer(9), peer(4), Person::Me, peer(6), peer(1)];
        assert_eq!(hands.poll(millis(0), ME), Some(order.to_vec()));
        assert_eq!(hands.poll(millis(1), ME), None);
        hands.heard(id(4), 0, &mut clock);
        hands.remove(id(9));
        hands.lower(id(1));
        assert_eq!(hands.poll(millis(300), ME), Some(vec![Person::Me, peer(6)]));
        assert_eq!(clock.next(), 10);
        hands.forget();
        assert_eq!(hands.poll(millis(300), ME), Some(vec![]));
    }

    #[test]
    fn a_storm_of_one_hand_is_shown_four_times_a_second_and_ends_with_the_newest() {
        let (mut hands, mut clock) = room();
        let mut shown = Vec::new();
        for at in 0..2_000 {
            hands.heard(id(1), if at % 2 == 0 { at + 1 } else { 0 }, &mut clock);
            assert!(hands.deadline().is_none_or(|due| due >= millis(at)));
            shown.extend(hands.poll(millis(at), ME));
        }
        assert!(shown.len() <= 8, "{}", shown.len());
        // It was up when it was last shown, and is down since.
        let due = hands.deadline().expect("it waits");
        assert!(hands.poll(due - millis(1), ME).is_none());
        assert_eq!(hands.poll(due, ME), Some(vec![]));
        assert_eq!(hands.deadline(), None);
        // Somebody else's does not wait for it.
        hands.heard(id(1), 9_000, &mut clock);
        hands.heard(id(2), 9_001, &mut clock);
        assert_eq!(hands.poll(due, ME), Some(vec![peer(2)]));
        assert_eq!(hands.poll(due + PACE, ME), Some(vec![peer(1), peer(2)]));
    }

    #[test]
    fn a_number_that_cannot_be_is_one_of_this_moment_and_stays_it() {
        let (mut hands, mut clock) = room();
        hands.heard(id(1), 10, &mut clock);
        hands.heard(id(2), u64::MAX, &mut clock);
        hands.heard(id(3), 12, &mut clock);
        let order = Some(vec![peer(1), peer(2), peer(3)]);
        assert_eq!(hands.poll(millis(0), ME), order);
        // Each connection says it again.
        hands.heard(id(2), u64::MAX, &mut clock);
        assert_eq!(hands.poll(millis(1_000), ME), None);
    }
}
