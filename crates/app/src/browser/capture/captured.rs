//! One track of this page.

use call::devices::{CaptureKind, DevicesInput, RequestId};
use wasm_bindgen::prelude::*;
use web_sys::MediaStreamTrack;

use crate::browser::rtc_ext::get;
use crate::browser::session::Handle;
use crate::browser::task::spawn;
use crate::browser::{held, media};

/// A track of this page. Dropping it stops it: the light goes out.
pub(super) struct Captured {
    pub(super) request: RequestId,
    pub(super) kind: CaptureKind,
    pub(super) track: MediaStreamTrack,
    _handlers: [Closure<dyn FnMut()>; 2],
}

impl Captured {
    /// `handle` hears of the track's end and of what the system does to it.
    pub(super) fn new(request: RequestId, kind: CaptureKind, track: MediaStreamTrack, handle: &Handle) -> Self {
        let (ended, changed, of) = (handle.clone(), handle.clone(), Clone::clone(&track));
        let handlers = [
            Closure::new(move || {
                let ended = ended.clone();
                spawn(async move {
                    let permission = media::permission(kind).await;
                    ended.with(|session| {
                        session.capture.handle(DevicesInput::Ended {
                            kind,
                            request,
                            permission,
                        });
                    });
                });
            }),
            Closure::new(move || {
                let muted = is_muted(&of);
                tell(&changed, DevicesInput::SystemMuted { kind, request, muted });
            }),
        ];
        held::hold(&track);
        let [on_ended, on_mute] = &handlers;
        track.set_onended(Some(on_ended.as_ref().unchecked_ref()));
        track.set_onmute(Some(on_mute.as_ref().unchecked_ref()));
        track.set_onunmute(Some(on_mute.as_ref().unchecked_ref()));
        Self {
            request,
            kind,
            track,
            _handlers: handlers,
        }
    }
}

/// After the track's handler has returned, which may be dropped for it.
fn tell(handle: &Handle, input: DevicesInput) {
    let handle = handle.clone();
    spawn(async move { handle.with(|session| session.capture.handle(input)) });
}

impl Drop for Captured {
    fn drop(&mut self) {
        self.track.set_onended(None);
        self.track.set_onmute(None);
        self.track.set_onunmute(None);
        self.track.stop();
        held::let_go(&self.track);
    }
}

pub(super) fn is_muted(track: &MediaStreamTrack) -> bool {
    get(track, "muted").is_truthy()
}
