//! Why a device does not run: what the browser says, read with the facts around it.

use super::{Both, CaptureKind};

/// Why a microphone or a camera does not run. Each has a sentence of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Cause {
    /// The person said no, now or earlier, or took the permission back.
    Refused,
    /// The person closed the browser's question without an answer.
    Dismissed,
    /// The browser said no inside a frame, and does not tell whether the person or the frame forbids it.
    RefusedInFrame,
    /// The browser has the person's permission, and the operating system forbids it to the browser.
    System,
    /// The page around this one does not allow it (the frame's `allow` attribute).
    Frame,
    /// A `Permissions-Policy` header of this page forbids it.
    Policy,
    /// The browser or app has no `mediaDevices`, although the page is secure.
    NoApi,
    /// The page is neither https nor localhost.
    Insecure,
    /// Another program or page has it.
    Busy,
    /// It is there and allowed, and did not start.
    NotStarted,
    /// There is none.
    NotFound,
    /// The one in use went away, and no other of its kind runs.
    Gone,
    /// The person has just said no to the other kind, so this one was not asked for.
    NotAsked,
}

impl Cause {
    /// Somebody said no: asking again helps only after a click.
    #[must_use]
    pub const fn is_refusal(self) -> bool {
        matches!(
            self,
            Self::Refused | Self::Dismissed | Self::RefusedInFrame | Self::System | Self::Frame | Self::Policy
        )
    }

    /// The device may run once this page lets go of another one: some hardware opens one device at a time.
    #[must_use]
    pub(super) const fn is_busy(self) -> bool {
        matches!(self, Self::Busy | Self::NotStarted)
    }

    /// It may run as soon as a device is plugged in.
    #[must_use]
    pub(super) const fn is_missing(self) -> bool {
        matches!(self, Self::NotFound | Self::Gone)
    }

    /// Why `getUserMedia()` failed for this kind (W3C Media Capture and Streams section 10.2). What the specification leaves open is
    /// told from the message (Chromium's "Permission denied by system" and "Permission dismissed") and from the facts.
    #[must_use]
    pub fn of(kind: CaptureKind, error: &CaptureError, facts: &Facts) -> Self {
        if let Some(cause) = facts.no_api() {
            return cause;
        }
        match error.name.as_str() {
            "NotAllowedError" | "PermissionDeniedError" => Self::of_refusal(kind, &error.message, facts),
            "NotFoundError" | "DevicesNotFoundError" | "OverconstrainedError" => Self::NotFound,
            "NotReadableError" | "TrackStartError" => Self::Busy,
            "SecurityError" => Self::NoApi,
            _ => Self::NotStarted,
        }
    }

    fn of_refusal(kind: CaptureKind, message: &str, facts: &Facts) -> Self {
        let (policy, permission) = (*facts.policy.of(kind), *facts.permission.of(kind));
        let message = message.to_ascii_lowercase();
        if policy == Some(false) {
            if facts.framed { Self::Frame } else { Self::Policy }
        } else if message.contains("by system") || permission == Some(Permission::Granted) {
            // With the person's permission there is nobody left to say no but the system.
            Self::System
        } else if message.contains("dismissed") {
            Self::Dismissed
        } else if facts.framed && policy.is_none() {
            Self::RefusedInFrame
        } else {
            Self::Refused
        }
    }
}

/// The `DOMException` with which `getUserMedia()` failed.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct CaptureError {
    /// Its `name`.
    pub name: String,
    /// Its `message`. Read only for what Chromium alone tells.
    pub message: String,
}

/// What the page knows about its own rights.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Facts {
    /// `isSecureContext`.
    pub secure: bool,
    /// `navigator.mediaDevices` is there.
    pub media_devices: bool,
    /// The page is in a frame (`self !== top`).
    pub framed: bool,
    /// Whether the page's policy allows the kind (`document.featurePolicy.allowsFeature("camera")`). `None` where the browser does not
    /// tell (Firefox, Safari).
    pub policy: Both<Option<bool>>,
    /// `navigator.permissions.query({name: "camera"})`. `None` where the browser does not tell.
    pub permission: Both<Option<Permission>>,
}

impl Default for Facts {
    /// A secure page of its own, of which nothing else is known.
    fn default() -> Self {
        Self {
            secure: true,
            media_devices: true,
            framed: false,
            policy: Both::default(),
            permission: Both::default(),
        }
    }
}

impl Facts {
    /// Why nothing can even be asked for.
    pub(super) const fn no_api(&self) -> Option<Cause> {
        if self.media_devices {
            None
        } else if self.secure {
            Some(Cause::NoApi)
        } else {
            Some(Cause::Insecure)
        }
    }

    /// The browser says no by itself, without a question.
    pub(super) fn says_no(&self, kind: CaptureKind) -> bool {
        *self.policy.of(kind) == Some(false) || *self.permission.of(kind) == Some(Permission::Denied)
    }

    /// The browser says yes by itself, without a question.
    pub(super) fn says_yes(&self, kind: CaptureKind) -> bool {
        *self.permission.of(kind) == Some(Permission::Granted)
    }
}

/// `PermissionState` (W3C Permissions section 5).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Permission {
    /// Given.
    Granted,
    /// The browser will ask the person.
    Prompt,
    /// Refused.
    Denied,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_exception_is_read_with_the_facts_around_it() {
        let page = Facts::default();
        let frame = Facts { framed: true, ..page };
        let policy = |allows, facts: Facts| Facts {
            policy: Both {
                microphone: None,
                camera: Some(allows),
            },
            ..facts
        };
        let permission = |state, facts: Facts| Facts {
            permission: Both {
                microphone: None,
                camera: Some(state),
            },
            ..facts
        };
        let table = [
            ("NotAllowedError", "Permission denied", page, Cause::Refused),
            ("PermissionDeniedError", "", page, Cause::Refused),
            (
                "NotAllowedError",
                "",
                permission(Permission::Denied, page),
                Cause::Refused,
            ),
            (
                "NotAllowedError",
                "",
                permission(Permission::Prompt, page),
                Cause::Refused,
            ),
            ("NotAllowedError", "Permission dismissed", page, Cause::Dismissed),
            ("NotAllowedError", "Permission denied by system", page, Cause::System),
            (
                "NotAllowedError",
                "",
                permission(Permission::Granted, page),
                Cause::System,
            ),
            ("NotAllowedError", "", policy(false, frame), Cause::Frame),
            // A frame that allows it has asked the person.
            ("NotAllowedError", "", policy(true, frame), Cause::Refused),
            ("NotAllowedError", "", frame, Cause::RefusedInFrame),
            (
                "NotAllowedError",
                "",
                permission(Permission::Denied, frame),
                Cause::RefusedInFrame,
            ),
            ("NotAllowedError", "Permission denied by system", frame, Cause::System),
            ("NotAllowedError", "", policy(false, page), Cause::Policy),
            ("NotFoundError", "", page, Cause::NotFound),
            ("OverconstrainedError", "", page, Cause::NotFound),
            ("NotReadableError", "Could not start video source", page, Cause::Busy),
            ("AbortError", "", page, Cause::NotStarted),
            ("TypeError", "", page, Cause::NotStarted),
            ("SecurityError", "", page, Cause::NoApi),
            ("SomethingNew", "", page, Cause::NotStarted),
            // Without mediaDevices no exception matters.
            (
                "TypeError",
                "",
                Facts {
                    media_devices: false,
                    ..page
                },
                Cause::NoApi,
            ),
            (
                "TypeError",
                "",
                Facts {
                    media_devices: false,
                    secure: false,
                    ..page
                },
                Cause::Insecure,
            ),
        ];
        for (name, message, facts, cause) in table {
            let error = CaptureError {
                name: name.into(),
                message: message.into(),
            };
            assert_eq!(
                Cause::of(CaptureKind::Camera, &error, &facts),
                cause,
                "{name} {message} {facts:?}"
            );
        }
    }

    #[test]
    fn what_is_known_of_the_camera_says_nothing_of_the_microphone() {
        let permission = Both {
            microphone: None,
            camera: Some(Permission::Granted),
        };
        let facts = Facts {
            permission,
            ..Facts::default()
        };
        let error = CaptureError {
            name: "NotAllowedError".into(),
            message: String::new(),
        };
        assert_eq!(Cause::of(CaptureKind::Microphone, &error, &facts), Cause::Refused);
    }
}
