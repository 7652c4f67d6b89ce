//! A state of a person, as an icon with its word: never by colour alone.

use leptos::prelude::*;

use super::lively::{Presence, Text};
use super::{Icon, Shape};

/// In little room only the icon is drawn; screen readers still read the word.
#[component]
pub(crate) fn Mark(
    /// The icon.
    shape: Shape,
    /// The word.
    text: &'static str,
    /// The state does not hold.
    hidden: Presence,
    /// Why it holds, for those who point at it.
    #[prop(optional)]
    why: Option<Text>,
) -> impl IntoView {
    view! {
        <span class="mark" title=why hidden=hidden>
            <Icon shape=shape />
            <span>{text}</span>
        </span>
    }
}
