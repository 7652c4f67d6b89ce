//! A server that goes away under people in calls and is started again: whether all of them get their seats back, how
//! soon, and how evenly they come.

use std::collections::BTreeSet;
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use call::Backoff;
use futures_util::{StreamExt, TryStreamExt, stream};
use protocol::{PeerId, ServerMessage};
use tokio::sync::mpsc::{self, UnboundedSender};
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep, timeout};

use crate::loopback::Loopback;
use crate::member::{Member, Memory, Return};
use crate::meter;
use crate::metrics::{self, Metrics};
use crate::process::Parlour;

/// People in each room.
pub(crate) const ROOM_SIZE: usize = 4;

/// Joins under way at the same time, before anything happens.
const JOINS_AT_ONCE: usize = 32;

/// Longest wait for everybody: the server expects them for twice its grace of 30 s.
const PATIENCE: Duration = Duration::from_secs(60);

/// Returns are counted in stretches of so many milliseconds.
pub(crate) const STRETCH_MS: usize = 100;

/// How the server goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Going {
    /// SIGKILL: everybody finds out from the connection.
    Killed,
    /// SIGTERM: it says `bye`, and to each when to come again.
    Drained,
}

/// How many people, and for how long there is no server.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Plan {
    /// A multiple of [`ROOM_SIZE`].
    pub(crate) seats: usize,
    /// From its end to its next start.
    pub(crate) down: Duration,
}

/// What came of it.
pub(crate) struct Restart {
    /// When somebody had their seat back, in milliseconds since the server listened again.
    pub(crate) returns: Vec<f64>,
    /// Who sees exactly those in the room again that were there before, each with a socket.
    pub(crate) whole: usize,
    /// Who was refused or given another seat.
    pub(crate) refused: usize,
    /// When the last room was whole again, in milliseconds since the server listened.
    pub(crate) last_whole: f64,
    /// What the new server says of itself in the end.
    pub(crate) metrics: Metrics,
    /// The old server's memory with everybody there, in bytes.
    pub(crate) before: u64,
    /// The most memory that the new server has had, in bytes.
    pub(crate) peak: u64,
}

enum Event {
    /// Has everybody in the room for the first time.
    Settled,
    /// Has the seat back.
    Back(Instant),
    /// Sees again whom it saw before.
    Whole(Instant),
    /// Was refused, or is somebody else now.
    Refused,
}

/// Fills rooms, lets the server go and come, and watches everybody return.
pub(crate) async fn measure(parlour: &Parlour, going: Going, plan: Plan) -> Result<Restart> {
    let address = parlour.address();
    let running = parlour.start().await?;
    let (events, mut happened) = mpsc::unbounded_channel();
    let mut people = JoinSet::new();
    let members: Vec<(usize, Member)> = stream::iter(0..plan.seats)
        .map(|nth| async move { take_seat(address, nth).await.map(|member| (nth, member)) })
        .buffer_unordered(JOINS_AT_ONCE)
        .try_collect()
        .await?;
    for (nth, member) in members {
        people.spawn(live(address, nth, member, events.clone()));
    }
    drop(events);
    for _ in 0..plan.seats {
        let event = timeout(PATIENCE, happened.recv()).await.context("a room never fills")?;
        ensure!(
            matches!(event, Some(Event::Settled)),
            "a seat was lost before the restart"
        );
    }

    let before = meter::resident_bytes(running.process())?;
    match going {
        Going::Killed => running.stop().await?,
        Going::Drained => running.terminate().await?,
    }
    sleep(plan.down).await;
    let running = parlour.start().await?;
    let listening = Instant::now();

    let since = |instant: Instant| instant.saturating_duration_since(listening).as_secs_f64() * 1_000.0;
    let mut restart = Restart {
        returns: Vec::with_capacity(plan.seats),
        whole: 0,
        refused: 0,
        last_whole: 0.0,
        metrics: metrics::read(parlour.numbers()).await?,
        before,
        peak: 0,
    };
    let _ = timeout(PATIENCE, async {
        while restart.whole + restart.refused < plan.seats {
            match happened.recv().await {
                Some(Event::Back(at)) => restart.returns.push(since(at)),
                Some(Event::Whole(at)) => {
                    restart.whole += 1;
                    restart.last_whole = since(at);
                }
                Some(Event::Refused) => restart.refused += 1,
                Some(Event::Settled) => {}
                None => break,
            }
        }
    })
    .await;
    restart.metrics = metrics::read(parlour.numbers()).await?;
    restart.peak = meter::peak_resident_bytes(running.process())?;
    people.shutdown().await;
    running.stop().await?;
    Ok(restart)
}

impl Restart {
    /// Returns in each stretch of time, from the moment when the server listened.
    pub(crate) fn stretches(&self) -> Vec<usize> {
        let mut stretches = Vec::new();
        for at in &self.returns {
            let stretch = *at as usize / STRETCH_MS;
            if stretches.len() <= stretch {
                stretches.resize(stretch + 1, 0);
            }
            stretches[stretch] += 1;
        }
        stretches
    }
}

async fn take_seat(server: Loopback, nth: usize) -> Result<Member> {
    let room = format!("restart-{}", nth / ROOM_SIZE);
    let member = Member::join(server, &room, &format!("p{nth}"), nth).await?;
    member.context("a room of this measurement is full")
}

/// One page: it reads, and when its socket is lost it comes back as the real one does.
async fn live(server: Loopback, nth: usize, mut member: Member, events: UnboundedSender<Event>) {
    // Nobody listens any more only when the measurement is over, and this with it.
    let tell = |event| drop(events.send(event));
    let mut others = BTreeSet::new();
    let mut bye = loop {
        if others.is_empty() && member.memory().known().len() == ROOM_SIZE - 1 {
            others.clone_from(member.memory().known());
            tell(Event::Settled);
        }
        match member.next().await {
            Ok(ServerMessage::Bye { retry_after_ms }) => break Some(Duration::from_millis(retry_after_ms.into())),
            Ok(_) => {}
            Err(_) => break None,
        }
    };
    if bye.is_some() {
        while member.next().await.is_ok() {}
    }
    loop {
        let Some(back) = come_back(server, nth, member.cut(), bye.take()).await else {
            return tell(Event::Refused);
        };
        member = back;
        tell(Event::Back(Instant::now()));
        if see_again(&mut member, &others).await.is_ok() {
            tell(Event::Whole(Instant::now()));
            while member.next().await.is_ok() {}
        }
    }
}

/// Tries until the server answers; `None` when it does not give the seat back.
async fn come_back(server: Loopback, nth: usize, memory: Memory, bye: Option<Duration>) -> Option<Member> {
    let mut backoff = Backoff::default();
    let mut wait = bye.unwrap_or_else(|| backoff.next_wait(fastrand::u32(..), false));
    loop {
        sleep(wait).await;
        // As the page does: after tries in vain a request finds out first.
        if backoff.is_in_vain() && !metrics::is_well(server).await {
            wait = backoff.next_wait(fastrand::u32(..), false);
            continue;
        }
        match Member::back(server, memory.clone(), nth).await {
            Ok(Return::Seated(member)) => return Some(*member),
            Ok(Return::Refused(_) | Return::Stranger) => return None,
            Err(_) => wait = backoff.next_wait(fastrand::u32(..), false),
        }
    }
}

/// Reads until everybody is there again.
async fn see_again(member: &mut Member, others: &BTreeSet<PeerId>) -> Result<()> {
    while !member.memory().is_with(others) {
        member.next().await?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn returns_are_counted_by_tenths_of_a_second() {
        let restart = Restart {
            returns: vec![0.0, 99.9, 100.0, 350.0, 310.0],
            whole: 5,
            refused: 0,
            last_whole: 350.0,
            metrics: Metrics {
                sockets: 5,
                seats: 5,
                away: 0,
                rooms: 1,
            },
            before: 0,
            peak: 0,
        };
        assert_eq!(restart.stretches(), [2, 1, 0, 2]);
    }
}
