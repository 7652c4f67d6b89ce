//! Signal messages relayed from one client to another, and what CPU that costs the server.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use protocol::{Encoding, ServerMessage};
use tokio::task::JoinSet;
use tokio_tungstenite::tungstenite::Message;

use crate::loopback::Loopback;
use crate::meter::{Meter, Usage};
use crate::process::Running;
use crate::seat::{self, Seat, Server};
use crate::websocket::{self, Socket};
use crate::{payload, stats};

/// Pairs of clients that talk at the same time.
const PAIRS: usize = 32;

/// Messages under way in each direction of a pair. Each one that arrives sends the next on its way.
const IN_FLIGHT: usize = 8;

/// How long.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Plan {
    /// Before counting begins.
    pub(crate) warm_up: Duration,
    /// That count.
    pub(crate) measured: Duration,
}

/// What was relayed.
pub(crate) struct Relayed {
    /// Messages that arrived.
    pub(crate) messages: u64,
    /// Who was busy.
    pub(crate) usage: Usage,
}

impl Relayed {
    /// Messages for each second of the server's CPU time.
    pub(crate) fn per_core(&self) -> f64 {
        self.messages as f64 / self.usage.server_cpu.max(f64::EPSILON)
    }
}

/// One end of a pair.
struct End {
    socket: Socket,
    /// To the other end, in turn.
    frames: Vec<Message>,
    /// Whether what came is a relayed message.
    is_relayed: fn(&[u8]) -> bool,
}

/// Lets all pairs of a server talk as fast as they can.
pub(crate) async fn measure(running: &Running, server: Server, plan: Plan) -> Result<Relayed> {
    let mut ends = Vec::new();
    for pair in 0..PAIRS {
        ends.extend(match server {
            Server::Parlour(_) => parlour_pair(server, pair).await?,
            Server::Reference { peers, .. } => peer_js_pair(peers, pair).await?,
        });
    }
    talk(running, ends, plan).await
}

/// The same for the relay without rooms.
pub(crate) async fn measure_bare(running: &Running, server: Loopback, plan: Plan) -> Result<Relayed> {
    let mut ends = Vec::new();
    for pair in 0..PAIRS {
        ends.extend(bare_pair(server, u32::try_from(pair)?).await?);
    }
    talk(running, ends, plan).await
}

async fn parlour_pair(server: Server, pair: usize) -> Result<[End; 2]> {
    let room = format!("relay-{pair}");
    let first = Seat::join(server, &room, "first", pair).await?;
    let second = Seat::join(server, &room, "second", pair).await?;
    let (Seat::Parlour { mut socket, id }, Seat::Parlour { socket: other, id: to }) = (first, second) else {
        anyhow::bail!("these are seats of Parlour");
    };
    let joined = websocket::expect(&mut socket).await?;
    let joined = Encoding::Postcard
        .decode_frame(&joined)
        .context("the first hears of the second")?
        .message;
    ensure!(
        matches!(joined, ServerMessage::PeerJoined { .. }),
        "the first hears of the second"
    );
    let end = |socket: Box<Socket>, to| End {
        socket: *socket,
        frames: payload::parlour(to),
        is_relayed: payload::is_parlour_signal,
    };
    Ok([end(socket, to), end(other, id)])
}

async fn peer_js_pair(server: Loopback, pair: usize) -> Result<[End; 2]> {
    let ids = [format!("first-{pair}"), format!("second-{pair}")];
    let end = async |own: usize| -> Result<End> {
        Ok(End {
            socket: seat::open_peer(server, &ids[own], pair).await?,
            frames: payload::peer_js(&ids[1 - own]),
            is_relayed: |bytes| {
                bytes.starts_with(br#"{"type":"OFFER""#) || bytes.starts_with(br#"{"type":"CANDIDATE""#)
            },
        })
    };
    Ok([end(0).await?, end(1).await?])
}

async fn bare_pair(server: Loopback, pair: u32) -> Result<[End; 2]> {
    let end = async |own: u32, other: u32| -> Result<End> {
        let mut socket = websocket::open(server, "/ws", None, pair as usize).await?;
        let number = own.to_le_bytes().to_vec();
        websocket::send(&mut socket, Message::binary(number)).await?;
        websocket::expect(&mut socket).await?;
        Ok(End {
            socket,
            frames: payload::bare(other),
            is_relayed: |_| true,
        })
    };
    Ok([end(2 * pair, 2 * pair + 1).await?, end(2 * pair + 1, 2 * pair).await?])
}

async fn talk(running: &Running, ends: Vec<End>, plan: Plan) -> Result<Relayed> {
    let counters: Vec<Arc<AtomicU64>> = ends.iter().map(|_| Arc::default()).collect();
    let mut talking = JoinSet::new();
    for (number, (end, counter)) in ends.into_iter().zip(&counters).enumerate() {
        talking.spawn(end.talk(number, Arc::clone(counter)));
    }
    let total = || {
        counters
            .iter()
            .map(|counter| counter.load(Ordering::Relaxed))
            .sum::<u64>()
    };
    let measured = async {
        tokio::time::sleep(plan.warm_up).await;
        let (before, meter) = (total(), Meter::start(running.process())?);
        tokio::time::sleep(plan.measured).await;
        let (after, usage) = (total(), meter.stop()?);
        anyhow::Ok(Relayed {
            messages: after - before,
            usage,
        })
    };
    let relayed = tokio::select! {
        relayed = measured => relayed?,
        Some(ended) = talking.join_next() => {
            let error = ended?.err();
            return Err(error.unwrap_or_else(|| anyhow::anyhow!("ended too early")).context("a client was cut off"));
        }
    };
    let each: Vec<f64> = counters
        .iter()
        .map(|counter| counter.load(Ordering::Relaxed) as f64)
        .collect();
    let slowest = stats::percentile(&each, 0.0).unwrap_or_default();
    ensure!(slowest > 0.0, "some clients got no message at all");
    Ok(relayed)
}

impl End {
    /// Sends, and sends again for each message that arrives, until it is cut off. What arrives together is answered together.
    async fn talk(mut self, number: usize, counter: Arc<AtomicU64>) -> Result<()> {
        // Each begins at another place of the mix, so that not all send their long one at the same time.
        let mut next = number;
        for _ in 0..IN_FLIGHT {
            self.feed(&mut next).await?;
        }
        loop {
            websocket::flush(&mut self.socket).await?;
            let mut message = websocket::receive(&mut self.socket).await?;
            loop {
                ensure!(
                    (self.is_relayed)(&message),
                    "something else came than a relayed message"
                );
                counter.fetch_add(1, Ordering::Relaxed);
                self.feed(&mut next).await?;
                match websocket::received(&mut self.socket) {
                    Some(another) => message = another?,
                    None => break,
                }
            }
        }
    }

    async fn feed(&mut self, next: &mut usize) -> Result<()> {
        let frame = self.frames[*next % self.frames.len()].clone();
        *next += 1;
        websocket::feed(&mut self.socket, frame).await
    }
}
