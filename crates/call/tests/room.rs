//! Who is in the room, whose connection is open, and what is shown about it.

mod support;

use call::{Call, ConnectionState, Effect, Input, Link, Role};
use protocol::{ClientMessage, IceServer, LeaveReason, Media, PeerInfo, ServerMessage, Signal};
use std::time::Duration;
use support::duo::{ADA, BO, Duo};
use support::{peer_id, peer_info};

const NOW: Duration = Duration::ZERO;

fn joined(you: PeerInfo, peers: Vec<PeerInfo>) -> Input {
    let ice_servers = vec![IceServer {
        urls: vec!["turn:turn.invalid".into()],
        username: None,
        credential: None,
    }];
    let room = "room".parse().expect("a room's name");
    Input::Server(ServerMessage::Joined {
        away: Vec::new(),
        secret: String::new(),
        room,
        you,
        peers,
        ice_servers,
        capacity: 8,
    })
}

fn opened(effects: &[Effect]) -> Vec<(u32, Role)> {
    let open = |e: &Effect| {
        if let Effect::Open { connection, role, .. } = e {
            Some((connection.0, *role))
        } else {
            None
        }
    };
    effects.iter().filter_map(open).collect()
}

fn closed(effects: &[Effect]) -> Vec<u32> {
    effects
        .iter()
        .filter_map(|e| {
            if let Effect::Close { connection } = e {
                Some(connection.0)
            } else {
                None
            }
        })
        .collect()
}

#[test]
fn a_newcomer_answers_everybody_and_shows_a_tile_for_each() {
    let mut call = Call::new();
    let effects = call.handle(
        NOW,
        joined(
            peer_info(3, 2, "Cleo"),
            vec![peer_info(1, 0, "Ada"), peer_info(2, 1, "Bo")],
        ),
    );
    assert_eq!(opened(&effects), [(0, Role::Answerer), (1, Role::Answerer)]);
    assert_eq!(effects.iter().filter(|e| matches!(e, Effect::PeerAdded(_))).count(), 2);
}

#[test]
fn whoever_is_there_offers_to_the_newcomer() {
    let mut call = Call::new();
    let _ = call.handle(NOW, joined(peer_info(1, 0, "Ada"), vec![]));
    let effects = call.handle(
        NOW,
        Input::Server(ServerMessage::PeerJoined {
            peer: peer_info(2, 1, "Bo"),
        }),
    );
    assert_eq!(opened(&effects), [(0, Role::Offerer)]);
}

#[test]
fn nothing_is_done_before_joining() {
    let mut call = Call::new();
    let peer = peer_info(2, 1, "Bo");
    assert!(
        call.handle(NOW, Input::Server(ServerMessage::PeerJoined { peer: peer.clone() }))
            .is_empty()
    );
    let reason = LeaveReason::Left;
    assert!(
        call.handle(NOW, Input::Server(ServerMessage::PeerLeft { peer: peer.id, reason }))
            .is_empty()
    );
    assert!(call.handle(NOW, Input::RestartIce { peer: peer.id }).is_empty());
    assert!(call.handle(NOW, Input::Tick).is_empty());
    assert!(call.handle(NOW, Input::Leave).is_empty());
}

#[test]
fn a_peer_that_leaves_is_closed_on_both_sides_whoever_offered() {
    let mut duo = Duo::connected();
    for side in [ADA, BO] {
        let peer = peer_id(2 - side as u32);
        duo.input(
            side,
            Input::Server(ServerMessage::PeerLeft {
                peer,
                reason: LeaveReason::Left,
            }),
        );
        assert!(duo.sides[side].peers.is_empty());
        assert!(matches!(duo.sides[side].effects.last(), Some(Effect::PeerRemoved(gone)) if *gone == peer));
    }
}

#[test]
fn a_departure_told_twice_or_of_a_stranger_is_ignored() {
    let mut duo = Duo::connected();
    for peer in [peer_id(2), peer_id(2), peer_id(9)] {
        duo.input(
            ADA,
            Input::Server(ServerMessage::PeerLeft {
                peer,
                reason: LeaveReason::Lost,
            }),
        );
    }
    assert_eq!(duo.sides[ADA].count(|e| matches!(e, Effect::PeerRemoved(_))), 1);
}

#[test]
fn a_peer_announced_twice_gets_one_tile_and_one_connection() {
    let mut duo = Duo::connected();
    duo.input(
        ADA,
        Input::Server(ServerMessage::PeerJoined {
            peer: peer_info(2, 1, "Bo"),
        }),
    );
    assert_eq!(duo.sides[ADA].peers.len(), 1);
    assert_eq!(duo.sides[ADA].count(|e| matches!(e, Effect::PeerAdded(_))), 1);
}

#[test]
fn we_are_no_peer_of_ourselves() {
    let mut call = Call::new();
    let me = peer_info(1, 0, "Ada");
    let _ = call.handle(NOW, joined(me.clone(), vec![me.clone()]));
    assert!(
        call.handle(NOW, Input::Server(ServerMessage::PeerJoined { peer: me }))
            .is_empty()
    );
    assert_eq!(call.next_deadline(), None);
}

#[test]
fn a_signal_of_a_stranger_is_ignored() {
    let mut duo = Duo::connected();
    let before = duo.sides[ADA].effects.len();
    let signal = Signal::Rebuild { connection: 0 };
    duo.input(
        ADA,
        Input::Server(ServerMessage::Signal {
            from: peer_id(9),
            signal,
        }),
    );
    assert_eq!(duo.sides[ADA].effects.len(), before);
}

#[test]
fn a_new_name_or_a_camera_turned_off_changes_the_tile_only() {
    let mut duo = Duo::connected();
    let before = duo.sides[ADA].effects.len();
    let mut peer = peer_info(2, 1, "Robert");
    peer.media = Media {
        microphone: true,
        camera: false,
        screen: false,
    };
    for _ in ["told", "told again"] {
        duo.input(ADA, Input::Server(ServerMessage::PeerUpdated { peer: peer.clone() }));
    }
    assert_eq!(duo.sides[ADA].effects[before..], [Effect::PeerChanged(peer)]);
    duo.input(
        ADA,
        Input::Server(ServerMessage::PeerUpdated {
            peer: peer_info(9, 1, "Stranger"),
        }),
    );
    assert_eq!(duo.sides[ADA].effects.len(), before + 1);
}

#[test]
fn losing_the_socket_touches_no_media() {
    let mut duo = Duo::connected();
    let before = duo.sides[BO].effects.len();
    duo.input(BO, Input::SocketLost);
    assert_eq!(duo.sides[BO].effects.len(), before);
    assert_eq!(duo.sides[BO].peers.len(), 1);
}

#[test]
fn what_cannot_be_sent_is_not_sent_and_nothing_is_stuck() {
    let mut duo = Duo::connected();
    duo.input(BO, Input::SocketLost);
    duo.input(BO, Input::RestartIce { peer: peer_id(1) });
    duo.settle();
    assert!(duo.sides[ADA].inbox.is_empty());
    // Joining anew starts over with everybody.
    duo.input(
        ADA,
        Input::Server(ServerMessage::PeerLeft {
            peer: peer_id(2),
            reason: LeaveReason::Lost,
        }),
    );
    duo.join(BO, vec![peer_info(1, 0, "Ada")]);
    duo.input(
        ADA,
        Input::Server(ServerMessage::PeerJoined {
            peer: peer_info(2, 1, "Bo"),
        }),
    );
    duo.settle();
    assert_eq!(duo.links(), [Link::Connected; 2]);
}

#[test]
fn joining_anew_replaces_the_roster_and_every_connection_and_reuses_no_id() {
    let mut call = Call::new();
    let others = vec![peer_info(1, 0, "Ada"), peer_info(2, 1, "Bo")];
    let _ = call.handle(NOW, joined(peer_info(3, 2, "Cleo"), others.clone()));
    let effects = call.handle(
        NOW,
        joined(
            peer_info(4, 3, "Cleo"),
            vec![others[1].clone(), peer_info(3, 2, "Cleo")],
        ),
    );
    assert_eq!(closed(&effects), [0, 1]);
    assert_eq!(opened(&effects), [(2, Role::Answerer), (3, Role::Answerer)]);
    let removed = effects.iter().filter(|e| matches!(e, Effect::PeerRemoved(_))).count();
    let added = effects.iter().filter(|e| matches!(e, Effect::PeerAdded(_))).count();
    assert_eq!((removed, added), (2, 2));
}

#[test]
fn leaving_closes_everything_and_says_so_to_the_server() {
    let mut duo = Duo::connected();
    duo.input(ADA, Input::Leave);
    assert!(duo.sides[ADA].peers.is_empty());
    assert_eq!(
        duo.sides[ADA].count(|e| matches!(e, Effect::Send(ClientMessage::Leave))),
        1
    );
    assert_eq!(duo.sides[ADA].call.next_deadline(), None);
}

#[test]
fn a_peer_whose_socket_is_away_is_shown_so_and_kept() {
    let mut duo = Duo::connected();
    let connection = duo.sides[ADA].connection();
    duo.input(ADA, Input::Server(ServerMessage::PeerAway { peer: peer_id(2) }));
    assert_eq!(duo.sides[ADA].link(), Link::Reconnecting);
    duo.input(
        ADA,
        Input::Server(ServerMessage::PeerBack {
            peer: peer_info(2, 1, "Bo"),
        }),
    );
    assert_eq!(duo.sides[ADA].link(), Link::Connected);
    assert_eq!(duo.sides[ADA].connection(), connection);
}

#[test]
fn a_failed_connection_is_restarted_once_by_the_impolite_side_and_comes_back() {
    let mut duo = Duo::connected();
    duo.path = false;
    duo.wait(10);
    assert_eq!(duo.links(), [Link::Reconnecting; 2]);
    assert_eq!(duo.sides[ADA].restarts(), 0, "the browser has not given up");
    duo.wait(20);
    assert_eq!((duo.sides[ADA].restarts(), duo.sides[BO].restarts()), (1, 0));
    duo.path = true;
    duo.wait(1);
    assert_eq!(duo.links(), [Link::Connected; 2]);
    assert_eq!(
        (duo.sides[ADA].peers.len(), duo.sides[ADA].connection().0),
        (1, 0),
        "on the same connection"
    );
}

#[test]
fn a_pair_without_any_path_is_unreachable_after_one_restart() {
    let mut duo = Duo::joined();
    duo.path = false;
    duo.wait(60);
    assert_eq!(duo.links(), [Link::Unreachable; 2]);
    assert_eq!((duo.sides[ADA].restarts(), duo.sides[BO].restarts()), (1, 0));
    // Somebody asks for it after the network has changed.
    duo.path = true;
    duo.input(BO, Input::RestartIce { peer: peer_id(1) });
    duo.settle();
    duo.wait(1);
    assert_eq!(duo.links(), [Link::Connected; 2]);
}

#[test]
fn a_peer_that_never_answers_is_unreachable_in_the_end() {
    let mut duo = Duo::joined();
    duo.work(ADA);
    // Its page is frozen: nothing is received.
    for _ in 0..70 {
        duo.now += Duration::from_secs(1);
        duo.input(ADA, Input::Tick);
        duo.work(ADA);
    }
    assert_eq!(duo.sides[ADA].link(), Link::Unreachable);
    assert_eq!(duo.sides[ADA].call.next_deadline(), None);
}

#[test]
fn the_polite_side_repairs_if_the_other_does_not() {
    let mut duo = Duo::connected();
    duo.state(BO, ConnectionState::Disconnected);
    duo.state(BO, ConnectionState::Failed);
    assert_eq!(duo.sides[BO].restarts(), 0);
    duo.now += Duration::from_secs(3);
    duo.input(BO, Input::Tick);
    assert_eq!(duo.sides[BO].restarts(), 1);
}

#[test]
fn a_request_to_rebuild_an_older_connection_is_ignored() {
    let mut duo = Duo::connected();
    duo.inject(ADA, Signal::Rebuild { connection: 7 });
    // Only the answerer asks.
    duo.inject(BO, Signal::Rebuild { connection: 0 });
    assert_eq!((duo.sides[ADA].connection().0, duo.sides[BO].connection().0), (0, 0));
    duo.inject(ADA, Signal::Rebuild { connection: 0 });
    duo.inject(ADA, Signal::Rebuild { connection: 0 });
    assert_eq!(duo.sides[ADA].connection().0, 1);
    duo.settle();
    assert_eq!(duo.links(), [Link::Connected; 2]);
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
    assert_eq!(duo.sides[BO].peers.len(), 1);
}
