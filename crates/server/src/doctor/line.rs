//! How a client's bytes reach a relay: as datagrams, or in a stream with TLS or without (RFC 8656 section 12.6).

use std::io;
use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr};
use std::time::Duration;

use relay::core::frame::{Frame, next};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::UdpSocket;
use tokio::time::timeout;

use super::door::{Stream, connect, late, sentence};
use super::ice_url::IceUrl;
use super::judge::relay::Broken;
use super::tls::Trust;

/// How bytes reach the relay.
pub(super) enum Line {
    Udp(UdpSocket),
    /// With what was received and not yet read.
    Stream(Box<dyn Stream>, Vec<u8>),
}

pub(super) async fn udp(address: SocketAddr) -> Result<Line, Broken> {
    let any: SocketAddr = match address.is_ipv4() {
        true => (Ipv4Addr::UNSPECIFIED, 0).into(),
        false => (Ipv6Addr::UNSPECIFIED, 0).into(),
    };
    let opened = async {
        let socket = UdpSocket::bind(any).await?;
        socket.connect(address).await?;
        Ok(Line::Udp(socket))
    };
    opened
        .await
        .map_err(|error: io::Error| Broken::Connect(sentence(&error)))
}

pub(super) async fn stream(address: SocketAddr, patience: Duration) -> Result<Line, Broken> {
    let stream = connect(&address.to_string(), patience).await.map_err(Broken::Connect)?;
    Ok(Line::Stream(Box::new(stream), Vec::new()))
}

/// With what a browser would have against it.
pub(super) async fn tls(
    url: &IceUrl,
    address: SocketAddr,
    trust: &Trust,
    patience: Duration,
) -> Result<(Line, Option<String>), Broken> {
    let stream = connect(&address.to_string(), patience).await.map_err(Broken::Connect)?;
    // Browsers offer no protocol here.
    let shaken = timeout(patience, trust.connect(stream, &url.host, &[])).await;
    let (stream, shown) = shaken.unwrap_or_else(|_| Err(late())).map_err(Broken::Tls)?;
    let untrusted = shown.trusted.err().map(|error| error.to_string());
    Ok((Line::Stream(Box::new(stream), Vec::new()), untrusted))
}

impl Line {
    pub(super) async fn send(&mut self, bytes: &[u8]) -> io::Result<()> {
        match self {
            Self::Udp(socket) => socket.send(bytes).await.map(drop),
            Self::Stream(stream, _) => {
                let mut padded = bytes.to_vec();
                padded.resize(bytes.len().next_multiple_of(4), 0);
                stream.write_all(&padded).await?;
                stream.flush().await
            }
        }
    }

    /// One message. Dropping the future loses none.
    pub(super) async fn receive(&mut self) -> Result<Vec<u8>, Broken> {
        let connect = |error: io::Error| Broken::Connect(sentence(&error));
        match self {
            Self::Udp(socket) => {
                let mut buffer = vec![0; 2_048];
                let length = socket.recv(&mut buffer).await.map_err(connect)?;
                buffer.truncate(length);
                Ok(buffer)
            }
            Self::Stream(stream, have) => loop {
                match next(have) {
                    Frame::Whole { length, padding } => {
                        let message = have[..length].to_vec();
                        have.drain(..length + padding);
                        return Ok(message);
                    }
                    Frame::Partial(_) => {
                        let length = stream.read_buf(have).await.map_err(connect)?;
                        if length == 0 {
                            return Err(Broken::Connect("the connection was closed".to_owned()));
                        }
                    }
                    Frame::Broken => return Err(Broken::Stranger),
                }
            },
        }
    }
}
