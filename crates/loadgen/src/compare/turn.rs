//! The rows of the relay for media: Parlour's beside coturn.

use anyhow::Result;

use super::load::add_relayed;
use super::{Comparison, progress};
use crate::process;
use crate::report::{Report, Row, Target};
use crate::{stats, turn_load};

/// Pairs of allocations that carry packets at the same time.
const BUSY: [usize; 2] = [1, 50];

/// Pairs whose memory is measured.
const IDLE: usize = 500;

impl Comparison<'_> {
    pub(super) async fn turn(&self, report: &mut Report) -> Result<()> {
        let mut has_coturn = true;
        for pairs in BUSY {
            let plan = self.extent.relay;
            let (mut ours, mut theirs) = (Vec::new(), Vec::new());
            let plural = if pairs == 1 { "" } else { "s" };
            let kind = format!("Media of {pairs} pair{plural}");
            for run in 1..=self.extent.runs {
                let (running, _files, server) = process::parlour_relay(self.parlour, 2 * pairs).await?;
                let relayed = turn_load::throughput(&running, &server, pairs, plan).await?;
                running.stop().await?;
                add_relayed(&kind, run, "Parlour", &relayed, &mut ours, report);
                let Some((running, server)) = process::coturn().await? else {
                    has_coturn = false;
                    continue;
                };
                let relayed = turn_load::throughput(&running, &server, pairs, plan).await?;
                running.stop().await?;
                add_relayed(&kind, run, "coturn", &relayed, &mut theirs, report);
            }
            report.rows.push(Row {
                what: format!("relayed packets of 1,200 bytes a second per core, {pairs} pair{plural} of allocations"),
                unit: "",
                ours: stats::median(&ours),
                other: Some(("coturn", stats::median(&theirs))),
                target: Target::AtLeast(1.0),
            });
        }
        let (mut ours, mut theirs) = (Vec::new(), Vec::new());
        for run in 1..=self.extent.runs {
            let (running, _files, server) = process::parlour_relay(self.parlour, 2 * IDLE).await?;
            let bytes = turn_load::memory(&running, &server, IDLE, self.extent.settle).await?;
            running.stop().await?;
            progress(run, "an allocation in Parlour", bytes / 1024.0, "KiB");
            ours.push(bytes / 1024.0);
            if let Some((running, server)) = process::coturn().await? {
                let bytes = turn_load::memory(&running, &server, IDLE, self.extent.settle).await?;
                running.stop().await?;
                progress(run, "an allocation in coturn", bytes / 1024.0, "KiB");
                theirs.push(bytes / 1024.0);
            }
        }
        report.rows.push(Row {
            what: format!(
                "server memory per allocation, {} idle allocations with a channel each",
                2 * IDLE
            ),
            unit: "KiB",
            ours: stats::median(&ours),
            other: Some(("coturn", stats::median(&theirs))),
            target: Target::AtMost(0.5),
        });
        if !has_coturn {
            let why = "coturn was not there (apt-get install coturn), so Parlour's relay was measured alone.";
            report.notes.push(why.into());
        }
        Ok(())
    }
}
