//! What `end2end/bench.mjs` measured in a browser, and of the files that a page loads.

use std::fs;
use std::path::Path;

use anyhow::{Context, Result};
use serde::Deserialize;

/// The file that it writes. What could not be measured is absent, and `skipped` says why.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(crate) struct BrowserResults {
    /// Name and version.
    pub(crate) browser: Option<String>,
    /// Milliseconds from navigation to the first remote frame, run by run.
    pub(crate) first_frame: Pair,
    /// Milliseconds from the click on Join to the first remote frame.
    pub(crate) join_to_frame: Pair,
    /// Compressed sizes.
    pub(crate) bytes: Option<Bytes>,
    /// Sentences for the report.
    pub(crate) skipped: Vec<String>,
}

/// Parlour, and what it is compared with.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Pair {
    /// Ours.
    pub(crate) parlour: Vec<f64>,
    /// The reference's, or the loopback's.
    pub(crate) other: Vec<f64>,
}

/// Bytes as they cross the wire with brotli.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Bytes {
    /// wasm, js and css of the room page, before its lobby works.
    pub(crate) room: u64,
    /// The wasm that only a call needs.
    pub(crate) call_part: u64,
    /// Everything that the home page loads.
    pub(crate) home: u64,
    /// How much of that is wasm.
    pub(crate) home_wasm: u64,
}

/// Reads the file.
pub(crate) fn read(path: &Path) -> Result<BrowserResults> {
    let bytes = fs::read(path).with_context(|| format!("cannot read {}", path.display()))?;
    serde_json::from_slice(&bytes).with_context(|| format!("{} has another form than expected", path.display()))
}
