//! Web addresses in a text, so that they can be shown as links.
//!
//! What a link shows is what it leads to, letter by letter: only ASCII is one, so no letter looks like another one's, and an address that
//! names a user before its host (`https://good.example@evil.example`) is none.

/// A part of a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Piece<'a> {
    /// Text, and nothing else.
    Text(&'a str),
    /// An address with `http` or `https`, as it stands in the text.
    Link(&'a str),
}

/// The parts of a text, in order; together they are the text, and none is empty. Addresses begin at the border of a word. Punctuation
/// behind one is no part of it, nor is a bracket that was opened before it.
#[must_use]
pub fn pieces(text: &str) -> Vec<Piece<'_>> {
    let mut pieces = Vec::new();
    // What lies before `at` and is in no piece yet begins at `plain`.
    let (mut plain, mut at) = (0, 0);
    while let Some((start, host)) = next_scheme(text, at) {
        let end = host + text[host..].bytes().take_while(|b| is_in_address(*b)).count();
        let address = trimmed(&text[start..end]);
        let goes_on = text[end..].chars().next().is_some_and(continues);
        if goes_on || !has_host(address.get(host - start..).unwrap_or_default()) {
            at = end + text[end..].bytes().take_while(|b| *b > b' ').count();
            continue;
        }
        if plain < start {
            pieces.push(Piece::Text(&text[plain..start]));
        }
        pieces.push(Piece::Link(address));
        plain = start + address.len();
        at = plain;
    }
    if plain < text.len() {
        pieces.push(Piece::Text(&text[plain..]));
    }
    pieces
}

/// Where the next address may begin, and what follows its `://`.
fn next_scheme(text: &str, from: usize) -> Option<(usize, usize)> {
    let bytes = text.as_bytes();
    // `git+https://` is another scheme.
    let is_border = |at: usize| {
        let before = at.checked_sub(1).map(|before| bytes[before]);
        before.is_none_or(|b| !(b.is_ascii_alphanumeric() || b"+-._".contains(&b)))
    };
    let scheme_at = |at: usize| {
        let schemes = ["http://", "https://"].into_iter();
        let mut found = schemes.filter(|scheme| {
            let here = bytes.get(at..at + scheme.len());
            here.is_some_and(|here| here.eq_ignore_ascii_case(scheme.as_bytes()))
        });
        found
            .next()
            .filter(|_| is_border(at))
            .map(|scheme| (at, at + scheme.len()))
    };
    (from..bytes.len()).find_map(scheme_at)
}

/// Whether a byte may stand in an address: ASCII without controls, space, quotes, angle brackets and the others that RFC 3986 leaves out.
fn is_in_address(byte: u8) -> bool {
    byte.is_ascii_graphic() && !b"\"'<>\\^`{|}".contains(&byte)
}

/// Whether a character behind ASCII makes it the beginning of another address, with a letter that is not ASCII. Space and the punctuation of
/// other scripts do not.
fn continues(c: char) -> bool {
    let is_punctuation = matches!(c, '\u{A0}' | '«' | '»' | '\u{2000}'..='\u{200A}' | '\u{2010}'..='\u{2027}' | '\u{202F}'
        | '\u{3000}'..='\u{3003}' | '\u{3008}'..='\u{301F}' | '\u{FF01}'..='\u{FF0F}' | '\u{FF1A}'..='\u{FF20}'
        | '\u{FF3B}'..='\u{FF40}' | '\u{FF5B}'..='\u{FF65}');
    !c.is_ascii() && !is_punctuation
}

/// Without the punctuation at its end.
fn trimmed(address: &str) -> &str {
    let bytes = address.as_bytes();
    let count = |wanted: u8| bytes.iter().filter(|b| **b == wanted).count();
    // Closing brackets that nothing in the address opens.
    let mut round = count(b')').saturating_sub(count(b'('));
    let mut square = count(b']').saturating_sub(count(b'['));
    let mut end = bytes.len();
    while let Some(last) = bytes[..end].last() {
        match last {
            b'.' | b',' | b':' | b';' | b'!' | b'?' | b'*' | b'_' | b'~' => {}
            b')' if round > 0 => round -= 1,
            b']' if square > 0 => square -= 1,
            _ => break,
        }
        end -= 1;
    }
    &address[..end]
}

/// Whether what follows `://` begins with a host and maybe a port, and nothing else before the path.
fn has_host(rest: &str) -> bool {
    let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
    let (host, port) = authority.split_once(':').unwrap_or((authority, "0"));
    let is_port = (1..=5).contains(&port.len()) && port.bytes().all(|b| b.is_ascii_digit());
    let is_label = |label: &str| {
        let mut bytes = label.bytes();
        !label.is_empty() && bytes.all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_')
    };
    // The root's own dot.
    let host = host.strip_suffix('.').unwrap_or(host);
    is_port && host.split('.').all(is_label)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The text with each link in brackets.
    fn marked(text: &str) -> String {
        let marked = pieces(text).into_iter().map(|piece| match piece {
            Piece::Text(text) => text.to_owned(),
            Piece::Link(link) => format!("⟦{link}⟧"),
        });
        marked.collect()
    }

    fn is_text(text: &str) {
        assert_eq!(marked(text), text);
    }

    #[test]
    fn addresses_are_links_and_everything_else_is_text() {
        assert_eq!(pieces(""), []);
        assert_eq!(pieces("Hi"), [Piece::Text("Hi")]);
        assert_eq!(pieces("https://a.example"), [Piece::Link("https://a.example")]);
        assert_eq!(
            pieces("see http://a.example/b?c=d#e and\nHTTPS://B.example:8080"),
            [
                Piece::Text("see "),
                Piece::Link("http://a.example/b?c=d#e"),
                Piece::Text(" and\n"),
                Piece::Link("HTTPS://B.example:8080"),
            ]
        );
        for whole in [
            "https://localhost:3000/team-7",
            "https://192.0.2.1/",
            "https://xn--bcher-kva.example/%C3%BC",
            "https://a.example./x",
            "https://a_b.example/~c/@d;e=f,g&h=(i)[j]",
            "https://a.example/?u=https://b.example",
        ] {
            assert_eq!(pieces(whole), [Piece::Link(whole)]);
        }
        for text in [
            "javascript:alert(1)",
            "ftp://a.example",
            "www.a.example",
            "mailto:a@b.example",
            "//a.example",
            "http:/a.example",
            "https://",
            "https:///a",
            "https://?a",
            "https://...",
            "http",
        ] {
            is_text(text);
        }
    }

    #[test]
    fn an_address_begins_at_the_border_of_a_word() {
        for text in [
            "xhttps://a.example",
            "git+https://a.example",
            "view.http://a.example",
            "1http://a.example",
        ] {
            is_text(text);
        }
        assert_eq!(marked("(https://a.example"), "(⟦https://a.example⟧");
        assert_eq!(marked("=https://a.example"), "=⟦https://a.example⟧");
        assert_eq!(marked("見てhttps://a.example"), "見て⟦https://a.example⟧");
    }

    #[test]
    fn punctuation_behind_it_is_no_part_of_it() {
        for (text, expected) in [
            ("https://a.example.", "⟦https://a.example⟧."),
            ("https://a.example/b?!...", "⟦https://a.example/b⟧?!..."),
            ("(https://a.example/b)", "(⟦https://a.example/b⟧)"),
            ("(https://a.example/b).", "(⟦https://a.example/b⟧)."),
            ("https://a.example/b_(c)", "⟦https://a.example/b_(c)⟧"),
            ("(https://a.example/b_(c))", "(⟦https://a.example/b_(c)⟧)"),
            ("[x](https://a.example)", "[x](⟦https://a.example⟧)"),
            ("[https://a.example]", "[⟦https://a.example⟧]"),
            ("<https://a.example>", "<⟦https://a.example⟧>"),
            ("\"https://a.example\"", "\"⟦https://a.example⟧\""),
            ("'https://a.example'", "'⟦https://a.example⟧'"),
            ("**https://a.example**", "**⟦https://a.example⟧**"),
            ("https://a.example: b", "⟦https://a.example⟧: b"),
            ("https://a.example。b", "⟦https://a.example⟧。b"),
            ("「https://a.example」", "「⟦https://a.example⟧」"),
            ("“https://a.example”…", "“⟦https://a.example⟧”…"),
            ("https://a.example/b\u{A0}c", "⟦https://a.example/b⟧\u{A0}c"),
        ] {
            assert_eq!(marked(text), expected);
        }
    }

    #[test]
    fn what_could_mislead_stays_text() {
        for text in [
            "https://good.example@evil.example",
            "https://good.example:443@evil.example/",
            "https://user:pass@evil.example",
            "https://good.example%2eevil.example",
            // A Cyrillic letter, wherever it stands, and a letter that a mark changes.
            "https://gооd.example",
            "https://good.ехample/",
            "https://good.example/\u{301}",
            "https://good.example\u{200D}.evil.example",
            "https://good.example/für",
            "https://ä.example/?u=https://b.example",
            "https://[::1]/",
            "https://a..example",
            "https://.example",
            "https://a.example:port/",
            "https://a.example:123456/",
            "https://a.example,https://b.example",
        ] {
            is_text(text);
        }
        assert_eq!(
            marked("https://good.example\\@evil.example"),
            "⟦https://good.example⟧\\@evil.example"
        );
        assert_eq!(
            marked("https://good.example/\"onclick=x"),
            "⟦https://good.example/⟧\"onclick=x"
        );
        assert_eq!(
            marked("https://a@b https://c.example"),
            "https://a@b ⟦https://c.example⟧"
        );
    }

    #[test]
    fn any_text_is_its_pieces_and_every_link_is_plain() {
        let parts = [
            "https://b.example",
            " http://",
            "http://",
            "HTTPS://",
            "https:",
            "//",
            "a",
            "b.example",
            ".",
            ",",
            "@",
            ":",
            "80",
            "/",
            "?",
            "#",
            "(",
            ")",
            "[",
            "]",
            "\\",
            "\"",
            "<",
            ">",
            " ",
            "\n",
            "é",
            "中",
            "。",
            "🎉",
            "\u{301}",
            "\u{200D}",
            "%",
            "-",
            "_",
            "+",
        ];
        let mut rng = fastrand::Rng::with_seed(1);
        let mut links = 0;
        for _ in 0..20_000 {
            let text: String = (0..rng.usize(0..14))
                .map(|_| parts[rng.usize(0..parts.len())])
                .collect();
            let pieces = pieces(&text);
            let together: String = pieces
                .iter()
                .map(|(Piece::Text(part) | Piece::Link(part))| *part)
                .collect();
            assert_eq!(together, text);
            for piece in &pieces {
                assert!(!matches!(piece, Piece::Text("") | Piece::Link("")), "{text:?}");
                let Piece::Link(link) = piece else { continue };
                links += 1;
                let rest = link.split_once("://").expect("a scheme").1;
                let authority = rest.split(['/', '?', '#']).next().expect("a first part");
                assert!(authority.starts_with(|c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_'));
                assert!(!authority.contains('@'), "{text:?}");
                assert!(link.bytes().all(is_in_address), "{text:?}");
            }
            let in_a_row = |pair: &[Piece<'_>]| matches!(pair, [Piece::Text(_), Piece::Text(_)]);
            assert!(!pieces.windows(2).any(in_a_row), "{text:?}");
        }
        assert!(links > 1_000, "{links}");
    }

    #[test]
    fn a_long_text_takes_no_longer_than_its_length_says() {
        for part in ["https://a.example/)", "http://", "https://a@", ")", "h"] {
            let long = part.repeat(100_000);
            let count = pieces(&long).len();
            assert!(count <= long.len());
        }
    }
}
