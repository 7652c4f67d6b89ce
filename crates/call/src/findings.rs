//! What looking for candidates tells about the network, the own one and the other side's, and what follows from it.

use protocol::{Findings, RelayFinding};

use crate::{Cause, Whose};

/// How a relay answers, told from the code of an `icecandidateerror` (W3C WebRTC section 4.8.2; RFC 8656 section 19).
#[must_use]
pub fn relay_finding(code: u16) -> RelayFinding {
    match code {
        401 | 403 | 438 | 441 => RelayFinding::Refused,
        486 | 508 => RelayFinding::Full,
        _ => RelayFinding::Unreachable,
    }
}

/// What this side has found. What a try has found holds until the next one finds something.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Gathering {
    pub(crate) found: Findings,
    /// The newest try has found nothing yet.
    is_new: bool,
}

impl Gathering {
    /// A try begins. Over the relay alone nothing is learned of STUN, so that is kept.
    pub(crate) fn begin(&mut self) {
        self.is_new = true;
    }

    /// The browser has found a candidate, or (an empty text) will find no more.
    pub(crate) fn candidate(&mut self, candidate: &str, has_relay: bool) {
        // The standard library's search for a text is long, in a page's program.
        let is = |kind: &[u8; 6]| candidate.as_bytes().windows(6).any(|part| part == kind);
        if candidate.is_empty() {
            // Some browsers tell of no errors. A relay that works is told by its candidate before the end.
            if has_relay && (self.is_new || self.found.relay == RelayFinding::Unknown) {
                self.relay(RelayFinding::Unreachable);
            }
        } else if is(b" relay") {
            self.relay(RelayFinding::Reached);
        } else if is(b" srflx") {
            self.found.udp = true;
        }
    }

    /// A relay has answered, or has not. Of several the best counts.
    pub(crate) fn relay(&mut self, finding: RelayFinding) {
        let is_new = std::mem::take(&mut self.is_new);
        if is_new || finding > self.found.relay {
            self.found.relay = finding;
        }
    }
}

/// Why there is no way between two peers who have tried everything; `theirs` is there once they have told.
pub(crate) fn cause(ours: Findings, theirs: Option<Findings>) -> Cause {
    let theirs = theirs.unwrap_or_default();
    let is = |finding| (ours.relay == finding, theirs.relay == finding);
    match (
        is(RelayFinding::Full),
        is(RelayFinding::Refused),
        is(RelayFinding::Unreachable),
    ) {
        ((true, _) | (_, true), ..) => Cause::RelayFull,
        (_, (true, _), _) => Cause::RelayRefused(Whose::Ours),
        (_, (_, true), _) => Cause::RelayRefused(Whose::Theirs),
        (.., (true, true)) => Cause::RelayUnreachable,
        (.., (true, _)) => lone(ours, theirs, Whose::Ours),
        (.., (_, true)) => lone(theirs, ours, Whose::Theirs),
        _ => Cause::NoPath,
    }
}

/// One side alone does not reach the relay.
fn lone(this: Findings, other: Findings, whose: Whose) -> Cause {
    match (other.relay, this.udp) {
        (RelayFinding::Reached, false) => Cause::Blocked(whose),
        (RelayFinding::Reached, true) => Cause::NoPath,
        _ => Cause::RelayUnreachable,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use RelayFinding::{Full, Reached, Refused, Unknown, Unreachable};

    fn found(relay: RelayFinding, udp: bool) -> Findings {
        Findings { relay, udp }
    }

    #[test]
    fn a_cause_is_told_from_what_both_sides_have_found() {
        let table = [
            // Without a relay, and with one that both reach, the networks themselves are the cause.
            (found(Unknown, false), Some(found(Unknown, true)), Cause::NoPath),
            (found(Unknown, true), None, Cause::NoPath),
            (found(Reached, true), Some(found(Reached, true)), Cause::NoPath),
            (found(Reached, false), None, Cause::NoPath),
            // Nobody reaches it: it is the relay's own fault, or its port's.
            (
                found(Unreachable, false),
                Some(found(Unreachable, false)),
                Cause::RelayUnreachable,
            ),
            (
                found(Unreachable, true),
                Some(found(Unreachable, true)),
                Cause::RelayUnreachable,
            ),
            (found(Unreachable, false), None, Cause::RelayUnreachable),
            (
                found(Unknown, false),
                Some(found(Unreachable, false)),
                Cause::RelayUnreachable,
            ),
            // One reaches it, the other reaches nothing.
            (
                found(Unreachable, false),
                Some(found(Reached, false)),
                Cause::Blocked(Whose::Ours),
            ),
            (
                found(Reached, true),
                Some(found(Unreachable, false)),
                Cause::Blocked(Whose::Theirs),
            ),
            // One reaches it, the other has UDP at least: that should have been enough.
            (found(Unreachable, true), Some(found(Reached, false)), Cause::NoPath),
            // What the relay says itself comes first.
            (
                found(Refused, false),
                Some(found(Reached, true)),
                Cause::RelayRefused(Whose::Ours),
            ),
            (
                found(Unreachable, false),
                Some(found(Refused, false)),
                Cause::RelayRefused(Whose::Theirs),
            ),
            (
                found(Refused, false),
                Some(found(Refused, false)),
                Cause::RelayRefused(Whose::Ours),
            ),
            (found(Full, true), Some(found(Refused, true)), Cause::RelayFull),
            (found(Reached, true), Some(found(Full, true)), Cause::RelayFull),
        ];
        for (ours, theirs, expected) in table {
            assert_eq!(cause(ours, theirs), expected, "{ours:?} {theirs:?}");
        }
    }

    #[test]
    fn both_sides_say_the_same() {
        let all = [Unknown, Unreachable, Refused, Full, Reached];
        let all = all
            .into_iter()
            .flat_map(|relay| [found(relay, false), found(relay, true)]);
        let mirrored = |cause| match cause {
            Cause::Blocked(Whose::Ours) => Cause::Blocked(Whose::Theirs),
            Cause::Blocked(Whose::Theirs) => Cause::Blocked(Whose::Ours),
            Cause::RelayRefused(Whose::Theirs) => Cause::RelayRefused(Whose::Ours),
            Cause::RelayRefused(Whose::Ours) => Cause::RelayRefused(Whose::Theirs),
            same => same,
        };
        for ada in all.clone() {
            for bo in all.clone() {
                let both_refused = (ada.relay, bo.relay) == (Refused, Refused);
                let (one, other) = (cause(ada, Some(bo)), cause(bo, Some(ada)));
                assert!(
                    both_refused || mirrored(one) == other,
                    "{ada:?} {bo:?}: {one:?} {other:?}"
                );
            }
        }
    }

    #[test]
    fn a_relay_is_judged_by_the_best_of_its_answers() {
        let mut gathering = Gathering::default();
        gathering.begin();
        gathering.relay(relay_finding(701));
        assert_eq!(gathering.found.relay, Unreachable);
        gathering.relay(relay_finding(486));
        gathering.relay(relay_finding(401));
        assert_eq!(gathering.found.relay, Full);
        gathering.candidate(
            "candidate:1 1 udp 1 192.0.2.1 50000 typ relay raddr 0.0.0.0 rport 0",
            true,
        );
        gathering.relay(relay_finding(701));
        gathering.candidate("", true);
        assert_eq!(gathering.found, found(Reached, false));
    }

    #[test]
    fn what_a_try_has_found_holds_until_the_next_finds_something() {
        let mut gathering = Gathering::default();
        gathering.candidate(
            "candidate:1 1 udp 1 192.0.2.1 50000 typ srflx raddr 10.0.0.1 rport 1",
            true,
        );
        gathering.candidate(
            "candidate:1 1 udp 1 192.0.2.1 50000 typ relay raddr 0.0.0.0 rport 0",
            true,
        );
        gathering.begin();
        assert_eq!(gathering.found, found(Reached, true));
        gathering.candidate("candidate:1 1 udp 1 10.0.0.1 50000 typ host", true);
        assert_eq!(gathering.found, found(Reached, true));
        gathering.candidate("", true);
        assert_eq!(
            gathering.found,
            found(Unreachable, true),
            "STUN is not asked over the relay alone"
        );
    }

    #[test]
    fn without_a_relay_nothing_is_said_of_one() {
        let mut gathering = Gathering::default();
        gathering.begin();
        gathering.candidate("", false);
        assert_eq!(gathering.found.relay, Unknown);
    }

    #[test]
    fn a_relay_says_in_numbers_what_is_wrong() {
        for (code, finding) in [
            (401, Refused),
            (438, Refused),
            (486, Full),
            (508, Full),
            (701, Unreachable),
            (300, Unreachable),
        ] {
            assert_eq!(relay_finding(code), finding, "{code}");
        }
    }
}
