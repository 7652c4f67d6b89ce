//! Clients that send datagrams.

use std::io;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use quinn_udp::{BATCH_SIZE, RecvMeta, Transmit, UdpSockRef, UdpSocketState};
use socket2::{Domain, Protocol, SockRef, Socket, Type};
use tokio::io::Interest;
use tokio::net::UdpSocket;
use tokio::time::sleep;

use crate::Shared;
use crate::core::{Client, Now, Transport};
use crate::dispatch::{Dispatch, at_desk};
use crate::port::{Back, perform};
use crate::train::Train;

/// What the kernel is asked to hold for us while we are busy, in bytes for each direction of the socket that hears all
/// clients; it gives less where its own bound is lower.
pub const UDP_BUFFER: usize = 4 << 20;

/// How long to wait when the system has no more descriptors.
const REST: Duration = Duration::from_millis(100);

/// One socket for clients that send to an address. `quinn-udp` reads many datagrams with one system call, and tells
/// to which of the machine's addresses each was sent: the answer must come from there, or no NAT lets it in.
pub(crate) struct Listener {
    socket: std::net::UdpSocket,
    state: UdpSocketState,
    local: SocketAddr,
}

impl Listener {
    /// Up to `lanes` sockets at one address, at least one. The kernel gives all that comes from one client to the same of them.
    pub(crate) fn bind(address: SocketAddr, lanes: usize) -> io::Result<Vec<Arc<Self>>> {
        let first = Self::bind_one(address, false)?;
        let local = first.local;
        let mut all = vec![Arc::new(first)];
        // Only now, so that a port which another program has is not shared with it.
        #[cfg(target_os = "linux")]
        if lanes > 1 && SockRef::from(&all[0].socket).set_reuse_port(true).is_ok() {
            // Fewer than wished is no reason to fail.
            all.extend((1..lanes).map_while(|_| Self::bind_one(local, true).ok().map(Arc::new)));
        }
        Ok(all)
    }

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

    pub(crate) fn local(&self) -> SocketAddr {
        self.local
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

    /// Serves until it is dropped, in the runtime that it is polled by.
    pub(crate) async fn run(self: Arc<Self>, shared: Arc<Shared>) {
        let socket = loop {
            match self.socket.try_clone().and_then(UdpSocket::from_std) {
                Ok(socket) => break socket,
                Err(_) => sleep(REST).await,
            }
        };
        let back = Back::Udp(Arc::clone(&self));
        loop {
            // What the network says about an earlier datagram concerns no other.
            let _ = socket.readable().await;
            if !receive_all(
                &shared,
                &socket,
                &self.state,
                BATCH_SIZE,
                |now, meta, datagram, dispatch| {
                    // Nobody can be answered there, and trying makes the system say what is else said by one that cannot cut trains.
                    if meta.addr.port() == 0 {
                        return;
                    }
                    let local = SocketAddr::new(meta.dst_ip.unwrap_or(self.local.ip()), self.local.port());
                    let client = Client::new(meta.addr, local, Transport::Udp);
                    let action = shared.server.handle(now, client, datagram);
                    perform(&shared, &client, &back, action, now, dispatch);
                },
            ) {
                tokio::task::yield_now().await;
            }
        }
    }
}

/// Receives what is there, up to `most` datagrams or runs of them, and `each` says what becomes of it. Returns whether that was all: others get their turn before more is
/// received.
pub(crate) fn receive_all(
    shared: &Shared,
    socket: &UdpSocket,
    state: &UdpSocketState,
    most: usize,
    mut each: impl FnMut(Now, &RecvMeta, &[u8], &mut Dispatch),
) -> bool {
    let mut now = None;
    let received = socket.try_io(Interest::READABLE, || {
        at_desk(shared, |inbox, dispatch| {
            let more = inbox.receive(UdpSockRef::from(socket), state, most, |meta, datagram| {
                let now = *now.get_or_insert_with(|| shared.clock.now());
                each(now, meta, datagram, dispatch);
            })?;
            match more {
                true => Ok(()),
                // The runtime need not ask the kernel once more to learn that nothing is left.
                false => Err(io::ErrorKind::WouldBlock.into()),
            }
        })
    });
    matches!(received, Err(error) if error.kind() == io::ErrorKind::WouldBlock)
}
