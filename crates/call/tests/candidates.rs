//! Candidates: to which description they belong, and what becomes of those that do not.

mod support;

use call::{Effect, Input, LocalCandidate, Reach};
use protocol::limits::{CANDIDATE_MAX, HELD_CANDIDATES};
use protocol::{Candidate, Description, DescriptionKind, Signal};
use support::fake_peer::PeerEvent;
use support::world::duo::{ADA, BO, Duo, operations};

#[test]
fn candidates_of_an_ignored_offer_may_fail() {
    let mut duo = Duo::crossing();
    duo.receive_all(ADA);
    let restarts = duo.restarts(ADA);
    // They are of credentials that Ada has never set, so her browser refuses each.
    assert!(duo.is_running(ADA));
    duo.state(ADA, call::ConnectionState::Disconnected);
    while duo.is_running(ADA) {
        duo.finish(ADA);
    }
    assert_eq!(duo.restarts(ADA), restarts, "nothing is repaired because of them");
    duo.settle();
    assert_eq!(duo.offers(ADA), 2);
}

#[test]
fn another_candidate_that_fails_makes_an_unconnected_pair_look_again() {
    let mut duo = Duo::joined();
    duo.work(ADA);
    duo.receive_all(BO);
    for _ in ["offer", "answer"] {
        duo.finish(BO);
    }
    duo.fail(BO);
    assert_eq!(duo.asked_to_restart(BO), 1);
    duo.fail(BO);
    assert_eq!(duo.asked_to_restart(BO), 1, "once");
    duo.settle();
    assert_eq!(duo.reaches(), [Reach::Connected; 2]);
}

#[test]
fn a_candidate_that_fails_while_media_flows_changes_nothing() {
    let mut duo = Duo::connected();
    let before = (duo.effects(ADA).len(), duo.offers(ADA));
    duo.inject(ADA, candidate(0, 1, "candidate:late"));
    duo.fail(ADA);
    assert_eq!(duo.restarts(ADA), 0);
    assert_eq!((duo.effects(ADA).len(), duo.offers(ADA)), (before.0 + 1, before.1));
}

fn candidate(connection: u32, generation: u32, text: &str) -> Signal {
    Signal::Candidate(Candidate {
        connection,
        generation,
        candidate: text.into(),
        sdp_mid: None,
        sdp_m_line_index: Some(0),
        username_fragment: None,
    })
}

#[test]
fn candidates_that_come_before_their_description_are_held_until_it_is_set() {
    let mut duo = Duo::joined();
    duo.work(ADA);
    // As another client might: candidates first.
    duo.inboxes[BO].rotate_left(1);
    duo.receive(BO);
    duo.receive(BO);
    assert!(operations(duo.effects(BO)).is_empty());
    duo.receive_all(BO);
    duo.work(BO);
    assert_eq!(
        operations(duo.effects(BO)),
        ["remote", "local", "candidate", "candidate", "candidate"]
    );
    duo.settle();
    assert_eq!(duo.reaches(), [Reach::Connected; 2]);
}

#[test]
fn held_candidates_are_bounded_and_the_newest_are_kept() {
    let mut duo = Duo::joined();
    for n in 0..10_000 {
        duo.inject(BO, candidate(0, 1, &format!("candidate:{n}")));
    }
    duo.work(ADA);
    let offer = duo.inboxes[BO].pop_front().expect("an offer");
    duo.inject(BO, offer);
    duo.work(BO);
    let taken: Vec<_> = added(duo.effects(BO));
    assert_eq!(taken.len(), HELD_CANDIDATES);
    assert_eq!(taken.last().map(String::as_str), Some("candidate:9999"));
}

fn added(effects: &[Effect]) -> Vec<String> {
    let text = |effect: &Effect| match effect {
        Effect::Operate {
            operation: call::Operation::AddCandidate(c),
            ..
        } => Some(c.candidate.clone()),
        _ => None,
    };
    effects.iter().filter_map(text).collect()
}

#[test]
fn candidates_of_an_older_description_are_dropped() {
    let mut duo = Duo::connected();
    duo.retry(ADA);
    duo.settle();
    let before = added(duo.effects(BO)).len();
    duo.inject(BO, candidate(0, 1, "candidate:old"));
    assert_eq!(added(duo.effects(BO)).len(), before);
    duo.inject(BO, candidate(0, 2, "candidate:new"));
    assert_eq!(added(duo.effects(BO)).last().map(String::as_str), Some("candidate:new"));
}

#[test]
fn our_candidates_never_go_out_before_their_description() {
    let mut duo = Duo::joined();
    // The browser tells of a candidate before it tells that the offer is made.
    let connection = duo.connection(ADA);
    let outcome = duo.peer(ADA).finish();
    while duo.peer(ADA).waiting_events() > 0 {
        if let Some(PeerEvent::Candidate(candidate)) = duo.peer(ADA).next_event() {
            duo.input(ADA, Input::LocalCandidate { connection, candidate });
        }
    }
    assert!(duo.inboxes[BO].is_empty());
    duo.input(ADA, Input::Operated { connection, outcome });
    let generations = duo.inboxes[BO].iter().map(|signal| match signal {
        Signal::Description(d) => d.generation,
        Signal::Candidate(c) => c.generation,
        _ => 0,
    });
    let generations: Vec<_> = generations.collect();
    assert_eq!(generations, [1, 1, 1, 1]);
    assert!(matches!(&duo.inboxes[BO][0], Signal::Description(d) if d.kind == DescriptionKind::Offer));
}

#[test]
fn a_late_candidate_of_the_old_credentials_keeps_its_generation_during_a_restart() {
    let mut duo = Duo::connected();
    let old = duo.peer(ADA).local_ufrag().map(String::from);
    duo.retry(ADA);
    duo.event(ADA);
    assert!(duo.is_running(ADA), "the next offer is being made");
    let connection = duo.connection(ADA);
    let late = LocalCandidate {
        candidate: "candidate:late".into(),
        sdp_mid: None,
        sdp_m_line_index: Some(0),
        username_fragment: old,
    };
    duo.input(
        ADA,
        Input::LocalCandidate {
            connection,
            candidate: late,
        },
    );
    assert!(matches!(&duo.inboxes[BO][0], Signal::Candidate(c) if c.generation == 1));
}

#[test]
fn candidates_of_an_offer_that_was_rolled_back_are_not_sent() {
    let mut duo = Duo::connected();
    for side in [ADA, BO] {
        duo.wants_restart(side);
        duo.finish(side);
    }
    // Bo's candidates are still to come when Ada's offer rolls his back.
    duo.receive(BO);
    duo.finish(BO);
    let before = duo.inboxes[ADA].len();
    let rolled_back = duo.peer(BO).waiting_events();
    assert!(rolled_back > 0);
    for _ in 0..rolled_back {
        duo.event(BO);
    }
    assert_eq!(duo.inboxes[ADA].len(), before);
    duo.settle();
    assert_eq!(duo.reaches(), [Reach::Connected; 2]);
}

#[test]
fn a_candidate_too_long_for_the_wire_is_not_sent() {
    let mut duo = Duo::connected();
    let connection = duo.connection(ADA);
    let candidate = LocalCandidate {
        candidate: "x".repeat(CANDIDATE_MAX + 1),
        sdp_mid: None,
        sdp_m_line_index: None,
        username_fragment: None,
    };
    duo.input(ADA, Input::LocalCandidate { connection, candidate });
    assert!(duo.inboxes[BO].is_empty());
}

#[test]
fn a_flood_of_signals_is_bounded() {
    let mut duo = Duo::joined();
    duo.work(ADA);
    // Bo's first operation never ends.
    duo.receive_all(BO);
    for generation in 2..5_000 {
        let sdp = "v=0\r\n".into();
        let kind = DescriptionKind::Offer;
        duo.inject(
            BO,
            Signal::Description(Description {
                connection: 0,
                generation,
                answers: None,
                kind,
                sdp,
            }),
        );
        duo.inject(BO, candidate(0, generation, "candidate:flood"));
    }
    let before = operations(duo.effects(BO)).len();
    while duo.is_running(BO) {
        duo.finish(BO);
    }
    let after = operations(duo.effects(BO)).len();
    assert!(
        after - before < 2 * HELD_CANDIDATES,
        "{} operations were waiting",
        after - before
    );
}
