//! What `<video>` and `<audio>` elements play.

use send_wrapper::SendWrapper;
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;
use web_sys::{HtmlAudioElement, HtmlMediaElement, MediaStream, MediaStreamTrack};

use super::rtc_ext::{MediaElement, get, get_text};
use super::task::{ignore, spawn};
use leptos::prelude::*;

/// One track as a `MediaStream`. Signals hold it; on the server there is never one.
#[derive(Clone, Debug)]
pub struct Stream(SendWrapper<MediaStream>);

impl Stream {
    /// A stream of this track. `None` where the browser makes none.
    pub(super) fn of(track: &MediaStreamTrack) -> Option<Self> {
        let stream = MediaStream::new().ok()?;
        stream.add_track(track);
        Some(Self(SendWrapper::new(stream)))
    }
}

/// Plays a stream in an element, or empties it. Where the browser wants a click first, `blocked` is set.
pub fn play(element: &HtmlMediaElement, stream: Option<&Stream>, blocked: RwSignal<bool>) {
    let stream = stream.map(|stream| &*stream.0);
    if element.src_object().as_ref() != stream {
        element.set_src_object(stream);
    }
    if stream.is_none() {
        return;
    }
    let Ok(promise) = element.play() else { return };
    spawn(async move {
        // Everything else `play()` says (such as AbortError, when the stream has changed meanwhile) is not for the person.
        if let Err(error) = JsFuture::from(promise).await
            && get_text(&error, "name").as_deref() == Some("NotAllowedError")
        {
            blocked.set(true);
        }
    });
}

/// Whether this browser lets a page choose where sound goes.
pub(super) fn can_choose_speaker() -> bool {
    let prototype = get(&js_sys::global(), "HTMLMediaElement");
    get(&get(&prototype, "prototype"), "setSinkId").is_function()
}

/// Whether sound can go to this speaker; an empty id is the default one.
pub(super) async fn plays_on(speaker: &str) -> bool {
    let Ok(element) = HtmlAudioElement::new() else {
        return false;
    };
    match element.unchecked_ref::<MediaElement>().set_sink_id(speaker) {
        Ok(promise) => JsFuture::from(promise).await.is_ok(),
        // A browser that cannot choose has the default one alone.
        Err(_) => speaker.is_empty(),
    }
}

/// Sends an element's sound to a speaker; an empty id is the default one. A speaker that is gone changes nothing.
pub fn route(element: &HtmlMediaElement, speaker: &str) {
    let element = element.unchecked_ref::<MediaElement>();
    // Setting it anew resets the audio pipeline, and with it the echo canceller.
    if !can_choose_speaker() || get_text(element, "sinkId").as_deref() == Some(speaker) {
        return;
    }
    if let Ok(promise) = element.set_sink_id(speaker) {
        ignore(promise);
    }
}
