//! The resume token: it takes a seat back. The server keeps no table of them: a client that shows one with the right checksum was
//! given that seat by this server, or by one with the same key. Pure: key and time are arguments.

use std::fmt;

use data_encoding::BASE64URL_NOPAD;
use hmac::{Hmac, Mac};
use protocol::limits::{TOKEN_MAX, TOKEN_MAX_AGE};
use protocol::{PeerId, RoomId};
use sha2::{Digest, Sha256};

/// What the checksum is for, so that no other checksum under the same key can pass for it.
const LABEL: &[u8] = b"parlour resume token\0";

/// As above, for keys that are made of a text.
const TEXT_LABEL: &[u8] = b"parlour seat key 1\0";

/// As above, for keys that are derived from this one.
const DERIVED_LABEL: &[u8] = b"parlour derived key 1\0";

/// Bytes of the checksum that are kept: nobody guesses 128 bits.
const MAC: usize = 16;

/// How tokens are laid out. One of another version is invalid.
const VERSION: u8 = 1;

/// Version, epoch, generation, peer id, order, time of issue.
const SAID: usize = 1 + 4 + 4 + 16 + 8 + 8;

const LENGTH: usize = SAID + MAC;

/// The epoch in which this server issues tokens. An operator who raises it, one day, ends all seats.
pub(crate) const EPOCH: u32 = 0;

/// The generation of every room. A room that removes somebody raises it, one day, so that nobody comes back with an older token.
pub(crate) const GENERATION: u32 = 0;

/// 2024, in seconds since the Unix epoch. No server that makes these tokens ran before it.
const CLOCKS_WERE_SET: u64 = 1_704_067_200;

/// The server's key for seats. Servers with the same key take each other's tokens, so one that keeps it over a restart
/// finds its rooms again. Its `Debug` shows nothing of it.
#[derive(Clone)]
pub struct SeatKey(Hmac<Sha256>);

/// What a token says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sealed {
    /// The server's epoch.
    pub epoch: u32,
    /// The room's generation.
    pub generation: u32,
    /// Whose seat it is.
    pub peer: PeerId,
    /// The seat's order.
    pub order: u64,
    /// When it was issued, in seconds since the Unix epoch.
    pub issued: u64,
}

/// The token is malformed, forged, of another room or of another server. Which of them is nobody's business.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct InvalidToken;

impl Sealed {
    /// Whether the token is young enough to build a seat again that is not there, `now` being in seconds since the Unix epoch. A
    /// machine that starts without a clock of its own counts from 1970, or from when it was shut down: a time of before 2024
    /// and one of the future say nothing about the age.
    #[must_use]
    pub fn is_current(&self, now: u64) -> bool {
        let knows_time = self.issued >= CLOCKS_WERE_SET && now >= CLOCKS_WERE_SET;
        !knows_time || now.saturating_sub(self.issued) <= TOKEN_MAX_AGE.as_secs()
    }
}

impl SeatKey {
    /// The key of 32 random bytes.
    #[must_use]
    pub fn from_random_bytes(bytes: [u8; 32]) -> Self {
        Self(Hmac::new_from_slice(&bytes).expect("HMAC takes keys of any length"))
    }

    /// The key of a text that the operator chose: its hash (SHA-256), so that every character counts.
    #[must_use]
    pub fn from_text(text: &str) -> Self {
        let hash = Sha256::new().chain_update(TEXT_LABEL).chain_update(text);
        Self::from_random_bytes(hash.finalize().into())
    }

    /// Another key that is made of this one (HMAC-SHA-256, RFC 2104): always the same for the same purpose, and of no use to
    /// learn this one or that of another purpose.
    #[must_use]
    pub fn derive(&self, purpose: &str) -> [u8; 32] {
        let mac = self.0.clone().chain_update(DERIVED_LABEL).chain_update(purpose);
        mac.finalize().into_bytes().into()
    }

    /// Writes a token: base64url (RFC 4648 section 5) without padding of the version (a byte, 1), the epoch, the room's generation
    /// (4 bytes each), the peer's id (16 bytes), its order, the time of issue in seconds since the Unix epoch (8 bytes each) and
    /// the first half of an HMAC-SHA-256 (RFC 2104) over those and the room. Numbers are big-endian.
    #[must_use]
    pub fn seal(&self, room: &RoomId, seat: Sealed) -> String {
        let mut bytes = [0; LENGTH];
        let (said, mac) = bytes.split_at_mut(SAID);
        said[0] = VERSION;
        said[1..5].copy_from_slice(&seat.epoch.to_be_bytes());
        said[5..9].copy_from_slice(&seat.generation.to_be_bytes());
        said[9..25].copy_from_slice(&seat.peer.into_bytes());
        said[25..33].copy_from_slice(&seat.order.to_be_bytes());
        said[33..].copy_from_slice(&seat.issued.to_be_bytes());
        mac.copy_from_slice(&self.mac(said, room).finalize().into_bytes()[..MAC]);
        BASE64URL_NOPAD.encode(&bytes)
    }

    /// Reads a token for this room. Checksums are compared in constant time. Its age is another question
    /// ([`Sealed::is_current`]).
    ///
    /// # Errors
    /// [`InvalidToken`].
    pub fn open(&self, text: &str, room: &RoomId) -> Result<Sealed, InvalidToken> {
        if text.len() > TOKEN_MAX {
            return Err(InvalidToken);
        }
        let bytes = BASE64URL_NOPAD.decode(text.as_bytes()).map_err(|_| InvalidToken)?;
        let bytes: [u8; LENGTH] = bytes.try_into().map_err(|_| InvalidToken)?;
        let (said, mac) = bytes.split_at(SAID);
        if said[0] != VERSION {
            return Err(InvalidToken);
        }
        let verified = self.mac(said, room).verify_truncated_left(mac);
        verified.map_err(|_| InvalidToken)?;

        Ok(Sealed {
            epoch: u32::from_be_bytes(take(&bytes, 1)),
            generation: u32::from_be_bytes(take(&bytes, 5)),
            peer: PeerId::from_bytes(take(&bytes, 9)),
            order: u64::from_be_bytes(take(&bytes, 25)),
            issued: u64::from_be_bytes(take(&bytes, 33)),
        })
    }

    fn mac(&self, said: &[u8], room: &RoomId) -> Hmac<Sha256> {
        // All but the room is of a fixed length, so no two seats look alike.
        let mac = self.0.clone().chain_update(LABEL).chain_update(said);
        mac.chain_update(room.as_str())
    }
}

fn take<const N: usize>(bytes: &[u8; LENGTH], at: usize) -> [u8; N] {
    bytes[at..at + N].try_into().expect("the slice is of that length")
}

impl fmt::Debug for SeatKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SeatKey(…)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: u64 = 1_732_000_000;

    fn key() -> SeatKey {
        SeatKey::from_random_bytes([7; 32])
    }

    fn room(name: &str) -> RoomId {
        name.parse().expect("a room")
    }

    fn seat() -> Sealed {
        Sealed {
            epoch: EPOCH,
            generation: GENERATION,
            peer: PeerId::from_random_bytes([3; 16]),
            order: NOW * 1_000,
            issued: NOW,
        }
    }

    #[test]
    fn a_token_says_what_was_sealed() {
        let token = key().seal(&room("room"), seat());
        assert_eq!(token.len(), 76);
        assert_eq!(key().open(&token, &room("room")), Ok(seat()));
        let extreme = Sealed {
            epoch: u32::MAX,
            generation: u32::MAX - 1,
            order: u64::MAX,
            ..seat()
        };
        let token = key().seal(&room("room"), extreme);
        assert_eq!(key().open(&token, &room("room")), Ok(extreme));
    }

    #[test]
    fn a_token_is_for_one_room_and_one_key() {
        let token = key().seal(&room("room"), seat());
        for other in ["rooms", "roo", "room-", "m"] {
            assert_eq!(key().open(&token, &room(other)), Err(InvalidToken), "{other}");
        }
        for other in [
            SeatKey::from_random_bytes([8; 32]),
            SeatKey::from_text("room"),
            SeatKey::from_text(""),
        ] {
            assert_eq!(other.open(&token, &room("room")), Err(InvalidToken));
        }
    }

    #[test]
    fn every_changed_bit_is_seen() {
        let token = key().seal(&room("room"), seat());
        let bytes = BASE64URL_NOPAD.decode(token.as_bytes()).expect("base64url");
        for bit in 0..bytes.len() * 8 {
            let mut forged = bytes.clone();
            forged[bit / 8] ^= 1 << (bit % 8);
            let forged = BASE64URL_NOPAD.encode(&forged);
            assert_eq!(key().open(&forged, &room("room")), Err(InvalidToken), "bit {bit}");
        }
    }

    #[test]
    fn a_token_of_another_version_is_refused_even_where_its_checksum_is_right() {
        let token = key().seal(&room("room"), seat());
        let mut bytes = BASE64URL_NOPAD.decode(token.as_bytes()).expect("base64url");
        for version in [0, 2, 255] {
            bytes[0] = version;
            let mac = key().mac(&bytes[..SAID], &room("room")).finalize().into_bytes();
            bytes[SAID..].copy_from_slice(&mac[..MAC]);
            let other = BASE64URL_NOPAD.encode(&bytes);
            assert_eq!(key().open(&other, &room("room")), Err(InvalidToken), "{version}");
        }
    }

    #[test]
    fn whatever_is_no_token_is_refused() {
        let token = key().seal(&room("room"), seat());
        for length in 0..token.len() {
            assert_eq!(key().open(&token[..length], &room("room")), Err(InvalidToken));
        }
        for text in [
            format!("{token}A"),
            format!("{token}="),
            format!("{token}AAAA"),
            format!(" {token}"),
            token.replace(|c: char| c.is_ascii_lowercase(), "+"),
            "é".repeat(32),
            "A".repeat(76),
            "A".repeat(60_000),
        ] {
            assert_eq!(key().open(&text, &room("room")), Err(InvalidToken), "{text:.80}");
        }
    }

    #[test]
    fn a_token_lasts_a_week_unless_a_clock_was_wrong() {
        let week = TOKEN_MAX_AGE.as_secs();
        for (issued, now, current) in [
            (NOW, NOW, true),
            (NOW, NOW + week, true),
            (NOW, NOW + week + 1, false),
            (NOW, u64::MAX, false),
            (NOW, NOW - 3_600, true),
            // Issued, and shown, by a server that believed to be in 1970.
            (0, NOW, true),
            (90, NOW, true),
            (CLOCKS_WERE_SET, NOW, false),
            (NOW, 30, true),
            (u64::MAX, NOW, true),
        ] {
            assert_eq!(
                Sealed { issued, ..seat() }.is_current(now),
                current,
                "{issued} at {now}"
            );
        }
    }

    #[test]
    fn a_text_always_makes_the_same_key_and_another_text_another() {
        let token = SeatKey::from_text("correct horse battery").seal(&room("room"), seat());
        let open = |text| SeatKey::from_text(text).open(&token, &room("room"));
        assert_eq!(open("correct horse battery"), Ok(seat()));
        assert_eq!(open("correct horse batterz"), Err(InvalidToken));
    }

    #[test]
    fn a_derived_key_is_the_same_for_the_same_purpose_and_key_alone() {
        // printf 'parlour derived key 1\0relay' | openssl dgst -sha256 -mac hmac -macopt hexkey:0707…07 (32 bytes)
        let derived = "464edcdc3b1ff23a5eea000198fa342a51ce8dd33e32cf8d4de68c31394ed739";
        assert_eq!(data_encoding::HEXLOWER.encode(&key().derive("relay")), derived);
        assert_ne!(key().derive("relay"), key().derive("rela"));
        assert_ne!(
            key().derive("relay"),
            SeatKey::from_random_bytes([8; 32]).derive("relay")
        );
        assert_ne!(key().derive(""), [7; 32]);
    }

    #[test]
    fn a_key_is_not_printed() {
        assert_eq!(format!("{:?}", SeatKey::from_random_bytes([7; 32])), "SeatKey(…)");
    }
}
