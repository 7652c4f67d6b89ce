//! One socket in virtual time.

use std::sync::Arc;
use std::sync::atomic::Ordering::SeqCst;

use protocol::limits::{GRACE, OUTBOX_MESSAGES};
use protocol::{ClientMessage, LeaveReason, Media, Resume, Signal};
use tokio_tungstenite::tungstenite::Utf8Bytes;
use tokio_tungstenite::tungstenite::protocol::CloseFrame;

use super::*;
use crate::hub::HubConfig;
use crate::ice::IceCredentials;
use crate::resume_token::SeatKey;
use crate::rooms::Limits;
use peer::Peer;

fn join(resume: Option<Resume>) -> ClientMessage {
    ClientMessage::Join {
        room: "room".into(),
        name: "Ada".into(),
        media: Media::default(),
        resume,
    }
}

/// A ping that asks about so many counted frames.
fn ping(count: u64) -> Message {
    Message::Ping(Bytes::copy_from_slice(&count.to_be_bytes()))
}

fn shared() -> Arc<Shared> {
    shared_with(None)
}

fn shared_with(ice_credentials: Option<Arc<dyn IceCredentials>>) -> Arc<Shared> {
    let (tasks, shutdown) = (TaskTracker::new(), CancellationToken::new());
    let config = HubConfig {
        limits: Limits::default(),
        ice_servers: Vec::new(),
        ice_credentials,
        key: SeatKey::from_random_bytes([7; 32]),
        grace: GRACE,
        grace_after: Duration::ZERO,
        tasks: tasks.clone(),
        shutdown: shutdown.clone(),
    };
    Arc::new(Shared {
        hub: Hub::new(config),
        counters: Counters::default(),
        shutdown,
        tasks,
        rate: Rate::default(),
        ping_interval: Duration::from_secs(20),
        timeout: Duration::from_secs(45),
    })
}

fn peek() -> ClientMessage {
    let room = "room".into();
    ClientMessage::Peek { room }
}

#[tokio::test(start_paused = true)]
async fn a_silent_client_is_pinged_twice_and_closed_after_45_seconds() {
    let shared = shared();
    let mut witness = Peer::seated(&shared, 1).await;
    let mut silent = Peer::seated(&shared, 2).await;
    witness.message().await;
    let began = Instant::now();
    for seconds in [20, 40] {
        assert_eq!(silent.next().await, ping(0));
        assert_eq!(began.elapsed().as_secs(), seconds);
        witness.answer_pings();
    }
    assert_eq!(silent.close_code().await, 4001);
    assert_eq!(began.elapsed().as_secs(), 45);
    let peer = silent.id;
    assert_eq!(witness.message().await, ServerMessage::PeerAway { peer });
    assert_eq!(silent.end().await, End::Refused(CloseCode::Silent));
    let reason = LeaveReason::Lost;
    assert_eq!(witness.message().await, ServerMessage::PeerLeft { peer, reason });
    assert_eq!(began.elapsed(), Duration::from_secs(45) + GRACE);
}

#[tokio::test(start_paused = true)]
async fn a_client_that_only_answers_pings_stays_for_hours() {
    let shared = shared();
    let mut peer = Peer::seated(&shared, 1).await;
    let began = Instant::now();
    let mut pings = 0;
    while began.elapsed() < Duration::from_secs(2 * 3_600) {
        assert_eq!(peer.next().await, ping(0));
        peer.pong(Bytes::copy_from_slice(&0_u64.to_be_bytes()));
        pings += 1;
    }
    assert_eq!(pings, 2 * 3_600 / 20, "an idle seat is not asked more often");
    peer.say(&peek());
    assert!(matches!(
        peer.message().await,
        ServerMessage::Occupancy { count: 1, .. }
    ));
}

#[tokio::test(start_paused = true)]
async fn a_client_is_asked_at_once_what_has_arrived_when_much_is_out() {
    let shared = shared();
    let mut peer = Peer::seated(&shared, 1).await;
    let talker = Peer::seated(&shared, 2).await;
    peer.message().await;
    let began = Instant::now();
    let much = OUTBOX_MESSAGES / 16;
    // The `peer-joined` counts too.
    for (signals, count) in [(much, much + 1), (much + 1, 2 * (much + 1))] {
        for _ in 0..signals {
            let signal = Signal::Rebuild { connection: 0 };
            talker.say(&ClientMessage::Signal { to: peer.id, signal });
            let heard = peer.next().await;
            assert!(matches!(heard, Message::Binary(_)), "{heard:?}");
        }
        let count = count as u64;
        assert_eq!(peer.next().await, ping(count));
        peer.pong(Bytes::copy_from_slice(&count.to_be_bytes()));
        tokio::task::yield_now().await;
    }
    assert_eq!(began.elapsed(), Duration::ZERO);
}

#[tokio::test(start_paused = true)]
async fn a_client_that_answers_no_close_is_cut_off() {
    let shared = shared();
    let mut peer = Peer::seated(&shared, 1).await;
    peer.say(&ClientMessage::Leave);
    let began = Instant::now();
    assert!(peer.next().await.is_close());
    let keeps_the_line_open = peer.to_server.take();
    assert_eq!(peer.end().await, End::Left);
    assert_eq!(began.elapsed(), CLOSE_GRACE);
    drop(keeps_the_line_open);
}

#[tokio::test(start_paused = true)]
async fn a_burst_is_answered_and_a_flood_is_closed() {
    let shared = shared();
    let mut peer = Peer::connect(&shared, 1);
    (0..2_000).for_each(|_| peer.say(&peek()));
    for _ in 0..shared.rate.burst {
        assert!(matches!(peer.message().await, ServerMessage::Occupancy { .. }));
    }
    let last = peer.message().await;
    assert!(
        matches!(
            last,
            ServerMessage::Error {
                code: ErrorCode::RateLimited,
                ..
            }
        ),
        "{last:?}"
    );
    assert_eq!(peer.close_code().await, 1008);
    assert_eq!(peer.end().await, End::Refused(CloseCode::RateLimited));
}

#[tokio::test(start_paused = true)]
async fn a_steady_talker_at_the_rate_is_never_closed() {
    let shared = shared();
    let mut peer = Peer::connect(&shared, 1);
    for _ in 0..60 {
        (0..shared.rate.per_second).for_each(|_| peer.say(&peek()));
        for _ in 0..shared.rate.per_second {
            while peer.next().await.is_ping() {}
        }
        tokio::time::sleep(Duration::from_secs(1)).await;
    }
    assert!(!peer.ended.is_finished());
}

#[tokio::test(start_paused = true)]
async fn a_reader_that_takes_nothing_is_closed_and_the_others_lose_no_time() {
    let shared = shared();
    let mut talker = Peer::seated(&shared, 1).await;
    let mut witness = Peer::seated(&shared, 2).await;
    let slow = Peer::seated(&shared, 3).await;
    for _ in 0..2 {
        talker.message().await;
    }
    witness.message().await;
    slow.stuck.store(true, SeqCst);
    let began = Instant::now();
    let to = slow.id;
    let signal = Signal::Rebuild { connection: 0 };
    // In two parts: one burst alone would not fill an outbox.
    for _ in 0..2 {
        for _ in 0..700 {
            let signal = signal.clone();
            talker.say(&ClientMessage::Signal { to, signal });
        }
        if shared.hub.seats() == 3 {
            tokio::time::sleep(Duration::from_secs(5)).await;
        }
    }
    let (peer, reason) = (slow.id, LeaveReason::Removed);
    assert_eq!(witness.message().await, ServerMessage::PeerLeft { peer, reason });
    assert_eq!(began.elapsed().as_secs(), 10, "the sleeps above and nothing else");
    assert_eq!(slow.end().await, End::Refused(CloseCode::SlowReader));
}

#[tokio::test(start_paused = true)]
async fn how_a_client_goes_decides_what_the_others_hear() {
    use tokio_tungstenite::tungstenite::error::{CapacityError, ProtocolError};
    let close = |code: u16| {
        let reason = Utf8Bytes::from_static("");
        Ok(Message::Close(Some(CloseFrame {
            code: code.into(),
            reason,
        })))
    };
    let too_long = CapacityError::MessageTooLong { size: 9, max_size: 1 };
    let cases = [
        (Ok(Message::Close(None)), Some(LeaveReason::Left)),
        (close(1000), Some(LeaveReason::Left)),
        (close(1001), Some(LeaveReason::Left)),
        (close(4999), None),
        (close(1011), None),
        (Err(Error::Io(std::io::ErrorKind::ConnectionReset.into())), None),
        (Err(Error::Protocol(ProtocolError::ResetWithoutClosingHandshake)), None),
        (Err(Error::Capacity(too_long)), Some(LeaveReason::Removed)),
        (Err(Error::Utf8(String::new())), Some(LeaveReason::Removed)),
        (Ok(Message::text("binary was agreed on")), Some(LeaveReason::Removed)),
    ];
    for (frame, expected) in cases {
        let shared = shared();
        let mut witness = Peer::seated(&shared, 1).await;
        let goer = Peer::seated(&shared, 2).await;
        witness.message().await;
        let case = format!("{frame:?}");
        goer.frame(frame);
        let peer = goer.id;
        let heard = match expected {
            Some(reason) => ServerMessage::PeerLeft { peer, reason },
            None => ServerMessage::PeerAway { peer },
        };
        assert_eq!(witness.message().await, heard, "{case}");
    }
}

#[tokio::test(start_paused = true)]
async fn shutdown_says_bye_and_nobody_hears_of_anybody_leaving() {
    let shared = shared();
    let mut peers = [Peer::seated(&shared, 1).await, Peer::seated(&shared, 2).await];
    peers[0].message().await;
    shared.shutdown.cancel();
    for peer in &mut peers {
        let retry_after_ms = 1_234;
        assert_eq!(peer.message().await, ServerMessage::Bye { retry_after_ms });
        assert_eq!(peer.close_code().await, 1001);
    }
    for peer in peers {
        assert_eq!(peer.end().await, End::Draining);
    }
    assert_eq!((shared.hub.seats(), shared.hub.rooms()), (0, 0));
}

mod peer;
mod renewals;
mod seats;
