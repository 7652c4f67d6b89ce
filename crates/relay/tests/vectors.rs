//! The test vectors of RFC 5769, as the relay reads and answers them.
#![allow(missing_docs, clippy::unwrap_used)]

mod common;

use common::message::code;
use relay::core::frame::{self, Frame};
use stun_types::attribute::*;
use stun_types::message::*;

/// Section 2.1: a Binding request of ICE, with short-term credentials.
const REQUEST: &[u8] = b"\
\x00\x01\x00\x58\x21\x12\xa4\x42\xb7\xe7\xa7\x01\xbc\x34\xd6\x86\xfa\x87\xdf\xae\
\x80\x22\x00\x10STUN test client\
\x00\x24\x00\x04\x6e\x00\x01\xff\
\x80\x29\x00\x08\x93\x2f\xf9\xb1\x51\x26\x3b\x36\
\x00\x06\x00\x09evtj:h6vY\x20\x20\x20\
\x00\x08\x00\x14\x9a\xea\xa7\x0c\xbf\xd8\xcb\x56\x78\x1e\xf2\xb5\xb2\xd3\xf2\x49\xc1\xb5\x71\xa2\
\x80\x28\x00\x04\xe5\x7a\x3b\xcf";

/// Section 2.2: its answer over IPv4.
const RESPONSE_V4: &[u8] = b"\
\x01\x01\x00\x3c\x21\x12\xa4\x42\xb7\xe7\xa7\x01\xbc\x34\xd6\x86\xfa\x87\xdf\xae\
\x80\x22\x00\x0btest vector\x20\
\x00\x20\x00\x08\x00\x01\xa1\x47\xe1\x12\xa6\x43\
\x00\x08\x00\x14\x2b\x91\xf5\x99\xfd\x9e\x90\xc3\x8c\x74\x89\xf9\x2a\xf9\xba\x53\xf0\x6b\xe7\xd7\
\x80\x28\x00\x04\xc0\x7d\x4c\x96";

/// Section 2.3: its answer over IPv6.
const RESPONSE_V6: &[u8] = b"\
\x01\x01\x00\x48\x21\x12\xa4\x42\xb7\xe7\xa7\x01\xbc\x34\xd6\x86\xfa\x87\xdf\xae\
\x80\x22\x00\x0btest vector\x20\
\x00\x20\x00\x14\x00\x02\xa1\x47\x01\x13\xa9\xfa\xa5\xd3\xf1\x79\xbc\x25\xf4\xb5\xbe\xd2\xb9\xd9\
\x00\x08\x00\x14\xa3\x82\x95\x4e\x4b\xe6\x7b\xf1\x17\x84\xc9\x7c\x82\x92\xc2\x75\xbf\xe3\xed\x41\
\x80\x28\x00\x04\xc8\xfb\x0b\x4c";

/// Section 2.4: a request with long-term credentials.
const LONG_TERM: &[u8] = b"\
\x00\x01\x00\x60\x21\x12\xa4\x42\x78\xad\x34\x33\xc6\xad\x72\xc0\x29\xda\x41\x2e\
\x00\x06\x00\x12\xe3\x83\x9e\xe3\x83\x88\xe3\x83\xaa\xe3\x83\x83\xe3\x82\xaf\xe3\x82\xb9\x00\x00\
\x00\x15\x00\x1cf//499k954d6OL34oL9FSTvy64sA\
\x00\x14\x00\x0bexample.org\x00\
\x00\x08\x00\x14\xf6\x70\x24\x65\x6d\xd6\x4a\x3e\x02\xb8\xe0\x71\x2e\x85\xc9\xa2\x8c\xa8\x96\x66";

#[test]
fn the_short_term_messages_are_read_and_verified() {
    let key = ShortTermCredentials::new("VOkJxbRl1RmTxUk/WvJxBt".into()).into();
    for (bytes, mapped) in [
        (REQUEST, None),
        (RESPONSE_V4, Some("192.0.2.1:32853")),
        (RESPONSE_V6, Some("[2001:db8:1234:5678:11:2233:4455:6677]:32853")),
    ] {
        assert_eq!(
            frame::next(bytes),
            Frame::Whole {
                length: bytes.len(),
                padding: 0
            }
        );
        let message = Message::from_bytes(bytes).unwrap();
        assert_eq!(message.validate_integrity(&key).unwrap(), IntegrityAlgorithm::Sha1);
        let address = message.attribute::<XorMappedAddress>().ok();
        let address = address.map(|address| address.addr(message.transaction_id()));
        assert_eq!(address, mapped.map(|text| text.parse().unwrap()));
    }
}

#[test]
fn the_long_term_message_is_read_and_verified() {
    let message = Message::from_bytes(LONG_TERM).unwrap();
    // The user name is "matrix" in katakana; the password is the one after SASLprep.
    let user = "\u{30DE}\u{30C8}\u{30EA}\u{30C3}\u{30AF}\u{30B9}".to_owned();
    let credentials = LongTermKeyCredentials::new(user, "TheMatrIX".into(), "example.org".into());
    assert_eq!(
        message.validate_integrity(&credentials.into()).unwrap(),
        IntegrityAlgorithm::Sha1
    );
}

#[test]
fn the_relay_answers_them() {
    use relay::core::{Client, Transport};
    let mut world = common::world::World::default();
    let client = Client::new(
        "192.0.2.1:32853".parse().unwrap(),
        "20.1.2.3:3478".parse().unwrap(),
        Transport::Udp,
    );
    // PRIORITY must be understood, and a STUN server does not.
    assert_eq!(code(&world.send(client, REQUEST).answer()), Some(420));
    let answer = world.send(client, LONG_TERM).answer();
    let message = Message::from_bytes(&answer).unwrap();
    let mapped = message.attribute::<XorMappedAddress>().unwrap();
    assert_eq!(mapped.addr(message.transaction_id()), client.address);
    for bytes in [RESPONSE_V4, RESPONSE_V6] {
        assert_eq!(world.send(client, bytes), common::world::Outcome::Nothing);
    }
}
