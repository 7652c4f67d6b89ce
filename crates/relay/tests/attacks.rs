//! What attackers try: to reach what they must not, to reach many, to make the relay shout at somebody, to fill it up.
#![allow(missing_docs, clippy::unwrap_used)]

mod common;

use std::time::Duration;

use common::message::*;
use common::world::*;
use relay::core::{Action, Bandwidth, Client, Transport};
use stun_types::attribute::*;
use stun_types::message::*;
use turn_types::attribute::*;
use turn_types::message::*;

/// Peers of the outside: on the internet, in private networks, on the relay's own host and at ports of services, and in disguise.
const OUTSIDE: &[&str] = &[
    "9.9.9.9:40000",
    "8.8.8.8:53",
    "127.0.0.1:40000",
    "10.0.0.1:40000",
    "100.64.0.1:40000",
    "169.254.169.254:80",
    "172.16.0.1:40000",
    "192.168.1.1:40000",
    "192.0.2.2:40000",
    "224.0.0.1:40000",
    "255.255.255.255:40000",
    "0.0.0.0:40000",
    "[::ffff:192.0.2.1]:50001",
    "[::192.0.2.1]:50001",
    "[2606:4700::1111]:40000",
    "[::1]:40000",
    "[::]:40000",
    "[::ffff:9.9.9.9]:40000",
    "[64:ff9b::909:909]:40000",
    "[64:ff9b::c000:201]:40000",
    "[2002:c000:201::1]:40000",
    "[fd12:3456::1]:40000",
    "[fe80::1]:40000",
    "[ff02::1]:40000",
];

#[test]
fn a_peer_outside_is_refused_with_403_on_every_way() {
    let mut world = World::default();
    let caller = Caller::allocated(&mut world, "30.0.0.4:5000", "four");
    assert_eq!(caller.permit(&mut world, &[RELAYED]), None);
    for peer in OUTSIDE {
        let before = world.server.stats();
        assert_eq!(caller.permit(&mut world, &[peer]), Some(403), "CreatePermission {peer}");
        assert_eq!(caller.bind(&mut world, 0x4000, peer), Some(403), "ChannelBind {peer}");
        assert_eq!(caller.send(&mut world, peer, b"x"), Outcome::Nothing, "Send {peer}");
        assert_eq!(
            caller.send_channel(&mut world, 0x4000, b"x"),
            Outcome::Nothing,
            "ChannelData {peer}"
        );
        let stats = world.server.stats();
        assert_eq!(stats.dropped.peer, before.dropped.peer + 1);
        assert_eq!((stats.to_peers, stats.to_clients), (before.to_peers, before.to_clients));
    }
}

#[test]
fn no_port_is_reached_that_no_allocation_of_the_room_has() {
    let mut world = World::default();
    let caller = Caller::allocated(&mut world, "30.0.0.1:5000", "seat");
    let mut elsewhere = Caller::in_room(&mut world, 2, "30.0.0.2:5000", "elsewhere");
    assert_eq!(code(&elsewhere.allocate(&mut world)), None);
    let mut prober = Caller::prober(&mut world, "30.0.0.3:5000", "lobby");
    assert_eq!(code(&prober.allocate(&mut world)), None);
    let own = caller.relayed().port();
    let mut reached = Vec::new();
    for port in 0..=u16::MAX {
        let peer = format!("{RELAYED}:{port}");
        if caller.send(&mut world, &peer, b"x") != Outcome::Nothing {
            reached.push(port);
        }
    }
    assert_eq!(reached, [own]);
    for (from, to) in [
        (&caller, &elsewhere),
        (&elsewhere, &caller),
        (&prober, &caller),
        (&caller, &prober),
    ] {
        assert_eq!(from.bind(&mut world, 0x4000, &to.at()), Some(403));
        assert_eq!(from.send(&mut world, &to.at(), b"x"), Outcome::Nothing);
    }
}

#[test]
fn a_bound_channel_does_not_lead_to_whoever_has_the_address_later() {
    let mut world = World::with(|settings| settings.bounds.address.allocations = 100);
    let victim = Caller::allocated(&mut world, "30.0.0.1:5000", "victim");
    let caller = Caller::allocated(&mut world, "30.0.0.2:5000", "caller");
    assert_eq!(code(&caller.refresh(&mut world, Some(3600))), None);
    assert_eq!(caller.bind(&mut world, 0x4000, &victim.at()), None);
    assert_eq!(code(&victim.refresh(&mut world, Some(0))), None);
    // Somebody of another room gets one address after the other while the channel is bound.
    let other = Caller::in_room(&mut world, 2, "30.0.0.3:5000", "other");
    for second in 0..600 {
        let mut one = other.clone();
        assert_eq!(code(&one.allocate(&mut world)), None);
        assert!(second >= 60 || one.relayed() != victim.relayed());
        assert_eq!(caller.send_channel(&mut world, 0x4000, b"x"), Outcome::Nothing);
        assert_eq!(code(&one.refresh(&mut world, Some(0))), None);
        world.pass(1);
    }
}

#[test]
fn nothing_is_relayed_for_somebody_without_credentials() {
    let mut world = World::default();
    let stranger = Caller::new(&mut world, "30.0.0.1:5000", "seat").client;
    let mut seed = 7_u64;
    for (id, kind) in (0..4000_u128).zip((0..).map(|n: u16| n % 0x200)) {
        seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        let kind = MessageType::from_bytes(&kind.to_be_bytes()).unwrap();
        let mut message = Message::builder(kind, id.into(), MessageWriteVec::new());
        message.add_attribute(&RequestedTransport::new(17)).unwrap();
        message
            .add_attribute(&XorPeerAddress::new("192.0.2.1:4000".parse().unwrap(), id.into()))
            .unwrap();
        message.add_attribute(&ChannelNumber::new(0x4000)).unwrap();
        message.add_attribute(&Data::new(&seed.to_be_bytes())).unwrap();
        match world.send(stranger, &message.finish()) {
            Outcome::Delivered(..) => panic!("{kind:?} was relayed"),
            Outcome::Nothing | Outcome::Wait | Outcome::Answer(_) => {}
        }
    }
    assert_eq!(world.server.stats().allocations, 0);
    assert_eq!(world.send(stranger, &channel_data(0x4000, b"x")), Outcome::Nothing);
}

#[test]
fn another_clients_channel_cannot_be_used_nor_its_allocation_be_ended() {
    let mut world = World::default();
    let victim = Caller::allocated(&mut world, "30.0.0.1:5000", "victim");
    assert_eq!(victim.bind(&mut world, 0x4000, &victim.at()), None);
    let mut thief = victim.clone();
    for address in ["30.0.0.1:5001", "30.0.0.2:5000"] {
        thief.client = Client::new(address.parse().unwrap(), victim.client.local, Transport::Udp);
        assert_eq!(thief.send_channel(&mut world, 0x4000, b"x"), Outcome::Nothing);
        assert_eq!(thief.send(&mut world, &victim.at(), b"x"), Outcome::Nothing);
        assert_eq!(
            code(&thief.refresh(&mut world, Some(0))),
            Some(438),
            "the nonce is the victim's"
        );
    }
    // From the victim's own address, but without its password.
    thief.client = victim.client;
    thief.login.password = "guess".into();
    assert_eq!(code(&thief.refresh(&mut world, Some(0))), Some(401));
    assert_eq!(code(&victim.refresh(&mut world, None)), None);
}

/// What a forged source can make the relay send, in bytes of payload.
fn reflected(world: &mut World, victim: Client, requests: &[Vec<u8>]) -> (usize, usize) {
    let mut sums = (0, 0);
    for request in requests {
        sums.0 += request.len();
        if let Outcome::Answer(answer) = world.send(victim, request) {
            sums.1 += answer.len();
        }
    }
    sums
}

#[test]
fn a_forged_source_gets_little_and_then_nothing() {
    let mut world = World::with(|settings| {
        settings.strangers = Bandwidth {
            per_second: 10,
            burst: 20,
        };
    });
    let victim = Client::new(
        "40.0.0.1:7".parse().unwrap(),
        "20.1.2.3:3478".parse().unwrap(),
        Transport::Udp,
    );
    let binding = request(1, BINDING, None, |_, _| {});
    let allocate = request(1, ALLOCATE, None, |message, _| {
        message.add_attribute(&RequestedTransport::new(17)).unwrap();
    });
    let flood: Vec<_> = [binding, allocate].into_iter().cycle().take(10_000).collect();
    let (sent, got) = reflected(&mut world, victim, &flood);
    assert!(got <= 20 * 56, "{got} bytes for {sent}");
    assert_eq!(world.server.stats().silenced, 9_980);
    world.pass(1);
    let (_, got) = reflected(&mut world, victim, &flood);
    assert!(got <= 10 * 56, "{got} bytes in a second");
    // Many ports of one host, or many hosts of one IPv6 customer, are one place.
    for n in 1..100 {
        let host = Client::new(
            format!("[2a00:5::{n}]:{n}").parse().unwrap(),
            victim.local,
            Transport::Udp,
        );
        let _ = reflected(&mut world, host, &flood[..2]);
    }
    assert!(world.server.stats().silenced >= 9_980 + 9_990 + 99 * 2 - 20);
}

#[test]
fn no_answer_to_a_stranger_is_larger_than_twice_the_request() {
    let mut world = World::default();
    let client = Client::new(
        "40.0.0.1:7".parse().unwrap(),
        "20.1.2.3:3478".parse().unwrap(),
        Transport::Udp,
    );
    let v6 = Client::new(
        "[2a00:5::1]:7".parse().unwrap(),
        "[2a00:1::1]:3478".parse().unwrap(),
        Transport::Udp,
    );
    let login = Login {
        username: "1:a".into(),
        password: "b".into(),
        realm: "c".into(),
        nonce: "d".into(),
    };
    let mut requests = Vec::new();
    for method in [BINDING, ALLOCATE, REFRESH, CREATE_PERMISSION, CHANNEL_BIND] {
        requests.push(request(1, method, Some(&login), |_, _| {}));
        // As browsers send their first Allocate.
        requests.push(request(1, method, None, |message, _| {
            message.add_attribute(&RequestedTransport::new(17)).unwrap();
        }));
        // Each unknown attribute is named in two bytes, and costs four.
        requests.push(request(1, method, None, |message, _| {
            for kind in 0x7000..0x7100_u16 {
                message
                    .add_attribute(&RawAttribute::new(AttributeType::new(kind), &[]))
                    .unwrap();
            }
        }));
    }
    for (request, client) in requests.iter().flat_map(|request| [(request, client), (request, v6)]) {
        let answer = world.send(client, request).answer();
        assert!(
            answer.len() <= 2 * request.len(),
            "{} bytes for {}",
            answer.len(),
            request.len()
        );
    }
    // The two that are larger, in numbers: a Binding, and an Allocate without anything.
    let binding = world.send(v6, &request(1, BINDING, None, |_, _| {})).answer();
    assert_eq!(binding.len(), 44);
    let challenge = world.send(client, &request(1, ALLOCATE, None, |_, _| {})).answer();
    assert_eq!(challenge.len(), 56);
}

#[test]
fn a_request_that_is_large_enough_is_answered_even_when_the_budget_is_used_up() {
    let mut world = World::with(|settings| {
        settings.strangers = Bandwidth {
            per_second: 0,
            burst: 0,
        };
    });
    let client = Client::new(
        "40.0.0.1:7".parse().unwrap(),
        "20.1.2.3:3478".parse().unwrap(),
        Transport::Udp,
    );
    assert_eq!(
        world.send(client, &request(1, ALLOCATE, None, |_, _| {})),
        Outcome::Nothing
    );
    let padded = request(1, ALLOCATE, None, |message, _| {
        message
            .add_attribute(&Software::new("a client that has read the rule.").unwrap())
            .unwrap();
    });
    assert_eq!(code(&world.send(client, &padded).answer()), Some(401));
    let stream = Client::new(client.address, client.local, Transport::Stream(1));
    let answer = world.send(stream, &request(1, ALLOCATE, None, |_, _| {})).answer();
    assert_eq!(code(&answer), Some(401), "the source of a stream cannot be forged");
}

#[test]
fn a_change_request_is_not_obeyed() {
    // RFC 5780 lets a server answer from, and to, elsewhere. This one does not know how.
    let mut world = World::default();
    let client = Caller::new(&mut world, "30.0.0.1:5000", "seat").client;
    let asked = request(1, BINDING, None, |message, _| {
        message
            .add_attribute(&RawAttribute::new(AttributeType::new(3), &[0, 0, 0, 6]))
            .unwrap();
    });
    assert_eq!(code(&world.send(client, &asked).answer()), Some(420));
}

#[test]
fn guessing_passwords_leaves_nothing_behind() {
    let mut world = World::default();
    let mut caller = Caller::new(&mut world, "30.0.0.1:5000", "seat");
    for n in 0..2_000 {
        caller.login.username = format!("seat-{n}");
        assert_eq!(code(&caller.allocate(&mut world)), Some(401));
    }
    assert_eq!(world.server.stats().allocations, 0);
    assert!(world.backs.is_empty());
}

#[test]
fn an_allocation_that_is_full_stays_so_however_often_it_is_asked() {
    let mut world = World::default();
    let caller = Caller::allocated(&mut world, "30.0.0.1:5000", "seat");
    let peers: Vec<_> = (1..=4)
        .map(|n| Caller::allocated(&mut world, &format!("30.0.1.{n}:5000"), &format!("peer-{n}")).at())
        .collect();
    let bound: Vec<_> = (0x4000..0x5000)
        .zip(peers.iter().cycle())
        .filter(|(number, peer)| caller.bind(&mut world, *number, peer).is_none())
        .map(|(number, _)| number)
        .collect();
    assert_eq!(bound, [0x4000, 0x4001, 0x4002]);
}

#[test]
fn a_message_with_more_after_it_or_less_in_it_is_not_answered() {
    let mut world = World::default();
    let client = Caller::new(&mut world, "30.0.0.1:5000", "seat").client;
    let whole = request(1, BINDING, None, |_, _| {});
    let mut more = whole.clone();
    more.extend([0; 4]);
    let mut claims_more = whole.clone();
    claims_more[3] = 4;
    let mut odd = more.clone();
    odd[3] = 2;
    let huge = request(1, BINDING, None, |message, _| {
        message
            .add_attribute(&RawAttribute::new(AttributeType::new(0xfff0), &[0; 1280]))
            .unwrap();
    });
    for bytes in [
        &more[..],
        &claims_more,
        &odd,
        &huge,
        &whole[..19],
        &[],
        &[0x80],
        &[0xff; 100],
    ] {
        assert_eq!(world.send(client, bytes), Outcome::Nothing);
    }
    assert_eq!(world.server.stats().malformed, 8);
}

#[test]
fn a_replayed_request_is_of_no_use_once_its_nonce_is_old() {
    let mut world = World::default();
    let caller = Caller::allocated(&mut world, "30.0.0.1:5000", "seat");
    let id = world.id();
    let refresh = request(id, REFRESH, Some(&caller.login), |message, _| {
        message.add_attribute(&Lifetime::new(3600)).unwrap();
    });
    assert_eq!(code(&world.send(caller.client, &refresh).answer()), None);
    world.now += Duration::from_secs(3600) - Duration::from_nanos(1);
    assert_eq!(code(&world.send(caller.client, &refresh).answer()), None);
    world.now += Duration::from_nanos(1);
    assert_eq!(code(&world.send(caller.client, &refresh).answer()), Some(438));
}

#[test]
fn whoever_leaves_while_an_allocation_is_opened_gets_nothing() {
    let mut world = World::default();
    let caller = Caller::new(&mut world, "30.0.0.1:5000", "seat");
    let allocate = request(9, ALLOCATE, Some(&caller.login), |message, _| {
        message.add_attribute(&RequestedTransport::new(17)).unwrap();
    });
    let Action::Open(opening) = world.server.handle(world.now, caller.client, &allocate) else {
        panic!("not granted");
    };
    world.end("seat");
    let back = FakeBack::default();
    let answer = world.server.open(world.now, *opening, back.clone(), 1);
    assert_eq!(code(&answer), Some(401));
    assert!(back.is_closed());
    assert_eq!(world.server.stats().allocations, 0);
}
