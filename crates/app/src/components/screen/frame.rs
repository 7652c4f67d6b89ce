//! The frame in which a screen is seen: enlarged by wheel, fingers, double click and keys, and moved.

use leptos::ev::{KeyboardEvent, MouseEvent, PointerEvent, WheelEvent};
use leptos::html;
use leptos::prelude::*;

use crate::browser::{set_transform, spot};
use crate::components::effect;
use crate::components::lively::Presence;
use crate::components::tile::keep_aspect;
use crate::texts::texts;
use crate::zoom::{Spot, Zoom};

/// How much a notch of the wheel enlarges: a usual mouse gives 100 to 120 a notch.
const WHEEL: f64 = 0.002;

/// How much a key enlarges, and how far an arrow moves.
const KEY: f64 = 1.25;
const ARROW: f64 = 0.1;

/// Fingers and pointers that are down, by their ids, and where.
type Fingers = Vec<(i32, Spot)>;

/// The frame and its video.
#[component]
pub(super) fn Frame(
    /// Its video.
    video: NodeRef<html::Video>,
    /// How it is looked at.
    zoom: RwSignal<Zoom>,
    /// Where the picture's shape is written.
    aspect: RwSignal<f64>,
    /// Nothing is seen of it.
    hidden: Presence,
) -> impl IntoView {
    let frame = NodeRef::<html::Div>::new();
    let fingers = StoredValue::new(Fingers::new());
    effect(move || {
        if let Some(video) = video.get() {
            let Zoom { scale, left, top } = zoom.get();
            set_transform(&video, (left, top), scale);
        }
    });
    let at = move |event: &MouseEvent| {
        let frame = frame.get_untracked();
        frame.map_or((0.5, 0.5), |frame| spot(&frame, event.client_x(), event.client_y()))
    };
    let on_wheel = move |event: WheelEvent| {
        event.prevent_default();
        zoom.update(|zoom| *zoom = zoom.by((-event.delta_y() * WHEEL).exp(), at(&event)));
    };
    let on_down = move |event: PointerEvent| {
        let spot = at(&event);
        fingers.update_value(|fingers| {
            fingers.retain(|finger| finger.0 != event.pointer_id());
            fingers.push((event.pointer_id(), spot));
        });
        if let Some(frame) = frame.get_untracked() {
            // It goes on where the pointer leaves the frame. It fails for one that is up again.
            let _ = frame.set_pointer_capture(event.pointer_id());
        }
    };
    let on_move = move |event: PointerEvent| {
        let spot = at(&event);
        fingers.update_value(|fingers| {
            let before = fingers.clone();
            let Some(finger) = fingers.iter_mut().find(|finger| finger.0 == event.pointer_id()) else {
                return;
            };
            finger.1 = spot;
            zoom.update(|zoom| *zoom = dragged(*zoom, &before, fingers));
        });
    };
    let on_up = move |event: PointerEvent| {
        fingers.update_value(|fingers| fingers.retain(|finger| finger.0 != event.pointer_id()));
    };
    view! {
        <div
            class="frame"
            tabindex="0"
            role="img"
            aria-label=texts().share.zoom_hint
            node_ref=frame
            hidden=hidden
            on:wheel=on_wheel
            on:pointerdown=on_down
            on:pointermove=on_move
            on:pointerup=on_up
            on:pointercancel=on_up
            on:dblclick=move |event| zoom.update(|zoom| *zoom = zoom.toggled(at(&event)))
            on:keydown=move |event| {
                if let Some(next) = pressed(zoom.get_untracked(), &event) {
                    event.prevent_default();
                    zoom.set(next);
                }
            }
        >
            <video
                node_ref=video
                playsinline
                on:resize=move |_| keep_aspect(aspect, video)
            ></video>
        </div>
    }
}

/// One finger moves the picture. Two enlarge it, and move what is between them.
fn dragged(zoom: Zoom, before: &Fingers, now: &Fingers) -> Zoom {
    match (before.as_slice(), now.as_slice()) {
        ([(_, from)], [(_, to)]) => zoom.moved((to.0 - from.0, to.1 - from.1)),
        ([(_, from), (_, other_from), ..], [(_, to), (_, other_to), ..]) => {
            let [was, is] = [between(*from, *other_from), between(*to, *other_to)];
            let grown = zoom.by(apart(*to, *other_to) / apart(*from, *other_from), was);
            grown.moved((is.0 - was.0, is.1 - was.1))
        }
        _ => zoom,
    }
}

fn between(one: Spot, other: Spot) -> Spot {
    (f64::midpoint(one.0, other.0), f64::midpoint(one.1, other.1))
}

fn apart(one: Spot, other: Spot) -> f64 {
    (one.0 - other.0).hypot(one.1 - other.1)
}

/// What a key does, if it does something here. With Ctrl it is the browser's.
fn pressed(zoom: Zoom, event: &KeyboardEvent) -> Option<Zoom> {
    if event.ctrl_key() || event.meta_key() || event.alt_key() {
        return None;
    }
    let middle = (0.5, 0.5);
    Some(match event.key().as_str() {
        "+" | "=" => zoom.by(KEY, middle),
        "-" => zoom.by(1.0 / KEY, middle),
        "0" => Zoom::WHOLE,
        "ArrowLeft" if zoom.is_close() => zoom.moved((ARROW, 0.0)),
        "ArrowRight" if zoom.is_close() => zoom.moved((-ARROW, 0.0)),
        "ArrowUp" if zoom.is_close() => zoom.moved((0.0, ARROW)),
        "ArrowDown" if zoom.is_close() => zoom.moved((0.0, -ARROW)),
        _ => return None,
    })
}
