//! Work that goes on by itself.

use std::future::Future;
use std::pin::Pin;

use js_sys::Promise;
use wasm_bindgen_futures::JsFuture;

/// Runs a task on the browser's event loop. Boxed: one copy of the executor's code serves all of them.
pub(super) fn spawn(task: impl Future<Output = ()> + 'static) {
    let task: Pin<Box<dyn Future<Output = ()>>> = Box::pin(task);
    wasm_bindgen_futures::spawn_local(task);
}

/// Lets a promise go its way. Whoever calls this says why its failure is nobody's concern.
pub(super) fn ignore(promise: Promise) {
    spawn(async move {
        let _ = JsFuture::from(promise).await;
    });
}
