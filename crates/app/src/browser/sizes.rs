//! In which size pictures are shown.

use call::Source;
use call::quality::ShownSize;
use js_sys::Array;
use protocol::PeerId;
use send_wrapper::SendWrapper;
use std::rc::Rc;
use wasm_bindgen::prelude::*;
use web_sys::{Element, ResizeObserver, ResizeObserverEntry};

use super::page;
use super::session::Session;
use call::Input;

/// Watches an element's size until it is dropped.
pub struct SizeWatch {
    _watch: SendWrapper<Watch>,
}

struct Watch {
    observer: ResizeObserver,
    _handler: Closure<dyn FnMut(Array)>,
}

/// Tells the size of an element in device pixels, now and whenever it changes. `None` where the browser cannot watch.
pub fn watch_size(element: &Element, tell: impl Fn(Option<ShownSize>) + 'static) -> Option<SizeWatch> {
    let handler = Closure::<dyn FnMut(Array)>::new(move |entries: Array| {
        let newest: ResizeObserverEntry = entries.get(entries.length() - 1).unchecked_into();
        let rectangle = newest.content_rect();
        let ratio = page::window().device_pixel_ratio();
        // A cast of a float saturates.
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
        let [width, height] = [rectangle.width(), rectangle.height()].map(|side| (side * ratio).round() as u32);
        tell((width > 0 && height > 0).then_some(ShownSize { width, height }));
    });
    let observer = ResizeObserver::new(handler.as_ref().unchecked_ref()).ok()?;
    observer.observe(element);
    let watch = Watch {
        observer,
        _handler: handler,
    };
    Some(SizeWatch {
        _watch: SendWrapper::new(watch),
    })
}

impl Drop for Watch {
    fn drop(&mut self) {
        self.observer.disconnect();
    }
}

impl Session {
    /// A peer's camera is shown in this size from now on. On a page that nobody sees nothing is shown.
    pub(super) fn shown(self: &Rc<Self>, peer: PeerId, size: Option<ShownSize>) {
        self.peers.set_shown(peer, size);
        self.dispatch(Input::Shown {
            peer,
            source: Source::Camera,
            size: size.filter(|_| page::is_visible()),
        });
    }

    /// The page is seen, or no longer.
    pub(super) fn tell_sizes(self: &Rc<Self>) {
        for (peer, size) in self.peers.shown_sizes() {
            self.shown(peer, size);
        }
    }
}
