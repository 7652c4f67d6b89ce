//! A person on the stage: their picture or their initials, their name, and how it stands with them.

use call::Reach;
use call::devices::Status;
use call::quality::ShownSize;
use leptos::html;
use leptos::prelude::*;
use protocol::SourceState;

use super::avatar::Avatar;
use super::mark::Mark;
use super::{Icon, Shape, press, text, truth, when, word};
use crate::browser::{Actions, play, route, watch_size};
use crate::state::{PeerTile, RoomState};
use crate::texts::texts;

/// Somebody else.
#[component]
pub(crate) fn Tile(state: RoomState, peer: PeerTile) -> impl IntoView {
    let actions = Actions::from_context();
    let video = NodeRef::<html::Video>::new();
    let audio = NodeRef::<html::Audio>::new();
    Effect::new(move |_| {
        state.play_again.track();
        if let Some(video) = video.get() {
            // The picture has no sound of its own: muted, no browser keeps it from playing.
            video.set_muted(true);
            play(&video, peer.picture.get().as_ref(), state.sound_blocked);
        }
    });
    Effect::new(move |_| {
        state.play_again.track();
        if let Some(audio) = audio.get() {
            play(&audio, peer.sound.get().as_ref(), state.sound_blocked);
        }
    });
    Effect::new(move |_| {
        if let (Some(audio), Some(speaker)) = (audio.get(), state.sink.get()) {
            route(&audio, &speaker);
        }
    });
    watch(video, move |size| actions.shown(peer.id, size));
    let has_picture =
        move || peer.media.get().camera.is_on() && matches!(peer.reach.get(), Reach::Connected | Reach::Reconnecting);
    let why_no_messages = move || {
        let ended = peer.channel.get();
        ended.map(texts().tile.channel_ended).unwrap_or_default().to_owned()
    };
    view! {
        <div
            class="tile"
            role="group"
            aria-label=text(move || peer.name.get())
            data-peer=peer.id.to_string()
            data-picture=truth(has_picture)
            data-speaking=truth(move || peer.speaking.get())
            data-reach=word(move || name_of(peer.reach.get()))
            data-away=truth(move || peer.away.get())
        >
            <Avatar name=peer.name />
            <video node_ref=video playsinline></video>
            <audio node_ref=audio></audio>
            <p class="plate">
                <span class="who">{text(move || peer.name.get())}</span>
                <Mark
                    shape=Shape::MicrophoneOff
                    text=texts().tile.muted
                    shown=move || is_off(peer.media.get().microphone)
                />
                <Mark
                    shape=Shape::MicrophoneOff
                    text=texts().tile.microphone_interrupted
                    shown=move || peer.media.get().microphone == SourceState::Interrupted
                />
                <Mark
                    shape=Shape::CameraOff
                    text=texts().tile.camera_off
                    shown=move || is_off(peer.media.get().camera)
                />
                <Mark
                    shape=Shape::CameraOff
                    text=texts().tile.camera_interrupted
                    shown=move || peer.media.get().camera == SourceState::Interrupted
                />
                <Mark
                    shape=Shape::Alert
                    text=texts().tile.messages_off
                    shown=move || peer.channel.get().is_some()
                    why=text(why_no_messages)
                />
            </p>
            <p class="reach" hidden=when(move || peer.reach.get() == Reach::Connected)>
                <span class="mark">
                    <Icon shape=Shape::Wait />
                    <Icon shape=Shape::Alert />
                    <span>{text(move || words(peer.reach.get()).into())}</span>
                </span>
                <button type="button" class="button" on:click=press(move || actions.retry(peer.id))>
                    {texts().tile.try_again}
                </button>
            </p>
        </div>
    }
}

/// Whether the person has switched a source off. One that their system interrupts is told apart.
fn is_off(source: SourceState) -> bool {
    !source.is_on() && source != SourceState::Interrupted
}

/// Tells in which size a picture is shown, for as long as it is.
fn watch(video: NodeRef<html::Video>, tell: impl Fn(Option<ShownSize>) + Copy + 'static) {
    Effect::new(move |_| {
        let watched = video.get().and_then(|video| watch_size(&video, tell));
        on_cleanup(move || drop(watched));
    });
}

/// How it stands, for the style sheet.
const fn name_of(reach: Reach) -> &'static str {
    match reach {
        Reach::Connecting => "connecting",
        Reach::Connected => "connected",
        Reach::Reconnecting => "reconnecting",
        Reach::Unreachable(_) => "unreachable",
    }
}

/// How it stands, for the person. Nothing where all is well.
fn words(reach: Reach) -> &'static str {
    let words = texts().tile;
    match reach {
        Reach::Connecting => words.connecting,
        Reach::Connected => "",
        Reach::Reconnecting => words.reconnecting,
        Reach::Unreachable(cause) => (words.unreachable)(cause),
    }
}

/// Oneself, as in a mirror.
#[component]
pub(crate) fn OwnTile(state: RoomState) -> impl IntoView {
    let actions = Actions::from_context();
    let video = NodeRef::<html::Video>::new();
    Effect::new(move |_| {
        if let Some(video) = video.get() {
            play(&video, state.preview.get().as_ref(), state.sound_blocked);
        }
    });
    watch(video, move |size| actions.own_shown(size));
    let label = move || {
        state.name.with(|name| match name.trim() {
            "" => texts().people.you.to_owned(),
            name => (texts().people.own_name)(name),
        })
    };
    view! {
        <div
            class="tile own"
            role="group"
            aria-label=text(label)
            data-picture=truth(move || state.camera.status.get() == Status::On)
        >
            <Avatar name=state.name />
            <video node_ref=video data-preview muted playsinline></video>
            <p class="plate">
                <span class="who">{text(label)}</span>
                <Mark
                    shape=Shape::MicrophoneOff
                    text=texts().tile.muted
                    shown=move || {
                        matches!(
                            state.microphone.status.get(),
                            Status::Off | Status::Muted | Status::Failed(_)
                        )
                    }
                />
            </p>
        </div>
    }
}
