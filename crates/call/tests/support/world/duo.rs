//! A world of two pages that a test drives by hand: the server is the test, and each message, each outcome of an operation and
//! each event of a connection waits until it is let through.

mod carry;
mod seen;
mod told;

use std::collections::VecDeque;
use std::ops::{Deref, DerefMut};
use std::time::Duration;

use call::{Cause, Effect, Input, Operation, OperationOutcome, Reach};
use protocol::{ClientMessage, PeerInfo, ServerMessage, Signal};

use super::page::Page;
use super::{Event, Fault, World};
use crate::support::fake_peer::{FakePeer, PeerEvent};
use crate::support::peer_info;

/// Was in the room first: the offerer, impolite.
pub const ADA: usize = 0;
/// The newcomer: polite.
pub const BO: usize = 1;

/// Nothing can be done about it, with both there.
pub const NO_PATH: Reach = Reach::Unreachable(Cause::NoPath);

pub struct Duo {
    world: World,
    /// What each has been sent by the other and has not received.
    pub inboxes: [VecDeque<Signal>; 2],
    /// Whether media could flow between the two, by any way and over the TURN server.
    pub path: bool,
    pub relay: bool,
    /// Whom a server that has started again still waits for.
    pub away_at_server: Vec<usize>,
    /// How many newer credentials each side has been given in the course of the call.
    pub renewed: [u32; 2],
    /// No browser ever says that it will find no more candidates.
    endless: bool,
    /// Both make data channels; otherwise one of them is an ordinary client.
    has_channels: bool,
}

impl Deref for Duo {
    type Target = World;

    fn deref(&self) -> &World {
        &self.world
    }
}

impl DerefMut for Duo {
    fn deref_mut(&mut self) -> &mut World {
        &mut self.world
    }
}

pub fn info(side: usize) -> PeerInfo {
    let mut info = [peer_info(1, 0, "Ada"), peer_info(2, 1, "Bo")][side].clone();
    info.media.microphone = true.into();
    info
}

/// How it begins.
impl Duo {
    /// Ada in the room, then Bo joins; nothing else has happened yet.
    pub fn joined() -> Self {
        Self::joined_with(false)
    }

    /// The same, with or without a TURN server.
    pub fn joined_with(turn: bool) -> Self {
        let mut world = World::new(0, 2, 2, Fault::None, false);
        world.by_hand = true;
        world.turn = turn;
        let mut duo = Self {
            world,
            inboxes: Default::default(),
            path: true,
            relay: true,
            away_at_server: vec![],
            renewed: [0; 2],
            endless: false,
            has_channels: false,
        };
        for side in [ADA, BO] {
            duo.world.pages[side] = Some(Page::new(side as u64 + 1, 0));
            let socket = duo.world.new_socket(Some(side));
            duo.page_mut(side).socket = Some(socket);
        }
        duo.join(ADA, vec![]);
        duo.join(BO, vec![info(ADA)]);
        duo.input(ADA, Input::Server(ServerMessage::PeerJoined { peer: info(BO) }.into()));
        duo
    }

    /// Joined, and connected.
    pub fn connected() -> Self {
        let mut duo = Self::joined();
        duo.settle();
        assert_eq!(duo.reaches(), [Reach::Connected; 2]);
        duo
    }

    /// Connected, then both browsers want an offer at once. Neither has received the other's.
    pub fn crossing() -> Self {
        let mut duo = Self::connected();
        for side in [ADA, BO] {
            duo.wants_restart(side);
            duo.work(side);
        }
        duo
    }
}

/// What happens next.
impl Duo {
    /// The browser of this side wants an offer that restarts ICE, and nobody has told it to.
    pub fn wants_restart(&mut self, side: usize) {
        self.peer(side).restart_ice();
        self.wants_offer(side);
    }

    /// The browser of this side wants an offer.
    pub fn wants_offer(&mut self, side: usize) {
        let connection = self.connection(side);
        self.input(side, Input::NegotiationNeeded { connection });
    }

    /// Gives a call an input and does what it asks for.
    pub fn input(&mut self, side: usize, input: Input) {
        self.page_mut(side).ice_servers = self.ice_servers(side);
        self.world.handle(side, input).expect("the call's effects make sense");
        if self.endless {
            self.never_ends();
        }
        let mut has_asked = false;
        for event in std::mem::take(&mut self.world.queue).into_values() {
            // The rest is done when the test says so.
            let Event::ToServer { message, .. } = event else {
                continue;
            };
            match message {
                ClientMessage::Signal { to, signal } => {
                    assert_eq!(to, info(1 - side).id, "sent to the other");
                    self.inboxes[1 - side].push_back(signal);
                }
                // Words that are asked for are given.
                ClientMessage::Peek { .. } => has_asked = true,
                _ => {}
            }
        }
        if has_asked {
            let occupancy = ServerMessage::Occupancy {
                room: "room".parse().expect("a room's name"),
                count: 2,
                capacity: 8,
            };
            self.input(side, Input::Server(occupancy.into()));
        }
    }

    fn look_for_paths(&mut self) {
        let (path, relay) = (self.path, self.relay);
        self.world.paths_down = if path || relay { vec![] } else { vec![(ADA, BO)] };
        self.world.hard_pairs = if path { [].into() } else { [(ADA, BO)].into() };
        self.world.look_for_all_paths();
    }

    /// Lets the operation under way come to its end.
    pub fn finish(&mut self, side: usize) {
        let outcome = self.peer(side).finish();
        self.ended(side, outcome);
    }

    /// Lets the operation under way fail.
    pub fn fail(&mut self, side: usize) {
        let outcome = self.peer(side).fail();
        self.ended(side, outcome);
    }

    fn ended(&mut self, side: usize, outcome: OperationOutcome) {
        let connection = self.connection(side);
        self.input(side, Input::Operated { connection, outcome });
    }

    /// Lets the next event of the connection fire, if there is one.
    pub fn event(&mut self, side: usize) -> Option<PeerEvent> {
        let (connection, peer) = (self.connection(side), info(1 - side).id);
        let event = self.peer(side).next_event()?;
        self.input(side, event.clone().into_input(connection, peer));
        Some(event)
    }

    /// Lets every event of the connection fire.
    pub fn events(&mut self, side: usize) {
        while self.connections(side) > 0 && self.peer(side).waiting_events() > 0 {
            self.event(side);
        }
    }

    /// Lets the next signal through to this side.
    pub fn receive(&mut self, side: usize) -> Signal {
        let signal = self.inboxes[side].pop_front().expect("a signal is on its way");
        self.inject(side, signal.clone());
        signal
    }

    /// Lets everything that is on its way to this side through.
    pub fn receive_all(&mut self, side: usize) {
        while !self.inboxes[side].is_empty() {
            self.receive(side);
        }
    }

    /// Lets this side alone do what it can, without receiving anything.
    pub fn work(&mut self, side: usize) {
        loop {
            self.events(side);
            if !self.is_running(side) {
                return;
            }
            self.finish(side);
        }
    }

    /// Lets time take its course on one side: its deadline, its connection, the path.
    pub fn settle_one(&mut self, side: usize) {
        self.input(side, Input::Tick);
        self.look_for_paths();
        self.work(side);
    }

    /// Lets everything happen until nothing is left to, without time passing.
    pub fn settle(&mut self) {
        for _ in 0..1000 {
            for side in [ADA, BO] {
                self.work(side);
                self.receive_all(side);
            }
            self.look_for_paths();
            let carried = self.carry();
            let is_idle = |peer: &FakePeer| !peer.is_running() && peer.waiting_events() == 0;
            if !carried
                && self.inboxes.iter().all(VecDeque::is_empty)
                && self.world.fakes.values().all(|owned| is_idle(&owned.peer))
            {
                return;
            }
        }
        panic!("it never comes to rest");
    }

    /// Lets time pass, in steps of a second.
    pub fn wait(&mut self, seconds: u64) {
        for _ in 0..seconds {
            self.now += Duration::from_secs(1);
            for side in [ADA, BO] {
                let is_due = |duo: &Self| duo.call(side).next_deadline().is_some_and(|at| at <= duo.world.now);
                if is_due(self) {
                    self.input(side, Input::Tick);
                    assert!(!is_due(self), "a tick serves its deadline");
                }
            }
            self.settle();
        }
    }
}

/// The operations among effects, in short.
pub fn operations(effects: &[Effect]) -> Vec<&'static str> {
    let name = |effect: &Effect| match effect {
        Effect::Operate { operation, .. } => Some(match operation {
            Operation::SetLocalDescription => "local",
            Operation::SetRemoteDescription { .. } => "remote",
            Operation::AddCandidate(_) => "candidate",
        }),
        _ => None,
    };
    effects.iter().filter_map(name).collect()
}
