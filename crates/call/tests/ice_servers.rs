//! Newer credentials in the course of a call: whatever is gathered after them is asked of them.

mod support;

use call::{ConnectionState, Effect, Input, Reach};
use protocol::{IceServer, ServerMessage};
use support::world::duo::{ADA, BO, Duo, info};
use support::{new_call, peer_id, peer_info};

fn newer() -> Vec<IceServer> {
    vec![IceServer {
        urls: vec!["turn:turn.invalid".into()],
        username: Some("newer".into()),
        credential: Some("secret".into()),
    }]
}

#[test]
fn newer_servers_are_set_on_what_is_open_and_nothing_else_happens() {
    let mut duo = Duo::connected();
    let before = duo.effects(ADA).len();
    duo.renew(ADA);
    let newest = duo.ice_servers(ADA);
    assert_eq!(duo.effects(ADA)[before..], [Effect::UseIceServers(newest.clone())]);
    assert_eq!(duo.peer(ADA).ice_servers, newest);
    assert_ne!(duo.peer(ADA).asked, newest, "what is gathered stays");
    duo.wait(60);
    assert_eq!(duo.reaches(), [Reach::Connected; 2]);
    assert_eq!((duo.offers(ADA), duo.restarts(ADA)), (1, 0));
}

#[test]
fn a_restart_asks_the_newest_servers_on_both_sides() {
    let mut duo = Duo::connected();
    duo.renew(ADA);
    duo.renew(BO);
    duo.renew(BO);
    duo.state(ADA, ConnectionState::Failed);
    duo.settle();
    assert_eq!(duo.restarts(ADA), 1);
    assert_eq!(duo.restarts(BO), 0, "Bo answers, and restarts nothing");
    for side in [ADA, BO] {
        let newest = duo.ice_servers(side);
        assert_eq!(duo.peer(side).asked, newest);
    }
    assert_eq!(duo.reaches(), [Reach::Connected; 2]);
}

#[test]
fn a_connection_that_is_built_anew_asks_the_newest_servers_on_both_sides() {
    let mut duo = Duo::connected();
    duo.renew(ADA);
    duo.renew(BO);
    duo.path = false;
    duo.wait(25);
    duo.path = true;
    duo.wait(1);
    assert_eq!(duo.reaches(), [Reach::Connected; 2]);
    for side in [ADA, BO] {
        assert!(duo.opened(side).0 > 1);
        let newest = duo.ice_servers(side);
        assert_eq!(duo.peer(side).asked, newest);
    }
}

#[test]
fn a_newcomer_is_met_with_the_newest_servers() {
    let mut call = std::mem::replace(Duo::connected().call_mut(ADA), new_call());
    let now = std::time::Duration::from_secs(1);
    let renewed = ServerMessage::IceServers { ice_servers: newer() };
    let effects = call.handle(now, Input::Server(renewed.into()));
    assert_eq!(effects, [Effect::UseIceServers(newer())]);
    let peer = peer_info(3, 2, "Cleo");
    let effects = call.handle(now, Input::Server(ServerMessage::PeerJoined { peer }.into()));
    let met = effects.iter().find_map(|effect| match effect {
        Effect::Open { peer, ice_servers, .. } if *peer == peer_id(3) => Some(ice_servers.clone()),
        _ => None,
    });
    assert_eq!(met, Some(newer()));
}

#[test]
fn a_seat_that_is_taken_back_brings_its_servers_the_same_way() {
    let mut duo = Duo::connected();
    duo.renew(ADA);
    duo.cut(ADA);
    duo.input(ADA, Input::SocketOpened);
    duo.renewed[ADA] += 1;
    duo.resumed(ADA, duo.said(ADA, 0).len() as u64);
    let newest = duo.ice_servers(ADA);
    assert_eq!(duo.peer(ADA).ice_servers, newest);
    duo.cut(ADA);
    duo.input(ADA, Input::SocketOpened);
    duo.renewed[ADA] += 1;
    duo.seated(ADA, vec![info(BO)], vec![]);
    let newest = duo.ice_servers(ADA);
    assert_eq!(duo.peer(ADA).ice_servers, newest);
}

#[test]
fn servers_are_for_whoever_has_a_seat() {
    let renewed = || Input::Server(ServerMessage::IceServers { ice_servers: newer() }.into());
    let now = std::time::Duration::ZERO;
    let mut call = new_call();
    assert!(call.handle(now, renewed()).is_empty());
    assert!(call.handle(now, Input::SocketOpened).is_empty());
    assert!(call.handle(now, renewed()).is_empty());
    let mut duo = Duo::connected();
    duo.input(ADA, Input::Leave);
    let before = duo.effects(ADA).len();
    duo.renew(ADA);
    assert_eq!(duo.effects(ADA).len(), before);
}
