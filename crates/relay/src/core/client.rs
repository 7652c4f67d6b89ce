//! Who sent something.

use std::net::{IpAddr, SocketAddr};

/// One client as TURN knows it: the 5-tuple of RFC 8656 section 2.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Client {
    /// Where it sends from, as the server sees it.
    pub address: SocketAddr,
    /// Where it sends to.
    pub local: SocketAddr,
    /// How.
    pub transport: Transport,
}

/// How a client reaches the server.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Transport {
    /// Datagrams.
    Udp,
    /// A byte stream, TCP or TLS, with a number of its own: behind a proxy two streams may have the same addresses.
    Stream(u64),
}

impl Client {
    /// A client. IPv4 addresses that an IPv6 socket shows as `::ffff:a.b.c.d` become the IPv4 addresses that they are.
    #[must_use]
    pub fn new(address: SocketAddr, local: SocketAddr, transport: Transport) -> Self {
        Self {
            address: canonical(address),
            local: canonical(local),
            transport,
        }
    }

    /// Whether what it sends may carry a forged source address.
    pub(crate) fn is_datagram(&self) -> bool {
        self.transport == Transport::Udp
    }
}

/// The address without the disguise of IPv4 in IPv6, without flow label and scope.
pub(crate) fn canonical(address: SocketAddr) -> SocketAddr {
    SocketAddr::new(address.ip().to_canonical(), address.port())
}

/// What counts as one place on the internet: an IPv4 address, or the /56 that one IPv6 customer may have.
pub(crate) fn place(address: IpAddr) -> IpAddr {
    match address {
        IpAddr::V4(_) => address,
        IpAddr::V6(v6) => IpAddr::V6((v6.to_bits() >> 72 << 72).into()),
    }
}
