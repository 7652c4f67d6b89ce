//! A long time of people who come, talk, lose their connections, come back or do not. Memory must not grow, and in the
//! end nothing may be left.

use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use anyhow::Result;
use tokio::task::JoinSet;
use tokio::time::{Instant, MissedTickBehavior, interval, sleep};

use crate::metrics::{self, Metrics};
use crate::process::Parlour;
use crate::{meter, stats};

mod person;

/// Rooms that everybody chooses from, and people: three to a room on average, and sometimes more than a room holds.
pub(crate) const ROOMS: usize = 200;
const PEOPLE: u64 = 600;

/// How long the server keeps the seat of somebody who is away.
pub(crate) const GRACE: Duration = Duration::from_secs(2);

/// Share of the time after which memory should not grow any more.
const WARM_UP: f64 = 0.2;

/// Violations that are told in words.
const MOST_TOLD: usize = 5;

/// How long.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Plan {
    /// From the first join until everybody goes.
    pub(crate) duration: Duration,
    /// The same seed makes everybody decide alike.
    pub(crate) seed: u64,
}

/// What people did, and what went wrong.
#[derive(Debug, Default)]
pub(crate) struct Deeds {
    pub(crate) joined: AtomicU64,
    pub(crate) refused: AtomicU64,
    pub(crate) left: AtomicU64,
    pub(crate) cut: AtomicU64,
    pub(crate) resumed: AtomicU64,
    pub(crate) took_over: AtomicU64,
    pub(crate) came_late: AtomicU64,
    pub(crate) signals: AtomicU64,
    /// Answers that should have been others, in words.
    violations: Mutex<Vec<String>>,
}

impl Deeds {
    fn violated(&self, what: String) {
        self.violations
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .push(what);
    }
}

/// What came of it.
pub(crate) struct Soak {
    /// The server's memory: seconds since the start, bytes.
    pub(crate) samples: Vec<(f64, f64)>,
    /// When warming up was over, in seconds.
    pub(crate) warm: f64,
    /// What was left when everybody had gone and every grace was over.
    pub(crate) left: Metrics,
    deeds: Arc<Deeds>,
}

/// Lets people live until the time is over, then waits for the server to forget them.
pub(crate) async fn measure(parlour: &Parlour, plan: Plan) -> Result<Soak> {
    let address = parlour.address();
    let running = parlour.start().await?;
    let deeds = Arc::new(Deeds::default());
    let started = Instant::now();
    let end = started + plan.duration;
    let mut people = JoinSet::new();
    for nth in 0..PEOPLE {
        let random = fastrand::Rng::with_seed(plan.seed.wrapping_add(nth));
        people.spawn(person::live(address, nth as usize, random, end, Arc::clone(&deeds)));
    }

    let mut samples = Vec::new();
    let mut second = interval(Duration::from_secs(1));
    second.set_missed_tick_behavior(MissedTickBehavior::Delay);
    while Instant::now() < end {
        let now = second.tick().await;
        let bytes = meter::resident_bytes(running.process())?;
        samples.push(((now - started).as_secs_f64(), bytes as f64));
    }
    while people.join_next().await.is_some() {}

    let deadline = Instant::now() + GRACE * 2 + Duration::from_secs(5);
    let mut left = metrics::read(parlour.numbers()).await?;
    while !left.is_empty() && Instant::now() < deadline {
        sleep(Duration::from_millis(50)).await;
        left = metrics::read(parlour.numbers()).await?;
    }
    running.stop().await?;
    Ok(Soak {
        samples,
        warm: plan.duration.as_secs_f64() * WARM_UP,
        left,
        deeds,
    })
}

impl Soak {
    /// Median memory of the first and of the last third of the time after warming up, in bytes.
    pub(crate) fn thirds(&self) -> (Option<f64>, Option<f64>) {
        let warm: Vec<f64> = self.warm_samples().map(|(_, bytes)| bytes).collect();
        let third = warm.len().div_ceil(3);
        let last = warm.len() - third;
        (stats::median(&warm[..third]), stats::median(&warm[last..]))
    }

    /// How fast memory grows after warming up: least squares, in bytes a minute.
    pub(crate) fn slope(&self) -> Option<f64> {
        stats::slope(&self.warm_samples().collect::<Vec<_>>()).map(|a_second| a_second * 60.0)
    }

    fn warm_samples(&self) -> impl Iterator<Item = (f64, f64)> {
        self.samples.iter().copied().filter(|&(at, _)| at >= self.warm)
    }

    /// Answers that should have been others: how many, and the first of them in words.
    pub(crate) fn violations(&self) -> (usize, Vec<String>) {
        let violations = self.deeds.violations.lock().unwrap_or_else(PoisonError::into_inner);
        (violations.len(), violations.iter().take(MOST_TOLD).cloned().collect())
    }

    /// What people did, for the report.
    pub(crate) fn describe(&self) -> String {
        let deeds = &self.deeds;
        let count = |count: &AtomicU64| count.load(Relaxed);
        format!(
            "{} joins ({} met a full room), {} signals, {} leaves, {} connections cut, {} seats taken back, {} taken over while \
             the old socket was there, {} asked for too late",
            count(&deeds.joined),
            count(&deeds.refused),
            count(&deeds.signals),
            count(&deeds.left),
            count(&deeds.cut),
            count(&deeds.resumed),
            count(&deeds.took_over),
            count(&deeds.came_late),
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn soak(samples: Vec<(f64, f64)>, warm: f64) -> Soak {
        Soak {
            samples,
            warm,
            left: Metrics {
                sockets: 0,
                seats: 0,
                away: 0,
                rooms: 0,
            },
            deeds: Arc::default(),
        }
    }

    #[test]
    fn the_time_of_warming_up_does_not_count() {
        let samples = (0..100).map(|second| (f64::from(second), if second < 20 { 1.0 } else { 50.0 }));
        let soak = soak(samples.collect(), 20.0);
        assert_eq!(soak.thirds(), (Some(50.0), Some(50.0)));
        assert!(soak.slope().unwrap().abs() < 1e-9);
    }

    #[test]
    fn growth_shows_between_the_thirds_and_in_the_slope() {
        let samples = (0..100).map(|second| (f64::from(second), 1_000.0 + 10.0 * f64::from(second)));
        let soak = soak(samples.collect(), 10.0);
        let (first, last) = soak.thirds();
        assert_eq!((first, last), (Some(1_245.0), Some(1_845.0)));
        assert!((soak.slope().unwrap() - 600.0).abs() < 1e-6);
    }

    #[test]
    fn too_few_samples_say_nothing() {
        let soak = soak(Vec::new(), 0.0);
        assert_eq!(soak.thirds(), (None, None));
        assert_eq!(soak.slope(), None);
    }
}
