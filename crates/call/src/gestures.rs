//! What people show without words: raised hands and reactions.

mod hands;
mod reactions;

use std::time::Duration;

use protocol::peer_message::{Emoji, Features, Hand, Reaction};
use protocol::{PeerId, PeerInfo, PeerMessage};

use crate::clock::{Clock, Rank, rank};
use crate::mesh::Mesh;
use crate::{Effect, Person};
use hands::Hands;
use reactions::Reactions;

pub use reactions::ShownReaction;

/// Everybody's, one's own as well.
#[derive(Debug, Default)]
pub(crate) struct Gestures {
    /// Our newest seat.
    me: Option<Rank>,
    hands: Hands,
    reactions: Reactions,
}

impl Gestures {
    /// The person raises the hand, or lowers it. Without a seat it stays down.
    pub(crate) fn raise(
        &mut self,
        now: Duration,
        up: bool,
        clock: &mut Clock,
        mesh: &mut Mesh,
        effects: &mut Vec<Effect>,
    ) {
        if self.me.is_some() && up != (self.hands.own > 0) {
            self.hands.own = if up { clock.next() } else { 0 };
            // A state waits for a page that is not there yet, and one that knows no hands skips it.
            mesh.tell_all(now, Features::default(), &self.own_hand(), effects);
        }
    }

    /// The person reacts.
    pub(crate) fn react(&mut self, now: Duration, emoji: Emoji, mesh: &mut Mesh, effects: &mut Vec<Effect>) {
        if self.me.is_some() && self.reactions.add(now, Person::Me, emoji) {
            let message = PeerMessage::Reaction(Reaction { emoji });
            mesh.tell_all(now, Features::REACTIONS, &message, effects);
        }
    }

    /// A peer's page has said hello. One that takes the place of another begins with its hand down.
    pub(crate) fn ready(&mut self, peer: PeerId, restarted: bool) {
        if restarted {
            self.hands.lower(peer);
        }
    }

    /// A peer says how its hand is.
    pub(crate) fn hand(&mut self, peer: PeerId, hand: Hand, clock: &mut Clock) {
        self.hands.heard(peer, hand.raised, clock);
    }

    /// A peer reacts.
    pub(crate) fn reaction(&mut self, now: Duration, peer: PeerId, reaction: Reaction) {
        self.reactions.add(now, Person::Peer(peer), reaction.emoji);
    }

    /// The call is over.
    pub(crate) fn forget(&mut self) {
        self.me = None;
        self.hands.forget();
        self.reactions.forget();
    }

    /// Follows what the call has done so far, and says what is shown from now on. `me`: our seat, while there is one.
    pub(crate) fn poll(&mut self, now: Duration, me: Option<&PeerInfo>, mesh: &mut Mesh, effects: &mut Vec<Effect>) {
        self.me = me.map(rank).or(self.me);
        let mut newcomers = Vec::new();
        for effect in &*effects {
            match effect {
                Effect::PeerAdded(info) => {
                    self.hands.add(rank(info));
                    newcomers.push(info.id);
                }
                Effect::PeerRemoved(peer) => {
                    self.hands.remove(*peer);
                    self.reactions.remove(*peer);
                }
                _ => {}
            }
        }
        if self.hands.own > 0 {
            for peer in newcomers {
                mesh.tell(now, peer, &self.own_hand(), effects);
            }
        }
        effects.extend(self.hands.poll(now, self.me).map(Effect::Hands));
        effects.extend(self.reactions.poll(now).map(Effect::Reactions));
    }

    /// When [`Self::poll`] is due.
    pub(crate) fn deadline(&self) -> Option<Duration> {
        self.hands.deadline().into_iter().chain(self.reactions.deadline()).min()
    }

    fn own_hand(&self) -> PeerMessage {
        let raised = self.hands.own;
        PeerMessage::Hand(Hand { raised })
    }
}
