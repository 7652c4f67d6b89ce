//! The own microphone and camera.

use std::cell::{Cell, RefCell};

use js_sys::Object;
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;
use web_sys::{MediaDeviceInfo, MediaDeviceKind, MediaDevices, MediaStream, MediaStreamConstraints, MediaStreamTrack};

use super::rtc_ext::{get, get_text, object};
use crate::state::{Device, DeviceKind, DeviceProblem};

/// The two kinds of device that are captured.
pub(super) const BOTH: [DeviceKind; 2] = [DeviceKind::Microphone, DeviceKind::Camera];

/// The tracks that this page sends. At most one of each kind is alive.
#[derive(Default)]
pub(super) struct LocalMedia {
    microphone: RefCell<Option<Source>>,
    camera: RefCell<Option<Source>>,
    /// Counts requests for each kind, so that a late answer to an older one is thrown away.
    requests: [Cell<u32>; 2],
}

/// One captured track, and what hears of its end.
struct Source {
    track: MediaStreamTrack,
    _ended: Closure<dyn FnMut()>,
}

impl Drop for Source {
    /// The light goes out.
    fn drop(&mut self) {
        self.track.set_onended(None);
        self.track.stop();
    }
}

/// What came of asking for a device.
pub(super) enum Acquired {
    /// It runs.
    Yes,
    /// It is not to be had.
    No(DeviceProblem),
    /// A newer request, or turning it off, has overtaken this one.
    Overtaken,
}

impl LocalMedia {
    fn slot(&self, kind: DeviceKind) -> &RefCell<Option<Source>> {
        match kind {
            DeviceKind::Camera => &self.camera,
            DeviceKind::Microphone | DeviceKind::Speaker => &self.microphone,
        }
    }

    fn request(&self, kind: DeviceKind) -> &Cell<u32> {
        &self.requests[usize::from(kind == DeviceKind::Camera)]
    }

    /// The track of this kind, if one runs.
    pub(super) fn track(&self, kind: DeviceKind) -> Option<MediaStreamTrack> {
        // `track.clone()` would be the browser's method, which makes a second live track.
        self.slot(kind)
            .borrow()
            .as_ref()
            .map(|source| Clone::clone(&source.track))
    }

    /// Asks the browser for a device. `ended` is called when the device goes away by itself.
    pub(super) async fn acquire(
        &self,
        kind: DeviceKind,
        device: Option<&str>,
        ended: Closure<dyn FnMut()>,
    ) -> Acquired {
        let request = self.begin(kind);
        let track = match capture(kind, device).await {
            // The remembered device may be unplugged: any other is better than none.
            Err(DeviceProblem::Missing) if device.is_some() => capture(kind, None).await,
            other => other,
        };
        let is_newest = self.request(kind).get() == request;
        match track {
            Ok(track) if self.keep(kind, request, &track, ended) => Acquired::Yes,
            Err(problem) if is_newest => Acquired::No(problem),
            _ => Acquired::Overtaken,
        }
    }

    /// A new request: answers to older ones of its kind count no more.
    fn begin(&self, kind: DeviceKind) -> u32 {
        let request = self.request(kind);
        request.set(request.get().wrapping_add(1));
        request.get()
    }

    /// Keeps a captured track, unless its request has been overtaken.
    fn keep(&self, kind: DeviceKind, request: u32, track: &MediaStreamTrack, ended: Closure<dyn FnMut()>) -> bool {
        if self.request(kind).get() != request {
            track.stop();
            return false;
        }
        track.set_onended(Some(ended.as_ref().unchecked_ref()));
        let old = self.slot(kind).replace(Some(Source {
            track: Clone::clone(track),
            _ended: ended,
        }));
        drop(old);
        true
    }

    /// Asks for both devices in one question. `false` when the browser does not give both: then each is asked for by
    /// itself, which also tells what is wrong with which.
    pub(super) async fn acquire_both(&self, chosen: [Option<&str>; 2], ended: [Closure<dyn FnMut()>; 2]) -> bool {
        let requests = BOTH.map(|kind| self.begin(kind));
        let constraints = MediaStreamConstraints::new();
        constraints.set_audio(&microphone_constraints(chosen[0]));
        constraints.set_video(&camera_constraints(chosen[1]));
        let Ok(stream) = ask(&constraints).await else {
            return false;
        };
        let tracks = [stream.get_audio_tracks(), stream.get_video_tracks()].map(|tracks| tracks.get(0));
        for (((kind, request), track), ended) in BOTH.into_iter().zip(requests).zip(tracks).zip(ended) {
            self.keep(kind, request, track.unchecked_ref(), ended);
        }
        true
    }

    /// Lets a device go, and forgets a request that is still under way.
    pub(super) fn release(&self, kind: DeviceKind) {
        self.begin(kind);
        let old = self.slot(kind).take();
        drop(old);
    }
}

/// `navigator.mediaDevices`, which is missing on pages that are neither https nor localhost.
pub(super) fn devices() -> Option<MediaDevices> {
    let navigator = super::page::window().navigator();
    let devices = get(&navigator, "mediaDevices");
    devices.is_object().then(|| devices.unchecked_into())
}

async fn capture(kind: DeviceKind, device: Option<&str>) -> Result<MediaStreamTrack, DeviceProblem> {
    let constraints = MediaStreamConstraints::new();
    match kind {
        DeviceKind::Camera => constraints.set_video(&camera_constraints(device)),
        DeviceKind::Microphone | DeviceKind::Speaker => constraints.set_audio(&microphone_constraints(device)),
    }
    let track = ask(&constraints).await?.get_tracks().get(0);
    if track.is_undefined() {
        Err(DeviceProblem::Missing)
    } else {
        Ok(track.unchecked_into())
    }
}

async fn ask(constraints: &MediaStreamConstraints) -> Result<MediaStream, DeviceProblem> {
    let devices = devices().ok_or(DeviceProblem::Insecure)?;
    let promise = devices
        .get_user_media_with_constraints(constraints)
        .map_err(|error| problem(&error))?;
    JsFuture::from(promise)
        .await
        .map(JsCast::unchecked_into)
        .map_err(|error| problem(&error))
}

fn microphone_constraints(device: Option<&str>) -> Object {
    let constraints = object([
        ("echoCancellation", true.into()),
        ("noiseSuppression", true.into()),
        ("autoGainControl", true.into()),
    ]);
    choose(constraints, device)
}

/// 720p at 30 frames a second is what a tile can show; the browser takes the nearest that the camera has.
fn camera_constraints(device: Option<&str>) -> Object {
    let ideal = |value: JsValue| JsValue::from(object([("ideal", value)]));
    let constraints = object([
        ("width", ideal(1280.into())),
        ("height", ideal(720.into())),
        ("frameRate", ideal(30.into())),
        ("facingMode", ideal("user".into())),
    ]);
    choose(constraints, device)
}

fn choose(constraints: Object, device: Option<&str>) -> Object {
    if let Some(id) = device {
        super::rtc_ext::set(&constraints, "deviceId", &object([("exact", id.into())]));
    }
    constraints
}

/// The exceptions of `getUserMedia` (Media Capture and Streams section 10.2).
fn problem(error: &JsValue) -> DeviceProblem {
    match get_text(error, "name").as_deref() {
        Some("NotFoundError" | "OverconstrainedError") => DeviceProblem::Missing,
        Some("NotReadableError" | "AbortError") => DeviceProblem::Busy,
        Some("TypeError") => DeviceProblem::Insecure,
        _ => DeviceProblem::Refused,
    }
}

/// Every device whose name the browser tells. It tells names only after a permission.
pub(super) async fn list() -> Vec<(DeviceKind, Device)> {
    let Some(Ok(promise)) = devices().map(|devices| devices.enumerate_devices()) else {
        return Vec::new();
    };
    let Ok(found) = JsFuture::from(promise).await else {
        return Vec::new();
    };
    js_sys::Array::from(&found)
        .iter()
        .map(|info| info.unchecked_into::<MediaDeviceInfo>())
        .filter(|info| !info.label().is_empty())
        .filter_map(|info| {
            let kind = match info.kind() {
                MediaDeviceKind::Audioinput => DeviceKind::Microphone,
                MediaDeviceKind::Videoinput => DeviceKind::Camera,
                MediaDeviceKind::Audiooutput => DeviceKind::Speaker,
                _ => return None,
            };
            Some((
                kind,
                Device {
                    id: info.device_id(),
                    label: info.label(),
                },
            ))
        })
        .collect()
}
