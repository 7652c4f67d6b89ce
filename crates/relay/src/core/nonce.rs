//! Nonces that nobody has to remember.

use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hmac::{Hmac, Mac};
use sha1::Sha1;

use super::Now;

/// For how long a nonce is accepted.
pub const NONCE_LIFETIME: Duration = Duration::from_secs(3600);

/// Bytes of the nonce before base64: the last two of the second in which it was issued, and seven of the MAC.
const LENGTH: usize = 9;

/// Issues and checks nonces (RFC 8489 section 9.2). A nonce is a MAC over a second and the client's address: nothing is
/// stored, so that nobody can fill the memory by asking. A client that shows one has received it at that address.
///
/// It is 12 characters long, because it is in every answer to strangers and those must be small. It is not a secret and
/// protects no password: 56 bits that cannot be tried offline are plenty.
#[derive(Clone)]
pub struct Nonces {
    mac: Hmac<Sha1>,
}

impl Nonces {
    /// With a key that is derived from the server's secret.
    #[must_use]
    pub fn new(secret: &[u8]) -> Self {
        let mut mac = Hmac::<Sha1>::new_from_slice(secret).expect("HMAC takes a key of any length");
        mac.update(b"parlour relay nonce");
        let key = mac.finalize().into_bytes();
        Self {
            mac: Hmac::new_from_slice(&key).expect("HMAC takes a key of any length"),
        }
    }

    /// The nonce of an address now.
    #[must_use]
    pub fn issue(&self, now: Now, client: SocketAddr) -> String {
        URL_SAFE_NO_PAD.encode(self.bytes(now.as_secs(), client))
    }

    /// How long ago the nonce was issued to this address, in whole seconds; `None` where it was not, or too long ago.
    #[must_use]
    pub fn age(&self, now: Now, client: SocketAddr, nonce: &str) -> Option<Duration> {
        let mut bytes = [0; LENGTH];
        if URL_SAFE_NO_PAD.decode_slice(nonce, &mut bytes) != Ok(LENGTH) {
            return None;
        }
        let now = now.as_secs();
        // The rest of the second follows from now: what is older than 18 hours would be taken for another one, and its MAC is wrong.
        let age = u64::from(last_two(now).wrapping_sub(u16::from_be_bytes([bytes[0], bytes[1]])));
        let issued = now.checked_sub(age)?;
        let age = Duration::from_secs(age);
        (age < NONCE_LIFETIME && self.bytes(issued, client) == bytes).then_some(age)
    }

    fn bytes(&self, second: u64, client: SocketAddr) -> [u8; LENGTH] {
        let mut mac = self.mac.clone();
        mac.update(&second.to_be_bytes());
        match client.ip() {
            IpAddr::V4(v4) => mac.update(&v4.octets()),
            IpAddr::V6(v6) => mac.update(&v6.octets()),
        }
        mac.update(&client.port().to_be_bytes());
        let mac = mac.finalize().into_bytes();
        let mut bytes = [0; LENGTH];
        bytes[..2].copy_from_slice(&last_two(second).to_be_bytes());
        bytes[2..].copy_from_slice(&mac[..LENGTH - 2]);
        bytes
    }
}

fn last_two(second: u64) -> u16 {
    (second & u64::from(u16::MAX)) as u16
}

#[cfg(test)]
mod tests {
    use super::*;

    fn client() -> SocketAddr {
        "198.51.100.7:4000".parse().expect("an address")
    }

    #[test]
    fn a_nonce_lives_for_an_hour_and_says_how_old_it_is() {
        let nonces = Nonces::new(b"secret");
        let start = Duration::from_secs(1_800_000_000);
        let nonce = nonces.issue(start, client());
        assert_eq!(nonce.len(), 12);
        let second = Duration::from_secs(1);
        let age = |now| nonces.age(now, client(), &nonce);
        assert_eq!(age(start), Some(Duration::ZERO));
        assert_eq!(age(start + 3 * second), Some(3 * second));
        let last = NONCE_LIFETIME - second;
        assert_eq!(age(start + last), Some(last));
        for never in [start + NONCE_LIFETIME, start - second, start + 65_536 * second] {
            assert_eq!(age(never), None, "{never:?}");
        }
    }

    #[test]
    fn it_belongs_to_one_address_and_one_server() {
        let nonces = Nonces::new(b"secret");
        let now = Duration::from_secs(1_800_000_000);
        let nonce = nonces.issue(now, client());
        assert_eq!(
            nonces.age(now, "198.51.100.7:4001".parse().expect("an address"), &nonce),
            None
        );
        assert_eq!(
            nonces.age(now, "198.51.100.8:4000".parse().expect("an address"), &nonce),
            None
        );
        assert_eq!(Nonces::new(b"another").age(now, client(), &nonce), None);
        for wrong in ["", "AAAAAAAAAAAA", "not base64 !", &nonce[..11], &format!("{nonce}A")] {
            assert_eq!(nonces.age(now, client(), wrong), None, "{wrong}");
        }
    }

    #[test]
    fn the_first_seconds_of_time_do_not_panic() {
        let nonces = Nonces::new(b"secret");
        let nonce = nonces.issue(Duration::ZERO, client());
        assert_eq!(nonces.age(Duration::ZERO, client(), &nonce), Some(Duration::ZERO));
        let later = nonces.issue(Duration::from_secs(9), client());
        assert_eq!(nonces.age(Duration::ZERO, client(), &later), None);
    }
}
