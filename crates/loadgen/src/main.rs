//! `loadgen`: loads a signaling server on this machine, and compares Parlour's with the reference.
//!
//! It speaks Parlour's protocol, and Socket.IO and PeerServer as a browser with the reference's page would. It talks to
//! loopback addresses alone, every load is bounded in count and in time, and where the generator itself was what held
//! things up, the report says so.

mod bare_relay;
mod browser_results;
mod churn;
mod compare;
mod flood;
mod hold;
mod loopback;
mod machine;
mod member;
mod memory;
mod meter;
mod metrics;
mod payload;
mod process;
mod relay;
mod report;
mod restart;
mod seat;
mod soak;
mod socket_io;
mod stats;
mod turn;
mod turn_load;
mod under_flood;
mod websocket;

use clap::{Parser, Subcommand};
use tokio::signal::unix::{SignalKind, signal};

/// Loads a signaling server on this machine, and compares Parlour's with the reference.
#[derive(Parser)]
#[command(version)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Measure Parlour, the reference and a bare relay side by side, and print the table.
    Compare(compare::Options),
    /// Serve a WebSocket relay without rooms: what a relay costs that does nothing else.
    BareRelay(bare_relay::Options),
    /// Send what one address up to no good would, until the standard input ends.
    Flood(flood::Options),
    /// Take idle seats in rooms and keep them until the standard input ends.
    Hold(hold::Options),
}

fn main() -> anyhow::Result<()> {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    let ended = runtime.block_on(run());
    // An input that nobody ends cannot be given up. Nobody waits for it.
    runtime.shutdown_background();
    ended
}

async fn run() -> anyhow::Result<()> {
    match Arguments::parse().command {
        Command::Compare(options) => {
            // Ctrl-C stops the servers, too: dropping this future kills them.
            let mut terminated = signal(SignalKind::terminate())?;
            tokio::select! {
                compared = compare::run(options) => compared,
                _ = tokio::signal::ctrl_c() => anyhow::bail!("interrupted"),
                _ = terminated.recv() => anyhow::bail!("terminated"),
            }
        }
        Command::BareRelay(options) => bare_relay::run(options).await,
        Command::Flood(options) => flood::run(options).await,
        Command::Hold(options) => hold::run(options).await,
    }
}
