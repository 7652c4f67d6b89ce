//! A person on the stage: their picture or their initials, their name, and how it stands with them.

use call::devices::Status;
use call::layout::Place;
use call::quality::ShownSize;
use call::{Person, Reach, Source};
use leptos::html;
use leptos::prelude::*;
use protocol::SourceState;

use super::avatar::Avatar;
use super::button::{Plain, Round};
use super::gestures::Shown;
use super::mark::Mark;
use super::{Icon, Shape, effect, press, text, truth, when, word};
use crate::browser::{Actions, Stream, aspect, open_panel, play, route, set_pixels, watch_size};
use crate::stage::{Places, TileKey};
use crate::state::{PeerTile, RoomState};
use crate::texts::texts;

/// Somebody else.
#[component]
pub(crate) fn Tile(state: RoomState, peer: PeerTile, places: Places) -> impl IntoView {
    let actions = Actions::from_context();
    let key = TileKey::Person(peer.number);
    let tile = NodeRef::<html::Div>::new();
    let video = NodeRef::<html::Video>::new();
    let audio = NodeRef::<html::Audio>::new();
    place(tile, places, key);
    show(video, peer.picture, state);
    play_sound(audio, peer.sound, state, move || {
        peer.volume.played(state.look.even.get())
    });
    watch(video, move |size| actions.shown(peer.id, Source::Camera, size));
    let why_no_messages = move || {
        let ended = peer.channel.get();
        ended.map(texts().tile.channel_ended).unwrap_or_default().to_owned()
    };
    view! {
        <div
            class="tile"
            role="group"
            aria-label=text(move || peer.name.get())
            node_ref=tile
            data-peer=peer.id.to_string()
            data-place=word(move || name_of_place(places, key))
            data-picture=truth(move || peer.has_picture())
            data-speaking=truth(move || peer.speaking.get())
            data-reach=word(move || name_of(peer.reach.get()))
            data-away=truth(move || peer.away.get())
        >
            <Avatar name=peer.name />
            <video node_ref=video playsinline on:resize=move |_| keep_aspect(peer.aspect, video)></video>
            <audio node_ref=audio></audio>
            <p class="plate">
                <span class="who">{text(move || peer.name.get())}</span>
                <Mark
                    shape=Shape::MicrophoneOff
                    text=texts().tile.muted
                    hidden=when(move || peer.media.get().microphone != SourceState::Muted)
                />
                <Mark
                    shape=Shape::MicrophoneOff
                    text=texts().tile.microphone_off
                    hidden=when(move || peer.media.get().microphone == SourceState::Muted || !is_off(peer.media.get().microphone))
                />
                <Mark
                    shape=Shape::MicrophoneOff
                    text=texts().tile.microphone_interrupted
                    hidden=when(move || peer.media.get().microphone != SourceState::Interrupted)
                />
                <Mark
                    shape=Shape::CameraOff
                    text=texts().tile.camera_off
                    hidden=when(move || !is_off(peer.media.get().camera))
                />
                <Mark
                    shape=Shape::CameraOff
                    text=texts().tile.camera_interrupted
                    hidden=when(move || peer.media.get().camera != SourceState::Interrupted)
                />
                <Mark
                    shape=Shape::SpeakerOff
                    text=texts().tile.muted_here
                    hidden=when(move || !peer.volume.muted.get())
                />
                <Mark
                    shape=Shape::Alert
                    text=texts().tile.messages_off
                    hidden=when(move || peer.channel.get().is_none())
                    why=text(why_no_messages)
                />
            </p>
            <Shown state=state person=Person::Peer(peer.id) />
            <div class="tools">
                <Pin state=state key=key />
                <Round
                    label=texts().person.options
                    shape=Shape::More
                    on_press=press(move || {
                        state.look.about.set(Some(peer.number));
                        open_panel("person");
                    })
                />
            </div>
            <p class="reach" hidden=when(move || peer.reach.get() == Reach::Connected)>
                <span class="mark">
                    <Icon shape=Shape::Wait />
                    <Icon shape=Shape::Alert />
                    <span>{text(move || words(peer.reach.get()).into())}</span>
                </span>
                <Plain label=texts().tile.try_again on_press=press(move || actions.retry(peer.id)) />
            </p>
        </div>
    }
}

/// Makes a tile, or what is in it, large.
#[component]
pub(crate) fn Pin(state: RoomState, key: TileKey) -> impl IntoView {
    let pin = texts().look.pin;
    let pinned = state.look.pinned;
    let is_pinned = move || pinned.get() == Some(key);
    view! {
        <Round
            label=pin
            shape=Shape::Pin
            class="round pin"
            pressed=truth(is_pinned)
            on_press=press(move || pinned.update(|pinned| *pinned = (*pinned != Some(key)).then_some(key)))
        />
    }
}

/// Puts a tile where it stands.
pub(super) fn place(tile: NodeRef<html::Div>, places: Places, key: TileKey) {
    effect(move || {
        if let (Some(tile), Some((rect, _))) = (tile.get(), places.of(key)) {
            set_pixels(
                &tile,
                [
                    ("left", rect.left),
                    ("top", rect.top),
                    ("width", rect.width),
                    ("height", rect.height),
                ],
            );
        }
    });
}

/// The kind of place where a tile stands, for the style sheet.
pub(super) fn name_of_place(places: Places, key: TileKey) -> &'static str {
    match places.of(key) {
        Some((_, Place::Grid)) => "grid",
        Some((_, Place::Spotlight)) => "spotlight",
        Some((_, Place::Strip)) => "strip",
        Some((_, Place::Corner)) => "corner",
        None if places.is_empty() => "unknown",
        None => "none",
    }
}

/// Plays a picture.
pub(super) fn show(video: NodeRef<html::Video>, picture: RwSignal<Option<Stream>>, state: RoomState) {
    effect(move || {
        state.play_again.track();
        if let Some(video) = video.get() {
            // The picture has no sound of its own: muted, no browser keeps it from playing.
            video.set_muted(true);
            play(&video, picture.get().as_ref(), state.sound_blocked);
        }
    });
}

/// Plays a sound on the chosen speaker, this loud: 0 to 1.
pub(super) fn play_sound(
    audio: NodeRef<html::Audio>,
    sound: RwSignal<Option<Stream>>,
    state: RoomState,
    volume: impl Fn() -> f64 + 'static,
) {
    effect(move || {
        state.play_again.track();
        if let Some(audio) = audio.get() {
            play(&audio, sound.get().as_ref(), state.sound_blocked);
        }
    });
    effect(move || {
        if let (Some(audio), Some(speaker)) = (audio.get(), state.sink.get()) {
            route(&audio, &speaker);
        }
    });
    effect(move || {
        if let Some(audio) = audio.get() {
            let volume = volume();
            // iPhones leave the volume to their keys, and heed `muted` alone.
            audio.set_muted(volume <= 0.0);
            audio.set_volume(volume);
        }
    });
}

/// Keeps the shape of what a video shows. One that shows nothing any more says nothing.
pub(super) fn keep_aspect(kept: RwSignal<f64>, video: NodeRef<html::Video>) {
    let now = video.get_untracked().map_or(0.0, |video| aspect(&video));
    if now > 0.0 && kept.get_untracked() != now {
        kept.set(now);
    }
}

/// Whether the person has switched a source off. One that their system interrupts is told apart.
fn is_off(source: SourceState) -> bool {
    !source.is_on() && source != SourceState::Interrupted
}

/// Tells in which size a picture is shown, for as long as it is.
pub(super) fn watch(video: NodeRef<html::Video>, tell: impl Fn(Option<ShownSize>) + Copy + 'static) {
    effect(move || {
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

/// Oneself, as in a mirror. On a stage it has a place; in the lobby it fills its frame.
#[component]
pub(crate) fn OwnTile(state: RoomState, #[prop(optional)] places: Option<Places>) -> impl IntoView {
    let actions = Actions::from_context();
    let tile = NodeRef::<html::Div>::new();
    let video = NodeRef::<html::Video>::new();
    if let Some(places) = places {
        place(tile, places, TileKey::Own);
    }
    effect(move || {
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
            node_ref=tile
            data-place=word(move || places.map_or("unknown", |places| name_of_place(places, TileKey::Own)))
            data-mirrored=truth(move || state.look.mirrored.get())
            data-picture=truth(move || state.camera.status.get() == Status::On)
        >
            <Avatar name=state.name />
            <video
                node_ref=video
                data-preview
                muted
                playsinline
                on:resize=move |_| keep_aspect(state.aspect, video)
            ></video>
            <Shown state=state person=Person::Me />
            <p class="plate">
                <span class="who">{text(label)}</span>
                <Mark
                    shape=Shape::MicrophoneOff
                    text=texts().tile.muted
                    hidden=when(move || state.microphone.status.get() != Status::Muted)
                />
                <Mark
                    shape=Shape::MicrophoneOff
                    text=texts().tile.microphone_off
                    hidden=when(move || !matches!(state.microphone.status.get(), Status::Off | Status::Failed(_)))
                />
            </p>
        </div>
    }
}
