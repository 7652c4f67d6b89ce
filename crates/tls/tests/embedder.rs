//! The crate as an embedder uses it: a certificate, handshakes with it, and the same one after a restart.

#![allow(clippy::unwrap_used)]

use std::path::Path;
use std::sync::Arc;

use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{ClientConfig, RootCertStore};
use tls::{Acceptor, Error, Mode, Tls, first_byte};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _, DuplexStream, duplex};
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;

fn self_signed(folder: &Path) -> Tls {
    let names = vec!["localhost".to_owned(), "::1".to_owned()];
    let folder = Some(folder.to_owned());
    Tls::open(Mode::SelfSigned { names, folder }).unwrap()
}

/// The certificate that was written; the file holds the key as well.
fn root(folder: &Path) -> CertificateDer<'static> {
    use rustls::pki_types::pem::PemObject as _;
    CertificateDer::from_pem_file(folder.join("self-signed.pem")).unwrap()
}

/// A client that trusts nothing but this certificate.
async fn connect(
    acceptor: &Acceptor,
    root: CertificateDer<'static>,
    host: &'static str,
) -> (
    Option<tokio_rustls::server::TlsStream<DuplexStream>>,
    Option<TlsStream<DuplexStream>>,
) {
    let mut roots = RootCertStore::empty();
    roots.add(root).unwrap();
    let mut config = ClientConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(roots)
        .with_no_client_auth();
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    let connector = TlsConnector::from(Arc::new(config));
    let (here, there) = duplex(1 << 16);
    let name = ServerName::try_from(host).unwrap();
    let (server, client) = tokio::join!(acceptor.accept(here), connector.connect(name, there));
    (server, client.ok())
}

#[tokio::test]
async fn a_client_that_trusts_the_certificate_is_served_under_each_of_its_names_and_no_other() {
    let folder = tempfile::tempdir().unwrap();
    let tls = self_signed(folder.path());
    let acceptor = tls.acceptor(&[b"h2", b"http/1.1"]).unwrap();
    for host in ["localhost", "::1"] {
        assert!(tls.is_for()(host));
        let (server, client) = connect(&acceptor, root(folder.path()), host).await;
        let (mut server, mut client) = (server.expect("a client"), client.expect("a server"));
        assert_eq!(server.get_ref().1.alpn_protocol(), Some(&b"http/1.1"[..]));
        client.write_all(b"GET").await.unwrap();
        client.shutdown().await.unwrap();
        assert_eq!(first_byte(&mut server).await.unwrap(), b'G');
        let mut said = Vec::new();
        server.read_to_end(&mut said).await.unwrap();
        assert_eq!(said, b"GET", "what was looked at is read again");
        assert!(first_byte(&mut server).await.is_err(), "the end says nothing");
    }
    assert!(!tls.is_for()("calls.example.org"));
    let (_, client) = connect(&acceptor, root(folder.path()), "calls.example.org").await;
    assert!(client.is_none(), "the client refuses");
}

#[test]
fn the_certificate_is_the_same_after_a_restart_where_it_has_a_folder() {
    let folder = tempfile::tempdir().unwrap();
    let fingerprint = || self_signed(folder.path()).fingerprint().unwrap();
    let first = fingerprint();
    assert_eq!(first.split(':').count(), 32);
    assert_eq!(fingerprint(), first);
    std::fs::remove_file(folder.path().join("self-signed.pem")).unwrap();
    assert_ne!(fingerprint(), first);
}

#[test]
fn a_folder_below_a_file_is_refused_with_what_to_do() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("file");
    std::fs::write(&file, "").unwrap();
    let names = vec!["localhost".to_owned()];
    let below = Some(file.join("state"));
    let error = Tls::open(Mode::SelfSigned { names, folder: below }).unwrap_err();
    assert!(matches!(error, Error::State(state::Error::Folder { .. })), "{error:?}");
    assert!(error.to_string().contains("--state-dir"), "{error}");
}
