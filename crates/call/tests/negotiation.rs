//! Offers and answers between two, in every order in which they can meet.

mod support;

use call::{Effect, Input, OperationFailed, Reach};
use protocol::limits::SDP_MAX;
use protocol::{Description, DescriptionKind, LeaveReason, ServerMessage, Signal};
use support::fake_peer::Signaling;
use support::peer_id;
use support::world::duo::{ADA, BO, Duo, NO_PATH, operations};

fn kind_of(signal: &Signal) -> Option<DescriptionKind> {
    if let Signal::Description(description) = signal {
        Some(description.kind)
    } else {
        None
    }
}

#[test]
fn the_first_offer_is_made_at_once_and_only_once() {
    let mut duo = Duo::joined();
    assert_eq!(operations(duo.effects(ADA)), ["local"]);
    // The browser's own wish for the eight lines comes while that offer is being made, and again after it.
    let connection = duo.connection(ADA);
    duo.input(ADA, Input::NegotiationNeeded { connection });
    duo.finish(ADA);
    duo.input(ADA, Input::NegotiationNeeded { connection });
    duo.settle();
    assert_eq!(duo.reaches(), [Reach::Connected; 2]);
    assert_eq!((duo.offers(ADA), duo.offers(BO)), (1, 0));
}

#[test]
fn a_newcomer_waits_for_the_offer() {
    let duo = Duo::joined();
    assert!(operations(duo.effects(BO)).is_empty());
    assert_eq!(duo.reaches(), [Reach::Connecting; 2]);
}

#[test]
fn one_operation_is_under_way_at_a_time_and_the_rest_wait_in_order() {
    let mut duo = Duo::joined();
    duo.work(ADA);
    duo.receive_all(BO);
    // The offer and three candidates have come; the fake panics if a second operation is begun.
    assert_eq!(operations(duo.effects(BO)), ["remote"]);
    duo.work(BO);
    assert_eq!(
        operations(duo.effects(BO)),
        ["remote", "local", "candidate", "candidate", "candidate"]
    );
}

#[test]
fn when_offers_cross_the_polite_side_rolls_back_and_the_impolite_one_ignores() {
    let mut duo = Duo::crossing();
    // Both have an offer out.
    assert_eq!(duo.peer(ADA).signaling(), Signaling::HaveLocalOffer);
    assert_eq!(duo.peer(BO).signaling(), Signaling::HaveLocalOffer);
    let before = operations(duo.effects(ADA)).len();
    assert_eq!(kind_of(&duo.receive(ADA)), Some(DescriptionKind::Offer));
    assert_eq!(
        operations(duo.effects(ADA)).len(),
        before,
        "the impolite side does nothing about it"
    );
    assert_eq!(kind_of(&duo.receive(BO)), Some(DescriptionKind::Offer));
    duo.finish(BO);
    assert_eq!(duo.peer(BO).signaling(), Signaling::HaveRemoteOffer);
    duo.settle();
    assert_eq!(duo.reaches(), [Reach::Connected; 2]);
    // What the polite side wanted was served by the answer: no third offer.
    assert_eq!((duo.offers(ADA), duo.offers(BO)), (2, 1));
}

#[test]
fn what_the_polite_side_still_needs_after_a_rollback_is_offered_again() {
    let mut duo = Duo::joined();
    duo.finish(ADA);
    duo.settle();
    // Ada makes an offer that restarts nothing; one of Bo's browser that does crosses with it.
    duo.wants_offer(ADA);
    duo.finish(ADA);
    duo.wants_restart(BO);
    duo.work(BO);
    let ufrag = duo.peer(BO).local_ufrag().map(String::from);
    duo.settle();
    assert_eq!(duo.offers(BO), 2, "the offer that was rolled back, and another");
    assert_ne!(
        duo.peer(BO).local_ufrag().map(String::from),
        ufrag,
        "ICE was restarted after all"
    );
    assert_eq!(duo.reaches(), [Reach::Connected; 2]);
}

#[test]
fn an_answer_to_an_offer_that_is_no_longer_ours_is_dropped() {
    let mut duo = Duo::crossing();
    duo.receive(BO);
    duo.finish(BO);
    duo.finish(BO);
    let before = operations(duo.effects(BO)).len();
    let answer = |answers, generation| {
        let sdp = "v=0\r\n".into();
        Signal::Description(Description {
            connection: 0,
            generation,
            answers: Some(answers),
            kind: DescriptionKind::Answer,
            sdp,
        })
    };
    // To the offer that Bo has rolled back; Bo has none out.
    duo.inject(BO, answer(2, 90));
    assert_eq!(operations(duo.effects(BO)).len(), before);
    // And to an older offer than the one that Ada has out.
    duo.inject(ADA, answer(1, 91));
    assert!(!duo.is_running(ADA));
}

#[test]
fn a_peer_that_leaves_while_an_operation_is_under_way_is_forgotten_at_once() {
    let mut duo = Duo::joined();
    let connection = duo.connection(ADA);
    let outcome = duo.peer(ADA).finish();
    duo.input(
        ADA,
        Input::Server(
            ServerMessage::PeerLeft {
                peer: peer_id(2),
                reason: LeaveReason::Left,
            }
            .into(),
        ),
    );
    assert_eq!(duo.connections(ADA), 0);
    let before = duo.effects(ADA).len();
    duo.input(ADA, Input::Operated { connection, outcome });
    duo.input(ADA, Input::NegotiationNeeded { connection });
    duo.input(
        ADA,
        Input::ConnectionState {
            connection,
            state: call::ConnectionState::Failed,
        },
    );
    assert_eq!(
        duo.effects(ADA).len(),
        before,
        "what a closed connection says is nothing to us"
    );
    duo.cut(ADA);
    assert_eq!(duo.call(ADA).next_deadline(), None);
}

#[test]
fn an_offer_that_fails_here_is_made_anew_on_another_connection() {
    let mut duo = Duo::joined();
    duo.fail(ADA);
    duo.settle();
    assert_eq!(duo.reaches(), [Reach::Connected; 2]);
    assert_eq!(duo.connection(ADA).0, 1);
    assert_eq!(duo.connection(BO).0, 1, "the other side follows");
    assert_eq!((duo.connections(ADA), duo.connections(BO)), (1, 1));
}

#[test]
fn an_answer_that_fails_there_makes_the_offerer_build_another_connection() {
    let mut duo = Duo::joined();
    duo.work(ADA);
    duo.receive_all(BO);
    duo.finish(BO);
    duo.fail(BO);
    duo.settle();
    assert_eq!(duo.reaches(), [Reach::Connected; 2]);
    assert_eq!((duo.connections(ADA), duo.connections(BO)), (1, 1));
}

#[test]
fn a_browser_that_refuses_every_offer_is_reported_and_not_asked_for_ever() {
    let mut duo = Duo::joined();
    for _ in 0..100 {
        duo.work(ADA);
        duo.receive_all(BO);
        while duo.is_running(BO) {
            duo.fail(BO);
        }
        duo.receive_all(ADA);
    }
    assert_eq!(duo.reach(BO), NO_PATH);
    assert!(duo.count(ADA, |effect| matches!(effect, Effect::Open { .. })) <= 4);
    assert!(!duo.is_running(BO), "nothing is stuck");
}

#[test]
fn an_offer_too_long_for_the_wire_is_not_sent() {
    let mut duo = Duo::joined();
    for _ in 0..5 {
        let connection = duo.connection(ADA);
        if !duo.is_running(ADA) {
            break;
        }
        let _ = duo.peer(ADA).finish();
        let sdp = "x".repeat(SDP_MAX + 1);
        let local = call::LocalDescription {
            kind: DescriptionKind::Offer,
            sdp,
        };
        duo.input(
            ADA,
            Input::Operated {
                connection,
                outcome: Ok(Some(local)),
            },
        );
    }
    let is_description = |signal: &Signal| matches!(signal, Signal::Description(_));
    assert!(!duo.inboxes[BO].iter().any(is_description));
    assert_eq!(duo.reach(ADA), NO_PATH);
}

#[test]
fn an_outcome_that_makes_no_sense_is_a_failure_and_no_panic() {
    let mut duo = Duo::joined();
    let connection = duo.connection(ADA);
    duo.peer(ADA).fail().expect_err("forgotten by the fake");
    duo.input(
        ADA,
        Input::Operated {
            connection,
            outcome: Ok(None),
        },
    );
    duo.settle();
    assert_eq!(duo.reaches(), [Reach::Connected; 2], "a new connection does it");
    // Nothing is under way now.
    let connection = duo.connection(ADA);
    let before = duo.effects(ADA).len();
    let failed = OperationFailed {
        name: "InvalidStateError".into(),
    };
    duo.input(
        ADA,
        Input::Operated {
            connection,
            outcome: Err(failed),
        },
    );
    assert_eq!(duo.effects(ADA).len(), before);
}

#[test]
fn a_wish_for_an_offer_that_comes_while_a_candidate_is_added_is_kept() {
    let mut duo = Duo::connected();
    let late = protocol::Candidate {
        connection: 0,
        generation: 1,
        candidate: "candidate:late".into(),
        sdp_mid: None,
        sdp_m_line_index: Some(0),
        username_fragment: None,
    };
    duo.inject(ADA, Signal::Candidate(late));
    let connection = duo.connection(ADA);
    duo.input(ADA, Input::NegotiationNeeded { connection });
    duo.settle();
    assert_eq!(duo.offers(ADA), 2);
}

#[test]
fn a_wish_for_an_offer_that_overtakes_the_outcome_of_the_answer_is_kept() {
    let mut duo = Duo::joined();
    duo.work(ADA);
    duo.receive_all(BO);
    duo.work(BO);
    duo.receive(ADA);
    assert!(duo.is_running(ADA), "the answer is being set");
    let connection = duo.connection(ADA);
    duo.input(ADA, Input::NegotiationNeeded { connection });
    duo.settle();
    assert_eq!(duo.offers(ADA), 2);
    assert_eq!(duo.reaches(), [Reach::Connected; 2]);
}
