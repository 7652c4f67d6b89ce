//! What stands in `<body>`.

use leptos::prelude::*;

use crate::page::Page;
use crate::pages::{HomePage, NotFoundPage, RoomPage};
use crate::query::LinkOptions;

/// Why the form on the home page did not lead to a room.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HomeProblem {
    /// What the person typed, to be put back into the field.
    pub typed: String,
    /// What is wrong with it and what to do.
    pub sentence: String,
}

/// The page that a path stands for. The server renders it; the client-only build mounts it. What hydrates in a browser
/// is [`RoomPage`] alone, which renders the same without carrying the other pages along.
#[component]
pub fn App(
    /// Which page.
    page: Page,
    /// For the home page, when its form was filled in wrongly.
    #[prop(optional_no_strip)]
    problem: Option<HomeProblem>,
    /// For a room's page: how it starts.
    #[prop(optional)]
    options: LinkOptions,
) -> impl IntoView {
    match page {
        Page::Home => view! { <HomePage problem=problem /> }.into_any(),
        Page::Room(room) => view! { <RoomPage room=room options=options /> }.into_any(),
        Page::NotFound => view! { <NotFoundPage /> }.into_any(),
    }
}
