//! Requests to a certificate authority: over HTTPS alone, bounded in time and length.

use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, SystemTime};

use axum::body::{Body, Bytes};
use http::header::{DATE, HeaderMap, HeaderValue, RETRY_AFTER};
use http::{Request, Response};
use hyper_rustls::{HttpsConnector, HttpsConnectorBuilder};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use instant_acme::{BodyWrapper, BytesResponse, Error, HttpClient};
use rustls::ClientConfig;
use tokio::time::timeout;

use super::trouble::Seen;

/// One request must be answered within this time.
const REQUEST: Duration = Duration::from_secs(30);

/// Longest answer, in bytes.
const ANSWER_MAX: usize = 1 << 20;

/// Longest wait in seconds that the library gets: it adds it to the time of day.
const WAIT_MAX: u64 = 365 * 24 * 60 * 60;

type Sender = Client<HttpsConnector<HttpConnector>, BodyWrapper<Bytes>>;

/// A client for one try. Clones share what was seen.
#[derive(Clone)]
pub(crate) struct Http {
    sender: Sender,
    seen: Arc<Mutex<Seen>>,
}

impl Http {
    pub(crate) fn new(tls: ClientConfig) -> Self {
        let connector = HttpsConnectorBuilder::new()
            .with_tls_config(tls)
            .https_only()
            .enable_http1()
            .build();
        Self {
            sender: Client::builder(TokioExecutor::new()).build(connector),
            seen: Arc::default(),
        }
    }

    /// What was seen of the last answer.
    pub(crate) fn seen(&self) -> Seen {
        *self.seen.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl HttpClient for Http {
    fn request(
        &self,
        request: Request<BodyWrapper<Bytes>>,
    ) -> Pin<Box<dyn Future<Output = Result<BytesResponse, Error>> + Send>> {
        let (sent, seen) = (self.sender.request(request), self.seen.clone());
        let whole = async move {
            let answer = sent.await.map_err(|error| Error::Other(Box::new(error)))?;
            let (mut parts, body) = answer.into_parts();
            let looked = look(parts.status.as_u16(), &parts.headers, SystemTime::now());
            *seen.lock().unwrap_or_else(PoisonError::into_inner) = looked;
            bound(&mut parts.headers);
            let body = axum::body::to_bytes(Body::new(body), ANSWER_MAX).await;
            let body = body.map_err(|error| Error::Other(Box::new(error)))?;
            Ok(BytesResponse::from(Response::from_parts(parts, Body::from(body))))
        };
        Box::pin(async move {
            let late = |_| Error::Other("there was no answer in time".into());
            timeout(REQUEST, whole).await.map_err(late)?
        })
    }
}

/// Leaves no wait in the headers that would not fit into a time of day.
fn bound(headers: &mut HeaderMap) {
    let seconds = |value: &HeaderValue| value.to_str().ok()?.trim().parse::<u64>().ok();
    if headers
        .get(RETRY_AFTER)
        .and_then(seconds)
        .is_some_and(|told| told > WAIT_MAX)
    {
        headers.insert(RETRY_AFTER, WAIT_MAX.into());
    }
}

fn look(status: u16, headers: &HeaderMap, now: SystemTime) -> Seen {
    let text = |name| headers.get(name)?.to_str().ok();
    let date = |text| httpdate::parse_http_date(text).ok();
    // Seconds, or a date (RFC 9110, section 10.2.3).
    let retry_after = text(RETRY_AFTER).and_then(|text| match text.trim().parse() {
        Ok(seconds) => Some(Duration::from_secs(seconds)),
        Err(_) => date(text)?.duration_since(now).ok(),
    });
    Seen {
        status: Some(status),
        clocks: text(DATE).and_then(date).map(|theirs| (theirs, now)),
        retry_after,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_wait_is_longer_than_a_clock_can_show() {
        let bounded = |value: &'static str| {
            let mut headers = HeaderMap::from_iter([(RETRY_AFTER, HeaderValue::from_static(value))]);
            bound(&mut headers);
            headers[RETRY_AFTER].to_str().unwrap().to_owned()
        };
        assert_eq!(bounded("18446744073709551615"), WAIT_MAX.to_string());
        for value in ["120", "Sun, 06 Nov 1994 08:50:37 GMT", "soon"] {
            assert_eq!(bounded(value), value);
        }
    }

    #[test]
    fn seconds_and_dates_say_how_long_to_wait() {
        let now = httpdate::parse_http_date("Sun, 06 Nov 1994 08:49:37 GMT").unwrap();
        let seen = |name, value: &'static str| look(429, &HeaderMap::from_iter([(name, value.parse().unwrap())]), now);
        let wait = |value| seen(RETRY_AFTER, value).retry_after;
        assert_eq!(wait("120"), Some(Duration::from_secs(120)));
        assert_eq!(wait("Sun, 06 Nov 1994 08:50:37 GMT"), Some(Duration::from_secs(60)));
        assert_eq!(wait("Sun, 06 Nov 1994 08:00:00 GMT"), None);
        assert_eq!(wait("soon"), None);
        let (theirs, ours) = seen(DATE, "Sun, 06 Nov 1994 10:49:37 GMT").clocks.unwrap();
        assert_eq!((theirs.duration_since(ours).unwrap().as_secs(), ours), (7200, now));
    }
}
