//! `/`: what this is, a new room, a room by name. Plain HTML; it needs no script.

use leptos::prelude::*;
use protocol::limits::ROOM_ID_MAX;

use crate::app::HomeProblem;

/// The home page. Its form goes to `/new`, which leads to the room or back here with a problem.
#[component]
pub(crate) fn HomePage(problem: Option<HomeProblem>) -> impl IntoView {
    let (typed, sentence) = problem.map_or_else(Default::default, |p| (p.typed, Some(p.sentence)));
    let is_wrong = sentence.is_some();
    view! {
        <main class="home">
            <h1>"Open a link, and see and hear everyone in the room."</h1>
            <a class="button primary" href="/new">"New room"</a>
            <form action="/new" method="get">
                <label for="room">"Room name"</label>
                <input id="room" name="room" value=typed maxlength=ROOM_ID_MAX required aria-invalid=is_wrong.then_some("true") />
                <button>"Open"</button>
                {sentence.map(|s| view! { <p id="room-problem" role="alert">{s}</p> })}
            </form>
        </main>
    }
}
