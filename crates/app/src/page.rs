//! Which page a path stands for. The server routes by this function and the browser starts by it.

use protocol::{DisplayName, RoomId};

/// Paths that belong to the site and are therefore no room names.
pub const RESERVED: [&str; 8] = ["ws", "new", "healthz", "version", "metrics", "pkg", "assets", "favicon"];

/// A page of the site.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Page {
    /// `/`
    Home,
    /// `/<room>`
    Room(RoomId),
    /// Anything else.
    NotFound,
}

impl Page {
    /// The page at a URL's path (without query and fragment).
    #[must_use]
    pub fn from_path(path: &str) -> Self {
        let path = path.strip_prefix('/').unwrap_or(path);
        match path.strip_suffix('/').unwrap_or(path) {
            "" => Self::Home,
            name if RESERVED.contains(&name) => Self::NotFound,
            name => name.parse().map_or(Self::NotFound, Self::Room),
        }
    }
}

/// Whether a URL's query (without its question mark) asks to be in the call at once. The server draws the page by this
/// function and the browser starts by it.
#[must_use]
pub fn is_autojoin(query: &str) -> bool {
    query
        .split('&')
        .any(|field| field.split('=').next() == Some("autojoin"))
}

/// What somebody is called who has not said a name.
pub(crate) const GUEST: &str = "Guest";

/// What somebody is called who typed this, or nothing.
pub(crate) fn name_or_guest(typed: &str) -> String {
    typed.parse::<DisplayName>().map_or_else(|_| GUEST.into(), String::from)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn autojoin_is_a_field_of_its_own() {
        for query in ["autojoin", "name=Ada&autojoin", "autojoin=1&mic=off", "autojoin="] {
            assert!(is_autojoin(query), "{query}");
        }
        for query in ["", "name=autojoin", "autojoiner", "noautojoin=1"] {
            assert!(!is_autojoin(query), "{query}");
        }
    }

    #[test]
    fn paths_stand_for_pages() {
        assert_eq!(Page::from_path("/"), Page::Home);
        assert_eq!(
            Page::from_path("/team-7"),
            Page::Room("team-7".parse().expect("a room"))
        );
        assert_eq!(
            Page::from_path("/team-7/"),
            Page::Room("team-7".parse().expect("a room"))
        );
        for path in ["/a/b", "/../etc/passwd", "/caf%C3%A9", "/ws", "/new", "/robots.txt"] {
            assert_eq!(Page::from_path(path), Page::NotFound, "{path}");
        }
    }
}
