//! The frame in which a screen is seen: enlarged by wheel, fingers, double click and keys, and moved, pointed at and drawn on.

use leptos::ev::{KeyboardEvent, MouseEvent, PointerEvent, WheelEvent};
use leptos::html;
use leptos::prelude::*;

use super::overlay::Overlay;
use super::tool::Target;
use crate::browser::{Actions, set_transform, spot};
use crate::components::lively::Presence;
use crate::components::tile::keep_aspect;
use crate::components::{effect, truth};
use crate::state::Tool;
use crate::texts::texts;
use crate::zoom::{Spot, Zoom};

/// How much a notch of the wheel enlarges: a usual mouse gives 100 to 120 a notch.
const WHEEL: f64 = 0.002;

/// How much a key enlarges, and how far an arrow moves.
const KEY: f64 = 1.25;
const ARROW: f64 = 0.1;

/// Fingers and pointers that are down, by their ids, and where.
type Fingers = Vec<(i32, Spot)>;

/// The finger, or pointer, that draws, and where it went down while that is all it did: with another finger it draws nothing.
type Drawing = (i32, Option<Spot>);

/// Takes the place where this finger went down, if it draws: `None` inside where that has been drawn.
fn taken(drawing: StoredValue<Option<Drawing>>, id: i32) -> Option<Option<Spot>> {
    let take = |drawing: &mut Option<Drawing>| {
        let of = drawing.as_mut().filter(|of| of.0 == id)?;
        Some(of.1.take())
    };
    drawing.try_update_value(take).flatten()
}

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
    /// What is pointed at.
    target: Target,
) -> impl IntoView {
    let actions = Actions::from_context();
    let frame = NodeRef::<html::Div>::new();
    let picture = NodeRef::<html::Div>::new();
    let drawing = StoredValue::new(None::<Drawing>);
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
    // A pointer that is down, or hovers, points or draws with what the person has in hand. With two fingers the person looks closer.
    let mark = move |event: &PointerEvent, goes_down: bool| {
        let Some(tool) = target.tool_now() else { return };
        if fingers.with_value(|fingers| fingers.len() > 1) {
            drawing.set_value(None);
            actions.draw(target.share, None);
            actions.point(target.share, None);
            return;
        }
        let place = picture.get_untracked().filter(|_| aspect.get_untracked() > 0.0);
        let Some(place) = place.map(|picture| spot(&picture, event.client_x(), event.client_y())) else {
            return;
        };
        // Beside the picture there is nothing to point at. A stroke that leaves it goes along its edge.
        let is_inside = [place.0, place.1].iter().all(|part| (0.0..=1.0).contains(part));
        match tool {
            Tool::Point => actions.point(target.share, is_inside.then_some(place)),
            Tool::Draw => {
                let id = event.pointer_id();
                if goes_down {
                    let first = (is_inside && event.button() == 0).then_some(place);
                    drawing.set_value(first.map(|first| (id, Some(first))));
                } else if let Some(first) = taken(drawing, id) {
                    for place in first.into_iter().chain([place]) {
                        actions.draw(target.share, Some(place));
                    }
                }
            }
        }
    };
    let on_wheel = move |event: WheelEvent| {
        event.prevent_default();
        zoom.update(|zoom| *zoom = zoom.by((-event.delta_y() * WHEEL).exp(), at(&event)));
    };
    let on_down = move |event: PointerEvent| {
        // Another button opens a menu, which keeps its end to itself.
        if event.button() != 0 {
            return;
        }
        let spot = at(&event);
        fingers.update_value(|fingers| {
            fingers.retain(|finger| finger.0 != event.pointer_id());
            fingers.push((event.pointer_id(), spot));
        });
        if let Some(frame) = frame.get_untracked() {
            // It goes on where the pointer leaves the frame. It fails for one that is up again.
            let _ = frame.set_pointer_capture(event.pointer_id());
        }
        mark(&event, true);
    };
    let on_move = move |event: PointerEvent| {
        let spot = at(&event);
        fingers.update_value(|fingers| {
            let before = fingers.clone();
            let Some(finger) = fingers.iter_mut().find(|finger| finger.0 == event.pointer_id()) else {
                return;
            };
            finger.1 = spot;
            if fingers.len() > 1 || target.tool_now().is_none() {
                zoom.update(|zoom| *zoom = dragged(*zoom, &before, fingers));
            }
        });
        mark(&event, false);
    };
    let on_up = move |event: PointerEvent| {
        fingers.update_value(|fingers| fingers.retain(|finger| finger.0 != event.pointer_id()));
        if let Some(first) = taken(drawing, event.pointer_id()) {
            drawing.set_value(None);
            if target.tool_now() == Some(Tool::Draw) && first.is_some() {
                actions.draw(target.share, first);
            }
            actions.draw(target.share, None);
        }
    };
    let on_leave = move |_: PointerEvent| {
        if target.tool_now() == Some(Tool::Point) {
            actions.point(target.share, None);
        }
    };
    view! {
        <div
            class="frame"
            tabindex="0"
            role="img"
            aria-label=texts().share.zoom_hint
            node_ref=frame
            hidden=hidden
            data-tool=truth(move || target.tool().is_some())
            on:wheel=on_wheel
            on:pointerdown=on_down
            on:pointermove=on_move
            on:pointerup=on_up
            on:pointercancel=on_up
            on:pointerleave=on_leave
            on:dblclick=move |event| {
                if target.tool_now().is_none() {
                    zoom.update(|zoom| *zoom = zoom.toggled(at(&event)));
                }
            }
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
            <Overlay target=target zoom=zoom aspect=aspect picture=picture />
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
