//! Asks for the time: this machine, and with `--domain` the certificate authority, which the server talks to anyway.

use std::time::{Duration, UNIX_EPOCH};

use super::door::Door;
use super::judge::clock::Facts;
use super::subject::Subject;
use super::system;
use super::tls::{Trust, is_about_time};

pub(super) async fn facts(subject: &Subject, trust: &Trust, patience: Duration) -> Facts {
    let authority = match &subject.authority {
        Some(url) => Some(ask(url, trust, patience).await),
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
async fn ask(url: &str, trust: &Trust, patience: Duration) -> Result<u64, String> {
    let (door, path) = Door::to(url, trust).ok_or("its address is no URL")?;
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
