//! Renewals that the authority asks for (RFC 9773). `pebble` does not suggest any, so a front before it does.

use std::fs;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use axum::Router;
use axum::body::Body;
use axum::extract::{Request, State};
use axum::response::Response;
use data_encoding::BASE64URL_NOPAD;
use http::header::{CONTENT_LENGTH, HOST, RETRY_AFTER};
use hyper_util::rt::TokioIo;
use hyper_util::service::TowerToHyperService;
use rustls::ServerConfig;
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::net::TcpListener;
use tokio_rustls::TlsAcceptor;

use super::{Authority, DOMAIN, Manner, another, is_of_the_authority, listener, serve};
use crate::secure::{connect, shown};

/// Passes everything on to pebble, and adds what that does not know.
struct Front {
    authority: SocketAddr,
    port: u16,
    /// Whether it takes an order that says what it replaces.
    reflects: bool,
    /// The certificates about which it was asked.
    asked: Mutex<Vec<String>>,
    /// What each order says that it replaces.
    orders: Mutex<Vec<Option<String>>>,
}

impl Front {
    async fn before(authority: &Authority, reflects: bool) -> Arc<Self> {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let front = Arc::new(Self {
            authority: ([127, 0, 0, 1], authority.port).into(),
            port: listener.local_addr().unwrap().port(),
            reflects,
            asked: Mutex::default(),
            orders: Mutex::default(),
        });
        let pem = |name| fs::read(authority.folder.path().join(name)).unwrap();
        let certificate = CertificateDer::from_pem_slice(&pem("cert.pem")).unwrap();
        let key = PrivateKeyDer::from_pem_slice(&pem("key.pem")).unwrap();
        let config = ServerConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()))
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_no_client_auth()
            .with_single_cert(vec![certificate], key)
            .unwrap();
        let tls = TlsAcceptor::from(Arc::new(config));
        let router = Router::new().fallback(answer).with_state(front.clone());
        tokio::spawn(async move {
            loop {
                let (stream, _) = listener.accept().await.unwrap();
                let (tls, service) = (tls.clone(), TowerToHyperService::new(router.clone()));
                tokio::spawn(async move {
                    let stream = TokioIo::new(tls.accept(stream).await.unwrap());
                    let http = hyper::server::conn::http1::Builder::new();
                    // A client that is stopped hangs up in the middle.
                    let _ = http.serve_connection(stream, service).await;
                });
            }
        });
        front
    }

    /// The flags of a server that gets its certificate here.
    fn flags(&self, authority: &Authority, state: &TempDir) -> Vec<String> {
        let mut flags = authority.flags(state);
        for flag in &mut flags {
            if flag.starts_with("--acme-directory=") {
                *flag = format!("--acme-directory=https://localhost:{}/dir", self.port);
            }
        }
        flags
    }

    /// Pebble makes its addresses of the host that it is asked for, so that all of them lead here.
    async fn pass(&self, request: Request) -> Response {
        let (stream, _) = connect(self.authority, &["http/1.1"]).await.unwrap();
        let (mut send, connection) = hyper::client::conn::http1::handshake(TokioIo::new(stream))
            .await
            .unwrap();
        tokio::spawn(connection);
        send.send_request(request).await.unwrap().map(Body::new)
    }

    /// The same with another member in the JSON that comes back.
    async fn pass_and_add(&self, request: Request, name: &str, value: &str) -> Response {
        let (mut parts, body) = self.pass(request).await.into_parts();
        let bytes = read(body).await;
        let mut json: Value = serde_json::from_slice(&bytes).unwrap();
        json[name] = value.into();
        parts.headers.remove(CONTENT_LENGTH);
        Response::from_parts(parts, json.to_string().into())
    }
}

async fn read(body: Body) -> Vec<u8> {
    axum::body::to_bytes(body, 1 << 20).await.unwrap().to_vec()
}

async fn answer(State(front): State<Arc<Front>>, request: Request) -> Response {
    assert_eq!(request.headers()[HOST], format!("localhost:{}", front.port));
    let path = request.uri().path().to_owned();
    if path == "/dir" {
        let address = format!("https://localhost:{}/renewal", front.port);
        return front.pass_and_add(request, "renewalInfo", &address).await;
    }
    if let Some(certificate) = path.strip_prefix("/renewal/") {
        front.asked.lock().unwrap().push(certificate.to_owned());
        // Such certificates have to go.
        let window = json!({ "start": "2020-01-01T00:00:00Z", "end": "2020-01-02T00:00:00Z" });
        let suggested = json!({ "suggestedWindow": window, "explanationURL": "https://authority.example/why" });
        let answer = Response::builder().header(RETRY_AFTER, "21600");
        return answer.body(suggested.to_string().into()).unwrap();
    }
    if path != "/order-plz" {
        return front.pass(request).await;
    }
    let (parts, body) = request.into_parts();
    let bytes = read(body).await;
    let signed: Value = serde_json::from_slice(&bytes).unwrap();
    let order = BASE64URL_NOPAD
        .decode(signed["payload"].as_str().unwrap().as_bytes())
        .unwrap();
    let order: Value = serde_json::from_slice(&order).unwrap();
    assert_eq!(order["identifiers"][0]["value"], DOMAIN);
    let replaces = order["replaces"].as_str().map(str::to_owned);
    front.orders.lock().unwrap().push(replaces.clone());
    let request = Request::from_parts(parts, bytes.into());
    match replaces.filter(|_| front.reflects) {
        Some(replaces) => front.pass_and_add(request, "replaces", &replaces).await,
        None => front.pass(request).await,
    }
}

/// A server has a certificate, and is started again when the authority wants it to be renewed. Gives the orders.
async fn renewed(reflects: bool) -> Option<Vec<Option<String>>> {
    let (web, port) = listener().await;
    let authority = Authority::start(port, Manner::default()).await?;
    let front = Front::before(&authority, reflects).await;
    let state = TempDir::new().unwrap();
    let flags = front.flags(&authority, &state);
    let mut server = serve(web, &flags).await;
    let mut leaf = shown(server.address).await;
    if !is_of_the_authority(&leaf) {
        leaf = another(server.address, &leaf, &authority).await;
    }
    server.stop();
    server.stopped().await;
    assert!(front.asked.lock().unwrap().is_empty(), "it has just come");

    // Where the authority looks for the proof.
    let web = TcpListener::bind(("127.0.0.1", port)).await.unwrap();
    let server = serve(web, &flags).await;
    let second = another(server.address, &leaf, &authority).await;
    assert!(is_of_the_authority(&second));
    let asked = front.asked.lock().unwrap().clone();
    let (_, parsed) = x509_parser::parse_x509_certificate(&leaf).unwrap();
    let serial = BASE64URL_NOPAD.encode(parsed.tbs_certificate.raw_serial());
    assert_eq!(asked.len(), 1, "{asked:?}");
    assert_eq!(asked[0].split_once('.').unwrap().1, serial);
    let orders = front.orders.lock().unwrap().clone();
    assert!(
        orders.iter().flatten().all(|replaces| *replaces == asked[0]),
        "{orders:?}"
    );
    Some(orders)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_renewal_that_the_authority_wants_comes_at_once_and_says_what_it_replaces() {
    if let Some(orders) = renewed(true).await {
        let replaces: Vec<_> = orders.iter().map(Option::is_some).collect();
        assert_eq!(replaces, [false, true]);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_authority_that_does_not_want_to_know_what_is_replaced_is_asked_without() {
    if let Some(orders) = renewed(false).await {
        let replaces: Vec<_> = orders.iter().map(Option::is_some).collect();
        assert_eq!(replaces, [false, true, false]);
    }
}
