//! Where somebody comes from who opens a room's page (W3C Fetch Metadata Request Headers).

use http::HeaderMap;
use http::header::{HeaderName, HeaderValue};

const DEST: &str = "sec-fetch-dest";
const SITE: &str = "sec-fetch-site";

/// What a room's page depends on besides its address.
pub(crate) const VARY: (HeaderName, HeaderValue) = (
    http::header::VARY,
    HeaderValue::from_static("sec-fetch-dest, sec-fetch-site"),
);

/// Whether a link that asks for it may lead past the lobby, which opens camera and microphone where they were allowed before
/// and shows them to others. Yes for an address that the person typed or kept, for a link of this site, and in a frame: the
/// content security policy lets only those frame a page whom the operator named. A link of any other website leads to the lobby.
///
/// Browsers that do not say where a request comes from (Safari before 16.4, and any over plain http, where there is neither
/// camera nor microphone) get the lobby, too.
pub(crate) fn may_skip_lobby(headers: &HeaderMap) -> bool {
    let is = |name, values: &[&str]| {
        let value = headers.get(name).and_then(|value: &HeaderValue| value.to_str().ok());
        value.is_some_and(|value| values.contains(&value))
    };
    is(SITE, &["none", "same-origin"]) || is(DEST, &["iframe", "frame"])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_who_typed_the_address_or_comes_from_here_or_sits_in_a_frame_skips_the_lobby() {
        for (site, dest, skips) in [
            (Some("none"), Some("document"), true),
            (Some("same-origin"), Some("document"), true),
            (Some("cross-site"), Some("iframe"), true),
            (Some("same-site"), Some("frame"), true),
            (Some("cross-site"), Some("document"), false),
            // Another name of the same domain may be anybody's.
            (Some("same-site"), Some("document"), false),
            (Some("cross-site"), Some("object"), false),
            (Some("cross-site"), None, false),
            (Some("unheard-of"), Some("unheard-of"), false),
            (None, None, false),
        ] {
            let mut headers = HeaderMap::new();
            for (name, value) in [(SITE, site), (DEST, dest)] {
                if let Some(value) = value {
                    headers.insert(name, HeaderValue::from_static(value));
                }
            }
            assert_eq!(may_skip_lobby(&headers), skips, "{site:?} {dest:?}");
        }
    }
}
