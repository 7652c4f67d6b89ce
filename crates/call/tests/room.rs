//! Who is in the room, and whose connection is open.

mod support;

use std::time::Duration;

use call::{Call, Effect, Input, Role};
use protocol::{ClientMessage, IceServer, LeaveReason, Media, Numbered, PeerInfo, ServerMessage, Signal};
use support::world::duo::{ADA, BO, Duo};
use support::{new_call, peer_id, peer_info};

const NOW: Duration = Duration::ZERO;

/// A call whose socket is open and whose `join` is out.
fn asking() -> Call {
    let mut call = new_call();
    let _ = call.handle(NOW, Input::SocketOpened);
    let (room, name, media) = ("room".into(), "Ada".into(), Media::default());
    let effects = call.handle(NOW, Input::Join { room, name, media });
    assert!(matches!(
        effects[..],
        [Effect::Send(Numbered {
            message: ClientMessage::Join { resume: None, .. },
            ..
        })]
    ));
    call
}

fn joined(you: PeerInfo, peers: Vec<PeerInfo>) -> Input {
    let ice_servers = vec![IceServer {
        urls: vec!["turn:turn.invalid".into()],
        username: None,
        credential: None,
    }];
    let room = "room".parse().expect("a room's name");
    Input::Server(
        ServerMessage::Joined {
            away: Vec::new(),
            token: "secret".into(),
            room,
            you,
            peers,
            ice_servers,
            capacity: 8,
        }
        .into(),
    )
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
    let mut call = asking();
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
    let mut call = asking();
    let _ = call.handle(NOW, joined(peer_info(1, 0, "Ada"), vec![]));
    let effects = call.handle(
        NOW,
        Input::Server(
            ServerMessage::PeerJoined {
                peer: peer_info(2, 1, "Bo"),
            }
            .into(),
        ),
    );
    assert_eq!(opened(&effects), [(0, Role::Offerer)]);
}

#[test]
fn nothing_is_done_before_joining() {
    let mut call = new_call();
    let peer = peer_info(2, 1, "Bo");
    assert!(
        call.handle(
            NOW,
            Input::Server(ServerMessage::PeerJoined { peer: peer.clone() }.into())
        )
        .is_empty()
    );
    let reason = LeaveReason::Left;
    assert!(
        call.handle(
            NOW,
            Input::Server(ServerMessage::PeerLeft { peer: peer.id, reason }.into())
        )
        .is_empty()
    );
    assert!(call.handle(NOW, Input::Retry { peer: peer.id }).is_empty());
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
            Input::Server(
                ServerMessage::PeerLeft {
                    peer,
                    reason: LeaveReason::Left,
                }
                .into(),
            ),
        );
        assert_eq!(duo.connections(side), 0);
        assert!(matches!(duo.effects(side).last(), Some(Effect::PeerRemoved(gone)) if *gone == peer));
    }
}

#[test]
fn a_departure_told_twice_or_of_a_stranger_is_ignored() {
    let mut duo = Duo::connected();
    for peer in [peer_id(2), peer_id(2), peer_id(9)] {
        duo.input(
            ADA,
            Input::Server(
                ServerMessage::PeerLeft {
                    peer,
                    reason: LeaveReason::Lost,
                }
                .into(),
            ),
        );
    }
    assert_eq!(duo.count(ADA, |e| matches!(e, Effect::PeerRemoved(_))), 1);
}

#[test]
fn a_peer_announced_twice_gets_one_tile_and_one_connection() {
    let mut duo = Duo::connected();
    duo.input(
        ADA,
        Input::Server(
            ServerMessage::PeerJoined {
                peer: peer_info(2, 1, "Bo"),
            }
            .into(),
        ),
    );
    assert_eq!(duo.connections(ADA), 1);
    assert_eq!(duo.count(ADA, |e| matches!(e, Effect::PeerAdded(_))), 1);
}

#[test]
fn we_are_no_peer_of_ourselves() {
    let mut call = asking();
    let me = peer_info(1, 0, "Ada");
    let _ = call.handle(NOW, joined(me.clone(), vec![me.clone()]));
    assert!(
        call.handle(NOW, Input::Server(ServerMessage::PeerJoined { peer: me }.into()))
            .is_empty()
    );
}

#[test]
fn a_signal_of_a_stranger_is_ignored() {
    let mut duo = Duo::connected();
    let before = duo.effects(ADA).len();
    let signal = Signal::Rebuild { connection: 0 };
    duo.input(
        ADA,
        Input::Server(
            ServerMessage::Signal {
                from: peer_id(9),
                signal,
            }
            .into(),
        ),
    );
    assert_eq!(duo.effects(ADA).len(), before);
}

#[test]
fn a_new_name_or_a_camera_turned_off_changes_the_tile_only() {
    let mut duo = Duo::connected();
    let before = duo.effects(ADA).len();
    let mut peer = peer_info(2, 1, "Robert");
    peer.media = Media {
        microphone: true.into(),
        ..Media::default()
    };
    for _ in ["told", "told again"] {
        duo.input(
            ADA,
            Input::Server(ServerMessage::PeerUpdated { peer: peer.clone() }.into()),
        );
    }
    assert_eq!(duo.effects(ADA)[before..], [Effect::PeerChanged(peer)]);
    duo.input(
        ADA,
        Input::Server(
            ServerMessage::PeerUpdated {
                peer: peer_info(9, 1, "Stranger"),
            }
            .into(),
        ),
    );
    assert_eq!(duo.effects(ADA).len(), before + 1);
}

#[test]
fn another_seat_replaces_the_roster_and_every_connection_and_reuses_no_id() {
    let mut call = asking();
    let others = vec![peer_info(1, 0, "Ada"), peer_info(2, 1, "Bo")];
    let _ = call.handle(NOW, joined(peer_info(3, 2, "Cleo"), others.clone()));
    let _ = call.handle(NOW, Input::SocketLost { code: None });
    let _ = call.handle(NOW, Input::SocketOpened);
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
    assert!(duo.connections(ADA) == 0);
    assert_eq!(duo.count(ADA, |e| *e == Effect::Send(ClientMessage::Leave.into())), 1);
    assert_eq!(duo.call(ADA).next_deadline(), None);
}
