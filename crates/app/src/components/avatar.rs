//! What stands for a person of whom there is no picture.

use leptos::prelude::*;

use super::{Icon, Shape, text, truth};

/// The initials in a circle. The name itself is beside it, so it is nothing to read aloud.
#[component]
pub(crate) fn Avatar(
    /// Whose.
    name: RwSignal<String>,
) -> impl IntoView {
    view! {
        <span class="avatar" aria-hidden="true" data-blank=truth(move || name.with(|name| initials(name).is_empty()))>
            <Icon shape=Shape::Person />
            <span>{text(move || name.with(|name| initials(name)))}</span>
        </span>
    }
}

/// The first letters of the first and the last word; the style sheet makes them capitals. Empty for a name
/// without any letter: then a figure is drawn.
fn initials(name: &str) -> String {
    let mut words = name
        .split_whitespace()
        .filter_map(|word| word.chars().find(|c| c.is_alphanumeric()));
    let first = words.next();
    first.into_iter().chain(words.next_back()).collect()
}

#[cfg(test)]
mod tests {
    use super::initials;

    #[test]
    fn initials_are_of_the_first_and_the_last_word() {
        for (name, expected) in [
            ("Ada Lovelace", "AL"),
            ("Jean  Luc van Damme", "JD"),
            ("ada", "a"),
            ("(Ünal) 7th", "Ü7"),
            ("李 小龙", "李小"),
        ] {
            assert_eq!(initials(name), expected, "{name}");
        }
    }

    #[test]
    fn a_name_without_letters_has_no_initials() {
        for name in ["", "  ", "!!! …", "🦀"] {
            assert_eq!(initials(name), "", "{name}");
        }
    }
}
