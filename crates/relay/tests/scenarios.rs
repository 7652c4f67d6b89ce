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

/// An address of the relay that no allocation has.
const NOBODY: &str = "192.0.2.1:1023";

fn caller(world: &mut World) -> Caller {
    Caller::allocated(world, "30.0.0.1:5000", "seat")
}

/// Somebody in the same room to talk to.
fn peer(world: &mut World, number: u8) -> Caller {
    Caller::allocated(world, &format!("30.0.1.{number}:5000"), &format!("peer-{number}"))
}

/// What comes from somebody over no channel.
fn indication(from: &Caller, payload: &[u8]) -> Option<FromPeer> {
    Some(FromPeer::Indication(from.relayed(), payload.to_vec()))
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
    assert_eq!(relayed.ip().to_string(), RELAYED);
    assert!(relayed.port() >= 1024, "{relayed}");
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
    world.pass(3599);
    assert_eq!(code(&caller.refresh(&mut world, Some(3600))), None);
    world.pass(1);
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
    peer(&mut world, 1);
    let changes: [fn(&mut Login); 4] = [
        |login| login.password = "wrong".into(),
        |login| login.realm = "elsewhere".into(),
        |login| login.username = "peer-1".into(),
        |login| login.username = "taes".into(),
    ];
    for change in changes {
        let mut caller = good.clone();
        change(&mut caller.login);
        assert_eq!(code(&caller.allocate(&mut world)), Some(401));
    }
    assert_eq!(world.server.stats().allocations, 1, "the peer's");
}

#[test]
fn a_login_lives_as_long_as_its_seat_however_long_that_is() {
    let mut world = World::default();
    let mut early = caller(&mut world);
    assert_eq!(code(&early.refresh(&mut world, Some(3600))), None);
    for _ in 0..100 {
        world.pass(3590);
        early.renew(&mut world);
        assert_eq!(code(&early.refresh(&mut world, Some(3600))), None);
    }
    let mut late = Caller::new(&mut world, "30.0.0.2:5000", "seat");
    assert_eq!(code(&late.allocate(&mut world)), None);
    world.end("seat");
    let mut later = late.clone();
    later.client = Caller::new(&mut world, "30.0.0.2:5001", "another").client;
    later.renew(&mut world);
    assert_eq!(code(&later.allocate(&mut world)), Some(401));
}

#[test]
fn a_good_login_whose_seat_may_be_back_after_a_restart_is_answered_after_three_seconds() {
    let mut world = World::with(|settings| settings.recovery = std::time::Duration::from_secs(60));
    let mut early = Caller::unseated(&mut world, "30.0.0.1:5000", "seat", Transport::Udp);
    let ask = |caller: &Caller| {
        request(9, ALLOCATE, Some(&caller.login), |message, _| {
            message.add_attribute(&RequestedTransport::new(17)).unwrap();
        })
    };
    let asked = ask(&early);
    for _ in 0..3 {
        assert_eq!(world.send(early.client, &asked), Outcome::Wait);
        world.pass(1);
    }
    assert_eq!(
        code(&world.send(early.client, &asked).answer()),
        Some(401),
        "it was not back in time"
    );
    // Another try begins with a nonce of its own.
    early.renew(&mut world);
    let asked = ask(&early);
    assert_eq!(world.send(early.client, &asked), Outcome::Wait);
    world.sit("seat", 1);
    assert_eq!(code(&world.send(early.client, &asked).answer()), None);
    // A password that is wrong is no reason to wait.
    let mut guest = Caller::unseated(&mut world, "30.0.0.2:5000", "gone", Transport::Udp);
    guest.login.password = "guess".into();
    assert_eq!(code(&guest.allocate(&mut world)), Some(401));
    world.pass(60);
    let mut late = Caller::unseated(&mut world, "30.0.0.3:5000", "gone", Transport::Udp);
    assert_eq!(
        code(&late.allocate(&mut world)),
        Some(401),
        "nobody comes back any more"
    );
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
        let peer = peer(&mut world, 1);
        assert_eq!(code(&peer.refresh(&mut world, Some(3600))), None);
        assert_eq!(peer.bind(&mut world, 0x4000, &caller.at()), None);
        assert_eq!(caller.bind(&mut world, 0x4000, &peer.at()), None);
        for _ in 0..2 {
            world.pass(299);
            world.server.expire(world.now);
        }
        world.pass(1);
        world.server.expire(world.now);
        assert_ne!(caller.send(&mut world, &peer.at(), b"x"), Outcome::Nothing);
        assert_ne!(peer.send_channel(&mut world, 0x4000, b"x"), Outcome::Nothing);
        world.pass(1);
        if swept {
            world.server.expire(world.now);
            assert_eq!(world.server.stats().allocations, 1);
        }
        assert_eq!(caller.send(&mut world, &peer.at(), b"x"), Outcome::Nothing);
        assert_eq!(caller.send_channel(&mut world, 0x4000, b"x"), Outcome::Nothing);
        assert_eq!(peer.send(&mut world, &caller.at(), b"x"), Outcome::Nothing);
        assert_eq!(
            peer.send_channel(&mut world, 0x4000, b"x"),
            Outcome::Nothing,
            "nor over what is bound"
        );
        assert_eq!(
            peer.bind(&mut world, 0x4000, &caller.at()),
            Some(403),
            "nor bound again"
        );
        assert_eq!(code(&caller.refresh(&mut world, None)), Some(437));
        assert!(world.backs[0].is_closed(), "nothing of it is kept");
    }
}

#[test]
fn a_refresh_of_zero_ends_the_allocation_and_it_can_be_made_anew() {
    let mut world = World::default();
    let mut caller = caller(&mut world);
    assert_eq!(lifetime(&caller.refresh(&mut world, Some(0))), 0);
    assert!(world.backs[0].is_closed());
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
    assert_eq!(caller.permit(&mut world, &[RELAYED]), Some(437));
    assert_eq!(caller.bind(&mut world, 0x4000, NOBODY), Some(437));
    assert_eq!(caller.send(&mut world, NOBODY, b"x"), Outcome::Nothing);
    assert_eq!(caller.send_channel(&mut world, 0x4000, b"x"), Outcome::Nothing);
}

#[test]
fn another_user_at_the_same_address_has_the_wrong_credentials() {
    let mut world = World::default();
    let mine = caller(&mut world);
    let mut theirs = Caller::new(&mut world, "30.0.0.1:5000", "another");
    assert_eq!(theirs.client, mine.client);
    assert_eq!(code(&theirs.refresh(&mut world, Some(0))), Some(441));
    assert_eq!(theirs.permit(&mut world, &[RELAYED]), Some(441));
    assert_eq!(theirs.bind(&mut world, 0x4000, &mine.at()), Some(441));
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
fn relayed_addresses_are_of_ipv4_and_of_no_other_family() {
    let mut world = World::default();
    let mut caller = Caller::new(&mut world, "[2a00:2::1]:5000", "seat");
    for other in [2, 3] {
        let family = RawAttribute::new(RequestedAddressFamily::TYPE, &[other, 0, 0, 0]).into_owned();
        let answer = caller.allocate_with(&mut world, |message| message.add_attribute(&family).unwrap());
        assert_eq!(code(&answer), Some(440));
    }
    let v4 = RequestedAddressFamily::new(stun_types::AddressFamily::IPV4);
    let additional = AdditionalAddressFamily::new(stun_types::AddressFamily::IPV6);
    let answer = caller.allocate_with(&mut world, |message| {
        message.add_attribute(&v4).unwrap();
        // It need not be understood.
        message.add_attribute(&additional).unwrap();
    });
    let (relayed, mapped) = addresses(&answer);
    assert_eq!(
        (relayed.ip().to_string(), mapped.to_string()),
        (RELAYED.to_owned(), "[2a00:2::1]:5000".to_owned())
    );
    let wrong_family = caller.ask(&mut world, REFRESH, |message, _| {
        message
            .add_attribute(&RequestedAddressFamily::new(stun_types::AddressFamily::IPV6))
            .unwrap();
    });
    assert_eq!(code(&wrong_family), Some(443));
}

#[test]
fn an_even_port_can_be_had_but_not_the_next_one_with_it() {
    let mut world = World::with(|settings| settings.bounds.address.allocations = 100);
    let mut caller = Caller::new(&mut world, "30.0.0.2:5000", "seat");
    let reserved = caller.allocate_with(&mut world, |message| {
        message.add_attribute(&EvenPort::new(true)).unwrap();
    });
    assert_eq!(code(&reserved), Some(508));
    let token = caller.allocate_with(&mut world, |message| {
        message.add_attribute(&ReservationToken::new(5)).unwrap();
    });
    assert_eq!(code(&token), Some(420));
    for _ in 0..10 {
        let even = caller.allocate_with(&mut world, |message| {
            message.add_attribute(&EvenPort::new(false)).unwrap();
        });
        assert_eq!(addresses(&even).0.port() % 2, 0);
        assert_eq!(code(&caller.refresh(&mut world, Some(0))), None);
    }
}

#[test]
fn a_relayed_address_that_rests_counts_against_the_address_that_had_it() {
    let mut world = World::default();
    let mut caller = Caller::new(&mut world, "30.0.0.2:5000", "seat");
    let mut another = Caller::new(&mut world, "30.0.0.3:5000", "another");
    for _ in 0..5 {
        assert_eq!(code(&caller.allocate(&mut world)), None);
        assert_eq!(code(&caller.refresh(&mut world, Some(0))), None);
    }
    assert_eq!(
        code(&caller.allocate(&mut world)),
        Some(486),
        "one client cannot make all addresses rest"
    );
    assert_eq!(code(&another.allocate(&mut world)), None, "nobody else is meant");
    world.pass(60);
    world.server.expire(world.now);
    assert_eq!(code(&caller.allocate(&mut world)), None);
}

#[test]
fn a_relayed_address_is_given_to_nobody_for_a_minute_after_its_end() {
    let mut world = World::with(|settings| settings.bounds.server.allocations = 70_000);
    let room_for_all = |settings: &mut relay::core::Settings| {
        for bound in [
            &mut settings.bounds.seat,
            &mut settings.bounds.room,
            &mut settings.bounds.address,
            &mut settings.bounds.server,
        ] {
            bound.allocations = 70_000;
        }
    };
    let mut other = World::with(room_for_all);
    std::mem::swap(&mut world, &mut other);
    let caller = Caller::new(&mut world, "30.0.0.1:5000", "seat");
    let mut seen = std::collections::HashMap::new();
    for n in 0..3_000_u64 {
        let mut one = caller.clone();
        let answer = one.allocate(&mut world);
        assert_eq!(code(&answer), None);
        if let Some(before) = seen.insert(one.relayed(), n) {
            assert!(n >= before + 60, "{} after {} seconds", one.relayed(), n - before);
        }
        assert_eq!(code(&one.refresh(&mut world, Some(0))), None);
        world.pass(1);
        if n % 1_000 == 999 {
            let mut fresh = caller.clone();
            fresh.renew(&mut world);
        }
    }
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
fn a_full_seat_gives_up_the_allocation_that_was_silent_for_longest() {
    let mut world = World::default();
    let ben = peer(&mut world, 1);
    let [refreshed, left, used] =
        ["30.0.0.1:5000", "30.0.0.2:5000", "30.0.0.3:5000"].map(|client| Caller::allocated(&mut world, client, "seat"));
    assert_eq!(used.bind(&mut world, 0x4000, &ben.at()), None);
    world.pass(1);
    assert_eq!(code(&refreshed.refresh(&mut world, None)), None);
    world.pass(1);
    used.send_channel(&mut world, 0x4000, b"still here");
    let mut newcomer = Caller::new(&mut world, "31.0.0.1:5000", "seat");
    assert_eq!(code(&newcomer.allocate(&mut world)), None);
    assert_eq!(code(&left.refresh(&mut world, None)), Some(437));
    assert_eq!(code(&refreshed.refresh(&mut world, None)), None);
    assert_eq!(code(&used.refresh(&mut world, None)), None);
    let mut another = Caller::new(&mut world, "31.0.0.2:5000", "seat");
    assert_eq!(
        code(&another.allocate(&mut world)),
        Some(486),
        "all others were heard just now"
    );
    assert_eq!(world.server.stats().allocations, 4);
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
fn a_permission_is_granted_for_the_address_of_all_allocations_and_opens_nothing() {
    let mut world = World::default();
    let caller = caller(&mut world);
    let peer = peer(&mut world, 1);
    let stranger = Caller::in_room(&mut world, 2, "30.0.0.9:5000", "stranger");
    assert_eq!(caller.permit(&mut world, &[]), Some(400));
    assert_eq!(caller.permit(&mut world, &[RELAYED, "9.9.9.9"]), Some(403));
    let heard = peer.send(&mut world, &caller.at(), b"x").heard_by(&caller);
    assert_eq!(heard, indication(&peer, b"x"), "nobody of the room has to be let in");
    let mut stranger = stranger;
    assert_eq!(code(&stranger.allocate(&mut world)), None);
    for (from, to) in [(&caller, &stranger), (&stranger, &caller)] {
        assert_eq!(
            from.permit(&mut world, &[&to.at(), NOBODY]),
            None,
            "ports do not matter"
        );
        assert_eq!(from.send(&mut world, &to.at(), b"x"), Outcome::Nothing);
        assert_eq!(from.bind(&mut world, 0x4000, &to.at()), Some(403));
        assert_eq!(from.send_channel(&mut world, 0x4000, b"x"), Outcome::Nothing);
    }
}

#[test]
fn channels_are_bounded_and_those_that_expired_count_no_more() {
    let mut world = World::default();
    let caller = caller(&mut world);
    let peers: Vec<_> = (1..=4).map(|n| peer(&mut world, n)).collect();
    let bind = |world: &mut World, nth: usize| caller.bind(world, 0x4000 + nth as u16, &peers[nth].at());
    assert_eq!([0, 1, 2].map(|nth| bind(&mut world, nth)), [None; 3]);
    assert_eq!(bind(&mut world, 3), Some(403));
    for _ in 0..2 {
        world.pass(300);
        for one in peers.iter().chain([&caller]) {
            assert_eq!(code(&one.refresh(&mut world, None)), None);
        }
    }
    assert_eq!(bind(&mut world, 3), None);
}

#[test]
fn a_channel_carries_both_ways() {
    let mut world = World::default();
    let caller = caller(&mut world);
    let (peer, another) = (peer(&mut world, 1), peer(&mut world, 2));
    assert_eq!(
        caller.send_channel(&mut world, 0x4001, b"x"),
        Outcome::Nothing,
        "not bound yet"
    );
    assert_eq!(caller.bind(&mut world, 0x4001, &peer.at()), None);
    let heard = caller.send_channel(&mut world, 0x4001, b"abc").heard_by(&peer);
    assert_eq!(heard, indication(&caller, b"abc"));
    let heard = caller.send_channel(&mut world, 0x4001, b"").heard_by(&peer);
    assert_eq!(heard, indication(&caller, b""), "empty datagrams are datagrams");
    assert_eq!(
        peer.send(&mut world, &caller.at(), b"abcde"),
        Outcome::Delivered(caller.client, channel_data(0x4001, b"abcde")),
        "without padding in a datagram"
    );
    let heard = another.send(&mut world, &caller.at(), b"x").heard_by(&caller);
    assert_eq!(heard, indication(&another, b"x"));
    let stats = world.server.stats();
    assert_eq!((stats.to_peers.packets, stats.to_peers.bytes), (4, 9));
    assert_eq!(stats.to_clients, stats.to_peers);
}

#[test]
fn a_channel_is_padded_in_a_stream() {
    let mut world = World::default();
    let mut caller = Caller::over(&mut world, "30.0.0.1:5000", "seat", Transport::Stream(1));
    assert_eq!(code(&caller.allocate(&mut world)), None);
    let peer = peer(&mut world, 1);
    assert_eq!(caller.bind(&mut world, 0x4001, &peer.at()), None);
    let mut padded = channel_data(0x4001, b"abcde");
    padded.extend([0; 3]);
    assert_eq!(
        peer.send(&mut world, &caller.at(), b"abcde"),
        Outcome::Delivered(caller.client, padded)
    );
}

#[test]
fn a_channel_and_its_peer_belong_together() {
    let mut world = World::default();
    let caller = caller(&mut world);
    let (peer, another) = (peer(&mut world, 1), peer(&mut world, 2));
    assert_eq!(caller.bind(&mut world, 0x4000, &peer.at()), None);
    assert_eq!(caller.bind(&mut world, 0x4000, &peer.at()), None, "again is a refresh");
    assert_eq!(
        caller.bind(&mut world, 0x4000, &another.at()),
        Some(400),
        "the number is another peer's"
    );
    assert_eq!(
        caller.bind(&mut world, 0x4001, &peer.at()),
        Some(400),
        "the peer has another number"
    );
    assert_eq!(
        caller.bind(&mut world, 0x4001, &another.at()),
        None,
        "another port is another peer"
    );
    for number in [0, 0x3fff, 0x8000, 0xffff] {
        assert_eq!(
            caller.bind(&mut world, number, &caller.at()),
            Some(400),
            "{number:#x} is no channel"
        );
    }
}

#[test]
fn a_refused_rebind_changes_nothing() {
    let mut world = World::default();
    let caller = caller(&mut world);
    let (peer, another) = (peer(&mut world, 1), peer(&mut world, 2));
    for one in [&caller, &peer, &another] {
        assert_eq!(code(&one.refresh(&mut world, Some(3600))), None);
    }
    assert_eq!(caller.bind(&mut world, 0x4000, &peer.at()), None);
    world.pass(200);
    assert_eq!(caller.bind(&mut world, 0x4000, &another.at()), Some(400));
    assert_eq!(caller.bind(&mut world, 0x4001, NOBODY), Some(403));
    world.pass(399);
    let heard = caller.send_channel(&mut world, 0x4000, b"x").heard_by(&peer);
    assert_eq!(heard, indication(&caller, b"x"));
    world.pass(1);
    assert_eq!(
        caller.send_channel(&mut world, 0x4000, b"x"),
        Outcome::Nothing,
        "nothing was prolonged"
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
            .add_attribute(&XorPeerAddress::new(NOBODY.parse().unwrap(), id))
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
fn a_channel_ends_after_ten_minutes_whatever_is_sent_and_its_number_is_free() {
    let mut world = World::default();
    let caller = caller(&mut world);
    let (peer, another) = (peer(&mut world, 1), peer(&mut world, 2));
    for one in [&caller, &peer, &another] {
        assert_eq!(code(&one.refresh(&mut world, Some(3600))), None);
    }
    assert_eq!(caller.bind(&mut world, 0x4000, &peer.at()), None);
    world.pass(599);
    assert_eq!(
        peer.send(&mut world, &caller.at(), b"x"),
        Outcome::Delivered(caller.client, channel_data(0x4000, b"x"))
    );
    world.pass(1);
    assert_eq!(caller.send_channel(&mut world, 0x4000, b"x"), Outcome::Nothing);
    let heard = peer.send(&mut world, &caller.at(), b"x").heard_by(&caller);
    assert_eq!(heard, indication(&peer, b"x"));
    assert_eq!(caller.bind(&mut world, 0x4000, &another.at()), None);
}

#[test]
fn seats_of_one_room_meet_own_allocations_included() {
    let mut world = World::default();
    let a = Caller::allocated(&mut world, "30.0.0.1:5000", "a");
    let also_a = Caller::allocated(&mut world, "30.0.0.1:5001", "a");
    let b = Caller::allocated(&mut world, "30.0.0.2:5000", "b");
    for (from, to) in [(&a, &b), (&b, &a), (&a, &also_a), (&a, &a)] {
        let heard = from.send(&mut world, &to.at(), b"abc").heard_by(to);
        assert_eq!(heard, indication(from, b"abc"));
    }
    assert_eq!(b.bind(&mut world, 0x4005, &a.at()), None);
    assert_eq!(
        a.send(&mut world, &b.at(), b"abc"),
        Outcome::Delivered(b.client, channel_data(0x4005, b"abc"))
    );
    let heard = b.send_channel(&mut world, 0x4005, b"de").heard_by(&a);
    assert_eq!(heard, indication(&b, b"de"));
}

#[test]
fn a_seat_that_has_left_is_not_reached_and_reaches_nobody() {
    let mut world = World::default();
    let (stays, leaves) = (peer(&mut world, 1), peer(&mut world, 2));
    assert_eq!(stays.bind(&mut world, 0x4000, &leaves.at()), None);
    assert_eq!(leaves.bind(&mut world, 0x4000, &stays.at()), None);
    world.end("peer-2");
    for (from, to) in [(&stays, &leaves), (&leaves, &stays)] {
        assert_eq!(from.send_channel(&mut world, 0x4000, b"x"), Outcome::Nothing);
        assert_eq!(from.send(&mut world, &to.at(), b"x"), Outcome::Nothing);
    }
    assert_eq!(stays.bind(&mut world, 0x4000, &leaves.at()), Some(403));
    assert_eq!(leaves.bind(&mut world, 0x4000, &stays.at()), Some(437));
    assert_eq!(world.server.stats().dropped.peer, 2);
}

#[test]
fn a_room_that_was_opened_again_is_another_one() {
    let mut world = World::default();
    let old = Caller::in_room(&mut world, 1, "30.0.0.1:5000", "old");
    let new = Caller::in_room(&mut world, 2, "30.0.0.2:5000", "new");
    let [mut old, mut new] = [old, new];
    assert_eq!(
        (code(&old.allocate(&mut world)), code(&new.allocate(&mut world))),
        (None, None)
    );
    assert_eq!(old.bind(&mut world, 0x4000, &new.at()), Some(403));
    // The same seat in it begins anew.
    assert_eq!(old.bind(&mut world, 0x4000, &old.at()), None);
    world.sit("old", 2);
    assert_eq!(old.send_channel(&mut world, 0x4000, b"x"), Outcome::Nothing);
    assert_eq!(code(&old.allocate(&mut world)), None);
    let heard = old.send(&mut world, &new.at(), b"x").heard_by(&new);
    assert_eq!(heard, indication(&old, b"x"));
}

#[test]
fn a_prober_reaches_its_own_allocations_and_has_few_of_them() {
    let mut world = World::default();
    let probers: Vec<_> = (1..=2)
        .map(|n| {
            let mut prober = Caller::prober(&mut world, &format!("30.0.0.{n}:5000"), "lobby");
            assert_eq!(code(&prober.allocate(&mut world)), None);
            prober
        })
        .collect();
    let (one, other) = (&probers[0], &probers[1]);
    let mut third = Caller::prober(&mut world, "30.0.0.3:5000", "lobby");
    assert_eq!(code(&third.allocate(&mut world)), Some(486));
    assert_eq!(one.bind(&mut world, 0x4000, &other.at()), None);
    let heard = one.send_channel(&mut world, 0x4000, b"x").heard_by(other);
    assert_eq!(heard, indication(one, b"x"));

    let seat = peer(&mut world, 1);
    let mut stranger = Caller::prober(&mut world, "30.0.0.4:5000", "another-lobby");
    assert_eq!(code(&stranger.allocate(&mut world)), None);
    let mut fourth = Caller::prober(&mut world, "30.0.0.5:5000", "third-lobby");
    assert_eq!(code(&fourth.allocate(&mut world)), Some(486), "probers share a bound");
    Caller::allocated(&mut world, "30.0.0.5:5001", "seat-of-somebody");
    for (from, to) in [(one, &seat), (&seat, one), (one, &stranger), (&stranger, one)] {
        assert_eq!(from.bind(&mut world, 0x4001, &to.at()), Some(403));
        assert_eq!(from.send(&mut world, &to.at(), b"x"), Outcome::Nothing);
    }
    world.end("lobby");
    assert_eq!(code(&one.refresh(&mut world, None)), Some(437));
    assert_eq!(code(&third.allocate(&mut world)), Some(401));
    assert_eq!(code(&stranger.refresh(&mut world, None)), None);
}

#[test]
fn a_seat_that_ends_loses_its_allocations_and_its_login_at_once() {
    let mut world = World::default();
    let gone = caller(&mut world);
    let mut also_gone = Caller::new(&mut world, "30.0.0.1:5001", "seat");
    let stays = Caller::allocated(&mut world, "30.0.0.2:5000", "another");
    world.end("seat");
    assert!(world.backs[0].is_closed());
    assert_eq!(code(&gone.refresh(&mut world, None)), Some(437));
    assert_eq!(code(&gone.clone().allocate(&mut world)), Some(401));
    assert_eq!(code(&also_gone.allocate(&mut world)), Some(401));
    assert_eq!(code(&stays.refresh(&mut world, None)), None);
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
    world.server.disconnected(world.now, &caller.client);
    assert_eq!(code(&caller.refresh(&mut world, None)), Some(437));
    assert_eq!(code(&twin.refresh(&mut world, None)), None);
}

#[test]
fn what_a_seat_sends_is_bounded_over_all_its_allocations() {
    let mut world = World::with(|settings| settings.bounds.seat.bandwidth = Some(Bandwidth::even(200)));
    let (one, other) = (
        caller(&mut world),
        Caller::allocated(&mut world, "30.0.0.1:5001", "seat"),
    );
    let peer = peer(&mut world, 1);
    let sent = |world: &mut World, from: &Caller| from.send(world, &peer.at(), &[0; 100]) != Outcome::Nothing;
    assert_eq!(
        [&one, &other, &one].map(|from| sent(&mut world, from)),
        [true, true, false]
    );
    let heard = peer.send(&mut world, &one.at(), &[0; 200]).heard_by(&one);
    assert_eq!(heard, indication(&peer, &[0; 200]), "what others send is theirs");
    world.pass(1);
    assert_eq!(
        [&other, &one, &other].map(|from| sent(&mut world, from)),
        [true, true, false]
    );
    assert_eq!(world.server.stats().dropped.bandwidth, 2);
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
    let peer = peer(&mut world, 1);
    assert_eq!(caller.bind(&mut world, 0x4000, &peer.at()), None);
    for input in [channel_data(0x4000, b"abc"), send_indication(5, peer.relayed(), b"abc")] {
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
    let (peer, another) = (peer(&mut world, 1), peer(&mut world, 2));
    let slot = world.server.slot_of(&caller.client).unwrap();
    let mut bytes = channel_data(0x4000, b"abc");
    let mut written = |world: &mut World, from: &Caller| {
        let before = bytes.clone();
        let passes = world
            .server
            .handle_peer(world.now, &slot, from.relayed().port(), b"def", &mut bytes);
        assert!(bytes.starts_with(&before));
        (passes, bytes.len() - before.len())
    };
    assert_eq!(caller.bind(&mut world, 0x4000, &peer.at()), None);
    assert_eq!(written(&mut world, &peer), (true, 4 + 3));
    assert_eq!(written(&mut world, &another), (true, 36 + 4));
}
