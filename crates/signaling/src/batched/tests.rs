//! What reaches the stream below, and when.

use std::collections::VecDeque;

use futures_util::task::noop_waker_ref;
use tokio::io::{AsyncReadExt, AsyncWriteExt};

use super::*;

/// Takes and gives what the test lets it, and counts how often it is asked.
#[derive(Debug, Default)]
struct Below {
    /// One for each read; then reads wait.
    to_read: VecDeque<Vec<u8>>,
    reads: usize,
    /// So much is taken of each write; then writes wait.
    room: VecDeque<usize>,
    written: Vec<u8>,
    writes: usize,
    shut_down: bool,
}

impl AsyncRead for Below {
    fn poll_read(mut self: Pin<&mut Self>, _: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        self.reads += 1;
        let Some(bytes) = self.to_read.pop_front() else {
            return Poll::Pending;
        };
        buf.put_slice(&bytes);
        Poll::Ready(Ok(()))
    }
}

impl AsyncWrite for Below {
    fn poll_write(mut self: Pin<&mut Self>, _: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        self.writes += 1;
        let Some(room) = self.room.pop_front() else {
            return Poll::Pending;
        };
        let taken = room.min(buf.len());
        self.written.extend_from_slice(&buf[..taken]);
        Poll::Ready(Ok(taken))
    }

    fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.shut_down = true;
        Poll::Ready(Ok(()))
    }
}

fn context() -> Context<'static> {
    Context::from_waker(noop_waker_ref())
}

fn with_room(room: impl IntoIterator<Item = usize>) -> Batched<Below> {
    Batched::new(Below {
        room: room.into_iter().collect(),
        ..Below::default()
    })
}

fn flush(batched: &mut Batched<Below>) -> Poll<io::Result<()>> {
    Pin::new(batched).poll_flush(&mut context())
}

#[tokio::test]
async fn what_is_there_is_read_once_and_given_in_pieces() {
    let mut batched = Batched::new(Below {
        to_read: [b"abcdefg".to_vec(), b"hi".to_vec(), Vec::new()].into(),
        ..Below::default()
    });
    let mut piece = [0; 3];
    for expected in [&b"abc"[..], b"def", b"g"] {
        let read = batched.read(&mut piece).await.expect("no error");
        assert_eq!(&piece[..read], expected);
        assert_eq!(batched.io.reads, 1);
    }
    assert_eq!(batched.ahead.len(), 0);
    assert_eq!(batched.read(&mut piece).await.expect("no error"), 2);
    assert_eq!(batched.read(&mut piece).await.expect("no error"), 0, "the end");
    assert_eq!(batched.io.reads, 3);
}

#[tokio::test]
async fn pieces_are_written_in_one_when_they_are_flushed() {
    let mut batched = with_room([usize::MAX]);
    for piece in [&b"abc"[..], b"d", b"efg"] {
        batched.write_all(piece).await.expect("no error");
    }
    assert_eq!(batched.io.writes, 0);
    batched.flush().await.expect("no error");
    assert_eq!((batched.io.writes, &batched.io.written[..]), (1, &b"abcdefg"[..]));
    assert_eq!(batched.gathered.capacity(), 0, "an idle one holds nothing");
    batched.flush().await.expect("no error");
    assert_eq!(batched.io.writes, 1, "nothing is left to write");
}

#[tokio::test]
async fn what_the_stream_does_not_take_waits_in_order() {
    let mut batched = with_room([2]);
    batched.write_all(b"abcde").await.expect("no error");
    assert!(flush(&mut batched).is_pending());
    batched.write_all(b"fg").await.expect("no error");
    batched.io.room = [4, usize::MAX].into();
    assert!(flush(&mut batched).is_ready());
    assert_eq!(batched.io.written, b"abcdefg");
}

#[tokio::test]
async fn a_stream_that_takes_nothing_is_not_gathered_for_without_end() {
    let mut batched = with_room([]);
    let piece = vec![7; WRITE];
    batched.write_all(&piece).await.expect("no error");
    assert!(Pin::new(&mut batched).poll_write(&mut context(), &piece).is_pending());
    assert_eq!(batched.gathered.len(), WRITE);
    batched.io.room = [usize::MAX].into();
    assert!(Pin::new(&mut batched).poll_write(&mut context(), b"x").is_ready());
    assert_eq!((batched.io.written.len(), batched.gathered.len()), (WRITE, 1));
}

#[tokio::test]
async fn what_is_gathered_goes_out_before_the_end() {
    let mut batched = with_room([usize::MAX]);
    batched.write_all(b"bye").await.expect("no error");
    batched.shutdown().await.expect("no error");
    assert_eq!((&batched.io.written[..], batched.io.shut_down), (&b"bye"[..], true));
}

#[tokio::test]
async fn a_stream_that_writes_nothing_has_failed() {
    let mut batched = with_room([0]);
    batched.write_all(b"abc").await.expect("no error");
    let error = batched.flush().await.expect_err("it must not be tried without end");
    assert_eq!(error.kind(), io::ErrorKind::WriteZero);
}
