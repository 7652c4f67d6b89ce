//! What this page holds of the world: its devices, connections and socket. When the program traps, nothing of it runs any more; the boot
//! script then lets go of everything that is in this set, so that no light stays on and nobody sees a ghost.

use js_sys::Set;
use wasm_bindgen::prelude::*;

use super::page;
use super::rtc_ext::{get, set};
use crate::boot::{HELD, STOPPED_MARK};

/// Adds something that has a method `close` or `stop`, or a promise of a `MediaStream`.
pub(super) fn hold(what: &JsValue) {
    let window = page::window();
    let held = get(&window, HELD).dyn_into::<Set>().unwrap_or_else(|_| {
        let made = Set::new(&JsValue::UNDEFINED);
        set(&window, HELD, &made);
        made
    });
    held.add(what);
}

/// Whether the program has trapped. Timers and listeners still come into it, and must not go on with what is half done.
pub(super) fn has_stopped() -> bool {
    get(&page::window(), STOPPED_MARK).is_truthy()
}

/// Takes out what has been let go of.
pub(super) fn let_go(what: &JsValue) {
    if let Ok(held) = get(&page::window(), HELD).dyn_into::<Set>() {
        held.delete(what);
    }
}
