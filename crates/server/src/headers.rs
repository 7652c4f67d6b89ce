//! Security headers, on every response.

use std::sync::Arc;

use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::Response;
use http::header::{self, HeaderMap, HeaderName, HeaderValue};
use http::uri::Authority;
use ice::is_host_text;

use crate::config::Config;
use crate::origin::Origin;

/// Features of the browser that pages may use themselves, and those that nothing here needs.
///
/// Only names that Chromium knows: it warns on the console about others.
const PERMISSIONS: &str = "camera=(self), microphone=(self), display-capture=(self), speaker-selection=(self), \
    autoplay=(self), fullscreen=(self), picture-in-picture=(self), screen-wake-lock=(self), clipboard-write=(self), \
    accelerometer=(), browsing-topics=(), geolocation=(), gyroscope=(), hid=(), idle-detection=(), local-fonts=(), \
    magnetometer=(), midi=(), payment=(), publickey-credentials-get=(), serial=(), usb=()";

const PERMISSIONS_POLICY: HeaderName = HeaderName::from_static("permissions-policy");
const OPENER_POLICY: HeaderName = HeaderName::from_static("cross-origin-opener-policy");
const EMBEDDER_POLICY: HeaderName = HeaderName::from_static("cross-origin-embedder-policy");
const RESOURCE_POLICY: HeaderName = HeaderName::from_static("cross-origin-resource-policy");

/// The number used once that lets a response's own scripts run (CSP level 3, section 8.1): 128 random bits.
#[derive(Clone, Debug)]
pub(crate) struct Nonce(pub(crate) String);

impl Nonce {
    fn from_random_bytes(bytes: [u8; 16]) -> Self {
        Self(bytes.iter().map(|byte| format!("{byte:02x}")).collect())
    }
}

/// What of the policy is the same for every response.
#[derive(Debug)]
pub(crate) struct Policy {
    frame_ancestors: String,
    /// Further sources of `connect-src`.
    connect: String,
    https: bool,
    /// Other websites may show pages in frames.
    framed: bool,
    /// Browsers are told to come by https only: never with a certificate that they do not trust.
    insist: bool,
}

impl Policy {
    pub(crate) fn new(config: &Config) -> Self {
        let mut connect = String::new();
        if let Some(url) = config.public_url() {
            let scheme = if url.is_https() { "wss" } else { "ws" };
            if is_csp_host(url.authority()) {
                connect += &format!(" {scheme}://{}", url.authority());
            }
        }
        if let Some(port) = config.reload_port() {
            connect += &format!(" ws://127.0.0.1:{port} ws://localhost:{port}");
        }
        let public_https = config.public_url.as_ref().is_some_and(Origin::is_https);
        let ancestors: Vec<_> = config.frame_ancestors.iter().map(ToString::to_string).collect();
        Self {
            frame_ancestors: if ancestors.is_empty() {
                "'none'".to_owned()
            } else {
                ancestors.join(" ")
            },
            connect,
            framed: config
                .frame_ancestors
                .iter()
                .any(|ancestor| ancestor.to_string() != "'self'"),
            https: config.tls.is_on() || public_https,
            insist: config.tls.is_trusted() || public_https && !config.tls.is_on(),
        }
    }

    /// The Content-Security-Policy of one response.
    ///
    /// `'self'` covers sockets to the same host in the newest browsers only, so the host that the request named stands
    /// there too. Styles come from files alone: no `style` attribute and no inline style sheet.
    fn content(&self, nonce: &Nonce, host: Option<&str>) -> String {
        let sockets = match host.filter(|host| is_csp_host(host)) {
            Some(host) => format!(" ws://{host} wss://{host}"),
            None => String::new(),
        };
        format!(
            "default-src 'self'; script-src 'nonce-{nonce}' 'strict-dynamic' 'wasm-unsafe-eval'; style-src 'self'; \
             img-src 'self' data: blob:; media-src 'self' blob: mediastream:; connect-src 'self'{sockets}{connect}; \
             object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors {ancestors}",
            nonce = nonce.0,
            connect = self.connect,
            ancestors = self.frame_ancestors,
        )
    }
}

/// Whether CSP's grammar has a place for this host (level 3, section 2.3.1): it has none for IPv6 addresses.
fn is_csp_host(host: &str) -> bool {
    is_host_text(host) && !host.contains(['[', ']', '_'])
}

/// Gives the request its [`Nonce`] and the response its headers.
pub(crate) async fn secure(State(policy): State<Arc<Policy>>, mut request: Request, next: Next) -> Response {
    let mut bytes = [0; 16];
    if getrandom::fill(&mut bytes).is_err() {
        // A nonce that can be guessed would be worse than no page.
        tracing::error!("the system gives no random numbers");
        return Response::builder()
            .status(http::StatusCode::SERVICE_UNAVAILABLE)
            .body("The server has no random numbers. Try again later.".into())
            .unwrap_or_default();
    }
    let nonce = Nonce::from_random_bytes(bytes);
    let named = request.headers().get(header::HOST).and_then(|host| host.to_str().ok());
    // HTTP/2 has it in the address (RFC 9113, section 8.3.1).
    let host = named.or_else(|| request.uri().authority().map(Authority::as_str));
    let content = policy.content(&nonce, host);
    request.extensions_mut().insert(nonce);
    let mut response = next.run(request).await;
    set(response.headers_mut(), &policy, &content);
    response
}

fn set(headers: &mut HeaderMap, policy: &Policy, content: &str) {
    if let Ok(content) = HeaderValue::from_str(content) {
        headers.insert(header::CONTENT_SECURITY_POLICY, content);
    }
    for (name, value) in [
        (PERMISSIONS_POLICY, PERMISSIONS),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::REFERRER_POLICY, "no-referrer"),
    ] {
        headers.insert(name, HeaderValue::from_static(value));
    }
    let is_page = |kind: &HeaderValue| kind.as_bytes().starts_with(b"text/html");
    if policy.framed && headers.get(header::CONTENT_TYPE).is_some_and(is_page) {
        // A page that isolates itself (HTML, section 7.1.4) frames only documents that promise the same and let themselves be
        // embedded. Everything that a page here loads is of its own origin, so the promise costs nothing. Who may frame it is
        // said by `frame-ancestors` alone.
        headers.insert(EMBEDDER_POLICY, HeaderValue::from_static("require-corp"));
        headers.insert(RESOURCE_POLICY, HeaderValue::from_static("cross-origin"));
    }
    if policy.https {
        // Browsers ignore it on plain http, and some complain about it.
        headers.insert(OPENER_POLICY, HeaderValue::from_static("same-origin"));
    }
    if policy.insist {
        let two_years = HeaderValue::from_static("max-age=63072000");
        headers.insert(header::STRICT_TRANSPORT_SECURITY, two_years);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::Parser as _;

    fn content(flags: &[&str], host: Option<&str>) -> String {
        let config = Config::parse_from(["parlour"].iter().chain(flags));
        Policy::new(&config).content(&Nonce::from_random_bytes([0xab; 16]), host)
    }

    #[test]
    fn scripts_need_the_nonce_and_nothing_is_inline() {
        let policy = content(&[], Some("localhost:3000"));
        assert!(
            policy.contains("script-src 'nonce-abababababababababababababababab' 'strict-dynamic' 'wasm-unsafe-eval';")
        );
        assert!(policy.contains("style-src 'self';"));
        assert!(policy.contains("frame-ancestors 'none'"));
        assert!(!policy.contains("unsafe-inline") && !policy.contains("'unsafe-eval'"));
    }

    #[test]
    fn sockets_to_the_host_of_the_page_are_allowed() {
        let policy = content(&[], Some("localhost:3000"));
        assert!(
            policy.contains("connect-src 'self' ws://localhost:3000 wss://localhost:3000;"),
            "{policy}"
        );
    }

    #[test]
    fn a_host_header_cannot_write_policy() {
        for host in [
            "a; script-src *",
            "a b",
            "a,b",
            "'unsafe-inline'",
            "",
            "[::1]:3000",
            &"a".repeat(300),
        ] {
            assert!(content(&[], Some(host)).contains("connect-src 'self';"), "{host}");
        }
    }

    #[test]
    fn the_public_address_may_be_connected_to() {
        let policy = content(&["--public-url", "https://calls.example.org"], None);
        assert!(
            policy.contains("connect-src 'self' wss://calls.example.org;"),
            "{policy}"
        );
    }

    #[test]
    fn browsers_are_told_to_insist_on_https_only_where_they_trust_it() {
        for (flags, https, insist) in [
            (&[][..], false, false),
            (&["--public-url=http://calls.example.org"], false, false),
            (&["--public-url=https://calls.example.org"], true, true),
            (&["--domain=calls.example.org"], true, true),
            (&["--tls-cert=c", "--tls-key=k"], true, true),
            (&["--tls=self-signed"], true, false),
            (
                &["--tls=self-signed", "--public-url=https://calls.example.org"],
                true,
                false,
            ),
        ] {
            let policy = Policy::new(&Config::parse_from(["parlour"].iter().chain(flags)));
            assert_eq!((policy.https, policy.insist), (https, insist), "{flags:?}");
        }
    }

    #[test]
    fn the_development_loop_may_reload_the_page() {
        let policy = content(&["--watch", "--reload-port", "3001"], None);
        assert!(
            policy.contains("connect-src 'self' ws://127.0.0.1:3001 ws://localhost:3001;"),
            "{policy}"
        );
    }

    #[test]
    fn named_websites_may_frame_it() {
        let policy = content(
            &["--frame-ancestor", "self", "--frame-ancestor", "https://a.example"],
            None,
        );
        assert!(policy.ends_with("frame-ancestors 'self' https://a.example"), "{policy}");
    }
}
