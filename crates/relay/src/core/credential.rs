//! User names and passwords that are computed, not stored.

use std::collections::{BTreeSet, HashMap};
use std::fmt;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, Mac};
use sha1::Sha1;

use super::Now;

/// The longest name of a seat, in bytes: with the time before it a user name stays below the 508 bytes of RFC 8489.
const MAX_SEAT: usize = 256;

/// How many revoked seats are remembered. See [`Credentials::revoke`] for what happens beyond.
pub(crate) const MAX_REVOKED: usize = 65_536;

/// What stands before the name of somebody without a seat.
const PROBER: &str = "probe:";

/// What a browser needs as `username` and `credential` of an `RTCIceServer`.
#[derive(Clone, PartialEq, Eq)]
pub struct Issued {
    /// `expiry:seat`, with the expiry in seconds since the Unix epoch; `expiry:probe:name` of somebody without a seat.
    pub username: String,
    /// base64 of the HMAC-SHA1 of the user name.
    pub password: String,
    /// Until when it can open allocations, since the Unix epoch. What is open by then stays open.
    pub expires: Duration,
}

impl fmt::Debug for Issued {
    /// Without the name and the password: a log must not hold them.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Issued")
            .field("expires", &self.expires)
            .finish_non_exhaustive()
    }
}

/// A seat's name that no user name can be made of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BadSeat;

impl fmt::Display for BadSeat {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "bad-seat: a seat's name must be 1 to {MAX_SEAT} visible ASCII characters, and not begin with {PROBER}; use the peer's id"
        )
    }
}

impl std::error::Error for BadSeat {}

/// Issues credentials that expire, and checks them (the scheme of draft-uberti-behave-turn-rest: coturn's
/// `use-auth-secret` accepts the same ones under the same secret).
///
/// Expiry and revocation matter for Allocate alone. Were they checked on Refresh too, a call would end in the middle of
/// a sentence because it was long.
pub struct Credentials {
    mac: Hmac<Sha1>,
    lifetime: Duration,
    revoked: Mutex<Revoked>,
}

/// Seats whose credentials up to a second are void.
#[derive(Default)]
struct Revoked {
    /// The seat's [key](Credentials::key), and the last second of issue that is void.
    seats: HashMap<u128, u64>,
    /// The same, oldest first.
    order: BTreeSet<(u64, u128)>,
    /// Nobody's credentials up to this second are good. Rises only when there are too many seats to remember.
    everybody: Option<u64>,
}

impl Credentials {
    /// Credentials under a secret. Two servers with one secret accept each other's.
    #[must_use]
    pub fn new(secret: &[u8], lifetime: Duration) -> Self {
        Self {
            mac: Hmac::new_from_slice(secret).expect("HMAC takes a key of any length"),
            lifetime: Duration::from_secs(lifetime.as_secs()),
            revoked: Mutex::default(),
        }
    }

    /// Credentials for a seat, good for the lifetime from now. Also after [`revoke`](Self::revoke): those are new ones.
    ///
    /// # Errors
    /// [`BadSeat`] when the name is empty, longer than 256 bytes, holds anything but visible ASCII, or begins with `probe:`.
    pub fn issue(&self, seat: &str, now: Now) -> Result<Issued, BadSeat> {
        self.issue_as("", seat, now)
    }

    /// Credentials for somebody without a seat, who wants to know which relays can be reached: what is opened with them
    /// reaches nothing but what else is opened with them. [`revoke`](Self::revoke) takes the same name.
    ///
    /// # Errors
    /// As with [`issue`](Self::issue).
    pub fn issue_probe(&self, name: &str, now: Now) -> Result<Issued, BadSeat> {
        self.issue_as(PROBER, name, now)
    }

    fn issue_as(&self, kind: &str, seat: &str, now: Now) -> Result<Issued, BadSeat> {
        let is_good = (1..=MAX_SEAT).contains(&seat.len()) && seat.bytes().all(|byte| byte.is_ascii_graphic());
        if !is_good || seat.starts_with(PROBER) {
            return Err(BadSeat);
        }
        let revoked = self.revoked().void_until(self.key(seat));
        // Time is in whole seconds here: what is issued in the second of a revocation must not be void with the rest.
        let issued = revoked.map_or(now.as_secs(), |void| now.as_secs().max(void.saturating_add(1)));
        let expires = issued.saturating_add(self.lifetime.as_secs());
        let username = format!("{expires}:{kind}{seat}");
        let password = self.password(&username);
        Ok(Issued {
            username,
            password,
            expires: Duration::from_secs(expires),
        })
    }

    /// Makes all credentials of a seat void that were issued until now.
    ///
    /// Memory is bounded: a revoked seat is forgotten when its credentials have expired anyway. Beyond 65,536 such seats
    /// the oldest is forgotten and, so that it cannot come back, *everybody's* credentials of its time become void: they
    /// need new ones to open allocations, and what is open stays open.
    pub fn revoke(&self, seat: &str, now: Now) {
        self.revoked()
            .insert(self.key(seat), now.as_secs(), self.lifetime.as_secs());
    }

    /// The password of a user name. Every user name has one.
    pub(crate) fn password(&self, username: &str) -> String {
        let mut mac = self.mac.clone();
        mac.update(username.as_bytes());
        STANDARD.encode(mac.finalize().into_bytes())
    }

    /// Whether the user name may open an allocation now.
    pub(crate) fn admits(&self, username: &str, now: Now) -> bool {
        let Some(Name { expires, seat, .. }) = parse(username) else {
            return false;
        };
        // A name that expires later than any that is issued now was made under another lifetime, or by another server
        // with the same secret whose clock is ahead: it counts as issued now.
        let issued = expires.saturating_sub(self.lifetime.as_secs());
        let void = self.revoked().void_until(self.key(seat));
        now.as_secs() < expires && void.is_none_or(|void| issued > void)
    }

    /// What a revoked seat is remembered by: a name would take several times the memory. Nobody without the secret finds two names
    /// with one key.
    fn key(&self, seat: &str) -> u128 {
        let mut mac = self.mac.clone();
        mac.update(seat.as_bytes());
        let digest = mac.finalize().into_bytes();
        let (first, _) = digest.split_first_chunk().expect("SHA-1 has 20 bytes");
        u128::from_be_bytes(*first)
    }

    fn revoked(&self) -> MutexGuard<'_, Revoked> {
        self.revoked.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Revoked {
    fn void_until(&self, seat: u128) -> Option<u64> {
        self.seats.get(&seat).copied().max(self.everybody)
    }

    fn insert(&mut self, seat: u128, now: u64, lifetime: u64) {
        while let Some((at, _)) = self.order.first() {
            let expired = at.saturating_add(lifetime) < now;
            if !expired && self.seats.len() < MAX_REVOKED {
                break;
            }
            if let Some((at, seat)) = self.order.pop_first() {
                self.seats.remove(&seat);
                self.everybody = if expired {
                    self.everybody
                } else {
                    self.everybody.max(Some(at))
                };
            }
        }
        // Credentials may have been issued for the second after an earlier revocation: those are void now too.
        let void = self.seats.get(&seat).map_or(now, |earlier| now.max(earlier + 1));
        if let Some(earlier) = self.seats.insert(seat, void) {
            self.order.remove(&(earlier, seat));
        }
        self.order.insert((void, seat));
    }
}

/// What a user name says.
#[derive(Debug)]
pub(crate) struct Name<'a> {
    /// In seconds since the Unix epoch.
    expires: u64,
    pub(crate) seat: &'a str,
    pub(crate) is_prober: bool,
}

/// Reads a user name.
pub(crate) fn parse(username: &str) -> Option<Name<'_>> {
    let (expires, name) = username.split_once(':')?;
    let digits = !expires.is_empty() && expires.bytes().all(|byte| byte.is_ascii_digit());
    let expires = digits.then(|| expires.parse().ok()).flatten()?;
    let probing = name.strip_prefix(PROBER);
    Some(Name {
        expires,
        seat: probing.unwrap_or(name),
        is_prober: probing.is_some(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const HOUR: Duration = Duration::from_secs(3600);
    const NOW: Duration = Duration::from_secs(1_800_000_000);
    const SECOND: Duration = Duration::from_secs(1);

    fn credentials() -> Credentials {
        Credentials::new(b"a secret of the server", HOUR)
    }

    #[test]
    fn the_name_says_when_it_expires_and_the_password_is_that_of_the_rest_scheme() {
        // echo -n 1800003600:seat | openssl dgst -sha1 -hmac 'a secret of the server' -binary | base64
        let issued = credentials().issue("seat", NOW).expect("a good name");
        assert_eq!(issued.username, "1800003600:seat");
        assert_eq!(issued.password, "BmQk5eB/5gYPJA+p1RP79M1pZnE=");
        assert!(!format!("{issued:?}").contains("seat"), "nothing personal in logs");
    }

    #[test]
    fn a_credential_is_good_until_it_expires() {
        let credentials = credentials();
        let name = credentials.issue("seat", NOW).expect("a good name").username;
        assert!(credentials.admits(&name, NOW));
        assert!(credentials.admits(&name, NOW + HOUR - SECOND));
        assert!(!credentials.admits(&name, NOW + HOUR));
    }

    #[test]
    fn names_that_were_never_issued_are_refused() {
        for name in [
            "",
            ":",
            "seat",
            ":seat",
            "x:seat",
            "+1800003600:seat",
            "99999999999999999999999:seat",
            "1:seat",
        ] {
            assert!(!credentials().admits(name, NOW), "{name}");
        }
    }

    #[test]
    fn a_revoked_seat_is_out_until_it_gets_new_credentials() {
        let credentials = credentials();
        let old = credentials.issue("seat", NOW).expect("a good name").username;
        let other = credentials.issue("other", NOW).expect("a good name").username;
        credentials.revoke("seat", NOW);
        assert!(!credentials.admits(&old, NOW));
        assert!(credentials.admits(&other, NOW));
        let new = credentials.issue("seat", NOW).expect("a good name").username;
        assert_ne!(new, old, "in the same second too");
        assert!(credentials.admits(&new, NOW));
        assert!(!credentials.admits(&old, NOW + SECOND));
        credentials.revoke("seat", NOW);
        assert!(
            !credentials.admits(&new, NOW),
            "those can be revoked in the same second too"
        );
    }

    #[test]
    fn a_seat_has_as_many_credentials_as_were_issued_and_is_out_with_all_of_them() {
        let credentials = credentials();
        let issue = |now| credentials.issue("seat", now).expect("a good name").username;
        let first = issue(NOW);
        let half = NOW + HOUR / 2;
        let second = issue(half);
        for name in [&first, &second] {
            assert!(credentials.admits(name, half));
        }
        assert!(!credentials.admits(&first, NOW + HOUR), "each lapses by itself");
        assert!(credentials.admits(&second, NOW + HOUR));
        let third = issue(NOW + HOUR);
        credentials.revoke("seat", NOW + HOUR);
        for now in [
            NOW + HOUR,
            NOW + HOUR + SECOND,
            half + HOUR - SECOND,
            NOW + 2 * HOUR - SECOND,
        ] {
            for name in [&first, &second, &third] {
                assert!(!credentials.admits(name, now), "{name} at {now:?}");
            }
        }
    }

    #[test]
    fn a_revocation_is_forgotten_when_there_is_nothing_left_to_revoke() {
        let credentials = credentials();
        credentials.revoke("seat", NOW);
        credentials.revoke("other", NOW + HOUR + 2 * SECOND);
        let revoked = credentials.revoked();
        assert_eq!(
            revoked.seats.keys().copied().collect::<Vec<_>>(),
            [credentials.key("other")]
        );
        assert_eq!(revoked.order.len(), 1);
        assert_eq!(revoked.everybody, None);
    }

    #[test]
    fn too_many_revocations_void_old_credentials_rather_than_revive_revoked_ones() {
        let credentials = credentials();
        let first = credentials.issue("seat-0", NOW).expect("a good name").username;
        let bystander = credentials.issue("bystander", NOW).expect("a good name").username;
        let later = credentials
            .issue("bystander", NOW + SECOND)
            .expect("a good name")
            .username;
        for n in 0..=MAX_REVOKED {
            credentials.revoke(&format!("seat-{n}"), NOW);
        }
        assert_eq!(credentials.revoked().seats.len(), MAX_REVOKED);
        assert!(!credentials.admits(&first, NOW), "forgotten, but not revived");
        assert!(!credentials.admits(&bystander, NOW));
        assert!(credentials.admits(&later, NOW + SECOND));
    }

    #[test]
    fn names_that_are_no_names_are_refused() {
        for seat in ["", "a b", "a\n", "é", "probe:a", &"x".repeat(MAX_SEAT + 1)] {
            assert_eq!(credentials().issue(seat, NOW), Err(BadSeat), "{seat}");
            assert_eq!(credentials().issue_probe(seat, NOW), Err(BadSeat), "{seat}");
        }
    }

    #[test]
    fn a_probers_name_says_so_and_is_revoked_like_a_seats() {
        let credentials = credentials();
        let name = credentials.issue_probe("lobby", NOW).expect("a good name").username;
        assert_eq!(name, "1800003600:probe:lobby");
        let said = parse(&name).expect("a name");
        assert!(said.is_prober && said.seat == "lobby");
        assert!(credentials.admits(&name, NOW));
        credentials.revoke("lobby", NOW);
        assert!(!credentials.admits(&name, NOW));
        let seat = credentials.issue("lobby", NOW).expect("a good name").username;
        assert!(!parse(&seat).expect("a name").is_prober);
    }
}
