//! What a stranger may do to the peer channel: nothing makes it panic, keeps more than its bounds, or sends without end.

#[path = "support/talk.rs"]
mod talk;

use std::time::Duration;

use call::ConnectionId;
use call::channel::{Ended, Input, Refused, Status};
use fastrand::Rng;
use protocol::limits::peer;
use protocol::peer_message::{Content, Features, Frame, Header, Hello, Lane};
use talk::{LATER, Page, Talk, line, millis};

const CONNECTION: ConnectionId = ConnectionId(1);

fn bytes(header: Header, content: Content<Talk>) -> Vec<u8> {
    Frame { header, content }.encode()
}

fn numbered(number: u64, content: Content<Talk>) -> Vec<u8> {
    let header = Header {
        number,
        ..Header::default()
    };
    bytes(header, content)
}

fn hello(session: u64) -> Vec<u8> {
    let hello = Hello {
        session,
        heard: 1,
        version: u32::MAX,
        features: Features(u64::MAX),
    };
    numbered(0, Content::Hello(hello))
}

/// A page that a stranger has said hello to.
fn victim() -> Page {
    let mut page = Page::new(1);
    page.handle(Duration::ZERO, Input::Opened { connection: CONNECTION });
    page.receive(Duration::ZERO, CONNECTION, Lane::Reliable, &hello(2));
    page.take_sent();
    page
}

fn is_within_bounds(page: &Page) -> bool {
    let (messages, bytes) = page.channel.waiting();
    messages <= peer::WAITING_MESSAGES && bytes <= peer::WAITING_BYTES
}

/// So many frames a second for so many seconds, and when the channel was closed.
fn flood(page: &mut Page, lane: Lane, per_second: u64, seconds: u64, frame: &[u8]) -> Option<Duration> {
    for n in 0..per_second * seconds {
        let now = Duration::from_nanos(1_000_000_000 / per_second * n);
        page.receive(now, CONNECTION, lane, frame);
        if !page.closed.is_empty() {
            return Some(now);
        }
    }
    None
}

#[test]
fn a_peer_that_sends_too_much_for_ten_seconds_has_its_channel_closed() {
    let mood = numbered(0, Content::Message(Talk::Mood(1)));
    let mut page = victim();
    let closed = flood(&mut page, Lane::Reliable, 100, 60, &mood).expect("closed");
    assert_eq!(page.closed, [Ended::Flooded]);
    assert_eq!(page.channel.status(), Status::Ended(Ended::Flooded));
    // The burst lasts for two seconds.
    assert!((millis(11_500)..millis(12_500)).contains(&closed), "{closed:?}");
    assert!(page.heard.len() <= 100 + 50 * 13, "{}", page.heard.len());

    // What comes after that is not looked at, and what is said waits for another connection.
    let heard = page.heard.len();
    page.receive(millis(13_000), CONNECTION, Lane::Reliable, &mood);
    page.say(millis(13_000), &line(1)).unwrap();
    assert_eq!((page.heard.len(), page.channel.waiting().0), (heard, 1));
    assert_eq!(page.channel.peer(), None);

    let connection = ConnectionId(2);
    page.handle(millis(14_000), Input::Opened { connection });
    page.receive(millis(14_000), connection, Lane::Reliable, &hello(2));
    page.receive(millis(14_000), connection, Lane::Reliable, &mood);
    assert_eq!(
        (page.heard.len(), page.channel.status()),
        (heard + 1, Status::Ready),
        "a new budget"
    );
    page.handle(millis(15_000), Input::Closed { connection });
    assert_eq!(page.channel.status(), Status::Unopened);
    assert!(page.channel.peer().is_some(), "it will be back");
}

#[test]
fn a_lossy_flood_ends_the_same_way() {
    let point = Content::Message(Talk::Point(1)).encode(Vec::new());
    let mut page = victim();
    assert!(flood(&mut page, Lane::Lossy, 100, 60, &point).is_some());
    let mut page = victim();
    assert_eq!(flood(&mut page, Lane::Lossy, 55, 60, &point), None);
    assert_eq!(page.heard.len(), 55 * 60);
}

#[test]
fn as_much_as_is_allowed_is_taken_for_ever() {
    let mood = numbered(0, Content::Message(Talk::Mood(1)));
    let mut page = victim();
    assert_eq!(flood(&mut page, Lane::Reliable, 49, 300, &mood), None);
    assert_eq!(page.heard.len(), 49 * 300);
    assert_eq!(page.channel.counts().dropped, 0);
}

#[test]
fn a_burst_too_many_is_dropped_and_forgiven() {
    let mood = numbered(0, Content::Message(Talk::Mood(1)));
    let mut page = victim();
    for second in 0..60 {
        for _ in 0..150 {
            page.receive(Duration::from_secs(second * 5), CONNECTION, Lane::Reliable, &mood);
        }
    }
    assert!(page.closed.is_empty());
    // The hello was one of the first burst.
    assert_eq!(
        (page.heard.len(), page.channel.counts().dropped),
        (60 * 100 - 1, 60 * 50 + 1)
    );
}

#[test]
fn an_extreme_flood_is_ended_before_it_costs_the_page_ten_seconds() {
    let mut page = victim();
    let closed = flood(&mut page, Lane::Reliable, 20_000, 10, &[]).expect("closed");
    assert!(closed < millis(400), "{closed:?}");
}

#[test]
fn frames_that_are_too_large_are_dropped_and_count_as_too_much() {
    let huge = numbered(1, Content::Message(Talk::Line(1, "x".repeat(peer::MESSAGE_MAX))));
    let mut page = victim();
    let closed = flood(&mut page, Lane::Reliable, 5, 60, &huge).expect("closed");
    assert!((millis(10_000)..millis(10_500)).contains(&closed), "{closed:?}");
    assert!(page.heard.is_empty());

    let largest = numbered(1, Content::Message(Talk::Line(1, "x".repeat(peer::MESSAGE_MAX - 10))));
    let mut page = victim();
    assert!(largest.len() <= peer::MESSAGE_MAX);
    page.receive(millis(1), CONNECTION, Lane::Reliable, &largest);
    assert_eq!(page.heard.len(), 1);
}

#[test]
fn unknown_messages_without_end_are_skipped_and_counted() {
    let mut page = victim();
    for n in 1..=1_000u64 {
        let content = Content::Unknown {
            tag: LATER + (n % 7) as u32,
        };
        page.receive(millis(n * 25), CONNECTION, Lane::Reliable, &numbered(n, content));
    }
    page.receive(
        millis(26_000),
        CONNECTION,
        Lane::Reliable,
        &numbered(1_001, Content::Message(line(1))),
    );
    assert_eq!((page.heard.len(), page.channel.counts().skipped), (1, 1_000));
}

#[test]
fn numbers_in_any_order_deliver_each_event_once_and_in_order() {
    let mut rng = Rng::with_seed(1);
    let mut page = victim();
    let mut now = Duration::ZERO;
    for _ in 0..20_000 {
        now += millis(25);
        let number = match rng.u32(0..4) {
            0 => rng.u64(..),
            1 => u64::MAX - rng.u64(0..3),
            _ => rng.u64(1..=page.heard.len() as u64 + 3),
        };
        page.receive(
            now,
            CONNECTION,
            Lane::Reliable,
            &numbered(number, Content::Message(line(number as u32))),
        );
    }
    let heard = page.take_heard();
    assert!(heard.len() > 100);
    assert_eq!(heard, (1..=heard.len() as u32).map(line).collect::<Vec<_>>());
}

#[test]
fn acknowledgements_from_the_future_and_giant_counts_acknowledge_nothing() {
    let mut page = victim();
    for n in 0..3 {
        page.say(Duration::ZERO, &line(n)).unwrap();
    }
    let session = 2;
    for ack in [4, 1_000, u64::MAX] {
        let header = Header {
            number: u64::MAX,
            ack,
            seen: u64::MAX,
        };
        page.receive(millis(1), CONNECTION, Lane::Reliable, &bytes(header, Content::Ack));
        page.receive(
            millis(1),
            CONNECTION,
            Lane::Reliable,
            &bytes(header, Content::Message(line(1))),
        );
        let again = Content::Hello(Hello {
            session,
            heard: 1,
            ..Hello::default()
        });
        page.receive(millis(1), CONNECTION, Lane::Reliable, &bytes(header, again));
        assert_eq!(page.channel.waiting().0, 3, "{ack}");
    }
    let header = Header {
        ack: 3,
        ..Header::default()
    };
    page.receive(millis(1), CONNECTION, Lane::Reliable, &bytes(header, Content::Ack));
    assert_eq!(page.channel.waiting().0, 0);
    // And back again.
    page.receive(millis(1), CONNECTION, Lane::Reliable, &numbered(0, Content::Ack));
    page.say(millis(1), &line(3)).unwrap();
    assert_eq!(page.channel.waiting().0, 1);
}

#[test]
fn counts_that_go_back_take_nothing_back() {
    let mut page = victim();
    let lines = 0..20;
    for n in lines.clone() {
        page.say(Duration::ZERO, &line(n)).unwrap();
    }
    let header = |seen| Header {
        ack: seen,
        seen,
        ..Header::default()
    };
    for seen in [20, 0, 3] {
        page.receive(
            millis(1),
            CONNECTION,
            Lane::Reliable,
            &bytes(header(seen), Content::Ack),
        );
    }
    assert_eq!(page.channel.waiting().0, 0);
    page.take_sent();
    for n in lines {
        page.say(millis(2_000), &line(n)).unwrap();
    }
    assert_eq!(page.take_sent().len(), 20, "the window is what it was");
}

#[test]
fn a_peer_that_acknowledges_nothing_gets_a_window_full_and_costs_an_outbox() {
    let mut page = victim();
    let mut refused = 0;
    let mut now = Duration::ZERO;
    for n in 0..10_000 {
        match page.say(now, &Talk::Line(n, "x".repeat(1_000))) {
            Ok(()) => {}
            Err(Refused::Full) => refused += 1,
            Err(other) => panic!("{other}"),
        }
        page.say(now, &Talk::Mood(n)).unwrap();
        let _ = page.say(now, &Talk::Clap(n));
        let until = now + millis(100);
        page.pass(&mut now, until);
        assert!(is_within_bounds(&page));
    }
    assert!(refused > 9_000, "{refused}");
    assert!(page.take_sent().len() as u64 <= peer::WINDOW);
}

#[test]
fn a_channel_that_never_opens_costs_an_outbox_and_no_work() {
    let mut page = Page::new(1);
    for n in 0..10_000 {
        let _ = page.say(millis(n.into()), &line(n));
        page.say(millis(n.into()), &Talk::Mood(n)).unwrap();
        page.say(millis(n.into()), &Talk::Point(n)).unwrap();
    }
    assert!(is_within_bounds(&page));
    assert_eq!(
        (page.channel.status(), page.channel.next_deadline()),
        (Status::Unopened, None)
    );
    assert!(page.sent.is_empty());
}

#[test]
fn a_peer_that_is_another_page_with_every_hello_harms_itself_alone() {
    let mut page = victim();
    let mut now = Duration::ZERO;
    for session in 0..2_000 {
        now += millis(25);
        let _ = page.say(now, &line(session as u32));
        page.receive(now, CONNECTION, Lane::Reliable, &hello(session));
        page.receive(now, CONNECTION, Lane::Reliable, &numbered(1, Content::Message(line(1))));
        assert!(is_within_bounds(&page));
    }
    // No faster than our own pace, whatever it asks for.
    assert!(page.take_sent().len() as u32 <= peer::SEND_BURST + 50 * peer::SEND_RATE);
}

#[test]
fn a_hello_that_is_repeated_makes_nobody_send_faster_than_the_own_pace() {
    let mut page = victim();
    for n in 0..200 {
        page.say(Duration::ZERO, &Talk::Line(n, "x".repeat(1_000))).unwrap();
    }
    let mut now = Duration::ZERO;
    for seen in 0..2_000 {
        now += millis(25);
        let header = Header {
            seen,
            ..Header::default()
        };
        let again = Hello {
            session: 2,
            heard: 1,
            ..Hello::default()
        };
        page.receive(now, CONNECTION, Lane::Reliable, &bytes(header, Content::Hello(again)));
    }
    assert!(page.take_sent().len() as u32 <= peer::SEND_BURST + 50 * peer::SEND_RATE);
}

#[test]
fn frames_before_the_hello_are_not_looked_at() {
    let mut page = Page::new(1);
    page.handle(Duration::ZERO, Input::Opened { connection: CONNECTION });
    page.say(Duration::ZERO, &line(1)).unwrap();
    page.take_sent();
    let header = Header {
        number: 1,
        ack: 1,
        seen: 1,
    };
    for content in [Content::Message(line(1)), Content::Ack, Content::Unknown { tag: LATER }] {
        page.receive(Duration::ZERO, CONNECTION, Lane::Reliable, &bytes(header, content));
    }
    page.receive(Duration::ZERO, CONNECTION, Lane::Reliable, &hello(0));
    assert_eq!(page.channel.status(), Status::Greeting, "0 is no session");
    assert!(page.heard.is_empty() && page.sent.is_empty());
    assert_eq!(page.channel.waiting().0, 1);
}

#[test]
fn no_bytes_and_no_order_of_inputs_make_it_panic_or_pass_its_bounds() {
    for seed in 0..300 {
        let mut rng = Rng::with_seed(seed);
        let mut page = Page::new(1);
        let mut now = Duration::ZERO;
        for n in 0..500 {
            now += millis(rng.u64(0..100));
            let connection = ConnectionId(rng.u32(0..4));
            let lane = Lane::ALL[rng.usize(0..2)];
            match rng.u32(0..12) {
                0 => page.handle(now, Input::Opened { connection }),
                1 if rng.u32(0..8) == 0 => page.handle(now, Input::Closed { connection }),
                2 => page.handle(now, Input::Full { connection, lane }),
                3 => page.handle(now, Input::Drained { connection, lane }),
                4 => page.handle(now, Input::Tick),
                5 => drop(page.say(now, &line(n))),
                6 => drop(page.say(now, &Talk::Clap(n))),
                7 => page.receive(now, connection, Lane::Reliable, &hello(rng.u64(0..3))),
                8 => {
                    let junk: Vec<u8> = (0..rng.usize(0..60)).map(|_| rng.u8(..)).collect();
                    page.receive(now, connection, lane, &junk);
                }
                _ => {
                    let header = Header {
                        number: rng.u64(0..4),
                        ack: rng.u64(0..6),
                        seen: rng.u64(0..40),
                    };
                    let mut frame = bytes(header, Content::Message(Talk::Line(n, "word".into())));
                    let at = rng.usize(0..frame.len());
                    if rng.bool() {
                        frame[at] = rng.u8(..);
                    }
                    page.receive(now, connection, lane, &frame);
                }
            }
            assert!(is_within_bounds(&page), "seed {seed}");
        }
    }
}
