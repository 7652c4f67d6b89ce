//! What one side makes of its connection, its peer and its person.

use super::*;

#[test]
#[rustfmt::skip]
fn the_ladder_is_climbed_rung_by_rung_and_the_answerer_is_later() {
    use Rung::{Connect, Early, Rebuild, RelayOnly, RestartIce};
    let lost = Path::Lost;
    check(&[
        (Offerer, healthy(), Path::UP, Event::Path(Disconnected), suspected(Connect, 3.0), None),
        (Answerer, healthy(), Path::UP, Event::Path(Disconnected), suspected(Connect, 5.0), None),
        (Offerer, healthy(), Path::UP, Event::Path(Failed), begins(RestartIce, 8.0), RESTART),
        (Answerer, healthy(), Path::UP, Event::Path(Failed), suspected(Connect, 2.0), None),
        (Offerer, suspected(Connect, 0.1), lost, TICK, suspected(Connect, 0.1), None),
        (Offerer, suspected(Connect, 0.0), lost, TICK, begins(RestartIce, 8.0), RESTART),
        (Answerer, suspected(Connect, 0.0), lost, TICK, begins(RestartIce, 12.0), RESTART),
        (Offerer, tried(Connect, 0.0), Path::Checking, TICK, begins(RestartIce, 8.0), RESTART),
        (Offerer, tried(RestartIce, 0.0), lost, TICK, begins(Rebuild, 12.0), REBUILD),
        (Answerer, tried(RestartIce, 0.0), lost, TICK, begins(Rebuild, 16.0), REBUILD),
        (Offerer, tried(Rebuild, 0.0), lost, TICK, begins(RelayOnly, 12.0), REBUILD),
        (Offerer, tried(RelayOnly, 0.0), lost, TICK, unreachable(30.0), None),
        (Offerer, unreachable(0.0), lost, TICK, begins(Rebuild, 12.0), REBUILD),
        // A try that fails does not wait for its deadline.
        (Offerer, tried(RestartIce, 5.0), Path::Checking, Event::Path(Failed), begins(Rebuild, 12.0), REBUILD),
        (Offerer, begins(RestartIce, 8.0), lost, Event::Path(Failed), begins(RestartIce, 8.0), None),
        (Offerer, tried(Early, 5.0), quiet(), Event::Path(Failed), begins(RestartIce, 8.0), RESTART),
    ]);
}

#[test]
#[rustfmt::skip]
fn a_path_ends_every_state_but_one_that_is_checked_while_another_carries_media() {
    let states = [
        healthy(),
        silent(1.0),
        suspected(Rung::Connect, 1.0),
        tried(Rung::Rebuild, 1.0),
        unreachable(1.0),
    ];
    for state in states {
        let path = Path::Checking;
        check(&[(Offerer, state, path, Event::Path(Connected), healthy(), None)]);
        check(&[(Offerer, state, Path::UP, Event::Path(Connecting), state, None)]);
    }
}

#[test]
#[rustfmt::skip]
fn silence_restarts_ice_early_and_takes_nothing_from_the_ladder() {
    use Rung::{Connect, Early, RestartIce};
    check(&[
        (Offerer, healthy(), Path::UP, HEARS_NOTHING, begins(Early, 14.5), RESTART),
        (Answerer, healthy(), Path::UP, HEARS_NOTHING, silent(2.0), None),
        (Answerer, silent(0.0), quiet(), TICK, begins(Early, 18.5), RESTART),
        (Answerer, silent(2.0), quiet(), Event::Heard, healthy(), None),
        (Answerer, silent(2.0), quiet(), Event::Path(Disconnected), suspected(Connect, 2.0), None),
        // The browser says the same: as if there had been no early restart.
        (Offerer, tried(Early, 9.0), quiet(), Event::Path(Disconnected), suspected(Early, 3.0), None),
        (Offerer, suspected(Early, 0.0), Path::Lost, TICK, begins(RestartIce, 8.0), RESTART),
        // Nothing of it concerns a repair that is under way.
        (Offerer, suspected(Connect, 2.0), Path::Lost, HEARS_NOTHING, suspected(Connect, 2.0), None),
        (Offerer, tried(RestartIce, 2.0), Path::UP, HEARS_NOTHING, tried(RestartIce, 2.0), None),
        // The browser still sees a path, so it is believed.
        (Offerer, tried(Early, 0.0), quiet(), TICK, tried(Early, 10.0), None),
    ]);
}

#[test]
#[rustfmt::skip]
fn while_media_flows_an_answer_is_waited_for_and_asked_for_again() {
    let waits = |seconds| State::Healthy { answer: at(seconds) };
    let (open, settled) = (Event::Negotiation { settled: false }, Event::Negotiation { settled: true });
    check(&[
        (Offerer, healthy(), Path::UP, open, waits(10.0), None),
        (Offerer, waits(4.0), Path::UP, open, waits(4.0), None),
        (Offerer, waits(4.0), Path::UP, settled, healthy(), None),
        (Offerer, waits(0.0), Path::UP, TICK, begins(Rung::RestartIce, 8.0), RESTART),
        (Offerer, tried(Rung::RestartIce, 0.0), Path::UP, TICK, begins(Rung::RestartIce, 30.0), RESTART),
        (Offerer, tried(Rung::RestartIce, 5.0), Path::UP, settled, healthy(), None),
        (Offerer, tried(Rung::RestartIce, 5.0), quiet(), settled, tried(Rung::RestartIce, 5.0), None),
    ]);
}

#[test]
#[rustfmt::skip]
fn looking_at_the_page_again_cuts_waiting_short_and_no_try() {
    use Rung::{Connect, Early, Rebuild, RestartIce};
    let lost = Path::Lost;
    check(&[
        (Offerer, healthy(), Path::UP, Event::Woken, healthy(), None),
        (Answerer, silent(2.0), quiet(), Event::Woken, begins(Early, 18.5), RESTART),
        (Answerer, suspected(Connect, 5.0), lost, Event::Woken, begins(RestartIce, 12.0), RESTART),
        (Answerer, suspected(RestartIce, 2.0), lost, Event::Woken, begins(Rebuild, 16.0), REBUILD),
        (Offerer, tried(RestartIce, 3.0), lost, Event::Woken, tried(RestartIce, 3.0), None),
        (Offerer, tried(Rebuild, 7.0), lost, Event::Woken, tried(Rebuild, 7.0), None),
        // It slept through its time.
        (Offerer, tried(Rebuild, 0.0), lost, Event::Woken, begins(RestartIce, 8.0), RESTART),
        (Offerer, unreachable(20.0), lost, Event::Woken, unreachable(20.0), None),
    ]);
    let rested = |begun| State::Unreachable { begun: NOW - Duration::from_secs(begun), retry: at(9.0) };
    check(&[
        (Offerer, rested(19), lost, Event::Woken, rested(19), None),
        (Offerer, rested(20), lost, Event::Woken, begins(Rebuild, 12.0), REBUILD),
    ]);
}

#[test]
#[rustfmt::skip]
fn another_network_and_the_person_begin_anew_even_where_media_flows() {
    use Rung::{Rebuild, RestartIce};
    for event in [Event::NetworkChanged, Event::Retry] {
        check(&[
            (Answerer, healthy(), Path::UP, event, begins(RestartIce, 12.0), RESTART),
            (Offerer, tried(Rebuild, 7.0), Path::Lost, event, begins(RestartIce, 8.0), RESTART),
            (Offerer, unreachable(20.0), Path::Lost, event, begins(Rebuild, 12.0), REBUILD),
        ]);
    }
    let fresh = begins(Rebuild, 12.0);
    check(&[
        (Offerer, fresh, Path::New, Event::NetworkChanged, fresh, None),
        (Offerer, fresh, Path::New, Event::Retry, begins(RestartIce, 8.0), RESTART),
    ]);
}

#[test]
#[rustfmt::skip]
fn an_offer_of_the_other_side_counts_as_a_try_and_the_offerers_own_goes_on() {
    use Rung::{Connect, Early, Rebuild, RestartIce};
    check(&[
        (Answerer, healthy(), Path::UP, Event::Offered, healthy(), None),
        (Answerer, silent(1.0), quiet(), Event::Offered, begins(Early, 18.5), None),
        (Answerer, suspected(Connect, 1.0), Path::Lost, Event::Offered, begins(RestartIce, 12.0), None),
        (Answerer, tried(RestartIce, 1.0), Path::Lost, Event::Offered, begins(RestartIce, 12.0), None),
        (Offerer, tried(RestartIce, 1.0), Path::Lost, Event::Offered, tried(RestartIce, 1.0), None),
        (Offerer, suspected(Rebuild, 1.0), Path::Lost, Event::Offered, begins(Rebuild, 12.0), None),
        // The first offer is what the first try waits for.
        (Answerer, tried(Connect, 1.0), Path::New, Event::Offered, tried(Connect, 1.0), None),
    ]);
}

#[test]
#[rustfmt::skip]
fn a_new_connection_is_made_for_a_broken_negotiation_and_on_request_but_not_while_media_flows() {
    use Rung::{Rebuild, RelayOnly, RestartIce};
    check(&[
        (Offerer, healthy(), Path::UP, Event::Broken, healthy(), None),
        (Offerer, tried(RestartIce, 1.0), Path::Lost, Event::Broken, begins(Rebuild, 12.0), REBUILD),
        (Offerer, healthy(), Path::UP, Event::RestartWanted, begins(RestartIce, 8.0), RESTART),
        (Offerer, suspected(RestartIce, 1.0), Path::Lost, Event::RestartWanted, begins(RestartIce, 8.0), RESTART),
        (Offerer, tried(Rebuild, 1.0), Path::New, Event::RestartWanted, tried(Rebuild, 1.0), RESTART),
        (Offerer, unreachable(20.0), Path::Lost, Event::RestartWanted, begins(Rebuild, 12.0), REBUILD),
        (Offerer, healthy(), Path::UP, Event::RebuildWanted, healthy(), None),
        (Offerer, suspected(RestartIce, 1.0), Path::Lost, Event::RebuildWanted, begins(Rebuild, 12.0), REBUILD),
        (Offerer, tried(RelayOnly, 1.0), Path::Lost, Event::RebuildWanted, begins(RelayOnly, 12.0), REBUILD),
        (Offerer, unreachable(20.0), Path::Lost, Event::RebuildWanted, begins(Rebuild, 12.0), REBUILD),
        // The answerer keeps up with the offerer.
        (Answerer, tried(RestartIce, 1.0), Path::Lost, Event::Replaced, begins(Rebuild, 16.0), None),
        (Answerer, tried(Rebuild, 1.0), Path::Lost, Event::Replaced, begins(RelayOnly, 16.0), None),
        (Offerer, begins(Rebuild, 12.0), Path::Lost, Event::Replaced, begins(Rebuild, 12.0), None),
    ]);
    let mut broken = in_state(Offerer, healthy(), Path::UP);
    assert_eq!(broken.handle(NOW, Event::Broken), None);
    assert_eq!(broken.handle(NOW, Event::Path(Failed)), REBUILD, "a restart needs negotiation");
}

#[test]
fn replacing_out_of_turn_is_bounded_until_media_flows() {
    let lost = || in_state(Offerer, suspected(Rung::Connect, 1.0), Path::Lost);
    for event in [Event::Broken, Event::RebuildWanted] {
        let mut repair = lost();
        let served = (0..100).filter(|_| repair.handle(NOW, event).is_some()).count();
        assert_eq!(served, 2, "{event:?}");
        repair.handle(NOW, Event::Path(Connected));
        repair.handle(NOW, Event::Path(Disconnected));
        assert_eq!(repair.handle(NOW, event), REBUILD, "{event:?}");
    }
    // A restart that is asked for when all has been tried is a new connection, too.
    let mut repair = lost();
    let every = [Event::Broken, Event::Broken, Event::Broken]
        .into_iter()
        .chain([Event::RestartWanted; 100]);
    assert_eq!(every.filter(|event| repair.handle(NOW, *event) == REBUILD).count(), 2);
    // Neither bound is lifted by the other kind.
    let mut repair = lost();
    let both = [Event::Broken, Event::RebuildWanted].into_iter().cycle().take(100);
    assert_eq!(both.filter(|event| repair.handle(NOW, *event).is_some()).count(), 2);
}

#[test]
#[rustfmt::skip]
fn a_refused_candidate_restarts_the_first_connection_once() {
    let first = tried(Rung::Connect, 9.0);
    let mut repair = in_state(Offerer, first, Path::Checking);
    assert_eq!(repair.handle(NOW, Event::CandidateRefused), RESTART);
    assert_eq!(repair.handle(NOW, Event::CandidateRefused), None);
    assert_eq!(repair.state, first, "it keeps its time");
    check(&[
        (Offerer, healthy(), Path::UP, Event::CandidateRefused, healthy(), None),
        (Offerer, tried(Rung::Rebuild, 1.0), Path::New, Event::CandidateRefused, tried(Rung::Rebuild, 1.0), None),
    ]);
}
