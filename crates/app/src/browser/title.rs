//! The tab's title, which says from afar that somebody waits.

use call::Person;
use leptos::prelude::*;

use super::page;
use crate::state::{Phase, RoomState};

/// Keeps the title from now on. Called from an effect.
pub(super) fn start_title(state: RoomState) {
    let Some(document) = page::document() else { return };
    let plain = document.title();
    let waiting = Memo::new(move |_| {
        let in_call = state.phase.get() == Phase::Call;
        let others = |hands: &Vec<Person>| hands.iter().any(|hand| *hand != Person::Me);
        let has_hand = in_call && state.chat.hands.with(others);
        (has_hand, if in_call { state.chat.unread.get() } else { 0 })
    });
    Effect::new(move |_| {
        let (has_hand, unread) = waiting.get();
        let hand = if has_hand { "✋ " } else { "" };
        let title = match unread {
            0 => [hand, &plain].concat(),
            unread => [hand, "(", &unread.to_string(), ") ", &plain].concat(),
        };
        if let Some(document) = page::document().filter(|document| document.title() != title) {
            document.set_title(&title);
        }
    });
}
