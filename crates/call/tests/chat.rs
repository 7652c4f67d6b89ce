//! The chat: who gets which line, in which order, and what a stranger can do to it.

mod support;

use std::time::Duration;

use call::chat::{ALL_LINES, Author, LINES, Missed, Receipt};
use call::{ConnectionState, Effect, Input, Reach};
use fastrand::Rng;
use protocol::limits::peer;
use protocol::peer_message::Features;
use protocol::{ErrorCode, ServerMessage};
use support::stage::{self, ME, Stage, line};
use support::world::duo::{ADA, BO, Duo, info};
use support::world::{Action, Fault, World};
use support::{peer_id, peer_info};

fn seconds(count: u64) -> Duration {
    Duration::from_secs(count)
}

fn say(duo: &mut Duo, side: usize, id: u64, text: &str) {
    let text = text.into();
    duo.input(side, Input::Say { id, text });
}

fn texts(call: &call::Call) -> Vec<String> {
    call.chat().lines().map(|line| line.text.into()).collect()
}

/// Of the other one, for each own line.
fn receipts(duo: &Duo, side: usize) -> Vec<Option<Receipt>> {
    let other = info(1 - side).id;
    let lines = duo.call(side).chat().lines();
    let own = lines.filter_map(|line| match line.author {
        Author::Me(receipts) => Some(receipts.of(other)),
        Author::Peer { .. } => None,
    });
    own.collect()
}

#[test]
fn a_line_arrives_and_its_author_knows() {
    let mut duo = Duo::with_channels();
    say(&mut duo, ADA, 1, "  Hi\u{202E} ");
    assert_eq!(receipts(&duo, ADA), [Some(Receipt::Waiting)]);
    duo.wait(2);
    assert_eq!(receipts(&duo, ADA), [Some(Receipt::Delivered)]);
    let line = duo.call(BO).chat().lines().next().expect("it has come");
    let (id, name) = (info(ADA).id, "Ada");
    assert_eq!((line.text, line.author), ("Hi", Author::Peer { id, name }));
    assert_eq!(duo.count(BO, |effect| *effect == Effect::ChatChanged { new: 1 }), 1);
    assert_eq!(
        duo.count(ADA, |effect| matches!(effect, Effect::ChatChanged { new: 1.. })),
        0
    );
    // Neither what shows nothing nor what was said already is said.
    say(&mut duo, ADA, 2, " \u{200B}\n");
    say(&mut duo, ADA, 1, "again");
    duo.wait(1);
    assert_eq!([ADA, BO].map(|side| texts(duo.call(side)).len()), [1, 1]);
}

#[test]
fn lines_go_on_over_a_rebuilt_connection_once_and_in_order() {
    let mut duo = Duo::with_channels();
    say(&mut duo, ADA, 1, "one");
    duo.wait(2);
    let before = duo.connection(ADA);
    (duo.path, duo.relay) = (false, false);
    say(&mut duo, ADA, 2, "two");
    for side in [ADA, BO] {
        duo.state(side, ConnectionState::Failed);
    }
    say(&mut duo, ADA, 3, "three");
    say(&mut duo, BO, 4, "four");
    duo.wait(30);
    let waiting = Some(Receipt::Waiting);
    assert_eq!(receipts(&duo, ADA), [Some(Receipt::Delivered), waiting, waiting]);
    assert_eq!(texts(duo.call(BO)), ["one", "four"]);
    duo.path = true;
    duo.retry(ADA);
    duo.wait(30);
    assert_eq!(duo.reaches(), [Reach::Connected; 2]);
    assert_ne!(duo.connection(ADA), before, "it was rebuilt");
    // Bo had seen one line when he said his: it is as old as Ada's second, and she was there before him.
    for side in [ADA, BO] {
        assert_eq!(texts(duo.call(side)), ["one", "two", "four", "three"]);
        assert!(receipts(&duo, side).iter().all(|of| *of == Some(Receipt::Delivered)));
    }
}

#[test]
fn what_was_said_before_a_peers_hello_is_told_with_it_and_nothing_twice() {
    let mut stage = Stage::with(&[1]);
    stage.say(1, "early");
    stage.connects(1);
    stage.now += seconds(3);
    stage.say(2, "later");
    assert_eq!(stage.told_lines(1), []);
    stage.hello(1, 7, stage::ALL);
    let told: Vec<_> = stage.told_lines(1);
    let shape: Vec<_> = told
        .iter()
        .map(|line| (line.id, line.lamport, line.age_ms, &*line.text))
        .collect();
    assert_eq!(shape, [(1, 1, 3_000, "early"), (2, 2, 0, "later")]);
    stage.acknowledges(1);
    assert_eq!(stage.receipt("early", 1), Some(Receipt::Delivered));
    stage.say(3, "live");
    assert_eq!(stage.told_lines(1).len(), 1);
    stage.acknowledges(1);
    // Its page says hello again, as on another connection.
    stage.hello(1, 7, stage::ALL);
    assert_eq!(stage.told_lines(1), []);
}

#[test]
fn a_page_that_takes_the_place_of_another_is_told_everything_again() {
    let mut stage = Stage::with(&[1, 2]);
    stage.greets(1);
    stage.greets(2);
    stage.say(1, "one");
    stage.acknowledges(1);
    stage.say(2, "two");
    stage.told_lines(1);
    stage.hello(1, 8, stage::ALL);
    let told: Vec<_> = stage.told_lines(1).into_iter().map(|line| line.text).collect();
    assert_eq!(told, ["one", "two"]);
    assert_eq!(stage.receipt("one", 1), Some(Receipt::Delivered));
    assert_eq!(stage.receipt("two", 1), Some(Receipt::Waiting));
    // Counts of events have begun anew.
    stage.acknowledges(1);
    assert_eq!(stage.receipt("two", 1), Some(Receipt::Delivered));
    assert_eq!(stage.receipt("two", 2), Some(Receipt::Waiting));
    assert_eq!(stage.told_lines(2).len(), 2, "nobody else is");
}

#[test]
fn a_newcomer_is_told_our_own_newest_lines_and_nobody_elses() {
    let mut stage = Stage::with(&[1]);
    stage.greets(1);
    stage.says_line(1, 77, 5, "not ours");
    for n in 0..260 {
        stage.now += seconds(1);
        stage.say(n, &format!("line {n}"));
        stage.acknowledges(1);
    }
    stage.joins(stage::info(200));
    stage.greets(200);
    let mut told = Vec::new();
    while told.len() < 200 {
        let more = stage.told_lines(200);
        assert!(!more.is_empty());
        told.extend(more);
        stage.acknowledges(200);
        stage.pass(seconds(1));
    }
    stage.pass(seconds(5));
    assert_eq!(stage.told_lines(200), []);
    let expected: Vec<_> = (60..260).map(|n| format!("line {n}")).collect();
    assert_eq!(told.iter().map(|line| line.text.clone()).collect::<Vec<_>>(), expected);
    assert_eq!(told[0].age_ms, 199_000);
    // It was not there when they were said.
    assert_eq!(stage.receipt("line 59", 200), None);
    assert_eq!(stage.receipt("line 60", 200), Some(Receipt::Later));
    stage.leaves(200);
    assert_eq!(stage.receipt("line 60", 200), None);
    assert_eq!(stage.receipt("line 60", 1), Some(Receipt::Delivered));
}

#[test]
fn three_pages_tell_a_fourth_their_own_lines_and_all_have_one_order() {
    let mut world = World::new(3, 4, 8, Fault::None, false);
    for page in 0..3 {
        world.plan(Duration::from_millis(page as u64 * 700), page, Action::Enter);
    }
    for second in 5..15 {
        world.plan(seconds(second), second as usize % 3, Action::Say);
        // At the same time, so that numbers are equal.
        world.plan(seconds(second), (second + 1) as usize % 3, Action::Say);
    }
    world.plan(seconds(20), 3, Action::Enter);
    world.plan(seconds(30), 3, Action::Say);
    world.run().expect("it runs");
    world.check_at_rest().expect("everybody is connected");
    let pages: Vec<_> = world.pages.iter().map(|page| page.as_ref().expect("open")).collect();
    let lines = texts(&pages[0].call);
    assert!(lines.len() > 20, "{lines:?}");
    for page in &pages[1..] {
        assert_eq!(texts(&page.call), lines);
    }
    let newcomer = pages[3].call.chat();
    for line in newcomer.lines() {
        match line.author {
            Author::Me(receipts) => assert_eq!(receipts.iter().count(), 3),
            Author::Peer { name, .. } => {
                assert!(line.text.starts_with(name), "{line:?}");
                assert!((4_900..15_500).contains(&line.said_ms), "{line:?}");
            }
        }
    }
    assert_eq!(pages[3].new_lines, 0, "they are older than its seat");
    assert!(pages[0].new_lines > 10);
}

#[test]
fn an_answer_stands_behind_what_it_answers_whatever_comes_first() {
    let mut stage = Stage::with(&[1, 2]);
    stage.greets(1);
    stage.greets(2);
    stage.says_line(2, 22, 41, "Yes!");
    stage.say(5, "So do I.");
    stage.says_line(1, 11, 40, "Do you hear me?");
    assert_eq!(stage.lines(), ["P1: Do you hear me?", "P2: Yes!", "Me: So do I."]);
    assert_eq!(stage.told_lines(1)[0].lamport, 42);
    // Where numbers are equal, seats decide.
    stage.says_line(2, 23, 50, "b");
    stage.says_line(1, 12, 50, "a");
    assert_eq!(stage.lines()[3..], ["P1: a", "P2: b"]);
}

#[test]
fn what_is_older_than_our_seat_is_not_new() {
    let mut stage = Stage::with(&[1]);
    stage.pass(seconds(4));
    stage.greets(1);
    stage.effects.clear();
    stage.says(1, line(1, 1, 4_001, "before"));
    stage.says(1, line(2, 2, 4_000, "since"));
    stage.says(1, line(3, 3, 0, "now"));
    assert_eq!(stage.changes(), [0, 1, 1]);
    stage.says(1, line(3, 3, 0, "now"));
    assert_eq!(stage.changes(), [] as [usize; 0]);
    // Nobody is older than a day, whatever they say.
    stage.says(1, line(4, 4, u64::MAX, "ancient"));
    stage.says(1, line(5, 5, 1 << 50, "very old"));
    let said: Vec<_> = stage.call.chat().lines().map(|line| line.said_ms).collect();
    let a_day_ago = 5_000 - 24 * 60 * 60 * 1_000;
    assert_eq!(said, [999, 1_000, 5_000, a_day_ago, a_day_ago]);
}

#[test]
fn receipts_say_who_does_not_get_a_line_and_why() {
    let mut stage = Stage::with(&[1, 2, 3, 4]);
    stage.pass(seconds(2));
    // One shows no chat, one has no peer channel at all, one is slow, one leaves.
    stage.connects(1);
    stage.hello(1, 1, Features::SIZES);
    stage.input(Input::ConnectionState {
        connection: stage.connection(2),
        state: ConnectionState::Connected,
    });
    stage.greets(3);
    stage.greets(4);
    stage.say(1, "Hi");
    let of = |stage: &Stage| [1, 2, 3, 4].map(|n| stage.receipt("Hi", n).expect("in the room"));
    let no_chat = Receipt::Missed(Missed::NoChat);
    assert_eq!(
        of(&stage),
        [no_chat, Receipt::Waiting, Receipt::Waiting, Receipt::Waiting]
    );
    assert_eq!(stage.told_lines(1), []);
    stage.acknowledges(3);
    stage.pass(seconds(1));
    stage.effects.clear();
    stage.leaves(4);
    assert_eq!(stage.changes(), [0]);
    stage.pass(seconds(13));
    assert_eq!(of(&stage)[1], Receipt::Waiting);
    assert_eq!(stage.changes().len(), 0);
    stage.pass(seconds(1));
    assert_eq!(
        of(&stage),
        [no_chat, no_chat, Receipt::Delivered, Receipt::Missed(Missed::Left)]
    );
    assert_eq!(stage.changes(), [0]);
    stage.say(2, "Again");
    assert_eq!(stage.receipt("Again", 2), Some(no_chat));
    // It said hello after all.
    stage.greets(2);
    assert_eq!(stage.receipt("Hi", 2), Some(Receipt::Waiting));
    stage.acknowledges(2);
    assert_eq!(stage.receipt("Again", 2), Some(Receipt::Delivered));
}

#[test]
fn a_peer_that_takes_nothing_misses_what_is_too_much_and_says_so() {
    let mut stage = Stage::with(&[1, 2]);
    stage.greets(1);
    stage.greets(2);
    for n in 0..300 {
        stage.say(n, &format!("line {n}"));
        stage.acknowledges(2);
        stage.pass(Duration::from_millis(50));
        stage.acknowledges(2);
    }
    let last = peer::WAITING_MESSAGES - 1;
    assert_eq!(stage.receipt(&format!("line {last}"), 1), Some(Receipt::Waiting));
    let full = Some(Receipt::Missed(Missed::Full));
    assert_eq!(stage.receipt(&format!("line {}", last + 1), 1), full);
    assert_eq!(stage.receipt("line 299", 1), full);
    assert_eq!(stage.receipt("line 299", 2), Some(Receipt::Delivered));
    // Its page is loaded anew, and gets the newest of them.
    stage.hello(1, 9, stage::ALL);
    assert_eq!(stage.receipt("line 299", 1), Some(Receipt::Waiting));
    assert_eq!(stage.receipt("line 99", 1), full);
    // It has seen what was on its way for the page before, and then gets the first that are for it.
    stage.acknowledges(1);
    stage.acknowledges(1);
    assert_eq!(stage.receipt("line 100", 1), Some(Receipt::Delivered));
    assert_eq!(stage.receipt("line 0", 1), full, "another one had its number");
    stage.joins(stage::info(200));
    stage.connects(200);
    stage.say(1_000, "one more");
    for n in 2_000..2_200 {
        stage.say(n, "and more");
    }
    stage.hello(200, 200, Features::SIZES);
    assert_eq!(stage.receipt("one more", 200), Some(Receipt::Missed(Missed::NoChat)));
}

#[test]
fn lines_of_somebody_who_has_left_stay_under_the_last_name() {
    let mut stage = Stage::with(&[1]);
    stage.greets(1);
    stage.says_line(1, 1, 1, "Hi");
    stage.effects.clear();
    stage.server(ServerMessage::PeerUpdated {
        peer: peer_info(1, 1, "Ada"),
    });
    assert_eq!(stage.changes(), [0]);
    let mut peer = peer_info(1, 1, "Ada");
    peer.media.camera = true.into();
    stage.server(ServerMessage::PeerUpdated { peer });
    assert!(stage.changes().is_empty(), "nothing of it is in the chat");
    stage.leaves(1);
    assert_eq!(stage.lines(), ["Ada: Hi"]);
    // Somebody of whom no line is left is forgotten.
    stage.joins(stage::info(200));
    stage.leaves(200);
    assert_eq!(stage.lines(), ["Ada: Hi"]);
}

#[test]
fn a_line_that_comes_again_from_another_seat_is_shown_once() {
    let mut stage = Stage::with(&[1]);
    stage.greets(1);
    stage.says_line(1, 10, 1, "Hi");
    stage.says_line(1, 10, 1, "Hi");
    assert_eq!(stage.lines(), ["P1: Hi"]);
    stage.leaves(1);
    stage.joins(peer_info(200, 200, "P1"));
    stage.greets(200);
    stage.says(200, line(10, 1, 9_000, "Hi"));
    stage.says(200, line(11, 2, 8_000, "Still here"));
    assert_eq!(stage.lines(), ["P1: Hi", "P1: Still here"]);
    stage.says(200, line(10, 1, 7_000, "Hi"));
    stage.leaves(200);
    // Another text is another line, whatever its number and its author's name.
    stage.joins(peer_info(201, 201, "P1"));
    stage.greets(201);
    stage.says(201, line(10, 1, 9_000, "Hi!"));
    assert_eq!(stage.lines(), ["P1: Hi", "P1: Hi!", "P1: Still here"]);
    stage.says_line(201, 12, 9, "Hi");
    assert_eq!(stage.lines().last().map(String::as_str), Some("P1: Hi"));
}

#[test]
fn nobody_keeps_anothers_line_away_by_saying_its_number_first() {
    let mut stage = Stage::with(&[1, 2]);
    stage.greets(1);
    stage.greets(2);
    stage.say(7, "ours");
    stage.says_line(2, 7, 2, "with the number of ours");
    stage.says_line(2, 8, 3, "copied");
    // Its author is there, and then the copier is gone.
    stage.says_line(1, 8, 4, "copied");
    stage.says_line(2, 9, 5, "other");
    stage.says_line(2, 10, 6, "same");
    stage.leaves(2);
    stage.says_line(1, 9, 7, "the true one");
    stage.says_line(1, 10, 8, "same");
    assert_eq!(
        stage.lines(),
        [
            "Me: ours",
            "P2: with the number of ours",
            "P2: copied",
            "P1: copied",
            "P2: other",
            "P2: same",
            "P1: the true one",
            "P1: same"
        ]
    );
}

#[test]
fn two_people_with_one_name_are_two() {
    let mut stage = Stage::with(&[1]);
    stage.joins(peer_info(200, 200, "P1"));
    for n in [1, 200] {
        stage.greets(n);
        stage.says_line(n, 5, 1, "same");
    }
    assert_eq!(stage.lines(), ["P1: same", "P1: same"]);
}

#[test]
fn a_person_whose_old_seat_is_still_there_is_seen_twice_until_it_is_gone() {
    let mut stage = Stage::with(&[1]);
    stage.greets(1);
    stage.says_line(1, 5, 1, "Hi");
    stage.joins(peer_info(200, 200, "P1"));
    stage.greets(200);
    stage.effects.clear();
    stage.says(200, line(5, 1, 0, "Hi"));
    stage.says_line(200, 6, 2, "Hello?");
    assert_eq!(stage.lines(), ["P1: Hi", "P1: Hi", "P1: Hello?"]);
    assert_eq!(stage.changes(), [0, 1], "what is told again is not new");
    stage.leaves(1);
    assert_eq!(stage.lines(), ["P1: Hi", "P1: Hello?"]);
    assert_eq!(stage.changes(), [0]);
    let first = stage.call.chat().lines().next().map(|line| line.author);
    assert!(matches!(first, Some(Author::Peer { id, .. }) if id == peer_id(1)));
    // Somebody who says another one's lines first, and leaves, keeps none of them away.
    stage.joins(peer_info(201, 201, "P1"));
    stage.greets(201);
    for n in [201, 200] {
        stage.says_line(n, 7, 3, "What is said");
    }
    stage.leaves(201);
    assert_eq!(stage.lines(), ["P1: Hi", "P1: Hello?", "P1: What is said"]);
    stage.leaves(200);
    assert_eq!(stage.lines().len(), 3);
}

#[test]
fn what_is_said_while_we_have_no_seat_is_told_from_the_next() {
    let mut stage = Stage::with(&[1]);
    stage.greets(1);
    stage.input(Input::SocketLost { code: None });
    stage.input(Input::SocketOpened);
    let (code, message, peer) = (ErrorCode::SeatGone, String::new(), None);
    stage.server(ServerMessage::Error { code, message, peer });
    assert_eq!(stage.call.me(), None);
    stage.say(1, "Anybody there?");
    stage.input(Input::RaiseHand(true));
    assert_eq!(stage.told_lines(1).len(), 1, "the peer channel does without");
    stage.enter(150, &[1]);
    stage.greets(1);
    assert_eq!(stage.told_lines(1).len(), 1);
    assert_eq!(stage.lines(), ["Me: Anybody there?"]);
    let hands = stage.seen(|effect| match effect {
        Effect::Hands(hands) => Some(hands.len()),
        _ => None,
    });
    assert_eq!(hands, [1]);
}

#[test]
fn somebody_who_is_back_with_the_same_seat_may_say_as_much_as_before() {
    let mut stage = Stage::with(&[1]);
    stage.greets(1);
    for n in 0..330 {
        stage.now += Duration::from_millis(20);
        stage.says_line(1, n, n, "x");
    }
    assert!(stage.call.chat().dropped() > 0);
    stage.leaves(1);
    stage.joins(stage::info(1));
    stage.connects(1);
    stage.hello(1, 2, stage::ALL);
    stage.says_line(1, 1_000, 1, "back");
    assert_eq!(stage.lines().last().map(String::as_str), Some("P1: back"));
}

#[test]
fn our_lines_are_told_again_when_we_get_another_seat() {
    let mut stage = Stage::with(&[1]);
    stage.greets(1);
    stage.say(1, "one");
    stage.acknowledges(1);
    stage.say(2, "two");
    stage.says_line(1, 5, 9, "theirs");
    stage.told_lines(1);
    // The server has given our seat away, and gives us another one.
    stage.input(Input::SocketLost { code: None });
    stage.enter(150, &[1]);
    assert_eq!(stage.receipt("two", 1), Some(Receipt::Missed(Missed::Left)));
    stage.now += seconds(2);
    stage.greets(1);
    let told = stage.told_lines(1);
    let shape: Vec<_> = told.iter().map(|line| (line.id, line.lamport, line.age_ms)).collect();
    assert_eq!(shape, [(1, 1, 2_000), (2, 2, 2_000)]);
    stage.acknowledges(1);
    assert_eq!(stage.receipt("one", 1), Some(Receipt::Delivered));
    assert_eq!(stage.receipt("two", 1), Some(Receipt::Delivered));
    assert_eq!(stage.lines(), ["Me: one", "Me: two", "P1: theirs"]);
    assert_ne!(peer_id(150), peer_id(ME));
}

#[test]
fn after_leaving_nothing_is_left() {
    let mut stage = Stage::with(&[1]);
    stage.say(1, "before the hello");
    stage.greets(1);
    stage.says_line(1, 5, 1_000, "theirs");
    let number = stage.call.chat().lines().map(|line| line.number).max();
    stage.effects.clear();
    stage.input(Input::Leave);
    assert_eq!(stage.lines(), [] as [&str; 0]);
    assert_eq!(stage.changes(), [0]);
    stage.say(2, "without a seat");
    assert_eq!((stage.lines().len(), stage.changes().len()), (0, 0));
    // Another room, another clock.
    stage.enter(ME, &[1]);
    stage.greets(1);
    stage.told(1);
    stage.say(1, "anew");
    assert_eq!(stage.told_lines(1)[0].lamport, 1);
    let next = stage.call.chat().lines().next().map(|line| line.number);
    assert!(next > number, "a number is never used twice");
}

#[test]
fn a_giant_number_moves_neither_our_clock_nor_the_lines_of_others() {
    let mut stage = Stage::with(&[1, 2]);
    stage.greets(1);
    stage.greets(2);
    stage.says_line(1, 1, 10, "a");
    for (n, number) in [(0, u64::MAX), (1, u64::MAX), (2, 1 << 63), (3, 0)] {
        stage.says_line(2, n, number, "x");
    }
    stage.say(1, "b");
    stage.says_line(1, 2, 15, "c");
    assert_eq!(stage.told_lines(1)[0].lamport, 15);
    assert_eq!(
        stage.lines(),
        ["P1: a", "P2: x", "P2: x", "P2: x", "P2: x", "P1: c", "Me: b"]
    );
    // Two to the 32 at a time it goes far ahead of somebody who does not hear it. That one is still shown at the end.
    for step in 1..=40u64 {
        stage.says_line(2, 100 + step, step << 32, "y");
    }
    stage.says_line(1, 3, 16, "d");
    assert_eq!(stage.lines().last().map(String::as_str), Some("P1: d"));
}

#[test]
fn a_peers_own_lines_stay_in_the_order_in_which_it_said_them() {
    let mut stage = Stage::with(&[1]);
    stage.greets(1);
    for (id, number) in [(1, 5), (2, 3), (3, 5), (4, 0)] {
        stage.says_line(1, id, number, &id.to_string());
    }
    stage.say(9, "mine");
    assert_eq!(stage.lines(), ["P1: 1", "P1: 2", "P1: 3", "P1: 4", "Me: mine"]);
}

#[test]
fn texts_of_strangers_are_cleaned_and_cut() {
    let mut stage = Stage::with(&[1]);
    stage.greets(1);
    let long = "🦀".repeat(4_000);
    stage.says_line(1, 1, 1, &long);
    stage.says_line(1, 2, 2, "\u{202E}\u{7}a\r\nb");
    stage.says_line(1, 3, 3, &"\u{200D}".repeat(5_000));
    let texts = texts(&stage.call);
    assert_eq!(texts, [&"🦀".repeat(peer::CHAT_TEXT_MAX_CHARS), "a\nb"]);
    assert_eq!(stage.call.chat().dropped(), 1);
}

#[test]
fn a_flood_is_dropped_and_counted_and_harms_nobody_else() {
    let mut stage = Stage::with(&[1, 2]);
    stage.greets(1);
    stage.greets(2);
    for n in 0..20 {
        stage.says_line(1, n, n, "quiet");
    }
    stage.effects.clear();
    // As fast as the channel lets it: 40 a second for ten minutes.
    for n in 0..24_000 {
        stage.now += Duration::from_millis(25);
        stage.says_line(2, n, n, "loud");
    }
    let taken: usize = stage.changes().iter().sum();
    assert!((1_480..=1_510).contains(&taken), "{taken}");
    assert_eq!(stage.call.chat().dropped(), 24_000 - taken as u64);
    let lines = stage.lines();
    let count = |wanted: &str| lines.iter().filter(|line| *line == wanted).count();
    assert_eq!((count("P1: quiet"), count("P2: loud")), (20, LINES));
    stage.now += seconds(60);
    stage.says_line(2, 50_000, 50_000, "sorry");
    assert_eq!(stage.lines().last().map(String::as_str), Some("P2: sorry"));
}

#[test]
fn ten_thousand_lines_a_second_end_with_the_channel() {
    let mut stage = Stage::with(&[1]);
    stage.greets(1);
    for n in 0..20_000 {
        stage.now += Duration::from_micros(100);
        stage.says_line(1, n, n, "loud");
    }
    let closed = stage.seen(|effect| matches!(effect, Effect::CloseChannels { .. }).then_some(()));
    assert_eq!(closed.len(), 1);
    assert!(stage.lines().len() <= 220);
}

#[test]
fn nothing_that_peers_do_breaks_the_order_or_the_bounds() {
    for seed in 0..60 {
        let mut rng = Rng::with_seed(seed);
        let mut stage = Stage::with(&[1, 2, 3]);
        let mut inside = vec![1, 2, 3];
        let mut greeted: Vec<u32> = Vec::new();
        for step in 0..600 {
            stage.now += Duration::from_millis(rng.u64(0..200));
            let peer = inside.get(rng.usize(0..4)).copied();
            let Some(n) = peer else {
                let seat = 200 + step;
                if inside.len() < 6 {
                    stage.joins(peer_info(seat, seat.into(), ["Ada", "Bo"][rng.usize(0..2)]));
                    inside.push(seat);
                }
                continue;
            };
            match rng.u32(0..40) {
                0 => {
                    stage.leaves(n);
                    inside.retain(|other| *other != n);
                    greeted.retain(|other| *other != n);
                }
                1 => stage.input(Input::Tick),
                2..=5 => stage.say(rng.u64(0..50), "mine"),
                6 => stage.acknowledges(n),
                7..=8 => {
                    stage.connects(n);
                    stage.hello(n, rng.u64(1..4), Features(rng.u64(0..16)));
                    greeted.push(n);
                }
                _ if !greeted.contains(&n) => {}
                _ => {
                    let number = [rng.u64(0..100), rng.u64(..), rng.u64(..) >> 30][rng.usize(0..3)];
                    let age = [0, rng.u64(..), rng.u64(0..100_000)][rng.usize(0..3)];
                    let text = ["", "\u{202E}", "x", "y"][rng.usize(0..4)];
                    stage.says(n, line(rng.u64(0..60), number, age, text));
                }
            }
            let now = i64::try_from(stage.now.as_millis()).unwrap();
            let lines: Vec<_> = stage.call.chat().lines().collect();
            assert!(lines.len() <= ALL_LINES);
            let mut numbers: Vec<_> = lines.iter().map(|line| line.number).collect();
            numbers.sort_unstable();
            numbers.dedup();
            assert_eq!(numbers.len(), lines.len(), "seed {seed}");
            // Each author's own lines are in the order in which they came.
            for author in lines.iter().map(|line| line.author) {
                let of = |other: &Author<'_>| match (author, *other) {
                    (Author::Me(_), Author::Me(_)) => true,
                    (Author::Peer { id: one, .. }, Author::Peer { id: other, .. }) => one == other,
                    _ => false,
                };
                let theirs = lines.iter().filter(|line| of(&line.author));
                assert!(theirs.map(|line| line.number).is_sorted(), "seed {seed}");
            }
            for line in &lines {
                assert!(line.said_ms <= now && !line.text.is_empty());
                if let Author::Peer { name, .. } = line.author {
                    assert!(!name.is_empty(), "seed {seed}");
                }
            }
        }
    }
}
