//! Work that goes on by itself.

use std::future::{Future, poll_fn};
use std::pin::Pin;
use std::task::Poll;

use js_sys::Promise;
use wasm_bindgen_futures::JsFuture;

use super::held;

/// Runs a task on the browser's event loop, until the program traps. Boxed: one copy of the executor's code serves all of them.
pub(super) fn spawn(task: impl Future<Output = ()> + 'static) {
    let mut task: Pin<Box<dyn Future<Output = ()>>> = Box::pin(task);
    wasm_bindgen_futures::spawn_local(poll_fn(move |cx| {
        if held::has_stopped() {
            return Poll::Ready(());
        }
        task.as_mut().poll(cx)
    }));
}

/// Lets a promise go its way. The caller says in a comment why its failure does not matter.
pub(super) fn ignore(promise: Promise) {
    spawn(async move {
        let _ = JsFuture::from(promise).await;
    });
}
