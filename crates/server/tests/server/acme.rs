//! Certificates from an authority: `pebble`, the test server of those who made ACME, on this machine. Skipped, and said so,
//! where it is not installed.

mod renewal;

use std::fs;
use std::io::{BufRead as _, BufReader, ErrorKind};
use std::net::SocketAddr;
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use serde_json::json;
use tempfile::TempDir;
use tokio::net::{TcpListener, TcpStream};
use tokio::time::{sleep, timeout};

use crate::program::{Running, parlour};
use crate::secure::{Http2, joined, shown};
use crate::support::{Server, free_port};
use crate::tls::assert_private;

/// A name that only the authority's DNS server knows; it leads to the loopback interface.
const DOMAIN: &str = "calls.example";

/// All that an order may take, also on a machine that is busy with other things.
const PATIENCE: Duration = Duration::from_secs(100);

/// What the authority shares with the customer `kid-1`.
const CUSTOMER_KEY: &str = "zWNDZM6eQGHWpSRTPal5eIUYFTu7EajVIoguysqZ9wG44nMEtx3MUAsUDkMTQ12W";

/// A process that ends with its owner.
struct Ends(Child);

impl Drop for Ends {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// An authority with a DNS server of its own.
struct Authority {
    port: u16,
    folder: TempDir,
    /// What it has logged.
    log: Arc<Mutex<String>>,
    _processes: [Ends; 2],
}

/// How it is to behave.
#[derive(Default)]
struct Manner {
    /// Seconds for which its certificates count; years where it is 0.
    life: u32,
    /// Of a hundred requests, how many it refuses for their nonce.
    nonces: u32,
    /// It serves known customers only.
    customers: bool,
}

impl Authority {
    /// Starts it. It will look for proofs on this port. `None` where it is not installed.
    async fn start(proofs: u16, manner: Manner) -> Option<Self> {
        let folder = TempDir::new().unwrap();
        let file = |name| folder.path().join(name);
        let made = rcgen::generate_simple_self_signed(["localhost".to_owned(), "127.0.0.1".to_owned()]).unwrap();
        fs::write(file("cert.pem"), made.cert.pem()).unwrap();
        fs::write(file("key.pem"), made.signing_key.serialize_pem()).unwrap();
        let [port, management, names, names_management] = [(); 4].map(|()| free_port());
        let config = json!({ "pebble": {
            "listenAddress": format!("127.0.0.1:{port}"),
            "managementListenAddress": format!("127.0.0.1:{management}"),
            "certificate": file("cert.pem"),
            "privateKey": file("key.pem"),
            "httpPort": free_port(),
            "tlsPort": proofs,
            "ocspResponderURL": "",
            "externalAccountBindingRequired": manner.customers,
            "externalAccountMACKeys": { "kid-1": CUSTOMER_KEY },
            "certificateValidityPeriod": manner.life,
        }});
        fs::write(file("pebble.json"), config.to_string()).unwrap();
        let mut dns = Command::new("pebble-challtestsrv");
        dns.args(["-defaultIPv4", "127.0.0.1", "-defaultIPv6", ""])
            .args(["-http01", "", "-https01", "", "-tlsalpn01", ""])
            .args(["-dns01", &format!("127.0.0.1:{names}")])
            .args(["-management", &format!("127.0.0.1:{names_management}")]);
        let dns = spawn(&mut dns)?;
        let mut pebble = Command::new("pebble");
        pebble
            .arg("-config")
            .arg(file("pebble.json"))
            .args(["-dnsserver", &format!("127.0.0.1:{names}")])
            .env("PEBBLE_VA_NOSLEEP", "1")
            .env("PEBBLE_VA_ALWAYS_VALID", "0")
            .env("PEBBLE_AUTHZREUSE", "0")
            .env("PEBBLE_WFE_NONCEREJECT", manner.nonces.to_string());
        let mut pebble = spawn(&mut pebble)?;
        let log = Arc::new(Mutex::new(String::new()));
        for stream in [
            Box::new(pebble.0.stdout.take().unwrap()) as Box<dyn std::io::Read + Send>,
            Box::new(pebble.0.stderr.take().unwrap()),
        ] {
            let log = log.clone();
            std::thread::spawn(move || {
                for line in BufReader::new(stream).lines().map_while(Result::ok) {
                    *log.lock().unwrap() += &(line + "\n");
                }
            });
        }
        let authority = Self {
            port,
            folder,
            log,
            _processes: [dns, pebble],
        };
        for port in [names_management, port] {
            let open = async {
                while TcpStream::connect(("127.0.0.1", port)).await.is_err() {
                    sleep(Duration::from_millis(20)).await;
                }
            };
            timeout(PATIENCE, open)
                .await
                .unwrap_or_else(|_| panic!("pebble is not there: {}", authority.log()));
        }
        Some(authority)
    }

    fn log(&self) -> String {
        self.log.lock().unwrap().clone()
    }

    /// How many orders it has been asked for.
    fn orders(&self) -> usize {
        self.log()
            .lines()
            .filter(|line| line.contains("order-plz") && line.contains("POST"))
            .count()
    }

    /// The flags of a server that gets its certificate here and keeps it there.
    fn flags(&self, state: &TempDir) -> Vec<String> {
        let mut flags = self.flags_without_trust(state);
        flags.push(format!("--acme-ca={}", self.folder.path().join("cert.pem").display()));
        flags
    }

    fn flags_without_trust(&self, state: &TempDir) -> Vec<String> {
        vec![
            format!("--domain={DOMAIN}"),
            format!("--acme-directory=https://localhost:{}/dir", self.port),
            "--acme-email=ada@calls.example".to_owned(),
            format!("--state-dir={}", state.path().display()),
            "--http-listen=off".to_owned(),
        ]
    }
}

fn spawn(command: &mut Command) -> Option<Ends> {
    let child = command
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn();
    match child {
        Err(error) if error.kind() == ErrorKind::NotFound => {
            println!("skipped: pebble is not installed (apt-get install pebble)");
            None
        }
        child => Some(Ends(child.unwrap())),
    }
}

/// A listener for a server whose authority is started next, and its port.
async fn listener() -> (TcpListener, u16) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    (listener, port)
}

async fn serve(listener: TcpListener, flags: &[String]) -> Server {
    let flags: Vec<_> = flags.iter().map(String::as_str).collect();
    Server::on(listener, &flags).await
}

/// Waits until another certificate is served than this one.
async fn another(server: SocketAddr, than: &[u8], authority: &Authority) -> Vec<u8> {
    let waiting = async {
        loop {
            let now = shown(server).await;
            if now != than {
                return now;
            }
            sleep(Duration::from_millis(50)).await;
        }
    };
    let found = timeout(PATIENCE, waiting).await;
    found.unwrap_or_else(|_| panic!("no other certificate; the authority says:\n{}", authority.log()))
}

fn is_of_the_authority(leaf: &[u8]) -> bool {
    String::from_utf8_lossy(leaf).contains("Pebble Intermediate CA")
}

#[tokio::test(flavor = "multi_thread")]
async fn a_certificate_is_there_soon_and_still_after_a_restart() {
    let (web, port) = listener().await;
    // Some nonces are refused, as RFC 8555 allows it at any time.
    let manner = Manner {
        nonces: 15,
        ..Manner::default()
    };
    let Some(authority) = Authority::start(port, manner).await else {
        return;
    };
    let state = TempDir::new().unwrap();
    let mut server = serve(web, &authority.flags(&state)).await;
    let first = shown(server.address).await;
    let leaf = match is_of_the_authority(&first) {
        true => first,
        false => another(server.address, &first, &authority).await,
    };
    assert!(is_of_the_authority(&leaf));
    let answer = Http2::open(server.address).await.get("/healthz").await;
    assert_eq!(answer.header("strict-transport-security"), "max-age=63072000");
    let orders = authority.orders();
    assert!(orders > 0, "{}", authority.log());
    assert_private(state.path());
    server.stop();
    server.stopped().await;

    let (web, _) = listener().await;
    let server = serve(web, &authority.flags(&state)).await;
    assert_eq!(shown(server.address).await, leaf, "the one of last time, at once");
    assert_eq!(authority.orders(), orders, "and none was ordered");
}

#[tokio::test(flavor = "multi_thread")]
async fn it_is_renewed_in_time_while_calls_and_connections_go_on() {
    let (web, port) = listener().await;
    let manner = Manner {
        life: 8,
        ..Manner::default()
    };
    let Some(authority) = Authority::start(port, manner).await else {
        return;
    };
    let state = TempDir::new().unwrap();
    let server = serve(web, &authority.flags(&state)).await;
    let mut ada = joined(server.address, "Ada").await;
    let mut http2 = Http2::open(server.address).await;
    let mut leaf = shown(server.address).await;
    while !is_of_the_authority(&leaf) {
        leaf = another(server.address, &leaf, &authority).await;
    }
    let second = another(server.address, &leaf, &authority).await;
    assert!(is_of_the_authority(&second));
    assert_eq!(
        http2.get("/healthz").await.text(),
        "ok",
        "the connection from before goes on"
    );
    let _bob = joined(server.address, "Bob").await;
    ada.expect("peer-joined").await;
    let account = |line: &&str| line.contains("sign-me-up") && line.contains("POST");
    assert_eq!(
        authority.log().lines().filter(account).count(),
        1,
        "one account is enough:\n{}",
        authority.log()
    );
}

/// Starts the program, and waits for the line that says why there is no certificate.
async fn trouble(flags: &[String], code: &str, what: &str) {
    let mut command = parlour(&["--listen=127.0.0.1:0", "--public-url=https://calls.example:1"]);
    command.args(flags);
    let mut running = Running::of(command);
    let line = timeout(PATIENCE, running.says("no certificate")).await.expect("a line");
    assert!(line.contains(code) && line.contains(what), "{line}");
    assert!(!line.contains("panicked"));
    running.signal("TERM");
    assert_eq!(running.end().0, Some(0));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_port_that_leads_nowhere_is_told_and_the_server_goes_on() {
    let Some(authority) = Authority::start(free_port(), Manner::default()).await else {
        return;
    };
    let state = TempDir::new().unwrap();
    trouble(&authority.flags(&state), "acme-no-connection", "let TCP port 443 in").await;
    let (web, _) = listener().await;
    let server = serve(web, &authority.flags(&state)).await;
    assert_eq!(Http2::open(server.address).await.get("/healthz").await.text(), "ok");
}

#[tokio::test(flavor = "multi_thread")]
async fn another_server_at_that_name_is_told() {
    let other = Server::start(&[
        "--tls=self-signed",
        "--state-dir",
        TempDir::new().unwrap().path().to_str().unwrap(),
    ])
    .await;
    let Some(authority) = Authority::start(other.address.port(), Manner::default()).await else {
        return;
    };
    let state = TempDir::new().unwrap();
    trouble(&authority.flags(&state), "acme-", "point its DNS").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_authority_that_wants_known_customers_is_told() {
    let manner = Manner {
        customers: true,
        ..Manner::default()
    };
    let Some(authority) = Authority::start(free_port(), manner).await else {
        return;
    };
    let state = TempDir::new().unwrap();
    let flags = authority.flags(&state);
    trouble(&flags, "acme-external-account\"", "--acme-eab-kid").await;
    let customer = |name: &str, key: &str| {
        let bound = [format!("--acme-eab-kid={name}"), format!("--acme-eab-hmac-key={key}")];
        flags.iter().cloned().chain(bound).collect::<Vec<_>>()
    };
    for (name, key) in [("kid-1", "aHVudGVyMg"), ("kid-2", CUSTOMER_KEY)] {
        trouble(&customer(name, key), "acme-external-account-refused", "copy both anew").await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_customer_that_the_authority_knows_gets_a_certificate() {
    let (web, port) = listener().await;
    let manner = Manner {
        customers: true,
        ..Manner::default()
    };
    let Some(authority) = Authority::start(port, manner).await else {
        return;
    };
    let state = TempDir::new().unwrap();
    let key = state.path().join("key");
    fs::write(&key, format!("{CUSTOMER_KEY}\n")).unwrap();
    let mut flags = authority.flags(&state);
    flags.push("--acme-eab-kid=kid-1".to_owned());
    flags.push(format!("--acme-eab-hmac-key-file={}", key.display()));
    let mut server = serve(web, &flags).await;
    certified(&server, &authority).await;
    server.stop();
    server.stopped().await;

    // The account is there, so who has taken the customer's flags away again gets the next certificate with it.
    for file in fs::read_dir(state.path()).unwrap().flatten() {
        if file.file_name().to_string_lossy().starts_with("certificate") {
            fs::remove_file(file.path()).unwrap();
        }
    }
    let web = TcpListener::bind(("127.0.0.1", port)).await.unwrap();
    let server = serve(web, &authority.flags(&state)).await;
    certified(&server, &authority).await;
}

/// Waits until the server shows a certificate of the authority.
async fn certified(server: &Server, authority: &Authority) {
    let first = shown(server.address).await;
    if !is_of_the_authority(&first) {
        let second = another(server.address, &first, authority).await;
        assert!(is_of_the_authority(&second));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_authority_that_nobody_vouches_for_is_not_believed() {
    let Some(authority) = Authority::start(free_port(), Manner::default()).await else {
        return;
    };
    let state = TempDir::new().unwrap();
    trouble(&authority.flags_without_trust(&state), "acme-untrusted", "--acme-ca").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_authority_that_is_not_there_is_told() {
    let state = TempDir::new().unwrap();
    let flags = [
        format!("--domain={DOMAIN}"),
        format!("--acme-directory=https://localhost:{}/dir", free_port()),
        format!("--state-dir={}", state.path().display()),
        "--http-listen=off".to_owned(),
    ];
    trouble(&flags, "acme-unreachable", "check its DNS").await;
}
