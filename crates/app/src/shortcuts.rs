//! Which key does what in a call.

/// What a key does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Command {
    /// Microphone on or off.
    Microphone,
    /// Camera on or off.
    Camera,
    /// Shares the screen, or ends that.
    Share,
    /// Opens the chat, or closes it.
    Chat,
    /// Raises the hand, or lowers it.
    Hand,
    /// Grid or speaker.
    View,
    /// Shows oneself, or no longer.
    HideOwn,
    /// Fills the screen, or no longer.
    FullScreen,
    /// Who can be reached how.
    Connections,
    /// Devices, and how the call sounds.
    Settings,
    /// The list of all of these.
    Shortcuts,
}

impl Command {
    /// All of them, in the order in which they are listed.
    pub(crate) const ALL: [Self; 11] = [
        Self::Microphone,
        Self::Camera,
        Self::Share,
        Self::Chat,
        Self::Hand,
        Self::View,
        Self::HideOwn,
        Self::FullScreen,
        Self::Settings,
        Self::Connections,
        Self::Shortcuts,
    ];

    /// Its key, as `KeyboardEvent.key` has it.
    pub(crate) const fn key(self) -> &'static str {
        match self {
            Self::Microphone => "m",
            Self::Camera => "v",
            Self::Share => "s",
            Self::Chat => "c",
            Self::Hand => "h",
            Self::View => "g",
            Self::HideOwn => "e",
            Self::FullScreen => "f",
            Self::Connections => "n",
            Self::Settings => "d",
            Self::Shortcuts => "?",
        }
    }

    /// What a pressed key does. Letters mean the same in both cases.
    pub(crate) fn of(key: &str) -> Option<Self> {
        Self::ALL
            .into_iter()
            .find(|command| command.key().eq_ignore_ascii_case(key))
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn every_command_has_a_key_of_its_own() {
        let keys: BTreeSet<_> = Command::ALL.iter().map(|command| command.key()).collect();
        assert_eq!(keys.len(), Command::ALL.len());
        for command in Command::ALL {
            assert_eq!(Command::of(command.key()), Some(command));
            assert_eq!(Command::of(&command.key().to_ascii_uppercase()), Some(command));
        }
    }

    #[test]
    fn other_keys_do_nothing() {
        for key in ["", " ", "Enter", "x", "mm", "F1", "ß"] {
            assert_eq!(Command::of(key), None, "{key}");
        }
    }
}
