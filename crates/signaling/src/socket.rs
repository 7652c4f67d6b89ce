//! One WebSocket: reads what the client says, answers it, forwards what waits in the outbox, pings.
//!
//! One task for each socket, one timer, no channel: `Socket::step` does whatever can be done at the moment and
//! says why the socket ends when it does. It is generic over the stream, so that tests need no network.

mod end;

use std::future::{Future, poll_fn};
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::Bytes;
use futures_util::{Sink, SinkExt, Stream, StreamExt};
use protocol::{CloseCode, Encoding, ErrorCode, PeerId, ServerMessage};
use tokio::time::{Instant, Sleep};
use tokio_tungstenite::tungstenite::{Error, Message};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::backlog::Unacknowledged;
use crate::client::Client;
use crate::guest::Guest;
use crate::hub::Hub;
use crate::outbox::{Outbox, frame};
use crate::rate::{Bucket, Rate};
use crate::stats::Counters;

pub(crate) use end::End;

/// Frames read in one go, before others get their turn.
const READ_BATCH: usize = 64;

/// How long frames may be out before the client is asked whether it has them: a burst of them is asked about once. Soon, for
/// descriptions are long and are kept until then.
const ASK_AFTER: Duration = Duration::from_millis(100);

/// How often that is asked at most, so that load does not turn into pings. Only where much is out it is asked at once.
const ASK_EVERY: Duration = Duration::from_secs(1);

/// How long a closing socket may take to get its last messages and answer the close.
pub(crate) const CLOSE_GRACE: Duration = Duration::from_millis(1_500);

/// What all sockets of a server share.
#[derive(Debug)]
pub(crate) struct Shared {
    pub(crate) hub: Arc<Hub>,
    pub(crate) counters: Counters,
    pub(crate) shutdown: CancellationToken,
    /// One for each socket, and one for each seat that is kept without.
    pub(crate) tasks: TaskTracker,
    pub(crate) rate: Rate,
    pub(crate) ping_interval: Duration,
    pub(crate) timeout: Duration,
}

/// What is this socket's own.
#[derive(Clone, Debug)]
pub(crate) struct Session {
    pub(crate) encoding: Encoding,
    /// The id that the client gets when it joins.
    pub(crate) peer: PeerId,
    /// The id that its probe has.
    pub(crate) prober: PeerId,
    /// By which host the page has reached this server.
    pub(crate) host: Option<Box<str>>,
    /// What a `bye` tells it; different for each, so that not all come back in one moment.
    pub(crate) retry_after_ms: u32,
}

/// Serves one client from its first message to its close.
pub(crate) async fn run<S>(io: &mut S, session: Session, guest: Option<Guest>, shared: &Shared) -> End
where
    S: Stream<Item = Result<Message, Error>> + Sink<Message, Error = Error> + Unpin,
{
    let outbox = Arc::new(Outbox::new(session.encoding));
    let now = Instant::now();
    let mut socket = Socket {
        io,
        shared,
        client: Client::new(&session, Arc::clone(&outbox), guest),
        bucket: Bucket::new(shared.rate, now.into_std()),
        heard: now,
        pinged: now,
        ask_at: None,
        asked: None,
        ping_due: false,
        unflushed: false,
    };
    let mut draining = pin!(shared.shutdown.cancelled());
    let mut timer = pin!(tokio::time::sleep_until(socket.deadline()));
    let end = poll_fn(|cx| {
        if draining.as_mut().poll(cx).is_ready() {
            return Poll::Ready(End::Draining);
        }
        match socket.step(cx, timer.as_mut()) {
            Ok(()) => Poll::Pending,
            Err(end) => Poll::Ready(end),
        }
    })
    .await;
    // The seat goes first: the others need not wait until this client has answered the close.
    match shared.shutdown.is_cancelled() {
        true => socket.client.leave_silently(),
        false => end.settle(&mut socket.client),
    }
    drop(socket.client);
    tracing::debug!(?end, "socket ends");
    // A client that does not take its leave in time is cut off.
    let _ = tokio::time::timeout(CLOSE_GRACE, close(io, end, &outbox, session)).await;
    end
}

/// Sends what is still to be said and waits for the other side's close.
async fn close<S>(io: &mut S, end: End, outbox: &Outbox, session: Session) -> Result<(), Error>
where
    S: Stream<Item = Result<Message, Error>> + Sink<Message, Error = Error> + Unpin,
{
    match end {
        // tungstenite has the answer ready.
        End::ClosedByClient | End::ClosedByFailure => return io.close().await,
        End::Lost => return Ok(()),
        End::Left | End::BadFraming | End::Refused(_) | End::TakenOver | End::Draining => {}
    }
    while let Ok(Some(frame)) = outbox.pop() {
        io.feed(frame).await?;
    }
    if end == End::Draining {
        let retry_after_ms = session.retry_after_ms;
        io.feed(frame(session.encoding, &ServerMessage::Bye { retry_after_ms }))
            .await?;
    }
    io.send(Message::Close(Some(end.close_frame()))).await?;
    while let Some(Ok(_)) = io.next().await {}
    Ok(())
}

struct Socket<'a, S> {
    io: &'a mut S,
    shared: &'a Shared,
    client: Client,
    bucket: Bucket,
    /// When something last came from the client.
    heard: Instant,
    /// When the newest ping was due; at first, when the socket was opened.
    pinged: Instant,
    /// When to ask whether what is out has arrived.
    ask_at: Option<Instant>,
    /// What the newest ping asks about, until it is answered: so many counted frames.
    asked: Option<u64>,
    ping_due: bool,
    unflushed: bool,
}

impl<S> Socket<'_, S>
where
    S: Stream<Item = Result<Message, Error>> + Sink<Message, Error = Error> + Unpin,
{
    /// Does whatever can be done now. Ends with a waker registered wherever there will be more to do.
    fn step(&mut self, cx: &mut Context<'_>, mut timer: Pin<&mut Sleep>) -> Result<(), End> {
        self.client.outbox().register(cx.waker());
        // What waits goes before what came is read: so TCP acknowledges with it, and needs no packet for that.
        self.write(cx)?;
        self.read(cx)?;
        loop {
            self.write(cx)?;
            // A timer that is set too early finds out when it fires; most deadlines only ever move away.
            let deadline = self.deadline();
            if deadline < timer.deadline() {
                timer.as_mut().reset(deadline);
            }
            if timer.as_mut().poll(cx).is_pending() {
                return Ok(());
            }
            self.on_time(Instant::now())?;
            timer.as_mut().reset(self.deadline());
        }
    }

    fn on_time(&mut self, now: Instant) -> Result<(), End> {
        if now >= self.heard + self.shared.timeout {
            return Err(End::Refused(CloseCode::Silent));
        }
        let asks = self.ask_at.is_some_and(|at| now >= at);
        if asks || now >= self.next_ping() {
            self.ask_at = None;
            self.pinged = now;
            self.ping_due = true;
        }
        self.client.renew(now);
        Ok(())
    }

    fn next_ping(&self) -> Instant {
        self.pinged + self.shared.ping_interval
    }

    /// When to look at the clock again.
    fn deadline(&self) -> Instant {
        let next = self.next_ping().min(self.heard + self.shared.timeout);
        let sooner = [self.ask_at, self.client.renew_at()];
        sooner.into_iter().flatten().fold(next, Instant::min)
    }

    fn read(&mut self, cx: &mut Context<'_>) -> Result<(), End> {
        for nth in 0..READ_BATCH {
            let Poll::Ready(frame) = self.io.poll_next_unpin(cx) else {
                return Ok(());
            };
            if nth == 0 {
                self.heard = Instant::now();
            }
            let frame = frame.ok_or(End::Lost)?.map_err(End::from);
            if matches!(frame, Err(End::Refused(CloseCode::RateLimited))) {
                self.client.refuse(self.shared, ErrorCode::RateLimited);
            }
            self.on_frame(frame?)?;
        }
        // There may be more, but this task has had its turn.
        cx.waker().wake_by_ref();
        Ok(())
    }

    fn on_frame(&mut self, frame: Message) -> Result<(), End> {
        if let Message::Close(close) = frame {
            return Err(match close.map(|frame| u16::from(frame.code)) {
                None | Some(1000 | 1001 | 1005) => End::ClosedByClient,
                Some(_) => End::ClosedByFailure,
            });
        }
        // Pongs that were asked for are not counted; everything else is, pings too.
        let counted = match &frame {
            Message::Pong(count) => self.asked.is_none_or(|asked| asked.to_be_bytes() != **count),
            _ => true,
        };
        if counted && !self.bucket.take(self.shared.rate, frame.len(), self.heard.into_std()) {
            self.client.refuse(self.shared, ErrorCode::RateLimited);
            return Err(End::Refused(CloseCode::RateLimited));
        }
        let text = self.client.outbox().encoding().is_text();
        match frame {
            Message::Pong(count) => {
                self.on_pong(&count);
                Ok(())
            }
            Message::Text(frame) if text => self.client.handle(self.shared, frame.as_bytes()),
            Message::Binary(frame) if !text => self.client.handle(self.shared, &frame),
            Message::Text(_) | Message::Binary(_) => Err(End::Refused(CloseCode::WrongFrameKind)),
            // tungstenite answers pings.
            Message::Ping(_) | Message::Close(_) | Message::Frame(_) => Ok(()),
        }
    }

    /// A pong brings back the count that its ping carried: that much has arrived. One that nobody asked for (RFC 6455 section
    /// 5.5.3) says nothing.
    fn on_pong(&mut self, count: &[u8]) {
        let Ok(count) = count.try_into().map(u64::from_be_bytes) else {
            return;
        };
        self.client.outbox().acknowledge(count);
        if self.asked == Some(count) {
            self.asked = None;
        }
    }

    /// Fills the stream's buffer with as much as it takes and flushes once.
    fn write(&mut self, cx: &mut Context<'_>) -> Result<(), End> {
        loop {
            if self.io.poll_ready_unpin(cx)?.is_pending() {
                // A reader that takes nothing must not hide its own overflow.
                return self.client.outbox().ended().map_or(Ok(()), |ended| Err(ended.into()));
            }
            let frame = match self.ping() {
                Some(ping) => ping,
                None => match self.client.outbox().pop()? {
                    Some(frame) => frame,
                    None if self.asks_now() => continue,
                    None => break,
                },
            };
            self.io.start_send_unpin(frame)?;
            self.unflushed = true;
        }
        if self.unflushed && self.io.poll_flush_unpin(cx)?.is_ready() {
            self.unflushed = false;
        }
        Ok(())
    }

    /// Sees to it that the client is asked what has arrived, when something is out: soon, or, where much is or the
    /// seat is new, now.
    fn asks_now(&mut self) -> bool {
        if self.asked.is_some() {
            return false;
        }
        let unacknowledged = self.client.outbox().unacknowledged();
        if matches!(unacknowledged, Unacknowledged::Much | Unacknowledged::Opening) {
            self.ask_at = None;
            self.pinged = Instant::now();
            self.ping_due = true;
        } else if unacknowledged == Unacknowledged::Some && self.ask_at.is_none() {
            let soon = Instant::now() + ASK_AFTER;
            let again = self.pinged + ASK_EVERY;
            self.ask_at = Some(soon.max(again));
        }
        self.ping_due
    }

    /// The ping that is due, with the number of counted frames that have gone out before it; without a seat, with one that
    /// acknowledges nothing.
    fn ping(&mut self) -> Option<Message> {
        if !std::mem::take(&mut self.ping_due) {
            return None;
        }
        let count = self.client.outbox().question();
        self.asked = Some(count);
        Some(Message::Ping(Bytes::copy_from_slice(&count.to_be_bytes())))
    }
}

#[cfg(test)]
mod tests;
