//! `loadgen compare`: every measurement, side by side and in turn, and the table.

use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use clap::{Args, ValueEnum};

use crate::browser_results::{self, BrowserResults};
use crate::meter::Pace;
use crate::process::{self, Running};
use crate::report::{Report, Row, Target};
use crate::seat::Server;
use crate::{churn, machine, memory, relay, stats};

/// What to compare, and how thoroughly.
#[derive(Args, Debug)]
pub(crate) struct Options {
    /// Parlour's binary.
    #[arg(long)]
    parlour: PathBuf,
    /// The reference's folder, with its packages installed. Without it only Parlour is measured.
    #[arg(long, requires = "reference_hook")]
    reference: Option<PathBuf>,
    /// A script that Node loads before the reference, to lift its limit on participants.
    #[arg(long)]
    reference_hook: Option<PathBuf>,
    /// What `end2end/bench.mjs` measured.
    #[arg(long)]
    browser: Option<PathBuf>,
    /// Only these measurements.
    #[arg(long, value_enum, value_delimiter = ',')]
    only: Vec<Measurement>,
    /// Less of everything, for trying: not for judging.
    #[arg(long)]
    quick: bool,
    /// Put the report between the marks of this file.
    #[arg(long)]
    write: Option<PathBuf>,
    /// The command that the report names.
    #[arg(long, default_value = "loadgen compare")]
    command: String,
}

/// One kind of load.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Measurement {
    /// Memory of idle participants.
    Memory,
    /// Joins and leaves.
    Churn,
    /// Relayed messages.
    Relay,
    /// No load at all: only what the browser found.
    None,
}

/// How thoroughly.
struct Extent {
    runs: usize,
    seats: &'static [usize],
    settle: Duration,
    churn: churn::Plan,
    relay: relay::Plan,
}

const FULL: Extent = Extent {
    runs: 3,
    seats: &[2_000, 10_000],
    settle: Duration::from_secs(10),
    churn: churn::Plan {
        joins_a_second: 500,
        warm_up: 3,
        seconds: 10,
    },
    relay: relay::Plan {
        warm_up: Duration::from_secs(2),
        measured: Duration::from_secs(8),
    },
};

const QUICK: Extent = Extent {
    runs: 1,
    seats: &[2_000],
    settle: Duration::from_secs(2),
    churn: churn::Plan {
        joins_a_second: 500,
        warm_up: 1,
        seconds: 3,
    },
    relay: relay::Plan {
        warm_up: Duration::from_millis(500),
        measured: Duration::from_secs(2),
    },
};

/// Measures, prints the report and writes it where it is wanted.
pub(crate) async fn run(options: Options) -> Result<()> {
    ensure!(
        options.parlour.is_file(),
        "{} is not there: build it first",
        options.parlour.display()
    );
    let comparison = Comparison {
        parlour: &options.parlour,
        reference: options.reference.as_deref().zip(options.reference_hook.as_deref()),
        extent: if options.quick { &QUICK } else { &FULL },
    };
    let mut report = Report {
        machine: machine::describe(Some(&options.parlour), options.reference.as_deref()),
        ..Report::default()
    };
    report.notes.extend(machine::is_busy());
    if let Some(path) = &options.browser {
        add_browser_rows(&mut report, browser_results::read(path)?);
    }
    let wanted = |measurement| options.only.is_empty() || options.only.contains(&measurement);
    if wanted(Measurement::Memory) {
        comparison.memory(&mut report).await.context("memory")?;
    }
    if wanted(Measurement::Churn) {
        comparison.churn(&mut report).await.context("joins and leaves")?;
    }
    if wanted(Measurement::Relay) {
        comparison.relay(&mut report).await.context("relayed messages")?;
    }
    if options.reference.is_none() {
        let why = "The reference's folder was not there (PARLOUR_REFERENCE names it), so only Parlour was measured.";
        report.notes.push(why.into());
    }
    if options.quick {
        report.notes.push("A quick run: too short to judge by.".into());
    }
    println!("{}", report.markdown(&options.command));
    match &options.write {
        Some(path) => report.write(&options.command, path),
        None => Ok(()),
    }
}

struct Comparison<'a> {
    parlour: &'a Path,
    /// The folder, and the script that lifts its limit.
    reference: Option<(&'a Path, &'a Path)>,
    extent: &'a Extent,
}

impl Comparison<'_> {
    async fn start_parlour(&self) -> Result<(Running, Server)> {
        process::parlour(self.parlour, 10_000).await
    }

    async fn start_reference(&self) -> Result<Option<(Running, Server)>> {
        match self.reference {
            Some((folder, hook)) => process::reference(folder, hook).await.map(Some),
            None => Ok(None),
        }
    }

    async fn memory(&self, report: &mut Report) -> Result<()> {
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

    async fn churn(&self, report: &mut Report) -> Result<()> {
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

    async fn relay(&self, report: &mut Report) -> Result<()> {
        let (mut ours, mut theirs, mut bare) = (Vec::new(), Vec::new(), Vec::new());
        let plan = self.extent.relay;
        for run in 1..=self.extent.runs {
            let (running, server) = self.start_parlour().await?;
            add_relayed(
                run,
                "Parlour",
                &relay::measure(&running, server, plan).await?,
                &mut ours,
                report,
            );
            running.stop().await?;
            let (running, server) = process::bare_relay().await?;
            add_relayed(
                run,
                "bare relay",
                &relay::measure_bare(&running, server, plan).await?,
                &mut bare,
                report,
            );
            running.stop().await?;
            if let Some((running, server)) = self.start_reference().await? {
                add_relayed(
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

fn add_relayed(run: usize, name: &str, relayed: &relay::Relayed, all: &mut Vec<f64>, report: &mut Report) {
    progress(
        run,
        &format!("{name}, relayed"),
        relayed.per_core(),
        "messages per CPU second",
    );
    all.push(relayed.per_core());
    let a_second = relayed.messages as f64 / relayed.usage.wall;
    let usage = relayed.usage.describe();
    let pace = match relayed.usage.pace(machine::cores()) {
        Pace::Server => "the server set the pace",
        Pace::Generator => "the generator set the pace",
        Pace::Others => "neither set the pace: other programs had most of the machine",
    };
    report.notes.push(format!(
        "Relay, {name}, run {run}: {a_second:.0} messages a second; {usage}; {pace}."
    ));
}

fn add_browser_rows(report: &mut Report, results: BrowserResults) {
    if let Some(browser) = &results.browser {
        report.machine.push(browser.clone());
    }
    let runs = results
        .first_frame
        .parlour
        .len()
        .min(results.join_to_frame.parlour.len());
    if runs > 0 {
        report
            .notes
            .push(format!("Rows of the browser: medians of {runs} runs, in turn."));
    }
    report.rows.push(Row {
        what: "navigation with `?autojoin` to first remote frame, second person".into(),
        unit: "ms",
        ours: stats::median(&results.first_frame.parlour),
        other: Some(("reference", stats::median(&results.first_frame.other))),
        target: Target::AtMost(0.9),
    });
    report.rows.push(Row {
        what: "Join click to first remote frame".into(),
        unit: "ms",
        ours: stats::median(&results.join_to_frame.parlour),
        other: Some(("in-page loopback", stats::median(&results.join_to_frame.other))),
        target: Target::AtMost(2.0),
    });
    let kilobytes = |bytes: u64| bytes as f64 / 1_000.0;
    report.rows.push(Row {
        what: "wasm + js + css of the room page, brotli".into(),
        unit: "KB",
        ours: results.bytes.map(|bytes| kilobytes(bytes.room)),
        other: None,
        target: Target::AtMost(120.0),
    });
    report.rows.push(Row {
        what: "everything of the home page, brotli".into(),
        unit: "KB",
        ours: results.bytes.map(|bytes| kilobytes(bytes.home)),
        other: None,
        target: Target::AtMost(15.0),
    });
    if let Some(bytes) = results.bytes {
        report.rows.push(Row {
            what: "wasm on the home page".into(),
            unit: "KB",
            ours: Some(kilobytes(bytes.home_wasm)),
            other: None,
            target: Target::AtMost(0.0),
        });
    }
    report.notes.extend(results.skipped);
}

fn progress(run: usize, what: &str, value: f64, unit: &str) {
    eprintln!("run {run}: {what}: {value:.2} {unit}");
}
