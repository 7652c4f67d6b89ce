//! Where elements are, and where in them the person points.

use js_sys::{Function, Promise};
use wasm_bindgen::prelude::*;
use web_sys::{Element, Event, HtmlElement, HtmlVideoElement};

use super::page;
use super::rtc_ext::{call, get};
use super::task::ignore;

/// Sets lengths of an element, in CSS pixels. (A `style` attribute is forbidden by the page's Content-Security-Policy; this is not.)
pub fn set_pixels<const N: usize>(element: &HtmlElement, lengths: [(&str, f64); N]) {
    for (name, length) in lengths {
        set_property(element, name, &[&thousandths(length), "px"].concat());
    }
}

/// Sets lengths of an element, in parts of what it lies in.
pub fn set_percents<const N: usize>(element: &HtmlElement, parts: [(&str, f64); N]) {
    for (name, part) in parts {
        set_property(element, name, &[&thousandths(part * 100.0), "%"].concat());
    }
}

/// Sets a number that the style sheet reckons with, in thousandths: it is a thousand times as large there.
pub fn set_factor(element: &HtmlElement, name: &str, factor: f64) {
    set_property(element, name, &thousandths(factor * 1000.0));
}

/// Moves an element by parts of its own sides, and enlarges it.
pub fn set_transform(element: &HtmlElement, (right, down): (f64, f64), scale: f64) {
    let [right, down] = [right, down].map(|part| thousandths(part * 100.0));
    let transform = [
        "translate(",
        &right,
        "%, ",
        &down,
        "%) scale(",
        &thousandths(scale),
        ")",
    ]
    .concat();
    set_property(element, "transform", &transform);
}

fn set_property(element: &HtmlElement, name: &str, value: &str) {
    // It fails for properties that a browser does not know. These are known everywhere.
    let _ = element.style().set_property(name, value);
}

/// A number for CSS. Rust's own text of a float would be 10 KB of program.
fn thousandths(number: f64) -> String {
    // A cast of a float saturates.
    #[expect(clippy::cast_possible_truncation)]
    let whole = (number * 1000.0).round() as i64;
    whole.to_string() + "e-3"
}

/// What a slider is set to.
pub fn slider_value(changed: &Event) -> Option<f64> {
    let slider = changed.target()?;
    get(&slider, "valueAsNumber").as_f64().filter(|value| value.is_finite())
}

/// Shows the end of what an element scrolls.
pub fn scroll_to_end(element: &Element) {
    element.set_scroll_top(element.scroll_height());
}

/// Gives the keyboard to the first element that a selector finds.
pub(super) fn focus(selector: &str) {
    let found = page::document().and_then(|document| document.query_selector(selector).ok().flatten());
    if let Some(element) = found {
        call(&element, "focus");
    }
}

/// Opens a panel in place of the one that is open. The keyboard comes back to what had it before that one.
pub fn open_panel(id: &str) {
    let Some(document) = page::document() else { return };
    if let Ok(Some(open)) = document.query_selector(":popover-open") {
        call(&open, "hidePopover");
    }
    if let Some(panel) = document.get_element_by_id(id) {
        call(&panel, "showPopover");
        // It takes the keyboard, so that it is read aloud.
        call(&panel, "focus");
    }
}

/// A place in the window, in parts of an element's sides: 0 to 1 from the left, and from above.
pub fn spot(element: &Element, client_x: i32, client_y: i32) -> (f64, f64) {
    let rectangle = element.get_bounding_client_rect();
    let part = |at: i32, from: f64, side: f64| if side > 0.0 { (f64::from(at) - from) / side } else { 0.0 };
    (
        part(client_x, rectangle.left(), rectangle.width()),
        part(client_y, rectangle.top(), rectangle.height()),
    )
}

/// Width by height of what a video shows; 0 while it shows nothing.
pub fn aspect(video: &HtmlVideoElement) -> f64 {
    match (video.video_width(), video.video_height()) {
        (_, 0) => 0.0,
        (width, height) => f64::from(width) / f64::from(height),
    }
}

/// Whether the browser lets this page fill the screen.
pub(super) fn can_fill_screen() -> bool {
    get(&get(&page::window(), "document"), "fullscreenEnabled").is_truthy()
}

/// Where a part of the page fills the screen, ends that: what is opened beside it would not be seen.
pub(super) fn end_full_screen_of_part() {
    let document = get(&page::window(), "document");
    let full = get(&document, "fullscreenElement");
    if full.is_object() && full != get(&document, "documentElement") {
        call(&document, "exitFullscreen");
    }
}

/// Fills the screen with an element, or ends that (Fullscreen API).
pub fn toggle_full_screen(element: &Element) {
    let document = get(&page::window(), "document");
    if get(&document, "fullscreenElement").is_object() {
        call(&document, "exitFullscreen");
        return;
    }
    let Ok(request) = get(element, "requestFullscreen").dyn_into::<Function>() else {
        return;
    };
    if let Ok(promise) = request.call0(element)
        && let Ok(promise) = promise.dyn_into::<Promise>()
    {
        // A browser that refuses leaves everything as it is.
        ignore(promise);
    }
}
