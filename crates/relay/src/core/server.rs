//! The messages of STUN and TURN, and what they do.

mod allocate;
mod authenticate;
mod requests;

use std::sync::atomic::Ordering::Relaxed;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use stun_types::message::{BINDING, MessageClass};

use super::allocation::{Allocation, Wrapping};
use super::answer::Answer;
use super::bounds::Accounts;
use super::names::port_of;
use super::packet::{write_channel_data, write_data_indication};
use super::request::Request;
use super::seats::Seats;
use super::table::{Slot, Table};
use super::tally::{Carried, Stats, Tally, bump};
use super::turn::{ALLOCATE, CHANNEL_BIND, CREATE_PERMISSION, REFRESH, SEND};
use super::{Client, Credentials, Nonces, Now, Reflection, Settings};

pub use allocate::Opening;

use authenticate::Stranger;
use requests::unknown_attributes;

/// What is to be done about what a client sent.
pub enum Action<'a, P> {
    /// Nothing.
    None,
    /// Send these bytes back to the client.
    Answer(Vec<u8>),
    /// Nothing yet: the login is good, and its seat may be back in a moment. A client that sends datagrams asks again; for a stream hand
    /// the same bytes in again a little later. There is an answer within 3 seconds.
    Wait,
    /// Call [`Server::open`].
    Open(Box<Opening>),
    /// Pass the payload to [`Server::handle_peer`] of `to`, as coming from the relayed address with the port `from`.
    Relay {
        /// The receiver.
        to: Arc<Slot<P>>,
        /// The sender's port.
        from: u16,
        /// The payload of the datagram.
        payload: &'a [u8],
    },
}

/// A STUN and TURN server without its sockets: `P` is what its user keeps with each allocation, and is dropped when that is over. All
/// methods take `&self`: several threads may call them at once.
pub struct Server<P> {
    settings: Settings,
    credentials: Arc<Credentials>,
    nonces: Nonces,
    reflection: Reflection,
    seats: Seats,
    accounts: Accounts,
    /// Until when seats of before the start may come back.
    recovered: Now,
    table: Table<P>,
    tally: Tally,
    /// What allocations carried that are closed.
    carried: Mutex<Carried>,
}

impl<P> Server<P> {
    /// A server that is started at `now`, issues nonces under `secret`, and accepts the passwords of `credentials`.
    #[must_use]
    pub fn new(settings: Settings, credentials: Arc<Credentials>, secret: &[u8], now: Now) -> Self {
        Self {
            nonces: Nonces::new(secret),
            reflection: Reflection::new(settings.strangers, secret),
            seats: Seats::new(settings.bounds),
            accounts: Accounts::new(&settings.bounds),
            recovered: now.saturating_add(settings.recovery),
            settings,
            credentials,
            table: Table::new(),
            tally: Tally::default(),
            carried: Mutex::default(),
        }
    }

    /// What is to be done about one datagram, or one message of a stream without its padding.
    pub fn handle<'a>(&self, now: Now, client: Client, input: &'a [u8]) -> Action<'a, P> {
        match input.first() {
            Some(0x40..=0x7f) => self.channel_data(now, &client, input),
            Some(0x00..=0x3f) => self.message(now, client, input),
            _ => self.malformed(),
        }
    }

    /// Appends to `out` what the client, [`Slot::client`], gets of a payload that an [`Action::Relay`] brings to its slot, from the
    /// relayed address with the port `from`. Whether it gets anything.
    pub fn handle_peer(&self, now: Now, slot: &Slot<P>, from: u16, payload: &[u8], out: &mut Vec<u8>) -> bool {
        let wrapping = slot.allocation().pass_to_client(now, from, payload.len());
        let written = match wrapping {
            None => None,
            Some(Wrapping::Channel(number)) => write_channel_data(out, number, payload, !slot.client().is_datagram()),
            Some(Wrapping::Indication(transaction)) => write_data_indication(out, from, payload, transaction),
        };
        written.is_some()
    }

    /// A seat is taken in this instance of a room: its login is good from now on, and its allocations reach those of the room's
    /// other seats. Instances are told apart by their numbers; two rooms that follow each other under one name have two.
    pub fn sit(&self, now: Now, seat: &str, room: u64) {
        self.close_ports(now, &self.seats.sit(seat, room));
    }

    /// Somebody without a seat may try whether the relay can be reached: the login of that name is good, and its allocations
    /// reach each other.
    pub fn probe(&self, now: Now, name: &str) {
        self.close_ports(now, &self.seats.probe(name));
    }

    /// A seat or a probe has ended: its login is void, and what was opened with it is closed.
    pub fn end(&self, now: Now, name: &str) {
        self.close_ports(now, &self.seats.end(name));
    }

    /// The client's allocation, where it has one.
    pub fn slot_of(&self, client: &Client) -> Option<Arc<Slot<P>>> {
        self.table.of_client(client)
    }

    /// Whether the client has an allocation that has not expired.
    pub fn has_allocation(&self, now: Now, client: &Client) -> bool {
        self.slot(now, client).is_some()
    }

    /// The client is gone, as when its stream was closed: its allocation goes too.
    pub fn disconnected(&self, now: Now, client: &Client) {
        if let Some(slot) = self.table.of_client(client) {
            self.close(now, &slot);
        }
    }

    /// Drops what has expired: to be called about once a second. What has expired is of no use even before.
    pub fn expire(&self, now: Now) {
        for slot in self.table.all() {
            let mut allocation = slot.allocation();
            allocation.channels.expire(now);
            let open = allocation.is_open(now);
            drop(allocation);
            if !open {
                self.close(now, &slot);
            }
        }
        self.table.wake(now);
        self.accounts.forget();
        self.seats.forget();
    }

    /// Drops all allocations.
    pub fn close_all(&self, now: Now) {
        self.table.all().iter().for_each(|slot| self.close(now, slot));
    }

    /// So many datagrams of an allocation could not be sent.
    pub fn count_unsent(&self, datagrams: u64) {
        if datagrams > 0 {
            self.tally.full.fetch_add(datagrams, Relaxed);
        }
    }

    /// Numbers for operators; [`Stats::streams`] is not known here.
    pub fn stats(&self) -> Stats {
        let closed = self.closed();
        let mut carried = *closed;
        for slot in self.table.all() {
            let allocation = slot.allocation();
            if allocation.lease.is_some() {
                carried += allocation.carried;
            }
        }
        drop(closed);
        carried.dropped.full += self.tally.full.load(Relaxed);
        Stats {
            allocations: self.accounts.open() as u64,
            opened: self.tally.opened.load(Relaxed),
            streams: 0,
            bindings: self.tally.bindings.load(Relaxed),
            refused: self.tally.refused.load(Relaxed),
            silenced: self.tally.silenced.load(Relaxed),
            malformed: self.tally.malformed.load(Relaxed),
            to_peers: carried.to_peers,
            to_clients: carried.to_clients,
            dropped: carried.dropped,
        }
    }

    fn channel_data<'a>(&self, now: Now, client: &Client, input: &'a [u8]) -> Action<'a, P> {
        // A datagram may have padding, or anything, after the payload (RFC 8656 section 12.5).
        let payload = input.split_first_chunk::<4>().and_then(|(&[n, m, high, low], rest)| {
            let payload = rest.get(..usize::from(u16::from_be_bytes([high, low])))?;
            Some((u16::from_be_bytes([n, m]), payload))
        });
        let Some((number, payload)) = payload else {
            return self.malformed();
        };
        let Some(slot) = self.table.of_client(client) else {
            return Action::None;
        };
        let mut allocation = slot.allocation();
        match allocation.channels.peer(now, number) {
            Some(peer) => self.pass(now, &slot, allocation, Some(peer), payload),
            None => {
                allocation.carried.dropped.channel += 1;
                Action::None
            }
        }
    }

    /// To the allocation with this port, which may have gone since the channel was bound. The sender's lock is held while
    /// it is looked up; a writer of the table holds no such lock.
    fn pass<'a>(
        &self,
        now: Now,
        from: &Slot<P>,
        mut sender: MutexGuard<'_, Allocation>,
        peer: Option<u16>,
        payload: &'a [u8],
    ) -> Action<'a, P> {
        let Some(to) = self.reached(from, peer) else {
            sender.carried.dropped.peer += 1;
            return Action::None;
        };
        if !sender.pass_to_peer(now, payload.len()) {
            return Action::None;
        }
        let from = from.port();
        Action::Relay { to, from, payload }
    }

    /// Whom an allocation reaches at this port: an allocation of a seat of its own room. There is no other peer.
    fn reached(&self, from: &Slot<P>, port: Option<u16>) -> Option<Arc<Slot<P>>> {
        let to = self.table.of_port(port?)?;
        to.seat().meets(from.seat()).then_some(to)
    }

    fn message<'a>(&self, now: Now, client: Client, input: &'a [u8]) -> Action<'a, P> {
        let Some(request) = Request::parse(input) else {
            return self.malformed();
        };
        let method = request.message.method();
        match request.message.class() {
            MessageClass::Request if method == BINDING => self.binding(now, client, &request),
            MessageClass::Request if [ALLOCATE, REFRESH, CREATE_PERMISSION, CHANNEL_BIND].contains(&method) => {
                match self.authenticate(now, client, &request) {
                    Ok(who) => self.authenticated(now, client, &request, who),
                    Err(stranger) => {
                        bump(&self.tally.refused);
                        self.answer_stranger(now, client, &request, stranger)
                    }
                }
            }
            MessageClass::Indication if method == SEND => self.send(now, &client, &request),
            // Responses, other methods and other indications are not for a server (RFC 8489 section 6.3).
            _ => Action::None,
        }
    }

    /// RFC 8489 section 2: what is my address?
    fn binding<'a>(&self, now: Now, client: Client, request: &Request<'_>) -> Action<'a, P> {
        let answer = match request.unknown() {
            Some(unknown) => unknown_attributes(request, &unknown).finish(None),
            None => Answer::success(request).with_mapped(client.address).finish(None),
        };
        bump(&self.tally.bindings);
        let stranger = Stranger { answer, proven: false };
        self.answer_stranger(now, client, request, stranger)
    }

    /// RFC 8656 section 11.2.
    fn send<'a>(&self, now: Now, client: &Client, request: &Request<'a>) -> Action<'a, P> {
        let Some(slot) = self.table.of_client(client) else {
            return Action::None;
        };
        let peer = request.peer().ok().flatten();
        let (Some(peer), Some(payload), None) = (peer, request.data(), request.unknown()) else {
            return self.malformed();
        };
        self.pass(now, &slot, slot.allocation(), port_of(peer), payload)
    }

    /// The client's allocation, unless it is over.
    fn slot(&self, now: Now, client: &Client) -> Option<Arc<Slot<P>>> {
        let slot = self.table.of_client(client)?;
        if slot.allocation().is_open(now) {
            return Some(slot);
        }
        self.close(now, &slot);
        None
    }

    fn close_ports(&self, now: Now, ports: &[u16]) {
        let slots = ports.iter().filter_map(|&port| self.table.of_port(port));
        slots.for_each(|slot| self.close(now, &slot));
    }

    fn close(&self, now: Now, slot: &Arc<Slot<P>>) {
        // Before the allocation's lock, as in `stats`: it is counted in one of both places at any time.
        let mut closed = self.closed();
        let mut allocation = slot.allocation();
        // Only the first to close it has the lease.
        let Some(lease) = allocation.lease.take() else {
            return;
        };
        *closed += allocation.carried;
        drop(allocation);
        drop(closed);
        slot.seat().closes(slot.port());
        self.table.remove(now, slot, lease.into_address());
    }

    fn closed(&self) -> MutexGuard<'_, Carried> {
        self.carried.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn malformed<'a>(&self) -> Action<'a, P> {
        bump(&self.tally.malformed);
        Action::None
    }
}
