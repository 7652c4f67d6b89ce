//! coturn's own test client against the relay. Skipped, and said so, where `turnutils_uclient` is not installed.
#![allow(missing_docs, clippy::unwrap_used)]

mod common;

use common::net::Running;
use common::uclient;

/// Two allocations of one client talk to each other: what one sends comes back through the other.
async fn all_comes_back(flags: &[&str]) {
    let running = Running::start(|_| {}).await;
    running.relay.sit("seat", 1);
    let login = running.relay.issue("seat").unwrap();
    let count = uclient::there_and_back(running.address, &login.username, &login.password, flags).await;
    if let Some(count) = count {
        assert_eq!(count.received, count.sent);
        let stats = running.relay.stats();
        assert!(stats.to_peers.packets >= count.sent, "{stats:?}");
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
