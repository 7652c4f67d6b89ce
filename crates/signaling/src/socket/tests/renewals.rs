//! ICE servers that are good for some time only, in virtual time.

use std::sync::Mutex;

use protocol::IceServer;

use super::seats::{cut, resume};
use super::*;

const LIFETIME: Duration = Duration::from_secs(12 * 60 * 60);

/// A relay that numbers what it issues, and says when.
#[derive(Debug, Default)]
struct Turn(Mutex<Vec<(PeerId, Instant)>>);

impl Turn {
    fn shared() -> (Arc<Shared>, Arc<Self>) {
        let turn = Arc::new(Self::default());
        (shared_with(Some(Arc::clone(&turn) as _)), turn)
    }

    fn issued(&self) -> usize {
        self.0.lock().expect("not poisoned").len()
    }
}

impl IceCredentials for Turn {
    fn issue(&self, peer: PeerId, _: Option<&str>) -> Vec<IceServer> {
        let mut issued = self.0.lock().expect("not poisoned");
        issued.push((peer, Instant::now()));
        vec![IceServer {
            urls: vec!["turn:192.0.2.1".into()],
            username: Some(peer.to_string()),
            credential: Some(issued.len().to_string()),
        }]
    }

    fn lifetime(&self) -> Option<Duration> {
        Some(LIFETIME)
    }

    fn ended(&self, _: PeerId) {}
}

/// Which of all that were issued these are.
fn number(message: &ServerMessage) -> usize {
    let (ServerMessage::Joined { ice_servers, .. }
    | ServerMessage::Resumed { ice_servers, .. }
    | ServerMessage::IceServers { ice_servers }) = message
    else {
        panic!("expected ICE servers, got {message:?}");
    };
    let number = ice_servers[0].credential.as_deref().expect("a credential");
    number.parse().expect("a number")
}

fn is_half(passed: Duration) -> bool {
    passed > LIFETIME * 3 / 8 && passed <= LIFETIME / 2
}

impl Peer {
    /// Answers pings until then; nothing else may come.
    async fn idles_until(&mut self, until: Instant) {
        while Instant::now() < until {
            let pause = until.min(Instant::now() + Duration::from_secs(10));
            tokio::time::sleep_until(pause).await;
            self.answer_pings();
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_seat_gets_newer_servers_again_and_again_before_half_of_their_time_is_over() {
    let (shared, turn) = Turn::shared();
    let (mut ada, joined) = Peer::joined(&shared, 1).await;
    assert_eq!(number(&joined), 1);
    for nth in 2..6 {
        let given = Instant::now();
        let message = ada.message().await;
        assert!(matches!(message, ServerMessage::IceServers { .. }), "{message:?}");
        assert_eq!(number(&message), nth);
        assert!(is_half(given.elapsed()), "after {:?}", given.elapsed());
        assert_eq!(
            turn.0.lock().expect("not poisoned").last(),
            Some(&(ada.id, Instant::now())),
            "they are as new as can be"
        );
    }
}

#[tokio::test(start_paused = true)]
async fn seats_that_began_together_renew_one_by_one() {
    let (shared, turn) = Turn::shared();
    let mut peers = Vec::new();
    for number in 1..=8 {
        peers.push(Peer::seated(&shared, 31 * number).await);
    }
    let half = Instant::now() + LIFETIME / 2;
    while Instant::now() < half {
        tokio::time::sleep_until(half.min(Instant::now() + Duration::from_secs(10))).await;
        for peer in &mut peers {
            while let Ok(frame) = peer.from_server.try_recv() {
                if let Message::Ping(count) = frame {
                    peer.pong(count);
                }
            }
        }
    }
    let issued = turn.0.lock().expect("not poisoned");
    let mut moments: Vec<_> = issued[8..].iter().map(|(_, at)| *at).collect();
    moments.dedup();
    assert_eq!(moments.len(), 8);
}

#[tokio::test(start_paused = true)]
async fn a_renewal_is_no_reason_to_ask_what_has_arrived() {
    let (shared, turn) = Turn::shared();
    let mut ada = Peer::seated(&shared, 1).await;
    let began = Instant::now();
    let mut pings = 0;
    while began.elapsed() < LIFETIME {
        if let Message::Ping(count) = ada.next().await {
            assert_eq!(*count, 0_u64.to_be_bytes(), "they are not counted");
            ada.pong(count);
            pings += 1;
        }
    }
    assert_eq!((turn.issued(), pings), (3, LIFETIME.as_secs() / 20));
}

#[tokio::test(start_paused = true)]
async fn whoever_is_away_is_made_none_and_comes_back_to_the_newest_alone() {
    let (shared, turn) = Turn::shared();
    let (mut ada, joined) = Peer::joined(&shared, 1).await;
    let began = Instant::now();
    let first = ada.message().await;
    let moment = began.elapsed();
    assert_eq!(number(&first), 2);

    // Nothing goes out any more when the next are due; they wait in vain, and the socket is lost.
    ada.idles_until(began + 2 * moment - Duration::from_secs(5)).await;
    ada.stuck.store(true, SeqCst);
    tokio::time::sleep(Duration::from_secs(10)).await;
    assert_eq!(turn.issued(), 3);
    ada.frame(cut());
    assert_eq!(ada.end().await, End::Lost);
    tokio::time::sleep(GRACE / 2).await;
    assert_eq!(turn.issued(), 3, "none for whoever is away");

    let (mut ada, back) = Peer::back(&shared, 2, resume(&joined, 0)).await;
    assert!(matches!(back, ServerMessage::Resumed { .. }), "{back:?}");
    assert_eq!(number(&back), 4);
    let began = Instant::now();
    ada.say(&peek());
    let next = ada.message().await;
    assert!(matches!(next, ServerMessage::Occupancy { .. }), "stale ones: {next:?}");
    assert_eq!(number(&ada.message().await), 5);
    assert_eq!(began.elapsed(), moment, "from the newest on, at the seat's own moment");
}

#[tokio::test(start_paused = true)]
async fn without_a_seat_and_without_a_relay_there_is_nothing_to_renew() {
    let (with_relay, turn) = Turn::shared();
    let mut lobby = Peer::connect(&with_relay, 1);
    lobby.say(&ClientMessage::Probe);
    let probed = lobby.message().await;
    assert!(matches!(probed, ServerMessage::Probed { .. }), "{probed:?}");
    lobby.idles_until(Instant::now() + LIFETIME).await;
    assert_eq!(turn.issued(), 1);
    let mut alone = Peer::seated(&shared(), 1).await;
    alone.idles_until(Instant::now() + LIFETIME).await;
}
