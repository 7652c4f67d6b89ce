//! What a person is called in a room.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::limits::NAME_MAX_CHARS;

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
}

/// Characters that draw nothing by themselves, or change how the text around them is drawn: controls, the bidi
/// embeddings, overrides and isolates (Unicode Standard Annex 9), zero-width space, line separators, the byte order mark.
/// The zero-width joiner stays: emoji and several scripts need it.
fn is_removed(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{200B}' | '\u{200E}' | '\u{200F}' | '\u{2028}'..='\u{202E}' | '\u{2060}'..='\u{206F}' | '\u{061C}' | '\u{FEFF}')
}

fn is_visible(c: char) -> bool {
    !c.is_whitespace() && !matches!(c, '\u{200C}' | '\u{200D}' | '\u{FE00}'..='\u{FE0F}' | '\u{00AD}')
}

impl FromStr for DisplayName {
    type Err = InvalidName;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let kept: String = text.chars().filter(|&c| !is_removed(c)).collect();
        let name = kept.trim();
        if !name.chars().any(is_visible) {
            Err(InvalidName::Empty)
        } else if name.chars().count() > NAME_MAX_CHARS {
            Err(InvalidName::TooLong)
        } else {
            Ok(Self(name.into()))
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
        for text in ["", "   ", "\u{200B}", "\u{202E}\u{202C}", "\u{200D}"] {
            assert_eq!(name(text), Err(InvalidName::Empty), "{text:?}");
        }
    }

    #[test]
    fn a_name_has_at_most_64_characters() {
        assert!(name(&"ß".repeat(64)).is_ok());
        assert_eq!(name(&"🦀".repeat(65)), Err(InvalidName::TooLong));
        assert_eq!(name(&"🦀".repeat(10_000)), Err(InvalidName::TooLong));
    }
}
