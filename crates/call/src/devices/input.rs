//! What happens to the devices.

use super::{Both, CaptureError, CaptureKind, Device, DeviceKind, Facts, Permission, RequestId, Wish};

/// Something that happened. Inputs of pages that were left, of old requests and of tracks that were replaced do no harm.
#[derive(Clone, Debug, PartialEq)]
pub enum DevicesInput {
    /// The page runs. Everything before is without effect.
    Started(Start),
    /// The person turns a microphone or camera on, mutes it, or turns it off. A click: [`Wish::On`] for one that failed asks again.
    Want {
        /// Which.
        kind: CaptureKind,
        /// What they want.
        wish: Wish,
    },
    /// The person chose a device in a menu. A click. For a speaker an empty id, or `default`, is the system's default.
    Choose {
        /// Of which kind.
        kind: DeviceKind,
        /// Its `deviceId`.
        device: String,
    },
    /// A microphone or camera is to be captured in another way: what runs is captured again, and goes on until the new one runs.
    Renew {
        /// Which.
        kind: CaptureKind,
    },
    /// The person clicked or typed somewhere: asking is allowed again after a refusal.
    Clicked,
    /// The answer to [`super::DevicesEffect::List`]. Where the browser cannot choose a speaker (`setSinkId` is missing), without speakers.
    Listed {
        /// The number of the effect.
        number: u32,
        /// What there is, in the browser's order.
        devices: Vec<(DeviceKind, Device)>,
    },
    /// The `devicechange` event. It may come as often as it likes.
    DevicesChanged,
    /// `getUserMedia()` gave what was asked for.
    Captured {
        /// The effect's.
        request: RequestId,
        /// A track for each kind that was asked for.
        tracks: Both<Option<Track>>,
    },
    /// `getUserMedia()` gave nothing.
    CaptureFailed {
        /// The effect's.
        request: RequestId,
        /// The exception.
        error: CaptureError,
        /// The facts as they are now.
        facts: Facts,
    },
    /// A permission changed (`PermissionStatus.onchange`), or is known only now.
    PermissionChanged {
        /// For which kind.
        kind: CaptureKind,
        /// As it is now.
        permission: Permission,
    },
    /// A track's `ended` event: unplugged, or the permission was taken back.
    Ended {
        /// Of which kind.
        kind: CaptureKind,
        /// The request that it came from.
        request: RequestId,
        /// The permission, queried after the event: its own event may come later. `None` where the browser does not tell.
        permission: Option<Permission>,
    },
    /// A track's `mute` or `unmute` event: the system lets nothing through, or does again.
    SystemMuted {
        /// Of which kind.
        kind: CaptureKind,
        /// The request that it came from.
        request: RequestId,
        /// `track.muted`.
        muted: bool,
    },
    /// The answer to [`super::DevicesEffect::RouteOutput`].
    Routed {
        /// The effect's.
        device: Option<String>,
        /// Every element plays there. True where none plays yet.
        worked: bool,
    },
    /// The person is in the call now.
    Joined,
    /// The person left, or the page is hidden for good (`pagehide`).
    Left,
    /// The page is used again after [`DevicesInput::Left`]: the person joins again, or the browser shows a kept page.
    Returned,
    /// `visibilitychange`.
    Visible(bool),
    /// The time of [`super::Devices::next_deadline`] has come.
    Tick,
}

/// What a page starts with.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Start {
    /// What the person wants of each.
    pub wish: Both<Wish>,
    /// The remembered microphone and camera.
    pub preferred: Both<Option<String>>,
    /// The remembered speaker.
    pub preferred_speaker: Option<String>,
    /// What the page knows about its rights.
    pub facts: Facts,
}

/// A track that a capture gave.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Track {
    /// `getSettings().deviceId`, where the browser tells.
    pub device: Option<String>,
    /// `label`.
    pub label: String,
    /// `muted`: the system lets nothing through yet.
    pub muted: bool,
}
