//! Files: the list of them in the chat, and what is said of them elsewhere.

use call::files::{FileId, FileState};
use leptos::html;
use leptos::prelude::*;
use protocol::peer_message::FileKind;

use super::button::{Plain, Round};
use super::{Icon, Shape, effect, press, saying, text, when, word};
use crate::browser::Actions;
use crate::state::{RoomState, ShownFile, Transfer};
use crate::texts::texts;

/// All files, with all that can be done about them.
#[component]
pub(crate) fn Files(state: RoomState) -> impl IntoView {
    let around = NodeRef::new();
    view! {
        <section class="files" tabindex="-1" node_ref=around aria-label=texts().files.heading hidden=when(move || state.files.list.with(Vec::is_empty))>
            <List state=state received=false around=around />
        </section>
    }
}

/// What was received and can still be saved, after leaving.
#[component]
pub(crate) fn ReceivedFiles(state: RoomState) -> impl IntoView {
    let words = texts().files;
    let around = NodeRef::new();
    let has_none = move || {
        state
            .files
            .list
            .with(|files| !files.iter().any(ShownFile::can_be_saved))
    };
    view! {
        <section class="files" tabindex="-1" node_ref=around aria-label=words.received hidden=when(has_none)>
            <h2>{words.received}</h2>
            <p class="quiet">{words.received_hint}</p>
            <List state=state received=true around=around />
        </section>
    }
}

/// All files, or those that can be saved.
#[component]
fn List(state: RoomState, received: bool, around: NodeRef<html::Section>) -> impl IntoView {
    let files = move || {
        let mut files = state.files.list.get();
        if received {
            files.retain(ShownFile::can_be_saved);
        }
        files
    };
    view! {
        <ul>
            <For each=files key=|file| file.number let:file>
                <File state=state file=file around=around />
            </For>
        </ul>
    }
}

/// Chooses files.
#[component]
pub(crate) fn SendFile() -> impl IntoView {
    let actions = Actions::from_context();
    let chooser = NodeRef::<html::Input>::new();
    let choose = move || {
        if let Some(chooser) = chooser.get_untracked() {
            chooser.click();
        }
    };
    view! {
        <Round label=texts().files.send shape=Shape::Attach on_press=press(choose) />
        <input
            type="file"
            multiple=true
            hidden=true
            node_ref=chooser
            on:change=move |event| actions.send_files(&event)
        />
    }
}

/// Says that somebody offers a file, to a person who is not looking at the chat; how files ended, to one who does not see it; and that files can
/// be dropped.
#[component]
pub(crate) fn FileNews(state: RoomState) -> impl IntoView {
    view! {
        <p class="toast news" role="status">
            {saying(move || state.files.news.get())}
        </p>
        <p class="unseen" role="status">
            {saying(move || state.files.ended.get())}
        </p>
        <p class="drop" hidden=when(move || !state.files.over.get())>
            <Icon shape=Shape::Attach />
            {texts().files.drop}
        </p>
    }
}

#[component]
fn File(state: RoomState, file: ShownFile, around: NodeRef<html::Section>) -> impl IntoView {
    let actions = Actions::from_context();
    let words = texts().files;
    let ShownFile {
        number,
        is_own,
        name,
        size,
        kind,
        ..
    } = file;
    let transfers = move || {
        state.files.list.with(|files| {
            let file = files.iter().find(|file| file.number == number);
            file.map(|file| file.transfers.clone()).unwrap_or_default()
        })
    };
    let is_over = move || transfers().iter().all(Transfer::is_over);
    let remove = move || {
        // The button goes with the file: the keyboard stays in the list.
        if let Some(around) = around.get_untracked() {
            let _ = around.focus();
        }
        for transfer in transfers() {
            actions.dismiss_file(transfer.id);
        }
    };
    let called = name.clone();
    let about = Known {
        is_own,
        name: StoredValue::new(name.clone()),
        size,
    };
    view! {
        <li>
            // Its buttons are all called alike: the group says of which file they are.
            <div class="file" role="group" aria-label=called>
                <p class="about">
                    <Icon shape=shape(kind) />
                    <b dir="auto">{name}</b>
                    <small>{(words.size)(size)}</small>
                    <Round
                        label=words.remove
                        shape=Shape::Close
                        hidden=when(move || !is_over())
                        on_press=press(remove)
                    />
                </p>
                <For each=transfers key=|of| of.id let:of>
                    <TransferRow state=state id=of.id about=about />
                </For>
                {(!is_own && kind == FileKind::Image).then(|| view! { <Preview state=state number=number /> })}
            </div>
        </li>
    }
}

/// What does not change of a file.
#[derive(Clone, Copy)]
struct Known {
    is_own: bool,
    name: StoredValue<String>,
    size: u64,
}

/// How a file stands between two people, and what the person can do about it.
#[component]
fn TransferRow(state: RoomState, id: FileId, about: Known) -> impl IntoView {
    let actions = Actions::from_context();
    let words = texts().files;
    let Known { is_own, name, size } = about;
    let row = NodeRef::<html::Div>::new();
    let transfer = Memo::new(move |_| state.files.transfer(id));
    let stands = Memo::new(move |_| transfer.with(|of| of.as_ref().map(|of| of.state)));
    let is = move |wanted| stands.get() == Some(wanted);
    let done = move || transfer.with(|of| of.as_ref().map_or(0, |of| of.done));
    let person = move || transfer.with(|of| of.as_ref().map(|of| of.person.clone()).unwrap_or_default());
    let called = move || name.with_value(|name| (words.label)(is_own, &person(), name));
    let is_waiting_for_us = move || !is_own && is(FileState::Offered);
    let is_moving = move || is(FileState::Going) || is(FileState::Interrupted);
    let can_be_cancelled = move || {
        let is_over = matches!(stands.get(), None | Some(FileState::Complete | FileState::Ended(_)));
        !is_over && !is_waiting_for_us()
    };
    // The button that was pressed goes away: the keyboard stays near it.
    let then_stay = move || {
        if let Some(row) = row.get_untracked() {
            let _ = row.focus();
        }
    };
    let accept = move || {
        actions.accept_file(id);
        then_stay();
    };
    let cancel = move || {
        actions.cancel_file(id);
        then_stay();
    };
    let says = move || {
        let said = (words.state)(is_own, stands.get()?);
        Some(if is_moving() {
            [said, ", ", &(words.progress)(done(), size)].concat()
        } else {
            said.to_owned()
        })
    };
    view! {
        <div
            class="transfer"
            role="group"
            aria-label=text(called)
            tabindex="-1"
            node_ref=row
            data-state=word(move || stands.get().map_or("", state_word))
        >
            <p>
                <b>{text(person)}</b>
                " "
                <span>{saying(says)}</span>
            </p>
            <progress
                max=size.max(1).to_string()
                value=text(move || done().to_string())
                aria-label=text(called)
                hidden=when(move || !is_moving())
            ></progress>
            <Plain
                label=words.accept
                class="button primary"
                hidden=when(move || !is_waiting_for_us())
                on_press=press(accept)
            />
            <Plain label=words.refuse hidden=when(move || !is_waiting_for_us()) on_press=press(cancel) />
            <Plain label=words.cancel hidden=when(move || !can_be_cancelled()) on_press=press(cancel) />
            <Plain
                label=words.save
                class="button primary"
                hidden=when(move || is_own || !is(FileState::Complete))
                on_press=press(move || actions.save_file(id, name.get_value()))
            />
        </div>
    }
}

/// What a received picture shows, in small.
#[component]
fn Preview(state: RoomState, number: u64) -> impl IntoView {
    let actions = Actions::from_context();
    let canvas = NodeRef::<html::Canvas>::new();
    let drawn = RwSignal::new(false);
    let complete = Memo::new(move |_| {
        state.files.list.with(|files| {
            let file = files.iter().find(|file| file.number == number)?;
            let complete = file.transfers.iter().find(|of| of.state == FileState::Complete);
            complete.map(|of| of.id)
        })
    });
    effect(move || {
        if let (Some(id), Some(canvas)) = (complete.get(), canvas.get()) {
            actions.preview_file(id, canvas, drawn);
        }
    });
    view! { <canvas node_ref=canvas aria-hidden="true" hidden=when(move || !drawn.get())></canvas> }
}

const fn shape(kind: FileKind) -> Shape {
    match kind {
        FileKind::Image => Shape::Picture,
        FileKind::Video => Shape::Motion,
        FileKind::Audio => Shape::Speaker,
        FileKind::Text => Shape::Text,
        FileKind::Unknown | FileKind::Other(_) => Shape::File,
    }
}

const fn state_word(state: FileState) -> &'static str {
    match state {
        FileState::Waiting => "waiting",
        FileState::Offered => "offered",
        FileState::Going => "going",
        FileState::Interrupted => "interrupted",
        FileState::Complete => "complete",
        FileState::Ended(_) => "ended",
    }
}
