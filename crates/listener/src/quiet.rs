//! How long nothing was heard on a stream, nor said.

use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::AtomicU64;
use std::sync::atomic::Ordering::Relaxed;
use std::task::{Context, Poll};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::time::{Instant, sleep};

/// A stream that is listened to.
#[derive(Debug)]
pub(crate) struct Heard<S> {
    stream: S,
    quiet: Quiet,
}

/// The ear.
#[derive(Clone, Debug)]
pub(crate) struct Quiet {
    start: Instant,
    /// When the last byte went by, in milliseconds after `start`.
    last: Arc<AtomicU64>,
}

impl<S> Heard<S> {
    pub(crate) fn new(stream: S) -> (Self, Quiet) {
        let quiet = Quiet {
            start: Instant::now(),
            last: Arc::default(),
        };
        (
            Self {
                stream,
                quiet: quiet.clone(),
            },
            quiet,
        )
    }
}

impl Quiet {
    fn broken(&self) {
        let now = u64::try_from(self.start.elapsed().as_millis()).unwrap_or(u64::MAX);
        self.last.store(now, Relaxed);
    }

    /// Waits until it has lasted for so long.
    pub(crate) async fn lasts(&self, long: Duration) {
        loop {
            let since = Duration::from_millis(self.last.load(Relaxed));
            let left = (since + long).saturating_sub(self.start.elapsed());
            if left.is_zero() {
                return;
            }
            sleep(left).await;
        }
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Heard<S> {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buffer: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let before = buffer.filled().len();
        let read = Pin::new(&mut self.stream).poll_read(cx, buffer);
        if buffer.filled().len() > before {
            self.quiet.broken();
        }
        read
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Heard<S> {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut self.stream).poll_write(cx, bytes);
        if written.is_ready() {
            self.quiet.broken();
        }
        written
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        slices: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut self.stream).poll_write_vectored(cx, slices);
        if written.is_ready() {
            self.quiet.broken();
        }
        written
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
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

    use super::*;

    #[tokio::test(start_paused = true)]
    async fn every_byte_in_either_direction_breaks_it() {
        let (mut client, server) = tokio::io::duplex(64);
        let (mut server, quiet) = Heard::new(server);
        let long = Duration::from_secs(30);
        let start = Instant::now();
        let talk = async {
            sleep(Duration::from_secs(20)).await;
            client.write_all(b"a").await.unwrap();
            server.read_u8().await.unwrap();
            sleep(Duration::from_secs(20)).await;
            server.write_all(b"b").await.unwrap();
            std::future::pending::<()>().await;
        };
        tokio::select! {
            () = quiet.lasts(long) => {}
            () = talk => {}
        }
        assert_eq!(start.elapsed(), Duration::from_secs(70));
    }
}
