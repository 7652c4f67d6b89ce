//! Clients that come over TLS.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};

use axum::body::Body;
use client::tls::Trust;
use http::{Request, Version};
use hyper_util::rt::{TokioExecutor, TokioIo};
use tokio::net::{TcpSocket, TcpStream};
use tokio_rustls::client::TlsStream;

use crate::socket::Client;
use crate::support::{Response, read};

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
    let tcp = TcpSocket::new_v4()?;
    tcp.bind(SocketAddr::new(local, 0))?;
    let tcp = tcp.connect(server).await?;
    let offers: Vec<&[u8]> = offers.iter().map(|offer| offer.as_bytes()).collect();
    // It takes every certificate: whose it is, the tests look at.
    let shaken = Trust::default().connect(tcp, "localhost", &offers).await;
    let (stream, shown) = shaken.map_err(std::io::Error::other)?;
    Ok((stream, shown.chain[0].to_vec()))
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
