//! What happens to devices: short, true for its cause, and what to do.

use std::borrow::Cow;

use call::devices::{Cause, DeviceKind, Notice};

pub(super) const fn choose(kind: DeviceKind) -> &'static str {
    match kind {
        DeviceKind::Microphone => "Choose microphone",
        DeviceKind::Camera => "Choose camera",
        DeviceKind::Speaker => "Choose speaker",
    }
}

pub(super) fn notice(kind: DeviceKind, notice: &Notice, in_call: bool) -> Cow<'static, str> {
    match notice {
        Notice::Failed(cause) => failed(kind, *cause, in_call).into(),
        Notice::ChoiceFailed { chosen, cause } => [&named(chosen, "The chosen device"), choice_failed(*cause)]
            .concat()
            .into(),
        Notice::TookOver { gone, now } => [
            &named(gone, lost(kind)),
            " is no longer available. ",
            &named(now, another(kind)),
            " is used now.",
        ]
        .concat()
        .into(),
        Notice::Returned { now } => [&named(now, lost(kind)), " is back and used again."].concat().into(),
        Notice::Interrupted => interrupted(kind).into(),
    }
}

fn named(label: &str, otherwise: &'static str) -> String {
    if label.is_empty() { otherwise } else { label }.to_owned()
}

const fn lost(kind: DeviceKind) -> &'static str {
    match kind {
        DeviceKind::Microphone => "Your microphone",
        DeviceKind::Camera => "Your camera",
        DeviceKind::Speaker => "Your speaker",
    }
}

const fn another(kind: DeviceKind) -> &'static str {
    match kind {
        DeviceKind::Microphone => "Another microphone",
        DeviceKind::Camera => "Another camera",
        DeviceKind::Speaker => "The default speaker",
    }
}

const fn choice_failed(cause: Cause) -> &'static str {
    match cause {
        Cause::Busy => " is used by another program. Close it and choose again.",
        Cause::NotFound | Cause::Gone => " is no longer there. Choose another one.",
        Cause::System => " is blocked by your system. Allow this browser in the system's privacy settings.",
        cause if cause.is_refusal() => " may not be used. Choose it again and allow it.",
        _ => " did not start. Choose it again, or another one.",
    }
}

const fn interrupted(kind: DeviceKind) -> &'static str {
    match kind {
        DeviceKind::Microphone => {
            "Your system has muted the microphone. Look for a mute switch, or end the phone call that uses it."
        }
        DeviceKind::Camera => "Your system has covered the camera. Open its shutter, or end the call that uses it.",
        DeviceKind::Speaker => "Your system has muted the speaker. Turn it up in the system's sound settings.",
    }
}

/// Why nothing is captured. A speaker is not captured; it is read as a microphone.
const fn failed(kind: DeviceKind, cause: Cause, in_call: bool) -> &'static str {
    if matches!(kind, DeviceKind::Camera) {
        camera_failed(cause, in_call)
    } else {
        microphone_failed(cause, in_call)
    }
}

const fn camera_failed(cause: Cause, in_call: bool) -> &'static str {
    match cause {
        Cause::Refused => "The browser may not use your camera. Allow it in the address bar, then turn it on again.",
        Cause::Dismissed => "The browser may not use your camera yet. Turn it on again and choose Allow.",
        Cause::RefusedInFrame => {
            "The camera is blocked here. Allow it in the address bar, or open this room in a tab of its own."
        }
        Cause::System => {
            "Your system keeps the camera from this browser. Allow it in the system's privacy settings, then turn it on again."
        }
        Cause::Frame => "The page around this room does not allow a camera. Open the room in a tab of its own.",
        Cause::Policy => "This site's settings forbid the camera. The people who run it can allow it.",
        Cause::NoApi => "This browser or app does not let pages use a camera. Open the room's link in another browser.",
        Cause::Insecure => "Cameras work only on https pages. Open this room by its https address.",
        Cause::Busy => "Your camera is used by another program. Close it and try again.",
        Cause::NotStarted => "Your camera did not start. Plug it in again or choose another one, then turn it on.",
        Cause::NotFound if in_call => "No camera was found. Plug one in, and it is used at once.",
        Cause::NotFound => "No camera was found. Plug one in, or join without: the others still see your name.",
        Cause::Gone if in_call => {
            "Your camera is gone, and the others do not see you. Plug it in again, or choose another one."
        }
        Cause::Gone => "Your camera is gone. Plug it in again, or join without: the others still see your name.",
        Cause::NotAsked => "Your camera is not on yet. Turn it on and choose Allow.",
    }
}

const fn microphone_failed(cause: Cause, in_call: bool) -> &'static str {
    match cause {
        Cause::Refused => {
            "The browser may not use your microphone. Allow it in the address bar, then turn it on again."
        }
        Cause::Dismissed => "The browser may not use your microphone yet. Turn it on again and choose Allow.",
        Cause::RefusedInFrame => {
            "The microphone is blocked here. Allow it in the address bar, or open this room in a tab of its own."
        }
        Cause::System => {
            "Your system keeps the microphone from this browser. Allow it in the system's privacy settings, then turn it on again."
        }
        Cause::Frame => "The page around this room does not allow a microphone. Open the room in a tab of its own.",
        Cause::Policy => "This site's settings forbid the microphone. The people who run it can allow it.",
        Cause::NoApi => {
            "This browser or app does not let pages use a microphone. Open the room's link in another browser."
        }
        Cause::Insecure => "Microphones work only on https pages. Open this room by its https address.",
        Cause::Busy => "Your microphone is used by another program. Close it and try again.",
        Cause::NotStarted => "Your microphone did not start. Plug it in again or choose another one, then turn it on.",
        Cause::NotFound if in_call => {
            "No microphone was found, and the others do not hear you. Plug one in, and it is used at once."
        }
        Cause::NotFound => "No microphone was found. Plug one in, or join and listen.",
        Cause::Gone if in_call => {
            "Your microphone is gone, and the others do not hear you. Plug it in again, or choose another one."
        }
        Cause::Gone => "Your microphone is gone. Plug it in again, or join and listen.",
        Cause::NotAsked => "Your microphone is not on yet. Turn it on and choose Allow.",
    }
}
