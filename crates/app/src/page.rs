//! Which page a path stands for. The server routes by this function and the browser starts by it.

use protocol::{DisplayName, RoomId};

use crate::texts::texts;

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
            name => match name.parse::<RoomId>() {
                Ok(room) if !RESERVED.contains(&room.as_str()) => Self::Room(room),
                _ => Self::NotFound,
            },
        }
    }
}

/// What somebody is called who typed this, or nothing. What is too long is cut.
pub(crate) fn name_or_guest(typed: &str) -> String {
    DisplayName::from_long(typed).map_or_else(|_| texts().people.guest.into(), String::from)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_says_nothing_that_can_be_seen_is_a_guest() {
        let long = "x".repeat(65);
        for (typed, called) in [
            ("", "Guest"),
            (" \u{3164}", "Guest"),
            (" Ada ", "Ada"),
            (&long, &long[..64]),
        ] {
            assert_eq!(name_or_guest(typed), called, "{typed}");
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
        assert_eq!(Page::from_path("/Team-7"), Page::from_path("/team-7"));
        for path in [
            "/a/b",
            "/../etc/passwd",
            "/caf%C3%A9",
            "/ws",
            "/WS",
            "/new",
            "/robots.txt",
        ] {
            assert_eq!(Page::from_path(path), Page::NotFound, "{path}");
        }
    }
}
