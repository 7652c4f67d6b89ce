//! The protocol without any input or output: no socket, no clock, no randomness and no task.
//!
//! [`Server::handle`] takes the bytes that came from a client and says what is to be done in an [`Action`];
//! [`Server::handle_peer`] writes what another client gets of it. Time comes in as an argument, so
//! that the tests of every lifetime run in virtual time.

mod allocation;
mod answer;
mod bandwidth;
mod bounds;
mod channel;
mod client;
mod credential;
pub mod frame;
mod names;
mod nonce;
mod packet;
mod reflection;
mod request;
mod seats;
mod server;
mod settings;
mod table;
mod tally;
mod turn;

/// Time since the Unix epoch. The caller never lets it go backwards.
pub type Now = std::time::Duration;

pub use bandwidth::Bandwidth;
pub use bounds::{Bound, Bounds, Exceeded};
pub(crate) use client::place;
pub use client::{Client, Transport};
pub use credential::{BadSeat, Credentials, Issued};
pub use names::{RELAYED_IP, REST};
pub use nonce::{NONCE_LIFETIME, Nonces};
pub use reflection::Reflection;
pub use server::{Action, Opening, Server};
pub use settings::Settings;
pub use table::Slot;
pub use tally::{Dropped, Flow, Stats};

pub use allocation::{DEFAULT_LIFETIME, MAX_LIFETIME};
pub use channel::CHANNEL_LIFETIME;
