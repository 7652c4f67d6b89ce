//! The program as it is run: against the signaling server of this checkout, and against what it must refuse.

#![allow(clippy::unwrap_used, reason = "a test says by panicking")]

use std::process::{Output, Stdio};
use std::time::Duration;

use signaling::{Config, Signaling};
use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::net::TcpListener;
use tokio::process::Command;
use tokio::time::timeout;

fn loadgen(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_loadgen"));
    command.args(arguments).kill_on_drop(true).stdin(Stdio::piped());
    command
}

async fn output(arguments: &[&str]) -> Output {
    let ended = loadgen(arguments).stdin(Stdio::null()).output();
    timeout(Duration::from_secs(30), ended).await.unwrap().unwrap()
}

#[tokio::test]
async fn seats_are_held_until_the_input_ends() {
    let signaling = Signaling::new(Config::default());
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap().to_string();
    let app = signaling.router();
    tokio::spawn(async move { axum::serve(listener, app).await });

    let mut command = loadgen(&["hold", "--server", &address, "--seats", "10", "--room-size", "4"]);
    let mut holder = command.stdout(Stdio::piped()).spawn().unwrap();
    let mut line = String::new();
    let mut output = BufReader::new(holder.stdout.take().unwrap());
    timeout(Duration::from_secs(30), output.read_line(&mut line))
        .await
        .unwrap()
        .unwrap();
    assert_eq!(line, "held\n");
    let stats = signaling.stats();
    assert_eq!((stats.seats, stats.rooms), (10, 3), "two rooms of four and one of two");

    drop(holder.stdin.take());
    assert!(
        timeout(Duration::from_secs(30), holder.wait())
            .await
            .unwrap()
            .unwrap()
            .success()
    );
}

#[tokio::test]
async fn a_flood_comes_from_one_address_and_ends_with_its_input() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap().to_string();
    let mut flood = loadgen(&["flood", "--server", &address, "--relay", "127.0.0.1:9"])
        .stdout(Stdio::null())
        .spawn()
        .unwrap();
    for _ in 0..20 {
        let accepted = timeout(Duration::from_secs(30), listener.accept()).await.unwrap();
        assert_eq!(accepted.unwrap().1.ip().to_string(), "127.0.1.1");
    }
    drop(flood.stdin.take());
    let ended = timeout(Duration::from_secs(30), flood.wait()).await.unwrap();
    assert!(ended.unwrap().success());
}

#[tokio::test]
async fn a_lost_seat_is_an_error() {
    let signaling = Signaling::new(Config::default());
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap().to_string();
    let app = signaling.router();
    tokio::spawn(async move { axum::serve(listener, app).await });

    let mut holder = loadgen(&["hold", "--server", &address, "--seats", "2"])
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    // Waiting for it would end its input, and with that it would let its seats go.
    let input = holder.stdin.take();
    let mut line = String::new();
    let mut output = BufReader::new(holder.stdout.take().unwrap());
    timeout(Duration::from_secs(30), output.read_line(&mut line))
        .await
        .unwrap()
        .unwrap();
    signaling.shutdown().await;
    assert!(
        !timeout(Duration::from_secs(30), holder.wait())
            .await
            .unwrap()
            .unwrap()
            .success()
    );
    drop(input);
}

#[tokio::test]
async fn other_machines_are_refused() {
    for arguments in [
        &["hold", "--server", "192.0.2.1:3000"][..],
        &["hold", "--server", "example.org:3000"],
        &["flood", "--server", "192.0.2.1:3000", "--relay", "127.0.0.1:9"],
        &["flood", "--server", "127.0.0.1:9", "--relay", "192.0.2.1:3478"],
        &["bare-relay", "--listen", "0.0.0.0:0"],
    ] {
        let output = output(arguments).await;
        assert_eq!(output.status.code(), Some(2), "{arguments:?}");
    }
}

#[tokio::test]
async fn more_seats_than_are_allowed_are_refused() {
    let output = output(&["hold", "--server", "127.0.0.1:9", "--seats", "5001"]).await;
    assert_eq!(output.status.code(), Some(2));
}

#[tokio::test]
async fn a_server_that_is_not_there_is_an_error() {
    let output = output(&["hold", "--server", "127.0.0.1:9", "--seats", "1"]).await;
    assert_eq!(output.status.code(), Some(1));
    assert!(String::from_utf8(output.stderr).unwrap().contains("cannot connect"));
}
