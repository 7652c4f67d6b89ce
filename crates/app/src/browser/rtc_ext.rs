//! Hand-bound parts of WebRTC and media elements: what `web-sys` lacks, and what it binds without `catch` although the
//! browser may throw (an uncaught throw would skip Rust's destructors).

use js_sys::{Array, ArrayBuffer, Function, Object, Promise, Reflect, Uint8Array};
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;
use web_sys::{MediaStream, MediaStreamTrack, RtcConfiguration, RtcDataChannel, RtcRtpTransceiverDirection};

#[wasm_bindgen]
extern "C" {
    /// `RTCPeerConnection` (W3C WebRTC section 4.4.2).
    #[wasm_bindgen(extends = web_sys::RtcPeerConnection, js_name = RTCPeerConnection)]
    #[derive(Clone, Debug)]
    pub(super) type PeerConnection;

    #[wasm_bindgen(constructor, catch, js_class = "RTCPeerConnection")]
    pub(super) fn new(configuration: &RtcConfiguration) -> Result<PeerConnection, JsValue>;

    /// Without an argument: the browser chooses offer, answer or rollback by itself (section 4.4.1.5).
    #[wasm_bindgen(method, catch, js_name = setLocalDescription)]
    pub(super) fn set_local_description_implicit(this: &PeerConnection) -> Result<Promise, JsValue>;

    /// Throws where the configuration does not fit what has been negotiated (section 4.4.1.7).
    #[wasm_bindgen(method, catch, js_name = setConfiguration)]
    pub(super) fn try_set_configuration(this: &PeerConnection, configuration: &RtcConfiguration)
    -> Result<(), JsValue>;

    #[wasm_bindgen(method, catch, js_name = setLocalDescription)]
    pub(super) fn try_set_local_description(this: &PeerConnection, description: &Object) -> Result<Promise, JsValue>;

    #[wasm_bindgen(method, catch, js_name = setRemoteDescription)]
    pub(super) fn try_set_remote_description(this: &PeerConnection, description: &Object) -> Result<Promise, JsValue>;

    #[wasm_bindgen(method, catch, js_name = addIceCandidate)]
    pub(super) fn add_ice_candidate(this: &PeerConnection, candidate: &Object) -> Result<Promise, JsValue>;

    #[wasm_bindgen(method, catch, js_name = restartIce)]
    pub(super) fn restart_ice(this: &PeerConnection) -> Result<(), JsValue>;

    #[wasm_bindgen(method, catch, js_name = createDataChannel)]
    pub(super) fn try_create_data_channel(
        this: &PeerConnection,
        label: &str,
        init: &Object,
    ) -> Result<RtcDataChannel, JsValue>;

    /// The certificates of a page's connections (section 4.9.2).
    #[wasm_bindgen(static_method_of = PeerConnection, catch, js_class = "RTCPeerConnection", js_name = generateCertificate)]
    pub(super) fn generate_certificate(algorithm: &Object) -> Result<Promise, JsValue>;

    #[wasm_bindgen(method, catch, js_name = addTransceiver)]
    pub(super) fn try_add_transceiver(this: &PeerConnection, kind: &str, init: &Object)
    -> Result<Transceiver, JsValue>;

    /// `RTCRtpTransceiver` (section 5.4).
    #[wasm_bindgen(extends = web_sys::RtcRtpTransceiver, js_name = RTCRtpTransceiver)]
    #[derive(Clone, Debug)]
    pub(super) type Transceiver;

    #[wasm_bindgen(method, setter, catch, js_name = direction)]
    pub(super) fn try_set_direction(this: &Transceiver, value: RtcRtpTransceiverDirection) -> Result<(), JsValue>;

    #[wasm_bindgen(method, getter, js_name = sender)]
    pub(super) fn rtp_sender(this: &Transceiver) -> Sender;

    /// `RTCRtpSender` (section 5.2).
    #[wasm_bindgen(js_name = RTCRtpSender)]
    #[derive(Clone, Debug)]
    pub(super) type Sender;

    #[wasm_bindgen(method, catch, js_name = replaceTrack)]
    pub(super) fn replace_track(this: &Sender, track: Option<&MediaStreamTrack>) -> Result<Promise, JsValue>;

    /// The streams that the receiving side puts the track into (section 5.2).
    #[wasm_bindgen(method, catch, js_name = setStreams)]
    pub(super) fn set_streams(this: &Sender, stream: &MediaStream) -> Result<(), JsValue>;

    #[wasm_bindgen(method, catch, js_name = setParameters)]
    pub(super) fn try_set_parameters(this: &Sender, parameters: &JsValue) -> Result<Promise, JsValue>;

    /// `HTMLMediaElement` with what newer specifications add.
    #[wasm_bindgen(extends = web_sys::HtmlMediaElement, js_name = HTMLMediaElement)]
    pub(super) type MediaElement;

    /// Audio Output Devices API section 2.3.
    #[wasm_bindgen(method, catch, js_name = setSinkId)]
    pub(super) fn set_sink_id(this: &MediaElement, id: &str) -> Result<Promise, JsValue>;
}

/// An object literal.
pub(super) fn object<const N: usize>(entries: [(&str, JsValue); N]) -> Object {
    let object = Object::new();
    for (key, value) in entries {
        set(&object, key, &value);
    }
    object
}

/// Sets a property of an object that this page made. Such an object is extensible, so that this cannot fail.
pub(super) fn set(object: &JsValue, key: &str, value: &JsValue) {
    let _ = Reflect::set(object, &key.into(), value);
}

/// A property, or `undefined`.
pub(super) fn get(object: &JsValue, key: &str) -> JsValue {
    Reflect::get(object, &key.into()).unwrap_or(JsValue::UNDEFINED)
}

/// A property that is a text.
pub(super) fn get_text(object: &JsValue, key: &str) -> Option<String> {
    get(object, key).as_string()
}

/// Calls a method. That there is none is an error, as what it throws is.
pub(super) fn try_call(object: &JsValue, method: &str, arguments: &[&JsValue]) -> Result<JsValue, JsValue> {
    let method: Function = get(object, method).dyn_into()?;
    let list = Array::new();
    for argument in arguments {
        list.push(argument);
    }
    Reflect::apply(&method, object, &list)
}

/// Calls a method that returns a promise, and awaits it.
pub(super) async fn settled(object: &JsValue, method: &str, arguments: &[&JsValue]) -> Result<JsValue, JsValue> {
    let promise: Promise = try_call(object, method, arguments)?.dyn_into()?;
    JsFuture::from(promise).await
}

/// What a message of a data channel holds. A text is no buffer: it reads as empty. (A typed array that is made of a text takes it for a
/// length.)
pub(super) fn message_bytes(event: &JsValue) -> Vec<u8> {
    let buffer = get(event, "data").dyn_into::<ArrayBuffer>();
    buffer.map_or_else(|_| Vec::new(), |buffer| Uint8Array::new(&buffer).to_vec())
}

/// Calls a method that takes nothing; `undefined` if there is no such method or it throws.
pub(super) fn call(object: &JsValue, method: &str) -> JsValue {
    let method = get(object, method).dyn_into::<Function>();
    method
        .and_then(|method| method.call0(object))
        .unwrap_or(JsValue::UNDEFINED)
}
