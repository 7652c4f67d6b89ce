//! One page whose peer is a stranger who says whatever it likes.

use std::time::Duration;

use fastrand::Rng;
use protocol::limits::peer;
use protocol::peer_message::{Features, FileAnswer, FileEnd, FileEndReason, FileKind, FileOffer};
use protocol::{Media, PeerId, PeerInfo, PeerMessage};

use super::world::{id, millis};
use crate::files::shape::Shape;
use crate::files::{FileEffect, FileEnding, FileId, FileInput, FileState, FileView, Files, Tell};
use crate::{ConnectionId, Effect, Role};

const PEER: usize = 1;
const C: ConnectionId = ConnectionId(3);

/// The page, and what it has said and done.
struct Victim {
    files: Files,
    now: Duration,
    mouth: Mouth,
    effects: Vec<FileEffect>,
    shown: Vec<FileView>,
}

struct Mouth {
    said: Vec<PeerMessage>,
    is_full: bool,
}

impl Tell for Mouth {
    fn say(&mut self, _: Duration, _: PeerId, message: &PeerMessage, _: &mut Vec<Effect>) -> bool {
        if !self.is_full {
            self.said.push(message.clone());
        }
        !self.is_full
    }
}

impl Victim {
    /// In a room with the stranger, as the offerer.
    fn new() -> Self {
        let mut victim = Self {
            files: Files::new(Shape::SMALL),
            now: Duration::from_secs(1),
            mouth: Mouth {
                said: Vec::new(),
                is_full: false,
            },
            effects: Vec::new(),
            shown: Vec::new(),
        };
        let peer = PeerInfo {
            id: id(PEER),
            order: 1,
            name: "Eve".parse().unwrap(),
            media: Media::default(),
        };
        victim.step(|_, _, out| {
            out.push(Effect::PeerAdded(peer));
            out.push(Effect::Open {
                connection: C,
                peer: id(PEER),
                role: Role::Offerer,
                ice_servers: Vec::new(),
                relay_only: false,
            });
        });
        victim.step(|files, _, out| files.ready(id(PEER), C, (Features::FILES, false), out));
        victim
    }

    fn step(&mut self, happens: impl FnOnce(&mut Files, Duration, &mut Vec<Effect>)) {
        let mut out = Vec::new();
        happens(&mut self.files, self.now, &mut out);
        self.files.poll(self.now, &mut self.mouth, &mut out);
        for effect in out {
            match effect {
                Effect::File(FileEffect::Changed(views)) => self.shown = views,
                Effect::File(effect) => self.effects.push(effect),
                _ => {}
            }
        }
    }

    fn hears(&mut self, message: &PeerMessage) {
        self.step(|files, now, out| files.heard(now, id(PEER), message, out));
    }

    fn input(&mut self, input: FileInput) {
        self.step(|files, now, out| files.handle(now, input, out));
    }

    fn is_offered(&mut self, wire: u64, size: u64) {
        self.hears(&PeerMessage::FileOffer(FileOffer {
            id: wire,
            size,
            kind: FileKind::Text,
            name: "x".into(),
        }));
    }

    /// A frame on a channel of ours or theirs.
    fn frame(&mut self, channel: u16, bytes: &[u8]) {
        let (connection, bytes) = (C, bytes.to_vec());
        self.input(FileInput::ChannelReceived {
            connection,
            channel,
            bytes,
        });
    }

    /// Offers a file and gets it to the point where the peer is asked.
    fn offers(&mut self, number: u64, size: u64) {
        self.input(FileInput::Offer {
            id: number,
            peer: id(PEER),
            name: "y".into(),
            size,
            kind: FileKind::Unknown,
        });
    }

    fn is_answered(&mut self, id: u64, from: u64, channel: u16) {
        self.hears(&PeerMessage::FileAnswer(FileAnswer { id, from, channel }));
    }

    fn is_ended(&mut self, id: u64, is_yours: bool, reason: FileEndReason) {
        self.hears(&PeerMessage::FileEnd(FileEnd { id, is_yours, reason }));
    }

    fn state(&self, id: FileId) -> Option<FileState> {
        self.shown.iter().find(|view| view.id == id).map(|view| view.state)
    }

    fn reads(&self) -> usize {
        let is_read = |effect: &&FileEffect| matches!(effect, FileEffect::Read { .. });
        self.effects.iter().filter(is_read).count()
    }

    /// Accepts the file that was offered first, and opens its channel.
    fn accepts_first(&mut self) {
        self.input(FileInput::Accept(FileId::Received(1)));
        self.input(FileInput::Created(FileId::Received(1)));
        let (connection, channel) = (C, 16);
        assert!(self.effects.contains(&FileEffect::OpenChannel { connection, channel }));
        self.input(FileInput::ChannelOpened { connection, channel });
    }
}

const BROKEN: Option<FileState> = Some(FileState::Ended(FileEnding::Ours(FileEndReason::Broken)));
const FIRST: FileId = FileId::Received(1);

#[test]
fn a_storm_of_offers_shows_sixteen_and_is_answered_sparingly() {
    let mut victim = Victim::new();
    for wire in 0..20_000 {
        victim.now += millis(1);
        victim.is_offered(wire, 10);
    }
    assert_eq!(victim.shown.len(), peer::FILE_OFFERS);
    // Those that the peer channel takes; the rest is dropped in silence once it takes no more.
    let before = victim.mouth.said.len();
    victim.mouth.is_full = true;
    for wire in 200_000..210_000 {
        victim.is_offered(wire, 10);
    }
    victim.mouth.is_full = false;
    victim.step(|_, _, _| {});
    assert!(victim.mouth.said.len() - before <= 64);
    // Offered and taken back, over and over: the list is short, and the person's own files stay on it.
    victim.offers(1, 100);
    for wire in 0..20_000 {
        victim.is_ended(wire, false, FileEndReason::Cancelled);
    }
    for wire in 300_000..305_000 {
        victim.now += millis(20);
        victim.is_ended(wire - 1, false, FileEndReason::Cancelled);
        victim.is_offered(wire, 10);
    }
    assert!(victim.shown.len() <= peer::FILE_OFFERS + 9, "{}", victim.shown.len());
    let seconds = u32::try_from(victim.now.as_secs()).unwrap();
    assert!(victim.files.received_ids <= peer::FILE_OFFER_BURST + peer::FILE_OFFER_RATE * seconds);
    assert!(victim.state(FileId::Sent(1)).is_some());
}

#[test]
fn numbers_that_are_used_again_are_the_same_file_and_too_large_ones_are_refused() {
    let mut victim = Victim::new();
    victim.is_offered(7, 100);
    victim.is_offered(7, 200);
    assert_eq!((victim.shown.len(), victim.shown[0].size), (1, 100));
    victim.is_ended(7, false, FileEndReason::Cancelled);
    victim.is_offered(7, 300);
    assert_eq!(victim.shown.len(), 1, "as long as it is on the list");
    victim.is_offered(8, peer::FILE_MAX);
    victim.is_offered(9, peer::FILE_MAX + 1);
    assert_eq!(victim.shown.len(), 2);
    let refusal = FileEnd {
        id: 9,
        is_yours: true,
        reason: FileEndReason::TooLarge,
    };
    assert_eq!(victim.mouth.said, [PeerMessage::FileEnd(refusal)]);
    // The numbers of a page that was loaded anew are others, even if they are the same.
    victim.step(|files, _, out| files.ready(id(PEER), C, (Features::FILES, true), out));
    victim.is_offered(8, 400);
    let newest = FileId::Received(3);
    assert_eq!(victim.state(newest), Some(FileState::Offered));
    victim.is_ended(8, false, FileEndReason::Cancelled);
    let state = FileState::Ended(FileEnding::Theirs(FileEndReason::Cancelled));
    assert_eq!(victim.state(newest), Some(state));
}

#[test]
fn data_before_acceptance_is_nothing_and_out_of_place_ends_that_file_alone() {
    let mut victim = Victim::new();
    victim.is_offered(7, 100);
    victim.is_offered(8, 100);
    for channel in [14, 15, 16, 17, 18, 255] {
        victim.frame(channel, &[1; 16]);
    }
    assert_eq!(
        (victim.effects.len(), victim.state(FIRST)),
        (0, Some(FileState::Offered))
    );
    victim.accepts_first();
    victim.frame(16, &[1; 16]);
    victim.frame(16, &[1; 32]);
    assert_eq!(victim.state(FIRST), BROKEN);
    assert_eq!(victim.state(FileId::Received(2)), Some(FileState::Offered));
    let (connection, channel) = (C, 16);
    let ends = [
        FileEffect::CloseChannel { connection, channel },
        FileEffect::Drop { id: FIRST },
    ];
    assert!(victim.effects.ends_with(&ends));
    // What still comes is nothing.
    victim.frame(16, &[1; 16]);
    victim.input(FileInput::Written { id: FIRST, up_to: 64 });
    victim.input(FileInput::Finished(FIRST));
    assert!(victim.effects.ends_with(&ends));
    // The sender cannot say that it was got.
    victim.is_ended(8, false, FileEndReason::Done);
    let state = FileState::Ended(FileEnding::Theirs(FileEndReason::Broken));
    assert_eq!(victim.state(FileId::Received(2)), Some(state));
}

#[test]
fn an_answer_that_could_not_be_said_is_not_said_on_the_next_connection() {
    let mut victim = Victim::new();
    victim.is_offered(7, 100);
    victim.mouth.is_full = true;
    victim.accepts_first();
    victim.step(|files, _, out| files.closed(C, out));
    victim.mouth.is_full = false;
    victim.step(|files, _, out| files.ready(id(PEER), ConnectionId(4), (Features::FILES, false), out));
    let answer = FileAnswer {
        id: 7,
        from: 0,
        channel: 18,
    };
    assert_eq!(victim.mouth.said, [PeerMessage::FileAnswer(answer)]);
}

#[test]
fn more_than_the_window_ends_it_before_it_is_kept() {
    let mut victim = Victim::new();
    victim.is_offered(7, 10_000);
    victim.accepts_first();
    for _ in 0..4 {
        for _ in 0..4 {
            victim.frame(16, &[1; 16]);
        }
        victim.frame(16, blake3::hash(&[1; 64]).as_bytes());
    }
    assert_eq!(victim.state(FIRST), Some(FileState::Going));
    victim.frame(16, &[1; 16]);
    assert_eq!(victim.state(FIRST), BROKEN);
}

#[test]
fn answers_to_nothing_and_wrong_ones_do_no_harm() {
    let mut victim = Victim::new();
    victim.is_answered(1, 0, 17);
    victim.offers(1, 1_000);
    assert_eq!(victim.reads(), 0);
    // Numbers of the peer channel, of this side, of nobody.
    for (number, channel) in (2..).zip([0, 1, 13, 14, 15, 16, 254, 256, 257, 1_023, u16::MAX]) {
        victim.offers(number, 100);
        victim.is_answered(number, 0, channel);
        assert_eq!(victim.state(FileId::Sent(number)), BROKEN, "{channel}");
    }
    victim.offers(20, 100);
    victim.is_answered(20, 64, 17);
    assert_eq!(victim.state(FileId::Sent(20)), BROKEN, "nothing was sent yet");
    assert_eq!(victim.reads(), 0);
    // Three at once, or two on one channel.
    victim.now += Duration::from_secs(60);
    for number in 31..35 {
        victim.offers(number, 100);
    }
    victim.is_answered(31, 0, 17);
    victim.is_answered(32, 0, 17);
    assert_eq!(victim.state(FileId::Sent(32)), BROKEN);
    victim.is_answered(33, 0, 255);
    assert_eq!(victim.reads(), 2);
    victim.is_answered(34, 0, 19);
    assert_eq!(victim.state(FileId::Sent(34)), BROKEN);
    // The same again is heeded so often and not more often.
    let before = victim.effects.len();
    for n in 0..10_000_u16 {
        victim.is_answered(31, 0, [21, 23][usize::from(n % 2)]);
    }
    assert!(victim.effects.len() - before < 60);
    assert_eq!(victim.state(FileId::Sent(31)), Some(FileState::Going));
}

#[test]
fn acknowledgements_of_what_was_not_sent_end_it() {
    for bytes in [
        &64_u64.to_le_bytes()[..],
        &0_u64.to_le_bytes(),
        &u64::MAX.to_le_bytes(),
        b"",
        b"1234567",
        b"123456789",
    ] {
        let mut victim = Victim::new();
        victim.offers(1, 1_000);
        victim.is_answered(1, 0, 17);
        victim.frame(17, bytes);
        assert_eq!(victim.state(FileId::Sent(1)), BROKEN, "{bytes:?}");
    }
    // Nor is anything got that was not sent.
    let mut victim = Victim::new();
    victim.offers(1, 1_000);
    victim.is_ended(1, true, FileEndReason::Done);
    let state = FileState::Ended(FileEnding::Theirs(FileEndReason::Broken));
    assert_eq!(victim.state(FileId::Sent(1)), Some(state));
    // A reason of the future ends it.
    victim.offers(2, 1_000);
    victim.is_ended(2, true, FileEndReason::Other(77));
    let state = FileState::Ended(FileEnding::Theirs(FileEndReason::Other(77)));
    assert_eq!(victim.state(FileId::Sent(2)), Some(state));
}

#[test]
fn one_that_was_got_although_it_was_cancelled_is_complete() {
    let mut victim = Victim::new();
    victim.offers(1, 16);
    victim.is_answered(1, 0, 17);
    let (connection, channel) = (C, 17);
    victim.input(FileInput::ChannelOpened { connection, channel });
    let (id, from, bytes) = (FileId::Sent(1), 0, vec![1; 16]);
    victim.input(FileInput::Read { id, from, bytes });
    victim.input(FileInput::ChannelDrained {
        connection,
        channel,
        gone: u64::MAX,
    });
    victim.input(FileInput::Cancel(id));
    victim.is_ended(1, true, FileEndReason::Done);
    assert_eq!(victim.state(id), Some(FileState::Complete));
}

/// Anything at all, in any order: nothing panics, and everything stays within its bounds.
#[test]
fn no_stranger_makes_a_page_panic_or_grow() {
    for seed in 0..300 {
        let mut rng = Rng::with_seed(seed);
        let mut victim = Victim::new();
        for _ in 0..400 {
            victim.now += millis(rng.u64(0..200));
            victim.mouth.is_full = rng.u32(0..10) == 0;
            let wire = rng.u64(0..20);
            let id_of = [FileId::Sent(wire), FileId::Received(rng.u32(0..20))][rng.usize(0..2)];
            let channel = [rng.u16(14..40), 16, 17, 18, 19][rng.usize(0..5)];
            let place = [0, 16, 32, 64, 128, 1_000, rng.u64(..)][rng.usize(0..7)];
            let length = [0, 8, 16, 32, rng.usize(0..70)][rng.usize(0..5)];
            let (connection, reason) = (C, FileEndReason::from(rng.u32(0..13)));
            match rng.u32(0..20) {
                0..=1 => victim.is_offered(wire, [0, 10, 100, 1_000, rng.u64(..)][rng.usize(0..5)]),
                2..=3 => victim.is_answered(wire, place, channel),
                4 => victim.is_ended(wire, rng.bool(), reason),
                5..=8 => victim.frame(channel, &vec![1; length]),
                9 => victim.frame(channel, blake3::hash(&vec![1; length]).as_bytes()),
                10..=11 => victim.offers(wire, rng.u64(0..500)),
                12..=13 => victim.input(FileInput::Accept(id_of)),
                14 => victim.input(FileInput::Created(id_of)),
                15 => victim.input(FileInput::Read {
                    id: id_of,
                    from: place,
                    bytes: vec![1; [32, length][rng.usize(0..2)]],
                }),
                16 => victim.input(FileInput::Written {
                    id: id_of,
                    up_to: place,
                }),
                17 => victim.input(FileInput::ChannelOpened { connection, channel }),
                18 => victim.input(FileInput::ChannelDrained {
                    connection,
                    channel,
                    gone: place,
                }),
                _ => match rng.u32(0..10) {
                    0 => victim.input(FileInput::ChannelClosed { connection, channel }),
                    1 => victim.input(FileInput::Cancel(id_of)),
                    2 => victim.input(FileInput::Dismiss(id_of)),
                    3 => victim.input(FileInput::Finished(id_of)),
                    4 => victim.step(|files, _, out| files.closed(C, out)),
                    5 => victim.input(FileInput::Failed {
                        id: id_of,
                        no_space: rng.bool(),
                    }),
                    6 => victim.step(|files, _, out| files.ready(id(PEER), C, (Features::FILES, true), out)),
                    _ => victim.step(|files, _, out| files.ready(id(PEER), C, (Features::FILES, false), out)),
                },
            }
            let shape = Shape::SMALL;
            let files = &victim.files;
            assert!(files.received.iter().all(|file| file.held() <= shape.window), "{seed}");
            assert!(files.sent.iter().all(|file| file.held().0 <= 2 * shape.read), "{seed}");
            let open = files.received.iter().filter(|file| !file.is_over()).count();
            assert!(open <= peer::FILE_OFFERS && victim.shown.len() <= 100, "{seed}");
            assert!(
                files
                    .deadline()
                    .is_none_or(|at| at > victim.now || victim.mouth.is_full),
                "{seed}: it spins"
            );
            victim.effects.clear();
            victim.mouth.said.clear();
        }
    }
}
