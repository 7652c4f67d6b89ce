//! A newer server with an older page, and the other way round.

#![allow(clippy::unwrap_used, reason = "a test says by panicking")]

mod support;

use std::time::Duration;

use call::{Effect, Input, Reach};
use protocol::{ClientMessage, ErrorCode, Media, Numbered, Resume, ServerMessage, Signal};
use support::new_call;
use support::world::duo::{ADA, BO, Duo, info};

const NOW: Duration = Duration::ZERO;

fn numbered(number: u64, message: ServerMessage) -> Input {
    Input::Server(Numbered { number, message })
}

/// What a `join` after a lost socket says that has come.
fn resume(duo: &mut Duo, side: usize) -> Resume {
    let before = duo.effects(side).len();
    duo.input(side, Input::SocketOpened);
    let asked = duo.said(side, before).into_iter().find_map(|message| match message {
        ClientMessage::Join { resume, .. } => resume,
        _ => None,
    });
    asked.expect("it asks for its seat")
}

#[test]
fn an_error_code_of_a_newer_server_ends_a_join_and_is_said() {
    let mut call = new_call();
    let (room, name, media) = ("room".into(), "Ada".into(), Media::default());
    let _ = call.handle(NOW, Input::Join { room, name, media });
    let _ = call.handle(NOW, Input::SocketOpened);
    let (code, message) = (ErrorCode::Other(99), String::from("Not before noon."));
    let error = ServerMessage::Error {
        code,
        message: message.clone(),
        peer: None,
    };
    let effects = call.handle(NOW, Input::Server(error.into()));
    assert_eq!(effects, [Effect::Refused { code, message }]);
    assert_eq!(call.unknown(), 1);
    assert_eq!(call.next_deadline(), None, "nothing is waited for");
    assert_eq!(call.handle(NOW, Input::SocketLost { code: None }), []);
    assert_eq!(
        call.handle(NOW, Input::SocketOpened),
        [],
        "it does not ask again by itself"
    );
}

#[test]
fn messages_and_signals_of_a_newer_server_count_and_the_next_resume_is_right() {
    let mut duo = Duo::connected();
    duo.cut(ADA);
    let came = resume(&mut duo, ADA).received;
    duo.resumed(ADA, 0);
    let from = info(BO).id;
    let signal = Signal::Unknown;
    duo.input(ADA, numbered(came + 1, ServerMessage::Signal { from, signal }));
    duo.input(ADA, numbered(came + 2, ServerMessage::Unknown));
    duo.input(ADA, Input::Server(ServerMessage::Unknown.into()));
    assert_eq!(duo.call(ADA).unknown(), 3);
    duo.cut(ADA);
    assert_eq!(resume(&mut duo, ADA).received, came + 2);
    duo.resumed(ADA, 0);
    duo.settle();
    assert_eq!(duo.reaches(), [Reach::Connected; 2]);
}

#[test]
fn what_came_before_is_not_done_again() {
    let mut duo = Duo::connected();
    duo.cut(ADA);
    let came = resume(&mut duo, ADA).received;
    duo.resumed(ADA, 0);
    let peer = info(BO).id;
    let before = duo.effects(ADA).len();
    let reason = protocol::LeaveReason::Left;
    duo.input(ADA, numbered(came, ServerMessage::PeerLeft { peer, reason }));
    assert_eq!(duo.effects(ADA)[before..], []);
}

#[test]
fn a_gap_is_asked_for_once_and_then_lived_with() {
    let mut duo = Duo::connected();
    duo.cut(ADA);
    let came = resume(&mut duo, ADA).received;
    duo.resumed(ADA, 0);
    let away = || numbered(came + 2, ServerMessage::PeerAway { peer: info(BO).id });
    let reconnects = |duo: &Duo| duo.count(ADA, |e| *e == Effect::Reconnect);
    let before = reconnects(&duo);
    duo.input(ADA, away());
    assert_eq!(reconnects(&duo), before + 1);
    duo.cut(ADA);
    assert_eq!(resume(&mut duo, ADA).received, came, "it asks for what is missing");
    duo.resumed(ADA, 0);
    duo.input(ADA, away());
    assert_eq!(reconnects(&duo), before + 1, "it does not ask without end");
    duo.cut(ADA);
    assert_eq!(resume(&mut duo, ADA).received, came + 2);
}

#[test]
fn a_newer_page_does_without_what_an_older_server_cannot_do() {
    // The server has skipped a counted message of ours; its number says so, and nothing is sent again.
    let mut duo = Duo::connected();
    let said = duo.effects(ADA).iter().filter_map(|effect| match effect {
        Effect::Send(frame) => Some(frame.number),
        _ => None,
    });
    let last = said.max().unwrap();
    assert!(last > 0);
    duo.cut(ADA);
    resume(&mut duo, ADA);
    let before = duo.effects(ADA).len();
    duo.resumed(ADA, last);
    let again = duo.said(ADA, before);
    assert!(again.iter().all(|message| !message.is_counted()), "{again:?}");
    // A word that it does not like is a notice, and the call goes on.
    let (code, message) = (ErrorCode::BadMessage, ErrorCode::BadMessage.sentence().to_owned());
    let error = ServerMessage::Error {
        code,
        message: message.clone(),
        peer: None,
    };
    duo.input(ADA, Input::Server(error.into()));
    assert_eq!(duo.effects(ADA).last(), Some(&Effect::Problem { code, message }));
    assert_eq!(duo.reaches(), [Reach::Connected; 2]);
}
