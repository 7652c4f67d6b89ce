//! What outlives the server: the folder of its state ([`Places`]), the key in it ([`key`]), and files that hold keys
//! ([`private_file`]).
//!
//! Sentences name the flags of the program `parlour`; warnings of `tracing` have a stable `code`.

mod error;
mod key;
mod places;
pub mod private_file;

pub use error::Error;
pub use key::{KEY, key};
pub use places::Places;
