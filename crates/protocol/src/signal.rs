//! Signals: what two peers of a room say to each other through the server.
//!
//! What signals carry is long and is only passed on by the server. So the types with a signal in them are generic over how
//! they hold its texts: as `String`s, which is what the names without `Of` stand for, or as [`crate::Text`]s, which point into
//! the bytes that came.

use serde::{Deserialize, Serialize};

use crate::PeerId;
use crate::limits::{CANDIDATE_MAX, LINKS_MAX, SDP_MAX};

/// What two peers tell each other, with texts of its own.
pub type Signal = SignalOf<String>;

/// What two peers tell each other to connect. The server bounds the texts and never reads them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", rename_all_fields = "kebab-case")]
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
    /// Asks for [`Signal::Links`], for showing. Asked again every few seconds, for as long as somebody looks; an answer once
    /// a second is enough.
    LinksWanted,
    /// What the sender's connections are like, one for each peer that it has one to.
    Links {
        /// In no particular order.
        links: Vec<PeerLink>,
    },
}

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
            Self::Links { links } => links.len() <= LINKS_MAX,
            Self::Rebuild { .. } | Self::Findings(_) | Self::LinksWanted => true,
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

/// The kinds of description that cross the wire. A rollback never does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum DescriptionKind {
    /// Proposes.
    Offer,
    /// Accepts.
    Answer,
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

/// How a relay (TURN, RFC 8656) answers. Of several the greatest counts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum RelayFinding {
    /// There is none, or it has not answered yet.
    #[default]
    Unknown,
    /// It does not answer.
    Unreachable,
    /// It does not take the credentials.
    Refused,
    /// It has no place for another allocation.
    Full,
    /// It works.
    Reached,
}

/// A connection between two peers, as one of them sees it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct PeerLink {
    /// The other one.
    pub peer: PeerId,
    /// Which way the media goes.
    pub route: Route,
    /// How long a packet takes there and back, in milliseconds.
    #[serde(default)]
    pub round_trip_ms: Option<u32>,
    /// Of 1000 packets that were sent lately, how many did not arrive.
    pub lost_permille: u32,
}

/// Which way media goes between two peers. Over a relay: how this side reaches it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Route {
    /// None: they are not connected.
    None,
    /// From one to the other, over UDP.
    DirectUdp,
    /// From one to the other, over TCP.
    DirectTcp,
    /// Over a relay, by UDP.
    RelayedUdp,
    /// Over a relay, by TCP.
    RelayedTcp,
    /// Over a relay, by TLS.
    RelayedTls,
}
