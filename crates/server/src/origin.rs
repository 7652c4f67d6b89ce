//! Websites as they are named in headers: a scheme, a host, and a port where it is not the scheme's own (RFC 6454).

use std::fmt;

use ice::is_host_text;
use url::{Position, Url};

/// The origin of a website, as a browser writes it in `Origin`: small letters, no path, no default port.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Origin(Url);

impl Origin {
    /// Whether its pages come over TLS.
    #[must_use]
    pub fn is_https(&self) -> bool {
        self.0.scheme() == "https"
    }

    /// The host alone, an IPv6 address without its brackets.
    #[must_use]
    pub fn host(&self) -> &str {
        let host = self.0.host_str().unwrap_or_default();
        host.trim_start_matches('[').trim_end_matches(']')
    }

    /// Host, and port where it is not the default.
    #[must_use]
    pub fn authority(&self) -> &str {
        &self.0[Position::BeforeHost..Position::AfterPort]
    }

    /// The address of its first page.
    pub(crate) fn url(&self) -> &Url {
        &self.0
    }
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0[..Position::AfterPort])
    }
}

/// Reads an origin that a person wrote; one slash at the end is forgiven.
///
/// # Errors
/// A sentence for that person.
pub(crate) fn parse_origin(text: &str) -> Result<Origin, String> {
    let wrong = || "write it as https://calls.example.org or http://host:port, without a path".to_owned();
    let url = Url::parse(text).map_err(|_| wrong())?;
    // Without user, path, query and fragment.
    let bare = format!(
        "{}://{}/",
        url.scheme(),
        &url[Position::BeforeHost..Position::AfterPort]
    );
    // A URL may hold more than a header may.
    let is_safe = url.host_str().is_some_and(is_host_text);
    match matches!(url.scheme(), "http" | "https") && is_safe && url.as_str() == bare {
        true => Ok(Origin(url)),
        false => Err(wrong()),
    }
}

/// One source of the `frame-ancestors` directive (CSP level 3, section 6.4.2).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FrameAncestor(String);

impl fmt::Display for FrameAncestor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Reads an origin, an origin with `*.` before its host, or `self`.
///
/// # Errors
/// A sentence for the person who wrote it.
pub(crate) fn parse_frame_ancestor(text: &str) -> Result<FrameAncestor, String> {
    if text == "self" {
        return Ok(FrameAncestor("'self'".to_owned()));
    }
    match text.split_once("://*.") {
        Some((scheme, rest)) => {
            let origin = parse_origin(&format!("{scheme}://{rest}"))?;
            Ok(FrameAncestor(origin.to_string().replacen("://", "://*.", 1)))
        }
        None => parse_origin(text).map(|origin| FrameAncestor(origin.to_string())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn origins_are_written_as_browsers_write_them() {
        let origin = |text| parse_origin(text).map(|origin| origin.to_string());
        assert_eq!(origin("https://Example.org"), Ok("https://example.org".into()));
        assert_eq!(origin("https://example.org:443/"), Ok("https://example.org".into()));
        assert_eq!(origin("http://example.org:443"), Ok("http://example.org:443".into()));
        assert_eq!(origin("http://[::1]:3000"), Ok("http://[::1]:3000".into()));
        assert_eq!(origin("http://10.0.0.7:80"), Ok("http://10.0.0.7".into()));
    }

    #[test]
    fn host_and_port_are_told_apart() {
        for (text, host, authority) in [
            ("https://example.org", "example.org", "example.org"),
            ("https://example.org:8443", "example.org", "example.org:8443"),
            ("https://[2001:db8::7]", "2001:db8::7", "[2001:db8::7]"),
            ("https://[2001:db8::7]:8443", "2001:db8::7", "[2001:db8::7]:8443"),
        ] {
            let origin = parse_origin(text).expect("an origin");
            assert_eq!((origin.host(), origin.authority()), (host, authority));
        }
    }

    #[test]
    fn what_is_no_origin_is_refused() {
        for text in [
            "",
            "example.org",
            "ftp://example.org",
            "https://",
            "https://example.org/room",
            "https://example.org?x",
            "https://example.org/#x",
            "https://user:secret@example.org",
            "https://example.org:port",
            "https://example.org:99999",
            "https://exa'mple.org",
            "*",
        ] {
            assert!(parse_origin(text).is_err(), "{text} was taken");
        }
    }

    #[test]
    fn frames_may_be_allowed_for_a_whole_domain() {
        let ancestor = |text| parse_frame_ancestor(text).map(|ancestor| ancestor.to_string());
        assert_eq!(ancestor("self"), Ok("'self'".into()));
        assert_eq!(ancestor("https://*.example.org"), Ok("https://*.example.org".into()));
        assert_eq!(ancestor("https://example.org"), Ok("https://example.org".into()));
        assert!(ancestor("*").is_err());
        assert!(ancestor("https://*").is_err());
        assert!(ancestor("https://a.example;script-src").is_err());
    }
}
