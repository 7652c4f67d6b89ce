//! The media lines of a connection.
//!
//! The first offer of a pair lays down every line that the pair will ever need, in a fixed order: the offerer's
//! [`LINES`], then the answerer's. Whatever is switched on or off later is `replaceTrack` on a line that is there.

use wasm_bindgen::prelude::*;
use web_sys::{MediaStreamTrack, RtcRtpTransceiverDirection};

use super::rtc_ext::{PeerConnection, Sender, Transceiver, call, get, object, set};
use super::task::ignore;

/// What one side sends, line by line.
pub(super) const LINES: [&str; 4] = ["audio", "video", "video", "audio"];
pub(super) const MICROPHONE: usize = 0;
pub(super) const CAMERA: usize = 1;

/// How much smaller than the camera's the picture is at first. A quarter of the pixels is there a frame sooner, and
/// congestion control has not seen the path yet.
pub(super) const FIRST_SCALE: f64 = 2.0;
const SCALE: &str = "scaleResolutionDownBy";

/// What both sides send, line by line.
#[derive(Default)]
pub(super) struct Lines {
    /// The own lines.
    pub(super) senders: Vec<Sender>,
    /// What comes on the other's.
    pub(super) receivers: Vec<MediaStreamTrack>,
}

impl Lines {
    /// The offerer's part: its own four lines, then room for the other's four.
    pub(super) fn lay(pc: &PeerConnection) -> Result<Self, JsValue> {
        let mut lines = Self::default();
        for (line, kind) in LINES.into_iter().enumerate() {
            let init = object([("direction", "sendonly".into())]);
            if line == CAMERA {
                let encoding = object([(SCALE, FIRST_SCALE.into())]);
                set(&init, "sendEncodings", &js_sys::Array::of1(&encoding));
            }
            lines.senders.push(pc.add_line(kind, &init)?.out());
        }
        let init = object([("direction", "recvonly".into())]);
        for kind in LINES {
            lines.receivers.push(pc.add_line(kind, &init)?.receiver().track());
        }
        Ok(lines)
    }

    /// The answerer's part, once the first offer is in: the same lines, seen from the other side.
    pub(super) fn take(pc: &PeerConnection) -> Result<Self, JsValue> {
        let lines: Vec<Transceiver> = pc.get_transceivers().iter().map(JsCast::unchecked_into).collect();
        if lines.len() < 2 * LINES.len() {
            return Err(JsError::new("the offer has too few media lines").into());
        }
        let (theirs, ours) = lines.split_at(LINES.len());
        for line in &ours[..LINES.len()] {
            line.try_set_direction(RtcRtpTransceiverDirection::Sendonly)?;
        }
        let lines = Self {
            senders: ours.iter().map(Transceiver::out).collect(),
            receivers: theirs.iter().map(|line| line.receiver().track()).collect(),
        };
        scale(&lines.senders[CAMERA], FIRST_SCALE);
        Ok(lines)
    }
}

/// Sends a picture this many times smaller in each direction (W3C WebRTC section 5.2.9).
pub(super) fn scale(sender: &Sender, by: f64) {
    // The object that the browser gave: it carries a transaction's id.
    let parameters = call(sender, "getParameters");
    let encoding = get(&get(&parameters, "encodings"), "0");
    if encoding.is_object() {
        set(&encoding, SCALE, &by.into());
        if let Ok(promise) = sender.set_parameters(&parameters) {
            // Refused, it goes on as it is.
            ignore(promise);
        }
    }
}
