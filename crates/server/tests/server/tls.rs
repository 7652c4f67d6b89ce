//! HTTPS: pages, sockets and the relay on one port.

use std::fs;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use axum::body::Body;
use http::{Request, StatusCode};
use tempfile::TempDir;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio_rustls::client::TlsStream;

use crate::guest::message;
use crate::guest::net::{FromPeer, Guest, Line};
use crate::guest::uclient;
use crate::program::{Running, assert_ended, assert_refused, output, parlour};
use crate::secure::{Http2, connect, joined, opened, shown};
use crate::socket::Client;
use crate::status::metric;
use crate::support::{Server, get_from};
use crate::turn::{Credentials, RELAY};

/// Own files in a folder.
struct Files(TempDir);

impl Files {
    fn new() -> Self {
        let files = Self(TempDir::new().unwrap());
        files.renew();
        files
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    fn renew(&self) {
        let made = rcgen::generate_simple_self_signed(["localhost".to_owned(), "127.0.0.1".to_owned()]).unwrap();
        fs::write(self.path("cert.pem"), made.cert.pem()).unwrap();
        fs::write(self.path("key.pem"), made.signing_key.serialize_pem()).unwrap();
    }

    fn flags(&self) -> [String; 2] {
        [("cert", "cert.pem"), ("key", "key.pem")]
            .map(|(flag, file)| format!("--tls-{flag}={}", self.path(file).display()))
    }

    async fn server(&self, flags: &[&str]) -> Server {
        let own = self.flags();
        let all: Vec<_> = own.iter().map(String::as_str).chain(flags.iter().copied()).collect();
        Server::start(&all).await
    }
}

#[tokio::test]
async fn pages_come_over_both_versions_of_http() {
    let server = Files::new().server(&[]).await;
    let mut http2 = Http2::open(server.address).await;
    for path in ["/healthz", "/", "/team", "/pkg/parlour.wasm"] {
        let answer = http2.get(path).await;
        assert_eq!(answer.status, StatusCode::OK, "{path}");
        assert_eq!(answer.header("strict-transport-security"), "max-age=63072000");
        let policy = answer.header("content-security-policy");
        assert!(policy.contains(&format!("wss://{}", server.address)), "{policy}");
    }
    let (mut stream, _) = connect(server.address, &[]).await.unwrap();
    stream
        .write_all(b"GET /healthz HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n")
        .await
        .unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.unwrap();
    assert!(answer.starts_with("HTTP/1.1 200") && answer.ends_with("ok"), "{answer}");
}

#[tokio::test]
async fn a_renewed_certificate_is_served_while_calls_and_connections_go_on() {
    let files = Files::new();
    let mut running = Running::over_tls(&files.flags());
    assert_eq!(
        running.line,
        format!("Parlour is open at https://localhost:{}\n", running.address.port())
    );
    let first = shown(running.address).await;
    let mut http2 = Http2::open(running.address).await;
    let mut ada = joined(running.address, "Ada").await;

    // What cannot be used changes nothing, and is said.
    fs::write(files.path("key.pem"), "nonsense").unwrap();
    running.signal("HUP");
    assert!(running.says("certificate-broken").await.contains("correct the files"));
    assert_eq!(shown(running.address).await, first);

    files.renew();
    running.signal("HUP");
    let another = async {
        while shown(running.address).await == first {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(Duration::from_secs(20), another)
        .await
        .expect("the new certificate");
    assert_eq!(
        http2.get("/healthz").await.text(),
        "ok",
        "the connection from before goes on"
    );
    let mut bob = joined(running.address, "Bob").await;
    ada.expect("peer-joined").await;
    running.signal("TERM");
    ada.expect("bye").await;
    bob.expect("bye").await;
    drop((ada, bob));
    let (code, errors) = running.end();
    assert_eq!(code, Some(0), "{errors}");
}

#[tokio::test]
async fn files_that_cannot_be_served_are_one_sentence_and_exit_code_2() {
    let files = Files::new();
    let [certificate, key] = files.flags();
    let flags = ["--listen", "127.0.0.1:0", &certificate, &key];
    fs::write(files.path("key.pem"), "nonsense").unwrap();
    assert_refused(&output(&flags), "no private key");
    fs::remove_file(files.path("cert.pem")).unwrap();
    assert_refused(&output(&flags), "cannot be read");
    for (flags, what) in [
        (vec!["--tls-cert=c"], "--tls-key"),
        (vec!["--domain=a.example", "--tls=self-signed"], "cannot be used with"),
        (vec!["--domain=https://a.example"], "write the bare name"),
        (vec!["--http-listen=127.0.0.1:0"], "--domain"),
        (vec!["--acme-email=ada@example.org"], "--domain"),
        (
            vec![
                "--listen=127.0.0.1:0",
                "--tls=self-signed",
                "--public-url=http://a.example",
            ],
            "write https there",
        ),
    ] {
        assert_refused(&output(&flags), what);
    }
}

#[tokio::test]
async fn a_self_signed_certificate_is_printed_and_stays_the_same() {
    let state = TempDir::new().unwrap();
    let flags = [
        "--tls=self-signed".to_owned(),
        format!("--state-dir={}", state.path().display()),
    ];
    let mut seen = Vec::new();
    for _ in 0..2 {
        let running = Running::over_tls(&flags);
        let leaf = shown(running.address).await;
        let digest = fingerprint(&leaf);
        assert_eq!(
            running.more,
            format!("Its certificate has the SHA-256 fingerprint {digest}\n")
        );
        let answer = Http2::open(running.address).await.get("/").await;
        assert!(
            !answer.headers.contains_key("strict-transport-security"),
            "nobody trusts it"
        );
        seen.push(leaf);
        running.signal("TERM");
        assert_eq!(running.end().0, Some(0));
    }
    assert_eq!(seen[0], seen[1]);
    assert_private(state.path());
}

/// SHA-256 as browsers write it.
fn fingerprint(bytes: &[u8]) -> String {
    use sha2::Digest as _;
    let bytes: Vec<_> = sha2::Sha256::digest(bytes)
        .iter()
        .map(|byte| format!("{byte:02X}"))
        .collect();
    bytes.join(":")
}

/// Whatever is in the folder is for its owner alone.
pub(crate) fn assert_private(folder: &Path) {
    use std::os::unix::fs::PermissionsExt as _;
    let mut files = 0;
    for entry in fs::read_dir(folder).unwrap() {
        let entry = entry.unwrap();
        let metadata = entry.metadata().unwrap();
        let mode = metadata.permissions().mode() & 0o777;
        if metadata.is_dir() {
            assert_eq!(mode, 0o700, "{entry:?}");
            assert_private(&entry.path());
        } else {
            assert_eq!(mode, 0o600, "{entry:?}");
        }
        files += 1;
    }
    assert!(files > 0, "nothing is in {}", folder.display());
}

#[tokio::test]
async fn whoever_says_nothing_or_nonsense_holds_nobody_up() {
    let mut server = Files::new().server(&["--turn-listen=127.0.0.1:0"]).await;
    let silent = TcpStream::connect(server.address).await.unwrap();
    let (shaken, _) = connect(server.address, &[]).await.unwrap();
    let mut plain = TcpStream::connect(server.address).await.unwrap();
    plain.write_all(b"GET / HTTP/1.1\r\nhost: a\r\n\r\n").await.unwrap();
    let mut answer = Vec::new();
    let _ = plain.read_to_end(&mut answer).await;
    assert!(!answer.starts_with(b"HTTP"), "http on the port of https");
    let mut idle = Http2::open(server.address).await;
    assert_eq!(idle.get("/healthz").await.status, StatusCode::OK);
    let mut ada = joined(server.address, "Ada").await;
    let start = Instant::now();
    server.stop();
    ada.expect("bye").await;
    server.stopped().await;
    assert!(
        start.elapsed() < Duration::from_secs(5),
        "it took {:?}",
        start.elapsed()
    );
    drop((silent, shaken, ada));
}

#[tokio::test]
async fn a_head_without_end_is_refused_over_http2_as_well() {
    let server = Files::new().server(&[]).await;
    let mut http2 = Http2::open(server.address).await;
    let request = Request::get(format!("https://{}/", server.address)).header("x", "x".repeat(60 * 1024));
    let answer = http2.send.send_request(request.body(Body::empty()).unwrap()).await;
    assert!(answer.is_err() || answer.unwrap().status() == StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE);
    assert_eq!(
        Http2::open(server.address).await.get("/healthz").await.status,
        StatusCode::OK
    );
}

/// Sends a Binding request in pieces, and reads the answer.
async fn binding(server: SocketAddr, offers: &[&str], piece: usize) -> Vec<u8> {
    let (mut stream, _) = connect(server, offers).await.unwrap();
    let request = message::request(7, stun_types::message::BINDING, None, |_, _| {});
    for piece in request.chunks(piece) {
        stream.write_all(piece).await.unwrap();
        stream.flush().await.unwrap();
    }
    let mut answer = vec![0; 20];
    let reading = tokio::time::timeout(Duration::from_secs(20), stream.read_exact(&mut answer));
    reading.await.expect("an answer in time").unwrap();
    answer
}

#[tokio::test]
async fn the_relay_is_reached_on_the_same_port() {
    let server = Files::new().server(&["--turn-listen=127.0.0.1:0"]).await;
    for (offers, piece) in [
        (&[][..], 20),
        (&[], 1),
        (&[], 7),
        (&["stun.turn"], 20),
        (&["stun.nat-discovery"], 20),
        (&["h2", "http/1.1"], 20),
        (&["http/1.1"], 3),
    ] {
        let answer = binding(server.address, offers, piece).await;
        assert_eq!(answer[..2], [0x01, 0x01], "a Binding success response to {offers:?}");
    }
    assert_eq!(Http2::open(server.address).await.get("/healthz").await.text(), "ok");
    let mut ada = opened(server.address).await;
    ada.send(&serde_json::json!({ "join": { "room": "team", "name": "Ada" } }))
        .await;
    let urls = ada.expect("joined").await["ice-servers"].to_string();
    let expected = format!("turns:127.0.0.1:{}?transport=tcp", server.address.port());
    assert!(urls.contains(&expected), "{urls}");
}

/// Somebody in a room, and what they use the relay with.
async fn seated(server: SocketAddr) -> (Client<TlsStream<TcpStream>>, Credentials) {
    let mut ada = opened(server).await;
    ada.send(&serde_json::json!({ "join": { "room": "team", "name": "Ada" } }))
        .await;
    let login = Credentials::of(&ada.expect("joined").await);
    (ada, login)
}

/// What the relay says that it carried to peers and to clients, and what it dropped.
async fn carried(server: SocketAddr) -> (u64, u64, u64) {
    let text = get_from(server, "/metrics", &[]).await.text().to_owned();
    let packets = |to| metric(&text, &format!("parlour_relay_packets_total{{to=\"{to}\"}}"));
    let dropped = text
        .lines()
        .filter(|line| line.starts_with("parlour_relay_dropped_total{"));
    let dropped = dropped.map(|line| line.rsplit(' ').next().unwrap().parse::<u64>().unwrap());
    (packets("peers"), packets("clients"), dropped.sum())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn thousands_of_packets_pass_the_relay_over_tls_and_none_is_lost_or_changed() {
    const ROUNDS: u16 = 100;
    const WINDOW: u16 = 32;
    let server = Files::new().server(&RELAY).await;
    let (_ada, login) = seated(server.address).await;
    let (stream, _) = connect(server.address, &[]).await.unwrap();
    let line = Line::over(stream);
    let mut guest = Guest::with(line, login.username.clone(), login.password.clone());
    assert_eq!(guest.allocate().await, None);
    let mut peer = login.guest("udp").await;
    assert_eq!(peer.allocate().await, None);
    let (here, there) = (guest.at(), peer.at());
    assert_eq!((guest.bind(0x4000, there).await, peer.permit(here).await), (None, None));
    let payload = |round: u16, n: u16| {
        let mut payload = vec![n as u8; 100 + usize::from((round * 97 + n * 13) % 1_100)];
        payload[..2].copy_from_slice(&(round * WINDOW + n).to_be_bytes());
        payload
    };
    for round in 0..ROUNDS {
        for n in 0..WINDOW {
            guest.send_channel(0x4000, &payload(round, n)).await;
        }
        for n in 0..WINDOW {
            assert_eq!(peer.hear().await, FromPeer::Indication(here, payload(round, n)));
            peer.send(here, &payload(round, n)).await;
        }
        for n in 0..WINDOW {
            assert_eq!(guest.hear().await, FromPeer::Channel(0x4000, payload(round, n)));
        }
    }
    let all = 2 * u64::from(ROUNDS * WINDOW);
    assert_eq!(carried(server.metrics).await, (all, all, 0));
}

/// coturn's own client sends thousands of packets through TLS on the port of the pages, from one of its allocations to another,
/// and gets each of them back. It takes what one record brings for one message.
async fn all_are_carried_over_tls(flags: &[&str]) {
    let server = Files::new().server(&RELAY).await;
    let (_ada, login) = seated(server.address).await;
    let all = [&["-S", "-t", "-y", "-c"], flags].concat();
    let count = uclient::there_and_back(server.address, &login.username, &login.password, &all).await;
    if let Some(count) = count {
        let (to_peers, to_clients, dropped) = carried(server.metrics).await;
        assert!(to_peers >= count.sent, "{to_peers} of {count:?}");
        assert_eq!((to_clients, dropped), (to_peers, 0));
        assert_eq!(count.received, count.sent);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn coturns_client_sends_channels_over_tls() {
    all_are_carried_over_tls(&[]).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn coturns_client_sends_indications_over_tls() {
    all_are_carried_over_tls(&["-s"]).await;
}

#[tokio::test]
async fn plain_http_is_redirected_and_nothing_else() {
    let files = Files::new();
    let mut command = parlour(&[
        "--listen=127.0.0.1:0",
        "--http-listen=127.0.0.1:0",
        "--public-url=https://calls.example.org",
    ]);
    let refused = command
        .arg("--tls-cert=/nonexistent")
        .arg("--tls-key=/nonexistent")
        .output()
        .unwrap();
    assert_refused(&refused, "/nonexistent");
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap();
    let mut command = parlour(&["--listen=127.0.0.1:0", &format!("--http-listen={address}")]);
    let refused = command.args(files.flags()).output().unwrap();
    assert_ended(
        &refused,
        1,
        &format!("{address} is taken by another program: stop that one, or choose another port with --http-listen"),
    );
    let server = files.server(&["--http-listen=127.0.0.1:0"]).await;
    let redirect = server.redirect.expect("a listener");
    let answer = crate::support::get_from(redirect, "/team-7?name=Ada", &[]).await;
    assert_eq!(answer.status, StatusCode::PERMANENT_REDIRECT);
    let expected = format!("https://127.0.0.1:{}/team-7?name=Ada", server.address.port());
    assert_eq!(answer.header("location"), expected);
    let answer = crate::support::get_from(redirect, "/healthz", &[]).await;
    assert_eq!(answer.status, StatusCode::PERMANENT_REDIRECT);
}
