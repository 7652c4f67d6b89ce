//! What a client gets that looks at its network before it joins.

mod common;

use std::sync::{Arc, Mutex};
use std::time::Duration;

use common::{Client, Server, eventually};
use protocol::{ClientMessage, Encoding, ErrorCode, IceServer, PeerId, ServerMessage};
use signaling::{Config, IceCredentials};

const BOTH: [Encoding; 2] = [Encoding::Postcard, Encoding::Json];

/// Notes who gets credentials, and who loses them.
#[derive(Debug, Default)]
struct Notes(Mutex<Vec<(&'static str, PeerId)>>);

impl Notes {
    fn all(&self) -> Vec<(&'static str, PeerId)> {
        self.0.lock().expect("not poisoned").clone()
    }
}

impl IceCredentials for Notes {
    fn issue(&self, peer: PeerId, _: Option<&str>) -> Vec<IceServer> {
        self.0.lock().expect("not poisoned").push(("issue", peer));
        vec![turn(peer)]
    }

    fn lifetime(&self) -> Option<Duration> {
        None
    }

    fn ended(&self, peer: PeerId) {
        self.0.lock().expect("not poisoned").push(("ended", peer));
    }
}

fn turn(peer: PeerId) -> IceServer {
    IceServer {
        urls: vec!["turn:192.0.2.1:3478?transport=udp".into()],
        username: Some(peer.to_string()),
        credential: Some("secret".into()),
    }
}

fn stun() -> IceServer {
    IceServer {
        urls: vec!["stun:192.0.2.1:3478".into()],
        username: None,
        credential: None,
    }
}

async fn server() -> (Server, Arc<Notes>) {
    let notes = Arc::new(Notes::default());
    let server = Server::start(Config {
        ice_servers: vec![stun()],
        ice_credentials: Some(Arc::clone(&notes) as _),
        ..Config::default()
    });
    (server.await, notes)
}

/// Probes; returns the credentials' owner.
async fn probe(client: &mut Client, notes: &Notes) -> PeerId {
    client.say(&ClientMessage::Probe).await;
    let ServerMessage::Probed { ice_servers } = client.message().await else {
        panic!("expected probed");
    };
    let (what, prober) = *notes.all().last().expect("some were issued");
    assert_eq!(what, "issue");
    assert_eq!(ice_servers, [stun(), turn(prober)]);
    prober
}

#[tokio::test]
async fn the_credentials_of_a_probe_end_when_its_socket_joins() {
    let (server, notes) = server().await;
    for encoding in BOTH {
        let mut ada = server.client(encoding).await;
        let prober = probe(&mut ada, &notes).await;
        let (you, _) = ada.join("room").await;
        assert_ne!(you.id, prober, "nobody ever sits in a room by a probe's id");
        eventually("the end of the probe", || notes.all().contains(&("ended", prober))).await;
        assert!(!notes.all().contains(&("ended", you.id)), "the seat's own stay");
    }
}

#[tokio::test]
async fn the_credentials_of_a_probe_end_with_its_socket() {
    let (server, notes) = server().await;
    for encoding in BOTH {
        let mut ada = server.client(encoding).await;
        let prober = probe(&mut ada, &notes).await;
        assert!(!notes.all().contains(&("ended", prober)));
        drop(ada);
        eventually("the end of the probe", || notes.all().contains(&("ended", prober))).await;
    }
    assert_eq!(notes.all().len(), 4);
}

#[tokio::test]
async fn a_join_that_is_refused_leaves_the_probe_as_it_is() {
    let (server, notes) = server().await;
    let mut ada = server.client(BOTH[0]).await;
    let prober = probe(&mut ada, &notes).await;
    ada.say(&common::join("no room!")).await;
    assert_eq!(ada.error().await.0, ErrorCode::InvalidRoom);
    assert_eq!(notes.all(), [("issue", prober)]);
    ada.join("room").await;
    assert!(notes.all().contains(&("ended", prober)));
}

#[tokio::test]
async fn a_socket_probes_once() {
    let (server, notes) = server().await;
    for encoding in BOTH {
        let mut ada = server.client(encoding).await;
        probe(&mut ada, &notes).await;
        let before = notes.all();
        ada.say(&ClientMessage::Probe).await;
        assert_eq!(ada.error().await, (ErrorCode::AlreadyProbed, None));
        assert_eq!(notes.all(), before);
        ada.join("room").await;
    }
    assert_eq!(server.errors(ErrorCode::AlreadyProbed), 2);
}

#[tokio::test]
async fn who_has_joined_does_not_probe() {
    let (server, notes) = server().await;
    for encoding in BOTH {
        let (mut ada, _) = server.member(encoding, "room").await;
        let before = notes.all();
        ada.say(&ClientMessage::Probe).await;
        assert_eq!(ada.error().await, (ErrorCode::AlreadyJoined, None));
        assert_eq!(notes.all(), before);
    }
}

#[tokio::test]
async fn who_probes_is_in_no_room() {
    let (server, notes) = server().await;
    let mut ada = server.client(BOTH[0]).await;
    probe(&mut ada, &notes).await;
    let stats = server.signaling.stats();
    assert_eq!((stats.seats, stats.rooms), (0, 0));
}
