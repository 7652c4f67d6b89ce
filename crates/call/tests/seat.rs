//! Our place in the room: asked for, lost with its socket, taken back, given up.

mod support;

use std::time::Duration;

use call::{Effect, Input, Reach};
use protocol::limits::RESEND_MESSAGES;
use protocol::{ClientMessage, ErrorCode, LeaveReason, Media, Numbered, Resume, ServerMessage, Signal};
use support::world::duo::{ADA, BO, Duo, info};
use support::world::perform::is_about_sizes;
use support::{new_call, peer_id, peer_info};

const NOW: Duration = Duration::ZERO;

fn join(name: &str) -> Input {
    Input::Join {
        room: "room".into(),
        name: name.into(),
        media: Media::default(),
    }
}

fn error(code: ErrorCode) -> Input {
    let (message, peer) = (code.sentence().into(), None);
    Input::Server(ServerMessage::Error { code, message, peer }.into())
}

fn resume_of(message: &ClientMessage) -> Option<Resume> {
    match message {
        ClientMessage::Join { resume, .. } => resume.clone(),
        other => panic!("not a join: {other:?}"),
    }
}

/// Opens another socket for this side; returns how it asks for its seat.
fn back(duo: &mut Duo, side: usize) -> Option<Resume> {
    let mark = duo.effects(side).len();
    duo.input(side, Input::SocketOpened);
    let said = duo.said(side, mark);
    assert_eq!(said.len(), 1, "{said:?}");
    resume_of(&said[0])
}

fn counted(duo: &Duo, side: usize) -> u64 {
    duo.said(side, 0).iter().filter(|m| m.is_counted()).count() as u64
}

#[test]
fn a_seat_is_asked_for_when_the_person_wants_in_and_the_socket_is_open_whichever_comes_first() {
    let mut call = new_call();
    assert!(call.handle(NOW, join("Ada")).is_empty());
    assert_eq!(call.handle(NOW, Input::SocketOpened).len(), 1);
    let mut call = new_call();
    assert!(call.handle(NOW, Input::SocketOpened).is_empty());
    let asked = call.handle(NOW, join("Ada"));
    assert!(
        matches!(&asked[..], [Effect::Send(Numbered { message: ClientMessage::Join { resume: None, name, .. }, .. })] if name == "Ada")
    );
    assert!(call.handle(NOW, join("Ada")).is_empty(), "a second click");
}

#[test]
fn a_socket_lost_before_the_answer_is_asked_on_the_next_one() {
    let mut call = new_call();
    let _ = call.handle(NOW, join("Ada"));
    for _ in 0..3 {
        let asked = call.handle(NOW, Input::SocketOpened);
        assert!(matches!(
            &asked[..],
            [Effect::Send(Numbered {
                message: ClientMessage::Join { resume: None, .. },
                ..
            })]
        ));
        assert!(call.handle(NOW, Input::SocketLost { code: None }).is_empty());
    }
}

#[test]
fn losing_the_socket_touches_no_media() {
    let mut duo = Duo::connected();
    let before = duo.effects(BO).len();
    duo.cut(BO);
    assert_eq!(duo.effects(BO).len(), before);
    assert_eq!(duo.connections(BO), 1);
}

#[test]
fn the_seat_is_taken_back_with_its_token_and_a_count_of_what_came() {
    let mut duo = Duo::connected();
    // An offer and three candidates.
    duo.cut(BO);
    let resume = back(&mut duo, BO).expect("it has a seat");
    assert_eq!((resume.token.as_str(), resume.received), ("token of 1", 4));
    assert_eq!(resume.known, [peer_id(1)]);
    let mark = duo.effects(BO).len();
    let counted = counted(&duo, BO);
    duo.resumed(BO, counted);
    assert_eq!(duo.effects(BO)[mark..], [Effect::Seated { resumed: true }]);
    // The newer token from now on; the count goes on.
    duo.away(BO, true);
    duo.cut(BO);
    let resume = back(&mut duo, BO).expect("it has a seat");
    assert_eq!((resume.token.as_str(), resume.received), ("newer token of 1", 5));
}

#[test]
fn what_was_lost_with_the_socket_is_sent_again_in_order_and_only_that() {
    let mut duo = Duo::joined();
    duo.work(ADA);
    // An offer and three candidates; the last two were lost.
    let lost: Vec<_> = duo.inboxes[BO].drain(2..).collect();
    duo.cut(ADA);
    back(&mut duo, ADA).expect("it has a seat");
    duo.resumed(ADA, 2);
    assert_eq!(duo.inboxes[BO].range(2..).cloned().collect::<Vec<_>>(), lost);
    // They count once: now all four have arrived.
    duo.cut(ADA);
    back(&mut duo, ADA).expect("it has a seat");
    let mark = duo.effects(ADA).len();
    duo.resumed(ADA, 4);
    assert!(duo.said(ADA, mark).is_empty());
    duo.settle();
    assert_eq!(duo.reaches(), [Reach::Connected; 2]);
}

#[test]
fn nothing_is_said_without_a_socket_and_all_of_it_when_the_seat_is_back() {
    let mut duo = Duo::joined();
    duo.cut(ADA);
    duo.work(ADA);
    assert!(duo.inboxes[BO].is_empty());
    back(&mut duo, ADA).expect("it has a seat");
    assert!(duo.inboxes[BO].is_empty(), "the seat is not back yet");
    duo.resumed(ADA, 0);
    assert_eq!(duo.inboxes[BO].len(), 4);
    duo.settle();
    assert_eq!(duo.reaches(), [Reach::Connected; 2]);
}

#[test]
fn when_more_was_said_than_is_kept_pairs_that_are_not_connected_begin_anew() {
    let mut duo = Duo::joined();
    duo.cut(BO);
    let connection = duo.connection(BO);
    // The other side's offer is taken in and answered, and the answer waits.
    duo.work(ADA);
    let offer = duo.inboxes[BO].pop_front().expect("an offer");
    duo.inboxes[BO].clear();
    duo.input(BO, Input::SocketOpened);
    duo.resumed(BO, 0);
    duo.inject(BO, offer);
    duo.cut(BO);
    duo.work(BO);
    for n in 0..RESEND_MESSAGES + 1 {
        let candidate = call::LocalCandidate {
            candidate: format!("candidate:{n}"),
            sdp_mid: None,
            sdp_m_line_index: None,
            username_fragment: None,
        };
        duo.input(BO, Input::LocalCandidate { connection, candidate });
    }
    back(&mut duo, BO).expect("it has a seat");
    duo.resumed(BO, 0);
    assert_eq!(duo.inboxes[ADA].back(), Some(&Signal::Rebuild { connection: 0 }));
    duo.settle();
    assert_eq!(duo.reaches(), [Reach::Connected; 2]);
}

#[test]
fn a_change_is_told_once_and_a_stale_one_is_not_sent_again() {
    let mut duo = Duo::connected();
    let media = Media {
        camera: true.into(),
        ..Media::default()
    };
    let update = |name: &str| Input::Update {
        name: name.into(),
        media,
    };
    let mark = duo.effects(BO).len();
    duo.input(BO, update("Bo"));
    duo.input(BO, update("Bo"));
    assert_eq!(duo.said(BO, mark).len(), 1);
    let arrived = counted(&duo, BO) - 1;
    duo.cut(BO);
    duo.input(BO, update("Robert"));
    let mark = duo.effects(BO).len();
    duo.input(BO, Input::SocketOpened);
    assert!(
        matches!(&duo.said(BO, mark)[0], ClientMessage::Join { name, media: m, .. } if name == "Robert" && *m == media)
    );
    // And one that comes while the answer is under way.
    duo.input(BO, update("Rob"));
    let mark = duo.effects(BO).len();
    duo.resumed(BO, arrived);
    let said = duo.said(BO, mark);
    assert!(
        matches!(&said[..], [ClientMessage::Update { name, .. }] if name == "Rob"),
        "{said:?}"
    );
    // The count is that of what was sent: nothing is sent twice.
    duo.cut(BO);
    duo.input(BO, Input::SocketOpened);
    let mark = duo.effects(BO).len();
    duo.resumed(BO, arrived + 1);
    assert!(duo.said(BO, mark).is_empty());
}

#[test]
fn the_same_seat_with_a_fresh_roster_keeps_what_is_fine_and_counts_anew() {
    let mut duo = Duo::connected();
    duo.cut(BO);
    back(&mut duo, BO);
    let mark = duo.effects(BO).len();
    duo.seated(BO, vec![peer_info(1, 0, "Augusta Ada")], vec![]);
    let renamed = peer_info(1, 0, "Augusta Ada");
    assert_eq!(
        duo.effects(BO)[mark..],
        [Effect::Seated { resumed: true }, Effect::PeerChanged(renamed)]
    );
    duo.cut(BO);
    assert_eq!(back(&mut duo, BO).map(|resume| resume.received), Some(0));
    let mark = duo.effects(BO).len();
    duo.resumed(BO, 0);
    assert!(duo.said(BO, mark).is_empty(), "what was said before is not said again");
}

#[test]
fn the_same_seat_with_a_fresh_roster_builds_anew_what_is_not_connected() {
    for side in [ADA, BO] {
        let mut duo = Duo::joined();
        duo.work(ADA);
        duo.inboxes[BO].clear();
        duo.cut(side);
        back(&mut duo, side);
        duo.seated(side, vec![info(1 - side)], vec![]);
        duo.settle();
        assert_eq!(duo.reaches(), [Reach::Connected; 2]);
        assert_eq!(duo.connection(ADA).0, 1);
        assert_eq!(duo.count(side, |e| matches!(e, Effect::PeerAdded(_))), 1);
    }
}

#[test]
fn when_both_have_lost_everything_one_new_connection_comes_of_it() {
    let mut duo = Duo::joined();
    duo.work(ADA);
    duo.inboxes[BO].clear();
    for side in [ADA, BO] {
        duo.cut(side);
        back(&mut duo, side);
        duo.seated(side, vec![info(1 - side)], vec![]);
    }
    duo.settle();
    assert_eq!(duo.reaches(), [Reach::Connected; 2]);
    assert_eq!((duo.opened(ADA), duo.connection(ADA).0), ((2, 0), 1));
}

#[test]
fn an_offer_lost_with_everything_else_is_made_again_while_media_flows() {
    let mut duo = Duo::connected();
    duo.retry(BO);
    duo.work(BO);
    duo.inboxes[ADA].clear();
    duo.cut(BO);
    back(&mut duo, BO);
    duo.seated(BO, vec![info(ADA)], vec![]);
    duo.settle();
    assert_eq!(duo.peer(BO).signaling(), support::fake_peer::Signaling::Stable);
    assert_eq!((duo.connection(BO).0, duo.reaches()), (0, [Reach::Connected; 2]));
}

#[test]
fn after_a_restart_those_who_are_expected_are_kept_and_shown_away() {
    let mut duo = Duo::connected();
    duo.cut(ADA);
    back(&mut duo, ADA);
    let mark = duo.effects(ADA).len();
    duo.seated(ADA, vec![], vec![peer_id(2), peer_id(9)]);
    let peer = peer_id(2);
    assert_eq!(
        duo.effects(ADA)[mark..],
        [Effect::Seated { resumed: true }, Effect::Away { peer, away: true }]
    );
    duo.away(ADA, false);
    assert_eq!(duo.effects(ADA).last(), Some(&Effect::Away { peer, away: false }));
    assert_eq!(duo.connection(ADA).0, 0);
}

#[test]
fn a_pair_that_was_not_connected_when_the_server_restarted_waits_for_the_other_to_come_back() {
    let mut duo = Duo::joined();
    duo.work(ADA);
    duo.inboxes[BO].clear();
    duo.cut(ADA);
    back(&mut duo, ADA);
    duo.seated(ADA, vec![], vec![peer_id(2)]);
    assert_eq!(duo.opened(ADA), (1, 0));
    duo.cut(BO);
    back(&mut duo, BO);
    duo.seated(BO, vec![info(ADA)], vec![]);
    duo.away(ADA, false);
    assert_eq!(duo.opened(ADA), (2, 0));
    duo.settle();
    assert_eq!(duo.reaches(), [Reach::Connected; 2]);
}

#[test]
fn whoever_is_neither_on_the_fresh_roster_nor_away_is_gone() {
    let mut duo = Duo::connected();
    duo.cut(BO);
    back(&mut duo, BO);
    duo.seated(BO, vec![peer_info(7, 5, "Gil")], vec![]);
    assert!(duo.effects(BO).contains(&Effect::PeerRemoved(peer_id(1))));
    assert!(duo.effects(BO).contains(&Effect::PeerAdded(peer_info(7, 5, "Gil"))));
    assert_eq!(duo.connections(BO), 1);
}

#[test]
fn somebody_who_is_back_and_whom_we_do_not_know_is_added() {
    let mut duo = Duo::connected();
    let peer = peer_info(9, 7, "Cleo");
    duo.input(
        ADA,
        Input::Server(ServerMessage::PeerBack { peer: peer.clone() }.into()),
    );
    assert!(duo.effects(ADA).contains(&Effect::PeerAdded(peer)));
    assert_eq!(duo.connections(ADA), 2);
}

#[test]
fn a_seat_that_is_gone_is_followed_by_another_on_the_same_socket_and_everything_starts_over() {
    for code in [ErrorCode::SeatGone, ErrorCode::InvalidResume] {
        let mut duo = Duo::connected();
        duo.cut(BO);
        back(&mut duo, BO).expect("it has a seat");
        let mark = duo.effects(BO).len();
        duo.input(BO, error(code));
        let said = duo.said(BO, mark);
        assert_eq!(said.iter().map(resume_of).collect::<Vec<_>>(), [None]);
        assert_eq!(duo.connections(BO), 1, "nothing is closed before there is another seat");
        let (you, peers) = (peer_info(3, 2, "Bo"), vec![info(ADA)]);
        let joined = ServerMessage::Joined {
            away: vec![],
            token: "another".into(),
            room: "room".parse().expect("a room's name"),
            you,
            peers,
            ice_servers: duo.ice_servers(BO),
            capacity: 8,
        };
        let now = duo.now;
        let mut effects = duo.call_mut(BO).handle(now, Input::Server(joined.into()));
        effects.retain(|effect| !is_about_sizes(effect));
        assert!(matches!(
            &effects[..],
            [
                // First, so that a page takes the next for no departure.
                Effect::Seated { resumed: false },
                Effect::Close { .. },
                Effect::PeerRemoved(_),
                Effect::PeerAdded(_),
                Effect::Open { .. }
            ]
        ));
    }
}

#[test]
fn a_room_that_takes_nobody_more_is_said_and_everything_is_closed() {
    let mut duo = Duo::connected();
    duo.cut(BO);
    back(&mut duo, BO);
    duo.input(BO, error(ErrorCode::SeatGone));
    duo.input(BO, error(ErrorCode::RoomFull));
    assert_eq!(duo.connections(BO), 0);
    let code = ErrorCode::RoomFull;
    let message = code.sentence().into();
    assert_eq!(duo.effects(BO).last(), Some(&Effect::Refused { code, message }));
    // The socket is as good as before, and the person may ask again.
    let mark = duo.effects(BO).len();
    duo.input(BO, join("Bo"));
    assert_eq!(duo.said(BO, mark).len(), 1);
}

#[test]
fn a_call_goes_on_where_its_network_asks_too_often_and_asks_again_over_another_socket() {
    let mut duo = Duo::connected();
    let mark = duo.effects(BO).len();
    duo.input(BO, error(ErrorCode::AddressBusy));
    assert_eq!(
        duo.effects(BO).len(),
        mark,
        "a question in a call is not worth a sentence"
    );
    duo.cut(BO);
    back(&mut duo, BO);
    duo.input(BO, error(ErrorCode::SeatGone));
    duo.input(BO, error(ErrorCode::AddressBusy));
    assert_eq!(duo.connections(BO), 1);
    assert_eq!(duo.effects(BO).last(), Some(&Effect::Reconnect));
    duo.cut(BO);
    assert_eq!(back(&mut duo, BO), None, "another seat is asked for");
}

#[test]
fn who_is_alone_in_a_room_stays_in_it_where_its_network_asks_too_often() {
    let mut duo = Duo::connected();
    let (peer, reason) = (info(ADA).id, protocol::LeaveReason::Left);
    duo.input(BO, Input::Server(ServerMessage::PeerLeft { peer, reason }.into()));
    duo.cut(BO);
    back(&mut duo, BO);
    duo.input(BO, error(ErrorCode::AddressBusy));
    assert_eq!(duo.effects(BO).last(), Some(&Effect::Reconnect));
    duo.cut(BO);
    assert!(back(&mut duo, BO).is_some(), "its seat is asked for again");
}

#[test]
fn who_leaves_while_the_server_may_not_hear_it_has_something_to_say_over_another_socket() {
    let mut duo = Duo::connected();
    let farewell = |duo: &Duo, online| duo.call(BO).farewell(online);
    assert_eq!(farewell(&duo, true), None, "the socket is as good as any");
    let said = farewell(&duo, false).expect("the browser has no network");
    assert!(resume_of(&said).is_some(), "it takes the seat back: {said:?}");
    duo.cut(BO);
    assert!(farewell(&duo, true).is_some(), "there is no socket");
    duo.input(BO, Input::Leave);
    assert_eq!(farewell(&duo, true), None, "there is no seat any more");
}

#[test]
fn a_refused_join_is_not_asked_again_by_itself() {
    let mut call = new_call();
    let _ = call.handle(NOW, join("  "));
    let _ = call.handle(NOW, Input::SocketOpened);
    let refused = call.handle(NOW, error(ErrorCode::InvalidName));
    assert!(matches!(
        &refused[..],
        [Effect::Refused {
            code: ErrorCode::InvalidName,
            ..
        }]
    ));
    assert!(call.handle(NOW, Input::SocketLost { code: None }).is_empty());
    assert!(call.handle(NOW, Input::SocketOpened).is_empty());
    assert_eq!(call.next_deadline(), None);
}

#[test]
fn a_limit_of_rate_is_waited_out() {
    let mut call = new_call();
    let _ = call.handle(NOW, join("Ada"));
    let _ = call.handle(NOW, Input::SocketOpened);
    let effects = call.handle(NOW, error(ErrorCode::RateLimited));
    assert!(matches!(&effects[..], [Effect::Problem { .. }]));
    let _ = call.handle(NOW, Input::SocketLost { code: Some(1008) });
    assert_eq!(call.handle(NOW, Input::SocketOpened).len(), 1);
}

#[test]
fn what_could_not_be_done_is_said_and_a_signal_to_somebody_who_left_is_not() {
    let mut duo = Duo::connected();
    let mark = duo.effects(ADA).len();
    duo.input(ADA, error(ErrorCode::UnknownPeer));
    assert_eq!(duo.effects(ADA).len(), mark);
    duo.input(ADA, error(ErrorCode::TooLarge));
    assert!(matches!(duo.effects(ADA).last(), Some(Effect::Problem { .. })));
    assert_eq!(duo.connections(ADA), 1);
}

#[test]
fn a_seat_that_another_page_took_is_left_to_it_for_good() {
    let mut duo = Duo::connected();
    duo.input(BO, Input::SocketLost { code: Some(4002) });
    assert_eq!(duo.connections(BO), 0);
    assert_eq!(duo.effects(BO).last(), Some(&Effect::TakenOver));
    let mark = duo.effects(BO).len();
    duo.input(BO, Input::SocketOpened);
    assert_eq!(duo.effects(BO).len(), mark);
    assert_eq!(duo.call(BO).next_deadline(), None);
}

#[test]
fn leaving_works_with_a_socket_and_without() {
    let mut duo = Duo::connected();
    duo.input(ADA, Input::Leave);
    assert_eq!(duo.said(ADA, 0).last(), Some(&ClientMessage::Leave));
    duo.cut(BO);
    let mark = duo.effects(BO).len();
    duo.input(BO, Input::Leave);
    assert!(duo.said(BO, mark).is_empty());
    for side in [ADA, BO] {
        assert_eq!(duo.connections(side), 0);
        assert_eq!(duo.call(side).next_deadline(), None);
        // Another socket, another seat.
        let mark = duo.effects(side).len();
        duo.input(side, Input::SocketOpened);
        assert_eq!(duo.effects(side).len(), mark);
        duo.input(side, join("Somebody"));
        let said = duo.said(side, mark);
        assert_eq!(said.iter().map(resume_of).collect::<Vec<_>>(), [None]);
    }
}

#[test]
fn leaving_before_the_answer_takes_the_question_back() {
    let mut call = new_call();
    let _ = call.handle(NOW, join("Ada"));
    let _ = call.handle(NOW, Input::SocketOpened);
    assert_eq!(
        call.handle(NOW, Input::Leave),
        [Effect::Send(ClientMessage::Leave.into())]
    );
    let joined = ServerMessage::Joined {
        away: vec![],
        token: String::new(),
        room: "room".parse().expect("a room's name"),
        you: info(ADA),
        peers: vec![info(BO)],
        ice_servers: vec![],
        capacity: 8,
    };
    assert!(call.handle(NOW, Input::Server(joined.into())).is_empty());
}

#[test]
fn a_socket_on_which_nothing_comes_is_asked_for_a_word_and_then_taken_for_dead() {
    let mut duo = Duo::connected();
    // The first pictures get their full size.
    duo.wait(2);
    let call = duo.call_mut(ADA);
    let deadline = call.next_deadline().expect("it listens");
    assert_eq!(deadline, Duration::from_secs(15));
    let asked = call.handle(deadline, Input::Tick);
    assert!(matches!(
        &asked[..],
        [Effect::Send(Numbered {
            message: ClientMessage::Peek { .. },
            ..
        })]
    ));
    let deadline = call.next_deadline().expect("it waits");
    assert_eq!(deadline, Duration::from_secs(20));
    assert_eq!(call.handle(deadline, Input::Tick), [Effect::Reconnect]);
    assert_eq!(call.next_deadline(), None);
    assert!(matches!(
        &call.handle(deadline, Input::SocketOpened)[..],
        [Effect::Send(Numbered {
            message: ClientMessage::Join { resume: Some(_), .. },
            ..
        })]
    ));
}

#[test]
fn a_socket_is_doubted_when_media_stops_or_the_network_changes() {
    for input in [
        Input::Online { changed: false },
        Input::ConnectionState {
            connection: call::ConnectionId(0),
            state: call::ConnectionState::Disconnected,
        },
    ] {
        let mut duo = Duo::connected();
        let now = duo.now;
        let effects = duo.call_mut(ADA).handle(now, input);
        let asks = |e: &Effect| {
            matches!(
                e,
                Effect::Send(Numbered {
                    message: ClientMessage::Peek { .. },
                    ..
                })
            )
        };
        assert!(effects.iter().any(asks));
    }
}

#[test]
fn when_media_stops_or_the_network_is_another_one_the_server_has_a_second_to_answer_else_longer() {
    let connection = call::ConnectionId(0);
    let state = |state| Input::ConnectionState { connection, state };
    for (input, seconds) in [
        (
            Input::Silent {
                peer: peer_id(2),
                silent: true,
            },
            1,
        ),
        (state(call::ConnectionState::Disconnected), 1),
        (state(call::ConnectionState::Failed), 1),
        (Input::Online { changed: true }, 1),
        (Input::Online { changed: false }, 5),
    ] {
        let mut duo = Duo::connected();
        let (now, ada) = (duo.now, duo.call_mut(ADA));
        let asks = |e: &Effect| {
            matches!(
                e,
                Effect::Send(Numbered {
                    message: ClientMessage::Peek { .. },
                    ..
                })
            )
        };
        assert!(ada.handle(now, input.clone()).iter().any(asks), "{input:?}");
        let mut reconnects = |at| ada.handle(now + at, Input::Tick).contains(&Effect::Reconnect);
        assert!(!reconnects(Duration::from_millis(seconds * 1_000 - 1)), "{input:?}");
        assert!(reconnects(Duration::from_secs(seconds)), "{input:?}");
    }
}

#[test]
fn a_server_that_does_not_answer_the_join_is_asked_on_another_socket() {
    let mut call = new_call();
    let _ = call.handle(NOW, join("Ada"));
    let _ = call.handle(NOW, Input::SocketOpened);
    let deadline = call.next_deadline().expect("it waits");
    assert_eq!(call.handle(deadline, Input::Tick), [Effect::Reconnect]);
}

#[test]
fn a_message_of_the_room_before_the_seat_is_not_counted() {
    let mut duo = Duo::connected();
    duo.cut(BO);
    back(&mut duo, BO);
    let (peer, reason) = (peer_id(9), LeaveReason::Left);
    duo.input(BO, Input::Server(ServerMessage::PeerLeft { peer, reason }.into()));
    duo.cut(BO);
    assert_eq!(back(&mut duo, BO).map(|resume| resume.received), Some(4));
}
