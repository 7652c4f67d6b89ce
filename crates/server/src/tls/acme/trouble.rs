//! Why there is no certificate, in words for the operator, and how soon another try makes sense. Pure.

use std::error::Error as StdError;
use std::io;
use std::time::{Duration, SystemTime};

use instant_acme::{Error, Problem};
use rustls::CertificateError;

use super::schedule::Again;

/// A clock that is wrong by more than this is told.
const CLOCK: Duration = Duration::from_secs(60 * 60);

/// Longest text of the authority that is logged, in characters.
const DETAIL_MAX: usize = 300;

/// What was seen of the authority's last answer.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Seen {
    /// Its status code.
    pub(crate) status: Option<u16>,
    /// What its clock said, and what ours did.
    pub(crate) clocks: Option<(SystemTime, SystemTime)>,
    /// How long it wants us to wait.
    pub(crate) retry_after: Option<Duration>,
}

/// What of an order failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Stage {
    /// The account, or anything before it.
    Account,
    /// The same where the account is to be bound to one outside of ACME.
    Binding,
    /// The order, or what comes after the proof.
    Order,
    /// The proof that the name leads here.
    Proof,
}

/// A try that failed.
#[derive(Debug)]
pub(crate) struct Trouble {
    /// Stable.
    pub(crate) code: &'static str,
    /// What happened and what to do, as one sentence.
    pub(crate) sentence: String,
    /// What the authority or the system said.
    pub(crate) detail: String,
    pub(crate) again: Again,
    pub(crate) retry_after: Option<Duration>,
    /// The account is not known there any more: the next try makes another.
    pub(crate) forget_account: bool,
}

/// Whose certificate, from where.
#[derive(Clone, Copy, Debug)]
pub(crate) struct About<'a> {
    pub(crate) domain: &'a str,
    /// The host of the authority's directory.
    pub(crate) authority: &'a str,
    pub(crate) seen: Seen,
}

impl About<'_> {
    /// Something that only this server can know.
    pub(crate) fn own(&self, code: &'static str, again: Again, sentence: String, detail: &str) -> Trouble {
        Trouble {
            code,
            sentence,
            detail: tidy(detail),
            again,
            retry_after: self.seen.retry_after,
            forget_account: false,
        }
    }

    /// What the library reports.
    pub(crate) fn error(&self, error: &Error, stage: Stage) -> Trouble {
        let authority = self.authority;
        match error {
            Error::Api(problem) => self.problem(problem, stage),
            Error::Other(source) => self.request(source.as_ref()),
            Error::Timeout(_) => self.own(
                "acme-slow",
                Again::Soon,
                format!("{authority} did not finish in time, so it is asked again later"),
                &error.to_string(),
            ),
            // An answer that is no ACME: an error page, a proxy, another kind of server.
            Error::Json(_) if self.seen.status.is_some_and(|status| status >= 500) => self.own(
                "acme-server",
                Again::Soon,
                format!("{authority} is in trouble itself, so it is asked again later"),
                &format!("status {}", self.seen.status.unwrap_or_default()),
            ),
            _ => self.own(
                "acme-protocol",
                Again::Later,
                format!("what {authority} answers is no ACME: check the address in --acme-directory"),
                &error.to_string(),
            ),
        }
    }

    /// A request that got no answer.
    fn request(&self, error: &(dyn StdError + 'static)) -> Trouble {
        let authority = self.authority;
        let detail = chain(error);
        match find(error) {
            Some(rustls::Error::InvalidCertificate(wrong)) if is_of_time(wrong) => self.own(
                "clock-wrong",
                Again::Soon,
                format!("the certificate of {authority} does not count at the time that this machine's clock shows: set the clock"),
                &detail,
            ),
            Some(rustls::Error::InvalidCertificate(_)) => self.own(
                "acme-untrusted",
                Again::Later,
                format!(
                    "the certificate of {authority} itself is not trusted: name the roots of a private authority with --acme-ca, \
                     or find out who answers in its place"
                ),
                &detail,
            ),
            _ => self.own(
                "acme-unreachable",
                Again::Soon,
                format!("{authority} cannot be reached: let this machine open connections to it on port 443, and check its DNS"),
                &detail,
            ),
        }
    }

    /// What the authority says (RFC 8555, section 6.7).
    pub(crate) fn problem(&self, problem: &Problem, stage: Stage) -> Trouble {
        let Self { domain, authority, .. } = *self;
        let kind = problem.r#type.as_deref().unwrap_or_default();
        let kind = kind.strip_prefix("urn:ietf:params:acme:error:").unwrap_or(kind);
        let detail = details(problem);
        let own = |code, again, sentence| self.own(code, again, sentence, &detail);
        match kind {
            "rateLimited" => own(
                "acme-rate-limited",
                Again::TooMuch,
                format!(
                    "{authority} has given or refused too many certificates lately: leave this server running, it asks again later"
                ),
            ),
            _ if self.clock_is_wrong() => own(
                "clock-wrong",
                Again::Soon,
                "this machine's clock is wrong by more than an hour: set it, or let it be set by NTP".to_owned(),
            ),
            // Some authorities call it so, too, when they cannot even connect.
            _ if kind == "connection" || stage == Stage::Proof && detail.contains("connect to") => own(
                "acme-no-connection",
                Again::Later,
                format!(
                    "{authority} cannot connect to {domain} on port 443: point its DNS at this machine, and let TCP port 443 in"
                ),
            ),
            "dns" => own(
                "acme-dns",
                Again::Later,
                format!(
                    "{authority} finds no address of {domain}: make an A or AAAA record of it that leads to this machine"
                ),
            ),
            "tls" | "incorrectResponse" => own(
                "acme-other-server",
                Again::Later,
                format!(
                    "something else than this server answers at {domain} on port 443: point its DNS here, also the AAAA record, \
                     and let no proxy end TLS in between"
                ),
            ),
            "unauthorized" if stage == Stage::Proof => own(
                "acme-other-server",
                Again::Later,
                format!(
                    "something else than this server answers at {domain} on port 443: point its DNS here, also the AAAA record, \
                     and let no proxy end TLS in between"
                ),
            ),
            "caa" => own(
                "acme-caa",
                Again::Later,
                format!("the CAA record of {domain} forbids {authority} to give a certificate: change the record"),
            ),
            "rejectedIdentifier" | "unsupportedIdentifier" => own(
                "acme-name-refused",
                Again::Later,
                format!(
                    "{authority} gives no certificate for {domain}: choose another --domain, or another --acme-directory"
                ),
            ),
            "invalidContact" | "unsupportedContact" => own(
                "acme-contact",
                Again::Later,
                format!("{authority} does not take the address in --acme-email: name another, or none"),
            ),
            // How a wrong name and a wrong key are called differs from one authority to the next.
            "externalAccountRequired" | "unauthorized" | "malformed" if stage == Stage::Binding => own(
                "acme-external-account-refused",
                Again::Later,
                format!(
                    "{authority} does not take the customer of --acme-eab-kid and --acme-eab-hmac-key: copy both anew from its \
                     website, where they may have to be made again once they were used"
                ),
            ),
            "externalAccountRequired" => own(
                "acme-external-account",
                Again::Later,
                format!(
                    "{authority} serves known customers only: name what it gave you on its website with --acme-eab-kid and \
                     --acme-eab-hmac-key, or choose another --acme-directory"
                ),
            ),
            "userActionRequired" => own(
                "acme-terms",
                Again::Later,
                format!("{authority} wants something done by hand: open the address that it names"),
            ),
            "accountDoesNotExist" | "unauthorized" => Trouble {
                forget_account: true,
                ..own(
                    "acme-account",
                    Again::Later,
                    format!(
                        "{authority} does not take the account of this server any more, so another is made at the next try"
                    ),
                )
            },
            "serverInternal" | "badNonce" => own(
                "acme-server",
                Again::Soon,
                format!("{authority} is in trouble itself, so it is asked again later"),
            ),
            _ => own(
                "acme-refused",
                Again::Later,
                format!("{authority} refuses the certificate for {domain}: what it says is here as detail"),
            ),
        }
    }

    fn clock_is_wrong(&self) -> bool {
        self.seen.clocks.is_some_and(|(theirs, ours)| {
            let apart = theirs.duration_since(ours).or_else(|_| ours.duration_since(theirs));
            apart.is_ok_and(|apart| apart > CLOCK)
        })
    }
}

const fn is_of_time(error: &CertificateError) -> bool {
    matches!(
        error,
        CertificateError::Expired
            | CertificateError::NotValidYet
            | CertificateError::ExpiredContext { .. }
            | CertificateError::NotValidYetContext { .. }
    )
}

/// What TLS said, somewhere in what led to the error.
fn find<'a>(error: &'a (dyn StdError + 'static)) -> Option<&'a rustls::Error> {
    let mut next = Some(error);
    while let Some(error) = next {
        let wrapped = error.downcast_ref::<io::Error>().and_then(io::Error::get_ref);
        let found = error.downcast_ref().or_else(|| wrapped?.downcast_ref());
        if found.is_some() {
            return found;
        }
        next = match wrapped {
            Some(wrapped) => Some(wrapped),
            None => error.source(),
        };
    }
    None
}

/// All that led to the error, outermost first.
fn chain(error: &(dyn StdError + 'static)) -> String {
    let mut text = error.to_string();
    let mut next = error.source();
    while let Some(error) = next {
        text += &format!(": {error}");
        next = error.source();
    }
    text
}

fn details(problem: &Problem) -> String {
    let below = problem.subproblems.iter().filter_map(|below| below.detail.as_deref());
    let all: Vec<_> = problem.detail.as_deref().into_iter().chain(below).collect();
    all.join("; ")
}

/// One line, of bounded length.
fn tidy(text: &str) -> String {
    let plain = text.chars().map(|char| if char.is_control() { ' ' } else { char });
    plain.take(DETAIL_MAX).collect()
}

#[cfg(test)]
mod tests;
