//! What follows from what the browser granted when somebody shared a screen (W3C Screen Capture).
//!
//! A browser may grant less than it was asked for, and other sound: only `getSettings()` tells. If that leaves open whether the sound of
//! the call is in it, the sound is left out: an echo disturbs everybody.

/// What is captured: `displaySurface` (W3C Screen Capture section 7.2).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Surface {
    /// A whole screen.
    Monitor,
    /// A window of some program.
    Window,
    /// A tab of this browser.
    Browser,
    /// The browser does not tell.
    #[default]
    Unknown,
}

impl Surface {
    /// From `MediaTrackSettings.displaySurface`.
    #[must_use]
    pub fn from_setting(setting: &str) -> Self {
        match setting {
            "monitor" => Self::Monitor,
            "window" => Self::Window,
            "browser" => Self::Browser,
            _ => Self::Unknown,
        }
    }

    /// Whether the page itself may be in the picture: a preview of it there would show itself without end.
    #[must_use]
    pub const fn may_show_page(self) -> bool {
        matches!(self, Self::Monitor | Self::Unknown)
    }
}

/// Whether the sound that came with a surface is sent. `restricted`: the sound track's `restrictOwnAudio` setting, if the browser knows it.
#[must_use]
pub const fn keeps_sound(surface: Surface, restricted: Option<bool>) -> bool {
    match (surface, restricted) {
        (_, Some(true)) => true,
        // A tab's sound is the tab's own. This page's tab was not offered (`selfBrowserSurface`).
        (Surface::Browser, None) => true,
        _ => false,
    }
}

/// Why nothing is shared, where the person has to be told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ShareProblem {
    /// The page that embeds this one does not allow it.
    Framed,
    /// The operating system does not let this browser capture screens.
    System,
    /// There is nothing to capture, or the browser could not.
    Failed,
}

/// What a refused `getDisplayMedia()` means. `None` where the person has changed their mind, and knows.
#[must_use]
pub fn problem(name: &str, message: &str, is_allowed: Option<bool>) -> Option<ShareProblem> {
    match name {
        "NotAllowedError" | "SecurityError" if is_allowed == Some(false) => Some(ShareProblem::Framed),
        "NotAllowedError" if message.ends_with("by system") => Some(ShareProblem::System),
        "NotAllowedError" | "AbortError" => None,
        _ => Some(ShareProblem::Failed),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sound_is_sent_only_when_the_call_cannot_be_in_it() {
        for (setting, restricted, sent) in [
            ("browser", None, true),
            ("browser", Some(true), true),
            // The page asked for it and the browser did not grant it.
            ("browser", Some(false), false),
            ("window", None, false),
            ("window", Some(false), false),
            ("window", Some(true), true),
            ("monitor", None, false),
            ("monitor", Some(false), false),
            ("monitor", Some(true), true),
            ("", None, false),
            ("hologram", Some(false), false),
            ("hologram", Some(true), true),
        ] {
            let surface = Surface::from_setting(setting);
            assert_eq!(keeps_sound(surface, restricted), sent, "{setting} {restricted:?}");
        }
    }

    #[test]
    fn a_preview_is_drawn_only_where_it_cannot_be_in_the_picture() {
        let shown = ["monitor", "window", "browser", ""].map(|setting| !Surface::from_setting(setting).may_show_page());
        assert_eq!(shown, [false, true, true, false]);
    }

    #[test]
    fn a_person_who_closes_the_browsers_question_is_told_nothing() {
        assert_eq!(problem("NotAllowedError", "Permission denied", Some(true)), None);
        assert_eq!(problem("NotAllowedError", "Permission denied", None), None);
        assert_eq!(problem("AbortError", "", None), None);
    }

    #[test]
    fn other_refusals_have_a_cause() {
        let denied = "Permission denied by system";
        assert_eq!(problem("NotAllowedError", denied, None), Some(ShareProblem::System));
        assert_eq!(problem("NotAllowedError", "", Some(false)), Some(ShareProblem::Framed));
        for name in [
            "NotFoundError",
            "NotReadableError",
            "InvalidStateError",
            "TypeError",
            "",
        ] {
            assert_eq!(problem(name, "", None), Some(ShareProblem::Failed), "{name}");
        }
    }
}
