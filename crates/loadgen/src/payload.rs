//! What peers say to each other while they connect: one session description for every nine candidates, in sizes as
//! browsers make them.

use protocol::{Candidate, ClientMessage, Description, DescriptionKind, Encoding, PeerId, Signal};
use serde_json::json;
use tokio_tungstenite::tungstenite::Message;

/// Messages after which the mix repeats.
pub(crate) const CYCLE: usize = 10;

/// Length of the session description, in bytes: about an offer with eight media lines.
const SDP_BYTES: usize = 12 * 1024;

const CANDIDATE: &str = "candidate:2746281235 1 udp 2122260223 192.0.2.7 54321 typ host generation 0 ufrag k3Xp network-id 1 network-cost 10";

fn sdp() -> String {
    let lines = [
        "a=rtpmap:111 opus/48000/2",
        "a=fmtp:111 minptime=10;useinbandfec=1",
        "a=rtcp-fb:96 transport-cc",
        "a=extmap:3 http://www.ietf.org/id/draft-holmer-rmcat-transport-wide-cc-extensions-01",
    ];
    let mut sdp = String::from("v=0\r\no=- 4611731400430051336 2 IN IP4 127.0.0.1\r\ns=-\r\nt=0 0\r\n");
    for line in lines.iter().cycle() {
        if sdp.len() + line.len() > SDP_BYTES {
            return sdp;
        }
        sdp.push_str(line);
        sdp.push_str("\r\n");
    }
    sdp
}

/// The mix as this protocol has it.
pub(crate) fn parlour(to: PeerId) -> Vec<Message> {
    signals()
        .map(|signal| Message::binary(Encoding::Postcard.encode_frame(&ClientMessage::Signal { to, signal }.into())))
        .collect()
}

fn signals() -> impl Iterator<Item = Signal> {
    let description = Signal::Description(Description {
        connection: 0,
        generation: 1,
        answers: None,
        kind: DescriptionKind::Offer,
        sdp: sdp(),
    });
    let candidate = Signal::Candidate(Candidate {
        connection: 0,
        generation: 1,
        candidate: CANDIDATE.into(),
        sdp_mid: Some("0".into()),
        sdp_m_line_index: Some(0),
        username_fragment: Some("k3Xp".into()),
    });
    std::iter::once(description).chain(std::iter::repeat_n(candidate, CYCLE - 1))
}

/// Whether bytes that the server sent are a signal, by the number of the variant alone: reading them whole would cost the
/// generator more than the server. The message's own number stands before that.
pub(crate) fn is_parlour_signal(bytes: &[u8]) -> bool {
    let end_of_number = bytes.iter().position(|byte| byte & 0x80 == 0);
    end_of_number.is_some_and(|end| bytes.get(end + 1) == Some(&SERVER_SIGNAL))
}

/// The number that postcard gives to [`protocol::ServerMessage::Signal`].
const SERVER_SIGNAL: u8 = 8;

/// The mix as PeerJS has it.
pub(crate) fn peer_js(to: &str) -> Vec<Message> {
    let connection = "mc_k3xp1a2b3c4";
    let offer = json!({
        "type": "OFFER",
        "dst": to,
        "payload": {
            "sdp": { "type": "offer", "sdp": sdp() },
            "type": "media",
            "connectionId": connection,
        },
    });
    let candidate = json!({
        "type": "CANDIDATE",
        "dst": to,
        "payload": {
            "candidate": {
                "candidate": CANDIDATE,
                "sdpMid": "0",
                "sdpMLineIndex": 0,
                "usernameFragment": "k3Xp",
            },
            "type": "media",
            "connectionId": connection,
        },
    });
    std::iter::once(offer)
        .chain(std::iter::repeat_n(candidate, CYCLE - 1))
        .map(|message| Message::text(message.to_string()))
        .collect()
}

/// Frames of the same sizes as [`parlour`]'s, behind the receiver's number.
pub(crate) fn bare(to: u32) -> Vec<Message> {
    parlour(PeerId::from_random_bytes([0; 16]))
        .into_iter()
        .map(|message| {
            let mut frame = message.into_data().to_vec();
            frame[..4].copy_from_slice(&to.to_le_bytes());
            Message::binary(frame)
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use protocol::Numbered;

    use super::*;

    #[test]
    fn the_mix_has_the_sizes_of_real_signals() {
        let peer = PeerId::from_random_bytes([1; 16]);
        for mix in [parlour(peer), peer_js(&peer.to_string()), bare(7)] {
            let sizes: Vec<_> = mix.iter().map(Message::len).collect();
            assert_eq!(sizes.len(), CYCLE);
            assert!((11_500..13_500).contains(&sizes[0]), "{sizes:?}");
            assert!(sizes[1..].iter().all(|size| (130..400).contains(size)), "{sizes:?}");
        }
    }

    #[test]
    fn a_relayed_signal_is_told_by_its_first_bytes() {
        let from = PeerId::from_random_bytes([1; 16]);
        for signal in signals() {
            let message = protocol::ServerMessage::Signal { from, signal };
            for number in [1, 127, 128, 100_000] {
                let message = message.clone();
                let frame = Encoding::Postcard.encode_frame(&Numbered { number, message });
                assert!(is_parlour_signal(&frame));
            }
        }
        let bye = protocol::ServerMessage::Bye { retry_after_ms: 1 };
        assert!(!is_parlour_signal(&Encoding::Postcard.encode_frame(&bye.into())));
    }

    #[test]
    fn frames_for_the_bare_relay_are_as_long_as_ours() {
        let lengths = |mix: Vec<Message>| mix.iter().map(Message::len).collect::<Vec<_>>();
        assert_eq!(lengths(bare(9)), lengths(parlour(PeerId::from_random_bytes([1; 16]))));
    }
}
