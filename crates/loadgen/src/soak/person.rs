//! One person of the soak: they do what chance says, and know how the server must answer.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::time::Duration;

use anyhow::Result;
use fastrand::Rng;
use protocol::{Candidate, ClientMessage, ErrorCode, Signal};
use tokio::time::{Instant, sleep, timeout_at};

use super::{Deeds, GRACE, ROOMS};
use crate::loopback::Loopback;
use crate::member::{Member, Memory, Return};

/// Longest stay between two deeds, in milliseconds.
const STAY_MS: u64 = 1_500;

/// Who waits so much longer than the grace has certainly lost the seat.
const TOO_LATE: Duration = Duration::from_millis(1_500);

/// Signals sent at a time, and the longest of them in bytes.
const BURST: usize = 20;
const SIGNAL: usize = 2_000;

struct Person<'a> {
    server: Loopback,
    nth: usize,
    random: Rng,
    deeds: &'a Deeds,
}

/// Comes and goes until `end`, then leaves or is cut off.
pub(super) async fn live(server: Loopback, nth: usize, random: Rng, end: Instant, deeds: Arc<Deeds>) {
    let mut person = Person {
        server,
        nth,
        random,
        deeds: &deeds,
    };
    while Instant::now() < end {
        if let Err(error) = person.visit(end).await {
            deeds.violated(format!("a socket failed: {error:#}"));
            // A server that is gone is not asked a thousand times a second.
            sleep(Duration::from_millis(500)).await;
        }
    }
}

fn count(counter: &AtomicU64) {
    counter.fetch_add(1, Relaxed);
}

impl Person<'_> {
    /// From a join to the end of the seat.
    async fn visit(&mut self, end: Instant) -> Result<()> {
        let room = format!("soak-{}", self.random.usize(..ROOMS));
        count(&self.deeds.joined);
        let Some(mut member) = Member::join(self.server, &room, &format!("p{}", self.nth), self.nth).await? else {
            count(&self.deeds.refused);
            return self.pause().await;
        };
        while Instant::now() < end {
            self.stay(&mut member, end).await?;
            let next = match self.random.u32(..100) {
                0..15 => return self.leave(member).await,
                15..25 => {
                    // For good.
                    self.cut(member);
                    return Ok(());
                }
                25..45 => self.come_back_in_time(member).await?,
                45..50 => return self.come_back_late(member, end).await,
                50..60 => self.take_over(member).await?,
                _ => {
                    self.talk(&mut member).await?;
                    Some(member)
                }
            };
            let Some(seated) = next else { return Ok(()) };
            member = seated;
        }
        if self.random.bool() {
            self.leave(member).await
        } else {
            self.cut(member);
            Ok(())
        }
    }

    async fn pause(&mut self) -> Result<()> {
        sleep(Duration::from_millis(self.random.u64(..STAY_MS))).await;
        Ok(())
    }

    /// Listens for a while.
    async fn stay(&mut self, member: &mut Member, end: Instant) -> Result<()> {
        let until = Instant::now() + Duration::from_millis(self.random.u64(..STAY_MS));
        while let Ok(heard) = timeout_at(until.min(end), member.next()).await {
            heard?;
        }
        Ok(())
    }

    async fn leave(&self, member: Member) -> Result<()> {
        count(&self.deeds.left);
        member.leave().await
    }

    fn cut(&self, member: Member) -> Memory {
        count(&self.deeds.cut);
        member.cut()
    }

    /// Signals to somebody in the room, who may be away or just have left.
    async fn talk(&mut self, member: &mut Member) -> Result<()> {
        let Some(to) = self.random.choice(member.memory().known()).copied() else {
            return Ok(());
        };
        for _ in 0..self.random.usize(1..=BURST) {
            count(&self.deeds.signals);
            let candidate = Candidate {
                connection: 0,
                generation: 1,
                candidate: "c".repeat(self.random.usize(1..=SIGNAL)),
                sdp_mid: None,
                sdp_m_line_index: None,
                username_fragment: None,
            };
            let signal = Signal::Candidate(candidate);
            member.say(&ClientMessage::Signal { to, signal }).await?;
        }
        Ok(())
    }

    /// Is cut off and back within the grace: the seat must be there.
    async fn come_back_in_time(&mut self, member: Member) -> Result<Option<Member>> {
        let memory = self.cut(member);
        let cut = Instant::now();
        sleep(Duration::from_millis(self.random.u64(..GRACE.as_millis() as u64 / 2))).await;
        let back = Member::back(self.server, memory, self.nth).await?;
        // On a machine that is busy the answer may come too late to mean anything.
        let in_time = cut.elapsed() < GRACE;
        match back {
            Return::Seated(member) => {
                count(&self.deeds.resumed);
                Ok(Some(*member))
            }
            Return::Refused(code) => {
                if in_time {
                    self.deeds
                        .violated(format!("a seat was refused within the grace: {code}"));
                }
                Ok(None)
            }
            Return::Stranger => {
                self.deeds
                    .violated("somebody who came back was given another seat".into());
                Ok(None)
            }
        }
    }

    /// Stays away for longer than the grace: the seat must be gone.
    async fn come_back_late(&mut self, member: Member, end: Instant) -> Result<()> {
        let memory = self.cut(member);
        if Instant::now() + GRACE + TOO_LATE > end {
            return Ok(());
        }
        sleep(GRACE + TOO_LATE).await;
        count(&self.deeds.came_late);
        match Member::back(self.server, memory, self.nth).await? {
            Return::Refused(ErrorCode::SeatGone) => {}
            Return::Refused(code) => self
                .deeds
                .violated(format!("a seat whose grace was over was refused with {code}")),
            Return::Seated(_) | Return::Stranger => self
                .deeds
                .violated("a seat was given back after its grace was over".into()),
        }
        Ok(())
    }

    /// Takes the own seat over while the old socket is there: that one must be closed.
    async fn take_over(&mut self, mut old: Member) -> Result<Option<Member>> {
        match Member::back(self.server, old.memory().clone(), self.nth).await? {
            Return::Seated(member) => {
                count(&self.deeds.took_over);
                while old.next().await.is_ok() {}
                Ok(Some(*member))
            }
            Return::Refused(code) => {
                self.deeds.violated(format!("a takeover was refused: {code}"));
                Ok(None)
            }
            Return::Stranger => {
                self.deeds
                    .violated("somebody who took their seat over was given another one".into());
                Ok(None)
            }
        }
    }
}
