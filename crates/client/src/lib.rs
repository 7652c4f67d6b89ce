//! The clients that ask Parlour's servers: [`http`] and [`turn`] over any stream, and [`tls`], which takes every certificate and
//! says what a browser would have against it.
//!
//! The doctor, `parlour health`, the load generator, and the tests of relay and server use them. The caller
//! says how long an answer may take.

pub mod http;
pub mod tls;
pub mod turn;

use std::io;

use tokio::io::{AsyncRead, AsyncWrite};

/// A connection of any kind.
pub trait Stream: AsyncRead + AsyncWrite + Unpin + Send {}
impl<S: AsyncRead + AsyncWrite + Unpin + Send> Stream for S {}

/// Why there is no answer, where that is all that is known.
pub const LATE: &str = "no answer in time";

/// What the system said, without the number that it adds.
#[must_use]
pub fn sentence(error: &io::Error) -> String {
    let text = error.to_string();
    let end = text.find(" (os error").unwrap_or(text.len());
    text[..end].to_owned()
}
