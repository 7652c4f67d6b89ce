//! Clients that send datagrams.

use std::array;
use std::io::{self, IoSliceMut};
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;

use quinn_udp::{BATCH_SIZE, RecvMeta, Transmit, UdpSockRef, UdpSocketState};
use tokio::io::Interest;
use tokio::net::UdpSocket;

use crate::Shared;
use crate::core::{Client, Transport};
use crate::port::{Back, perform};

/// Room for a datagram, or for several of one client that the kernel has put together.
const BUFFER: usize = 65_536;

/// What the kernel is asked to hold for us while we are busy, in bytes for each direction of the socket that hears all
/// clients; it gives less where its own bound is lower.
pub const UDP_BUFFER: usize = 4 << 20;

/// One socket for all clients that send to an address. `quinn-udp` reads many datagrams with one system call, and tells
/// to which of the machine's addresses each was sent: the answer must come from there, or no NAT lets it in.
pub(crate) struct Listener {
    socket: UdpSocket,
    state: UdpSocketState,
    local: SocketAddr,
}

impl Listener {
    pub(crate) fn bind(address: SocketAddr) -> io::Result<Self> {
        let socket = std::net::UdpSocket::bind(address)?;
        socket.set_nonblocking(true)?;
        let socket = UdpSocket::from_std(socket)?;
        let state = UdpSocketState::new(UdpSockRef::from(&socket))?;
        // Less than wished is no reason to fail.
        let _ = state.set_recv_buffer_size(UdpSockRef::from(&socket), UDP_BUFFER);
        let _ = state.set_send_buffer_size(UdpSockRef::from(&socket), UDP_BUFFER);
        let local = socket.local_addr()?;
        Ok(Self { socket, state, local })
    }

    pub(crate) fn local(&self) -> SocketAddr {
        self.local
    }

    /// Sends without waiting: who is too slow for UDP loses datagrams.
    pub(crate) fn send(&self, client: &Client, contents: &[u8]) -> io::Result<()> {
        let destination = match client.address.ip() {
            IpAddr::V4(v4) if self.local.is_ipv6() => {
                SocketAddr::new(v4.to_ipv6_mapped().into(), client.address.port())
            }
            _ => client.address,
        };
        let source = client.local.ip();
        let transmit = Transmit {
            destination,
            ecn: None,
            contents,
            segment_size: None,
            src_ip: (self.local.ip().is_unspecified() && !source.is_unspecified()).then_some(source),
        };
        self.state.try_send(UdpSockRef::from(&self.socket), &transmit)
    }

    /// Serves until it is dropped.
    pub(crate) async fn run(self: Arc<Self>, shared: Arc<Shared>) {
        let back = Back::Udp(Arc::clone(&self));
        let mut buffers = vec![0; BUFFER * BATCH_SIZE];
        let mut metas = [RecvMeta::default(); BATCH_SIZE];
        loop {
            let received = self
                .socket
                .async_io(Interest::READABLE, || {
                    let mut rest = buffers.chunks_mut(BUFFER);
                    let mut slices: [_; BATCH_SIZE] =
                        array::from_fn(|_| IoSliceMut::new(rest.next().expect("as many buffers as slices")));
                    self.state.recv(UdpSockRef::from(&self.socket), &mut slices, &mut metas)
                })
                .await;
            // What the network says about an earlier datagram concerns no other.
            let Ok(count) = received else {
                tokio::task::yield_now().await;
                continue;
            };
            let now = shared.clock.now();
            for (meta, buffer) in metas[..count].iter().zip(buffers.chunks(BUFFER)) {
                let local = SocketAddr::new(meta.dst_ip.unwrap_or(self.local.ip()), self.local.port());
                let client = Client::new(meta.addr, local, Transport::Udp);
                for datagram in buffer[..meta.len].chunks(meta.stride.max(1)) {
                    perform(&shared, &client, &back, shared.server.handle(now, client, datagram));
                }
            }
        }
    }
}
