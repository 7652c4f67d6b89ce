//! The server: its real rooms, backlogs, tokens and recovery, without its IO. What the hub of `signaling` does behind
//! locks is done here in one thread.

use std::collections::BTreeMap;
use std::time::Duration;

use protocol::limits::GRACE;
use protocol::{
    ClientMessage, CloseCode, ErrorCode, IceServer, LeaveReason, Numbered, PeerId, PeerInfo, RoomId, ServerMessage,
    Signal,
};
use signaling::{Delivery, Grant, Limits, Recovery, Rooms, Sealed, SeatKey};

use super::wire::{Down, End, Said};
use super::{Event, Fault, World};
use crate::support::{peer_id, trace};

/// When the simulation begins, since the Unix epoch.
const EPOCH: Duration = Duration::from_secs(1_732_000_000);

/// How often a socket is pinged at most.
const PING: Duration = Duration::from_secs(1);

pub struct Server {
    pub process: u32,
    pub rooms: Rooms,
    pub tenants: BTreeMap<PeerId, Tenant>,
    pub recovery: Recovery,
    pub awaits_old_seats: bool,
}

/// Who has a seat.
pub struct Tenant {
    /// Its socket, or the one that it lost.
    pub socket: u32,
    /// Counted messages that came from it since its newest `joined`.
    pub received: u64,
    /// Where what is said to it is written down.
    pub log: usize,
    /// What it was last given.
    pub ice_servers: Vec<IceServer>,
}

pub fn room() -> RoomId {
    "room".parse().expect("a room's name")
}

fn key() -> SeatKey {
    SeatKey::from_random_bytes([7; 32])
}

impl World {
    pub(super) fn time_of_day(&self) -> Duration {
        EPOCH + self.now
    }

    pub(super) fn start_server(&mut self) {
        self.processes += 1;
        let process = self.processes;
        self.note_of("server", || format!("starts as process {process}"));
        self.server = Some(Server {
            process,
            rooms: Rooms::new(Limits {
                room_size: self.room_size,
                rooms: 1,
            }),
            tenants: BTreeMap::new(),
            recovery: Recovery::new(self.time_of_day(), GRACE),
            awaits_old_seats: false,
        });
        // It is the relay as well, and knows nothing of what the one before it relayed.
        for owned in self.fakes.values_mut().filter(|owned| owned.relayed) {
            owned.peer.change_network();
        }
        self.look_for_all_paths();
    }

    /// The server is gone, and all that it knew. Another one is there after so long.
    pub(super) fn stop_server(&mut self, drains: bool, outage: Duration) {
        let Some(server) = self.server.take() else { return };
        self.note_of("server", || format!("STOPS for {outage:?}, with a word: {drains}"));
        let sockets: Vec<_> = self
            .sockets
            .iter()
            .filter(|(_, socket)| socket.process == server.process && !socket.ended)
            .map(|(id, _)| *id)
            .collect();
        for socket in sockets {
            if drains {
                let retry_after_ms = self.rng.u32(0..5_000);
                let message = ServerMessage::Bye { retry_after_ms };
                self.downwards(socket, &Down::Said(Said::new(message, 0)));
                self.downwards(socket, &Down::Closed(Some(CloseCode::GoingAway)));
            } else if self.rng.bool() {
                // What is on its way still arrives; then the page notices.
                self.downwards(socket, &Down::Closed(None));
            } else {
                let at = self.soon(3_000);
                self.schedule(at, Event::ClientNotices { socket });
                self.sockets.get_mut(&socket).expect("listed above").down = false;
            }
            self.sockets.get_mut(&socket).expect("listed above").ended = true;
        }
        self.look_for_all_paths();
        let at = self.now + outage;
        self.not_quiet_before(at);
        self.schedule(at, Event::ServerStarts);
    }

    pub(super) fn serve(&mut self, socket: u32, message: ClientMessage) -> Result<(), String> {
        let Some(server) = &mut self.server else { return Ok(()) };
        let Some(state) = self.sockets.get(&socket) else {
            return Ok(());
        };
        if !state.up || state.ended || state.process != server.process {
            return Ok(());
        }
        let (seat, page, instance) = (state.seat, state.page, state.instance);
        if message.is_counted()
            && let Some(tenant) = seat.and_then(|peer| server.tenants.get_mut(&peer))
        {
            tenant.received += 1;
            let number = tenant.received as usize;
            // A page that has closed is not asked any more.
            let page = page.and_then(|page| self.pages[page].as_ref());
            let page = page.filter(|page| page.instance == instance);
            if page.is_some_and(|page| page.said.get(number - 1) != Some(&message)) {
                return Err(format!(
                    "what the server got as number {number} is not what was said: {}",
                    trace::client_message(&message)
                ));
            }
        }
        let deliveries = match (message, seat) {
            (ClientMessage::Peek { .. }, _) => {
                let (room, count, capacity) = (room(), 0, 8);
                self.push(socket, ServerMessage::Occupancy { room, count, capacity });
                return Ok(());
            }
            (
                ClientMessage::Join {
                    name, media, resume, ..
                },
                None,
            ) => {
                let name = name.parse().expect("a name");
                match resume {
                    None => self.join(socket, name, media),
                    Some(resume) => self.take_back(socket, name, media, resume),
                }
            }
            (ClientMessage::Signal { to, signal }, Some(from)) => {
                server.rooms.relay(from, to, signal).map(|delivery| vec![delivery])
            }
            (ClientMessage::Update { name, media }, Some(peer)) => {
                server.rooms.update(peer, name.parse().expect("a name"), media)
            }
            (ClientMessage::Leave, _) => {
                self.end(socket, End::Left);
                Ok(Vec::new())
            }
            (ClientMessage::Unknown, _) => return Err("a call says nothing that it does not know".into()),
            (ClientMessage::Probe, _) => return Err("a call does not probe".into()),
            (ClientMessage::Join { .. }, Some(_)) => Err(ErrorCode::AlreadyJoined),
            (_, None) => Err(ErrorCode::NotJoined),
        };
        match deliveries {
            Ok(deliveries) => self.deliver(deliveries),
            Err(code) => {
                let (message, peer) = (code.sentence().into(), None);
                self.push(socket, ServerMessage::Error { code, message, peer });
            }
        }
        Ok(())
    }

    fn join(
        &mut self,
        socket: u32,
        name: protocol::DisplayName,
        media: protocol::Media,
    ) -> Result<Vec<Delivery>, ErrorCode> {
        let (now, peer) = (self.time_of_day(), peer_id(socket));
        let ice_servers = self.new_ice_servers(peer);
        let server = self.server.as_mut().expect("it serves");
        let issued = now.as_secs();
        let millis = now.as_millis() as u64;
        let deliveries = server.rooms.join(peer, room(), name, media, millis, |you| {
            grant(you, issued, &ice_servers)
        })?;
        self.seat(peer, socket, issued, ice_servers);
        Ok(deliveries)
    }

    /// A new seat hears from now on, and a new log begins.
    pub(super) fn seat(&mut self, peer: PeerId, socket: u32, since: u64, ice_servers: Vec<IceServer>) {
        self.logs.push(Vec::new());
        let log = self.logs.len() - 1;
        let state = self.sockets.get_mut(&socket).expect("it has asked");
        state.outbox.restart(since);
        state.seat = Some(peer);
        let tenant = Tenant {
            socket,
            received: 0,
            log,
            ice_servers,
        };
        self.server.as_mut().expect("it serves").tenants.insert(peer, tenant);
    }

    /// ICE servers with credentials that nobody had before.
    pub(super) fn new_ice_servers(&mut self, peer: PeerId) -> Vec<IceServer> {
        self.logins += 1;
        self.ice_servers(format!("{}:{peer}", self.logins))
    }

    pub(super) fn ice_servers(&self, login: String) -> Vec<IceServer> {
        let url = if self.turn {
            "turn:turn.invalid"
        } else {
            "stun:stun.invalid"
        };
        vec![IceServer {
            urls: vec![url.into()],
            username: Some(login),
            credential: Some("secret".into()),
        }]
    }

    /// The seat of a page is given newer credentials, if its socket is there as far as the server knows.
    pub(super) fn renew(&mut self, page: usize) {
        let Some(socket) = self.pages[page].as_ref().and_then(|page| page.socket) else {
            return;
        };
        let seat = self.sockets.get(&socket).and_then(|socket| socket.seat);
        let Some(peer) = seat.filter(|&peer| self.is_tenant(peer, socket)) else {
            return;
        };
        let ice_servers = self.new_ice_servers(peer);
        let server = self.server.as_mut().expect("it has tenants");
        let tenant = server.tenants.get_mut(&peer).expect("looked at above");
        tenant.ice_servers.clone_from(&ice_servers);
        self.push(socket, ServerMessage::IceServers { ice_servers });
    }

    pub(super) fn deliver(&mut self, deliveries: Vec<Delivery>) {
        for Delivery { to, message } in deliveries {
            for peer in to {
                let server = self.server.as_ref().expect("it delivers");
                let Some(tenant) = server.tenants.get(&peer) else {
                    continue;
                };
                let (socket, log) = (tenant.socket, tenant.log);
                if self.forgets(&message) {
                    continue;
                }
                if message.is_counted() {
                    self.logs[log].push(message.clone());
                }
                self.push_said(socket, Said::new(message.clone(), log));
            }
        }
    }

    fn forgets(&mut self, message: &ServerMessage) -> bool {
        let forgets = match self.fault {
            Fault::ForgetDescription => matches!(
                message,
                ServerMessage::Signal {
                    signal: Signal::Description(_),
                    ..
                }
            ),
            Fault::ForgetPeerLeft => matches!(message, ServerMessage::PeerLeft { .. }),
            _ => false,
        };
        if forgets {
            self.fault = Fault::None;
            self.note_of("server", || format!("FORGETS: {}", trace::server_message(message)));
        }
        forgets
    }

    fn push(&mut self, socket: u32, message: ServerMessage) {
        self.push_said(socket, Said::new(message, 0));
    }

    fn push_said(&mut self, socket: u32, said: Said) {
        let weight = self.weight;
        if let Some(state) = self.sockets.get_mut(&socket) {
            let counted = said.message.is_counted();
            state.outbox.push(said, weight, counted);
            self.pump(socket);
        }
    }

    /// Writes what waits.
    pub(super) fn pump(&mut self, socket: u32) {
        loop {
            let Some(state) = self.sockets.get_mut(&socket) else {
                return;
            };
            if state.ended || state.stalled && !state.outbox.has_overflowed() {
                return;
            }
            match state.outbox.pop() {
                Err(signaling::Overflowed) => return self.end(socket, End::Refused(CloseCode::SlowReader)),
                Ok(Some(Numbered { number, message: said })) => {
                    self.downwards(socket, &Down::Said(Said { number, ..said }));
                }
                Ok(None) => break,
            }
        }
        self.ping_is_due(socket, PING);
    }

    fn ping_is_due(&mut self, socket: u32, after: Duration) {
        if let Some(state) = self.sockets.get_mut(&socket)
            && state.outbox.unacknowledged() != signaling::Unacknowledged::Nothing
            && !std::mem::replace(&mut state.pinging, true)
        {
            self.schedule(self.now + after, Event::PingDue { socket });
        }
    }

    pub(super) fn ping(&mut self, socket: u32) {
        if let Some(state) = self.sockets.get(&socket).filter(|state| !state.ended) {
            let count = state.outbox.written();
            self.downwards(socket, &Down::Ping(count));
        }
    }

    pub(super) fn pong(&mut self, socket: u32, count: u64) {
        if let Some(state) = self.sockets.get_mut(&socket).filter(|s| s.up && !s.ended) {
            state.outbox.acknowledge(count);
            state.pinging = false;
            self.ping_is_due(socket, PING);
        }
    }

    /// The server is done with a socket.
    pub(super) fn end(&mut self, socket: u32, end: End) {
        let Some(server) = &mut self.server else { return };
        let Some(state) = self.sockets.get_mut(&socket) else {
            return;
        };
        if state.process != server.process || std::mem::replace(&mut state.ended, true) {
            return;
        }
        let seat = state.seat.take();
        let code = match end {
            End::Left | End::Lost => CloseCode::Normal,
            End::Refused(code) => code,
            End::TakenOver => CloseCode::TakenOver,
        };
        self.downwards(socket, &Down::Closed(Some(code)));
        let Some(peer) = seat.filter(|peer| self.is_tenant(*peer, socket)) else {
            return;
        };
        match end {
            End::Left => self.vacate(peer, LeaveReason::Left),
            End::Lost | End::Refused(CloseCode::Silent) => {
                let deliveries = self.server.as_mut().expect("looked at above").rooms.away(peer);
                self.deliver(deliveries);
                self.schedule(self.now + GRACE, Event::GraceEnds { peer, socket });
            }
            End::Refused(_) => self.vacate(peer, LeaveReason::Removed),
            End::TakenOver => {}
        }
    }

    fn is_tenant(&self, peer: PeerId, socket: u32) -> bool {
        let server = self.server.as_ref();
        let tenant = server.and_then(|server| server.tenants.get(&peer));
        tenant.is_some_and(|tenant| tenant.socket == socket)
    }

    pub(super) fn grace_ends(&mut self, peer: PeerId, socket: u32) {
        if self.is_tenant(peer, socket) {
            self.vacate(peer, LeaveReason::Lost);
        }
    }

    fn vacate(&mut self, peer: PeerId, reason: LeaveReason) {
        let now = self.time_of_day();
        let server = self.server.as_mut().expect("it has tenants");
        server.tenants.remove(&peer);
        server.recovery.give_up(peer, now);
        let deliveries = server.rooms.leave(peer, reason);
        self.deliver(deliveries);
    }

    pub(super) fn recovery_ends(&mut self, process: u32) {
        let Some(server) = self.server.as_mut().filter(|server| server.process == process) else {
            return;
        };
        for room in server.rooms.expecting() {
            let server = self.server.as_mut().expect("it is there");
            let deliveries = server.rooms.expire_expected(&room);
            self.deliver(deliveries);
        }
    }
}

pub fn grant(you: &PeerInfo, issued: u64, ice_servers: &[IceServer]) -> Grant {
    let sealed = Sealed {
        epoch: 0,
        generation: 0,
        peer: you.id,
        order: you.order,
        issued,
    };
    Grant {
        token: key().seal(&room(), sealed),
        ice_servers: ice_servers.to_vec(),
    }
}

pub fn open(token: &str) -> Result<Sealed, ErrorCode> {
    key().open(token, &room()).map_err(|_| ErrorCode::InvalidResume)
}
