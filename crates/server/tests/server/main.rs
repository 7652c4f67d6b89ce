//! The server over real sockets, on a port of its own for each test.

#![allow(clippy::unwrap_used)]

mod acme;
mod credentials;
mod doctor;
mod drain;
#[path = "../../../relay/tests/common/mod.rs"]
mod guest;
mod headers;
mod health;
mod html;
mod operator;
mod pages;
mod privacy;
mod program;
mod restart;
mod secure;
mod service;
mod site;
mod socket;
mod status;
mod support;
mod tls;
mod turn;
mod visitors;
