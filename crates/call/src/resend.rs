//! What we have told the server and it may not have got.

use std::collections::VecDeque;

use protocol::limits::{RESEND_BYTES, RESEND_MESSAGES};
use protocol::{ClientMessage, PeerStats, Signal};

/// What a message takes up beside its texts, at most.
const OVERHEAD: usize = 128;

/// Our newest counted messages ([`ClientMessage::is_counted`]), in order, whether or not they could be sent.
#[derive(Debug, Default)]
pub(crate) struct Resend {
    messages: VecDeque<ClientMessage>,
    bytes: usize,
    /// Counted messages before those that are kept.
    before: u64,
}

impl Resend {
    /// Keeps a message and gives it its number. Past the bounds, the oldest are forgotten.
    pub(crate) fn push(&mut self, message: ClientMessage) -> u64 {
        self.bytes += size(&message);
        self.messages.push_back(message);
        while self.messages.len() > RESEND_MESSAGES || self.bytes > RESEND_BYTES {
            self.pop();
        }
        self.before + self.messages.len() as u64
    }

    /// The server has got so many. Returns those after, in order, and whether any of these has been forgotten. From here
    /// on it begins anew with nothing kept: what is sent again is pushed again.
    pub(crate) fn take_after(&mut self, received: u64) -> (Vec<ClientMessage>, bool) {
        let has_gap = received < self.before;
        while self.before < received && !self.messages.is_empty() {
            self.pop();
        }
        self.before = received;
        self.bytes = 0;
        (std::mem::take(&mut self.messages).into(), has_gap)
    }

    fn pop(&mut self) {
        if let Some(message) = self.messages.pop_front() {
            self.bytes -= size(&message);
            self.before += 1;
        }
    }
}

/// At least as many bytes as the message has when encoded. JSON may be longer; browsers do not use it.
fn size(message: &ClientMessage) -> usize {
    let texts = match message {
        ClientMessage::Signal { signal, .. } => match signal {
            Signal::Description(description) => description.sdp.len(),
            Signal::Candidate(candidate) => {
                let more = [&candidate.sdp_mid, &candidate.username_fragment];
                more.into_iter().flatten().map(String::len).sum::<usize>() + candidate.candidate.len()
            }
            // The numbers are shorter on the wire than here, the id is longer by one byte.
            Signal::Stats { stats } => stats.len() * size_of::<PeerStats>(),
            Signal::Rebuild { .. }
            | Signal::RestartIce { .. }
            | Signal::Findings(_)
            | Signal::StatsWanted
            | Signal::Unsupported
            | Signal::Unknown => 0,
        },
        ClientMessage::Update { name, .. } => name.len(),
        _ => 0,
    };
    texts + OVERHEAD
}

#[cfg(test)]
mod tests {
    use protocol::{Description, DescriptionKind, Encoding, PeerId};

    use super::*;

    fn message(connection: u32) -> ClientMessage {
        ClientMessage::Signal {
            to: PeerId::from_random_bytes([7; 16]),
            signal: Signal::Rebuild { connection },
        }
    }

    fn offer(length: usize) -> ClientMessage {
        ClientMessage::Signal {
            to: PeerId::from_random_bytes([7; 16]),
            signal: Signal::Description(Description {
                connection: u32::MAX,
                generation: u32::MAX,
                answers: None,
                kind: DescriptionKind::Offer,
                sdp: "x".repeat(length),
            }),
        }
    }

    #[test]
    fn what_has_arrived_is_forgotten_and_the_rest_comes_in_order() {
        let mut resend = Resend::default();
        for n in 0..5 {
            resend.push(message(n));
        }
        assert_eq!(resend.take_after(3), (vec![message(3), message(4)], false));
        // Sent again: they are the fourth and the fifth.
        for n in 3..5 {
            resend.push(message(n));
        }
        assert_eq!(resend.take_after(4), (vec![message(4)], false));
        assert_eq!(resend.take_after(4), (vec![], false));
    }

    #[test]
    fn more_than_is_kept_makes_a_gap_and_the_count_goes_on_from_what_arrived() {
        let mut resend = Resend::default();
        for n in 0..RESEND_MESSAGES as u32 + 10 {
            resend.push(message(n));
        }
        let (again, has_gap) = resend.take_after(4);
        assert!(has_gap);
        assert_eq!((again.len(), &again[0]), (RESEND_MESSAGES, &message(10)));
        resend.push(message(99));
        assert_eq!(
            resend.take_after(5),
            (vec![], false),
            "the fifth that arrived was the newest"
        );
    }

    #[test]
    fn bytes_are_bounded_too() {
        let mut resend = Resend::default();
        for _ in 0..40 {
            resend.push(offer(50_000));
        }
        let bytes: usize = resend.messages.iter().map(size).sum();
        assert!(bytes <= RESEND_BYTES && bytes == resend.bytes && resend.before > 0);
        assert!(Encoding::Postcard.encode(&offer(50_000)).len() <= size(&offer(50_000)));
        assert!(Encoding::Postcard.encode(&message(u32::MAX)).len() <= size(&message(u32::MAX)));
    }

    #[test]
    fn a_count_beyond_what_was_sent_forgets_everything_and_nothing_overflows() {
        let mut resend = Resend::default();
        resend.push(message(0));
        assert_eq!(resend.take_after(u64::MAX), (vec![], false));
    }
}
