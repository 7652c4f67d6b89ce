//! Which pages may connect. A browser lets any page open a WebSocket to any host and sends the cookies along; the
//! server alone can tell them apart, by the `Origin` header (RFC 6455 section 10.2).

use http::HeaderMap;
use http::header::{HOST, ORIGIN};
use http::uri::Authority;

/// Whether a request may go on: it has no origin (it is not from a browser), its origin is on the list, or, where the host is
/// to be trusted, the host that it was sent to. Entries of the list look like `https://example.com` or `https://example.com:8443`.
pub(crate) fn is_allowed(headers: &HeaderMap, allowed: &[String], trust_host: bool) -> bool {
    let mut origins = headers.get_all(ORIGIN).iter();
    let Some(origin) = origins.next() else {
        return true;
    };
    let (Ok(origin), None) = (origin.to_str(), origins.next()) else {
        return false;
    };
    let same = |entry: &String| entry.trim_end_matches('/').eq_ignore_ascii_case(origin);
    if allowed.iter().any(same) {
        return true;
    }
    if !trust_host {
        return false;
    }
    let Some((scheme, address)) = origin.split_once("://") else {
        return false;
    };
    let host = headers.get(HOST).and_then(|host| host.to_str().ok());
    host.is_some_and(|host| without_default_port(host, scheme).eq_ignore_ascii_case(address))
}

/// By which host the client has reached this server, without a port; an IPv6 address is in brackets. The page's own origin is that host,
/// or another website's.
pub(crate) fn host(headers: &HeaderMap) -> Option<Box<str>> {
    let authority: Authority = headers.get(HOST)?.to_str().ok()?.parse().ok()?;
    // No name is longer (RFC 1035 section 2.3.4), and it is kept as long as the socket is open.
    let is_plain = (1..=255).contains(&authority.host().len()) && !authority.as_str().contains('@');
    is_plain.then(|| authority.host().into())
}

/// Browsers leave the scheme's own port out of the origin; some clients and proxies put it into the host.
fn without_default_port<'a>(host: &'a str, scheme: &str) -> &'a str {
    let port = if scheme.eq_ignore_ascii_case("https") {
        ":443"
    } else {
        ":80"
    };
    host.strip_suffix(port).unwrap_or(host)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn allowed(host: &str, origin: &str, list: &[&str]) -> bool {
        let mut headers = HeaderMap::new();
        headers.insert(HOST, host.parse().expect("a header"));
        headers.insert(ORIGIN, origin.parse().expect("a header"));
        is_allowed(
            &headers,
            &list.iter().map(ToString::to_string).collect::<Vec<_>>(),
            true,
        )
    }

    #[test]
    fn a_page_of_the_same_host_may_connect_whatever_the_scheme() {
        assert!(allowed("localhost:3000", "http://localhost:3000", &[]));
        assert!(allowed("Example.com", "https://example.com", &[]));
        assert!(allowed("example.com:443", "https://example.com", &[]));
        assert!(allowed("[::1]:3000", "http://[::1]:3000", &[]));
    }

    #[test]
    fn a_page_of_another_host_or_port_may_not() {
        assert!(!allowed("localhost:3000", "http://localhost:3001", &[]));
        assert!(!allowed("example.com", "https://example.com.evil.test", &[]));
        assert!(!allowed("example.com", "https://evil.test", &[]));
        assert!(!allowed("example.com", "null", &[]));
        assert!(!allowed("example.com", "", &[]));
        assert!(!allowed("example.com:80", "https://example.com", &[]));
    }

    #[test]
    fn a_page_on_the_list_may() {
        let list = ["https://app.example/", "http://localhost:8080"];
        assert!(allowed("calls.example", "https://app.example", &list));
        assert!(allowed("calls.example", "http://localhost:8080", &list));
        assert!(!allowed("calls.example", "http://app.example", &list));
    }

    #[test]
    fn the_host_is_known_without_its_port() {
        for (text, expected) in [
            ("calls.example.org", Some("calls.example.org")),
            ("calls.example.org:8443", Some("calls.example.org")),
            ("192.0.2.7:3000", Some("192.0.2.7")),
            ("[2001:db8::7]:3000", Some("[2001:db8::7]")),
            ("ada@calls.example.org", None),
            (":3000", None),
            ("", None),
        ] {
            let mut headers = HeaderMap::new();
            headers.insert(HOST, text.parse().expect("a header"));
            assert_eq!(host(&headers).as_deref(), expected, "{text}");
        }
        assert_eq!(host(&HeaderMap::new()), None);
    }

    #[test]
    fn no_origin_is_no_browser_and_two_are_a_trick() {
        let mut headers = HeaderMap::new();
        assert!(is_allowed(&headers, &[], false));
        headers.insert(HOST, "a.test".parse().expect("a header"));
        headers.append(ORIGIN, "http://a.test".parse().expect("a header"));
        headers.append(ORIGIN, "http://b.test".parse().expect("a header"));
        assert!(!is_allowed(&headers, &[], true));
    }

    #[test]
    fn where_the_host_proves_nothing_only_the_list_counts() {
        let mut headers = HeaderMap::new();
        headers.insert(HOST, "rebound.example".parse().expect("a header"));
        headers.insert(ORIGIN, "https://rebound.example".parse().expect("a header"));
        assert!(is_allowed(&headers, &[], true));
        assert!(!is_allowed(&headers, &["https://calls.example".to_owned()], false));
        assert!(is_allowed(&headers, &["https://rebound.example".to_owned()], false));
    }
}
