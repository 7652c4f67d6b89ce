//! The page: one component tree, rendered on the server and brought to life in the browser.

// Views are types, and deep ones. Erasing them (`into_any`) on the way would cost the wasm a third of its size.
#![recursion_limit = "512"]
#![allow(
    unreachable_pub,
    reason = "the component macro makes public items of private components"
)]

mod app;
mod boot;
pub mod browser;
mod call_part;
mod components;
mod connections;
mod drawn;
mod figures;
mod page;
mod pages;
mod picture;
mod query;
mod shell;
mod shortcuts;
#[cfg(all(test, feature = "ssr"))]
mod ssr_tests;
mod stage;
pub mod state;
mod texts;
mod zoom;

pub use app::{App, HomeProblem};
pub use call_part::{NotFetched, fetch as fetch_call};
pub use page::{Page, RESERVED};
pub use pages::RoomPage;
pub use query::LinkOptions;
pub use shell::{Assets, Shell};
