//! `clock`: whether the clock is right, because certificates begin and end at times. Nobody is asked who is not asked anyway.

use std::time::UNIX_EPOCH;

use http::HeaderMap;
use http::header::DATE;

use super::now;
use crate::finding::Finding;
use crate::subject::Subject;

const CHECK: &str = "clock";

/// Further off, in seconds, than clocks that are kept by NTP ever are.
const OFF: u64 = 60;

const REMEDY: &str = "Let the machine keep its clock by NTP (timedatectl set-ntp true)";

/// What is known about the time, in seconds since 1970.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Facts {
    /// By this machine.
    now: u64,
    /// When this program was made: it cannot be earlier now. `None` where that is not known.
    built: Option<u64>,
    /// By the server's machine, where that is another one.
    theirs: Option<u64>,
}

/// `theirs`: the headers of an answer that the server gave a moment ago from another machine.
pub(crate) fn facts(subject: &Subject, theirs: Option<&HeaderMap>) -> Facts {
    Facts {
        now: now(),
        built: subject.built,
        theirs: theirs.and_then(date),
    }
}

/// The time of an answer (RFC 9110 section 6.6.1).
fn date(headers: &HeaderMap) -> Option<u64> {
    let date = httpdate::parse_http_date(headers.get(DATE)?.to_str().ok()?).ok()?;
    Some(date.duration_since(UNIX_EPOCH).ok()?.as_secs())
}

pub(crate) fn judge(facts: Facts) -> Finding {
    let Facts { now, built, theirs } = facts;
    match theirs {
        _ if built.is_some_and(|built| built > now) => {
            let sentence = "by the clock of this machine, this program is not made yet";
            Finding::failure(CHECK, sentence, REMEDY)
        }
        Some(theirs) if now.abs_diff(theirs) > OFF => {
            let way = if theirs < now { "behind" } else { "ahead of" };
            let sentence = format!(
                "the server's clock is {} seconds {way} that of this machine",
                now.abs_diff(theirs)
            );
            Finding::failure(
                CHECK,
                sentence,
                format!("{REMEDY}, the server's or this one, whichever is wrong"),
            )
        }
        Some(_) => Finding::ok(CHECK, "the server's clock agrees with that of this machine"),
        None => Finding::ok(CHECK, "nothing is known against this machine's; nobody was asked"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::finding::Verdict::{Failure, Ok as Fine};

    #[test]
    fn a_clock_is_compared_with_what_is_known() {
        let now = 1_800_000_000;
        for (built, theirs, verdict, part) in [
            (None, None, Fine, "nobody was asked"),
            (Some(now + 1), Some(now), Failure, "not made yet"),
            (Some(now), Some(now - 2), Fine, "agrees"),
            (None, Some(now - 61), Failure, "61 seconds behind"),
            (None, Some(now + 61), Failure, "61 seconds ahead of"),
        ] {
            judge(Facts { now, built, theirs }).assert(verdict, part);
        }
        let headers = HeaderMap::from_iter([(DATE, "Thu, 01 Jan 1970 00:01:00 GMT".parse().expect("text"))]);
        assert_eq!(date(&headers), Some(60));
    }
}
