//! What machines ask: is it well, which version is it, how much is going on. Nothing here is about a person.

use std::fmt::Write as _;
use std::sync::atomic::Ordering::Relaxed;

use axum::Json;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use http::StatusCode;
use http::header::{ALLOW, CACHE_CONTROL, CONTENT_TYPE};
use serde_json::json;
use signaling::Stats;
use visitor::{Refused, What};

use crate::router::Shared;

const FRESH: [(http::HeaderName, &str); 1] = [(CACHE_CONTROL, "no-store")];

/// `/healthz`: 200 while people can join, 503 once the server has been told to stop.
pub(crate) async fn healthz(State(shared): State<Shared>) -> Response {
    match shared.draining.load(Relaxed) {
        false => (FRESH, "ok").into_response(),
        true => (StatusCode::SERVICE_UNAVAILABLE, FRESH, "draining").into_response(),
    }
}

/// `OPTIONS /`: what HAProxy asks unless it is told otherwise, to learn whether a server is well.
pub(crate) async fn options() -> Response {
    (StatusCode::NO_CONTENT, [(ALLOW, "GET, HEAD, OPTIONS")]).into_response()
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
    let mut text = signaling_numbers(&shared.signaling.stats());
    text += &refusals(shared.visits.bounds().refused());
    if let Some(turn) = &shared.turn {
        text += &relay_numbers(&turn.stats());
    }
    (FRESH, kind, text).into_response()
}

fn signaling_numbers(stats: &Stats) -> String {
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
        (
            "parlour_unknown_messages_total",
            "counter",
            "Messages and signals that only a newer version of the protocol knows.",
            stats.unknown,
        ),
    ] {
        number(&mut text, name, kind, help, &[("", value)]);
    }
    number(&mut text, "parlour_errors_total", "counter", "Errors answered.", &[]);
    for (code, count) in &stats.errors {
        let _ = writeln!(text, "parlour_errors_total{{code=\"{code}\"}} {count}");
    }
    text
}

/// What was refused because one address had too much of it.
fn refusals(Refused(counts): Refused) -> String {
    let labels = What::ALL.map(|what| format!("{{what=\"{}\"}}", what.as_str()));
    let values: Vec<_> = labels.iter().map(String::as_str).zip(counts).collect();
    let mut text = String::new();
    let help = "Refused because one address had too much of it.";
    number(&mut text, "parlour_address_refused_total", "counter", help, &values);
    text
}

fn relay_numbers(stats: &relay::Stats) -> String {
    let relay::Dropped {
        channel,
        peer,
        bandwidth,
        full,
    } = stats.dropped;
    let mut text = String::new();
    for (name, kind, help, values) in [
        (
            "parlour_relay_allocations",
            "gauge",
            "Relayed addresses open now.",
            &[("", stats.allocations)][..],
        ),
        (
            "parlour_relay_allocations_total",
            "counter",
            "Relayed addresses ever opened.",
            &[("", stats.opened)],
        ),
        (
            "parlour_relay_streams",
            "gauge",
            "TCP connections to the relay open now.",
            &[("", stats.streams)],
        ),
        (
            "parlour_relay_bindings_total",
            "counter",
            "STUN Binding requests answered.",
            &[("", stats.bindings)],
        ),
        (
            "parlour_relay_bytes_total",
            "counter",
            "Payload relayed, by whom it went to.",
            &[
                ("{to=\"peers\"}", stats.to_peers.bytes),
                ("{to=\"clients\"}", stats.to_clients.bytes),
            ],
        ),
        (
            "parlour_relay_packets_total",
            "counter",
            "Datagrams relayed, by whom they went to.",
            &[
                ("{to=\"peers\"}", stats.to_peers.packets),
                ("{to=\"clients\"}", stats.to_clients.packets),
            ],
        ),
        (
            "parlour_relay_dropped_total",
            "counter",
            "Datagrams not relayed, by why.",
            &[
                ("{why=\"channel\"}", channel),
                ("{why=\"peer\"}", peer),
                ("{why=\"bandwidth\"}", bandwidth),
                ("{why=\"full\"}", full),
            ],
        ),
        (
            "parlour_relay_refused_total",
            "counter",
            "Requests answered with an error: each allocation is asked for once without credentials.",
            &[("", stats.refused)],
        ),
        (
            "parlour_relay_silenced_total",
            "counter",
            "Requests of strangers left unanswered, because there were too many.",
            &[("", stats.silenced)],
        ),
        (
            "parlour_relay_malformed_total",
            "counter",
            "Messages that were neither STUN nor TURN.",
            &[("", stats.malformed)],
        ),
    ] {
        number(&mut text, name, kind, help, values);
    }
    text
}

/// One number with its description, once for each set of labels.
fn number(text: &mut String, name: &str, kind: &str, help: &str, values: &[(&str, u64)]) {
    // Writing to a String cannot fail.
    let _ = writeln!(text, "# HELP {name} {help}\n# TYPE {name} {kind}");
    for (labels, value) in values {
        let _ = writeln!(text, "{name}{labels} {value}");
    }
}
