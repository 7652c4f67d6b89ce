//! What people write and show without a voice.

use call::{Person, ShownReaction};
use leptos::prelude::*;

/// The chat, hands and reactions.
#[derive(Clone, Copy)]
pub struct ChatSignals {
    /// The panel is open.
    pub open: RwSignal<bool>,
    /// Lines of others that have come since it was seen last.
    pub unread: RwSignal<usize>,
    /// All lines, in order.
    pub lines: RwSignal<Vec<ShownLine>>,
    /// Who has raised a hand, in this order.
    pub hands: RwSignal<Vec<Person>>,
    /// Reactions that are seen now, the oldest first.
    pub reactions: RwSignal<Vec<ShownReaction>>,
}

/// A line of the chat.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ShownLine {
    /// Tells it from every other line.
    pub number: u64,
    /// Who said it. `None` where that has just been said, by the line before.
    pub name: Option<String>,
    /// This page has said it.
    pub is_own: bool,
    /// When, on the person's clock.
    pub time: String,
    /// What.
    pub text: String,
    /// Who has got it; nothing for lines of others.
    pub receipt: Option<Delivery>,
}

/// Who has got an own line.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Delivery {
    /// So many have it.
    pub delivered: usize,
    /// It is on its way to these, by name.
    pub waiting: Vec<String>,
    /// These do not get it.
    pub missed: Vec<String>,
}

impl ChatSignals {
    pub(super) fn new() -> Self {
        Self {
            open: RwSignal::new(false),
            unread: RwSignal::new(0),
            lines: RwSignal::new(Vec::new()),
            hands: RwSignal::new(Vec::new()),
            reactions: RwSignal::new(Vec::new()),
        }
    }

    /// Which one of the raised hands somebody's is, from 1.
    pub(crate) fn hand_of(&self, person: Person) -> Option<usize> {
        let place = self.hands.with(|hands| hands.iter().position(|of| *of == person));
        place.map(|place| place + 1)
    }
}
