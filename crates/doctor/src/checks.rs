//! The checks. Each file finds facts out, and makes sentences of them in a function `judge` that asks nobody.

pub(crate) mod certificate;
pub(crate) mod clock;
pub(crate) mod dns;
pub(crate) mod ports;
pub(crate) mod relay;
pub(crate) mod server;
pub(crate) mod signaling;

use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// By this machine's clock, in seconds since 1970; 0 where it is set to an earlier time.
fn now() -> u64 {
    SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .map_or(0, |since| since.as_secs())
}

/// A duration as people read it.
fn span(duration: Duration) -> String {
    match duration.as_micros() {
        micros @ ..10_000 => format!("{}.{} ms", micros / 1_000, micros % 1_000 / 100),
        _ => format!("{} ms", duration.as_millis()),
    }
}
