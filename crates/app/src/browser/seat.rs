//! Joining and leaving: the socket's side of a room page.

use std::rc::Rc;
use std::time::Duration;

use call::Input;
use gloo_timers::callback::{Interval, Timeout};
use leptos::prelude::*;
use protocol::{ClientMessage, ServerMessage};

use super::page::{self, storage};
use super::room::{Room, now, with};
use super::socket::{Socket, SocketEvent};
use super::task::spawn;
use crate::boot::NAME_KEY;
use crate::page::{GUEST, name_or_guest};
use crate::state::{Occupancy, Phase, SocketState, Tone};

/// How often loudness is looked at, in milliseconds.
const BEAT: u32 = 150;

/// In the lobby, every so many beats the page asks how many people are in the room.
const BEATS_PER_PEEK: u32 = 20;

/// While the person looks at how everybody is connected, it is measured every so many beats.
const BEATS_PER_LOOK: u32 = 13;

/// Louder than this counts as speaking.
const SPEAKING: f64 = 0.02;

impl Room {
    /// Opens the socket, unless there is one.
    pub(super) fn connect(self: &Rc<Self>) {
        if self.socket.borrow().is_some() {
            return;
        }
        drop(self.timers.reconnect.take());
        let socket = Socket::open(|event| with(|room| room.on_socket(event)));
        let refused = socket.is_none();
        self.socket.replace(socket);
        if refused {
            self.on_socket(SocketEvent::Closed(None));
        }
    }

    /// Sends, if the socket is open.
    pub(super) fn send(&self, message: &ClientMessage) {
        if let Some(socket) = &*self.socket.borrow() {
            socket.send(message);
        }
    }

    fn on_socket(self: &Rc<Self>, event: SocketEvent) {
        match event {
            SocketEvent::Opened => {
                self.state.socket.set(SocketState::Open);
                self.dispatch(Input::SocketOpened);
                if self.state.phase.get_untracked() == Phase::Lobby {
                    self.peek();
                }
            }
            SocketEvent::Message(message) => self.on_message(message),
            SocketEvent::Closed(code) => self.on_closed(code),
        }
    }

    /// The socket is gone: media goes on, and another socket is opened after a while.
    fn on_closed(self: &Rc<Self>, code: Option<u16>) {
        drop(self.socket.take());
        self.dispatch(Input::SocketLost { code });
        if self.state.phase.get_untracked() == Phase::Left {
            return;
        }
        self.state.socket.set(SocketState::Reconnecting);
        let urgent = self.call.borrow().is_urgent(now());
        self.connect_later(self.stay_away.take().filter(|_| !urgent), urgent);
    }

    /// Opens another socket after so long; by default after what the tries before this one suggest.
    fn connect_later(&self, wait: Option<Duration>, urgent: bool) {
        let wait = wait.unwrap_or_else(|| self.backoff.borrow_mut().next_wait(page::random(), urgent));
        let wait = u32::try_from(wait.as_millis()).unwrap_or(u32::MAX);
        let timeout = Timeout::new(wait, || with(Room::try_again));
        drop(self.timers.reconnect.replace(Some(timeout)));
        self.timers.hurries.set(urgent);
    }

    /// Opens another socket. After tries in vain a request finds out first whether the server is there: Firefox lets each socket wait
    /// longer after one that could not be opened, in the end for a minute, and does nothing of the kind to requests.
    fn try_again(self: &Rc<Self>) {
        if !self.backoff.borrow().is_in_vain() {
            self.connect();
            return;
        }
        // One question at a time: what it finds decides what comes next.
        if self.timers.asks.replace(true) {
            return;
        }
        spawn(async {
            let answers = page::server_answers().await;
            with(|room| {
                room.timers.asks.set(false);
                // Meanwhile the person may have left, or something else opened a socket.
                if room.timers.reconnect.borrow().is_none() {
                    return;
                }
                match answers {
                    true => room.connect(),
                    false => room.connect_later(None, room.call.borrow().is_urgent(now())),
                }
            });
        });
    }

    /// Somebody's media has stopped. Where a socket is waited for, it is not waited for as long as was meant to be.
    fn hurry(&self) {
        if self.timers.reconnect.borrow().is_some() && !self.timers.hurries.get() {
            self.connect_later(None, true);
        }
    }

    /// The socket is dead, although the browser has not noticed.
    pub(super) fn reconnect(self: &Rc<Self>) {
        if let Some(socket) = self.socket.take() {
            socket.abandon();
        }
        self.state.socket.set(SocketState::Reconnecting);
        self.connect();
    }

    /// The person looks at the page again, which may have slept.
    pub(super) fn woken(self: &Rc<Self>) {
        self.dispatch(Input::Online { changed: false });
        self.connect_now();
    }

    /// The network is back, or another one: what was found on the old one leads nowhere.
    pub(super) fn network_changed(self: &Rc<Self>) {
        self.dispatch(Input::Online { changed: true });
        self.connect_now();
    }

    /// Does not wait for the timer.
    fn connect_now(self: &Rc<Self>) {
        if self.timers.reconnect.borrow().is_some() {
            self.connect();
        }
    }

    fn on_message(self: &Rc<Self>, message: ServerMessage) {
        if let ServerMessage::Occupancy { count, capacity, .. } = message {
            self.state.occupancy.set(Some(Occupancy { count, capacity }));
        }
        match message {
            ServerMessage::Bye { retry_after_ms } => {
                self.stay_away.set(Some(Duration::from_millis(retry_after_ms.into())));
            }
            ServerMessage::Probed { ice_servers } => self.try_relays(&ice_servers),
            other => self.dispatch(Input::Server(other)),
        }
    }

    /// There is a place for us. Where others are in the room, the call is drawn when the first of them is connected.
    pub(super) fn on_seated(self: &Rc<Self>) {
        self.backoff.borrow_mut().succeeded();
        self.state.notice.set(None);
        self.state.phase.set(Phase::Call);
        let room = Rc::clone(self);
        spawn(async move {
            if room.state.peers.with_untracked(Vec::is_empty) {
                room.draw();
                room.make_spare_soon();
            }
        });
    }

    /// There is no place for us: back to where the person can ask for one.
    pub(super) fn on_refused(self: &Rc<Self>, sentence: &str) {
        if self.state.phase.get_untracked() == Phase::Call {
            self.leave();
        } else {
            self.state.phase.set(Phase::Lobby);
            self.draw();
            self.peek();
        }
        self.notify(Tone::Problem, sentence);
    }

    fn peek(&self) {
        let room = self.state.room.with_value(|room| room.as_str().into());
        self.send(&ClientMessage::Peek { room });
    }

    fn ask_for_seat(self: &Rc<Self>) {
        self.dispatch(Input::Join {
            room: self.state.room.with_value(|room| room.as_str().into()),
            name: self.own_name(),
            media: self.media_now(),
        });
    }

    fn own_name(&self) -> String {
        name_or_guest(&self.state.name.get_untracked())
    }

    /// What this page sends has changed, perhaps.
    pub(super) fn tell_media(&self) {
        let (name, media) = (self.own_name(), self.media_now());
        with(|room| room.dispatch(Input::Update { name, media }));
    }

    /// From the lobby or "You left" into the call.
    pub(super) fn join(self: &Rc<Self>) {
        let phase = self.state.phase.get_untracked();
        if !matches!(phase, Phase::Lobby | Phase::Left) {
            return;
        }
        if phase == Phase::Left {
            self.state.socket.set(SocketState::Connecting);
            self.begin_beat();
            self.acquire_wanted();
            self.make_spare_soon();
        }
        self.take_seat();
    }

    /// Asks for a seat, as soon as the socket is open.
    pub(super) fn take_seat(self: &Rc<Self>) {
        let name = self.own_name();
        if name != GUEST {
            storage::save(NAME_KEY, &name);
        }
        self.state.name.set(name);
        self.end_preflight();
        self.state.notice.set(None);
        self.state.phase.set(Phase::Joining);
        self.ask_for_seat();
        self.connect();
    }

    /// From the call to "You left". Everything is let go: connections, devices, timers, the socket.
    pub(super) fn leave(self: &Rc<Self>) {
        self.state.phase.set(Phase::Left);
        self.draw();
        self.let_go();
    }

    /// Lets everything go at once: also called when the page is being closed, where nothing may wait.
    pub(super) fn let_go(self: &Rc<Self>) {
        self.drop_spare();
        self.end_preflight();
        self.dispatch(Input::Leave);
        self.work();
        drop(self.socket.take());
        self.dispatch(Input::SocketLost { code: None });
        drop(self.timers.reconnect.take());
        drop(self.timers.beat.take());
        self.backoff.borrow_mut().succeeded();
        self.release_devices();
        self.state.peers.set(Vec::new());
        self.open_links(false);
        self.elements.borrow_mut().clear();
        self.state.sound_blocked.set(false);
    }

    /// The pulse of the page: loudness, and in the lobby the number of people.
    pub(super) fn begin_beat(&self) {
        let mut beats = 0;
        let beat = Interval::new(BEAT, move || {
            beats += 1;
            with(|room| room.beat(beats));
        });
        drop(self.timers.beat.replace(Some(beat)));
    }

    fn beat(self: &Rc<Self>, beats: u32) {
        let is_visible = page::is_visible();
        for tile in self.state.peers.get_untracked() {
            let Some(connection) = self.connection_to(tile.id) else {
                continue;
            };
            let (level, silent) = connection.listen(now(), tile.media.get_untracked());
            if let Some(silent) = silent {
                self.dispatch(Input::Silent { peer: tile.id, silent });
                if silent {
                    self.hurry();
                }
            }
            let speaking = is_visible && level > SPEAKING;
            if tile.speaking.get_untracked() != speaking {
                tile.speaking.set(speaking);
            }
        }
        if !is_visible {
            return;
        }
        self.measure_own_level();
        if beats.is_multiple_of(BEATS_PER_LOOK) {
            self.look_at_links();
        }
        if self.state.phase.get_untracked() == Phase::Lobby {
            self.preflight_beat();
            if beats.is_multiple_of(BEATS_PER_PEEK) {
                self.peek();
            }
        }
    }
}
