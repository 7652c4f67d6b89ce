//! `loadgen compare`: every measurement, side by side and in turn, and the table.

mod browser;
mod hostile;
mod load;
mod survival;
mod turn;

use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use clap::{Args, ValueEnum};

use crate::process::{self, Parlour, Running};
use crate::report::Report;
use crate::seat::Server;
use crate::{browser_results, churn, machine, relay, restart, soak, under_flood};

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
    /// Seconds of the soak [default: 600, or 20 of a quick run].
    #[arg(long, value_name = "SECONDS", value_parser = clap::value_parser!(u16).range(10..))]
    soak: Option<u16>,
    /// What decides by chance in the soak: the same seed decides alike.
    #[arg(long, default_value_t = 1)]
    seed: u64,
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
    /// Media through the relay.
    Turn,
    /// One address that floods, and what others notice.
    Hostile,
    /// A server that is killed or stopped under people in calls.
    Restart,
    /// A long time of joins, leaves and lost connections.
    Soak,
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
    hostile: under_flood::Plan,
    restart: restart::Plan,
    soak: Duration,
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
    hostile: under_flood::Plan {
        churn: churn::Plan {
            joins_a_second: 100,
            warm_up: 2,
            seconds: 10,
        },
        joining: Duration::from_secs(8),
    },
    restart: restart::Plan {
        seats: 2_000,
        down: Duration::from_secs(3),
    },
    soak: Duration::from_secs(600),
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
    hostile: under_flood::Plan {
        churn: churn::Plan {
            joins_a_second: 100,
            warm_up: 1,
            seconds: 3,
        },
        joining: Duration::from_secs(2),
    },
    restart: restart::Plan {
        seats: 2_000,
        down: Duration::from_secs(1),
    },
    soak: Duration::from_secs(20),
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
        browser::add_rows(&mut report, browser_results::read(path)?);
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
    if wanted(Measurement::Turn) {
        comparison.turn(&mut report).await.context("relayed media")?;
    }
    if wanted(Measurement::Hostile) {
        comparison.hostile(&mut report).await.context("a flood")?;
    }
    if wanted(Measurement::Restart) {
        comparison.restart(&mut report).await.context("restarts")?;
    }
    if wanted(Measurement::Soak) {
        let duration = options.soak.map(|seconds| Duration::from_secs(seconds.into()));
        let plan = soak::Plan {
            duration: duration.unwrap_or(comparison.extent.soak),
            seed: options.seed,
        };
        comparison.soak(plan, &mut report).await.context("soak")?;
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
        let parlour = Parlour::new(self.parlour, 10_000)?;
        Ok((parlour.start().await?, Server::Parlour(parlour.address())))
    }

    async fn start_reference(&self) -> Result<Option<(Running, Server)>> {
        match self.reference {
            Some((folder, hook)) => process::reference(folder, hook).await.map(Some),
            None => Ok(None),
        }
    }
}

fn progress(run: usize, what: &str, value: f64, unit: &str) {
    eprintln!("run {run}: {what}: {value:.2} {unit}");
}
