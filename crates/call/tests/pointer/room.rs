//! A room of pages that draw, and the wire between them, which loses, delays and repeats as a test says.

use std::collections::BTreeMap;
use std::time::Duration;

use call::pointer::Pointing;
use call::{Effect, Input, Person};
use fastrand::Rng;
use protocol::peer_message::{Content, Lane, Pointer};
use protocol::{PeerMessage, ServerMessage};

use crate::support::peer_id;
use crate::support::stage::{self, Stage};

/// Seats, in the order of joining.
pub const ADA: u32 = 1;
pub const BO: u32 = 2;
pub const CLEO: u32 = 3;

pub fn millis(count: u64) -> Duration {
    Duration::from_millis(count)
}

/// What the wire does to lossy messages.
#[derive(Clone, Copy, Debug, Default)]
pub struct Wire {
    /// In percent.
    pub lost: u32,
    pub twice: u32,
    /// In milliseconds. A message takes some time up to it, so that messages overtake each other.
    pub delay: u64,
}

pub struct Room {
    pub wire: Wire,
    pub rng: Rng,
    stages: BTreeMap<u32, Stage>,
    /// From whom to whom, by the time of arrival.
    moving: BTreeMap<(Duration, u64), (u32, u32, Vec<u8>)>,
    sent: u64,
    /// Every message that was said, and when, by whom.
    pub said: Vec<(Duration, u32, Pointer)>,
    /// Each change of what somebody sees.
    pub changes: Vec<(Duration, u32, Pointing)>,
}

impl Room {
    /// So many people who know each other. The first one shares her screen.
    pub fn of(count: u32) -> Self {
        let seats: Vec<u32> = (1..=count).collect();
        let others = |n: u32| seats.iter().copied().filter(move |other| *other != n);
        let stages = seats.iter().map(|n| {
            let mut stage = Stage::at(*n, &others(*n).collect::<Vec<_>>());
            for other in others(*n) {
                stage.greets(other);
            }
            (*n, stage)
        });
        let mut room = Self {
            wire: Wire::default(),
            rng: Rng::with_seed(1),
            stages: stages.collect(),
            moving: BTreeMap::new(),
            sent: 0,
            said: Vec::new(),
            changes: Vec::new(),
        };
        room.shares(ADA, true);
        room.pass(100);
        room
    }

    pub fn stage(&mut self, n: u32) -> &mut Stage {
        self.stages.get_mut(&n).expect("somebody is there")
    }

    pub fn now(&self) -> Duration {
        self.stages[&ADA].now
    }

    pub fn input(&mut self, n: u32, input: Input) {
        self.stage(n).input(input);
        self.collect();
    }

    /// Somebody's screen is shared, or no longer, as everybody is told.
    pub fn shares(&mut self, n: u32, on: bool) {
        let mut peer = stage::info(n);
        peer.media.screen = on.into();
        for (other, stage) in &mut self.stages {
            if *other == n {
                let (name, media) = ("Me".into(), peer.media);
                stage.input(Input::Update { name, media });
            } else {
                stage.server(ServerMessage::PeerUpdated { peer: peer.clone() });
            }
        }
        self.collect();
    }

    /// Where somebody is at somebody's screen: that of a seat, or the own one.
    pub fn share(n: u32, of: u32) -> Person {
        if n == of { Person::Me } else { Person::Peer(peer_id(of)) }
    }

    /// In thousandths of the picture.
    pub fn points(&mut self, n: u32, of: u32, at: Option<(u32, u32)>) {
        let (share, at) = (Self::share(n, of), at.map(part));
        self.input(n, Input::Point { share, at });
    }

    pub fn draws(&mut self, n: u32, of: u32, at: Option<(u32, u32)>) {
        let (share, at) = (Self::share(n, of), at.map(part));
        self.input(n, Input::Draw { share, at });
    }

    /// A line of so many points, one each 10 ms, and then the pen is up.
    pub fn line(&mut self, n: u32, of: u32, count: u32) {
        for x in 0..count {
            self.draws(n, of, Some((x, 500)));
            self.pass(10);
        }
        self.draws(n, of, None);
    }

    /// A page that does as it likes says this to another one.
    pub fn forges(&mut self, n: u32, to: u32, pointer: Pointer) {
        let bytes = Content::Message(PeerMessage::Pointer(pointer)).encode(Vec::new());
        self.stage(to).receives(n, Lane::Lossy, bytes);
        self.collect();
    }

    /// Time passes, in steps of a millisecond.
    pub fn pass(&mut self, time: u64) {
        for _ in 0..time {
            let until = self.now() + millis(1);
            for stage in self.stages.values_mut() {
                stage.pass(until - stage.now);
            }
            self.collect();
            while let Some(entry) = self.moving.first_entry().filter(|entry| entry.key().0 <= until) {
                let (from, to, bytes) = entry.remove();
                if let Some(stage) = self.stages.get_mut(&to) {
                    stage.receives(from, Lane::Lossy, bytes);
                }
                self.collect();
            }
        }
    }

    /// Takes what everybody has asked for since: messages onto the wire, what is shown into the list.
    fn collect(&mut self) {
        let seats: Vec<u32> = self.stages.keys().copied().collect();
        let mut states = Vec::new();
        for n in &seats {
            let stage = self.stages.get_mut(n).expect("listed");
            let now = stage.now;
            let to = |stage: &Stage, connection| {
                seats
                    .iter()
                    .copied()
                    .find(|to| to != n && stage.connection(*to) == connection)
            };
            for effect in std::mem::take(&mut stage.effects) {
                match effect {
                    Effect::Pointers(shown) => self.changes.push((now, *n, shown)),
                    Effect::SendOnChannel {
                        connection,
                        lane: Lane::Lossy,
                        bytes,
                    } => {
                        let to = to(stage, connection).expect("to one of them");
                        if let Ok(Content::Message(PeerMessage::Pointer(pointer))) = Content::decode(&bytes)
                            && to == seats.iter().copied().find(|to| to != n).expect("somebody")
                        {
                            self.said.push((now, *n, pointer));
                        }
                        if self.rng.u32(0..100) < self.wire.lost {
                            continue;
                        }
                        let copies = if self.rng.u32(0..100) < self.wire.twice { 2 } else { 1 };
                        for _ in 0..copies {
                            let at = now + millis(self.rng.u64(0..=self.wire.delay));
                            self.sent += 1;
                            self.moving.insert((at, self.sent), (*n, to, bytes.clone()));
                        }
                    }
                    _ => {}
                }
            }
            for to in seats.iter().filter(|to| *to != n) {
                let told = stage.told(*to).into_iter();
                let shares = told.filter(|message| matches!(message, PeerMessage::Share(_)));
                states.extend(shares.map(|message| (*n, *to, message)));
            }
        }
        for (from, to, message) in states {
            self.stage(to).says(from, message);
        }
    }

    /// What somebody sees now.
    pub fn shown(&self, n: u32) -> Pointing {
        let mut changes = self.changes.iter().rev();
        let newest = changes.find(|(_, of, _)| *of == n);
        newest.map(|(_, _, shown)| shown.clone()).unwrap_or_default()
    }

    /// Who points on whose screen, as somebody sees it, in thousandths: the seats, 0 for oneself.
    pub fn pointers(&self, n: u32) -> Vec<(u32, u32, (u32, u32))> {
        let shown = self.shown(n).pointers;
        let pointer = shown.iter().map(|shown| {
            let at = [shown.at.x, shown.at.y].map(|part| (u32::from(part) * 1_000 + 32_767) / 65_535);
            (seat(shown.person), seat(shown.share), (at[0], at[1]))
        });
        pointer.collect()
    }

    /// How many points each stroke has that somebody sees, and whether it fades.
    pub fn strokes(&self, n: u32) -> Vec<(usize, bool)> {
        let shown = self.shown(n).strokes;
        shown.iter().map(|stroke| (stroke.points.len(), stroke.fades)).collect()
    }
}

pub fn seat(person: Person) -> u32 {
    match person {
        Person::Me => 0,
        Person::Peer(peer) => stage::number(peer),
    }
}

fn part((x, y): (u32, u32)) -> (f64, f64) {
    (f64::from(x) / 1_000.0, f64::from(y) / 1_000.0)
}
