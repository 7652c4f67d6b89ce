//! The port of a relayed address, and the way back to its client.

use std::io;
use std::net::{IpAddr, SocketAddr};
use std::ops::RangeInclusive;
use std::sync::Arc;

use socket2::{Domain, Protocol, Socket, Type};

use crate::Shared;
use crate::core::{Action, Client, Now, Opening};
use crate::dispatch::Dispatch;
use crate::outbox::Outbox;
use crate::udp::Listener;

/// Ports that are tried at random before the range is searched.
const TRIES: usize = 16;

/// Ports of the range that may be found taken by other programs before the search is given up.
const TAKEN_BY_OTHERS: usize = 64;

/// How bytes reach a client.
#[derive(Clone)]
pub(crate) enum Back {
    Udp(Arc<Listener>),
    Stream(Arc<Outbox>),
}

impl Back {
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
    /// Keeps the port of the relayed address, so that nobody else answers there. Nothing is sent from it, and nothing that
    /// comes to it is read.
    _socket: Socket,
    pub(crate) back: Back,
}

/// Does what the protocol says is to be done about what a client sent.
pub(crate) fn perform(
    shared: &Arc<Shared>,
    client: &Client,
    back: &Back,
    action: Action<'_, RelayPort>,
    now: Now,
    dispatch: &mut Dispatch,
) {
    match action {
        Action::None => {}
        Action::Answer(bytes) => back.send_answer(client, &bytes),
        Action::Open(opening) => open(shared, client, back, *opening),
        Action::Relay { to, from, payload } => dispatch.for_client(shared, now, &to, from, payload),
    }
}

fn open(shared: &Shared, client: &Client, back: &Back, opening: Opening) {
    let external = opening.external();
    let is_taken = |port| shared.server.is_relayed(SocketAddr::new(external, port));
    let ip = shared.config.bind_ip_for(external);
    let bound = bind(ip, &shared.config.ports, opening.wants_even_port(), is_taken);
    let opened = bound.ok().map(|(port, socket)| {
        let back = back.clone();
        (port, RelayPort { _socket: socket, back })
    });
    let seed = u128::from(random()) << 64 | u128::from(random());
    let (answer, _) = shared.server.open(shared.clock.now(), opening, opened, seed);
    back.send_answer(client, &answer);
}

/// A socket at a random port of the range.
fn bind(
    ip: IpAddr,
    ports: &RangeInclusive<u16>,
    even: bool,
    is_taken: impl Fn(u16) -> bool,
) -> io::Result<(u16, Socket)> {
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

fn bind_to(address: SocketAddr) -> io::Result<Socket> {
    let socket = Socket::new(Domain::for_address(address), Type::DGRAM, Some(Protocol::UDP))?;
    if address.is_ipv6() {
        // Else it would take the port of IPv4, too.
        socket.set_only_v6(true)?;
    }
    // What strangers send there fills as little memory as the kernel takes. Where it takes no wish, its own measure is the bound.
    let _ = socket.set_recv_buffer_size(1);
    socket.bind(&address.into())?;
    Ok(socket)
}

fn random() -> u64 {
    getrandom::u64().expect("an operating system with random numbers")
}
