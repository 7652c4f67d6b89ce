//! What one can have in hand on a shared screen: something to point with, or to draw with.

use call::Person;
use leptos::prelude::*;

use crate::browser::Actions;
use crate::components::button::Round;
use crate::components::{Shape, effect, press, truth, when};
use crate::stage::TileKey;
use crate::state::{RoomState, Tool};
use crate::texts::texts;

/// A shared screen that is pointed at.
#[derive(Clone, Copy)]
pub(super) struct Target {
    pub(super) state: RoomState,
    /// Its tile.
    pub(super) key: TileKey,
    /// Whose it is.
    pub(super) share: Person,
}

impl Target {
    /// What the person has in hand here.
    pub(super) fn tool(self) -> Option<Tool> {
        self.of(self.state.pointing.tool.get())
    }

    /// The same, for handlers of events.
    pub(super) fn tool_now(self) -> Option<Tool> {
        self.of(self.state.pointing.tool.get_untracked())
    }

    fn of(self, held: Option<(TileKey, Tool)>) -> Option<Tool> {
        held.filter(|(key, _)| *key == self.key).map(|(_, tool)| tool)
    }

    /// Takes it in hand, or lays it down.
    fn toggle(self, tool: Tool) {
        let key = self.key;
        let held = self.state.pointing.tool;
        held.update(|held| *held = (*held != Some((key, tool))).then_some((key, tool)));
    }

    /// Whether the person may point here.
    fn is_open(self) -> bool {
        match self.share {
            Person::Me => true,
            Person::Peer(peer) => !self.state.pointing.closed.with(|closed| closed.contains(&peer)),
        }
    }
}

/// The two buttons. `shown`: there is a picture to point at.
#[component]
pub(super) fn Tools(target: Target, shown: Signal<bool>) -> impl IntoView {
    let actions = Actions::from_context();
    let words = texts().pointing;
    let is_usable = move || shown.get() && target.is_open();
    let lay_down = move || {
        let held = target.state.pointing.tool;
        let _ = held.try_update(|held| {
            if target.of(*held).is_some() {
                *held = None;
            }
        });
    };
    effect(move || {
        if !is_usable() {
            lay_down();
        }
    });
    // What was in hand is told to be no longer, however that came to be.
    Effect::new(move |before: Option<Option<Tool>>| {
        let tool = target.tool();
        match before.flatten().filter(|before| Some(*before) != tool) {
            Some(Tool::Point) => actions.point(target.share, None),
            Some(Tool::Draw) => actions.draw(target.share, None),
            None => {}
        }
        tool
    });
    on_cleanup(lay_down);
    let button = move |tool: Tool, name: &'static str, shape: Shape| {
        view! {
            <Round
                label=name
                shape=shape
                class="round lit tool"
                pressed=truth(move || target.tool() == Some(tool))
                hidden=when(move || !is_usable())
                on_press=press(move || target.toggle(tool))
            />
        }
    };
    [
        button(Tool::Point, words.point, Shape::Point),
        button(Tool::Draw, words.draw, Shape::Draw),
    ]
    .into_iter()
    .collect_view()
}
