//! Server memory for each idle participant.

use std::process::Stdio;
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::process::{Child, Command};
use tokio::time::timeout;

use crate::hold::{self, MOST_SEATS};
use crate::meter;
use crate::process::Running;
use crate::seat::{Seat, Server};

/// People in each room.
const ROOM_SIZE: usize = 4;

/// Joins and leaves before the measurement, so that code which is loaded or compiled on its first use is not counted as
/// memory of the participants.
const WARM_UP: usize = 40;

/// Files that a server needs besides its sockets.
const SPARE_FILES: usize = 200;

/// What was measured.
pub(crate) struct Memory {
    /// Seats that were taken.
    pub(crate) seats: usize,
    /// Bytes that the server's resident memory grew by, for each of them.
    pub(crate) bytes_per_seat: f64,
}

/// As many seats as wanted, or as many as the limit of open files leaves a server of this kind: whole rooms.
pub(crate) fn possible_seats(wanted: usize, sockets_per_seat: usize, open_files: usize) -> usize {
    let possible = open_files.saturating_sub(SPARE_FILES) / sockets_per_seat;
    wanted.min(possible) / ROOM_SIZE * ROOM_SIZE
}

/// Fills rooms of four, lets them sit for `settle`, and reads the growth of the server's resident memory.
pub(crate) async fn measure(running: &Running, server: Server, wanted: usize, settle: Duration) -> Result<Memory> {
    let seats = possible_seats(wanted, server.sockets_per_seat(), meter::open_files_limit()?);
    for number in 0..WARM_UP {
        let seat = Seat::join(
            server,
            &format!("warm-{}", number / ROOM_SIZE),
            &format!("w{number}"),
            number,
        )
        .await?;
        seat.leave().await?;
    }
    tokio::time::sleep(Duration::from_secs(2)).await;
    let before = meter::resident_bytes(running.process())?;
    let mut holders = Vec::new();
    for first in (0..seats).step_by(MOST_SEATS) {
        holders.push(Holder::start(server, first, MOST_SEATS.min(seats - first)).await?);
    }
    tokio::time::sleep(settle).await;
    let after = meter::resident_bytes(running.process())?;
    for holder in holders {
        holder.release().await?;
    }
    Ok(Memory {
        seats,
        bytes_per_seat: (after as f64 - before as f64) / seats as f64,
    })
}

/// A `loadgen hold` process.
struct Holder(Child);

impl Holder {
    async fn start(server: Server, first: usize, seats: usize) -> Result<Self> {
        let mut command = Command::new(std::env::current_exe()?);
        command.arg("hold");
        match server {
            Server::Parlour(server) => command.arg("--server").arg(server.to_string()),
            Server::Reference { rooms, peers } => command
                .args(["--system", "reference", "--server"])
                .arg(rooms.to_string())
                .arg("--peers")
                .arg(peers.to_string()),
        };
        command
            .arg("--seats")
            .arg(seats.to_string())
            .arg("--first")
            .arg(first.to_string())
            .arg("--room-size")
            .arg(ROOM_SIZE.to_string())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .kill_on_drop(true);
        let mut child = command.spawn().context("cannot start a holder of seats")?;
        let output = child.stdout.take().context("a holder has an output")?;
        let mut line = String::new();
        timeout(Duration::from_secs(180), BufReader::new(output).read_line(&mut line))
            .await
            .context("the seats were not taken in time")??;
        ensure!(line.trim() == hold::READY, "the seats could not be taken");
        Ok(Self(child))
    }

    /// Lets the seats go. Fails when one of them was lost before.
    async fn release(mut self) -> Result<()> {
        drop(self.0.stdin.take());
        let status = timeout(Duration::from_secs(30), self.0.wait())
            .await
            .context("a holder does not end")??;
        ensure!(status.success(), "seats were lost while they should have been idle");
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rooms_are_whole_and_sockets_fit_into_the_open_files() {
        assert_eq!(possible_seats(10_000, 1, 20_000), 10_000);
        assert_eq!(possible_seats(10_000, 2, 20_000), 9_900);
        assert_eq!(possible_seats(2_000, 2, 1_024), 412);
        assert_eq!(possible_seats(10_000, 1, usize::MAX), 10_000);
        assert_eq!(possible_seats(10, 1, 100), 0);
    }
}
