//! The properties of characters that names and lines of a chat need. The tables are written from Unicode's data, and a test compares them
//! with it.

mod extending;

use extending::EXTENDING;

/// Shows nothing by itself: `White_Space` and `Default_Ignorable_Code_Point`.
const INVISIBLE: [(char, char); 23] = [
    ('\u{9}', '\u{D}'),
    ('\u{20}', '\u{20}'),
    ('\u{85}', '\u{85}'),
    ('\u{A0}', '\u{A0}'),
    ('\u{AD}', '\u{AD}'),
    ('\u{34F}', '\u{34F}'),
    ('\u{61C}', '\u{61C}'),
    ('\u{115F}', '\u{1160}'),
    ('\u{1680}', '\u{1680}'),
    ('\u{17B4}', '\u{17B5}'),
    ('\u{180B}', '\u{180F}'),
    ('\u{2000}', '\u{200F}'),
    ('\u{2028}', '\u{202F}'),
    ('\u{205F}', '\u{206F}'),
    ('\u{3000}', '\u{3000}'),
    ('\u{3164}', '\u{3164}'),
    ('\u{FE00}', '\u{FE0F}'),
    ('\u{FEFF}', '\u{FEFF}'),
    ('\u{FFA0}', '\u{FFA0}'),
    ('\u{FFF0}', '\u{FFF8}'),
    ('\u{1BCA0}', '\u{1BCA3}'),
    ('\u{1D173}', '\u{1D17A}'),
    ('\u{E0000}', '\u{E0FFF}'),
];

/// Blanks that Unicode takes for letters and symbols: of braille, of hieroglyphs, a note without a head, the filler of Khitan
/// and the marks of an annotation. There is no property for them.
const BLANK: [(char, char); 5] = [
    ('\u{2800}', '\u{2800}'),
    ('\u{FFF9}', '\u{FFFB}'),
    ('\u{13441}', '\u{13442}'),
    ('\u{16FE4}', '\u{16FE4}'),
    ('\u{1D159}', '\u{1D159}'),
];

/// Whether a text of this character alone looks empty.
pub(crate) fn is_invisible(c: char) -> bool {
    c.is_control()
        || INVISIBLE
            .iter()
            .chain(&BLANK)
            .any(|&(first, last)| (first..=last).contains(&c))
}

/// Whether a character changes how the text around it is drawn, or splits it: controls, the bidi embeddings, overrides and
/// isolates (Unicode Standard Annex 9), zero-width space, line separators, the byte order mark. The zero-width joiner is none of
/// them: emoji and several scripts need it.
pub(crate) fn is_harmful(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{200B}' | '\u{200E}' | '\u{200F}' | '\u{2028}'..='\u{202E}' | '\u{2060}'..='\u{206F}' | '\u{061C}' | '\u{FEFF}')
}

/// Whether a character at an end of a text is nothing but space.
pub(crate) fn is_space(c: char) -> bool {
    is_invisible(c) && !is_extending(c)
}

/// Whether a character belongs to the one before it and must not be cut off from it: `Grapheme_Extend` (combining marks,
/// variation selectors, tags), `Spacing_Mark`, `Emoji_Modifier`, the zero-width joiner, vowels and finals of Hangul.
pub(crate) fn is_extending(c: char) -> bool {
    let (c, mut at) = (u32::from(c), 0);
    let mut bytes = EXTENDING.iter();
    let mut next = || {
        let mut number = 0;
        for &byte in bytes.by_ref() {
            number = number << 7 | u32::from(byte & 0x7F);
            if byte < 0x80 {
                return Some(number);
            }
        }
        None
    };
    while let (Some(gap), Some(more)) = (next(), next()) {
        at += gap;
        if c <= at + more {
            return c >= at;
        }
        at += more + 1;
    }
    false
}

/// The longest beginning of a text of at most so many characters that ends between two graphemes, as far as
/// [`is_extending`], joined emoji and flags (pairs of regional indicators) go: what is cut there looks as if it had been
/// typed so. A first grapheme that is longer is cut all the same.
pub(crate) fn beginning(text: &str, characters: usize) -> &str {
    let Some((past, _)) = text.char_indices().nth(characters) else {
        return text;
    };
    let (mut end, mut joins, mut flags) = (0, false, 0);
    for (at, c) in text.char_indices().take(characters + 1) {
        let is_flag = ('\u{1F1E6}'..='\u{1F1FF}').contains(&c);
        let halves = is_flag && flags % 2 == 1;
        if !(joins || halves || is_extending(c)) {
            end = at;
        }
        joins = c == '\u{200D}';
        flags = if is_flag { flags + 1 } else { 0 };
    }
    match end {
        0 => &text[..past],
        end => &text[..end],
    }
}

#[cfg(test)]
mod tests {
    use regex_syntax::hir::{Class, HirKind};

    use super::*;

    /// The characters of a class as regular expressions write it (Unicode Technical Standard 18).
    fn class(class: &str) -> Vec<(char, char)> {
        match regex_syntax::parse(class).expect("a class").into_kind() {
            HirKind::Class(Class::Unicode(class)) => class.iter().map(|range| (range.start(), range.end())).collect(),
            other => panic!("no class: {other:?}"),
        }
    }

    fn encoded(ranges: &[(char, char)]) -> Vec<u8> {
        let (mut bytes, mut at) = (Vec::new(), 0);
        for &(first, last) in ranges {
            let (first, last) = (u32::from(first), u32::from(last));
            for number in [first - at, last - first] {
                for shift in [14, 7, 0] {
                    let is_first = number >> shift == 0 && shift > 0;
                    if !is_first {
                        bytes.push((number >> shift & 0x7F) as u8 | if shift > 0 { 0x80 } else { 0 });
                    }
                }
            }
            at = last + 1;
        }
        bytes
    }

    #[test]
    fn what_shows_nothing_is_what_unicode_says() {
        assert_eq!(class(r"[\p{White_Space}\p{Default_Ignorable_Code_Point}]"), INVISIBLE);
        let unexpected = class(r"\p{gc=Format}")
            .into_iter()
            .flat_map(|(first, last)| first..=last);
        // Signs of Arabic, Syriac, Kaithi and hieroglyphs that stand around others and are seen.
        let visible = class(r"[\p{Prepended_Concatenation_Mark}\u{13430}-\u{1343F}]");
        let is_seen = |c: char| visible.iter().any(|&(first, last)| (first..=last).contains(&c));
        for c in unexpected.filter(|&c| !is_seen(c)) {
            assert!(is_invisible(c), "{c:?}");
        }
    }

    #[test]
    fn what_belongs_to_the_character_before_is_what_unicode_says() {
        let ranges = class(r"[\p{Grapheme_Extend}\p{gc=Spacing_Mark}\p{Emoji_Modifier}\u{200D}\u{1160}-\u{11FF}]");
        let bytes = encoded(&ranges);
        assert!(
            bytes == EXTENDING,
            "Unicode has changed: put this into extending.rs: {bytes:?}"
        );
        for (first, last) in ranges {
            for c in [first, last] {
                assert!(is_extending(c), "{c:?}");
            }
        }
        for c in ['\0', 'a', 'ß', '中', '👩', '\u{10FFFF}'] {
            assert!(!is_extending(c), "{c:?}");
        }
    }

    #[test]
    fn a_text_is_cut_between_graphemes() {
        for (text, characters, expected) in [
            ("", 3, ""),
            ("abc", 3, "abc"),
            ("abcd", 3, "abc"),
            // e with an accent of its own
            ("abe\u{301}", 3, "ab"),
            ("abe\u{301}", 4, "abe\u{301}"),
            ("a❤\u{FE0F}b", 2, "a"),
            ("ab👍🏽", 3, "ab"),
            ("a👩‍👩‍👧", 5, "a"),
            ("a👩‍👩‍👧b", 6, "a👩‍👩‍👧"),
            ("🇩🇪🇫🇷", 3, "🇩🇪"),
            ("🇩🇪🇫🇷", 2, "🇩🇪"),
            ("हिन्दी", 1, "ह"),
            ("कहि", 2, "क"),
            // Decomposed Hangul
            ("a\u{1112}\u{1161}\u{11AB}", 3, "a"),
            // A flag of tags
            ("a🏴\u{E0067}\u{E0062}\u{E007F}", 4, "a"),
            // A grapheme that fills everything
            ("e\u{301}\u{301}\u{301}", 2, "e\u{301}"),
        ] {
            assert_eq!(beginning(text, characters), expected, "{text:?} {characters}");
        }
    }
}
