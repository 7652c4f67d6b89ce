//! Why there is no certificate: the authority's own words, and a hint where it takes more than those. Pure.

use std::error::Error as StdError;
use std::iter;
use std::time::Duration;

use instant_acme::{Error, Problem};

/// Longest text of the authority that is logged, in characters.
const DETAIL_MAX: usize = 300;

/// What of an order failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Stage {
    /// Making an account that is bound to one outside of ACME.
    Binding,
    /// The proof that the name leads here.
    Proof,
    /// Everything else.
    Other,
}

/// A try that failed.
#[derive(Debug)]
pub(crate) struct Trouble {
    /// Stable.
    pub(crate) code: &'static str,
    /// What to do.
    pub(crate) hint: &'static str,
    /// What the authority or the system said: one line of bounded length.
    pub(crate) detail: String,
    /// How long the authority wants us to wait.
    pub(crate) retry_after: Option<Duration>,
    /// The account is not known there any more: the next try makes another.
    pub(crate) forget_account: bool,
}

impl Trouble {
    pub(crate) fn new(code: &'static str, hint: &'static str, detail: &str) -> Self {
        let plain = detail.chars().map(|char| if char.is_control() { ' ' } else { char });
        Self {
            code,
            hint,
            detail: plain.take(DETAIL_MAX).collect(),
            retry_after: None,
            forget_account: false,
        }
    }

    /// What the library reports.
    pub(crate) fn of(error: &Error, stage: Stage) -> Self {
        let causes = iter::successors(Some(error as &dyn StdError), |&error| error.source());
        let detail = causes.map(ToString::to_string).collect::<Vec<_>>().join(": ");
        let (code, hint) = match error {
            Error::Api(problem) => return Self::of_problem(problem, stage),
            // So begins what rustls says of a certificate, somewhere below what its callers say.
            Error::Other(_) if detail.contains("invalid peer certificate") => (
                "acme-untrusted",
                "its own certificate is not trusted: set this machine's clock if it is wrong, name the roots of a private \
                 authority with --acme-ca, or find out who answers in its place",
            ),
            Error::Other(_) => (
                "acme-unreachable",
                "it cannot be reached: let this machine open connections to it on port 443, and check its DNS",
            ),
            Error::Timeout(_) => ("acme-slow", "it did not finish in time, so it is asked again later"),
            // An error page, a proxy, another kind of server.
            _ => (
                "acme-protocol",
                "its answer is no ACME: check the address in --acme-directory; where that is right, the authority is in trouble, \
                 and is asked again later",
            ),
        };
        Self::new(code, hint, &detail)
    }

    /// What the authority says (RFC 8555, section 6.7).
    pub(crate) fn of_problem(problem: &Problem, stage: Stage) -> Self {
        let below = problem.subproblems.iter().filter_map(|below| below.detail.as_deref());
        let detail: Vec<_> = problem.detail.as_deref().into_iter().chain(below).collect();
        let detail = detail.join("; ");
        let kind = problem.r#type.as_deref().unwrap_or_default();
        let kind = kind.strip_prefix("urn:ietf:params:acme:error:").unwrap_or(kind);
        let (code, hint) = match (kind, stage) {
            ("rateLimited", _) => (
                "acme-rate-limited",
                "it has given or refused too many lately: leave this server running, it asks again later",
            ),
            ("dns" | "connection", _) => NO_CONNECTION,
            // Some authorities call it otherwise when they cannot even connect.
            (_, Stage::Proof) if detail.contains("connect to") => NO_CONNECTION,
            ("tls" | "incorrectResponse", _) | ("unauthorized", Stage::Proof) => (
                "acme-other-server",
                "something else than this server answers at this name on port 443: point its DNS here, also the AAAA record, and \
                 let no proxy end TLS in between",
            ),
            // How a wrong name and a wrong key are called differs from one authority to the next.
            ("externalAccountRequired" | "unauthorized" | "malformed", Stage::Binding) => (
                "acme-external-account-refused",
                "it does not take the customer of --acme-eab-kid and --acme-eab-hmac-key: copy both anew from its website, where \
                 they may have to be made again once they were used",
            ),
            ("externalAccountRequired", _) => (
                "acme-external-account",
                "it serves known customers only: name what it gave you on its website with --acme-eab-kid and \
                 --acme-eab-hmac-key, or choose another --acme-directory",
            ),
            ("accountDoesNotExist" | "unauthorized", _) => {
                let hint = "it does not take the account of this server any more, so another is made at the next try";
                return Self {
                    forget_account: true,
                    ..Self::new("acme-account", hint, &detail)
                };
            }
            _ => (
                "acme-refused",
                "it refuses: do what it says here as detail; it is asked again later",
            ),
        };
        Self::new(code, hint, &detail)
    }
}

const NO_CONNECTION: (&str, &str) = (
    "acme-no-connection",
    "it cannot connect to this name on port 443: point its DNS, the A and AAAA records, at this machine, and let TCP port 443 in",
);

#[cfg(test)]
mod tests {
    use std::io;

    use rustls::CertificateError;
    use serde_json::json;

    use super::*;

    fn problem(kind: &str, detail: &str) -> Problem {
        let json = json!({ "type": format!("urn:ietf:params:acme:error:{kind}"), "detail": detail });
        serde_json::from_value(json).unwrap()
    }

    #[test]
    fn each_problem_says_what_to_do() {
        use Stage::{Binding, Other, Proof};
        for (kind, stage, code, words) in [
            ("rateLimited", Other, "acme-rate-limited", "leave this server running"),
            ("rateLimited", Binding, "acme-rate-limited", "leave this server running"),
            ("connection", Proof, "acme-no-connection", "let TCP port 443 in"),
            ("dns", Proof, "acme-no-connection", "A and AAAA record"),
            ("tls", Proof, "acme-other-server", "let no proxy end TLS"),
            ("incorrectResponse", Proof, "acme-other-server", "point its DNS here"),
            ("unauthorized", Proof, "acme-other-server", "point its DNS here"),
            ("unauthorized", Other, "acme-account", "another is made"),
            ("accountDoesNotExist", Other, "acme-account", "another is made"),
            (
                "externalAccountRequired",
                Other,
                "acme-external-account",
                "--acme-eab-kid",
            ),
            (
                "externalAccountRequired",
                Binding,
                "acme-external-account-refused",
                "copy both anew",
            ),
            (
                "unauthorized",
                Binding,
                "acme-external-account-refused",
                "--acme-eab-hmac-key",
            ),
            (
                "malformed",
                Binding,
                "acme-external-account-refused",
                "--acme-eab-hmac-key",
            ),
            ("caa", Other, "acme-refused", "detail"),
            ("invalidContact", Binding, "acme-refused", "detail"),
            ("serverInternal", Other, "acme-refused", "asked again later"),
            ("somethingNew", Other, "acme-refused", "detail"),
        ] {
            let trouble = Trouble::of_problem(&problem(kind, "why"), stage);
            assert_eq!((trouble.code, trouble.detail.as_str()), (code, "why"), "{kind}");
            assert!(trouble.hint.contains(words), "{kind}: {}", trouble.hint);
            assert_eq!(trouble.forget_account, code == "acme-account");
        }
    }

    #[test]
    fn a_connection_that_fails_is_no_other_server() {
        let problem = problem("unauthorized", "Failed to connect to 192.0.2.7:443");
        assert_eq!(Trouble::of_problem(&problem, Stage::Proof).code, "acme-no-connection");
    }

    #[test]
    fn what_tls_says_is_found_however_deep_it_is() {
        let request = |error: rustls::Error| {
            let deep = io::Error::other(io::Error::new(io::ErrorKind::InvalidData, error));
            Trouble::of(&Error::Other(Box::new(deep)), Stage::Other)
        };
        for error in [CertificateError::Expired, CertificateError::UnknownIssuer] {
            let trouble = request(error.clone().into());
            assert_eq!(trouble.code, "acme-untrusted", "{error:?}");
            assert!(trouble.hint.contains("clock") && trouble.hint.contains("--acme-ca"));
        }
        assert_eq!(request(rustls::Error::DecryptError).code, "acme-unreachable");
    }

    #[test]
    fn what_is_no_acme_is_told() {
        let json = Error::Json(serde_json::from_str::<u8>("<html>").unwrap_err());
        assert_eq!(Trouble::of(&json, Stage::Other).code, "acme-protocol");
    }

    #[test]
    fn what_the_authority_says_is_one_line_of_bounded_length() {
        let trouble = Trouble::of_problem(&problem("dns", &"a\n".repeat(1000)), Stage::Proof);
        assert_eq!(trouble.detail.chars().count(), DETAIL_MAX);
        assert!(!trouble.detail.contains('\n'));
    }
}
