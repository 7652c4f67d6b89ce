//! Sizes that fit, in virtual time: scenarios with synthetic paths and processors, and seeded runs.
#![allow(unreachable_pub, missing_docs)]

#[path = "quality/paths.rs"]
mod paths;
#[path = "quality/people.rs"]
mod people;
#[path = "quality/processors.rs"]
mod processors;
#[path = "quality/random.rs"]
mod random;
#[path = "quality/wishes.rs"]
mod wishes;
#[path = "quality/world.rs"]
mod world;
