//! The name of a file from somebody else.

use std::fmt;

use crate::limits::peer::FILE_NAME_MAX;
use crate::unicode;

/// What a file is called whose name says nothing.
const NAMELESS: &str = "file";

/// Longest extension that is kept when a name is cut, in bytes. What is longer is no extension.
const EXTENSION: usize = 16;

/// Most marks on one character. Burmese has six on a letter, a flag of tags seven.
const MARKS: usize = 8;

/// Devices of Windows. A file cannot have such a name, whatever its extension.
const DEVICES: [&str; 6] = ["CON", "PRN", "AUX", "NUL", "CONIN$", "CONOUT$"];

/// The name of a file as it may be shown and saved: 1 to [`FILE_NAME_MAX`] bytes, nothing of a path, nothing that a file system of today
/// does not take or takes for something else, nothing that is not seen or turns the text around it.
///
/// It is made of any text at all: what is not to be there is taken out, what is too long is cut before the extension and between two
/// graphemes.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct FileName(String);

impl FileName {
    /// What is left of a name.
    #[must_use]
    pub fn cleaned(text: &str) -> Self {
        let name = text.rsplit(['/', '\\']).next().unwrap_or_default();
        let name = characters(name);
        let name = name.trim_start_matches(is_no_beginning).trim_end_matches(is_no_end);
        if name.chars().all(unicode::is_invisible) {
            return Self(NAMELESS.to_owned());
        }
        let prefix = if is_device(name) { "_" } else { "" };
        let (stem, extension) = divided(name);
        let room = FILE_NAME_MAX - prefix.len() - extension.len();
        let stem = match stem.len() > room {
            true => cut(stem, room).trim_end_matches(is_no_end),
            false => stem,
        };
        Self([prefix, stem, extension].concat())
    }

    /// The name.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for FileName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl From<FileName> for String {
    fn from(name: FileName) -> Self {
        name.0
    }
}

/// The name, character by character: one space for any number of blanks (many would push an extension out of sight), an underscore for
/// what Windows reserves, no more marks on a character than a script has.
fn characters(name: &str) -> String {
    let mut kept = String::new();
    let (mut marks, mut after_space) = (0, false);
    for c in name.chars() {
        let is_mark = unicode::is_extending(c);
        if unicode::is_harmful(c) && c != '\t' || is_mark && marks >= MARKS {
            continue;
        }
        marks = if is_mark { marks + 1 } else { 0 };
        let is_space = unicode::is_space(c);
        match c {
            _ if is_space && after_space => {}
            _ if is_space => kept.push(' '),
            '<' | '>' | ':' | '"' | '|' | '?' | '*' => kept.push('_'),
            c => kept.push(c),
        }
        after_space = is_space;
    }
    kept
}

/// A file whose name begins with a dot is hidden; a mark without a character belongs to whatever is shown before the name.
fn is_no_beginning(c: char) -> bool {
    c == '.' || c == ' ' || unicode::is_extending(c)
}

/// Windows leaves these out, so that the name would be another one.
fn is_no_end(c: char) -> bool {
    c == '.' || c == ' '
}

fn is_device(name: &str) -> bool {
    let stem = name.split('.').next().unwrap_or_default().trim_end_matches(' ');
    if DEVICES.iter().any(|device| device.eq_ignore_ascii_case(stem)) {
        return true;
    }
    let mut rest = stem.chars();
    let port = [rest.next(), rest.next(), rest.next()].map(|c| c.map_or('\0', |c| c.to_ascii_uppercase()));
    let is_port = port == ['C', 'O', 'M'] || port == ['L', 'P', 'T'];
    let number = (rest.next(), rest.next());
    is_port && matches!(number, (Some('0'..='9' | '¹' | '²' | '³'), None))
}

/// The name before its extension, and the extension with its dot, if there is one.
fn divided(name: &str) -> (&str, &str) {
    match name.rfind('.') {
        Some(dot) if dot > 0 && name.len() - dot <= EXTENSION => name.split_at(dot),
        _ => (name, ""),
    }
}

/// The longest beginning of at most so many bytes that ends between two graphemes.
fn cut(text: &str, bytes: usize) -> &str {
    let fits = text.char_indices().take_while(|(at, c)| at + c.len_utf8() <= bytes);
    unicode::beginning(text, fits.count())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn name(text: &str) -> String {
        FileName::cleaned(text).into()
    }

    #[test]
    fn nothing_of_a_path_survives() {
        for text in [
            "x",
            "../../x",
            "/etc/x",
            r"..\..\x",
            r"C:\x",
            r"\\server\share\x",
            "a/b\\x",
            "a\\b/x",
            "..././x",
            r"\\?\C:\x",
        ] {
            assert_eq!(name(text), "x", "{text}");
        }
        assert_eq!(name("C:x"), "C_x");
        assert_eq!(name("x:evil:$DATA"), "x_evil_$DATA");
        for text in ["..", "../", "a/", "a\\", "/", ".", "...", "../..", ""] {
            assert_eq!(name(text), "file", "{text}");
        }
    }

    #[test]
    fn what_is_not_seen_or_turns_the_text_is_taken_out() {
        assert_eq!(name("invoice\u{202E}fdp.exe"), "invoicefdp.exe");
        assert_eq!(name("a\u{0}b\n\r\u{7F}c\u{1B}.txt"), "abc.txt");
        assert_eq!(name("\u{FEFF}a\u{200B}b\u{2066}c\u{2069}.txt"), "abc.txt");
        // An extension cannot be pushed out of sight.
        assert_eq!(
            name(&format!("a.pdf{}.exe", " \u{3000}\u{2800}".repeat(99))),
            "a.pdf .exe"
        );
        assert_eq!(name("a\tb\u{A0}c"), "a b c");
    }

    #[test]
    fn what_file_systems_do_not_take_is_replaced() {
        assert_eq!(name("a<b>c:d\"e|f?g*h.txt"), "a_b_c_d_e_f_g_h.txt");
        assert_eq!(name("  ...hidden"), "hidden");
        assert_eq!(name(".bashrc"), "bashrc");
        assert_eq!(name("x. . ."), "x");
        assert_eq!(name("x.exe."), "x.exe");
        assert_eq!(name("\u{301}\u{200D}x"), "x");
    }

    #[test]
    fn devices_of_windows_are_no_names() {
        for device in [
            "CON",
            "nul",
            "Aux",
            "PRN",
            "COM1",
            "lpt9",
            "COM0",
            "COM²",
            "CONIN$",
            "NUL.txt",
            "nul.tar.gz",
        ] {
            assert_eq!(name(device), format!("_{device}"));
        }
        assert_eq!(name("CON .txt"), "_CON .txt");
        assert_eq!(name("com1 "), "_com1");
        for other in [
            "CONE",
            "COM10",
            "COM",
            "COMX",
            "LPT",
            "NULL.txt",
            "a.CON",
            "console.log",
        ] {
            assert_eq!(name(other), other);
        }
    }

    #[test]
    fn emoji_and_scripts_with_marks_survive() {
        for text in [
            "👩‍👩‍👧 holiday.jpg",
            "🏴\u{E0067}\u{E0062}\u{E0065}\u{E006E}\u{E0067}\u{E007F}.png",
            "❤\u{FE0F}.gif",
            "हिन्दी क्ष्म्य.txt",
            "മലയാളം ക്ഷ്ത്രം.pdf",
            "တမျှော်မျှော့် ကြွှောင်း.doc",
            "می\u{200C}خواهم.txt",
            "Tiếng Việt e\u{302}\u{301}.odt",
            "日本語.tar.gz",
            "-rf ~ %20 #1 & 'a'.txt",
        ] {
            assert_eq!(name(text), text);
        }
        assert_eq!(
            name(&format!("e{}.txt", "\u{301}".repeat(500))),
            format!("e{}.txt", "\u{301}".repeat(8))
        );
    }

    #[test]
    fn a_name_that_is_too_long_is_cut_before_its_extension_and_between_graphemes() {
        let x = |count| "x".repeat(count);
        assert_eq!(name(&x(300)), x(255));
        assert_eq!(name(&[&x(300), ".pdf"].concat()), [&x(251), ".pdf"].concat());
        assert_eq!(name(&[&x(251), ".pdf"].concat()), [&x(251), ".pdf"].concat());
        // The family is 18 bytes long.
        assert_eq!(name(&[&x(240), "👩‍👩‍👧yy.pdf"].concat()), [&x(240), ".pdf"].concat());
        assert_eq!(
            name(&[&x(230), "👩‍👩‍👧yyyyy.pdf"].concat()),
            [&x(230), "👩‍👩‍👧yyy.pdf"].concat()
        );
        assert_eq!(name(&"ß".repeat(200)), "ß".repeat(127));
        assert_eq!(name(&[&x(250), ". . .", &x(20)].concat()), x(250));
        // What is that long is no extension.
        assert_eq!(name(&["a.", &x(300)].concat()), ["a.", &x(253)].concat());
        assert_eq!(name(&["CON.", &x(300)].concat()), ["_CON.", &x(250)].concat());
    }

    #[test]
    fn a_name_that_shows_nothing_is_a_neutral_word() {
        for text in [
            "",
            "   ",
            "\u{200B}",
            "\u{202E}\u{202C}",
            "\u{200D}",
            "\u{3164}",
            "\u{2800}\u{FFA0}",
            "a/\u{FE0F} . ",
        ] {
            assert_eq!(name(text), "file", "{text:?}");
        }
    }

    fn is_fine(name: &str) {
        assert!((1..=FILE_NAME_MAX).contains(&name.len()), "{name:?}");
        let forbidden = ['/', '\\', '<', '>', ':', '"', '|', '?', '*'];
        assert!(
            !name.contains(forbidden) && !name.chars().any(unicode::is_harmful),
            "{name:?}"
        );
        assert!(!name.starts_with(['.', ' ']) && !name.ends_with(['.', ' ']), "{name:?}");
        assert!(!name.chars().all(unicode::is_invisible) && !is_device(name), "{name:?}");
        assert_eq!(FileName::cleaned(name).as_str(), name, "it is not changed again");
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(1_000) })]

        #[test]
        fn any_text_becomes_a_name(text in any::<String>(), long in 1_usize..60) {
            is_fine(&name(&text));
            is_fine(&name(&text.repeat(long)));
        }

        #[test]
        fn names_of_what_is_troublesome_are_fine_too(
            text in "([ ./\\\\:a\u{301}\u{200D}\u{2800}\u{202E}🇩👩ß]|CON|nul|COM1|x{40}|👩‍👩‍👧|\\.pdf){0,40}",
        ) {
            is_fine(&name(&text));
        }
    }
}
