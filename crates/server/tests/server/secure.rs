//! Clients that come over TLS.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::sync::{Arc, Mutex};

use axum::body::Body;
use http::{Request, Version};
use hyper_util::rt::{TokioExecutor, TokioIo};
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::{ClientConfig, DigitallySignedStruct, SignatureScheme};
use tokio::net::{TcpSocket, TcpStream};
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;

use crate::socket::Client;
use crate::support::{Response, read};

/// Takes every certificate and remembers the last one: whose it is, the tests look at.
#[derive(Debug, Default)]
struct Everybody(Mutex<Vec<u8>>);

impl ServerCertVerifier for Everybody {
    fn verify_server_cert(
        &self,
        leaf: &CertificateDer<'_>,
        _: &[CertificateDer<'_>],
        _: &ServerName<'_>,
        _: &[u8],
        _: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        *self.0.lock().unwrap() = leaf.to_vec();
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        _: &[u8],
        _: &CertificateDer<'_>,
        _: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        Ok(HandshakeSignatureValid::assertion())
    }

    fn verify_tls13_signature(
        &self,
        _: &[u8],
        _: &CertificateDer<'_>,
        _: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        Ok(HandshakeSignatureValid::assertion())
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        let provider = rustls::crypto::ring::default_provider();
        provider.signature_verification_algorithms.supported_schemes()
    }
}

/// A stream over TLS that offers these protocols, and the certificate that was shown.
pub(crate) async fn connect(server: SocketAddr, offers: &[&str]) -> std::io::Result<(TlsStream<TcpStream>, Vec<u8>)> {
    connect_from(Ipv4Addr::LOCALHOST.into(), server, offers).await
}

/// The same from this address.
pub(crate) async fn connect_from(
    local: IpAddr,
    server: SocketAddr,
    offers: &[&str],
) -> std::io::Result<(TlsStream<TcpStream>, Vec<u8>)> {
    let seen = Arc::new(Everybody::default());
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let mut config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .dangerous()
        .with_custom_certificate_verifier(seen.clone())
        .with_no_client_auth();
    config.alpn_protocols = offers.iter().map(|offer| offer.as_bytes().to_vec()).collect();
    let tcp = TcpSocket::new_v4()?;
    tcp.bind(SocketAddr::new(local, 0))?;
    let tcp = tcp.connect(server).await?;
    let name = ServerName::try_from("localhost").unwrap();
    let stream = TlsConnector::from(Arc::new(config)).connect(name, tcp).await?;
    let leaf = seen.0.lock().unwrap().clone();
    Ok((stream, leaf))
}

/// The certificate that new connections are shown.
pub(crate) async fn shown(server: SocketAddr) -> Vec<u8> {
    connect(server, &["http/1.1"]).await.expect("a handshake").1
}

/// A socket over TLS.
pub(crate) async fn opened(server: SocketAddr) -> Client<TlsStream<TcpStream>> {
    let (stream, _) = connect(server, &["http/1.1"]).await.unwrap();
    let local = stream.get_ref().0.local_addr().unwrap();
    // Servers with a certificate for a name are asked by their address here: no page of that name would be.
    Client::over(stream, local, None, server).await
}

/// A socket over TLS that is in a room.
pub(crate) async fn joined(server: SocketAddr, name: &str) -> Client<TlsStream<TcpStream>> {
    let mut client = opened(server).await;
    client.join("team", name).await;
    client
}

/// Requests over HTTP/2 on one connection.
pub(crate) struct Http2 {
    address: SocketAddr,
    pub(crate) send: hyper::client::conn::http2::SendRequest<Body>,
}

impl Http2 {
    pub(crate) async fn open(address: SocketAddr) -> Self {
        let (stream, _) = connect(address, &["h2", "http/1.1"]).await.unwrap();
        assert_eq!(stream.get_ref().1.alpn_protocol(), Some(&b"h2"[..]));
        let handshake = hyper::client::conn::http2::handshake(TokioExecutor::new(), TokioIo::new(stream));
        let (send, connection) = handshake.await.unwrap();
        tokio::spawn(connection);
        Self { address, send }
    }

    pub(crate) async fn get(&mut self, path: &str) -> Response {
        let request = Request::get(format!("https://{}{path}", self.address)).body(Body::empty());
        let answer = self.send.send_request(request.unwrap()).await.unwrap();
        assert_eq!(answer.version(), Version::HTTP_2);
        read(answer).await
    }
}
