//! Packets through a TURN relay, and what CPU and memory that costs it.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::time::Duration;

use anyhow::{Result, ensure};
use tokio::net::UdpSocket;
use tokio::task::JoinSet;
use tokio::time::{MissedTickBehavior, interval};

use crate::meter::{self, Meter};
use crate::process::{Running, TurnServer};
use crate::relay::{Plan, Relayed};
use crate::turn::{HEADER, Pair, packet};

/// Payload of a packet: about what a browser sends of a video.
const PAYLOAD: u16 = 1_200;

/// Packets under way between all pairs together, or one each where there are more pairs. So few that every
/// socket's buffer holds them: none are lost, and the two relays carry the same load.
const IN_FLIGHT: usize = 64;

/// A client from which nothing has come for so long begins anew: a datagram may be lost all the same.
const STALLED: Duration = Duration::from_millis(100);

/// Pairs opened at the same time.
const OPENING: usize = 16;

/// Lets each pair of allocations carry packets back and forth as fast as it can: what arrives at one client goes back to the other.
/// Counted are packets that arrived, at either end.
pub(crate) async fn throughput(running: &Running, server: &TurnServer, pairs: usize, plan: Plan) -> Result<Relayed> {
    let opened = open(server, pairs).await?;
    let arrived: Arc<AtomicU64> = Arc::default();
    let mut ends = JoinSet::new();
    let window = (IN_FLIGHT / pairs).max(1);
    for Pair { clients } in opened {
        for (client, window) in clients.into_iter().zip([window, 0]) {
            ends.spawn(send_again(client, packet(PAYLOAD), window, Arc::clone(&arrived)));
        }
    }
    let measured = async {
        tokio::time::sleep(plan.warm_up).await;
        let (before, meter) = (arrived.load(Relaxed), Meter::start(running.process())?);
        tokio::time::sleep(plan.measured).await;
        let (after, usage) = (arrived.load(Relaxed), meter.stop()?);
        anyhow::Ok(Relayed {
            messages: after - before,
            usage,
        })
    };
    let relayed = tokio::select! {
        relayed = measured => relayed?,
        Some(ended) = ends.join_next() => return Err(ended?.err().unwrap_or_else(|| anyhow::anyhow!("an end stopped"))),
    };
    ensure!(relayed.messages > 0, "nothing came through the relay");
    Ok(relayed)
}

/// Packets a second from one person to another, as their video would send.
const PACE: u32 = 500;

/// Sends at an even pace from one client to another for so long. Returns the packets that were sent, and those that arrived.
pub(crate) async fn at_a_pace(server: &TurnServer, duration: Duration) -> Result<(u64, u64)> {
    let Pair { clients: [from, to] } = Pair::open(server.address, server.login(0)).await?;
    let packet = packet(PAYLOAD);
    let mut pace = interval(Duration::from_secs(1) / PACE);
    pace.set_missed_tick_behavior(MissedTickBehavior::Burst);
    let arrived: Arc<AtomicU64> = Arc::default();
    let counting = Arc::clone(&arrived);
    let receiver = tokio::spawn(async move {
        let mut buffer = [0; HEADER + PAYLOAD as usize + 1];
        while to.recv(&mut buffer).await.is_ok() {
            counting.fetch_add(1, Relaxed);
        }
    });
    let packets = u64::from(PACE) * duration.as_secs();
    for _ in 0..packets {
        pace.tick().await;
        from.send(&packet).await?;
    }
    // What is still under way.
    let _ = tokio::time::timeout(Duration::from_secs(2), async {
        while arrived.load(Relaxed) < packets {
            pace.tick().await;
        }
    })
    .await;
    receiver.abort();
    Ok((packets, arrived.load(Relaxed)))
}

/// Memory for each allocation with a channel, in bytes, when so many pairs of them are open and nothing is sent.
pub(crate) async fn memory(running: &Running, server: &TurnServer, pairs: usize, settle: Duration) -> Result<f64> {
    // What is allocated once, whatever comes.
    let first = open(server, 1).await?;
    tokio::time::sleep(settle).await;
    let before = meter::resident_bytes(running.process())?;
    let opened = open(server, pairs).await?;
    tokio::time::sleep(settle).await;
    let after = meter::resident_bytes(running.process())?;
    drop((first, opened));
    Ok(after.saturating_sub(before) as f64 / (2 * pairs) as f64)
}

async fn open(server: &TurnServer, pairs: usize) -> Result<Vec<Pair>> {
    let mut opened = Vec::with_capacity(pairs);
    let mut opening = JoinSet::new();
    for nth in 0..pairs {
        let (relay, login) = (server.address, server.login(2 * nth).clone());
        opening.spawn(async move { Pair::open(relay, &login).await });
        if opening.len() == OPENING
            && let Some(one) = opening.join_next().await
        {
            opened.push(one??);
        }
    }
    while let Some(one) = opening.join_next().await {
        opened.push(one??);
    }
    Ok(opened)
}

/// Sends a packet for each that arrives; `window` of them to begin with.
async fn send_again(socket: UdpSocket, packet: Vec<u8>, window: usize, arrived: Arc<AtomicU64>) -> Result<()> {
    let mut buffer = [0; HEADER + PAYLOAD as usize + 1];
    let mut stalled = interval(STALLED);
    stalled.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut came = 0;
    loop {
        tokio::select! {
            biased;
            ready = socket.readable() => {
                ready?;
                let before = came;
                while let Ok(length) = socket.try_recv(&mut buffer) {
                    ensure!(length >= PAYLOAD.into(), "something else came than a relayed packet");
                    came += 1;
                    // A full buffer loses a packet, as a network does.
                    let _ = socket.try_send(&packet);
                }
                arrived.fetch_add(came - before, Relaxed);
            }
            _ = stalled.tick() => {
                if came == 0 {
                    for _ in 0..window {
                        let _ = socket.try_send(&packet);
                    }
                }
                came = 0;
            }
        }
    }
}
