//! What those who run services do to all of them.

use std::fs;
use std::net::TcpStream;
use std::process::Command;

use http::StatusCode;
use tempfile::TempDir;

use crate::program::{Running, assert_refused, output, parlour};
use crate::socket::Client;
use crate::support::{Server, get_from};

#[tokio::test(flavor = "multi_thread")]
async fn a_reload_without_files_changes_nothing() {
    let running = Running::start(&[]);
    let mut ada = Client::connect(running.address).await;
    ada.join("team", "Ada").await;
    for _ in 0..3 {
        running.signal("HUP");
        assert_eq!(get_from(running.address, "/healthz", &[]).await.text(), "ok");
    }
    running.signal("TERM");
    ada.expect("bye").await;
    drop(ada);
    assert_eq!(running.end().0, Some(0));
}

#[tokio::test(flavor = "multi_thread")]
async fn variables_that_are_empty_or_full_of_white_space_are_taken_as_they_are_meant() {
    let mut command = parlour(&["--listen", "127.0.0.1:0"]);
    for name in [
        "DOMAIN",
        "PUBLIC_URL",
        "ALLOW_ORIGIN",
        "MAX_ROOMS",
        "SECRET",
        "LOG_FORMAT",
        "TLS",
    ] {
        command.env(format!("PARLOUR_{name}"), "");
    }
    command.env("PARLOUR_MAX_ROOM_SIZE", " 3\n");
    command.env(
        "PARLOUR_ICE_SERVER",
        "stun:a.example  stun:b.example\n\tstun:c.example\n",
    );
    let running = Running::of(command);
    let mut ada = Client::connect(running.address).await;
    ada.send(&serde_json::json!({ "join": { "room": "team", "name": "Ada" } }))
        .await;
    let joined = ada.expect("joined").await;
    assert_eq!(joined["capacity"], 3);
    let urls: Vec<_> = joined["ice-servers"]
        .as_array()
        .unwrap()
        .iter()
        .map(|server| &server["urls"][0])
        .collect();
    assert_eq!(urls, ["stun:a.example", "stun:b.example", "stun:c.example"]);
    running.signal("KILL");
}

#[test]
fn a_variable_that_is_wrong_is_still_refused() {
    let mut command = parlour(&["--listen", "127.0.0.1:0"]);
    command.env("PARLOUR_ICE_SERVER", "stun:a.example  nonsense");
    assert_refused(&command.output().unwrap(), "--ice-server");
}

#[test]
fn the_file_of_a_secret_holds_random_bytes() {
    let folder = TempDir::new().unwrap();
    let file = folder.path().join("secret");
    let flags = ["--listen", "127.0.0.1:0", "--secret-file", file.to_str().unwrap()];
    assert_refused(&output(&flags), "--secret-file");
    fs::write(&file, "correct horse battery staple\n").unwrap();
    let refused = output(&flags);
    assert_refused(&refused, "openssl rand -hex 32");
    assert!(!String::from_utf8_lossy(&refused.stderr).contains("horse"));
    fs::write(&file, "000102030405060708090a0b0c0d0e0f\n").unwrap();
    let running = Running::start(&flags[2..]);
    running.signal("TERM");
    assert_eq!(running.end().0, Some(0));
}

#[tokio::test(flavor = "multi_thread")]
async fn out_of_descriptors_is_said_once_and_so_is_its_end() {
    let mut command = Command::new("sh");
    let program = parlour(&[]);
    for (name, value) in program.get_envs() {
        match value {
            Some(value) => command.env(name, value),
            None => command.env_remove(name),
        };
    }
    command
        .args(["-c", "ulimit -n 40 && exec \"$0\" --listen 127.0.0.1:0"])
        .arg(program.get_program());
    let mut running = Running::of(command);
    let crowd: Vec<_> = (0..80)
        .filter_map(|_| TcpStream::connect(running.address).ok())
        .collect();
    running.says("no-sockets").await;
    drop(crowd);
    let lines = running.logs_until("sockets-again").await;
    let again = lines.iter().filter(|line| line.contains("no-sockets")).count();
    assert_eq!(again, 0, "{lines:?}");
    assert_eq!(get_from(running.address, "/healthz", &[]).await.text(), "ok");
    running.signal("KILL");
}

#[tokio::test]
async fn what_proxies_ask_by_themselves_is_answered_well() {
    let server = Server::start(&[]).await;
    for (method, path, expected) in [
        ("OPTIONS", "/", StatusCode::NO_CONTENT),
        ("HEAD", "/", StatusCode::OK),
        ("OPTIONS", "/healthz", StatusCode::OK),
        ("HEAD", "/healthz", StatusCode::OK),
    ] {
        assert_eq!(server.ask(method, path, &[]).await.status, expected, "{method} {path}");
    }
}

#[tokio::test]
async fn an_upgrade_may_be_a_list_and_stand_on_several_lines() {
    let server = Server::start(&[]).await;
    let rest = [
        ("sec-websocket-version", "13"),
        ("sec-websocket-key", "dGhlIHNhbXBsZSBub25jZQ=="),
        ("sec-websocket-protocol", "parlour.v1"),
    ];
    for (lines, expected) in [
        (
            &[
                ("connection", "keep-alive"),
                ("connection", "Upgrade"),
                ("upgrade", "websocket"),
            ][..],
            StatusCode::SWITCHING_PROTOCOLS,
        ),
        (
            &[("connection", "keep-alive, upgrade"), ("upgrade", "h2c, WebSocket")],
            StatusCode::SWITCHING_PROTOCOLS,
        ),
        (
            &[("connection", "upgrade"), ("upgrade", "h2c"), ("upgrade", "websocket")],
            StatusCode::SWITCHING_PROTOCOLS,
        ),
        (
            &[("connection", "upgrade"), ("upgrade", "h2c")],
            StatusCode::UPGRADE_REQUIRED,
        ),
        (
            &[("connection", "upgraded"), ("upgrade", "websocket")],
            StatusCode::UPGRADE_REQUIRED,
        ),
    ] {
        let headers: Vec<_> = lines.iter().chain(&rest).copied().collect();
        assert_eq!(server.get_with("/ws", &headers).await.status, expected, "{lines:?}");
    }
}
