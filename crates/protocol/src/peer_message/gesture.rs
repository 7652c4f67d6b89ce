//! What people show without words.

use serde::{Deserialize, Serialize};

/// Whether the sender's hand is up, and since when.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Hand {
    /// 0 while it is down. Otherwise the sender's Lamport clock when it was raised ([`super::ChatLine::lamport`]): hands are shown in this
    /// order, and in the order of seats where they are equal, so that everybody sees the same order, newcomers too.
    pub raised: u64,
}

/// A reaction, which is seen for some seconds and never told to anybody who comes later.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Reaction {
    /// Which.
    pub emoji: Emoji,
}

/// The reactions that there are.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(from = "u32", into = "u32")]
pub enum Emoji {
    /// 👍
    #[default]
    ThumbsUp,
    /// ❤️
    Heart,
    /// 👏
    Applause,
    /// 😂
    Laughter,
    /// 😮
    Surprise,
    /// 🎉
    Party,
    /// One that only a newer page knows. It is not shown.
    Other(u32),
}

impl Emoji {
    /// All that are known, in the order of their numbers.
    pub const ALL: [Self; 6] = [
        Self::ThumbsUp,
        Self::Heart,
        Self::Applause,
        Self::Laughter,
        Self::Surprise,
        Self::Party,
    ];

    /// As a text, or nothing for one that is not known.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::ThumbsUp => "👍",
            Self::Heart => "❤️",
            Self::Applause => "👏",
            Self::Laughter => "😂",
            Self::Surprise => "😮",
            Self::Party => "🎉",
            Self::Other(_) => "",
        }
    }
}

impl From<u32> for Emoji {
    fn from(number: u32) -> Self {
        let place = usize::try_from(number).ok();
        place
            .and_then(|place| Self::ALL.get(place).copied())
            .unwrap_or(Self::Other(number))
    }
}

impl From<Emoji> for u32 {
    fn from(emoji: Emoji) -> Self {
        match emoji {
            Emoji::ThumbsUp => 0,
            Emoji::Heart => 1,
            Emoji::Applause => 2,
            Emoji::Laughter => 3,
            Emoji::Surprise => 4,
            Emoji::Party => 5,
            Emoji::Other(number) => number,
        }
    }
}
