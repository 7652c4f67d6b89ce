//! One of a few, and on or off, each with its name.

use leptos::prelude::*;

use super::lively::{Press, Word};
use super::{Icon, Shape, press, truth};

/// One of the few.
pub(crate) struct Choosable {
    name: &'static str,
    shape: Shape,
    is_chosen: Word,
    choose: Press,
}

impl Choosable {
    /// One that stands for a value.
    pub(crate) fn new<T: Copy + PartialEq + Send + Sync + 'static>(
        (value, name, shape): (T, &'static str, Shape),
        chosen: RwSignal<T>,
        choose: impl Fn(T) + 'static,
    ) -> Self {
        Self {
            name,
            shape,
            is_chosen: truth(move || chosen.get() == value),
            choose: press(move || choose(value)),
        }
    }
}

/// One of a few, side by side.
#[component]
pub(crate) fn Choice(
    /// What is chosen, read aloud.
    label: &'static str,
    /// What there is.
    options: Vec<Choosable>,
) -> impl IntoView {
    let option = |option: Choosable| {
        view! {
            <button type="button" aria-pressed=option.is_chosen on:click=option.choose>
                <Icon shape=option.shape />
                {option.name}
            </button>
        }
    };
    view! {
        <div class="choice" role="group" aria-label=label>
            {options.into_iter().map(option).collect_view()}
        </div>
    }
}

/// On or off, with a line about it.
#[component]
pub(crate) fn Switch(
    /// Its name.
    label: &'static str,
    /// What it does.
    hint: &'static str,
    /// How it is.
    on: RwSignal<bool>,
    /// What a click does; by default, it sets the signal.
    #[prop(optional)]
    set: Option<Box<dyn Fn(bool)>>,
) -> impl IntoView {
    let set = set.unwrap_or_else(|| Box::new(move |is_on| on.set(is_on)));
    view! {
        <label class="switch">
            <span>
                {label}
                <small>{hint}</small>
            </span>
            <input
                type="checkbox"
                role="switch"
                aria-label=label
                prop:checked=move || on.get()
                on:change=move |event| set(event_target_checked(&event))
            />
        </label>
    }
}
