//! The peer channel, scenario by scenario.

#[path = "support/talk.rs"]
mod talk;

use std::num::NonZeroU64;
use std::time::Duration;

use call::ConnectionId;
use call::channel::{Channel, Ended, Input, Output, Refused, Status};
use protocol::PeerMessage;
use protocol::limits::peer;
use protocol::peer_message::{Content, Features, Frame, Header, Hello, Lane, Size, Sizes};
use talk::{LATER, Page, Talk, Two, line, millis};

fn frame(number: u64, content: Content<Talk>) -> Vec<u8> {
    let header = Header {
        number,
        ..Header::default()
    };
    Frame { header, content }.encode()
}

fn hello(session: u64, heard: u64) -> Content<Talk> {
    Content::Hello(Hello {
        session,
        heard,
        version: 1,
        features: Features::default(),
    })
}

fn decode(bytes: &[u8]) -> Frame<Talk> {
    Frame::decode(bytes).expect("a frame")
}

/// What a page has put on its reliable channel since it was last asked.
fn contents(page: &mut Page) -> Vec<Content<Talk>> {
    let frames = page.take_sent().into_iter().filter(|(lane, _)| *lane == Lane::Reliable);
    frames.map(|(_, bytes)| decode(&bytes).content).collect()
}

/// A page that has said hello to a peer which is played by the test.
fn greeted() -> Page {
    let mut page = Page::new(1);
    let connection = ConnectionId(1);
    page.handle(Duration::ZERO, Input::Opened { connection });
    page.receive(Duration::ZERO, connection, Lane::Reliable, &frame(0, hello(2, 0)));
    page.take_sent();
    page
}

#[test]
fn nothing_but_a_hello_is_sent_until_the_peers_has_come() {
    let mut two = Two::new();
    two.ada.say(two.now, &line(1)).unwrap();
    two.ada.say(two.now, &Talk::Mood(1)).unwrap();
    two.open();
    two.ada.say(two.now, &line(2)).unwrap();
    two.ada.say(two.now, &Talk::Point(1)).unwrap();
    assert_eq!(two.ada.channel.status(), Status::Greeting);
    let sent = two.ada.take_sent();
    assert_eq!(sent.len(), 1, "{sent:?}");
    let Content::Hello(said) = decode(&sent[0].1).content else {
        panic!("{sent:?}")
    };
    assert_eq!((said.session, said.heard, said.features), (1, 0, Features(1)));

    two.ada.sent.extend(sent);
    two.carry();
    assert_eq!(two.ada.channel.status(), Status::Ready);
    assert_eq!(two.grace.take_heard(), [Talk::Mood(1), line(1), line(2)]);
    assert_eq!(two.grace.channel.peer(), Some(said));
}

#[test]
fn without_a_hello_in_ten_seconds_the_peer_has_no_channel_until_the_next_connection() {
    let mut page = Page::new(1);
    let (first, second) = (ConnectionId(1), ConnectionId(2));
    let mut now = millis(500);
    page.handle(now, Input::Opened { connection: first });
    assert_eq!(page.channel.next_deadline(), Some(millis(10_500)));
    page.pass(&mut now, millis(10_499));
    assert!(page.closed.is_empty());
    page.pass(&mut now, millis(10_500));
    assert_eq!(page.closed, [Ended::NoHello]);
    assert_eq!(page.channel.status(), Status::Ended(Ended::NoHello));
    assert_eq!(page.channel.next_deadline(), None);

    page.receive(now, first, Lane::Reliable, &frame(0, hello(2, 0)));
    assert_eq!((page.hellos.len(), page.channel.peer()), (0, None), "too late");
    page.handle(now, Input::Opened { connection: second });
    page.receive(now, second, Lane::Reliable, &frame(0, hello(2, 0)));
    assert_eq!(page.channel.status(), Status::Ready);
}

#[test]
fn events_go_on_over_a_rebuilt_connection_exactly_once_and_in_order() {
    let mut two = Two::ready();
    two.ada.say(two.now, &line(1)).unwrap();
    two.carry();
    // The second arrives, and its acknowledgement does not. The third does not arrive at all.
    two.ada.say(two.now, &line(2)).unwrap();
    let (lane, bytes) = two.ada.sent.pop_front().unwrap();
    two.grace.receive(two.now, two.connection, lane, &bytes);
    two.ada.say(two.now, &line(3)).unwrap();
    two.close();
    two.ada.say(two.now, &line(4)).unwrap();
    assert_eq!(two.ada.channel.waiting().0, 4, "nothing was acknowledged yet");
    two.open();
    two.carry();
    assert_eq!(two.grace.take_heard(), [line(1), line(2), line(3), line(4)]);
    two.pass(peer::ACK_DELAY);
    assert_eq!(two.ada.channel.waiting(), (0, 0));
    assert_eq!(two.grace.channel.counts(), Default::default());
    assert!(two.ada.hellos.iter().all(|(_, restarted, _)| !restarted));
}

#[test]
fn a_connection_may_take_the_place_of_one_that_nobody_has_noticed_to_be_dead() {
    let mut two = Two::ready();
    two.ada.say(two.now, &line(1)).unwrap();
    two.open();
    two.carry();
    assert_eq!(two.grace.take_heard(), [line(1)]);
}

#[test]
fn a_reloaded_page_gets_the_states_and_none_of_the_events_that_waited_for_the_one_before() {
    let mut two = Two::ready();
    for message in [Talk::Mood(7), line(1)] {
        two.ada.say(two.now, &message).unwrap();
        two.grace.say(two.now, &message).unwrap();
    }
    two.pass(peer::ACK_DELAY);
    two.ada.take_heard();
    two.grace = Page::new(3);
    two.ada.say(two.now, &line(2)).unwrap();
    two.ada.say(two.now, &Talk::Clap(1)).unwrap();
    two.open();
    two.ada.say(two.now, &line(3)).unwrap();
    two.carry();
    assert_eq!(two.grace.take_heard(), [Talk::Mood(7)]);
    let (peer, restarted, undelivered) = two.ada.hellos.pop().unwrap();
    assert_eq!((peer.session, restarted), (3, true));
    assert_eq!(undelivered, [line(2), line(3)]);
    assert_eq!(two.ada.channel.waiting(), (0, 0));

    // Both counts begin anew.
    two.ada.say(two.now, &line(4)).unwrap();
    two.grace.say(two.now, &line(5)).unwrap();
    two.carry();
    assert_eq!(
        (two.grace.take_heard(), two.ada.take_heard()),
        (vec![line(4)], vec![line(5)])
    );
}

#[test]
fn an_acknowledgement_for_the_session_before_acknowledges_nothing() {
    // Two events of a page that is gone have come to the peer. What the page of now has sent was lost with the connection.
    let mut page = greeted();
    for n in 0..3 {
        page.say(Duration::ZERO, &line(n)).unwrap();
    }
    let connection = ConnectionId(2);
    page.handle(Duration::ZERO, Input::Opened { connection });
    page.take_sent();
    let mut stale = decode(&frame(0, hello(2, 99)));
    stale.header.ack = 2;
    page.receive(Duration::ZERO, connection, Lane::Reliable, &stale.encode());
    assert_eq!(contents(&mut page), [line(0), line(1), line(2)].map(Content::Message));
    assert_eq!(page.channel.waiting().0, 3);
}

#[test]
fn an_acknowledgement_counts_even_while_the_events_are_sent_again() {
    let mut page = greeted();
    for n in 0..31 {
        page.say(Duration::ZERO, &line(n)).unwrap();
    }
    assert_eq!(page.take_sent().len(), 31);
    let mut again = decode(&frame(0, hello(2, 1)));
    again.header.seen = 20;
    page.receive(Duration::ZERO, ConnectionId(1), Lane::Reliable, &again.encode());
    page.handle(millis(25), Input::Tick);
    assert_eq!(
        contents(&mut page),
        [Content::Message(line(0))],
        "as fast as the pace allows"
    );
    let header = Header {
        ack: 31,
        ..Header::default()
    };
    let content = Content::<Talk>::Ack;
    page.receive(
        millis(25),
        ConnectionId(1),
        Lane::Reliable,
        &Frame { header, content }.encode(),
    );
    assert_eq!(page.channel.waiting().0, 0);
}

#[test]
fn only_the_newest_state_of_a_kind_goes_and_the_same_again_does_not() {
    let mut two = Two::new();
    for mood in 0..1_000 {
        two.ada.say(two.now, &Talk::Mood(mood)).unwrap();
    }
    two.ada.say(two.now, &Talk::Place(5)).unwrap();
    two.open();
    two.carry();
    assert_eq!(two.grace.take_heard(), [Talk::Mood(999), Talk::Place(5)]);
    two.ada.say(two.now, &Talk::Mood(999)).unwrap();
    assert!(two.ada.sent.is_empty());
    two.ada.say(two.now, &Talk::Mood(1)).unwrap();
    two.carry();
    assert_eq!(two.grace.take_heard(), [Talk::Mood(1)]);

    two.open();
    two.carry();
    assert_eq!(
        two.grace.take_heard(),
        [Talk::Mood(1), Talk::Place(5)],
        "again with each hello"
    );
}

#[test]
fn a_momentary_message_waits_for_five_seconds_and_is_never_sent_twice() {
    let mut two = Two::new();
    two.ada.say(two.now, &Talk::Clap(1)).unwrap();
    two.pass(millis(2_000));
    two.ada.say(two.now, &Talk::Clap(2)).unwrap();
    two.pass(millis(3_000));
    assert_eq!(two.ada.channel.waiting().0, 1, "the first is over");
    two.open();
    two.carry();
    assert_eq!(two.grace.take_heard(), [Talk::Clap(2)]);
    two.open();
    two.carry();
    assert_eq!(two.grace.take_heard(), []);
}

#[test]
fn a_lossy_message_is_sent_at_once_or_never() {
    let mut two = Two::new();
    two.ada.say(two.now, &Talk::Point(1)).unwrap();
    two.open();
    two.ada.say(two.now, &Talk::Point(2)).unwrap();
    two.carry();
    two.ada.say(two.now, &Talk::Point(3)).unwrap();
    let (connection, lane) = (two.connection, Lane::Lossy);
    two.ada.handle(two.now, Input::Full { connection, lane });
    two.ada.say(two.now, &Talk::Point(4)).unwrap();
    two.ada.handle(two.now, Input::Drained { connection, lane });
    two.ada.say(two.now, &Talk::Point(5)).unwrap();
    two.carry();
    assert_eq!(two.grace.take_heard(), [Talk::Point(3), Talk::Point(5)]);
    assert_eq!(two.ada.channel.waiting(), (0, 0));
    for point in 0..1_000 {
        two.ada.say(two.now, &Talk::Point(point)).unwrap();
    }
    assert!((1..=peer::LOSSY_SEND_RATE as usize).contains(&two.ada.sent.len()));
}

#[test]
fn what_overtakes_the_hello_on_the_lossy_channel_is_lost_and_nobodys_fault() {
    let mut page = Page::new(1);
    let connection = ConnectionId(1);
    page.handle(Duration::ZERO, Input::Opened { connection });
    let point = Content::Message(Talk::Point(1)).encode(Vec::new());
    page.receive(Duration::ZERO, connection, Lane::Lossy, &point);
    assert_eq!((page.take_heard(), page.channel.counts()), (vec![], Default::default()));
    page.receive(Duration::ZERO, connection, Lane::Reliable, &frame(0, hello(2, 0)));
    page.receive(Duration::ZERO, connection, Lane::Lossy, &point);
    assert_eq!(page.take_heard(), [Talk::Point(1)]);
}

#[test]
fn an_event_of_a_later_version_is_skipped_and_counted() {
    let mut two = Two::ready();
    for message in [line(1), Talk::Later(2, vec![7; 500]), line(3)] {
        two.ada.say(two.now, &message).unwrap();
    }
    two.pass(peer::ACK_DELAY);
    assert_eq!(two.grace.take_heard(), [line(1), line(3)]);
    assert_eq!(two.grace.channel.counts().skipped, 1);
    assert_eq!(two.ada.channel.waiting(), (0, 0), "it is acknowledged like any other");
}

#[test]
fn an_event_whose_fields_cannot_be_read_is_skipped_and_counted_too() {
    let mut page = greeted();
    // A line with a text that is longer than the frame.
    let header = Header {
        number: 1,
        ..Header::default()
    };
    page.receive(
        Duration::ZERO,
        ConnectionId(1),
        Lane::Reliable,
        &header.before(&[102, 1, 200, b'x']),
    );
    page.receive(
        Duration::ZERO,
        ConnectionId(1),
        Lane::Reliable,
        &frame(2, Content::Message(line(2))),
    );
    assert_eq!(page.take_heard(), [line(2)]);
}

#[test]
fn a_message_in_a_place_where_it_does_not_belong_is_skipped() {
    let mut page = greeted();
    let reliable = [
        (0, Content::Message(line(1))),
        (0, Content::Message(Talk::Point(1))),
        (1, Content::Message(Talk::Mood(1))),
        (2, Content::Message(Talk::Clap(1))),
        (0, Content::Unknown { tag: LATER }),
    ];
    let lossy = [
        Content::Message(line(1)),
        Content::Message(Talk::Mood(1)),
        Content::Ack,
        hello(9, 0),
    ];
    for (number, content) in reliable {
        page.receive(Duration::ZERO, ConnectionId(1), Lane::Reliable, &frame(number, content));
    }
    for content in lossy {
        page.receive(
            Duration::ZERO,
            ConnectionId(1),
            Lane::Lossy,
            &content.encode(Vec::new()),
        );
    }
    assert_eq!((page.take_heard(), page.hellos.len()), (vec![], 1));
    assert_eq!(page.channel.counts().skipped, 9);
    // The numbers counted.
    page.receive(
        Duration::ZERO,
        ConnectionId(1),
        Lane::Reliable,
        &frame(3, Content::Message(line(3))),
    );
    assert_eq!(page.take_heard(), [line(3)]);
}

#[test]
fn past_its_bounds_the_outbox_refuses_the_newest_and_keeps_the_others() {
    let mut two = Two::new();
    let most = peer::WAITING_MESSAGES as u32;
    for n in 0..most {
        two.ada.say(two.now, &line(n)).unwrap();
    }
    assert_eq!(two.ada.say(two.now, &line(most)), Err(Refused::Full));
    assert_eq!(two.ada.say(two.now, &Talk::Clap(1)), Err(Refused::Full));
    assert_eq!(two.ada.say(two.now, &Talk::Mood(1)), Ok(()), "a state waits for nobody");
    two.open();
    two.pass(millis(20_000));
    let heard = two.grace.take_heard();
    assert_eq!(heard.len(), 1 + most as usize);
    assert_eq!(heard[1..], (0..most).map(line).collect::<Vec<_>>());
    assert_eq!(two.ada.say(two.now, &line(most)), Ok(()));
}

#[test]
fn bytes_are_bounded_too_and_so_is_one_message() {
    let mut two = Two::new();
    let long = |length| Talk::Line(0, "x".repeat(length));
    assert_eq!(two.ada.say(two.now, &long(peer::MESSAGE_MAX)), Err(Refused::TooLarge));
    let mut taken = 0;
    while two.ada.say(two.now, &long(16_000)) == Ok(()) {
        taken += 1;
    }
    assert_eq!(taken, peer::WAITING_BYTES / 16_005);
    assert_eq!(two.ada.say(two.now, &long(16_000)), Err(Refused::Full));
    assert!(two.ada.channel.waiting().1 <= peer::WAITING_BYTES);
    two.open();
    two.carry();
    two.pass(millis(1_000));
    assert_eq!(two.grace.take_heard().len(), taken);
    assert_eq!(two.grace.channel.counts().dropped, 0);
}

#[test]
fn one_acknowledgement_does_for_many_and_none_is_acknowledged() {
    let mut two = Two::ready();
    two.pass(millis(1_000));
    for n in 0..5 {
        two.ada.say(two.now, &line(n)).unwrap();
    }
    two.carry();
    let mut now = two.now;
    two.grace.pass(&mut now, two.now + peer::ACK_DELAY);
    assert_eq!(contents(&mut two.grace), [Content::Ack]);

    let mut two = Two::ready();
    two.pass(millis(1_000));
    let before = two.now;
    two.pass(millis(60_000));
    assert!(two.ada.sent.is_empty() && two.grace.sent.is_empty());
    assert_eq!(
        (two.ada.channel.next_deadline(), before),
        (None, millis(2_000)),
        "silence stays silent"
    );
}

#[test]
fn a_frame_takes_the_acknowledgement_along() {
    let mut two = Two::ready();
    two.pass(millis(1_000));
    two.ada.say(two.now, &line(1)).unwrap();
    two.carry();
    two.grace.say(two.now, &Talk::Mood(1)).unwrap();
    assert_eq!(decode(&two.grace.sent[0].1).header.ack, 1);
    two.carry();
    assert_eq!(two.ada.channel.waiting(), (0, 0));
}

#[test]
fn a_sender_keeps_to_its_pace_and_its_window() {
    let mut page = greeted();
    for n in 0..200 {
        page.say(Duration::ZERO, &line(n)).unwrap();
    }
    // The hello took one of each.
    let burst = peer::SEND_BURST as usize - 1;
    assert_eq!(page.take_sent().len(), burst);
    let mut now = Duration::ZERO;
    page.pass(&mut now, millis(60_000));
    let more = page.take_sent();
    assert_eq!(
        more.iter()
            .filter(|(_, bytes)| decode(bytes).content != Content::Ack)
            .count(),
        0,
        "the window is full"
    );
    let seen = |seen| Frame {
        header: Header {
            seen,
            ..Header::default()
        },
        content: Content::<Talk>::Ack,
    };
    page.receive(now, ConnectionId(1), Lane::Reliable, &seen(u64::MAX).encode());
    assert!(page.take_sent().is_empty(), "more than were sent");
    page.receive(now, ConnectionId(1), Lane::Reliable, &seen(10).encode());
    assert_eq!(page.take_sent().len(), 10);
}

#[test]
fn while_the_buffer_is_full_everything_waits() {
    let mut two = Two::ready();
    let (connection, lane) = (two.connection, Lane::Reliable);
    two.ada.handle(two.now, Input::Full { connection, lane });
    two.ada.say(two.now, &line(1)).unwrap();
    two.ada.say(two.now, &Talk::Clap(1)).unwrap();
    two.pass(millis(6_000));
    assert_eq!(two.grace.take_heard(), []);
    two.ada.handle(two.now, Input::Drained { connection, lane });
    two.carry();
    assert_eq!(two.grace.take_heard(), [line(1)]);
}

#[test]
fn what_is_said_of_a_connection_that_is_not_the_newest_is_ignored() {
    let mut two = Two::ready();
    let old = two.connection;
    two.open();
    two.carry();
    let now = two.now;
    two.ada.handle(now, Input::Closed { connection: old });
    two.ada.handle(now, Input::Opened { connection: old });
    two.ada.handle(
        now,
        Input::Full {
            connection: old,
            lane: Lane::Reliable,
        },
    );
    two.ada
        .receive(now, old, Lane::Reliable, &frame(1, Content::Message(line(9))));
    two.ada.handle(
        now,
        Input::Opened {
            connection: two.connection,
        },
    );
    assert_eq!(two.ada.channel.status(), Status::Ready);
    assert!(two.ada.heard.is_empty());
    two.ada.say(now, &line(1)).unwrap();
    two.carry();
    assert_eq!(two.grace.take_heard(), [line(1)]);
}

#[test]
fn a_page_says_with_its_own_messages_how_large_it_shows_the_peer() {
    let session = |n| NonZeroU64::new(n).unwrap();
    let mut ada: Channel = Channel::new(session(1), Features::SIZES);
    let mut grace: Channel = Channel::new(session(2), Features::SIZES);
    let (now, connection) = (Duration::ZERO, ConnectionId(0));
    let sizes = PeerMessage::Sizes(Sizes {
        camera: Size::P360,
        screen: Size::Nothing,
        low_data: true,
    });
    assert_eq!(ada.send(now, &sizes), Ok(vec![]));
    let sent = |outputs: Vec<Output>| {
        let bytes = outputs.into_iter().filter_map(|output| match output {
            Output::Send { bytes, .. } => Some(bytes),
            _ => None,
        });
        bytes.collect::<Vec<_>>()
    };
    let receive = |channel: &mut Channel, bytes: &[u8]| {
        let lane = Lane::Reliable;
        channel.handle(
            now,
            Input::Received {
                connection,
                lane,
                bytes,
            },
        )
    };
    let from_ada = sent(ada.handle(now, Input::Opened { connection }));
    let from_grace = sent(grace.handle(now, Input::Opened { connection }));
    receive(&mut grace, &from_ada[0]);
    let from_ada = sent(receive(&mut ada, &from_grace[0]));
    assert_eq!(receive(&mut grace, &from_ada[0]), [Output::Message(sizes)]);
    assert!(grace.peer().unwrap().features.has(Features::SIZES));
}
