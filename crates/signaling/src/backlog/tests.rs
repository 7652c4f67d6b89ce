//! A reader that loses its socket at any moment has everything once and in order, or is told that it has not.

use proptest::prelude::*;

use super::*;

/// A backlog that counts since then.
const SINCE: u64 = 100;

fn counting() -> Backlog<u64> {
    let mut backlog = Backlog::new();
    backlog.restart(SINCE);
    backlog
}

fn said(items: std::ops::Range<u64>) -> Backlog<u64> {
    let mut backlog = counting();
    items.for_each(|item| backlog.push(item, 1, true));
    backlog
}

fn pop<T: Clone>(backlog: &mut Backlog<T>) -> Result<Option<T>, Overflowed> {
    Ok(backlog.pop()?.map(|numbered| numbered.message))
}

fn drain(backlog: &mut Backlog<u64>) -> Vec<u64> {
    std::iter::from_fn(|| pop(backlog).expect("no overflow")).collect()
}

#[test]
fn counted_items_go_out_with_their_numbers_and_keep_them_when_they_are_said_again() {
    let mut backlog = said(0..3);
    backlog.push(100, 1, false);
    backlog.push(3, 1, true);
    let mut numbers = || -> Vec<_> {
        let all = std::iter::from_fn(|| backlog.pop().expect("no overflow"));
        let numbers = all.map(|numbered| (numbered.message, numbered.number)).collect();
        assert_eq!(backlog.resume(SINCE, 1), Ok(()));
        numbers
    };
    assert_eq!(numbers(), [(0, 1), (1, 2), (2, 3), (100, 0), (3, 4)]);
    assert_eq!(numbers(), [(1, 2), (2, 3), (3, 4)]);
}

#[test]
fn whatever_is_lost_with_a_socket_is_said_again_once_and_in_order() {
    for out in 0..=10 {
        for arrived in 0..=out {
            let mut backlog = said(0..10);
            (0..out).for_each(|_| assert!(pop(&mut backlog).expect("no overflow").is_some()));
            assert_eq!(backlog.written(), out);
            backlog.push(10, 1, true);
            assert_eq!(backlog.resume(SINCE, arrived), Ok(()));
            assert_eq!(backlog.written(), arrived);
            backlog.push(11, 1, true);
            assert_eq!(drain(&mut backlog), (arrived..12).collect::<Vec<_>>());
            assert_eq!(backlog.written(), 12);
        }
    }
}

#[test]
fn what_is_not_counted_is_said_once_or_never() {
    let mut backlog = counting();
    backlog.push(100, 1, false);
    backlog.push(0, 1, true);
    backlog.push(200, 1, false);
    backlog.push(1, 1, true);
    assert_eq!((pop(&mut backlog), pop(&mut backlog)), (Ok(Some(100)), Ok(Some(0))));
    assert_eq!(backlog.written(), 1);
    assert_eq!(backlog.resume(SINCE, 0), Ok(()));
    backlog.push_front(300, 1);
    assert_eq!(drain(&mut backlog), [300, 0, 1]);
}

#[test]
fn a_reader_is_asked_at_once_whether_its_joined_has_arrived_and_only_an_answer_tells() {
    let mut backlog = Backlog::new();
    backlog.push(1, 1, false);
    drain(&mut backlog);
    assert_eq!(
        (backlog.unacknowledged(), backlog.question()),
        (Unacknowledged::Nothing, u64::MAX)
    );
    backlog.restart(SINCE);
    backlog.push(2, 1, false);
    assert_eq!(backlog.unacknowledged(), Unacknowledged::Nothing, "it is not out yet");
    drain(&mut backlog);
    assert_eq!(
        (backlog.unacknowledged(), backlog.question()),
        (Unacknowledged::Opening, 0)
    );
    // The answer to what was asked before the seat was there.
    backlog.acknowledge(u64::MAX);
    assert!(!backlog.has_opened());
    backlog.acknowledge(0);
    assert!(backlog.has_opened());
    assert_eq!(backlog.unacknowledged(), Unacknowledged::Nothing);
    backlog.restart(SINCE + 1);
    assert!(!backlog.has_opened(), "another joined, another question");
    assert_eq!(backlog.resume(SINCE + 1, 0), Ok(()));
    assert!(backlog.has_opened(), "who comes back has had it");
}

#[test]
fn what_was_acknowledged_is_not_kept() {
    let mut backlog = said(0..10);
    drain(&mut backlog);
    backlog.acknowledge(4);
    assert_eq!(backlog.unacknowledged(), Unacknowledged::Some);
    assert_eq!((backlog.sent.entries.len(), backlog.written()), (6, 10));
    assert_eq!(backlog.resume(SINCE, 3), Err(Gap::Forgotten));
    backlog.acknowledge(2);
    assert_eq!(backlog.sent.entries.len(), 6, "an older one says nothing new");
    backlog.acknowledge(11);
    assert_eq!(backlog.sent.entries.len(), 6, "one that cannot be is ignored");
    backlog.acknowledge(10);
    assert_eq!(backlog.unacknowledged(), Unacknowledged::Nothing);
    let places = (backlog.sent.entries.capacity(), backlog.waiting.entries.capacity());
    assert_eq!(places, (0, 0), "an idle seat holds no memory");
    assert_eq!(backlog.resume(SINCE, 10), Ok(()));
}

#[test]
fn nobody_has_more_than_was_ever_out() {
    let mut backlog = said(0..10);
    (0..4).for_each(|_| assert!(pop(&mut backlog).expect("no overflow").is_some()));
    assert_eq!(backlog.resume(SINCE, 5), Err(Gap::NeverSaid));
    assert_eq!(backlog.resume(SINCE, u64::MAX), Err(Gap::NeverSaid));
    assert_eq!(backlog.resume(SINCE, 1), Ok(()));
    // What was out before the rewind was out all the same.
    assert_eq!(backlog.resume(SINCE, 4), Ok(()));
    assert_eq!(drain(&mut backlog), (4..10).collect::<Vec<_>>());
}

#[test]
fn a_reader_that_counts_from_an_older_joined_begins_anew() {
    let mut backlog = said(0..10);
    drain(&mut backlog);
    assert_eq!(backlog.can_resume(SINCE - 1, 10), Err(Gap::Forgotten));
    assert_eq!(backlog.can_resume(SINCE - 1, 11), Err(Gap::Forgotten));
    assert_eq!(backlog.can_resume(SINCE, 10), Ok(()));
    assert_eq!(backlog.can_resume(SINCE + 1, 10), Ok(()));
    backlog.push(1_000, 1, false);
    backlog.push(10, 1, true);
    backlog.restart(SINCE + 1);
    assert_eq!((backlog.written(), backlog.since()), (0, SINCE + 1));
    assert_eq!(drain(&mut backlog), [1_000], "what was for this socket stays");
}

#[test]
fn more_than_waits_for_a_reader_overflows() {
    let full = OUTBOX_MESSAGES as u64;
    let mut backlog = said(0..full);
    assert_eq!(pop(&mut backlog), Ok(Some(0)), "a full backlog is no overflow");
    backlog.push(0, 1, true);
    assert!(!backlog.has_overflowed());
    backlog.push(0, 1, true);
    assert!(backlog.has_overflowed());
    assert_eq!(pop(&mut backlog), Err(Overflowed));
    backlog.push(0, 1, true);
    assert_eq!(pop(&mut backlog), Err(Overflowed), "it stays overflowed");
    assert_eq!(
        (backlog.waiting.entries.capacity(), backlog.sent.entries.capacity()),
        (0, 0)
    );
    assert_eq!(backlog.resume(SINCE, 1), Err(Gap::Forgotten));
    assert_eq!(backlog.resume(SINCE, 2), Err(Gap::NeverSaid));
}

#[test]
fn more_bytes_than_may_wait_overflow_and_what_is_out_counts_no_more() {
    let mut backlog = counting();
    for _ in 0..100 {
        backlog.push(0, OUTBOX_BYTES, true);
        assert_eq!(pop(&mut backlog), Ok(Some(0)));
    }
    backlog.push(0, OUTBOX_BYTES, true);
    backlog.push(0, 1, true);
    assert!(backlog.has_overflowed());
}

#[test]
fn of_what_is_out_the_oldest_are_forgotten_and_nobody_is_closed() {
    let kept = OUTBOX_MESSAGES as u64;
    let mut backlog = counting();
    for item in 0..3 * kept {
        backlog.push(item, 1, true);
        assert_eq!(pop(&mut backlog), Ok(Some(item)));
    }
    assert_eq!(backlog.written(), 3 * kept);
    assert_eq!(backlog.resume(SINCE, 2 * kept - 1), Err(Gap::Forgotten));
    assert_eq!(backlog.resume(SINCE, 2 * kept), Ok(()));
    assert_eq!(drain(&mut backlog), (2 * kept..3 * kept).collect::<Vec<_>>());

    let mut backlog = counting();
    for item in 0..3 {
        backlog.push(item, OUTBOX_BYTES / 2, true);
        assert_eq!(pop(&mut backlog), Ok(Some(item)));
    }
    assert_eq!(backlog.can_resume(SINCE, 0), Err(Gap::Forgotten));
    assert_eq!(backlog.can_resume(SINCE, 1), Ok(()));
}

#[test]
fn a_reader_that_missed_more_than_may_wait_begins_anew_and_is_not_closed_for_it() {
    let full = OUTBOX_MESSAGES as u64;
    let mut backlog = said(0..full);
    drain(&mut backlog);
    (full..2 * full).for_each(|item| backlog.push(item, 1, true));
    assert_eq!(backlog.resume(SINCE, full - 1), Err(Gap::Forgotten));
    assert_eq!(backlog.resume(SINCE, full), Ok(()));
}

#[test]
fn an_emptied_backlog_holds_no_memory() {
    let mut backlog = counting();
    assert_eq!(backlog.waiting.entries.capacity(), 0, "before its first item");
    (0..1_000).for_each(|item| backlog.push(item, 1, true));
    drain(&mut backlog);
    backlog.acknowledge(1_000);
    assert_eq!(
        (backlog.waiting.entries.capacity(), backlog.sent.entries.capacity()),
        (0, 0)
    );
    assert_eq!((backlog.waiting.bytes, backlog.sent.bytes), (0, 0));
}

#[derive(Clone, Debug)]
enum Step {
    Say {
        bytes: usize,
        counted: bool,
    },
    Write(usize),
    /// Of what was written, so many parts in ten arrive.
    Arrive(u64),
    Acknowledge,
    Cut,
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        6 => (1..4_000_usize, prop::bool::weighted(0.8)).prop_map(|(bytes, counted)| Step::Say { bytes, counted }),
        4 => (0..8_usize).prop_map(Step::Write),
        3 => (0..=10_u64).prop_map(Step::Arrive),
        2 => Just(Step::Acknowledge),
        1 => Just(Step::Cut),
    ]
}

proptest! {
    /// The reader has every counted item once and in order, however often it is cut off.
    #[test]
    fn a_reader_ends_up_with_everything_it_was_told(steps in prop::collection::vec(step(), 0..200)) {
        let mut backlog = Backlog::new();
        backlog.restart(SINCE);
        let (mut counted, mut under_way, mut has) = (0_u64, VecDeque::new(), Vec::new());
        let write = |backlog: &mut Backlog<Option<u64>>, under_way: &mut VecDeque<u64>, most: usize| {
            for _ in 0..most {
                match pop(backlog).expect("far below the bounds") {
                    Some(Some(item)) => under_way.push_back(item),
                    Some(None) => {}
                    None => break,
                }
            }
        };
        for step in steps {
            match step {
                Step::Say { bytes, counted: true } => {
                    backlog.push(Some(counted), bytes, true);
                    counted += 1;
                }
                Step::Say { bytes, counted: false } => backlog.push(None, bytes, false),
                Step::Write(most) => write(&mut backlog, &mut under_way, most),
                Step::Arrive(tenths) => {
                    let arriving = under_way.len() * tenths as usize / 10;
                    has.extend(under_way.drain(..arriving));
                }
                Step::Acknowledge => backlog.acknowledge(has.len() as u64),
                Step::Cut => {
                    under_way.clear();
                    prop_assert_eq!(backlog.resume(SINCE, has.len() as u64), Ok(()));
                }
            }
        }
        under_way.clear();
        prop_assert_eq!(backlog.resume(SINCE, has.len() as u64), Ok(()));
        write(&mut backlog, &mut under_way, usize::MAX);
        has.extend(under_way);
        prop_assert_eq!(has, (0..counted).collect::<Vec<_>>());
    }
}
