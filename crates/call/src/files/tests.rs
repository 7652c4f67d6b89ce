//! Files between two pages.

mod hostile;
mod scenarios;
mod simulation;
mod world;
