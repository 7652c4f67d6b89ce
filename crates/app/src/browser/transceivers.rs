//! The transceivers of a connection: one for each [`Source`], `sendrecv` for the life of the pair.
//!
//! The offerer adds them before its first offer. The answerer finds them in that offer, which may be an ordinary client's with
//! fewer m-lines. Whatever is switched on or off later is `replaceTrack`.

use call::quality::Encoding;
use call::{MediaKind, Source, Stream};
use wasm_bindgen::prelude::*;
use web_sys::{MediaStream, MediaStreamTrack, RtcRtpReceiver, RtcRtpTransceiverDirection};

use super::rtc_ext::{PeerConnection, Sender, Transceiver, call, get, object, set};
use super::task::ignore;

/// The streams that this page's tracks belong to, on every connection: the receiving browser plays in step what shares one.
/// They hold no tracks here; it is their ids that cross the wire (`a=msid`, RFC 8830).
pub(super) struct OwnStreams([MediaStream; 2]);

impl OwnStreams {
    pub(super) fn new() -> Result<Self, JsValue> {
        Ok(Self([MediaStream::new()?, MediaStream::new()?]))
    }

    fn of(&self, source: Source) -> &MediaStream {
        match source.stream() {
            Stream::Person => &self.0[0],
            Stream::Screen => &self.0[1],
        }
    }
}

/// The transceiver of each source, in the order of [`Source::ALL`]; an ordinary client has fewer.
#[derive(Default)]
pub(super) struct Transceivers([Option<Transceiver>; 4]);

impl Transceivers {
    /// Adds all four, for the first offer.
    pub(super) fn add(pc: &PeerConnection, streams: &OwnStreams) -> Result<Self, JsValue> {
        let mut all = Self::default();
        for source in Source::ALL {
            let init = object([
                ("direction", "sendrecv".into()),
                ("streams", js_sys::Array::of1(streams.of(source)).into()),
            ]);
            if source.kind() == MediaKind::Video {
                let first = object([("scaleResolutionDownBy", Encoding::FIRST.scale_resolution_down_by.into())]);
                set(&init, "sendEncodings", &js_sys::Array::of1(&first));
            }
            all.0[source.m_line()] = Some(pc.try_add_transceiver(source.kind().as_str(), &init)?);
        }
        Ok(all)
    }

    /// Takes those of the first offer, once it is the remote description.
    pub(super) fn from_offer(pc: &PeerConnection, streams: &OwnStreams) -> Result<Self, JsValue> {
        let mut all = Self::default();
        let mut kinds = Vec::new();
        for transceiver in pc.get_transceivers().iter().map(JsCast::unchecked_into::<Transceiver>) {
            kinds.push(match transceiver.receiver().track().kind().as_str() {
                "audio" => MediaKind::Audio,
                _ => MediaKind::Video,
            });
            let Some(source) = Source::of_m_line(&kinds) else {
                continue;
            };
            transceiver.try_set_direction(RtcRtpTransceiverDirection::Sendrecv)?;
            transceiver.rtp_sender().set_streams(streams.of(source))?;
            if source.kind() == MediaKind::Video {
                encode(&transceiver.rtp_sender(), Encoding::FIRST);
            }
            all.0[source.m_line()] = Some(transceiver);
        }
        Ok(all)
    }

    /// Whether there are any, so that tracks can be sent and received.
    pub(super) fn is_empty(&self) -> bool {
        self.0.iter().all(Option::is_none)
    }

    fn get(&self, source: Source) -> Option<&Transceiver> {
        self.0[source.m_line()].as_ref()
    }

    pub(super) fn sender(&self, source: Source) -> Option<Sender> {
        self.get(source).map(Transceiver::rtp_sender)
    }

    pub(super) fn receiver(&self, source: Source) -> Option<RtcRtpReceiver> {
        self.get(source).map(|transceiver| transceiver.receiver())
    }

    /// The tag of its m-line, once it is negotiated.
    pub(super) fn mid(&self, source: Source) -> Option<String> {
        self.get(source)?.mid()
    }

    /// Sends this track, or nothing, as a source. No negotiation follows.
    pub(super) fn send(&self, source: Source, track: Option<&MediaStreamTrack>) {
        let Some(sender) = self.sender(source) else { return };
        // A Chromium sets 53 kbit/s aside for a sound's sender without a track, and its estimate of the path never falls below what is set
        // aside. For one that is inactive it sets nothing aside.
        if source.kind() == MediaKind::Audio {
            change(&sender, |encoding| set(encoding, "active", &track.is_some().into()));
        }
        if let Ok(promise) = sender.replace_track(track) {
            // It fails only when the connection is closed meanwhile, and then nothing is to be sent.
            ignore(promise);
        }
    }
}

/// Encodes what a sender sends in this way from now on.
pub(super) fn encode(sender: &Sender, encoding: Encoding) {
    change(sender, |entry| {
        set(
            entry,
            "scaleResolutionDownBy",
            &encoding.scale_resolution_down_by.into(),
        );
        set(entry, "maxBitrate", &encoding.max_bitrate.into());
        // The browser's object still has the last one: `undefined` takes it out.
        let frames = encoding.max_framerate.map_or(JsValue::UNDEFINED, Into::into);
        set(entry, "maxFramerate", &frames);
        set(entry, "adaptivePtime", &encoding.adaptive_ptime.into());
    });
}

/// Changes the parameters of what a sender sends (W3C WebRTC section 5.2.9).
fn change(sender: &Sender, change: impl FnOnce(&JsValue)) {
    // The object that the browser gave: it carries a transaction's id.
    let parameters = call(sender, "getParameters");
    let entry = get(&get(&parameters, "encodings"), "0");
    if !entry.is_object() {
        return;
    }
    change(&entry);
    if let Ok(promise) = sender.try_set_parameters(&parameters) {
        // Refused, it goes on as it is.
        ignore(promise);
    }
}
