//! One connection to each peer: opened, negotiated, repaired, closed.

pub(crate) mod channels;
mod looking;
mod outcome;
mod pair;

use std::time::Duration;

use protocol::{IceServer, PeerId, Signal};

use crate::findings::relay_finding;
use crate::repair::{Event, Repair};
use crate::{ConnectionId, ConnectionState, Effect, LocalCandidate, OperationOutcome, Role, Whose};
use outcome::Outcome;
use pair::Pair;

/// So many peers that are gone are remembered: far more than a room has seats.
const GONE: usize = 64;

/// The connections to everybody.
#[derive(Debug, Default)]
pub(crate) struct Mesh {
    /// One for each peer. Few enough to be looked through, and a map would cost the page more code than all of this.
    pairs: Vec<Pair>,
    /// Peers that were removed, and the number of the next connection to each. One may be added again while it still has the connection
    /// of before: an offer with a number that it knows would pass for one on that connection.
    gone: Vec<(PeerId, u32)>,
    /// Connections opened so far.
    opened: u32,
    ice_servers: Vec<IceServer>,
    /// The connections are being measured.
    measuring: bool,
    /// What the sessions of peer channels are drawn from.
    seed: u64,
}

impl Mesh {
    /// Nobody yet. `seed` is a random number.
    pub(crate) fn new(seed: u64) -> Self {
        Self {
            seed,
            ..Self::default()
        }
    }

    /// The servers for whatever is gathered from now on. Connections that are open get them too, and before they need them:
    /// when the other side restarts ICE, this one gathers with no word from here.
    pub(crate) fn set_ice_servers(&mut self, ice_servers: Vec<IceServer>, effects: &mut Vec<Effect>) {
        if self.ice_servers == ice_servers {
            return;
        }
        effects.push(Effect::UseIceServers(ice_servers.clone()));
        self.ice_servers = ice_servers;
        let turn = self.has_turn();
        self.pairs.iter_mut().for_each(|pair| pair.repair.set_turn(turn));
    }

    /// Opens the first connection to a peer that has none.
    pub(crate) fn add(&mut self, now: Duration, peer: PeerId, role: Role, effects: &mut Vec<Effect>) {
        if self.place_of(peer).is_some() {
            return;
        }
        let repair = Repair::new(now, role, self.has_turn());
        let connection = self.open(peer, role, &repair, effects);
        let channel = channels::channel(self.seed, self.opened);
        let known = self.gone.iter().position(|(gone, _)| *gone == peer);
        let number = known.map_or(0, |known| self.gone.remove(known).1);
        // The offerer counts.
        let number = if role == Role::Offerer { number } else { 0 };
        self.pairs
            .push(Pair::new(peer, role, (connection, number), repair, channel));
        let place = self.pairs.len() - 1;
        let mut outcome = Outcome::default();
        self.pairs[place].negotiation.start(&mut outcome.steps);
        self.carry_out(now, place, outcome, effects);
    }

    /// Closes what there is with a peer.
    pub(crate) fn remove(&mut self, peer: PeerId, effects: &mut Vec<Effect>) {
        if let Some(place) = self.place_of(peer) {
            let pair = self.pairs.remove(place);
            if self.gone.len() >= GONE {
                self.gone.remove(0);
            }
            self.gone.push((peer, pair.number.saturating_add(1)));
            let connection = pair.connection;
            effects.push(Effect::Close { connection });
        }
    }

    /// The earliest time at which [`Self::tick`] has something to do.
    pub(crate) fn deadline(&self) -> Option<Duration> {
        let deadlines = |pair: &Pair| [pair.repair.deadline(), pair.channel.next_deadline()];
        self.pairs.iter().flat_map(deadlines).flatten().min()
    }

    /// Something that concerns every pair: [`Event::Tick`], [`Event::Server`], [`Event::NetworkChanged`] or [`Event::Woken`].
    pub(crate) fn all(&mut self, now: Duration, event: Event, effects: &mut Vec<Effect>) {
        for place in 0..self.pairs.len() {
            self.repair(now, place, event, effects);
        }
    }

    /// Our own socket is back, and signals may have been lost for good, in both directions.
    pub(crate) fn signals_lost(&mut self, now: Duration, effects: &mut Vec<Effect>) {
        for place in 0..self.pairs.len() {
            let settled = self.pairs[place].negotiation.is_settled();
            self.repair(now, place, Event::SignalsLost { settled }, effects);
        }
    }

    /// Something that concerns the pair with one peer: [`Event::Silent`], [`Event::Heard`] or [`Event::Retry`].
    pub(crate) fn one(&mut self, now: Duration, peer: PeerId, event: Event, effects: &mut Vec<Effect>) {
        if let Some(place) = self.place_of(peer) {
            self.repair(now, place, event, effects);
        }
    }

    /// A peer's socket is lost, or back.
    pub(crate) fn set_away(&mut self, now: Duration, peer: PeerId, away: bool, effects: &mut Vec<Effect>) {
        let Some(place) = self.place_of(peer) else { return };
        if self.pairs[place].repair.is_away() != away {
            effects.push(Effect::Away { peer, away });
        }
        self.repair(now, place, Event::Away(away), effects);
    }

    /// Whether somebody's media has stopped, not long ago.
    pub(crate) fn is_urgent(&self, now: Duration) -> bool {
        self.pairs.iter().any(|pair| pair.repair.is_urgent(now))
    }

    /// A peer's signal.
    pub(crate) fn signal(&mut self, now: Duration, from: PeerId, signal: Signal, effects: &mut Vec<Effect>) {
        let Some(place) = self.place_of(from) else { return };
        let pair = &mut self.pairs[place];
        pair.unheard = 0;
        match signal {
            Signal::StatsWanted => self.stats_wanted(now, place, effects),
            Signal::Stats { stats } => effects.push(Effect::Stats { peer: from, stats }),
            signal => {
                let outcome = pair.signal(now, signal);
                self.carry_out(now, place, outcome, effects);
            }
        }
    }

    /// The outcome of an operation.
    pub(crate) fn operated(
        &mut self,
        now: Duration,
        connection: ConnectionId,
        operated: OperationOutcome,
        effects: &mut Vec<Effect>,
    ) {
        let Some(place) = self.place_of_connection(connection) else {
            return;
        };
        let mut outcome = Outcome::default();
        self.pairs[place].negotiation.operated(operated, &mut outcome.steps);
        self.carry_out(now, place, outcome, effects);
    }

    /// This browser makes no connections. The peer is told, so that it does not look for the fault in a network.
    pub(crate) fn unsupported(&mut self, now: Duration, connection: ConnectionId, effects: &mut Vec<Effect>) {
        let Some(place) = self.place_of_connection(connection) else {
            return;
        };
        self.pairs[place].unsupported = Some(Whose::Ours);
        self.pairs[place].say(Signal::Unsupported, effects);
        self.carry_out(now, place, Outcome::default(), effects);
    }

    /// A way to be reached.
    pub(crate) fn local_candidate(
        &mut self,
        now: Duration,
        connection: ConnectionId,
        candidate: LocalCandidate,
        effects: &mut Vec<Effect>,
    ) {
        let Some(place) = self.place_of_connection(connection) else {
            return;
        };
        let has_turn = self.has_turn();
        let pair = &mut self.pairs[place];
        pair.gathering.candidate(&candidate.candidate, has_turn);
        let mut outcome = Outcome::default();
        pair.negotiation.local_candidate(candidate, &mut outcome.steps);
        self.carry_out(now, place, outcome, effects);
    }

    /// A relay could not be used.
    pub(crate) fn relay_failed(
        &mut self,
        now: Duration,
        connection: ConnectionId,
        code: u16,
        effects: &mut Vec<Effect>,
    ) {
        let Some(place) = self.place_of_connection(connection) else {
            return;
        };
        self.pairs[place].gathering.relay(relay_finding(code));
        self.carry_out(now, place, Outcome::default(), effects);
    }

    /// The browser wants an offer.
    pub(crate) fn negotiation_needed(&mut self, now: Duration, connection: ConnectionId, effects: &mut Vec<Effect>) {
        let Some(place) = self.place_of_connection(connection) else {
            return;
        };
        let mut outcome = Outcome::default();
        self.pairs[place].negotiation.negotiation_needed(&mut outcome.steps);
        self.carry_out(now, place, outcome, effects);
    }

    /// A connection's state has changed. Returns whether it is one of ours.
    pub(crate) fn state(
        &mut self,
        now: Duration,
        connection: ConnectionId,
        state: ConnectionState,
        effects: &mut Vec<Effect>,
    ) -> bool {
        let Some(place) = self.place_of_connection(connection) else {
            return false;
        };
        self.repair(now, place, Event::Path(state), effects);
        true
    }

    fn has_turn(&self) -> bool {
        let mut urls = self.ice_servers.iter().flat_map(|server| &server.urls);
        urls.any(|url| url.starts_with("turn"))
    }

    fn open(&mut self, peer: PeerId, role: Role, repair: &Repair, effects: &mut Vec<Effect>) -> ConnectionId {
        let connection = ConnectionId(self.opened);
        self.opened += 1;
        effects.push(Effect::Open {
            connection,
            peer,
            role,
            ice_servers: self.ice_servers.clone(),
            relay_only: repair.relay_only(),
        });
        connection
    }

    fn place_of(&self, peer: PeerId) -> Option<usize> {
        self.pairs.iter().position(|pair| pair.peer == peer)
    }

    fn place_of_connection(&self, connection: ConnectionId) -> Option<usize> {
        self.pairs.iter().position(|pair| pair.connection == connection)
    }

    /// Tells the ladder of a pair what has happened, and does what it wants.
    fn repair(&mut self, now: Duration, place: usize, event: Event, effects: &mut Vec<Effect>) {
        let remedy = self.pairs[place].repair.handle(now, event);
        self.carry_out(now, place, remedy.into(), effects);
    }
}
