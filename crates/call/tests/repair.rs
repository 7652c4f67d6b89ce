//! The repair ladder: what is done when media stops, by whom, and what is shown meanwhile.

mod support;

use std::time::Duration;

use call::{Cause, ConnectionState, Effect, Input, Reach};
use protocol::{ClientMessage, Numbered, ServerMessage, Signal};
use support::world::duo::{ADA, BO, Duo, NO_PATH, info};

#[test]
fn a_short_silence_is_waited_out() {
    let mut duo = Duo::connected();
    duo.state(ADA, ConnectionState::Disconnected);
    assert_eq!(duo.reach(ADA), Reach::Reconnecting);
    duo.now += Duration::from_millis(2_900);
    duo.input(ADA, Input::Tick);
    duo.state(ADA, ConnectionState::Connected);
    duo.now += Duration::from_secs(9);
    duo.input(ADA, Input::Tick);
    assert_eq!((duo.reach(ADA), duo.restarts(ADA)), (Reach::Connected, 0));
}

#[test]
fn after_three_seconds_of_silence_the_offerer_restarts_ice_and_it_comes_back_on_the_same_connection() {
    let mut duo = Duo::connected();
    duo.path = false;
    // The browser takes five seconds to notice.
    duo.wait(8);
    assert_eq!(duo.reaches(), [Reach::Reconnecting; 2]);
    assert_eq!(duo.restarts(ADA), 0);
    duo.wait(1);
    assert_eq!((duo.restarts(ADA), duo.restarts(BO)), (1, 0));
    duo.path = true;
    duo.wait(1);
    assert_eq!(duo.reaches(), [Reach::Connected; 2]);
    assert_eq!((duo.connection(ADA).0, duo.connection(BO).0), (0, 0));
}

#[test]
fn a_connection_that_the_browser_gives_up_is_restarted_at_once() {
    let mut duo = Duo::connected();
    duo.state(ADA, ConnectionState::Failed);
    assert_eq!(duo.restarts(ADA), 1);
    duo.settle();
    assert_eq!(duo.reaches(), [Reach::Connected; 2]);
    assert_eq!((duo.offers(ADA), duo.offers(BO)), (2, 0));
}

#[test]
fn a_restart_brings_the_newest_servers() {
    let mut duo = Duo::connected();
    duo.turn = true;
    duo.cut(ADA);
    duo.input(ADA, Input::SocketOpened);
    duo.resumed(ADA, duo.said(ADA, 0).len() as u64);
    duo.state(ADA, ConnectionState::Failed);
    duo.settle();
    assert_eq!(duo.peer(ADA).asked[0].urls, ["turn:turn.invalid"]);
}

#[test]
fn what_a_restart_does_not_repair_is_built_anew_then_over_turn_alone_then_given_up_and_said() {
    let mut duo = Duo::joined_with(true);
    duo.settle();
    duo.path = false;
    duo.relay = false;
    duo.wait(9);
    assert_eq!((duo.restarts(ADA), duo.opened(ADA)), (1, (1, 0)));
    duo.wait(10);
    assert_eq!(duo.opened(ADA), (2, 0));
    duo.wait(12);
    assert_eq!(duo.opened(ADA), (2, 1));
    assert_eq!(duo.reaches(), [Reach::Reconnecting; 2]);
    duo.wait(12);
    let no_relay = Reach::Unreachable(Cause::RelayUnreachable);
    assert_eq!(duo.reach(ADA), no_relay);
    duo.wait(5);
    assert_eq!(duo.reaches(), [no_relay; 2]);
    assert_eq!(duo.opened(ADA), (2, 1), "and that is all for now");
    assert!(duo.opened(BO).1 == 0, "one side over TURN is enough");
}

#[test]
fn the_tile_stays_through_all_of_it() {
    let mut duo = Duo::connected();
    duo.path = false;
    duo.wait(120);
    for side in [ADA, BO] {
        assert_eq!(duo.count(side, |e| matches!(e, Effect::PeerAdded(_))), 1);
        assert_eq!(duo.count(side, |e| matches!(e, Effect::PeerRemoved(_))), 0);
        assert_eq!(duo.connections(side), 1, "one connection at a time");
    }
}

#[test]
fn a_pair_that_only_turn_connects_is_connected_over_turn() {
    let mut duo = Duo::joined_with(true);
    duo.path = false;
    duo.wait(60);
    assert_eq!(duo.reaches(), [Reach::Connected; 2]);
    assert_eq!(duo.opened(ADA).1, 1);
}

#[test]
fn without_a_turn_server_nothing_is_opened_for_turn_alone() {
    let mut duo = Duo::joined();
    duo.path = false;
    duo.wait(200);
    assert_eq!(duo.reaches(), [NO_PATH; 2]);
    assert_eq!(duo.opened(ADA).1, 0);
}

#[test]
fn a_pair_that_never_had_a_path_is_said_to_have_none_soon_and_climbs_the_same_ladder() {
    let mut duo = Duo::joined();
    duo.path = false;
    duo.wait(7);
    assert_eq!(duo.reaches(), [Reach::Connecting; 2]);
    duo.wait(1);
    assert_eq!(duo.reaches(), [NO_PATH; 2]);
    assert_eq!(duo.restarts(ADA), 0, "it has not even begun");
    duo.wait(5);
    assert_eq!(duo.restarts(ADA), 1);
    duo.path = true;
    duo.wait(1);
    assert_eq!(duo.reaches(), [Reach::Connected; 2]);
    assert_eq!((duo.opened(ADA), duo.opened(BO)), ((1, 0), (1, 0)));
}

#[test]
fn a_pair_that_had_a_path_is_reconnecting_for_longer() {
    let mut duo = Duo::connected();
    duo.path = false;
    duo.wait(20);
    assert_eq!(duo.reaches(), [Reach::Reconnecting; 2]);
}

#[test]
fn while_the_own_socket_is_lost_a_pair_without_a_path_may_still_get_one() {
    let mut duo = Duo::joined();
    duo.path = false;
    duo.wait(7);
    duo.cut(ADA);
    duo.wait(20);
    assert_eq!(duo.reach(ADA), Reach::Connecting);
    duo.input(ADA, Input::SocketOpened);
    duo.resumed(ADA, duo.said(ADA, 0).len() as u64);
    duo.wait(7);
    assert_eq!(duo.reach(ADA), Reach::Connecting);
    duo.wait(1);
    assert_eq!(duo.reach(ADA), NO_PATH);
}

#[test]
fn when_nothing_comes_any_more_ice_is_restarted_before_the_browser_notices() {
    let mut duo = Duo::connected();
    duo.input(
        ADA,
        Input::Silent {
            peer: info(BO).id,
            silent: true,
        },
    );
    duo.input(
        BO,
        Input::Silent {
            peer: info(ADA).id,
            silent: true,
        },
    );
    assert_eq!((duo.restarts(ADA), duo.restarts(BO)), (1, 0), "the offerer leads");
    assert_eq!(
        duo.reaches(),
        [Reach::Connected; 2],
        "nothing is said that nobody knows"
    );
    duo.settle();
    duo.wait(60);
    assert_eq!((duo.restarts(ADA), duo.restarts(BO)), (1, 0));
    assert_eq!((duo.opened(ADA), duo.opened(BO)), ((1, 0), (1, 0)));
}

#[test]
fn when_only_the_answerer_hears_nothing_any_more_it_asks_for_a_restart_after_a_little_while() {
    let mut duo = Duo::connected();
    duo.input(
        BO,
        Input::Silent {
            peer: info(ADA).id,
            silent: true,
        },
    );
    duo.wait(1);
    assert_eq!(duo.asked_to_restart(BO), 0);
    duo.wait(1);
    assert_eq!((duo.restarts(ADA), duo.asked_to_restart(BO)), (1, 1));
    duo.settle();
    duo.wait(60);
    assert_eq!((duo.restarts(ADA), duo.asked_to_restart(BO)), (1, 1));
    assert_eq!(duo.reaches(), [Reach::Connected; 2]);
}

#[test]
fn a_silence_that_is_noticed_early_makes_no_stronger_remedy_come_sooner() {
    let mut duo = Duo::connected();
    duo.path = false;
    for side in [ADA, BO] {
        duo.state(side, ConnectionState::Disconnected);
    }
    // Three seconds are waited for, eight are given to the restart.
    duo.wait(10);
    assert_eq!((duo.restarts(ADA), duo.opened(ADA)), (1, (1, 0)));

    let mut duo = Duo::connected();
    duo.path = false;
    for (side, other) in [(ADA, BO), (BO, ADA)] {
        duo.input(
            side,
            Input::Silent {
                peer: info(other).id,
                silent: true,
            },
        );
    }
    assert_eq!(duo.restarts(ADA), 1, "at once");
    // As long as if the browser had said it, after the five seconds that it takes for that.
    duo.wait(13);
    assert_eq!(
        (duo.opened(ADA), duo.opened(BO)),
        ((1, 0), (1, 0)),
        "nothing is replaced yet"
    );
    duo.path = true;
    duo.wait(60);
    assert_eq!(duo.reaches(), [Reach::Connected; 2]);
}

#[test]
fn a_silence_during_a_repair_changes_nothing() {
    let mut duo = Duo::connected();
    duo.state(ADA, ConnectionState::Disconnected);
    duo.input(
        ADA,
        Input::Silent {
            peer: info(BO).id,
            silent: true,
        },
    );
    assert_eq!(duo.restarts(ADA), 0);
    duo.state(ADA, ConnectionState::Failed);
    duo.input(
        ADA,
        Input::Silent {
            peer: info(BO).id,
            silent: true,
        },
    );
    assert_eq!(duo.restarts(ADA), 1);
}

#[test]
fn a_path_that_comes_back_is_found_without_anybody_doing_anything() {
    let mut duo = Duo::connected();
    duo.path = false;
    duo.wait(300);
    assert_eq!(duo.reaches(), [NO_PATH; 2]);
    let opened = duo.opened(ADA).0;
    assert!(opened <= 2 + 2 * 300 / 30, "{opened} connections in five minutes");
    duo.path = true;
    duo.wait(35);
    assert_eq!(duo.reaches(), [Reach::Connected; 2]);
}

#[test]
fn an_unreachable_peer_is_shown_so_while_it_is_tried_again() {
    let mut duo = Duo::connected();
    duo.path = false;
    duo.wait(50);
    let mark = duo.effects(ADA).len();
    duo.wait(100);
    let flickers = duo.effects(ADA)[mark..].iter();
    assert_eq!(flickers.filter(|e| matches!(e, Effect::Reach { .. })).count(), 0);
    assert!(duo.opened(ADA).0 > 2, "it was tried");
}

#[test]
fn the_network_coming_back_tries_unreachable_peers_at_once_whichever_side_notices() {
    for side in [ADA, BO] {
        let mut duo = Duo::connected();
        duo.path = false;
        duo.wait(60);
        assert_eq!(duo.reaches(), [NO_PATH; 2]);
        duo.path = true;
        duo.input(side, Input::Online { changed: false });
        duo.settle();
        duo.wait(1);
        assert_eq!(duo.reaches(), [Reach::Connected; 2], "noticed by {side}");
    }
}

#[test]
fn a_person_who_asks_for_another_try_gets_it_at_once() {
    for side in [ADA, BO] {
        let mut duo = Duo::joined();
        duo.path = false;
        duo.wait(60);
        duo.path = true;
        duo.retry(side);
        duo.settle();
        duo.wait(1);
        assert_eq!(duo.reaches(), [Reach::Connected; 2], "asked by {side}");
    }
}

#[test]
fn a_page_that_wakes_up_leaves_alone_what_is_fine() {
    let mut duo = Duo::connected();
    duo.input(ADA, Input::Online { changed: false });
    duo.settle();
    assert_eq!((duo.restarts(ADA), duo.offers(ADA)), (0, 1));
    // And what is being repaired: once is enough, however often the event comes.
    duo.state(ADA, ConnectionState::Failed);
    for _ in 0..5 {
        duo.input(ADA, Input::Online { changed: true });
    }
    assert_eq!(duo.restarts(ADA), 1);
}

#[test]
fn flipping_between_tabs_does_not_begin_the_ladder_anew() {
    // The same as without: see `what_a_restart_does_not_repair_is_built_anew_…`.
    let mut duo = Duo::joined_with(true);
    duo.settle();
    duo.path = false;
    duo.relay = false;
    for second in 1..=60 {
        duo.wait(1);
        for side in [ADA, BO] {
            duo.input(side, Input::Online { changed: false });
        }
        let climbed = (duo.restarts(ADA), duo.opened(ADA));
        match second {
            // A restart at once when the browser says so, then 8, 12 and 12 s.
            6..=11 => assert_eq!(climbed, (1, (1, 0)), "after {second} s"),
            15..=23 => assert_eq!(climbed, (1, (2, 0)), "after {second} s"),
            27..=35 => assert_eq!(climbed, (1, (2, 1)), "after {second} s"),
            45 => {
                assert_eq!(duo.reaches(), [Reach::Unreachable(Cause::RelayUnreachable); 2]);
                duo.path = true;
            }
            _ => {}
        }
    }
    assert_eq!(
        duo.reaches(),
        [Reach::Connected; 2],
        "and it is tried again, with some rest in between"
    );
}

#[test]
fn a_page_that_slept_through_a_try_begins_with_a_restart() {
    let mut duo = Duo::connected();
    duo.state(ADA, ConnectionState::Failed);
    duo.now += Duration::from_secs(600);
    duo.input(ADA, Input::Online { changed: false });
    assert_eq!((duo.restarts(ADA), duo.opened(ADA)), (2, (1, 0)));
    duo.settle();
    assert_eq!(duo.reaches(), [Reach::Connected; 2]);
}

#[test]
fn another_network_restarts_every_pair_and_media_that_flows_goes_on() {
    for side in [ADA, BO] {
        let mut duo = Duo::connected();
        let mark = duo.effects(side).len();
        duo.input(side, Input::Online { changed: true });
        duo.settle();
        assert_eq!(duo.restarts(ADA), 1);
        duo.wait(20);
        let after = &duo.effects(side)[mark..];
        assert!(
            !after
                .iter()
                .any(|e| matches!(e, Effect::Reach { .. } | Effect::Close { .. }))
        );
        assert_eq!(duo.restarts(ADA), 1, "it was answered");
        assert_eq!(duo.asked_to_restart(BO), usize::from(side == BO));
        assert_eq!(duo.reaches(), [Reach::Connected; 2]);
    }
}

#[test]
fn an_offer_whose_answer_is_lost_is_made_again_and_media_that_flows_is_left_alone() {
    let mut duo = Duo::connected();
    duo.retry(ADA);
    duo.work(ADA);
    duo.inboxes[BO].clear();
    duo.wait(7);
    assert_eq!(duo.offers(ADA), 2);
    duo.wait(10);
    assert_eq!(duo.offers(ADA), 3);
    assert_eq!(duo.connection(ADA).0, 0);
    assert_eq!(duo.peer(ADA).signaling(), support::fake_peer::Signaling::Stable);
    assert_eq!(duo.reaches(), [Reach::Connected; 2]);
}

#[test]
fn an_offer_that_the_browser_wanted_and_nobody_answers_is_made_again_after_a_while() {
    let mut duo = Duo::connected();
    let connection = duo.connection(ADA);
    duo.input(ADA, Input::NegotiationNeeded { connection });
    duo.work(ADA);
    duo.inboxes[BO].clear();
    duo.wait(9);
    assert_eq!(duo.offers(ADA), 2);
    duo.wait(1);
    assert_eq!(duo.offers(ADA), 3);
    assert_eq!(
        (duo.connection(ADA), duo.reaches()),
        (connection, [Reach::Connected; 2])
    );
    // It was answered: that is all.
    duo.wait(100);
    assert_eq!(duo.offers(ADA), 3);
}

#[test]
fn the_answerer_waits_a_little_and_then_asks_for_a_restart() {
    let mut duo = Duo::connected();
    duo.state(BO, ConnectionState::Failed);
    assert_eq!(duo.asked_to_restart(BO), 0);
    duo.now += Duration::from_secs(2);
    duo.input(BO, Input::Tick);
    assert_eq!(duo.asked_to_restart(BO), 1);
    assert_eq!(duo.restarts(BO), 0, "the offerer restarts");
}

#[test]
fn an_answerer_that_asks_again_and_again_gets_a_restart_every_two_seconds_at_most() {
    let mut duo = Duo::connected();
    for _ in 0..10 {
        for _ in 0..100 {
            duo.inject(ADA, Signal::RestartIce { connection: 0 });
            duo.settle();
        }
        duo.wait(1);
        duo.settle();
    }
    assert!((4..=6).contains(&duo.restarts(ADA)), "{} restarts", duo.restarts(ADA));
    assert_eq!(duo.reaches(), [Reach::Connected; 2]);
}

#[test]
fn a_request_to_restart_another_connection_or_of_the_offerer_is_ignored() {
    let mut duo = Duo::connected();
    duo.wait(10);
    duo.inject(ADA, Signal::RestartIce { connection: 7 });
    duo.inject(BO, Signal::RestartIce { connection: 0 });
    duo.wait(10);
    assert_eq!((duo.restarts(ADA), duo.restarts(BO), duo.offers(BO)), (0, 0, 0));
}

#[test]
fn the_answerer_asks_for_another_connection_when_its_restart_leads_nowhere() {
    let mut duo = Duo::connected();
    duo.state(BO, ConnectionState::Failed);
    // Ada hears nothing.
    for _ in 0..15 {
        duo.now += Duration::from_secs(1);
        duo.input(BO, Input::Tick);
        duo.work(BO);
    }
    let asks = |m: &Signal| matches!(m, Signal::Rebuild { connection: 0 });
    assert_eq!(duo.inboxes[ADA].iter().filter(|m| asks(m)).count(), 1);
    duo.state(ADA, ConnectionState::Disconnected);
    duo.settle();
    assert_eq!(duo.reaches(), [Reach::Connected; 2]);
    assert_eq!((duo.connection(ADA).0, duo.connection(BO).0), (1, 1));
}

#[test]
fn restarts_that_cross_end_in_one() {
    let mut duo = Duo::connected();
    duo.state(ADA, ConnectionState::Failed);
    duo.work(ADA);
    duo.now += Duration::from_secs(2);
    duo.state(BO, ConnectionState::Failed);
    duo.now += Duration::from_secs(2);
    duo.input(BO, Input::Tick);
    duo.work(BO);
    assert_eq!((duo.restarts(ADA), duo.asked_to_restart(BO)), (1, 1));
    duo.settle();
    assert_eq!((duo.restarts(ADA), duo.offers(ADA), duo.offers(BO)), (1, 2, 0));
    assert_eq!((duo.connections(ADA), duo.connections(BO)), (1, 1));
    assert_eq!(duo.connection(ADA).0, 0);
    duo.wait(20);
    assert_eq!(duo.opened(ADA), (1, 0), "nothing stronger follows");
}

#[test]
fn an_offer_of_the_other_side_stays_the_answerers_hand() {
    let mut duo = Duo::connected();
    duo.state(ADA, ConnectionState::Failed);
    duo.work(ADA);
    duo.state(BO, ConnectionState::Failed);
    duo.receive_all(BO);
    duo.now += Duration::from_secs(3);
    duo.input(BO, Input::Tick);
    assert_eq!(duo.restarts(BO), 0);
}

#[test]
fn a_request_that_crosses_the_new_connection_is_not_served_twice() {
    let mut duo = Duo::connected();
    for side in [ADA, BO] {
        duo.state(side, ConnectionState::Failed);
    }
    // Both climb, and neither hears the other.
    for _ in 0..18 {
        duo.now += Duration::from_secs(1);
        for side in [ADA, BO] {
            duo.input(side, Input::Tick);
            duo.work(side);
        }
    }
    assert_eq!(duo.opened(ADA), (2, 0));
    assert!(duo.inboxes[ADA].contains(&Signal::Rebuild { connection: 0 }));
    duo.settle();
    assert_eq!(duo.reaches(), [Reach::Connected; 2]);
    assert_eq!(duo.opened(ADA), (2, 0));
    assert_eq!((duo.connection(ADA).0, duo.connection(BO).0), (1, 1));
}

#[test]
fn both_sides_on_new_networks_at_once_end_connected_on_the_same_connection() {
    let mut duo = Duo::connected();
    for side in [ADA, BO] {
        duo.input(side, Input::Online { changed: true });
        duo.work(side);
    }
    duo.settle();
    duo.wait(15);
    assert_eq!(duo.reaches(), [Reach::Connected; 2]);
    assert_eq!((duo.opened(ADA), duo.opened(BO)), ((1, 0), (1, 0)));
}

#[test]
fn while_our_own_socket_is_away_the_ladder_waits_and_then_goes_on_at_once() {
    let mut duo = Duo::connected();
    duo.cut(ADA);
    duo.path = false;
    for _ in 0..60 {
        duo.now += Duration::from_secs(1);
        duo.settle_one(ADA);
    }
    assert_eq!((duo.restarts(ADA), duo.opened(ADA)), (0, (1, 0)));
    assert_eq!(duo.reach(ADA), Reach::Reconnecting);
    duo.path = true;
    duo.input(ADA, Input::SocketOpened);
    assert_eq!(duo.restarts(ADA), 0, "the seat is not back yet");
    duo.resumed(ADA, 100);
    assert_eq!(duo.restarts(ADA), 1);
    duo.settle();
    assert_eq!(duo.reach(ADA), Reach::Connected);
}

#[test]
fn a_try_that_was_under_way_when_the_socket_was_lost_gets_its_time_anew() {
    let mut duo = Duo::connected();
    duo.state(ADA, ConnectionState::Failed);
    duo.work(ADA);
    duo.cut(ADA);
    duo.now += Duration::from_secs(100);
    duo.input(ADA, Input::Tick);
    duo.input(ADA, Input::SocketOpened);
    duo.resumed(ADA, 100);
    assert_eq!(duo.opened(ADA), (1, 0));
    duo.settle();
    assert_eq!(duo.reaches(), [Reach::Connected; 2]);
}

#[test]
fn a_peer_whose_socket_is_away_and_whose_media_is_fine_stays_connected() {
    let mut duo = Duo::connected();
    let mark = duo.effects(ADA).len();
    duo.away(ADA, true);
    duo.away(ADA, true);
    duo.wait(60);
    duo.away(ADA, false);
    let peer = info(BO).id;
    let said: Vec<_> = duo.effects(ADA)[mark..]
        .iter()
        .filter(|e| {
            !matches!(
                e,
                Effect::Send(Numbered {
                    message: ClientMessage::Peek { .. },
                    ..
                })
            )
        })
        .collect();
    assert_eq!(
        said,
        [&Effect::Away { peer, away: true }, &Effect::Away { peer, away: false }]
    );
}

#[test]
fn a_peer_who_is_away_and_silent_is_said_to_be_gone_and_repaired_at_once_when_back() {
    let mut duo = Duo::connected();
    duo.path = false;
    duo.cut(BO);
    duo.away(ADA, true);
    duo.wait(20);
    assert_eq!(duo.reach(ADA), Reach::Unreachable(Cause::PeerAway));
    assert_eq!((duo.restarts(ADA), duo.opened(ADA)), (0, (1, 0)));
    duo.path = true;
    duo.input(BO, Input::SocketOpened);
    duo.resumed(BO, 100);
    duo.away(ADA, false);
    assert_eq!(duo.reach(ADA), Reach::Reconnecting);
    assert_eq!(duo.restarts(ADA), 1);
    duo.settle();
    assert_eq!(duo.reach(ADA), Reach::Connected);
}

#[test]
fn an_unreachable_peer_who_comes_back_is_tried_at_once() {
    let mut duo = Duo::connected();
    duo.path = false;
    duo.wait(45);
    duo.away(ADA, true);
    assert_eq!(duo.reach(ADA), Reach::Unreachable(Cause::PeerAway));
    let opened = duo.opened(ADA).0;
    duo.away(ADA, false);
    assert_eq!(duo.opened(ADA).0, opened + 1);
}

#[test]
fn a_failure_seen_before_a_new_try_can_be_tested_is_the_old_paths() {
    let mut duo = Duo::connected();
    duo.state(ADA, ConnectionState::Disconnected);
    duo.now += Duration::from_secs(3);
    duo.input(ADA, Input::Tick);
    assert_eq!(duo.restarts(ADA), 1);
    duo.state(ADA, ConnectionState::Failed);
    assert_eq!(duo.opened(ADA), (1, 0));
    // This one is its own.
    duo.state(ADA, ConnectionState::Connecting);
    duo.state(ADA, ConnectionState::Failed);
    assert_eq!(duo.opened(ADA), (2, 0));
}

#[test]
fn a_peer_that_never_answers_is_unreachable_in_the_end_and_tried_now_and_then() {
    let mut duo = Duo::joined();
    duo.work(ADA);
    // Its page is frozen: nothing is received.
    for _ in 0..70 {
        duo.now += Duration::from_secs(1);
        duo.input(ADA, Input::Tick);
        duo.work(ADA);
    }
    assert_eq!(duo.reach(ADA), Reach::Unreachable(Cause::PeerAway));
    assert!(duo.opened(ADA).0 <= 4);
    // It thaws, and has all of it to read.
    duo.settle();
    assert_eq!(duo.reaches(), [Reach::Connected; 2]);
}

#[test]
fn a_request_to_rebuild_an_older_connection_is_ignored() {
    let mut duo = Duo::joined();
    duo.work(ADA);
    duo.inboxes[BO].clear();
    duo.inject(ADA, Signal::Rebuild { connection: 7 });
    // Only the answerer asks.
    duo.inject(BO, Signal::Rebuild { connection: 0 });
    assert_eq!((duo.connection(ADA).0, duo.connection(BO).0), (0, 0));
    duo.inject(ADA, Signal::Rebuild { connection: 0 });
    duo.inject(ADA, Signal::Rebuild { connection: 0 });
    assert_eq!(duo.connection(ADA).0, 1);
    duo.settle();
    assert_eq!(duo.reaches(), [Reach::Connected; 2]);
}

#[test]
fn a_request_that_was_under_way_until_media_flowed_again_closes_nothing() {
    let mut duo = Duo::connected();
    for _ in 0..5 {
        duo.inject(ADA, Signal::Rebuild { connection: 0 });
    }
    assert_eq!(duo.opened(ADA), (1, 0));
    // The same where media does not flow.
    duo.state(ADA, ConnectionState::Disconnected);
    duo.inject(ADA, Signal::Rebuild { connection: 0 });
    assert_eq!(duo.opened(ADA), (2, 0));
}

#[test]
fn a_request_that_is_made_again_is_served_whatever_we_see() {
    let mut duo = Duo::connected();
    duo.inject(ADA, Signal::Rebuild { connection: 0 });
    duo.now += Duration::from_secs(16);
    duo.inject(ADA, Signal::Rebuild { connection: 0 });
    assert_eq!(duo.opened(ADA), (2, 0));
    duo.settle();
    assert_eq!(duo.reaches(), [Reach::Connected; 2]);
}

#[test]
fn a_negotiation_that_breaks_while_media_flows_costs_nothing_until_media_stops() {
    let mut duo = Duo::connected();
    duo.retry(ADA);
    duo.fail(ADA);
    duo.wait(60);
    assert_eq!((duo.opened(ADA), duo.reaches()), ((1, 0), [Reach::Connected; 2]));
    duo.state(ADA, ConnectionState::Failed);
    assert_eq!(duo.opened(ADA), (2, 0), "another restart would be of no use");
    duo.settle();
    assert_eq!(duo.reaches(), [Reach::Connected; 2]);
}

#[test]
fn a_peer_that_asks_for_connection_after_connection_is_served_a_bounded_number_of_times() {
    let mut duo = Duo::joined();
    for connection in 0..1_000 {
        duo.inject(ADA, Signal::Rebuild { connection });
    }
    assert!(duo.opened(ADA).0 <= 3);
}

#[test]
fn an_offer_with_the_last_of_all_numbers_is_taken_and_nothing_overflows() {
    let mut duo = Duo::connected();
    let description = protocol::Description {
        connection: u32::MAX,
        generation: u32::MAX,
        answers: None,
        kind: protocol::DescriptionKind::Offer,
        sdp: "v=0\r\n".into(),
    };
    duo.inject(BO, Signal::Description(description));
    duo.settle();
    assert_eq!(duo.connections(BO), 1);
}

#[test]
fn nothing_is_left_to_wait_for_when_the_peer_has_left() {
    let mut duo = Duo::connected();
    duo.state(ADA, ConnectionState::Failed);
    let (peer, reason) = (info(BO).id, protocol::LeaveReason::Left);
    duo.input(ADA, Input::Server(ServerMessage::PeerLeft { peer, reason }.into()));
    duo.input(ADA, Input::SocketLost { code: None });
    assert_eq!(duo.call(ADA).next_deadline(), None);
}

#[test]
fn an_answerer_whose_request_is_lost_asks_again_though_media_flows() {
    let mut duo = Duo::connected();
    duo.input(BO, Input::Online { changed: true });
    assert_eq!(duo.asked_to_restart(BO), 1);
    duo.inboxes[ADA].clear();
    duo.wait(20);
    assert_eq!(duo.asked_to_restart(BO), 2);
    duo.settle();
    duo.wait(60);
    assert_eq!(
        (duo.asked_to_restart(BO), duo.restarts(ADA)),
        (2, 1),
        "the offer has come"
    );
    assert_eq!(duo.reaches(), [Reach::Connected; 2]);
}

#[test]
fn a_request_that_comes_behind_its_senders_answer_is_served() {
    let mut duo = Duo::connected();
    duo.wait(5);
    duo.retry(ADA);
    duo.work(ADA);
    duo.receive_all(BO);
    duo.work(BO);
    // Bo has answered, and then his network changes: his answer is of the old one.
    duo.input(BO, Input::Online { changed: true });
    assert!(duo.inboxes[ADA].contains(&Signal::RestartIce { connection: 0 }));
    duo.settle();
    assert_eq!(duo.restarts(ADA), 2);
    assert_eq!(duo.reaches(), [Reach::Connected; 2]);
}
