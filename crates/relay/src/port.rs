//! The socket of a relayed address, and the way back to its client.

use std::io;
use std::net::{IpAddr, SocketAddr};
use std::ops::RangeInclusive;
use std::pin::pin;
use std::sync::Arc;

use quinn_udp::{Transmit, UdpSockRef, UdpSocketState};
use socket2::{Domain, Protocol, SockRef, Socket, Type};
use tokio::net::UdpSocket;
use tokio_util::sync::CancellationToken;

use crate::Shared;
use crate::core::{Action, Client, Now, Opening, Port, Slot};
use crate::dispatch::{Dispatch, send_train, transmit};
use crate::outbox::Outbox;
use crate::train::Train;
use crate::udp::{Listener, receive_all};

/// Ports that are tried at random before the range is searched.
const TRIES: usize = 16;

/// Ports of the range that may be found taken by other programs before the search is given up.
const TAKEN_BY_OTHERS: usize = 64;

/// Datagrams that are asked for with one system call. One or two are there in a call, and each that is asked for costs time.
const AT_ONCE: usize = 4;

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
    socket: UdpSocket,
    sending: UdpSocketState,
    pub(crate) back: Back,
    closed: CancellationToken,
}

impl Port for RelayPort {
    fn close(&self) {
        self.closed.cancel();
    }
}

impl RelayPort {
    /// How many datagrams the kernel sends to a peer at once.
    pub(crate) fn max_segments(&self) -> usize {
        self.sending.max_gso_segments()
    }

    /// How many of the datagrams could not be sent. The runtime is not asked first: it knows of a new socket's readiness only
    /// later, and would lose the first datagrams.
    pub(crate) fn send(&self, peer: SocketAddr, train: &Train) -> usize {
        let to = Transmit {
            destination: peer,
            ecn: None,
            contents: &[],
            segment_size: None,
            src_ip: None,
        };
        send_train(&to, train, |what| {
            transmit(&SockRef::from(&self.socket), &self.sending, what)
        })
    }
}

/// What is known about sending from a relayed address: whether the kernel cuts trains. One for each, because a path that takes no
/// trains must not slow the others down; made from another socket, because it comes with socket options that say what nobody asks of
/// a datagram from a peer, and cost time with each.
fn sending() -> io::Result<UdpSocketState> {
    let open = |domain| Socket::new(domain, Type::DGRAM, Some(Protocol::UDP));
    let socket = open(Domain::IPV4).or_else(|_| open(Domain::IPV6))?;
    UdpSocketState::new(UdpSockRef::from(&socket))
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
        Action::Relay { from, peer, payload } => dispatch.for_peer(shared, from, peer, payload),
        Action::Hairpin { to, from, payload } => dispatch.for_client(shared, now, &to, from, payload),
    }
}

fn open(shared: &Arc<Shared>, client: &Client, back: &Back, opening: Opening) {
    let external = opening.external();
    let is_taken = |port| shared.server.is_relayed(SocketAddr::new(external, port));
    let ip = shared.config.bind_ip_for(external);
    let socket = bind(ip, &shared.config.ports, opening.wants_even_port(), is_taken);
    let opened = socket.and_then(|opened| Ok((opened, sending()?)));
    let opened = opened.ok().map(|((port, socket), sending)| {
        let port_of_allocation = RelayPort {
            socket,
            sending,
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
    let RelayPort {
        socket,
        sending,
        closed,
        ..
    } = slot.port();
    let mut closed = pin!(closed.cancelled());
    loop {
        tokio::select! {
            biased;
            () = &mut closed => return,
            ready = socket.readable() => if ready.is_err() { return },
        }
        let is_all = receive_all(&shared, socket, sending, AT_ONCE, |now, meta, payload, dispatch| {
            dispatch.for_client(&shared, now, &slot, meta.addr, payload);
        });
        if !is_all {
            tokio::task::yield_now().await;
        }
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
