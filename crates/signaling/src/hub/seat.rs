//! What somebody with a seat can do.

use std::sync::Arc;
use std::sync::atomic::Ordering::Relaxed;

use protocol::{DisplayName, ErrorCode, LeaveReason, Media, PeerId, ServerMessage, ServerMessageOf, SignalOf};
use serde::Serialize;
use tokio::time::{Instant, sleep_until};

use super::{Hub, Shard};
use crate::outbox::{Broadcast, Outbox};

/// A place in a room, in the hands of one socket. Once another socket has taken it over, this one does nothing any more:
/// the new one says all that is said. Dropping it (a panic, an aborted task) gives the place back as lost.
#[derive(Debug)]
pub(crate) struct Seat {
    hub: Arc<Hub>,
    shard: usize,
    peer: PeerId,
    outbox: Arc<Outbox>,
    /// When it is given newer ICE servers.
    renew_at: Option<Instant>,
}

impl Seat {
    pub(super) fn new(hub: &Arc<Hub>, shard: usize, peer: PeerId, outbox: &Arc<Outbox>) -> Self {
        Self {
            hub: Arc::clone(hub),
            shard,
            peer,
            outbox: Arc::clone(outbox),
            renew_at: hub.renew_at(peer, Instant::now()),
        }
    }

    /// When [`Self::renew`] has something to do.
    pub(crate) fn renew_at(&self) -> Option<Instant> {
        self.renew_at
    }

    /// Says newer ICE servers if it is time. They are not counted: whoever is away by then gets some when it comes back.
    pub(crate) fn renew(&mut self, now: Instant) {
        if self.renew_at.is_none_or(|at| now < at) {
            return;
        }
        self.renew_at = self.hub.renew_at(self.peer, now);
        let shard = self.hub.lock(self.shard);
        // Made while the seat is known to be there: what is made comes before the revocation, and is void by it.
        if self.is_of(&shard) {
            let ice_servers = self.hub.ice_servers(self.peer);
            self.outbox.push_message(&ServerMessage::IceServers { ice_servers });
        }
    }

    /// Passes a signal on. It is counted, passed on and ordered among the sender's other messages in one step, so that a
    /// take-over comes before or after all of that. `size` is what it was long, in bytes: what is written is about as long.
    pub(crate) fn relay<T>(&self, to: PeerId, signal: SignalOf<T>, size: usize) -> Result<(), ErrorCode>
    where
        T: AsRef<str> + Serialize,
    {
        let from = self.peer;
        let message = ServerMessageOf::Signal { from, signal };
        let mut broadcast = Broadcast::sized(&message, size);
        // Written before the lock is taken, in the encoding that the receiver most often has too.
        broadcast.write(self.outbox.encoding());
        let mut shard = self.hub.lock(self.shard);
        if !self.count(&mut shard) {
            return Ok(());
        }
        shard.rooms.may_relay(from, to)?;
        let receiver = shard.tenants.get(&to).ok_or(ErrorCode::UnknownPeer)?;
        if broadcast.give(&receiver.outbox) {
            let receiver = Arc::clone(&receiver.outbox);
            drop(shard);
            receiver.wake();
        }
        self.hub.relayed.fetch_add(1, Relaxed);
        Ok(())
    }

    /// Tells the others a new name or new media.
    pub(crate) fn update(&self, name: DisplayName, media: Media) -> Result<(), ErrorCode> {
        let mut shard = self.hub.lock(self.shard);
        if self.count(&mut shard) {
            let deliveries = shard.rooms.update(self.peer, name, media)?;
            shard.deliver(&deliveries);
        }
        Ok(())
    }

    /// A message that counts has come and was refused.
    pub(crate) fn refused(&self) {
        self.count(&mut self.hub.lock(self.shard));
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
    /// given up, unless another socket has taken it over.
    pub(crate) fn lose(self) {
        let hub = Arc::clone(&self.hub);
        if hub.config.grace.is_zero() {
            return self.leave(LeaveReason::Lost);
        }
        let mut shard = hub.lock(self.shard);
        if !self.is_of(&shard) {
            return;
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

    /// Counts a message of this seat; `false` when the seat is another socket's by now.
    fn count(&self, shard: &mut Shard) -> bool {
        let tenant = shard.tenants.get_mut(&self.peer);
        let tenant = tenant.filter(|tenant| Arc::ptr_eq(&tenant.outbox, &self.outbox));
        tenant.map(|tenant| tenant.received += 1).is_some()
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
            credentials.revoke(self.peer);
        }
        tracing::debug!(seats, rooms = self.hub.rooms(), ?reason, "left");
    }
}

impl Drop for Seat {
    fn drop(&mut self) {
        self.vacate(Some(LeaveReason::Lost));
    }
}
