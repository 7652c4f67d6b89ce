//! The relay inside the server, as people in rooms use it: over real UDP and TCP, with what `joined` brought.

use std::net::{IpAddr, Ipv4Addr, SocketAddr, TcpListener as StdTcpListener, UdpSocket as StdUdpSocket};
use std::time::Duration;

use serde_json::{Value, json};
use tokio::net::{TcpSocket, UdpSocket};

use crate::guest::net::{FromPeer, Guest, Line, soon};
use crate::program::{Running, assert_ended, assert_refused, output, parlour};
use crate::socket::Client;
use crate::status::metric;
use crate::support::{Server, get_from};

/// A relay for tests: on a free port, for people on this machine.
pub(crate) const RELAY: [&str; 2] = ["--turn-listen=127.0.0.1:0", "--external-ip=127.0.0.1"];

/// What somebody in a room was told about the relay.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Credentials {
    urls: Vec<String>,
    pub(crate) username: String,
    pub(crate) password: String,
}

impl Credentials {
    /// The last ICE server of a `joined` or `resumed`.
    pub(crate) fn of(answer: &Value) -> Self {
        let server = answer["ice-servers"].as_array().unwrap().last().expect("an ICE server");
        let text = |value: &Value| value.as_str().unwrap().to_owned();
        Self {
            urls: server["urls"].as_array().unwrap().iter().map(text).collect(),
            username: text(&server["username"]),
            password: text(&server["credential"]),
        }
    }

    /// Where the relay is, over this transport.
    pub(crate) fn relay(&self, transport: &str) -> SocketAddr {
        let mut urls = self.urls.iter().filter_map(|url| {
            let (address, query) = url.strip_prefix("turn:")?.split_once('?')?;
            (query == format!("transport={transport}")).then_some(address)
        });
        urls.next().unwrap().parse().unwrap()
    }

    /// The same with an allocation.
    pub(crate) async fn allocated(&self, transport: &str) -> Guest {
        let mut guest = self.guest(transport).await;
        assert_eq!(guest.allocate().await, None, "{transport}");
        guest
    }

    /// Somebody with these credentials who speaks TURN over this transport.
    pub(crate) async fn guest(&self, transport: &str) -> Guest {
        self.guest_from(Ipv4Addr::LOCALHOST.into(), transport).await
    }

    pub(crate) async fn guest_from(&self, local: IpAddr, transport: &str) -> Guest {
        let local = SocketAddr::new(local, 0);
        let line = match transport {
            "udp" => {
                let socket = UdpSocket::bind(local).await.unwrap();
                socket.connect(self.relay(transport)).await.unwrap();
                Line::Udp(socket)
            }
            _ => {
                let socket = TcpSocket::new_v4().unwrap();
                socket.bind(local).unwrap();
                let stream = socket.connect(self.relay(transport)).await.unwrap();
                stream.set_nodelay(true).unwrap();
                Line::over(stream)
            }
        };
        Guest::with(line, self.username.clone(), self.password.clone())
    }
}

/// Somebody new in the room: the client, and the whole `joined`.
async fn joins(server: SocketAddr, room: &str) -> (Client, Value) {
    let mut client = Client::connect(server).await;
    client.send(&json!({ "join": { "room": room, "name": "Ada" } })).await;
    let joined = client.expect("joined").await;
    (client, joined)
}

async fn metrics(server: SocketAddr) -> String {
    get_from(server, "/metrics", &[]).await.text().to_owned()
}

/// A datagram to somebody else on the relay, and one back.
async fn talk(guest: &mut Guest, peer: &mut Guest) {
    let (here, there) = (guest.at(), peer.at());
    assert_eq!((guest.bind(0x4000, there).await, peer.permit(here).await), (None, None));
    guest.send_channel(0x4000, b"there").await;
    assert_eq!(peer.hear().await, FromPeer::Indication(here, b"there".to_vec()));
    peer.send(here, b"and back").await;
    assert_eq!(guest.hear().await, FromPeer::Channel(0x4000, b"and back".to_vec()));
}

#[test]
fn nobody_has_to_ask_for_the_relay() {
    // An address of the loopback interface where nobody else's relay is.
    let mut command = parlour(&["--listen", "127.77.34.78:0"]);
    command.env_remove("PARLOUR_TURN_LISTEN");
    let server = Running::at(command, Ipv4Addr::new(127, 77, 34, 78));
    let relay = SocketAddr::from(([127, 77, 34, 78], 3478));
    StdUdpSocket::bind(relay).expect_err("the relay listens for datagrams");
    std::net::TcpStream::connect(relay).expect("the relay accepts streams");
    server.signal("TERM");
    let (code, log) = server.end();
    assert_eq!(code, Some(0), "{log}");
    assert!(
        !log.contains("--external-ip"),
        "on one machine alone nobody has to do anything: {log}"
    );
}

#[test]
fn a_usual_port_that_is_taken_is_no_reason_not_to_start() {
    let taken = StdUdpSocket::bind("127.77.34.79:3478").unwrap();
    let mut command = parlour(&["--listen", "127.77.34.79:0"]);
    command.env_remove("PARLOUR_TURN_LISTEN");
    let server = Running::at(command, Ipv4Addr::new(127, 77, 34, 79));
    server.signal("TERM");
    let (code, log) = server.end();
    drop(taken);
    assert_eq!(code, Some(0), "{log}");
    assert!(
        log.contains("there is no relay") && log.contains("--turn-listen"),
        "{log}"
    );
}

#[test]
fn behind_a_proxy_the_relay_has_to_be_named() {
    let mut command = parlour(&[
        "--listen",
        "127.0.0.1:0",
        "--public-url",
        "https://calls.example.org:8443",
    ]);
    command.env_remove("PARLOUR_TURN_LISTEN");
    let server = Running::of(command);
    server.signal("TERM");
    let (_, log) = server.end();
    assert!(log.contains("no relay: name the address"), "{log}");
}

#[tokio::test]
async fn others_that_share_a_secret_get_a_login_for_each_seat() {
    let server = Server::start(&["--ice-server=turn:192.0.2.7:3478", "--turn-secret=north"]).await;
    let (_ada, joined) = joins(server.address, "team").await;
    let (_ben, bens) = joins(server.address, "team").await;
    for joined in [&joined, &bens] {
        let servers = joined["ice-servers"].as_array().unwrap();
        assert_eq!(servers.len(), 1, "{servers:?}");
        assert_eq!(servers[0]["urls"], json!(["turn:192.0.2.7:3478"]));
        let username = servers[0]["username"].as_str().unwrap();
        assert!(
            username.ends_with(joined["you"]["id"].as_str().unwrap()),
            "{username} in {joined}"
        );
    }
    assert_ne!(joined["ice-servers"], bens["ice-servers"]);
}

#[tokio::test]
async fn switched_off_there_is_no_relay() {
    let server = Server::start(&["--turn-listen=off"]).await;
    let (_ada, joined) = joins(server.address, "team").await;
    assert_eq!(joined["ice-servers"], json!([]));
    assert!(!metrics(server.metrics).await.contains("relay_"));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_joined_brings_opens_a_relayed_path_over_udp_and_tcp() {
    let server = Server::start(&RELAY).await;
    let (_ada, joined) = joins(server.address, "team").await;
    let ada = Credentials::of(&joined);
    assert_eq!(ada.relay("udp"), ada.relay("tcp"), "one port for both");
    assert_eq!(ada.username, joined["you"]["id"]);
    let (_ben, joined) = joins(server.address, "team").await;
    let mut peer = Credentials::of(&joined).allocated("udp").await;
    for (transport, streams) in [("udp", 0), ("tcp", 1)] {
        let mut guest = ada.allocated(transport).await;
        talk(&mut guest, &mut peer).await;
        let text = metrics(server.metrics).await;
        assert_eq!(metric(&text, "parlour_relay_allocations"), 2, "{transport}");
        assert_eq!(metric(&text, "parlour_relay_streams"), streams, "{transport}");
        assert_eq!(guest.refresh(0).await, None);
    }
    let text = metrics(server.metrics).await;
    assert_eq!(metric(&text, "parlour_relay_allocations"), 1);
    assert_eq!(metric(&text, "parlour_relay_allocations_total"), 3);
    for (labels, value) in [
        ("bytes_total{to=\"peers\"}", 2 * "there and back".len() - 2),
        ("bytes_total{to=\"clients\"}", 2 * "there and back".len() - 2),
        ("packets_total{to=\"peers\"}", 4),
        ("packets_total{to=\"clients\"}", 4),
        ("dropped_total{why=\"peer\"}", 0),
        // Each was asked once for credentials.
        ("refused_total", 3),
    ] {
        let line = format!("parlour_relay_{labels} {value}\n");
        assert!(text.contains(&line), "no {line} in:\n{text}");
    }
    for line in text.lines() {
        assert!(line.starts_with("# ") || line.starts_with("parlour_"), "{line}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn two_people_meet_inside_the_relay_and_reach_nobody_outside() {
    let server = Server::start(&RELAY).await;
    let (_ada, joined) = joins(server.address, "team").await;
    let mut ada = Credentials::of(&joined).guest("udp").await;
    let (_bob, joined) = joins(server.address, "team").await;
    let mut bob = Credentials::of(&joined).guest("tcp").await;
    assert_eq!((ada.allocate().await, bob.allocate().await), (None, None));
    talk(&mut ada, &mut bob).await;
    for outside in ["127.0.0.2:40000", "192.168.1.1:40000", "9.9.9.9:40000"] {
        let outside = outside.parse().unwrap();
        assert_eq!(ada.permit(outside).await, Some(403), "{outside}");
        assert_eq!(bob.bind(0x4001, outside).await, Some(403), "{outside}");
    }
}

/// What somebody gets who joins no room.
async fn probes(server: SocketAddr) -> (Client, Credentials) {
    let mut client = Client::connect(server).await;
    client.send(&json!("probe")).await;
    let credentials = Credentials::of(&client.expect("probed").await);
    (client, credentials)
}

#[tokio::test(flavor = "multi_thread")]
async fn who_joins_no_room_may_try_the_relay_and_reaches_nobody() {
    let server = Server::start(&RELAY).await;
    let (prober, probed) = probes(server.address).await;
    let mut own = Vec::new();
    for nth in 0..16 {
        own.push(probed.allocated(["udp", "tcp"][nth % 2]).await);
    }
    assert_eq!(
        probed.guest("udp").await.allocate().await,
        Some(486),
        "no more than that"
    );
    let [one, other, ..] = &mut own[..] else {
        panic!("there are 16");
    };
    talk(one, other).await;

    let (_ada, joined) = joins(server.address, "team").await;
    let mut ada = Credentials::of(&joined).allocated("udp").await;
    let (_another, others) = probes(server.address).await;
    let mut stranger = others.allocated("udp").await;
    for peer in [&mut ada, &mut stranger] {
        assert_eq!(one.bind(0x4001, peer.at()).await, Some(403));
        assert_eq!(peer.bind(0x4001, one.at()).await, Some(403));
    }
    assert_eq!(one.permit("9.9.9.9:40000".parse().unwrap()).await, Some(403));

    drop(prober);
    soon("the end of the allocations", async {
        while one.refresh(600).await != Some(437) {}
    })
    .await;
    assert_eq!(probed.guest("udp").await.allocate().await, Some(401));
    assert_eq!((ada.refresh(600).await, stranger.refresh(600).await), (None, None));
}

#[tokio::test]
async fn strangers_and_those_who_make_up_a_password_get_nothing() {
    let server = Server::start(&RELAY).await;
    let (_ada, joined) = joins(server.address, "team").await;
    let good = Credentials::of(&joined);
    for (username, password) in [
        (good.username.clone(), "guessed".to_owned()),
        ("somebody".to_owned(), good.password.clone()),
        (format!("{}0", good.username), good.password.clone()),
    ] {
        let forged = Credentials {
            username,
            password,
            ..good.clone()
        };
        assert_eq!(forged.guest("udp").await.allocate().await, Some(401));
    }
    assert_eq!(
        metric(&metrics(server.metrics).await, "parlour_relay_allocations_total"),
        0
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn who_leaves_the_room_leaves_the_relay() {
    let server = Server::start(&RELAY).await;
    let (mut ada, joined) = joins(server.address, "team").await;
    let (_bob, bobs) = joins(server.address, "team").await;
    let (adas, bobs) = (Credentials::of(&joined), Credentials::of(&bobs));
    let (mut ada_here, mut bob_here) = (adas.guest("udp").await, bobs.guest("tcp").await);
    assert_eq!((ada_here.allocate().await, bob_here.allocate().await), (None, None));
    ada.send(&json!("leave")).await;
    ada.closed().await;
    assert_eq!(ada_here.refresh(600).await, Some(437), "what was open is closed");
    for transport in ["udp", "tcp"] {
        assert_eq!(adas.guest(transport).await.allocate().await, Some(401), "{transport}");
    }
    assert_eq!(bob_here.refresh(600).await, None, "whoever stays notices nothing");
    talk(&mut bob_here, &mut bobs.allocated("udp").await).await;
    assert_eq!(metric(&metrics(server.metrics).await, "parlour_relay_allocations"), 2);
    assert_eq!(
        bob_here.bind(0x4001, ada_here.at()).await,
        Some(403),
        "whoever has left is not reached"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn who_is_away_keeps_what_is_open_until_the_seat_is_given_up() {
    let flags = [&RELAY[..], &["--grace", "1"]].concat();
    let server = Server::start(&flags).await;
    let (mut ada, _) = joins(server.address, "team").await;
    let (mut bob, joined) = joins(server.address, "team").await;
    // A seat that nobody is known to have has no grace.
    bob.send(&json!({ "update": { "name": "Bob", "media": {} } })).await;
    ada.expect("peer-updated").await;
    let bobs = Credentials::of(&joined);
    let mut here = bobs.guest("udp").await;
    assert_eq!(here.allocate().await, None);
    drop(bob);
    ada.expect("peer-away").await;
    assert_eq!(here.refresh(600).await, None, "the call goes on without a socket");
    assert_eq!(ada.expect("peer-left").await["reason"], "lost");
    soon("the end of the allocation", async {
        while here.refresh(600).await != Some(437) {}
    })
    .await;
    assert_eq!(bobs.guest("udp").await.allocate().await, Some(401));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_seat_that_is_taken_back_keeps_its_login_and_its_paths_until_it_is_given_up() {
    let server = Server::start(&RELAY).await;
    let (_ada, joined) = joins(server.address, "team").await;
    let login = Credentials::of(&joined);
    let mut here = login.allocated("udp").await;
    let mut again = Client::connect(server.address).await;
    let resume = json!({ "token": joined["resume-token"], "received": 0 });
    again
        .send(&json!({ "join": { "room": "team", "name": "Ada", "resume": resume } }))
        .await;
    assert_eq!(Credentials::of(&again.expect("resumed").await), login);
    talk(&mut login.allocated("tcp").await, &mut here).await;
    again.send(&json!("leave")).await;
    again.closed().await;
    assert_eq!(here.refresh(600).await, Some(437));
    assert_eq!(login.guest("udp").await.allocate().await, Some(401));
}

#[tokio::test]
async fn whoever_stays_for_longer_than_a_login_of_other_servers_lasts_is_given_newer_ones() {
    let flags = ["--ice-server=turn:192.0.2.7:3478", "--turn-secret=north"];
    let server = Server::with_short_logins(&flags, 6).await;
    let (mut ada, joined) = joins(server.address, "team").await;
    let (first, seat) = (Credentials::of(&joined), &joined["you"]["id"]);
    let newer = soon("a newer login", async {
        loop {
            let newer = Credentials::of(&ada.expect("ice-servers").await);
            if newer.username != first.username {
                return newer;
            }
        }
    })
    .await;
    for login in [&first, &newer] {
        assert_eq!(login.username.split_once(':').unwrap().1, seat);
    }
    assert_eq!(newer.urls, first.urls);
}

/// With a key that outlives the server.
fn keyed(listen: &str) -> [&str; 3] {
    [listen, RELAY[1], "--secret=000102030405060708090a0b0c0d0e0f"]
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_was_restarted_takes_the_logins_of_before_when_their_seats_are_back() {
    for signal in ["TERM", "KILL"] {
        let first = Running::start(&keyed(RELAY[0]));
        let (ada, joined) = joins(first.address, "team").await;
        let adas = Credentials::of(&joined);
        let (mut udp, mut tcp) = (adas.guest("udp").await, adas.guest("tcp").await);
        assert_eq!((udp.allocate().await, tcp.allocate().await), (None, None));
        first.signal(signal);
        let (code, log) = first.end();
        assert!(!log.contains("did not close in time"), "{log}");
        assert_eq!(code, (signal == "TERM").then_some(0), "{log}");
        drop(ada);
        let same = format!("--turn-listen={}", adas.relay("udp"));
        let second = Running::start(&keyed(&same));
        assert_eq!(adas.guest("udp").await.allocate().await, Some(401), "in the end");
        // Whoever asks a moment too early is served when the seat is back.
        let (mut udp, mut tcp) = (adas.guest("udp").await, adas.guest("tcp").await);
        let (udp_code, tcp_code, ada) = tokio::join!(udp.allocate(), tcp.allocate(), async {
            let mut ada = Client::connect(second.address).await;
            let resume = json!({ "token": joined["resume-token"], "received": 0 });
            ada.send(&json!({ "join": { "room": "team", "name": "Ada", "resume": resume } }))
                .await;
            assert_eq!(Credentials::of(&ada.expect("joined").await), adas);
            ada
        });
        assert_eq!((udp_code, tcp_code), (None, None), "after {signal}");
        talk(&mut udp, &mut tcp).await;
        drop(ada);
        second.signal("TERM");
        let (code, log) = second.end();
        assert_eq!(code, Some(0), "{log}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn while_sockets_are_told_that_the_server_closes_the_relay_goes_on() {
    let mut server = Server::start(&RELAY).await;
    let (_ada, joined) = joins(server.address, "team").await;
    let mut guest = Credentials::of(&joined).guest("udp").await;
    assert_eq!(guest.allocate().await, None);
    // It never answers the close, so that there is a while.
    let (mut deaf, _) = joins(server.address, "team").await;
    let mut peer = Credentials::of(&joined).allocated("tcp").await;
    server.stop();
    deaf.expect("bye").await;
    talk(&mut guest, &mut peer).await;
    server.stopped().await;
    let relay = Credentials::of(&joined).relay("udp");
    StdUdpSocket::bind(relay).expect("the relay's port is free again");
}

#[test]
fn a_taken_port_is_one_sentence_and_exit_code_1() {
    let tcp = StdTcpListener::bind("127.0.0.1:0").unwrap();
    let udp = StdUdpSocket::bind("127.0.0.1:0").unwrap();
    for taken in [tcp.local_addr().unwrap(), udp.local_addr().unwrap()] {
        let listen = taken.to_string();
        let what =
            format!("{listen} is taken by another program: stop that one, or choose another port with --turn-listen");
        let flags = [
            "--listen",
            "127.0.0.1:0",
            "--turn-listen",
            &listen,
            "--log-level",
            "off",
        ];
        assert_ended(&output(&flags), 1, &what);
    }
}

#[test]
fn two_addresses_of_one_family_are_one_sentence_and_exit_code_2() {
    let mut command = parlour(&["--listen", "127.0.0.1:0", "--turn-listen", "127.0.0.1:0"]);
    command.env("PARLOUR_EXTERNAL_IP", "203.0.113.7 203.0.113.8");
    assert_refused(&command.output().unwrap(), "name them with --external-ip");
}

#[tokio::test(flavor = "multi_thread")]
async fn where_nobody_named_an_address_the_relay_is_where_the_page_came_from() {
    let server = Server::start(&["--turn-listen", "0.0.0.0:0"]).await;
    let (_ada, joined) = joins(server.address, "team").await;
    let ada = Credentials::of(&joined);
    assert_eq!(ada.relay("udp").ip(), server.address.ip());
    assert_eq!(ada.allocated("udp").await.at().ip().to_string(), "192.0.2.1");
    let server = Server::start(&[
        "--turn-listen",
        "0.0.0.0:0",
        "--public-url",
        "https://calls.example.org",
    ])
    .await;
    // No browser: a page of this address may not open a socket any more.
    let stream = tokio::net::TcpStream::connect(server.address).await.unwrap();
    let local = stream.local_addr().unwrap();
    let mut client = Client::over(stream, local, None, server.address).await;
    client.send(&json!({ "join": { "room": "team", "name": "Ada" } })).await;
    let urls = Credentials::of(&client.expect("joined").await).urls;
    assert!(urls[0].starts_with("turn:calls.example.org:"), "{urls:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn bandwidth_is_what_the_flag_says() {
    let flags = [&RELAY[..], &["--relay-bandwidth", "10000", "--max-room-size", "2"]].concat();
    let server = Server::start(&flags).await;
    let (_ada, joined) = joins(server.address, "team").await;
    let mut guest = Credentials::of(&joined).guest("udp").await;
    assert_eq!(guest.allocate().await, None);
    let here = guest.at();
    assert_eq!(guest.bind(0x4000, here).await, None, "itself");
    let dropped = async {
        loop {
            guest.send_channel(0x4000, &[7; 1000]).await;
            let text = metrics(server.metrics).await;
            if !text.contains("parlour_relay_dropped_total{why=\"bandwidth\"} 0\n") {
                break;
            }
        }
    };
    // Hundreds of requests a second are far above ten kilobytes.
    tokio::time::timeout(Duration::from_secs(20), dropped)
        .await
        .expect("a bound");
}
