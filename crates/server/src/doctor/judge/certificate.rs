//! Whether browsers believe the server's certificate, and for how long.

use crate::doctor::finding::Finding;

const CHECK: &str = "certificate";

const DAY: u64 = 86_400;

/// Certificates that renew themselves do so with a third of their time left. With fewer days something keeps them from it.
const STUCK: u64 = 10;

/// Enough to renew a file by hand.
const SOON: u64 = 14;

/// What the server showed. Times are seconds since 1970.
#[derive(Clone, Debug)]
pub(in crate::doctor) struct Facts {
    /// The name that was asked for.
    pub(in crate::doctor) name: String,
    /// The names that are in it, and whether the one asked for is among them.
    pub(in crate::doctor) names: Vec<String>,
    pub(in crate::doctor) fits: bool,
    pub(in crate::doctor) now: u64,
    pub(in crate::doctor) starts: u64,
    pub(in crate::doctor) ends: u64,
    /// Whether it rests on nobody but itself.
    pub(in crate::doctor) self_signed: bool,
    /// Whether a browser would believe its issuer; else why not.
    pub(in crate::doctor) trusted: Result<(), String>,
    /// SHA-256 over all of it, in hexadecimal.
    pub(in crate::doctor) fingerprint: String,
    /// Whether the server gets it by itself, and then from an authority of the operator's own.
    pub(in crate::doctor) automatic: bool,
    pub(in crate::doctor) private: bool,
}

/// The server was started for the checks, and shows something that it made for them.
pub(in crate::doctor) fn passing(automatic: bool) -> Finding {
    let sentence = match automatic {
        true => "the server gets one when it runs; the one that was started for this asks nobody for it",
        false => "the server makes one when it runs; the one that was started for this keeps none",
    };
    Finding::ok(CHECK, sentence)
}

/// `Err` where no handshake came about.
pub(in crate::doctor) fn judge(facts: &Result<Facts, String>) -> Finding {
    let facts = match facts {
        Ok(facts) => facts,
        Err(why) => {
            return Finding::failure(
                CHECK,
                format!("no certificate is shown: {why}"),
                "See what the server's log says, and whether something else has that port",
            );
        }
    };
    let Facts { name, now, ends, .. } = facts;
    let renew = match facts.automatic {
        true => {
            "See in the server's log why it gets no new one; the certificate authority must reach this machine on port 443"
        }
        false => "Get a new one, and put it where the old one is",
    };
    if !facts.fits {
        let names = match facts.names.is_empty() {
            true => "no name at all".to_owned(),
            false => facts.names.join(", "),
        };
        return Finding::failure(
            CHECK,
            format!("it is for {names}, and not for {name}: browsers refuse it"),
            format!("Get one for {name}, or name the address that it is for with --public-url"),
        );
    }
    if *now < facts.starts {
        return Finding::failure(
            CHECK,
            format!("the one for {name} is valid only in {}", days(facts.starts - now)),
            "See whether the clock of this machine is right; else wait, or get another one",
        );
    }
    if now >= ends {
        return Finding::failure(
            CHECK,
            format!("the one for {name} ended {} ago", days(now - ends)),
            renew,
        );
    }
    let left = days(ends - now);
    if facts.self_signed {
        let sentence = format!(
            "the one for {name} is signed by nobody else and valid for {left}; its SHA-256 fingerprint is {}",
            facts.fingerprint
        );
        return match facts.automatic {
            true => Finding::failure(
                CHECK,
                format!("the server has none yet from a certificate authority: {sentence}"),
                renew,
            ),
            false => Finding::warning(
                CHECK,
                sentence,
                "Each browser asks whether to go on: compare the fingerprint there, or start the server with --domain",
            ),
        };
    }
    if let Err(why) = &facts.trusted {
        let sentence = format!("browsers do not believe the issuer of the one for {name}: {why}");
        return match facts.automatic && !facts.private {
            true => Finding::failure(
                CHECK,
                sentence,
                "Use another --acme-directory: the certificates of this one are for tests",
            ),
            false => Finding::warning(
                CHECK,
                sentence,
                "Put the certificates between it and its root into the same file, after it; a certificate authority of one's own \
                 must be known to each browser",
            ),
        };
    }
    let least = if facts.automatic { STUCK } else { SOON };
    let sentence = format!("the one for {name} is believed by browsers and valid for {left}");
    match (ends - now) / DAY < least && is_long(facts) {
        true => Finding::warning(CHECK, sentence, renew),
        false => Finding::ok(CHECK, sentence),
    }
}

/// Whether it was made for longer than the time at which it would be warned of: some last for a week altogether.
fn is_long(facts: &Facts) -> bool {
    facts.ends - facts.starts > 3 * SOON * DAY || facts.ends - facts.now < (facts.ends - facts.starts) / 4
}

fn days(seconds: u64) -> String {
    match seconds / DAY {
        0 => format!("{} hours", seconds / 3600),
        1 => "1 day".to_owned(),
        days => format!("{days} days"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::doctor::finding::Verdict::{Failure, Ok as Fine, Warning};

    const NOW: u64 = 1_800_000_000;

    /// One from a certificate authority, for 90 days, a third of which is over.
    fn good() -> Facts {
        Facts {
            name: "calls.example.org".into(),
            names: vec!["calls.example.org".into()],
            fits: true,
            now: NOW,
            starts: NOW - 30 * DAY,
            ends: NOW + 60 * DAY,
            self_signed: false,
            trusted: Ok(()),
            fingerprint: "ab:cd".into(),
            automatic: false,
            private: false,
        }
    }

    #[test]
    fn a_certificate_is_for_the_name_believed_and_not_over() {
        let unknown = || Err("UnknownIssuer".to_owned());
        let other = || vec!["other.example.org".to_owned()];
        #[rustfmt::skip]
        let table = [
            (good(), Fine, "valid for 60 days"),
            (Facts { automatic: true, ..good() }, Fine, "valid for 60 days"),
            (Facts { fits: false, names: other(), ..good() }, Failure, "for other.example.org, and not for calls.example.org"),
            (Facts { fits: false, names: Vec::new(), ..good() }, Failure, "no name at all"),
            (Facts { starts: NOW + 2 * DAY, ..good() }, Failure, "clock"),
            (Facts { ends: NOW - DAY, ..good() }, Failure, "ended 1 day ago"),
            (Facts { ends: NOW, ..good() }, Failure, "ended 0 hours ago"),
            (Facts { ends: NOW + 13 * DAY, ..good() }, Warning, "Get a new one"),
            (Facts { ends: NOW + 13 * DAY, automatic: true, ..good() }, Fine, "13 days"),
            (Facts { ends: NOW + 9 * DAY, automatic: true, ..good() }, Warning, "no new one"),
            (Facts { starts: NOW - DAY, ends: NOW + 5 * DAY, automatic: true, ..good() }, Fine, "5 days"),
            (Facts { starts: NOW - 6 * DAY, ends: NOW + DAY, automatic: true, ..good() }, Warning, "1 day"),
            (Facts { self_signed: true, trusted: unknown(), ..good() }, Warning, "ab:cd"),
            (Facts { self_signed: true, trusted: unknown(), automatic: true, ..good() }, Failure, "none yet"),
            (Facts { trusted: unknown(), ..good() }, Warning, "Put the certificates between"),
            (Facts { trusted: unknown(), automatic: true, ..good() }, Failure, "--acme-directory"),
            (Facts { trusted: unknown(), automatic: true, private: true, ..good() }, Warning, "one's own"),
        ];
        for (facts, verdict, part) in table {
            let finding = judge(&Ok(facts));
            assert_eq!(finding.verdict, verdict, "{finding}");
            assert!(finding.to_string().contains(part), "{finding}");
        }
    }

    #[test]
    fn without_a_handshake_there_is_none() {
        assert_eq!(judge(&Err("no answer in time".into())).verdict, Failure);
    }
}
