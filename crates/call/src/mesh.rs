//! One connection to each peer: opened, negotiated, repaired, closed.

use std::time::Duration;

use protocol::{
    ClientMessage, Description, DescriptionKind, Findings, IceServer, PeerId, PeerLink, RelayFinding, Signal,
};

use crate::findings::{Gathering, cause, relay_finding};
use crate::negotiation::{Negotiation, Step};
use crate::repair::{Remedy, Repair};
use crate::{Cause, ConnectionId, ConnectionState, Effect, Link, LocalCandidate, OperationOutcome, Role};

/// How often a peer is told of our connections, however often it asks.
const TELL_EVERY: Duration = Duration::from_secs(1);

/// A peer that has let so many offers, or requests for one, go without a word is not there, whatever the server believes yet.
const UNHEARD: u8 = 2;

/// What we have with one peer.
#[derive(Debug)]
struct Pair {
    peer: PeerId,
    role: Role,
    connection: ConnectionId,
    /// Which of the pair's connections it is, as both sides count them.
    number: u32,
    negotiation: Negotiation,
    repair: Repair,
    /// The link as last reported.
    shown: Link,
    gathering: Gathering,
    /// What we have said of it since we were last connected.
    told: Option<Findings>,
    /// What the other side has said.
    theirs: Option<Findings>,
    /// Offers, and requests for one, since the other side last said anything.
    unheard: u8,
    /// When it last asked for our links.
    asked: Option<Duration>,
    /// It waits for them.
    waits: bool,
}

/// The connections to everybody.
#[derive(Debug, Default)]
pub(crate) struct Mesh {
    /// One for each peer. Few enough to be looked through, and a map would cost the page more code than all of this.
    pairs: Vec<Pair>,
    /// Connections opened so far.
    opened: u32,
    ice_servers: Vec<IceServer>,
    /// The connections are being measured.
    measuring: bool,
}

/// What has come of something that happened to a pair.
#[derive(Default)]
struct Outcome {
    steps: Vec<Step>,
    remedy: Option<Remedy>,
    /// The offerer's offer for the connection that comes next.
    next: Option<Description>,
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
        self.pairs.push(Pair {
            peer,
            role,
            connection,
            number: 0,
            negotiation: Negotiation::new(0, role),
            repair,
            shown: Link::default(),
            gathering: Gathering::default(),
            told: None,
            theirs: None,
            unheard: 0,
            asked: None,
            waits: false,
        });
        let place = self.pairs.len() - 1;
        let mut outcome = Outcome::default();
        self.pairs[place].negotiation.start(&mut outcome.steps);
        self.carry_out(now, place, outcome, effects);
    }

    /// Closes what there is with a peer.
    pub(crate) fn remove(&mut self, peer: PeerId, effects: &mut Vec<Effect>) {
        if let Some(place) = self.place_of(peer) {
            let connection = self.pairs.remove(place).connection;
            effects.push(Effect::Close { connection });
        }
    }

    /// The earliest time at which [`Self::tick`] has something to do.
    pub(crate) fn deadline(&self) -> Option<Duration> {
        self.pairs.iter().filter_map(|pair| pair.repair.deadline()).min()
    }

    /// Time has passed.
    pub(crate) fn tick(&mut self, now: Duration, effects: &mut Vec<Effect>) {
        self.each(now, effects, |pair| pair.repair.tick(now));
    }

    /// Our own socket is lost, or back.
    pub(crate) fn set_online(&mut self, now: Duration, online: bool, effects: &mut Vec<Effect>) {
        self.each(now, effects, |pair| pair.repair.set_online(now, online));
    }

    /// The network is back, or another one.
    pub(crate) fn network(&mut self, now: Duration, changed: bool, effects: &mut Vec<Effect>) {
        self.each(now, effects, |pair| pair.repair.network(now, changed));
    }

    /// Our own socket is back, and signals may have been lost for good, in both directions.
    pub(crate) fn signals_lost(&mut self, now: Duration, effects: &mut Vec<Effect>) {
        self.each(now, effects, |pair| {
            let settled = pair.negotiation.is_settled();
            pair.repair.signals_lost(now, settled)
        });
    }

    /// A peer's socket is lost, or back.
    pub(crate) fn set_away(&mut self, now: Duration, peer: PeerId, away: bool, effects: &mut Vec<Effect>) {
        let Some(place) = self.place_of(peer) else { return };
        if self.pairs[place].repair.is_away() != away {
            effects.push(Effect::Away { peer, away });
        }
        let remedy = self.pairs[place].repair.set_away(now, away);
        self.carry_out(now, place, remedy.into(), effects);
    }

    /// The person asks for another try with a peer.
    pub(crate) fn retry(&mut self, now: Duration, peer: PeerId, effects: &mut Vec<Effect>) {
        let Some(place) = self.place_of(peer) else { return };
        let remedy = self.pairs[place].repair.retry(now);
        self.carry_out(now, place, remedy.into(), effects);
    }

    /// Nothing comes from a peer any more.
    pub(crate) fn silent(&mut self, now: Duration, peer: PeerId, effects: &mut Vec<Effect>) {
        let Some(place) = self.place_of(peer) else { return };
        let remedy = self.pairs[place].repair.silent(now);
        self.carry_out(now, place, remedy.into(), effects);
    }

    /// A peer's signal.
    pub(crate) fn signal(&mut self, now: Duration, from: PeerId, signal: Signal, effects: &mut Vec<Effect>) {
        let Some(place) = self.place_of(from) else { return };
        let pair = &mut self.pairs[place];
        pair.unheard = 0;
        match signal {
            Signal::LinksWanted => {
                if pair.asked.is_none_or(|asked| now >= asked + TELL_EVERY) {
                    pair.asked = Some(now);
                    pair.waits = true;
                    self.measure(effects);
                }
            }
            Signal::Links { links } => effects.push(Effect::Links { peer: from, links }),
            signal => {
                let outcome = pair.signal(now, signal);
                self.carry_out(now, place, outcome, effects);
            }
        }
    }

    /// The person looks at how everybody is connected. `live`: the others can be asked.
    pub(crate) fn look(&mut self, live: bool, effects: &mut Vec<Effect>) {
        for pair in self.pairs.iter_mut().filter(|pair| live && !pair.repair.is_away()) {
            pair.say(Signal::LinksWanted, effects);
        }
        self.measure(effects);
    }

    fn measure(&mut self, effects: &mut Vec<Effect>) {
        if !std::mem::replace(&mut self.measuring, true) {
            effects.push(Effect::Measure);
        }
    }

    /// The connections have been measured: tells those who wait for it.
    pub(crate) fn measured(&mut self, links: &[PeerLink], effects: &mut Vec<Effect>) {
        self.measuring = false;
        for pair in &mut self.pairs {
            if std::mem::take(&mut pair.waits) {
                let links = links.to_vec();
                pair.say(Signal::Links { links }, effects);
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
        let remedy = self.pairs[place].repair.state(now, state);
        self.carry_out(now, place, remedy.into(), effects);
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

    fn each(&mut self, now: Duration, effects: &mut Vec<Effect>, mut look: impl FnMut(&mut Pair) -> Option<Remedy>) {
        for place in 0..self.pairs.len() {
            let remedy = look(&mut self.pairs[place]);
            self.carry_out(now, place, remedy.into(), effects);
        }
    }

    /// Does what has come of something, and what comes of that, and reports the pair's link if it has changed.
    fn carry_out(&mut self, now: Duration, place: usize, outcome: Outcome, effects: &mut Vec<Effect>) {
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
                (Some(Remedy::RestartIce), _) => {
                    effects.push(Effect::RestartIce { connection });
                    pair.negotiation.restart(&mut steps);
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
                Step::CandidateRefused => remedy = pair.repair.candidate_refused(),
                Step::Broken => remedy = pair.repair.broken(now),
            }
        }
        if let Some(number) = number {
            self.replace(now, place, number, next, effects);
            return;
        }
        pair.repair.observe(now, pair.negotiation.is_settled());
        let link = pair.link(effects);
        if std::mem::replace(&mut pair.shown, link) != link {
            effects.push(Effect::Link { peer, link });
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
        pair.repair.replaced(now);
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

impl Pair {
    fn say(&mut self, signal: Signal, effects: &mut Vec<Effect>) {
        let asks = match &signal {
            Signal::Description(description) => description.kind == DescriptionKind::Offer,
            other => matches!(other, Signal::Rebuild { .. }),
        };
        self.unheard = self.unheard.saturating_add(asks.into());
        let to = self.peer;
        effects.push(Effect::Send(ClientMessage::Signal { to, signal }));
    }

    /// How it stands, with the cause where there is no way. Then the other side is told what we have found, so that it can
    /// say the same.
    fn link(&mut self, effects: &mut Vec<Effect>) -> Link {
        let link = self.repair.link();
        match link {
            Link::Unreachable(Cause::NoPath) => {
                let mut found = self.gathering.found;
                // A browser takes longer than all tries together to say that nothing answers to its datagrams.
                if self.repair.has_turn() && found.relay == RelayFinding::Unknown {
                    found.relay = RelayFinding::Unreachable;
                }
                if self.told.replace(found) != Some(found) {
                    self.say(Signal::Findings(found), effects);
                }
                Link::Unreachable(if self.unheard >= UNHEARD {
                    Cause::PeerAway
                } else {
                    cause(found, self.theirs)
                })
            }
            Link::Connected => {
                self.told = None;
                self.theirs = None;
                link
            }
            _ => link,
        }
    }

    fn signal(&mut self, now: Duration, signal: Signal) -> Outcome {
        let mut outcome = Outcome::default();
        match signal {
            Signal::Description(description) => {
                let is_offer = description.kind == DescriptionKind::Offer;
                if is_offer && self.role == Role::Answerer && description.connection > self.number {
                    outcome.next = Some(description);
                } else if description.connection == self.number {
                    if is_offer {
                        self.repair.offered(now);
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
                    outcome.remedy = self.repair.asked(now);
                }
            }
            Signal::Findings(findings) => self.theirs = Some(findings),
            // The mesh sees to them.
            Signal::LinksWanted | Signal::Links { .. } => {}
        }
        outcome
    }
}
