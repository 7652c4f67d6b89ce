//! The way to the server: one socket at a time, another one after it is lost.
//!
//! A socket that stays in CONNECTING is given up after a few seconds, because browsers let it hang for minutes behind a proxy that
//! accepts and says nothing.

use std::cell::{Cell, RefCell};
use std::time::Duration;

use call::Backoff;
use leptos::prelude::*;
use protocol::{ClientMessage, Numbered, ServerMessage};

use super::page;
use super::session::{Handle, now};
use super::socket::{Socket, SocketEvent};
use super::task::spawn;
use super::timer::Timer;
use crate::state::SocketState;

/// How long a socket may take to open.
const OPENING: Duration = Duration::from_secs(5);

/// For so long the page only asks whether the server is there, before it opens a socket all the same.
const ASKING: Duration = Duration::from_secs(5);

/// What the session hears.
pub(super) enum SignalingEvent {
    /// A socket is open.
    Opened,
    /// The server said something.
    Message(Numbered<ServerMessage>),
    /// The socket is lost, with the close frame's code where there was one. Another one is opened by itself.
    Lost(Option<u16>),
}

/// The socket, and when to open another.
pub(super) struct Signaling {
    handle: Handle,
    shown: RwSignal<SocketState>,
    socket: RefCell<Option<Socket>>,
    /// Closes what does not open.
    opening: Timer,
    backoff: RefCell<Backoff>,
    reconnect: Timer,
    /// What `reconnect` waits for is short already.
    hurries: Cell<bool>,
    /// How long the server said to stay away.
    stay_away: Cell<Option<Duration>>,
    /// The server is being asked whether it is there.
    asks: Cell<bool>,
    /// When the newest socket was lost, or could not be opened.
    lost_at: Cell<Duration>,
    /// A socket is wanted.
    wanted: Cell<bool>,
}

impl Signaling {
    pub(super) fn new(handle: Handle, shown: RwSignal<SocketState>) -> Self {
        Self {
            handle,
            shown,
            socket: RefCell::default(),
            opening: Timer::default(),
            backoff: RefCell::default(),
            reconnect: Timer::default(),
            hurries: Cell::new(false),
            stay_away: Cell::new(None),
            asks: Cell::new(false),
            lost_at: Cell::new(Duration::ZERO),
            wanted: Cell::new(false),
        }
    }

    /// Opens a socket, unless there is one.
    pub(super) fn open(&self) {
        self.wanted.set(true);
        if self.socket.borrow().is_some() {
            return;
        }
        self.reconnect.clear();
        let handle = self.handle.clone();
        let socket = Socket::open(move |event| handle.with(|session| session.signaling.take_in(event)));
        let refused = socket.is_none();
        self.socket.replace(socket);
        if refused {
            self.take_in(SocketEvent::Closed(None));
            return;
        }
        let handle = self.handle.clone();
        self.opening.set(OPENING, move || {
            handle.with(|session| session.signaling.give_up_opening());
        });
    }

    /// Sends, if the socket is open.
    pub(super) fn send(&self, frame: &Numbered<ClientMessage>) {
        if let Some(socket) = &*self.socket.borrow() {
            socket.send(frame);
        }
    }

    /// Closes the socket and opens none any more.
    pub(super) fn close(&self) {
        self.wanted.set(false);
        self.opening.clear();
        self.reconnect.clear();
        let socket = self.socket.take();
        drop(socket);
        self.backoff.borrow_mut().succeeded();
    }

    /// The socket is dead, although the browser has not noticed: another one, at once.
    pub(super) fn replace(&self) {
        if let Some(socket) = self.socket.take() {
            socket.abandon();
        }
        self.shown.set(SocketState::Reconnecting);
        self.open();
    }

    /// The network has changed, or the page has woken: neither a timer nor a socket that hangs is waited for.
    pub(super) fn open_now(&self) {
        if self.opening.is_set() {
            self.give_up_opening();
        }
        if self.reconnect.is_set() {
            self.open();
        }
    }

    /// Somebody's media has stopped. Where a socket is waited for, it is not waited for as long as was meant to be.
    pub(super) fn hurry(&self) {
        if self.reconnect.is_set() && !self.hurries.get() {
            self.open_later(None, true);
        }
    }

    /// The server will be away for so long.
    pub(super) fn stay_away(&self, wait: Duration) {
        self.stay_away.set(Some(wait));
    }

    fn take_in(&self, event: SocketEvent) {
        match event {
            SocketEvent::Opened => {
                self.opening.clear();
                self.shown.set(SocketState::Open);
                self.tell(SignalingEvent::Opened);
            }
            SocketEvent::Message(frame) => {
                // A proxy may open sockets for a server that is down, and a server may say no and close. What counts is an answer.
                if !matches!(frame.message, ServerMessage::Error { .. } | ServerMessage::Bye { .. }) {
                    self.backoff.borrow_mut().succeeded();
                }
                self.tell(SignalingEvent::Message(frame));
            }
            SocketEvent::Closed(code) => self.lost(code),
        }
    }

    fn give_up_opening(&self) {
        self.opening.clear();
        if let Some(socket) = self.socket.take() {
            socket.abandon();
        }
        self.lost(None);
    }

    fn lost(&self, code: Option<u16>) {
        self.opening.clear();
        self.lost_at.set(now());
        let socket = self.socket.take();
        drop(socket);
        self.tell(SignalingEvent::Lost(code));
        if self.wanted.get() {
            self.shown.set(SocketState::Reconnecting);
            let urgent = self.is_urgent();
            self.open_later(self.stay_away.take().filter(|_| !urgent), urgent);
        }
    }

    fn tell(&self, event: SignalingEvent) {
        self.handle.with(|session| session.on_signaling(event));
    }

    fn is_urgent(&self) -> bool {
        let mut urgent = false;
        self.handle.with(|session| urgent = session.is_urgent());
        urgent
    }

    /// Opens another socket after so long; by default after what the tries before this one suggest.
    fn open_later(&self, wait: Option<Duration>, urgent: bool) {
        let wait = wait.unwrap_or_else(|| self.backoff.borrow_mut().next_wait(page::random(), urgent));
        let handle = self.handle.clone();
        self.reconnect
            .set(wait, move || handle.with(|session| session.signaling.try_again()));
        self.hurries.set(urgent);
    }

    /// Opens another socket. After tries in vain a request finds out first whether the server is there: Firefox lets each socket wait
    /// longer after one that could not be opened, in the end for a minute, and does nothing of the kind to requests. An operator
    /// may hide what is asked for, so an answer is only a hint.
    fn try_again(&self) {
        if !self.backoff.borrow().is_in_vain() || now().saturating_sub(self.lost_at.get()) >= ASKING {
            self.open();
            return;
        }
        // One question at a time: what it finds decides what comes next.
        if self.asks.replace(true) {
            return;
        }
        let handle = self.handle.clone();
        spawn(async move {
            let answers = page::server_answers().await;
            handle.with(|session| session.signaling.answered(answers));
        });
    }

    fn answered(&self, answers: bool) {
        self.asks.set(false);
        // Meanwhile the person may have left, or something else opened a socket.
        if !self.reconnect.is_set() {
            return;
        }
        if answers {
            self.open();
        } else {
            self.open_later(None, self.is_urgent());
        }
    }
}
