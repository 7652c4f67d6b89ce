//! A person on the stage: their picture or their initials, their name, and how it stands with them.

use call::Link;
use leptos::html;
use leptos::prelude::*;

use super::avatar::Avatar;
use super::mark::Mark;
use super::{Shape, truth};
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
    let link_is = move |link| move || peer.link.get() == link;
    let has_picture =
        move || peer.media.get().camera && matches!(peer.link.get(), Link::Connected | Link::Reconnecting);
    view! {
        <div
            class="tile"
            role="group"
            aria-label=move || peer.name.get()
            data-peer=peer.id.to_string()
            data-picture=move || truth(has_picture())
            data-speaking=move || truth(peer.speaking.get())
        >
            <Avatar name=peer.name />
            <video node_ref=video playsinline></video>
            <audio node_ref=audio></audio>
            <p class="plate">
                <span class="who">{move || peer.name.get()}</span>
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
            <p class="link">
                <Mark shape=Shape::Wait text="Connecting…" shown=link_is(Link::Connecting) />
                <Mark shape=Shape::Wait text="Reconnecting…" shown=link_is(Link::Reconnecting) />
                <Mark shape=Shape::Alert text="Cannot reach them" shown=move || matches!(peer.link.get(), Link::Unreachable(_)) />
            </p>
        </div>
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
            aria-label=label
            data-picture=move || truth(state.camera.status.get() == DeviceStatus::On)
        >
            <Avatar name=state.name />
            <video node_ref=video data-preview muted playsinline></video>
            <p class="plate">
                <span class="who">{label}</span>
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
