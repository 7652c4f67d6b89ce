//! Seats that outlive their sockets, in virtual time.

use protocol::{ErrorCode, Resume};

use super::*;

/// What somebody shows who takes a seat back.
pub(super) fn resume(joined: &ServerMessage, received: u64) -> Resume {
    let (ServerMessage::Joined { token, .. } | ServerMessage::Resumed { token, .. }) = joined else {
        panic!("expected joined or resumed, got {joined:?}");
    };
    Resume {
        token: token.clone(),
        received,
        known: Vec::new(),
    }
}

pub(super) fn cut() -> Result<Message, Error> {
    Err(Error::Io(std::io::ErrorKind::ConnectionReset.into()))
}

impl Peer {
    /// On a new socket, with what it shows. Gives the answer.
    pub(super) async fn back(shared: &Arc<Shared>, number: u8, shows: Resume) -> (Self, ServerMessage) {
        let mut peer = Self::connect(shared, number);
        peer.say(&join(Some(shows)));
        let answer = peer.message().await;
        (peer, answer)
    }

    fn signal(&self, to: PeerId, connection: u32) {
        let signal = Signal::Rebuild { connection };
        self.say(&ClientMessage::Signal { to, signal });
    }

    async fn heard_signal(&mut self) -> u32 {
        match self.message().await {
            ServerMessage::Signal {
                signal: Signal::Rebuild { connection },
                ..
            } => connection,
            other => panic!("expected a signal, got {other:?}"),
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_seat_is_kept_for_the_grace_and_then_given_up() {
    let shared = shared();
    let mut ada = Peer::seated(&shared, 1).await;
    let (bob, joined) = Peer::joined(&shared, 2).await;
    ada.message().await;
    let (peer, lost) = (bob.id, Instant::now());
    bob.frame(cut());
    assert_eq!(ada.message().await, ServerMessage::PeerAway { peer });
    assert_eq!(lost.elapsed(), Duration::ZERO);
    assert_eq!((shared.hub.seats(), shared.hub.away()), (2, 1));
    let reason = LeaveReason::Lost;
    assert_eq!(ada.message().await, ServerMessage::PeerLeft { peer, reason });
    assert_eq!(lost.elapsed(), GRACE);
    assert_eq!((shared.hub.seats(), shared.hub.away()), (1, 0));

    let (_, answer) = Peer::back(&shared, 3, resume(&joined, 0)).await;
    let code = ErrorCode::SeatGone;
    assert!(
        matches!(answer, ServerMessage::Error { code: given, .. } if given == code),
        "{answer:?}"
    );
    assert_eq!(shared.tasks.len(), 0, "nobody keeps a seat any more");
}

#[tokio::test(start_paused = true)]
async fn whoever_is_back_in_the_last_moment_missed_nothing_and_the_grace_begins_anew() {
    let shared = shared();
    let mut ada = Peer::seated(&shared, 1).await;
    let (mut bob, mut joined) = Peer::joined(&shared, 2).await;
    let peer = bob.id;
    ada.message().await;
    for round in 0..3 {
        bob.frame(cut());
        assert_eq!(ada.message().await, ServerMessage::PeerAway { peer });
        ada.signal(peer, round);
        let last = Instant::now() + GRACE - Duration::from_millis(1);
        while Instant::now() < last {
            let pause = last.min(Instant::now() + Duration::from_secs(10));
            tokio::time::sleep_until(pause).await;
            ada.answer_pings();
        }
        let received = u64::from(round);
        (bob, joined) = Peer::back(&shared, 10 + round as u8, resume(&joined, received)).await;
        assert!(
            matches!(joined, ServerMessage::Resumed { received: 0, .. }),
            "{joined:?}"
        );
        assert_eq!(bob.heard_signal().await, round);
        match ada.message().await {
            ServerMessage::PeerBack { peer: back } => assert_eq!(back.id, peer),
            other => panic!("expected peer-back, got {other:?}"),
        }
    }
    assert_eq!((shared.hub.seats(), shared.hub.away(), shared.hub.resumed()), (2, 0, 3));
}

#[tokio::test(start_paused = true)]
async fn a_seat_that_is_taken_over_closes_its_old_socket_and_the_others_hear_nothing() {
    let shared = shared();
    let mut ada = Peer::seated(&shared, 1).await;
    let (mut bob, joined) = Peer::joined(&shared, 2).await;
    ada.message().await;
    let (mut again, answer) = Peer::back(&shared, 3, resume(&joined, 0)).await;
    assert!(matches!(answer, ServerMessage::Resumed { .. }), "{answer:?}");
    // What the old socket says now is nobody's word any more.
    bob.signal(ada.id, 1);
    assert_eq!(bob.close_code().await, 4002);
    assert_eq!(bob.end().await, End::TakenOver);
    again.signal(ada.id, 2);
    assert_eq!(ada.heard_signal().await, 2);
    ada.signal(PeerId::from_random_bytes([2; 16]), 3);
    assert_eq!(again.heard_signal().await, 3);
    assert_eq!((shared.hub.seats(), shared.hub.away()), (2, 0));
}

#[tokio::test(start_paused = true)]
async fn what_is_out_is_asked_about_once_a_second_at_most_and_then_dropped() {
    let shared = shared();
    let mut ada = Peer::seated(&shared, 1).await;
    let (mut bob, joined) = Peer::joined(&shared, 2).await;
    ada.message().await;
    assert_eq!(ada.next().await, ping(1), "peer-joined is asked about");
    ada.pong(Bytes::copy_from_slice(&1_u64.to_be_bytes()));

    let began = Instant::now();
    let mut asked = Vec::new();
    for tenth in 1..=50 {
        ada.signal(bob.id, tenth);
        tokio::time::sleep(Duration::from_millis(100)).await;
        while let Ok(frame) = bob.from_server.try_recv() {
            if let Message::Ping(count) = frame {
                asked.push((began.elapsed().as_millis() / 100, count.last().copied()));
                bob.pong(count);
            }
        }
        ada.answer_pings();
    }
    let gaps: Vec<_> = asked.windows(2).map(|pair| pair[1].0 - pair[0].0).collect();
    assert!(asked.len() >= 4 && gaps.iter().all(|&gap| gap >= 10), "{asked:?}");
    assert!(asked.windows(2).all(|pair| pair[0].1 < pair[1].1), "{asked:?}");

    // Then it is quiet: the last ones are asked about, and after that only the usual pings come.
    let last = bob.next().await;
    assert_eq!(last, ping(50));
    bob.pong(last.into_data());
    let quiet = Instant::now();
    assert_eq!(bob.next().await, ping(50));
    assert_eq!(quiet.elapsed(), shared.ping_interval);
    let (_, answer) = Peer::back(&shared, 3, resume(&joined, 49)).await;
    assert!(
        matches!(answer, ServerMessage::Joined { .. }),
        "what arrived is not kept: {answer:?}"
    );
}

#[tokio::test(start_paused = true)]
async fn pongs_that_nobody_asked_for_acknowledge_nothing_that_is_not_out() {
    let shared = shared();
    let ada = Peer::seated(&shared, 1).await;
    let (bob, joined) = Peer::joined(&shared, 2).await;
    for payload in [&b""[..], b"hello", &[0xFF; 8], &[0; 8], &[0; 125]] {
        bob.frame(Ok(Message::Pong(Bytes::copy_from_slice(payload))));
    }
    ada.signal(bob.id, 7);
    let (mut again, answer) = Peer::back(&shared, 3, resume(&joined, 0)).await;
    assert!(matches!(answer, ServerMessage::Resumed { .. }), "{answer:?}");
    assert_eq!(again.heard_signal().await, 7);
}

#[tokio::test(start_paused = true)]
async fn shutdown_does_not_wait_for_seats_without_a_socket_and_tells_nobody() {
    let shared = shared();
    let mut ada = Peer::seated(&shared, 1).await;
    let bob = Peer::seated(&shared, 2).await;
    ada.message().await;
    let peer = bob.id;
    bob.frame(cut());
    assert_eq!(ada.message().await, ServerMessage::PeerAway { peer });
    let began = Instant::now();
    shared.shutdown.cancel();
    shared.tasks.close();
    assert!(matches!(ada.message().await, ServerMessage::Bye { .. }));
    assert_eq!(ada.close_code().await, 1001);
    shared.tasks.wait().await;
    assert_eq!(ada.end().await, End::Draining);
    assert!(began.elapsed() < Duration::from_secs(3));
    assert_eq!((shared.hub.seats(), shared.hub.rooms(), shared.hub.away()), (0, 0, 0));
}

#[tokio::test(start_paused = true)]
async fn after_a_restart_the_members_are_waited_for_twice_the_grace() {
    let before = shared();
    let (ada, ada_joined) = Peer::joined(&before, 1).await;
    let (bob, bob_joined) = Peer::joined(&before, 2).await;
    let (eve, eve_joined) = Peer::joined(&before, 3).await;
    let (ada_id, bob_id, eve_id) = (ada.id, bob.id, eve.id);

    // The same key, and nothing else of before.
    let after = shared();
    let began = Instant::now();
    let knows = |joined: &ServerMessage, known: &[PeerId]| Resume {
        known: known.to_vec(),
        ..resume(joined, 5)
    };
    let (mut ada, answer) = Peer::back(&after, 11, knows(&ada_joined, &[bob_id, eve_id])).await;
    let ServerMessage::Joined { you, peers, away, .. } = answer else {
        panic!("expected joined, got {answer:?}");
    };
    assert_eq!((you.id, peers, away), (ada_id, vec![], vec![bob_id, eve_id]));

    // One comes in the last moment.
    let last = began + GRACE * 2;
    while Instant::now() < last {
        tokio::time::sleep_until(last.min(Instant::now() + Duration::from_secs(10))).await;
        ada.answer_pings();
    }
    let (_bob, answer) = Peer::back(&after, 12, knows(&bob_joined, &[ada_id, eve_id])).await;
    assert!(
        matches!(&answer, ServerMessage::Joined { away, .. } if *away == [eve_id]),
        "{answer:?}"
    );
    assert!(matches!(ada.message().await, ServerMessage::PeerBack { peer } if peer.id == bob_id));
    let (peer, reason) = (eve_id, LeaveReason::Lost);
    assert_eq!(ada.message().await, ServerMessage::PeerLeft { peer, reason });
    assert_eq!(began.elapsed(), GRACE * 2 + Duration::from_millis(1));
    let (_, answer) = Peer::back(&after, 13, knows(&eve_joined, &[ada_id, bob_id])).await;
    let code = ErrorCode::SeatGone;
    assert!(
        matches!(answer, ServerMessage::Error { code: given, .. } if given == code),
        "{answer:?}"
    );
    assert_eq!(after.tasks.len(), 0, "nobody is waited for any more");
}

#[tokio::test(start_paused = true)]
async fn a_seat_whose_joined_never_arrived_is_given_up_with_its_socket() {
    let shared = shared();
    let mut ada = Peer::seated(&shared, 1).await;
    // Eight reloads, each before the page has read what it was answered: no more than one of them takes a place at a time.
    for number in 2..10 {
        let (bob, joined) = Peer::unread(&shared, number).await;
        assert!(matches!(ada.message().await, ServerMessage::PeerJoined { .. }));
        bob.frame(cut());
        let (peer, reason) = (bob.id, LeaveReason::Lost);
        assert_eq!(ada.message().await, ServerMessage::PeerLeft { peer, reason });
        assert_eq!((shared.hub.seats(), shared.hub.away()), (1, 0));
        let (_, answer) = Peer::back(&shared, 20 + number, resume(&joined, 0)).await;
        assert!(
            matches!(
                answer,
                ServerMessage::Error {
                    code: ErrorCode::SeatGone,
                    ..
                }
            ),
            "{answer:?}"
        );
    }
}

#[tokio::test(start_paused = true)]
async fn whatever_tells_that_a_joined_has_arrived_earns_its_seat_the_grace() {
    let shared = shared();
    let mut ada = Peer::seated(&shared, 1).await;
    let (ponged, _) = Peer::unread(&shared, 2).await;
    ponged.pong(Bytes::copy_from_slice(&0_u64.to_be_bytes()));
    let (spoke, _) = Peer::unread(&shared, 3).await;
    spoke.signal(ada.id, 7);
    let (old, joined) = Peer::unread(&shared, 4).await;
    let (back, _) = Peer::back(&shared, 5, resume(&joined, 0)).await;
    for (bob, peer) in [(&ponged, ponged.id), (&spoke, spoke.id), (&back, old.id)] {
        bob.frame(cut());
        while ada.message().await != (ServerMessage::PeerAway { peer }) {}
    }
    assert_eq!((shared.hub.seats(), shared.hub.away()), (4, 3));
}

#[tokio::test(start_paused = true)]
async fn a_ping_of_before_the_join_does_not_ask_about_the_joined() {
    let shared = shared();
    let mut ada = Peer::seated(&shared, 1).await;
    let mut bob = Peer::connect(&shared, 2);
    let early = bob.next().await;
    assert!(early.is_ping(), "{early:?}");
    ada.answer_pings();
    bob.say(&join(None));
    let answer = bob.message().await;
    assert!(matches!(answer, ServerMessage::Joined { .. }), "{answer:?}");
    assert!(matches!(ada.message().await, ServerMessage::PeerJoined { .. }));
    bob.pong(early.into_data());
    bob.frame(cut());
    let (peer, reason) = (bob.id, LeaveReason::Lost);
    assert_eq!(ada.message().await, ServerMessage::PeerLeft { peer, reason });
}
