//! The samples of every message: what stands in `golden/` and in PROTOCOL.md, as values.

#![allow(dead_code, reason = "each test file uses its own part of it")]

use std::fs;
use std::path::PathBuf;

use protocol::{
    Candidate, ClientMessage, Description, DescriptionKind, ErrorCode, Findings, IceServer, LeaveReason, Media,
    Numbered, PeerId, PeerInfo, PeerStats, RelayFinding, Resume, Route, ServerMessage, Signal, SourceState,
};
use serde::de::value;
use serde::de::{DeserializeOwned, Deserializer, Error, Visitor};
use serde::forward_to_deserialize_any;

/// The value that `golden/<name>.json` and `golden/<name>.hex` hold.
pub(crate) struct Sample<M> {
    pub(crate) name: &'static str,
    pub(crate) message: M,
}

const fn sample<M>(name: &'static str, message: M) -> Sample<M> {
    Sample { name, message }
}

pub(crate) fn golden(file: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("golden").join(file)
}

pub(crate) fn ada() -> PeerId {
    "2f1f7c5e-8a40-4c36-9d0e-5b8f6b1d1a01".parse().unwrap()
}

pub(crate) fn grace() -> PeerId {
    "9b0d4c1a-3c52-4f0e-8f77-0c9a2f6e2b02".parse().unwrap()
}

const EVERYTHING_ON: Media = Media {
    microphone: SourceState::On,
    camera: SourceState::On,
    screen: SourceState::Off,
    screen_audio: SourceState::Off,
};

const CAMERA_OFF: Media = Media {
    camera: SourceState::Off,
    ..EVERYTHING_ON
};

/// Shaped as a real one; made with no key.
const TOKEN: &str = "AQAAAAAAAAAAmw1MGjxSTw6PdwyaL24rAgAAAAAAAAABAAAAAGdBQUGrzqvOq86rzqvOq86rzqvO";

fn info(id: PeerId, order: u64, name: &str, media: Media) -> PeerInfo {
    PeerInfo {
        id,
        order,
        name: name.parse().unwrap(),
        media,
    }
}

fn offer() -> Signal {
    Signal::Description(Description {
        connection: 0,
        generation: 1,
        answers: None,
        kind: DescriptionKind::Offer,
        sdp: "v=0\r\no=- 4611731400430051336 2 IN IP4 127.0.0.1\r\ns=-\r\nt=0 0\r\n".into(),
    })
}

fn answer() -> Signal {
    Signal::Description(Description {
        connection: 0,
        generation: 1,
        answers: Some(1),
        kind: DescriptionKind::Answer,
        sdp: "v=0\r\no=- 7314580218874331902 2 IN IP4 127.0.0.1\r\ns=-\r\nt=0 0\r\n".into(),
    })
}

fn candidate() -> Signal {
    Signal::Candidate(Candidate {
        connection: 0,
        generation: 1,
        candidate: "candidate:1 1 udp 2122260223 192.0.2.7 54321 typ host generation 0 ufrag k3Xp".into(),
        sdp_mid: Some("0".into()),
        sdp_m_line_index: Some(0),
        username_fragment: Some("k3Xp".into()),
    })
}

fn last_candidate() -> Signal {
    Signal::Candidate(Candidate {
        connection: 0,
        generation: 1,
        candidate: String::new(),
        sdp_mid: None,
        sdp_m_line_index: None,
        username_fragment: None,
    })
}

fn findings() -> Signal {
    Signal::Findings(Findings {
        relay: RelayFinding::Unreachable,
        udp: false,
    })
}

fn stats() -> Signal {
    Signal::Stats {
        stats: vec![PeerStats {
            peer: ada(),
            route: Route::RelayedTcp,
            round_trip_ms: Some(48),
            lost_permille: 5,
        }],
    }
}

fn ice_servers() -> Vec<IceServer> {
    vec![
        IceServer {
            urls: vec!["stun:stun.example.org:3478".into()],
            username: None,
            credential: None,
        },
        IceServer {
            urls: vec!["turn:turn.example.org:3478?transport=udp".into()],
            username: Some("guest".into()),
            credential: Some("open-sesame".into()),
        },
    ]
}

/// With credentials as a relay makes them for a seat.
fn renewed_ice_servers() -> Vec<IceServer> {
    let mut ice_servers = ice_servers();
    ice_servers[1].username = Some("1732060800:9b0d4c1a-3c52-4f0e-8f77-0c9a2f6e2b02".into());
    ice_servers[1].credential = Some("mGb0Zk1fT5bq2m1dY9y3x8o5L3E=".into());
    ice_servers
}

pub(crate) fn client_samples() -> Vec<Sample<ClientMessage>> {
    let room = || "monday-stand-up".to_string();
    let to = |to, signal| ClientMessage::Signal { to, signal };
    vec![
        sample("client-peek", ClientMessage::Peek { room: room() }),
        sample(
            "client-join",
            ClientMessage::Join {
                room: room(),
                name: "Grace Hopper".into(),
                media: EVERYTHING_ON,
                resume: None,
            },
        ),
        sample(
            "client-join-resume",
            ClientMessage::Join {
                room: room(),
                name: "Grace Hopper".into(),
                media: CAMERA_OFF,
                resume: Some(Resume {
                    token: TOKEN.into(),
                    received: 7,
                    known: vec![ada()],
                }),
            },
        ),
        sample("client-signal-offer", to(grace(), offer())),
        sample("client-signal-answer", to(ada(), answer())),
        sample("client-signal-candidate", to(grace(), candidate())),
        sample("client-signal-last-candidate", to(grace(), last_candidate())),
        sample(
            "client-update",
            ClientMessage::Update {
                name: "Grace Hopper".into(),
                media: CAMERA_OFF,
            },
        ),
        sample("client-leave", ClientMessage::Leave),
        sample("client-probe", ClientMessage::Probe),
        sample("client-signal-findings", to(grace(), findings())),
        sample("client-signal-stats-wanted", to(grace(), Signal::StatsWanted)),
        sample("client-signal-unsupported", to(grace(), Signal::Unsupported)),
        sample(
            "client-signal-restart-ice",
            to(ada(), Signal::RestartIce { connection: 0 }),
        ),
        sample("client-signal-stats", to(ada(), stats())),
    ]
}

pub(crate) fn server_samples() -> Vec<Sample<ServerMessage>> {
    let from = |from, signal| ServerMessage::Signal { from, signal };
    vec![
        sample(
            "server-occupancy",
            ServerMessage::Occupancy {
                room: "monday-stand-up".parse().unwrap(),
                count: 1,
                capacity: 8,
            },
        ),
        sample(
            "server-joined",
            ServerMessage::Joined {
                room: "monday-stand-up".parse().unwrap(),
                you: info(grace(), 1, "Grace Hopper", EVERYTHING_ON),
                peers: vec![info(ada(), 0, "Ada Lovelace", EVERYTHING_ON)],
                ice_servers: ice_servers(),
                capacity: 8,
                away: vec![],
                token: TOKEN.into(),
            },
        ),
        sample(
            "server-resumed",
            ServerMessage::Resumed {
                token: TOKEN.into(),
                ice_servers: vec![],
                received: 12,
            },
        ),
        sample(
            "server-peer-joined",
            ServerMessage::PeerJoined {
                peer: info(grace(), 1, "Grace Hopper", EVERYTHING_ON),
            },
        ),
        sample("server-signal-offer", from(ada(), offer())),
        sample("server-signal-answer", from(grace(), answer())),
        sample("server-signal-candidate", from(ada(), candidate())),
        sample(
            "server-peer-updated",
            ServerMessage::PeerUpdated {
                peer: info(grace(), 1, "Grace Hopper", CAMERA_OFF),
            },
        ),
        sample("server-peer-away", ServerMessage::PeerAway { peer: grace() }),
        sample(
            "server-peer-back",
            ServerMessage::PeerBack {
                peer: info(grace(), 1, "Grace Hopper", CAMERA_OFF),
            },
        ),
        sample(
            "server-peer-left",
            ServerMessage::PeerLeft {
                peer: grace(),
                reason: LeaveReason::Left,
            },
        ),
        sample(
            "server-probed",
            ServerMessage::Probed {
                ice_servers: ice_servers(),
            },
        ),
        sample(
            "server-ice-servers",
            ServerMessage::IceServers {
                ice_servers: renewed_ice_servers(),
            },
        ),
        sample("server-signal-stats", from(grace(), stats())),
        sample("server-bye", ServerMessage::Bye { retry_after_ms: 2_000 }),
        sample(
            "server-error",
            ServerMessage::Error {
                code: ErrorCode::RoomFull,
                message: ErrorCode::RoomFull.sentence().into(),
                peer: None,
            },
        ),
        sample(
            "server-error-about-a-peer",
            ServerMessage::Error {
                code: ErrorCode::UnknownPeer,
                message: ErrorCode::UnknownPeer.sentence().into(),
                peer: Some(grace()),
            },
        ),
    ]
}

/// What `golden/<name>.json` and `golden/<name>.hex` hold: counted messages have the number 1.
pub(crate) fn frame<M: Clone>(message: &M, is_counted: bool) -> Numbered<M> {
    Numbered {
        number: is_counted.into(),
        message: message.clone(),
    }
}

pub(crate) fn client_frames() -> Vec<Sample<Numbered<ClientMessage>>> {
    let samples = client_samples().into_iter();
    let frames = samples.map(|Sample { name, message }| sample(name, frame(&message, message.is_counted())));
    frames.collect()
}

pub(crate) fn server_frames() -> Vec<Sample<Numbered<ServerMessage>>> {
    let samples = server_samples().into_iter();
    let frames = samples.map(|Sample { name, message }| sample(name, frame(&message, message.is_counted())));
    frames.collect()
}

/// The names of an enum's variants as they stand in JSON, `unknown` among them: what a type tells its reader.
pub(crate) fn variants_of<T: DeserializeOwned>() -> Vec<String> {
    struct Names<'a>(&'a mut Vec<String>);

    impl<'de> Deserializer<'de> for Names<'_> {
        type Error = value::Error;

        fn deserialize_enum<V: Visitor<'de>>(
            self,
            _: &'static str,
            variants: &'static [&'static str],
            _: V,
        ) -> Result<V::Value, value::Error> {
            self.0.extend(variants.iter().map(|&name| name.to_owned()));
            Err(value::Error::custom("that was all"))
        }

        fn deserialize_any<V: Visitor<'de>>(self, _: V) -> Result<V::Value, value::Error> {
            panic!("this is no enum")
        }

        fn is_human_readable(&self) -> bool {
            false
        }

        forward_to_deserialize_any! {
            bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf option unit unit_struct
            newtype_struct seq tuple tuple_struct map struct identifier ignored_any
        }
    }

    let mut names = Vec::new();
    assert!(T::deserialize(Names(&mut names)).is_err());
    names
}

pub(crate) fn read(file: &str) -> String {
    fs::read_to_string(golden(file)).unwrap_or_else(|error| panic!("golden/{file}: {error}"))
}

pub(crate) fn unhex(text: &str) -> Vec<u8> {
    let digits: String = text.split_whitespace().collect();
    (0..digits.len())
        .step_by(2)
        .map(|at| u8::from_str_radix(&digits[at..at + 2], 16).unwrap())
        .collect()
}
