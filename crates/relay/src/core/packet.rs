//! A datagram from a peer, as its client gets it.

use stun_types::message::MAGIC_COOKIE;

use super::names::RELAYED_IP;
use super::turn::{DATA, IPV4, XOR_PEER_ADDRESS};

/// Bytes of an IPv4 address in an attribute.
const ADDRESS: u16 = 8;

/// Appends ChannelData, padded where it goes into a stream (RFC 8656 section 12.5). `None`, and nothing is written, where the
/// payload is longer than any datagram.
pub(crate) fn write_channel_data(out: &mut Vec<u8>, number: u16, payload: &[u8], padded: bool) -> Option<()> {
    let length = u16::try_from(payload.len()).ok()?;
    put_u16(out, number);
    put_u16(out, length);
    out.extend_from_slice(payload);
    if padded {
        pad(out, payload.len());
    }
    Some(())
}

/// Appends a Data indication (RFC 8656 section 11.3) from the relayed address with the port `peer`. `None`, and nothing is written, where a STUN message cannot be that long.
pub(crate) fn write_data_indication(out: &mut Vec<u8>, peer: u16, payload: &[u8], transaction: u128) -> Option<()> {
    let length = u16::try_from(payload.len()).ok()?;
    let body = length.checked_next_multiple_of(4)?.checked_add(4 + ADDRESS + 4)?;
    let id = (u128::from(MAGIC_COOKIE) << 96 | transaction & (u128::MAX >> 32)).to_be_bytes();
    put_u16(out, 0x0017);
    put_u16(out, body);
    out.extend_from_slice(&id);

    put_u16(out, XOR_PEER_ADDRESS.value());
    put_u16(out, ADDRESS);
    out.extend_from_slice(&[0, IPV4]);
    put_u16(out, peer ^ u16::from_be_bytes([id[0], id[1]]));
    out.extend(RELAYED_IP.octets().iter().zip(id).map(|(octet, key)| octet ^ key));

    put_u16(out, DATA.value());
    put_u16(out, length);
    out.extend_from_slice(payload);
    pad(out, payload.len());
    Some(())
}

fn put_u16(out: &mut Vec<u8>, value: u16) {
    out.extend_from_slice(&value.to_be_bytes());
}

fn pad(out: &mut Vec<u8>, length: usize) {
    out.resize(out.len() + length.next_multiple_of(4) - length, 0);
}
