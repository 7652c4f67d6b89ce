//! What somebody with a seat can do.

use std::sync::Arc;
use std::sync::atomic::Ordering::Relaxed;

use protocol::{DisplayName, ErrorCode, LeaveReason, Media, PeerId, RoomId, ServerMessage, ServerMessageOf, SignalOf};
use serde::Serialize;
use tokio::time::{Instant, sleep_until};

use super::{Hub, Newcomer, Shard};
use crate::outbox::{Broadcast, Outbox};

/// A place in a room, in the hands of one socket. Once another socket has taken it over, this one does nothing any more:
/// the new one says all that is said. Dropping it (a panic, an aborted task) gives the place back as lost.
#[derive(Debug)]
pub(crate) struct Seat {
    hub: Arc<Hub>,
    shard: usize,
    peer: PeerId,
    outbox: Arc<Outbox>,
    /// By which host the page has reached this server.
    host: Option<Box<str>>,
    /// When it is given newer ICE servers.
    renew_at: Option<Instant>,
}

impl Seat {
    pub(super) fn new(hub: &Arc<Hub>, shard: usize, you: &Newcomer<'_>) -> Self {
        let Newcomer { peer, outbox, host } = *you;
        Self {
            hub: Arc::clone(hub),
            shard,
            peer,
            outbox: Arc::clone(outbox),
            host: host.map(Into::into),
            renew_at: hub.renew_at(peer, Instant::now()),
        }
    }

    /// Whether it is a seat of this room.
    pub(crate) fn is_in(&self, room: &RoomId) -> bool {
        self.hub.lock(self.shard).rooms.sits_in(self.peer, room)
    }

    /// When [`Self::renew`] has something to do.
    pub(crate) fn renew_at(&self) -> Option<Instant> {
        self.renew_at
    }

    /// Says newer ICE servers if it is time. They are not counted: a seat that is away gets some when it comes back.
    pub(crate) fn renew(&mut self, now: Instant) {
        if self.renew_at.is_none_or(|at| now < at) {
            return;
        }
        self.renew_at = self.hub.renew_at(self.peer, now);
        let shard = self.hub.lock(self.shard);
        if self.is_of(&shard) {
            let ice_servers = self.hub.ice_servers(self.peer, self.host.as_deref());
            self.outbox.push_message(&ServerMessage::IceServers { ice_servers });
        }
    }

    /// Passes a signal on. It is counted, passed on and ordered among the sender's other messages in one step, so that a
    /// take-over comes before or after all of that. `frame` is what the client sent: what is written is about as long, and a
    /// signal that is unknown here is passed on as it stands there, to receivers of the same encoding.
    pub(crate) fn relay<T>(&self, number: u64, to: PeerId, signal: SignalOf<T>, frame: &[u8]) -> Result<(), ErrorCode>
    where
        T: AsRef<str> + Serialize,
    {
        let (from, encoding) = (self.peer, self.outbox.encoding());
        let is_known = !matches!(signal, SignalOf::Unknown);
        let message = ServerMessageOf::Signal { from, signal };
        let mut broadcast = Broadcast::sized(&message, frame.len());
        // Written before the lock is taken, in the encoding that the receiver most often has too.
        if is_known {
            broadcast.write(encoding);
        } else if let Some(written) = encoding.pass_on(frame, from) {
            broadcast.set(encoding, written);
        }
        let mut shard = self.hub.lock(self.shard);
        if !self.count(&mut shard, number) {
            return Ok(());
        }
        shard.rooms.may_relay(from, to)?;
        let receiver = shard.tenants.get(&to).ok_or(ErrorCode::UnknownPeer)?;
        if !is_known && receiver.outbox.encoding() != encoding {
            return Ok(());
        }
        if broadcast.give(&receiver.outbox) {
            let receiver = Arc::clone(&receiver.outbox);
            drop(shard);
            receiver.wake();
        }
        self.hub.relayed.fetch_add(1, Relaxed);
        Ok(())
    }

    /// Tells the others a new name or new media.
    pub(crate) fn update(&self, number: u64, name: DisplayName, media: Media) -> Result<(), ErrorCode> {
        let mut shard = self.hub.lock(self.shard);
        if self.count(&mut shard, number) {
            let deliveries = shard.rooms.update(self.peer, name, media)?;
            shard.deliver(&deliveries);
        }
        Ok(())
    }

    /// A message that counts has come and cannot be done.
    pub(crate) fn skip(&self, number: u64) {
        self.count(&mut self.hub.lock(self.shard), number);
    }

    /// Gives the seat back and tells the others why.
    pub(crate) fn leave(self, reason: LeaveReason) {
        self.vacate(Some(reason));
    }

    /// Gives the seat back and tells nobody. For the end of the whole server: everybody keeps their calls.
    pub(crate) fn leave_silently(self) {
        self.vacate(None);
    }

    /// The socket is lost: the others hear that this peer is away, and the seat is kept for the time of grace. Then it is
    /// given up, unless another socket has taken it over. A seat whose `joined` was never seen to arrive, and one that is too young,
    /// is given up at once.
    pub(crate) fn lose(self) {
        let hub = Arc::clone(&self.hub);
        if hub.config.grace.is_zero() {
            return self.leave(LeaveReason::Lost);
        }
        let mut shard = hub.lock(self.shard);
        let has_lived = match shard.tenants.get(&self.peer) {
            Some(tenant) if Arc::ptr_eq(&tenant.outbox, &self.outbox) => tenant.has_lived(hub.config.grace_after),
            _ => return,
        };
        if !has_lived {
            drop(shard);
            return self.leave(LeaveReason::Lost);
        }
        let away = shard.rooms.absent();
        let deliveries = shard.rooms.away(self.peer);
        shard.deliver(&deliveries);
        hub.away.fetch_add(shard.rooms.absent() - away, Relaxed);
        drop(shard);
        tracing::debug!(seats = hub.seats(), away = hub.away(), "away");
        let until = Instant::now() + hub.config.grace;
        hub.config.tasks.spawn(self.keep(until));
    }

    async fn keep(self, until: Instant) {
        let shutdown = self.hub.config.shutdown.clone();
        tokio::select! {
            biased;
            () = shutdown.cancelled() => self.leave_silently(),
            () = self.outbox.taken_over() => {}
            () = sleep_until(until) => self.leave(LeaveReason::Lost),
        }
    }

    /// Counts a message of this seat; `false` when it is not to be done: the seat is another socket's by now, or the message has
    /// come before. Of a gap nothing is said: what is missing could not be read, and was answered then.
    fn count(&self, shard: &mut Shard, number: u64) -> bool {
        let tenant = shard.tenants.get_mut(&self.peer);
        let Some(tenant) = tenant.filter(|tenant| Arc::ptr_eq(&tenant.outbox, &self.outbox)) else {
            return false;
        };
        let number = match number {
            0 => tenant.received.saturating_add(1),
            number => number,
        };
        let is_new = number > tenant.received;
        tenant.received = tenant.received.max(number);
        is_new
    }

    fn is_of(&self, shard: &Shard) -> bool {
        let tenant = shard.tenants.get(&self.peer);
        tenant.is_some_and(|tenant| Arc::ptr_eq(&tenant.outbox, &self.outbox))
    }

    fn vacate(&self, reason: Option<LeaveReason>) {
        let mut shard = self.hub.lock(self.shard);
        if !self.is_of(&shard) {
            return;
        }
        shard.tenants.remove(&self.peer);
        shard.recovery.give_up(self.peer, self.hub.clock.now());
        let (rooms, away) = (shard.rooms.rooms(), shard.rooms.absent());
        let deliveries = shard.rooms.leave(self.peer, reason.unwrap_or(LeaveReason::Lost));
        self.hub.rooms.fetch_sub(rooms - shard.rooms.rooms(), Relaxed);
        self.hub.away.fetch_sub(away - shard.rooms.absent(), Relaxed);
        if reason.is_some() {
            shard.deliver(&deliveries);
        }
        let seats = self.hub.seats.fetch_sub(1, Relaxed) - 1;
        drop(shard);
        if let (Some(_), Some(credentials)) = (reason, &self.hub.config.ice_credentials) {
            credentials.ended(self.peer);
        }
        tracing::debug!(seats, rooms = self.hub.rooms(), ?reason, "left");
    }
}

impl Drop for Seat {
    fn drop(&mut self) {
        self.vacate(Some(LeaveReason::Lost));
    }
}
