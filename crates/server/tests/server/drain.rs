//! Stopping.

use std::time::{Duration, Instant};

use http::StatusCode;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use crate::socket::Client;
use crate::support::{Connection, Server};

const PROMISED: Duration = Duration::from_secs(5);

#[tokio::test]
async fn sockets_get_a_bye_and_the_server_ends() {
    let mut server = Server::start(&[]).await;
    let mut ada = Client::connect(server.address).await;
    ada.join("team", "Ada").await;
    let mut bob = Client::connect(server.address).await;
    bob.join("team", "Bob").await;
    let start = Instant::now();
    server.stop();
    for client in [&mut ada, &mut bob] {
        assert!(client.expect("bye").await["retry-after-ms"].is_number());
        let frame = client.closed().await.expect("a close frame");
        assert_eq!(u16::from(frame.code), 1001);
    }
    drop((ada, bob));
    server.stopped().await;
    assert!(start.elapsed() < PROMISED, "it took {:?}", start.elapsed());
}

#[tokio::test]
async fn clients_that_never_answer_do_not_hold_it_up() {
    let mut server = Server::start(&[]).await;
    // A socket that reads nothing any more, half of a request, and a connection that says nothing.
    let mut deaf = Client::connect(server.address).await;
    deaf.join("team", "Deaf").await;
    let mut half = TcpStream::connect(server.address).await.unwrap();
    half.write_all(b"GET / HTTP/1.1\r\nhost: a").await.unwrap();
    let silent = TcpStream::connect(server.address).await.unwrap();
    let idle = server.get("/healthz").await;
    assert_eq!(idle.status, StatusCode::OK);
    let start = Instant::now();
    server.stop();
    server.stopped().await;
    assert!(start.elapsed() < PROMISED, "it took {:?}", start.elapsed());
    drop((deaf, half, silent));
}

#[tokio::test]
async fn while_it_drains_it_says_so_on_connections_that_are_open_and_takes_no_new_ones() {
    let mut server = Server::start(&[]).await;
    let address = server.address;
    // Keeps the drain going: it never answers the close.
    let mut deaf = Client::connect(address).await;
    deaf.join("team", "Deaf").await;
    let mut open = Connection::open(address).await;
    assert_eq!(open.get("/healthz", &[]).await.status, StatusCode::OK);
    server.stop();
    let refused = async {
        while TcpStream::connect(address).await.is_ok() {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    };
    tokio::time::timeout(PROMISED, refused)
        .await
        .expect("new connections are refused");
    let answer = open.get("/healthz", &[]).await;
    assert_eq!(
        (answer.status, answer.text()),
        (StatusCode::SERVICE_UNAVAILABLE, "draining")
    );
    server.stopped().await;
}

#[tokio::test]
async fn a_head_without_end_is_refused_at_its_limit() {
    let server = Server::start(&[]).await;
    let mut stream = TcpStream::connect(server.address).await.unwrap();
    stream.write_all(b"GET / HTTP/1.1\r\nhost: a\r\nx: ").await.unwrap();
    let chunk = [b'x'; 8 * 1024];
    let mut written = 0;
    // The server stops reading and closes; the writes fail then.
    while written < (4 << 20) && stream.write_all(&chunk).await.is_ok() {
        written += chunk.len();
    }
    let mut answer = Vec::new();
    let _ = stream.read_to_end(&mut answer).await;
    assert!(written < (4 << 20), "a head of 4 MiB was taken");
    assert_eq!(
        server.get("/healthz").await.status,
        StatusCode::OK,
        "others notice nothing"
    );
}
