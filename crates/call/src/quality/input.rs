//! What [`Quality`](super::Quality) is told and what it answers.

use crate::SmallMap;
use std::time::Duration;

use protocol::PeerId;

use super::step::Step;
use crate::source::Source;

/// What does not change while the page lives.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct QualitySettings {
    /// `navigator.hardwareConcurrency`, 0 where it is unknown.
    pub cores: u32,
}

/// Something that happened. Whatever names a peer that has not joined, or a source without pictures, is ignored.
#[derive(Clone, Debug, PartialEq)]
pub enum QualityInput {
    /// The peer is in the room; the transceivers of its connection can be laid.
    PeerJoined(PeerId),
    /// The peer is not in the room any more.
    PeerLeft(PeerId),
    /// The peer's connection is another one now, which knows nothing of what was set on the last.
    Replaced(PeerId),
    /// The peer's connection stands, for the first time or again.
    Stands(PeerId),
    /// Nothing gets through to the peer at the moment.
    Interrupted(PeerId),
    /// The peer says in which size it shows a picture of ours.
    Wish {
        /// Who.
        peer: PeerId,
        /// Camera or screen.
        source: Source,
        /// The size.
        step: Step,
    },
    /// The peer's own Low data.
    PeerLowData {
        /// Who.
        peer: PeerId,
        /// Whether it is on.
        on: bool,
    },
    /// Low data of this side.
    LowData(bool),
    /// The microphone's sound is music, or a voice.
    OriginalSound(bool),
    /// How large this page shows its own camera.
    SelfView(Step),
    /// What the camera or the screen gives now; nothing while it is off.
    Captured {
        /// Camera or screen.
        source: Source,
        /// From `MediaStreamTrack.getSettings()`.
        capture: Option<Capture>,
    },
    /// Whether the sound of a screen is sent.
    ScreenAudio(bool),
    /// The stats of all connections, every one to two seconds.
    Stats(SmallMap<PeerId, PathStats>),
}

/// What a camera or a screen gives.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Capture {
    /// Pixels.
    pub width: u32,
    /// Pixels.
    pub height: u32,
    /// A second, rounded.
    pub frames: u32,
    /// The lines of the largest picture that the device can give (`getCapabilities().height.max`).
    pub largest: u32,
    /// What is in the picture.
    pub content: Content,
}

/// What is in a picture: `contentHint` for a screen (W3C MediaStreamTrack Content Hints).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Content {
    /// A person.
    Camera,
    /// A screen on which one reads: stays sharp, moves seldom.
    Text,
    /// A screen on which something moves.
    Motion,
}

/// What one connection's `getStats()` says. Numbers that make no sense count as unknown.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct PathStats {
    /// `availableOutgoingBitrate` of the candidate pair in use, in bit/s. Firefox does not have it.
    pub available_outgoing_bitrate: Option<f64>,
    /// What was really sent on the connection since the last stats, in bit/s.
    pub sent_bitrate: Option<f64>,
    /// The part of packets that the peer missed, 0 to 1 (`remote-inbound-rtp`'s `fractionLost`), the worst of all sources.
    pub loss: Option<f64>,
    /// The path's round trip.
    pub round_trip: Option<Duration>,
    /// The same as media measures it: the least that its reports have said since the last stats (`remote-inbound-rtp`'s `roundTripTime`).
    pub media_round_trip: Option<Duration>,
    /// The pictures that are sent.
    pub streams: SmallMap<Source, StreamStats>,
}

/// What the stats say of one picture that is sent (`outbound-rtp` and its `media-source`).
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct StreamStats {
    /// Frames encoded a second.
    pub frames: Option<f64>,
    /// Frames a second that the source gives: `framesPerSecond` of the `media-source`.
    pub source_frames: Option<f64>,
    /// The smaller of `frameWidth` and `frameHeight`, as encoded.
    pub lines: Option<u32>,
    /// `qualityLimitationReason`. Firefox does not have it.
    pub limitation: Option<Limitation>,
    /// The part of a core that its encoder works, from `totalEncodeTime`, 0 to 1 and above.
    pub encode_load: Option<f64>,
}

/// Why a browser sends less than it was asked to (W3C WebRTC Stats, `RTCQualityLimitationReason`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Limitation {
    /// It does not.
    None,
    /// The processor.
    Cpu,
    /// The path.
    Bandwidth,
    /// Something else.
    Other,
}

/// Something to do.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum QualityEffect {
    /// Send this source to this peer like this, from now on.
    Encode {
        /// To whom.
        peer: PeerId,
        /// What.
        source: Source,
        /// How.
        encoding: Encoding,
    },
    /// Capture the camera like this: `applyConstraints`, as `ideal` values.
    Capture(CaptureWanted),
}

/// What to give to `setParameters` (W3C WebRTC section 5.2.9), and whether there is a track at all.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Encoding {
    /// False: `replaceTrack(null)`. (`active` is not reliable in Firefox.)
    pub send: bool,
    /// `scaleResolutionDownBy`, 1 or more. Means nothing for sounds.
    pub scale_resolution_down_by: f64,
    /// `maxBitrate` in bit/s.
    pub max_bitrate: u32,
    /// `maxFramerate`; nothing where it is as fast as the capture.
    pub max_framerate: Option<u32>,
    /// `adaptivePtime` (WebRTC Extensions section 5.1): congestion control may put more than 20 ms of sound into a packet, so that a narrow
    /// path carries fewer headers. Chromium has it. Means nothing for pictures.
    pub adaptive_ptime: bool,
}

impl Encoding {
    /// With what a transceiver for pictures is laid before anything is known of the capture.
    pub const FIRST: Self = Self {
        send: true,
        scale_resolution_down_by: 2.0,
        max_bitrate: 500_000,
        max_framerate: None,
        adaptive_ptime: false,
    };
}

/// What is wanted of the camera.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CaptureWanted {
    /// Lines of a landscape picture; the width follows from the camera's shape.
    pub height: u32,
    /// A second.
    pub frames: u32,
}

impl CaptureWanted {
    /// What a camera is asked for first.
    pub const FIRST: Self = Self {
        height: 720,
        frames: 30,
    };
}
