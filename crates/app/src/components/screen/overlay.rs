//! What people point at and draw, over the picture of a shared screen.

use call::Person;
use call::pointer::{ShownPointer, ShownStroke};
use leptos::html;
use leptos::prelude::*;
use protocol::peer_message::Spot;

use super::tool::Target;
use crate::browser::{set_factor, set_percents, set_transform};
use crate::components::{effect, text, truth, word};
use crate::zoom::Zoom;

/// Names of colours, for the style sheet.
const COLOURS: [&str; call::pointer::COLOURS as usize] = ["0", "1", "2", "3", "4", "5", "6", "7"];

/// From here on, in parts of the picture, a name stands on the other side of its pointer.
const FAR: u16 = u16::MAX / 4 * 3;

/// Lies over the picture and nothing else: neither over the bars beside it, nor over what of it is outside of the frame. It is laid out in the size in
/// which the picture is seen and not enlarged with it, so that names and strokes are always as large.
#[component]
pub(super) fn Overlay(
    /// What is pointed at.
    target: Target,
    /// How the picture is looked at.
    zoom: RwSignal<Zoom>,
    /// Width by height of the picture, 0 until it is known.
    aspect: RwSignal<f64>,
    /// Is set to what covers the picture.
    picture: NodeRef<html::Div>,
) -> impl IntoView {
    let marks = NodeRef::<html::Div>::new();
    effect(move || {
        if let Some(marks) = marks.get() {
            let Zoom { scale, left, top } = zoom.get();
            let lengths = [("left", left), ("top", top), ("width", scale), ("height", scale)];
            set_percents(&marks, lengths);
        }
    });
    effect(move || {
        if let Some(picture) = picture.get() {
            set_factor(&picture, "--aspect", aspect.get());
        }
    });
    let (share, shown) = (target.share, target.state.pointing.shown);
    let strokes = move || {
        shown.with(|shown| {
            let here = shown.strokes.iter().filter(|stroke| stroke.share == share);
            here.cloned().collect::<Vec<_>>()
        })
    };
    let pointers = move || {
        shown.with(|shown| {
            let here = shown.pointers.iter().filter(|pointer| pointer.share == share);
            here.copied().collect::<Vec<_>>()
        })
    };
    view! {
        <div class="marks" node_ref=marks aria-hidden="true">
            <div class="picture" node_ref=picture>
                <svg viewBox="0 0 65535 65535" preserveAspectRatio="none">
                    // A stroke that has another point is drawn anew. Few have at a time.
                    <For
                        each=strokes
                        key=|stroke| (stroke.number, stroke.points.len(), stroke.points.last().copied(), stroke.fades)
                        let:stroke
                    >
                        <polyline
                            points=line(&stroke)
                            data-colour=name_of(stroke.colour)
                            data-fades=if stroke.fades { "true" } else { "false" }
                        ></polyline>
                    </For>
                </svg>
                <For each=pointers key=|pointer| pointer.person let:pointer>
                    <Dot target=target first=pointer />
                </For>
            </div>
        </div>
    }
}

/// Where somebody points, with their name.
#[component]
fn Dot(target: Target, first: ShownPointer) -> impl IntoView {
    let dot = NodeRef::<html::Div>::new();
    let (state, person) = (target.state, first.person);
    let now = Memo::new(move |before: Option<&ShownPointer>| {
        let shown = state.pointing.shown;
        let now = shown.with(|shown| shown.pointers.iter().find(|pointer| pointer.person == person).copied());
        now.or(before.copied()).unwrap_or(first)
    });
    let at = move || now.get().at;
    effect(move || {
        if let Some(dot) = dot.get() {
            let Spot { x, y } = at();
            let [right, down] = [x, y].map(|part| f64::from(part) / f64::from(u16::MAX));
            set_transform(&dot, (right, down), 1.0);
        }
    });
    let name = move || match person {
        Person::Me => state.name.get(),
        Person::Peer(peer) => {
            let tile = state
                .peers
                .with(|peers| peers.iter().find(|tile| tile.id == peer).copied());
            tile.map(|tile| tile.name.get()).unwrap_or_default()
        }
    };
    view! {
        <div
            class="dot"
            node_ref=dot
            data-colour=word(move || name_of(now.get().colour))
            data-own=truth(move || person == Person::Me)
            data-left=truth(move || at().x > FAR)
            data-above=truth(move || at().y > FAR)
        >
            <span>{text(name)}</span>
        </div>
    }
}

fn name_of(colour: u8) -> &'static str {
    COLOURS.get(usize::from(colour)).copied().unwrap_or_default()
}

/// The points as an SVG polyline has them. One point alone is drawn as a line to itself, which is a dot.
fn line(stroke: &ShownStroke) -> String {
    let mut line = String::new();
    let is_dot = stroke.points.len() == 1;
    let again = stroke.points.first().filter(|_| is_dot);
    for Spot { x, y } in stroke.points.iter().chain(again) {
        line.push_str(&x.to_string());
        line.push(',');
        line.push_str(&y.to_string());
        line.push(' ');
    }
    line
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stroke_is_a_line_and_one_point_a_dot() {
        let spot = |x, y| Spot { x, y };
        let of = |points: &[Spot]| {
            line(&ShownStroke {
                number: 1,
                share: Person::Me,
                colour: 0,
                points: points.to_vec(),
                fades: false,
            })
        };
        assert_eq!(of(&[spot(0, 65_535)]), "0,65535 0,65535 ");
        assert_eq!(of(&[spot(1, 2), spot(3, 4)]), "1,2 3,4 ");
    }

    /// Relative luminance (WCAG 2.2).
    fn luminance(hex: &str) -> f64 {
        let part = |at: usize| {
            let part = f64::from(u8::from_str_radix(&hex[at..at + 2], 16).expect("a colour")) / 255.0;
            if part <= 0.040_45 {
                part / 12.92
            } else {
                ((part + 0.055) / 1.055).powf(2.4)
            }
        };
        0.2126 * part(0) + 0.7152 * part(2) + 0.0722 * part(4)
    }

    #[test]
    fn every_colour_can_be_told_from_light_and_dark_and_white_can_be_read_on_it() {
        let css = include_str!("../../../../../style/tokens.css");
        for name in COLOURS {
            let declared = css.split(&["--person-", name, ": #"].concat()).nth(1).expect("a token");
            let colour = luminance(&declared[..6]) + 0.05;
            assert!(1.05 / colour >= 4.5, "{name}: white on it");
            assert!(colour / (luminance("141218") + 0.05) >= 3.0, "{name}: on ink");
        }
    }
}
