//! A running server with a small site, and requests to it.

use std::net::{SocketAddr, TcpListener as StdListener, UdpSocket};
use std::sync::atomic::{AtomicU16, Ordering};
use std::time::Duration;

use axum::body::{Body, Bytes};
use clap::Parser as _;
use futures_util::{FutureExt as _, StreamExt as _};
use http::{HeaderMap, StatusCode};
use memory_serve::Asset;
use server::{Config, Listening, Places, Site, TurnListen};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

/// Longest body that is read, in bytes: longer than any of a built site.
const BODY_MAX: usize = 64 << 20;

/// A port of the loopback interface that nobody had a moment ago. It lies below those that the system gives away by itself, and each test's
/// process begins at another one: what other tests open meanwhile does not take it.
pub(crate) fn free_port() -> u16 {
    const PORTS: std::ops::Range<u16> = 20_000..32_000;
    static TAKEN: AtomicU16 = AtomicU16::new(0);
    let of_process = (std::process::id() % 750 * 16) as u16;
    loop {
        let next = of_process.wrapping_add(TAKEN.fetch_add(1, Ordering::Relaxed));
        let port = PORTS.start + next % (PORTS.end - PORTS.start);
        let is_free = StdListener::bind(("127.0.0.1", port)).is_ok() && UdpSocket::bind(("127.0.0.1", port)).is_ok();
        if is_free {
            return port;
        }
    }
}

/// Files like those that a build leaves. The etags are as long as real ones.
static FILES: [Asset; 6] = [
    file(
        "/pkg/parlour.js",
        "text/javascript",
        &[b'j'; 4_000],
        "1111111111111111aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
    ),
    file(
        "/pkg/parlour.wasm",
        "application/wasm",
        &[b'w'; 9_000],
        "2222222222222222aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
    ),
    file(
        "/pkg/parlour_call.wasm",
        "application/wasm",
        &[b'l'; 9_000],
        "6666666666666666aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
    ),
    file(
        "/pkg/parlour.css",
        "text/css",
        &[b'c'; 2_000],
        "3333333333333333aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
    ),
    file(
        "/favicon.svg",
        "image/svg+xml",
        &[b's'; 300],
        "4444444444444444aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
    ),
    file(
        "/robots.txt",
        "text/plain",
        b"User-agent: *",
        "5555555555555555aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
    ),
];

const fn file(route: &'static str, content_type: &'static str, bytes: &'static [u8], etag: &'static str) -> Asset {
    Asset {
        route,
        path: "/nonexistent",
        etag,
        content_type,
        bytes: Some(bytes),
        is_compressed: false,
        should_compress: bytes.len() >= 128,
    }
}

pub(crate) fn fixture_site() -> Site {
    Site::from_assets(&FILES)
}

/// Bytes of a fixture file.
pub(crate) fn fixture_bytes(route: &str) -> &'static [u8] {
    let file = FILES.iter().find(|file| file.route == route);
    file.and_then(|file| file.bytes).expect("a file of the fixture")
}

/// Tests lose sockets as soon as they have them, unless they say otherwise.
fn config(flags: &[&str]) -> Config {
    let says = flags.iter().any(|flag| flag.starts_with("--grace-after"));
    let young = ["--grace-after=0"].iter().filter(|_| !says);
    Config::parse_from(["parlour"].iter().chain(young).chain(flags))
}

/// A server in this process. Dropping it stops it.
pub(crate) struct Server {
    pub(crate) address: SocketAddr,
    /// Where plain HTTP is redirected.
    pub(crate) redirect: Option<SocketAddr>,
    /// Where its numbers are.
    pub(crate) metrics: SocketAddr,
    stop: Option<oneshot::Sender<()>>,
    task: JoinHandle<()>,
}

impl Server {
    pub(crate) async fn start(flags: &[&str]) -> Self {
        Self::start_with(flags, fixture_site()).await
    }

    pub(crate) async fn start_with(flags: &[&str], site: Site) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        Self::with(listener, flags, site).await
    }

    /// The same on a listener that is there already.
    pub(crate) async fn on(listener: TcpListener, flags: &[&str]) -> Self {
        Self::with(listener, flags, fixture_site()).await
    }

    async fn with(listener: TcpListener, flags: &[&str], site: Site) -> Self {
        Self::of(listener, config(flags), site).await
    }

    /// With logins that last for so many seconds, which may be fewer than an operator may choose.
    pub(crate) async fn with_short_logins(flags: &[&str], seconds: u32) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let mut config = config(flags);
        config.relay.relay_credential_lifetime = seconds;
        Self::of(listener, config, fixture_site()).await
    }

    async fn of(listener: TcpListener, mut config: Config, site: Site) -> Self {
        config.read_secrets().unwrap();
        // Tests run side by side, and there is only one usual port of a relay.
        config.relay.turn_listen.get_or_insert(TurnListen::Off);
        config.metrics_listen.get_or_insert_with(|| "127.0.0.1:0".to_owned());
        let address = listener.local_addr().unwrap();
        let (stop, stopped) = oneshot::channel();
        let listening = Listening::on(listener, &config, &Places::default(), None)
            .await
            .unwrap();
        let redirect = listening
            .redirect
            .as_ref()
            .map(|listener| listener.local_addr().unwrap());
        let metrics = listening.metrics.as_ref().unwrap().local_addr().unwrap();
        let task = tokio::spawn(async {
            let stop = stopped.into_stream().map(drop);
            server::run(config, None, site, listening, stop).await.unwrap();
        });
        let stop = Some(stop);
        Self {
            address,
            redirect,
            metrics,
            stop,
            task,
        }
    }

    /// Tells it to stop, without waiting.
    pub(crate) fn stop(&mut self) {
        let _ = self.stop.take().expect("not stopped before").send(());
    }

    /// Waits until it has stopped.
    pub(crate) async fn stopped(self) {
        let Self { task, stop, .. } = self;
        assert!(stop.is_none(), "nobody told it to stop");
        task.await.unwrap();
    }

    pub(crate) async fn get(&self, path: &str) -> Response {
        self.get_with(path, &[]).await
    }

    /// What `/metrics` says.
    pub(crate) async fn numbers(&self) -> String {
        get_from(self.metrics, "/metrics", &[]).await.text().to_owned()
    }

    pub(crate) async fn ask(&self, method: &str, path: &str, headers: &[(&str, &str)]) -> Response {
        Connection::open(self.address).await.ask(method, path, headers).await
    }

    pub(crate) async fn get_with(&self, path: &str, headers: &[(&str, &str)]) -> Response {
        get_from(self.address, path, headers).await
    }
}

/// What came back, with its whole body.
#[derive(Debug)]
pub(crate) struct Response {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
}

impl Response {
    pub(crate) fn header(&self, name: &str) -> &str {
        let value = self
            .headers
            .get(name)
            .unwrap_or_else(|| panic!("no {name} in {self:?}"));
        value.to_str().unwrap()
    }

    pub(crate) fn text(&self) -> &str {
        std::str::from_utf8(&self.body).unwrap()
    }
}

pub(crate) async fn get_from(address: SocketAddr, path: &str, headers: &[(&str, &str)]) -> Response {
    let mut connection = Connection::open(address).await;
    connection.get(path, headers).await
}

/// One HTTP connection that is kept alive.
pub(crate) struct Connection(client::http::Connection);

impl Connection {
    pub(crate) async fn open(address: SocketAddr) -> Self {
        Self::over(TcpStream::connect(address).await.unwrap(), address).await
    }

    pub(crate) async fn over(stream: TcpStream, address: SocketAddr) -> Self {
        let connection = client::http::Connection::over(stream, address.to_string()).await;
        Self(connection.unwrap().with_body_max(BODY_MAX))
    }

    pub(crate) async fn get(&mut self, path: &str, headers: &[(&str, &str)]) -> Response {
        self.ask("GET", path, headers).await
    }

    pub(crate) async fn ask(&mut self, method: &str, path: &str, headers: &[(&str, &str)]) -> Response {
        let within = Duration::from_secs(20);
        self.0.ask(method, path, headers, within).await.unwrap().into()
    }
}

impl From<http::Response<Bytes>> for Response {
    fn from(answer: http::Response<Bytes>) -> Self {
        let (parts, body) = answer.into_parts();
        Self {
            status: parts.status,
            headers: parts.headers,
            body,
        }
    }
}

/// Reads the whole body.
pub(crate) async fn read(response: http::Response<hyper::body::Incoming>) -> Response {
    let (parts, body) = response.into_parts();
    let body = axum::body::to_bytes(Body::new(body), BODY_MAX).await.unwrap();
    http::Response::from_parts(parts, body).into()
}
