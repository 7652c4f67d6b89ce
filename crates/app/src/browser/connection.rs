//! One `RTCPeerConnection`, with its [transceivers](super::transceivers) and its data channels: [two for messages](super::channels), and one
//! [for each file](super::files).

use std::cell::{Cell, RefCell};
use std::rc::Rc;
use std::time::Duration;

use call::quality::Encoding;
use call::{
    ConnectionId, ConnectionState, Input, LocalDescription, Operation, OperationFailed, OperationOutcome, Role, Source,
};
use js_sys::Promise;
use protocol::peer_message::Lane;
use protocol::{Candidate, DescriptionKind, IceServer, Media};
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;
use web_sys::{MediaStreamTrack, RtcConfiguration, RtcPeerConnectionState, RtcRtpReceiver};

use super::channels::Channels;
use super::files::FileChannels;
use super::ice::{RELAY_ERROR, configuration, local_candidate, relay_error, servers};
use super::listening::{Heard, Listening};
use super::report::Totals;
use super::rtc_ext::{PeerConnection, call as call_method, get_text, object, set};
use super::timer::Timer;
use super::transceivers::{OwnStreams, Transceivers, encode};

/// After so long a report is given up.
const REPORTS_WITHIN: Duration = Duration::from_secs(2);

/// What all connections of a page have in common.
pub(super) struct Common {
    /// One certificate for the life of the page: its fingerprint is who the page is to the others (RFC 8827 section 6.5).
    pub(super) certificate: JsValue,
    pub(super) streams: OwnStreams,
}

/// What a connection is made for and with.
pub(super) struct Setup<'a> {
    pub(super) id: ConnectionId,
    pub(super) role: Role,
    pub(super) ice_servers: &'a [IceServer],
    pub(super) relay_only: bool,
    /// See [`call::Call::start_bitrate`].
    pub(super) start_bitrate: u32,
}

/// Takes in what the browser says of a connection.
pub(super) type Tell = Rc<dyn Fn(Input)>;

/// A connection to one peer. [`Connection::close`] takes its handlers off; it is not used after that.
pub(super) struct Connection {
    id: ConnectionId,
    pc: PeerConnection,
    role: Role,
    common: Rc<Common>,
    transceivers: RefCell<Transceivers>,
    /// How each source is to be sent, as far as that has been said.
    encodings: RefCell<[Option<Encoding>; 4]>,
    /// It stays: another one in a later description would set the estimate of the path back.
    start_bitrate: u32,
    channels: RefCell<Option<Channels>>,
    file_channels: FileChannels,
    listening: RefCell<Listening>,
    totals: RefCell<Totals>,
    closed: Cell<bool>,
    tell: Tell,
    _handlers: [Closure<dyn FnMut(JsValue)>; 4],
}

impl Connection {
    /// Makes the connection. The offerer's has its transceivers and channels at once, the answerer's with the first offer.
    pub(super) fn open(setup: &Setup<'_>, common: Rc<Common>, tell: Tell) -> Result<Self, JsValue> {
        let Setup { id, role, .. } = *setup;
        let configuration = configuration(setup.ice_servers);
        set(&configuration, "certificates", &js_sys::Array::of1(&common.certificate));
        if setup.relay_only {
            set(&configuration, "iceTransportPolicy", &"relay".into());
        }
        let pc = PeerConnection::new(&configuration)?;
        super::held::hold(&pc);
        let (transceivers, channels) = match role {
            Role::Offerer => (
                Transceivers::add(&pc, &common.streams)?,
                Some(Channels::create(&pc, id, &tell)?),
            ),
            Role::Answerer => Default::default(),
        };
        let handlers = handlers(id, &pc, &tell);
        let [on_candidate, on_negotiation, on_state, on_channel] = &handlers;
        pc.set_onicecandidate(Some(on_candidate.as_ref().unchecked_ref()));
        set(&pc, RELAY_ERROR, on_candidate.as_ref());
        pc.set_onnegotiationneeded(Some(on_negotiation.as_ref().unchecked_ref()));
        pc.set_onconnectionstatechange(Some(on_state.as_ref().unchecked_ref()));
        pc.set_ondatachannel(Some(on_channel.as_ref().unchecked_ref()));
        Ok(Self {
            id,
            pc,
            role,
            common,
            transceivers: RefCell::new(transceivers),
            encodings: RefCell::default(),
            start_bitrate: setup.start_bitrate,
            channels: RefCell::new(channels),
            file_channels: FileChannels::new(id, Rc::clone(&tell)),
            listening: RefCell::default(),
            totals: RefCell::default(),
            closed: Cell::new(false),
            tell,
            _handlers: handlers,
        })
    }

    /// Whether its transceivers are there, so that tracks can be sent and received.
    pub(super) fn has_transceivers(&self) -> bool {
        !self.transceivers.borrow().is_empty()
    }

    /// Sends this track, or nothing, as a source, unless the peer does not want it at the moment. No negotiation follows.
    pub(super) fn send(&self, source: Source, track: Option<&MediaStreamTrack>) {
        let encoding = self.encodings.borrow()[source.m_line()];
        let track = track.filter(|_| encoding.is_none_or(|encoding| encoding.send));
        self.transceivers.borrow().send(source, track);
    }

    /// Sends a source in this way from now on. `track` is what this page has of it.
    pub(super) fn encode(&self, source: Source, encoding: Encoding, track: Option<&MediaStreamTrack>) {
        let before = self.encodings.borrow_mut()[source.m_line()].replace(encoding);
        if before.is_none_or(|before| before.send) != encoding.send {
            self.send(source, track);
        }
        if let Some(sender) = self.transceivers.borrow().sender(source).filter(|_| encoding.send) {
            encode(&sender, encoding);
        }
    }

    /// The transceivers are there: sends what this page has of a source.
    pub(super) fn begin(&self, source: Source, track: Option<&MediaStreamTrack>) {
        self.send(source, track);
        let encoding = self.encodings.borrow()[source.m_line()];
        if let Some((sender, encoding)) = self.transceivers.borrow().sender(source).zip(encoding) {
            encode(&sender, encoding);
        }
    }

    /// What receives a source from the peer.
    pub(super) fn receiver(&self, source: Source) -> Option<RtcRtpReceiver> {
        self.transceivers.borrow().receiver(source)
    }

    /// What comes at the moment. `media` is what the peer says is on, `pictures`: theirs are asked for.
    pub(super) fn listen(&self, now: Duration, media: Media, pictures: bool) -> Heard {
        self.listening.borrow_mut().look(self, now, media, pictures)
    }

    /// The source that an m-line carries (`mid`, RFC 5888).
    pub(super) fn source_of(&self, mid: &str) -> Option<Source> {
        let transceivers = self.transceivers.borrow();
        Source::ALL
            .into_iter()
            .find(|source| transceivers.mid(*source).as_deref() == Some(mid))
    }

    /// Closes the data channels. Media goes on.
    pub(super) fn close_channels(&self) {
        drop(self.channels.take());
    }

    /// What is known of earlier reports.
    pub(super) fn totals(&self) -> &RefCell<Totals> {
        &self.totals
    }

    /// Sends a message on a data channel, if there is one.
    pub(super) fn send_message(&self, lane: Lane, bytes: &[u8]) {
        if let Some(channels) = &*self.channels.borrow() {
            channels.send(lane, bytes);
        }
    }

    /// Makes a data channel for a file.
    pub(super) fn open_file_channel(&self, number: u16) {
        self.file_channels.open(&self.pc, number);
    }

    /// The data channels for files.
    pub(super) fn file_channels(&self) -> &FileChannels {
        &self.file_channels
    }

    /// Its `RTCStatsReport`, or `undefined`.
    pub(super) async fn report(&self) -> JsValue {
        let Ok(promise) = call_method(&self.pc, "getStats").dyn_into::<Promise>() else {
            return JsValue::UNDEFINED;
        };
        // Firefox never settles it if the connection is closed meanwhile.
        let timer = Timer::default();
        let late = Promise::new(&mut |resolve, _| {
            timer.set(REPORTS_WITHIN, move || {
                let _ = resolve.call0(&JsValue::UNDEFINED);
            });
        });
        let first = Promise::race(&js_sys::Array::of2(&promise, &late));
        JsFuture::from(first).await.unwrap_or(JsValue::UNDEFINED)
    }

    /// Does one operation and says how it ended.
    pub(super) async fn operate(&self, operation: Operation) -> OperationOutcome {
        let outcome = match operation {
            Operation::SetLocalDescription => self.set_local_description().await.map(Some),
            Operation::SetRemoteDescription { kind, sdp } => {
                self.set_remote_description(kind, &sdp).await.map(|()| None)
            }
            Operation::AddCandidate(candidate) => self.add_ice_candidate(&candidate).await.map(|()| None),
        };
        outcome.map_err(|error| OperationFailed {
            name: get_text(&error, "name").unwrap_or_default(),
        })
    }

    async fn set_local_description(&self) -> Result<LocalDescription, JsValue> {
        // What the browser would choose itself (W3C WebRTC section 4.4.1.5). Operations run one after the other, so the state stays.
        let (kind, created) = match get_text(&self.pc, "signalingState").as_deref() {
            Some("have-remote-offer") => (DescriptionKind::Answer, self.pc.create_answer()),
            _ => (DescriptionKind::Offer, self.pc.create_offer()),
        };
        let sdp = get_text(&JsFuture::from(created).await?, "sdp").ok_or(JsValue::UNDEFINED)?;
        let description = object([
            ("type", kind.as_str().into()),
            ("sdp", super::stereo::accept(&sdp).into()),
        ]);
        JsFuture::from(self.pc.try_set_local_description(&description)?).await?;
        let description: JsValue = self.pc.local_description().into();
        let sdp = get_text(&description, "sdp").ok_or(JsValue::UNDEFINED)?;
        Ok(LocalDescription { kind, sdp })
    }

    async fn set_remote_description(&self, kind: DescriptionKind, sdp: &str) -> Result<(), JsValue> {
        let description = object([
            // Their names are the platform's (`RTCSdpType`).
            ("type", kind.as_str().into()),
            ("sdp", super::start_bitrate::set(sdp, self.start_bitrate).into()),
        ]);
        JsFuture::from(self.pc.try_set_remote_description(&description)?).await?;
        if self.role == Role::Answerer && !self.has_transceivers() {
            let transceivers = Transceivers::from_offer(&self.pc, &self.common.streams)?;
            self.transceivers.replace(transceivers);
            // An ordinary client may have no data channels. Making some would ask for a negotiation of their own.
            if sdp.contains("\nm=application ") {
                let channels = Channels::create(&self.pc, self.id, &self.tell)?;
                self.channels.replace(Some(channels));
            }
        }
        Ok(())
    }

    async fn add_ice_candidate(&self, candidate: &Candidate) -> Result<(), JsValue> {
        let text = |text: &Option<String>| text.as_deref().map_or(JsValue::NULL, JsValue::from);
        let init = object([
            ("candidate", candidate.candidate.as_str().into()),
            ("sdpMid", text(&candidate.sdp_mid)),
            (
                "sdpMLineIndex",
                candidate.sdp_m_line_index.map_or(JsValue::NULL, JsValue::from),
            ),
            ("usernameFragment", text(&candidate.username_fragment)),
        ]);
        JsFuture::from(self.pc.add_ice_candidate(&init)?).await.map(drop)
    }

    /// What is gathered from now on is asked of these servers (W3C WebRTC section 4.4.2).
    pub(super) fn use_ice_servers(&self, ice_servers: &[IceServer]) {
        let configuration: RtcConfiguration = call_method(&self.pc, "getConfiguration").unchecked_into();
        configuration.set_ice_servers(&servers(ice_servers));
        // Throws only on a closed connection, which gathers nothing any more.
        let _ = self.pc.try_set_configuration(&configuration);
    }

    /// Makes the next offer or answer ask for new candidates.
    pub(super) fn restart_ice(&self) {
        // Throws only on a closed connection, which needs no restart.
        let _ = self.pc.restart_ice();
    }

    /// Closes the connection and takes the handlers off.
    pub(super) fn close(&self) {
        if !self.closed.replace(true) {
            drop(self.channels.take());
            self.file_channels.clear();
            self.pc.set_onicecandidate(None);
            set(&self.pc, RELAY_ERROR, &JsValue::NULL);
            self.pc.set_onnegotiationneeded(None);
            self.pc.set_onconnectionstatechange(None);
            self.pc.set_ondatachannel(None);
            self.pc.close();
            super::held::let_go(&self.pc);
        }
    }
}

impl Drop for Connection {
    fn drop(&mut self) {
        self.close();
    }
}

/// For candidates and relays' errors, `negotiationneeded`, `connectionstatechange` and `datachannel`.
fn handlers(id: ConnectionId, pc: &PeerConnection, tell: &Tell) -> [Closure<dyn FnMut(JsValue)>; 4] {
    let [on_candidate, on_negotiation, on_state] = [(); 3].map(|()| Rc::clone(tell));
    let pc = pc.clone();
    [
        Closure::new(move |event| {
            if let Some(code) = relay_error(&event) {
                on_candidate(Input::RelayFailed { connection: id, code });
            }
            if let Some(candidate) = local_candidate(&event) {
                on_candidate(Input::LocalCandidate {
                    connection: id,
                    candidate,
                });
            }
        }),
        Closure::new(move |_| on_negotiation(Input::NegotiationNeeded { connection: id })),
        Closure::new(move |_| {
            on_state(Input::ConnectionState {
                connection: id,
                state: state(pc.connection_state()),
            });
        }),
        // Ours are negotiated and fire no event: nobody has asked for this one.
        Closure::new(|event: JsValue| {
            call_method(&super::rtc_ext::get(&event, "channel"), "close");
        }),
    ]
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
