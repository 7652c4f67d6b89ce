//! How a client's bytes reach a relay: as datagrams, or in a stream with TLS or without (RFC 8656 section 12.6).

use std::io;
use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr};

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpStream, UdpSocket};

use super::TurnError;
use crate::Stream;

/// How bytes reach the relay.
pub enum Line {
    /// A socket that is connected to the relay.
    Udp(UdpSocket),
    /// A stream, with what was received on it and not yet read.
    Stream(Box<dyn Stream>, Vec<u8>),
}

impl Line {
    /// Datagrams to this address.
    ///
    /// # Errors
    /// What the system says.
    pub async fn udp(relay: SocketAddr) -> io::Result<Self> {
        let any: SocketAddr = match relay.is_ipv4() {
            true => (Ipv4Addr::UNSPECIFIED, 0).into(),
            false => (Ipv6Addr::UNSPECIFIED, 0).into(),
        };
        let socket = UdpSocket::bind(any).await?;
        socket.connect(relay).await?;
        Ok(Self::Udp(socket))
    }

    /// A connection to this address.
    ///
    /// # Errors
    /// What the system says.
    pub async fn tcp(relay: SocketAddr) -> io::Result<Self> {
        let stream = TcpStream::connect(relay).await?;
        // Small messages are not kept back.
        stream.set_nodelay(true)?;
        Ok(Self::over(stream))
    }

    /// A stream that is there, of any kind.
    pub fn over(stream: impl Stream + 'static) -> Self {
        Self::Stream(Box::new(stream), Vec::new())
    }

    /// Sends one message.
    ///
    /// # Errors
    /// What the system says.
    pub async fn send(&mut self, bytes: &[u8]) -> io::Result<()> {
        match self {
            Self::Udp(socket) => socket.send(bytes).await.map(drop),
            Self::Stream(stream, _) => {
                let mut padded = bytes.to_vec();
                padded.resize(bytes.len().next_multiple_of(4), 0);
                stream.write_all(&padded).await?;
                // Over TLS, what a busy task has written may still be on this side.
                stream.flush().await
            }
        }
    }

    /// One message. Dropping the future loses none.
    ///
    /// # Errors
    /// [`TurnError::Lost`], and [`TurnError::Stranger`] where the stream holds something else than messages.
    pub async fn receive(&mut self) -> Result<Vec<u8>, TurnError> {
        match self {
            Self::Udp(socket) => {
                let mut buffer = vec![0; 65_536];
                let length = socket.recv(&mut buffer).await?;
                buffer.truncate(length);
                Ok(buffer)
            }
            Self::Stream(stream, have) => loop {
                if let Some((length, padded)) = first(have)?
                    && have.len() >= padded
                {
                    let message = have[..length].to_vec();
                    have.drain(..padded);
                    return Ok(message);
                }
                if stream.read_buf(have).await? == 0 {
                    return Err(io::Error::new(io::ErrorKind::UnexpectedEof, "the relay closed it").into());
                }
            },
        }
    }
}

impl std::fmt::Debug for Line {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Udp(_) => "Udp",
            Self::Stream(..) => "Stream",
        })
    }
}

/// How long the first message in a stream is, without and with its padding; `None` while it does not say.
fn first(bytes: &[u8]) -> Result<Option<(usize, usize)>, TurnError> {
    let &[kind, _, high, low, ..] = bytes else {
        return Ok(None);
    };
    let body = usize::from(u16::from_be_bytes([high, low]));
    match kind {
        0x00..0x40 => Ok(Some((20 + body, 20 + body))),
        0x40..0x80 => Ok(Some((4 + body, 4 + body.next_multiple_of(4)))),
        _ => Err(TurnError::Stranger),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn in_a_stream_messages_end_where_they_say_and_channel_data_is_padded() {
        let (near, mut far) = tokio::io::duplex(1_024);
        let mut line = Line::over(near);
        let binding = *b"\0\x01\0\0\x21\x12\xa4\x42abcdefghijkl";
        for half in [
            &[&[0x40, 0, 0, 5][..], b"hel"].concat()[..],
            &[b"lo\0\0\0", &binding[..]].concat(),
        ] {
            far.write_all(half).await.expect("written");
        }
        assert_eq!(line.receive().await.expect("a message"), b"\x40\0\0\x05hello");
        assert_eq!(line.receive().await.expect("a message"), binding);
        line.send(b"\x40\0\0\x05hello").await.expect("sent");
        let mut sent = [0; 12];
        far.read_exact(&mut sent).await.expect("all of it");
        assert_eq!(&sent, b"\x40\0\0\x05hello\0\0\0");
        far.write_all(&[0x80, 0, 0, 0]).await.expect("written");
        assert!(matches!(line.receive().await, Err(TurnError::Stranger)));
        drop(far);
        let mut line = Line::over(tokio::io::empty());
        assert!(matches!(line.receive().await, Err(TurnError::Lost(_))));
    }
}
