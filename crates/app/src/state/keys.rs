//! What keys do.

use leptos::prelude::*;

/// How the person uses the keyboard.
#[derive(Clone, Copy)]
pub struct KeySignals {
    /// Single keys are shortcuts. Who speaks to the computer, or types blindly, switches that off (WCAG 2.2, 2.1.4).
    pub shortcuts: RwSignal<bool>,
    /// Space talks while it is held.
    pub push_to_talk: RwSignal<bool>,
}

impl KeySignals {
    pub(super) fn new() -> Self {
        Self {
            shortcuts: RwSignal::new(true),
            push_to_talk: RwSignal::new(false),
        }
    }
}
