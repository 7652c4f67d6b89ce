//! The panel in which people write.

use call::chat::links::{Piece, pieces};
use leptos::ev::KeyboardEvent;
use leptos::html;
use leptos::prelude::*;
use protocol::limits::peer::CHAT_TEXT_MAX_CHARS;

use super::button::Round;
use super::files::{Files, SendFile};
use super::{Icon, Shape, effect, press, saying, truth, when};
use crate::browser::{Actions, scroll_to_end, to_lobby};
use crate::state::{RoomState, ShownLine};
use crate::texts::texts;

/// CSS pixels from the end of the log that still are its end.
const END: i32 = 48;

/// Beside the stage; on a phone above it.
#[component]
pub(crate) fn Chat(state: RoomState) -> impl IntoView {
    let actions = Actions::from_context();
    let (words, chat) = (texts().chat, state.chat);
    let log = NodeRef::<html::Div>::new();
    let field = NodeRef::<html::Textarea>::new();
    // Who reads further up is not pulled away.
    let at_end = RwSignal::new(true);
    effect(move || {
        if let (true, Some(field)) = (chat.open.get(), field.get()) {
            let _ = field.focus();
        }
    });
    effect(move || {
        let says_oneself = chat.lines.with(|lines| lines.last().is_some_and(|line| line.is_own));
        if let (true, Some(log)) = (chat.open.get(), log.get())
            && (at_end.get_untracked() || says_oneself)
        {
            scroll_to_end(&log);
        }
    });
    let on_scroll = move |_| {
        if let Some(log) = log.get_untracked() {
            at_end.set(log.scroll_height() - log.scroll_top() - log.client_height() < END);
        }
    };
    let send = move || {
        if let Some(field) = field.get_untracked() {
            let typed = field.value();
            if !typed.trim().is_empty() {
                actions.say(typed);
                field.set_value("");
            }
        }
    };
    let on_key = move |event: KeyboardEvent| {
        // While somebody composes a character, keys are for that. Safari says so by the code alone.
        let composes = event.is_composing() || event.key_code() == 229;
        match event.key().as_str() {
            "Enter" if !event.shift_key() && !composes => {
                event.prevent_default();
                send();
            }
            "Escape" if !composes => actions.open_chat(false),
            _ => {}
        }
    };
    view! {
        <aside id="chat" class="chat" aria-label=words.heading hidden=when(move || !chat.open.get())>
            <header>
                <h2>{words.heading}</h2>
                <Round label=words.close shape=Shape::Close on_press=press(move || actions.open_chat(false)) />
            </header>
            <p class="quiet" hidden=when(move || chat.lines.with(|lines| !lines.is_empty()))>
                {words.empty}
            </p>
            <div class="lines" role="log" aria-label=words.lines tabindex="0" node_ref=log on:scroll=on_scroll>
                <ol>
                <For each=move || chat.lines.get() key=|line| (line.number, line.receipt.clone(), line.name.is_some()) let:line>
                    <Line line=line />
                </For>
                </ol>
            </div>
            <Files state=state />
            <form
                method="dialog"
                on:submit=move |event| {
                    event.prevent_default();
                    send();
                }
            >
                <SendFile />
                <textarea
                    rows="1"
                    maxlength=CHAT_TEXT_MAX_CHARS.to_string()
                    aria-label=words.field
                    placeholder=words.field
                    node_ref=field
                    on:keydown=on_key
                ></textarea>
                <button class="round send" aria-label=words.send title=words.send>
                    <Icon shape=Shape::Send />
                </button>
            </form>
        </aside>
    }
}

#[component]
fn Line(line: ShownLine) -> impl IntoView {
    let words = texts().chat;
    let ShownLine {
        name,
        is_own,
        time,
        text,
        receipt,
        ..
    } = line;
    let begins = name.is_some();
    let all = receipt
        .as_ref()
        .is_some_and(|receipt| receipt.waiting.is_empty() && receipt.missed.is_empty());
    view! {
        <li aria-live=is_own.then_some("off") data-own=if is_own { "true" } else { "false" } data-begins=if begins { "true" } else { "false" }>
            <p class="author">
                <b>{name.unwrap_or_default()}</b>
                <time>{time}</time>
            </p>
            <p class="said" dir="auto">{pieces(&text).into_iter().map(piece).collect_view()}</p>
            <small data-all=if all { "true" } else { "false" }>{receipt.as_ref().and_then(words.receipt)}</small>
        </li>
    }
}

/// An address is a link, and nothing else is markup.
fn piece(piece: Piece<'_>) -> impl IntoView + use<> {
    use leptos::either::Either;
    match piece {
        Piece::Text(text) => Either::Left(text.to_owned()),
        Piece::Link(link) => {
            let (href, address) = (to_lobby(link), link.to_owned());
            Either::Right(view! {
                <a href=href target="_blank" rel="noopener noreferrer">
                    {address}
                </a>
            })
        }
    }
}

/// Opens the panel, and says how many lines have not been read.
#[component]
pub(crate) fn ChatToggle(state: RoomState) -> impl IntoView {
    let actions = Actions::from_context();
    let (words, chat) = (texts().chat, state.chat);
    let unread = move || chat.unread.get();
    view! {
        <button
            type="button"
            class="round lit social"
            aria-label=words.heading
            aria-describedby="unread"
            title=words.heading
            aria-controls="chat"
            aria-expanded=truth(move || chat.open.get())
            on:click=press(move || actions.open_chat(!chat.open.get_untracked()))
        >
            <Icon shape=Shape::Chat />
            <span id="unread" class="badge">
                {saying(move || (unread() > 0).then(|| (words.unread)(unread())))}
            </span>
        </button>
    }
}
