//! What we have with one peer, what is said to it, and what its signals mean.

use std::time::Duration;

use protocol::{ClientMessage, DescriptionKind, Findings, PeerId, RelayFinding, Signal};

use crate::channel::Channel;
use crate::findings::{Gathering, cause};
use crate::mesh::outcome::Outcome;
use crate::negotiation::Negotiation;
use crate::repair::{Event, Repair};
use crate::{Cause, ConnectionId, Effect, Reach, Role, Whose};

/// A peer that has let so many offers, or requests for one, go without a word is not there, whatever the server believes yet.
const UNHEARD: u8 = 2;

/// What we have with one peer.
#[derive(Debug)]
pub(super) struct Pair {
    pub(super) peer: PeerId,
    pub(super) role: Role,
    pub(super) connection: ConnectionId,
    /// Which of the pair's connections it is, as both sides count them.
    pub(super) number: u32,
    pub(super) negotiation: Negotiation,
    pub(super) repair: Repair,
    /// What is said without the server, over all connections.
    pub(super) channel: Channel,
    /// The reach as last reported.
    pub(super) shown: Reach,
    pub(super) gathering: Gathering,
    /// What we have said of it since we were last connected.
    pub(super) told: Option<Findings>,
    /// The browser of one side makes no connections.
    pub(super) unsupported: Option<Whose>,
    /// What the other side has said.
    pub(super) theirs: Option<Findings>,
    /// Offers, and requests for one, since the other side last said anything.
    pub(super) unheard: u8,
    /// When it last asked for our stats.
    pub(super) asked: Option<Duration>,
    /// It waits for them.
    pub(super) waits: bool,
}

impl Pair {
    /// With a connection, and the number of it.
    pub(super) fn new(
        peer: PeerId,
        role: Role,
        (connection, number): (ConnectionId, u32),
        repair: Repair,
        channel: Channel,
    ) -> Self {
        Self {
            peer,
            role,
            connection,
            number,
            negotiation: Negotiation::new(number, role),
            repair,
            channel,
            shown: Reach::default(),
            gathering: Gathering::default(),
            told: None,
            unsupported: None,
            theirs: None,
            unheard: 0,
            asked: None,
            waits: false,
        }
    }

    pub(super) fn say(&mut self, signal: Signal, effects: &mut Vec<Effect>) {
        let asks = match &signal {
            Signal::Description(description) => description.kind == DescriptionKind::Offer,
            other => matches!(other, Signal::Rebuild { .. } | Signal::RestartIce { .. }),
        };
        self.unheard = self.unheard.saturating_add(asks.into());
        let to = self.peer;
        effects.push(Effect::Send(ClientMessage::Signal { to, signal }.into()));
    }

    /// How it stands, with the cause if there is no way. Then the other side gets our findings, so that it can
    /// say the same.
    pub(super) fn reach(&mut self, effects: &mut Vec<Effect>) -> Reach {
        if let Some(whose) = self.unsupported {
            return Reach::Unreachable(Cause::Unsupported(whose));
        }
        let reach = self.repair.reach();
        match reach {
            Reach::Unreachable(Cause::NoPath) => {
                let mut found = self.gathering.found;
                // A browser takes longer than all tries together to say that nothing answers to its datagrams.
                if self.repair.has_turn() && found.relay == RelayFinding::Unknown {
                    found.relay = RelayFinding::Unreachable;
                }
                if self.told.replace(found) != Some(found) {
                    self.say(Signal::Findings(found), effects);
                }
                Reach::Unreachable(if self.unheard >= UNHEARD {
                    Cause::PeerAway
                } else {
                    cause(found, self.theirs)
                })
            }
            Reach::Connected => {
                self.told = None;
                self.theirs = None;
                reach
            }
            _ => reach,
        }
    }

    pub(super) fn signal(&mut self, now: Duration, signal: Signal) -> Outcome {
        let mut outcome = Outcome::default();
        match signal {
            Signal::Description(description) => {
                let is_offer = description.kind == DescriptionKind::Offer;
                if is_offer && self.role == Role::Answerer && description.connection > self.number {
                    outcome.next = Some(description);
                } else if description.connection == self.number {
                    if is_offer {
                        self.repair.handle(now, Event::Offered);
                    }
                    self.negotiation.remote_description(description, &mut outcome.steps);
                }
            }
            Signal::Candidate(candidate) => {
                if candidate.connection == self.number {
                    self.negotiation.remote_candidate(candidate, &mut outcome.steps);
                }
            }
            Signal::Rebuild { connection } => {
                if self.role == Role::Offerer && connection == self.number {
                    outcome.remedy = self.repair.handle(now, Event::RebuildWanted);
                }
            }
            Signal::RestartIce { connection } => {
                // The other side had not seen the offer that is out when it asked.
                if self.role == Role::Offerer && connection == self.number && !self.negotiation.is_restarting() {
                    outcome.remedy = self.repair.handle(now, Event::RestartWanted);
                }
            }
            Signal::Findings(findings) => self.theirs = Some(findings),
            Signal::Unsupported => self.unsupported = self.unsupported.or(Some(Whose::Theirs)),
            // The mesh sees to them.
            Signal::StatsWanted | Signal::Stats { .. } | Signal::Unknown => {}
        }
        outcome
    }
}
