//! `loadgen hold`: many idle seats, kept until told to go. A process of its own, because the seats of a large
//! measurement need more sockets than one process may have open.

use std::io::Write;

use anyhow::{Context, Result, ensure};
use clap::{Args, ValueEnum};
use futures_util::{StreamExt, TryStreamExt, stream};
use tokio::io::AsyncReadExt;
use tokio::sync::mpsc;

use crate::loopback::Loopback;
use crate::seat::{Seat, Server};

/// Most seats that one holder takes.
pub(crate) const MOST_SEATS: usize = 5_000;

/// Joins under way at the same time.
const JOINS_AT_ONCE: usize = 32;

/// The line that says that all seats are taken.
pub(crate) const READY: &str = "held";

/// Which protocol to speak.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum System {
    /// Parlour's.
    Parlour,
    /// Socket.IO's and PeerServer's.
    Reference,
}

/// Whom to load, and how.
#[derive(Args, Debug)]
pub(crate) struct Options {
    /// Which protocol to speak.
    #[arg(long, value_enum, default_value = "parlour")]
    pub(crate) system: System,
    /// The server; for the reference, its Socket.IO. Loopback addresses alone.
    #[arg(long)]
    pub(crate) server: Loopback,
    /// The reference's PeerServer.
    #[arg(long, required_if_eq("system", "reference"))]
    pub(crate) peers: Option<Loopback>,
    /// Seats to take.
    #[arg(long, default_value_t = 100, value_parser = clap::value_parser!(u16).range(1..=MOST_SEATS as i64))]
    pub(crate) seats: u16,
    /// Seats in each room.
    #[arg(long, default_value_t = 4, value_parser = clap::value_parser!(u16).range(1..=1000))]
    pub(crate) room_size: u16,
    /// The number of the first seat, so that several holders do not meet.
    #[arg(long, default_value_t = 0)]
    pub(crate) first: usize,
}

impl Options {
    fn target(&self) -> Result<Server> {
        Ok(match self.system {
            System::Parlour => Server::Parlour(self.server),
            System::Reference => Server::Reference {
                rooms: self.server,
                peers: self.peers.context("the reference has two servers: give --peers too")?,
            },
        })
    }
}

/// Takes the seats, says so on the standard output, and keeps them until the standard input ends. A seat that the server
/// closes in the meantime is an error: the measurement would be wrong.
pub(crate) async fn run(options: Options) -> Result<()> {
    let server = options.target()?;
    let (lost, mut losses) = mpsc::channel::<anyhow::Error>(1);
    let numbers = options.first..options.first + usize::from(options.seats);
    let room_size = usize::from(options.room_size);
    stream::iter(numbers)
        .map(|number| async move {
            let room = format!("idle-{}", number / room_size);
            Seat::join(server, &room, &format!("p{number}"), number).await
        })
        .buffer_unordered(JOINS_AT_ONCE)
        .try_for_each(|seat| {
            let lost = lost.clone();
            tokio::spawn(async move {
                if let Err(error) = seat.idle(|_| {}).await {
                    // One report is enough; when nobody listens any more, the holder is about to go.
                    let _ = lost.try_send(error);
                }
            });
            std::future::ready(Ok(()))
        })
        .await?;
    println!("{READY}");
    std::io::stdout().flush()?;

    let mut input = tokio::io::stdin();
    let mut ignored = [0; 64];
    loop {
        tokio::select! {
            read = input.read(&mut ignored) => if read? == 0 { break },
            Some(error) = losses.recv() => return Err(error.context("a seat was lost")),
        }
    }
    ensure!(losses.is_empty(), "a seat was lost");
    Ok(())
}
