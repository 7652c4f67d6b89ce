//! The `<video>` and `<audio>` elements that play.

use std::rc::Rc;

use leptos::prelude::*;
use protocol::PeerId;
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;
use web_sys::{HtmlAudioElement, HtmlMediaElement, HtmlVideoElement, MediaStream, MediaStreamTrack};

use super::room::{Room, with};
use super::rtc_ext::{MediaElement, get_text};
use super::task::{ignore, spawn};
use crate::state::DeviceKind;

impl Room {
    /// Shows the own camera, or nothing.
    pub(super) fn bind_preview(&self, video: &HtmlVideoElement) {
        play(video, self.media.track(DeviceKind::Camera).as_ref());
    }

    /// Plays a peer's tracks.
    pub(super) fn bind_peer(self: &Rc<Self>, peer: PeerId, video: &HtmlVideoElement, audio: &HtmlAudioElement) {
        self.elements.borrow_mut().retain(|(of, ..)| *of != peer);
        self.elements.borrow_mut().push((peer, video.clone(), audio.clone()));
        let Some((camera, microphone)) = self.connection_to(peer).and_then(|connection| connection.received()) else {
            return;
        };
        // The picture has no sound of its own: muted, no browser keeps it from playing.
        video.set_muted(true);
        play(video, Some(&camera));
        play(audio, Some(&microphone));
        self.route_sound();
    }

    /// Plays everything that the browser had blocked.
    pub(super) fn enable_sound(&self) {
        self.state.sound_blocked.set(false);
        for (.., audio) in self.elements.borrow().iter() {
            start(audio);
        }
    }
}

/// Puts a track into an element and plays it. The element keeps its stream while the track is the same.
fn play(element: &HtmlMediaElement, track: Option<&MediaStreamTrack>) {
    let playing = element
        .src_object()
        .and_then(|stream| stream.get_tracks().get(0).dyn_into::<MediaStreamTrack>().ok());
    match track {
        None => element.set_src_object(None),
        Some(track) if playing.as_ref() == Some(track) => {}
        Some(track) => {
            let Ok(stream) = MediaStream::new() else { return };
            stream.add_track(track);
            element.set_src_object(Some(&stream));
            start(element);
        }
    }
}

fn start(element: &HtmlMediaElement) {
    let Ok(promise) = element.play() else { return };
    spawn(async move {
        // Whatever else `play()` says (such as AbortError, when the stream has changed meanwhile) is not for the person.
        if let Err(error) = JsFuture::from(promise).await
            && get_text(&error, "name").as_deref() == Some("NotAllowedError")
        {
            with(|room| room.state.sound_blocked.set(true));
        }
    });
}

/// Whether this browser lets a page choose where sound goes.
pub(super) fn can_choose_speaker() -> bool {
    let prototype = super::rtc_ext::get(&js_sys::global(), "HTMLMediaElement");
    super::rtc_ext::get(&super::rtc_ext::get(&prototype, "prototype"), "setSinkId").is_function()
}

/// Sends an element's sound to a speaker. Where that speaker is gone, the default one plays.
pub(super) fn route(element: &MediaElement, id: &str) {
    if !can_choose_speaker() {
        return;
    }
    if let Ok(promise) = element.set_sink_id(id) {
        ignore(promise);
    }
}
