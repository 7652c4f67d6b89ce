//! When a seat is given newer ICE servers. Pure.

use std::time::Duration;

use protocol::PeerId;

/// No seat is given any more often than this, whatever the lifetime.
const LEAST: Duration = Duration::from_secs(1);

/// How long after some were made for it a seat is given newer ones, where they are good for `lifetime`: about half of that, so
/// that the older ones are still good while the newer ones are on their way.
///
/// Seats that begin together, as after a restart of the server, do not renew together: each has its own moment in the eighth
/// of the lifetime before its half. The moment comes from the id, which is random.
pub(crate) fn after(lifetime: Duration, peer: PeerId) -> Duration {
    let [.., high, low] = peer.into_bytes();
    let place = u32::from(u16::from_be_bytes([high, low]));
    let early = lifetime / 8 / (u32::from(u16::MAX) + 1) * place;
    (lifetime / 2).saturating_sub(early).max(LEAST)
}

#[cfg(test)]
mod tests {
    use super::*;

    const DAY: Duration = Duration::from_secs(24 * 60 * 60);

    /// Ids of which each is as likely as any other.
    fn ids(count: u32) -> impl Iterator<Item = PeerId> {
        let mut rng = fastrand::Rng::with_seed(7);
        (0..count).map(move |_| {
            let mut bytes = [0; 16];
            rng.fill(&mut bytes);
            PeerId::from_random_bytes(bytes)
        })
    }

    #[test]
    fn newer_ones_come_before_half_of_the_lifetime_is_over_and_not_much_before() {
        for peer in ids(1_000) {
            let after = after(DAY, peer);
            assert!(after > DAY * 3 / 8 && after <= DAY / 2, "{after:?}");
        }
        assert_eq!(after(DAY, PeerId::from_bytes([0; 16])), DAY / 2);
    }

    #[test]
    fn ten_thousand_seats_that_began_together_renew_over_hours() {
        // Of the three hours of a day's eighth, in minutes.
        let mut minutes = [0_u32; 180];
        for peer in ids(10_000) {
            let before_half = (DAY / 2 - after(DAY, peer)).as_secs() / 60;
            minutes[before_half as usize] += 1;
        }
        let (least, most) = (minutes.iter().min(), minutes.iter().max());
        assert!(
            least > Some(&20) && most < Some(&110),
            "{least:?} to {most:?} in a minute"
        );
    }

    #[test]
    fn whatever_the_lifetime_nobody_is_given_any_all_the_time_and_nothing_overflows() {
        for lifetime in [Duration::ZERO, Duration::from_nanos(1), LEAST, Duration::MAX] {
            for peer in ids(10) {
                assert!(after(lifetime, peer) >= LEAST);
            }
        }
    }
}
