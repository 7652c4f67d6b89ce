//! What people write to each other, as it is shown.

use std::fmt;
use std::str::FromStr;

use crate::limits::peer::CHAT_TEXT_MAX_CHARS;
use crate::unicode;

/// Most line feeds between two visible characters: two empty lines.
const FEEDS: usize = 3;

/// Most marks on one character that go on any letter. Without end they would cover the lines around them.
const DIACRITICS: usize = 4;

/// Most of everything else that belongs to the character before it. Burmese has six on a letter, a flag of tags seven.
const EXTENDING: usize = 8;

/// The text of a line in a chat: 1 to [`CHAT_TEXT_MAX_CHARS`] characters of plain text, no control characters but line feeds, nothing
/// that reverses the text around it, nothing that covers other lines.
///
/// It is read from any text at all, a stranger's or one's own: what is not to be shown is taken out, what is too long is cut between two
/// graphemes.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct ChatText(String);

impl ChatText {
    /// The text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for ChatText {
    type Err = EmptyChatText;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let kept = cleaned(text);
        let text = unicode::beginning(&kept, CHAT_TEXT_MAX_CHARS).trim_end_matches(unicode::is_space);
        if text.chars().all(unicode::is_invisible) {
            return Err(EmptyChatText);
        }
        Ok(Self(text.to_owned()))
    }
}

/// What may be shown of a text, without the space before it, and at most one character more than a [`ChatText`] has.
fn cleaned(text: &str) -> String {
    let mut kept = String::new();
    let (mut count, mut feeds, mut marks) = (0, 0, 0);
    let mut before = '\0';
    for c in text.chars() {
        let is_second_half = (before, c) == ('\r', '\n');
        before = c;
        let c = match c {
            // The mandatory breaks of Unicode Standard Annex 14.
            '\n' | '\r' | '\u{B}' | '\u{C}' | '\u{85}' | '\u{2028}' | '\u{2029}' => '\n',
            '\t' => ' ',
            c => c,
        };
        let is_mark = unicode::is_extending(c);
        let most = if is_diacritic(c) { DIACRITICS } else { EXTENDING };
        let is_dropped = is_second_half
            || c != '\n' && unicode::is_harmful(c)
            || count == 0 && unicode::is_space(c)
            || is_mark && marks >= most
            || c == '\n' && feeds >= FEEDS;
        if is_dropped {
            continue;
        }
        marks = if is_mark { marks + 1 } else { 0 };
        if c == '\n' {
            feeds += 1;
        } else if !unicode::is_invisible(c) {
            feeds = 0;
        }
        kept.push(c);
        count += 1;
        if count > CHAT_TEXT_MAX_CHARS {
            break;
        }
    }
    kept
}

/// Combining marks that belong to no script: the blocks "Combining Diacritical Marks" with their supplements, and those of Cyrillic
/// numbers.
fn is_diacritic(c: char) -> bool {
    matches!(c, '\u{300}'..='\u{36F}' | '\u{483}'..='\u{489}' | '\u{1AB0}'..='\u{1AFF}' | '\u{1DC0}'..='\u{1DFF}' | '\u{20D0}'..='\u{20FF}' | '\u{FE20}'..='\u{FE2F}')
}

impl From<ChatText> for String {
    fn from(text: ChatText) -> Self {
        text.0
    }
}

impl fmt::Display for ChatText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Nothing of a text can be seen, so it is no line of a chat. Its `Display` is a sentence for the person who typed it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct EmptyChatText;

impl fmt::Display for EmptyChatText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("A message needs at least one visible character.")
    }
}

impl std::error::Error for EmptyChatText {}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(text: &str) -> Result<String, EmptyChatText> {
        text.parse::<ChatText>().map(String::from)
    }

    #[test]
    fn what_reverses_or_splits_a_text_is_taken_out() {
        assert_eq!(line("evil\u{202E}gnp.exe"), Ok("evilgnp.exe".into()));
        assert_eq!(line("\u{2067}a\u{2069}\u{200F}b\u{FEFF}"), Ok("ab".into()));
        assert_eq!(line("a\u{0}b\u{7}\u{1B}[31mc\u{7F}\u{9F}"), Ok("ab[31mc".into()));
    }

    #[test]
    fn line_breaks_of_every_kind_are_line_feeds_and_tabs_are_spaces() {
        assert_eq!(line("a\r\nb\rc\nd"), Ok("a\nb\nc\nd".into()));
        assert_eq!(line("a\r\r\n\nb"), Ok("a\n\n\nb".into()));
        assert_eq!(
            line("a\u{B}b\u{C}c\u{85}d\u{2028}e\u{2029}f"),
            Ok("a\nb\nc\nd\ne\nf".into())
        );
        assert_eq!(line("a\tb"), Ok("a b".into()));
    }

    #[test]
    fn space_around_it_is_no_part_of_it_and_empty_lines_are_few() {
        assert_eq!(line("\n \t\n  Hi\n\n \u{3164}\u{2800}\n"), Ok("Hi".into()));
        assert_eq!(line("a\n\n\nb"), Ok("a\n\n\nb".into()));
        assert_eq!(line(&format!("a{}b", "\n".repeat(100))), Ok("a\n\n\nb".into()));
        // Lines that look empty are.
        assert_eq!(
            line(&format!("a{}b", "\n\u{200D}".repeat(9)))
                .unwrap()
                .matches('\n')
                .count(),
            3
        );
        assert_eq!(line("a\n \n \n \n \nb"), Ok("a\n \n \n  b".into()));
        assert_eq!(line("a\n\n\nb\n\n\nc"), Ok("a\n\n\nb\n\n\nc".into()));
    }

    #[test]
    fn marks_do_not_pile_up() {
        assert_eq!(
            line(&format!("e{}x", "\u{301}".repeat(500))),
            Ok(format!("e{}x", "\u{301}".repeat(4)))
        );
        let mixed = "\u{301}\u{489}\u{1DC4}\u{20D7}\u{FE20}\u{1AB0}";
        assert_eq!(line(&format!("e{mixed}")), Ok("e\u{301}\u{489}\u{1DC4}\u{20D7}".into()));
        // Thai tone marks belong to a script, and there are no more of them in earnest.
        assert_eq!(
            line(&format!("ส{}", "\u{E49}".repeat(100))),
            Ok(format!("ส{}", "\u{E49}".repeat(8)))
        );
    }

    #[test]
    fn emoji_flags_and_scripts_with_many_marks_survive() {
        for text in [
            "👩‍👩‍👧",
            "👩🏽‍❤️‍💋‍👨🏿",
            "❤\u{FE0F}",
            "1\u{FE0F}\u{20E3}",
            "🇩🇪🇫🇷",
            // The flag of England, of tags.
            "🏴\u{E0067}\u{E0062}\u{E0065}\u{E006E}\u{E0067}\u{E007F}",
            "हिन्दी क्ष्म्य",
            "বাংলা ক্ষ্ণৌ",
            "മലയാളം ക്ഷ്ത്രം",
            "တမျှော်မျှော့် ကြွှောင်း",
            "བསྒྲུབས ཧཱུྃ",
            "Tiếng Việt e\u{302}\u{301}",
            "יְרוּשָׁלִַ֔ם",
            "مُحَمَّدٌ",
            "\u{1112}\u{1161}\u{11AB}",
            "می\u{200C}خواهم",
        ] {
            assert_eq!(line(text), Ok(text.into()));
        }
    }

    #[test]
    fn a_text_that_is_too_long_is_cut_between_graphemes() {
        let most = CHAT_TEXT_MAX_CHARS;
        assert_eq!(line(&"ß".repeat(most)), Ok("ß".repeat(most)));
        assert_eq!(line(&"🦀".repeat(most + 1)), Ok("🦀".repeat(most)));
        assert_eq!(
            line(&["x".repeat(most - 2), "👩‍👩‍👧".into()].concat()),
            Ok("x".repeat(most - 2))
        );
        assert_eq!(
            line(&["x".repeat(most - 3), "\n\n ".into(), "y".into()].concat()),
            Ok("x".repeat(most - 3))
        );
        // Space before it takes no place.
        assert_eq!(line(&[" ".repeat(9_000), "x".into()].concat()), Ok("x".into()));
    }

    #[test]
    fn a_text_that_shows_nothing_is_refused() {
        for text in [
            "",
            " \n\r\t ",
            "\u{200B}",
            "\u{202E}\u{202C}",
            "\u{200D}",
            "\u{3164}",
            "\u{2800}\u{FFA0}\u{115F}\u{1160}\u{200D}\u{FE0F}\u{E0061}\u{180E}",
        ] {
            assert_eq!(line(text), Err(EmptyChatText), "{text:?}");
            assert_eq!(line(&text.repeat(3_000)), Err(EmptyChatText), "{text:?}");
        }
    }
}
