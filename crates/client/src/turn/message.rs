//! What a TURN client writes and reads, as bytes. Pure.

use std::net::SocketAddr;

use stun_types::attribute::{ErrorCode, Nonce, Realm, Username, XorMappedAddress};
use stun_types::message::{
    IntegrityAlgorithm, LongTermKeyCredentials, Message, MessageClass, MessageType, MessageWriteVec, TransactionId,
};
use stun_types::prelude::{MessageWrite as _, MessageWriteExt as _};
use turn_types::attribute::{ChannelNumber, Data, Lifetime, RequestedTransport, XorPeerAddress, XorRelayedAddress};
use turn_types::channel::ChannelData;
use turn_types::message::{ALLOCATE, CHANNEL_BIND, CREATE_PERMISSION, DATA, REFRESH, SEND};

/// What a client can ask for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Request {
    /// A relayed address, over UDP.
    Allocate,
    /// That it stays open for so many seconds; 0 closes it.
    Refresh(u32),
    /// That this peer may send.
    Permit(SocketAddr),
    /// A channel of this number (from 0x4000 up) to this peer.
    Bind(u16, SocketAddr),
}

impl Request {
    /// What RFC 8656 calls it.
    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Allocate => "Allocate",
            Self::Refresh(_) => "Refresh",
            Self::Permit(_) => "CreatePermission",
            Self::Bind(..) => "ChannelBind",
        }
    }
}

/// The relay did what was asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Success {
    /// Where peers send to (the answer to an Allocate).
    pub relayed: Option<SocketAddr>,
    /// Where the relay sees the client (the answer to an Allocate).
    pub mapped: Option<SocketAddr>,
}

/// A payload of a peer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FromPeer {
    /// In the channel of this number.
    Channel(u16, Vec<u8>),
    /// From this address.
    Indication(SocketAddr, Vec<u8>),
}

/// What the relay wants a client to sign with.
#[derive(Clone, Debug)]
pub(super) struct Challenge {
    realm: String,
    nonce: String,
}

/// An answer.
pub(super) enum Read {
    Success(Success),
    /// A code, and what to sign with where the relay tells it.
    Error(u16, Option<Challenge>),
}

/// A request, signed if there is a login (username, password and challenge). `None` when these do not fit.
pub(super) fn write(id: TransactionId, request: Request, login: Option<(&str, &str, &Challenge)>) -> Option<Vec<u8>> {
    let method = match request {
        Request::Allocate => ALLOCATE,
        Request::Refresh(_) => REFRESH,
        Request::Permit(_) => CREATE_PERMISSION,
        Request::Bind(..) => CHANNEL_BIND,
    };
    let kind = MessageType::from_class_method(MessageClass::Request, method);
    let mut message = Message::builder(kind, id, MessageWriteVec::new());
    match request {
        Request::Allocate => message.add_attribute(&RequestedTransport::new(RequestedTransport::UDP)),
        Request::Refresh(seconds) => message.add_attribute(&Lifetime::new(seconds)),
        Request::Permit(peer) => message.add_attribute(&XorPeerAddress::new(peer, id)),
        Request::Bind(number, peer) => {
            message.add_attribute(&ChannelNumber::new(number)).ok()?;
            message.add_attribute(&XorPeerAddress::new(peer, id))
        }
    }
    .ok()?;
    if let Some((username, password, Challenge { realm, nonce })) = login {
        message.add_attribute(&Username::new(username).ok()?).ok()?;
        message.add_attribute(&Realm::new(realm).ok()?).ok()?;
        message.add_attribute(&Nonce::new(nonce).ok()?).ok()?;
        let key = LongTermKeyCredentials::new(username.to_owned(), password.to_owned(), realm.clone());
        message
            .add_message_integrity(&key.into(), IntegrityAlgorithm::Sha1)
            .ok()?;
    }
    Some(message.finish())
}

/// The answer to that request; `None` for everything else. Who signs it is not looked at: nothing that a check is told is a
/// secret.
pub(super) fn read(id: TransactionId, request: Request, bytes: &[u8]) -> Option<Read> {
    let message = Message::from_bytes(bytes).ok()?;
    if !message.is_response() || message.transaction_id() != id {
        return None;
    }
    if message.has_class(MessageClass::Success) {
        let allocated = request == Request::Allocate;
        let relayed = allocated.then(|| message.attribute::<XorRelayedAddress>().ok());
        let mapped = allocated.then(|| message.attribute::<XorMappedAddress>().ok());
        return Some(Read::Success(Success {
            relayed: relayed.flatten().map(|address| address.addr(id)),
            mapped: mapped.flatten().map(|address| address.addr(id)),
        }));
    }
    let code = message.attribute::<ErrorCode>().map_or(0, |error| error.code());
    let challenge = match (message.attribute::<Realm>(), message.attribute::<Nonce>()) {
        (Ok(realm), Ok(nonce)) => Some(Challenge {
            realm: realm.realm().to_owned(),
            nonce: nonce.nonce().to_owned(),
        }),
        _ => None,
    };
    Some(Read::Error(code, challenge))
}

/// What the relay passes on from a peer; `None` for everything else.
pub(super) fn from_peer(bytes: &[u8]) -> Option<FromPeer> {
    if bytes.first().is_some_and(|first| (0x40..0x80).contains(first)) {
        let data = ChannelData::parse(bytes).ok()?;
        return Some(FromPeer::Channel(data.id(), data.data().to_vec()));
    }
    let message = Message::from_bytes(bytes).ok()?;
    if !message.has_method(DATA) || !message.has_class(MessageClass::Indication) {
        return None;
    }
    let peer = message.attribute::<XorPeerAddress>().ok()?;
    let payload = message.attribute::<Data<'_>>().ok()?.data().to_vec();
    Some(FromPeer::Indication(peer.addr(message.transaction_id()), payload))
}

/// A Send indication.
pub(super) fn send_indication(id: TransactionId, peer: SocketAddr, payload: &[u8]) -> Vec<u8> {
    let kind = MessageType::from_class_method(MessageClass::Indication, SEND);
    let mut message = Message::builder(kind, id, MessageWriteVec::new());
    let added = message.add_attribute(&XorPeerAddress::new(peer, id));
    let added = added.and_then(|()| message.add_attribute(&Data::new(payload)));
    added.expect("two attributes that may stand in any order; a payload is a datagram");
    message.finish()
}

/// ChannelData without padding (RFC 8656 section 12.4).
///
/// # Panics
/// For more than 65,535 bytes, which no datagram holds.
#[must_use]
pub fn channel_data(number: u16, payload: &[u8]) -> Vec<u8> {
    let length = u16::try_from(payload.len()).expect("a payload is a datagram");
    [&number.to_be_bytes(), &length.to_be_bytes(), payload].concat()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn data_comes_in_a_channel_or_in_an_indication() {
        let mut sent = channel_data(0x4000, b"hello");
        assert_eq!(sent[..4], [0x40, 0, 0, 5]);
        sent.extend([0; 3]);
        let heard = Some(FromPeer::Channel(0x4000, b"hello".to_vec()));
        assert_eq!(from_peer(&sent), heard, "without its padding");
        let peer = "192.0.2.1:50000".parse().expect("an address");
        let mut indication = send_indication(7.into(), peer, b"hello");
        assert_eq!(from_peer(&indication), None, "nobody sends that to a client");
        // The method of a Data indication instead of a Send indication.
        indication[1] = 0x17;
        assert_eq!(
            from_peer(&indication),
            Some(FromPeer::Indication(peer, b"hello".to_vec()))
        );
        for bytes in [&b""[..], &[0x40], &[0x40, 0, 0, 9, 1], b"HTTP/1.1 200 OK"] {
            assert_eq!(from_peer(bytes), None, "{bytes:?}");
        }
    }

    #[test]
    fn only_an_answer_to_the_request_is_one() {
        let kind = MessageType::from_class_method(MessageClass::Success, CHANNEL_BIND);
        let peer = "192.0.2.1:50000".parse().expect("an address");
        let request = Request::Bind(0x4000, peer);
        let done = Message::builder(kind, 7.into(), MessageWriteVec::new()).finish();
        assert!(matches!(read(7.into(), request, &done), Some(Read::Success(_))));
        assert!(read(8.into(), request, &done).is_none(), "another transaction");
        let asked = write(7.into(), request, None).expect("it fits");
        assert!(read(7.into(), request, &asked).is_none(), "a request");
    }
}
