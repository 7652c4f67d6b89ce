//! One connection to each peer: opened, negotiated, repaired, closed.

use std::time::Duration;

use protocol::{ClientMessage, IceServer, PeerId, Signal};

use crate::negotiation::{Negotiation, Step};
use crate::repair::{Remedy, Repair};
use crate::{ConnectionId, ConnectionState, Effect, Link, LocalCandidate, OperationOutcome, Role};

/// What we have with one peer.
#[derive(Debug)]
struct Pair {
    role: Role,
    connection: ConnectionId,
    /// Which of the pair's connections it is, as both sides count them.
    number: u32,
    negotiation: Negotiation,
    repair: Repair,
    /// The link as last reported.
    shown: Link,
}

/// The connections to everybody.
#[derive(Debug, Default)]
pub(crate) struct Mesh {
    /// One for each peer. Few enough to be looked through, and a map would cost the page more code than all of this.
    pairs: Vec<(PeerId, Pair)>,
    /// Connections opened so far.
    opened: u32,
    ice_servers: Vec<IceServer>,
}

impl Mesh {
    pub(crate) fn set_ice_servers(&mut self, ice_servers: Vec<IceServer>) {
        self.ice_servers = ice_servers;
    }

    /// Opens the first connection to a peer that has none.
    pub(crate) fn add(&mut self, now: Duration, peer: PeerId, role: Role, effects: &mut Vec<Effect>) {
        if self.place_of(peer).is_some() {
            return;
        }
        let connection = self.open(peer, role, effects);
        let mut pair = Pair {
            role,
            connection,
            number: 0,
            negotiation: Negotiation::new(0, role),
            repair: Repair::new(now, role),
            shown: Link::default(),
        };
        pair.start(now, peer, effects);
        self.pairs.push((peer, pair));
    }

    /// Closes what there is with a peer.
    pub(crate) fn remove(&mut self, peer: PeerId, effects: &mut Vec<Effect>) {
        if let Some(place) = self.place_of(peer) {
            let (_, pair) = self.pairs.remove(place);
            effects.push(Effect::Close {
                connection: pair.connection,
            });
        }
    }

    /// The earliest time at which [`Self::tick`] has something to do.
    pub(crate) fn deadline(&self) -> Option<Duration> {
        self.pairs.iter().filter_map(|(_, pair)| pair.repair.deadline()).min()
    }

    /// Time has passed.
    pub(crate) fn tick(&mut self, now: Duration, effects: &mut Vec<Effect>) {
        let peers: Vec<_> = self.pairs.iter().map(|(peer, _)| *peer).collect();
        for peer in peers {
            self.with_pair(now, peer, effects, |pair, _, effects| {
                let remedy = pair.repair.tick(now);
                pair.apply(remedy, peer, effects)
            });
        }
    }

    /// A peer's signal.
    pub(crate) fn signal(&mut self, now: Duration, from: PeerId, signal: Signal, effects: &mut Vec<Effect>) {
        let newer = |pair: &Pair, number: u32| pair.role == Role::Answerer && number > pair.number;
        self.with_pair(now, from, effects, |pair, steps, effects| {
            match signal {
                Signal::Description(description) => {
                    if newer(pair, description.connection) && description.kind == protocol::DescriptionKind::Offer {
                        return Some(Replacement {
                            number: description.connection,
                            first: Some(description),
                        });
                    }
                    if description.connection == pair.number {
                        pair.negotiation.remote_description(description, steps);
                    }
                }
                Signal::Candidate(candidate) => {
                    if candidate.connection == pair.number {
                        pair.negotiation.remote_candidate(candidate, steps);
                    }
                }
                Signal::Rebuild { connection } => {
                    if pair.role == Role::Offerer && connection == pair.number {
                        let remedy = pair.repair.broken(now);
                        return pair.apply(remedy, from, effects);
                    }
                }
            }
            None
        });
    }

    /// The outcome of an operation.
    pub(crate) fn operated(
        &mut self,
        now: Duration,
        connection: ConnectionId,
        outcome: OperationOutcome,
        effects: &mut Vec<Effect>,
    ) {
        self.with_connection(now, connection, effects, |pair, steps| {
            pair.negotiation.operated(outcome, steps);
        });
    }

    /// A way to be reached.
    pub(crate) fn local_candidate(
        &mut self,
        now: Duration,
        connection: ConnectionId,
        candidate: LocalCandidate,
        effects: &mut Vec<Effect>,
    ) {
        self.with_connection(now, connection, effects, |pair, steps| {
            pair.negotiation.local_candidate(candidate, steps);
        });
    }

    /// The browser wants an offer.
    pub(crate) fn negotiation_needed(&mut self, now: Duration, connection: ConnectionId, effects: &mut Vec<Effect>) {
        self.with_connection(now, connection, effects, |pair, steps| {
            pair.negotiation.negotiation_needed(steps);
        });
    }

    /// A connection's state has changed.
    pub(crate) fn state(
        &mut self,
        now: Duration,
        connection: ConnectionId,
        state: ConnectionState,
        effects: &mut Vec<Effect>,
    ) {
        let Some(peer) = self.peer_of(connection) else { return };
        self.with_pair(now, peer, effects, |pair, _, effects| {
            let remedy = pair.repair.state(now, state);
            pair.apply(remedy, peer, effects)
        });
    }

    /// Restarts ICE with a peer because somebody asked for it.
    pub(crate) fn restart(&mut self, now: Duration, peer: PeerId, effects: &mut Vec<Effect>) {
        self.with_pair(now, peer, effects, |pair, _, effects| {
            let remedy = pair.repair.restart(now);
            pair.apply(remedy, peer, effects)
        });
    }

    /// A peer's socket is lost, or back.
    pub(crate) fn set_away(&mut self, now: Duration, peer: PeerId, away: bool, effects: &mut Vec<Effect>) {
        self.with_pair(now, peer, effects, |pair, _, _| {
            pair.repair.set_away(away);
            None
        });
    }

    fn open(&mut self, peer: PeerId, role: Role, effects: &mut Vec<Effect>) -> ConnectionId {
        let connection = ConnectionId(self.opened);
        self.opened += 1;
        effects.push(Effect::Open {
            connection,
            peer,
            role,
            ice_servers: self.ice_servers.clone(),
        });
        connection
    }

    fn place_of(&self, peer: PeerId) -> Option<usize> {
        self.pairs.iter().position(|(of, _)| *of == peer)
    }

    fn peer_of(&self, connection: ConnectionId) -> Option<PeerId> {
        self.pairs
            .iter()
            .find(|(_, pair)| pair.connection == connection)
            .map(|(peer, _)| *peer)
    }

    fn with_connection(
        &mut self,
        now: Duration,
        connection: ConnectionId,
        effects: &mut Vec<Effect>,
        act: impl FnOnce(&mut Pair, &mut Vec<Step>),
    ) {
        let Some(peer) = self.peer_of(connection) else { return };
        self.with_pair(now, peer, effects, |pair, steps, _| {
            act(pair, steps);
            None
        });
    }

    /// Lets `act` work on a pair, then carries out the steps that its negotiation took, replaces its connection if that
    /// is what it came to, and reports its link if that has changed.
    fn with_pair(
        &mut self,
        now: Duration,
        peer: PeerId,
        effects: &mut Vec<Effect>,
        act: impl FnOnce(&mut Pair, &mut Vec<Step>, &mut Vec<Effect>) -> Option<Replacement>,
    ) {
        let Some(place) = self.place_of(peer) else { return };
        let (_, mut pair) = self.pairs.remove(place);
        let mut steps = Vec::new();
        let mut replacement = act(&mut pair, &mut steps, effects);
        replacement = pair.perform(now, peer, steps, effects).or(replacement);
        if let Some(Replacement { number, first }) = replacement {
            effects.push(Effect::Close {
                connection: pair.connection,
            });
            pair.connection = self.open(peer, pair.role, effects);
            pair.number = number;
            pair.negotiation = Negotiation::new(number, pair.role);
            pair.repair.replaced(now);
            pair.start(now, peer, effects);
            if let Some(description) = first {
                let mut steps = Vec::new();
                pair.negotiation.remote_description(description, &mut steps);
                pair.perform(now, peer, steps, effects);
            }
        }
        let link = pair.repair.link();
        if std::mem::replace(&mut pair.shown, link) != link {
            effects.push(Effect::Link { peer, link });
        }
        self.pairs.insert(place, (peer, pair));
    }
}

/// The connection of a pair is to be replaced.
struct Replacement {
    /// The new one's number.
    number: u32,
    /// The offer that came for it already.
    first: Option<protocol::Description>,
}

impl Pair {
    /// The offerer does not wait for `negotiationneeded`.
    fn start(&mut self, now: Duration, peer: PeerId, effects: &mut Vec<Effect>) {
        if self.role == Role::Offerer {
            let mut steps = Vec::new();
            self.negotiation.make_offer(&mut steps);
            self.perform(now, peer, steps, effects);
        }
    }

    fn perform(
        &mut self,
        now: Duration,
        peer: PeerId,
        steps: Vec<Step>,
        effects: &mut Vec<Effect>,
    ) -> Option<Replacement> {
        let mut replacement = None;
        for step in steps {
            let remedy = match step {
                Step::Operate(operation) => {
                    effects.push(Effect::Operate {
                        connection: self.connection,
                        operation,
                    });
                    None
                }
                Step::Send(signal) => {
                    effects.push(Effect::Send(ClientMessage::Signal { to: peer, signal }));
                    None
                }
                Step::CandidateRefused => self.repair.candidate_refused(),
                Step::Broken => self.repair.broken(now),
            };
            replacement = self.apply(remedy, peer, effects).or(replacement);
        }
        replacement
    }

    fn apply(&self, remedy: Option<Remedy>, peer: PeerId, effects: &mut Vec<Effect>) -> Option<Replacement> {
        match (remedy?, self.role) {
            (Remedy::RestartIce, _) => effects.push(Effect::RestartIce {
                connection: self.connection,
            }),
            // Only the offerer counts connections, so that two repairs never make two different ones.
            (Remedy::Rebuild, Role::Offerer) => {
                return Some(Replacement {
                    number: self.number.saturating_add(1),
                    first: None,
                });
            }
            (Remedy::Rebuild, Role::Answerer) => {
                let signal = Signal::Rebuild {
                    connection: self.number,
                };
                effects.push(Effect::Send(ClientMessage::Signal { to: peer, signal }));
            }
        }
        None
    }
}
