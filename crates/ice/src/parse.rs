//! Reads a server as an operator writes it: the address of a STUN server (RFC 7064), or that of a TURN server (RFC 7065), with its user and
//! secret unless these are made for each person.

use protocol::IceServer;
use url::{Position, Url};

const STUN: &str = "write a STUN server as stun:HOST or stun:HOST:PORT";
const TURN: &str = "write a TURN server as turn:HOST:PORT,USER,SECRET, with ?transport=udp or ?transport=tcp after the \
                    port where it matters, or without user and secret beside a --turn-secret";

/// Reads one server: `stun:HOST[:PORT]`, or `turn:HOST[:PORT][?transport=udp|tcp]`, with `,USER,SECRET` unless its logins are made for each person.
///
/// # Errors
/// A sentence for the person who wrote it. It never repeats the secret.
pub fn parse(text: &str) -> Result<IceServer, String> {
    let (url, login) = match text.split_once(',') {
        Some((url, login)) => (url, Some(login)),
        None => (text, None),
    };
    let (scheme, rest) = url.split_once(':').unwrap_or(("", ""));
    match scheme {
        "stun" | "stuns" => {
            if login.is_some() {
                return Err(format!("a STUN server takes no user and no secret: {STUN}"));
            }
            check_address(rest).map_err(|problem| format!("{problem}: {STUN}"))?;
            Ok(IceServer {
                urls: vec![url.to_owned()],
                username: None,
                credential: None,
            })
        }
        "turn" | "turns" => {
            let address = match rest.split_once('?') {
                Some((address, "transport=udp" | "transport=tcp")) => address,
                Some(_) => return Err(format!("what follows the ? is not known: {TURN}")),
                None => rest,
            };
            check_address(address).map_err(|problem| format!("{problem}: {TURN}"))?;
            let server = |login: Option<(&str, &str)>| IceServer {
                urls: vec![url.to_owned()],
                username: login.map(|(user, _)| user.to_owned()),
                credential: login.map(|(_, secret)| secret.to_owned()),
            };
            let Some(login) = login else {
                return Ok(server(None));
            };
            // A secret may hold commas, so only the first one ends the user.
            match login.split_once(',') {
                Some((user, secret)) if !user.is_empty() && !secret.is_empty() => Ok(server(Some((user, secret)))),
                _ => Err(format!("the user or the secret is missing: {TURN}")),
            }
        }
        _ => Err(format!(
            "it starts with none of stun:, stuns:, turn:, turns: ({STUN}; {TURN})"
        )),
    }
}

/// Checks `HOST` or `HOST:PORT`, where an IPv6 host stands in brackets.
fn check_address(address: &str) -> Result<(), String> {
    let url = Url::parse(&format!("turn://{address}")).map_err(|error| error.to_string())?;
    let is_all = url[..Position::BeforeHost].ends_with("//") && url[Position::AfterPort..].is_empty();
    if !is_all || !url.host_str().is_some_and(is_host_text) {
        return Err("the host is missing or holds a character that no host has".to_owned());
    }
    match url.port() {
        Some(0) => Err("the port is no number from 1 to 65535".to_owned()),
        _ => Ok(()),
    }
}

/// Whether a text holds nothing but what a host and a port are made of, so that it can stand in an address or in a header's value.
#[must_use]
pub fn is_host_text(text: &str) -> bool {
    let allowed = |byte: u8| byte.is_ascii_alphanumeric() || b".-_:[]".contains(&byte);
    !text.is_empty() && text.len() <= 255 + ":65535".len() && text.bytes().all(allowed)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stun_server_is_an_address() {
        for text in ["stun:example.org", "stun:example.org:3478", "stuns:[2001:db8::7]:5349"] {
            let server = parse(text).expect("valid");
            assert_eq!(server.urls, [text]);
            assert_eq!((server.username, server.credential), (None, None));
        }
    }

    #[test]
    fn a_turn_server_has_a_user_and_a_secret() {
        let server = parse("turn:10.0.0.7:3478?transport=tcp,ada,a,b=c").expect("valid");
        assert_eq!(server.urls, ["turn:10.0.0.7:3478?transport=tcp"]);
        assert_eq!(server.username.as_deref(), Some("ada"));
        assert_eq!(server.credential.as_deref(), Some("a,b=c"), "a secret may hold commas");
    }

    #[test]
    fn a_login_that_is_made_for_each_person_is_not_written() {
        let server = parse("turns:example.org:5349").expect("valid");
        assert_eq!(server.urls, ["turns:example.org:5349"]);
        assert_eq!((server.username, server.credential), (None, None));
    }

    #[test]
    fn what_is_wrong_is_said_without_the_secret() {
        for text in [
            "",
            "example.org:3478",
            "http:example.org",
            "stun:",
            "stun:exa mple",
            "stun:host:port",
            "stun:host:0",
            "stun:host:70000",
            "stun:host/room",
            "stun:ada@host",
            "stun:2001:db8::7",
            "stun:[nonsense]",
            "stun:[::1",
            "stun:host,ada,hunter2",
            "turn:host,ada",
            "turn:host,,hunter2",
            "turn:host:0,ada,hunter2",
            "turn:host?transport=sctp,ada,hunter2",
        ] {
            let sentence = parse(text).expect_err(text);
            assert!(!sentence.contains("hunter2"), "{sentence}");
            assert!(
                sentence.contains("write a"),
                "{text}: it does not say what to do: {sentence}"
            );
        }
    }
}
