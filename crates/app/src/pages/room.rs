//! `/<room>`: lobby, call and "you left" are faces of one page, so that a call never reloads.

use leptos::either::EitherOf3;
use leptos::prelude::*;
use protocol::RoomId;

use super::left::LeftFace;
use super::lobby::LobbyFace;
use crate::browser::{Actions, location};
use crate::call_part;
use crate::components::effect;
use crate::drawn::Drawn;
use crate::query::LinkOptions;
use crate::state::{Phase, RoomState};

/// The page of a room.
#[component]
pub fn RoomPage(
    /// The room of the URL.
    room: RoomId,
    /// How it starts: in the lobby or in the call, and with what.
    options: LinkOptions,
) -> impl IntoView {
    let autojoin = options.autojoin;
    let state = RoomState::new(room, options);
    let actions = Actions::provide();
    // Effects run in the order of their making: the engine is there when the tiles bind their elements.
    effect(move || {
        // Where what the server drew could not be brought to life, another program does it anew: see `location`.
        if location::is_mounted() {
            actions.start(state);
        }
    });
    view! { <Faces state=state autojoin=autojoin /> }
}

/// The face that is drawn. While a join is under way it is the one that was there before.
#[component]
pub(crate) fn Faces(state: RoomState, autojoin: bool) -> impl IntoView {
    let face = Memo::new(move |before: Option<&Phase>| match state.phase.get() {
        Phase::Joining if autojoin => *before.unwrap_or(&Phase::Call),
        Phase::Joining => *before.unwrap_or(&Phase::Lobby),
        phase => phase,
    });
    move || match (face.get(), call_part::fetched()) {
        (Phase::Call, Some(part)) => EitherOf3::A(Drawn { by: part.face, state }),
        (Phase::Left, _) => EitherOf3::B(view! { <LeftFace state=state /> }),
        // A call begins only once its part is here.
        _ => EitherOf3::C(view! { <LobbyFace state=state /> }),
    }
}
