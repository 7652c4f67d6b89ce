//! The numbers of TURN (RFC 8656 sections 17 and 18), and its attributes of a fixed size.
//!
//! `stun-types` reads and writes messages. Its companion `turn-types`, which knows these attributes, brings a whole STUN
//! agent along for them; so it is the judge in the tests, and they are read here.

use std::net::SocketAddr;

use stun_types::attribute::{
    AttributeStaticType as _, AttributeType, Fingerprint, MessageIntegrity, MessageIntegritySha256, Nonce,
    RawAttribute, Realm, Software, Username, XorSocketAddr,
};
use stun_types::message::{Method, TransactionId};

pub(crate) const ALLOCATE: Method = Method::new(0x003);
pub(crate) const REFRESH: Method = Method::new(0x004);
pub(crate) const SEND: Method = Method::new(0x006);
pub(crate) const CREATE_PERMISSION: Method = Method::new(0x008);
pub(crate) const CHANNEL_BIND: Method = Method::new(0x009);

pub(crate) const CHANNEL_NUMBER: AttributeType = AttributeType::new(0x000c);
pub(crate) const LIFETIME: AttributeType = AttributeType::new(0x000d);
pub(crate) const XOR_PEER_ADDRESS: AttributeType = AttributeType::new(0x0012);
pub(crate) const DATA: AttributeType = AttributeType::new(0x0013);
pub(crate) const XOR_RELAYED_ADDRESS: AttributeType = AttributeType::new(0x0016);
pub(crate) const REQUESTED_ADDRESS_FAMILY: AttributeType = AttributeType::new(0x0017);
pub(crate) const EVEN_PORT: AttributeType = AttributeType::new(0x0018);
pub(crate) const REQUESTED_TRANSPORT: AttributeType = AttributeType::new(0x0019);

/// What is understood of what must be understood. DONT-FRAGMENT and RESERVATION-TOKEN are not here: nothing is sent
/// from a relayed address, and no port is ever reserved. They get 420 (RFC 8489 section 6.3.1).
pub(crate) const UNDERSTOOD: &[AttributeType] = &[
    Username::TYPE,
    MessageIntegrity::TYPE,
    MessageIntegritySha256::TYPE,
    Realm::TYPE,
    Nonce::TYPE,
    Software::TYPE,
    Fingerprint::TYPE,
    CHANNEL_NUMBER,
    LIFETIME,
    XOR_PEER_ADDRESS,
    DATA,
    REQUESTED_ADDRESS_FAMILY,
    EVEN_PORT,
    REQUESTED_TRANSPORT,
];

/// 17 is UDP in REQUESTED-TRANSPORT.
pub(crate) const UDP: u8 = 17;

/// The value of LIFETIME.
pub(crate) fn read_u32(raw: &RawAttribute<'_>) -> Option<u32> {
    raw.value[..].try_into().ok().map(u32::from_be_bytes)
}

/// The value of CHANNEL-NUMBER: two bytes, and two that are reserved.
pub(crate) fn read_channel(raw: &RawAttribute<'_>) -> Option<u16> {
    let &[high, low, _, _] = &raw.value[..] else {
        return None;
    };
    Some(u16::from_be_bytes([high, low]))
}

/// The first byte of REQUESTED-TRANSPORT and of the address families: one byte, and three that are reserved.
pub(crate) fn read_first(raw: &RawAttribute<'_>) -> Option<u8> {
    let &[first, _, _, _] = &raw.value[..] else {
        return None;
    };
    Some(first)
}

/// Whether the bit of EVEN-PORT asks to reserve the next port as well.
pub(crate) fn read_even_port(raw: &RawAttribute<'_>) -> Option<bool> {
    let &[bits] = &raw.value[..] else {
        return None;
    };
    Some(bits & 0x80 != 0)
}

/// An address under XOR.
pub(crate) fn read_address(raw: &RawAttribute<'_>, transaction: TransactionId) -> Option<SocketAddr> {
    XorSocketAddr::from_raw(raw)
        .ok()
        .map(|address| address.addr(transaction))
}

/// The byte of IPv4 as an address family: the only one that relayed addresses have.
pub(crate) const IPV4: u8 = 1;
