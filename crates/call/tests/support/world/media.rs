//! The fake connections, and the paths between them.

use std::time::Duration;

use call::{ConnectionState, Input};

use super::{Event, NAMES, Owned, World};

impl World {
    pub(super) fn operated(&mut self, fake: u32) -> Result<(), String> {
        let fails = self.failures_left > 0 && self.rng.u32(0..40) == 0;
        let Some(owned) = self.fakes.get_mut(&fake) else {
            return Ok(());
        };
        let (page, connection) = (owned.page, owned.connection);
        let candidate = owned.peer.running_candidate();
        let outcome = if fails {
            self.failures_left -= 1;
            owned.tainted = true;
            owned.peer.fail()
        } else {
            let outcome = owned.peer.finish();
            if let Err(error) = &outcome {
                let expected = candidate.is_some_and(|ufrag| !owned.peer.remote_ufrags.contains(&ufrag));
                if !expected {
                    return Err(format!("{}: c{} threw {}", NAMES[page], connection.0, error.name));
                }
            }
            outcome
        };
        self.schedule_events(fake);
        self.look_with_other_side(fake);
        self.handle(page, Input::Operated { connection, outcome })
    }

    pub(super) fn peer_event(&mut self, fake: u32) -> Result<(), String> {
        let Some(owned) = self.fakes.get_mut(&fake) else {
            return Ok(());
        };
        owned.scheduled -= 1;
        let (page, connection, peer) = (owned.page, owned.connection, owned.remote);
        let event = owned.peer.next_event();
        self.schedule_events(fake);
        event.map_or(Ok(()), |event| self.handle(page, event.into_input(connection, peer)))
    }

    pub(super) fn schedule_events(&mut self, fake: u32) {
        loop {
            let at = self.soon(20);
            let Some(owned) = self.fakes.get_mut(&fake) else { return };
            if owned.scheduled >= owned.peer.waiting_events() {
                return;
            }
            owned.scheduled += 1;
            owned.last_event = at.max(owned.last_event + Duration::from_micros(1));
            let at = owned.last_event;
            self.schedule(at, Event::ConnectionFires { fake });
        }
    }

    pub(super) fn look_with_other_side(&mut self, fake: u32) {
        self.look_for_path(fake);
        if let Some(other) = self.fakes.get(&fake).and_then(|owned| owned.peer.remote_writer()) {
            self.look_for_path(other);
        }
    }

    pub(super) fn close_fake(&mut self, fake: u32) {
        self.fakes.remove(&fake);
        self.channels_cut(fake);
        let other = self
            .fakes
            .iter()
            .find(|(_, owned)| owned.peer.remote_writer() == Some(fake))
            .map(|(id, _)| *id);
        if let Some(other) = other {
            self.look_for_path(other);
        }
    }

    pub(super) fn look_is_due(&mut self, fake: u32) {
        let owned = self.fakes.get_mut(&fake);
        if let Some(owned) = owned.filter(|owned| owned.look_at == Some(self.now)) {
            owned.look_at = None;
            self.look_for_path(fake);
        }
    }

    pub(super) fn path_down(&mut self, page: usize, duration: Duration) {
        let other = (page + 1 + self.rng.usize(0..self.pages.len() - 1)) % self.pages.len();
        let pair = (page.min(other), page.max(other));
        self.note(page, || format!("loses the path to {} for {duration:?}", NAMES[other]));
        self.paths_down.push(pair);
        self.not_quiet_before(self.now + duration);
        self.schedule(self.now + duration, Event::PathUp { pair });
        self.look_for_all_paths();
    }

    pub(super) fn path_up(&mut self, pair: (usize, usize)) {
        if let Some(place) = self.paths_down.iter().position(|down| *down == pair) {
            self.paths_down.remove(place);
        }
        self.look_for_all_paths();
    }

    /// Whether packets pass between the two, directly or over the TURN server.
    pub(super) fn has_way(&self, one: &Owned, other: &Owned) -> bool {
        let pair = (one.page.min(other.page), one.page.max(other.page));
        let needs_turn = self.hard_pairs.contains(&pair);
        let over_turn = self.server.is_some() && (one.relayed || other.relayed);
        !self.paths_down.contains(&pair) && (!needs_turn || over_turn)
    }

    pub(super) fn look_for_all_paths(&mut self) {
        let fakes: Vec<_> = self.fakes.keys().copied().collect();
        fakes.into_iter().for_each(|fake| self.look_for_path(fake));
    }

    pub(super) fn look_for_path(&mut self, fake: u32) {
        let Some(mut owned) = self.fakes.remove(&fake) else {
            return;
        };
        let other = owned.peer.remote_writer().and_then(|other| self.fakes.get(&other));
        let other = other.filter(|other| self.has_way(&owned, other));
        let was_failed = owned.peer.state() == ConnectionState::Failed;
        let again = owned.peer.look_for_path(other.map(|other| &other.peer), self.now);
        let again = again.map(|after| self.now + after);
        let is_new = again.is_some() && owned.look_at != again;
        owned.look_at = again;
        let has_failed = !was_failed && owned.peer.state() == ConnectionState::Failed;
        let other = owned.peer.remote_writer().filter(|_| has_failed);
        self.fakes.insert(fake, owned);
        if let Some(at) = again.filter(|_| is_new) {
            self.schedule(at, Event::LookForPath { fake });
        }
        self.schedule_events(fake);
        self.join_channels(fake);
        if let Some(other) = other {
            self.look_for_path(other);
        }
    }
}
