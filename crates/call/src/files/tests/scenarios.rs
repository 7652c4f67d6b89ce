//! What people see of a file from its offer to its end.

use std::time::Duration;

use protocol::peer_message::FileEndReason;

use super::world::{ADA, Action, BO, Kind, World, content, id, millis};
use crate::files::shape::Shape;
use crate::files::{FileEnding, FileId, FileInput, FileState, FileView};
use crate::{ConnectionId, Effect};

const FIRST: FileId = FileId::Received(1);

fn ours(reason: FileEndReason) -> Option<FileState> {
    Some(FileState::Ended(FileEnding::Ours(reason)))
}

fn theirs(reason: FileEndReason) -> Option<FileState> {
    Some(FileState::Ended(FileEnding::Theirs(reason)))
}

/// Nobody accepts anything unless the test says so.
fn undecided(kind: Kind) -> World {
    World::connected(Kind { decides: None, ..kind })
}

fn states(world: &World, side: usize) -> Vec<FileState> {
    world.pages[side].shown.iter().map(|view| view.state).collect()
}

fn seconds(count: u64) -> Duration {
    Duration::from_secs(count)
}

#[test]
fn a_file_is_offered_and_nothing_of_it_is_sent_before_it_is_accepted() {
    let mut world = undecided(Kind::default());
    let sent = world.offers(ADA, 1_000);
    assert_eq!(world.pages[ADA].state(sent), Some(FileState::Offered));
    world.pass(seconds(60));
    assert_eq!(world.trace, []);
    let view = world.pages[BO].view(FIRST).expect("it is shown");
    let expected = FileView {
        id: FIRST,
        peer: id(ADA),
        peer_name: "Ada".into(),
        // It was offered as "../11.txt".
        name: "11.txt".into(),
        size: 1_000,
        kind: protocol::peer_message::FileKind::Text,
        done: 0,
        state: FileState::Offered,
    };
    assert_eq!(*view, expected);
    world.input(BO, FileInput::Accept(FIRST)).unwrap();
    world.pass(seconds(5));
    assert_eq!(world.pages[ADA].state(sent), Some(FileState::Complete));
    assert_eq!(world.pages[BO].state(FIRST), Some(FileState::Complete));
    assert_eq!(world.pages[BO].disk[&FIRST], content(11, 1_000));
    assert_eq!(world.payload, 1_000, "each byte once");
    world.check_at_rest().unwrap();
    // It stays until the person is done with it.
    world.input(BO, FileInput::Dismiss(FIRST)).unwrap();
    assert_eq!((world.pages[BO].shown.len(), world.pages[BO].disk.len()), (0, 0));
}

#[test]
fn a_file_that_is_refused_or_cancelled_ends_on_both_sides_and_leaves_nothing() {
    use FileEndReason::{Cancelled, Refused};
    // Refused.
    let mut world = undecided(Kind::default());
    let sent = world.offers(ADA, 1_000);
    world.pass(seconds(1));
    world.input(BO, FileInput::Cancel(FIRST)).unwrap();
    world.pass(seconds(1));
    assert_eq!(world.pages[ADA].state(sent), theirs(Refused));
    assert_eq!(world.pages[BO].state(FIRST), ours(Refused));
    world.check_at_rest().unwrap();
    // Withdrawn.
    let mut world = undecided(Kind::default());
    let sent = world.offers(ADA, 1_000);
    world.pass(seconds(1));
    world.input(ADA, FileInput::Cancel(sent)).unwrap();
    world.pass(seconds(1));
    assert_eq!(world.pages[ADA].state(sent), ours(Cancelled));
    assert_eq!(world.pages[BO].state(FIRST), theirs(Cancelled));
    world.input(BO, FileInput::Accept(FIRST)).unwrap();
    world.pass(seconds(1));
    world.check_at_rest().unwrap();
    // In the middle.
    for side in [ADA, BO] {
        let mut world = World::connected(Kind {
            rate: 500,
            ..Kind::default()
        });
        let sent = world.offers(ADA, 5_000);
        world.pass(seconds(3));
        let done = world.pages[BO].view(FIRST).unwrap().done;
        assert!(
            (200..3_000).contains(&done) && world.pages[BO].state(FIRST) == Some(FileState::Going),
            "{done}"
        );
        let before = world.payload;
        world.input(side, FileInput::Cancel([sent, FIRST][side])).unwrap();
        world.pass(seconds(20));
        assert!(world.payload - before < 200, "it stops at once");
        assert_eq!(world.pages[side].state([sent, FIRST][side]), ours(Cancelled));
        assert_eq!(world.pages[1 - side].state([sent, FIRST][1 - side]), theirs(Cancelled));
        world.check_at_rest().unwrap();
    }
}

#[test]
fn two_go_at_once_and_the_others_in_the_order_in_which_they_were_accepted() {
    let mut world = undecided(Kind {
        rate: 1_000,
        ..Kind::default()
    });
    for _ in 0..5 {
        world.offers(ADA, 1_000);
    }
    world.pass(seconds(1));
    for n in [4, 1, 5, 3] {
        world.input(BO, FileInput::Accept(FileId::Received(n))).unwrap();
    }
    world.pass(millis(500));
    use FileState::{Complete, Going, Offered, Waiting};
    assert_eq!(states(&world, BO), [Going, Offered, Waiting, Going, Waiting]);
    assert_eq!(states(&world, ADA), [Going, Offered, Offered, Going, Offered]);
    // Both get on.
    world.pass(millis(1_000));
    let done: Vec<_> = [0, 3].map(|n: usize| world.pages[BO].shown[n].done).to_vec();
    assert!(done.iter().all(|done| *done > 200), "{done:?}");
    let mut ends = Vec::new();
    for _ in 0..500 {
        world.pass(millis(20));
        for (n, state) in states(&world, BO).into_iter().enumerate() {
            if state == Complete && !ends.contains(&n) {
                ends.push(n);
            }
        }
    }
    ends[..2].sort_unstable();
    ends[2..].sort_unstable();
    assert_eq!(ends, [0, 3, 2, 4]);
    assert_eq!(world.pages[BO].state(FileId::Received(2)), Some(Offered));
}

#[test]
fn files_go_both_ways_at_once() {
    let mut world = World::connected(Kind {
        rate: 2_000,
        ..Kind::default()
    });
    for side in [ADA, BO, ADA, BO] {
        world.offers(side, 2_000);
    }
    world.pass(seconds(2));
    for side in [ADA, BO] {
        assert_eq!(states(&world, side), [FileState::Going; 4]);
    }
    world.pass(seconds(10));
    let channels: std::collections::BTreeSet<_> = world.trace.iter().map(|(_, channel, _)| *channel).collect();
    // Bo answers with odd numbers what Ada, the offerer, sends.
    assert_eq!(Vec::from_iter(channels), [16, 17, 18, 19]);
    assert_eq!(states(&world, ADA), [FileState::Complete; 4]);
    world.check_at_rest().unwrap();
}

#[test]
fn a_slow_disk_stops_the_sender() {
    let mut world = World::connected(Kind::default());
    world.offers(ADA, 3_000);
    world.pass(millis(200));
    world.kind.disk = seconds(10_000);
    world.pass(seconds(400));
    let window = world.kind.shape.window + world.kind.shape.block;
    assert!((64..3 * window).contains(&world.payload), "{}", world.payload);
    let before = world.payload;
    world.pass(seconds(400));
    assert_eq!(
        (world.payload, states(&world, BO)),
        (before, vec![FileState::Going]),
        "and nobody gives up"
    );
}

#[test]
fn a_file_goes_on_behind_the_last_verified_block_on_the_next_connection() {
    let mut world = World::connected(Kind {
        rate: 1_000,
        ..Kind::default()
    });
    let sent = world.offers(ADA, 5_000);
    world.pass(seconds(3));
    let done = world.pages[BO].view(FIRST).unwrap().done;
    assert!(done > 500, "{done}");
    world.act(Action::Cut).unwrap();
    world.pass(seconds(60));
    world.act(Action::Rebuild).unwrap();
    world.pass(seconds(2));
    assert_eq!(world.resumed, 1);
    world.pass(seconds(10));
    assert_eq!(world.pages[ADA].state(sent), Some(FileState::Complete));
    let most = 5_000 + world.kind.shape.window + 64;
    assert!(world.payload <= most, "{} of {most}", world.payload);
    world.check_at_rest().unwrap();
}

#[test]
fn a_file_is_shown_as_interrupted_while_there_is_no_connection() {
    let mut world = World::connected(Kind {
        rate: 1_000,
        ..Kind::default()
    });
    let sent = world.offers(ADA, 5_000);
    world.pass(seconds(3));
    for side in [ADA, BO] {
        let connection = world.connection;
        world
            .step(side, |page, _, out| page.files.closed(connection, out))
            .unwrap();
    }
    assert_eq!(world.pages[ADA].state(sent), Some(FileState::Interrupted));
    assert_eq!(world.pages[BO].state(FIRST), Some(FileState::Interrupted));
    world.act(Action::Rebuild).unwrap();
    world.pass(seconds(20));
    assert_eq!(world.pages[ADA].state(sent), Some(FileState::Complete));
}

#[test]
fn wrong_bytes_a_changed_file_and_a_full_disk_end_it_with_the_reason() {
    use FileEndReason::{Broken, Corrupt, NoSpace, Unreadable};
    let run = |size: usize, change: fn(&mut World)| {
        let mut world = World::connected(Kind {
            rate: 2_000,
            ..Kind::default()
        });
        let sent = world.offers(ADA, size);
        world.pass(seconds(1));
        change(&mut world);
        world.pass(seconds(200));
        world.check_at_rest().unwrap();
        (world.pages[ADA].state(sent), world.pages[BO].state(FIRST))
    };
    let flipped = |world: &mut World| {
        world.mangle = Some(|mut bytes| {
            bytes[3] ^= 1;
            Some(bytes)
        });
    };
    assert_eq!(run(3_000, flipped), (theirs(Corrupt), ours(Corrupt)));
    let shorter = |world: &mut World| world.mangle = Some(|bytes| Some(bytes[1..].to_vec()));
    assert_eq!(run(3_000, shorter), (theirs(Broken), ours(Broken)));
    let doubled = |world: &mut World| world.mangle = Some(|bytes| Some([&bytes[..], &bytes[..]].concat()));
    assert_eq!(run(3_000, doubled), (theirs(Broken), ours(Broken)));
    let changed = |world: &mut World| {
        world.pages[ADA]
            .sources
            .values_mut()
            .for_each(|source| source.truncate(2_000));
    };
    assert_eq!(run(3_000, changed), (ours(Unreadable), theirs(Unreadable)));
    let full = |world: &mut World| world.kind.failing = 1_000;
    let (ada, bo) = run(3_000, full);
    let by_bo = (theirs(NoSpace), ours(NoSpace));
    let by_ada = (ours(Unreadable), theirs(Unreadable));
    assert!((ada, bo) == by_bo || (ada, bo) == by_ada, "{ada:?} {bo:?}");
}

#[test]
fn a_data_channel_that_carries_nothing_is_given_up_after_some_tries() {
    let mut world = World::connected(Kind::default());
    world.mangle = Some(|_| None);
    let sent = world.offers(ADA, 1_000);
    world.pass(seconds(100));
    assert_eq!(world.pages[BO].state(FIRST), Some(FileState::Going));
    // One that works again is good.
    world.mangle = None;
    world.pass(seconds(40));
    assert_eq!(world.pages[BO].state(FIRST), Some(FileState::Complete));
    world.mangle = Some(|_| None);
    let other = world.offers(ADA, 1_000);
    world.pass(seconds(200));
    assert_eq!(world.pages[ADA].state(sent), Some(FileState::Complete));
    assert_eq!(world.pages[ADA].state(other), theirs(FileEndReason::Stalled));
    assert_eq!(world.pages[BO].state(FileId::Received(2)), ours(FileEndReason::Stalled));
    world.check_at_rest().unwrap();
}

#[test]
fn tries_are_counted_anew_when_something_has_come() {
    let mut world = World::connected(Kind {
        rate: 1_000,
        ..Kind::default()
    });
    world.offers(ADA, 10_000);
    for _ in 0..3 {
        world.mangle = Some(|_| None);
        world.pass(seconds(100));
        world.mangle = None;
        world.pass(seconds(32));
    }
    assert_eq!(states(&world, BO), [FileState::Complete]);
}

#[test]
fn a_page_that_is_loaded_anew_or_leaves_ends_all_files_with_it() {
    let mut world = World::connected(Kind {
        rate: 1_000,
        ..Kind::default()
    });
    let sent = [world.offers(ADA, 5_000), world.offers(BO, 5_000)];
    world.pass(seconds(2));
    world.act(Action::Restart(BO)).unwrap();
    world.pass(seconds(10));
    let left = FileState::Ended(FileEnding::Left);
    assert_eq!(states(&world, ADA), [left, left]);
    assert_eq!(states(&world, BO), []);
    assert_eq!(world.pages[ADA].state(sent[ADA]), Some(left));
    world.check_at_rest().unwrap();
    // Files go on with the page of now.
    let again = world.offers(ADA, 500);
    world.pass(seconds(5));
    assert_eq!(world.pages[ADA].state(again), Some(FileState::Complete));
    let last = world.offers(ADA, 5_000);
    world.pass(seconds(2));
    world
        .step(ADA, |_, _, out| out.push(Effect::PeerRemoved(id(BO))))
        .unwrap();
    assert_eq!(world.pages[ADA].state(last), Some(left));
    let to_nobody = world.offers(ADA, 10);
    assert_eq!(
        (world.pages[ADA].state(to_nobody), world.pages[ADA].sources.len()),
        (None, 0)
    );
}

#[test]
fn an_empty_file_a_small_one_and_one_too_large() {
    let mut world = World::connected(Kind::default());
    let sent = [0, 1, 64, 65].map(|size| world.offers(ADA, size));
    world.pass(seconds(10));
    for (n, sent) in (1..).zip(sent) {
        assert_eq!(world.pages[ADA].state(sent), Some(FileState::Complete));
        assert_eq!(world.pages[BO].state(FileId::Received(n)), Some(FileState::Complete));
    }
    world.check_at_rest().unwrap();
    let offer = FileInput::Offer {
        id: 99,
        peer: id(BO),
        name: "x".into(),
        size: (4 << 30) + 1,
        kind: Default::default(),
    };
    world.pages[ADA].sources.insert(99, Vec::new());
    world.input(ADA, offer.clone()).unwrap();
    assert_eq!(world.pages[ADA].state(FileId::Sent(99)), ours(FileEndReason::TooLarge));
    // The same number again is nothing.
    world.input(ADA, offer).unwrap();
    assert_eq!(world.pages[ADA].shown.len(), 5);
}

#[test]
fn offers_wait_while_many_are_open_and_the_list_does_not_grow_without_end() {
    let mut world = undecided(Kind::default());
    for _ in 0..40 {
        world.offers(ADA, 100);
    }
    world.pass(seconds(60));
    let count = |world: &World, side, state| states(world, side).into_iter().filter(|of| *of == state).count();
    assert_eq!(
        (
            count(&world, ADA, FileState::Offered),
            count(&world, ADA, FileState::Waiting)
        ),
        (16, 24)
    );
    assert_eq!(states(&world, BO), [FileState::Offered; 16]);
    for _ in 0..40 {
        let offered = world.pages[BO]
            .shown
            .iter()
            .find(|view| view.state == FileState::Offered)
            .map(|view| view.id);
        if let Some(id) = offered {
            world.input(BO, FileInput::Cancel(id)).unwrap();
        }
        world.pass(seconds(2));
    }
    assert_eq!((world.pages[ADA].shown.len(), world.pages[BO].shown.len()), (8, 8));
    world.check_at_rest().unwrap();
    // What was received is not taken off the list.
    world.kind.decides = Some(millis(1));
    for _ in 0..20 {
        world.offers(ADA, 10);
        world.pass(seconds(2));
    }
    assert_eq!(count(&world, BO, FileState::Complete), 20);
    assert_eq!(world.pages[ADA].shown.len(), 8);
    // In the end only that is left.
    world
        .step(BO, |page, _, out| {
            out.push(Effect::PeerRemoved(id(ADA)));
            page.files.forget();
        })
        .unwrap();
    assert_eq!(states(&world, BO), [FileState::Complete; 20]);
}

#[test]
fn progress_is_shown_four_times_a_second_and_ends_at_all() {
    let mut world = World::connected(Kind {
        rate: 5_000,
        ..Kind::default()
    });
    let sent = world.offers(ADA, 50_000);
    world.pass(seconds(1));
    let before = [ADA, BO].map(|side| world.pages[side].lists);
    world.pass(seconds(4));
    for side in [ADA, BO] {
        let lists = world.pages[side].lists - before[side];
        assert!((12..=17).contains(&lists), "{lists}");
    }
    let done = [ADA, BO].map(|side| world.pages[side].shown[0].done);
    assert!(
        done[BO] <= done[ADA] && done[ADA] < done[BO] + 2_000 && done[BO] > 10_000,
        "{done:?}"
    );
    world.pass(seconds(20));
    assert_eq!(world.pages[ADA].view(sent).unwrap().done, 50_000);
    assert_eq!(world.pages[BO].view(FIRST).unwrap().done, 50_000);
}

#[test]
fn files_give_way_to_media_while_packets_wait() {
    let shape = Shape {
        piece: 1_000,
        read: 4_000,
        block: 16_000,
        window: 64_000,
        queue: 16_000,
    };
    let kind = Kind {
        shape,
        rate: 200_000,
        ..Kind::default()
    };
    let mut world = World::connected(kind);
    world.offers(ADA, 2_000_000);
    for _ in 0..4 {
        world.act(Action::Measure(ADA, 20)).unwrap();
        world.pass(millis(500));
    }
    assert!(world.payload > 100_000, "{}", world.payload);
    // The first looks halve it several times.
    for _ in 0..10 {
        world.act(Action::Measure(ADA, 200)).unwrap();
        world.pass(millis(500));
    }
    let before = world.payload;
    for _ in 0..20 {
        world.act(Action::Measure(ADA, 200)).unwrap();
        world.pass(millis(500));
    }
    let rate = (world.payload - before) / 10;
    assert!((10_000..24_000).contains(&rate), "{rate}");
    // Another connection is another path.
    world.act(Action::Rebuild).unwrap();
    world.pass(seconds(2));
    let before = world.payload;
    world.pass(seconds(2));
    assert!(world.payload - before > 200_000, "{}", world.payload - before);
}

#[test]
fn a_peer_that_takes_no_files_is_offered_none() {
    let mut world = undecided(Kind::default());
    let connection = ConnectionId(1);
    world
        .step(ADA, |page, _, out| {
            page.files
                .ready(id(BO), connection, (protocol::peer_message::Features::CHAT, false), out);
        })
        .unwrap();
    assert!(!world.pages[ADA].files.takes_files(id(BO)) && world.pages[BO].files.takes_files(id(ADA)));
    let sent = world.offers(ADA, 10);
    assert_eq!(
        world.pages[ADA].state(sent),
        Some(FileState::Ended(FileEnding::Unsupported))
    );
    world.pass(seconds(1));
    assert_eq!(world.pages[BO].shown, []);
}

#[test]
fn a_new_name_of_a_person_stands_at_its_files() {
    let mut world = undecided(Kind::default());
    world.offers(ADA, 10);
    world.pass(seconds(1));
    world
        .step(BO, |_, _, out| {
            out.push(Effect::PeerChanged(protocol::PeerInfo {
                id: id(ADA),
                order: 0,
                name: "Ada L.".parse().unwrap(),
                media: Default::default(),
            }));
        })
        .unwrap();
    assert_eq!(world.pages[BO].shown[0].peer_name, "Ada L.");
}
