//! One STUN message from a client.

use std::net::SocketAddr;

use stun_types::attribute::{
    Attribute as _, AttributeStaticType as _, AttributeType, Fingerprint, RawAttribute, UnknownAttributes,
};
use stun_types::message::{Message, MessageClass, MessageHeader};

use super::turn::{DATA, UNDERSTOOD, XOR_PEER_ADDRESS, read_address};

/// The longest request. The longest that a browser sends has about 200 bytes.
const MAX_REQUEST: usize = 1280;

/// A STUN message that is whole: its length is that of the bytes, and its fingerprint, if any, is right.
pub(crate) struct Request<'a> {
    bytes: &'a [u8],
    pub(crate) message: Message<'a>,
}

/// An attribute that is there, but says nothing that can be understood: 400.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Malformed;

impl<'a> Request<'a> {
    /// Reads a message. `None` for what is no STUN message, and for requests that are too long.
    pub(crate) fn parse(bytes: &'a [u8]) -> Option<Self> {
        let header = MessageHeader::from_bytes(bytes).ok()?;
        let body = usize::from(header.data_length());
        if body % 4 != 0 || bytes.len() != MessageHeader::LENGTH + body {
            return None;
        }
        if header.get_type().class() != MessageClass::Indication && bytes.len() > MAX_REQUEST {
            return None;
        }
        let message = Message::from_bytes(bytes).ok()?;
        Some(Self { bytes, message })
    }

    pub(crate) fn len(&self) -> usize {
        self.bytes.len()
    }

    pub(crate) fn transaction(&self) -> u128 {
        self.message.transaction_id().into()
    }

    /// Whether the client wants answers with FINGERPRINT: it sends it itself.
    pub(crate) fn has_fingerprint(&self) -> bool {
        self.has(Fingerprint::TYPE)
    }

    pub(crate) fn has(&self, kind: AttributeType) -> bool {
        self.message.has_attribute(kind)
    }

    /// The value of an attribute, where it is there.
    pub(crate) fn get<T>(
        &self,
        kind: AttributeType,
        read: impl Fn(&RawAttribute<'_>) -> Option<T>,
    ) -> Result<Option<T>, Malformed> {
        let raw = self.message.iter_attributes().find(|(_, raw)| raw.get_type() == kind);
        raw.map(|(_, raw)| read(&raw).ok_or(Malformed)).transpose()
    }

    /// The first XOR-PEER-ADDRESS.
    pub(crate) fn peer(&self) -> Result<Option<SocketAddr>, Malformed> {
        let transaction = self.message.transaction_id();
        self.get(XOR_PEER_ADDRESS, |raw| read_address(raw, transaction))
    }

    /// All XOR-PEER-ADDRESS.
    pub(crate) fn peers(&self) -> Result<Vec<SocketAddr>, Malformed> {
        let transaction = self.message.transaction_id();
        let raw = self
            .message
            .iter_attributes()
            .filter(|(_, raw)| raw.get_type() == XOR_PEER_ADDRESS);
        raw.map(|(_, raw)| read_address(&raw, transaction).ok_or(Malformed))
            .collect()
    }

    /// The payload of a Send indication.
    pub(crate) fn data(&self) -> Option<&'a [u8]> {
        let (offset, raw) = self.message.iter_attributes().find(|(_, raw)| raw.get_type() == DATA)?;
        self.bytes.get(offset + 4..offset + 4 + raw.value.len())
    }

    /// What must be understood and is not.
    pub(crate) fn unknown(&self) -> Option<UnknownAttributes> {
        let attributes = self.message.iter_attributes().map(|(_, raw)| raw.get_type());
        let unknown: Vec<_> = attributes
            .filter(|kind| kind.comprehension_required() && !UNDERSTOOD.contains(kind))
            .collect();
        (!unknown.is_empty()).then(|| UnknownAttributes::new(&unknown))
    }
}
