//! What there is to see of a pair.

use call::{Call, ConnectionId, Effect, Reach};
use protocol::{ClientMessage, Numbered, Signal};

use super::{ADA, BO, Duo};
use crate::support::fake_peer::FakePeer;
use crate::support::world::page::Page;

impl Duo {
    pub(super) fn page(&self, side: usize) -> &Page {
        self.world.pages[side].as_ref().expect("nobody closes it")
    }

    pub(super) fn page_mut(&mut self, side: usize) -> &mut Page {
        self.world.pages[side].as_mut().expect("nobody closes it")
    }

    pub fn call(&self, side: usize) -> &Call {
        &self.page(side).call
    }

    /// For what the test does with the call past everything else.
    pub fn call_mut(&mut self, side: usize) -> &mut Call {
        &mut self.page_mut(side).call
    }

    /// The newest connection.
    pub fn connection(&self, side: usize) -> ConnectionId {
        *self.page(side).connections.keys().last().expect("a connection is open")
    }

    /// How many are open.
    pub fn connections(&self, side: usize) -> usize {
        self.page(side).connections.len()
    }

    /// The browser's side of the newest one.
    pub fn peer(&mut self, side: usize) -> &mut FakePeer {
        let fake = self.page(side).connections.values().last();
        let fake = *fake.expect("a connection is open");
        &mut self.world.fakes.get_mut(&fake).expect("it is open").peer
    }

    pub fn is_running(&mut self, side: usize) -> bool {
        self.connections(side) > 0 && self.peer(side).is_running()
    }

    /// Everything that the call ever asked for.
    pub fn effects(&self, side: usize) -> &[Effect] {
        &self.page(side).effects
    }

    /// The reach as last reported.
    pub fn reach(&self, side: usize) -> Reach {
        let reaches = self.effects(side).iter().rev();
        let mut reaches = reaches.filter_map(|effect| match effect {
            Effect::Reach { reach, .. } => Some(*reach),
            _ => None,
        });
        reaches.next().unwrap_or_default()
    }

    pub fn reaches(&self) -> [Reach; 2] {
        [self.reach(ADA), self.reach(BO)]
    }

    pub fn count(&self, side: usize, which: impl Fn(&Effect) -> bool) -> usize {
        self.effects(side).iter().filter(|effect| which(effect)).count()
    }

    /// Offers that were begun.
    pub fn offers(&self, side: usize) -> usize {
        self.count(side, |effect| matches!(effect, Effect::Send(Numbered { message: ClientMessage::Signal { signal: Signal::Description(d), .. }, .. }) if d.answers.is_none()))
    }

    pub fn restarts(&self, side: usize) -> usize {
        self.count(side, |effect| matches!(effect, Effect::RestartIce { .. }))
    }

    /// How often this side, the answerer, has asked for an ICE restart.
    pub fn asked_to_restart(&self, side: usize) -> usize {
        self.count(side, |effect| {
            matches!(
                effect,
                Effect::Send(Numbered {
                    message: ClientMessage::Signal {
                        signal: Signal::RestartIce { .. },
                        ..
                    },
                    ..
                })
            )
        })
    }

    /// Connections opened so far: over any way, over the TURN server alone.
    pub fn opened(&self, side: usize) -> (usize, usize) {
        let opened = |only| {
            self.count(
                side,
                |e| matches!(e, Effect::Open { relay_only, .. } if *relay_only == only),
            )
        };
        (opened(false), opened(true))
    }

    /// What the call has said to the server since so many effects.
    pub fn said(&self, side: usize, since: usize) -> Vec<ClientMessage> {
        let said = self.effects(side)[since..].iter().filter_map(|effect| match effect {
            Effect::Send(frame) => Some(frame.message.clone()),
            _ => None,
        });
        said.collect()
    }
}
