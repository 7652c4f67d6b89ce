//! What machines ask: is it well, which version is it, how much is going on. Nothing here is about a person.

use std::fmt::Display;
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
    let mut text = signaling_numbers(shared.signaling.stats());
    text += &refusals(shared.visits.bounds().refused());
    if let Some(turn) = &shared.turn {
        text += &relay_numbers(turn.stats());
    }
    (FRESH, kind, text).into_response()
}

fn signaling_numbers(stats: Stats) -> String {
    let Stats {
        sockets,
        seats,
        away,
        rooms,
        resumed,
        relayed,
        unknown,
        errors,
        ..
    } = stats;
    let errors = labelled("parlour_errors_total", "code", errors);
    format!(
        "\
# HELP parlour_sockets WebSockets open now.
# TYPE parlour_sockets gauge
parlour_sockets {sockets}
# HELP parlour_seats People in rooms now.
# TYPE parlour_seats gauge
parlour_seats {seats}
# HELP parlour_seats_away Of the people in rooms, those without a socket now.
# TYPE parlour_seats_away gauge
parlour_seats_away {away}
# HELP parlour_rooms Rooms with somebody in them now.
# TYPE parlour_rooms gauge
parlour_rooms {rooms}
# HELP parlour_seats_resumed_total Seats taken back after their socket was lost.
# TYPE parlour_seats_resumed_total counter
parlour_seats_resumed_total {resumed}
# HELP parlour_signals_relayed_total Signals passed between peers.
# TYPE parlour_signals_relayed_total counter
parlour_signals_relayed_total {relayed}
# HELP parlour_unknown_messages_total Messages and signals that only a newer version of the protocol knows.
# TYPE parlour_unknown_messages_total counter
parlour_unknown_messages_total {unknown}
# HELP parlour_errors_total Errors answered.
# TYPE parlour_errors_total counter
{errors}"
    )
}

/// What was refused because one address had too much of it.
fn refusals(Refused(counts): Refused) -> String {
    let counts = What::ALL.map(What::as_str).into_iter().zip(counts);
    let counts = labelled("parlour_address_refused_total", "what", counts);
    format!(
        "\
# HELP parlour_address_refused_total Refused because one address had too much of it.
# TYPE parlour_address_refused_total counter
{counts}"
    )
}

fn relay_numbers(stats: relay::Stats) -> String {
    let relay::Stats {
        allocations,
        opened,
        streams,
        bindings,
        to_peers,
        to_clients,
        dropped,
        refused,
        silenced,
        malformed,
    } = stats;
    format!(
        "\
# HELP parlour_relay_allocations Relayed addresses open now.
# TYPE parlour_relay_allocations gauge
parlour_relay_allocations {allocations}
# HELP parlour_relay_allocations_total Relayed addresses ever opened.
# TYPE parlour_relay_allocations_total counter
parlour_relay_allocations_total {opened}
# HELP parlour_relay_streams TCP connections to the relay open now.
# TYPE parlour_relay_streams gauge
parlour_relay_streams {streams}
# HELP parlour_relay_bindings_total STUN Binding requests answered.
# TYPE parlour_relay_bindings_total counter
parlour_relay_bindings_total {bindings}
# HELP parlour_relay_bytes_total Payload relayed, by whom it went to.
# TYPE parlour_relay_bytes_total counter
parlour_relay_bytes_total{{to=\"peers\"}} {}
parlour_relay_bytes_total{{to=\"clients\"}} {}
# HELP parlour_relay_packets_total Datagrams relayed, by whom they went to.
# TYPE parlour_relay_packets_total counter
parlour_relay_packets_total{{to=\"peers\"}} {}
parlour_relay_packets_total{{to=\"clients\"}} {}
# HELP parlour_relay_dropped_total Datagrams not relayed, by why.
# TYPE parlour_relay_dropped_total counter
parlour_relay_dropped_total{{why=\"channel\"}} {}
parlour_relay_dropped_total{{why=\"peer\"}} {}
parlour_relay_dropped_total{{why=\"bandwidth\"}} {}
parlour_relay_dropped_total{{why=\"full\"}} {}
# HELP parlour_relay_refused_total Requests answered with an error: each allocation is asked for once without credentials.
# TYPE parlour_relay_refused_total counter
parlour_relay_refused_total {refused}
# HELP parlour_relay_silenced_total Requests of strangers left unanswered, because there were too many.
# TYPE parlour_relay_silenced_total counter
parlour_relay_silenced_total {silenced}
# HELP parlour_relay_malformed_total Messages that were neither STUN nor TURN.
# TYPE parlour_relay_malformed_total counter
parlour_relay_malformed_total {malformed}
",
        to_peers.bytes,
        to_clients.bytes,
        to_peers.packets,
        to_clients.packets,
        dropped.channel,
        dropped.peer,
        dropped.bandwidth,
        dropped.full,
    )
}

/// A line for each value of a label.
fn labelled<V: Display>(name: &str, label: &str, values: impl IntoIterator<Item = (V, u64)>) -> String {
    let line = |(value, count)| format!("{name}{{{label}=\"{value}\"}} {count}\n");
    values.into_iter().map(line).collect()
}
