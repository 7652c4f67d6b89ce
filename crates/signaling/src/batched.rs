//! Few system calls for many frames, with memory that is only held while there is something in it.

use std::cell::{Cell, RefCell};
use std::io;
use std::mem;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::{Duration, Instant};

use bytes::{Buf, Bytes};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::time::{Sleep, sleep};

use crate::guest::{Act, Guest};
use crate::rate::{BYTES_PER_MESSAGE, Bucket, Rate};

/// What one system call reads at most: the longest message, or a burst of candidates.
const READ: usize = 64 * 1024;

/// When so much is gathered, it is written without waiting for the flush.
const WRITE: usize = 32 * 1024;

/// How long a socket waits that others of its address have left nothing to, before it asks again.
const AGAIN: Duration = Duration::from_millis(100);

thread_local! {
    /// Where it is read to. Nothing stays there from one call to the next, so all sockets of a thread share it.
    static SCRATCH: RefCell<Box<[u8]>> = RefCell::new(vec![0; READ].into_boxed_slice());
    /// An empty buffer for the next socket that gathers.
    static SPARE: Cell<Vec<u8>> = const { Cell::new(Vec::new()) };
}

/// A stream that reads as much as is there, however small the pieces are that are asked for, and writes when it is flushed,
/// however small the pieces are that it is given. An idle one holds no buffer.
#[derive(Debug)]
pub(crate) struct Batched<S> {
    io: S,
    /// Read, and not asked for yet.
    ahead: Bytes,
    /// Accepted, and not written yet from `written` on.
    gathered: Vec<u8>,
    written: usize,
    meter: Option<Meter>,
}

/// How much may be read. Frames that never become a message are seen by nobody else.
#[derive(Debug)]
pub(crate) struct Meter {
    pub(crate) rate: Rate,
    pub(crate) bucket: Bucket,
    pub(crate) guest: Option<Guest>,
    /// What was read and its address has not allowed yet: nothing more is read before it does. Others of the address have used its part up, and
    /// no call ends for what somebody else sends.
    pub(crate) owed: Option<(Act, Pin<Box<Sleep>>)>,
}

impl Meter {
    /// Counts what was read. `false` when it is more than this socket may send.
    fn allows(&mut self, bytes: usize) -> bool {
        let pieces = u32::try_from(bytes.div_ceil(BYTES_PER_MESSAGE)).unwrap_or(u32::MAX);
        let frames = Act::Frames(pieces.max(1));
        if !self.may(frames) {
            self.owed = Some((frames, Box::pin(sleep(AGAIN))));
        }
        self.bucket.take(self.rate, bytes, Instant::now())
    }

    /// Ready when more may be read.
    fn poll_allowed(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        while let Some((frames, again)) = &mut self.owed {
            ready!(again.as_mut().poll(cx));
            let frames = *frames;
            self.owed = (!self.may(frames)).then(|| (frames, Box::pin(sleep(AGAIN))));
        }
        Poll::Ready(())
    }

    fn may(&self, frames: Act) -> bool {
        self.guest.as_ref().is_none_or(|Guest(allowance)| allowance.may(frames))
    }
}

impl<S> Batched<S> {
    pub(crate) fn new(io: S) -> Self {
        Self {
            io,
            ahead: Bytes::new(),
            gathered: Vec::new(),
            written: 0,
            meter: None,
        }
    }

    /// The same, of which only so much may be read: what is more is an error ([`io::ErrorKind::QuotaExceeded`]), once. What is read after
    /// it has no bound.
    pub(crate) fn metered(self, meter: Meter) -> Self {
        let meter = Some(meter);
        Self { meter, ..self }
    }

    /// Gives the buffer to the next batch on this thread.
    fn release(&mut self) {
        self.written = 0;
        let mut buffer = mem::take(&mut self.gathered);
        if buffer.capacity() <= 2 * WRITE {
            buffer.clear();
            SPARE.set(buffer);
        }
    }
}

impl<S: AsyncWrite + Unpin> Batched<S> {
    /// Writes what is gathered.
    fn poll_write_out(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        if self.gathered.is_empty() {
            return Poll::Ready(Ok(()));
        }
        while self.written < self.gathered.len() {
            let rest = &self.gathered[self.written..];
            match ready!(Pin::new(&mut self.io).poll_write(cx, rest))? {
                0 => return Poll::Ready(Err(io::ErrorKind::WriteZero.into())),
                written => self.written += written,
            }
        }
        self.release();
        Poll::Ready(Ok(()))
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Batched<S> {
    fn poll_read(self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let Self { io, ahead, meter, .. } = self.get_mut();
        if ahead.is_empty() {
            if let Some(meter) = meter {
                ready!(meter.poll_allowed(cx));
            }
            return SCRATCH.with_borrow_mut(|scratch| {
                let mut scratch = ReadBuf::new(scratch);
                ready!(Pin::new(io).poll_read(cx, &mut scratch))?;
                let read = scratch.filled();
                if meter.as_mut().is_some_and(|meter| !meter.allows(read.len())) {
                    *meter = None;
                    return Poll::Ready(Err(io::ErrorKind::QuotaExceeded.into()));
                }
                let (now, later) = read.split_at(read.len().min(buf.remaining()));
                buf.put_slice(now);
                *ahead = Bytes::copy_from_slice(later);
                Poll::Ready(Ok(()))
            });
        }
        let now = ahead.len().min(buf.remaining());
        buf.put_slice(&ahead[..now]);
        ahead.advance(now);
        if ahead.is_empty() {
            *ahead = Bytes::new();
        }
        Poll::Ready(Ok(()))
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Batched<S> {
    fn poll_write(self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        let this = self.get_mut();
        if this.gathered.len() >= WRITE {
            ready!(this.poll_write_out(cx))?;
        }
        if this.gathered.is_empty() {
            this.gathered = SPARE.take();
        }
        this.gathered.extend_from_slice(buf);
        Poll::Ready(Ok(buf.len()))
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        ready!(this.poll_write_out(cx))?;
        Pin::new(&mut this.io).poll_flush(cx)
    }

    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        ready!(this.poll_write_out(cx))?;
        Pin::new(&mut this.io).poll_shutdown(cx)
    }
}

#[cfg(test)]
mod tests;
