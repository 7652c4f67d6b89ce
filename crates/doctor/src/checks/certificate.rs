//! `certificate`: whether browsers believe the server's certificate, and for how long.

use std::time::Duration;

use client::http::HttpError;
use client::tls::Shown;
use rustls::client::verify_server_name;
use rustls::pki_types::ServerName;
use rustls::server::ParsedCertificate;
use sha2::{Digest as _, Sha256};
use x509_parser::prelude::{FromDer as _, X509Certificate};

use super::now;
use crate::door::Door;
use crate::finding::Finding;

const CHECK: &str = "certificate";

const DAY: u64 = 86_400;

/// Time to see to it, in seconds. Certificates that renew themselves do so earlier.
const SOON: u64 = 14 * DAY;

/// What the server showed. Times are seconds since 1970.
#[derive(Clone, Debug)]
pub(crate) struct Facts {
    /// The name that was asked for.
    name: String,
    /// Whether it is for that name; else which it is for.
    fits: Result<(), String>,
    now: u64,
    starts: u64,
    ends: u64,
    /// Whether it rests on nobody but itself.
    self_signed: bool,
    /// Whether a browser would believe its issuer; else why not.
    trusted: Result<(), String>,
    /// SHA-256 over all of it, in hexadecimal, with the colons that browsers write.
    fingerprint: String,
}

/// What is behind a door; `None` where nobody is reached there, which is said elsewhere, and an error where no handshake came
/// about.
pub(crate) async fn facts(door: &Door, patience: Duration) -> Option<Result<Facts, String>> {
    match door.open(patience).await {
        Ok((_, Some(shown))) => Some(read(&shown, door.name(), now())),
        Ok((_, None)) | Err(HttpError::Nobody(_)) => None,
        Err(HttpError::Stranger(why)) => Some(Err(why)),
    }
}

fn read(shown: &Shown, name: String, now: u64) -> Result<Facts, String> {
    let first = shown.chain.first().ok_or("it is empty")?;
    let (_, certificate) = X509Certificate::from_der(first).map_err(|_| "it cannot be read")?;
    let parsed = ParsedCertificate::try_from(first).map_err(|error| error.to_string())?;
    let asked = ServerName::try_from(name.clone()).map_err(|_| format!("{name} is no name for a certificate"))?;
    let seconds = |time: i64| u64::try_from(time).unwrap_or_default();
    let pairs: Vec<String> = Sha256::digest(first).iter().map(|byte| format!("{byte:02X}")).collect();
    Ok(Facts {
        name,
        fits: verify_server_name(&parsed, &asked).map_err(|error| error.to_string()),
        now,
        starts: seconds(certificate.validity().not_before.timestamp()),
        ends: seconds(certificate.validity().not_after.timestamp()),
        self_signed: certificate.issuer() == certificate.subject() && shown.chain.len() == 1,
        trusted: shown.trusted.clone().map_err(|error| error.to_string()),
        fingerprint: pairs.join(":"),
    })
}

/// The server was started for the checks, and shows something that it made for them.
pub(crate) fn passing() -> Finding {
    Finding::ok(
        CHECK,
        "the server gets or makes one when it runs; the one that was started for this keeps none",
    )
}

/// `automatic`: the server gets it from a certificate authority by itself.
pub(crate) fn judge(facts: &Result<Facts, String>, automatic: bool) -> Finding {
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
    let Facts {
        name,
        now,
        starts,
        ends,
        ..
    } = facts;
    let renew = match automatic {
        true => {
            "See in the server's log why it gets no new one; the certificate authority must reach this machine on port 443"
        }
        false => "Get a new one, and put it where the old one is",
    };
    let left = days(ends.saturating_sub(*now));
    if let Err(why) = &facts.fits {
        Finding::failure(
            CHECK,
            format!("browsers refuse it for {name}: {why}"),
            format!("Get one for {name}, or name the address that it is for with --public-url"),
        )
    } else if now < starts {
        Finding::failure(
            CHECK,
            format!("the one for {name} is valid only in {}", days(starts - now)),
            "See whether the clock of this machine is right; else wait, or get another one",
        )
    } else if now >= ends {
        Finding::failure(
            CHECK,
            format!("the one for {name} ended {} ago", days(now - ends)),
            renew,
        )
    } else if facts.self_signed {
        let sentence = format!(
            "the one for {name} is signed by nobody else and valid for {left}; its SHA-256 fingerprint is {}",
            facts.fingerprint
        );
        match automatic {
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
        }
    } else if let Err(why) = &facts.trusted {
        Finding::warning(
            CHECK,
            format!("browsers do not believe the issuer of the one for {name}: {why}"),
            match automatic {
                true => "Use another --acme-directory, unless each browser knows this authority",
                false => {
                    "Put the certificates between it and its root into the same file, after it; a certificate authority of \
                     one's own must be known to each browser"
                }
            },
        )
    } else {
        let sentence = format!("the one for {name} is believed by browsers and valid for {left}");
        // Some last for a week altogether.
        match ends - now < SOON.min((ends - starts) / 5) {
            true => Finding::warning(CHECK, sentence, renew),
            false => Finding::ok(CHECK, sentence),
        }
    }
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
    use crate::finding::Verdict::{Failure, Ok as Fine, Warning};

    const NOW: u64 = 1_800_000_000;

    /// One from a certificate authority, for 90 days, a third of which is over.
    fn good() -> Facts {
        Facts {
            name: "calls.example.org".into(),
            fits: Ok(()),
            now: NOW,
            starts: NOW - 30 * DAY,
            ends: NOW + 60 * DAY,
            self_signed: false,
            trusted: Ok(()),
            fingerprint: "ab:cd".into(),
        }
    }

    #[test]
    fn a_certificate_is_for_the_name_believed_and_not_over() {
        let unknown = || Err("UnknownIssuer".to_owned());
        let other = || Err("only valid for other.example.org".to_owned());
        #[rustfmt::skip]
        let table = [
            (good(), false, Fine, "valid for 60 days"),
            (Facts { fits: other(), ..good() }, false, Failure, "refuse it for calls.example.org: only valid for other.example.org"),
            (Facts { starts: NOW + 2 * DAY, ..good() }, false, Failure, "clock"),
            (Facts { ends: NOW - DAY, ..good() }, false, Failure, "ended 1 day ago"),
            (Facts { ends: NOW, ..good() }, true, Failure, "log why it gets no new one"),
            (Facts { starts: NOW - 77 * DAY, ends: NOW + 13 * DAY, ..good() }, false, Warning, "13 days. Get a new one"),
            (Facts { starts: NOW - 75 * DAY, ends: NOW + 15 * DAY, ..good() }, true, Fine, "15 days"),
            (Facts { starts: NOW - DAY, ends: NOW + 5 * DAY, ..good() }, true, Fine, "5 days"),
            (Facts { starts: NOW - 6 * DAY, ends: NOW + DAY, ..good() }, true, Warning, "1 day"),
            (Facts { self_signed: true, trusted: unknown(), ..good() }, false, Warning, "ab:cd"),
            (Facts { self_signed: true, trusted: unknown(), ..good() }, true, Failure, "none yet"),
            (Facts { trusted: unknown(), ..good() }, false, Warning, "Put the certificates between"),
            (Facts { trusted: unknown(), ..good() }, true, Warning, "--acme-directory"),
        ];
        for (facts, automatic, verdict, part) in table {
            judge(&Ok(facts), automatic).assert(verdict, part);
        }
        judge(&Err("closed".to_owned()), false).assert(Failure, "closed");
    }
}
