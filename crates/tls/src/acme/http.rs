//! Requests to a certificate authority: over HTTPS alone, bounded in time and length.

use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, SystemTime};

use bytes::Bytes;
use http::Request;
use http::header::{HeaderMap, RETRY_AFTER};
use http_body_util::Limited;
use hyper_rustls::{HttpsConnector, HttpsConnectorBuilder};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use instant_acme::{BodyWrapper, BytesResponse, Error, HttpClient};
use rustls::ClientConfig;
use tokio::time::timeout;

/// The answer to one request must begin within this time.
const REQUEST: Duration = Duration::from_secs(30);

/// Longest answer, in bytes.
const ANSWER_MAX: usize = 1 << 20;

/// Longest wait that the library gets, which adds it to the time of day.
const WAIT_MAX: Duration = Duration::from_secs(365 * 24 * 60 * 60);

/// A client for one try. Clones share what was seen.
#[derive(Clone)]
pub(crate) struct Http {
    client: Client<HttpsConnector<HttpConnector>, BodyWrapper<Bytes>>,
    retry_after: Arc<Mutex<Option<Duration>>>,
}

impl Http {
    pub(crate) fn new(tls: ClientConfig) -> Self {
        let connector = HttpsConnectorBuilder::new()
            .with_tls_config(tls)
            .https_only()
            .enable_http1()
            .build();
        Self {
            client: Client::builder(TokioExecutor::new()).build(connector),
            retry_after: Arc::default(),
        }
    }

    /// How long the last answer wants us to wait.
    pub(crate) fn retry_after(&self) -> Option<Duration> {
        *self.retry_after.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl HttpClient for Http {
    fn request(
        &self,
        request: Request<BodyWrapper<Bytes>>,
    ) -> Pin<Box<dyn Future<Output = Result<BytesResponse, Error>> + Send>> {
        let (sent, seen) = (self.client.request(request), self.retry_after.clone());
        Box::pin(async move {
            let answer = timeout(REQUEST, sent).await;
            let answer = answer.map_err(|_| Error::Other("there was no answer in time".into()))?;
            let mut answer = answer.map_err(|error| Error::Other(Box::new(error)))?;
            let wait = retry_after(answer.headers(), SystemTime::now());
            *seen.lock().unwrap_or_else(PoisonError::into_inner) = wait;
            if wait.is_some_and(|wait| wait > WAIT_MAX) {
                answer.headers_mut().insert(RETRY_AFTER, WAIT_MAX.as_secs().into());
            }
            Ok(answer.map(|body| Limited::new(body, ANSWER_MAX)).into())
        })
    }
}

/// Seconds, or a date (RFC 9110, section 10.2.3).
fn retry_after(headers: &HeaderMap, now: SystemTime) -> Option<Duration> {
    let text = headers.get(RETRY_AFTER)?.to_str().ok()?.trim();
    match text.parse() {
        Ok(seconds) => Some(Duration::from_secs(seconds)),
        Err(_) => httpdate::parse_http_date(text).ok()?.duration_since(now).ok(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn seconds_and_dates_say_how_long_to_wait() {
        let now = httpdate::parse_http_date("Sun, 06 Nov 1994 08:49:37 GMT").unwrap();
        for (value, wait) in [
            ("120", Some(Duration::from_secs(120))),
            ("18446744073709551615", Some(Duration::from_secs(u64::MAX))),
            ("Sun, 06 Nov 1994 08:50:37 GMT", Some(Duration::from_secs(60))),
            ("Sun, 06 Nov 1994 08:00:00 GMT", None),
            ("soon", None),
        ] {
            let headers = HeaderMap::from_iter([(RETRY_AFTER, value.parse().unwrap())]);
            assert_eq!(retry_after(&headers, now), wait, "{value}");
        }
    }
}
