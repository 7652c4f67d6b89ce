//! What the devices ask for.

use super::{Both, CaptureKind, DeviceKind, MediaState, Notice};

/// One call of `getUserMedia()`. Never used twice. A track is known by its request and its kind.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RequestId(pub u32);

/// Something to be done, in the order in which effects are returned.
#[derive(Clone, Debug, PartialEq)]
pub enum DevicesEffect {
    /// Call `enumerateDevices()` and answer with [`super::DevicesInput::Listed`].
    List {
        /// Comes back with the answer.
        number: u32,
    },
    /// Call `getUserMedia()` once, and answer with [`super::DevicesInput::Captured`] or [`super::DevicesInput::CaptureFailed`]. One
    /// call for all kinds that are named: the person sees one question. Keep the tracks until [`DevicesEffect::Replace`] or
    /// [`DevicesEffect::Stop`] is returned for each; listen to their `ended`, `mute` and `unmute` from the start.
    Capture {
        /// Comes back with the answer.
        request: RequestId,
        /// What to capture.
        targets: Both<Option<Target>>,
    },
    /// Send this request's track of this kind from now on (`replaceTrack()` for every peer) and show it; then stop the track that was
    /// used before, if any.
    Replace {
        /// Which kind.
        kind: CaptureKind,
        /// Whose track.
        request: RequestId,
        /// Its `enabled`.
        enabled: bool,
    },
    /// Send nothing of this kind (`replaceTrack(null)`) and stop the track in use.
    Release {
        /// Which kind.
        kind: CaptureKind,
    },
    /// Stop this request's track of this kind. It was never used.
    Stop {
        /// Which kind.
        kind: CaptureKind,
        /// Whose track.
        request: RequestId,
    },
    /// Set `enabled` of the track in use.
    SetEnabled {
        /// Which kind.
        kind: CaptureKind,
        /// The value.
        enabled: bool,
    },
    /// Play all sound at this speaker (`setSinkId()`), or at the system's default, and answer with [`super::DevicesInput::Routed`].
    /// Elements made later play there, too ([`super::Devices::speaker`]). Never asked for before somebody chose.
    RouteOutput {
        /// The `deviceId`; `None` is the default.
        device: Option<String>,
    },
    /// Keep this preference for the next visit.
    Remember {
        /// Of which kind.
        kind: DeviceKind,
        /// The `deviceId`.
        device: String,
    },
    /// Keep no preference of this kind.
    Forget {
        /// Which kind.
        kind: DeviceKind,
    },
    /// Tell the others how each source stands.
    Announce(Both<MediaState>),
    /// Tell the person.
    Say {
        /// Of which device.
        kind: DeviceKind,
        /// What.
        notice: Notice,
    },
    /// What was said of this device last is over: take it away if it is still shown.
    Hush {
        /// Which device.
        kind: DeviceKind,
    },
}

/// Which device is to be captured.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Target {
    /// The one that the browser would take. No `deviceId` in the constraints.
    Any,
    /// This one, if it is there: `deviceId: {ideal: …}`. Which devices there are is not known yet. Leave `facingMode` away: it would weigh
    /// as much as the device.
    Prefer(String),
    /// This one and no other: `deviceId: {exact: …}`.
    Exact(String),
}
