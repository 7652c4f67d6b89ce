//! `navigator.mediaDevices`: capturing and listing devices (W3C Media Capture and Streams).

use call::devices::{Both, CaptureError, CaptureKind, Device, DeviceKind, Facts, Permission, Target};
use call::quality::{Capture, CaptureWanted, Content};
use js_sys::{Object, Promise};
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;
use web_sys::{MediaDeviceInfo, MediaDeviceKind, MediaDevices, MediaStream, MediaStreamConstraints, MediaStreamTrack};

use super::rtc_ext::{call, get, get_text, object, set};
use super::{held, page};
use crate::state::Processing;

/// `navigator.mediaDevices`, which is missing on insecure pages and in some apps.
pub(super) fn devices() -> Option<MediaDevices> {
    let devices = get(&page::window().navigator(), "mediaDevices");
    devices.is_object().then(|| devices.unchecked_into())
}

/// Captures what is asked for, in one question.
pub(super) async fn capture(
    targets: &Both<Option<Target>>,
    wanted: CaptureWanted,
    processing: Processing,
) -> Result<Both<Option<MediaStreamTrack>>, CaptureError> {
    let constraints = MediaStreamConstraints::new();
    if let Some(target) = &targets.microphone {
        constraints.set_audio(&microphone_constraints(target, processing.applied()));
    }
    if let Some(target) = &targets.camera {
        constraints.set_video(&camera_constraints(target, wanted));
    }
    let stream = ask(&constraints).await.map_err(|error| CaptureError {
        name: get_text(&error, "name").unwrap_or_default(),
        message: get_text(&error, "message").unwrap_or_default(),
    })?;
    Ok(Both::from_fn(|kind| {
        let tracks = match kind {
            CaptureKind::Microphone => stream.get_audio_tracks(),
            CaptureKind::Camera => stream.get_video_tracks(),
        };
        tracks.get(0).dyn_into().ok()
    }))
}

async fn ask(constraints: &MediaStreamConstraints) -> Result<MediaStream, JsValue> {
    let devices = devices().ok_or(JsValue::UNDEFINED)?;
    let promise = devices.get_user_media_with_constraints(constraints)?;
    // If the program traps before the person answers, the boot script stops what is granted.
    held::hold(&promise);
    let granted = JsFuture::from(Clone::clone(&promise)).await;
    held::let_go(&promise);
    granted.map(JsCast::unchecked_into)
}

fn microphone_constraints(target: &Target, processing: Processing) -> Object {
    let constraints = object([
        ("echoCancellation", processing.echo_cancellation.into()),
        ("noiseSuppression", processing.noise_suppression.into()),
        ("autoGainControl", processing.auto_gain_control.into()),
        ("channelCount", ideal(if processing.original { 2 } else { 1 }.into())),
    ]);
    choose(constraints, target)
}

/// The browser takes the nearest that the camera has.
fn camera_constraints(target: &Target, wanted: CaptureWanted) -> Object {
    let constraints = size_constraints(wanted);
    if *target == Target::Any {
        set(&constraints, "facingMode", &ideal("user".into()));
    }
    choose(constraints, target)
}

fn size_constraints(CaptureWanted { height, frames }: CaptureWanted) -> Object {
    object([
        ("width", ideal((height * 16 / 9).into())),
        ("height", ideal(height.into())),
        ("frameRate", ideal(frames.into())),
    ])
}

/// Captures a camera in another size. `None` where the browser cannot.
pub(super) fn resize(track: &MediaStreamTrack, wanted: CaptureWanted) -> Option<Promise> {
    let apply = get(track, "applyConstraints").dyn_into::<js_sys::Function>().ok()?;
    apply.call1(track, &size_constraints(wanted)).ok()?.dyn_into().ok()
}

/// What a camera gives, and the most that it could.
pub(super) fn size(track: &MediaStreamTrack) -> Capture {
    let settings = call(track, "getSettings");
    let number = |of: &JsValue, key: &str| {
        // A cast of a float saturates.
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
        get(of, key).as_f64().map(|value| value.round() as u32)
    };
    let height = number(&settings, "height").unwrap_or(0);
    let largest = number(&get(&call(track, "getCapabilities"), "height"), "max");
    Capture {
        width: number(&settings, "width").unwrap_or(0),
        height,
        frames: number(&settings, "frameRate").unwrap_or(0),
        largest: largest.unwrap_or(height),
        content: Content::Camera,
    }
}

fn ideal(value: JsValue) -> JsValue {
    object([("ideal", value)]).into()
}

fn choose(constraints: Object, target: &Target) -> Object {
    let wanted = match target {
        Target::Any => return constraints,
        Target::Prefer(id) => object([("ideal", id.as_str().into())]),
        Target::Exact(id) => object([("exact", id.as_str().into())]),
    };
    set(&constraints, "deviceId", &wanted);
    constraints
}

/// Every device that the browser tells of.
pub(super) async fn list() -> Vec<(DeviceKind, Device)> {
    let Some(Ok(promise)) = devices().map(|devices| devices.enumerate_devices()) else {
        return Vec::new();
    };
    let Ok(found) = JsFuture::from(promise).await else {
        return Vec::new();
    };
    let can_choose_speaker = super::stream::can_choose_speaker();
    js_sys::Array::from(&found)
        .iter()
        .map(|info| info.unchecked_into::<MediaDeviceInfo>())
        .filter_map(|info| {
            let kind = match info.kind() {
                MediaDeviceKind::Audioinput => DeviceKind::Microphone,
                MediaDeviceKind::Videoinput => DeviceKind::Camera,
                MediaDeviceKind::Audiooutput if can_choose_speaker => DeviceKind::Speaker,
                _ => return None,
            };
            let device = Device {
                id: info.device_id(),
                label: info.label(),
                group: info.group_id(),
            };
            Some((kind, device))
        })
        .collect()
}

/// What the page knows about its own rights.
pub(super) async fn facts() -> Facts {
    let mut facts = facts_at_once();
    for kind in CaptureKind::ALL {
        *facts.permission.of_mut(kind) = permission(kind).await;
    }
    facts
}

/// The same, without the permissions.
pub(super) fn facts_at_once() -> Facts {
    let window = page::window();
    Facts {
        secure: get(&window, "isSecureContext").is_truthy(),
        media_devices: devices().is_some(),
        framed: get(&window, "top") != JsValue::from(Clone::clone(&window)),
        policy: Both {
            microphone: page::allows("microphone"),
            camera: page::allows("camera"),
        },
        permission: Both::default(),
    }
}

/// What the Permissions API says of a kind. `None` where the browser does not tell.
pub(super) async fn permission(kind: CaptureKind) -> Option<Permission> {
    let name = match kind {
        CaptureKind::Microphone => "microphone",
        CaptureKind::Camera => "camera",
    };
    let permissions = get(&page::window().navigator(), "permissions");
    let query = get(&permissions, "query").dyn_into::<js_sys::Function>().ok()?;
    let descriptor = object([("name", name.into())]);
    let promise: Promise = query.call1(&permissions, &descriptor).ok()?.dyn_into().ok()?;
    let status = JsFuture::from(promise).await.ok()?;
    match get_text(&status, "state")?.as_str() {
        "granted" => Some(Permission::Granted),
        "denied" => Some(Permission::Denied),
        _ => Some(Permission::Prompt),
    }
}

/// The `deviceId` that a track comes from.
pub(super) fn used_device(track: &MediaStreamTrack) -> Option<String> {
    get_text(&call(track, "getSettings"), "deviceId")
}
