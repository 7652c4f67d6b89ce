//! What one shares, while one does: that everybody sees it, and how it is sent.

use call::quality::Content;
use leptos::prelude::*;

use super::button::Plain;
use super::choice::{Choice, Choosable, Switch};
use super::{Icon, Shape, press, saying, text};
use crate::browser::Actions;
use crate::state::RoomState;
use crate::texts::texts;

/// Above the stage.
#[component]
pub(crate) fn ShareBar(state: RoomState) -> impl IntoView {
    let actions = Actions::from_context();
    let (words, share) = (texts().share, state.share);
    let contents = move || {
        let contents = [
            (Content::Text, words.text, Shape::Text),
            (Content::Motion, words.motion, Shape::Motion),
        ];
        let choose = move |content| actions.set_share_content(content);
        Vec::from(contents.map(|content| Choosable::new(content, share.content, choose)))
    };
    let sound = move || {
        if share.has_sound.get() {
            words.with_sound
        } else {
            words.without_sound
        }
        .into()
    };
    view! {
        // It is there before there is anything to say: otherwise it is not read aloud.
        <p class="unseen" role="status">
            {saying(move || share.on.get().then_some(words.sharing))}
        </p>
        <Show when=move || share.on.get()>
            <section class="sharing" aria-label=words.own>
                <p>
                    <Icon shape=Shape::Screen />
                    {words.sharing}
                    <small>{text(sound)}</small>
                </p>
                <Choice label=words.content options=contents() />
                <Switch
                    label=texts().pointing.let_others
                    hint=texts().pointing.let_others_hint
                    on=share.let_point
                    set=Box::new(move |on| actions.let_others_point(on))
                />
                <Plain label=words.other on_press=press(move || actions.share_other()) />
                <Plain label=words.stop class="button stop" on_press=press(move || actions.toggle_share()) />
            </section>
        </Show>
    }
}
