//! What the person is told about their devices: short, true for its cause, and what to do.

use std::borrow::Cow;

use super::{Cause, DeviceKind};

/// Something that the person should know about a device.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Notice {
    /// It does not run.
    Failed(Cause),
    /// The chosen device does not run. What ran before runs on, or again.
    ChoiceFailed {
        /// What the system calls the chosen device; empty where unknown.
        chosen: String,
        /// Why.
        cause: Cause,
    },
    /// The device in use is gone, and another one is used.
    TookOver {
        /// What the system calls the one that is gone; empty where unknown.
        gone: String,
        /// What the system calls the one in use; empty where unknown or the default.
        now: String,
    },
    /// The preferred device is back and in use.
    Returned {
        /// What the system calls it.
        now: String,
    },
    /// The system lets nothing through.
    Interrupted,
}

impl Notice {
    /// Something does not work, and the person can do something about it. Otherwise it is good to know.
    #[must_use]
    pub const fn is_problem(&self) -> bool {
        !matches!(self, Self::TookOver { .. } | Self::Returned { .. })
    }
}

/// The notice as a sentence or two. In the lobby the person may still join without the device; in a call they are told what the others
/// miss.
#[must_use]
pub fn sentence(kind: DeviceKind, notice: &Notice, in_call: bool) -> Cow<'static, str> {
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
        DeviceKind::Speaker => "Your system has muted the speaker.",
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
        Cause::NoApi => "This browser or app gives pages no camera. Open the room's link in another browser.",
        Cause::Insecure => "Cameras work only on https pages. Open this room by its https address.",
        Cause::Busy => "Your camera is used by another program. Close it and try again.",
        Cause::NotStarted => "Your camera did not start. Plug it in again or choose another one, then turn it on.",
        Cause::NotFound if in_call => "No camera was found. Plug one in: it will be used at once.",
        Cause::NotFound => "No camera was found. Plug one in, or join without: the others still see your name.",
        Cause::Gone if in_call => {
            "Your camera is gone, and the others do not see you. Plug it in again, or choose another one."
        }
        Cause::Gone => "Your camera is gone. Plug it in again, or join without: the others still see your name.",
        Cause::NotAsked => "Your camera is not on yet. Turn it on to be asked for it.",
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
        Cause::NoApi => "This browser or app gives pages no microphone. Open the room's link in another browser.",
        Cause::Insecure => "Microphones work only on https pages. Open this room by its https address.",
        Cause::Busy => "Your microphone is used by another program. Close it and try again.",
        Cause::NotStarted => "Your microphone did not start. Plug it in again or choose another one, then turn it on.",
        Cause::NotFound if in_call => {
            "No microphone was found, and the others do not hear you. Plug one in: it will be used at once."
        }
        Cause::NotFound => "No microphone was found. Plug one in, or join and listen.",
        Cause::Gone if in_call => {
            "Your microphone is gone, and the others do not hear you. Plug it in again, or choose another one."
        }
        Cause::Gone => "Your microphone is gone. Plug it in again, or join and listen.",
        Cause::NotAsked => "Your microphone is not on yet. Turn it on to be asked for it.",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const CAUSES: [Cause; 13] = [
        Cause::Refused,
        Cause::Dismissed,
        Cause::RefusedInFrame,
        Cause::System,
        Cause::Frame,
        Cause::Policy,
        Cause::NoApi,
        Cause::Insecure,
        Cause::Busy,
        Cause::NotStarted,
        Cause::NotFound,
        Cause::Gone,
        Cause::NotAsked,
    ];

    #[test]
    fn each_cause_has_a_sentence_of_its_own_that_names_the_device_and_fits_on_two_lines() {
        for in_call in [false, true] {
            let mut said = Vec::new();
            for kind in [DeviceKind::Microphone, DeviceKind::Camera] {
                for cause in CAUSES {
                    let text = sentence(kind, &Notice::Failed(cause), in_call);
                    assert!(text.len() <= 130, "{text}");
                    assert!(text.ends_with('.'), "{text}");
                    let word = if kind == DeviceKind::Camera {
                        "amera"
                    } else {
                        "icrophone"
                    };
                    assert!(text.contains(word), "{text}");
                    assert!(!said.contains(&text), "said twice: {text}");
                    said.push(text);
                }
            }
        }
    }

    #[test]
    fn a_frame_and_the_system_send_nobody_to_the_address_bar() {
        for kind in [DeviceKind::Microphone, DeviceKind::Camera] {
            for cause in [
                Cause::System,
                Cause::Frame,
                Cause::Policy,
                Cause::NoApi,
                Cause::Insecure,
            ] {
                let text = sentence(kind, &Notice::Failed(cause), true);
                assert!(!text.contains("address bar"), "{text}");
            }
        }
    }

    #[test]
    fn nobody_in_a_call_is_told_to_join() {
        for kind in [DeviceKind::Microphone, DeviceKind::Camera] {
            for cause in CAUSES {
                let text = sentence(kind, &Notice::Failed(cause), true);
                assert!(!text.contains("join"), "{text}");
            }
        }
    }

    #[test]
    fn a_device_is_called_by_its_name_where_that_is_known() {
        let (gone, now) = ("Headset".to_owned(), String::new());
        assert_eq!(
            sentence(DeviceKind::Microphone, &Notice::TookOver { gone, now }, true),
            "Headset is no longer available. Another microphone is used now."
        );
        let (gone, now) = (String::new(), String::new());
        assert_eq!(
            sentence(DeviceKind::Speaker, &Notice::TookOver { gone, now }, true),
            "Your speaker is no longer available. The default speaker is used now."
        );
        let now = "Desk camera".to_owned();
        assert_eq!(
            sentence(DeviceKind::Camera, &Notice::Returned { now }, true),
            "Desk camera is back and used again."
        );
        let chosen = "Desk camera".to_owned();
        let notice = Notice::ChoiceFailed {
            chosen,
            cause: Cause::Busy,
        };
        assert_eq!(
            sentence(DeviceKind::Camera, &notice, true),
            "Desk camera is used by another program. Close it and choose again."
        );
    }
}
