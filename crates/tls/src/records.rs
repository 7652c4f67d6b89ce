//! A record of TLS for each message, and still few calls of the system.
//!
//! TURN's messages may begin and end anywhere in the stream (RFC 8656 section 3.1), and browsers read them so. Other clients take
//! what one record brings for one message, coturn's own among them, and lose what else is in it.

use std::io::{self, IoSlice};
use std::pin::Pin;
use std::task::{Context, Poll};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio_rustls::server::TlsStream;

/// A stream that makes a record of each slice that it is given, where that is not longer than a record may be (16 KiB).
#[derive(Debug)]
pub struct Records<S>(pub TlsStream<S>);

impl<S: AsyncRead + AsyncWrite + Unpin> AsyncRead for Records<S> {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buffer: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.0).poll_read(cx, buffer)
    }
}

impl<S: AsyncRead + AsyncWrite + Unpin> AsyncWrite for Records<S> {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.0).poll_write(cx, bytes)
    }

    /// All records that the session has room for are made before the first of them is sent.
    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        slices: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        if slices.iter().all(|slice| slice.is_empty()) {
            return Poll::Ready(Ok(0));
        }
        let mut made_room = false;
        loop {
            let mut taken = 0;
            let mut writer = self.0.get_mut().1.writer();
            for slice in slices {
                let more = io::Write::write(&mut writer, slice)?;
                taken += more;
                if more < slice.len() {
                    break;
                }
            }
            let sent = Pin::new(&mut self.0).poll_flush(cx)?;
            match (taken, sent) {
                (0, Poll::Pending) => return Poll::Pending,
                // There was no room, and now there is. Where nothing is taken even so, nothing ever will be.
                (0, Poll::Ready(())) if !made_room => made_room = true,
                // What is not sent yet, the next flush sends.
                _ => return Poll::Ready(Ok(taken)),
            }
        }
    }

    fn is_write_vectored(&self) -> bool {
        true
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.0).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.0).poll_shutdown(cx)
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use rustls::crypto::ring;
    use rustls::pki_types::ServerName;
    use rustls::{ClientConfig, RootCertStore, ServerConfig};
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _, DuplexStream, duplex};
    use tokio_rustls::{TlsAcceptor, TlsConnector, client};

    use super::*;
    use crate::certificates::Certificates;
    use crate::self_signed;

    /// Both ends of a stream whose handshake is done, and of which so many bytes may be on the way.
    async fn ends(pipe: usize) -> (Records<DuplexStream>, client::TlsStream<DuplexStream>) {
        let provider = Arc::new(ring::default_provider());
        let first = self_signed::passing(&provider, "localhost").expect("a certificate");
        let mut roots = RootCertStore::empty();
        roots.add(first.certified.cert[0].clone()).expect("a root");
        let config = ServerConfig::builder_with_provider(provider.clone())
            .with_safe_default_protocol_versions()
            .expect("versions")
            .with_no_client_auth()
            .with_cert_resolver(Arc::new(Certificates::new(first)));
        let acceptor = TlsAcceptor::from(Arc::new(config));
        let config = ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .expect("versions")
            .with_root_certificates(roots)
            .with_no_client_auth();
        let connector = TlsConnector::from(Arc::new(config));
        let name = ServerName::try_from("localhost").expect("a name");
        let (here, there) = duplex(pipe);
        let (server, client) = tokio::join!(acceptor.accept(here), connector.connect(name, there));
        let (mut server, mut client) = (Records(server.expect("a handshake")), client.expect("a handshake"));
        // With these come the tickets of TLS 1.3, which are records, too.
        server.write_all(b"hello").await.expect("a client");
        server.flush().await.expect("a client");
        client.read_exact(&mut [0; 5]).await.expect("a server");
        (server, client)
    }

    /// What it takes to write all of it.
    async fn write(stream: &mut Records<DuplexStream>, messages: &[&[u8]]) {
        let mut slices: Vec<_> = messages.iter().map(|message| IoSlice::new(message)).collect();
        let mut left = &mut slices[..];
        while !left.is_empty() {
            let written = stream.write_vectored(left).await.expect("a client");
            IoSlice::advance_slices(&mut left, written);
        }
        stream.flush().await.expect("a client");
    }

    #[tokio::test]
    async fn each_message_is_a_record() {
        let (mut server, client) = ends(64 * 1024).await;
        let messages = [&[1; 900][..], &[2; 4], &[3; 1200]];
        write(&mut server, &messages).await;
        drop(server);
        let (mut wire, _session) = client.into_inner();
        let mut bytes = Vec::new();
        wire.read_to_end(&mut bytes).await.expect("what was sent");
        let mut left = &bytes[..];
        for message in messages {
            // Application data, TLS 1.2 as TLS 1.3 says, and then a length (RFC 8446 section 5.1) that covers the message, a
            // byte for its kind, and 16 for its integrity.
            let (head, rest) = left.split_at(5);
            let length = usize::from(u16::from_be_bytes([head[3], head[4]]));
            assert_eq!((head[0], length), (23, message.len() + 17));
            left = &rest[length..];
        }
        assert!(left.is_empty(), "{} more bytes", left.len());
    }

    #[tokio::test]
    async fn a_client_that_reads_slowly_gets_everything_in_order() {
        let (mut server, mut client) = ends(1000).await;
        let messages: Vec<_> = (0..200_u8).map(|number| vec![number; 1200]).collect();
        let expected = messages.concat();
        let sending = async {
            let slices: Vec<_> = messages.iter().map(|message| &message[..]).collect();
            write(&mut server, &slices).await;
        };
        let mut received = vec![0; expected.len()];
        let (_, read) = tokio::join!(sending, client.read_exact(&mut received));
        read.expect("all of it");
        assert_eq!(received, expected);
    }

    #[tokio::test]
    async fn nothing_is_written_for_nothing() {
        let (mut server, _client) = ends(1000).await;
        assert_eq!(server.write_vectored(&[]).await.expect("a client"), 0);
        assert_eq!(server.write_vectored(&[IoSlice::new(&[])]).await.expect("a client"), 0);
    }
}
