//! The room page's engine: what the pure [`call::Call`] asks for is done here, and the results are fed back.
//!
//! Everything that happens is an [`Input`] in one queue, which is worked off from the event loop and never from inside a
//! browser's callback: no `RefCell` is borrowed while JavaScript runs, and no handler is dropped while it is called.

use std::cell::{Cell, RefCell};
use std::collections::VecDeque;
use std::rc::{Rc, Weak};
use std::time::Duration;

use call::devices::DevicesInput;
use call::quality::QualitySettings;
use call::{Call, ConnectionId, ConnectionState, Effect, Input, Operation, Role, Source};
use gloo_events::EventListener;
use leptos::prelude::*;
use protocol::{ClientMessage, IceServer, PeerId, ServerMessage};

use super::capture::Capture;
use super::connection::{Connection, Tell};
use super::farewell::Farewell;
use super::held;
use super::page::{self, storage};
use super::peers::Peers;
use super::preflight::Preflight;
use super::pulse::Pulse;
use super::signaling::{Signaling, SignalingEvent};
use super::stats::Stats;
use super::task::spawn;
use super::timer::Timer;
use super::view::View;
use super::wake_lock::WakeLock;
use crate::boot::NAME_KEY;
use crate::page::name_or_guest;
use crate::state::{Notice, Occupancy, Phase, RoomState, SocketState, Tone};
use crate::texts::texts;

/// Everything behind a room page. Its parts keep their state to themselves.
pub(super) struct Session {
    pub(super) state: RoomState,
    handle: Handle,
    phase: Cell<Phase>,
    call: RefCell<Call>,
    inbox: RefCell<VecDeque<Input>>,
    scheduled: Cell<bool>,
    tick: Timer,
    pub(super) view: View,
    pub(super) signaling: Signaling,
    pub(super) peers: Peers,
    pub(super) capture: Capture,
    pub(super) preflight: Preflight,
    pub(super) pulse: Pulse,
    pub(super) stats: Stats,
    pub(super) link_copied: Timer,
    farewell: RefCell<Option<Farewell>>,
    pub(super) wake_lock: WakeLock,
    listeners: RefCell<Vec<EventListener>>,
}

/// A way to the session for handlers and timers, which do not keep it alive.
#[derive(Clone)]
pub(super) struct Handle(Weak<Session>);

impl Handle {
    /// Does something with the session, if it is still there.
    pub(super) fn with(&self, act: impl FnOnce(&Rc<Session>)) {
        if let Some(session) = self.0.upgrade()
            && !held::has_stopped()
        {
            act(&session);
        }
    }
}

impl Session {
    /// Makes the session of a page.
    pub(super) fn new(state: RoomState) -> Rc<Self> {
        Rc::new_cyclic(|weak| {
            let handle = Handle(Weak::clone(weak));
            let view = View::default();
            Self {
                state,
                handle: handle.clone(),
                phase: Cell::new(state.phase.get_untracked()),
                call: RefCell::new(Call::new(page::seed(), QualitySettings { cores: page::cores() })),
                inbox: RefCell::default(),
                scheduled: Cell::new(false),
                tick: Timer::default(),
                view: view.clone(),
                signaling: Signaling::new(handle.clone(), state.socket),
                peers: Peers::new(state.peers, view),
                capture: Capture::new(handle.clone(), state),
                preflight: Preflight::default(),
                pulse: Pulse::new(handle),
                stats: Stats::default(),
                link_copied: Timer::default(),
                farewell: RefCell::default(),
                wake_lock: WakeLock::default(),
                listeners: RefCell::default(),
            }
        })
    }

    /// For handlers and timers.
    pub(super) fn handle(&self) -> Handle {
        self.handle.clone()
    }

    /// Keeps listeners for as long as the session lives.
    pub(super) fn keep(&self, listeners: Vec<EventListener>) {
        self.listeners.replace(listeners);
    }

    /// Who this page is in the room.
    pub(super) fn me(&self) -> Option<PeerId> {
        self.call.borrow().me()
    }

    /// Where the person is. Signals follow with the next frame.
    pub(super) fn phase(&self) -> Phase {
        self.phase.get()
    }

    fn enter(&self, phase: Phase) {
        self.phase.set(phase);
        let shown = self.state.phase;
        self.view.later(move || shown.set(phase));
    }

    /// Shows the person a sentence.
    pub(super) fn notify(&self, tone: Tone, text: &str) {
        self.state.notice.set(Some(Notice {
            tone,
            text: text.into(),
            device: None,
        }));
    }

    /// Whether somebody's media waits for the server.
    pub(super) fn is_urgent(&self) -> bool {
        self.call.borrow().is_urgent(now())
    }

    /// Puts an input into the queue; it is worked off when the browser's current callback is over.
    pub(super) fn dispatch(self: &Rc<Self>, input: Input) {
        self.inbox.borrow_mut().push_back(input);
        if !self.scheduled.replace(true) {
            let session = Rc::clone(self);
            spawn(async move {
                session.scheduled.set(false);
                session.work();
            });
        }
    }

    /// Works the queue off. Not before connections can be made; what happens until then is in the queue.
    pub(super) fn work(self: &Rc<Self>) {
        if !self.peers.is_ready() {
            return;
        }
        loop {
            let Some(input) = self.inbox.borrow_mut().pop_front() else {
                break;
            };
            let effects = self.call.borrow_mut().handle(now(), input);
            for effect in effects {
                self.perform(effect);
            }
        }
        match self.call.borrow().next_deadline() {
            Some(at) => {
                let handle = self.handle();
                self.tick.set(at.saturating_sub(now()), move || {
                    handle.with(|session| session.dispatch(Input::Tick));
                });
            }
            None => self.tick.clear(),
        }
    }

    fn perform(self: &Rc<Self>, effect: Effect) {
        match effect {
            Effect::Send(frame) => self.signaling.send(&frame),
            Effect::Reconnect => self.signaling.replace(),
            Effect::UseIceServers(ice_servers) => {
                for (_, connection) in self.peers.connections() {
                    connection.use_ice_servers(&ice_servers);
                }
            }
            Effect::Open {
                connection,
                peer,
                role,
                ice_servers,
                relay_only,
            } => self.open(connection, peer, role, &ice_servers, relay_only),
            Effect::Operate { connection, operation } => self.operate(connection, operation),
            Effect::RestartIce { connection } => {
                if let Some((_, connection)) = self.peers.connection(connection) {
                    connection.restart_ice();
                }
            }
            Effect::Close { connection } => self.peers.close(connection),
            Effect::Encode { peer, source, encoding } => {
                let track = self.capture.track(source);
                self.peers.encode(peer, source, encoding, track.as_ref());
            }
            Effect::ResizeCamera(wanted) => self.capture.resize(wanted),
            Effect::SendOnChannel {
                connection,
                lane,
                bytes,
            } => {
                if let Some((_, connection)) = self.peers.connection(connection) {
                    connection.send_message(lane, &bytes);
                }
            }
            Effect::CloseChannels {
                connection,
                peer,
                cause,
            } => {
                if let Some((_, connection)) = self.peers.connection(connection) {
                    connection.close_channels();
                }
                if let Some(tile) = self.peers.tile(peer) {
                    self.view.later(move || tile.channel.set(Some(cause)));
                }
            }
            Effect::Seated { .. } => self.on_seated(),
            Effect::Refused { message, .. } => self.on_refused(&message),
            Effect::TakenOver => self.on_refused(texts().notices.taken_over),
            Effect::Problem { message, .. } => self.notify(Tone::Problem, &message),
            Effect::Measure => self.measure(),
            Effect::Stats { peer, stats } => self.stats.keep(self.state, peer, stats),
            Effect::PeerAdded(info) => self.peers.add(&info),
            Effect::PeerRemoved(peer) => self.peers.remove(peer),
            Effect::PeerChanged(info) => {
                if let Some(tile) = self.peers.tile(info.id) {
                    self.view.later(move || {
                        tile.name.set(info.name.as_str().into());
                        tile.media.set(info.media);
                    });
                }
            }
            Effect::Away { peer, away } => {
                if let Some(tile) = self.peers.tile(peer) {
                    self.view.later(move || tile.away.set(away));
                }
            }
            Effect::Link { peer, link } => {
                self.peers.set_link(peer, link);
                if let Some(tile) = self.peers.tile(peer) {
                    self.view.later(move || tile.link.set(link));
                }
            }
        }
    }

    fn open(self: &Rc<Self>, id: ConnectionId, peer: PeerId, role: Role, ice_servers: &[IceServer], relay_only: bool) {
        let handle = self.handle();
        let tell: Tell = Rc::new(move |input| handle.with(|session| session.dispatch(input)));
        match self.peers.open(id, peer, role, ice_servers, relay_only, tell) {
            Ok(connection) if connection.has_transceivers() => self.begin_media(peer, &connection),
            Ok(_) => {}
            Err(_) if self.peers.cannot_connect() => self.dispatch(Input::Unsupported { connection: id }),
            // The browser refuses to make one (too many, or a malformed ICE server): the tile says so.
            Err(_) => self.dispatch(Input::ConnectionState {
                connection: id,
                state: ConnectionState::Failed,
            }),
        }
    }

    fn operate(self: &Rc<Self>, id: ConnectionId, operation: Operation) {
        let Some((peer, connection)) = self.peers.connection(id) else {
            return;
        };
        let session = Rc::clone(self);
        spawn(async move {
            let had_transceivers = connection.has_transceivers();
            let outcome = connection.operate(operation).await;
            if !had_transceivers && connection.has_transceivers() {
                session.begin_media(peer, &connection);
            }
            session.dispatch(Input::Operated {
                connection: id,
                outcome,
            });
        });
    }

    /// The transceivers are there: sends what this page sends, and lets the tile play what comes.
    fn begin_media(&self, peer: PeerId, connection: &Connection) {
        for source in Source::ALL {
            connection.begin(source, self.capture.track(source).as_ref());
        }
        self.peers.play(peer, connection);
    }

    /// Something has happened on the way to the server.
    pub(super) fn on_signaling(self: &Rc<Self>, event: SignalingEvent) {
        match event {
            SignalingEvent::Opened => {
                self.dispatch(Input::SocketOpened);
                if self.phase() == Phase::Lobby {
                    self.peek();
                }
            }
            SignalingEvent::Message(frame) => {
                match &frame.message {
                    ServerMessage::Occupancy { count, capacity, .. } => {
                        let (count, capacity) = (*count, *capacity);
                        self.state.occupancy.set(Some(Occupancy { count, capacity }));
                    }
                    ServerMessage::Bye { retry_after_ms } => {
                        self.signaling
                            .stay_away(Duration::from_millis((*retry_after_ms).into()));
                    }
                    ServerMessage::Probed { ice_servers } if self.phase() == Phase::Lobby => {
                        self.preflight.try_relays(ice_servers);
                    }
                    _ => {}
                }
                // Whatever it is: that the server says something shows that it is there.
                self.dispatch(Input::Server(frame));
            }
            SignalingEvent::Lost(code) => self.dispatch(Input::SocketLost { code }),
        }
    }

    /// There is a place for us.
    fn on_seated(&self) {
        // What the lobby said is over. What was said in the call may still hold.
        if self.phase() != Phase::Call {
            self.state.notice.set(None);
            self.enter(Phase::Call);
            self.wake_lock.acquire();
        }
    }

    /// There is no place for us: back to where the person can ask for one.
    fn on_refused(self: &Rc<Self>, sentence: &str) {
        if self.phase() == Phase::Call {
            self.leave();
        } else {
            self.enter(Phase::Lobby);
            self.peek();
        }
        self.notify(Tone::Problem, sentence);
    }

    /// Asks how many people are in the room.
    pub(super) fn peek(&self) {
        self.signaling.send(&ClientMessage::Peek { room: self.room() }.into());
    }

    fn room(&self) -> String {
        self.state.room.with_value(|room| room.as_str().into())
    }

    fn own_name(&self) -> String {
        name_or_guest(&self.state.name.get_untracked())
    }

    /// The others are told what this page sends, if that has changed.
    pub(super) fn tell_media(self: &Rc<Self>) {
        let (name, media) = (self.own_name(), self.capture.media());
        self.dispatch(Input::Update { name, media });
    }

    /// From the lobby or "You left" into the call. Never waits for a device.
    pub(super) fn join(self: &Rc<Self>) {
        match self.phase() {
            Phase::Lobby => self.take_seat(),
            Phase::Left => {
                self.capture.handle(DevicesInput::Returned);
                self.begin();
                self.take_seat();
            }
            Phase::Joining | Phase::Call => {}
        }
    }

    /// The page is live: in its lobby, or on its way into the call.
    pub(super) fn begin(self: &Rc<Self>) {
        self.state.socket.set(SocketState::Connecting);
        self.pulse.begin();
        self.signaling.open();
    }

    /// The network may be back.
    pub(super) fn say_farewell(&self) {
        if let Some(farewell) = &*self.farewell.borrow() {
            farewell.try_now();
        }
    }

    /// Asks for a seat, as soon as the socket is open.
    pub(super) fn take_seat(self: &Rc<Self>) {
        self.farewell.take();
        let name = self.own_name();
        if name != texts().people.guest {
            storage::save(NAME_KEY, &name);
        }
        self.state.name.set(name.clone());
        self.preflight.end();
        self.capture.joined();
        self.state.notice.set(None);
        self.enter(Phase::Joining);
        let media = self.capture.media();
        self.dispatch(Input::Join {
            room: self.room(),
            name,
            media,
        });
        self.signaling.open();
    }

    /// From the call to "You left".
    pub(super) fn leave(self: &Rc<Self>) {
        self.enter(Phase::Left);
        self.let_go();
    }

    /// Lets everything go at once, connections, devices, timers and the socket: also called when the page is being closed, where
    /// nothing may wait.
    pub(super) fn let_go(self: &Rc<Self>) {
        self.preflight.end();
        let farewell = self.call.borrow().farewell();
        self.dispatch(Input::Leave);
        self.work();
        self.signaling.close();
        self.dispatch(Input::SocketLost { code: None });
        self.farewell.replace(farewell.map(Farewell::begin));
        self.pulse.end();
        self.wake_lock.release();
        self.capture.handle(DevicesInput::Left);
        self.peers.clear();
        self.watch_stats(false);
        self.state.sound_blocked.set(false);
    }
}

/// Time since the page began to load.
pub(super) fn now() -> Duration {
    let milliseconds = page::window().performance().map_or(0.0, |clock| clock.now());
    // Whole microseconds, which browsers round to anyway. A cast of a float saturates.
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
    Duration::from_micros((milliseconds * 1000.0) as u64)
}
