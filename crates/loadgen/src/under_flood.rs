//! People at many addresses, while one address floods the server: whether they join, hear and reach each other as before.

use std::process::Stdio;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::time::Duration;

use anyhow::{Context, Error, Result, ensure};
use client::tls::Trust;
use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::process::{Child, ChildStdout, Command};
use tokio::task::JoinSet;
use tokio::time::{Instant, interval, sleep, timeout};

use crate::loopback::Loopback;
use crate::process::{Running, TurnServer};
use crate::seat::{Seat, Server};
use crate::websocket::PATIENCE;
use crate::{churn, flood, meter, turn_load};

/// Newcomers at the same time, where as many are let in as the server can.
const WORKERS: usize = 8;

/// TLS handshakes of others.
const HANDSHAKES_A_SECOND: u32 = 20;

/// Rooms that they come into in turn. They are held open, so that nobody opens one.
const ROOMS: usize = 16;

/// How much.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Plan {
    /// Newcomers at an even pace, and those who watch.
    pub(crate) churn: churn::Plan,
    /// How long newcomers come as fast as they can.
    pub(crate) joining: Duration,
}

/// What those saw who did not flood.
pub(crate) struct Seen {
    /// Connections of the flood.
    pub(crate) connections_a_second: f64,
    /// Joins and leaves at an even pace.
    pub(crate) churn: churn::Churn,
    /// Packets through the relay meanwhile, and those of them that were lost.
    pub(crate) packets: u64,
    pub(crate) lost: u64,
    /// Joins a second, where newcomers come as fast as they can.
    pub(crate) joins_a_second: f64,
    /// Bytes of the server's memory before the flood, in the middle of it and at its end.
    pub(crate) memory: [u64; 3],
}

/// Measures while another process floods what is at these two addresses.
pub(crate) async fn measure(
    running: &Running,
    server: Loopback,
    relay: &TurnServer,
    flooded: [Loopback; 2],
    plan: Plan,
) -> Result<Seen> {
    let before = meter::resident_bytes(running.process())?;
    let flood = Flood::start(flooded).await?;
    let media = turn_load::at_a_pace(
        relay,
        Duration::from_secs((plan.churn.warm_up + plan.churn.seconds) as u64),
    );
    let (churn, media) = tokio::join!(churn::measure(running, Server::Parlour(server), plan.churn), media);
    let (packets, arrived) = media?;
    let middle = meter::resident_bytes(running.process())?;
    let joins = join_again_and_again(server, plan.joining).await?;
    let after = meter::resident_bytes(running.process())?;
    Ok(Seen {
        connections_a_second: flood.end().await?,
        churn: churn?,
        packets,
        lost: packets - arrived,
        joins_a_second: joins as f64 / plan.joining.as_secs_f64(),
        memory: [before, middle, after],
    })
}

/// Milliseconds that each TLS handshake of others took, while another process floods the server that speaks it. The clock of each starts
/// before it connects.
pub(crate) async fn handshakes(server: Loopback, relay: Loopback, duration: Duration) -> Result<Vec<f64>> {
    let _flood = Flood::start([server, relay]).await?;
    let trust = Trust::default();
    let mut pace = interval(Duration::from_secs(1) / HANDSHAKES_A_SECOND);
    let mut under_way = JoinSet::new();
    let end = Instant::now() + duration;
    for number in 0.. {
        pace.tick().await;
        if Instant::now() >= end {
            break;
        }
        let trust = trust.clone();
        under_way.spawn(async move {
            let begun = Instant::now();
            let handshake = async {
                trust
                    .connect(server.connect(number).await?, "localhost", &[])
                    .await
                    .map_err(Error::msg)
            };
            timeout(PATIENCE, handshake)
                .await
                .context("a handshake takes too long")??;
            anyhow::Ok(begun.elapsed().as_secs_f64() * 1_000.0)
        });
    }
    let mut times = Vec::new();
    while let Some(time) = under_way.join_next().await {
        times.push(time??);
    }
    Ok(times)
}

/// Another process that floods, until it is dropped.
struct Flood {
    child: Child,
    output: BufReader<ChildStdout>,
    begun: Instant,
}

impl Flood {
    async fn start([server, relay]: [Loopback; 2]) -> Result<Self> {
        let mut command = Command::new(std::env::current_exe()?);
        command
            .args(["flood", "--server", &server.to_string(), "--relay", &relay.to_string()])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .kill_on_drop(true);
        let mut child = command.spawn().context("cannot start the flood")?;
        let output = child.stdout.take().context("its output is a pipe")?;
        let mut flood = Self {
            child,
            output: BufReader::new(output),
            begun: Instant::now(),
        };
        ensure!(flood.line().await? == flood::READY, "the flood does not begin");
        Ok(flood)
    }

    /// Ends it. Returns the connections that it has begun a second.
    async fn end(mut self) -> Result<f64> {
        ensure!(self.child.try_wait()?.is_none(), "the flood ended before its time");
        drop(self.child.stdin.take());
        let seconds = self.begun.elapsed().as_secs_f64();
        let connections: f64 = self
            .line()
            .await?
            .parse()
            .context("it says how many connections there were")?;
        Ok(connections / seconds)
    }

    async fn line(&mut self) -> Result<String> {
        let mut line = String::new();
        timeout(PATIENCE, self.output.read_line(&mut line)).await??;
        Ok(line.trim().to_owned())
    }
}

/// Joins that were answered by a seat.
async fn join_again_and_again(server: Loopback, duration: Duration) -> Result<u64> {
    let server = Server::Parlour(server);
    let mut held = JoinSet::new();
    for number in 0..ROOMS {
        let seat = Seat::join(server, &room(number), "host", number).await?;
        held.spawn(seat.idle(|_| ()));
    }
    let joined: Arc<AtomicU64> = Arc::default();
    let mut workers = JoinSet::new();
    let end = Instant::now() + duration;
    for worker in 0..WORKERS {
        let joined = Arc::clone(&joined);
        workers.spawn(async move {
            // Each time from another address.
            for number in (worker..).step_by(WORKERS) {
                if Instant::now() >= end {
                    break;
                }
                // One who is not let in tries again, as a page would, if not at once.
                match Seat::join(server, &room(number), "guest", number).await {
                    Ok(seat) => {
                        joined.fetch_add(1, Relaxed);
                        seat.leave().await?;
                    }
                    Err(_) => sleep(Duration::from_millis(100)).await,
                }
            }
            anyhow::Ok(())
        });
    }
    while let Some(worker) = workers.join_next().await {
        worker??;
    }
    held.shutdown().await;
    Ok(joined.load(Relaxed))
}

fn room(number: usize) -> String {
    format!("hostile-{}", number % ROOMS)
}
