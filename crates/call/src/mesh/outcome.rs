//! Carries out what a pair decided, and what follows from it.

use std::time::Duration;

use protocol::{Description, Signal};

use crate::mesh::Mesh;
use crate::negotiation::{Negotiation, Step};
use crate::repair::{Event, Remedy};
use crate::{Effect, Role};

/// What a pair decided.
#[derive(Default)]
pub(super) struct Outcome {
    pub(super) steps: Vec<Step>,
    pub(super) remedy: Option<Remedy>,
    /// The offerer's offer for the connection that comes next.
    pub(super) next: Option<Description>,
}

impl From<Option<Remedy>> for Outcome {
    fn from(remedy: Option<Remedy>) -> Self {
        Self {
            remedy,
            ..Self::default()
        }
    }
}

impl Mesh {
    /// Carries an outcome out, and what follows from it. Reports the pair's reach if it has changed.
    pub(super) fn carry_out(&mut self, now: Duration, place: usize, outcome: Outcome, effects: &mut Vec<Effect>) {
        let Outcome {
            mut steps,
            mut remedy,
            next,
        } = outcome;
        let pair = &mut self.pairs[place];
        let (peer, connection) = (pair.peer, pair.connection);
        let mut number = next.as_ref().map(|offer| offer.connection);
        loop {
            if remedy.is_some() {
                pair.gathering.begin();
            }
            match (remedy.take(), pair.role) {
                (Some(Remedy::RestartIce), Role::Offerer) => {
                    effects.push(Effect::RestartIce { connection });
                    pair.negotiation.restart(&mut steps);
                }
                // Only the offerer offers: Chromium 156 draws no picture any more once an offer was rolled back.
                (Some(Remedy::RestartIce), Role::Answerer) => {
                    let signal = Signal::RestartIce {
                        connection: pair.number,
                    };
                    pair.say(signal, effects);
                }
                // Only the offerer counts connections, so that two repairs never make two different ones.
                (Some(Remedy::Rebuild), Role::Offerer) => number = Some(pair.number.saturating_add(1)),
                (Some(Remedy::Rebuild), Role::Answerer) => {
                    let signal = Signal::Rebuild {
                        connection: pair.number,
                    };
                    pair.say(signal, effects);
                }
                (None, _) => {}
            }
            if steps.is_empty() {
                break;
            }
            match steps.remove(0) {
                Step::Operate(operation) => effects.push(Effect::Operate { connection, operation }),
                Step::Send(signal) => pair.say(signal, effects),
                Step::CandidateRefused => remedy = pair.repair.handle(now, Event::CandidateRefused),
                Step::Broken => remedy = pair.repair.handle(now, Event::Broken),
            }
        }
        if let Some(number) = number {
            self.replace(now, place, number, next, effects);
            return;
        }
        let settled = pair.negotiation.is_settled();
        // It asks for nothing: at most, the ladder begins anew.
        let none = pair.repair.handle(now, Event::Negotiation { settled });
        debug_assert_eq!(none, None, "to look is to do nothing");
        let reach = pair.reach(effects);
        if std::mem::replace(&mut pair.shown, reach) != reach {
            effects.push(Effect::Reach { peer, reach });
        }
    }

    /// Puts a new connection in the place of the one that is there.
    fn replace(
        &mut self,
        now: Duration,
        place: usize,
        number: u32,
        offer: Option<Description>,
        effects: &mut Vec<Effect>,
    ) {
        let mut pair = self.pairs.remove(place);
        let connection = pair.connection;
        effects.push(Effect::Close { connection });
        // It says nothing on a connection that is closed.
        let _ = pair.channel.handle(now, crate::channel::Input::Closed { connection });
        pair.repair.handle(now, Event::Replaced);
        pair.connection = self.open(pair.peer, pair.role, &pair.repair, effects);
        pair.number = number;
        pair.gathering.begin();
        pair.negotiation = Negotiation::new(number, pair.role);
        let mut outcome = Outcome::default();
        match offer {
            Some(offer) => pair.negotiation.remote_description(offer, &mut outcome.steps),
            None => pair.negotiation.start(&mut outcome.steps),
        }
        self.pairs.insert(place, pair);
        self.carry_out(now, place, outcome, effects);
    }
}
