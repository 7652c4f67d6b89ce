//! In the room: the stage, and what floats above it.

use leptos::html;
use leptos::prelude::*;

use crate::browser::Actions;
use crate::components::{
    Bar, Chat, FileNews, Icon, MicrophoneHints, Notices, Shape, ShareBar, Stage, effect, offer_pip, press, text, truth,
    when,
};
use crate::state::{Phase, RoomState};
use crate::texts::texts;

/// The call.
#[component]
pub(crate) fn CallFace(state: RoomState) -> impl IntoView {
    let actions = Actions::from_context();
    let words = texts().call;
    let heading = state.room.with_value(|room| (words.heading)(room.as_str()));
    let main = NodeRef::<html::Main>::new();
    // The keyboard goes on here and not at the top of the document, where the lobby's button was.
    effect(move || {
        if let Some(main) = main.get() {
            let _ = main.focus();
        }
    });

    offer_pip(state);
    let is_alone = move || state.peers.with(Vec::is_empty);
    let is_joining = move || state.phase.get() == Phase::Joining;
    // The bar fades by an animation that starts late. Each change of `data-stirred` starts it anew, so that no timer is
    // needed and none can be forgotten.
    view! {
        <main
            class="call"
            tabindex="-1"
            node_ref=main
            data-stirred=truth(move || state.stirred.get())
            data-alone=truth(is_alone)
            data-chat=truth(move || state.chat.open.get())
            aria-busy=truth(is_joining)
        >
            <h1 class="unseen">{heading}</h1>
            <Stage state=state />
            <div class="over">
                <Notices state=state />
                <button
                    type="button"
                    class="button primary"
                    hidden=when(move || !state.sound_blocked.get())
                    on:click=press(move || actions.enable_sound())
                >
                    <Icon shape=Shape::Speaker />
                    {words.enable_sound}
                </button>
            </div>
            <p class="alone" hidden=when(move || !is_alone())>
                {text(move || {
                    if is_joining() { words.joining } else { words.alone }.into()
                })}
            </p>
            <ShareBar state=state />
            <MicrophoneHints state=state />
            <Bar state=state />
            <Chat state=state />
            <FileNews state=state />
        </main>
    }
}
