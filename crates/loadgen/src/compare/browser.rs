//! The rows of what a browser found.

use crate::browser_results::BrowserResults;
use crate::report::{Report, Row, Target};
use crate::stats;

/// Adds them, with a note for each that is missing.
pub(super) fn add_rows(report: &mut Report, results: BrowserResults) {
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
        target: Target::AtMost(1.3),
    });
    let kilobytes = |bytes: u64| bytes as f64 / 1_000.0;
    report.rows.push(Row {
        what: "wasm + js + css before the lobby works, brotli".into(),
        unit: "KB",
        ours: results.bytes.map(|bytes| kilobytes(bytes.room)),
        other: None,
        target: Target::AtMost(160.0),
    });
    report.rows.push(Row {
        what: "wasm fetched meanwhile, for the call, brotli".into(),
        unit: "KB",
        ours: results.bytes.map(|bytes| kilobytes(bytes.call_part)),
        other: None,
        target: Target::Told,
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
