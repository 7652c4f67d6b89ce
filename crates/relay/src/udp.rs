//! Clients that send datagrams.

use std::io;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use quinn_udp::{Transmit, UdpSockRef, UdpSocketState};
use socket2::{Domain, Protocol, SockRef, Socket, Type};
use tokio::io::Interest;
use tokio::net::UdpSocket;
use tokio::time::sleep;

use crate::Shared;
use crate::back::{Back, perform};
use crate::core::{Client, Transport};
use crate::dispatch::at_desk;
use crate::train::Train;

/// What the kernel is asked to hold for us while we are busy, in bytes for each direction of the socket that hears all
/// clients; it gives less where its own bound is lower.
const UDP_BUFFER: usize = 4 << 20;

/// How long to wait when the system has no more descriptors.
const REST: Duration = Duration::from_millis(100);

/// One socket for clients that send to an address. `quinn-udp` reads many datagrams with one system call, and tells
/// to which of the machine's addresses each was sent: the answer must come from there, or no NAT lets it in.
pub(crate) struct Listener {
    socket: std::net::UdpSocket,
    state: UdpSocketState,
    local: SocketAddr,
}

/// The sockets at one address, one for each lane. The kernel gives all that comes from one client to the same of them; each can send to
/// everybody.
#[derive(Clone)]
pub(crate) struct Listeners(Arc<[Listener]>);

impl Listeners {
    /// Up to `lanes` sockets, at least one.
    pub(crate) fn bind(address: SocketAddr, lanes: usize) -> io::Result<Self> {
        let first = Listener::bind_one(address, false)?;
        let local = first.local;
        let mut all = vec![first];
        // Only now, so that a port which another program has is not shared with it.
        #[cfg(target_os = "linux")]
        if lanes > 1 && SockRef::from(&all[0].socket).set_reuse_port(true).is_ok() {
            // Fewer than wished is no reason to fail.
            all.extend((1..lanes).map_while(|_| Listener::bind_one(local, true).ok()));
        }
        Ok(Self(all.into()))
    }

    pub(crate) fn len(&self) -> usize {
        self.0.len()
    }

    /// The address of all of them.
    pub(crate) fn local(&self) -> SocketAddr {
        self.0[0].local
    }

    /// That of a lane; the first where the lane has none of its own.
    pub(crate) fn of(&self, lane: usize) -> &Listener {
        self.0.get(lane).unwrap_or(&self.0[0])
    }

    /// Serves the clients of a lane until it is dropped, in the runtime that it is polled by.
    pub(crate) async fn run(self, lane: usize, shared: Arc<Shared>) {
        let listener = self.of(lane);
        let socket = loop {
            match listener.socket.try_clone().and_then(UdpSocket::from_std) {
                Ok(socket) => break socket,
                Err(_) => sleep(REST).await,
            }
        };
        let back = Back::Udp(self.clone());
        loop {
            // What the network says about an earlier datagram concerns no other.
            let _ = socket.readable().await;
            let received = socket.try_io(Interest::READABLE, || listener.receive(&shared, &back));
            // Others get their turn before more is received.
            if !matches!(received, Err(error) if error.kind() == io::ErrorKind::WouldBlock) {
                tokio::task::yield_now().await;
            }
        }
    }
}

impl Listener {
    fn bind_one(address: SocketAddr, shared: bool) -> io::Result<Self> {
        let socket = Socket::new(Domain::for_address(address), Type::DGRAM, Some(Protocol::UDP))?;
        #[cfg(target_os = "linux")]
        socket.set_reuse_port(shared)?;
        socket.set_nonblocking(true)?;
        socket.bind(&address.into())?;
        let socket = std::net::UdpSocket::from(socket);
        let state = UdpSocketState::new(UdpSockRef::from(&socket))?;
        #[cfg(target_os = "linux")]
        {
            // Nobody asks for it here, and it costs time with each datagram.
            let _ = SockRef::from(&socket).set_recv_tos_v4(false);
            let _ = SockRef::from(&socket).set_recv_tclass_v6(false);
        }
        // Less than wished is no reason to fail.
        let _ = state.set_recv_buffer_size(UdpSockRef::from(&socket), UDP_BUFFER);
        let _ = state.set_send_buffer_size(UdpSockRef::from(&socket), UDP_BUFFER);
        let local = socket.local_addr()?;
        Ok(Self { socket, state, local })
    }

    /// How many datagrams the kernel sends at once.
    pub(crate) fn max_segments(&self) -> usize {
        self.state.max_gso_segments()
    }

    /// Sends without waiting: who is too slow for UDP loses datagrams.
    pub(crate) fn send(&self, client: &Client, contents: &[u8]) -> io::Result<()> {
        self.transmit(&Transmit {
            contents,
            ..self.to(client)
        })
    }

    /// Sends a train. How many of its datagrams could not be sent.
    pub(crate) fn send_train(&self, client: &Client, train: &Train) -> usize {
        let to = self.to(client);
        let (contents, segment) = train.contents();
        let together = Transmit {
            contents,
            segment_size: (train.len() > 1).then_some(segment),
            ..to.clone()
        };
        if self.transmit(&together).is_ok() {
            return 0;
        }
        if train.len() == 1 {
            return 1;
        }
        // An interface that cannot cut it, a path that does not take such pieces, or room for some of them only.
        let fails = |contents: &&[u8]| self.transmit(&Transmit { contents, ..to.clone() }).is_err();
        train.datagrams().filter(fails).count()
    }

    /// Sends one datagram, or all of a train.
    fn transmit(&self, what: &Transmit<'_>) -> io::Result<()> {
        if what.segment_size.is_none() && what.src_ip.is_none() {
            // There is nothing to say but where it goes. quinn-udp says the class of traffic with each datagram, which takes
            // longer.
            return self.socket.send_to(what.contents, what.destination).map(drop);
        }
        self.state.try_send(UdpSockRef::from(&self.socket), what)
    }

    fn to(&self, client: &Client) -> Transmit<'static> {
        let destination = match client.address.ip() {
            IpAddr::V4(v4) if self.local.is_ipv6() => {
                SocketAddr::new(v4.to_ipv6_mapped().into(), client.address.port())
            }
            _ => client.address,
        };
        let source = client.local.ip();
        Transmit {
            destination,
            ecn: None,
            contents: &[],
            segment_size: None,
            src_ip: (self.local.ip().is_unspecified() && !source.is_unspecified()).then_some(source),
        }
    }

    /// Receives what is there, as far as there are buffers, and does what is to be done about it. The error is of the kind that tells
    /// the runtime that nothing is left.
    fn receive(&self, shared: &Shared, back: &Back) -> io::Result<()> {
        let mut now = None;
        at_desk(shared, |inbox, dispatch| {
            let more = inbox.receive(UdpSockRef::from(&self.socket), &self.state, |meta, datagram| {
                // Nobody can be answered there, and trying makes the system say what is else said by one that cannot cut trains.
                if meta.addr.port() == 0 {
                    return;
                }
                let now = *now.get_or_insert_with(|| shared.clock.now());
                let local = SocketAddr::new(meta.dst_ip.unwrap_or(self.local.ip()), self.local.port());
                let client = Client::new(meta.addr, local, Transport::Udp);
                let action = shared.server.handle(now, client, datagram);
                perform(shared, &client, back, action, now, dispatch);
            })?;
            match more {
                true => Ok(()),
                // The runtime need not ask the kernel once more.
                false => Err(io::ErrorKind::WouldBlock.into()),
            }
        })
    }
}
