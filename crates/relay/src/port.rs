//! The socket of a relayed address, and the way back to its client.

use std::cell::RefCell;
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::ops::RangeInclusive;
use std::sync::Arc;

use socket2::{Domain, Protocol, SockAddr, SockRef, Socket, Type};
use tokio::net::UdpSocket;
use tokio_util::sync::CancellationToken;

use crate::Shared;
use crate::core::{Action, Client, Opening, PeerPacket, Port, Slot};
use crate::outbox::Outbox;
use crate::udp::Listener;

/// Datagrams that are read from one relayed address before others get their turn.
const TURN: usize = 32;

/// Ports that are tried at random before the range is searched.
const TRIES: usize = 16;

/// Ports of the range that may be found taken by other programs before the search is given up.
const TAKEN_BY_OTHERS: usize = 64;

thread_local! {
    /// Where the thread's current datagram is. Never borrowed across an await, so that one for each thread is enough,
    /// however many allocations there are.
    static PACKET: RefCell<PeerPacket> = RefCell::default();
}

/// How bytes reach a client.
#[derive(Clone)]
pub(crate) enum Back {
    Udp(Arc<Listener>),
    Stream(Arc<Outbox>),
}

impl Back {
    /// Whether the socket or the stream took the bytes of a datagram.
    fn send_data(&self, client: &Client, bytes: &[u8]) -> bool {
        match self {
            Self::Udp(listener) => listener.send(client, bytes).is_ok(),
            Self::Stream(outbox) => outbox.push_data(bytes),
        }
    }

    pub(crate) fn send_answer(&self, client: &Client, bytes: &[u8]) {
        match self {
            // A lost answer is asked for again: that is how STUN works over UDP.
            Self::Udp(listener) => drop(listener.send(client, bytes)),
            Self::Stream(outbox) => outbox.push_answer(bytes),
        }
    }
}

/// What one allocation has of the operating system.
pub(crate) struct RelayPort {
    socket: UdpSocket,
    back: Back,
    closed: CancellationToken,
}

impl Port for RelayPort {
    fn close(&self) {
        self.closed.cancel();
    }
}

impl RelayPort {
    /// Sends without asking the runtime first: it knows of a new socket's readiness only later, and would lose the first
    /// datagrams.
    fn send(&self, peer: SocketAddr, payload: &[u8]) -> bool {
        SockRef::from(&self.socket)
            .send_to(payload, &SockAddr::from(peer))
            .is_ok()
    }
}

/// Does what the protocol says is to be done about what a client sent.
pub(crate) fn perform(shared: &Arc<Shared>, client: &Client, back: &Back, action: Action<'_, RelayPort>) {
    match action {
        Action::None => {}
        Action::Answer(bytes) => back.send_answer(client, &bytes),
        Action::Open(opening) => open(shared, client, back, *opening),
        Action::Relay { from, peer, payload } => {
            if !from.port().send(peer, payload) {
                shared.server.count_unsent();
            }
        }
        Action::Hairpin { to, from, payload } => PACKET.with_borrow_mut(|packet| {
            let length = packet.fill(payload);
            to_client(shared, &to, from, packet, length);
        }),
    }
}

fn open(shared: &Arc<Shared>, client: &Client, back: &Back, opening: Opening) {
    let external = opening.external();
    let is_taken = |port| shared.server.is_relayed(SocketAddr::new(external, port));
    let ip = shared.config.bind_ip_for(external);
    let socket = bind(ip, &shared.config.ports, opening.wants_even_port(), is_taken);
    let opened = socket.ok().map(|(port, socket)| {
        let port_of_allocation = RelayPort {
            socket,
            back: back.clone(),
            closed: shared.shutdown.child_token(),
        };
        (port, port_of_allocation)
    });
    let seed = u128::from(random()) << 64 | u128::from(random());
    let (answer, slot) = shared.server.open(shared.clock.now(), opening, opened, seed);
    if let Some(slot) = slot {
        shared.tasks.spawn(read(Arc::clone(shared), slot));
    }
    back.send_answer(client, &answer);
}

/// Passes on what peers send, until the allocation is over.
async fn read(shared: Arc<Shared>, slot: Arc<Slot<RelayPort>>) {
    let RelayPort { socket, closed, .. } = slot.port();
    loop {
        tokio::select! {
            biased;
            () = closed.cancelled() => return,
            ready = socket.readable() => if ready.is_err() { return },
        }
        let is_empty = PACKET.with_borrow_mut(|packet| {
            let now = shared.clock.now();
            for _ in 0..TURN {
                match socket.try_recv_from(packet.space()) {
                    Ok((length, from)) => to_client_at(&shared, &slot, from, packet, length, now),
                    Err(error) if error.kind() == io::ErrorKind::WouldBlock => return true,
                    // What a peer's network says about an earlier datagram concerns no other.
                    Err(_) => {}
                }
            }
            false
        });
        if !is_empty {
            tokio::task::yield_now().await;
        }
    }
}

fn to_client(shared: &Shared, slot: &Slot<RelayPort>, from: SocketAddr, packet: &mut PeerPacket, length: usize) {
    to_client_at(shared, slot, from, packet, length, shared.clock.now());
}

fn to_client_at(
    shared: &Shared,
    slot: &Slot<RelayPort>,
    from: SocketAddr,
    packet: &mut PeerPacket,
    length: usize,
    now: std::time::Duration,
) {
    let Some(bytes) = shared.server.handle_peer(now, slot, from, packet, length) else {
        return;
    };
    if !slot.port().back.send_data(&slot.client(), bytes) {
        shared.server.count_unsent();
    }
}

/// A socket at a random port of the range: a port that can be guessed is one that strangers can send to.
fn bind(
    ip: IpAddr,
    ports: &RangeInclusive<u16>,
    even: bool,
    is_taken: impl Fn(u16) -> bool,
) -> io::Result<(u16, UdpSocket)> {
    let count = u64::from(ports.end() - ports.start()) + 1;
    let at = |n: u64| ports.start() + u16::try_from(n % count).expect("below the number of ports");
    let start = random();
    let tried = (0..TRIES).map(|_| at(random()));
    let searched = (0..count).map(|n| at((start % count) + n));
    let free = tried
        .chain(searched)
        .filter(|port| (!even || port % 2 == 0) && !is_taken(*port));
    let mut last = io::Error::from(io::ErrorKind::AddrInUse);
    for port in free.take(TRIES + TAKEN_BY_OTHERS) {
        match bind_to(SocketAddr::new(ip, port)) {
            Ok(socket) => return Ok((port, socket)),
            Err(error) => last = error,
        }
    }
    Err(last)
}

fn bind_to(address: SocketAddr) -> io::Result<UdpSocket> {
    let socket = Socket::new(Domain::for_address(address), Type::DGRAM, Some(Protocol::UDP))?;
    if address.is_ipv6() {
        // Else IPv4 would come and go through it in disguise.
        socket.set_only_v6(true)?;
    }
    socket.set_nonblocking(true)?;
    socket.bind(&address.into())?;
    UdpSocket::from_std(socket.into())
}

fn random() -> u64 {
    getrandom::u64().expect("an operating system with random numbers")
}
