//! What changes in a view, as few types.
//!
//! Every closure is a type of its own, and the framework makes a copy of its code for each type that a view holds. Boxed,
//! all attributes of a kind, all texts and all effects share one copy: a tenth of the page.

use leptos::prelude::Effect;

/// An attribute's words.
pub(crate) type Word = Box<dyn FnMut() -> &'static str + Send>;

/// Whether an attribute is there.
pub(crate) type Presence = Box<dyn FnMut() -> bool + Send>;

/// A text.
pub(crate) type Text = Box<dyn FnMut() -> String + Send>;

/// An attribute that is one of a few words.
pub(crate) fn word(is: impl Fn() -> &'static str + Send + 'static) -> Word {
    Box::new(is)
}

/// An attribute for a state that is either on or off: ARIA wants the words, not the attribute's presence.
pub(crate) fn truth(is: impl Fn() -> bool + Send + 'static) -> Word {
    Box::new(move || if is() { "true" } else { "false" })
}

/// An attribute that is there or not.
pub(crate) fn when(is: impl Fn() -> bool + Send + 'static) -> Presence {
    Box::new(is)
}

/// A text.
pub(crate) fn text(is: impl Fn() -> String + Send + 'static) -> Text {
    Box::new(is)
}

/// A text that is not there at all while there is nothing to say: what holds it is `:empty` then, and not drawn.
pub(crate) type Saying = Box<dyn FnMut() -> Option<String> + Send>;

/// A text, while there is something to say.
pub(crate) fn saying<T: Into<String>>(is: impl Fn() -> Option<T> + Send + 'static) -> Saying {
    Box::new(move || is().map(Into::into))
}

/// Something that is done now, and again whenever what it reads has changed. Nothing on the server.
pub(crate) fn effect(act: impl Fn() + 'static) {
    run(Box::new(act));
}

fn run(act: Box<dyn Fn()>) {
    Effect::new(move |_| act());
}

/// What a click does.
pub(crate) type Press = Box<dyn FnMut(leptos::ev::MouseEvent)>;

/// What a click does.
pub(crate) fn press(act: impl Fn() + 'static) -> Press {
    Box::new(move |_| act())
}
