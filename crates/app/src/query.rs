//! What the query of a room's link asks for: `?name=Ada&mic=off&camera=off&autojoin`. The server draws the page by this
//! function and the browser starts by it, so both read a link alike.

use protocol::DisplayName;

/// How a room's page starts, as far as its link says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LinkOptions {
    /// The page skips the lobby.
    pub autojoin: bool,
    /// The microphone is on at first.
    pub microphone: bool,
    /// The camera is on at first.
    pub camera: bool,
    /// What the person is called: a [`DisplayName`]. `None` where the link names nobody.
    pub name: Option<String>,
}

impl Default for LinkOptions {
    fn default() -> Self {
        Self {
            autojoin: false,
            microphone: true,
            camera: true,
            name: None,
        }
    }
}

impl LinkOptions {
    /// Reads a URL's query (without its question mark), as `application/x-www-form-urlencoded`.
    ///
    /// - `autojoin` joins at once; `mic` (also `microphone`, `audio`) and `camera` (`cam`, `video`) say whether a device is on.
    ///   No value means yes, and so do `1`, `true`, `yes` and `on`; `0`, `false`, `no` and `off` mean no.
    /// - `no-camera`, `camera-off` and their like say the opposite. Case, `-` and `_` in a parameter's name do not matter.
    /// - The careful reading wins: a value that is none of these turns nothing on and joins nothing, and of two that
    ///   contradict each other, no counts.
    /// - `name` is cut where it is too long; of several, the first that can be seen counts.
    #[must_use]
    pub fn from_query(query: &str) -> Self {
        let mut options = Self::default();
        let (mut asks, mut declines) = (false, false);
        for field in query.split('&') {
            let (key, value) = field.split_once('=').unwrap_or((field, ""));
            let (key, value) = (decoded(key), decoded(value));
            let key = key.replace(['-', '_'], "").to_ascii_lowercase();
            let (subject, is_opposite) = match (key.strip_prefix("no"), key.strip_suffix("off")) {
                (Some(subject), _) | (None, Some(subject)) => (subject, true),
                (None, None) => (key.as_str(), false),
            };
            let is_on = answer(&value).is_some_and(|yes| yes != is_opposite);
            match (subject, key.as_str()) {
                ("autojoin", _) => {
                    asks |= !is_opposite;
                    declines |= !is_on;
                }
                ("mic" | "microphone" | "audio", _) => options.microphone &= is_on,
                ("camera" | "cam" | "video", _) => options.camera &= is_on,
                (_, "name") if options.name.is_none() => {
                    options.name = DisplayName::from_long(&value).ok().map(String::from);
                }
                _ => {}
            }
        }
        options.autojoin = asks && !declines;
        options
    }
}

/// Yes, no, or nothing that can be understood.
fn answer(value: &str) -> Option<bool> {
    match value.trim().to_ascii_lowercase().as_str() {
        "" | "1" | "true" | "yes" | "on" | "y" | "t" => Some(true),
        "0" | "false" | "no" | "off" | "n" | "f" => Some(false),
        _ => None,
    }
}

/// A part of a query as text (WHATWG URL, section 5.1): `+` is a space, `%xx` a byte, and what is no UTF-8 is replaced.
fn decoded(part: &str) -> String {
    let mut bytes = Vec::with_capacity(part.len());
    let mut rest = part.as_bytes();
    while let [first, after @ ..] = rest {
        rest = after;
        let escaped = match after {
            [high, low, ..] if *first == b'%' => hex(*high).zip(hex(*low)),
            _ => None,
        };
        bytes.push(match (first, escaped) {
            (_, Some((high, low))) => {
                rest = &after[2..];
                high << 4 | low
            }
            (b'+', None) => b' ',
            (&byte, None) => byte,
        });
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

fn hex(digit: u8) -> Option<u8> {
    // A hexadecimal digit is below 16.
    char::from(digit).to_digit(16).map(|digit| digit as u8)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn is_autojoin(query: &str) -> bool {
        LinkOptions::from_query(query).autojoin
    }

    #[test]
    fn autojoin_is_a_field_of_its_own_and_joins_where_nothing_says_no() {
        for query in [
            "autojoin",
            "name=Ada&autojoin",
            "autojoin=1&mic=off",
            "autojoin=",
            "AutoJoin=TRUE",
            "auto-join=yes",
            "autojoin=On",
            "autojoin=+1+",
        ] {
            assert!(is_autojoin(query), "{query}");
        }
        for query in [
            "",
            "name=autojoin",
            "autojoiner",
            "noautojoin=1",
            "no-autojoin=0",
            "autojoin=0",
            "autojoin=false",
            "autojoin=False",
            "autojoin=NO",
            "autojoin=off",
            "autojoin=%66alse",
            "autojoin=maybe",
            "autojoin=%FF",
            "autojoin&autojoin=0",
            "autojoin=0&autojoin",
            "autojoin&no-autojoin",
        ] {
            assert!(!is_autojoin(query), "{query}");
        }
    }

    #[test]
    fn every_usual_way_of_saying_no_turns_a_device_off_and_what_is_unknown_does_too() {
        for (names, microphone) in [
            (["mic", "microphone", "audio"], true),
            (["camera", "cam", "video"], false),
        ] {
            for name in names {
                let is_on = |query: String| {
                    let options = LinkOptions::from_query(&query);
                    let (this, other) = match microphone {
                        true => (options.microphone, options.camera),
                        false => (options.camera, options.microphone),
                    };
                    assert!(other, "{query}");
                    this
                };
                for value in ["", "=", "=1", "=on", "=True", "=yes"] {
                    assert!(is_on(format!("{name}{value}")), "{name}{value}");
                    assert!(!is_on(format!("no-{name}{value}")), "{name}{value}");
                    assert!(!is_on(format!("{name}-OFF{value}")), "{name}{value}");
                    assert!(!is_on(format!("no{name}{value}")), "{name}{value}");
                }
                for value in ["=0", "=off", "=FALSE", "=no", "=Off", "=+no+"] {
                    assert!(!is_on(format!("{name}{value}")), "{name}{value}");
                    assert!(is_on(format!("{name}_off{value}")), "{name}{value}");
                }
                for value in ["=2", "=aus", "=%", "=%00", "=muted"] {
                    assert!(!is_on(format!("{name}{value}")), "{name}{value}");
                    assert!(!is_on(format!("{name}-off{value}")), "{name}{value}");
                }
                assert!(!is_on(format!("{name}=off&{name}=on")));
                assert!(!is_on(format!("{name}=on&{}=off", name.to_uppercase())));
            }
        }
        let nothing = LinkOptions::default();
        for query in ["", "&&", "=", "x=off", "off", "no", "cameras=off"] {
            assert_eq!(LinkOptions::from_query(query), nothing, "{query}");
        }
    }

    #[test]
    fn a_name_is_what_the_link_says_cut_where_it_is_too_long() {
        let long = "x".repeat(65);
        for (query, name) in [
            ("name=Ada", Some("Ada")),
            ("name=Ada+Lovelace", Some("Ada Lovelace")),
            ("name=Ada%20%26%20Ben&name=Eve", Some("Ada & Ben")),
            ("name=&name=Eve", Some("Eve")),
            ("name=%E3%85%A4", None),
            ("name=J%C3%BCrgen", Some("Jürgen")),
            ("name=a%zz%2", Some("a%zz%2")),
            ("name=%FF", Some("\u{FFFD}")),
            ("name", None),
            ("surname=Ada", None),
            (&format!("name={long}"), Some(&long[..64])),
        ] {
            assert_eq!(LinkOptions::from_query(query).name.as_deref(), name, "{query}");
        }
    }
}
