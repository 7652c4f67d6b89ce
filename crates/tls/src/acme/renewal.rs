//! Asks the authority when it wants the certificate to be renewed (RFC 9773).

use std::time::{Duration, SystemTime};

use instant_acme::CertificateIdentifier;
use tokio::time::timeout;

use super::Acme;
use super::http::Http;
use super::schedule::Window;
use crate::pem::Pair;

/// Asking must be over within this time.
const TRY: Duration = Duration::from_secs(60);

/// Longest address of an explanation that is logged, in characters.
const EXPLANATION_MAX: usize = 300;

/// What the authority suggests.
#[derive(Debug)]
pub(super) struct Suggestion {
    pub(super) window: Window,
    /// After how long it wants to be asked again.
    pub(super) again: Duration,
    /// The address of a page that says why, where there is one.
    pub(super) explanation: String,
}

/// By which the authority knows a certificate; `None` where that names no key of an authority.
pub(super) fn identifier(pair: &Pair) -> Option<CertificateIdentifier<'static>> {
    let leaf = pair.certified.cert.first()?;
    CertificateIdentifier::try_from(leaf)
        .ok()
        .map(CertificateIdentifier::into_owned)
}

/// `None` where the authority has nothing to say about it, and where it cannot be asked: that it is not there is told when it
/// is needed.
pub(super) async fn ask(acme: &Acme, certificate: &CertificateIdentifier<'_>) -> Option<Suggestion> {
    // The question needs an account there, and makes none.
    let http = Http::new(acme.client.clone());
    let asked = async { acme.account(&http).await?.ok()?.renewal_info(certificate).await.ok() };
    let (info, again) = timeout(TRY, asked).await.ok()??;
    let window = Window {
        from: time(info.suggested_window.start.unix_timestamp())?,
        until: time(info.suggested_window.end.unix_timestamp())?,
    };
    let explanation = info.explanation_url.unwrap_or_default();
    let plain = explanation.chars().filter(char::is_ascii_graphic);
    Some(Suggestion {
        window,
        again,
        explanation: plain.take(EXPLANATION_MAX).collect(),
    })
}

fn time(seconds: i64) -> Option<SystemTime> {
    SystemTime::UNIX_EPOCH.checked_add(Duration::from_secs(u64::try_from(seconds).ok()?))
}
