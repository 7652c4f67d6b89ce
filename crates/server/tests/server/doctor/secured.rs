//! `parlour doctor` and TLS: certificates and the relay behind them.

use std::net::SocketAddr;
use std::sync::Arc;

use ::doctor::{Finding, Verdict};
use rcgen::{CertificateParams, KeyPair};
use rustls::ServerConfig;
use rustls::pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer};
use tempfile::TempDir;
use tokio::io::copy_bidirectional;
use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::TlsAcceptor;

use super::{assert_found, examined, listen, of};
use crate::support::Server;
use crate::turn::RELAY;

/// Passes what comes over TLS on to a server.
async fn forward(from: TcpListener, to: SocketAddr, tls: TlsAcceptor) {
    loop {
        let (stream, _) = from.accept().await.unwrap();
        let tls = tls.clone();
        tokio::spawn(async move {
            let mut behind = TcpStream::connect(to).await.unwrap();
            if let Ok(mut stream) = tls.accept(stream).await {
                let _ = copy_bidirectional(&mut stream, &mut behind).await;
            }
        });
    }
}

/// Speaks TLS in front of a server, with a self-signed certificate for these names. Where, and the certificate in PEM.
async fn secured(
    server: SocketAddr,
    names: &[&str],
    change: impl FnOnce(&mut CertificateParams),
) -> (SocketAddr, String) {
    let names: Vec<String> = names.iter().map(ToString::to_string).collect();
    let mut params = CertificateParams::new(names).unwrap();
    change(&mut params);
    let key = KeyPair::generate().unwrap();
    let certificate = params.self_signed(&key).unwrap();
    let key = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(key.serialize_der()));
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![certificate.der().clone()], key)
        .unwrap();
    let proxy = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = proxy.local_addr().unwrap();
    tokio::spawn(forward(proxy, server, TlsAcceptor::from(Arc::new(config))));
    (address, certificate.pem())
}

/// A server behind a proxy with such a certificate that people open as localhost.
async fn certificate(names: &[&str], change: impl FnOnce(&mut CertificateParams)) -> Vec<Finding> {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let (proxy, _) = secured(listener.local_addr().unwrap(), names, change).await;
    let public = format!("--public-url=https://localhost:{}", proxy.port());
    let server = Server::on(listener, &[&public]).await;
    examined(&[&listen(&server), &public]).await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_self_signed_certificate_is_warned_of_with_its_fingerprint() {
    let findings = certificate(&["localhost"], |_| {}).await;
    assert_found(&findings, "certificate", Verdict::Warning, "SHA-256 fingerprint is ");
    let sentence = &of(&findings, "certificate").sentence;
    let fingerprint = sentence.rsplit(' ').next().unwrap();
    assert_eq!(fingerprint.split(':').count(), 32, "{sentence}");
    assert_found(&findings, "public-url", Verdict::Ok, "leads to this server");
    assert_found(&findings, "signaling", Verdict::Ok, "");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_certificate_for_another_name_is_a_failure() {
    let findings = certificate(&["other.example.org"], |_| {}).await;
    let sentence = "browsers refuse it for localhost: ";
    assert_found(&findings, "certificate", Verdict::Failure, sentence);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_certificate_that_is_over_is_a_failure() {
    let findings = certificate(&["localhost"], |params| {
        params.not_before = rcgen::date_time_ymd(2020, 1, 1);
        params.not_after = rcgen::date_time_ymd(2021, 1, 1);
    })
    .await;
    assert_found(&findings, "certificate", Verdict::Failure, "ended ");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_speaks_tls_is_checked_over_tls_and_its_relay_on_the_same_port() {
    let folder = TempDir::new().unwrap();
    let state = format!("--state-dir={}", folder.path().display());
    let flags = ["--tls=self-signed", &state];
    let server = Server::start(&[&RELAY[..], &flags].concat()).await;
    let findings = examined(&[&flags[..], &[&listen(&server)]].concat()).await;
    assert_found(&findings, "server", Verdict::Ok, &format!("https://{}", server.address));
    assert_found(&findings, "certificate", Verdict::Warning, "SHA-256 fingerprint is ");
    for check in ["page", "signaling", "relay-udp", "relay-tcp"] {
        assert_found(&findings, check, Verdict::Ok, "");
    }
    let carried = format!("{} over TLS carried 20 of 20 packets", server.address);
    assert_found(&findings, "relay-tls", Verdict::Warning, &carried);
    assert_found(
        &findings,
        "relay-tls",
        Verdict::Warning,
        "browsers do not take this way",
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_is_started_for_it_keeps_no_certificate_and_asks_nobody_for_one() {
    let folder = TempDir::new().unwrap();
    let state = format!("--state-dir={}", folder.path().display());
    // Nobody listens there.
    let directory = "--acme-directory=https://127.0.0.1:1/directory";
    for certificate in [&["--tls=self-signed"][..], &["--domain=localhost", directory]] {
        let flags = [certificate, &["--listen=127.0.0.1:0", &state], &RELAY].concat();
        let findings = examined(&flags).await;
        assert_found(&findings, "certificate", Verdict::Ok, "when it runs");
        for check in ["page", "signaling", "relay-udp", "relay-tcp"] {
            assert_found(&findings, check, Verdict::Ok, "");
        }
        let kept = std::fs::read_dir(folder.path()).unwrap().count();
        assert_eq!(kept, 0, "the server's own user could not read it");
    }
}
