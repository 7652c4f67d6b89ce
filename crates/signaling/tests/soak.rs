//! Many people who come, talk, lose their sockets, come back or do not, at random. In the end nothing is left.

mod common;

use std::time::Duration;

use common::seats::{Answer, Member, join_with};
use common::{Server, eventually};
use protocol::{ClientMessage, Encoding, ErrorCode, ServerMessage};
use signaling::{Config, Limits};

const PEOPLE: u64 = 24;
const ROOMS: usize = 8;
const ROUNDS: usize = 200;

/// A small random number generator (SplitMix64), so that a seed makes the same decisions everywhere.
struct Random(u64);

impl Random {
    fn below(&mut self, bound: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        ((mixed ^ (mixed >> 31)) % bound as u64) as usize
    }

    fn encoding(&mut self) -> Encoding {
        Encoding::ALL[self.below(Encoding::ALL.len())]
    }
}

/// Joins a room; `None` where it is full.
async fn join(server: &Server, random: &mut Random) -> Option<Member> {
    let room = format!("room-{}", random.below(ROOMS));
    let mut client = server.client(random.encoding()).await;
    client.say(&join_with(&room, None)).await;
    match client.message().await {
        ServerMessage::Joined { you, token, peers, .. } => {
            let memory = common::seats::Memory {
                id: you.id,
                order: you.order,
                token,
                received: 0,
                known: peers.iter().map(|peer| peer.id).collect(),
            };
            Some(Member { client, room, memory })
        }
        ServerMessage::Error {
            code: ErrorCode::RoomFull,
            ..
        } => None,
        other => panic!("expected joined or room-full, got {other:?}"),
    }
}

/// Comes back; `None` where the grace was over.
async fn back(server: &Server, encoding: Encoding, member: Member) -> Option<Member> {
    let (room, memory) = member.cut();
    let mut client = server.client(encoding).await;
    client.say(&join_with(&room, Some(memory.resume()))).await;
    let mut member = Member { client, room, memory };
    match member.client.message().await {
        ServerMessage::Resumed { token, .. } => member.memory.token = token,
        ServerMessage::Joined { you, token, .. } => {
            assert_eq!((you.id, you.order), (member.memory.id, member.memory.order));
            (member.memory.token, member.memory.received) = (token, 0);
        }
        ServerMessage::Error {
            code: ErrorCode::SeatGone,
            ..
        } => return None,
        other => panic!("expected resumed, joined or seat-gone, got {other:?}"),
    }
    Some(member)
}

/// Reads until the answer to a question comes: all that was there has been read then.
async fn catch_up(member: &mut Member) {
    let room = member.room.clone();
    member.client.say(&ClientMessage::Peek { room }).await;
    while !matches!(member.message().await, ServerMessage::Occupancy { .. }) {}
}

async fn live(server: &Server, seed: u64) {
    let mut random = Random(seed);
    let mut seat: Option<Member> = None;
    for _ in 0..ROUNDS {
        seat = match seat.take() {
            None => join(server, &mut random).await,
            Some(mut member) => match random.below(12) {
                0 => {
                    member.client.say(&ClientMessage::Leave).await;
                    assert_eq!(member.client.closed().await.0, 1000);
                    None
                }
                // Gone without a word, and not back.
                1 => None,
                2 | 3 => {
                    catch_up(&mut member).await;
                    let encoding = member.client.encoding;
                    back(server, encoding, member).await
                }
                // Without having read what was said, perhaps in the other encoding.
                4 => back(server, random.encoding(), member).await,
                // Taken over while the old socket is there.
                5 => {
                    let room = member.room.clone();
                    let memory = member.memory.clone();
                    let (again, answer) = Member::back(server, random.encoding(), (room, memory)).await;
                    assert!(matches!(answer, Answer::Resumed(_) | Answer::Joined { .. }));
                    assert_eq!(member.client.closed().await.0, 4002);
                    Some(again)
                }
                6 | 7 => {
                    catch_up(&mut member).await;
                    Some(member)
                }
                _ => {
                    let known = member.memory.known.clone();
                    if !known.is_empty() {
                        let to = known[random.below(known.len())];
                        // It may have left: then the answer is an error, read later.
                        member.signal(to, "hello").await;
                    }
                    Some(member)
                }
            },
        };
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whatever_people_do_nothing_is_left_in_the_end() {
    let server = Server::start(Config {
        limits: Limits {
            room_size: 5,
            rooms: ROOMS,
        },
        // Short enough that some come back too late on a busy machine, and that the end is soon.
        grace: Duration::from_millis(500),
        ..Config::default()
    })
    .await;
    let server = std::sync::Arc::new(server);
    let lives = (0..PEOPLE).map(|number| {
        let server = std::sync::Arc::clone(&server);
        tokio::spawn(async move { live(&server, 0xC0FFEE + number).await })
    });
    for (number, life) in lives.collect::<Vec<_>>().into_iter().enumerate() {
        let lived = life.await;
        assert!(lived.is_ok(), "seed 0xC0FFEE + {number}: {lived:?}");
    }
    let stats = server.signaling.stats();
    assert!(stats.resumed > 0, "nobody came back, so this proves nothing");
    eventually("nothing is left", || {
        let stats = server.signaling.stats();
        (stats.sockets, stats.seats, stats.away, stats.rooms) == (0, 0, 0, 0)
    })
    .await;
}
