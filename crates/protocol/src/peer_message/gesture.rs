//! What people show without words.

use serde::{Deserialize, Serialize};

use super::numbered::numbered;

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

numbered! {
    /// The reactions that there are.
    pub enum Emoji {
        /// 👍
        #[default]
        ThumbsUp = 0, "👍";
        /// ❤️
        Heart = 1, "❤️";
        /// 👏
        Applause = 2, "👏";
        /// 😂
        Laughter = 3, "😂";
        /// 😮
        Surprise = 4, "😮";
        /// 🎉
        Party = 5, "🎉";
    }
    ""
}
