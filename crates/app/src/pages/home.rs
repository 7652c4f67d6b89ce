//! `/`: what this is, a new room, a room by name. Plain HTML; it needs no script.

use leptos::prelude::*;
use protocol::limits::ROOM_ID_MAX;

use crate::app::HomeProblem;
use crate::components::Brand;
use crate::texts::texts;

/// The home page. Its form comes back to `/`, which leads on to the room or shows what is wrong with its name.
#[component]
pub(crate) fn HomePage(problem: Option<HomeProblem>) -> impl IntoView {
    let (typed, sentence) = problem.map_or_else(Default::default, |p| (p.typed, Some(p.sentence)));
    let is_wrong = sentence.is_some();
    let words = texts().home;
    view! {
        <header class="top">
            <Brand />
        </header>
        <main class="home">
            <div class="welcome">
                <h1>{words.heading}</h1>
                <p class="lead">{words.lead}</p>
                <a class="button primary" href="/new">
                    {words.new_room}
                </a>
                <form class="by-name" action="/" method="get">
                    <label for="room">{words.by_name}</label>
                    <div class="row">
                        <input
                            id="room"
                            name="room"
                            type="text"
                            value=typed
                            maxlength=ROOM_ID_MAX
                            required
                            autocomplete="off"
                            autocapitalize="none"
                            spellcheck="false"
                            placeholder=words.example
                            aria-invalid=is_wrong.then_some("true")
                            aria-describedby=is_wrong.then_some("room-problem")
                        />
                        <button class="button">{words.open}</button>
                    </div>
                    {sentence
                        .map(|sentence| {
                            view! {
                                <p id="room-problem" class="notice problem" role="alert">
                                    {sentence}
                                </p>
                            }
                        })}
                </form>
            </div>
            <Scene />
        </main>
        <footer class="foot">
            <p>{words.privacy}</p>
        </footer>
    }
}

/// Four people in a call, in the colours of the theme.
#[component]
fn Scene() -> impl IntoView {
    view! {
        <svg class="scene" viewBox="0 0 480 360" aria-hidden="true">
            <rect class="s-stage" width="480" height="360" rx="20" />
            <Sitter x=14 y=14 tone="s-a" hair="M70 116c-8-52 6-84 40-84s48 32 40 84h-14c6-22 6-36 0-52-14 2-32-2-42-14-10 14-16 34-10 66z" />
            <Sitter x=244 y=14 tone="s-b" hair="M76 76c-4-26 12-40 34-40s40 12 36 40c-8-14-20-18-36-18s-28 4-34 18z" />
            <Sitter x=14 y=184 tone="s-c" hair="M72 80c-8-30 14-50 40-46 26-2 42 18 36 46-4-8-10-14-16-16-14 4-36 4-48-2-6 4-10 10-12 18z" />
            <Sitter x=244 y=184 tone="s-d" hair="M110 30a16 16 0 0 1 12 10c18 4 26 20 24 38-8-12-20-16-36-16s-28 4-36 16c-2-18 6-34 24-38a16 16 0 0 1 12-10z" />
            <rect class="s-bar" x="168" y="304" width="144" height="40" rx="20" />
            <circle class="s-dot" cx="196" cy="324" r="11" />
            <circle class="s-dot" cx="240" cy="324" r="11" />
            <circle class="s-end" cx="284" cy="324" r="11" />
        </svg>
    }
}

/// Head and shoulders in a tile of 222 by 162.
#[component]
fn Sitter(x: u16, y: u16, tone: &'static str, hair: &'static str) -> impl IntoView {
    let place = ["translate(", &x.to_string(), " ", &y.to_string(), ")"].concat();
    view! {
        <g class=tone transform=place>
            <rect class="s-wall" width="222" height="162" rx="12" />
            <path class="s-coat" d="M42 162c2-36 30-52 68-52s66 16 68 52z" />
            <path class="s-skin" d="M97 96h26v20a13 13 0 0 1-26 0z" />
            <ellipse class="s-skin" cx="110" cy="80" rx="29" ry="34" />
            <path class="s-hair" d=hair />
        </g>
    }
}
