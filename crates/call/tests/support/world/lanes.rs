//! The two data channels of each fake connection: open on both sides soon after both are connected, then until either is closed. The
//! reliable one keeps everything in order while the path is away; what is on its way when a connection is closed is lost.

use std::collections::VecDeque;
use std::time::Duration;

use call::quality::{Capture, Content, ShownSize};
use call::{ConnectionState, Input, Source};
use protocol::PeerId;
use protocol::peer_message::Lane;

use super::page::Page;
use super::{Event, Fault, World};

/// How soon a message is sent again while the path is away.
const RESEND: Duration = Duration::from_secs(1);

/// What a page's camera gives.
pub const CAMERA: Capture = Capture {
    width: 1280,
    height: 720,
    frames: 30,
    largest: 720,
    content: Content::Camera,
};

/// One side of a connection's data channels.
#[derive(Debug, Default)]
pub struct Lanes {
    pub state: LanesState,
    /// What the reliable one carries to the other side.
    pub sent: VecDeque<Vec<u8>>,
    /// When the last of it arrives.
    last: Duration,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum LanesState {
    #[default]
    Unopened,
    Opening,
    Open,
    Closed,
}

impl World {
    /// The other side of a connection, where both are each other's.
    pub(super) fn other_side(&self, fake: u32) -> Option<u32> {
        let other = self.fakes.get(&fake)?.peer.remote_writer()?;
        (self.fakes.get(&other)?.peer.remote_writer() == Some(fake)).then_some(other)
    }

    /// Whether data passes between the two at the moment.
    pub(super) fn passes(&self, one: u32, other: u32) -> bool {
        let both = self.fakes.get(&one).zip(self.fakes.get(&other));
        both.is_some_and(|(one, other)| self.has_way(one, other) && one.peer.has_path(&other.peer))
    }

    /// Opens the data channels of a connection once both sides are connected.
    pub(super) fn join_channels(&mut self, fake: u32) {
        let Some(other) = self.other_side(fake) else { return };
        let is_ready = |of: &u32| {
            let owned = &self.fakes[of];
            owned.lanes.state == LanesState::Unopened && owned.peer.state() == ConnectionState::Connected
        };
        if self.by_hand || ![fake, other].iter().all(is_ready) {
            return;
        }
        for fake in [fake, other] {
            let at = self.soon(100);
            self.fakes.get_mut(&fake).expect("seen above").lanes.state = LanesState::Opening;
            self.schedule(at, Event::ChannelOpens { fake });
        }
    }

    pub(super) fn channel_opens(&mut self, fake: u32) -> Result<(), String> {
        let Some(owned) = self.fakes.get_mut(&fake) else {
            return Ok(());
        };
        if owned.lanes.state != LanesState::Opening {
            return Ok(());
        }
        owned.lanes.state = LanesState::Open;
        let (page, connection) = (owned.page, owned.connection);
        self.handle(page, Input::ChannelOpened { connection })
    }

    pub(super) fn channel_closes(&mut self, fake: u32) -> Result<(), String> {
        let Some(owned) = self.fakes.get_mut(&fake) else {
            return Ok(());
        };
        if std::mem::replace(&mut owned.lanes.state, LanesState::Closed) == LanesState::Closed {
            return Ok(());
        }
        let (page, connection) = (owned.page, owned.connection);
        self.handle(page, Input::ChannelClosed { connection })
    }

    /// A connection is gone; its other side may notice on its data channels.
    pub(super) fn channels_cut(&mut self, gone: u32) {
        let mut fakes = self.fakes.iter();
        let other = fakes.find(|(_, owned)| owned.peer.remote_writer() == Some(gone));
        if let Some(fake) = other.map(|(fake, _)| *fake).filter(|_| self.rng.bool()) {
            let at = self.soon(300);
            self.schedule(at, Event::ChannelCloses { fake });
        }
    }

    /// A page closes the data channels of a connection alone.
    pub(super) fn close_channels(&mut self, fake: u32) {
        self.fakes.get_mut(&fake).expect("open").lanes.state = LanesState::Closed;
        if let Some(fake) = self.other_side(fake) {
            let at = self.soon(300);
            self.schedule(at, Event::ChannelCloses { fake });
        }
    }

    pub(super) fn send_on_channel(&mut self, fake: u32, lane: Lane, bytes: Vec<u8>) {
        let at = self.soon(100);
        let lost = self.rng.u32(0..10) == 0;
        let Some(to) = self.other_side(fake) else { return };
        if lane == Lane::Lossy && !self.by_hand {
            if !lost && self.passes(fake, to) {
                self.schedule(at, Event::ChannelDrops { to, bytes });
            }
            return;
        }
        let lanes = &mut self.fakes.get_mut(&fake).expect("open").lanes;
        if self.fault == Fault::LoseSizes && lanes.last > Duration::ZERO {
            self.note_of("wire", || format!("LOST: {} bytes", bytes.len()));
            return;
        }
        lanes.sent.push_back(bytes);
        lanes.last = at.max(lanes.last + Duration::from_micros(1));
        let at = lanes.last;
        self.schedule(at, Event::ChannelMoves { from: fake, to });
    }

    /// The oldest message arrives, or is sent again. One that was sent from a connection that is closed is lost.
    pub(super) fn channel_moves(&mut self, from: u32, to: u32) -> Result<(), String> {
        if self.other_side(from) != Some(to) || self.fakes[&to].lanes.state == LanesState::Closed {
            return Ok(());
        }
        if !self.passes(from, to) || self.fakes[&to].lanes.state != LanesState::Open {
            let at = self.now + RESEND;
            self.schedule(at, Event::ChannelMoves { from, to });
            return Ok(());
        }
        let bytes = self.fakes.get_mut(&from).and_then(|owned| owned.lanes.sent.pop_front());
        bytes.map_or(Ok(()), |bytes| self.channel_receives(to, Lane::Reliable, bytes))
    }

    pub(super) fn channel_receives(&mut self, to: u32, lane: Lane, bytes: Vec<u8>) -> Result<(), String> {
        let Some(owned) = self.fakes.get(&to).filter(|of| of.lanes.state == LanesState::Open) else {
            return Ok(());
        };
        let (page, connection) = (owned.page, owned.connection);
        self.handle(
            page,
            Input::ChannelReceived {
                connection,
                lane,
                bytes,
            },
        )
    }

    /// The camera is on.
    pub(super) fn capture(&mut self, page: usize) -> Result<(), String> {
        let (source, capture) = (Source::Camera, Some(CAMERA));
        self.handle(page, Input::Captured { source, capture })
    }

    /// A tile gets some size, or is hidden.
    pub(super) fn show(&mut self, page: usize, peer: PeerId) -> Result<(), String> {
        let height = [0, 80, 170, 340, 700][self.rng.usize(0..5)];
        let size = (height > 0).then_some(ShownSize {
            width: height * 16 / 9,
            height,
        });
        let Some(state) = self.pages[page].as_mut().filter(|p| p.tiles.contains_key(&peer)) else {
            return Ok(());
        };
        state.shown.insert(peer, size);
        let source = Source::Camera;
        self.handle(page, Input::Shown { peer, source, size })
    }

    /// Whether the data channels of a connection are closed, on one side at least.
    fn is_cut_off(&self, fake: u32) -> bool {
        let mut both = [Some(fake), self.other_side(fake)].into_iter().flatten();
        both.any(|fake| self.fakes[&fake].lanes.state == LanesState::Closed)
    }

    /// Whether the data channels of any connection are closed.
    pub(super) fn is_any_cut_off(&self) -> bool {
        self.fakes.keys().any(|fake| self.is_cut_off(*fake))
    }

    /// Whether a page encodes its camera for another as that shows it, unless their data channels were closed.
    pub(super) fn check_sizes(&self, page: &Page, other: &Page) -> Result<(), String> {
        let (me, peer) = page.seat.zip(other.seat).ok_or("somebody has no seat")?;
        let leads_there = |fake: &&u32| self.fakes.get(*fake).is_some_and(|owned| owned.remote == peer);
        let fake = page.connections.values().find(leads_there);
        if self.is_cut_off(*fake.ok_or("has no connection to somebody")?) {
            return Ok(());
        }
        let shown = other.shown.get(&me).ok_or("is laid out nowhere")?;
        let camera = (peer, Source::Camera);
        let encoding = page.encoded.get(&camera).ok_or("encodes nothing for somebody")?;
        let lines = f64::from(CAMERA.height) / encoding.scale_resolution_down_by;
        match shown {
            None if encoding.send => Err("encodes for somebody who hides it".into()),
            Some(_) if !encoding.send => Err("encodes nothing for somebody who shows it".into()),
            // The step that looks sharp has at least 1/1.3 of the lines, and the steps are halves.
            Some(size) if lines > f64::from(size.height.max(90)) * 2.0 => {
                Err(format!("encodes {lines} lines where {} are shown", size.height))
            }
            _ => Ok(()),
        }
    }
}
