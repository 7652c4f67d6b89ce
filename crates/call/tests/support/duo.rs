//! Two calls, two connections, and a test that decides what happens next: each message, each outcome of an operation and
//! each event of a connection waits until it is let through.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::time::Duration;

use call::{Call, Cause, ConnectionId, ConnectionState, Effect, Input, Link, Operation, OperationOutcome, Role};
use protocol::{ClientMessage, IceServer, Media, PeerId, PeerInfo, ServerMessage, Signal};

use super::fake_peer::{FakePeer, PeerEvent};
use super::{peer_id, peer_info};

/// Was in the room first: the offerer, impolite.
pub const ADA: usize = 0;
/// The newcomer: polite.
pub const BO: usize = 1;

#[derive(Default)]
pub struct Side {
    pub call: Call,
    /// Open connections.
    pub peers: BTreeMap<ConnectionId, FakePeer>,
    /// What the other has sent and this side has not received.
    pub inbox: VecDeque<Signal>,
    /// Everything that the call ever asked for.
    pub effects: Vec<Effect>,
    fakes_made: u32,
    /// Connections whose only way is the TURN server.
    relayed: BTreeSet<ConnectionId>,
}

/// Nothing can be done about it, with both there.
pub const NO_PATH: Link = Link::Unreachable(Cause::NoPath);

impl Side {
    pub fn connection(&self) -> ConnectionId {
        *self.peers.keys().last().expect("a connection is open")
    }

    pub fn peer(&mut self) -> &mut FakePeer {
        self.peers.values_mut().last().expect("a connection is open")
    }

    /// The link as last reported.
    pub fn link(&self) -> Link {
        let links = self.effects.iter().rev();
        links
            .into_iter()
            .find_map(|e| {
                if let Effect::Link { link, .. } = e {
                    Some(*link)
                } else {
                    None
                }
            })
            .unwrap_or_default()
    }

    pub fn count(&self, which: impl Fn(&Effect) -> bool) -> usize {
        self.effects.iter().filter(|effect| which(effect)).count()
    }

    /// Offers that were begun.
    pub fn offers(&self) -> usize {
        self.count(|effect| matches!(effect, Effect::Send(ClientMessage::Signal { signal: Signal::Description(d), .. }) if d.answers.is_none()))
    }

    pub fn restarts(&self) -> usize {
        self.count(|effect| matches!(effect, Effect::RestartIce { .. }))
    }

    /// Connections opened so far: over any way, over the TURN server alone.
    pub fn opened(&self) -> (usize, usize) {
        let opened = |only| self.count(|e| matches!(e, Effect::Open { relay_only, .. } if *relay_only == only));
        (opened(false), opened(true))
    }

    /// What the call has said to the server since so many effects.
    pub fn said(&self, since: usize) -> Vec<ClientMessage> {
        let said = self.effects[since..].iter().filter_map(|effect| match effect {
            Effect::Send(message) => Some(message.clone()),
            _ => None,
        });
        said.collect()
    }
}

pub struct Duo {
    pub now: Duration,
    pub sides: [Side; 2],
    /// Whether media could flow between the two, by any way and over the TURN server.
    pub path: bool,
    pub relay: bool,
    /// What the server tells about TURN servers.
    pub turn: bool,
    /// Whom a server that has started again still waits for.
    pub away_at_server: Vec<usize>,
    /// How many newer credentials each side has been given in the course of the call.
    pub renewed: [u32; 2],
    /// No browser ever says that it will find no more candidates.
    pub endless: bool,
}

pub fn info(side: usize) -> PeerInfo {
    let mut info = [peer_info(1, 0, "Ada"), peer_info(2, 1, "Bo")][side].clone();
    info.media.microphone = true;
    info
}

impl Duo {
    /// Ada in the room, then Bo joins; nothing else has happened yet.
    pub fn joined() -> Self {
        Self::joined_with(false)
    }

    /// The same, with or without a TURN server.
    pub fn joined_with(turn: bool) -> Self {
        let mut duo = Self {
            now: Duration::ZERO,
            sides: Default::default(),
            path: true,
            relay: true,
            turn,
            away_at_server: vec![],
            renewed: [0; 2],
            endless: false,
        };
        duo.join(ADA, vec![]);
        duo.join(BO, vec![info(ADA)]);
        duo.input(ADA, Input::Server(ServerMessage::PeerJoined { peer: info(BO) }));
        duo
    }

    /// Joined, and connected.
    pub fn connected() -> Self {
        let mut duo = Self::joined();
        duo.settle();
        assert_eq!(duo.links(), [Link::Connected; 2]);
        duo
    }

    /// Takes a seat, on a new socket.
    pub fn join(&mut self, side: usize, peers: Vec<PeerInfo>) {
        let (room, name) = ("room".into(), info(side).name.into());
        let media = Media::default();
        self.input(side, Input::Join { room, name, media });
        self.input(side, Input::SocketOpened);
        self.seated(side, peers, vec![]);
    }

    /// The server's `joined`.
    pub fn seated(&mut self, side: usize, peers: Vec<PeerInfo>, away: Vec<PeerId>) {
        let joined = ServerMessage::Joined {
            away,
            secret: format!("secret of {side}"),
            room: "room".parse().expect("a room's name"),
            you: info(side),
            peers,
            ice_servers: self.ice_servers(side),
            capacity: 8,
        };
        self.input(side, Input::Server(joined));
    }

    /// The server's `resumed`.
    pub fn resumed(&mut self, side: usize, received: u64) {
        let resumed = ServerMessage::Resumed {
            secret: format!("newer secret of {side}"),
            ice_servers: self.ice_servers(side),
            received,
        };
        self.input(side, Input::Server(resumed));
    }

    /// The server's `ice-servers`, with credentials that nobody had before.
    pub fn renew(&mut self, side: usize) {
        self.renewed[side] += 1;
        let ice_servers = self.ice_servers(side);
        self.input(side, Input::Server(ServerMessage::IceServers { ice_servers }));
    }

    /// What the server says to this side at the moment.
    pub fn ice_servers(&self, side: usize) -> Vec<IceServer> {
        let url = if self.turn {
            "turn:turn.invalid"
        } else {
            "stun:stun.invalid"
        };
        vec![IceServer {
            urls: vec![url.into()],
            username: Some(format!("{}:{side}", self.renewed[side])),
            credential: Some("secret".into()),
        }]
    }

    /// The server says that the other is away, or back.
    pub fn away(&mut self, side: usize, away: bool) {
        let other = 1 - side;
        let message = if away {
            ServerMessage::PeerAway { peer: info(other).id }
        } else {
            ServerMessage::PeerBack { peer: info(other) }
        };
        self.input(side, Input::Server(message));
    }

    /// The person on this side asks for another try.
    pub fn retry(&mut self, side: usize) {
        let peer = info(1 - side).id;
        self.input(side, Input::Retry { peer });
    }

    /// Connected, then both make an offer at once. Neither has received the other's.
    pub fn crossing() -> Self {
        let mut duo = Self::connected();
        for side in [ADA, BO] {
            duo.retry(side);
            duo.work(side);
        }
        duo
    }

    /// This side's socket is lost; the other is not told yet.
    pub fn cut(&mut self, side: usize) {
        self.input(side, Input::SocketLost { code: None });
    }

    pub fn links(&self) -> [Link; 2] {
        [self.sides[ADA].link(), self.sides[BO].link()]
    }

    /// Gives a call an input and does what it asks for.
    pub fn input(&mut self, side: usize, input: Input) {
        let effects = self.sides[side].call.handle(self.now, input);
        let mut has_asked = false;
        for effect in effects {
            self.sides[side].effects.push(effect.clone());
            match effect {
                Effect::Send(ClientMessage::Signal { to, signal }) => {
                    assert_eq!(to, peer_id(2 - side as u32), "sent to the other");
                    self.sides[1 - side].inbox.push_back(signal);
                }
                // Words that are asked for are given.
                Effect::Send(ClientMessage::Peek { .. }) => has_asked = true,
                Effect::Open {
                    connection,
                    role,
                    ice_servers,
                    relay_only,
                    ..
                } => {
                    assert_eq!(ice_servers, self.ice_servers(side), "the server's list is used");
                    let this = &mut self.sides[side];
                    this.fakes_made += 1;
                    let id = 10 * (side as u32 + 1) + this.fakes_made;
                    let mut peer = FakePeer::new(id, role == Role::Offerer);
                    peer.never_ends = self.endless;
                    peer.ice_servers = ice_servers;
                    assert!(this.peers.insert(connection, peer).is_none());
                    if relay_only {
                        self.sides[side].relayed.insert(connection);
                    }
                }
                Effect::Operate { connection, operation } => self.open(side, connection).begin(operation),
                Effect::UseIceServers(ice_servers) => {
                    for peer in self.sides[side].peers.values_mut() {
                        peer.ice_servers.clone_from(&ice_servers);
                    }
                }
                Effect::RestartIce { connection } => self.open(side, connection).restart_ice(),
                Effect::Close { connection } => {
                    self.sides[side]
                        .peers
                        .remove(&connection)
                        .expect("only open connections are closed");
                }
                _ => {}
            }
        }
        if has_asked {
            let occupancy = ServerMessage::Occupancy {
                room: "room".parse().expect("a room's name"),
                count: 2,
                capacity: 8,
            };
            self.input(side, Input::Server(occupancy));
        }
    }

    fn open(&mut self, side: usize, connection: ConnectionId) -> &mut FakePeer {
        self.sides[side]
            .peers
            .get_mut(&connection)
            .expect("only open connections are used")
    }

    /// Lets the operation under way come to its end.
    pub fn finish(&mut self, side: usize) {
        let connection = self.sides[side].connection();
        let outcome = self.sides[side].peer().finish();
        self.input(side, Input::Operated { connection, outcome });
    }

    /// Lets the operation under way fail.
    pub fn fail(&mut self, side: usize) {
        let connection = self.sides[side].connection();
        let outcome: OperationOutcome = self.sides[side].peer().fail();
        self.input(side, Input::Operated { connection, outcome });
    }

    /// Lets the next event of the connection fire, if there is one.
    pub fn event(&mut self, side: usize) -> Option<PeerEvent> {
        let connection = self.sides[side].connection();
        let event = self.sides[side].peer().next_event();
        if let Some(event) = event.clone() {
            let input = match event {
                PeerEvent::NegotiationNeeded => Input::NegotiationNeeded { connection },
                PeerEvent::Candidate(candidate) => Input::LocalCandidate { connection, candidate },
                PeerEvent::State(state) => Input::ConnectionState { connection, state },
                PeerEvent::Silent(silent) => {
                    let peer = info(1 - side).id;
                    Input::Silent { peer, silent }
                }
            };
            self.input(side, input);
        }
        event
    }

    /// Lets every event of the connection fire.
    pub fn events(&mut self, side: usize) {
        while !self.sides[side].peers.is_empty() && self.sides[side].peer().waiting_events() > 0 {
            self.event(side);
        }
    }

    /// Lets the next signal through to this side.
    pub fn receive(&mut self, side: usize) -> Signal {
        let signal = self.sides[side].inbox.pop_front().expect("a signal is on its way");
        self.inject(side, signal.clone());
        signal
    }

    /// Lets everything that is on its way to this side through.
    pub fn receive_all(&mut self, side: usize) {
        while !self.sides[side].inbox.is_empty() {
            self.receive(side);
        }
    }

    /// A signal that is said to come from the other.
    pub fn inject(&mut self, side: usize, signal: Signal) {
        let from = peer_id(2 - side as u32);
        self.input(side, Input::Server(ServerMessage::Signal { from, signal }));
    }

    pub fn is_running(&mut self, side: usize) -> bool {
        !self.sides[side].peers.is_empty() && self.sides[side].peer().is_running()
    }

    /// Lets this side alone do what it can, without receiving anything.
    pub fn work(&mut self, side: usize) {
        loop {
            self.events(side);
            if !self.is_running(side) {
                return;
            }
            self.finish(side);
        }
    }

    /// Lets the offer of the other side be made and taken in, and answered, whatever becomes of the answer.
    pub fn inject_offer(&mut self, side: usize) {
        self.work(1 - side);
        let offer = self.sides[side].inbox.pop_front().expect("an offer");
        self.sides[side].inbox.clear();
        self.input(side, Input::SocketOpened);
        self.resumed(side, 0);
        self.inject(side, offer);
        self.cut(side);
        self.work(side);
    }

    /// Lets time take its course on one side: its deadline, its connection, the path.
    pub fn settle_one(&mut self, side: usize) {
        self.input(side, Input::Tick);
        self.look_for_paths();
        self.work(side);
    }

    /// Lets everything happen until nothing is left to, without time passing.
    pub fn settle(&mut self) {
        for _ in 0..1000 {
            for side in [ADA, BO] {
                self.work(side);
                self.receive_all(side);
            }
            self.look_for_paths();
            let idle = |s: &mut Side| {
                s.inbox.is_empty() && s.peers.values().all(|p| !p.is_running() && p.waiting_events() == 0)
            };
            if self.sides.iter_mut().all(idle) {
                return;
            }
        }
        panic!("it never comes to rest");
    }

    /// Lets time pass, in steps of a second.
    pub fn wait(&mut self, seconds: u64) {
        for _ in 0..seconds {
            self.now += Duration::from_secs(1);
            for side in [ADA, BO] {
                if self.sides[side]
                    .call
                    .next_deadline()
                    .is_some_and(|deadline| deadline <= self.now)
                {
                    self.input(side, Input::Tick);
                    assert!(
                        self.sides[side].call.next_deadline().is_none_or(|d| d > self.now),
                        "a tick serves its deadline"
                    );
                }
            }
            self.settle();
        }
    }

    fn look_for_paths(&mut self) {
        let [ada, bo] = &mut self.sides;
        let relayed = |side: &Side| side.peers.keys().any(|connection| side.relayed.contains(connection));
        let path = self.path || self.relay && self.turn && (relayed(ada) || relayed(bo));
        let (Some(a), Some(b)) = (ada.peers.values_mut().last(), bo.peers.values_mut().last()) else {
            return;
        };
        a.look_for_path(Some(&*b).filter(|_| path), self.now);
        b.look_for_path(Some(&*a).filter(|_| path), self.now);
    }

    /// The connection gets into this state, for whatever reason.
    pub fn state(&mut self, side: usize, state: ConnectionState) {
        let connection = self.sides[side].connection();
        self.sides[side].peer().force(state);
        self.input(side, Input::ConnectionState { connection, state });
    }
}

/// The operations among effects, in short.
pub fn operations(effects: &[Effect]) -> Vec<&'static str> {
    let name = |operation: &Operation| match operation {
        Operation::SetLocalDescription => "local",
        Operation::SetRemoteDescription { .. } => "remote",
        Operation::AddCandidate(_) => "candidate",
    };
    effects
        .iter()
        .filter_map(|e| {
            if let Effect::Operate { operation, .. } = e {
                Some(name(operation))
            } else {
                None
            }
        })
        .collect()
}
