//! `page`, `signaling`, `public-url`: whether people get the page and a seat, and where the address that they open leads.

use std::time::{Duration, Instant};

use http::HeaderMap;

use super::span;
use crate::door::Door;
use crate::finding::Finding;
use crate::seat::{self, NoSeat, Seat};

/// A status and after how long it came, else why there is none.
pub(crate) type Health = Result<(u16, Duration), String>;

/// What came back for `/healthz`, and with which headers.
pub(crate) async fn health(door: &Door, patience: Duration) -> (Health, HeaderMap) {
    let start = Instant::now();
    match door.get("/healthz", patience).await {
        Ok(answer) => {
            let health = (answer.status().as_u16(), start.elapsed());
            (Ok(health), answer.into_parts().0.headers)
        }
        Err(why) => (Err(why.to_string()), HeaderMap::new()),
    }
}

pub(crate) fn judge_health(health: &Health) -> Finding {
    const CHECK: &str = "page";
    match health {
        Ok((200, time)) => Finding::ok(CHECK, format!("the server is well and answered in {}", span(*time))),
        Ok((503, _)) => Finding::failure(
            CHECK,
            "the server is shutting down, and takes nobody in",
            "Start it again, or wait for its supervisor to do so",
        ),
        // Whether people get in is said by what is asked next.
        Ok((status, _)) => Finding::warning(
            CHECK,
            format!("/healthz is answered with {status}, so it does not tell whether the server is well"),
            "Leave it so if it is hidden on purpose; else let the proxy in front pass every path on unchanged",
        ),
        Err(why) => Finding::failure(
            CHECK,
            format!("the page does not answer: {why}"),
            "See what the server's log says, and whether a firewall or a proxy is in between",
        ),
    }
}

pub(crate) fn judge_seat(seat: Result<&Seat, &NoSeat>) -> Finding {
    const CHECK: &str = "signaling";
    match seat {
        Ok(seat) => Finding::ok(CHECK, format!("a seat in a room was there after {}", span(seat.after))),
        Err(NoSeat::Refused(403)) => Finding::failure(
            CHECK,
            "the socket is refused: pages of the address that people open are not known to the server",
            "Start it with --public-url and the address that people see, and let the proxy keep the Host header",
        ),
        Err(NoSeat::Refused(status @ (400 | 404 | 426))) => Finding::failure(
            CHECK,
            format!("the socket is refused with {status}: something in between does not pass WebSockets on"),
            "Let the proxy speak HTTP/1.1 to the server and keep the headers Upgrade, Connection and Sec-WebSocket-Protocol",
        ),
        Err(why) => Finding::failure(
            CHECK,
            format!("no seat is given: {}", why.to_string().trim_end_matches('.')),
            "See what the log of the server, or of the proxy in front, says; a proxy must let sockets stay open",
        ),
    }
}

/// Where the address that people open leads to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Leads {
    /// To the server that is checked.
    Here,
    /// To another server.
    Elsewhere,
    /// Nowhere, and why; and whether this machine has its address, so that nothing is in between.
    Nowhere { why: String, ours: bool },
}

/// Whether the public address leads to the server where somebody sits in this room, which no other server has.
pub(crate) async fn leads(public: &Door, origin: &str, room: &str, patience: Duration) -> Leads {
    let why = match seat::occupancy(public, origin, room, patience).await {
        Ok(0) | Err(NoSeat::Denied { .. }) => return Leads::Elsewhere,
        Ok(_) => return Leads::Here,
        Err(why) => why.to_string(),
    };
    let ours = public.is_here(patience).await;
    Leads::Nowhere { why, ours }
}

/// A warning where it cannot be told: not every network leads a machine to its own public address (RFC 4787, section 6).
pub(crate) fn judge_leads(url: &str, leads: &Leads) -> Finding {
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
                "{url} is not reached from this machine: {why}. Many a NAT or proxy leads nobody back who is behind it"
            ),
            "Open it from another network. Where it fails there, too, look at DNS, at the firewall, and at what the NAT or the \
             proxy passes on; where it works there, all is well",
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::finding::Verdict::{Failure, Ok as Fine, Warning};

    #[test]
    fn the_page_is_well_when_it_says_so() {
        for (health, verdict, part) in [
            (Ok((200, Duration::from_micros(420))), Fine, "in 0.4 ms"),
            (Ok((200, Duration::from_micros(12_345))), Fine, "in 12 ms"),
            (Ok((503, Duration::ZERO)), Failure, "shutting down"),
            (Ok((404, Duration::ZERO)), Warning, "hidden on purpose"),
            (Err("refused".to_owned()), Failure, "refused"),
        ] {
            judge_health(&health).assert(verdict, part);
        }
    }

    #[test]
    fn a_seat_that_is_not_given_has_a_cause_and_a_remedy() {
        let denied = NoSeat::Denied {
            code: "too-many-rooms".to_owned(),
            sentence: "There are too many.".to_owned(),
        };
        for (why, part) in [
            (NoSeat::Refused(403), "--public-url"),
            (NoSeat::Refused(400), "Upgrade"),
            (NoSeat::Refused(426), "HTTP/1.1"),
            (NoSeat::Refused(502), "refused with 502"),
            (denied, "too-many-rooms: There are too many. See"),
            (NoSeat::Lost("no answer in time".to_owned()), "no answer in time"),
        ] {
            judge_seat(Err(&why)).assert(Failure, part);
        }
    }

    #[test]
    fn an_address_that_leads_to_somebody_else_is_a_failure_and_one_that_cannot_be_tried_is_not() {
        let nowhere = |ours| Leads::Nowhere {
            why: "no answer".to_owned(),
            ours,
        };
        for (leads, verdict, part) in [
            (Leads::Here, Fine, "leads to this server"),
            (Leads::Elsewhere, Failure, "another server"),
            (nowhere(true), Failure, "listen on that port"),
            (nowhere(false), Warning, "another network"),
        ] {
            judge_leads("https://calls.example.org", &leads).assert(verdict, part);
        }
    }
}
