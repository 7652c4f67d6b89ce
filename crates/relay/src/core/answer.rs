//! What is sent back.

use std::net::SocketAddr;
use std::time::Duration;

use stun_types::attribute::{AttributeType, AttributeWrite, ErrorCode, RawAttribute, XorMappedAddress, XorSocketAddr};
use stun_types::message::{
    IntegrityAlgorithm, IntegrityKey, Message, MessageWrite as _, MessageWriteExt as _, MessageWriteVec,
};

use super::request::Request;
use super::turn::LIFETIME;

/// An answer that is being written. No SOFTWARE: it would help attackers only, and answers to strangers must be small.
pub(crate) struct Answer<'a> {
    request: &'a Request<'a>,
    message: MessageWriteVec,
}

impl<'a> Answer<'a> {
    pub(crate) fn success(request: &'a Request<'a>) -> Self {
        Self {
            request,
            message: Message::builder_success(&request.message, MessageWriteVec::with_capacity(128)),
        }
    }

    /// An error with its usual sentence.
    pub(crate) fn error(request: &'a Request<'a>, code: u16) -> Self {
        Self::error_with_reason(request, code, ErrorCode::default_reason_for_code(code))
    }

    /// An error of the fewest bytes: no sentence.
    pub(crate) fn short_error(request: &'a Request<'a>, code: u16) -> Self {
        Self::error_with_reason(request, code, "")
    }

    fn error_with_reason(request: &'a Request<'a>, code: u16, reason: &str) -> Self {
        let answer = Self {
            request,
            message: Message::builder_error(&request.message, MessageWriteVec::with_capacity(128)),
        };
        answer.with(&ErrorCode::new(code, reason).expect("all codes are from 300 to 699"))
    }

    pub(crate) fn with(mut self, attribute: &dyn AttributeWrite) -> Self {
        let added = self.message.add_attribute(attribute);
        added.expect("attributes are added before the integrity, into memory that grows");
        self
    }

    pub(crate) fn with_bytes(self, kind: AttributeType, bytes: &[u8]) -> Self {
        self.with(&RawAttribute::new(kind, bytes))
    }

    pub(crate) fn with_lifetime(self, lifetime: Duration) -> Self {
        let seconds = u32::try_from(lifetime.as_secs()).unwrap_or(u32::MAX);
        self.with_bytes(LIFETIME, &seconds.to_be_bytes())
    }

    pub(crate) fn with_mapped(self, address: SocketAddr) -> Self {
        let transaction = self.request.message.transaction_id();
        self.with(&XorMappedAddress::new(address, transaction))
    }

    pub(crate) fn with_address(self, kind: AttributeType, address: SocketAddr) -> Self {
        let address = XorSocketAddr::new(address, self.request.message.transaction_id());
        let raw = address.to_raw(kind);
        self.with(&raw)
    }

    /// The bytes, signed where there is a key.
    pub(crate) fn finish(mut self, key: Option<&IntegrityKey>) -> Vec<u8> {
        if let Some(key) = key {
            let added = self
                .message
                .add_message_integrity_with_key(key, IntegrityAlgorithm::Sha1);
            added.expect("it is added once, before the fingerprint");
        }
        if self.request.has_fingerprint() {
            self.message.add_fingerprint().expect("it is added once, at the end");
        }
        self.message.finish()
    }
}
