//! What people write to each other.

use serde::{Deserialize, Serialize};

/// A line of the chat, said by the sender itself. Nobody passes on what others have said.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct ChatLine {
    /// A random number of this line. Somebody who gets it twice, because the sender has a new seat, shows it once.
    pub id: u64,
    /// The sender's Lamport clock: one more than the highest that it has said or seen, of chat lines and [`super::Hand`]s. Lines are shown
    /// in the order of these, and of seats where they are equal.
    pub lamport: u64,
    /// How long ago it was said, in milliseconds. More than 0 for what a newcomer is told.
    pub age_ms: u64,
    /// What is said: plain text in UTF-8, as it was typed. A receiver cleans it ([`crate::ChatText`]).
    pub text: String,
}
