//! Candidates: which servers are asked for them, and what the browser says of them.

use call::LocalCandidate;
use protocol::IceServer;
use wasm_bindgen::prelude::*;
use web_sys::{RtcBundlePolicy, RtcConfiguration, RtcPeerConnectionIceEvent};

use super::rtc_ext::{get, get_text, object};

/// The handler that `web-sys` lacks.
pub(super) const RELAY_ERROR: &str = "onicecandidateerror";

/// What a connection is made with.
pub(super) fn configuration(ice_servers: &[IceServer]) -> RtcConfiguration {
    let configuration = RtcConfiguration::new();
    configuration.set_ice_servers(&servers(ice_servers));
    configuration.set_bundle_policy(RtcBundlePolicy::MaxBundle);
    configuration
}

pub(super) fn servers(ice_servers: &[IceServer]) -> js_sys::Array {
    ice_servers.iter().map(ice_server).collect()
}

fn ice_server(server: &IceServer) -> JsValue {
    let urls: js_sys::Array = server.urls.iter().map(|url| JsValue::from(url.as_str())).collect();
    let entry = object([("urls", urls.into())]);
    for (key, value) in [("username", &server.username), ("credential", &server.credential)] {
        if let Some(value) = value {
            super::rtc_ext::set(&entry, key, &value.as_str().into());
        }
    }
    entry.into()
}

/// The code of an `icecandidateerror` about a relay (W3C WebRTC section 4.8.2).
pub(super) fn relay_error(event: &JsValue) -> Option<u16> {
    let is_relay = get_text(event, "url").is_some_and(|url| url.starts_with("turn"));
    // A cast of a float saturates; the codes have three digits.
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
    let code = get(event, "errorCode").as_f64().map(|code| code as u16);
    code.filter(|_| is_relay)
}

pub(super) fn local_candidate(event: &JsValue) -> Option<LocalCandidate> {
    let candidate = event.unchecked_ref::<RtcPeerConnectionIceEvent>().candidate()?;
    Some(LocalCandidate {
        candidate: candidate.candidate(),
        sdp_mid: candidate.sdp_mid(),
        sdp_m_line_index: candidate.sdp_m_line_index(),
        username_fragment: get_text(&candidate, "usernameFragment"),
    })
}
