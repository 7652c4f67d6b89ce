//! Clients that send a stream: TCP, or what TLS makes of it.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::io::{self, ErrorKind, IoSlice};
use std::net::{IpAddr, SocketAddr};
use std::sync::atomic::Ordering::Relaxed;
use std::sync::atomic::{AtomicBool, AtomicU64};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};
use tokio::time::{sleep, timeout};

use crate::Shared;
use crate::back::{Back, perform};
use crate::core::frame::{self, Frame};
use crate::core::{Client, Transport, place};
use crate::dispatch::at_desk;
use crate::outbox::Outbox;

/// What is kept for reading as long as the client has no allocation: more than any request has.
const SMALL: usize = 2048;

/// Messages that go out with one call of the system.
const TOGETHER: usize = 64;

/// How soon a message is looked at again that could not be answered yet.
const AGAIN: Duration = Duration::from_millis(100);

/// A client that takes nothing of what is sent to it for so long is cut: it would keep that in memory for as long as it likes.
const READS_WITHIN: Duration = Duration::from_secs(30);

/// All streams.
#[derive(Debug, Default)]
pub(crate) struct Streams {
    next: AtomicU64,
    count: Mutex<Count>,
}

#[derive(Debug, Default)]
struct Count {
    all: Number,
    places: HashMap<IpAddr, Number>,
}

/// How many there are.
#[derive(Clone, Copy, Debug, Default)]
struct Number {
    streams: usize,
    /// Of them, those that have had no allocation yet.
    idle: usize,
}

impl Streams {
    pub(crate) fn len(&self) -> usize {
        self.count().all.streams
    }

    fn count(&self) -> MutexGuard<'_, Count> {
        self.count.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// One stream that is served. However it ends, also when its task is dropped, its allocation ends with it.
struct Connected<'a> {
    shared: &'a Shared,
    client: Client,
    /// It has had no allocation yet.
    idle: AtomicBool,
}

impl<'a> Connected<'a> {
    /// `None` where there are too many.
    fn new(shared: &'a Shared, peer: SocketAddr, local: SocketAddr) -> Option<Self> {
        let number = shared.streams.next.fetch_add(1, Relaxed);
        let client = Client::new(peer, local, Transport::Stream(number));
        let place = place(client.address.ip());
        let config = &shared.config;
        let mut count = shared.streams.count();
        let here = count.places.get(&place).copied().unwrap_or_default();
        let all = count.all;
        let has_room = all.streams < config.streams && here.streams < config.streams_per_address;
        let has_room_for_idle = all.idle < config.idle_streams && here.idle < config.idle_streams_per_address;
        if !(has_room && has_room_for_idle) {
            return None;
        }
        count.places.entry(place).or_default();
        count.change(client, |number| {
            number.streams += 1;
            number.idle += 1;
        });
        drop(count);
        Some(Self {
            shared,
            client,
            idle: AtomicBool::new(true),
        })
    }

    /// Looks whether it has its first allocation by now.
    fn note_allocation(&self) {
        if self.idle.load(Relaxed) && self.has_allocation() {
            self.idle.store(false, Relaxed);
            let mut count = self.shared.streams.count();
            count.change(self.client, |number| number.idle -= 1);
        }
    }

    fn has_allocation(&self) -> bool {
        self.shared.server.has_allocation(self.shared.clock.now(), &self.client)
    }
}

impl Drop for Connected<'_> {
    fn drop(&mut self) {
        self.shared.server.disconnected(self.shared.clock.now(), &self.client);
        let idle = usize::from(self.idle.load(Relaxed));
        let mut count = self.shared.streams.count();
        count.change(self.client, |number| {
            number.streams -= 1;
            number.idle -= idle;
        });
    }
}

impl Count {
    /// Changes the number of all and that of the place where this client is.
    fn change(&mut self, client: Client, by: impl Fn(&mut Number)) {
        by(&mut self.all);
        if let Entry::Occupied(mut here) = self.places.entry(place(client.address.ip())) {
            by(here.get_mut());
            if here.get().streams == 0 {
                here.remove();
            }
        }
    }
}

/// Serves a stream until the client closes it, breaks the framing, or has had no allocation for too long.
pub(crate) async fn serve<S>(shared: &Arc<Shared>, stream: S, peer: SocketAddr, local: SocketAddr)
where
    S: AsyncRead + AsyncWrite,
{
    let Some(connected) = Connected::new(shared, peer, local) else {
        return;
    };
    let outbox = Arc::new(Outbox::default());
    let (reader, writer) = tokio::io::split(stream);
    tokio::select! {
        () = read(shared, &connected, reader, &outbox) => {}
        () = write(writer, &outbox) => {}
        () = lose_patience(&connected) => {}
        () = shared.shutdown.cancelled() => {}
    }
}

async fn read(
    shared: &Arc<Shared>,
    connected: &Connected<'_>,
    mut reader: impl AsyncRead + Unpin,
    outbox: &Arc<Outbox>,
) {
    let client = connected.client;
    let back = Back::Stream(Arc::clone(outbox));
    let mut buffer = vec![0; SMALL];
    let mut end = 0;
    loop {
        match reader.read(&mut buffer[end..]).await {
            Ok(0) | Err(_) => return,
            Ok(read) => end += read,
        }
        let mut start = 0;
        let incomplete = loop {
            let now = shared.clock.now();
            let next = at_desk(shared, |_, dispatch| {
                loop {
                    match frame::next(&buffer[start..end]) {
                        Frame::Whole { length, padding } => {
                            let message = &buffer[start..start + length];
                            let action = shared.server.handle(now, client, message);
                            if !perform(shared, &client, &back, action, now, dispatch) {
                                return None;
                            }
                            start += length + padding;
                        }
                        incomplete => return Some(incomplete),
                    }
                }
            });
            match next {
                Some(incomplete) => break incomplete,
                None => sleep(AGAIN).await,
            }
        };
        connected.note_allocation();
        match incomplete {
            Frame::Partial(needed) if needed <= buffer.len() => {}
            // Strangers get no memory. The longest frame is the bound for all others.
            Frame::Partial(needed) if connected.has_allocation() => buffer.resize(needed, 0),
            _ => return,
        }
        buffer.copy_within(start..end, 0);
        end -= start;
    }
}

/// Returns when the client is gone, or reads nothing for too long.
async fn write(mut writer: impl AsyncWrite + Unpin, outbox: &Outbox) {
    let mut bytes = Vec::new();
    while outbox.take(&mut bytes).await {
        let written = async {
            write_messages(&mut writer, &bytes).await?;
            writer.flush().await
        };
        if !matches!(timeout(READS_WITHIN, written).await, Ok(Ok(()))) {
            return;
        }
    }
}

/// Writes each message as a slice of its own: where the stream is made of records, each can be one.
async fn write_messages(writer: &mut (impl AsyncWrite + Unpin), bytes: &[u8]) -> io::Result<()> {
    let mut messages = frame::split(bytes).peekable();
    while messages.peek().is_some() {
        let mut slices = [IoSlice::new(&[]); TOGETHER];
        let mut count = 0;
        for (slice, message) in slices.iter_mut().zip(messages.by_ref()) {
            *slice = IoSlice::new(message);
            count += 1;
        }
        let mut left = &mut slices[..count];
        while !left.is_empty() {
            match writer.write_vectored(left).await? {
                0 => return Err(ErrorKind::WriteZero.into()),
                written => IoSlice::advance_slices(&mut left, written),
            }
        }
    }
    Ok(())
}

/// Returns when the client has no allocation at a look.
async fn lose_patience(connected: &Connected<'_>) {
    loop {
        sleep(connected.shared.config.stream_patience).await;
        if !connected.has_allocation() {
            return;
        }
    }
}
