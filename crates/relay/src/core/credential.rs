//! Passwords that are computed, not stored.

use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, Mac};
use sha1::Sha1;

/// The longest name of a seat, in bytes: well below the 508 bytes of a user name (RFC 8489).
const MAX_SEAT: usize = 256;

/// What a browser needs as `username` and `credential` of an `RTCIceServer`. It is good for as long as the seat is there.
#[derive(Clone, PartialEq, Eq)]
pub struct Issued {
    /// The seat's name.
    pub username: String,
    /// base64 of the HMAC-SHA1 of the user name.
    pub password: String,
}

impl fmt::Debug for Issued {
    /// Without the name and the password: a log must not hold them.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Issued").finish_non_exhaustive()
    }
}

/// A seat's name that is no user name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BadSeat;

impl fmt::Display for BadSeat {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "bad-seat: a seat's name must be 1 to {MAX_SEAT} visible ASCII characters; use the peer's id"
        )
    }
}

impl std::error::Error for BadSeat {}

/// Makes the password of each name from a secret. Two servers with one secret make the same ones, and so does one that was restarted.
pub struct Credentials {
    mac: Hmac<Sha1>,
}

impl Credentials {
    /// Credentials under a secret.
    #[must_use]
    pub fn new(secret: &[u8]) -> Self {
        Self {
            mac: Hmac::new_from_slice(secret).expect("HMAC takes a key of any length"),
        }
    }

    /// The login of a seat. It is accepted as long as the seat is taken.
    ///
    /// # Errors
    /// [`BadSeat`] when the name is empty, longer than 256 bytes, or holds anything but visible ASCII.
    pub fn issue(&self, seat: &str) -> Result<Issued, BadSeat> {
        let is_good = (1..=MAX_SEAT).contains(&seat.len()) && seat.bytes().all(|byte| byte.is_ascii_graphic());
        if !is_good {
            return Err(BadSeat);
        }
        Ok(Issued {
            username: seat.to_owned(),
            password: self.password(seat),
        })
    }

    /// The password of a user name. Every user name has one.
    pub(crate) fn password(&self, username: &str) -> String {
        let mut mac = self.mac.clone();
        mac.update(username.as_bytes());
        STANDARD.encode(mac.finalize().into_bytes())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_login_is_the_same_whenever_it_is_made_and_belongs_to_one_name_and_one_secret() {
        let credentials = Credentials::new(b"a secret of the server");
        let issued = credentials.issue("seat").expect("a good name");
        assert_eq!(issued.username, "seat");
        // printf %s seat | openssl dgst -sha1 -hmac 'a secret of the server' -binary | base64
        assert_eq!(issued.password, "wEC+ZjKAAWOoB2u17tEm/gd4yvs=");
        assert_eq!(credentials.issue("seat"), Ok(issued.clone()));
        assert_ne!(
            credentials.issue("taes").expect("a good name").password,
            issued.password
        );
        let other = Credentials::new(b"another").issue("seat").expect("a good name");
        assert_ne!(other.password, issued.password);
        assert!(!format!("{issued:?}").contains("seat"), "nothing personal in logs");
    }

    #[test]
    fn names_that_are_no_names_are_refused() {
        for seat in ["", "a b", "a\n", "é", &"x".repeat(MAX_SEAT + 1)] {
            assert_eq!(Credentials::new(b"secret").issue(seat), Err(BadSeat), "{seat}");
        }
    }
}
