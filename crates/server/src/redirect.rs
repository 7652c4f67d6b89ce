//! The plain listener of a server that speaks HTTPS: it sends everybody there, and does nothing else.

use axum::Router;
use axum::extract::Request;
use axum::response::{IntoResponse as _, Response};
use http::header::{CONNECTION, HOST, LOCATION};
use http::{HeaderValue, StatusCode};

use crate::config::Config;
use crate::origin::parse_origin;

/// Redirects to the address that people open; where none is known, to the host that the request names, on the port of
/// HTTPS that is listened on.
pub(crate) fn router(config: &Config, port: u16) -> Router {
    let known = config.public_url().map(|url| url.authority().to_owned());
    Router::new().fallback(move |request: Request| {
        let known = known.clone();
        async move { answer(known.as_deref(), port, &request) }
    })
}

fn answer(known: Option<&str>, port: u16, request: &Request) -> Response {
    let named = request.headers().get(HOST).and_then(|host| host.to_str().ok());
    let authority = match known {
        Some(authority) => Some(authority.to_owned()),
        None => named.and_then(|host| on_port(host, port)),
    };
    let path = request.uri().path_and_query().map_or("/", |path| path.as_str());
    let path = if path.starts_with('/') { path } else { "/" };
    let to = authority.and_then(|authority| HeaderValue::try_from(format!("https://{authority}{path}")).ok());
    match to {
        // The method stays what it was (RFC 9110, section 15.4.9).
        Some(to) => (
            StatusCode::PERMANENT_REDIRECT,
            [(LOCATION, to), (CONNECTION, HeaderValue::from_static("close"))],
        )
            .into_response(),
        None => (StatusCode::BAD_REQUEST, "Which host? This server speaks https.\n").into_response(),
    }
}

/// The same host on another port; `None` where it is no host.
fn on_port(host: &str, port: u16) -> Option<String> {
    let origin = parse_origin(&format!("http://{host}")).ok()?;
    let host = origin.url().host_str()?;
    Some(match port {
        443 => host.to_owned(),
        port => format!("{host}:{port}"),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_host_that_was_asked_for_is_asked_again_on_the_other_port() {
        for (host, port, expected) in [
            ("calls.example.org", 443, Some("calls.example.org")),
            ("calls.example.org:80", 443, Some("calls.example.org")),
            ("192.168.1.7:8080", 8443, Some("192.168.1.7:8443")),
            ("[2001:db8::7]", 8443, Some("[2001:db8::7]:8443")),
            ("[2001:db8::7]:80", 443, Some("[2001:db8::7]")),
            ("2001:db8::7", 443, None),
            ("evil.example/@", 443, None),
            ("a b", 443, None),
            ("user@evil.example", 443, None),
            ("", 443, None),
            (":80", 443, None),
        ] {
            assert_eq!(on_port(host, port).as_deref(), expected, "{host}");
        }
    }
}
