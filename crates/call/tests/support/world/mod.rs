//! The world of the simulation: pages, their connections, the server's rooms, and a wire between them that takes its
//! time and is cut. Everything follows from one seed; the clock is virtual.

mod checks;
mod media;
mod server;

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use call::{ConnectionId, Effect, Input, Operation, Role};
use fastrand::Rng;
use protocol::{ClientMessage, LeaveReason, PeerId, ServerMessage};
use signaling::{Limits, Rooms};

use super::fake_peer::FakePeer;
use super::page::Page;
use super::trace;

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
    ConnectionFires { fake: u32 },
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
            Event::ConnectionFires { fake } => self.peer_event(fake),
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
                    self.handle(page, Input::Retry { peer })?;
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
                self.send_to_server(socket, message);
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
            Effect::RestartIce { connection, .. } => {
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
}
