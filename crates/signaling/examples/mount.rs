//! Signaling mounted in somebody else's axum app, which has a state and routes of its own.
//! `cargo run -p signaling --example mount`, then open a WebSocket to ws://127.0.0.1:3000/call/ws

use std::sync::Arc;

use axum::serve::ListenerExt;
use axum::{Router, extract::State, routing::get};
use signaling::{Config, Signaling};
use tokio::net::TcpListener;

struct TheirState {
    greeting: &'static str,
}

#[tokio::main]
async fn main() -> std::io::Result<()> {
    let signaling = Signaling::new(Config::default());
    let app = Router::new()
        .route(
            "/",
            get(|State(state): State<Arc<TheirState>>| async move { state.greeting }),
        )
        .nest("/call", signaling.router())
        .with_state(Arc::new(TheirState { greeting: "hello" }));
    // Signals are small and urgent: they do not wait to be sent together.
    let listener = TcpListener::bind("127.0.0.1:3000").await?.tap_io(|connection| {
        let _ = connection.set_nodelay(true);
    });
    let stop = async move {
        let _ = tokio::signal::ctrl_c().await;
        signaling.shutdown().await;
    };
    axum::serve(listener, app).with_graceful_shutdown(stop).await
}
