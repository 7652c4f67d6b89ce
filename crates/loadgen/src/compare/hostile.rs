//! The rows of a flood: what others notice while one address sends what it can.

use anyhow::{Context, Result, ensure};
use tokio::process::Command;

use super::{Comparison, progress};
use crate::loopback::Loopback;
use crate::process;
use crate::report::{Report, Row, Target};
use crate::under_flood::{self, Seen};
use crate::{machine, stats};

/// The core of the server, and that of everything else.
const CORES: [&str; 2] = ["0", "1"];

impl Comparison<'_> {
    /// One core is the server's alone: what is measured is what it has left for others, not what the flood takes from them elsewhere.
    pub(super) async fn hostile(&self, report: &mut Report) -> Result<()> {
        if machine::cores() < 2.0 {
            report
                .notes
                .push("A flood needs a core beside the server's: not measured on this machine.".into());
            return Ok(());
        }
        pin(std::process::id(), CORES[1]).await?;
        let (mut calm, mut flooded, mut handshakes) = (Vec::new(), Vec::new(), Vec::new());
        for run in 1..=self.extent.runs {
            for (is_flooded, all) in [(false, &mut calm), (true, &mut flooded)] {
                let seen = self.under_flood(is_flooded).await?;
                let name = if is_flooded {
                    "under the flood"
                } else {
                    "flood at closed ports"
                };
                progress(run, &format!("{name}, joins"), seen.joins_a_second, "a second");
                report.notes.push(describe(run, name, &seen));
                all.push(seen);
            }
            let p99 = self.handshakes_under_flood().await?;
            progress(run, "under the flood, TLS handshakes, p99", p99, "ms");
            handshakes.push(p99);
        }
        pin(std::process::id(), &format!("0-{}", machine::cores() as usize - 1)).await?;
        add_rows(report, &calm, &flooded);
        report.rows.push(Row {
            what: "one address floods: TLS handshakes of others, p99".into(),
            unit: "ms",
            ours: stats::median(&handshakes),
            other: None,
            target: Target::AtMost(1_000.0),
        });
        Ok(())
    }

    async fn handshakes_under_flood(&self) -> Result<f64> {
        let (running, parlour) = process::parlour_with_tls(self.parlour).await?;
        pin(running.process(), CORES[0]).await?;
        let times = under_flood::handshakes(parlour.address(), Loopback::free()?, self.extent.hostile.joining).await?;
        running.stop().await?;
        stats::percentile(&times, 0.99).context("no handshake was made")
    }

    /// A new server with the bounds of an installation.
    async fn under_flood(&self, is_flooded: bool) -> Result<Seen> {
        let (running, parlour, relay) = process::parlour_on_the_internet(self.parlour).await?;
        pin(running.process(), CORES[0]).await?;
        let [server, media] = [parlour.address(), relay.address.to_string().parse()?];
        let target = if is_flooded {
            [server, media]
        } else {
            [Loopback::free()?, Loopback::free()?]
        };
        let seen = under_flood::measure(&running, server, &relay, target, self.extent.hostile).await?;
        running.stop().await?;
        Ok(seen)
    }
}

/// Puts all threads of a process on these cores.
async fn pin(process: u32, cores: &str) -> Result<()> {
    let process = process.to_string();
    let mut command = Command::new("taskset");
    command
        .args(["-a", "-c", "-p", cores, &process])
        .stdout(std::process::Stdio::null());
    let status = command.status().await.context("there is no taskset (util-linux)")?;
    ensure!(status.success(), "taskset cannot choose a core");
    Ok(())
}

fn describe(run: usize, name: &str, seen: &Seen) -> String {
    let [before, middle, after] = seen.memory.map(|bytes| bytes as f64 / 1024.0 / 1024.0);
    format!(
        "Flood, run {run}, {name}: {:.0} connections a second; {:.0} joins a second; at an even pace {} of {} announcements missing; {} of {} relayed packets \
         lost; server memory {before:.1} MiB before, {middle:.1} MiB in the middle, {after:.1} MiB at the end; {}.",
        seen.connections_a_second,
        seen.joins_a_second,
        seen.churn.missing(),
        seen.churn.expected,
        seen.lost,
        seen.packets,
        seen.churn.usage.describe(),
    )
}

fn add_rows(report: &mut Report, calm: &[Seen], flooded: &[Seen]) {
    let median = |all: &[Seen], value: fn(&Seen) -> f64| stats::median(&all.iter().map(value).collect::<Vec<_>>());
    let mut row = |what: &str, unit, ours, other, target| {
        report.rows.push(Row {
            what: format!("one address floods: {what}"),
            unit,
            ours,
            other,
            target,
        });
    };
    let memory = |at: usize| {
        let all = flooded.iter().map(|seen| seen.memory[at] as f64 / 1024.0 / 1024.0);
        stats::median(&all.collect::<Vec<_>>())
    };
    let p99 = |seen: &Seen| stats::percentile(&seen.churn.delays, 0.99).unwrap_or(f64::INFINITY);
    row(
        "joins served to others",
        "a second",
        median(flooded, |seen| seen.joins_a_second),
        Some(("at closed ports", median(calm, |seen| seen.joins_a_second))),
        Target::AtLeast(0.8),
    );
    row(
        "others' joins, p99",
        "ms",
        median(flooded, p99),
        None,
        Target::AtMost(250.0),
    );
    row(
        "messages of others that never came",
        "",
        median(flooded, |seen| seen.churn.missing() as f64),
        None,
        Target::AtMost(0.0),
    );
    row(
        "relayed packets of others that were lost",
        "%",
        median(flooded, |seen| 100.0 * seen.lost as f64 / seen.packets.max(1) as f64),
        None,
        Target::AtMost(0.1),
    );
    row(
        "server memory at the end of it",
        "MiB",
        memory(2),
        Some(("in the middle", memory(1))),
        Target::AtMost(1.1),
    );
}
