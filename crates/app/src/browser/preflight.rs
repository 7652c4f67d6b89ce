//! What can be known of the network and the devices before joining, found out while the person looks at the lobby.
//!
//! Each address of a relay is tried by a connection of its own that looks for nothing but relayed candidates. It begins
//! late enough not to be in anybody's way, and ends when the relay has answered, or with a click on Join: what the relay
//! keeps for it is free again.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use call::{Advice, advise, trial_finding};
use leptos::prelude::*;
use protocol::{ClientMessage, IceServer, RelayFinding};
use wasm_bindgen::prelude::*;

use super::ice::{RELAY_ERROR, configuration, relay_error};
use super::media::BOTH;
use super::room::Room;
use super::rtc_ext::{PeerConnection, get, get_text, object, set};
use super::task::ignore;
use crate::state::{DeviceKind, DeviceStatus, Notice, Phase, Tone};

/// In which beat in the lobby the server is asked for relays: after 0.9 s.
const PROBE: u32 = 6;

/// From which beat on it is said what is wrong: 1.8 s later. What answers still later is taken into account.
const VERDICT: u32 = PROBE + 12;

/// What is being found out.
#[derive(Default)]
pub(super) struct Preflight {
    /// Beats spent in the lobby, since the server said something.
    beats: Cell<u32>,
    trials: RefCell<Vec<Trial>>,
    /// What was said last: the person may have dismissed it.
    said: RefCell<String>,
}

/// One address of a relay. Dropping it ends the trial.
struct Trial {
    url: String,
    found: Rc<Cell<RelayFinding>>,
    pc: PeerConnection,
    _handler: Closure<dyn FnMut(JsValue)>,
}

impl Trial {
    fn begin(server: &IceServer, url: &str) -> Result<Self, JsValue> {
        let mut server = server.clone();
        server.urls = vec![url.into()];
        let configuration = configuration(&[server]);
        set(&configuration, "iceTransportPolicy", &"relay".into());
        let pc = PeerConnection::new(&configuration)?;
        pc.add_line("audio", &object([]))?;
        let found = Rc::new(Cell::new(RelayFinding::Unknown));
        let (keep, trying) = (Rc::clone(&found), pc.clone());
        let handler = Closure::<dyn FnMut(JsValue)>::new(move |event: JsValue| {
            let candidate = get_text(&get(&event, "candidate"), "candidate").unwrap_or_default();
            let (finding, is_answered) = match relay_error(&event).map(trial_finding) {
                // Only from one of the machine's addresses: another one may reach it.
                Some(RelayFinding::Unreachable) => (RelayFinding::Unreachable, false),
                Some(finding) => (finding, true),
                // An empty one is the end.
                None if candidate.is_empty() => (RelayFinding::Unreachable, true),
                None => (RelayFinding::Reached, true),
            };
            keep.set(keep.get().max(finding));
            if is_answered {
                trying.close();
            }
        });
        pc.set_onicecandidate(Some(handler.as_ref().unchecked_ref()));
        set(&pc, RELAY_ERROR, handler.as_ref());
        ignore(pc.set_local()?);
        Ok(Self {
            url: url.into(),
            found,
            pc,
            _handler: handler,
        })
    }
}

impl Drop for Trial {
    fn drop(&mut self) {
        self.pc.set_onicecandidate(None);
        set(&self.pc, RELAY_ERROR, &JsValue::NULL);
        self.pc.close();
    }
}

impl Room {
    /// A moment in the lobby has passed.
    pub(super) fn preflight_beat(&self) {
        // Not before the server has said something.
        if self.state.occupancy.with_untracked(Option::is_none) {
            return;
        }
        let beats = self.preflight.beats.get() + 1;
        self.preflight.beats.set(beats);
        if beats == PROBE {
            self.send(&ClientMessage::Probe);
        } else if beats >= VERDICT {
            self.tell(self.what_is_wrong());
        }
    }

    /// Says what is wrong, and takes it back when it is so no more. Only where nothing else is said: that a room is full is more
    /// important than why the call would not be good.
    fn tell(&self, text: String) {
        let mut said = self.preflight.said.borrow_mut();
        let is_other = |notice: &Option<Notice>| notice.as_ref().is_some_and(|notice| notice.text != *said);
        if text == *said || self.state.notice.with_untracked(is_other) {
            return;
        }
        self.state.notice.set(None);
        if !text.is_empty() {
            self.notify(Tone::Info, &text);
        }
        *said = text;
    }

    /// The server has told its relays.
    pub(super) fn try_relays(&self, ice_servers: &[IceServer]) {
        if self.state.phase.get_untracked() != Phase::Lobby {
            return;
        }
        let mut trials = self.preflight.trials.borrow_mut();
        for server in ice_servers {
            for url in &server.urls {
                // What the browser refuses to try is not the network's fault.
                if let (true, Ok(trial)) = (url.starts_with("turn"), Trial::begin(server, url)) {
                    trials.push(trial);
                }
            }
        }
    }

    /// Nothing is to be found out any more.
    pub(super) fn end_preflight(&self) {
        let trials = self.preflight.trials.take();
        drop(trials);
    }

    fn what_is_wrong(&self) -> String {
        let trials = self.preflight.trials.borrow();
        let advice = advise(trials.iter().map(|trial| (trial.url.as_str(), trial.found.get())));
        let mut text = String::from(advice.map_or("", sentence));
        for kind in BOTH {
            let is_on = self.device(kind).status.get_untracked() == DeviceStatus::On;
            let track = self.media.track(kind).filter(|_| is_on);
            if track.is_some_and(|track| get(&track, "muted").is_truthy()) {
                if !text.is_empty() {
                    text.push('\n');
                }
                text.push_str(silent(kind));
            }
        }
        text
    }
}

const fn sentence(advice: Advice) -> &'static str {
    match advice {
        Advice::NoUdp => {
            "Your network lets no UDP through, so that calls go over TCP and may stutter. If they do, try another network."
        }
        Advice::NoRelay => {
            "Your network does not reach the server's relay. If you cannot see and hear somebody, try another network."
        }
        Advice::RelayRefuses => "The server's relay does not know this page. Reload it.",
        Advice::RelayFull => {
            "The server's relay has no room left. If you cannot see and hear somebody, try again later."
        }
    }
}

const fn silent(kind: DeviceKind) -> &'static str {
    match kind {
        DeviceKind::Camera => "Your camera gives no picture. Look for its switch, or for another program that uses it.",
        DeviceKind::Microphone | DeviceKind::Speaker => {
            "Your microphone is muted by its own switch or by the system. Turn it on there."
        }
    }
}
