//! The room page's engine: what the pure [`call::Call`] asks for is done here, and the results are fed back.
//!
//! Everything that happens is an [`Input`] in one queue, which is worked off from the event loop and never from inside a
//! browser's callback: no `RefCell` is borrowed while JavaScript runs, and no handler is dropped while it is called.

mod effects;
mod seat;

use std::cell::{Cell, RefCell};
use std::collections::VecDeque;
use std::rc::{Rc, Weak};
use std::time::Duration;

use call::quality::QualitySettings;
use call::{Call, Input};
use gloo_events::EventListener;
use leptos::prelude::*;
use protocol::{PeerId, ServerMessage};

use super::capture::Capture;
use super::chime::Chimes;
use super::farewell::Farewell;
use super::fetching::Fetching;
use super::files::Files;
use super::held;
use super::own_voice::OwnVoice;
use super::page;
use super::peers::Peers;
use super::pip::Pip;
use super::preflight::Preflight;
use super::pulse::Pulse;
use super::share::Share;
use super::signaling::{Signaling, SignalingEvent};
use super::stats::Stats;
use super::task::spawn;
use super::timer::Timer;
use super::view::View;
use super::voices::Voices;
use super::wake_lock::WakeLock;
use crate::call_part;
use crate::state::{Notice, Occupancy, Phase, RoomState, Tone};

/// Everything behind a room page. Its parts keep their state to themselves.
pub(crate) struct Session {
    pub(super) state: RoomState,
    handle: Handle,
    phase: Cell<Phase>,
    pub(super) call: RefCell<Call>,
    inbox: RefCell<VecDeque<Input>>,
    scheduled: Cell<bool>,
    tick: Timer,
    /// What it is set to. A file brings a thousand inputs a second, and most change nothing of that.
    tick_at: Cell<Option<Duration>>,
    pub(super) view: View,
    pub(super) signaling: Signaling,
    pub(super) peers: Peers,
    pub(super) capture: Capture,
    pub(super) share: Share,
    pub(super) files: Files,
    pub(super) pip: Pip,
    pub(super) preflight: Preflight,
    pub(super) voices: Voices,
    pub(super) own_voice: OwnVoice,
    pub(super) chimes: Chimes,
    /// Space is held, and has unmuted the microphone.
    pub(super) talks: Cell<bool>,
    pub(super) pulse: Pulse,
    pub(super) stats: Stats,
    pub(super) link_copied: Timer,
    pub(super) fetching: Fetching,
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
                tick_at: Cell::default(),
                view: view.clone(),
                signaling: Signaling::new(handle.clone(), state.socket),
                peers: Peers::new(state.peers, view),
                capture: Capture::new(handle.clone(), state),
                share: Share::default(),
                files: Files::default(),
                pip: Pip::default(),
                preflight: Preflight::default(),
                voices: Voices::new(state.look),
                own_voice: OwnVoice::default(),
                chimes: Chimes::default(),
                talks: Cell::default(),
                pulse: Pulse::new(handle),
                stats: Stats::default(),
                link_copied: Timer::default(),
                fetching: Fetching::default(),
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
        self.listeners.borrow_mut().extend(listeners);
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

    /// Works the queue off. Not before connections can be made, and the program is complete; what happens until then is in the queue.
    pub(super) fn work(self: &Rc<Self>) {
        if self.peers.is_ready()
            && let Some(part) = call_part::fetched()
        {
            (part.work)(self);
        }
    }

    /// See [`CallPart::work`](call_part::CallPart::work).
    pub(crate) fn work_off(self: &Rc<Self>) {
        loop {
            let Some(input) = self.inbox.borrow_mut().pop_front() else {
                break;
            };
            let effects = self.call.borrow_mut().handle(now(), input);
            for effect in effects {
                self.perform(effect);
            }
            self.files_given();
        }
        let next = self.call.borrow().next_deadline();
        if self.tick_at.replace(next) == next {
            return;
        }
        match next {
            Some(at) => {
                let handle = self.handle();
                self.tick.set(at.saturating_sub(now()), move || {
                    handle.with(|session| {
                        session.tick_at.take();
                        session.dispatch(Input::Tick);
                    });
                });
            }
            None => self.tick.clear(),
        }
    }

    /// Something has happened on the way to the server.
    pub(super) fn on_signaling(self: &Rc<Self>, event: SignalingEvent) {
        match event {
            SignalingEvent::Opened => {
                self.dispatch(Input::SocketOpened);
                if self.phase() == Phase::Lobby {
                    self.preflight.restart();
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
}

/// Time since the page began to load.
pub(super) fn now() -> Duration {
    let milliseconds = page::window().performance().map_or(0.0, |clock| clock.now());
    // Whole microseconds, which browsers round to anyway. A cast of a float saturates.
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
    Duration::from_micros((milliseconds * 1000.0) as u64)
}
