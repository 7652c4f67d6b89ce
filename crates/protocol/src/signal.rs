//! Signals: what two peers of a room say to each other through the server.
//!
//! What signals carry is long and is only passed on by the server. So the types with a signal in them are generic over how
//! they hold its texts: as `String`s, which is what the names without `Of` stand for, or as [`crate::Text`]s, which point into
//! the bytes that came.

use serde::{Deserialize, Serialize};

use crate::PeerId;
use crate::code::codes;
use crate::limits::{CANDIDATE_MAX, SDP_MAX, STATS_MAX};
use crate::open_enum::open_enum;

/// What two peers tell each other, with texts of its own.
pub type Signal = SignalOf<String>;

/// What two peers tell each other to connect. The server bounds the texts and never reads them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(remote = "Self", rename_all = "kebab-case", rename_all_fields = "kebab-case")]
pub enum SignalOf<T> {
    /// An offer or an answer.
    Description(DescriptionOf<T>),
    /// One way to reach the sender.
    Candidate(CandidateOf<T>),
    /// From the answerer of a pair: this connection is beyond repair, make another. The offerer of the pair opens the
    /// next one and sends its offer; it ignores a request about any connection but its newest.
    Rebuild {
        /// The [`Description::connection`] that is given up.
        connection: u32,
    },
    /// No way leads from the sender to the receiver, and this is what the sender found: with it and with its own findings
    /// the receiver can tell why. Said when the sender has tried everything, and again when it has found something else.
    Findings(Findings),
    /// Asks for [`Signal::Stats`], for showing. Asked again every few seconds, for as long as somebody looks; an answer once
    /// a second is enough.
    StatsWanted,
    /// What the sender's connections are like, one for each peer that it has one to.
    Stats {
        /// In no particular order.
        stats: Vec<PeerStats>,
    },
    /// The sender's browser makes no connections (WebRTC is missing or switched off), so no way ever leads to it. Said once for each
    /// connection that should have been made.
    Unsupported,
    /// From the answerer of a pair: restart ICE (RFC 8445 section 9) on this connection. The offerer does so and sends an offer, unless one
    /// is out. The answerer makes no offer of its own, because Chromium 156 draws no picture any more after an offer that was rolled back.
    RestartIce {
        /// The [`Description::connection`] that has lost its path.
        connection: u32,
    },
    /// A signal of a newer version. It is skipped.
    #[serde(other)]
    Unknown,
}

open_enum!(SignalOf<T>);

impl<T: AsRef<str>> SignalOf<T> {
    /// Whether every text is within its limit.
    #[must_use]
    pub fn is_within_limits(&self) -> bool {
        match self {
            Self::Description(description) => description.sdp.as_ref().len() <= SDP_MAX,
            Self::Candidate(candidate) => {
                let texts = [
                    Some(&candidate.candidate),
                    candidate.sdp_mid.as_ref(),
                    candidate.username_fragment.as_ref(),
                ];
                texts
                    .into_iter()
                    .flatten()
                    .map(|text| text.as_ref().len())
                    .sum::<usize>()
                    <= CANDIDATE_MAX
            }
            Self::Stats { stats } => stats.len() <= STATS_MAX,
            Self::Rebuild { .. }
            | Self::RestartIce { .. }
            | Self::Findings(_)
            | Self::StatsWanted
            | Self::Unsupported
            | Self::Unknown => true,
        }
    }
}

/// A session description with a text of its own.
pub type Description = DescriptionOf<String>;

/// An `RTCSessionDescription` (W3C WebRTC section 4.7) and where it belongs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct DescriptionOf<T> {
    /// Which of the pair's connections it is about. The offerer of the pair counts them from 0; an offer with a number
    /// that the answerer does not know yet replaces the connection it had.
    #[serde(default)]
    pub connection: u32,
    /// The sender's count of its local descriptions on this connection, from 1. Its candidates carry the same number.
    pub generation: u32,
    /// In an answer: the generation of the offer that it answers, so that an answer to an offer that has been rolled back
    /// or replaced since is told apart.
    #[serde(default)]
    pub answers: Option<u32>,
    /// Offer or answer.
    pub kind: DescriptionKind,
    /// The session description (RFC 8866).
    pub sdp: T,
}

codes! {
    /// The kinds of description that cross the wire. A rollback never does.
    #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
    pub enum DescriptionKind {
        /// Proposes.
        Offer = 0, "offer";
        /// Accepts.
        Answer = 1, "answer";
    }
}

/// A candidate with texts of its own.
pub type Candidate = CandidateOf<String>;

/// An `RTCIceCandidate` (W3C WebRTC section 4.8.1) and where it belongs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct CandidateOf<T> {
    /// Which of the pair's connections it is about, as in [`Description::connection`].
    #[serde(default)]
    pub connection: u32,
    /// The generation of the sender's description that it was gathered for.
    pub generation: u32,
    /// The candidate attribute (RFC 8839 section 5.1); empty at the end of a gathering.
    pub candidate: T,
    /// The media line's identification tag (RFC 5888).
    #[serde(default = "Option::default")]
    pub sdp_mid: Option<T>,
    /// The media line's index, from 0.
    #[serde(default)]
    pub sdp_m_line_index: Option<u16>,
    /// The ICE username fragment (RFC 8839 section 5.4) that it was gathered under.
    #[serde(default = "Option::default")]
    pub username_fragment: Option<T>,
}

/// What a peer has found while it looked for candidates, on its newest try.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct Findings {
    /// How the relays answered: the best of all.
    pub relay: RelayFinding,
    /// A STUN server answered over UDP.
    pub udp: bool,
}

codes! {
    /// How a relay (TURN, RFC 8656) answers. Of several the greatest counts.
    #[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
    pub enum RelayFinding {
        /// There is none, or it has not answered yet.
        #[default]
        Unknown = 0, "unknown";
        /// It does not answer.
        Unreachable = 1, "unreachable";
        /// It does not take the credentials.
        Refused = 2, "refused";
        /// It has no place for another allocation.
        Full = 3, "full";
        /// It works.
        Reached = 4, "reached";
    }
}

/// What a connection between two peers is like, as one of them measures it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct PeerStats {
    /// The other one.
    pub peer: PeerId,
    /// Which way the media goes.
    pub route: Route,
    /// How long a packet takes there and back, in milliseconds.
    #[serde(default)]
    pub round_trip_ms: Option<u32>,
    /// Of 1000 packets that were sent lately, how many did not arrive.
    #[serde(default)]
    pub lost_permille: u32,
}

codes! {
    /// Which way media goes between two peers. Over a relay: how this side reaches it.
    #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
    pub enum Route {
        /// None: they are not connected.
        None = 0, "none";
        /// From one to the other, over UDP.
        DirectUdp = 1, "direct-udp";
        /// From one to the other, over TCP.
        DirectTcp = 2, "direct-tcp";
        /// Over a relay, by UDP.
        RelayedUdp = 3, "relayed-udp";
        /// Over a relay, by TCP.
        RelayedTcp = 4, "relayed-tcp";
        /// Over a relay, by TLS.
        RelayedTls = 5, "relayed-tls";
    }
}
