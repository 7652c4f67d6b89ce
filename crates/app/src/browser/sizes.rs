//! In which size pictures are shown.

use call::Source;
use call::quality::ShownSize;
use js_sys::{Array, Function, Reflect};
use protocol::PeerId;
use send_wrapper::SendWrapper;
use std::rc::Rc;
use wasm_bindgen::prelude::*;
use web_sys::{Element, ResizeObserver, ResizeObserverEntry};

use super::page;
use super::rtc_ext::get;
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
    let window = window_of(element);
    watch_box(element, move |width, height| {
        let ratio = get(&window, "devicePixelRatio").as_f64().unwrap_or(1.0);
        // A cast of a float saturates.
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
        let [width, height] = [width, height].map(|side| (side * ratio).round() as u32);
        tell((width > 0 && height > 0).then_some(ShownSize { width, height }));
    })
}

/// Tells the width and height of an element in CSS pixels, now and whenever they change. `None` where the browser cannot watch.
pub fn watch_box(element: &Element, tell: impl Fn(f64, f64) + 'static) -> Option<SizeWatch> {
    let handler = Closure::<dyn FnMut(Array)>::new(move |entries: Array| {
        let newest: ResizeObserverEntry = entries.get(entries.length() - 1).unchecked_into();
        let rectangle = newest.content_rect();
        tell(rectangle.width(), rectangle.height());
    });
    // Of the element's own window: that of a hidden page sees nothing, although its small window is seen.
    let make: Function = get(&window_of(element), "ResizeObserver").dyn_into().ok()?;
    let observer = Reflect::construct(&make, &Array::of1(handler.as_ref())).ok()?;
    let observer: ResizeObserver = observer.unchecked_into();
    observer.observe(element);
    let watch = Watch {
        observer,
        _handler: handler,
    };
    Some(SizeWatch {
        _watch: SendWrapper::new(watch),
    })
}

/// The window in which an element is.
fn window_of(element: &Element) -> JsValue {
    get(&get(element, "ownerDocument"), "defaultView")
}

impl Drop for Watch {
    fn drop(&mut self) {
        self.observer.disconnect();
    }
}

impl Session {
    /// A peer's camera or screen is shown in this size from now on, on the page or in its small window.
    pub(super) fn shown(self: &Rc<Self>, peer: PeerId, source: Source, is_small: bool, size: Option<ShownSize>) {
        self.peers.set_shown(peer, source, is_small, size);
        self.tell_size(peer, source);
    }

    fn tell_size(self: &Rc<Self>, peer: PeerId, source: Source) {
        self.dispatch(Input::Shown {
            peer,
            source,
            size: self.peers.seen(peer, source, page::is_visible()),
        });
    }

    /// The page is seen, or no longer.
    pub(super) fn tell_sizes(self: &Rc<Self>) {
        for tile in self.peers.tiles() {
            self.tell_size(tile.id, Source::Camera);
            self.tell_size(tile.id, Source::Screen);
        }
    }
}
