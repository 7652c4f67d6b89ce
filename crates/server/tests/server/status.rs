//! What machines ask.

use http::StatusCode;
use serde_json::Value;

use crate::socket::Client;
use crate::support::{Server, get_from};

#[tokio::test]
async fn a_server_that_is_well_says_ok() {
    let server = Server::start(&[]).await;
    let answer = server.get("/healthz").await;
    assert_eq!((answer.status, answer.text()), (StatusCode::OK, "ok"));
    assert_eq!(answer.header("cache-control"), "no-store");
}

#[tokio::test]
async fn the_version_is_the_one_of_the_crate() {
    let server = Server::start(&[]).await;
    let answer = server.get("/version").await;
    assert_eq!(answer.header("content-type"), "application/json");
    let version: Value = serde_json::from_slice(&answer.body).unwrap();
    assert_eq!(version["name"], "parlour");
    assert_eq!(version["version"], env!("CARGO_PKG_VERSION"));
    assert!(version.as_object().unwrap().contains_key("commit"));
}

pub(crate) fn metric(text: &str, name: &str) -> u64 {
    let line = text
        .lines()
        .find(|line| line.starts_with(name) && line[name.len()..].starts_with([' ', '{']));
    let value = line
        .unwrap_or_else(|| panic!("no {name} in:\n{text}"))
        .rsplit(' ')
        .next();
    value.unwrap().parse().unwrap()
}

#[tokio::test]
async fn numbers_follow_what_goes_on_and_name_nobody() {
    let server = Server::start(&[]).await;
    let mut ada = Client::connect(server.address).await;
    let ada_id = ada.join("secret-room", "Ada").await;
    let mut bob = Client::connect(server.address).await;
    bob.join("secret-room", "Bob").await;
    let candidate = serde_json::json!({ "candidate": { "generation": 1, "candidate": "candidate:1" } });
    bob.send(&serde_json::json!({ "signal": { "to": ada_id, "signal": candidate } }))
        .await;
    ada.expect("signal").await;
    bob.send_text("nonsense").await;
    bob.expect("error").await;

    let answer = get_from(server.metrics, "/metrics", &[]).await;
    assert!(answer.header("content-type").starts_with("text/plain; version=0.0.4"));
    let text = answer.text();
    assert_eq!(metric(text, "parlour_sockets"), 2);
    assert_eq!(metric(text, "parlour_seats"), 2);
    assert_eq!(metric(text, "parlour_seats_away"), 0);
    assert_eq!(metric(text, "parlour_seats_resumed_total"), 0);
    assert_eq!(metric(text, "parlour_rooms"), 1);
    assert_eq!(metric(text, "parlour_signals_relayed_total"), 1);
    assert!(text.contains("parlour_errors_total{code=\"bad-message\"} 1"), "{text}");
    for secret in ["secret-room", "Ada", "Bob", ada_id.as_str()] {
        assert!(!text.contains(secret), "{secret} in:\n{text}");
    }
    for line in text.lines() {
        assert!(line.starts_with("# ") || line.starts_with("parlour_"), "{line}");
    }
}

#[tokio::test]
async fn numbers_are_not_for_the_public() {
    let server = Server::start(&[]).await;
    assert_eq!(server.get("/metrics").await.status, StatusCode::NOT_FOUND);
    let beside = get_from(server.metrics, "/healthz", &[]).await;
    assert_eq!((beside.status, beside.text()), (StatusCode::OK, "ok"));
    assert_eq!(get_from(server.metrics, "/", &[]).await.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn flags_reach_the_rooms() {
    let server = Server::start(&[
        "--max-room-size",
        "2",
        "--ice-server",
        "turn:turn.example:3478,user,secret",
        "--max-rooms",
        "1",
    ])
    .await;
    let mut ada = Client::connect(server.address).await;
    ada.send(&serde_json::json!({ "join": { "room": "team", "name": "Ada" } }))
        .await;
    let joined = ada.expect("joined").await;
    assert_eq!(joined["capacity"], 2);
    assert_eq!(joined["ice-servers"][0]["urls"][0], "turn:turn.example:3478");
    assert_eq!(joined["ice-servers"][0]["credential"], "secret");
    let mut other = Client::connect(server.address).await;
    other
        .send(&serde_json::json!({ "join": { "room": "another", "name": "Eve" } }))
        .await;
    assert_eq!(other.expect("error").await["code"], "too-many-rooms");
}

#[tokio::test]
async fn only_pages_of_this_host_and_named_ones_may_open_sockets() {
    let friend = ["--allow-origin", "https://friend.example"];
    let nameless = Server::start(&friend).await;
    let named = Server::start(&[&friend[..], &["--public-url", "https://calls.example.org"]].concat()).await;
    let status = async |server: &Server, origin: &str| {
        let headers = [
            ("origin", origin),
            ("connection", "upgrade"),
            ("upgrade", "websocket"),
            ("sec-websocket-version", "13"),
            ("sec-websocket-key", "dGhlIHNhbXBsZSBub25jZQ=="),
            ("sec-websocket-protocol", "parlour.v1"),
        ];
        server.get_with("/ws", &headers).await.status
    };
    let (ours, theirs) = (
        format!("http://{}", nameless.address),
        format!("http://{}", named.address),
    );
    for (server, origin) in [
        (&nameless, ours.as_str()),
        (&nameless, "https://friend.example"),
        (&named, "https://friend.example"),
        (&named, "https://calls.example.org"),
    ] {
        assert_eq!(
            status(server, origin).await,
            StatusCode::SWITCHING_PROTOCOLS,
            "{origin}"
        );
    }
    for (server, origin) in [
        (&nameless, "https://evil.example"),
        (&nameless, "http://friend.example"),
        (&nameless, "null"),
        // A name of somebody else's may lead here: where the own one is known, the host proves nothing.
        (&named, theirs.as_str()),
    ] {
        assert_eq!(status(server, origin).await, StatusCode::FORBIDDEN, "{origin}");
    }
}
