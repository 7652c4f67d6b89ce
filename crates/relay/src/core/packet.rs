//! A datagram from a peer, on its way to a client without being copied.

use std::net::{IpAddr, SocketAddr};
use std::ops::Range;

use stun_types::message::MAGIC_COOKIE;

use super::turn::{DATA, Family, XOR_PEER_ADDRESS};

/// Bytes kept free before a payload: the header of a Data indication with an IPv6 address.
pub const HEADROOM: usize = 20 + 4 + 20 + 4;

/// Bytes kept free after it, for padding.
pub const TAILROOM: usize = 3;

/// The longest payload of a datagram.
const LONGEST: usize = 65_535;

/// Where a datagram is received, with room around it, so that the header for the client can be written in front of it.
pub struct PeerPacket(Box<[u8]>);

impl Default for PeerPacket {
    fn default() -> Self {
        Self(vec![0; HEADROOM + LONGEST + TAILROOM].into_boxed_slice())
    }
}

impl PeerPacket {
    /// Where the payload belongs.
    pub fn space(&mut self) -> &mut [u8] {
        &mut self.0[HEADROOM..HEADROOM + LONGEST]
    }

    /// Copies a payload in; what is longer than any datagram is cut. Its length.
    pub fn fill(&mut self, payload: &[u8]) -> usize {
        let length = payload.len().min(LONGEST);
        self.space()[..length].copy_from_slice(&payload[..length]);
        length
    }

    /// Makes ChannelData of the first `length` bytes, padded where it goes into a stream (RFC 8656 section 12.5).
    pub(crate) fn channel_data(&mut self, number: u16, length: usize, padded: bool) -> &[u8] {
        let start = HEADROOM - 4;
        put_u16(&mut self.0, start, number);
        put_u16(&mut self.0, start + 2, short(length));
        let end = if padded { self.pad(length) } else { HEADROOM + length };
        &self.0[start..end]
    }

    /// Makes a Data indication of the first `length` bytes (RFC 8656 section 11.3). `None` where a STUN message cannot be
    /// that long.
    pub(crate) fn data_indication(&mut self, peer: SocketAddr, length: usize, transaction: u128) -> Option<&[u8]> {
        let address = if peer.is_ipv4() { 8 } else { 20 };
        let start = HEADROOM - (20 + 4 + address + 4);
        let body = 4 + address + 4 + length.next_multiple_of(4);
        let body = u16::try_from(body).ok()?;
        let packet = &mut self.0;
        put_u16(packet, start, 0x0017);
        put_u16(packet, start + 2, body);
        let id = (u128::from(MAGIC_COOKIE) << 96 | transaction & (u128::MAX >> 32)).to_be_bytes();
        packet[start + 4..start + 20].copy_from_slice(&id);

        put_u16(packet, start + 20, XOR_PEER_ADDRESS.value());
        put_u16(packet, start + 22, short(address));
        packet[start + 24] = 0;
        packet[start + 25] = Family::of(peer) as u8;
        put_u16(packet, start + 26, peer.port() ^ u16::from_be_bytes([id[0], id[1]]));
        let at = start + 28;
        match peer.ip() {
            IpAddr::V4(v4) => xor(&mut packet[at..at + 4], &v4.octets(), &id),
            IpAddr::V6(v6) => xor(&mut packet[at..at + 16], &v6.octets(), &id),
        }

        put_u16(packet, HEADROOM - 4, DATA.value());
        put_u16(packet, HEADROOM - 2, short(length));
        let end = self.pad(length);
        Some(&self.0[start..end])
    }

    /// Fills up to a multiple of four with zeros: whatever was there belongs to somebody else's datagram.
    fn pad(&mut self, length: usize) -> usize {
        let range: Range<usize> = HEADROOM + length..HEADROOM + length.next_multiple_of(4);
        self.0[range.clone()].fill(0);
        range.end
    }
}

fn put_u16(packet: &mut [u8], at: usize, value: u16) {
    packet[at..at + 2].copy_from_slice(&value.to_be_bytes());
}

fn short(length: usize) -> u16 {
    u16::try_from(length).expect("no longer than a datagram")
}

fn xor(into: &mut [u8], octets: &[u8], id: &[u8; 16]) {
    for (byte, (octet, key)) in into.iter_mut().zip(octets.iter().zip(id)) {
        *byte = octet ^ key;
    }
}
