//! Whether the machine's clock is right: certificates and the relay's credentials end at times.

use std::time::Duration;

use crate::doctor::finding::Finding;

const CHECK: &str = "clock";

/// Further off than a clock that is kept by NTP ever is.
const OFF: Duration = Duration::from_secs(30);

/// So far off that certificate authorities and relays refuse what is signed.
const WRONG: Duration = Duration::from_secs(300);

const REMEDY: &str = "Let the machine keep its clock by NTP (timedatectl set-ntp true)";

/// What is known about the time, in seconds since 1970.
#[derive(Clone, Debug)]
pub(in crate::doctor) struct Facts {
    /// By this machine.
    pub(in crate::doctor) now: u64,
    /// When this program was made: it cannot be earlier now. `None` where that is not known.
    pub(in crate::doctor) built: Option<u64>,
    /// What the certificate authority says, where it was asked; else why there is no answer.
    pub(in crate::doctor) authority: Option<Result<u64, String>>,
}

pub(in crate::doctor) fn judge(facts: &Facts) -> Finding {
    let days = |seconds: u64| seconds / 86_400;
    match (&facts.authority, facts.built) {
        (_, Some(built)) if built > facts.now => Finding::failure(
            CHECK,
            format!(
                "by the clock of this machine, this program will be made in {} days",
                days(built - facts.now) + 1
            ),
            REMEDY,
        ),
        (Some(Ok(theirs)), _) => compared(facts.now, *theirs),
        (Some(Err(why)), _) => Finding::warning(
            CHECK,
            format!("the certificate authority, by which the clock would be checked, does not answer: {why}"),
            "Let this machine reach it over HTTPS (TCP to port 443): without it there will be no certificate",
        ),
        (None, Some(_)) => Finding::ok(
            CHECK,
            "it is later than when this program was made; nothing else was asked",
        ),
        (None, None) => Finding::ok(CHECK, "nothing was asked that knows the time"),
    }
}

fn compared(now: u64, theirs: u64) -> Finding {
    let difference = Duration::from_secs(now.abs_diff(theirs));
    let way = if now < theirs { "behind" } else { "ahead of" };
    let sentence = format!(
        "the clock is {} seconds {way} that of the certificate authority",
        difference.as_secs()
    );
    if difference > WRONG {
        Finding::failure(CHECK, sentence, REMEDY)
    } else if difference > OFF {
        Finding::warning(CHECK, sentence, REMEDY)
    } else {
        Finding::ok(CHECK, "it agrees with that of the certificate authority")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::doctor::finding::Verdict::{Failure, Ok as Fine, Warning};

    const NOW: u64 = 1_800_000_000;

    #[test]
    fn a_clock_is_compared_with_whoever_was_asked() {
        for (built, authority, verdict, part) in [
            (None, None, Fine, "nothing was asked"),
            (Some(NOW - 1), None, Fine, "later than when"),
            (Some(NOW + 86_400), None, Failure, "in 2 days"),
            (Some(NOW + 1), Some(Ok(NOW)), Failure, "in 1 days"),
            (Some(NOW), Some(Ok(NOW - 2)), Fine, "agrees"),
            (None, Some(Ok(NOW + 31)), Warning, "31 seconds behind"),
            (None, Some(Ok(NOW - 301)), Failure, "301 seconds ahead of"),
            (None, Some(Err("no route".to_owned())), Warning, "no route"),
        ] {
            let now = NOW;
            let finding = judge(&Facts { now, built, authority });
            assert_eq!(finding.verdict, verdict, "{finding}");
            assert!(finding.to_string().contains(part), "{finding}");
        }
    }
}
