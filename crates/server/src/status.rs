//! What machines ask: is it well, which version is it, how much is going on. Nothing here is about a person.

use std::fmt::Write as _;
use std::sync::atomic::Ordering::Relaxed;

use axum::Json;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use http::StatusCode;
use http::header::{CACHE_CONTROL, CONTENT_TYPE};
use serde_json::json;
use signaling::Stats;

use crate::router::Shared;

const FRESH: [(http::HeaderName, &str); 1] = [(CACHE_CONTROL, "no-store")];

/// `/healthz`: 200 while people can join, 503 once the server has been told to stop.
pub(crate) async fn healthz(State(shared): State<Shared>) -> Response {
    match shared.draining.load(Relaxed) {
        false => (FRESH, "ok").into_response(),
        true => (StatusCode::SERVICE_UNAVAILABLE, FRESH, "draining").into_response(),
    }
}

/// `/version`: the commit is null where the build did not know it.
pub(crate) async fn version() -> Response {
    let commit = Some(env!("PARLOUR_COMMIT")).filter(|commit| !commit.is_empty());
    let version = json!({ "name": "parlour", "version": env!("CARGO_PKG_VERSION"), "commit": commit });
    (FRESH, Json(version)).into_response()
}

/// `/metrics`, in the text format of Prometheus (version 0.0.4).
pub(crate) async fn metrics(State(shared): State<Shared>) -> Response {
    let kind = [(CONTENT_TYPE, "text/plain; version=0.0.4; charset=utf-8")];
    (FRESH, kind, exposition(&shared.signaling.stats())).into_response()
}

fn exposition(stats: &Stats) -> String {
    let mut text = String::new();
    for (name, kind, help, value) in [
        ("parlour_sockets", "gauge", "WebSockets open now.", stats.sockets),
        ("parlour_seats", "gauge", "People in rooms now.", stats.seats),
        (
            "parlour_seats_away",
            "gauge",
            "Of the people in rooms, those without a socket now.",
            stats.away,
        ),
        (
            "parlour_rooms",
            "gauge",
            "Rooms with somebody in them now.",
            stats.rooms,
        ),
        (
            "parlour_seats_resumed_total",
            "counter",
            "Seats taken back after their socket was lost.",
            stats.resumed,
        ),
        (
            "parlour_signals_relayed_total",
            "counter",
            "Signals passed between peers.",
            stats.relayed,
        ),
    ] {
        // Writing to a String cannot fail.
        let _ = writeln!(text, "# HELP {name} {help}\n# TYPE {name} {kind}\n{name} {value}");
    }
    let _ = writeln!(
        text,
        "# HELP parlour_errors_total Errors answered.\n# TYPE parlour_errors_total counter"
    );
    for (code, count) in &stats.errors {
        let _ = writeln!(text, "parlour_errors_total{{code=\"{code}\"}} {count}");
    }
    text
}
