//! With whom a client may exchange data through the relay.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::ops::RangeInclusive;

use ipnet::IpNet;

/// IPv4 that is not the public internet (the special-purpose registry of IANA, RFC 6890), with what it is.
const REFUSED_V4: &[([u8; 4], u32, &str)] = &[
    ([0, 0, 0, 0], 8, "this network, and unspecified"),
    ([10, 0, 0, 0], 8, "private"),
    ([100, 64, 0, 0], 10, "carrier NAT"),
    ([127, 0, 0, 0], 8, "loopback"),
    ([169, 254, 0, 0], 16, "link-local: metadata services of clouds"),
    ([172, 16, 0, 0], 12, "private"),
    ([192, 0, 0, 0], 24, "protocol assignments"),
    ([192, 0, 2, 0], 24, "documentation"),
    ([192, 88, 99, 0], 24, "6to4 relays"),
    ([192, 168, 0, 0], 16, "private"),
    ([198, 18, 0, 0], 15, "benchmarks"),
    ([198, 51, 100, 0], 24, "documentation"),
    ([203, 0, 113, 0], 24, "documentation"),
    ([224, 0, 0, 0], 4, "multicast"),
    ([240, 0, 0, 0], 4, "reserved, and broadcast"),
];

/// IPv6 inside 2000::/3 that is not the public internet or leads back into IPv4. All outside 2000::/3 is refused anyway:
/// unspecified, loopback, IPv4-mapped and -compatible, NAT64, unique-local, link-local, site-local, multicast.
const REFUSED_V6: &[(u128, u32, &str)] = &[
    (0x2001_0000 << 96, 23, "protocol assignments, Teredo, ORCHID"),
    (0x2001_0db8 << 96, 32, "documentation"),
    (0x2002_0000 << 96, 16, "6to4: an IPv4 address in disguise"),
    (0x3fff_0000 << 96, 20, "documentation"),
];

/// Why a peer is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// An address that is not on the public internet, or one that the configuration denies.
    Address,
    /// A port at which services of the internet answer, not people in a call; or one of the relay's own host.
    Port,
}

/// Decides about peers. It is asked on every way in: CreatePermission, ChannelBind, Send and data that comes back.
///
/// In this order: unspecified, multicast, broadcast and IPv4-mapped addresses are refused, and what the configuration
/// denies; the relay's own addresses are allowed with the ports of the relay, so that two clients of it can meet; then what
/// the configuration allows. The relay's own addresses with any other port, all that is not the public internet, and
/// ports below [`Policy::min_port`] are refused.
#[derive(Clone, Debug)]
pub struct Policy {
    /// The addresses under which the relay itself is known.
    pub external: Vec<IpAddr>,
    /// The ports of its relayed addresses.
    pub ports: RangeInclusive<u16>,
    /// Peers that are allowed though they are not on the public internet.
    pub allow: Vec<IpNet>,
    /// Peers that are refused whatever else is said.
    pub deny: Vec<IpNet>,
    /// Ports below are those of services (53 DNS, 123 NTP, 443 QUIC): a relay that reaches them is of use to attackers
    /// only, because browsers send media from ephemeral ports. Does not hold for `allow`.
    pub min_port: u16,
}

impl Policy {
    /// Whether a peer may be sent to, and heard from.
    ///
    /// # Errors
    /// Why not.
    pub fn check(&self, peer: SocketAddr) -> Result<(), Refusal> {
        if is_never_a_peer(peer.ip()) || self.is_denied(peer.ip()) {
            return Err(Refusal::Address);
        }
        if peer.port() == 0 {
            return Err(Refusal::Port);
        }
        if self.is_relayed(peer) || self.is_allowed(peer.ip()) {
            return Ok(());
        }
        if self.external.contains(&peer.ip()) {
            return Err(Refusal::Port);
        }
        if is_special(peer.ip()) {
            return Err(Refusal::Address);
        }
        if peer.port() < self.min_port {
            Err(Refusal::Port)
        } else {
            Ok(())
        }
    }

    /// Whether a permission may be made, which knows no port. What it is used for is checked again with the port.
    ///
    /// # Errors
    /// [`Refusal::Address`].
    pub fn check_address(&self, peer: IpAddr) -> Result<(), Refusal> {
        let known = self.external.contains(&peer) || self.is_allowed(peer);
        if is_never_a_peer(peer) || self.is_denied(peer) || (!known && is_special(peer)) {
            return Err(Refusal::Address);
        }
        Ok(())
    }

    /// Whether this is, or could be, a relayed address of this server.
    pub(crate) fn is_relayed(&self, peer: SocketAddr) -> bool {
        self.ports.contains(&peer.port()) && self.external.contains(&peer.ip())
    }

    /// Whether the configuration allows it by name.
    pub(crate) fn is_allowed(&self, peer: IpAddr) -> bool {
        self.allow.iter().any(|range| range.contains(&peer))
    }

    fn is_denied(&self, peer: IpAddr) -> bool {
        self.deny.iter().any(|range| range.contains(&peer))
    }
}

/// What no range can allow: an address of no one host (a kernel takes the unspecified one for its own), or an IPv4
/// address in disguise, which would slip past every rule about IPv4.
fn is_never_a_peer(peer: IpAddr) -> bool {
    let nobody = match peer {
        IpAddr::V4(v4) => v4.is_broadcast() || v4.octets()[0] == 0,
        IpAddr::V6(v6) => v6.to_ipv4_mapped().is_some(),
    };
    nobody || peer.is_unspecified() || peer.is_multicast()
}

/// Whether an address is one on the public internet, and no name for another one.
#[must_use]
pub fn is_public(address: IpAddr) -> bool {
    !is_never_a_peer(address) && !is_special(address)
}

/// Whether the address is anything but one on the public internet.
fn is_special(peer: IpAddr) -> bool {
    match peer {
        IpAddr::V4(v4) => REFUSED_V4.iter().any(|&(network, length, _)| {
            let shift = 32 - length;
            v4.to_bits() >> shift == Ipv4Addr::from(network).to_bits() >> shift
        }),
        IpAddr::V6(v6) => !is_global_unicast(v6) || in_refused_v6(v6),
    }
}

fn is_global_unicast(v6: Ipv6Addr) -> bool {
    v6.to_bits() >> 125 == 0b001
}

fn in_refused_v6(v6: Ipv6Addr) -> bool {
    REFUSED_V6.iter().any(|&(network, length, _)| {
        let shift = 128 - length;
        v6.to_bits() >> shift == network >> shift
    })
}
