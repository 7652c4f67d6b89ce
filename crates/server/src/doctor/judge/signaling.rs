//! Whether people get the page and a seat.

use std::time::Duration;

use super::span;
use crate::doctor::finding::Finding;

/// Longer than anybody likes to wait for the lobby.
const SLOW: Duration = Duration::from_secs(1);

/// What came back for `/healthz`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::doctor) enum Health {
    /// A status, after so long.
    Answered(u16, Duration),
    /// No answer, and why.
    None(String),
}

pub(in crate::doctor) fn health(health: &Health) -> Finding {
    const CHECK: &str = "page";
    match health {
        Health::Answered(200, time) if *time > SLOW => Finding::warning(
            CHECK,
            format!("the server is well, but took {} to say so", span(*time)),
            "See whether the machine is busy, or the path to it is",
        ),
        Health::Answered(200, time) => {
            Finding::ok(CHECK, format!("the server is well and answered in {}", span(*time)))
        }
        Health::Answered(503, _) => Finding::failure(
            CHECK,
            "the server is shutting down, and takes nobody in",
            "Start it again, or wait for its supervisor to do so",
        ),
        // Many operators hide it. Whether people get in is said by what is asked next.
        Health::Answered(status @ (401 | 403 | 404 | 405), _) => Finding::warning(
            CHECK,
            format!("/healthz is answered with {status}, so it does not tell whether the server is well"),
            "Leave it so if it is hidden on purpose; else let the proxy in front pass every path on unchanged",
        ),
        Health::Answered(status, _) => Finding::failure(
            CHECK,
            format!("/healthz is answered with {status}"),
            "Let the proxy in front pass every path on unchanged",
        ),
        Health::None(why) => Finding::failure(
            CHECK,
            format!("the page does not answer: {why}"),
            "See what the server's log says, and whether a firewall or a proxy is in between",
        ),
    }
}

/// How far a client got that wanted a seat.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::doctor) enum Seating {
    /// The socket opened, and the seat came, after so long each.
    Seated { opened: Duration, joined: Duration },
    /// The upgrade was answered with a status.
    Refused(u16),
    /// The server said why not: a code of the protocol and its sentence.
    Denied { code: String, sentence: String },
    /// The connection, or an answer, did not come.
    Lost(String),
}

pub(in crate::doctor) fn seating(seating: &Seating) -> Finding {
    const CHECK: &str = "signaling";
    match seating {
        Seating::Seated { opened, joined } if *opened + *joined > SLOW => Finding::warning(
            CHECK,
            format!(
                "the socket opened after {}, and a seat in a room came after {} more",
                span(*opened),
                span(*joined)
            ),
            "See whether the machine is busy, or the path to it is",
        ),
        Seating::Seated { opened, joined } => Finding::ok(
            CHECK,
            format!(
                "the socket opened after {}, and a seat in a room came after {} more",
                span(*opened),
                span(*joined)
            ),
        ),
        Seating::Refused(403) => Finding::failure(
            CHECK,
            "the socket is refused: pages of the address that people open are not known to the server",
            "Start it with --public-url and the address that people see, and let the proxy keep the Host header",
        ),
        Seating::Refused(status @ (400 | 404 | 426)) => Finding::failure(
            CHECK,
            format!("the socket is refused with {status}: something in between does not pass WebSockets on"),
            "Let the proxy speak HTTP/1.1 to the server and keep the headers Upgrade, Connection and Sec-WebSocket-Protocol",
        ),
        Seating::Refused(status) => Finding::failure(
            CHECK,
            format!("the socket is refused with {status}"),
            "See what the log of the server, or of the proxy in front, says",
        ),
        Seating::Denied { code, sentence } => Finding::failure(
            CHECK,
            format!("no seat is given: {code}: {}", sentence.trim_end_matches('.')),
            "Raise --max-rooms where too many rooms are open; else see what the log says",
        ),
        Seating::Lost(why) => Finding::failure(
            CHECK,
            format!("no seat is given: {why}"),
            "See what the server's log says; a proxy in front must let sockets stay open",
        ),
    }
}

/// Where the address that people open leads to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::doctor) enum Leads {
    /// To the server that is checked.
    Here,
    /// To another server.
    Elsewhere,
    /// Nowhere, and why.
    Nowhere {
        why: String,
        /// Whether this machine has its address, so that nothing is in between.
        ours: bool,
    },
}

/// A warning where it cannot be told: not every network leads a machine to its own public address (RFC 4787, section 6).
pub(in crate::doctor) fn public(url: &str, leads: &Leads) -> Finding {
    const CHECK: &str = "public-url";
    match leads {
        Leads::Here => Finding::ok(CHECK, format!("{url} leads to this server")),
        Leads::Elsewhere => Finding::failure(
            CHECK,
            format!("{url} leads to another server than this one"),
            "Let its DNS records, or the proxy there, point to this machine",
        ),
        Leads::Nowhere { why, ours: true } => Finding::failure(
            CHECK,
            format!("{url} leads to this machine, and does not answer: {why}"),
            "Let the server, or the proxy in front of it, listen on that port; or name another with --public-url",
        ),
        Leads::Nowhere { why, ours: false } => Finding::warning(
            CHECK,
            format!(
                "{url} is not reached from this machine: {why}. That may be all right: its address belongs to a NAT or a proxy in \
                 front, and many of them lead nobody back who is behind them"
            ),
            "Open it from another network. Where it fails there, too, look at DNS, at the firewall, and at what the NAT or the \
             proxy passes on; where it works there, all is well",
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::doctor::finding::Verdict::{Failure, Ok, Warning};

    const FAST: Duration = Duration::from_millis(3);

    #[test]
    fn the_page_is_well_when_it_says_so_soon() {
        for (facts, verdict, part) in [
            (Health::Answered(200, FAST), Ok, "3.0 ms"),
            (Health::Answered(200, 2 * SLOW), Warning, "2000 ms"),
            (Health::Answered(503, FAST), Failure, "shutting down"),
            (Health::Answered(502, FAST), Failure, "502"),
            (Health::Answered(404, FAST), Warning, "hidden on purpose"),
            (Health::None("refused".into()), Failure, "refused"),
        ] {
            let finding = health(&facts);
            assert_eq!(finding.verdict, verdict, "{finding}");
            assert!(finding.to_string().contains(part), "{finding}");
        }
    }

    #[test]
    fn a_seat_that_is_not_given_has_a_cause_and_a_remedy() {
        let seated = |joined| Seating::Seated { opened: FAST, joined };
        for (facts, verdict, part) in [
            (seated(FAST), Ok, "a seat in a room"),
            (seated(SLOW), Warning, "busy"),
            (Seating::Refused(403), Failure, "--public-url"),
            (Seating::Refused(400), Failure, "Upgrade"),
            (Seating::Refused(426), Failure, "HTTP/1.1"),
            (Seating::Refused(502), Failure, "502"),
            (
                Seating::Denied {
                    code: "too-many-rooms".into(),
                    sentence: "There are too many.".into(),
                },
                Failure,
                "too-many-rooms: There are too many. Raise --max-rooms",
            ),
            (Seating::Lost("no answer in time".into()), Failure, "no answer in time"),
        ] {
            let finding = seating(&facts);
            assert_eq!(finding.verdict, verdict, "{finding}");
            assert!(finding.to_string().contains(part), "{finding}");
        }
    }

    #[test]
    fn an_address_that_leads_to_somebody_else_is_a_failure_and_one_that_cannot_be_tried_is_not() {
        let judged = |leads| public("https://calls.example.org", &leads).verdict;
        assert_eq!(judged(Leads::Here), Ok);
        assert_eq!(judged(Leads::Elsewhere), Failure);
        for (ours, verdict, part) in [
            (true, Failure, "listen on that port"),
            (false, Warning, "lead nobody back"),
        ] {
            let why = "no answer".to_owned();
            let finding = public("https://calls.example.org", &Leads::Nowhere { why, ours });
            assert_eq!(finding.verdict, verdict);
            assert!(finding.to_string().contains(part), "{finding}");
        }
    }
}
