//! Names of peers and rooms.

use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::limits::ROOM_ID_MAX;

/// One person's seat in one room. Issued by the server, never chosen by a client.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct PeerId(Uuid);

impl PeerId {
    /// Makes an id from 16 random bytes (UUID version 4, RFC 9562 section 5.4). Randomness is the caller's.
    #[must_use]
    pub fn from_random_bytes(bytes: [u8; 16]) -> Self {
        Self(uuid::Builder::from_random_bytes(bytes).into_uuid())
    }

    /// The id of these bytes, as they came from [`Self::into_bytes`].
    #[must_use]
    pub const fn from_bytes(bytes: [u8; 16]) -> Self {
        Self(Uuid::from_bytes(bytes))
    }

    /// The 16 bytes of the UUID (RFC 9562 section 4).
    #[must_use]
    pub const fn into_bytes(self) -> [u8; 16] {
        self.0.into_bytes()
    }
}

impl fmt::Display for PeerId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl fmt::Debug for PeerId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl FromStr for PeerId {
    type Err = uuid::Error;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Uuid::parse_str(text).map(Self)
    }
}

/// A room's name as it stands in its URL: 1 to 64 of `a-z`, `0-9`, `-` and `_`. Capital letters are folded to small ones
/// wherever a name is read, so `Team-7` and `team-7` are one room. Cheap to clone.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct RoomId(Arc<str>);

impl RoomId {
    /// The name as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Makes a room id of what a person typed: white space at the ends goes, inner white space becomes one `-`. Whatever else is not allowed stays an error, so that two people who type the same
    /// thing never end up in different rooms without knowing.
    ///
    /// # Errors
    /// [`InvalidRoomId`] when what is left is empty, too long, or holds another character.
    pub fn from_typed(text: &str) -> Result<Self, InvalidRoomId> {
        let words: Vec<_> = text.split_whitespace().collect();
        words.join("-").parse()
    }

    /// The room of 16 random bytes: a UUID, which nobody guesses.
    #[must_use]
    pub fn from_random_bytes(bytes: [u8; 16]) -> Self {
        Self(PeerId::from_random_bytes(bytes).to_string().into())
    }
}

impl FromStr for RoomId {
    type Err = InvalidRoomId;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let allowed = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_';
        match text.len() {
            0 => Err(InvalidRoomId::Empty),
            n if n > ROOM_ID_MAX => Err(InvalidRoomId::TooLong),
            _ if text.bytes().all(allowed) => Ok(Self(text.to_ascii_lowercase().into())),
            _ => Err(InvalidRoomId::Character),
        }
    }
}

impl TryFrom<String> for RoomId {
    type Error = InvalidRoomId;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        text.parse()
    }
}

impl From<RoomId> for String {
    fn from(room: RoomId) -> Self {
        room.0.as_ref().into()
    }
}

impl fmt::Display for RoomId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for RoomId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.0, f)
    }
}

/// Why a text is no room name. Its `Display` is a sentence for the person who typed it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum InvalidRoomId {
    /// Nothing was typed.
    Empty,
    /// More than [`ROOM_ID_MAX`] characters.
    TooLong,
    /// A character that is not a letter (a to z), a digit, `-` or `_`.
    Character,
}

impl fmt::Display for InvalidRoomId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Empty => "A room name needs at least one character.",
            Self::TooLong => "A room name has at most 64 characters. Use a shorter one.",
            Self::Character => "A room name is made of letters a to z, digits, - and _. Use only those.",
        })
    }
}

impl std::error::Error for InvalidRoomId {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn typed_names_are_normalised() {
        let typed = |text| RoomId::from_typed(text).map(String::from);
        assert_eq!(typed("  Monday  stand up "), Ok("monday-stand-up".into()));
        assert_eq!(typed("TEAM_7"), Ok("team_7".into()));
        assert_eq!(typed("   "), Err(InvalidRoomId::Empty));
        assert_eq!(typed("../etc"), Err(InvalidRoomId::Character));
        assert_eq!(typed("café"), Err(InvalidRoomId::Character));
        assert_eq!(typed(&"x".repeat(65)), Err(InvalidRoomId::TooLong));
    }

    #[test]
    fn capital_letters_are_folded_wherever_a_room_is_read() {
        let room: RoomId = "team_7".parse().expect("a room");
        for text in ["Team_7", "TEAM_7", "team_7"] {
            assert_eq!(text.parse(), Ok(room.clone()));
            assert_eq!(RoomId::try_from(String::from(text)), Ok(room.clone()));
            assert_eq!(RoomId::from_typed(text), Ok(room.clone()));
        }
        assert_eq!("É".parse::<RoomId>(), Err(InvalidRoomId::Character));
    }

    #[test]
    fn a_url_segment_is_not_mended() {
        assert_eq!("a b".parse::<RoomId>(), Err(InvalidRoomId::Character));
    }

    #[test]
    fn random_rooms_are_valid_room_ids() {
        let room = RoomId::from_random_bytes([7; 16]);
        assert_eq!(room.as_str().parse::<RoomId>(), Ok(room));
    }
}
