//! How large a page shows what it receives travels over the peer channel, and changes what the other side encodes.

mod support;

use std::time::Duration;

use call::channel::Ended;
use call::{ConnectionState, Effect, Input, Reach};
use support::peer_info;
use support::world::duo::{ADA, BO, Duo, info};

#[test]
fn the_size_in_which_a_picture_is_shown_is_the_size_in_which_it_is_encoded() {
    let mut duo = Duo::with_channels();
    assert_eq!(
        duo.lines(ADA),
        Some(720),
        "two people get everything until they say otherwise"
    );
    for (shown, encoded) in [(170, 180), (80, 90), (340, 360), (700, 720)] {
        duo.show(BO, shown);
        duo.wait(4);
        assert_eq!(duo.lines(ADA), Some(encoded), "shown in {shown} lines");
        assert_eq!(duo.lines(BO), Some(720), "Ada has said nothing");
    }
}

#[test]
fn a_picture_that_is_hidden_is_not_sent_after_five_seconds_and_comes_back_at_once() {
    let mut duo = Duo::with_channels();
    duo.show(BO, 340);
    duo.wait(1);
    duo.show(BO, 0);
    // A second until it is told.
    duo.wait(5);
    assert_eq!(duo.lines(ADA), Some(360));
    duo.wait(2);
    assert_eq!(duo.lines(ADA), None);
    duo.show(BO, 340);
    duo.wait(1);
    assert_eq!(duo.lines(ADA), Some(360));
}

#[test]
fn low_data_is_told_at_once_and_taken_back() {
    let mut duo = Duo::with_channels();
    duo.show(BO, 700);
    duo.wait(1);
    duo.input(BO, Input::LowData(true));
    duo.wait(1);
    assert!(duo.lines(ADA) <= Some(180), "{:?}", duo.lines(ADA));
    duo.input(BO, Input::LowData(false));
    duo.wait(3);
    assert_eq!(duo.lines(ADA), Some(720));
}

#[test]
fn a_rebuilt_connection_carries_the_newest_size() {
    let mut duo = Duo::with_channels();
    duo.show(BO, 170);
    duo.wait(3);
    assert_eq!(duo.lines(ADA), Some(180));
    // While the path is away another size is wanted, and then the connection is another one.
    let before = duo.connection(ADA);
    duo.path = false;
    duo.relay = false;
    duo.state(ADA, ConnectionState::Failed);
    duo.state(BO, ConnectionState::Failed);
    duo.show(BO, 80);
    duo.wait(30);
    duo.path = true;
    duo.retry(ADA);
    duo.wait(30);
    assert_eq!(duo.reaches(), [Reach::Connected; 2]);
    assert_ne!(duo.connection(ADA), before, "it was rebuilt");
    assert!(duo.has_open_channels(ADA) && duo.has_open_channels(BO));
    assert_eq!(duo.lines(ADA), Some(90));
}

#[test]
fn a_peer_without_a_channel_gets_sizes_by_the_number_of_people() {
    let mut duo = Duo::connected();
    duo.capture(ADA);
    duo.show(BO, 80);
    duo.wait(5);
    assert_eq!(duo.lines(ADA), Some(720));
    // Enough come that everybody gets less.
    let more = [(3, "Cleo"), (4, "Dan")];
    for ((n, name), lines) in more.into_iter().zip([360, 270]) {
        let peer = peer_info(n, u64::from(n), name);
        let joined = protocol::ServerMessage::PeerJoined { peer };
        let now = duo.now;
        let effects = duo.call_mut(ADA).handle(now, Input::Server(joined.into()));
        let encoded = effects.iter().find_map(|effect| match effect {
            Effect::Encode {
                peer,
                source: call::Source::Camera,
                encoding,
            } if *peer == info(BO).id => Some(720.0 / encoding.scale_resolution_down_by),
            _ => None,
        });
        assert_eq!(encoded.map(f64::round), Some(f64::from(lines)), "with {name}");
    }
}

#[test]
fn a_flood_closes_the_channel_and_media_goes_on() {
    let mut duo = Duo::with_channels();
    duo.show(BO, 170);
    duo.wait(3);
    let closes = |duo: &Duo| {
        duo.count(ADA, |effect| {
            matches!(effect, Effect::CloseChannels { peer, cause: Ended::Flooded, .. } if *peer == info(BO).id)
        })
    };
    let until = duo.now + Duration::from_secs(20);
    while duo.now < until && closes(&duo) == 0 {
        duo.receive_bytes(ADA, &[0xff; 200]);
        duo.now += Duration::from_millis(2);
    }
    assert_eq!(closes(&duo), 1, "it was closed");
    for _ in 0..1_000 {
        duo.receive_bytes(ADA, &[0xff; 200]);
    }
    duo.wait(60);
    assert_eq!(closes(&duo), 1, "nothing else is done about it");
    let repairs = |effect: &Effect| matches!(effect, Effect::RestartIce { .. } | Effect::Close { .. });
    assert_eq!(duo.count(ADA, repairs), 0);
    assert_eq!(duo.reaches(), [Reach::Connected; 2]);
    assert_eq!(duo.lines(ADA), Some(180), "the last size that was told");
    // What Ada shows is not told any more, and that is no error.
    duo.show(ADA, 170);
    duo.wait(5);
    assert_eq!(duo.lines(BO), Some(720));
}

#[test]
fn silence_is_not_expected_to_end_where_only_a_camera_is_sent_that_nobody_asks_for() {
    for (shown, reach) in [(0, Reach::Connected), (340, Reach::Reconnecting)] {
        let mut duo = Duo::with_channels();
        let mut peer = info(BO);
        peer.media.microphone = false.into();
        peer.media.camera = true.into();
        duo.input(
            ADA,
            Input::Server(protocol::ServerMessage::PeerUpdated { peer: peer.clone() }.into()),
        );
        duo.show(ADA, shown);
        duo.wait(8);
        duo.input(
            ADA,
            Input::Silent {
                peer: peer.id,
                silent: true,
            },
        );
        duo.settle();
        duo.wait(3);
        assert_eq!(duo.reach(ADA), reach, "shown in {shown} lines");
    }
}

#[test]
fn a_size_of_somebody_who_is_not_there_is_forgotten() {
    let mut duo = Duo::with_channels();
    let (peer, source) = (support::peer_id(9), call::Source::Camera);
    duo.input(
        ADA,
        Input::Shown {
            peer,
            source,
            size: None,
        },
    );
    duo.wait(5);
    assert_eq!(duo.lines(BO), Some(720));
    let mut call = support::new_call();
    let _ = call.handle(
        Duration::ZERO,
        Input::Shown {
            peer,
            source,
            size: None,
        },
    );
    assert_eq!(call.next_deadline(), None);
}
