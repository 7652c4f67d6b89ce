//! The rows of the load: memory, joins and leaves, relayed messages.

use anyhow::{Result, ensure};

use super::{Comparison, progress};
use crate::meter::Pace;
use crate::report::{Report, Row, Target};
use crate::{churn, machine, memory, process, relay, stats};

impl Comparison<'_> {
    pub(super) async fn memory(&self, report: &mut Report) -> Result<()> {
        for &seats in self.extent.seats {
            let (mut ours, mut theirs) = (Vec::new(), Vec::new());
            let mut seated = seats;
            for run in 1..=self.extent.runs {
                let (running, server) = self.start_parlour().await?;
                let memory = memory::measure(&running, server, seats, self.extent.settle).await?;
                running.stop().await?;
                progress(
                    run,
                    &format!("{} idle seats in Parlour", memory.seats),
                    memory.bytes_per_seat / 1024.0,
                    "KiB each",
                );
                ensure!(
                    memory.seats == seats,
                    "only {} files may be open: raise `ulimit -n`",
                    memory.seats
                );
                ours.push(memory.bytes_per_seat / 1024.0);
                if let Some((running, server)) = self.start_reference().await? {
                    let memory = memory::measure(&running, server, seats, self.extent.settle).await?;
                    running.stop().await?;
                    progress(
                        run,
                        &format!("{} idle seats in the reference", memory.seats),
                        memory.bytes_per_seat / 1024.0,
                        "KiB each",
                    );
                    theirs.push(memory.bytes_per_seat / 1024.0);
                    seated = memory.seats;
                }
            }
            if seated != seats {
                report.notes.push(format!(
                    "The reference's process may not open more files than {seated} seats need at two sockets each, so it was \
                     measured with those instead of {seats}."
                ));
            }
            report.rows.push(Row {
                what: format!("server memory per idle participant, {seats} seats in rooms of 4"),
                unit: "KiB",
                ours: stats::median(&ours),
                other: Some(("reference", stats::median(&theirs))),
                target: Target::AtMost(0.4),
            });
        }
        Ok(())
    }

    pub(super) async fn churn(&self, report: &mut Report) -> Result<()> {
        let (mut ours, mut theirs) = (Percentiles::default(), Percentiles::default());
        for run in 1..=self.extent.runs {
            let (running, server) = self.start_parlour().await?;
            ours.add(
                run,
                "Parlour",
                &churn::measure(&running, server, self.extent.churn).await?,
                report,
            );
            running.stop().await?;
            if let Some((running, server)) = self.start_reference().await? {
                theirs.add(
                    run,
                    "reference",
                    &churn::measure(&running, server, self.extent.churn).await?,
                    report,
                );
                running.stop().await?;
            }
        }
        let pace = self.extent.churn.joins_a_second;
        for (name, ours, theirs) in [("p50", &ours.p50, &theirs.p50), ("p99", &ours.p99, &theirs.p99)] {
            report.rows.push(Row {
                what: format!("join to `peer-joined` at the others, {name}, {pace} joins and {pace} leaves a second"),
                unit: "ms",
                ours: stats::median(ours),
                other: Some(("reference", stats::median(theirs))),
                target: Target::AtMost(0.5),
            });
        }
        Ok(())
    }

    pub(super) async fn relay(&self, report: &mut Report) -> Result<()> {
        let (mut ours, mut theirs, mut bare) = (Vec::new(), Vec::new(), Vec::new());
        let plan = self.extent.relay;
        for run in 1..=self.extent.runs {
            let (running, server) = self.start_parlour().await?;
            add_relayed(
                "Relay",
                run,
                "Parlour",
                &relay::measure(&running, server, plan).await?,
                &mut ours,
                report,
            );
            running.stop().await?;
            let (running, server) = process::bare_relay().await?;
            add_relayed(
                "Relay",
                run,
                "bare relay",
                &relay::measure_bare(&running, server, plan).await?,
                &mut bare,
                report,
            );
            running.stop().await?;
            if let Some((running, server)) = self.start_reference().await? {
                add_relayed(
                    "Relay",
                    run,
                    "reference",
                    &relay::measure(&running, server, plan).await?,
                    &mut theirs,
                    report,
                );
                running.stop().await?;
            }
        }
        for (name, other, target) in [("reference", &theirs, 5.0), ("bare relay", &bare, 0.7)] {
            report.rows.push(Row {
                what: "relayed signal messages a second per core".into(),
                unit: "",
                ours: stats::median(&ours),
                other: Some((name, stats::median(other))),
                target: Target::AtLeast(target),
            });
        }
        Ok(())
    }
}

#[derive(Default)]
struct Percentiles {
    p50: Vec<f64>,
    p99: Vec<f64>,
}

impl Percentiles {
    fn add(&mut self, run: usize, name: &str, churn: &churn::Churn, report: &mut Report) {
        let (p50, p99) = (
            stats::percentile(&churn.delays, 0.5),
            stats::percentile(&churn.delays, 0.99),
        );
        self.p50.extend(p50);
        self.p99.extend(p99);
        progress(run, &format!("{name}, joins, p50"), p50.unwrap_or(f64::NAN), "ms");
        progress(run, &format!("{name}, joins, p99"), p99.unwrap_or(f64::NAN), "ms");
        let mut note = format!("Joins, {name}, run {run}: {}", churn.usage.describe());
        if churn.late_p99 > 5.0 {
            note += &format!("; the generator was up to {:.0} ms late", churn.late_p99);
        }
        if churn.missing() > 0 {
            note += &format!("; {} of {} announcements never came", churn.missing(), churn.expected);
        }
        report.notes.push(note + ".");
    }
}

pub(super) fn add_relayed(
    kind: &str,
    run: usize,
    name: &str,
    relayed: &relay::Relayed,
    all: &mut Vec<f64>,
    report: &mut Report,
) {
    progress(run, &format!("{name}, relayed"), relayed.per_core(), "per CPU second");
    all.push(relayed.per_core());
    let a_second = relayed.messages as f64 / relayed.usage.wall;
    let usage = relayed.usage.describe();
    let pace = match relayed.usage.pace(machine::cores()) {
        Pace::Server => "the server set the pace",
        Pace::Generator => "the generator set the pace",
        Pace::Others => "neither set the pace: other programs had most of the machine",
    };
    report.notes.push(format!(
        "{kind}, {name}, run {run}: {a_second:.0} a second; {usage}; {pace}."
    ));
}
