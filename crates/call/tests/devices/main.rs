//! Microphone, camera and speaker: each step in a table, each fault as a scenario, and everything at once in a simulation.

mod browser;
mod scenarios;
mod simulation;
mod table;
