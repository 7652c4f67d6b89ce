//! What is wrong with a network, told before the call from how the relays answer.

use protocol::RelayFinding;

use crate::relay_finding;

/// What the person should know before joining: nothing, if the relay answers over UDP.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Advice {
    /// The relay is reached, but not by UDP.
    NoUdp,
    /// The relay is not reached at all.
    NoRelay,
    /// The relay does not take the credentials that it has been given.
    RelayRefuses,
    /// The relay has no place for this page.
    RelayFull,
}

/// How a relay answers a trial in the lobby, told from the code of an `icecandidateerror`. A relay that says 486
/// (Allocation Quota Reached) is reached and knows the login: a page that has not joined may have a few allocations only, and a seat
/// has places of its own.
#[must_use]
pub fn trial_finding(code: u16) -> RelayFinding {
    match code {
        486 => RelayFinding::Reached,
        code => relay_finding(code),
    }
}

/// What follows from how each relay's address (RFC 7065) answers. `Unknown` is one that has not answered in time.
#[must_use]
pub fn advise<'a>(found: impl Iterator<Item = (&'a str, RelayFinding)>) -> Option<Advice> {
    let (mut best, mut best_by_udp) = (None, None);
    for (url, finding) in found {
        best = best.max(Some(finding));
        // Everything that is not said to be TCP is UDP.
        if url.starts_with("turn:") && !url.ends_with("=tcp") {
            best_by_udp = best_by_udp.max(Some(finding));
        }
    }
    match (best?, best_by_udp) {
        (RelayFinding::Reached, None | Some(RelayFinding::Reached)) => None,
        (RelayFinding::Reached, _) => Some(Advice::NoUdp),
        (RelayFinding::Full, _) => Some(Advice::RelayFull),
        (RelayFinding::Refused, _) => Some(Advice::RelayRefuses),
        (RelayFinding::Unreachable | RelayFinding::Unknown | RelayFinding::Other(_), _) => Some(Advice::NoRelay),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use RelayFinding::{Full, Reached, Refused, Unknown, Unreachable};

    const UDP: &str = "turn:192.0.2.1:3478?transport=udp";
    const TCP: &str = "turn:192.0.2.1:3478?transport=tcp";
    const TLS: &str = "turns:example.org:443?transport=tcp";

    #[test]
    fn a_trial_past_the_quota_has_reached_the_relay() {
        for (code, finding) in [(486, Reached), (508, Full), (401, Refused), (701, Unreachable)] {
            assert_eq!(trial_finding(code), finding, "{code}");
        }
    }

    #[test]
    fn advice_is_given_only_where_something_is_wrong() {
        type Found = [(&'static str, RelayFinding)];
        let table: [(&Found, Option<Advice>); 12] = [
            (&[], None),
            (&[(UDP, Reached), (TCP, Reached), (TLS, Reached)], None),
            // UDP is enough.
            (&[(UDP, Reached), (TCP, Unreachable), (TLS, Unknown)], None),
            // One address of several is enough.
            (&[(UDP, Unreachable), ("turn:[2001:db8::1]:3478", Reached)], None),
            (
                &[(UDP, Unreachable), (TCP, Reached), (TLS, Reached)],
                Some(Advice::NoUdp),
            ),
            (
                &[(UDP, Unknown), (TCP, Unreachable), (TLS, Reached)],
                Some(Advice::NoUdp),
            ),
            (&[(UDP, Full), (TCP, Reached)], Some(Advice::NoUdp)),
            (&[(UDP, Unreachable), (TCP, Unreachable)], Some(Advice::NoRelay)),
            (&[(UDP, Unknown)], Some(Advice::NoRelay)),
            (&[(UDP, Refused), (TCP, Unreachable)], Some(Advice::RelayRefuses)),
            (&[(UDP, Full), (TCP, Refused)], Some(Advice::RelayFull)),
            // Where only TLS is offered, UDP is not missed.
            (&[(TLS, Reached)], None),
        ];
        for (found, expected) in table {
            assert_eq!(advise(found.iter().copied()), expected, "{found:?}");
        }
    }
}
