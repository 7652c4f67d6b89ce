//! The rules of RFC 8489 and RFC 8656, one after the other, in virtual time.
#![allow(missing_docs, clippy::unwrap_used)]

mod common;

use common::message::*;
use common::world::*;
use relay::core::{Action, Bandwidth, Client, Transport};
use stun_types::attribute::*;
use stun_types::message::*;
use turn_types::attribute::*;
use turn_types::message::*;

const PEER: &str = "9.9.9.9:40000";
const OTHER_PORT: &str = "9.9.9.9:40001";
const OTHER: &str = "8.8.8.8:40000";

fn caller(world: &mut World) -> Caller {
    Caller::allocated(world, "30.0.0.1:5000", "seat")
}

#[test]
fn a_binding_request_is_answered_with_the_clients_address() {
    let mut world = World::default();
    for address in ["30.0.0.1:5000", "[2a00:2::1]:5000"] {
        let client = Client::new(
            address.parse().unwrap(),
            "20.1.2.3:3478".parse().unwrap(),
            Transport::Udp,
        );
        let answer = world.send(client, &request(9, BINDING, None, |_, _| {})).answer();
        let message = Message::from_bytes(&answer).unwrap();
        assert_eq!(message.transaction_id(), 9.into());
        let mapped = message
            .attribute::<XorMappedAddress>()
            .unwrap()
            .addr(message.transaction_id());
        assert_eq!(mapped, address.parse().unwrap());
        assert!(!message.has_attribute(Fingerprint::TYPE), "not asked for");
    }
    assert_eq!(world.server.stats().bindings, 2);
}

#[test]
fn an_ipv4_client_of_an_ipv6_socket_is_an_ipv4_client() {
    let mut world = World::default();
    let client = Client::new(
        "[::ffff:30.0.0.1]:5000".parse().unwrap(),
        "[::]:3478".parse().unwrap(),
        Transport::Udp,
    );
    let answer = world.send(client, &request(9, BINDING, None, |_, _| {})).answer();
    let message = Message::from_bytes(&answer).unwrap();
    let mapped = message
        .attribute::<XorMappedAddress>()
        .unwrap()
        .addr(message.transaction_id());
    assert_eq!(mapped, "30.0.0.1:5000".parse().unwrap());
}

#[test]
fn who_sends_a_fingerprint_gets_one_and_a_wrong_one_is_not_answered() {
    let mut world = World::default();
    let client = Caller::new(&mut world, "30.0.0.1:5000", "seat").client;
    let mut asked = request(9, BINDING, None, |message, _| message.add_fingerprint().unwrap());
    let answer = world.send(client, &asked).answer();
    assert!(Message::from_bytes(&answer).unwrap().has_attribute(Fingerprint::TYPE));
    *asked.last_mut().unwrap() ^= 1;
    assert_eq!(world.send(client, &asked), Outcome::Nothing);
}

#[test]
fn attributes_that_must_be_understood_and_are_not_are_named() {
    let mut world = World::default();
    let mut caller = Caller::new(&mut world, "30.0.0.1:5000", "seat");
    let unknown = AttributeType::new(0x7f01);
    let answer = caller.allocate_with(&mut world, |message| {
        message.add_attribute(&RawAttribute::new(unknown, &[0; 4])).unwrap();
        message.add_attribute(&DontFragment::new()).unwrap();
    });
    assert_eq!(code(&answer), Some(420));
    let named = Message::from_bytes(&answer)
        .unwrap()
        .attribute::<UnknownAttributes>()
        .unwrap();
    assert!(named.has_attribute(unknown) && named.has_attribute(DontFragment::TYPE));
    // Those that need not be understood do no harm.
    let optional = AttributeType::new(0xff01);
    let answer = caller.allocate_with(&mut world, |message| {
        message.add_attribute(&RawAttribute::new(optional, &[0; 4])).unwrap();
    });
    assert_eq!(code(&answer), None);
}

#[test]
fn an_allocate_is_answered_with_both_addresses_a_lifetime_and_a_signature() {
    let mut world = World::default();
    let mut caller = Caller::new(&mut world, "30.0.0.1:5000", "seat");
    let answer = caller.allocate(&mut world);
    let (relayed, mapped) = addresses(&answer);
    assert_eq!(relayed, format!("{RELAY_V4}:50001").parse().unwrap());
    assert_eq!(mapped, "30.0.0.1:5000".parse().unwrap());
    assert_eq!(lifetime(&answer), 600);
    let message = Message::from_bytes(&answer).unwrap();
    assert!(message.validate_integrity(&caller.login.key().into()).is_ok());
    assert_eq!((world.server.stats().allocations, world.server.stats().opened), (1, 1));
}

#[test]
fn a_request_that_is_not_signed_is_challenged_and_one_that_lacks_a_part_is_bad() {
    let mut world = World::default();
    let caller = Caller::new(&mut world, "30.0.0.1:5000", "seat");
    for method in [ALLOCATE, REFRESH, CREATE_PERMISSION, CHANNEL_BIND] {
        let answer = world.send(caller.client, &request(2, method, None, |_, _| {})).answer();
        assert_eq!(code(&answer), Some(401));
        assert_eq!(challenge(&answer).0, "parlour");
        let unnamed = request(2, method, None, |message, _| {
            message
                .add_message_integrity(&caller.login.key().into(), IntegrityAlgorithm::Sha1)
                .unwrap();
        });
        assert_eq!(code(&world.send(caller.client, &unnamed).answer()), Some(400));
    }
}

#[test]
fn a_wrong_nonce_is_stale_and_the_answer_brings_a_good_one() {
    let mut world = World::default();
    let mut caller = Caller::new(&mut world, "30.0.0.1:5000", "seat");
    caller.login.nonce = "made up".into();
    let answer = caller.allocate(&mut world);
    assert_eq!(code(&answer), Some(438));
    caller.login.nonce = challenge(&answer).1;
    assert_eq!(code(&caller.allocate(&mut world)), None);
}

#[test]
fn a_nonce_grows_stale_and_the_allocation_does_not_mind() {
    let mut world = World::default();
    let mut caller = caller(&mut world);
    assert_eq!(code(&caller.refresh(&mut world, Some(3600))), None);
    world.pass(1800);
    assert_eq!(code(&caller.refresh(&mut world, Some(3600))), None);
    world.pass(1800);
    let answer = caller.refresh(&mut world, Some(3600));
    assert_eq!(code(&answer), Some(438));
    caller.login.nonce = challenge(&answer).1;
    assert_eq!(code(&caller.refresh(&mut world, None)), None);
}

#[test]
fn a_nonce_of_another_address_is_stale() {
    let mut world = World::default();
    let mut thief = Caller::new(&mut world, "30.0.0.1:5000", "seat");
    thief.client = Caller::new(&mut world, "30.0.0.2:5000", "seat").client;
    assert_eq!(code(&thief.allocate(&mut world)), Some(438));
}

#[test]
fn wrong_passwords_names_and_realms_are_unauthorized() {
    let mut world = World::default();
    let good = Caller::new(&mut world, "30.0.0.1:5000", "seat");
    let changes: [fn(&mut Login); 4] = [
        |login| login.password = "wrong".into(),
        |login| login.realm = "elsewhere".into(),
        |login| login.username = "seat".into(),
        |login| login.username = login.username.replace("seat", "taes"),
    ];
    for change in changes {
        let mut caller = good.clone();
        change(&mut caller.login);
        assert_eq!(code(&caller.allocate(&mut world)), Some(401));
    }
    assert_eq!(world.server.stats().allocations, 0);
}

#[test]
fn a_longer_expiry_cannot_be_made_up() {
    let mut world = World::default();
    let mut caller = Caller::new(&mut world, "30.0.0.1:5000", "seat");
    caller.login.username = "9999999999:seat".into();
    assert_eq!(code(&caller.allocate(&mut world)), Some(401));
}

#[test]
fn expired_credentials_open_nothing_but_what_is_open_lives_on() {
    let mut world = World::default();
    let mut early = caller(&mut world);
    let mut late = Caller::new(&mut world, "30.0.0.2:5000", "seat");
    assert_eq!(code(&early.refresh(&mut world, Some(3600))), None);
    world.pass(3590);
    early.renew(&mut world);
    assert_eq!(code(&early.refresh(&mut world, Some(3600))), None);
    world.pass(10);
    early.renew(&mut world);
    late.renew(&mut world);
    assert_eq!(code(&late.allocate(&mut world)), Some(401), "expired");
    assert_eq!(
        code(&early.refresh(&mut world, Some(3600))),
        None,
        "a call does not end because it is long"
    );
    assert_eq!(early.permit(&mut world, &["9.9.9.9"]), None);
    assert_eq!(early.bind(&mut world, 0x4000, PEER), None);
}

#[test]
fn the_lifetime_is_ten_minutes_or_what_is_asked_for_up_to_an_hour() {
    let mut world = World::default();
    for (n, (asked, granted)) in [
        (0, 600),
        (1, 600),
        (600, 600),
        (601, 601),
        (3600, 3600),
        (u32::MAX, 3600),
    ]
    .into_iter()
    .enumerate()
    {
        let mut caller = Caller::new(&mut world, &format!("30.0.{n}.1:5000"), &format!("seat-{n}"));
        let answer = caller.allocate_with(&mut world, |message| {
            message.add_attribute(&Lifetime::new(asked)).unwrap();
        });
        assert_eq!(lifetime(&answer), granted);
        if asked > 0 {
            assert_eq!(lifetime(&caller.refresh(&mut world, Some(asked))), granted);
        }
        assert_eq!(lifetime(&caller.refresh(&mut world, None)), 600);
    }
}

#[test]
fn an_allocation_expires_at_its_time_swept_or_not() {
    for swept in [true, false] {
        let mut world = World::default();
        let caller = caller(&mut world);
        assert_eq!(caller.permit(&mut world, &["9.9.9.9"]), None);
        assert_eq!(caller.bind(&mut world, 0x4000, PEER), None);
        world.pass(299);
        assert_eq!(caller.permit(&mut world, &["9.9.9.9"]), None);
        world.pass(299);
        assert_eq!(caller.permit(&mut world, &["9.9.9.9"]), None);
        world.pass(1);
        world.server.expire(world.now);
        assert_eq!(caller.send(&mut world, PEER, b"x"), caller.sends_to(PEER, b"x"));
        world.pass(1);
        if swept {
            world.server.expire(world.now);
            assert_eq!(world.server.stats().allocations, 0);
        }
        assert_eq!(caller.send(&mut world, PEER, b"x"), Outcome::Nothing);
        assert_eq!(caller.send_channel(&mut world, 0x4000, b"x"), Outcome::Nothing);
        assert_eq!(world.peer_sends(&caller, PEER, b"x"), None);
        assert_eq!(code(&caller.refresh(&mut world, None)), Some(437));
        assert!(
            world.ports[0].0.load(std::sync::atomic::Ordering::Relaxed),
            "its socket is closed"
        );
    }
}

#[test]
fn a_refresh_of_zero_ends_the_allocation_and_it_can_be_made_anew() {
    let mut world = World::default();
    let mut caller = caller(&mut world);
    assert_eq!(lifetime(&caller.refresh(&mut world, Some(0))), 0);
    assert!(world.ports[0].0.load(std::sync::atomic::Ordering::Relaxed));
    assert_eq!(
        code(&caller.refresh(&mut world, Some(0))),
        Some(437),
        "a client takes this for success"
    );
    assert_eq!(code(&caller.allocate(&mut world)), None);
}

#[test]
fn an_allocate_that_is_sent_again_gets_the_same_answer_and_another_is_a_mismatch() {
    let mut world = World::default();
    let mut caller = Caller::new(&mut world, "30.0.0.1:5000", "seat");
    let asked = request(77, ALLOCATE, Some(&caller.login), |message, _| {
        message.add_attribute(&RequestedTransport::new(17)).unwrap();
    });
    let first = world.send(caller.client, &asked).answer();
    assert_eq!(world.send(caller.client, &asked).answer(), first);
    assert_eq!(world.server.stats().opened, 1);
    assert_eq!(code(&caller.allocate(&mut world)), Some(437));
}

#[test]
fn nothing_can_be_done_without_an_allocation() {
    let mut world = World::default();
    let caller = Caller::new(&mut world, "30.0.0.1:5000", "seat");
    assert_eq!(code(&caller.refresh(&mut world, None)), Some(437));
    assert_eq!(caller.permit(&mut world, &["9.9.9.9"]), Some(437));
    assert_eq!(caller.bind(&mut world, 0x4000, PEER), Some(437));
    assert_eq!(caller.send(&mut world, PEER, b"x"), Outcome::Nothing);
    assert_eq!(caller.send_channel(&mut world, 0x4000, b"x"), Outcome::Nothing);
}

#[test]
fn another_user_at_the_same_address_has_the_wrong_credentials() {
    let mut world = World::default();
    let mine = caller(&mut world);
    let mut theirs = Caller::new(&mut world, "30.0.0.1:5000", "another");
    assert_eq!(theirs.client, mine.client);
    assert_eq!(code(&theirs.refresh(&mut world, Some(0))), Some(441));
    assert_eq!(theirs.permit(&mut world, &["9.9.9.9"]), Some(441));
    assert_eq!(theirs.bind(&mut world, 0x4000, PEER), Some(441));
    assert_eq!(code(&theirs.allocate(&mut world)), Some(437));
    assert_eq!(code(&mine.refresh(&mut world, None)), None);
}

#[test]
fn only_udp_can_be_relayed() {
    let mut world = World::default();
    let caller = Caller::new(&mut world, "30.0.0.1:5000", "seat");
    let tcp = caller.ask(&mut world, ALLOCATE, |message, _| {
        message.add_attribute(&RequestedTransport::new(6)).unwrap();
    });
    assert_eq!(code(&tcp), Some(442));
    assert_eq!(
        code(&caller.ask(&mut world, ALLOCATE, |_, _| {})),
        Some(400),
        "it must be said"
    );
}

#[test]
fn the_family_can_be_chosen_and_one_without_an_address_is_not_supported() {
    let mut world = World::default();
    let v6 = |message: &mut MessageWriteVec| {
        message
            .add_attribute(&RequestedAddressFamily::new(stun_types::AddressFamily::IPV6))
            .unwrap();
    };
    let mut caller = Caller::new(&mut world, "30.0.0.1:5000", "seat");
    let answer = caller.allocate_with(&mut world, v6);
    assert_eq!(addresses(&answer).0, format!("[{RELAY_V6}]:50001").parse().unwrap());
    assert_eq!(caller.permit(&mut world, &["2a00:3::1"]), None);
    assert_eq!(caller.permit(&mut world, &["9.9.9.9"]), Some(443));
    assert_eq!(caller.bind(&mut world, 0x4000, PEER), Some(443));
    assert_eq!(caller.bind(&mut world, 0x4000, "[2a00:3::1]:4000"), None);
    let answer = world.peer_sends(&caller, "[2a00:3::1]:4001", b"abc").unwrap();
    assert_eq!(
        from_peer(&answer),
        FromPeer::Indication("[2a00:3::1]:4001".parse().unwrap(), b"abc".to_vec())
    );

    let wrong_family = caller.ask(&mut world, REFRESH, |message, _| {
        message
            .add_attribute(&RequestedAddressFamily::new(stun_types::AddressFamily::IPV4))
            .unwrap();
    });
    assert_eq!(code(&wrong_family), Some(443));
    let unknown = |message: &mut MessageWriteVec| {
        message
            .add_attribute(&RawAttribute::new(RequestedAddressFamily::TYPE, &[3, 0, 0, 0]))
            .unwrap();
    };
    assert_eq!(
        code(&Caller::new(&mut world, "30.0.0.2:5000", "seat").allocate_with(&mut world, unknown)),
        Some(440)
    );

    let mut world = World::with(|settings| settings.policy.external.truncate(1));
    assert_eq!(
        code(&Caller::new(&mut world, "30.0.0.1:5000", "seat").allocate_with(&mut world, v6)),
        Some(440)
    );
}

#[test]
fn a_second_address_of_the_other_family_is_refused_and_the_first_is_given() {
    let mut world = World::default();
    let mut caller = Caller::new(&mut world, "30.0.0.1:5000", "seat");
    let additional = AdditionalAddressFamily::new(stun_types::AddressFamily::IPV6);
    let answer = caller.allocate_with(&mut world, |message| message.add_attribute(&additional).unwrap());
    assert!(addresses(&answer).0.is_ipv4());
    let error = Message::from_bytes(&answer)
        .unwrap()
        .attribute::<AddressErrorCode>()
        .unwrap();
    assert_eq!(
        (error.family(), error.error().code()),
        (stun_types::AddressFamily::IPV6, 440)
    );

    let mut caller = Caller::new(&mut world, "30.0.0.2:5000", "seat");
    let both = caller.allocate_with(&mut world, |message| {
        message.add_attribute(&additional).unwrap();
        message
            .add_attribute(&RequestedAddressFamily::new(stun_types::AddressFamily::IPV4))
            .unwrap();
    });
    assert_eq!(code(&both), Some(400));
}

#[test]
fn an_even_port_can_be_had_but_not_the_next_one_with_it() {
    let mut world = World::default();
    let _odd = caller(&mut world);
    let mut caller = Caller::new(&mut world, "30.0.0.2:5000", "seat");
    let reserved = caller.allocate_with(&mut world, |message| {
        message.add_attribute(&EvenPort::new(true)).unwrap();
    });
    assert_eq!(code(&reserved), Some(508));
    let token = caller.allocate_with(&mut world, |message| {
        message.add_attribute(&ReservationToken::new(5)).unwrap();
    });
    assert_eq!(code(&token), Some(508));
    let both = caller.allocate_with(&mut world, |message| {
        message.add_attribute(&ReservationToken::new(5)).unwrap();
        message.add_attribute(&EvenPort::new(false)).unwrap();
    });
    assert_eq!(code(&both), Some(400));
    let even = caller.allocate_with(&mut world, |message| {
        message.add_attribute(&EvenPort::new(false)).unwrap();
    });
    assert_eq!(addresses(&even).0.port() % 2, 0);
}

#[test]
fn without_a_socket_there_is_no_capacity_and_no_place_is_lost() {
    let mut world = World::default();
    let mut caller = Caller::new(&mut world, "30.0.0.1:5000", "seat");
    world.no_sockets = true;
    for _ in 0..10 {
        assert_eq!(code(&caller.allocate(&mut world)), Some(508));
    }
    world.no_sockets = false;
    assert_eq!(code(&caller.allocate(&mut world)), None);
}

#[test]
fn a_seat_has_a_quota_that_is_given_back() {
    let mut world = World::default();
    let callers: Vec<_> = (1..=3)
        .map(|n| Caller::allocated(&mut world, &format!("30.0.0.{n}:5000"), "seat"))
        .collect();
    let mut fourth = Caller::new(&mut world, "30.0.0.4:5000", "seat");
    assert_eq!(code(&fourth.allocate(&mut world)), Some(486));
    assert_eq!(
        code(&Caller::new(&mut world, "30.0.0.5:5000", "another").allocate(&mut world)),
        None
    );
    assert_eq!(code(&callers[0].refresh(&mut world, Some(0))), None);
    assert_eq!(code(&fourth.allocate(&mut world)), None);
}

#[test]
fn an_address_has_a_quota_and_so_has_the_relay() {
    let mut world = World::default();
    for n in 1..=5 {
        let _kept = Caller::allocated(&mut world, &format!("30.0.0.1:{n}000"), &format!("seat-{n}"));
    }
    assert_eq!(
        code(&Caller::new(&mut world, "30.0.0.1:6000", "seat-6").allocate(&mut world)),
        Some(486)
    );
    for n in 6..=7 {
        let _kept = Caller::allocated(&mut world, &format!("30.0.0.{n}:5000"), &format!("seat-{n}"));
    }
    assert_eq!(
        code(&Caller::new(&mut world, "30.0.0.8:5000", "seat-8").allocate(&mut world)),
        Some(508)
    );
    world.pass(601);
    world.server.expire(world.now);
    assert_eq!(
        code(&Caller::new(&mut world, "30.0.0.8:5000", "seat-8").allocate(&mut world)),
        None
    );
}

#[test]
fn without_a_permission_nothing_passes_in_either_direction() {
    let mut world = World::default();
    let caller = caller(&mut world);
    assert_eq!(caller.send(&mut world, PEER, b"x"), Outcome::Nothing);
    assert_eq!(world.peer_sends(&caller, PEER, b"x"), None);
    assert_eq!(caller.permit(&mut world, &["9.9.9.9"]), None);
    assert_eq!(caller.send(&mut world, PEER, b"x"), caller.sends_to(PEER, b"x"));
    let got = world.peer_sends(&caller, PEER, b"abcde").unwrap();
    assert_eq!(
        from_peer(&got),
        FromPeer::Indication(PEER.parse().unwrap(), b"abcde".to_vec())
    );
    assert_eq!(
        caller.send(&mut world, OTHER, b"x"),
        Outcome::Nothing,
        "another address"
    );
    assert_eq!(world.peer_sends(&caller, OTHER, b"x"), None);
    assert_eq!(
        caller.send(&mut world, OTHER_PORT, b"x"),
        caller.sends_to(OTHER_PORT, b"x"),
        "ports do not matter"
    );
    assert!(world.peer_sends(&caller, OTHER_PORT, b"x").is_some());
    assert_eq!(world.server.stats().dropped.permission, 4);
}

#[test]
fn a_permission_ends_after_five_minutes_in_both_directions_whatever_is_sent() {
    let mut world = World::default();
    let caller = caller(&mut world);
    assert_eq!(caller.permit(&mut world, &["9.9.9.9"]), None);
    world.pass(299);
    assert!(world.peer_sends(&caller, PEER, b"x").is_some());
    assert_eq!(caller.send(&mut world, PEER, b"x"), caller.sends_to(PEER, b"x"));
    world.pass(1);
    assert_eq!(world.peer_sends(&caller, PEER, b"x"), None, "use does not prolong it");
    assert_eq!(caller.send(&mut world, PEER, b"x"), Outcome::Nothing);
    assert_eq!(caller.permit(&mut world, &["9.9.9.9"]), None);
    assert!(world.peer_sends(&caller, PEER, b"x").is_some());
}

#[test]
fn permissions_are_made_all_or_none_and_are_bounded() {
    let mut world = World::default();
    let caller = caller(&mut world);
    assert_eq!(caller.permit(&mut world, &[]), Some(400));
    assert_eq!(caller.permit(&mut world, &["9.9.9.9", "10.0.0.1"]), Some(403));
    assert_eq!(caller.send(&mut world, PEER, b"x"), Outcome::Nothing, "none was made");
    assert_eq!(
        caller.permit(&mut world, &["9.9.9.1", "9.9.9.2", "9.9.9.3", "9.9.9.3"]),
        None
    );
    assert_eq!(caller.permit(&mut world, &["9.9.9.4", "9.9.9.5"]), Some(508));
    assert_eq!(caller.permit(&mut world, &["9.9.9.4", "9.9.9.1"]), None);
    assert_eq!(caller.permit(&mut world, &["9.9.9.5"]), Some(508));
    assert_eq!(
        caller.bind(&mut world, 0x4000, "9.9.9.5:4000"),
        Some(508),
        "a channel needs one too"
    );
    assert_eq!(caller.bind(&mut world, 0x4000, "9.9.9.4:4000"), None);
    world.pass(300);
    assert_eq!(
        caller.permit(&mut world, &["9.9.9.5"]),
        None,
        "those that expired count no more"
    );
}

#[test]
fn a_channel_carries_both_ways_and_brings_its_permission() {
    let mut world = World::default();
    let caller = caller(&mut world);
    assert_eq!(
        caller.send_channel(&mut world, 0x4001, b"x"),
        Outcome::Nothing,
        "not bound yet"
    );
    assert_eq!(caller.bind(&mut world, 0x4001, PEER), None);
    assert_eq!(
        caller.send_channel(&mut world, 0x4001, b"abc"),
        caller.sends_to(PEER, b"abc")
    );
    assert_eq!(
        caller.send_channel(&mut world, 0x4001, b""),
        caller.sends_to(PEER, b""),
        "empty datagrams are datagrams"
    );
    let got = world.peer_sends(&caller, PEER, b"abcde").unwrap();
    assert_eq!(got, channel_data(0x4001, b"abcde"), "without padding in a datagram");
    let got = world.peer_sends(&caller, OTHER_PORT, b"x").unwrap();
    assert_eq!(
        from_peer(&got),
        FromPeer::Indication(OTHER_PORT.parse().unwrap(), b"x".to_vec())
    );
    let stats = world.server.stats();
    assert_eq!((stats.to_peers.packets, stats.to_peers.bytes), (2, 3));
    assert_eq!((stats.to_clients.packets, stats.to_clients.bytes), (2, 6));
}

#[test]
fn a_channel_is_padded_in_a_stream() {
    let mut world = World::default();
    let mut caller = Caller::over(&mut world, "30.0.0.1:5000", "seat", Transport::Stream(1));
    assert_eq!(code(&caller.allocate(&mut world)), None);
    assert_eq!(caller.bind(&mut world, 0x4001, PEER), None);
    let mut padded = channel_data(0x4001, b"abcde");
    padded.extend([0; 3]);
    assert_eq!(world.peer_sends(&caller, PEER, b"abcde"), Some(padded));
}

#[test]
fn a_channel_and_its_peer_belong_together() {
    let mut world = World::default();
    let caller = caller(&mut world);
    assert_eq!(caller.bind(&mut world, 0x4000, PEER), None);
    assert_eq!(caller.bind(&mut world, 0x4000, PEER), None, "again is a refresh");
    assert_eq!(
        caller.bind(&mut world, 0x4000, OTHER),
        Some(400),
        "the number is another peer's"
    );
    assert_eq!(
        caller.bind(&mut world, 0x4001, PEER),
        Some(400),
        "the peer has another number"
    );
    assert_eq!(
        caller.bind(&mut world, 0x4001, OTHER_PORT),
        None,
        "another port is another peer"
    );
    assert_eq!(caller.bind(&mut world, 0x4002, OTHER), None);
    assert_eq!(caller.bind(&mut world, 0x4003, "9.9.9.1:4000"), Some(508));
    for number in [0, 0x3fff, 0x8000, 0xffff] {
        assert_eq!(
            caller.bind(&mut world, number, "9.9.9.1:4000"),
            Some(400),
            "{number:#x} is no channel"
        );
    }
}

#[test]
fn a_refused_rebind_changes_nothing() {
    let mut world = World::default();
    let caller = caller(&mut world);
    assert_eq!(caller.bind(&mut world, 0x4000, PEER), None);
    world.pass(200);
    assert_eq!(caller.bind(&mut world, 0x4000, OTHER), Some(400));
    assert_eq!(
        caller.send(&mut world, OTHER, b"x"),
        Outcome::Nothing,
        "no permission came of it"
    );
    assert_eq!(
        caller.send_channel(&mut world, 0x4000, b"x"),
        caller.sends_to(PEER, b"x")
    );
    world.pass(100);
    assert_eq!(
        caller.send_channel(&mut world, 0x4000, b"x"),
        Outcome::Nothing,
        "nor was the old one prolonged"
    );
}

#[test]
fn a_channel_without_its_parts_is_bad() {
    let mut world = World::default();
    let caller = caller(&mut world);
    let no_peer = caller.ask(&mut world, CHANNEL_BIND, |message, _| {
        message.add_attribute(&ChannelNumber::new(0x4000)).unwrap();
    });
    assert_eq!(code(&no_peer), Some(400));
    let no_number = caller.ask(&mut world, CHANNEL_BIND, |message, id| {
        message
            .add_attribute(&XorPeerAddress::new(PEER.parse().unwrap(), id))
            .unwrap();
    });
    assert_eq!(code(&no_number), Some(400));
    let broken = caller.ask(&mut world, CHANNEL_BIND, |message, _| {
        message.add_attribute(&ChannelNumber::new(0x4000)).unwrap();
        message
            .add_attribute(&RawAttribute::new(XorPeerAddress::TYPE, &[0, 9, 0, 0]))
            .unwrap();
    });
    assert_eq!(code(&broken), Some(400));
}

#[test]
fn a_channels_permission_ends_before_the_channel_does() {
    let mut world = World::default();
    let caller = caller(&mut world);
    assert_eq!(code(&caller.refresh(&mut world, Some(3600))), None);
    assert_eq!(caller.bind(&mut world, 0x4000, PEER), None);
    world.pass(300);
    assert_eq!(caller.send_channel(&mut world, 0x4000, b"x"), Outcome::Nothing);
    assert_eq!(world.peer_sends(&caller, PEER, b"x"), None);
    assert_eq!(caller.permit(&mut world, &["9.9.9.9"]), None);
    assert_eq!(
        caller.send_channel(&mut world, 0x4000, b"x"),
        caller.sends_to(PEER, b"x")
    );
    world.pass(299);
    assert_eq!(world.peer_sends(&caller, PEER, b"x"), Some(channel_data(0x4000, b"x")));
    world.pass(1);
    assert_eq!(caller.permit(&mut world, &["9.9.9.9"]), None);
    assert_eq!(
        caller.send_channel(&mut world, 0x4000, b"x"),
        Outcome::Nothing,
        "the channel is over after ten minutes"
    );
    let got = world.peer_sends(&caller, PEER, b"x").unwrap();
    assert_eq!(
        from_peer(&got),
        FromPeer::Indication(PEER.parse().unwrap(), b"x".to_vec())
    );
    assert_eq!(caller.bind(&mut world, 0x4000, OTHER), None, "and its number is free");
}

#[test]
fn two_clients_of_one_relay_meet_without_the_network() {
    let mut world = World::default();
    let a = Caller::allocated(&mut world, "30.0.0.1:5000", "a");
    let b = Caller::allocated(&mut world, "30.0.0.2:5000", "b");
    let (at_a, at_b) = (a.relayed().to_string(), b.relayed().to_string());
    assert_eq!(
        a.permit(&mut world, &[RELAY_V4]),
        None,
        "the relay's own address is allowed"
    );
    assert_eq!(
        a.send(&mut world, &at_b, b"x"),
        Outcome::Nothing,
        "b has not asked for it"
    );
    assert_eq!(b.bind(&mut world, 0x4005, &at_a), None);
    assert_eq!(
        a.send(&mut world, &at_b, b"abc"),
        Outcome::Delivered(b.client, channel_data(0x4005, b"abc"))
    );
    let Outcome::Delivered(to, bytes) = b.send_channel(&mut world, 0x4005, b"de") else {
        panic!("not delivered");
    };
    assert_eq!(
        (to, from_peer(&bytes)),
        (a.client, FromPeer::Indication(at_b.parse().unwrap(), b"de".to_vec()))
    );
}

#[test]
fn a_revoked_seat_loses_its_allocations_and_its_credentials_at_once() {
    let mut world = World::default();
    let gone = caller(&mut world);
    let mut also_gone = Caller::new(&mut world, "30.0.0.1:5001", "seat");
    let stays = Caller::allocated(&mut world, "30.0.0.2:5000", "another");
    world.server.revoke("seat", world.now);
    assert!(world.ports[0].0.load(std::sync::atomic::Ordering::Relaxed));
    assert_eq!(code(&gone.refresh(&mut world, None)), Some(437));
    assert_eq!(code(&gone.clone().allocate(&mut world)), Some(401));
    assert_eq!(code(&also_gone.allocate(&mut world)), Some(401));
    assert_eq!(code(&stays.refresh(&mut world, None)), None);
    assert_eq!(
        code(&Caller::new(&mut world, "30.0.0.1:5002", "seat").allocate(&mut world)),
        None,
        "new ones are good"
    );
}

#[test]
fn a_stream_that_ends_takes_its_allocation_along() {
    let mut world = World::default();
    let mut caller = Caller::over(&mut world, "30.0.0.1:5000", "seat", Transport::Stream(1));
    assert_eq!(code(&caller.allocate(&mut world)), None);
    let mut twin = Caller::over(&mut world, "30.0.0.1:5000", "seat", Transport::Stream(2));
    assert_eq!(
        code(&twin.allocate(&mut world)),
        None,
        "streams with the same addresses are two"
    );
    world.server.disconnected(&caller.client);
    assert_eq!(code(&caller.refresh(&mut world, None)), Some(437));
    assert_eq!(code(&twin.refresh(&mut world, None)), None);
}

#[test]
fn an_allocation_has_its_bandwidth_in_each_direction() {
    let mut world = World::with(|settings| {
        settings.bandwidth = Some(Bandwidth {
            per_second: 100,
            burst: 200,
        });
    });
    let caller = caller(&mut world);
    assert_eq!(caller.bind(&mut world, 0x4000, PEER), None);
    let payload = [0; 100];
    let sent = |world: &mut World| caller.send_channel(world, 0x4000, &payload) != Outcome::Nothing;
    assert_eq!(
        [sent(&mut world), sent(&mut world), sent(&mut world)],
        [true, true, false]
    );
    let heard = |world: &mut World| world.peer_sends(&caller, PEER, &payload).is_some();
    assert_eq!(
        [heard(&mut world), heard(&mut world), heard(&mut world)],
        [true, true, false]
    );
    world.pass(1);
    assert_eq!([sent(&mut world), sent(&mut world)], [true, false]);
    assert_eq!([heard(&mut world), heard(&mut world)], [true, false]);
    assert_eq!(world.server.stats().dropped.bandwidth, 4);
}

#[test]
fn messages_that_are_not_for_a_server_are_not_answered() {
    let mut world = World::default();
    let caller = caller(&mut world);
    let refused = world.server.stats().refused;
    for class in [MessageClass::Success, MessageClass::Error, MessageClass::Indication] {
        for method in [BINDING, ALLOCATE, DATA, Method::new(0xfff)] {
            let kind = MessageType::from_class_method(class, method);
            let bytes = Message::builder(kind, 5.into(), MessageWriteVec::new()).finish();
            assert_eq!(world.send(caller.client, &bytes), Outcome::Nothing);
        }
    }
    assert_eq!(
        world.send(caller.client, &request(5, CONNECT, None, |_, _| {})),
        Outcome::Nothing
    );
    assert_eq!(world.server.stats().refused, refused);
}

#[test]
fn payloads_are_passed_on_from_where_they_were_received() {
    let mut world = World::default();
    let caller = caller(&mut world);
    assert_eq!(caller.bind(&mut world, 0x4000, PEER), None);
    for input in [
        channel_data(0x4000, b"abc"),
        send_indication(5, PEER.parse().unwrap(), b"abc"),
    ] {
        let Action::Relay { payload, .. } = world.server.handle(world.now, caller.client, &input) else {
            panic!("not relayed");
        };
        assert!(input.as_ptr_range().contains(&payload.as_ptr()), "not a copy");
    }
}

#[test]
fn what_comes_for_a_client_is_written_behind_what_is_there() {
    let mut world = World::default();
    let caller = caller(&mut world);
    assert_eq!(caller.bind(&mut world, 0x4000, PEER), None);
    let slot = world.server.slot_of(&caller.client).unwrap();
    let mut bytes = channel_data(0x4000, b"abc");
    for (from, written) in [(PEER, 4 + 3), (OTHER_PORT, 36 + 4), ("8.8.8.8:4000", 0)] {
        let before = bytes.clone();
        let from = from.parse().unwrap();
        let passes = world.server.handle_peer(world.now, &slot, from, b"def", &mut bytes);
        assert_eq!((passes, bytes.len() - before.len()), (written > 0, written));
        assert!(bytes.starts_with(&before));
    }
}
