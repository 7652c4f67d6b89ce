//! The relay with real sockets, on the loopback interface.
#![allow(missing_docs, clippy::unwrap_used)]

mod common;

use std::net::SocketAddr;
use std::time::Duration;

use common::message::{code, request};
use common::net::*;
use relay::{Bandwidth, BindError, Config, Relay};
use stun_types::attribute::XorMappedAddress;
use stun_types::message::{BINDING, Message};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpStream, UdpSocket};

/// Datagrams that are on their way at once: few enough for every buffer, so that none may be lost.
const WINDOW: usize = 32;
const ROUNDS: usize = 150;

fn payload(round: usize, n: usize) -> Vec<u8> {
    let mut payload = vec![(round * 31 + n) as u8; 40 + (round * 97 + n * 13) % 1100];
    payload[..8].copy_from_slice(&((round * WINDOW + n) as u64).to_be_bytes());
    payload
}

/// What comes over no channel.
fn indication(from: SocketAddr, payload: Vec<u8>) -> FromPeer {
    FromPeer::Indication(from, payload)
}

/// Thousands of datagrams there and back over a channel, and over indications, without one that is lost or changed.
async fn carries_both_ways(mut guest: Guest, mut peer: Guest) {
    assert_eq!(guest.allocate().await, None);
    let (here, there) = (guest.at(), peer.at());
    for channel in [false, true] {
        let answer = if channel {
            guest.bind(0x4007, there).await
        } else {
            guest.permit(there).await
        };
        assert_eq!(answer, None);
        for round in 0..ROUNDS {
            for n in 0..WINDOW {
                let payload = payload(round, n);
                if channel {
                    guest.send_channel(0x4007, &payload).await;
                } else {
                    guest.send(there, &payload).await;
                }
            }
            for n in 0..WINDOW {
                assert_eq!(peer.hear().await, indication(here, payload(round, n)));
            }
            for n in 0..WINDOW {
                peer.send(here, &payload(round, n)).await;
            }
            for n in 0..WINDOW {
                let expected = match channel {
                    true => FromPeer::Channel(0x4007, payload(round, n)),
                    false => indication(there, payload(round, n)),
                };
                assert_eq!(guest.hear().await, expected);
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn thousands_of_datagrams_over_udp() {
    let running = Running::start(|_| {}).await;
    carries_both_ways(Guest::udp(&running, "seat").await, Guest::peer(&running).await).await;
    let stats = running.relay.stats();
    assert_eq!(stats.to_peers.packets, (4 * ROUNDS * WINDOW) as u64);
    assert_eq!(stats.to_clients, stats.to_peers);
    assert_eq!(stats.dropped, relay::Dropped::default());
    running.stop().await;
}

/// Bursts of one size, as a video frame makes them, among sizes that travel alone: nothing, and more than a path takes.
async fn carries_bursts(mut guest: Guest, mut peer: Guest) {
    assert_eq!(guest.allocate().await, None);
    let (here, there) = (guest.at(), peer.at());
    assert_eq!(guest.bind(0x4007, there).await, None);
    for round in 0..ROUNDS {
        let sizes = [1_100; WINDOW].iter().enumerate().map(|(n, size)| match n % 16 {
            5 => 0,
            9 => 700,
            12 | 13 => 2_000 + round,
            _ => *size,
        });
        let burst: Vec<Vec<u8>> = sizes
            .enumerate()
            .map(|(n, size)| vec![(round + n) as u8; size])
            .collect();
        for payload in &burst {
            guest.send_channel(0x4007, payload).await;
        }
        for payload in &burst {
            assert_eq!(peer.hear().await, indication(here, payload.clone()));
        }
        for payload in &burst {
            peer.send(here, payload).await;
        }
        for payload in burst {
            assert_eq!(guest.hear().await, FromPeer::Channel(0x4007, payload));
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn bursts_over_udp_arrive_one_by_one_and_in_order() {
    let running = Running::start(|_| {}).await;
    carries_bursts(Guest::udp(&running, "seat").await, Guest::peer(&running).await).await;
    let stats = running.relay.stats();
    assert_eq!(stats.to_peers.packets, (2 * ROUNDS * WINDOW) as u64);
    assert_eq!(
        (stats.to_clients, stats.dropped),
        (stats.to_peers, relay::Dropped::default())
    );
    running.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn bursts_over_tcp_arrive_one_by_one_and_in_order() {
    let running = Running::start(|_| {}).await;
    carries_bursts(Guest::tcp(&running, "seat").await, Guest::peer(&running).await).await;
    assert_eq!(running.relay.stats().dropped, relay::Dropped::default());
    running.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn clients_that_are_served_by_several_threads_all_get_through() {
    let running = Running::start(|_| {}).await;
    let mut peer = Guest::peer(&running).await;
    let mut guests = Vec::new();
    for _ in 0..40 {
        let mut guest = Guest::udp(&running, "seat").await;
        assert_eq!(guest.allocate().await, None);
        assert_eq!(guest.bind(0x4000, peer.at()).await, None);
        guests.push(guest);
    }
    for round in 0..5 {
        for guest in &mut guests {
            let port = guest.at().port().to_be_bytes();
            guest.send_channel(0x4000, &port).await;
        }
        for _ in &guests {
            let FromPeer::Indication(from, payload) = peer.hear().await else {
                panic!("it has no channel");
            };
            assert_eq!(payload, from.port().to_be_bytes());
            peer.send(from, &[round]).await;
        }
        for guest in &mut guests {
            assert_eq!(guest.hear().await, FromPeer::Channel(0x4000, vec![round]));
        }
    }
    running.stop().await;
}

#[tokio::test]
async fn the_port_is_shared_with_no_other_relay() {
    let running = Running::start(|config| config.tcp.clear()).await;
    let mut config = Config::new(*b"the secret of the tests");
    config.udp = vec![running.address];
    let second = Relay::bind(config).await.err();
    assert!(
        matches!(second, Some(BindError::Listen(address, _)) if address == running.address),
        "{second:?}"
    );
    running.stop().await;
}

#[tokio::test]
async fn a_relay_that_nobody_waits_for_any_more_lets_go_of_everything() {
    let running = Running::start(|_| {}).await;
    let mut guest = Guest::udp(&running, "seat").await;
    assert_eq!(guest.allocate().await, None);
    let address = running.address;
    let relay = running.abandon().await;
    assert_eq!(relay.stats().allocations, 0);
    drop(relay);
    soon("a free port", async {
        while UdpSocket::bind(address).await.is_err() {
            tokio::task::yield_now().await;
        }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn thousands_of_datagrams_over_tcp() {
    let running = Running::start(|_| {}).await;
    carries_both_ways(Guest::tcp(&running, "seat").await, Guest::peer(&running).await).await;
    assert_eq!(running.relay.stats().dropped, relay::Dropped::default());
    running.stop().await;
}

#[tokio::test]
async fn thousands_of_datagrams_over_a_stream_that_is_handed_in() {
    let running = Running::start(|_| {}).await;
    // As small as a TLS record boundary may cut it.
    let (near, far) = tokio::io::duplex(700);
    let serving = tokio::spawn({
        let relay = running.relay.clone();
        let (peer, local) = ("30.0.0.1:5000".parse().unwrap(), "20.0.0.1:443".parse().unwrap());
        async move { relay.serve_stream(far, peer, local).await }
    });
    let mut guest = Guest::over(&running, Line::over(near), "seat");
    assert_eq!(guest.allocate().await, None);
    assert_eq!(
        guest.mapped,
        Some("30.0.0.1:5000".parse().unwrap()),
        "the address that the caller has named"
    );
    let mut peer = Guest::peer(&running).await;
    assert_eq!(guest.bind(0x4000, peer.at()).await, None);
    for round in 0..2_000 {
        guest.send_channel(0x4000, &payload(round, 1)).await;
        assert_eq!(peer.hear().await, indication(guest.at(), payload(round, 1)));
        peer.send(guest.at(), &payload(round, 1)).await;
        assert_eq!(guest.hear().await, FromPeer::Channel(0x4000, payload(round, 1)));
    }
    drop(guest);
    soon("the end of the stream", serving).await.unwrap();
    assert_eq!(
        (running.relay.stats().allocations, running.relay.stats().streams),
        (1, 0),
        "the peer's is left"
    );
    running.stop().await;
}

#[tokio::test]
async fn clients_of_ipv6_have_relayed_addresses_of_ipv4() {
    if UdpSocket::bind("[::1]:0").await.is_err() {
        println!("skipped: this machine has no IPv6");
        return;
    }
    let running = Running::start_at("[::1]:0", |_| {}).await;
    let mut guest = Guest::udp(&running, "seat").await;
    let mut peer = Guest::peer(&running).await;
    assert_eq!(guest.allocate().await, None);
    assert!(guest.at().is_ipv4() && guest.mapped.unwrap().is_ipv6());
    guest.send(peer.at(), b"abc").await;
    assert_eq!(peer.hear().await, indication(guest.at(), b"abc".to_vec()));
    peer.send(guest.at(), b"defg").await;
    assert_eq!(guest.hear().await, indication(peer.at(), b"defg".to_vec()));
    running.stop().await;
}

#[tokio::test]
async fn an_ipv4_client_of_a_socket_for_both_families_is_served_from_the_address_it_sent_to() {
    let listen = if UdpSocket::bind("[::]:0").await.is_ok() {
        "[::]:0"
    } else {
        "0.0.0.0:0"
    };
    let mut running = Running::start_at(listen, |_| {}).await;
    // A connected socket hears its peer alone: an answer from another address would be lost.
    running.address = SocketAddr::new("127.0.0.9".parse().unwrap(), running.address.port());
    let socket = UdpSocket::bind("127.0.0.1:0").await.unwrap();
    socket.connect(running.address).await.unwrap();
    let mapped = socket.local_addr().unwrap();
    let mut guest = Guest::over(&running, Line::Udp(socket), "seat");
    assert_eq!(guest.allocate().await, None);
    assert_eq!(guest.mapped, Some(mapped));
    let mut other = Guest::tcp(&running, "other").await;
    assert_eq!(other.allocate().await, None);
    assert_eq!(guest.bind(0x4000, other.at()).await, None);
    assert_eq!(other.permit(guest.at()).await, None);
    other.send(guest.at(), b"abc").await;
    assert_eq!(guest.hear().await, FromPeer::Channel(0x4000, b"abc".to_vec()));
    running.stop().await;
}

#[tokio::test]
async fn two_guests_meet_inside_the_relay_and_nobody_else_is_reached_or_heard() {
    let running = Running::start(|_| {}).await;
    let (mut a, mut b) = (Guest::udp(&running, "a").await, Guest::tcp(&running, "b").await);
    assert_eq!((a.allocate().await, b.allocate().await), (None, None));
    let (at_a, at_b) = (a.at(), b.at());
    assert_eq!((a.permit(at_b).await, b.bind(0x4000, at_a).await), (None, None));
    // It is on the relay's own host, and so is as near as anybody can be.
    let outside = UdpSocket::bind("127.0.0.1:0").await.unwrap();
    let at_outside = outside.local_addr().unwrap();
    assert_eq!(a.bind(0x4001, at_outside).await, Some(403));
    for n in 0..1_000 {
        // What is no client is not heard, not even at the relay's own port.
        outside.send_to(b"\x40\0\0\x04abcd", running.address).await.unwrap();
        a.send(at_outside, b"to outside").await;
        a.send(at_b, &payload(n, 0)).await;
        assert_eq!(b.hear().await, FromPeer::Channel(0x4000, payload(n, 0)));
        b.send_channel(0x4000, &payload(n, 1)).await;
        assert_eq!(a.hear().await, indication(at_b, payload(n, 1)));
    }
    let heard = outside.try_recv(&mut [0; 100]);
    assert!(heard.is_err(), "the outside got {heard:?} bytes");
    let stats = running.relay.stats();
    assert_eq!((stats.to_peers.packets, stats.to_clients.packets), (2_000, 2_000));
    assert_eq!((stats.dropped.peer, stats.dropped.channel), (1_000, 0));
    let elsewhere = "127.0.0.2:4000".parse().unwrap();
    assert_eq!(
        (a.permit(elsewhere).await, b.bind(0x4001, elsewhere).await),
        (Some(403), Some(403))
    );
    running.stop().await;
}

#[tokio::test]
async fn a_probers_login_opens_allocations_that_reach_each_other_alone_and_16_at_most() {
    let running = Running::start(|_| {}).await;
    running.relay.probe("lobby");
    let login = running.relay.issue("lobby").unwrap();
    let mut own = Vec::new();
    for _ in 0..16 {
        let line = Guest::udp(&running, "unused").await.into_line();
        let mut guest = Guest::with(line, login.username.clone(), login.password.clone());
        assert_eq!(guest.allocate().await, None);
        own.push(guest);
    }
    let line = Guest::tcp(&running, "unused").await.into_line();
    let mut one_more = Guest::with(line, login.username.clone(), login.password.clone());
    assert_eq!(one_more.allocate().await, Some(486));

    let (mut here, mut there) = (own.pop().unwrap(), own.pop().unwrap());
    assert_eq!(here.bind(0x4000, there.at()).await, None);
    assert_eq!(there.permit(here.at()).await, None);
    here.send_channel(0x4000, b"hello").await;
    assert_eq!(there.hear().await, indication(here.at(), b"hello".to_vec()));

    let mut seat = Guest::peer(&running).await;
    assert_eq!(here.bind(0x4001, seat.at()).await, Some(403));
    assert_eq!(seat.bind(0x4001, here.at()).await, Some(403));
    here.send(seat.at(), b"let me in").await;
    seat.send(here.at(), b"come out").await;
    assert_eq!((here.refresh(600).await, seat.refresh(600).await), (None, None));
    let stats = running.relay.stats();
    assert_eq!((stats.to_peers.packets, stats.dropped.peer), (1, 2));

    running.relay.end("lobby");
    assert_eq!(running.relay.stats().allocations, 1);
    assert_eq!(one_more.allocate().await, Some(401));
    running.stop().await;
}

#[tokio::test]
async fn udp_and_tcp_share_one_port() {
    let running = Running::start(|_| {}).await;
    assert_eq!(running.relay.udp_addresses(), running.relay.tcp_addresses());
    let binding = request(5, BINDING, None, |_, _| {});
    let socket = UdpSocket::bind("127.0.0.1:0").await.unwrap();
    socket.connect(running.address).await.unwrap();
    let stream = TcpStream::connect(running.address).await.unwrap();
    let (udp, tcp) = (socket.local_addr().unwrap(), stream.local_addr().unwrap());
    let lines = [(Line::Udp(socket), udp), (Line::over(stream), tcp)];
    for (mut line, expected) in lines {
        line.send(&binding).await.unwrap();
        let answer = soon("an answer", line.receive()).await.unwrap();
        let message = Message::from_bytes(&answer).unwrap();
        let mapped = message.attribute::<XorMappedAddress>().unwrap();
        assert_eq!(mapped.addr(message.transaction_id()), expected);
    }
    running.stop().await;
}

#[tokio::test]
async fn what_is_given_back_or_ended_or_left_is_reached_no_more() {
    let running = Running::start(|_| {}).await;
    let mut peer = Guest::peer(&running).await;
    for way in ["refresh", "end", "close"] {
        let mut guest = Guest::tcp(&running, way).await;
        assert_eq!(guest.allocate().await, None, "{way}");
        assert_eq!(guest.bind(0x4000, peer.at()).await, None);
        let relayed = guest.at();
        guest.send_channel(0x4000, b"x").await;
        assert_eq!(peer.hear().await, indication(relayed, b"x".to_vec()));
        match way {
            "refresh" => assert_eq!(guest.refresh(0).await, None),
            "end" => running.relay.end(way),
            _ => drop(guest),
        }
        soon("its end", async {
            while running.relay.stats().allocations > 1 {
                tokio::task::yield_now().await;
            }
        })
        .await;
        assert_eq!(peer.bind(0x4000, relayed).await, Some(403));
    }
    running.stop().await;
}

#[tokio::test]
async fn a_seat_that_has_ended_cannot_come_back_with_what_it_has() {
    let running = Running::start(|_| {}).await;
    let mut guest = Guest::udp(&running, "seat").await;
    assert_eq!(guest.allocate().await, None);
    running.relay.end("seat");
    assert_eq!(guest.refresh(600).await, Some(437));
    assert_eq!(guest.allocate().await, Some(401));
    running.stop().await;
}

#[tokio::test]
async fn who_asks_after_a_restart_before_the_seat_is_back_is_served_when_it_is() {
    let running = Running::start(|config| config.recovery = PATIENCE).await;
    for (seat, over_tcp) in [("one", false), ("other", true)] {
        let line = match over_tcp {
            false => Guest::udp(&running, "unused").await.into_line(),
            true => Guest::tcp(&running, "unused").await.into_line(),
        };
        let login = running.relay.issue(seat).unwrap();
        let mut guest = Guest::with(line, login.username, login.password);
        let asked_in_vain = running.relay.stats().refused;
        let (code, ()) = tokio::join!(guest.allocate(), async {
            // It has been challenged, and asks with its login now.
            soon("a challenge", async {
                while running.relay.stats().refused == asked_in_vain {
                    tokio::task::yield_now().await;
                }
            })
            .await;
            running.relay.sit(seat, 1);
        });
        assert_eq!(code, None, "{seat}");
    }
    let login = running.relay.issue("nobody").unwrap();
    let line = Guest::tcp(&running, "unused").await.into_line();
    let mut guest = Guest::with(line, login.username, login.password);
    assert_eq!(guest.allocate().await, Some(401), "after three seconds");
    running.stop().await;
}

#[tokio::test]
async fn a_stream_that_speaks_something_else_is_closed() {
    let running = Running::start(|_| {}).await;
    for bytes in [
        &b"GET / HTTP/1.1\r\n\r\n"[..],
        b"\x16\x03\x01\x00\xc9\x01",
        &[0xff; 30],
        &[0x40, 0, 0xff, 0xff],
    ] {
        let mut stream = TcpStream::connect(running.address).await.unwrap();
        stream.write_all(bytes).await.unwrap();
        let closed = soon("the end of the stream", async { stream.read(&mut [0; 10]).await }).await;
        assert!(matches!(closed, Ok(0) | Err(_)), "{bytes:?}");
    }
    running.stop().await;
}

#[tokio::test(start_paused = true)]
async fn a_stream_without_an_allocation_is_closed_after_a_while_and_one_with_stays() {
    let config = Config::new(*b"the secret of the tests");
    let relay = Relay::bind(config).await.unwrap();
    let (peer, local): (SocketAddr, SocketAddr) = ("30.0.0.1:1".parse().unwrap(), "20.0.0.1:443".parse().unwrap());
    let began = tokio::time::Instant::now();
    let (near, far) = tokio::io::duplex(1000);
    relay.serve_stream(far, peer, local).await;
    assert_eq!(began.elapsed(), Duration::from_secs(30));
    drop(near);
    assert_eq!(relay.stats().streams, 0);
}

#[tokio::test]
async fn streams_are_bounded_for_an_address_and_in_all() {
    let running = Running::start(|config| {
        config.streams = 3;
        config.streams_per_address = 2;
    })
    .await;
    let local: SocketAddr = "20.0.0.1:443".parse().unwrap();
    let mut kept = Vec::new();
    for (n, (peer, served)) in [
        ("30.0.0.1", true),
        ("30.0.0.1", true),
        ("30.0.0.1", false),
        ("30.0.0.2", true),
        ("30.0.0.3", false),
    ]
    .into_iter()
    .enumerate()
    {
        let (near, far) = tokio::io::duplex(1000);
        let relay = running.relay.clone();
        let peer = SocketAddr::new(peer.parse().unwrap(), 1000 + n as u16);
        let serving = tokio::spawn(async move { relay.serve_stream(far, peer, local).await });
        let mut line = Line::over(near);
        if served {
            line.send(&request(5, BINDING, None, |_, _| {})).await.unwrap();
            assert_eq!(code(&line.receive().await.unwrap()), None);
            kept.push((line, serving));
        } else {
            soon("a refusal", serving).await.unwrap();
        }
    }
    assert_eq!(running.relay.stats().streams, 3);
    running.stop().await;
}

#[tokio::test]
async fn streams_without_an_allocation_have_a_bound_of_their_own() {
    let running = Running::start(|config| {
        config.idle_streams = 3;
        config.idle_streams_per_address = 2;
    })
    .await;
    let local: SocketAddr = "20.0.0.1:443".parse().unwrap();
    let connect = |peer: &str| {
        let (near, far) = tokio::io::duplex(4000);
        let relay = running.relay.clone();
        let peer = peer.parse().unwrap();
        let serving = tokio::spawn(async move { relay.serve_stream(far, peer, local).await });
        (Line::over(near), serving)
    };
    let allocate = async |line: Line| {
        let mut guest = Guest::over(&running, line, "seat");
        assert_eq!(guest.allocate().await, None);
        guest
    };
    let (first, _serving) = connect("30.0.0.1:1");
    let _first = allocate(first).await;
    let (second, _second_serving) = connect("30.0.0.1:2");
    let (_third, _third_serving) = connect("30.0.0.1:3");
    let (_refused, serving) = connect("30.0.0.1:4");
    soon("the bound of one address", serving).await.unwrap();
    let (_elsewhere, _elsewhere_serving) = connect("30.0.0.2:1");
    let (_refused, serving) = connect("30.0.0.3:1");
    soon("the bound of all", serving).await.unwrap();
    // With an allocation it counts no more, and leaves room.
    let _second = allocate(second).await;
    let (fourth, _fourth_serving) = connect("30.0.0.1:5");
    let _fourth = allocate(fourth).await;
    assert_eq!(running.relay.stats().streams, 5);
    running.stop().await;
}

#[tokio::test]
async fn a_task_that_is_dropped_leaves_nothing_behind() {
    let running = Running::start(|_| {}).await;
    let (near, far) = tokio::io::duplex(4000);
    let relay = running.relay.clone();
    let (peer, local) = ("30.0.0.1:5000".parse().unwrap(), "20.0.0.1:443".parse().unwrap());
    let serving = tokio::spawn(async move { relay.serve_stream(far, peer, local).await });
    let mut guest = Guest::over(&running, Line::over(near), "seat");
    assert_eq!(guest.allocate().await, None);
    assert_eq!(
        (running.relay.stats().allocations, running.relay.stats().streams),
        (1, 1)
    );
    serving.abort();
    assert!(soon("the abort", serving).await.is_err());
    assert_eq!(
        (running.relay.stats().allocations, running.relay.stats().streams),
        (0, 0)
    );
    running.stop().await;
}

#[tokio::test]
async fn a_client_that_does_not_read_loses_datagrams_and_costs_no_memory() {
    let running = Running::start(|_| {}).await;
    let (near, far) = tokio::io::duplex(4000);
    let relay = running.relay.clone();
    let (peer_address, local) = ("30.0.0.1:5000".parse().unwrap(), "20.0.0.1:443".parse().unwrap());
    let _serving = tokio::spawn(async move { relay.serve_stream(far, peer_address, local).await });
    let mut guest = Guest::over(&running, Line::over(near), "seat");
    assert_eq!(guest.allocate().await, None);
    let mut peer = Guest::peer(&running).await;
    assert_eq!(guest.permit(peer.at()).await, None);
    soon("a full outbox", async {
        while running.relay.stats().dropped.full == 0 {
            peer.send(guest.at(), &[7; 1000]).await;
            tokio::task::yield_now().await;
        }
    })
    .await;
    // It reads again, and is served again.
    assert_eq!(guest.hear().await, indication(peer.at(), vec![7; 1000]));
    running.stop().await;
}

#[tokio::test]
async fn the_bandwidth_of_a_seat_is_bounded() {
    let running = Running::start(|config| {
        config.bounds.seat.bandwidth = Some(Bandwidth {
            per_second: 1,
            burst: 1000,
        });
    })
    .await;
    let mut guest = Guest::tcp(&running, "seat").await;
    assert_eq!(guest.allocate().await, None);
    let peer = Guest::peer(&running).await;
    assert_eq!(guest.bind(0x4000, peer.at()).await, None);
    for _ in 0..5 {
        guest.send_channel(0x4000, &[0; 400]).await;
    }
    assert_eq!(
        guest.refresh(600).await,
        None,
        "which is answered after what came before"
    );
    let stats = running.relay.stats();
    assert_eq!((stats.to_peers.packets, stats.dropped.bandwidth), (2, 3));
    running.stop().await;
}

#[tokio::test]
async fn stopping_closes_everything_even_with_guests_inside() {
    let running = Running::start(|_| {}).await;
    let (mut a, mut b) = (Guest::udp(&running, "a").await, Guest::tcp(&running, "b").await);
    assert_eq!((a.allocate().await, b.allocate().await), (None, None));
    let relay = running.relay.clone();
    let address = running.address;
    running.stop().await;
    assert_eq!((relay.stats().allocations, relay.stats().streams), (0, 0));
    drop(relay);
    assert!(UdpSocket::bind(address).await.is_ok(), "the port is free again");
}

#[tokio::test]
async fn what_cannot_be_is_said_before_anything_is_opened() {
    let good = || Config::new(*b"the secret of the tests");
    type Change = fn(&mut Config);
    let wrong: [(&str, Change); 3] = [
        ("bad-secret", |config| config.secret = b"short".to_vec()),
        ("bad-realm", |config| config.realm = String::new()),
        ("bad-realm", |config| config.realm = "x".repeat(65)),
    ];
    for (expected, change) in wrong {
        let mut config = good();
        change(&mut config);
        let error = Relay::bind(config).await.err().unwrap().to_string();
        assert!(error.starts_with(expected), "{error}");
    }
    let taken = UdpSocket::bind("127.0.0.1:0").await.unwrap();
    let mut config = good();
    config.udp = vec![taken.local_addr().unwrap()];
    assert!(matches!(Relay::bind(config).await, Err(BindError::Listen(..))));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn many_guests_at_once_do_not_get_in_each_others_way() {
    let running = Running::start(|_| {}).await;
    let mut tasks = Vec::new();
    for n in 0..24 {
        let seat = format!("seat-{n}");
        let channel = 0x4000 + n as u16;
        let mut guest = match n % 2 {
            0 => Guest::udp(&running, &seat).await,
            _ => Guest::tcp(&running, &seat).await,
        };
        assert_eq!(guest.allocate().await, None);
        let mut peer = Guest::peer(&running).await;
        assert_eq!(guest.bind(channel, peer.at()).await, None);
        tasks.push(tokio::spawn(async move {
            for round in 0..100 {
                guest.send_channel(channel, &payload(round, n)).await;
                assert_eq!(peer.hear().await, indication(guest.at(), payload(round, n)));
                peer.send(guest.at(), &payload(round, n)).await;
                assert_eq!(guest.hear().await, FromPeer::Channel(channel, payload(round, n)));
                if round % 25 == 24 {
                    assert_eq!(guest.refresh(600).await, None);
                }
            }
            assert_eq!((guest.refresh(0).await, peer.refresh(0).await), (None, None));
        }));
    }
    for task in tasks {
        soon("the end of a guest", task).await.unwrap();
    }
    let stats = running.relay.stats();
    assert_eq!((stats.opened, stats.allocations), (48, 0));
    assert_eq!((stats.to_peers.packets, stats.to_clients.packets), (4_800, 4_800));
    running.stop().await;
}
