//! When the page draws a new face or a new tile.
//!
//! Drawing the call for the first time takes a page some 70 ms, a new tile 30, in which it answers nobody. So whoever is
//! connected to somebody new draws when the connection stands: until the first picture comes over it there is nothing
//! better to do, and it comes that much sooner.

use gloo_timers::callback::Timeout;
use leptos::prelude::*;

use super::room::{Room, with};
use crate::state::Phase;

/// How long drawing waits at the most, in milliseconds.
const AT_LAST: u32 = 250;

impl Room {
    /// Draws the phase's face and everybody's tile.
    pub(super) fn draw(&self) {
        drop(self.timers.draw.take());
        if self.undrawn.take() {
            self.state.peers.notify();
        }
        let phase = self.state.phase.get_untracked();
        // What is there stays as it is while the server answers.
        if phase != Phase::Joining && phase != self.state.face.get_untracked() {
            self.state.face.set(phase);
        }
    }

    /// Draws when the next connection stands, or after a moment.
    pub(super) fn draw_soon(&self) {
        let timeout = Timeout::new(AT_LAST, || with(|room| room.draw()));
        drop(self.timers.draw.replace(Some(timeout)));
    }
}
