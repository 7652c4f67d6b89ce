//! How the person looks at the call and hears it.

use call::layout::View;
use leptos::prelude::*;
use protocol::PeerId;

use crate::stage::TileKey;

/// The person's own view settings. They are never sent.
#[derive(Clone, Copy)]
pub struct LookSignals {
    /// Everybody alike, or who speaks large.
    pub view: RwSignal<View>,
    /// What the person wants large in any view.
    pub pinned: RwSignal<Option<TileKey>>,
    /// The own picture is not shown here.
    pub hide_own: RwSignal<bool>,
    /// The own picture is shown as in a mirror.
    pub mirrored: RwSignal<bool>,
    /// Everybody is played about equally loud.
    pub even: RwSignal<bool>,
    /// A sound is heard when somebody comes or goes.
    pub sounds: RwSignal<bool>,
    /// The browser can fill the screen with an element. Small phones of Apple cannot.
    pub full_possible: RwSignal<bool>,
    /// The browser can show a call in a small window.
    pub pip_possible: RwSignal<bool>,
    /// The page of the grid or the strip, from 0.
    pub page: RwSignal<usize>,
    /// Who has the stage by speaking.
    pub speaker: RwSignal<Option<PeerId>>,
    /// Who spoke lately, the newest first.
    pub active: RwSignal<Vec<PeerId>>,
    /// Whose menu is open, or was last.
    pub about: RwSignal<Option<u32>>,
}

impl LookSignals {
    pub(super) fn new() -> Self {
        Self {
            view: RwSignal::new(View::Grid),
            pinned: RwSignal::new(None),
            hide_own: RwSignal::new(false),
            mirrored: RwSignal::new(true),
            even: RwSignal::new(true),
            sounds: RwSignal::new(true),
            full_possible: RwSignal::new(false),
            pip_possible: RwSignal::new(false),
            page: RwSignal::new(0),
            speaker: RwSignal::new(None),
            active: RwSignal::new(Vec::new()),
            about: RwSignal::new(None),
        }
    }
}
