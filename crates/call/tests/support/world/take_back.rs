//! Seats that are taken back, as the hub of `signaling` does it.

use std::time::Duration;

use protocol::{DisplayName, ErrorCode, Media, Resume};
use signaling::{Answer, Delivery, Gap, Returning, Sealed};

use super::server::{grant, open, room};
use super::wire::{End, Said};
use super::{Event, World};

impl World {
    pub(super) fn take_back(
        &mut self,
        socket: u32,
        name: DisplayName,
        media: Media,
        resume: Resume,
    ) -> Result<Vec<Delivery>, ErrorCode> {
        let sealed = open(&resume.token)?;
        let server = self.server.as_ref().expect("it serves");
        if server.rooms.has_seat(sealed.peer, &room(), sealed.order) {
            self.take_over(socket, (name, media), sealed, resume.received)
        } else {
            self.rebuild(socket, (name, media), sealed, resume)
        }
    }

    fn take_over(
        &mut self,
        socket: u32,
        (name, media): (DisplayName, Media),
        sealed: Sealed,
        received: u64,
    ) -> Result<Vec<Delivery>, ErrorCode> {
        let (peer, now) = (sealed.peer, self.time_of_day().as_secs());
        let ice_servers = self.new_ice_servers(peer);
        let tenant = &self.server.as_ref().expect("it serves").tenants[&peer];
        let (old, tenant_received, log) = (tenant.socket, tenant.received, tenant.log);
        let outbox = &mut self.sockets.get_mut(&old).expect("a tenant's").outbox;
        let since = outbox.since();
        let resumed = outbox.can_resume(sealed.issued, received);
        if resumed == Err(Gap::NeverSaid) {
            return Err(ErrorCode::InvalidResume);
        }
        let mut backlog = std::mem::take(outbox);
        self.end(old, End::TakenOver);
        let answer = if resumed.is_ok() {
            backlog.resume(sealed.issued, received).expect("it can");
            let state = self.sockets.get_mut(&socket).expect("it has asked");
            state.seat = Some(peer);
            let received = tenant_received;
            let tenants = &mut self.server.as_mut().expect("it serves").tenants;
            let tenant = tenants.get_mut(&peer).expect("it has a seat");
            tenant.socket = socket;
            tenant.ice_servers.clone_from(&ice_servers);
            Answer::Resumed { received }
        } else {
            self.seat(peer, socket, now.max(since + 1), ice_servers.clone());
            Answer::Joined
        };
        let issued = match answer {
            Answer::Resumed { .. } => now.max(since),
            Answer::Joined => now.max(since + 1),
        };
        let rooms = &mut self.server.as_mut().expect("it serves").rooms;
        let mut deliveries = rooms.resume(peer, name, media, answer, |you| grant(you, issued, &ice_servers))?;
        if answer != Answer::Joined {
            // The answer goes before what was missed.
            let message = deliveries.remove(0).message;
            backlog.push_front(Said::new(message, log), self.weight);
            self.sockets.get_mut(&socket).expect("it has asked").outbox = backlog;
            self.pump(socket);
        }
        Ok(deliveries)
    }

    fn rebuild(
        &mut self,
        socket: u32,
        (name, media): (DisplayName, Media),
        sealed: Sealed,
        mut resume: Resume,
    ) -> Result<Vec<Delivery>, ErrorCode> {
        let now = self.time_of_day();
        let Sealed {
            peer, order, issued, ..
        } = sealed;
        let ice_servers = self.new_ice_servers(peer);
        let server = self.server.as_mut().expect("it serves");
        if !server.recovery.may_rebuild(peer, now) {
            return Err(ErrorCode::SeatGone);
        }
        resume.known.retain(|&peer| !server.recovery.has_given_up(peer));
        let issued = now.as_secs().max(issued + 1);
        let seat = Returning {
            peer,
            order,
            room: room(),
            known: resume.known,
        };
        let deliveries = server
            .rooms
            .rebuild(seat, name, media, |you| grant(you, issued, &ice_servers))?;
        if !std::mem::replace(&mut server.awaits_old_seats, true) {
            let process = server.process;
            // A seat may still be built in the last moment; the one after it is too late.
            let left = server.recovery.ends().saturating_sub(now) + Duration::from_millis(1);
            self.schedule(self.now + left, Event::RecoveryEnds { process });
        }
        self.seat(peer, socket, issued, ice_servers);
        Ok(deliveries)
    }
}
