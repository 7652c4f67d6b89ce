//! A person on the stage: their picture or their initials, their name, and how it stands with them.

use call::{Cause, Link, Whose};
use leptos::html;
use leptos::prelude::*;

use super::avatar::Avatar;
use super::mark::Mark;
use super::{Icon, Shape, press, text, truth, when, word};
use crate::browser;
use crate::state::{DeviceStatus, PeerTile, RoomState};

/// Somebody else.
#[component]
pub(crate) fn Tile(peer: PeerTile) -> impl IntoView {
    let video = NodeRef::<html::Video>::new();
    let audio = NodeRef::<html::Audio>::new();
    Effect::new(move |_| {
        peer.tracks.track();
        if let (Some(video), Some(audio)) = (video.get(), audio.get()) {
            browser::bind_peer(peer.id, &video, &audio);
        }
    });
    let link = move || words(peer.link.get());
    let has_picture =
        move || peer.media.get().camera && matches!(peer.link.get(), Link::Connected | Link::Reconnecting);
    view! {
        <div
            class="tile"
            role="group"
            aria-label=text(move || peer.name.get())
            data-peer=peer.id.to_string()
            data-picture=truth(has_picture)
            data-speaking=truth(move || peer.speaking.get())
            data-link=word(move || link().0)
            data-away=truth(move || peer.away.get())
        >
            <Avatar name=peer.name />
            <video node_ref=video playsinline></video>
            <audio node_ref=audio></audio>
            <p class="plate">
                <span class="who">{text(move || peer.name.get())}</span>
                <Mark
                    shape=Shape::MicrophoneOff
                    text="Muted"
                    shown=move || !peer.media.get().microphone
                />
                <Mark
                    shape=Shape::CameraOff
                    text="Camera off"
                    shown=move || !peer.media.get().camera
                />
            </p>
            <p class="link" hidden=when(move || peer.link.get() == Link::Connected)>
                <span class="mark">
                    <Icon shape=Shape::Wait />
                    <Icon shape=Shape::Alert />
                    <span>{text(move || link().1.into())}</span>
                </span>
                <button type="button" class="button" on:click=press(move || browser::retry(peer.id))>
                    "Try again"
                </button>
            </p>
        </div>
    }
}

/// How it stands, for the style sheet and for the person.
const fn words(link: Link) -> (&'static str, &'static str) {
    match link {
        Link::Connecting => ("connecting", "Connecting…"),
        Link::Connected => ("connected", ""),
        Link::Reconnecting => ("reconnecting", "Reconnecting…"),
        Link::Unreachable(cause) => ("unreachable", why(cause)),
    }
}

/// Why there is no way, and what to do.
const fn why(cause: Cause) -> &'static str {
    match cause {
        Cause::NoPath => "Cannot reach them: no way was found between your networks.",
        Cause::PeerAway => "Cannot reach them: their network or their page is gone.",
        Cause::Blocked(Whose::Ours) => {
            "Cannot reach them: your network lets neither UDP nor the relay through. Try another network."
        }
        Cause::Blocked(Whose::Theirs) => {
            "Cannot reach them: their network lets neither UDP nor the relay through. They should try another network."
        }
        Cause::RelayUnreachable => {
            "Cannot reach them: no direct way was found, and the server's relay does not answer."
        }
        Cause::RelayFull => "Cannot reach them: the server's relay has no room left. Try again later.",
        Cause::RelayRefused(Whose::Ours) => {
            "Cannot reach them: the server's relay does not know you. Leave and join again."
        }
        Cause::RelayRefused(Whose::Theirs) => {
            "Cannot reach them: the server's relay does not know them. They should leave and join again."
        }
    }
}

/// Oneself, as in a mirror.
#[component]
pub(crate) fn OwnTile(state: RoomState) -> impl IntoView {
    let video = NodeRef::<html::Video>::new();
    Effect::new(move |_| {
        state.camera.status.track();
        if let Some(video) = video.get() {
            browser::bind_preview(&video);
        }
    });
    let label = move || {
        state.name.with(|name| match name.trim() {
            "" => "You".to_owned(),
            name => [name, " (you)"].concat(),
        })
    };
    view! {
        <div
            class="tile own"
            role="group"
            aria-label=text(label)
            data-picture=truth(move || state.camera.status.get() == DeviceStatus::On)
        >
            <Avatar name=state.name />
            <video node_ref=video data-preview muted playsinline></video>
            <p class="plate">
                <span class="who">{text(label)}</span>
                <Mark
                    shape=Shape::MicrophoneOff
                    text="Muted"
                    shown=move || !is_sending(state.microphone.status.get(), state.microphone.wanted.get())
                />
            </p>
        </div>
    }
}

/// While a device is being started nothing is said about it.
fn is_sending(status: DeviceStatus, wanted: bool) -> bool {
    wanted && !matches!(status, DeviceStatus::Problem(_))
}
