//! When the page draws a new face or a new tile.
//!
//! Drawing the call for the first time takes a page some 70 ms, a new tile 30, in which it answers nobody. So where an
//! offer is to be made or answered, that comes first: while it is on its way to the other side there is nothing better to
//! do than to draw, and the picture that it brings comes that much sooner.

use gloo_timers::callback::Timeout;
use leptos::prelude::*;

use super::room::{Room, with};
use crate::state::Phase;

/// How long drawing waits at the most, in milliseconds.
const AT_LAST: u32 = 150;

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

    /// Draws when the next offer or answer has been made, or after a moment.
    pub(super) fn draw_soon(&self) {
        let timeout = Timeout::new(AT_LAST, || with(|room| room.draw()));
        drop(self.timers.draw.replace(Some(timeout)));
    }
}
