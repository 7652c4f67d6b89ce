//! From a newcomer's first packet to the moment when the others know: under many joins and leaves a second.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::time::Duration;

use anyhow::Result;
use tokio::task::JoinSet;
use tokio::time::{Instant, MissedTickBehavior, interval, sleep, timeout};

use crate::meter::{Meter, Usage};
use crate::process::Running;
use crate::seat::{Seat, Server};
use crate::stats;

/// Rooms that newcomers come into in turn, and people who sit in each and watch.
const ROOMS: usize = 100;
const RESIDENTS: usize = 3;

/// How long a newcomer stays.
const STAY: Duration = Duration::from_millis(100);

/// Newcomers under way at the same time; more are not let off.
const MOST_AT_ONCE: usize = 2_000;

/// How much.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Plan {
    /// Newcomers a second, each of whom leaves again.
    pub(crate) joins_a_second: usize,
    /// Seconds before counting begins.
    pub(crate) warm_up: usize,
    /// Seconds that count.
    pub(crate) seconds: usize,
}

/// What the residents saw.
pub(crate) struct Churn {
    /// Milliseconds, one for each newcomer and resident.
    pub(crate) delays: Vec<f64>,
    /// How many there should have been.
    pub(crate) expected: usize,
    /// 99 of 100 newcomers were let off at most this many milliseconds after their time.
    pub(crate) late_p99: f64,
    /// Who was busy.
    pub(crate) usage: Usage,
}

impl Churn {
    /// Announcements that never came, or whose newcomer could not join.
    pub(crate) fn missing(&self) -> usize {
        self.expected.saturating_sub(self.delays.len())
    }
}

struct Watch {
    started: Vec<OnceLock<Instant>>,
    first_counted: usize,
    delays: Mutex<Vec<f64>>,
}

impl Watch {
    /// A resident has heard of somebody.
    fn heard_of(&self, name: &str) {
        let Some(number) = name.strip_prefix('n').and_then(|number| number.parse::<usize>().ok()) else {
            return;
        };
        let started = self.started.get(number).and_then(OnceLock::get);
        if let Some(started) = started.filter(|_| number >= self.first_counted) {
            let delay = started.elapsed().as_secs_f64() * 1_000.0;
            self.delays.lock().unwrap_or_else(PoisonError::into_inner).push(delay);
        }
    }
}

/// Lets newcomers in at an even pace. The clock of each starts before its sockets are opened.
pub(crate) async fn measure(running: &Running, server: Server, plan: Plan) -> Result<Churn> {
    let counted = plan.joins_a_second * plan.seconds;
    let first_counted = plan.joins_a_second * plan.warm_up;
    let total = first_counted + counted;
    let watch = Arc::new(Watch {
        started: (0..total).map(|_| OnceLock::new()).collect(),
        first_counted,
        delays: Mutex::default(),
    });
    let mut residents = seat_residents(server, &watch).await?;

    let mut newcomers = JoinSet::new();
    let mut late = Vec::with_capacity(total);
    let failed = Arc::new(AtomicUsize::new(0));
    let mut meter = Meter::start(running.process())?;
    let mut pace = interval(Duration::from_secs(1) / u32::try_from(plan.joins_a_second.max(1))?);
    // Whatever the generator was too late for, it does at once: the pace holds on the whole.
    pace.set_missed_tick_behavior(MissedTickBehavior::Burst);
    for number in 0..total {
        let due = pace.tick().await;
        if number == first_counted {
            meter = Meter::start(running.process())?;
        }
        late.push(due.elapsed().as_secs_f64() * 1_000.0);
        while newcomers.try_join_next().is_some() {}
        if newcomers.len() < MOST_AT_ONCE {
            newcomers.spawn(come_and_go(server, number, Arc::clone(&watch), Arc::clone(&failed)));
        } else {
            failed.fetch_add(1, Ordering::Relaxed);
        }
    }
    let usage = meter.stop()?;
    // What has not come after this time is missing.
    let _ = timeout(Duration::from_secs(10), async {
        while newcomers.join_next().await.is_some() {}
    })
    .await;
    sleep(Duration::from_millis(500)).await;
    residents.shutdown().await;
    let failed = failed.load(Ordering::Relaxed);
    if failed > 0 {
        eprintln!("{failed} of {total} newcomers could not join, or not in time");
    }
    let delays = std::mem::take(&mut *watch.delays.lock().unwrap_or_else(PoisonError::into_inner));
    Ok(Churn {
        delays,
        expected: counted * RESIDENTS,
        late_p99: stats::percentile(&late, 0.99).unwrap_or_default(),
        usage,
    })
}

async fn seat_residents(server: Server, watch: &Arc<Watch>) -> Result<JoinSet<()>> {
    let mut residents = JoinSet::new();
    for number in 0..ROOMS * RESIDENTS {
        let room = room(number);
        let seat = Seat::join(server, &room, &format!("resident-{number}"), number).await?;
        let watch = Arc::clone(watch);
        residents.spawn(async move {
            // A resident that the server throws out hears no more: that shows as announcements that are missing.
            let _ = seat.idle(|name| watch.heard_of(name)).await;
        });
    }
    Ok(residents)
}

async fn come_and_go(server: Server, number: usize, watch: Arc<Watch>, failed: Arc<AtomicUsize>) {
    let _ = watch.started[number].set(Instant::now());
    let come_and_go = async {
        let seat = Seat::join(server, &room(number), &format!("n{number}"), number).await?;
        sleep(STAY).await;
        seat.leave().await
    };
    if come_and_go.await.is_err() {
        failed.fetch_add(1, Ordering::Relaxed);
    }
}

fn room(number: usize) -> String {
    format!("churn-{}", number % ROOMS)
}
