//! Picture in picture: the call in a small window above all others (Document Picture-in-Picture), or one video in the browser's own.

use std::any::Any;
use std::cell::RefCell;
use std::rc::Rc;

use js_sys::{Function, Promise};
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;
use web_sys::{Document, Element, HtmlElement};

use super::page;
use super::rtc_ext::{call, get, object, set};
use super::session::Session;
use super::task::{ignore, spawn};
use crate::state::Phase;

/// CSS pixels of the window, at first.
const WIDTH: u32 = 360;
const HEIGHT: u32 = 270;

/// What is mounted in a window's body, until it is dropped.
pub type Mounted = Box<dyn Any>;

/// Mounts the call's small face in a body.
pub type Mount = Rc<dyn Fn(HtmlElement) -> Mounted>;

/// The small window, while there is one.
#[derive(Default)]
pub(super) struct Pip {
    mount: RefCell<Option<Mount>>,
    open: RefCell<Option<Open>>,
    leaving: RefCell<Option<Closure<dyn FnMut()>>>,
}

struct Open {
    window: JsValue,
    /// The browser has opened it because the person left the tab.
    by_itself: bool,
    _mounted: Mounted,
    _closed: Closure<dyn FnMut()>,
}

impl Pip {
    pub(super) fn is_open(&self) -> bool {
        self.open.borrow().is_some()
    }

    fn is_open_by_itself(&self) -> bool {
        self.open.borrow().as_ref().is_some_and(|open| open.by_itself)
    }

    fn close(&self) {
        let open = self.open.take();
        if let Some(open) = open {
            set(&open.window, "onpagehide", &JsValue::NULL);
            call(&open.window, "close");
        }
    }
}

impl Session {
    /// What a small window shows. From now on the browser may open one by itself when the person goes to another tab.
    pub(super) fn set_pip(self: &Rc<Self>, mount: Mount) {
        self.pip.mount.replace(Some(mount));
        let handle = self.handle();
        let leaving = Closure::<dyn FnMut()>::new(move || {
            handle.with(|session| session.open_pip_window(true));
        });
        let session = get(&page::window().navigator(), "mediaSession");
        if let Ok(set_handler) = get(&session, "setActionHandler").dyn_into::<Function>() {
            // Throws where the browser knows no such action: then it never does it.
            let _ = set_handler.call2(&session, &"enterpictureinpicture".into(), leaving.as_ref());
            let before = self.pip.leaving.replace(Some(leaving));
            drop(before);
        }
    }

    /// Opens the small window, or closes it. Called from a click.
    pub(super) fn toggle_pip(self: &Rc<Self>) {
        if self.pip.is_open() {
            self.close_pip();
        } else if has_windows() {
            self.open_pip_window(false);
        } else {
            toggle_video();
        }
    }

    fn open_pip_window(self: &Rc<Self>, by_itself: bool) {
        if self.phase() != Phase::Call || self.pip.is_open() {
            return;
        }
        let mount = self.pip.mount.borrow().clone();
        let (Some(mount), Some(question)) = (mount, ask()) else {
            return;
        };
        let session = Rc::clone(self);
        spawn(async move {
            // Refused: no click led here, or the browser has another one open.
            let Ok(window) = JsFuture::from(question).await else {
                return;
            };
            // The person has left meanwhile, or another question was faster.
            if session.phase() != Phase::Call || session.pip.is_open() {
                call(&window, "close");
                return;
            }
            // It is of another realm, where `instanceof` says no.
            let document: Document = get(&window, "document").unchecked_into();
            dress(&document);
            let Some(body) = document.body() else { return };
            let handle = session.handle();
            let closed = Closure::<dyn FnMut()>::new(move || {
                let handle = handle.clone();
                spawn(async move { handle.with(Self::close_pip) });
            });
            set(&window, "onpagehide", closed.as_ref());
            session.pip.open.replace(Some(Open {
                window,
                by_itself,
                _mounted: mount(body),
                _closed: closed,
            }));
            session.tell_sizes();
        });
    }

    /// The person is back in the tab: what was opened because they left it is closed.
    pub(super) fn close_pip_on_return(self: &Rc<Self>) {
        if self.pip.is_open_by_itself() {
            self.close_pip();
        }
    }

    /// The small window is closed, by the person or with the call.
    pub(super) fn close_pip(self: &Rc<Self>) {
        self.pip.close();
        self.peers.forget_pip();
        self.tell_sizes();
    }
}

fn windows() -> JsValue {
    get(&page::window(), "documentPictureInPicture")
}

/// Not in a frame, where it is there and refuses.
fn has_windows() -> bool {
    let window = page::window();
    windows().is_object() && get(&window, "top") == JsValue::from(window)
}

/// Whether there is picture in picture of any kind.
pub(super) fn is_possible() -> bool {
    has_windows() || get(&get(&page::window(), "document"), "pictureInPictureEnabled").is_truthy()
}

fn ask() -> Option<Promise> {
    let windows = windows();
    let ask = get(&windows, "requestWindow").dyn_into::<Function>().ok()?;
    let size = object([("width", WIDTH.into()), ("height", HEIGHT.into())]);
    ask.call1(&windows, &size).ok()?.dyn_into().ok()
}

/// The page's style sheet, in another document.
fn dress(document: &Document) {
    let find = |document: &Document, selector| document.query_selector(selector).ok().flatten();
    let sheet = page::document().and_then(|page| find(&page, "link[rel='stylesheet']"));
    let (Some(sheet), Some(head), Ok(link)) = (sheet, find(document, "head"), document.create_element("link")) else {
        return;
    };
    set(&link, "rel", &"stylesheet".into());
    // The whole address: the other document has none of its own.
    set(&link, "href", &get(&sheet, "href"));
    // It fails for an element that is not of this tree. These are.
    let _ = head.append_child(&link);
}

/// One video in the browser's own small window: a shared screen, or the first person of whom there is a picture.
fn toggle_video() {
    let Some(document) = page::document() else { return };
    if get(&document, "pictureInPictureElement").is_object() {
        call(&document, "exitPictureInPicture");
        return;
    }
    let find = |selector| document.query_selector(selector).ok().flatten();
    let video: Option<Element> =
        find(".tile.screen video").or_else(|| find(".tile[data-picture='true']:not(.own) video"));
    if let Some(video) = video
        && let Ok(promise) = call(&video, "requestPictureInPicture").dyn_into::<Promise>()
    {
        // Refused, the call stays where it is.
        ignore(promise);
    }
}
