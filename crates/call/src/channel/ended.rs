//! What does not work. The page has the words for people.

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
}

impl fmt::Display for Refused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::TooLarge => "the message is too long; send it in parts",
            Self::Full => "too many messages wait for this peer; send it again when some are through",
        })
    }
}

impl std::error::Error for Refused {}
