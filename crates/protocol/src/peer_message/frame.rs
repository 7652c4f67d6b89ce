//! A frame of the reliable channel: a header and a content.

use serde::{Deserialize, Serialize};

use super::{Content, Payload, PeerMessage, Unreadable, write_fields};

/// The longest header, in bytes: three numbers of 64 bits in postcard.
pub const HEADER_MAX: usize = 30;

/// What stands before each content on the reliable channel.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Header {
    /// An event's place among the sender's events of this pair of sessions, from 1; 0 for everything else.
    pub number: u64,
    /// Events of the receiver that have come, in order.
    pub ack: u64,
    /// Frames of the receiver that have come on this connection, hellos with them, acknowledgements without. The receiver keeps at most
    /// [`crate::limits::peer::WINDOW`] more on their way.
    pub seen: u64,
}

impl Header {
    /// Puts the header before a content that is encoded already.
    #[must_use]
    pub fn before(&self, content: &[u8]) -> Vec<u8> {
        let mut frame = write_fields(self, Vec::with_capacity(HEADER_MAX + content.len()));
        frame.extend_from_slice(content);
        frame
    }
}

/// A frame of the reliable channel.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Frame<M = PeerMessage> {
    /// Counts.
    pub header: Header,
    /// What it says.
    pub content: Content<M>,
}

impl<M: Payload> Frame<M> {
    /// Writes the frame.
    #[must_use]
    pub fn encode(&self) -> Vec<u8> {
        self.header.before(&self.content.encode(Vec::new()))
    }

    /// Reads a frame. Bytes may be anything at all.
    ///
    /// # Errors
    /// [`Unreadable`] when there is no whole header with a tag behind it.
    pub fn decode(bytes: &[u8]) -> Result<Self, Unreadable> {
        let (header, content) = postcard::take_from_bytes(bytes).map_err(|_| Unreadable)?;
        let content = Content::decode(content)?;
        Ok(Self { header, content })
    }
}
