//! Where programs keep their state.

use std::ffi::OsString;
use std::path::PathBuf;

/// The variables that say where programs keep their state.
#[derive(Clone, Debug, Default)]
pub struct Places {
    /// `STATE_DIRECTORY`, which systemd sets: one folder, or several with colons between them.
    pub state_directory: Option<OsString>,
    /// `XDG_STATE_HOME`.
    pub xdg_state_home: Option<OsString>,
    /// `HOME`.
    pub home: Option<OsString>,
}

impl Places {
    /// Those of this process.
    #[must_use]
    pub fn of_this_process() -> Self {
        Self {
            state_directory: std::env::var_os("STATE_DIRECTORY"),
            xdg_state_home: std::env::var_os("XDG_STATE_HOME"),
            home: std::env::var_os("HOME"),
        }
    }

    /// The folder for this program's state, where nobody named one.
    #[must_use]
    pub fn default_folder(&self) -> Option<PathBuf> {
        // Relative paths are ignored (XDG Base Directory Specification).
        let absolute = |path: Option<PathBuf>| path.filter(|path| path.is_absolute());
        let first = |list: &OsString| std::env::split_paths(list).next();
        let systemd = absolute(self.state_directory.as_ref().and_then(first));
        let xdg = || absolute(self.xdg_state_home.as_ref().map(PathBuf::from));
        let home = || absolute(self.home.as_ref().map(PathBuf::from));
        let state_home = || xdg().or_else(|| Some(home()?.join(".local/state")));
        systemd.or_else(|| Some(state_home()?.join("parlour")))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_usual_places_are_tried_in_their_order() {
        let places = |state: &str, xdg: &str, home: &str| {
            let value = |text: &str| Some(OsString::from(text)).filter(|text| !text.is_empty());
            let places = Places {
                state_directory: value(state),
                xdg_state_home: value(xdg),
                home: value(home),
            };
            places.default_folder()
        };
        for (state, xdg, home, expected) in [
            (
                "/var/lib/parlour:/var/lib/other",
                "/xdg",
                "/home/ada",
                Some("/var/lib/parlour"),
            ),
            ("", "/xdg", "/home/ada", Some("/xdg/parlour")),
            ("", "", "/home/ada", Some("/home/ada/.local/state/parlour")),
            (
                "relative",
                "relative",
                "/home/ada",
                Some("/home/ada/.local/state/parlour"),
            ),
            ("", "", "relative", None),
            ("", "", "", None),
        ] {
            assert_eq!(
                places(state, xdg, home),
                expected.map(PathBuf::from),
                "{state} {xdg} {home}"
            );
        }
    }
}
