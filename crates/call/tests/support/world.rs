//! The world of the simulation: pages, their connections, the server's rooms, and a wire between them that takes its
//! time and is cut. Everything follows from one seed; the clock is virtual.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use call::{ConnectionId, Effect, Input, Operation, Role};
use fastrand::Rng;
use protocol::{ClientMessage, ErrorCode, LeaveReason, PeerId, RoomId, ServerMessage, Signal};
use signaling::{Delivery, Limits, Rooms};

use super::fake_peer::{FakePeer, PeerEvent, Signaling};
use super::page::Page;
use super::{peer_id, trace};

/// A fault that the world itself commits, to prove that the checks see what they are for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    None,
    /// One description is lost although its socket lives.
    LoseDescription,
    /// One `peer-left` is lost although its socket lives.
    LosePeerLeft,
    /// One page forgets to close a connection.
    KeepClosed,
}

/// What people and networks do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Action {
    Enter,
    Leave,
    CloseTab,
    Cut,
    RestartIce,
    /// The way for media between two pages is gone for so long.
    PathDown(Duration),
}

#[derive(Debug)]
enum Event {
    Act { page: usize, action: Action },
    Connect { page: usize, socket: u32 },
    ToServer { socket: u32, message: ClientMessage },
    ToClient { socket: u32, message: ServerMessage },
    ServerNotices { socket: u32, reason: LeaveReason },
    ClientNotices { socket: u32 },
    Operated { fake: u32 },
    PeerEvent { fake: u32 },
    LookForPath { fake: u32 },
    PathUp { pair: (usize, usize) },
    Tick { page: usize },
}

#[derive(Debug)]
struct Socket {
    page: usize,
    alive: bool,
    to_server: Duration,
    to_client: Duration,
}

/// A fake connection and whose it is.
#[derive(Debug)]
struct Owned {
    peer: FakePeer,
    page: usize,
    connection: ConnectionId,
    remote: PeerId,
    /// Events on their way, and when the last of them comes.
    scheduled: usize,
    last_event: Duration,
    /// When its path is looked at next.
    look_at: Option<Duration>,
}

pub struct World {
    pub now: Duration,
    rng: Rng,
    queue: BTreeMap<(Duration, u64), Event>,
    events: u64,
    pub pages: Vec<Option<Page>>,
    rooms: Rooms,
    sockets: BTreeMap<u32, Socket>,
    seats: BTreeMap<PeerId, u32>,
    sockets_made: u32,
    fakes: BTreeMap<u32, Owned>,
    fakes_made: u32,
    paths_down: BTreeSet<(usize, usize)>,
    /// Operations that may still fail for no reason.
    pub failures_left: u32,
    fault: Fault,
    pub trace: Option<Vec<String>>,
}

const NAMES: [&str; 8] = ["Ada", "Bo", "Cleo", "Dan", "Eve", "Fay", "Gil", "Hal"];

impl World {
    pub fn new(seed: u64, pages: usize, fault: Fault, traced: bool) -> Self {
        Self {
            now: Duration::ZERO,
            rng: Rng::with_seed(seed),
            queue: BTreeMap::new(),
            events: 0,
            pages: (0..pages).map(|_| None).collect(),
            rooms: Rooms::new(Limits {
                room_size: 64,
                rooms: 1,
            }),
            sockets: BTreeMap::new(),
            seats: BTreeMap::new(),
            sockets_made: 0,
            fakes: BTreeMap::new(),
            fakes_made: 0,
            paths_down: BTreeSet::new(),
            failures_left: 0,
            fault,
            trace: traced.then(Vec::new),
        }
    }

    /// Somebody does something at a time to come.
    pub fn plan(&mut self, at: Duration, page: usize, action: Action) {
        self.schedule(at, Event::Act { page, action });
    }

    /// Runs until nothing is left to happen. Returns the number of events.
    ///
    /// # Errors
    /// What went wrong.
    pub fn run(&mut self) -> Result<u64, String> {
        while let Some(((at, _), event)) = self.queue.pop_first() {
            self.now = at;
            self.happen(event)?;
            if self.events > 2_000_000 {
                return Err("it never comes to rest".into());
            }
        }
        Ok(self.events)
    }

    fn note(&mut self, page: usize, text: impl FnOnce() -> String) {
        if let Some(trace) = &mut self.trace {
            trace.push(format!(
                "{:>9.3}s  {:5} {}",
                self.now.as_secs_f64(),
                NAMES[page],
                text()
            ));
        }
    }

    fn schedule(&mut self, at: Duration, event: Event) {
        self.events += 1;
        self.queue.insert((at.max(self.now), self.events), event);
    }

    fn soon(&mut self, most_ms: u64) -> Duration {
        self.now + Duration::from_micros(self.rng.u64(0..=most_ms * 1000))
    }

    fn wire_delay(&mut self) -> Duration {
        let slow = self.rng.u32(0..50) == 0;
        self.soon(if slow { 3_000 } else { 200 })
    }

    fn happen(&mut self, event: Event) -> Result<(), String> {
        match event {
            Event::Act { page, action } => self.act(page, action),
            Event::Connect { page, socket } => self.connect(page, socket),
            Event::ToServer { socket, message } => {
                if self.sockets.get(&socket).is_some_and(|s| s.alive) {
                    self.serve(socket, message);
                }
                Ok(())
            }
            Event::ToClient { socket, message } => {
                let Some(page) = self.sockets.get(&socket).filter(|s| s.alive).map(|s| s.page) else {
                    return Ok(());
                };
                if self.pages[page].as_ref().is_none_or(|p| p.socket != Some(socket)) {
                    return Ok(());
                }
                if let (Some(Some(page)), ServerMessage::Joined { you, .. }) = (self.pages.get_mut(page), &message) {
                    page.seat = Some(you.id);
                    page.backoff.succeeded();
                }
                self.handle(page, Input::Server(message))
            }
            Event::ServerNotices { socket, reason } => {
                self.seat_given_up(socket, reason);
                Ok(())
            }
            Event::ClientNotices { socket } => self.socket_lost(socket),
            Event::Operated { fake } => self.operated(fake),
            Event::PeerEvent { fake } => self.peer_event(fake),
            Event::LookForPath { fake } => {
                if let Some(owned) = self
                    .fakes
                    .get_mut(&fake)
                    .filter(|owned| owned.look_at == Some(self.now))
                {
                    owned.look_at = None;
                    self.look_for_path(fake);
                }
                Ok(())
            }
            Event::PathUp { pair } => {
                self.paths_down.remove(&pair);
                self.look_for_all_paths();
                Ok(())
            }
            Event::Tick { page } => self.tick(page),
        }
    }

    fn act(&mut self, page: usize, action: Action) -> Result<(), String> {
        let present = self.pages[page].is_some();
        match action {
            Action::Enter if !present => {
                self.note(page, || "opens the page".into());
                self.pages[page] = Some(Page::default());
                self.reconnect(page, Duration::ZERO);
            }
            Action::Leave if present => {
                self.handle(page, Input::Leave)?;
                let gone = self.pages[page].take().expect("present");
                if !gone.tiles.is_empty() || !gone.connections.is_empty() {
                    return Err("something is left of the call after leaving".into());
                }
                self.close_page_socket(&gone);
            }
            Action::CloseTab if present => {
                self.note(page, || "closes the tab".into());
                let gone = self.pages[page].take().expect("present");
                gone.connections.values().for_each(|fake| self.close_fake(*fake));
                self.close_page_socket(&gone);
            }
            Action::Cut => {
                let socket = self.pages[page].as_ref().and_then(|p| p.socket);
                let Some(socket) = socket.filter(|socket| self.sockets[socket].alive) else {
                    return Ok(());
                };
                self.note(page, || "CUT".into());
                self.sockets.get_mut(&socket).expect("it is there").alive = false;
                let (client, server) = (self.soon(3_000), self.soon(10_000));
                self.schedule(client, Event::ClientNotices { socket });
                self.schedule(
                    server,
                    Event::ServerNotices {
                        socket,
                        reason: LeaveReason::Lost,
                    },
                );
            }
            Action::RestartIce if present => {
                let peers: Vec<_> = self.pages[page].iter().flat_map(|p| p.tiles.keys().copied()).collect();
                if !peers.is_empty() {
                    let peer = peers[self.rng.usize(0..peers.len())];
                    self.handle(page, Input::RestartIce { peer })?;
                }
            }
            Action::PathDown(duration) if self.paths_down.is_empty() => {
                let other = (page + 1 + self.rng.usize(0..self.pages.len() - 1)) % self.pages.len();
                let pair = (page.min(other), page.max(other));
                self.note(page, || format!("loses the path to {} for {duration:?}", NAMES[other]));
                self.paths_down.insert(pair);
                self.schedule(self.now + duration, Event::PathUp { pair });
                self.look_for_all_paths();
            }
            _ => {}
        }
        Ok(())
    }

    /// A page that is gone has closed its socket: nothing more arrives there, and the server notices soon. What the page
    /// sent before still arrives.
    fn close_page_socket(&mut self, gone: &Page) {
        if let Some(socket) = gone.socket
            && let Some(state) = self.sockets.get(&socket)
        {
            let at = state.to_server.max(self.now) + Duration::from_micros(1);
            self.schedule(
                at,
                Event::ServerNotices {
                    socket,
                    reason: LeaveReason::Left,
                },
            );
        }
    }

    fn reconnect(&mut self, page: usize, after: Duration) {
        self.sockets_made += 1;
        let socket = self.sockets_made;
        if let Some(page) = &mut self.pages[page] {
            page.socket = Some(socket);
        }
        self.sockets.insert(
            socket,
            Socket {
                page,
                alive: true,
                to_server: Duration::ZERO,
                to_client: Duration::ZERO,
            },
        );
        self.schedule(self.now + after, Event::Connect { page, socket });
    }

    fn connect(&mut self, page: usize, socket: u32) -> Result<(), String> {
        if self.pages[page].as_ref().is_some_and(|p| p.socket == Some(socket)) {
            let join = ClientMessage::Join {
                room: "room".into(),
                name: NAMES[page].into(),
                media: Default::default(),
            };
            self.to_server(socket, join);
        }
        Ok(())
    }

    fn socket_lost(&mut self, socket: u32) -> Result<(), String> {
        let page = self.sockets[&socket].page;
        if self.pages[page].as_ref().is_none_or(|p| p.socket != Some(socket)) {
            return Ok(());
        }
        self.handle(page, Input::SocketLost)?;
        let random = self.rng.u32(..);
        let state = self.pages[page].as_mut().expect("looked at above");
        state.seat = None;
        let wait = state.backoff.next_wait(random);
        self.reconnect(page, wait);
        Ok(())
    }

    fn to_server(&mut self, socket: u32, message: ClientMessage) {
        let at = self.wire_delay();
        if let Some(state) = self.sockets.get_mut(&socket).filter(|s| s.alive) {
            state.to_server = at.max(state.to_server + Duration::from_micros(1));
            let at = state.to_server;
            self.schedule(at, Event::ToServer { socket, message });
        }
    }

    fn serve(&mut self, socket: u32, message: ClientMessage) {
        let seat = self.seats.iter().find(|(_, s)| **s == socket).map(|(peer, _)| *peer);
        let deliveries = match (message, seat) {
            (ClientMessage::Join { name, media, .. }, None) => {
                let peer = peer_id(socket);
                self.seats.insert(peer, socket);
                let room: RoomId = "room".parse().expect("a room's name");
                self.rooms
                    .join(peer, room, name.parse().expect("a name"), media, Vec::new())
            }
            (ClientMessage::Signal { to, signal }, Some(from)) => self.rooms.relay(from, to, signal).map(|d| vec![d]),
            (ClientMessage::Leave, Some(_)) => {
                self.seat_given_up(socket, LeaveReason::Left);
                Ok(Vec::new())
            }
            _ => Err(ErrorCode::NotJoined),
        };
        match deliveries {
            Ok(deliveries) => self.deliver(deliveries),
            Err(code) => {
                let message = ServerMessage::Error {
                    code,
                    message: code.sentence().into(),
                    peer: None,
                };
                self.to_client(socket, message);
            }
        }
    }

    fn seat_given_up(&mut self, socket: u32, reason: LeaveReason) {
        if let Some(state) = self.sockets.get_mut(&socket) {
            state.alive = false;
        }
        let seat = self.seats.iter().find(|(_, s)| **s == socket).map(|(peer, _)| *peer);
        if let Some(peer) = seat {
            self.seats.remove(&peer);
            let deliveries = self.rooms.leave(peer, reason);
            self.deliver(deliveries);
        }
    }

    fn deliver(&mut self, deliveries: Vec<Delivery>) {
        for Delivery { to, message } in deliveries {
            for peer in to {
                if let Some(&socket) = self.seats.get(&peer) {
                    self.to_client(socket, message.clone());
                }
            }
        }
    }

    fn to_client(&mut self, socket: u32, message: ServerMessage) {
        let is_description = matches!(
            message,
            ServerMessage::Signal {
                signal: Signal::Description(_),
                ..
            }
        );
        let is_left = matches!(message, ServerMessage::PeerLeft { .. });
        if (self.fault == Fault::LoseDescription && is_description) || (self.fault == Fault::LosePeerLeft && is_left) {
            self.fault = Fault::None;
            let page = self.sockets[&socket].page;
            self.note(page, || format!("LOST ON THE WAY: {}", trace::server_message(&message)));
            return;
        }
        let at = self.wire_delay();
        if let Some(state) = self.sockets.get_mut(&socket).filter(|s| s.alive) {
            state.to_client = at.max(state.to_client + Duration::from_micros(1));
            let at = state.to_client;
            self.schedule(at, Event::ToClient { socket, message });
        }
    }

    fn tick(&mut self, page: usize) -> Result<(), String> {
        let Some(state) = self.pages[page].as_mut().filter(|p| p.tick_at == Some(self.now)) else {
            return Ok(());
        };
        state.tick_at = None;
        self.handle(page, Input::Tick)?;
        let deadline = self.pages[page].as_ref().and_then(|p| p.call.next_deadline());
        if deadline.is_some_and(|deadline| deadline <= self.now) {
            return Err("a deadline stays after its tick".into());
        }
        Ok(())
    }

    /// Gives the page's call an input and does what it asks for.
    fn handle(&mut self, page: usize, input: Input) -> Result<(), String> {
        let Some(mut state) = self.pages[page].take() else {
            return Ok(());
        };
        self.note(page, || trace::input(&input));
        let effects = state.call.handle(self.now, input);
        let mut result = Ok(());
        for effect in effects {
            self.note(page, || format!("    {}", trace::effect(&effect)));
            result = state
                .book(&effect)
                .and_then(|()| self.perform(page, &mut state, effect));
            if result.is_err() {
                break;
            }
        }
        let deadline = state.call.next_deadline().map(|deadline| deadline.max(self.now));
        if state.tick_at != deadline {
            state.tick_at = deadline;
            if let Some(at) = deadline {
                self.schedule(at, Event::Tick { page });
            }
        }
        self.pages[page] = Some(state);
        result
    }

    fn perform(&mut self, page: usize, state: &mut Page, effect: Effect) -> Result<(), String> {
        match effect {
            Effect::Send(message) => {
                let socket = state.socket.ok_or("sent without a socket")?;
                self.to_server(socket, message);
            }
            Effect::Open {
                connection, peer, role, ..
            } => {
                self.fakes_made += 1;
                let fake = self.fakes_made;
                state.connections.insert(connection, fake);
                let owned = Owned {
                    peer: FakePeer::new(fake, role == Role::Offerer),
                    page,
                    connection,
                    remote: peer,
                    scheduled: 0,
                    last_event: Duration::ZERO,
                    look_at: None,
                };
                self.fakes.insert(fake, owned);
                self.schedule_events(fake);
            }
            Effect::Operate { connection, operation } => {
                let fake = state.connections[&connection];
                let peer = &mut self.fakes.get_mut(&fake).expect("open").peer;
                if peer.is_running() {
                    return Err(format!("c{} is asked for two operations at once", connection.0));
                }
                let quick = matches!(operation, Operation::AddCandidate(_));
                peer.begin(operation);
                let at = self.soon(if quick { 5 } else { 60 });
                self.schedule(at, Event::Operated { fake });
            }
            Effect::RestartIce { connection } => {
                let fake = state.connections[&connection];
                self.fakes.get_mut(&fake).expect("open").peer.restart_ice();
                self.schedule_events(fake);
            }
            Effect::Close { connection } => {
                let fake = state.connections.remove(&connection).expect("booked as open");
                if self.fault == Fault::KeepClosed {
                    self.fault = Fault::None;
                } else {
                    self.close_fake(fake);
                }
            }
            Effect::PeerAdded(_) | Effect::PeerChanged(_) | Effect::PeerRemoved(_) | Effect::Link { .. } => {}
        }
        Ok(())
    }

    fn operated(&mut self, fake: u32) -> Result<(), String> {
        let fails = self.failures_left > 0 && self.rng.u32(0..40) == 0;
        let Some(owned) = self.fakes.get_mut(&fake) else {
            return Ok(());
        };
        let (page, connection) = (owned.page, owned.connection);
        let candidate = owned.peer.running_candidate();
        let outcome = if fails {
            self.failures_left -= 1;
            owned.peer.fail()
        } else {
            let outcome = owned.peer.finish();
            if let Err(error) = &outcome {
                let expected = candidate.is_some_and(|ufrag| !owned.peer.remote_ufrags.contains(&ufrag));
                if !expected {
                    return Err(format!("{}: c{} threw {}", NAMES[page], connection.0, error.name));
                }
            }
            outcome
        };
        self.schedule_events(fake);
        self.look_with_other_side(fake);
        self.handle(page, Input::Operated { connection, outcome })
    }

    fn peer_event(&mut self, fake: u32) -> Result<(), String> {
        let Some(owned) = self.fakes.get_mut(&fake) else {
            return Ok(());
        };
        owned.scheduled -= 1;
        let (page, connection) = (owned.page, owned.connection);
        let event = owned.peer.next_event();
        self.schedule_events(fake);
        match event {
            None => Ok(()),
            Some(PeerEvent::NegotiationNeeded) => self.handle(page, Input::NegotiationNeeded { connection }),
            Some(PeerEvent::Candidate(candidate)) => self.handle(page, Input::LocalCandidate { connection, candidate }),
            Some(PeerEvent::State(state)) => self.handle(page, Input::ConnectionState { connection, state }),
        }
    }

    fn schedule_events(&mut self, fake: u32) {
        loop {
            let at = self.soon(20);
            let Some(owned) = self.fakes.get_mut(&fake) else { return };
            if owned.scheduled >= owned.peer.waiting_events() {
                return;
            }
            owned.scheduled += 1;
            owned.last_event = at.max(owned.last_event + Duration::from_micros(1));
            let at = owned.last_event;
            self.schedule(at, Event::PeerEvent { fake });
        }
    }

    fn look_with_other_side(&mut self, fake: u32) {
        self.look_for_path(fake);
        if let Some(other) = self.fakes.get(&fake).and_then(|owned| owned.peer.remote_writer()) {
            self.look_for_path(other);
        }
    }

    fn close_fake(&mut self, fake: u32) {
        self.fakes.remove(&fake);
        let other = self
            .fakes
            .iter()
            .find(|(_, owned)| owned.peer.remote_writer() == Some(fake))
            .map(|(id, _)| *id);
        if let Some(other) = other {
            self.look_for_path(other);
        }
    }

    fn look_for_all_paths(&mut self) {
        let fakes: Vec<_> = self.fakes.keys().copied().collect();
        fakes.into_iter().for_each(|fake| self.look_for_path(fake));
    }

    fn look_for_path(&mut self, fake: u32) {
        let Some(mut owned) = self.fakes.remove(&fake) else {
            return;
        };
        let other = owned.peer.remote_writer().and_then(|other| self.fakes.get(&other));
        let other = other.filter(|other| {
            let pair = (owned.page.min(other.page), owned.page.max(other.page));
            !self.paths_down.contains(&pair)
        });
        let again = owned.peer.look_for_path(other.map(|other| &other.peer), self.now);
        let again = again.map(|after| self.now + after);
        let is_new = again.is_some() && owned.look_at != again;
        owned.look_at = again;
        self.fakes.insert(fake, owned);
        if let Some(at) = again.filter(|_| is_new) {
            self.schedule(at, Event::LookForPath { fake });
        }
        self.schedule_events(fake);
    }

    /// Whether everybody is connected to exactly everybody, and nothing is left over.
    ///
    /// # Errors
    /// What is not as it should be.
    pub fn check_at_rest(&self) -> Result<(), String> {
        let present: Vec<_> = self
            .pages
            .iter()
            .enumerate()
            .filter_map(|(n, p)| p.as_ref().map(|p| (n, p)))
            .collect();
        if self.rooms.peers() != present.len() {
            return Err(format!(
                "the server has {} seats for {} pages",
                self.rooms.peers(),
                present.len()
            ));
        }
        for (n, page) in &present {
            let name = NAMES[*n];
            let others: BTreeSet<_> = present
                .iter()
                .filter(|(m, _)| m != n)
                .filter_map(|(_, p)| p.seat)
                .collect();
            let tiles: BTreeSet<_> = page.tiles.keys().copied().collect();
            if page.seat.is_none() || others.len() + 1 != present.len() {
                return Err(format!("{name} has no seat, or others have none"));
            }
            if tiles != others {
                return Err(format!(
                    "{name} shows {} tiles for {} others",
                    tiles.len(),
                    others.len()
                ));
            }
            if let Some((_, link)) = page.tiles.iter().find(|(_, link)| **link != call::Link::Connected) {
                return Err(format!("{name} shows a tile as {link:?}"));
            }
            if page.connections.len() != others.len() {
                return Err(format!(
                    "{name} has {} connections for {} others",
                    page.connections.len(),
                    others.len()
                ));
            }
            for (connection, fake) in &page.connections {
                let owned = self.fakes.get(fake).ok_or("a connection that is not there")?;
                let back = owned.peer.remote_writer().and_then(|other| self.fakes.get(&other));
                let back = back.ok_or_else(|| format!("{name}: c{} has no other side", connection.0))?;
                if Some(owned.remote) != self.pages[back.page].as_ref().and_then(|p| p.seat) {
                    return Err(format!("{name}: c{} leads to somebody else", connection.0));
                }
                if owned.peer.is_running() || owned.peer.signaling() != Signaling::Stable {
                    return Err(format!("{name}: c{} is stuck in its negotiation", connection.0));
                }
            }
        }
        let open: usize = present.iter().map(|(_, page)| page.connections.len()).sum();
        if open != self.fakes.len() {
            return Err(format!("{} connections are open, {} are known", self.fakes.len(), open));
        }
        Ok(())
    }
}
