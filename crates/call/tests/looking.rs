//! What a call says about its connections: why there is none, and what they are like.

#![allow(clippy::unwrap_used, reason = "a test says by panicking")]

mod support;

use std::time::Duration;

use call::{Cause, Effect, Input, LocalCandidate, Reach, Whose};
use protocol::{ClientMessage, Findings, PeerStats, RelayFinding, Route, Signal};
use support::world::duo::{ADA, BO, Duo, NO_PATH, info};

/// A browser's candidate of this type.
fn candidate(kind: &str) -> LocalCandidate {
    LocalCandidate {
        candidate: format!("candidate:1 1 udp 1 192.0.2.1 50000 typ {kind} raddr 0.0.0.0 rport 0"),
        sdp_mid: Some("0".into()),
        sdp_m_line_index: Some(0),
        username_fragment: None,
    }
}

/// A pair with a relay, between whom nothing works.
fn apart() -> Duo {
    let mut duo = Duo::joined_with(true);
    duo.path = false;
    duo.relay = false;
    duo
}

fn finds(duo: &mut Duo, side: usize, kind: &str) {
    let connection = duo.connection(side);
    let candidate = candidate(kind);
    duo.input(side, Input::LocalCandidate { connection, candidate });
}

fn relay_fails(duo: &mut Duo, side: usize, code: u16) {
    let connection = duo.connection(side);
    duo.input(side, Input::RelayFailed { connection, code });
}

fn asks(duo: &Duo, side: usize) -> usize {
    duo.count(side, |e| matches!(e, Effect::Measure))
}

fn stats_of(side: usize) -> PeerStats {
    PeerStats {
        peer: info(side).id,
        route: Route::DirectUdp,
        round_trip_ms: Some(24),
        lost_permille: 0,
    }
}

fn findings_said(duo: &Duo, side: usize) -> Vec<Findings> {
    let said = duo.said(side, 0).into_iter();
    said.filter_map(|message| match message {
        ClientMessage::Signal {
            signal: Signal::Findings(findings),
            ..
        } => Some(findings),
        _ => None,
    })
    .collect()
}

#[test]
fn both_sides_say_whose_network_lets_nothing_through() {
    let mut duo = apart();
    for _ in 0..70 {
        if duo.connections(ADA) > 0 && duo.connections(BO) > 0 {
            finds(&mut duo, ADA, "relay");
        }
        duo.wait(1);
    }
    assert_eq!(
        duo.reaches(),
        [
            Reach::Unreachable(Cause::Blocked(Whose::Theirs)),
            Reach::Unreachable(Cause::Blocked(Whose::Ours))
        ]
    );
}

#[test]
fn a_relay_that_is_full_is_the_cause_on_both_sides() {
    let mut duo = apart();
    duo.wait(55);
    relay_fails(&mut duo, BO, 486);
    duo.settle();
    assert_eq!(duo.reaches(), [Reach::Unreachable(Cause::RelayFull); 2]);
}

#[test]
fn a_relay_that_refuses_one_side_is_said_to_both() {
    let mut duo = apart();
    duo.wait(55);
    relay_fails(&mut duo, ADA, 401);
    duo.settle();
    assert_eq!(
        duo.reaches(),
        [
            Reach::Unreachable(Cause::RelayRefused(Whose::Ours)),
            Reach::Unreachable(Cause::RelayRefused(Whose::Theirs))
        ]
    );
}

#[test]
fn without_a_relay_the_networks_are_the_cause() {
    let mut duo = Duo::joined();
    duo.path = false;
    duo.wait(70);
    assert_eq!(duo.reaches(), [NO_PATH; 2]);
}

#[test]
fn findings_are_said_once_until_they_change() {
    let mut duo = apart();
    duo.wait(300);
    for side in [ADA, BO] {
        let said = findings_said(&duo, side);
        assert_eq!(said.len(), 1, "{said:?}");
    }
    relay_fails(&mut duo, ADA, 486);
    relay_fails(&mut duo, ADA, 486);
    duo.settle();
    assert_eq!(findings_said(&duo, ADA).len(), 2);
}

#[test]
fn a_pair_that_connects_says_nothing_of_what_it_found() {
    let mut duo = Duo::connected();
    duo.wait(60);
    assert_eq!(findings_said(&duo, ADA), []);
    duo.inject(
        ADA,
        Signal::Findings(Findings {
            relay: RelayFinding::Full,
            udp: false,
        }),
    );
    assert_eq!(duo.reach(ADA), Reach::Connected);
}

#[test]
fn a_peer_whose_network_is_gone_is_said_to_be_gone_before_the_server_notices() {
    let mut duo = Duo::connected();
    duo.path = false;
    // Whatever is sent to Bo is lost, and nothing comes from there; the server says nothing of it.
    for _ in 0..60 {
        duo.now += Duration::from_secs(1);
        duo.input(ADA, Input::Tick);
        duo.settle_one(ADA);
        duo.inboxes[BO].clear();
    }
    assert_eq!(duo.reach(ADA), Reach::Unreachable(Cause::PeerAway));
    let causes = duo.count(ADA, |e| {
        matches!(
            e,
            Effect::Reach {
                reach: Reach::Unreachable(Cause::NoPath),
                ..
            }
        )
    });
    assert_eq!(causes, 0, "it never says anything else");
}

#[test]
fn while_nobody_looks_nothing_is_measured_or_asked() {
    let mut duo = Duo::connected();
    duo.wait(120);
    for side in [ADA, BO] {
        assert_eq!(asks(&duo, side), 0);
        let is_stats = |message: &ClientMessage| {
            matches!(
                message,
                ClientMessage::Signal {
                    signal: Signal::StatsWanted | Signal::Stats { .. },
                    ..
                }
            )
        };
        assert!(!duo.said(side, 0).iter().any(is_stats));
    }
}

#[test]
fn who_looks_gets_the_others_stats() {
    let mut duo = Duo::connected();
    duo.input(ADA, Input::Look);
    assert_eq!(asks(&duo, ADA), 1, "the own ones, too");
    duo.receive_all(BO);
    assert_eq!(asks(&duo, BO), 1);
    let stats = vec![stats_of(ADA)];
    duo.input(BO, Input::Measured { stats: stats.clone() });
    duo.receive_all(ADA);
    let peer = info(BO).id;
    assert_eq!(duo.effects(ADA).last(), Some(&Effect::Stats { peer, stats }));
    // Ada asked, so Ada's own measurement goes to nobody.
    duo.input(
        ADA,
        Input::Measured {
            stats: vec![stats_of(BO)],
        },
    );
    assert!(duo.inboxes[BO].is_empty());
}

#[test]
fn one_measurement_at_a_time_answers_everybody() {
    let mut duo = Duo::connected();
    duo.input(ADA, Input::Look);
    duo.input(ADA, Input::Look);
    duo.inject(ADA, Signal::StatsWanted);
    assert_eq!(asks(&duo, ADA), 1);
    duo.receive_all(BO);
    duo.inboxes[BO].clear();
    duo.input(
        ADA,
        Input::Measured {
            stats: vec![stats_of(BO)],
        },
    );
    assert_eq!(duo.inboxes[BO].len(), 1, "Bo is answered by it");
    duo.input(ADA, Input::Look);
    assert_eq!(asks(&duo, ADA), 2);
}

#[test]
fn a_peer_that_asks_without_end_is_answered_once_a_second() {
    let mut duo = Duo::connected();
    let before = duo.said(ADA, 0).len();
    for _ in 0..100 {
        duo.now += Duration::from_millis(50);
        duo.inject(ADA, Signal::StatsWanted);
        duo.input(
            ADA,
            Input::Measured {
                stats: vec![stats_of(BO)],
            },
        );
    }
    assert_eq!(duo.said(ADA, 0).len() - before, 5);
}

#[test]
fn a_peer_whose_socket_is_away_is_not_asked_and_nobody_is_while_the_own_is() {
    let mut duo = Duo::connected();
    duo.away(ADA, true);
    duo.input(ADA, Input::Look);
    assert!(duo.inboxes[BO].is_empty());
    duo.away(ADA, false);
    duo.settle();
    duo.cut(ADA);
    duo.input(ADA, Input::Look);
    duo.resumed(ADA, 100);
    assert!(duo.inboxes[BO].is_empty(), "it is not asked later either");
}

#[test]
fn a_relay_that_never_says_anything_is_not_reached() {
    let mut duo = apart();
    duo.never_ends();
    duo.wait(70);
    assert_eq!(duo.reaches(), [Reach::Unreachable(Cause::RelayUnreachable); 2]);
}
