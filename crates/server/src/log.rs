//! The log: our own crates at the level asked for, everybody else's only from warnings up, so that no library's
//! debug output can carry what a participant sent.

use std::time::Instant;

use axum::extract::{MatchedPath, Request};
use axum::middleware::Next;
use axum::response::Response;
use tracing::level_filters::LevelFilter;
use tracing::subscriber::Subscriber;
use tracing_subscriber::filter::Targets;
use tracing_subscriber::fmt::MakeWriter;
use tracing_subscriber::layer::{Layer as _, SubscriberExt as _};

use crate::config::LogFormat;

/// Crates whose lines hold no participant data by their own tests.
const OURS: [&str; 9] = [
    "parlour",
    "server",
    "listener",
    "ice",
    "state",
    "signaling",
    "protocol",
    "app",
    "tls",
];

/// Crates that warn of what strangers send, or show addresses or keys with it.
const SILENT: [&str; 2] = ["stun_types", "quinn_udp"];

/// What receives and writes the events.
pub(crate) fn subscriber<W>(format: LogFormat, level: LevelFilter, writer: W) -> Box<dyn Subscriber + Send + Sync>
where
    W: for<'writer> MakeWriter<'writer> + Send + Sync + 'static,
{
    let others = level.min(LevelFilter::WARN);
    let filter = Targets::new()
        .with_default(others)
        .with_targets(OURS.map(|name| (name, level)))
        .with_targets(SILENT.map(|name| (name, LevelFilter::OFF)));
    // A log that cannot be written must not end the calls: errors of the writer are dropped.
    let layer = tracing_subscriber::fmt::layer()
        .with_writer(writer)
        .with_ansi(false)
        .log_internal_errors(false);
    let layer = match format {
        LogFormat::Text => layer.boxed(),
        LogFormat::Json => layer.json().flatten_event(true).boxed(),
    };
    Box::new(tracing_subscriber::registry().with(layer.with_filter(filter)))
}

/// Logs each request by its route, not by its path: a path names a room.
pub(crate) async fn requests(request: Request, next: Next) -> Response {
    let start = Instant::now();
    let method = request.method().clone();
    let route = request.extensions().get::<MatchedPath>().cloned();
    let response = next.run(request).await;
    let micros = u64::try_from(start.elapsed().as_micros()).unwrap_or(u64::MAX);
    tracing::debug!(
        %method,
        route = route.as_ref().map_or("(none)", MatchedPath::as_str),
        status = response.status().as_u16(),
        micros,
        "request answered"
    );
    response
}
