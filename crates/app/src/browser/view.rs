//! When the page draws: once a frame, after what the network waits for.
//!
//! Drawing the call for the first time takes a page some 70 ms, a new tile 30, in which it answers nobody. So what a call asks of the
//! network is done at once, and what it shows is collected and drawn with the browser's next frame.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use gloo_timers::callback::Timeout;
use leptos::prelude::*;
use wasm_bindgen::prelude::*;

use super::page;

/// A page that is not seen gets no frames: then it draws after so many milliseconds.
const UNSEEN: u32 = 250;

/// Writes a signal only where that changes it, so that nothing is drawn for it.
pub(super) fn set_changed<T: PartialEq + Send + Sync + 'static>(signal: RwSignal<T>, value: T) {
    if signal.with_untracked(|before| *before != value) {
        signal.set(value);
    }
}

/// Changes of what is shown, in their order.
#[derive(Clone, Default)]
pub(super) struct View(Rc<Inner>);

#[derive(Default)]
struct Inner {
    changes: RefCell<Vec<Box<dyn FnOnce()>>>,
    scheduled: Cell<bool>,
    timer: RefCell<Option<Timeout>>,
}

impl View {
    /// Makes a change with the next frame.
    pub(super) fn later(&self, change: impl FnOnce() + 'static) {
        self.0.changes.borrow_mut().push(Box::new(change));
        if self.0.scheduled.replace(true) {
            return;
        }
        let view = self.clone();
        let frame = Closure::once_into_js(move || view.flush());
        // A hidden page gets no animation frames: the timer draws.
        let _ = page::window().request_animation_frame(frame.unchecked_ref());
        let view = self.clone();
        drop(self.0.timer.replace(Some(Timeout::new(UNSEEN, move || view.flush()))));
    }

    /// Makes all changes now.
    pub(super) fn flush(&self) {
        self.0.scheduled.set(false);
        let changes = self.0.changes.take();
        for change in changes {
            change();
        }
    }
}
