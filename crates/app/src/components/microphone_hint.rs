//! What the person should know of the own microphone, above the bar.

use leptos::prelude::*;

use super::button::Plain;
use super::{press, saying, when};
use crate::browser::Actions;
use crate::state::{MicrophoneHint, RoomState};
use crate::texts::texts;

/// One sentence, and what to do about it.
#[component]
pub(crate) fn MicrophoneHints(state: RoomState) -> impl IntoView {
    let actions = Actions::from_context();
    let (words, hint) = (texts().hints, state.voice.hint);
    let said = move || match hint.get() {
        MicrophoneHint::None => None,
        MicrophoneHint::YouAreMuted => Some(words.you_are_muted.to_owned()),
        MicrophoneHint::NothingHeard => Some(words.nothing_heard.to_owned()),
        MicrophoneHint::Trying => Some(words.trying.to_owned()),
        MicrophoneHint::Better { label, .. } => Some((words.better)(&label)),
        MicrophoneHint::NoneHears => Some(words.none_hears.to_owned()),
    };
    let is = move |wanted: fn(&MicrophoneHint) -> bool| move || hint.with(wanted);
    let can_try = is(|hint| matches!(hint, MicrophoneHint::NothingHeard | MicrophoneHint::NoneHears));
    let is_better = is(|hint| matches!(hint, MicrophoneHint::Better { .. }));
    view! {
        <div class="hint" data-shown=super::truth(move || hint.with(|hint| *hint != MicrophoneHint::None))>
            <p role="status">{saying(said)}</p>
            <Plain
                label=words.try_microphones
                hidden=when(move || !can_try())
                on_press=press(move || actions.try_microphones())
            />
            <Plain
                label=words.use_it
                class="button primary"
                hidden=when(move || !is_better())
                on_press=press(move || {
                    if let MicrophoneHint::Better { device, .. } = hint.get_untracked() {
                        actions.use_microphone(device);
                    }
                })
            />
        </div>
    }
}
