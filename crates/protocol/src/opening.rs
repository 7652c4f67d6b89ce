//! What a client says before its socket is open: its first message may come with the upgrade.
//!
//! A browser reports a socket as open some time after the server has made it so, long while a page is being loaded. The
//! message waits for nobody when it is among the subprotocols that the client offers (RFC 6455 section 4.1): the only
//! header of the upgrade that a page can write.

use data_encoding::BASE64URL_NOPAD;

use crate::limits::FIRST_MESSAGE_MAX;

/// What an offer begins with that is a message. Base64url without padding follows (RFC 4648 section 5): all of its characters may
/// stand in a subprotocol's name.
const PREFIX: &str = "parlour.first.";

/// An offer that is no message, although it says that it is one: its base64 is wrong, or it is longer than
/// [`FIRST_MESSAGE_MAX`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct InvalidOffer;

/// The subprotocol to offer, beside that of the encoding, for this message to be the first.
#[must_use]
pub fn offer_first(message: &[u8]) -> String {
    [PREFIX, &BASE64URL_NOPAD.encode(message)].concat()
}

/// The message that an offered subprotocol is. `None` where it is another subprotocol.
///
/// # Errors
/// [`InvalidOffer`].
pub fn first_message(offer: &str) -> Option<Result<Vec<u8>, InvalidOffer>> {
    let encoded = offer.strip_prefix(PREFIX)?;
    if BASE64URL_NOPAD
        .decode_len(encoded.len())
        .is_ok_and(|len| len > FIRST_MESSAGE_MAX)
    {
        return Some(Err(InvalidOffer));
    }
    Some(BASE64URL_NOPAD.decode(encoded.as_bytes()).map_err(|_| InvalidOffer))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_message_survives_the_way_into_a_header_and_out() {
        for message in [&b""[..], b"\0", b"\xff\xfe\xfd", &[7; FIRST_MESSAGE_MAX]] {
            let offer = offer_first(message);
            // RFC 9110 section 5.6.2: what a token is made of.
            assert!(
                offer.bytes().all(|b| b.is_ascii_alphanumeric() || b"-._".contains(&b)),
                "{offer}"
            );
            assert_eq!(first_message(&offer), Some(Ok(message.to_vec())));
        }
    }

    #[test]
    fn other_subprotocols_are_no_messages_and_broken_ones_are_told_apart() {
        assert_eq!(first_message("parlour.v1"), None);
        let long = offer_first(&[7; FIRST_MESSAGE_MAX + 1]);
        for broken in ["parlour.first.=", "parlour.first.A", "parlour.first.AA==", &long] {
            assert_eq!(first_message(broken), Some(Err(InvalidOffer)), "{broken}");
        }
    }
}
