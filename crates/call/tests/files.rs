//! Files in a call: what a page is asked to do, in which order, and with the sizes of the protocol.

mod support;

use std::collections::BTreeMap;

use call::files::{FILE_BUFFERED_HIGH, FileEffect, FileEnding, FileId, FileInput, FileState, FileView};
use call::{ConnectionId, Effect, Input};
use protocol::PeerMessage;
use protocol::limits::peer;
use protocol::peer_message::{Features, FileAnswer, FileEnd, FileEndReason, FileKind, FileOffer};
use support::peer_id;
use support::stage::{ALL, Stage, info};

const MIB: usize = 1024 * 1024;
const SENT: FileId = FileId::Sent(77);
const RECEIVED: FileId = FileId::Received(1);

/// We are in a room with a peer who was there first, so that it is the offerer.
fn stage() -> Stage {
    let mut stage = Stage::with(&[1]);
    greets(&mut stage, 1);
    stage
}

fn greets(stage: &mut Stage, session: u64) {
    stage.connects(1);
    stage.hello(1, session, ALL.with(Features::FILES));
}

/// The connection of now breaks, and there is another one. Nobody has said hello.
fn is_rebuilt(stage: &mut Stage) {
    let before = stage.connection(1);
    let signal = protocol::Signal::Description(protocol::Description {
        connection: before.0 + 1,
        generation: 1,
        answers: None,
        kind: protocol::DescriptionKind::Offer,
        sdp: "v=0".into(),
    });
    let from = peer_id(1);
    stage.server(protocol::ServerMessage::Signal { from, signal });
    assert_ne!(stage.connection(1), before, "it is another one");
}

fn effects(stage: &mut Stage) -> Vec<FileEffect> {
    stage.seen(|effect| match effect {
        Effect::File(FileEffect::Changed(_)) => None,
        Effect::File(effect) => Some(effect.clone()),
        _ => None,
    })
}

fn shown(stage: &mut Stage) -> Vec<FileView> {
    let lists = stage.seen(|effect| match effect {
        Effect::File(FileEffect::Changed(views)) => Some(views.clone()),
        _ => None,
    });
    lists.last().cloned().unwrap_or_default()
}

fn offer(size: u64) -> PeerMessage {
    PeerMessage::FileOffer(FileOffer {
        id: 5,
        size,
        kind: FileKind::Image,
        name: "C:\\photos\\cat.png".into(),
    })
}

fn content(size: usize) -> Vec<u8> {
    (0..size).map(|n| (n * 31 % 253) as u8).collect()
}

fn hash(bytes: &[u8]) -> Vec<u8> {
    blake3::hash(bytes).as_bytes().to_vec()
}

/// What the peer hears first of all is that this page takes files.
#[test]
fn a_page_says_that_it_takes_files_and_knows_who_else_does() {
    let mut stage = Stage::with(&[1]);
    assert!(!stage.call.takes_files(peer_id(1)));
    stage.connects(1);
    let hellos = stage.seen(|effect| match effect {
        Effect::SendOnChannel { bytes, .. } => Some(bytes.clone()),
        _ => None,
    });
    let frame = protocol::peer_message::Frame::<PeerMessage>::decode(&hellos[0]).unwrap();
    let protocol::peer_message::Content::Hello(hello) = frame.content else {
        panic!("a hello");
    };
    assert!(hello.features.has(Features::FILES));
    stage.hello(1, 1, ALL.with(Features::FILES));
    assert!(stage.call.takes_files(peer_id(1)) && !stage.call.takes_files(peer_id(2)));
    stage.leaves(1);
    assert!(!stage.call.takes_files(peer_id(1)));
}

#[test]
fn a_file_is_received_block_by_block_and_goes_on_with_the_next_connection() {
    let (mut stage, bytes) = (stage(), content(2 * MIB + 20_000));
    stage.says(1, offer(bytes.len() as u64));
    let view = shown(&mut stage).pop().expect("it is shown");
    assert_eq!(
        (view.name.as_str(), view.peer_name.as_str(), view.state),
        ("cat.png", "P1", FileState::Offered)
    );
    stage.told(1);
    stage.input(Input::File(FileInput::Accept(RECEIVED)));
    let size = bytes.len() as u64;
    assert_eq!(effects(&mut stage), [FileEffect::Create { id: RECEIVED, size }]);
    stage.input(Input::File(FileInput::Created(RECEIVED)));
    // The channel is there before the answer is on its way, and its number is odd: the sender is the offerer.
    let connection = stage.connection(1);
    let order = stage.seen(|effect| match effect {
        Effect::File(FileEffect::OpenChannel { channel, .. }) => Some(*channel),
        Effect::SendOnChannel { .. } => Some(0),
        _ => None,
    });
    assert_eq!(order, [17, 0]);
    let answer = |from, channel| PeerMessage::FileAnswer(FileAnswer { id: 5, from, channel });
    assert_eq!(stage.told(1), [answer(0, 17)]);
    let frame = |stage: &mut Stage, connection: ConnectionId, channel, bytes: &[u8]| {
        stage.input(Input::File(FileInput::ChannelReceived {
            connection,
            channel,
            bytes: bytes.to_vec(),
        }));
    };
    let channel = 17;
    stage.input(Input::File(FileInput::ChannelOpened { connection, channel }));
    for piece in bytes[..MIB].chunks(peer::FILE_PIECE) {
        frame(&mut stage, connection, channel, piece);
    }
    assert_eq!(effects(&mut stage), [], "nothing is written that is not verified");
    frame(&mut stage, connection, channel, &hash(&bytes[..MIB]));
    let [
        FileEffect::Write {
            id: RECEIVED,
            at: 0,
            pieces,
        },
    ] = &effects(&mut stage)[..]
    else {
        panic!("a block");
    };
    assert_eq!(pieces.concat(), bytes[..MIB]);
    stage.input(Input::File(FileInput::Written {
        id: RECEIVED,
        up_to: MIB as u64,
    }));
    let [FileEffect::Send { bytes: ack, .. }] = &effects(&mut stage)[..] else {
        panic!("an acknowledgement");
    };
    assert_eq!(**ack, (MIB as u64).to_le_bytes());
    frame(&mut stage, connection, channel, &bytes[MIB..MIB + peer::FILE_PIECE]);
    // The connection breaks, and there is another one.
    stage.acknowledges(1);
    is_rebuilt(&mut stage);
    effects(&mut stage);
    greets(&mut stage, 1);
    let (connection, channel) = (stage.connection(1), 19);
    assert_eq!(effects(&mut stage), [FileEffect::OpenChannel { connection, channel }]);
    assert_eq!(stage.told(1), [answer(MIB as u64, 19)]);
    for block in bytes[MIB..].chunks(MIB) {
        block
            .chunks(peer::FILE_PIECE)
            .for_each(|piece| frame(&mut stage, connection, channel, piece));
        frame(&mut stage, connection, channel, &hash(block));
    }
    frame(&mut stage, connection, channel, &hash(&bytes));
    let writes = effects(&mut stage).into_iter().map(|effect| match effect {
        FileEffect::Write { at, pieces, .. } => (at, pieces.concat().len()),
        other => panic!("{other:?}"),
    });
    assert_eq!(
        writes.collect::<Vec<_>>(),
        [(MIB as u64, MIB), (2 * MIB as u64, 20_000)]
    );
    stage.input(Input::File(FileInput::Written {
        id: RECEIVED,
        up_to: size,
    }));
    assert_eq!(effects(&mut stage), [FileEffect::Finish { id: RECEIVED }]);
    stage.input(Input::File(FileInput::Finished(RECEIVED)));
    let done = FileEnd {
        id: 5,
        is_yours: true,
        reason: FileEndReason::Done,
    };
    assert_eq!(stage.told(1), [PeerMessage::FileEnd(done)]);
    let view = shown(&mut stage).pop().unwrap();
    assert_eq!((view.state, view.done), (FileState::Complete, size));
    // The person leaves. What was received stays until it is dismissed.
    stage.input(Input::Leave);
    assert_eq!(effects(&mut stage), []);
    stage.input(Input::File(FileInput::Dismiss(RECEIVED)));
    assert_eq!(effects(&mut stage), [FileEffect::Drop { id: RECEIVED }]);
}

#[test]
fn a_file_is_sent_with_little_in_memory_and_in_the_queue() {
    let (mut stage, bytes) = (stage(), content(3 * MIB / 2));
    stage.told(1);
    stage.input(Input::File(FileInput::Offer {
        id: 77,
        peer: peer_id(1),
        name: "a.bin".into(),
        size: bytes.len() as u64,
        kind: FileKind::Unknown,
    }));
    let expected = FileOffer {
        id: 77,
        size: bytes.len() as u64,
        kind: FileKind::Unknown,
        name: "a.bin".into(),
    };
    assert_eq!(stage.told(1), [PeerMessage::FileOffer(expected)]);
    let (id, from, channel) = (77, 0, 16);
    stage.says(1, PeerMessage::FileAnswer(FileAnswer { id, from, channel }));
    let connection = stage.connection(1);
    let [
        FileEffect::OpenChannel { channel: 16, .. },
        first @ FileEffect::Read { .. },
    ] = &effects(&mut stage)[..]
    else {
        panic!("a channel and a read");
    };
    let mut todo = vec![first.clone()];
    stage.input(Input::File(FileInput::ChannelOpened { connection, channel }));
    let (mut got, mut frames, mut given, mut gone) = (Vec::new(), 0, 0, 0);
    let mut rest = 0;
    loop {
        let Some(FileEffect::Read { from, length, .. }) = todo.pop() else {
            // Nothing to do: the queue gets empty, time passes, and in the end the receiver says what it has.
            if gone < given {
                gone = given;
                stage.input(Input::File(FileInput::ChannelDrained {
                    connection,
                    channel,
                    gone,
                }));
            } else if frames < 96 + 3 {
                stage.pass(std::time::Duration::from_millis(20));
                rest += 1;
                assert!(rest < 10_000, "{} of {}", got.len(), bytes.len());
            } else {
                break;
            }
            handle(&mut stage, &mut todo, &mut got, &mut frames, &mut given);
            continue;
        };
        let at = usize::try_from(from).unwrap();
        let bytes = bytes[at..at + length].to_vec();
        stage.input(Input::File(FileInput::Read { id: SENT, from, bytes }));
        handle(&mut stage, &mut todo, &mut got, &mut frames, &mut given);
        assert!(given - gone <= FILE_BUFFERED_HIGH as u64);
    }
    assert!(got == bytes, "every byte once, in order");
    assert_eq!(frames, 96 + 3);
    let reason = FileEndReason::Done;
    stage.says(
        1,
        PeerMessage::FileEnd(FileEnd {
            id: 77,
            is_yours: true,
            reason,
        }),
    );
    let view = shown(&mut stage).pop().unwrap();
    assert_eq!((view.state, view.done), (FileState::Complete, bytes.len() as u64));
}

/// Takes what is to be sent, and keeps what is to be read.
fn handle(stage: &mut Stage, todo: &mut Vec<FileEffect>, got: &mut Vec<u8>, frames: &mut usize, given: &mut u64) {
    for effect in effects(stage) {
        match effect {
            FileEffect::Send { bytes, .. } => {
                *frames += 1;
                *given += bytes.len() as u64;
                if bytes.len() != 32 {
                    got.extend_from_slice(&bytes);
                }
            }
            effect => todo.push(effect),
        }
    }
}

#[test]
fn a_peer_whose_page_is_loaded_anew_or_who_leaves_takes_its_files_along() {
    let mut stage = stage();
    stage.says(1, offer(100));
    stage.input(Input::File(FileInput::Accept(RECEIVED)));
    stage.input(Input::File(FileInput::Created(RECEIVED)));
    is_rebuilt(&mut stage);
    shown(&mut stage);
    greets(&mut stage, 2);
    let view = shown(&mut stage).pop().unwrap();
    assert_eq!(view.state, FileState::Ended(FileEnding::Left));
    stage.says(1, offer(100));
    stage.input(Input::File(FileInput::Accept(FileId::Received(2))));
    effects(&mut stage);
    stage.leaves(1);
    assert_eq!(
        effects(&mut stage),
        [FileEffect::Drop {
            id: FileId::Received(2)
        }]
    );
    // Somebody else is another person.
    stage.joins(info(2));
    let mut names = BTreeMap::new();
    stage.input(Input::File(FileInput::Offer {
        id: 3,
        peer: peer_id(2),
        name: "x".into(),
        size: 1,
        kind: FileKind::Unknown,
    }));
    for view in shown(&mut stage) {
        names.insert(view.peer_name, view.state);
    }
    assert_eq!(names["P2"], FileState::Waiting);
}
