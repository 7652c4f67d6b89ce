//! One screen, window or tab that is shared.

use std::future::Future;

use call::quality::{Capture, Content};
use call::share::{Surface, keeps_sound};
use js_sys::{Function, Promise};
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;
use web_sys::{MediaStream, MediaStreamTrack};

use crate::browser::rtc_ext::{call, get, get_text, object, set};
use crate::browser::session::{Handle, Session};
use crate::browser::task::{ignore, spawn};
use crate::browser::{held, media};

/// Frames a second of a screen on which one reads, and of one on which something moves.
const TEXT_FRAMES: u32 = 15;
const MOTION_FRAMES: u32 = 30;

/// The tracks of it. Dropping it ends the capture.
pub(super) struct Shared {
    picture: MediaStreamTrack,
    sound: Option<MediaStreamTrack>,
    content: Content,
    _handlers: [Closure<dyn FnMut()>; 2],
}

/// Whether this browser can capture screens. Those of phones cannot.
pub(super) fn is_possible() -> bool {
    media::devices().is_some_and(|devices| get(&devices, "getDisplayMedia").is_function())
}

/// Asks the person what to share. The question is put at once, in the click that led here.
pub(super) fn ask(content: Content) -> impl Future<Output = Result<MediaStream, JsValue>> {
    let question = question(content);
    async move {
        let promise = question?;
        held::hold(&promise);
        let granted = JsFuture::from(Clone::clone(&promise)).await;
        held::let_go(&promise);
        granted.map(JsCast::unchecked_into)
    }
}

fn question(content: Content) -> Result<Promise, JsValue> {
    let devices = media::devices().ok_or(JsValue::UNDEFINED)?;
    let ask: Function = get(&devices, "getDisplayMedia").dyn_into()?;
    // Sound as it is: what cleans up voices spoils it. The call's own voices are not wanted in it.
    let sound = object([
        ("restrictOwnAudio", true.into()),
        ("echoCancellation", false.into()),
        ("noiseSuppression", false.into()),
        ("autoGainControl", false.into()),
    ]);
    let options = object([
        ("video", frame_rate(content).into()),
        ("audio", sound.into()),
        ("systemAudio", "include".into()),
        ("windowAudio", "window".into()),
        ("selfBrowserSurface", "exclude".into()),
        ("surfaceSwitching", "include".into()),
    ]);
    ask.call1(&devices, &options)?.dyn_into()
}

/// No size: screens are captured as they are.
fn frame_rate(content: Content) -> js_sys::Object {
    let most = if content == Content::Motion {
        MOTION_FRAMES
    } else {
        TEXT_FRAMES
    };
    object([("frameRate", object([("max", most.into())]).into())])
}

/// What is said of a sound: only that there is one.
pub(super) const fn sound_capture() -> Capture {
    Capture {
        width: 0,
        height: 0,
        frames: 0,
        largest: 0,
        content: Content::Motion,
    }
}

impl Shared {
    /// Takes the tracks that were granted. `None` where there is no picture among them; what there is is released then.
    pub(super) fn new(stream: &MediaStream, content: Content, handle: &Handle) -> Option<Self> {
        let sound = stream.get_audio_tracks().get(0).dyn_into::<MediaStreamTrack>().ok();
        let Ok(picture) = stream.get_video_tracks().get(0).dyn_into::<MediaStreamTrack>() else {
            if let Some(sound) = sound {
                sound.stop();
            }
            return None;
        };
        let handlers = [on(handle, Session::stop_share), on(handle, Session::share_changed)];
        let [ended, changed] = &handlers;
        picture.set_onended(Some(ended.as_ref().unchecked_ref()));
        set(&picture, "onconfigurationchange", changed.as_ref());
        held::hold(&picture);
        if let Some(sound) = &sound {
            set(sound, "contentHint", &"music".into());
            held::hold(sound);
        }
        let mut shared = Self {
            picture,
            sound,
            content,
            _handlers: handlers,
        };
        shared.set_content(content);
        shared.check_sound();
        Some(shared)
    }

    pub(super) fn picture(&self) -> &MediaStreamTrack {
        &self.picture
    }

    pub(super) fn sound(&self) -> Option<&MediaStreamTrack> {
        self.sound.as_ref()
    }

    fn surface(&self) -> Surface {
        let settings = call(&self.picture, "getSettings");
        Surface::from_setting(&get_text(&settings, "displaySurface").unwrap_or_default())
    }

    /// Whether a preview would show itself without end.
    pub(super) fn may_show_page(&self) -> bool {
        self.surface().may_show_page()
    }

    /// Lets the sound go where the call may be in it. Returns whether it has done so.
    pub(super) fn check_sound(&mut self) -> bool {
        let surface = self.surface();
        let heard = self.sound.take_if(|sound| {
            let settings = call(sound, "getSettings");
            !keeps_sound(surface, get(&settings, "restrictOwnAudio").as_bool())
        });
        if let Some(sound) = &heard {
            release(sound);
        }
        heard.is_some()
    }

    /// Sharp text or a moving picture (W3C MediaStreamTrack Content Hints).
    pub(super) fn set_content(&mut self, content: Content) {
        self.content = content;
        let hint = if content == Content::Motion { "motion" } else { "text" };
        set(&self.picture, "contentHint", &hint.into());
        if let Ok(apply) = get(&self.picture, "applyConstraints").dyn_into::<Function>()
            && let Ok(promise) = apply.call1(&self.picture, &frame_rate(content))
            && let Ok(promise) = promise.dyn_into()
        {
            // Refused, it goes on with the frames that it has.
            ignore(promise);
        }
    }

    /// How large it is.
    pub(super) fn capture(&self) -> Capture {
        let most = if self.content == Content::Motion {
            MOTION_FRAMES
        } else {
            TEXT_FRAMES
        };
        let capture = media::size(&self.picture);
        Capture {
            // A captured screen names the frames of the screen itself, or none.
            frames: most,
            content: self.content,
            ..capture
        }
    }
}

/// A handler of a track. It acts after it has returned, since it may be dropped for what it does.
fn on(handle: &Handle, act: fn(&std::rc::Rc<Session>)) -> Closure<dyn FnMut()> {
    let handle = handle.clone();
    Closure::new(move || {
        let handle = handle.clone();
        spawn(async move { handle.with(act) });
    })
}

fn release(track: &MediaStreamTrack) {
    track.stop();
    held::let_go(track);
}

impl Drop for Shared {
    fn drop(&mut self) {
        self.picture.set_onended(None);
        set(&self.picture, "onconfigurationchange", &JsValue::NULL);
        release(&self.picture);
        if let Some(sound) = &self.sound {
            release(sound);
        }
    }
}
