//! The own screen, shared.

use call::quality::Content;
use leptos::prelude::*;

use crate::browser::Stream;

/// What the person shares.
#[derive(Clone, Copy)]
pub struct ShareSignals {
    /// This browser can share screens. Those of phones cannot.
    pub possible: RwSignal<bool>,
    /// A screen is shared.
    pub on: RwSignal<bool>,
    /// With its sound.
    pub has_sound: RwSignal<bool>,
    /// This page may be in the picture: a preview would show itself without end.
    pub shows_page: RwSignal<bool>,
    /// Text or a moving picture.
    pub content: RwSignal<Content>,
    /// Others may point and draw on it.
    pub let_point: RwSignal<bool>,
    /// What the others see.
    pub preview: RwSignal<Option<Stream>>,
    /// Width by height of it, 0 until it is known.
    pub aspect: RwSignal<f64>,
}

impl ShareSignals {
    pub(super) fn new() -> Self {
        Self {
            possible: RwSignal::new(false),
            on: RwSignal::new(false),
            has_sound: RwSignal::new(false),
            shows_page: RwSignal::new(false),
            content: RwSignal::new(Content::Text),
            let_point: RwSignal::new(true),
            preview: RwSignal::new(None),
            aspect: RwSignal::new(0.0),
        }
    }
}
