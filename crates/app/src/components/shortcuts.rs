//! The panel "Shortcuts": which key does what, and the switches for that.

use leptos::prelude::*;

use super::choice::Switch;
use crate::browser::Actions;
use crate::shortcuts::Command;
use crate::state::RoomState;
use crate::texts::texts;

/// The panel.
#[component]
pub(crate) fn Shortcuts(state: RoomState) -> impl IntoView {
    let actions = Actions::from_context();
    let (words, keys) = (texts().shortcuts, state.keys);
    let row = move |command: Command| {
        view! {
            <div>
                <dt>
                    <kbd>{command.key().to_ascii_uppercase()}</kbd>
                </dt>
                <dd>{(words.command)(command)}</dd>
            </div>
        }
    };
    view! {
        <div id="shortcuts" class="popover menu" popover="auto" role="dialog" aria-label=words.heading tabindex="-1">
            <h2>{words.heading}</h2>
            <dl class="keys">
                {Command::ALL.map(row).into_iter().collect_view()}
                <div>
                    <dt>
                        <kbd>{words.space}</kbd>
                    </dt>
                    <dd>{words.talk}</dd>
                </div>
            </dl>
            <Switch
                label=words.switch
                hint=words.switch_hint
                on=keys.shortcuts
            />
            <Switch
                label=words.push_to_talk
                hint=words.push_to_talk_hint
                on=keys.push_to_talk
                set=Box::new(move |on| actions.set_push_to_talk(on))
            />
        </div>
    }
}
