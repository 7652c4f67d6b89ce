//! A pair whose media comes over the relay in the server's process, when the server is started again: the socket is lost,
//! and so is the path, which the browser takes for good for seconds more.

mod support;

use std::time::Duration;

use call::{Cause, ConnectionState, Effect, Input, Reach};
use protocol::PeerId;
use support::world::duo::{ADA, BO, Duo, info};

const BOTH: [usize; 2] = [ADA, BO];

fn other(side: usize) -> PeerId {
    info(1 - side).id
}

/// The server is gone, and all that it relayed.
fn stop(duo: &mut Duo) {
    duo.path = false;
    for side in BOTH {
        duo.peer(side).change_network();
    }
}

/// This side hears nothing any more.
fn silent(duo: &mut Duo, side: usize, silent: bool) {
    let peer = other(side);
    duo.input(side, Input::Silent { peer, silent });
}

fn both_fall_silent(duo: &mut Duo) {
    for side in BOTH {
        silent(duo, side, true);
    }
}

fn later(duo: &mut Duo, millis: u64) {
    duo.now += Duration::from_millis(millis);
    for side in BOTH {
        duo.input(side, Input::Tick);
    }
}

/// The server has started again, and this side is the first or the second that is back.
fn returns(duo: &mut Duo, side: usize) {
    duo.path = true;
    duo.input(side, Input::SocketOpened);
    let (there, away) = if duo.call(1 - side).me().is_some() && duo.away_at_server.contains(&(1 - side)) {
        (vec![], vec![other(side)])
    } else {
        (vec![info(1 - side)], vec![])
    };
    let is_second = away.is_empty();
    duo.away_at_server.retain(|&gone| gone != side);
    duo.seated(side, there, away);
    if is_second {
        duo.away(1 - side, false);
    }
}

fn both_return(duo: &mut Duo) {
    for side in BOTH {
        returns(duo, side);
    }
}

/// Both sockets are lost, as the server is gone.
fn both_lose_the_socket(duo: &mut Duo) {
    for side in BOTH {
        duo.cut(side);
    }
    duo.away_at_server = BOTH.to_vec();
}

fn expect_back_on_the_same_connection(duo: &mut Duo) {
    duo.settle();
    for side in BOTH {
        silent(duo, side, false);
    }
    assert_eq!(duo.reaches(), [Reach::Connected; 2]);
    assert_eq!((duo.opened(ADA), duo.opened(BO)), ((1, 0), (1, 0)));
    assert_eq!((duo.connection(ADA).0, duo.connection(BO).0), (0, 0));
    let restarts = duo.restarts(ADA);
    duo.wait(60);
    assert_eq!(duo.restarts(ADA), restarts, "and that was all");
    assert_eq!(duo.reaches(), [Reach::Connected; 2]);
}

#[test]
fn where_the_silence_was_noticed_meanwhile_ice_is_restarted_when_both_are_back_and_not_before() {
    for (first, second) in [(ADA, BO), (BO, ADA)] {
        let mut duo = Duo::connected();
        stop(&mut duo);
        both_lose_the_socket(&mut duo);
        later(&mut duo, 1_500);
        both_fall_silent(&mut duo);
        later(&mut duo, 2_500);
        assert_eq!((duo.restarts(ADA), duo.restarts(BO)), (0, 0), "nobody could hear of it");
        returns(&mut duo, first);
        later(&mut duo, 500);
        assert_eq!((duo.restarts(ADA), duo.restarts(BO)), (0, 0));
        returns(&mut duo, second);
        assert_eq!(duo.restarts(ADA), 1, "at once, by the offerer");
        expect_back_on_the_same_connection(&mut duo);
    }
}

#[test]
fn where_the_server_is_back_before_the_silence_is_noticed_ice_is_restarted_then() {
    let mut duo = Duo::connected();
    stop(&mut duo);
    both_lose_the_socket(&mut duo);
    later(&mut duo, 100);
    both_return(&mut duo);
    duo.settle();
    assert_eq!(duo.restarts(ADA), 0, "nothing is known yet");
    later(&mut duo, 1_400);
    both_fall_silent(&mut duo);
    assert_eq!(duo.restarts(ADA), 1);
    expect_back_on_the_same_connection(&mut duo);
}

#[test]
fn a_restart_whose_offer_was_lost_with_the_server_is_made_again_at_once() {
    for (first, second) in [(ADA, BO), (BO, ADA)] {
        let mut duo = Duo::connected();
        stop(&mut duo);
        // The sockets are dead, and nobody has noticed.
        both_fall_silent(&mut duo);
        assert_eq!(duo.restarts(ADA), 1);
        for side in BOTH {
            duo.work(side);
        }
        for side in BOTH {
            duo.inboxes[side].clear();
        }
        later(&mut duo, 1_000);
        both_lose_the_socket(&mut duo);
        later(&mut duo, 500);
        returns(&mut duo, first);
        returns(&mut duo, second);
        assert_eq!(duo.restarts(ADA), 2, "{first} was back first");
        expect_back_on_the_same_connection(&mut duo);
    }
}

#[test]
fn a_restart_that_was_answered_while_there_was_no_relay_is_made_again_at_once() {
    let mut duo = Duo::connected();
    stop(&mut duo);
    both_fall_silent(&mut duo);
    duo.settle();
    // All of it was said, and nothing was found.
    stop(&mut duo);
    both_lose_the_socket(&mut duo);
    later(&mut duo, 500);
    both_return(&mut duo);
    assert_eq!(duo.restarts(ADA), 2);
    expect_back_on_the_same_connection(&mut duo);
}

#[test]
fn a_connection_that_the_browser_has_given_up_meanwhile_is_restarted_and_not_replaced() {
    for state in [ConnectionState::Disconnected, ConnectionState::Failed] {
        let mut duo = Duo::connected();
        stop(&mut duo);
        both_lose_the_socket(&mut duo);
        later(&mut duo, 1_500);
        both_fall_silent(&mut duo);
        later(&mut duo, 4_000);
        for side in BOTH {
            duo.state(side, state);
        }
        assert_eq!(duo.reaches(), [Reach::Reconnecting; 2]);
        later(&mut duo, 20_000);
        both_return(&mut duo);
        assert_eq!(duo.restarts(ADA), 1, "{state:?}");
        expect_back_on_the_same_connection(&mut duo);
    }
}

#[test]
fn when_only_the_answerer_knows_it_restarts_ice_after_a_little_while() {
    let mut duo = Duo::connected();
    stop(&mut duo);
    both_lose_the_socket(&mut duo);
    later(&mut duo, 1_500);
    silent(&mut duo, BO, true);
    both_return(&mut duo);
    later(&mut duo, 2_000);
    assert_eq!(duo.asked_to_restart(BO), 1);
    duo.settle();
    assert_eq!((duo.restarts(ADA), duo.restarts(BO)), (1, 0));
    silent(&mut duo, BO, false);
    assert_eq!(duo.reaches(), [Reach::Connected; 2]);
}

#[test]
fn what_does_not_come_over_the_relay_is_left_alone() {
    let mut duo = Duo::connected();
    both_lose_the_socket(&mut duo);
    later(&mut duo, 5_000);
    let marks = [duo.effects(ADA).len(), duo.effects(BO).len()];
    both_return(&mut duo);
    duo.settle();
    duo.wait(60);
    for side in BOTH {
        let touched = duo.effects(side)[marks[side]..].iter().any(|effect| {
            matches!(
                effect,
                Effect::RestartIce { .. }
                    | Effect::Operate { .. }
                    | Effect::Open { .. }
                    | Effect::Close { .. }
                    | Effect::Reach { .. }
            )
        });
        assert!(!touched, "side {side}");
    }
}

#[test]
fn media_that_waits_for_the_server_makes_the_next_socket_urgent_for_a_minute() {
    let mut duo = Duo::connected();
    let is_urgent = |duo: &Duo| duo.call(ADA).is_urgent(duo.now);
    stop(&mut duo);
    both_lose_the_socket(&mut duo);
    assert!(!is_urgent(&duo), "media needs no server, as far as is known");
    later(&mut duo, 1_500);
    silent(&mut duo, ADA, true);
    assert!(is_urgent(&duo));
    duo.state(ADA, ConnectionState::Disconnected);
    later(&mut duo, 58_000);
    assert!(is_urgent(&duo));
    later(&mut duo, 2_000);
    assert!(
        !is_urgent(&duo),
        "a server that is away for long is not asked that often"
    );
    both_return(&mut duo);
    duo.settle();
    assert_eq!(duo.reaches(), [Reach::Connected; 2]);
    assert!(!is_urgent(&duo));
}

#[test]
fn a_picture_that_stands_still_is_said_to_be_reconnecting_before_the_browser_says_anything() {
    let mut duo = Duo::connected();
    duo.path = false;
    silent(&mut duo, ADA, true);
    later(&mut duo, 1_400);
    assert_eq!(duo.reaches(), [Reach::Connected; 2], "most silences are shorter");
    later(&mut duo, 100);
    assert_eq!(duo.reaches(), [Reach::Reconnecting, Reach::Connected]);
    silent(&mut duo, ADA, false);
    assert_eq!(duo.reaches(), [Reach::Connected; 2]);
}

#[test]
fn it_is_said_without_a_socket_too_and_to_be_gone_where_the_peers_is_away() {
    let mut duo = Duo::connected();
    duo.path = false;
    duo.cut(ADA);
    silent(&mut duo, ADA, true);
    later(&mut duo, 1_500);
    assert_eq!(duo.reach(ADA), Reach::Reconnecting);

    let mut duo = Duo::connected();
    duo.path = false;
    duo.away(ADA, true);
    silent(&mut duo, ADA, true);
    later(&mut duo, 1_500);
    assert_eq!(duo.reach(ADA), Reach::Unreachable(Cause::PeerAway));
    silent(&mut duo, ADA, false);
    assert_eq!(duo.reach(ADA), Reach::Connected);
}

#[test]
fn somebody_who_sends_nothing_is_not_said_to_be_reconnecting() {
    let mut duo = Duo::connected();
    let mut muted = info(BO);
    muted.media.microphone = false.into();
    duo.input(
        ADA,
        Input::Server(protocol::ServerMessage::PeerUpdated { peer: muted }.into()),
    );
    let mark = duo.effects(ADA).len();
    silent(&mut duo, ADA, true);
    duo.settle();
    duo.wait(60);
    let shown = duo.effects(ADA)[mark..].iter();
    assert_eq!(shown.filter(|effect| matches!(effect, Effect::Reach { .. })).count(), 0);
    assert_eq!(duo.restarts(ADA), 1);
}

#[test]
fn a_browser_that_still_sees_a_path_after_a_restart_and_a_while_is_believed() {
    let mut duo = Duo::connected();
    silent(&mut duo, ADA, true);
    duo.settle();
    duo.wait(13);
    assert_eq!(duo.reach(ADA), Reach::Reconnecting);
    duo.wait(2);
    assert_eq!((duo.reach(ADA), duo.restarts(ADA)), (Reach::Connected, 1));
    duo.wait(60);
    assert_eq!((duo.reach(ADA), duo.restarts(ADA)), (Reach::Connected, 1));
}

#[test]
fn what_comes_again_before_the_answerer_does_anything_needs_no_restart() {
    let mut duo = Duo::connected();
    silent(&mut duo, BO, true);
    later(&mut duo, 1_800);
    silent(&mut duo, BO, false);
    duo.wait(60);
    assert_eq!((duo.restarts(BO), duo.reach(BO)), (0, Reach::Connected));
}

#[test]
fn a_restart_that_finds_nothing_is_made_again_when_the_browser_says_so_too() {
    let mut duo = Duo::connected();
    duo.path = false;
    both_fall_silent(&mut duo);
    duo.wait(4);
    for side in BOTH {
        duo.state(side, ConnectionState::Disconnected);
    }
    duo.now += Duration::from_secs(3);
    duo.input(ADA, Input::Tick);
    assert_eq!((duo.restarts(ADA), duo.opened(ADA)), (2, (1, 0)));
    duo.path = true;
    expect_back_on_the_same_connection(&mut duo);
}
