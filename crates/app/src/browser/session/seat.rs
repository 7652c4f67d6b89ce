//! From the lobby into the call and out again.

use std::rc::Rc;

use call::devices::DevicesInput;
use call::{Input, Source};
use leptos::prelude::*;
use protocol::{ClientMessage, Media};
use web_sys::MediaStreamTrack;

use super::{Session, now};
use crate::boot::NAME_KEY;
use crate::browser::farewell::Farewell;
use crate::browser::page::{self, storage};
use crate::page::name_or_guest;
use crate::state::{MicrophoneHint, Notice, Phase, SocketState, Tone};
use crate::texts::texts;

impl Session {
    /// There is a place for us.
    pub(super) fn on_seated(&self) {
        self.chimes.seated(now());
        // What was said in the call may still hold.
        if self.phase() != Phase::Call {
            self.dismiss_notice();
            self.enter(Phase::Call);
            self.wake_lock.acquire();
        }
    }

    /// Takes the notice away, unless it is about a device: that one holds in the call, too.
    fn dismiss_notice(&self) {
        let is_over = |notice: &Option<Notice>| notice.as_ref().is_some_and(|notice| notice.device.is_none());
        if self.state.notice.with_untracked(is_over) {
            self.state.notice.set(None);
        }
    }

    /// There is no place for us: back to where the person can ask for one.
    pub(super) fn on_refused(self: &Rc<Self>, sentence: &str) {
        if self.phase() == Phase::Call {
            self.leave();
        } else {
            self.enter(Phase::Lobby);
            self.peek();
        }
        self.notify(Tone::Problem, sentence);
    }

    /// Asks how many people are in the room.
    pub(in crate::browser) fn peek(&self) {
        self.signaling.send(&ClientMessage::Peek { room: self.room() }.into());
    }

    fn room(&self) -> String {
        self.state.room.with_value(|room| room.as_str().into())
    }

    fn own_name(&self) -> String {
        name_or_guest(&self.state.name.get_untracked())
    }

    /// What is sent as a source.
    pub(super) fn track(&self, source: Source) -> Option<MediaStreamTrack> {
        self.capture.track(source).or_else(|| self.share.track(source))
    }

    /// What this page sends at the moment, for the others to show.
    fn media(&self) -> Media {
        let Media { microphone, camera, .. } = self.capture.media();
        Media {
            microphone,
            camera,
            ..self.share.media()
        }
    }

    /// The others are told what this page sends, if that has changed.
    pub(in crate::browser) fn tell_media(self: &Rc<Self>) {
        let (name, media) = (self.own_name(), self.media());
        self.dispatch(Input::Update { name, media });
    }

    /// From the lobby or "You left" into the call. Never waits for a device.
    pub(in crate::browser) fn join(self: &Rc<Self>) {
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
    pub(in crate::browser) fn begin(self: &Rc<Self>) {
        self.state.socket.set(SocketState::Connecting);
        self.pulse.begin();
        self.signaling.open();
    }

    /// The network may be back.
    pub(in crate::browser) fn say_farewell(&self) {
        if let Some(farewell) = &*self.farewell.borrow() {
            farewell.try_now();
        }
    }

    /// Asks for a seat, as soon as the socket is open.
    pub(in crate::browser) fn take_seat(self: &Rc<Self>) {
        self.fetch_call_part();
        let name = self.own_name();
        if name != texts().people.guest {
            storage::save(NAME_KEY, &name);
        }
        self.state.name.set(name.clone());
        self.preflight.end();
        self.capture.joined();
        if self.phase() == Phase::Lobby {
            // The person has read it there.
            self.state.notice.set(None);
        } else {
            self.dismiss_notice();
        }
        self.enter(Phase::Joining);
        if self.state.keys.push_to_talk.get_untracked() {
            self.mute();
        }
        let media = self.media();
        self.dispatch(Input::Join {
            room: self.room(),
            name,
            media,
        });
        self.signaling.open();
    }

    /// From the call to "You left".
    pub(in crate::browser) fn leave(self: &Rc<Self>) {
        self.enter(Phase::Left);
        self.let_go();
    }

    /// Lets everything go at once, connections, devices, timers and the socket: also called when the page is being closed, where
    /// nothing may wait.
    pub(in crate::browser) fn let_go(self: &Rc<Self>) {
        self.preflight.end();
        self.stop_talking();
        self.stop_share();
        self.close_pip();
        self.own_voice.end();
        self.state.voice.hint.set(MicrophoneHint::None);
        self.state.chat.unread.set(0);
        self.state.chat.open.set(false);
        let farewell = self.call.borrow().farewell(page::is_online());
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
