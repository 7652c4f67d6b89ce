//! Pointing at shared screens and drawing on them: who sees what, for how long, and what a stranger can do with it.

#![allow(unreachable_pub, missing_docs)]

#[path = "../support/mod.rs"]
mod support;

mod random;
mod room;
mod scenarios;
mod strangers;
