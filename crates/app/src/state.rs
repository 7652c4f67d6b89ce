//! What a room page knows: plain data in signals, the same on the server and in the browser. The handles behind it
//! (tracks, connections, the socket) live in [`crate::browser`], which writes these signals; components only read
//! them and call `browser`'s actions.

mod chat;
mod files;
mod keys;
mod look;
mod microphone;
mod peer;
mod pointing;
mod share;

use call::devices::{Device, DeviceKind, Status};
use leptos::prelude::*;
use protocol::{PeerId, RoomId};

use crate::browser::Stream;
use crate::connections::Row;
use crate::query::LinkOptions;

pub use chat::{ChatSignals, Delivery, ShownLine};
pub(crate) use files::grouped;
pub use files::{FileSignals, ShownFile, Transfer};
pub use keys::KeySignals;
pub use look::LookSignals;
pub use microphone::{MicrophoneHint, Processing, VoiceSignals};
pub(crate) use peer::Loudness;
pub use peer::{PeerTile, VolumeSignals};
pub use pointing::{PointingSignals, Tool};
pub use share::ShareSignals;

/// Everything a room page shows. `Copy`: pass it along or take it from the context.
#[derive(Clone, Copy)]
pub struct RoomState {
    /// The room of the URL.
    pub room: StoredValue<RoomId>,
    /// Which of its faces the page shows.
    pub phase: RwSignal<Phase>,
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
    /// Where elements play their sound: a speaker's id, empty for the default one. `None` until somebody chose.
    pub sink: RwSignal<Option<String>>,
    /// How the person looks at the call.
    pub look: LookSignals,
    /// How the own microphone is captured, and what the person should know of it.
    pub voice: VoiceSignals,
    /// What keys do.
    pub keys: KeySignals,
    /// What people write and show.
    pub chat: ChatSignals,
    /// What people send each other.
    pub files: FileSignals,
    /// The own screen.
    pub share: ShareSignals,
    /// What is pointed at on shared screens.
    pub pointing: PointingSignals,
    /// The person saves data: small pictures in both directions.
    pub low_data: RwSignal<bool>,
    /// Loudness at the own microphone, 0 to 1.
    pub level: RwSignal<f64>,
    /// What the own camera shows.
    pub preview: RwSignal<Option<Stream>>,
    /// Width by height of it, 0 until it is known.
    pub aspect: RwSignal<f64>,
    /// Who we are, while we have a seat.
    pub me: RwSignal<Option<PeerId>>,
    /// The others, in the order in which they joined.
    pub peers: RwSignal<Vec<PeerTile>>,
    /// The panel of connections is open.
    pub stats_shown: RwSignal<bool>,
    /// What everybody has measured while it is open.
    pub stats: RwSignal<Vec<Row>>,
    /// One thing that the person should know now, in a sentence.
    pub notice: RwSignal<Option<Notice>>,
    /// The browser blocks sound until the person clicks: show "Enable sound".
    pub sound_blocked: RwSignal<bool>,
    /// The person has clicked, so that what was blocked can play.
    pub play_again: Trigger,
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
    pub status: RwSignal<Status>,
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

/// A sentence for the person.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Notice {
    /// How grave.
    pub tone: Tone,
    /// What happened and what to do.
    pub text: String,
    /// The device that it is about, where it is about one: it is taken away when that is over.
    pub device: Option<DeviceKind>,
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
    pub fn new(room: RoomId, options: LinkOptions) -> Self {
        let phase = if options.autojoin { Phase::Joining } else { Phase::Lobby };
        Self {
            room: StoredValue::new(room),
            phase: RwSignal::new(phase),
            name: RwSignal::new(options.name.unwrap_or_default()),
            occupancy: RwSignal::new(None),
            socket: RwSignal::new(SocketState::Connecting),
            microphone: DeviceSignals::new(options.microphone),
            camera: DeviceSignals::new(options.camera),
            speaker: ChoiceSignals::new(),
            sink: RwSignal::new(None),
            look: LookSignals::new(),
            voice: VoiceSignals::new(),
            keys: KeySignals::new(),
            chat: ChatSignals::new(),
            files: FileSignals::new(),
            share: ShareSignals::new(),
            pointing: PointingSignals::new(),
            low_data: RwSignal::new(false),
            level: RwSignal::new(0.0),
            preview: RwSignal::new(None),
            aspect: RwSignal::new(0.0),
            me: RwSignal::new(None),
            peers: RwSignal::new(Vec::new()),
            stats_shown: RwSignal::new(false),
            stats: RwSignal::new(Vec::new()),
            notice: RwSignal::new(None),
            sound_blocked: RwSignal::new(false),
            play_again: Trigger::new(),
            link_copied: RwSignal::new(false),
            stirred: RwSignal::new(false),
            hydrated: RwSignal::new(false),
        }
    }
}

impl RoomState {
    /// Which one of several devices of a kind.
    #[must_use]
    pub const fn choice(&self, kind: DeviceKind) -> ChoiceSignals {
        match kind {
            DeviceKind::Microphone => self.microphone.choice,
            DeviceKind::Camera => self.camera.choice,
            DeviceKind::Speaker => self.speaker,
        }
    }
}

impl DeviceSignals {
    fn new(wanted: bool) -> Self {
        Self {
            wanted: RwSignal::new(wanted),
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
