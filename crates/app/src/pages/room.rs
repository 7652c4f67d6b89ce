//! `/<room>`: lobby, call and "you left" are faces of one page, so that a call never reloads.

use leptos::either::EitherOf3;
use leptos::prelude::*;
use protocol::RoomId;

use super::call::CallFace;
use super::left::LeftFace;
use super::lobby::LobbyFace;
use crate::browser;
use crate::state::{Phase, RoomState};

/// The page of a room.
#[component]
pub fn RoomPage(
    /// The room of the URL.
    room: RoomId,
    /// The call is drawn at once, without the lobby.
    autojoin: bool,
) -> impl IntoView {
    let state = RoomState::new(room, autojoin);
    // Effects run in the order of their making: the browser layer is there when the tiles bind their elements.
    Effect::new(move |_| browser::start(state));
    view! { <Faces state=state /> }
}

/// The face that is drawn.
#[component]
pub(crate) fn Faces(state: RoomState) -> impl IntoView {
    // Not `into_any`: it would bring a second, owned form of every view into the wasm.
    move || match state.face.get() {
        Phase::Call => EitherOf3::A(view! { <CallFace state=state /> }),
        Phase::Left => EitherOf3::B(view! { <LeftFace state=state /> }),
        Phase::Lobby | Phase::Joining => EitherOf3::C(view! { <LobbyFace state=state /> }),
    }
}
