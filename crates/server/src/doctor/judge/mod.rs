//! What facts mean: each function takes what was found out and returns a finding. Nothing here asks anybody.

pub(super) mod address;
pub(super) mod certificate;
pub(super) mod clock;
pub(super) mod ports;
pub(super) mod relay;
pub(super) mod server;
pub(super) mod signaling;
pub(super) mod system;

use std::time::Duration;

/// A duration as people read it.
pub(super) fn span(duration: Duration) -> String {
    match duration.as_micros() {
        micros @ ..10_000 => format!("{}.{} ms", micros / 1_000, micros % 1_000 / 100),
        _ => format!("{} ms", duration.as_millis()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn short_times_have_one_digit_after_the_point() {
        assert_eq!(span(Duration::from_micros(420)), "0.4 ms");
        assert_eq!(span(Duration::from_micros(9_999)), "9.9 ms");
        assert_eq!(span(Duration::from_micros(12_345)), "12 ms");
    }
}
