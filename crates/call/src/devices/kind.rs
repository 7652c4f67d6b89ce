//! The words of this module: kinds of device, what the person wants, how it stands.

use super::Cause;

/// The three kinds of device that a person chooses.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum DeviceKind {
    /// Audio in.
    Microphone,
    /// Video in.
    Camera,
    /// Audio out.
    Speaker,
}

/// The kinds that are captured (`getUserMedia()`).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum CaptureKind {
    /// Audio in.
    Microphone,
    /// Video in.
    Camera,
}

impl CaptureKind {
    /// Both of them.
    pub const ALL: [Self; 2] = [Self::Microphone, Self::Camera];
}

impl From<CaptureKind> for DeviceKind {
    fn from(kind: CaptureKind) -> Self {
        match kind {
            CaptureKind::Microphone => Self::Microphone,
            CaptureKind::Camera => Self::Camera,
        }
    }
}

/// One value for the microphone and one for the camera.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Both<T> {
    /// The microphone's.
    pub microphone: T,
    /// The camera's.
    pub camera: T,
}

impl<T> Both<T> {
    /// One of the two.
    pub const fn of(&self, kind: CaptureKind) -> &T {
        match kind {
            CaptureKind::Microphone => &self.microphone,
            CaptureKind::Camera => &self.camera,
        }
    }

    /// One of the two, to be changed.
    pub const fn of_mut(&mut self, kind: CaptureKind) -> &mut T {
        match kind {
            CaptureKind::Microphone => &mut self.microphone,
            CaptureKind::Camera => &mut self.camera,
        }
    }

    /// Makes a value for each kind.
    pub fn from_fn(mut value: impl FnMut(CaptureKind) -> T) -> Self {
        Self {
            microphone: value(CaptureKind::Microphone),
            camera: value(CaptureKind::Camera),
        }
    }
}

/// What the person wants of a microphone or a camera.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Wish {
    /// Released: no light, no use by this page.
    #[default]
    Off,
    /// Ready and silent: captured with `track.enabled = false`, so that it is back at once. For a camera this is [`Wish::Off`].
    Muted,
    /// Sent.
    On,
}

/// How a microphone or a camera stands, for the person who owns it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Status {
    /// Not wanted, or the page was left. Nothing is captured.
    #[default]
    Off,
    /// Wanted, and the browser or the person has not answered yet.
    Asking,
    /// Captured and sent.
    On,
    /// Captured and silent.
    Muted,
    /// Captured, wanted, and the system lets nothing through: a privacy shutter, a phone call.
    Interrupted,
    /// Wanted and not captured.
    Failed(Cause),
}

/// How a source stands, for the others. Off and muted sources send nothing; so does an interrupted one, but not because its person
/// wants it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum MediaState {
    /// Not captured.
    #[default]
    Off,
    /// Sent.
    On,
    /// Ready and silent.
    Muted,
    /// Wanted, and nothing comes for the moment.
    Interrupted,
}

/// One device of `enumerateDevices()` (W3C Media Capture and Streams section 9.2).
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Device {
    /// `deviceId`. Empty before the person has given permission.
    pub id: String,
    /// `label`: what the system calls it. Empty before the person has given permission.
    pub label: String,
    /// `groupId`: what belongs to one piece of hardware shares it. Empty where the browser does not tell.
    pub group: String,
}
