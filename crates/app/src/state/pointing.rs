//! What is pointed at and drawn on shared screens.

use call::pointer::Pointing;
use leptos::prelude::*;
use protocol::PeerId;

use crate::stage::TileKey;

/// What everybody points at, and with what the person does.
#[derive(Clone, Copy)]
pub struct PointingSignals {
    /// Everything that is shown of it.
    pub shown: RwSignal<Pointing>,
    /// On whose screens nobody else may point.
    pub closed: RwSignal<Vec<PeerId>>,
    /// What the person has in hand, and on which tile.
    pub tool: RwSignal<Option<(TileKey, Tool)>>,
}

/// What a pointer does on a shared screen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tool {
    /// It shows where it is.
    Point,
    /// It draws.
    Draw,
}

impl PointingSignals {
    pub(super) fn new() -> Self {
        Self {
            shown: RwSignal::default(),
            closed: RwSignal::default(),
            tool: RwSignal::new(None),
        }
    }

    /// Shows this from now on.
    pub(crate) fn show(self, pointing: Pointing) {
        // It changes seldom, and pointers thirty times a second.
        if self.closed.with_untracked(|closed| *closed != pointing.closed) {
            self.closed.set(pointing.closed.clone());
        }
        self.shown.set(pointing);
    }
}
