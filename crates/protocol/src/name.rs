//! What a person is called in a room.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::limits::NAME_MAX_CHARS;
use crate::unicode;

/// A name as others see it: 1 to 64 characters, no control characters, nothing that reverses the text around it.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct DisplayName(String);

impl DisplayName {
    /// The name as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The name in a text of any length, as a link or a memory has it: what is too long is cut between two graphemes.
    ///
    /// # Errors
    /// [`InvalidName::Empty`] when nothing of it can be seen.
    pub fn from_long(text: &str) -> Result<Self, InvalidName> {
        unicode::beginning(&cleaned(text), NAME_MAX_CHARS).parse()
    }
}

/// What is left of a text when everything is gone that is not seen, or harms the text around it.
fn cleaned(text: &str) -> String {
    let kept: String = text.chars().filter(|&c| !unicode::is_harmful(c)).collect();
    kept.trim_matches(unicode::is_space).to_owned()
}

impl FromStr for DisplayName {
    type Err = InvalidName;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let name = cleaned(text);
        if name.chars().all(unicode::is_invisible) {
            Err(InvalidName::Empty)
        } else if name.chars().count() > NAME_MAX_CHARS {
            Err(InvalidName::TooLong)
        } else {
            Ok(Self(name))
        }
    }
}

impl TryFrom<String> for DisplayName {
    type Error = InvalidName;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        text.parse()
    }
}

impl From<DisplayName> for String {
    fn from(name: DisplayName) -> Self {
        name.0
    }
}

impl fmt::Display for DisplayName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Why a text is no name. Its `Display` is a sentence for the person who typed it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum InvalidName {
    /// Nothing that can be seen.
    Empty,
    /// More than [`NAME_MAX_CHARS`] characters.
    TooLong,
}

impl fmt::Display for InvalidName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Empty => "A name needs at least one visible character.",
            Self::TooLong => "A name has at most 64 characters. Use a shorter one.",
        })
    }
}

impl std::error::Error for InvalidName {}

#[cfg(test)]
mod tests {
    use super::*;

    fn name(text: &str) -> Result<String, InvalidName> {
        text.parse::<DisplayName>().map(String::from)
    }

    #[test]
    fn names_are_trimmed_and_cleaned() {
        assert_eq!(name("  Ada Lovelace\n"), Ok("Ada Lovelace".into()));
        assert_eq!(name("evil\u{202E}gnp.exe"), Ok("evilgnp.exe".into()));
        assert_eq!(name("a\u{0}b\u{7}c"), Ok("abc".into()));
    }

    #[test]
    fn emoji_sequences_survive() {
        assert_eq!(name("👩‍👩‍👧"), Ok("👩‍👩‍👧".into()));
    }

    #[test]
    fn a_name_that_shows_nothing_is_refused() {
        let mixed = "\u{3164} \u{2800}\u{FFA0}\u{115F}\u{1160}\u{200D}\u{FE0F}\u{E0061}\u{180E}";
        let texts = [
            "",
            "   ",
            "\u{200B}",
            "\u{202E}\u{202C}",
            "\u{200D}",
            "\u{3164}",
            "\u{2800}",
            mixed,
        ];
        for text in texts {
            assert_eq!(name(text), Err(InvalidName::Empty), "{text:?}");
            let long = text.repeat(100);
            assert_eq!(DisplayName::from_long(&long), Err(InvalidName::Empty), "{text:?}");
        }
    }

    #[test]
    fn what_shows_nothing_around_a_name_is_no_part_of_it() {
        assert_eq!(name("\u{3164}\u{2800} Ada\u{FFA0}\u{A0}"), Ok("Ada".into()));
        // A heart that is an emoji, and a flag made of tags, end in what shows nothing.
        for whole in ["Ada ❤\u{FE0F}", "🏴\u{E0067}\u{E0062}\u{E007F}"] {
            assert_eq!(name(whole), Ok(whole.into()));
        }
    }

    #[test]
    fn a_name_that_is_too_long_is_cut_where_it_can_be() {
        let long = |text: &str| DisplayName::from_long(text).map(String::from);
        assert_eq!(long("Ada"), Ok("Ada".into()));
        assert_eq!(long(&"x".repeat(65)), Ok("x".repeat(64)));
        assert_eq!(long(&format!("  {} y", "x".repeat(63))), Ok("x".repeat(63)));
        assert_eq!(long(&format!("{}👩‍👩‍👧", "x".repeat(62))), Ok("x".repeat(62)));
        assert_eq!(
            long(&format!("e{}", "\u{301}".repeat(1_000))),
            Ok(format!("e{}", "\u{301}".repeat(63)))
        );
        // Nothing can be seen of what is left.
        assert_eq!(
            long(&format!("\u{200D}{}x", "\u{301}".repeat(70))).map(|name| name.chars().count()),
            Ok(64)
        );
    }

    #[test]
    fn a_name_has_at_most_64_characters() {
        assert!(name(&"ß".repeat(64)).is_ok());
        assert_eq!(name(&"🦀".repeat(65)), Err(InvalidName::TooLong));
        assert_eq!(name(&"🦀".repeat(10_000)), Err(InvalidName::TooLong));
    }
}
