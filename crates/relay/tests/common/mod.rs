//! What the tests share. Each test program uses a part of it.
#![allow(dead_code, missing_docs, unreachable_pub, clippy::unwrap_used)]

pub mod message;
pub mod net;
pub mod uclient;
pub mod world;
