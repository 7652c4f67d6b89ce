//! coturn's own test client against the relay. Skipped, and said so, where `turnutils_uclient` is not installed.
#![allow(missing_docs, clippy::unwrap_used)]

mod common;

use std::net::SocketAddr;
use std::process::Stdio;

use common::net::{Running, soon};
use tokio::process::Command;

/// Runs `turnutils_uclient` with its own peers on loopback, and returns what it printed. `None` where it is not installed.
async fn uclient(running: &Running, flags: &[&str]) -> Option<String> {
    let login = running.relay.issue("seat").unwrap();
    let address: SocketAddr = running.address;
    let output = Command::new("turnutils_uclient")
        .args([
            "-u",
            &login.username,
            "-w",
            &login.password,
            "-p",
            &address.port().to_string(),
        ])
        .args(flags)
        .arg(address.ip().to_string())
        .stdin(Stdio::null())
        .kill_on_drop(true)
        .output();
    let output = match soon("the end of turnutils_uclient", output).await {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
            println!("skipped: turnutils_uclient is not installed (apt-get install coturn)");
            return None;
        }
        output => output.unwrap(),
    };
    let text = String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{text}");
    Some(text)
}

/// Two allocations of one client talk to each other: what one sends comes back through the other.
async fn all_comes_back(flags: &[&str]) {
    let running = Running::start(|_| {}).await;
    let clients = 4;
    let messages = 100;
    let (m, n) = (clients.to_string(), messages.to_string());
    let sizes = ["-m", &m, "-n", &n, "-l", "900", "-z", "5"];
    let flags: Vec<_> = flags.iter().copied().chain(sizes).collect();
    if let Some(text) = uclient(&running, &flags).await {
        let all = (clients * messages).to_string();
        assert!(text.contains(&format!("tot_send_msgs={all}")), "{text}");
        assert!(text.contains(&format!("tot_recv_msgs={all}")), "{text}");
        let stats = running.relay.stats();
        assert!(stats.to_peers.packets >= clients * messages, "{stats:?}");
        assert_eq!(stats.dropped, relay::Dropped::default());
    }
    running.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn channels_over_udp() {
    all_comes_back(&["-y", "-c"]).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn indications_over_udp() {
    all_comes_back(&["-y", "-c", "-s"]).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn channels_over_tcp() {
    all_comes_back(&["-y", "-c", "-t"]).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn indications_over_tcp() {
    all_comes_back(&["-y", "-c", "-s", "-t"]).await;
}
