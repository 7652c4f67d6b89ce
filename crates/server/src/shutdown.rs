//! When to stop, and how long stopping may take.

use std::io;
use std::task::Poll;
use std::time::Duration;

use futures_util::Stream;
use futures_util::stream::poll_fn;
use tokio::signal::unix::{SignalKind, signal};

/// How long sockets have to take their `bye` and close.
pub(crate) const SOCKETS: Duration = Duration::from_millis(3_200);

/// How long requests that are under way have to finish after that. Everything together stays under 5 seconds.
pub(crate) const REQUESTS: Duration = Duration::from_millis(1_200);

/// How long the relay has to close after that. It waits for nobody.
pub(crate) const RELAY: Duration = Duration::from_millis(300);

/// All of it.
pub(crate) const ALL: Duration = Duration::from_secs(5);

/// Each SIGTERM and SIGINT. The handlers are in place when this returns, not when the stream is first polled.
///
/// # Errors
/// When the system refuses a handler.
pub(crate) fn signals() -> io::Result<impl Stream<Item = ()> + Send + Unpin> {
    let mut terminate = signal(SignalKind::terminate())?;
    let mut interrupt = signal(SignalKind::interrupt())?;
    // Service managers send SIGHUP to reload. Files of a certificate are read again; nothing else has to be, and
    // without this the system would end the process. A handler stays when what it was made for is gone.
    drop(signal(SignalKind::hangup())?);
    Ok(poll_fn(move |cx| {
        let came = [terminate.poll_recv(cx), interrupt.poll_recv(cx)];
        // They end with the runtime: then nothing comes any more.
        match came.contains(&Poll::Ready(Some(()))) {
            true => Poll::Ready(Some(())),
            false => Poll::Pending,
        }
    }))
}
