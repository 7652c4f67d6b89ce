//! The two encodings, and how a client and a server agree on one.

use std::fmt;

use postcard::ser_flavors::Flavor;
use serde::{Deserialize, Serialize};
#[cfg(feature = "json")]
use serde_json::value::RawValue;

use crate::zeros::ZerosPastTheEnd;
use crate::{PeerId, ServerMessage, Signal};

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

    /// Writes a message without a number: [`Self::number`] makes a frame of it. JSON comes out as UTF-8.
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

    /// Reads a message. Bytes may be anything at all. The message may point into them ([`crate::Text`]). What follows its
    /// last field is a newer version's and ignored; a postcard message that ends too soon has zeros in the fields that it
    /// lacks.
    ///
    /// # Errors
    /// [`DecodeError`] when the bytes are no message of type `M`.
    pub fn decode<'a, M: Deserialize<'a>>(self, bytes: &'a [u8]) -> Result<M, DecodeError> {
        match self {
            Self::Postcard => {
                if bytes.is_empty() {
                    return Err(DecodeError("an empty frame".into()));
                }
                let mut deserializer = postcard::Deserializer::from_flavor(ZerosPastTheEnd::new(bytes));
                M::deserialize(&mut deserializer).map_err(|error| DecodeError(error.to_string()))
            }
            #[cfg(feature = "json")]
            Self::Json => serde_json::from_slice(bytes).map_err(|error| DecodeError(describe(&error))),
        }
    }

    /// Writes a frame: a message and its number.
    ///
    /// # Panics
    /// As [`Self::encode`].
    #[must_use]
    pub fn encode_frame<M: Serialize>(self, frame: &Numbered<M>) -> Vec<u8> {
        self.number(frame.number, &self.encode(&frame.message))
    }

    /// Makes a frame of a message that was written by [`Self::encode`]. The number stands before it, so that one written message
    /// does for many receivers.
    #[must_use]
    pub fn number(self, number: u64, message: &[u8]) -> Vec<u8> {
        let mut frame = Vec::with_capacity(NUMBER_MAX + message.len());
        match self {
            Self::Postcard => {
                let mut rest = number;
                while rest > 0x7f {
                    frame.push(rest as u8 | 0x80);
                    rest >>= 7;
                }
                frame.push(rest as u8);
                frame.extend_from_slice(message);
            }
            #[cfg(feature = "json")]
            Self::Json => match message.split_first() {
                // Counted messages have fields: they are objects.
                Some((b'{', fields)) if number > 0 => {
                    frame.extend_from_slice(format!(r#"{{"number":{number},"#).as_bytes());
                    frame.extend_from_slice(fields);
                }
                _ => frame.extend_from_slice(message),
            },
        }
        frame
    }

    /// Reads a frame: a message and its number.
    ///
    /// # Errors
    /// As [`Self::decode`].
    pub fn decode_frame<'a, M: Deserialize<'a>>(self, frame: &'a [u8]) -> Result<Numbered<M>, DecodeError> {
        match self {
            Self::Postcard => {
                let number = postcard::take_from_bytes::<u64>(frame);
                let (number, message) = number.map_err(|error| DecodeError(error.to_string()))?;
                let message = self.decode(message)?;
                Ok(Numbered { number, message })
            }
            #[cfg(feature = "json")]
            Self::Json => {
                #[derive(Deserialize)]
                struct Number {
                    #[serde(default)]
                    number: u64,
                }
                let message = self.decode(frame)?;
                // What is a message is an object or a name.
                let is_object = frame.trim_ascii_start().starts_with(b"{");
                let number = match is_object {
                    true => self.decode::<Number>(frame)?.number,
                    false => 0,
                };
                Ok(Numbered { number, message })
            }
        }
    }
}

impl Encoding {
    /// Writes the `signal` of a server that does not know the signal which a client's frame holds: it stands there as it came.
    /// `None` where the frame is no `signal`.
    #[must_use]
    pub fn pass_on(self, frame: &[u8], from: PeerId) -> Option<Vec<u8>> {
        match self {
            Self::Postcard => {
                let signal = Signal::Unknown;
                let (_, signal_itself) = postcard::take_from_bytes::<(u64, u32, PeerId)>(frame).ok()?;
                let mut message = self.encode(&ServerMessage::Signal { from, signal });
                // The signal is the last field of its message.
                message.truncate(message.len() - self.encode(&Signal::Unknown).len());
                message.extend_from_slice(signal_itself);
                Some(message)
            }
            #[cfg(feature = "json")]
            Self::Json => {
                #[derive(Deserialize)]
                struct Frame<'a> {
                    #[serde(borrow)]
                    signal: To<'a>,
                }
                #[derive(Deserialize)]
                struct To<'a> {
                    #[serde(borrow)]
                    signal: &'a RawValue,
                }
                #[derive(Serialize)]
                struct Passed<'a> {
                    signal: Said<'a>,
                }
                #[derive(Serialize)]
                struct Said<'a> {
                    from: PeerId,
                    signal: &'a RawValue,
                }
                let Frame { signal: To { signal } } = self.decode(frame).ok()?;
                let message = Passed {
                    signal: Said { from, signal },
                };
                Some(self.encode(&message))
            }
        }
    }
}

/// Longest number before a message, in bytes: `{"number":18446744073709551615,`.
const NUMBER_MAX: usize = 31;

/// A message and its place among the counted messages of one seat in one direction.
///
/// It goes before the message, so that one that nobody understands counts too, and so that a gap shows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Numbered<M> {
    /// From 1, beginning anew with each `joined`. 0 where the message is not counted; a counted message with number 0 is the
    /// next one.
    pub number: u64,
    /// The message.
    pub message: M,
}

impl<M> From<M> for Numbered<M> {
    /// Without a number.
    fn from(message: M) -> Self {
        Self { number: 0, message }
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
