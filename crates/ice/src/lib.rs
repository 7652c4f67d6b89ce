//! The STUN and TURN servers that browsers are told of (the `iceServers` of an RTCPeerConnection), and their logins.
//!
//! [`Turn`] is the relay in this process, with the addresses by which browsers find it. [`parse`] reads the address of another
//! server as an operator writes it. [`Logins`] makes a login for each seat, at the relay and at servers that share a secret with
//! this one; what needs none is [`for_everybody`].
//!
//! Sentences name the flags of the program `parlour`.

mod addresses;
mod error;
mod logins;
mod parse;
mod told;
mod turn;

pub use addresses::own_addresses;
pub use error::Error;
pub use logins::{Logins, check, for_everybody};
pub use parse::{is_host_text, parse};
pub use told::Secure;
pub use turn::{RelaySettings, Serving, Turn};
