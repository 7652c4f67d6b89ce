//! The page: one component tree, rendered on the server and brought to life in the browser.

pub mod browser;
mod page;
pub mod state;

pub use page::{Page, RESERVED};
