//! Nonces that nobody has to remember.

use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hmac::{Hmac, Mac};
use sha1::Sha1;

use super::Now;

/// A nonce is accepted in the period in which it was issued and in the one after it.
pub const NONCE_PERIOD: Duration = Duration::from_secs(30 * 60);

/// Bytes of the nonce before base64: the period's last byte, and eight bytes of its MAC.
const LENGTH: usize = 9;

/// Issues and checks nonces (RFC 8489 section 9.2). A nonce is a MAC over the period and the client's address: nothing is
/// stored, so that nobody can fill the memory by asking. A client that shows one has received it at that address.
///
/// It is 12 characters long, because it is in every answer to strangers and those must be small. It is not a secret and
/// protects no password: 64 bits that cannot be tried offline are plenty.
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
        URL_SAFE_NO_PAD.encode(self.bytes(period(now), client))
    }

    /// Whether the nonce was issued to this address, not too long ago.
    #[must_use]
    pub fn check(&self, now: Now, client: SocketAddr, nonce: &str) -> bool {
        let mut bytes = [0; LENGTH];
        if URL_SAFE_NO_PAD.decode_slice(nonce, &mut bytes) != Ok(LENGTH) {
            return false;
        }
        let current = period(now);
        [Some(current), current.checked_sub(1)]
            .into_iter()
            .flatten()
            .any(|period| self.bytes(period, client) == bytes)
    }

    fn bytes(&self, period: u64, client: SocketAddr) -> [u8; LENGTH] {
        let mut mac = self.mac.clone();
        mac.update(&period.to_be_bytes());
        match client.ip() {
            IpAddr::V4(v4) => mac.update(&v4.octets()),
            IpAddr::V6(v6) => mac.update(&v6.octets()),
        }
        mac.update(&client.port().to_be_bytes());
        let mac = mac.finalize().into_bytes();
        let mut bytes = [0; LENGTH];
        bytes[0] = period.to_be_bytes()[7];
        bytes[1..].copy_from_slice(&mac[..LENGTH - 1]);
        bytes
    }
}

fn period(now: Now) -> u64 {
    now.as_secs() / NONCE_PERIOD.as_secs()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn client() -> SocketAddr {
        "198.51.100.7:4000".parse().expect("an address")
    }

    #[test]
    fn a_nonce_lives_for_its_period_and_the_next() {
        let nonces = Nonces::new(b"secret");
        let start = NONCE_PERIOD * 1000;
        let nonce = nonces.issue(start, client());
        assert_eq!(nonce.len(), 12);
        assert!(nonces.check(start, client(), &nonce));
        assert!(nonces.check(start + 2 * NONCE_PERIOD - Duration::from_nanos(1), client(), &nonce));
        assert!(!nonces.check(start + 2 * NONCE_PERIOD, client(), &nonce));
        assert!(
            !nonces.check(start - Duration::from_nanos(1), client(), &nonce),
            "not before it was issued"
        );
        assert!(
            !nonces.check(start + 256 * NONCE_PERIOD, client(), &nonce),
            "the last byte of the period is not all of it"
        );
    }

    #[test]
    fn it_belongs_to_one_address_and_one_server() {
        let nonces = Nonces::new(b"secret");
        let now = Duration::from_secs(1_800_000_000);
        let nonce = nonces.issue(now, client());
        assert!(!nonces.check(now, "198.51.100.7:4001".parse().expect("an address"), &nonce));
        assert!(!nonces.check(now, "198.51.100.8:4000".parse().expect("an address"), &nonce));
        assert!(!Nonces::new(b"another").check(now, client(), &nonce));
        for wrong in ["", "AAAAAAAAAAAA", "not base64 !", &nonce[..11], &format!("{nonce}A")] {
            assert!(!nonces.check(now, client(), wrong), "{wrong}");
        }
    }

    #[test]
    fn the_first_periods_of_time_do_not_panic() {
        let nonces = Nonces::new(b"secret");
        let nonce = nonces.issue(Duration::ZERO, client());
        assert!(nonces.check(Duration::ZERO, client(), &nonce));
    }
}
