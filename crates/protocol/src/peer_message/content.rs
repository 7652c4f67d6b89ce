//! A content: a tag and the fields of what it stands for.

use std::fmt;

use super::{Hello, Payload, PeerMessage, read_fields, write_fields};

const HELLO: u32 = 0;
const ACK: u32 = 1;

/// What a frame says: the channel's own two, or a message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Content<M = PeerMessage> {
    /// Tag 0.
    Hello(Hello),
    /// Tag 1, without fields: the frame's header is all there is to it.
    Ack,
    /// Any other tag that the reader knows.
    Message(M),
    /// A tag that the reader does not know, or fields that are not of its kind. Skipped; its number counts.
    Unknown {
        /// The tag.
        tag: u32,
    },
}

impl<M: Payload> Content<M> {
    /// Appends tag and fields to a buffer.
    #[must_use]
    pub fn encode(&self, buffer: Vec<u8>) -> Vec<u8> {
        match self {
            Self::Hello(hello) => write_fields(&(HELLO, hello), buffer),
            Self::Ack => write_fields(&ACK, buffer),
            Self::Message(message) => message.write(write_fields(&message.tag(), buffer)),
            Self::Unknown { tag } => write_fields(tag, buffer),
        }
    }

    /// Reads tag and fields. Bytes may be anything at all.
    ///
    /// # Errors
    /// [`Unreadable`] when not even a tag is there.
    pub fn decode(bytes: &[u8]) -> Result<Self, Unreadable> {
        let (tag, fields) = postcard::take_from_bytes::<u32>(bytes).map_err(|_| Unreadable)?;
        let content = match tag {
            HELLO => read_fields(fields)
                .filter(|hello: &Hello| hello.session != 0)
                .map(Self::Hello),
            ACK => Some(Self::Ack),
            _ => M::read(tag, fields).map(Self::Message),
        };
        Ok(content.unwrap_or(Self::Unknown { tag }))
    }
}

/// Bytes that are no frame of a peer channel. What was sent is not repeated.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Unreadable;

impl fmt::Display for Unreadable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("these bytes are no frame of a peer channel")
    }
}

impl std::error::Error for Unreadable {}
