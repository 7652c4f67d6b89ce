//! The rows of what calls must survive: restarts of the server, and a long time.
//!
//! The reference has no part in them: neither Socket.IO's rooms nor PeerServer's peers can be taken back after a restart.

use anyhow::Result;

use super::{Comparison, progress};
use crate::process::Parlour;
use crate::report::{Report, Row, Target};
use crate::restart::{self, Going, ROOM_SIZE, STRETCH_MS};
use crate::soak::{self, GRACE, ROOMS};
use crate::stats;

/// The longest wait of a client between two tries, and what a server may need for those who come last.
const BACK_WITHIN: f64 = call::BACKOFF_CAP.as_secs_f64() + 1.0;

/// Largest share of all that may come back in one stretch: without jitter all of them would.
const MOST_AT_ONCE: f64 = 0.25;

impl Comparison<'_> {
    pub(super) async fn restart(&self, report: &mut Report) -> Result<()> {
        report
            .notes
            .push("Restarts have no counterpart in the reference: Socket.IO and PeerServer cannot resume.".into());
        for (going, name) in [(Going::Killed, "SIGKILL"), (Going::Drained, "SIGTERM")] {
            self.restart_after(going, name, report).await?;
        }
        Ok(())
    }

    async fn restart_after(&self, going: Going, name: &str, report: &mut Report) -> Result<()> {
        let plan = self.extent.restart;
        let (mut whole, mut last, mut at_once, mut peak) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
        for run in 1..=self.extent.runs {
            let parlour = Parlour::new(self.parlour, plan.seats / ROOM_SIZE)?;
            let restart = restart::measure(&parlour, going, plan).await?;
            // Who has the seat back and whom the server counts, whichever are fewer.
            let counted = restart
                .metrics
                .seats
                .saturating_sub(restart.metrics.away)
                .min(restart.metrics.sockets);
            let seats = (restart.whole as f64).min(counted as f64);
            let most = restart.stretches().into_iter().max().unwrap_or_default();
            progress(run, &format!("seats taken back after {name}"), seats, "");
            progress(run, "the last room whole again", restart.last_whole / 1_000.0, "s");
            progress(run, &format!("most in {STRETCH_MS} ms"), most as f64, "seats");
            whole.push(seats);
            last.push(restart.last_whole / 1_000.0);
            at_once.push(most as f64);
            peak.push(restart.peak as f64 / restart.before as f64);
            report.notes.push(describe(run, name, &restart));
        }
        let seats = plan.seats as f64;
        // Of what must never fail, the worst run counts.
        let fewest = whole.iter().copied().reduce(f64::min);
        let slowest = last.iter().copied().reduce(f64::max);
        let most = at_once.iter().copied().reduce(f64::max);
        report.rows.extend([
            Row {
                what: format!("people back in their seats, each with the whole room, after {name}"),
                unit: "",
                ours: fewest,
                other: None,
                target: Target::AtLeast(seats),
            },
            Row {
                what: format!("from listening again until the last room is whole, after {name}"),
                unit: "s",
                ours: slowest,
                other: None,
                target: Target::AtMost(BACK_WITHIN),
            },
            Row {
                what: format!("most who came back within {STRETCH_MS} ms, after {name}"),
                unit: "",
                ours: most,
                other: Some(("all of them", Some(seats))),
                target: Target::AtMost(MOST_AT_ONCE),
            },
            Row {
                what: format!("most server memory while all came back, times that of before, after {name}"),
                unit: "",
                ours: stats::median(&peak),
                other: None,
                target: Target::Told,
            },
        ]);
        Ok(())
    }

    pub(super) async fn soak(&self, plan: soak::Plan, report: &mut Report) -> Result<()> {
        let parlour = Parlour::new(self.parlour, ROOMS)?.with_grace(GRACE);
        eprintln!("soak: {} s, seed {}", plan.duration.as_secs(), plan.seed);
        let soak = soak::measure(&parlour, plan).await?;
        let mebibytes = |bytes: f64| bytes / 1024.0 / 1024.0;
        let (first, last) = soak.thirds();
        let growth = soak.slope().map_or_else(
            || "unknown".into(),
            |slope| format!("{:+.1} KiB a minute", slope / 1024.0),
        );
        let (violations, told) = soak.violations();
        report.notes.push(format!(
            "Soak, {} s, seed {}, grace {} s: {}. Memory after warming up: {growth}.",
            plan.duration.as_secs(),
            plan.seed,
            GRACE.as_secs(),
            soak.describe()
        ));
        report
            .notes
            .extend(told.into_iter().map(|violation| format!("Soak: {violation}.")));
        report.rows.extend([
            Row {
                what: format!("soak, {ROOMS} rooms: server memory, last third against first third after warming up"),
                unit: "MiB",
                ours: last.map(mebibytes),
                other: Some(("first third", first.map(mebibytes))),
                target: Target::AtMost(1.1),
            },
            Row {
                what: "soak: rooms, seats and sockets left when everybody has gone".into(),
                unit: "",
                ours: Some((soak.left.rooms + soak.left.seats + soak.left.sockets) as f64),
                other: None,
                target: Target::AtMost(0.0),
            },
            Row {
                what: "soak: answers that should have been others".into(),
                unit: "",
                ours: Some(violations as f64),
                other: None,
                target: Target::AtMost(0.0),
            },
        ]);
        Ok(())
    }
}

fn describe(run: usize, name: &str, restart: &restart::Restart) -> String {
    let seconds = |share| stats::percentile(&restart.returns, share).unwrap_or(f64::NAN) / 1_000.0;
    let by_second: Vec<String> = restart
        .stretches()
        .chunks(1_000 / STRETCH_MS)
        .map(|second| second.iter().sum::<usize>().to_string())
        .collect();
    format!(
        "{name}, run {run}: half were back after {:.2} s, 99 of 100 after {:.2} s, all after {:.2} s; by second: {}; {} refused; \
         server memory {:.1} MiB before, at most {:.1} MiB after.",
        seconds(0.5),
        seconds(0.99),
        seconds(1.0),
        by_second.join(", "),
        restart.refused,
        restart.before as f64 / 1024.0 / 1024.0,
        restart.peak as f64 / 1024.0 / 1024.0,
    )
}
