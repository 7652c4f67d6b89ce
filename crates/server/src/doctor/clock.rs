//! Asks for the time: this machine, and with `--domain` the certificate authority, which the server talks to anyway.

use std::path::Path;
use std::time::{Duration, UNIX_EPOCH};

use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::{self, PemObject as _};

use super::door::Door;
use super::judge::clock::Facts;
use super::subject::Subject;
use super::system;
use super::tls::{Trust, is_about_time};

pub(super) async fn facts(subject: &Subject, patience: Duration) -> Facts {
    let authority = match &subject.authority {
        Some(url) => Some(ask(url, subject.authority_roots.as_deref(), patience).await),
        None => None,
    };
    Facts {
        now: system::now(),
        built: system::built(),
        authority,
    }
}

/// The time by the `Date` of an answer (RFC 9110 section 6.6.1). Whether its certificate is valid now is not looked at,
/// because that would need a clock that is right; everything else about it is.
async fn ask(url: &str, roots: Option<&Path>, patience: Duration) -> Result<u64, String> {
    let roots = roots.map_or_else(|| Ok(Vec::new()), certificates);
    let roots = roots.map_err(|error| format!("the file of --acme-ca cannot be read: {error}"))?;
    let (door, path) = Door::to(url, &Trust::new(roots)).ok_or("its address is no URL")?;
    let (_, shown) = door.open(patience).await.map_err(|why| why.to_string())?;
    if let Some(Err(error)) = shown.map(|shown| shown.trusted)
        && !is_about_time(&error)
    {
        return Err(error.to_string());
    }
    let answer = door.get(&path, patience).await.map_err(|why| why.to_string())?;
    let date = answer.headers.get("date").and_then(|date| date.to_str().ok());
    let date = date.and_then(|date| httpdate::parse_http_date(date).ok());
    let since = date.and_then(|date| date.duration_since(UNIX_EPOCH).ok());
    since
        .map(|since| since.as_secs())
        .ok_or_else(|| "it does not say what time it is".to_owned())
}

fn certificates(file: &Path) -> Result<Vec<CertificateDer<'static>>, pem::Error> {
    CertificateDer::pem_file_iter(file)?.collect()
}
