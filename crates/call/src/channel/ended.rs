//! What does not work, in words.

use std::fmt;

/// Why a channel was closed from here.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Ended {
    /// It is open, and no hello came within [`protocol::limits::peer::HELLO_TIMEOUT`].
    NoHello,
    /// Too much came for [`protocol::limits::peer::EXCESS`].
    Flooded,
}

impl Ended {
    /// A stable name, for programs.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::NoHello => "no-hello",
            Self::Flooded => "flooded",
        }
    }

    /// What a person is told.
    #[must_use]
    pub const fn sentence(self) -> &'static str {
        match self {
            Self::NoHello => {
                "Only pictures and sound reach this person: their page does not answer messages. Ask them to reload it."
            }
            Self::Flooded => {
                "Messages with this person are off: their page sent too many. Pictures and sound go on. Ask them to reload it."
            }
        }
    }
}

/// Why a message was not taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Refused {
    /// It is longer than [`protocol::limits::peer::MESSAGE_MAX`].
    TooLarge,
    /// As many wait for this peer already as may.
    Full,
}

impl Refused {
    /// A stable name, for programs.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::TooLarge => "too-large",
            Self::Full => "outbox-full",
        }
    }

    /// What a person is told.
    #[must_use]
    pub const fn sentence(self) -> &'static str {
        match self {
            Self::TooLarge => "This message is too long. Send it in parts.",
            Self::Full => {
                "Too many messages wait for this person. Wait until they are connected again, then send it once more."
            }
        }
    }
}

impl fmt::Display for Refused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.sentence())
    }
}

impl std::error::Error for Refused {}
