//! A timer that is set anew, or not at all.

use std::cell::RefCell;
use std::time::Duration;

use gloo_timers::callback::Timeout;
use js_sys::Promise;
use wasm_bindgen::JsValue;
use wasm_bindgen_futures::JsFuture;

/// Waits for so long.
pub(super) async fn pause(time: Duration) {
    let timer = Timer::default();
    let over = Promise::new(&mut |resolve, _| {
        timer.set(time, move || {
            let _ = resolve.call0(&JsValue::UNDEFINED);
        });
    });
    // A promise that is only ever resolved.
    let _ = JsFuture::from(over).await;
}

/// At most one timeout at a time. Dropping it clears it.
#[derive(Default)]
pub(super) struct Timer(RefCell<Option<Timeout>>);

impl Timer {
    /// Calls `act` once after so long, in place of what was set before.
    pub(super) fn set(&self, wait: Duration, act: impl FnOnce() + 'static) {
        let wait = u32::try_from(wait.as_millis()).unwrap_or(u32::MAX);
        let before = self.0.replace(Some(Timeout::new(wait, act)));
        drop(before);
    }

    /// Clears it.
    pub(super) fn clear(&self) {
        let before = self.0.take();
        drop(before);
    }

    /// Whether it has been set and not cleared. One that has fired counts as set.
    pub(super) fn is_set(&self) -> bool {
        self.0.borrow().is_some()
    }
}
