//! What a room page knows: plain data in signals, the same on the server and in the browser. The handles behind it
//! (tracks, connections, the socket) live in [`crate::browser`], which writes these signals; components only read
//! them and call `browser`'s actions.

use call::Link;
use leptos::prelude::*;
use protocol::{Media, PeerId, RoomId};

/// Everything a room page shows. `Copy`: pass it along or take it from the context.
#[derive(Clone, Copy)]
pub struct RoomState {
    /// The room of the URL.
    pub room: StoredValue<RoomId>,
    /// Which of its faces the page shows.
    pub phase: RwSignal<Phase>,
    /// Which one is drawn. It follows `phase`, a moment later where something more urgent is to be done first.
    pub face: RwSignal<Phase>,
    /// The name in the lobby's field; in a call, the own name.
    pub name: RwSignal<String>,
    /// People in the room and how many it holds, while in the lobby. `None` until known.
    pub occupancy: RwSignal<Option<Occupancy>>,
    /// The signaling socket.
    pub socket: RwSignal<SocketState>,
    /// The own microphone.
    pub microphone: DeviceSignals,
    /// The own camera.
    pub camera: DeviceSignals,
    /// Where others are heard. Only where the browser can choose.
    pub speaker: ChoiceSignals,
    /// Loudness at the own microphone, 0 to 1.
    pub level: RwSignal<f64>,
    /// The others, in the order in which they joined.
    pub peers: RwSignal<Vec<PeerTile>>,
    /// One thing that the person should know now, in a sentence.
    pub notice: RwSignal<Option<Notice>>,
    /// The browser blocks sound until the person clicks: show "Enable sound".
    pub sound_blocked: RwSignal<bool>,
    /// The link was copied just now.
    pub link_copied: RwSignal<bool>,
    /// Changes whenever the person moves or types, a few times a second at most: what rests comes back.
    pub stirred: RwSignal<bool>,
    /// The page runs (false while only the server's HTML is there).
    pub hydrated: RwSignal<bool>,
}

/// The faces of the room page. None of them is a navigation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Phase {
    /// Before joining.
    Lobby,
    /// Join was clicked; the server has not answered yet.
    Joining,
    /// In the room.
    Call,
    /// "You left".
    Left,
}

/// How full a room is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Occupancy {
    /// People in it.
    pub count: u32,
    /// People it holds.
    pub capacity: u32,
}

/// The signaling socket, for showing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SocketState {
    /// Not open yet.
    Connecting,
    /// Open.
    Open,
    /// Lost; being opened again.
    Reconnecting,
}

/// A camera or a microphone.
#[derive(Clone, Copy)]
pub struct DeviceSignals {
    /// The person wants it on. What the toggle shows.
    pub wanted: RwSignal<bool>,
    /// How it is.
    pub status: RwSignal<DeviceStatus>,
    /// Which one of several.
    pub choice: ChoiceSignals,
}

/// Which of several devices.
#[derive(Clone, Copy)]
pub struct ChoiceSignals {
    /// What there is. Empty until the person has given permission, or where the browser cannot choose.
    pub devices: RwSignal<Vec<Device>>,
    /// The chosen device's id.
    pub chosen: RwSignal<Option<String>>,
}

/// One device in a list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Device {
    /// The browser's `deviceId`.
    pub id: String,
    /// What the system calls it.
    pub label: String,
}

/// The three kinds of device that a person chooses.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum DeviceKind {
    /// Audio in.
    Microphone,
    /// Video in.
    Camera,
    /// Audio out.
    Speaker,
}

/// How a device is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum DeviceStatus {
    /// Not used.
    #[default]
    Off,
    /// Asked for; the browser or the person has not answered.
    Starting,
    /// Running.
    On,
    /// Not to be had.
    Problem(DeviceProblem),
}

/// Why a device is not to be had.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum DeviceProblem {
    /// The person, the browser or the system said no.
    Refused,
    /// There is none, or none that fits.
    Missing,
    /// Another program has it.
    Busy,
    /// The page is neither https nor localhost.
    Insecure,
}

/// Somebody else in the room. `Copy`; its signals are written by `browser`.
#[derive(Clone, Copy, Debug)]
pub struct PeerTile {
    /// Which tile: somebody who is gone and comes back at once has the same id, and another tile.
    pub number: u32,
    /// Who.
    pub id: PeerId,
    /// Their name.
    pub name: RwSignal<String>,
    /// What they say they send.
    pub media: RwSignal<Media>,
    /// How it stands between us.
    pub link: RwSignal<Link>,
    /// Their socket to the server is lost. Their media may be fine.
    pub away: RwSignal<bool>,
    /// They are heard right now.
    pub speaking: RwSignal<bool>,
    /// Counts up whenever the tracks behind the tile change: bind the elements again.
    pub tracks: RwSignal<u32>,
}

/// A sentence for the person.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Notice {
    /// How grave.
    pub tone: Tone,
    /// What happened and what to do.
    pub text: String,
}

/// How grave a notice is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tone {
    /// Good to know.
    Info,
    /// Something does not work.
    Problem,
}

impl RoomState {
    /// A room page in its lobby, or on its way into the call, before anything is known: what the server renders and what
    /// the browser starts from.
    #[must_use]
    pub fn new(room: RoomId, autojoin: bool) -> Self {
        let (phase, face) = if autojoin {
            (Phase::Joining, Phase::Call)
        } else {
            (Phase::Lobby, Phase::Lobby)
        };
        Self {
            room: StoredValue::new(room),
            phase: RwSignal::new(phase),
            face: RwSignal::new(face),
            name: RwSignal::new(String::new()),
            occupancy: RwSignal::new(None),
            socket: RwSignal::new(SocketState::Connecting),
            microphone: DeviceSignals::new(),
            camera: DeviceSignals::new(),
            speaker: ChoiceSignals::new(),
            level: RwSignal::new(0.0),
            peers: RwSignal::new(Vec::new()),
            notice: RwSignal::new(None),
            sound_blocked: RwSignal::new(false),
            link_copied: RwSignal::new(false),
            stirred: RwSignal::new(false),
            hydrated: RwSignal::new(false),
        }
    }
}

impl DeviceSignals {
    fn new() -> Self {
        Self {
            wanted: RwSignal::new(true),
            status: RwSignal::default(),
            choice: ChoiceSignals::new(),
        }
    }
}

impl ChoiceSignals {
    fn new() -> Self {
        Self {
            devices: RwSignal::default(),
            chosen: RwSignal::default(),
        }
    }
}

impl DeviceProblem {
    /// What happened and what to do, for a microphone or a camera.
    #[must_use]
    pub const fn sentence(self, kind: DeviceKind) -> &'static str {
        match (self, kind) {
            (Self::Refused, DeviceKind::Camera) => {
                "The browser may not use your camera. Allow it in the address bar, then turn it on again."
            }
            (Self::Refused, _) => {
                "The browser may not use your microphone. Allow it in the address bar, then turn it on again."
            }
            (Self::Missing, DeviceKind::Camera) => {
                "No camera was found. Plug one in, or join without: the others still see your name."
            }
            (Self::Missing, _) => "No microphone was found. Plug one in, or join and listen.",
            (Self::Busy, DeviceKind::Camera) => "Your camera is used by another program. Close it and try again.",
            (Self::Busy, _) => "Your microphone is used by another program. Close it and try again.",
            (Self::Insecure, DeviceKind::Camera) => {
                "Cameras work only on https pages. Open this room by its https address."
            }
            (Self::Insecure, _) => "Microphones work only on https pages. Open this room by its https address.",
        }
    }
}
