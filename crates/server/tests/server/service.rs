//! A server among services: what it tells systemd, and how a load balancer sees it go.

use std::os::unix::net::UnixDatagram;
use std::time::{Duration, Instant};

use http::StatusCode;
use tempfile::TempDir;

use crate::program::{Running, parlour};
use crate::socket::Client;
use crate::support::Server;

#[tokio::test(flavor = "multi_thread")]
async fn systemd_is_told_that_it_is_open_alive_and_closing() {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("notify");
    let socket = UnixDatagram::bind(&path).unwrap();
    socket.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
    let heard = || {
        let mut bytes = [0; 512];
        let length = socket.recv(&mut bytes).expect("in time");
        String::from_utf8(bytes[..length].to_vec()).unwrap()
    };
    let mut command = parlour(&["--listen", "127.0.0.1:0", "--drain-delay", "1"]);
    command.env("NOTIFY_SOCKET", &path).env("WATCHDOG_USEC", "200000");
    let running = Running::of(command);
    assert!(heard().contains("READY=1"));
    let start = Instant::now();
    for _ in 0..3 {
        assert!(heard().contains("WATCHDOG=1"));
    }
    assert!(
        start.elapsed() >= Duration::from_millis(150),
        "not more often than needed"
    );
    running.signal("TERM");
    let stopping = loop {
        let heard = heard();
        if heard.contains("STOPPING=1") {
            break heard;
        }
    };
    assert!(stopping.contains("EXTEND_TIMEOUT_USEC=6000000"), "{stopping}");
    assert_eq!(running.end().0, Some(0));
}

#[tokio::test(flavor = "multi_thread")]
async fn who_does_not_want_to_wait_for_the_draining_asks_a_second_time() {
    let mut running = Running::of(parlour(&["--listen", "127.0.0.1:0", "--drain-delay", "600"]));
    running.signal("TERM");
    running.logs_until("draining").await;
    running.signal("INT");
    assert_eq!(running.end().0, Some(0));
}

#[tokio::test]
async fn a_load_balancer_sees_it_drain_before_it_closes() {
    let mut server = Server::start(&["--drain-delay=2"]).await;
    let mut ada = Client::connect(server.address).await;
    ada.join("team", "Ada").await;
    let start = Instant::now();
    server.stop();
    let drains = async {
        while server.get("/healthz").await.status == StatusCode::OK {}
        // It is a new connection that reads this, and people still come in.
        let answer = server.get("/healthz").await;
        assert_eq!(
            (answer.status, answer.text()),
            (StatusCode::SERVICE_UNAVAILABLE, "draining")
        );
        let mut bob = Client::connect(server.address).await;
        bob.join("team", "Bob").await;
    };
    tokio::time::timeout(Duration::from_secs(2), drains)
        .await
        .expect("while it drains");
    ada.expect("bye").await;
    assert!(start.elapsed() >= Duration::from_secs(2), "{:?}", start.elapsed());
    drop(ada);
    server.stopped().await;
}
