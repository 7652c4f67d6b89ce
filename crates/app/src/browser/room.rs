//! The room page's engine: what the pure [`call::Call`] asks for is done here, and what comes of it is fed back.
//!
//! Everything that happens is an [`Input`] in one queue, which is worked off from the event loop and never from inside a
//! browser's callback: no `RefCell` is borrowed while JavaScript runs, and no handler is dropped while it is called.

use std::cell::{Cell, RefCell};
use std::collections::VecDeque;
use std::rc::Rc;
use std::time::Duration;

use call::{Call, ConnectionId, ConnectionState, Effect, Input, Link, Operation, Role};
use gloo_events::EventListener;
use gloo_timers::callback::{Interval, Timeout};
use leptos::prelude::*;
use protocol::{IceServer, PeerId};
use web_sys::{HtmlAudioElement, HtmlVideoElement};

use super::connection::Connection;
use super::links::Links;
use super::media::LocalMedia;
use super::meter::Meter;
use super::page;
use super::preflight::Preflight;
use super::socket::Socket;
use super::spare::Spare;
use super::task::spawn;
use crate::state::{DeviceKind, Notice, RoomState, Tone};

/// See [`Effect::TakenOver`].
const TAKEN_OVER: &str = "This call was continued in another window.";

thread_local! {
    /// The one room of this page. It lives as long as the page.
    static ROOM: RefCell<Option<Rc<Room>>> = const { RefCell::new(None) };
}

/// The room of this page, once it has started.
pub(super) fn current() -> Option<Rc<Room>> {
    ROOM.with_borrow(Clone::clone)
}

/// Does something with the room, if there is one.
pub(super) fn with(act: impl FnOnce(&Rc<Room>)) {
    if let Some(room) = current() {
        act(&room);
    }
}

/// Everything behind a room page.
pub(super) struct Room {
    pub(super) state: RoomState,
    /// Signals of tiles are made under it, outside of any component.
    pub(super) owner: Owner,
    pub(super) call: RefCell<Call>,
    inbox: RefCell<VecDeque<Input>>,
    scheduled: Cell<bool>,
    /// Few enough to be looked through: a map would be a tenth of the page's code.
    pub(super) connections: RefCell<Vec<(ConnectionId, PeerId, Rc<Connection>)>>,
    pub(super) spare: RefCell<Option<Spare>>,
    /// The newest that the server told.
    pub(super) ice_servers: RefCell<Vec<IceServer>>,
    pub(super) elements: RefCell<Vec<(PeerId, HtmlVideoElement, HtmlAudioElement)>>,
    pub(super) media: LocalMedia,
    pub(super) meter: RefCell<Option<Meter>>,
    pub(super) socket: RefCell<Option<Socket>>,
    pub(super) backoff: RefCell<call::Backoff>,
    /// Where the server said how long to stay away.
    pub(super) stay_away: Cell<Option<Duration>>,
    pub(super) tiles_made: Cell<u32>,
    /// There is a tile that is not drawn yet.
    pub(super) undrawn: Cell<bool>,
    /// When the person last did something, in the event clock's milliseconds.
    pub(super) last_stir: Cell<f64>,
    pub(super) preflight: Preflight,
    pub(super) links: Links,
    pub(super) timers: Timers,
    pub(super) listeners: RefCell<Vec<EventListener>>,
}

/// Each is cleared when it is replaced or taken out.
#[derive(Default)]
pub(super) struct Timers {
    tick: RefCell<Option<Timeout>>,
    pub(super) reconnect: RefCell<Option<Timeout>>,
    /// What `reconnect` waits for is short already.
    pub(super) hurries: Cell<bool>,
    /// The server is being asked whether it is there.
    pub(super) asks: Cell<bool>,
    pub(super) beat: RefCell<Option<Interval>>,
    pub(super) link_copied: RefCell<Option<Timeout>>,
    pub(super) spare: RefCell<Option<Timeout>>,
    pub(super) draw: RefCell<Option<Timeout>>,
}

impl Room {
    /// Makes the room of this page.
    pub(super) fn create(state: RoomState) -> Rc<Self> {
        let room = Rc::new(Self {
            state,
            owner: Owner::current().unwrap_or_default(),
            call: RefCell::new(Call::new()),
            inbox: RefCell::default(),
            scheduled: Cell::new(false),
            connections: RefCell::default(),
            spare: RefCell::default(),
            ice_servers: RefCell::default(),
            elements: RefCell::default(),
            media: LocalMedia::default(),
            meter: RefCell::default(),
            socket: RefCell::default(),
            backoff: RefCell::default(),
            stay_away: Cell::new(None),
            tiles_made: Cell::new(0),
            undrawn: Cell::new(false),
            last_stir: Cell::new(f64::NEG_INFINITY),
            preflight: Preflight::default(),
            links: Links::default(),
            timers: Timers::default(),
            listeners: RefCell::default(),
        });
        ROOM.set(Some(Rc::clone(&room)));
        room
    }

    /// Who this page is in the room.
    pub(super) fn me(&self) -> Option<PeerId> {
        self.call.borrow().me()
    }

    /// Shows the person a sentence.
    pub(super) fn notify(&self, tone: Tone, text: &str) {
        self.state.notice.set(Some(Notice {
            tone,
            text: text.into(),
        }));
    }

    /// Puts an input into the queue; it is worked off when the browser's current callback is over.
    pub(super) fn dispatch(self: &Rc<Self>, input: Input) {
        self.inbox.borrow_mut().push_back(input);
        if !self.scheduled.replace(true) {
            let room = Rc::clone(self);
            spawn(async move {
                room.scheduled.set(false);
                room.work();
            });
        }
    }

    /// Works the queue off.
    pub(super) fn work(self: &Rc<Self>) {
        loop {
            let Some(input) = self.inbox.borrow_mut().pop_front() else {
                break;
            };
            let effects = self.call.borrow_mut().handle(now(), input);
            for effect in effects {
                self.perform(effect);
            }
        }
        let deadline = self.call.borrow().next_deadline();
        let timeout = deadline.map(|at| {
            let wait = at.saturating_sub(now()).as_millis();
            Timeout::new(u32::try_from(wait).unwrap_or(u32::MAX), || {
                with(|room| room.dispatch(Input::Tick));
            })
        });
        drop(self.timers.tick.replace(timeout));
    }

    fn perform(self: &Rc<Self>, effect: Effect) {
        match effect {
            Effect::Send(message) => self.send(&message),
            Effect::UseIceServers(ice_servers) => self.use_ice_servers(ice_servers),
            Effect::Open {
                connection,
                peer,
                role,
                ice_servers,
                relay_only,
            } => self.open(connection, peer, role, &ice_servers, relay_only),
            Effect::Operate { connection, operation } => self.operate(connection, operation),
            Effect::RestartIce { connection } => {
                if let Some((_, connection)) = self.connection(connection) {
                    connection.restart_ice();
                }
            }
            Effect::Reconnect => self.reconnect(),
            Effect::Seated { .. } => self.on_seated(),
            Effect::Refused { message, .. } => self.on_refused(&message),
            Effect::TakenOver => self.on_refused(TAKEN_OVER),
            Effect::Problem { message, .. } => self.notify(Tone::Problem, &message),
            Effect::Away { peer, away } => {
                if let Some(tile) = self.tile(peer) {
                    tile.away.set(away);
                }
            }
            Effect::Measure => self.measure_links(),
            Effect::Links { peer, links } => self.keep_links(peer, links),
            Effect::Close { connection } => {
                let closed = self.connection(connection);
                self.connections.borrow_mut().retain(|(id, ..)| *id != connection);
                if let Some((_, connection)) = closed {
                    connection.close();
                }
            }
            Effect::PeerAdded(info) => self.add_tile(&info),
            Effect::PeerChanged(info) => self.change_tile(&info),
            Effect::PeerRemoved(peer) => self.remove_tile(peer),
            Effect::Link { peer, link } => {
                if let (Link::Connected, Some(connection)) = (link, self.connection_to(peer)) {
                    connection.stands();
                    self.draw();
                }
                if let Some(tile) = self.tile(peer) {
                    tile.link.set(link);
                }
            }
        }
    }

    fn connection(&self, id: ConnectionId) -> Option<(PeerId, Rc<Connection>)> {
        let connections = self.connections.borrow();
        let found = connections.iter().find(|(of, ..)| *of == id);
        found.map(|(_, peer, connection)| (*peer, Rc::clone(connection)))
    }

    /// The newest connection to a peer.
    pub(super) fn connection_to(&self, peer: PeerId) -> Option<Rc<Connection>> {
        let connections = self.connections.borrow();
        connections
            .iter()
            .rev()
            .find(|(_, of, _)| *of == peer)
            .map(|(.., connection)| Rc::clone(connection))
    }

    fn open(self: &Rc<Self>, id: ConnectionId, peer: PeerId, role: Role, ice_servers: &[IceServer], relay_only: bool) {
        let spare = if role == Role::Offerer { self.spare.take() } else { None };
        let tell = |input| with(|room| room.dispatch(input));
        let opened = Connection::open(id, role, ice_servers, relay_only, spare, tell);
        self.make_spare_soon();
        match opened {
            Ok(connection) => {
                let connection = Rc::new(connection);
                self.connections.borrow_mut().push((id, peer, Rc::clone(&connection)));
                if connection.has_lines() {
                    self.fill_lines(peer, &connection);
                }
            }
            // The browser refuses to make one (too many, or a malformed ICE server): the tile says so.
            Err(_) => self.dispatch(Input::ConnectionState {
                connection: id,
                state: ConnectionState::Failed,
            }),
        }
    }

    fn operate(self: &Rc<Self>, id: ConnectionId, operation: Operation) {
        let Some((peer, connection)) = self.connection(id) else {
            return;
        };
        let room = Rc::clone(self);
        spawn(async move {
            let had_lines = connection.has_lines();
            let outcome = connection.operate(operation).await;
            if !had_lines && connection.has_lines() {
                room.fill_lines(peer, &connection);
            }
            room.dispatch(Input::Operated {
                connection: id,
                outcome,
            });
        });
    }

    /// The lines are laid: puts the own tracks in, and lets the tile play what comes.
    fn fill_lines(&self, peer: PeerId, connection: &Connection) {
        for kind in [DeviceKind::Microphone, DeviceKind::Camera] {
            if let Some(track) = self.media.track(kind) {
                connection.send_track(kind, Some(&track));
            }
        }
        if let Some(tile) = self.tile(peer) {
            tile.tracks.update(|count| *count += 1);
        }
    }
}

/// Time since the page began to load.
pub(super) fn now() -> Duration {
    let milliseconds = page::window().performance().map_or(0.0, |clock| clock.now());
    // Whole microseconds, which browsers round to anyway. A cast of a float saturates.
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
    Duration::from_micros((milliseconds * 1000.0) as u64)
}
