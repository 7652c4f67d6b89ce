//! The two encodings, and how a client and a server agree on one.

use std::fmt;

use postcard::ser_flavors::Flavor;
use serde::{Deserialize, Serialize};

/// How messages are written. Chosen by the WebSocket subprotocol (RFC 6455 section 1.9), which also names the
/// protocol's version: a server that does not speak it refuses the upgrade.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Encoding {
    /// Postcard in binary frames: small, and small to decode. What Parlour's own page speaks.
    Postcard,
    /// JSON in text frames: for tools, other languages and reading eyes.
    #[cfg(feature = "json")]
    Json,
}

impl Encoding {
    /// Every encoding, in the order of the server's preference.
    pub const ALL: &'static [Self] = &[
        Self::Postcard,
        #[cfg(feature = "json")]
        Self::Json,
    ];

    /// The WebSocket subprotocol that stands for this encoding of version 1.
    #[must_use]
    pub const fn subprotocol(self) -> &'static str {
        match self {
            Self::Postcard => "parlour.v1",
            #[cfg(feature = "json")]
            Self::Json => "parlour.v1+json",
        }
    }

    /// The encoding that a subprotocol stands for.
    #[must_use]
    pub fn from_subprotocol(subprotocol: &str) -> Option<Self> {
        Self::ALL
            .iter()
            .copied()
            .find(|encoding| encoding.subprotocol() == subprotocol)
    }

    /// Whether messages travel in text frames (else in binary ones).
    #[must_use]
    pub const fn is_text(self) -> bool {
        match self {
            Self::Postcard => false,
            #[cfg(feature = "json")]
            Self::Json => true,
        }
    }

    /// Writes a message. JSON comes out as UTF-8.
    ///
    /// # Panics
    /// Never for this crate's messages: every one of their types can be written in both encodings.
    #[must_use]
    pub fn encode<M: Serialize>(self, message: &M) -> Vec<u8> {
        self.encode_into(message, Vec::new())
    }

    /// The same, behind what a buffer holds already. One with enough room is not copied while the message grows.
    ///
    /// # Panics
    /// As [`Self::encode`].
    #[must_use]
    pub fn encode_into<M: Serialize>(self, message: &M, buffer: Vec<u8>) -> Vec<u8> {
        match self {
            Self::Postcard => {
                let buffer = Buffer(buffer);
                postcard::serialize_with_flavor(message, buffer)
                    .expect("messages hold nothing that postcard cannot write")
            }
            #[cfg(feature = "json")]
            Self::Json => {
                let mut buffer = buffer;
                serde_json::to_writer(&mut buffer, message).expect("messages hold nothing that JSON cannot write");
                buffer
            }
        }
    }

    /// Reads a message. Bytes may be anything at all. The message may point into them ([`crate::Text`]).
    ///
    /// # Errors
    /// [`DecodeError`] when the bytes are no message of type `M`.
    pub fn decode<'a, M: Deserialize<'a>>(self, bytes: &'a [u8]) -> Result<M, DecodeError> {
        match self {
            Self::Postcard => match postcard::take_from_bytes(bytes) {
                Ok((message, [])) => Ok(message),
                Ok(_) => Err(DecodeError("bytes follow the end of the message".into())),
                Err(error) => Err(DecodeError(error.to_string())),
            },
            #[cfg(feature = "json")]
            Self::Json => serde_json::from_slice(bytes).map_err(|error| DecodeError(describe(&error))),
        }
    }
}

/// Where postcard writes to. Its own vector cannot be given one that has room already.
struct Buffer(Vec<u8>);

impl Flavor for Buffer {
    type Output = Vec<u8>;

    fn try_push(&mut self, byte: u8) -> postcard::Result<()> {
        self.0.push(byte);
        Ok(())
    }

    fn try_extend(&mut self, bytes: &[u8]) -> postcard::Result<()> {
        self.0.extend_from_slice(bytes);
        Ok(())
    }

    fn finalize(self) -> postcard::Result<Vec<u8>> {
        Ok(self.0)
    }
}

/// Where and in what way JSON is wrong, without the text itself: it may hold what must not reach a log.
#[cfg(feature = "json")]
fn describe(error: &serde_json::Error) -> String {
    use serde_json::error::Category;
    let what = match error.classify() {
        Category::Io => "unreadable",
        Category::Syntax => "not JSON",
        Category::Data => "not a message of this protocol",
        Category::Eof => "cut short",
    };
    format!("{what}, at line {} column {}", error.line(), error.column())
}

/// Why bytes are no message. Its `Display` names the fault and never repeats what was sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DecodeError(String);

impl fmt::Display for DecodeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for DecodeError {}
