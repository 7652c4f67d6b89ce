//! What can be known of the network and the devices before joining, found out while the person looks at the lobby.
//!
//! Each address of a relay is tried by a connection of its own that looks for nothing but relayed candidates. It begins
//! late enough not to be in anybody's way, and ends when the relay has answered, or with a click on Join: what the relay
//! keeps for it is free again.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use call::{advise, trial_finding};
use leptos::prelude::*;
use protocol::{ClientMessage, IceServer, RelayFinding};
use wasm_bindgen::prelude::*;

use super::ice::{RELAY_ERROR, configuration, relay_error};
use super::rtc_ext::{PeerConnection, get, get_text, object, set};
use super::session::Session;
use super::task::ignore;
use crate::state::{Notice, Tone};
use crate::texts::texts;

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
        pc.try_add_transceiver("audio", &object([]))?;
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
        ignore(pc.set_local_description_implicit()?);
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

impl Preflight {
    /// The server has told its relays.
    pub(super) fn try_relays(&self, ice_servers: &[IceServer]) {
        let mut trials = self.trials.borrow_mut();
        for server in ice_servers {
            for url in &server.urls {
                // What the browser refuses to try is not the network's fault.
                if let (true, Ok(trial)) = (url.starts_with("turn"), Trial::begin(server, url)) {
                    trials.push(trial);
                }
            }
        }
    }

    /// There is another socket: the network may be another one, of which what was found out before says nothing.
    pub(super) fn restart(&self) {
        self.beats.set(0);
        self.end();
    }

    /// Nothing is to be found out any more.
    pub(super) fn end(&self) {
        let trials = self.trials.take();
        drop(trials);
    }

    /// What is wrong with the way to the relays, or nothing.
    fn what_is_wrong(&self) -> String {
        let trials = self.trials.borrow();
        let advice = advise(trials.iter().map(|trial| (trial.url.as_str(), trial.found.get())));
        advice.map_or("", texts().lobby.advice).into()
    }

    /// Says what is wrong, and takes it back when it is so no more. Only where nothing else is said: that a room is full is more
    /// important than why the call would not be good.
    fn tell(&self, notice: RwSignal<Option<Notice>>, text: String) {
        let mut said = self.said.borrow_mut();
        let is_other = |notice: &Option<Notice>| notice.as_ref().is_some_and(|notice| notice.text != *said);
        if text == *said || notice.with_untracked(is_other) {
            return;
        }
        let tone = Tone::Info;
        notice.set((!text.is_empty()).then(|| Notice {
            tone,
            text: text.clone(),
            device: None,
        }));
        *said = text;
    }
}

impl Session {
    /// A moment in the lobby has passed.
    pub(super) fn preflight_beat(&self) {
        // Not before the server has said something.
        if self.state.occupancy.with_untracked(Option::is_none) {
            return;
        }
        let beats = self.preflight.beats.get() + 1;
        self.preflight.beats.set(beats);
        if beats == PROBE {
            self.signaling.send(&ClientMessage::Probe.into());
        } else if beats >= VERDICT {
            self.preflight.tell(self.state.notice, self.preflight.what_is_wrong());
        }
    }
}
