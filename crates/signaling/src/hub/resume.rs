//! Seats that are taken back.

use std::sync::Arc;
use std::sync::atomic::Ordering::Relaxed;
use std::time::Duration;

use protocol::{DisplayName, ErrorCode, Media, PeerId, PeerInfo, Resume, RoomId};

use super::{Hub, Newcomer, SHARDS, Seat, Shard};
use crate::backlog::Gap;
use crate::outbox::Outbox;
use crate::recovery::Recovery;
use crate::resume_token::{EPOCH, GENERATION, InvalidToken, Sealed};
use crate::rooms::{Answer, Returning};

impl Hub {
    /// Takes back the seat of a token, with everything that was missed, or from a new beginning where that cannot be.
    pub(crate) fn take_back(
        self: &Arc<Self>,
        (outbox, host): (&Arc<Outbox>, Option<&str>),
        room: RoomId,
        name: DisplayName,
        media: Media,
        resume: Resume,
    ) -> Result<Seat, ErrorCode> {
        let sealed = self.config.key.open(&resume.token, &room);
        let sealed = sealed.map_err(|InvalidToken| ErrorCode::InvalidResume)?;
        if (sealed.epoch, sealed.generation) != (EPOCH, GENERATION) {
            return Err(ErrorCode::InvalidResume);
        }
        let peer = sealed.peer;
        let you = Newcomer { peer, outbox, host };
        let index = self.shard_of(&room);
        let mut shard = self.lock(index);
        if shard.rooms.has_seat(sealed.peer, &room, sealed.order) {
            self.take_over(&mut shard, &you, &room, (name, media), sealed, resume.received)?;
        } else {
            self.rebuild(&mut shard, &you, room, (name, media), sealed, resume.known)?;
            self.await_old_seats();
        }
        self.resumed.fetch_add(1, Relaxed);
        drop(shard);
        tracing::debug!(seats = self.seats(), away = self.away(), "taken back");
        Ok(Seat::new(self, index, &you))
    }

    /// The seat is there, with or without a socket: it goes to this one.
    fn take_over(
        &self,
        shard: &mut Shard,
        you: &Newcomer<'_>,
        room: &RoomId,
        (name, media): (DisplayName, Media),
        sealed: Sealed,
        received: u64,
    ) -> Result<(), ErrorCode> {
        let Newcomer { peer, outbox, host } = *you;
        let tenant = shard.tenants.get_mut(&peer).ok_or(ErrorCode::SeatGone)?;
        let since = tenant.outbox.since();
        let backlog = tenant.outbox.hand_over(outbox.encoding(), sealed.issued, received);
        let (answer, issued) = match backlog {
            Err(Gap::NeverSaid) => return Err(ErrorCode::InvalidResume),
            Ok(_) => {
                let received = tenant.received;
                (Answer::Resumed { received }, self.now_secs().max(since))
            }
            // Above that of every `joined` before: a client that resumes with an older one has not got this one.
            // Above whatever the client holds: should this `joined` be lost, what it shows next is known to be older.
            Err(Gap::Forgotten) => (
                Answer::Joined,
                self.now_secs().max(since.max(sealed.issued).saturating_add(1)),
            ),
        };
        if answer == Answer::Joined {
            outbox.restart(issued);
            tenant.received = 0;
        }
        tenant.outbox = Arc::clone(outbox);
        tenant.returned = true;

        let away = shard.rooms.absent();
        let grant = |you: &PeerInfo| self.grant(room, you, issued, host);
        let deliveries = shard.rooms.resume(peer, name, media, answer, grant)?;
        self.away.fetch_sub(away - shard.rooms.absent(), Relaxed);
        match (backlog, deliveries.split_first()) {
            (Ok(backlog), Some((answer, others))) => {
                outbox.install(backlog, &answer.message);
                shard.deliver(others);
            }
            _ => shard.deliver(&deliveries),
        }
        Ok(())
    }

    /// The seat is not there: it may be one of before this server was started.
    fn rebuild(
        &self,
        shard: &mut Shard,
        you: &Newcomer<'_>,
        room: RoomId,
        (name, media): (DisplayName, Media),
        sealed: Sealed,
        mut known: Vec<PeerId>,
    ) -> Result<(), ErrorCode> {
        // Read while the shard is locked: what is built now is there when the waiting ends.
        let now = self.clock.now();
        let Newcomer { peer, outbox, host } = *you;
        let Sealed { order, .. } = sealed;
        if !sealed.is_current(now.as_secs()) {
            return Err(ErrorCode::InvalidResume);
        }
        if shard.tenants.contains_key(&peer) || !shard.recovery.may_rebuild(peer, now) {
            return Err(ErrorCode::SeatGone);
        }
        known.retain(|&peer| !shard.recovery.has_given_up(peer));
        let issued = now.as_secs().max(sealed.issued.saturating_add(1));
        let id = room.clone();
        let seat = Returning {
            peer,
            order,
            room,
            known,
        };
        let grant = |you: &PeerInfo| self.grant(&id, you, issued, host);
        let deliveries = self.opening(shard, &id, |rooms| rooms.rebuild(seat, name, media, grant))?;
        self.seat(shard, peer, outbox, issued, true, &deliveries);
        Ok(())
    }

    /// Sees to it that those of before the start are not waited for without end.
    fn await_old_seats(self: &Arc<Self>) {
        if self.awaits_old_seats.swap(true, Relaxed) {
            return;
        }
        let hub = Arc::clone(self);
        let ends = Recovery::new(self.clock.started(), self.config.grace).ends();
        // A seat may still be built in the last moment; the one after it is too late.
        let ends = self.clock.instant(ends) + Duration::from_millis(1);
        self.config.tasks.spawn(async move {
            tokio::select! {
                () = hub.config.shutdown.cancelled() => {}
                () = tokio::time::sleep_until(ends) => hub.expire_old_seats(),
            }
        });
    }

    fn expire_old_seats(&self) {
        for index in 0..SHARDS {
            let mut shard = self.lock(index);
            for room in shard.rooms.expecting() {
                let deliveries = shard.rooms.expire_expected(&room);
                shard.deliver(&deliveries);
            }
        }
    }

    fn now_secs(&self) -> u64 {
        self.clock.now().as_secs()
    }
}
