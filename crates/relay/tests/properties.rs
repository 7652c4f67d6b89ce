//! No bytes that anybody can send make the relay panic, grow or relay for strangers.
#![allow(missing_docs, clippy::unwrap_used)]

mod common;

use common::message::*;
use common::world::*;
use proptest::collection::vec;
use proptest::prelude::*;
use relay::core::frame::{self, Frame, MAX_FRAME};
use relay::core::{Client, Transport};
use stun_types::message::*;
use stun_types::prelude::*;
use turn_types::message::*;

/// Bytes that often look like STUN: a header that is right, then attributes whose types are known and whose lengths lie.
fn stun_like() -> impl Strategy<Value = Vec<u8>> {
    let known = prop_oneof![
        Just(0x0001_u16),
        Just(0x0003),
        Just(0x0006),
        Just(0x0008),
        Just(0x0009),
        Just(0x000a),
        Just(0x000c),
        Just(0x000d),
        Just(0x0012),
        Just(0x0013),
        Just(0x0014),
        Just(0x0015),
        Just(0x0016),
        Just(0x0017),
        Just(0x0018),
        Just(0x0019),
        Just(0x001a),
        Just(0x001c),
        Just(0x0020),
        Just(0x0022),
        Just(0x8000),
        Just(0x8022),
        Just(0x8028),
        any::<u16>(),
    ];
    let attribute = (
        known,
        vec(any::<u8>(), 0..40),
        prop::option::weighted(0.1, any::<u16>()),
    );
    let kind = prop_oneof![
        Just(0x0001_u16),
        Just(0x0003),
        Just(0x0004),
        Just(0x0008),
        Just(0x0009),
        Just(0x0016),
        Just(0x0017),
        Just(0x0011),
        Just(0x0103),
        any::<u16>(),
    ];
    (
        kind,
        vec(attribute, 0..12),
        prop::option::weighted(0.1, any::<u16>()),
        any::<[u8; 12]>(),
    )
        .prop_map(|(kind, attributes, lie, id)| {
            let mut body = Vec::new();
            for (kind, value, lie) in attributes {
                body.extend(kind.to_be_bytes());
                let length = lie.unwrap_or(u16::try_from(value.len()).unwrap());
                body.extend(length.to_be_bytes());
                body.extend(&value);
                body.resize(body.len().next_multiple_of(4), 0);
            }
            let length = lie.unwrap_or(u16::try_from(body.len()).unwrap());
            let mut bytes = kind.to_be_bytes().to_vec();
            bytes.extend(length.to_be_bytes());
            bytes.extend(0x2112_a442_u32.to_be_bytes());
            bytes.extend(id);
            bytes.extend(body);
            bytes
        })
}

fn anything() -> impl Strategy<Value = Vec<u8>> {
    prop_oneof![
        vec(any::<u8>(), 0..200),
        stun_like(),
        (0x4000..0x8000_u16, any::<u16>(), vec(any::<u8>(), 0..100)).prop_map(|(number, length, payload)| {
            let mut bytes = number.to_be_bytes().to_vec();
            bytes.extend(length.to_be_bytes());
            bytes.extend(payload);
            bytes
        }),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 500, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn strangers_get_answers_and_nothing_else(inputs in vec(anything(), 1..8), stream in any::<bool>()) {
        let mut world = World::default();
        let transport = if stream { Transport::Stream(1) } else { Transport::Udp };
        let client = Client::new("30.0.0.1:5000".parse().unwrap(), "20.1.2.3:3478".parse().unwrap(), transport);
        for input in inputs {
            match world.send(client, &input) {
                Outcome::Nothing | Outcome::Wait => {}
                Outcome::Answer(answer) => {
                    prop_assert!(Message::from_bytes(&answer).unwrap().is_response());
                    prop_assert!(answer.len() <= 2 * input.len().max(28));
                }
                other => prop_assert!(false, "{other:?}"),
            }
        }
        prop_assert_eq!(world.server.stats().allocations, 0);
    }

    #[test]
    fn whoever_is_inside_breaks_nothing_either(inputs in vec(anything(), 1..16), signed in vec(stun_like(), 0..4)) {
        let mut world = World::default();
        let caller = Caller::allocated(&mut world, "30.0.0.1:5000", "seat");
        let peer = Caller::allocated(&mut world, "30.0.0.2:5000", "peer");
        prop_assert_eq!(peer.bind(&mut world, 0x4000, &caller.at()), None);
        prop_assert_eq!(caller.bind(&mut world, 0x4000, &peer.at()), None);
        for input in inputs {
            if let Outcome::Delivered(to, bytes) = world.send(caller.client, &input) {
                prop_assert!([caller.client, peer.client].contains(&to));
                prop_assert!(bytes.len() <= input.len() + 36);
            }
        }
        // The same attributes under a good signature.
        for input in signed {
            let Ok(message) = Message::from_bytes(&input) else { continue };
            let raw: Vec<_> = message.iter_attributes().map(|(_, raw)| raw).collect();
            for method in [ALLOCATE, CREATE_PERMISSION, CHANNEL_BIND, REFRESH] {
                let id = world.id();
                let bytes = request(id, method, Some(&caller.login), |message, _| {
                    for raw in &raw {
                        if ![0x0006, 0x0008, 0x0014, 0x0015, 0x001c, 0x8028].contains(&raw.get_type().value()) {
                            message.add_attribute(raw).unwrap();
                        }
                    }
                });
                let outcome = world.send(caller.client, &bytes);
                prop_assert!(matches!(outcome, Outcome::Answer(_)), "{outcome:?}");
            }
        }
        prop_assert!(world.server.stats().allocations <= 2);
    }

    #[test]
    fn a_stream_is_cut_into_the_same_frames_however_it_arrives(
        payloads in vec((0x4000..0x8000_u16, vec(any::<u8>(), 0..50)), 0..10),
        cuts in vec(1..40_usize, 1..40),
    ) {
        let mut bytes = Vec::new();
        let whole: Vec<_> = payloads.iter().map(|(number, payload)| channel_data(*number, payload)).collect();
        for frame in &whole {
            bytes.extend(frame);
            bytes.resize(bytes.len().next_multiple_of(4), 0);
        }
        let (mut seen, mut have, mut cuts) = (Vec::new(), Vec::new(), cuts.into_iter().cycle());
        let mut rest = &bytes[..];
        loop {
            match frame::next(&have) {
                Frame::Whole { length, padding } => {
                    seen.push(have[..length].to_vec());
                    have.drain(..length + padding);
                    continue;
                }
                Frame::Partial(needed) => prop_assert!(needed > have.len() && needed <= MAX_FRAME),
                Frame::Broken => prop_assert!(false, "broken"),
            }
            if rest.is_empty() { break }
            let cut = cuts.next().unwrap().min(rest.len());
            have.extend(&rest[..cut]);
            rest = &rest[cut..];
        }
        prop_assert_eq!(seen, whole);
    }

    #[test]
    fn any_start_of_a_stream_has_a_bounded_frame(start in any::<(u8, u8, u16)>(), rest in vec(any::<u8>(), 0..64), cut in 0..64_usize) {
        let mut bytes = vec![start.0, start.1];
        bytes.extend(start.2.to_be_bytes());
        bytes.extend(rest);
        bytes.truncate(cut);
        let known = frame::is_stun(&bytes);
        match frame::next(&bytes) {
            Frame::Partial(needed) => prop_assert!(needed > bytes.len() && needed <= MAX_FRAME),
            Frame::Whole { length, padding } => prop_assert!(length + padding <= bytes.len() && length >= 4),
            Frame::Broken => prop_assert!(known != Some(true) || bytes[3] % 4 != 0),
        }
    }

    #[test]
    fn what_a_peer_sends_is_what_the_client_reads(
        payload in vec(any::<u8>(), 0..1500),
        stream in any::<bool>(),
        channel in any::<bool>(),
    ) {
        let mut world = World::default();
        let transport = if stream { Transport::Stream(1) } else { Transport::Udp };
        let mut caller = Caller::over(&mut world, "30.0.0.1:5000", "seat", transport);
        caller.allocate(&mut world);
        let peer = Caller::allocated(&mut world, "30.0.0.2:5000", "peer");
        if channel {
            prop_assert_eq!(caller.bind(&mut world, 0x4321, &peer.at()), None);
        }
        let outcome = peer.send(&mut world, &caller.at(), &payload);
        let Outcome::Delivered(to, bytes) = outcome else { panic!("{outcome:?}") };
        prop_assert_eq!(to, caller.client);
        prop_assert!(bytes.len().is_multiple_of(4) || (channel && !stream));
        let expected = if channel {
            FromPeer::Channel(0x4321, payload)
        } else {
            FromPeer::Indication(peer.relayed(), payload)
        };
        prop_assert_eq!(from_peer(&bytes), expected);
    }

    #[test]
    fn no_name_that_can_be_sent_is_admitted_without_being_issued(name in "[ -~]{0,40}|[0-9]{1,20}:[a-z]{1,5}") {
        let mut world = World::default();
        let mut caller = Caller::new(&mut world, "30.0.0.1:5000", "seat");
        caller.login.username = name;
        prop_assert_eq!(code(&caller.allocate(&mut world)), Some(401));
    }
}

#[test]
fn the_longest_datagram_fits_a_channel_and_not_an_indication() {
    let mut world = World::default();
    let caller = Caller::allocated(&mut world, "30.0.0.1:5000", "seat");
    let peer = Caller::allocated(&mut world, "30.0.0.2:5000", "peer");
    assert_eq!(peer.bind(&mut world, 0x4000, &caller.at()), None);
    let longest = vec![7; 65_535];
    assert_eq!(peer.send_channel(&mut world, 0x4000, &longest), Outcome::Nothing);
    assert_eq!(caller.bind(&mut world, 0x4000, &peer.at()), None);
    assert_eq!(
        peer.send_channel(&mut world, 0x4000, &longest),
        Outcome::Delivered(caller.client, channel_data(0x4000, &longest))
    );
}
