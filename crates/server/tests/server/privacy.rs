//! What people say, who they are and where they are stays out of the log, whatever its level.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};

use serde_json::json;
use stun_types::attribute::Software;
use stun_types::message::BINDING;
use stun_types::prelude::*;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpSocket, TcpStream, UdpSocket};

use crate::guest::message;
use crate::guest::net::soon;
use crate::program::Running;
use crate::secure::connect_from;
use crate::socket::Client;
use crate::support::get_from;
use crate::turn::{Credentials, RELAY};

/// Stands in everything that a participant sends.
const MARK: &str = "MARK7f3a";

/// An address that only participants have.
const PARTICIPANTS: IpAddr = IpAddr::V4(Ipv4Addr::new(127, 0, 77, 7));

#[tokio::test(flavor = "multi_thread")]
async fn nothing_that_participants_send_is_in_the_log_at_its_finest() {
    for format in ["text", "json"] {
        let flags = [&RELAY[..], &["--log-level", "trace", "--log-format", format]].concat();
        let mut running = Running::start(&flags);
        // Read while it runs, so that it never waits for a full pipe.
        let mut stderr = running.child.stderr.take().unwrap();
        let log = std::thread::spawn(move || {
            let mut log = String::new();
            std::io::Read::read_to_string(&mut stderr, &mut log).map(|_| log)
        });
        let (mut ports, secret) = converse(&running).await;
        let secrets = relayed(&running, &mut ports).await;
        running.signal("TERM");
        assert_eq!(running.end().0, Some(0));
        let log = log.join().unwrap().unwrap();

        for said in ["request answered", "closed"] {
            assert!(
                log.contains(said),
                "the finest log says nothing, so this test proves nothing:\n{log}"
            );
        }
        let lines = log.lines().filter(|line| line.contains("signaling")).count();
        assert!(
            lines > 0,
            "nothing of the conversation was logged, so this test proves nothing:\n{log}"
        );
        let lowered = log.to_lowercase();
        assert!(
            !lowered.contains(&MARK.to_lowercase()),
            "what somebody sent is in the log:\n{log}"
        );
        assert!(!log.contains("127.0.77.7"), "an address is in the log:\n{log}");
        assert!(!log.contains(&secret), "whoever reads the log can take a seat:\n{log}");
        for secret in secrets {
            assert!(
                !log.contains(&secret),
                "whoever reads the log can use the relay:\n{log}"
            );
        }
        for port in ports {
            assert!(
                !log.contains(&format!(":{port}")),
                "port {port} of a participant is in the log:\n{log}"
            );
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn nor_is_it_when_they_come_over_tls() {
    let state = tempfile::TempDir::new().unwrap();
    let folder = format!("--state-dir={}", state.path().display());
    let flags = [&RELAY[..], &["--log-level", "trace", "--tls=self-signed", &folder]].concat();
    let mut running = Running::start(&flags);
    let mut stderr = running.child.stderr.take().unwrap();
    let log = std::thread::spawn(move || {
        let mut log = String::new();
        std::io::Read::read_to_string(&mut stderr, &mut log).map(|_| log)
    });
    let server = running.address;
    let mut ports = Vec::new();
    let said: [(&[&str], Vec<u8>); 5] = [
        (
            &["http/1.1"],
            format!("GET /{MARK} HTTP/1.1\r\nhost: {MARK}\r\nconnection: close\r\n\r\n").into_bytes(),
        ),
        (&["http/1.1"], format!("{MARK} nonsense\r\n\r\n").into_bytes()),
        (&["h2"], format!("PRI * HTTP/2.0\r\n\r\n{MARK}").into_bytes()),
        (&["stun.turn"], MARK.as_bytes().to_vec()),
        (
            &[],
            message::request(7, BINDING, None, |message, _| {
                message.add_attribute(&Software::new(MARK).unwrap()).unwrap();
            }),
        ),
    ];
    for (offers, bytes) in said {
        let (mut stream, _) = connect_from(PARTICIPANTS, server, offers).await.unwrap();
        ports.push(stream.get_ref().0.local_addr().unwrap().port());
        stream.write_all(&bytes).await.unwrap();
        soon("an answer or the end", stream.read(&mut [0; 1000])).await.ok();
    }
    let tcp = TcpSocket::new_v4().unwrap();
    tcp.bind(SocketAddr::new(PARTICIPANTS, 0)).unwrap();
    let mut plain = tcp.connect(server).await.unwrap();
    ports.push(plain.local_addr().unwrap().port());
    plain
        .write_all(format!("GET /{MARK} HTTP/1.1\r\n\r\n").as_bytes())
        .await
        .unwrap();
    let _ = plain.read_to_end(&mut Vec::new()).await;
    assert!(
        connect_from(PARTICIPANTS, server, &[MARK]).await.is_err(),
        "a protocol that nobody speaks"
    );
    running.signal("TERM");
    assert_eq!(running.end().0, Some(0));
    let log = log.join().unwrap().unwrap();
    for said in ["request answered", "no handshake", "connection ended"] {
        assert!(
            log.contains(said),
            "not all of it was seen, so this test proves nothing:\n{log}"
        );
    }
    assert!(
        !log.to_lowercase().contains(&MARK.to_lowercase()),
        "what somebody sent is in the log:\n{log}"
    );
    assert!(!log.contains("127.0.77.7"), "an address is in the log:\n{log}");
    for port in ports {
        assert!(
            !log.contains(&format!(":{port}")),
            "port {port} of a participant is in the log:\n{log}"
        );
    }
}

/// Everything that a client can do to the relay, well-formed and not. Adds the ports that were used; gives what the
/// credentials were.
async fn relayed(running: &Running, ports: &mut Vec<u16>) -> [String; 2] {
    let mut client = Client::connect_from(PARTICIPANTS, running.address).await;
    ports.push(client.local.port());
    client.send(&json!({ "join": { "room": MARK, "name": MARK } })).await;
    let credentials = Credentials::of(&client.expect("joined").await);
    for transport in ["udp", "tcp"] {
        let mut guest = credentials.guest_from(PARTICIPANTS, transport).await;
        assert_eq!(guest.allocate().await, None);
        ports.extend([guest.mapped.unwrap().port(), guest.relayed.unwrap().port()]);
        let mut peer = credentials.guest_from(PARTICIPANTS, "udp").await;
        assert_eq!(peer.allocate().await, None);
        ports.extend([peer.mapped.unwrap().port(), peer.at().port()]);
        assert_eq!(
            (guest.bind(0x4000, peer.at()).await, peer.permit(guest.at()).await),
            (None, None)
        );
        guest.send_channel(0x4000, MARK.as_bytes()).await;
        peer.hear().await;
        peer.send(guest.at(), MARK.as_bytes()).await;
        guest.hear().await;
        // What comes from somebody without an allocation goes nowhere.
        let outside = UdpSocket::bind((PARTICIPANTS, 0)).await.unwrap();
        ports.push(outside.local_addr().unwrap().port());
        outside
            .send_to(MARK.as_bytes(), credentials.relay("udp"))
            .await
            .unwrap();
        // What is refused: a peer, and who is not who they say they are.
        assert_eq!(guest.permit(SocketAddr::new([10, 77, 0, 7].into(), 9)).await, Some(403));
        let mut forger = credentials.guest_from(PARTICIPANTS, transport).await;
        forger.client.password = MARK.to_owned();
        assert_eq!(forger.allocate().await, Some(401));
    }
    // What is no message: of no kind, cut short, and of attributes that are longer than it is. Then one that is answered, so that
    // they have been read.
    let stranger = UdpSocket::bind((PARTICIPANTS, 0)).await.unwrap();
    ports.push(stranger.local_addr().unwrap().port());
    stranger.connect(credentials.relay("udp")).await.unwrap();
    let id = u128::from(u32::from_be_bytes(*b"MARK"));
    let whole = message::request(id, BINDING, None, |message, _| {
        message.add_attribute(&Software::new(MARK).unwrap()).unwrap();
    });
    let mut long = whole.clone();
    long[23] = 0xff;
    for bytes in [MARK.as_bytes(), &whole[..whole.len() - 4], &long, &whole] {
        stranger.send(bytes).await.unwrap();
    }
    soon("an answer", stranger.recv(&mut [0; 1000])).await.unwrap();
    let mut stream = TcpStream::connect(credentials.relay("tcp")).await.unwrap();
    stream.write_all(&[0xff; 40]).await.unwrap();
    let _ = stream.read_to_end(&mut Vec::new()).await;
    client.send(&json!("leave")).await;
    client.closed().await;
    [credentials.username, credentials.password]
}

/// Everything that a client can say, well-formed and not. Gives the ports that it was said from, and the secret of a seat.
async fn converse(running: &Running) -> (Vec<u16>, String) {
    let server = running.address;
    let room = format!("room-{MARK}");
    let mut ada = Client::connect_from(PARTICIPANTS, server).await;
    ada.send(&json!({ "peek": { "room": room } })).await;
    ada.expect("occupancy").await;
    let ada_id = ada.join(&room, &format!("Ada {MARK}")).await;
    let mut bob = Client::connect_from(PARTICIPANTS, server).await;
    let bob_id = bob.join(&room, &format!("Bob {MARK}")).await;
    ada.expect("peer-joined").await;

    let sdp = format!("v=0\r\no={MARK} 1 1 IN IP4 127.0.77.7\r\n");
    let offer = json!({ "description": { "generation": 1, "kind": "offer", "sdp": sdp } });
    ada.send(&json!({ "signal": { "to": bob_id, "signal": offer } })).await;
    assert_eq!(bob.expect("signal").await["from"], ada_id);
    let candidate = format!("candidate:{MARK} 1 udp 1 127.0.77.7 9 typ host");
    let candidate = json!({ "candidate": { "generation": 1, "candidate": candidate, "sdp-mid": MARK } });
    bob.send(&json!({ "signal": { "to": ada_id, "signal": candidate } }))
        .await;
    ada.expect("signal").await;
    bob.send(&json!({ "update": { "name": format!("Robert {MARK}"), "media": { "camera": "on" } } }))
        .await;
    ada.expect("peer-updated").await;

    // What cannot be understood or done.
    bob.send_text(&format!("{{\"{MARK}\": ")).await;
    bob.expect("error").await;
    bob.send(&json!({ (MARK): 1 })).await;
    bob.expect("error").await;
    bob.send(&json!({ "join": { "room": room, "name": MARK } })).await;
    bob.expect("error").await;
    bob.send(&json!({ "update": { "name": MARK.repeat(1_000), "media": {} } }))
        .await;
    bob.expect("error").await;
    let stranger = "00000000-0000-4000-8000-000000000000";
    let long = json!({ "candidate": { "generation": 1, "candidate": MARK.repeat(1_000) } });
    bob.send(&json!({ "signal": { "to": stranger, "signal": long } })).await;
    bob.expect("error").await;
    let mut eve = Client::connect_from(PARTICIPANTS, server).await;
    eve.send(&json!({ "join": { "room": format!("../{MARK}"), "name": MARK } }))
        .await;
    eve.expect("error").await;
    eve.send_binary(MARK.as_bytes()).await;
    eve.closed().await;

    // A seat whose socket is lost and that is taken back, by its owner and by nobody.
    let mut cleo = Client::connect_from(PARTICIPANTS, server).await;
    cleo.send(&json!({ "join": { "room": room, "name": MARK } })).await;
    let secret = cleo.expect("joined").await["resume-token"].as_str().unwrap().to_owned();
    // A seat that nobody is known to have has no grace.
    cleo.send(&json!({ "update": { "name": MARK, "media": {} } })).await;
    while ada.expect("peer-updated").await["peer"]["name"] != MARK {}
    drop(cleo);
    ada.expect("peer-away").await;
    let mut cleo = Client::connect_from(PARTICIPANTS, server).await;
    for (shown, answer) in [(MARK, "error"), (&secret, "resumed")] {
        let resume = json!({ "token": shown, "received": 0, "known": [ada_id] });
        cleo.send(&json!({ "join": { "room": room, "name": MARK, "resume": resume } }))
            .await;
        cleo.expect(answer).await;
    }

    // Requests that name the room, good ones and bad ones.
    let headers = [
        ("user-agent", MARK),
        ("referer", MARK),
        ("x-forwarded-for", "127.0.77.7"),
        ("cookie", MARK),
    ];
    let (named, typed, missing) = (
        format!("/{room}?name={MARK}"),
        format!("/?room={MARK}!"),
        format!("/{MARK}/{MARK}"),
    );
    for path in [&named, &typed, &missing, &format!("/{room}/")] {
        get_from(server, path, &headers).await;
    }
    let mut stream = TcpStream::connect(server).await.unwrap();
    stream
        .write_all(format!("{MARK} nonsense {MARK}\r\n\r\n").as_bytes())
        .await
        .unwrap();
    let _ = stream.read_to_end(&mut Vec::new()).await;

    ada.send(&json!("leave")).await;
    ada.closed().await;
    // Bob's connection just breaks.
    let ports = [ada, bob, cleo, eve].map(|client| client.local.port());
    (ports.into(), secret)
}
