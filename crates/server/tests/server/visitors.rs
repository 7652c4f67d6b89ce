//! What one address may hold and do, and who it is behind a proxy.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::time::Duration;

use http::StatusCode;
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpSocket, TcpStream};

use crate::program::Running;
use crate::socket::Client;
use crate::status::metric;
use crate::support::{Connection, Server};

/// Another customer than 127.0.0.1.
const OTHER: IpAddr = IpAddr::V4(Ipv4Addr::new(127, 0, 0, 2));

async fn from(ip: IpAddr, server: SocketAddr) -> TcpStream {
    let socket = TcpSocket::new_v4().unwrap();
    socket.bind(SocketAddr::new(ip, 0)).unwrap();
    socket.connect(server).await.unwrap()
}

/// Says this until it is answered with `address-busy`; gives how often it was not.
async fn until_busy(client: &mut Client, message: &Value, answer: &str) -> usize {
    for nth in 0..1_000 {
        client.send(message).await;
        let answer = client.expect_any(&[answer, "error"]).await;
        if answer["code"] == "address-busy" {
            let sentence = answer["message"].as_str().unwrap();
            assert!(sentence.contains("--per-address"), "{sentence}");
            return nth;
        }
    }
    panic!("it is never too much");
}

/// A burst, and what fills meanwhile on a machine that is slow.
fn assert_burst(count: usize, burst: usize) {
    assert!(
        (burst..burst + burst / 2).contains(&count),
        "{count} instead of {burst}"
    );
}

#[tokio::test]
async fn an_address_has_so_many_sockets_and_others_have_theirs() {
    let server = Server::start(&[]).await;
    let mut crowd = Vec::new();
    for _ in 0..200 {
        crowd.push(Client::connect(server.address).await);
    }
    let mut refused = Client::connect(server.address).await;
    let said = refused.expect("error").await;
    assert_eq!(said["code"], "address-busy");
    let close = refused.closed().await.expect("a close frame");
    assert_eq!((u16::from(close.code), close.reason.as_str()), (1013, "address-busy"));
    let mut other = Client::connect_from(OTHER, server.address).await;
    other.join("team", "Ada").await;
    crowd.pop();
    let again = async {
        loop {
            let mut client = Client::connect(server.address).await;
            client.send(&json!({ "peek": { "room": "team" } })).await;
            if client.expect_any(&["occupancy", "error"]).await["code"] != "address-busy" {
                break;
            }
        }
    };
    tokio::time::timeout(Duration::from_secs(20), again)
        .await
        .expect("a place is free again");
    assert!(
        metric(
            &server.numbers().await,
            "parlour_address_refused_total{what=\"sockets\"}"
        ) > 0
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn an_address_has_so_many_connections_and_the_log_says_once_what_is_refused() {
    let mut running = Running::start(&[]);
    let mut crowd = Vec::new();
    for _ in 0..500 {
        crowd.push(from(Ipv4Addr::LOCALHOST.into(), running.address).await);
    }
    // Accepted in their order: by the time that the last is answered, the others hold their places.
    for _ in 0..3 {
        let mut late = from(Ipv4Addr::LOCALHOST.into(), running.address).await;
        let mut said = String::new();
        late.read_to_string(&mut said).await.unwrap();
        assert!(said.starts_with("HTTP/1.1 429 "), "{said}");
        assert!(
            said.contains("too-many-connections: ") && said.contains("--per-address"),
            "{said}"
        );
    }
    let mut other = Client::connect_from(OTHER, running.address).await;
    other.join("team", "Ada").await;
    let line = running.says("address-busy").await;
    assert!(
        line.contains("1 connections") && line.contains("--per-address"),
        "{line}"
    );
    assert!(!line.contains("127.0.0"), "{line}");
    running.signal("TERM");
    drop((crowd, other));
    let (_, errors) = running.end();
    assert!(!errors.contains("address-busy"), "one line a minute: {errors}");
}

#[tokio::test]
async fn an_address_joins_peeks_and_opens_rooms_so_often() {
    let server = Server::start(&["--max-room-size=1"]).await;
    let mut ada = Client::connect_from(OTHER, server.address).await;
    ada.join("team", "Ada").await;
    let mut eve = Client::connect(server.address).await;
    let peek = json!({ "peek": { "room": "team" } });
    assert_burst(until_busy(&mut eve, &peek, "occupancy").await, 100);
    let join = json!({ "join": { "room": "team", "name": "Eve" } });
    assert_burst(until_busy(&mut eve, &join, "joined").await, 100);
    // Somebody else notices nothing.
    ada.send(&peek).await;
    assert_eq!(ada.expect("occupancy").await["count"], 1);
    // A seat is a reason to ask for its own room, and for no other.
    let other = json!({ "peek": { "room": "somebody-elses" } });
    assert_burst(until_busy(&mut ada, &other, "occupancy").await, 100);
    ada.send(&peek).await;
    assert_eq!(ada.expect("occupancy").await["count"], 1);
    // The socket has stayed, and may do it later.
    let later = async {
        loop {
            eve.send(&json!({ "join": { "room": "another", "name": "Eve" } })).await;
            if eve.expect_any(&["joined", "error"]).await["code"] != "address-busy" {
                break;
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(20), later)
        .await
        .expect("it fills again");
}

#[tokio::test]
async fn an_address_opens_so_many_rooms() {
    let server = Server::start(&[]).await;
    let mut opened = 0;
    loop {
        let mut eve = Client::connect(server.address).await;
        eve.send(&json!({ "join": { "room": format!("room-{opened}"), "name": "Eve" } }))
            .await;
        if eve.expect_any(&["joined", "error"]).await["code"] == "address-busy" {
            break;
        }
        opened += 1;
        assert!(opened < 200, "it is never too much");
    }
    assert_burst(opened, 60);
    // A room that is open needs no opening. This one is held by another address.
    let mut ada = Client::connect_from(OTHER, server.address).await;
    ada.join("team", "Ada").await;
    let mut bob = Client::connect(server.address).await;
    bob.join("team", "Bob").await;
}

#[tokio::test]
async fn the_flag_multiplies_them() {
    let server = Server::start(&["--per-address=2"]).await;
    let mut eve = Client::connect(server.address).await;
    let peek = json!({ "peek": { "room": "team" } });
    assert_burst(until_busy(&mut eve, &peek, "occupancy").await, 200);
}

/// Asks as this client until it is too much; gives how often it was not.
async fn until_refused(connection: &mut Connection, headers: &[(&str, &str)]) -> usize {
    for nth in 0..10_000 {
        let answer = connection.get("/version", headers).await;
        if answer.status == StatusCode::TOO_MANY_REQUESTS {
            assert!(answer.text().starts_with("too-many-requests: "), "{}", answer.text());
            assert_eq!(answer.header("retry-after"), "1");
            return nth;
        }
    }
    panic!("it is never too much");
}

#[tokio::test]
async fn a_trusted_proxy_says_whom_it_speaks_for_and_nobody_else_does() {
    let server = Server::start(&["--trusted-proxy=127.0.0.1"]).await;
    let mut proxy = Connection::open(server.address).await;
    let count = until_refused(&mut proxy, &[("x-forwarded-for", "203.0.113.7")]).await;
    assert!(count >= 2_000, "{count}");
    for (line, status) in [
        // What the client has written itself is on the left.
        ("203.0.113.8, 203.0.113.7", StatusCode::TOO_MANY_REQUESTS),
        ("203.0.113.8", StatusCode::OK),
        ("203.0.113.7, 203.0.113.8", StatusCode::OK),
    ] {
        // The bucket fills by itself: one of several is refused.
        let mut seen = StatusCode::OK;
        for _ in 0..200 {
            seen = proxy.get("/version", &[("x-forwarded-for", line)]).await.status;
            if seen == StatusCode::TOO_MANY_REQUESTS {
                break;
            }
        }
        assert_eq!(seen, status, "{line}");
    }
    // Another header is not read.
    assert_eq!(
        proxy.get("/version", &[("x-real-ip", "203.0.113.7")]).await.status,
        StatusCode::OK
    );
    // A stranger is itself, whomever it names.
    let mut stranger = Connection::over(from(OTHER, server.address).await, server.address).await;
    let count = until_refused(&mut stranger, &[("x-forwarded-for", "203.0.113.9")]).await;
    assert!(count >= 2_000, "{count}");
    assert_eq!(
        proxy
            .get("/version", &[("x-forwarded-for", "203.0.113.9")])
            .await
            .status,
        StatusCode::OK,
        "the one whom it named has done nothing"
    );
}

/// The header of the PROXY protocol for a client at this address.
fn proxy_header(client: [u8; 4]) -> Vec<u8> {
    let mut header = b"\r\n\r\n\0\r\nQUIT\n\x21\x11\0\x0c".to_vec();
    header.extend(client);
    header.extend([192, 0, 2, 1, 0x12, 0x34, 1, 187]);
    header
}

/// What is answered to these bytes, until the end.
async fn answer(ip: IpAddr, server: SocketAddr, bytes: &[u8]) -> String {
    let mut stream = from(ip, server).await;
    stream.write_all(bytes).await.unwrap();
    let mut answer = Vec::new();
    let read = tokio::time::timeout(Duration::from_secs(20), stream.read_to_end(&mut answer));
    let _ = read.await.expect("an end in time");
    String::from_utf8_lossy(&answer).into_owned()
}

#[tokio::test]
async fn the_proxy_protocol_is_needed_from_the_trusted_and_not_looked_for_from_others() {
    let server = Server::start(&["--trusted-proxy=127.0.0.1", "--proxy-protocol"]).await;
    let local = Ipv4Addr::LOCALHOST.into();
    let request = b"GET /version HTTP/1.0\r\n\r\n".to_vec();
    let with = |client: [u8; 4]| [proxy_header(client), request.clone()].concat();
    let is_ok = |answer: &str| answer.starts_with("HTTP/1.0 200 ") || answer.starts_with("HTTP/1.1 200 ");

    assert!(is_ok(&answer(local, server.address, &with([203, 0, 113, 7])).await));
    assert_eq!(
        answer(local, server.address, &request).await,
        "",
        "a proxy that says nothing is not answered"
    );
    let own = [b"\r\n\r\n\0\r\nQUIT\n\x20\0\0\0".to_vec(), request.clone()].concat();
    assert!(
        is_ok(&answer(local, server.address, &own).await),
        "a health check of its own"
    );
    assert!(is_ok(&answer(OTHER, server.address, &request).await));
    let stranger = answer(OTHER, server.address, &with([203, 0, 113, 7])).await;
    assert!(!stranger.contains(" 200 "), "{stranger}");

    // Clients are told apart: one of them has all its connections, and another comes in.
    let mut crowd = Vec::new();
    for _ in 0..500 {
        let mut stream = from(local, server.address).await;
        stream.write_all(&proxy_header([203, 0, 113, 7])).await.unwrap();
        crowd.push(stream);
    }
    let full = async {
        while is_ok(&answer(local, server.address, &with([203, 0, 113, 7])).await) {}
        answer(local, server.address, &with([203, 0, 113, 8])).await
    };
    let another = tokio::time::timeout(Duration::from_secs(20), full)
        .await
        .expect("it is full");
    assert!(is_ok(&another), "{another}");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_address_shakes_hands_so_often() {
    let server = Server::start(&["--tls=self-signed", "--state-dir", env!("CARGO_TARGET_TMPDIR")]).await;
    let mut crowd = Vec::new();
    for _ in 0..450 {
        crowd.push(from(Ipv4Addr::LOCALHOST.into(), server.address).await);
    }
    let refused = async {
        while metric(
            &server.numbers().await,
            "parlour_address_refused_total{what=\"handshakes\"}",
        ) == 0
        {}
    };
    tokio::time::timeout(Duration::from_secs(20), refused)
        .await
        .expect("some are refused");
    let refused = metric(
        &server.numbers().await,
        "parlour_address_refused_total{what=\"handshakes\"}",
    );
    assert!(refused < 201, "{refused} of 450");
}

#[tokio::test]
async fn a_seat_that_has_not_lived_is_lost_with_its_socket() {
    for (flags, event) in [
        (&["--grace-after=10"][..], "peer-left"),
        (&["--grace-after=0"], "peer-away"),
    ] {
        let server = Server::start(flags).await;
        let mut ada = Client::connect(server.address).await;
        ada.join("team", "Ada").await;
        let mut bob = Client::connect(server.address).await;
        let id = bob.join("team", "Bob").await;
        // So the server knows that the seat is known.
        bob.send(&json!({ "update": { "name": "Bob", "media": {} } })).await;
        ada.expect("peer-updated").await;
        bob.abort();
        let heard = ada.expect_any(&["peer-left", "peer-away"]).await;
        assert_eq!(ada.last_kind(), event, "{heard}");
        assert_eq!(heard["peer"], id.as_str());
    }
}

#[tokio::test]
async fn pongs_that_nobody_asked_for_count() {
    let server = Server::start(&["--message-rate=10", "--message-burst=50"]).await;
    let mut eve = Client::connect(server.address).await;
    for _ in 0..200 {
        if eve.pong().await.is_err() {
            break;
        }
    }
    let frame = eve.closed().await.expect("a close frame");
    assert_eq!(u16::from(frame.code), 1008);
}

#[tokio::test]
async fn frames_that_never_become_a_message_count() {
    let server = Server::start(&["--message-rate=10", "--message-burst=50"]).await;
    let mut eve = Client::connect(server.address).await;
    let raw = eve.stream();
    // A text frame that goes on, and then nothing, again and again (RFC 6455, section 5.4).
    raw.write_all(&[0x01, 0x80, 0, 0, 0, 0]).await.unwrap();
    let empty = [0x00, 0x80, 0, 0, 0, 0].repeat(700);
    for _ in 0..400 {
        if raw.write_all(&empty).await.is_err() {
            break;
        }
    }
    let frame = eve.closed().await.expect("a close frame");
    assert_eq!(u16::from(frame.code), 1008);
}
