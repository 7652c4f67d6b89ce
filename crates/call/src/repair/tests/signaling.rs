//! What signaling that is lost means to the ladder, and what is shown.

use super::*;

#[test]
#[rustfmt::skip]
fn without_signaling_nothing_is_tried_and_with_it_the_ladder_goes_on() {
    use Rung::{Connect, Early, Rebuild, RestartIce};
    let lost = Path::Lost;
    let table = [
        (suspected(Connect, 0.0), lost, begins(RestartIce, 8.0), RESTART),
        (silent(0.0), quiet(), begins(Early, 14.5), RESTART),
        // Its signals may be lost.
        (tried(RestartIce, 0.0), lost, begins(RestartIce, 8.0), RESTART),
        (tried(Early, 0.0), quiet(), begins(Early, 14.5), RESTART),
        // A connection that is being made gets its time anew.
        (tried(Rebuild, 0.0), lost, tried(Rebuild, 12.0), None),
        (unreachable(0.0), lost, begins(Rebuild, 12.0), REBUILD),
    ];
    for (state, path, after, remedy) in table {
        let mut own = in_state(Offerer, state, path);
        assert_eq!(own.handle(NOW, Event::Server(false)), None);
        assert_eq!((own.handle(NOW, TICK), own.state), (None, state), "it waits");
        assert_eq!((own.handle(NOW, Event::Server(true)), own.state), (remedy, after), "{state:?}");

        let mut theirs = in_state(Offerer, state, path);
        assert_eq!(theirs.handle(NOW, Event::Away(true)), None);
        assert_eq!(theirs.handle(NOW, TICK), None);
        assert!(theirs.state.has_lapsed());
        assert_eq!(theirs.deadline(), theirs.path.deadline(), "no step is due");
        assert_eq!((theirs.handle(NOW, Event::Away(false)), theirs.state), (remedy, after), "{state:?}");
    }
}

#[test]
fn a_peer_who_is_away_and_gone_is_said_to_be_so_until_it_is_back_whatever_is_seen_meanwhile() {
    let gone = Reach::Unreachable(Cause::PeerAway);
    for role in [Offerer, Answerer] {
        let mut repair = in_state(role, suspected(Rung::Connect, 0.0), Path::Lost);
        repair.handle(NOW, Event::Away(true));
        repair.handle(NOW, TICK);
        assert_eq!(repair.reach(), gone);
        let lost = Event::SignalsLost { settled: true };
        for event in [
            Event::Path(Failed),
            Event::Woken,
            Event::NetworkChanged,
            Event::Retry,
            Event::Server(false),
            Event::NetworkChanged,
            lost,
        ] {
            assert_eq!(repair.handle(NOW, event), None, "{role:?} {event:?}");
            assert_eq!(repair.reach(), gone, "{role:?} {event:?}");
        }
        repair.handle(NOW, Event::Away(false));
        assert_eq!(repair.reach(), Reach::Reconnecting);
    }
}

#[test]
#[rustfmt::skip]
fn lost_signals_restart_what_stood_and_replace_what_never_did() {
    use Rung::{Connect, Early, Rebuild, RestartIce};
    let (rest, open) = (Event::SignalsLost { settled: true }, Event::SignalsLost { settled: false });
    check(&[
        (Offerer, healthy(), Path::UP, rest, healthy(), None),
        (Offerer, healthy(), Path::UP, open, begins(RestartIce, 8.0), RESTART),
        (Offerer, suspected(Connect, 2.0), Path::Lost, rest, begins(RestartIce, 8.0), RESTART),
        (Answerer, suspected(Connect, 5.0), Path::Lost, rest, suspected(Connect, 2.0), None),
        (Offerer, tried(Early, 2.0), quiet(), rest, begins(Early, 14.5), RESTART),
        (Offerer, tried(Rebuild, 2.0), Path::Lost, rest, begins(Rebuild, 12.0), REBUILD),
        (Offerer, tried(Connect, 2.0), Path::Checking, rest, begins(Rebuild, 12.0), REBUILD),
        (Answerer, tried(Connect, 2.0), Path::New, rest, begins(Rebuild, 16.0), REBUILD),
    ]);
}

#[test]
#[rustfmt::skip]
fn what_is_shown_follows_from_path_media_and_state() {
    use Rung::{Connect, Rebuild};
    let mut shown = quiet();
    shown.tick(NOW + Duration::from_secs(1));
    let (first, expected) = (tried(Connect, 9.0), Media::expected(NOW));
    let (stopped, given_up) = (Media::Stopped { since: NOW }, Media::GivenUp { stopped: None });
    let lapsed = State::Suspected { tried: Connect, act: None };
    let no_path = Reach::Unreachable(Cause::NoPath);
    let table = [
        (first, Path::New, expected, false, Reach::Connecting),
        (first, Path::Checking, Media::Late, false, no_path),
        (healthy(), Path::UP, Media::Flows, false, Reach::Connected),
        (healthy(), Path::UP, Media::Flows, true, Reach::Connected),
        (silent(1.0), quiet(), stopped, false, Reach::Connected),
        (silent(1.0), shown, stopped, false, Reach::Reconnecting),
        (suspected(Connect, 1.0), Path::Lost, stopped, false, Reach::Reconnecting),
        (suspected(Connect, 1.0), Path::Lost, stopped, true, Reach::Reconnecting),
        (lapsed, Path::Lost, stopped, true, Reach::Unreachable(Cause::PeerAway)),
        // Our own socket was lost when theirs came back.
        (lapsed, Path::Lost, stopped, false, Reach::Reconnecting),
        (unreachable(9.0), Path::Lost, given_up, false, no_path),
        // It is tried again, and still said to be unreachable.
        (tried(Rebuild, 9.0), Path::Checking, given_up, false, no_path),
    ];
    for (state, path, media, away, reach) in table {
        let mut repair = in_state(Offerer, state, path);
        (repair.media, repair.away) = (media, away);
        assert_eq!(repair.reach(), reach, "{state:?} {path:?} {media:?} {away}");
    }
}
