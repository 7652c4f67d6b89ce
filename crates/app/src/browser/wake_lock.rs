//! Keeps the screen on while the person is in a call and sees the page (W3C Screen Wake Lock).

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use js_sys::{Function, Promise};
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;

use super::page;
use super::rtc_ext::{call, get};
use super::task::spawn;

/// At most one lock. The browser takes it away when the page is hidden.
#[derive(Clone, Default)]
pub(super) struct WakeLock(Rc<Inner>);

#[derive(Default)]
struct Inner {
    wanted: Cell<bool>,
    sentinel: RefCell<Option<JsValue>>,
}

impl WakeLock {
    /// Asks for the lock where it is wanted and not held: at the beginning of a call, and when the page is seen again.
    pub(super) fn acquire(&self) {
        self.0.wanted.set(true);
        self.renew();
    }

    /// The page is seen again.
    pub(super) fn renew(&self) {
        let is_held = self
            .0
            .sentinel
            .borrow()
            .as_ref()
            .is_some_and(|held| !get(held, "released").is_truthy());
        if !self.0.wanted.get() || is_held || !page::is_visible() {
            return;
        }
        let Some(promise) = request() else { return };
        let lock = self.clone();
        spawn(async move {
            // Refused where the battery is low. The call goes on without.
            let Ok(sentinel) = JsFuture::from(promise).await else {
                return;
            };
            let before = lock.0.sentinel.replace(Some(sentinel));
            if let Some(before) = before {
                call(&before, "release");
            }
            if !lock.0.wanted.get() {
                lock.release();
            }
        });
    }

    /// Gives the lock back.
    pub(super) fn release(&self) {
        self.0.wanted.set(false);
        if let Some(sentinel) = self.0.sentinel.take() {
            call(&sentinel, "release");
        }
    }
}

/// `navigator.wakeLock.request("screen")`, where there is such a thing.
fn request() -> Option<Promise> {
    // In a frame that may not, the browser complains in public.
    if page::allows("screen-wake-lock") == Some(false) {
        return None;
    }
    let wake_lock = get(&page::window().navigator(), "wakeLock");
    let request = get(&wake_lock, "request").dyn_into::<Function>().ok()?;
    request.call1(&wake_lock, &"screen".into()).ok()?.dyn_into().ok()
}
