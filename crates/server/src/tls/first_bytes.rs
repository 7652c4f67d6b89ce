//! What a client says first decides whom it came for: the relay or the pages. What was read for that is read again.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll};

use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, ReadBuf};

/// As many bytes as [`relay::is_stun`] looks at.
const LOOK: usize = 8;

/// A stream whose first bytes were looked at.
#[derive(Debug)]
pub(crate) struct Rewound<S> {
    seen: [u8; LOOK],
    /// Of `seen`, what is to be read again.
    left: std::ops::Range<usize>,
    stream: S,
}

/// Waits until the first bytes say whether the client speaks STUN. A stream that ends before is an error.
pub(crate) async fn is_stun<S>(mut stream: S) -> io::Result<(bool, Rewound<S>)>
where
    S: AsyncRead + Unpin,
{
    let mut seen = [0; LOOK];
    let mut length = 0;
    let answer = loop {
        if let Some(answer) = relay::is_stun(&seen[..length]) {
            break answer;
        }
        match stream.read(&mut seen[length..]).await? {
            0 => return Err(io::ErrorKind::UnexpectedEof.into()),
            more => length += more,
        }
    };
    let left = 0..length;
    Ok((answer, Rewound { seen, left, stream }))
}

impl<S> Rewound<S> {
    /// The same over another stream, which is made of this one.
    pub(crate) fn map<T>(self, make: impl FnOnce(S) -> T) -> Rewound<T> {
        let Self { seen, left, stream } = self;
        let stream = make(stream);
        Rewound { seen, left, stream }
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Rewound<S> {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buffer: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        if self.left.is_empty() {
            return Pin::new(&mut self.stream).poll_read(cx, buffer);
        }
        let length = self.left.len().min(buffer.remaining());
        let start = self.left.start;
        buffer.put_slice(&self.seen[start..start + length]);
        self.left.start += length;
        Poll::Ready(Ok(()))
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Rewound<S> {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write(cx, bytes)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        slices: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write_vectored(cx, slices)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }
}

#[cfg(test)]
mod tests {
    use tokio::io::AsyncWriteExt as _;

    use super::*;

    /// A Binding request without attributes (RFC 8489, section 5).
    const BINDING: [u8; 20] = *b"\0\x01\0\0\x21\x12\xa4\x42abcdefghijkl";

    /// Says this in pieces of so many bytes; gives what is found, and what is read afterwards.
    async fn found(said: &[u8], piece: usize) -> (bool, Vec<u8>) {
        let (mut client, server) = tokio::io::duplex(piece);
        let whole = said.to_vec();
        let saying = tokio::spawn(async move { client.write_all(&whole).await });
        let (answer, mut stream) = is_stun(server).await.expect("an answer");
        let mut read = Vec::new();
        stream.read_to_end(&mut read).await.expect("the rest");
        saying.await.expect("no panic").expect("all was said");
        (answer, read)
    }

    #[tokio::test]
    async fn nothing_of_what_was_looked_at_is_lost() {
        for piece in 1..=20 {
            assert_eq!(found(&BINDING, piece).await, (true, BINDING.to_vec()), "{piece}");
            for http in [&b"GET / HTTP/1.1\r\n\r\n"[..], b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"] {
                assert_eq!(found(http, piece).await, (false, http.to_vec()), "{piece}");
            }
        }
    }

    #[tokio::test]
    async fn whoever_leaves_without_a_word_is_let_go() {
        for said in [&b""[..], &BINDING[..5]] {
            let (mut client, server) = tokio::io::duplex(20);
            client.write_all(said).await.expect("room for it");
            drop(client);
            assert!(is_stun(server).await.is_err());
        }
    }
}
