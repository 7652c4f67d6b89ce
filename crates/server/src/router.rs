//! Every route on one screen.

use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use axum::Router;
use axum::middleware::{from_fn, from_fn_with_state};
use axum::routing::get;
use http::header::{CONTENT_TYPE, ETAG, HeaderMap};
use http::{Extensions, StatusCode, Version};
use ice::Turn;
use listener::Visits;
use signaling::Signaling;
use site::Site;
use tower_http::compression::CompressionLayer;

use crate::config::Config;
use crate::headers::{self, Policy};
use crate::{guest, log, pages, status};

/// What the handlers share.
#[derive(Clone)]
pub(crate) struct Shared {
    pub(crate) site: Site,
    pub(crate) signaling: Signaling,
    pub(crate) turn: Option<Turn>,
    pub(crate) visits: Visits,
    pub(crate) reload_port: Option<u16>,
    /// Set once the server has been told to stop.
    pub(crate) draining: Arc<AtomicBool>,
}

pub(crate) fn router(config: &Config, shared: Shared) -> Router {
    let sockets = shared.signaling.router();
    let visits = shared.visits.clone();
    let pages = Router::new()
        .route("/", get(pages::home).options(status::options))
        .route("/new", get(pages::new_room))
        .route("/{room}", get(pages::room))
        .route("/{room}/", get(pages::trailing_slash))
        .route("/version", get(status::version))
        .fallback(pages::file_or_not_found)
        .with_state(shared.clone());
    // Load balancers ask it for everybody: a client that asks too much must not make them take the server for a dead one.
    let health = Router::new()
        .route("/healthz", get(status::healthz).options(status::healthz))
        .with_state(shared);
    sockets // `/ws`
        .merge(pages)
        .layer(CompressionLayer::new().compress_when(is_rendered_page))
        .layer(from_fn_with_state(visits, guest::admit))
        .merge(health)
        .layer(from_fn(log::requests))
        .layer(from_fn_with_state(Arc::new(Policy::new(config)), headers::secure))
}

/// What is asked by machines of the operator's, on a listener of its own.
pub(crate) fn metrics(shared: Shared) -> Router {
    Router::new()
        .route("/metrics", get(status::metrics))
        .route("/healthz", get(status::healthz))
        .with_state(shared)
}

/// Files of the site come compressed already, or are not worth it.
fn is_rendered_page(_: StatusCode, _: Version, headers: &HeaderMap, _: &Extensions) -> bool {
    let html = headers
        .get(CONTENT_TYPE)
        .is_some_and(|kind| kind.as_bytes().starts_with(b"text/html"));
    html && !headers.contains_key(ETAG)
}
