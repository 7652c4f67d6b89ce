//! Raised hands and reactions: who sees them, in which order, and what a stranger can do with them.

mod support;

use std::time::Duration;

use call::{Effect, Input, Person};
use protocol::PeerMessage;
use protocol::limits::peer;
use protocol::peer_message::{Emoji, Features, Hand, Reaction};
use support::peer_id;
use support::stage::{self, Stage, line};
use support::world::duo::{ADA, BO, Duo, info};
use support::world::{Action, Fault, World};

const ME: Person = Person::Me;

fn seconds(count: u64) -> Duration {
    Duration::from_secs(count)
}

fn of(n: u32) -> Person {
    Person::Peer(peer_id(n))
}

fn hand(raised: u64) -> PeerMessage {
    PeerMessage::Hand(Hand { raised })
}

fn reaction(emoji: Emoji) -> PeerMessage {
    PeerMessage::Reaction(Reaction { emoji })
}

/// Each change of the hands that are up, since the test last looked.
fn hands(stage: &mut Stage) -> Vec<Vec<Person>> {
    stage.seen(|effect| match effect {
        Effect::Hands(hands) => Some(hands.clone()),
        _ => None,
    })
}

/// Each change of the reactions that are shown.
fn reactions(stage: &mut Stage) -> Vec<Vec<(Person, Emoji)>> {
    stage.seen(|effect| match effect {
        Effect::Reactions(shown) => Some(shown.iter().map(|one| (one.person, one.emoji)).collect()),
        _ => None,
    })
}

#[test]
fn a_hand_goes_up_at_both_and_down_when_its_person_leaves() {
    let mut duo = Duo::with_channels();
    let newest = |duo: &Duo, side: usize| {
        let mut effects = duo.effects(side).iter().rev();
        effects.find_map(|effect| match effect {
            Effect::Hands(hands) => Some(hands.clone()),
            _ => None,
        })
    };
    assert_eq!(newest(&duo, ADA), None);
    duo.input(ADA, Input::RaiseHand(true));
    duo.wait(1);
    duo.input(BO, Input::RaiseHand(true));
    duo.wait(1);
    let [ada, bo] = [ADA, BO].map(|side| Person::Peer(info(side).id));
    assert_eq!(newest(&duo, ADA), Some(vec![ME, bo]));
    assert_eq!(newest(&duo, BO), Some(vec![ada, ME]));
    duo.input(ADA, Input::RaiseHand(false));
    duo.wait(1);
    assert_eq!(newest(&duo, BO), Some(vec![ME]));
    duo.input(BO, Input::Leave);
    assert_eq!(newest(&duo, BO), Some(vec![]));
    let message = protocol::ServerMessage::PeerLeft {
        peer: info(BO).id,
        reason: protocol::LeaveReason::Left,
    };
    duo.input(ADA, Input::Server(message.into()));
    assert_eq!(newest(&duo, ADA), Some(vec![]));
}

#[test]
fn everybody_sees_one_order_newcomers_too() {
    let mut world = World::new(5, 4, 8, Fault::None, false);
    for page in 0..3 {
        world.plan(Duration::from_millis(page as u64 * 700), page, Action::Enter);
        // All at once, so that numbers are equal.
        world.plan(seconds(6), 2 - page, Action::Raise);
    }
    world.plan(seconds(8), 1, Action::Raise);
    world.plan(seconds(9), 1, Action::Raise);
    world.plan(seconds(20), 3, Action::Enter);
    world.run().expect("it runs");
    world.check_at_rest().expect("everybody is connected");
    let pages: Vec<_> = world.pages.iter().map(|page| page.as_ref().expect("open")).collect();
    let seat = |n: usize| Person::Peer(pages[n].seat.expect("it has one"));
    assert_eq!(pages[3].hands, [seat(0), seat(2), seat(1)]);
    assert_eq!(pages[1].hands, [seat(0), seat(2), ME]);
}

#[test]
fn hands_and_lines_have_one_clock() {
    let mut stage = Stage::with(&[1, 2]);
    stage.greets(1);
    stage.says(1, line(1, 6, 0, "Who knows?"));
    stage.input(Input::RaiseHand(true));
    stage.input(Input::RaiseHand(true));
    assert_eq!(stage.told(1), [hand(7)]);
    // A page that is not there yet is told when it is, and a newcomer is.
    stage.greets(2);
    assert_eq!(stage.told(2), [hand(7)]);
    stage.joins(stage::info(200));
    stage.greets(200);
    assert_eq!(stage.told(200), [hand(7)]);
    stage.says(2, hand(30));
    stage.say(1, "Me");
    assert!(matches!(&stage.told(1)[..], [PeerMessage::Chat(line)] if line.lamport == 31));
    assert_eq!(hands(&mut stage), [vec![ME], vec![ME, of(2)]]);
    stage.told(2);
    // With another seat it stays where it is in the order.
    stage.input(Input::SocketLost { code: None });
    stage.enter(150, &[2]);
    stage.greets(2);
    assert_eq!(stage.told(2), [hand(7), line(1, 31, 0, "Me")]);
    stage.input(Input::RaiseHand(false));
    assert_eq!(stage.told(2), [hand(0)]);
}

#[test]
fn another_page_of_a_peer_begins_with_the_hand_down() {
    let mut stage = Stage::with(&[1, 2]);
    stage.greets(1);
    stage.greets(2);
    stage.says(1, hand(4));
    stage.says(2, hand(5));
    // The same page on another connection is no other page.
    stage.hello(1, 1, stage::ALL);
    stage.pass(seconds(1));
    stage.hello(1, 77, stage::ALL);
    stage.leaves(2);
    let (one, two) = (of(1), of(2));
    assert_eq!(hands(&mut stage), [vec![one], vec![one, two], vec![two], vec![]]);
}

#[test]
fn ten_thousand_hands_a_second_are_four() {
    let mut stage = Stage::with(&[1]);
    stage.greets(1);
    for n in 0..10_000_u64 {
        stage.pass(Duration::from_micros(100));
        stage.says(1, hand(n % 2 * (n + 1)));
    }
    let shown = hands(&mut stage);
    assert!((1..=4).contains(&shown.len()), "{shown:?}");
    // As fast as the channel takes it for ever.
    let mut stage = Stage::with(&[1]);
    stage.greets(1);
    for n in 1..=400_u64 {
        stage.pass(Duration::from_millis(25));
        stage.says(1, hand(n % 2 * n));
    }
    stage.pass(seconds(1));
    let shown = hands(&mut stage);
    assert!((30..=42).contains(&shown.len()), "{}", shown.len());
    assert_eq!(shown.last(), Some(&vec![]), "the newest is what stays");
}

#[test]
fn a_reaction_is_shown_at_both_for_five_seconds() {
    let mut duo = Duo::with_channels();
    duo.input(ADA, Input::React(Emoji::Party));
    duo.wait(1);
    let shown = |duo: &Duo, side: usize| {
        let mut effects = duo.effects(side).iter().rev();
        effects.find_map(|effect| match effect {
            Effect::Reactions(shown) => Some(shown.iter().map(|one| (one.person, one.emoji)).collect::<Vec<_>>()),
            _ => None,
        })
    };
    let from = |person| Some(vec![(person, Emoji::Party)]);
    let ada = Person::Peer(info(ADA).id);
    assert_eq!([ADA, BO].map(|side| shown(&duo, side)), [from(ME), from(ada)]);
    duo.wait(6);
    assert_eq!([ADA, BO].map(|side| shown(&duo, side)), [Some(vec![]), Some(vec![])]);
}

#[test]
fn reactions_go_to_pages_that_show_them_and_no_faster_than_five_a_second() {
    let mut stage = Stage::with(&[1, 2]);
    stage.input(Input::React(Emoji::Heart));
    stage.greets(1);
    stage.connects(2);
    stage.hello(2, 2, Features::SIZES.with(Features::CHAT));
    assert_eq!(stage.told(1), [], "nobody is told later");
    stage.pass(seconds(10));
    for _ in 0..100 {
        stage.pass(Duration::from_millis(10));
        stage.input(Input::React(Emoji::Surprise));
    }
    stage.input(Input::React(Emoji::Other(6)));
    assert_eq!(stage.told(1), vec![reaction(Emoji::Surprise); 5]);
    assert_eq!(stage.told(2), []);
    stage.effects.clear();
    stage.pass(seconds(10));
    assert_eq!(reactions(&mut stage).len(), 5, "they end one after the other");
    assert_eq!(stage.call.next_deadline().filter(|due| *due < stage.now), None);
}

#[test]
fn ten_thousand_reactions_a_second_are_five() {
    let mut stage = Stage::with(&[1, 2]);
    stage.greets(1);
    stage.greets(2);
    stage.says(2, reaction(Emoji::Heart));
    stage.says(2, reaction(Emoji::Other(1_000)));
    stage.effects.clear();
    for n in 0..10_000_u64 {
        stage.pass(Duration::from_micros(100));
        stage.says(1, reaction(Emoji::ALL[n as usize % 6]));
    }
    let changes = reactions(&mut stage);
    assert!(changes.len() <= 5, "{}", changes.len());
    let newest = changes.last().expect("some");
    assert_eq!(newest[0], (of(2), Emoji::Heart));
    assert_eq!(newest.len(), 6);
    // As fast as the channel allows: five a second, five at a time.
    let mut stage = Stage::with(&[1]);
    stage.greets(1);
    stage.effects.clear();
    for _ in 0..peer::SEND_RATE * 10 {
        stage.pass(Duration::from_millis(25));
        stage.says(1, reaction(Emoji::Party));
    }
    let changes = reactions(&mut stage);
    assert!((45..=55).contains(&changes.len()), "{}", changes.len());
    assert!(changes.iter().all(|shown| shown.len() <= 5));
    stage.leaves(1);
    assert_eq!(reactions(&mut stage), [vec![]]);
}

#[test]
fn nothing_is_shown_before_there_is_a_seat_and_nothing_stays_when_there_is_none() {
    let mut call = support::new_call();
    for input in [Input::RaiseHand(true), Input::React(Emoji::Heart), Input::Tick] {
        assert_eq!(call.handle(Duration::ZERO, input), []);
    }
    assert_eq!(call.next_deadline(), None);
    let mut stage = Stage::with(&[1]);
    stage.greets(1);
    stage.input(Input::RaiseHand(true));
    stage.input(Input::React(Emoji::Heart));
    stage.effects.clear();
    stage.input(Input::SocketLost { code: Some(4002) });
    let effects = std::mem::take(&mut stage.effects);
    for gone in [Effect::Hands(vec![]), Effect::Reactions(vec![]), Effect::TakenOver] {
        assert!(effects.contains(&gone), "{gone:?}");
    }
}
