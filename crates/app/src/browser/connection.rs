//! One `RTCPeerConnection`, with its [media lines](super::lines).

use std::cell::{Cell, RefCell};
use std::time::Duration;

use call::ConnectionId;
use call::{
    ConnectionState, Incoming, Input, LocalDescription, Operation, OperationFailed, OperationOutcome, Role, Silence,
    Source,
};
use gloo_timers::callback::Timeout;
use protocol::{Candidate, DescriptionKind, IceServer, Media};
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;
use web_sys::{MediaStreamTrack, RtcConfiguration, RtcPeerConnectionState};

use super::ice::{RELAY_ERROR, configuration, local_candidate, relay_error, servers};
use super::lines::{CAMERA, FIRST_SCALE, LINES, Lines, MICROPHONE, scale};
use super::rtc_ext::{PeerConnection, call as call_method, get, get_text, object, set};
use super::spare::Spare;
use super::task::ignore;
use crate::state::DeviceKind;

/// How long a connection has stood when the picture becomes as large as the camera's, in milliseconds.
const SETTLED: u32 = 1_500;

/// A connection to one peer. [`Connection::close`] takes its handlers off; it is not used after that.
pub(super) struct Connection {
    pc: PeerConnection,
    role: Role,
    /// Empty until they are laid.
    lines: RefCell<Lines>,
    growth: RefCell<Option<Timeout>>,
    closed: Cell<bool>,
    silence: Cell<Silence>,
    _handlers: [Closure<dyn FnMut(JsValue)>; 3],
}

impl Connection {
    /// Makes the connection, of a spare one if there is one and it can be used. `tell` gets what the browser says of it.
    pub(super) fn open(
        id: ConnectionId,
        role: Role,
        ice_servers: &[IceServer],
        relay_only: bool,
        spare: Option<Spare>,
        tell: impl Fn(Input) + Clone + 'static,
    ) -> Result<Self, JsValue> {
        let configuration = configuration(ice_servers);
        if relay_only {
            set(&configuration, "iceTransportPolicy", &"relay".into());
        }
        let (pc, lines) = match (role, spare) {
            (Role::Offerer, Some(Spare { pc, lines })) => {
                pc.configure(&configuration)?;
                (pc, lines)
            }
            (Role::Offerer, None) => {
                let pc = PeerConnection::new(&configuration)?;
                let lines = Lines::lay(&pc)?;
                (pc, lines)
            }
            (Role::Answerer, _) => (PeerConnection::new(&configuration)?, Lines::default()),
        };

        let on_candidate = handler({
            let tell = tell.clone();
            move |event| {
                if let Some(code) = relay_error(&event) {
                    tell(Input::RelayFailed { connection: id, code });
                }
                if let Some(candidate) = local_candidate(&event) {
                    tell(Input::LocalCandidate {
                        connection: id,
                        candidate,
                    });
                }
            }
        });
        let on_negotiation = handler({
            let tell = tell.clone();
            move |_| tell(Input::NegotiationNeeded { connection: id })
        });
        let on_state = handler({
            let pc = pc.clone();
            move |_| {
                tell(Input::ConnectionState {
                    connection: id,
                    state: state(pc.connection_state()),
                });
            }
        });
        pc.set_onicecandidate(Some(on_candidate.as_ref().unchecked_ref()));
        set(&pc, RELAY_ERROR, on_candidate.as_ref());
        pc.set_onnegotiationneeded(Some(on_negotiation.as_ref().unchecked_ref()));
        pc.set_onconnectionstatechange(Some(on_state.as_ref().unchecked_ref()));

        Ok(Self {
            pc,
            role,
            lines: RefCell::new(lines),
            growth: RefCell::default(),
            closed: Cell::new(false),
            silence: Cell::default(),
            _handlers: [on_candidate, on_negotiation, on_state],
        })
    }

    /// Whether the lines are laid, so that tracks can be put in and are there to be played.
    pub(super) fn has_lines(&self) -> bool {
        !self.lines.borrow().senders.is_empty()
    }

    /// Sends this track (or nothing) on the line of its kind. No negotiation follows.
    pub(super) fn send_track(&self, kind: DeviceKind, track: Option<&MediaStreamTrack>) {
        let line = if kind == DeviceKind::Camera { CAMERA } else { MICROPHONE };
        let sender = self.lines.borrow().senders.get(line).cloned();
        if let Some(Ok(promise)) = sender.map(|sender| sender.replace_track(track)) {
            // It fails only when the connection is closed meanwhile, and then nothing is to be sent.
            ignore(promise);
        }
    }

    /// The connection stands, or stands again: in a while the picture becomes as large as the camera's. After an outage it
    /// begins small again: another size makes the encoder begin with a whole picture, for which the other side would otherwise
    /// wait in vain for two seconds before it asked.
    pub(super) fn stands(&self) {
        let sender = self.lines.borrow().senders.get(CAMERA).cloned();
        let stood = self.growth.borrow().is_some();
        let timeout = sender.map(|sender| {
            if stood {
                scale(&sender, FIRST_SCALE);
            }
            Timeout::new(SETTLED, move || scale(&sender, 1.0))
        });
        drop(self.growth.replace(timeout));
    }

    /// The peer's camera and microphone.
    pub(super) fn received(&self) -> Option<(MediaStreamTrack, MediaStreamTrack)> {
        let receivers = &self.lines.borrow().receivers;
        // Not `track.clone()`: that is the browser's method, which makes a second track.
        Some((
            Clone::clone(receivers.get(CAMERA)?),
            Clone::clone(receivers.get(MICROPHONE)?),
        ))
    }

    /// How loud the peer's microphone is, 0 to 1, and whether the peer is silent, where that has just changed, from the last
    /// packets (W3C WebRTC section 5.3.1). `media`: what the peer says is on.
    pub(super) fn listen(&self, now: Duration, media: Media) -> (f64, Option<bool>) {
        let first = if self.role == Role::Offerer { LINES.len() } else { 0 };
        let lines = self.pc.get_transceivers();
        let newest = |line: usize, key| {
            let line = lines.get(u32::try_from(first + line).unwrap_or(0));
            let sources = call_method(&get(&line, "receiver"), "getSynchronizationSources");
            get(&get(&sources, "0"), key).as_f64().unwrap_or(0.0)
        };
        let incoming = Source::ALL.map(|source| Incoming {
            is_on: match source {
                Source::Microphone => media.microphone,
                Source::Camera => media.camera,
                Source::Screen | Source::ScreenAudio => media.screen,
            },
            is_wanted: true,
            newest: newest(source.m_line(), "timestamp"),
        });
        let mut silence = self.silence.get();
        let changed = silence.changes(now, incoming);
        self.silence.set(silence);
        (newest(MICROPHONE, "audioLevel"), changed)
    }

    /// Its `RTCStatsReport`, or `undefined`.
    pub(super) async fn report(&self) -> JsValue {
        match call_method(&self.pc, "getStats").dyn_into::<js_sys::Promise>() {
            Ok(promise) => JsFuture::from(promise).await.unwrap_or(JsValue::UNDEFINED),
            Err(_) => JsValue::UNDEFINED,
        }
    }

    /// Does one operation and says what came of it.
    pub(super) async fn operate(&self, operation: Operation) -> OperationOutcome {
        let outcome = match operation {
            Operation::SetLocalDescription => self.set_local().await.map(Some),
            Operation::SetRemoteDescription { kind, sdp } => self.set_remote(kind, &sdp).await.map(|()| None),
            Operation::AddCandidate(candidate) => self.add_candidate(&candidate).await.map(|()| None),
        };
        outcome.map_err(|error| OperationFailed {
            name: get_text(&error, "name").unwrap_or_default(),
        })
    }

    async fn set_local(&self) -> Result<LocalDescription, JsValue> {
        JsFuture::from(self.pc.set_local()?).await?;
        let description: JsValue = self.pc.local_description().into();
        let kind = match get_text(&description, "type").as_deref() {
            Some("offer") => DescriptionKind::Offer,
            _ => DescriptionKind::Answer,
        };
        let sdp = get_text(&description, "sdp").ok_or(JsValue::UNDEFINED)?;
        Ok(LocalDescription { kind, sdp })
    }

    async fn set_remote(&self, kind: DescriptionKind, sdp: &str) -> Result<(), JsValue> {
        let type_name = match kind {
            DescriptionKind::Offer => "offer",
            DescriptionKind::Answer => "answer",
        };
        let description = object([
            ("type", type_name.into()),
            ("sdp", super::start_bitrate::raise(sdp).into()),
        ]);
        JsFuture::from(self.pc.set_remote(&description)?).await?;
        if self.role == Role::Answerer && !self.has_lines() {
            let lines = Lines::take(&self.pc)?;
            self.lines.replace(lines);
        }
        Ok(())
    }

    async fn add_candidate(&self, candidate: &Candidate) -> Result<(), JsValue> {
        let init = object([
            ("candidate", candidate.candidate.as_str().into()),
            (
                "sdpMid",
                candidate.sdp_mid.as_deref().map_or(JsValue::NULL, JsValue::from),
            ),
            (
                "sdpMLineIndex",
                candidate.sdp_m_line_index.map_or(JsValue::NULL, JsValue::from),
            ),
            (
                "usernameFragment",
                candidate
                    .username_fragment
                    .as_deref()
                    .map_or(JsValue::NULL, JsValue::from),
            ),
        ]);
        JsFuture::from(self.pc.add_candidate(&init)?).await.map(drop)
    }

    /// What is gathered from now on is asked of these servers (W3C WebRTC section 4.4.2).
    pub(super) fn use_ice_servers(&self, ice_servers: &[IceServer]) {
        let configuration: RtcConfiguration = call_method(&self.pc, "getConfiguration").unchecked_into();
        configuration.set_ice_servers(&servers(ice_servers));
        // Throws only on a closed connection, which gathers nothing any more.
        let _ = self.pc.configure(&configuration);
    }

    /// Makes the next offer or answer ask for new candidates.
    pub(super) fn restart_ice(&self) {
        // Throws only on a closed connection, where there is nothing to restart.
        let _ = self.pc.restart_ice();
    }

    /// Closes the connection and takes the handlers off.
    pub(super) fn close(&self) {
        if !self.closed.replace(true) {
            drop(self.growth.take());
            self.pc.set_onicecandidate(None);
            set(&self.pc, RELAY_ERROR, &JsValue::NULL);
            self.pc.set_onnegotiationneeded(None);
            self.pc.set_onconnectionstatechange(None);
            self.pc.close();
        }
    }
}

impl Drop for Connection {
    fn drop(&mut self) {
        self.close();
    }
}

fn handler(handle: impl FnMut(JsValue) + 'static) -> Closure<dyn FnMut(JsValue)> {
    Closure::new(handle)
}

fn state(state: RtcPeerConnectionState) -> ConnectionState {
    match state {
        RtcPeerConnectionState::Connecting => ConnectionState::Connecting,
        RtcPeerConnectionState::Connected => ConnectionState::Connected,
        RtcPeerConnectionState::Disconnected => ConnectionState::Disconnected,
        RtcPeerConnectionState::Failed => ConnectionState::Failed,
        RtcPeerConnectionState::Closed => ConnectionState::Closed,
        _ => ConnectionState::New,
    }
}
