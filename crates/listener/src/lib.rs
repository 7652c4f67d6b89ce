//! From a TCP connection to a request: accepts, says whose a connection is and whether it may, speaks TLS, and hands requests of
//! HTTP/1.1 and HTTP/2 to a router of axum.
//!
//! `axum::serve` would do the same with no bound on the time that a request's head may take, with large buffers, and for
//! anybody. Clients that speak STUN on the same port (RFC 7983) are handed to somebody else ([`Stun`]).
//!
//! ```no_run
//! # async fn serve(router: axum::Router, tls: tls::Tls, stop: impl Future<Output = ()>) -> Result<(), Box<dyn std::error::Error>> {
//! let tcp = listener::bind("[::]:443").await?;
//! let visits = listener::Visits::new(listener::Settings::default());
//! let web = listener::Web::plain(router, Some(visits)).over_tls(&tls, None)?;
//! let connections = web.serve(tcp, stop).await;
//! connections.shutdown().await;
//! # Ok(()) }
//! ```
//!
//! What the operator should know is a line of `tracing` with a stable `code`; sentences name the flags of the program `parlour`.

mod bind;
mod quiet;
mod serve;
mod shortage;
mod visits;
mod wire;

pub use bind::bind;
pub use serve::{Connections, Stun, Web};
pub use visits::{Settings, TooOften, Visits};
pub use wire::Wire;
