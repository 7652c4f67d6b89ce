//! How the person looks at calls, hears them and steers them, remembered by the browser.

use call::layout::View;
use leptos::prelude::*;

use super::page::storage;
use crate::state::RoomState;

/// Keys of what is not as it is for everybody at first.
const SPEAKER_KEY: &str = "parlour.speaker-view";
const HIDE_OWN_KEY: &str = "parlour.hide-me";
const NO_SHORTCUTS_KEY: &str = "parlour.no-shortcuts";
const PUSH_TO_TALK_KEY: &str = "parlour.push-to-talk";
const NO_SOUNDS_KEY: &str = "parlour.no-sounds";
const UNEVEN_KEY: &str = "parlour.uneven";
const PLAIN_KEY: &str = "parlour.no-mirror";

/// Reads what is remembered, and remembers what changes from now on. Called from an effect.
pub(super) fn start_look(state: RoomState) {
    let (look, keys) = (state.look, state.keys);
    look.pip_possible.set(super::pip::is_possible());
    look.full_possible.set(super::element::can_fill_screen());
    if storage::load(SPEAKER_KEY).is_some() {
        look.view.set(View::Speaker);
    }
    Effect::new(move |_| keep(SPEAKER_KEY, look.view.get() == View::Speaker));
    // Each with how it is for everybody at first.
    for (key, switch, usual) in [
        (HIDE_OWN_KEY, look.hide_own, false),
        (PLAIN_KEY, look.mirrored, true),
        (UNEVEN_KEY, look.even, true),
        (NO_SOUNDS_KEY, look.sounds, true),
        (NO_SHORTCUTS_KEY, keys.shortcuts, true),
        (PUSH_TO_TALK_KEY, keys.push_to_talk, false),
    ] {
        switch.set(usual != storage::load(key).is_some());
        Effect::new(move |_| keep(key, switch.get() != usual));
    }
}

fn keep(key: &str, is_unusual: bool) {
    if is_unusual {
        storage::save(key, "on");
    } else {
        storage::forget(key);
    }
}
