//! Messages as a client writes and reads them: with `turn-types`, which the relay itself does not use.

use std::net::SocketAddr;

pub use client::turn::FromPeer;
use stun_types::attribute::*;
use stun_types::message::*;
use turn_types::attribute::*;

/// What a client must know to sign.
#[derive(Clone, Debug)]
pub struct Login {
    pub username: String,
    pub password: String,
    pub realm: String,
    pub nonce: String,
}

impl Login {
    pub fn key(&self) -> LongTermKeyCredentials {
        LongTermKeyCredentials::new(self.username.clone(), self.password.clone(), self.realm.clone())
    }
}

/// A request, signed where there is a login.
pub fn request(
    id: u128,
    method: Method,
    login: Option<&Login>,
    fill: impl FnOnce(&mut MessageWriteVec, TransactionId),
) -> Vec<u8> {
    let id = TransactionId::from(id);
    let kind = MessageType::from_class_method(MessageClass::Request, method);
    let mut message = Message::builder(kind, id, MessageWriteVec::new());
    fill(&mut message, id);
    if let Some(login) = login {
        message.add_attribute(&Username::new(&login.username).unwrap()).unwrap();
        message.add_attribute(&Realm::new(&login.realm).unwrap()).unwrap();
        message.add_attribute(&Nonce::new(&login.nonce).unwrap()).unwrap();
        message
            .add_message_integrity(&login.key().into(), IntegrityAlgorithm::Sha1)
            .unwrap();
    }
    message.finish()
}

/// A Send indication.
pub fn send_indication(id: u128, peer: SocketAddr, payload: &[u8]) -> Vec<u8> {
    let id = TransactionId::from(id);
    let kind = MessageType::from_class_method(MessageClass::Indication, turn_types::message::SEND);
    let mut message = Message::builder(kind, id, MessageWriteVec::new());
    message.add_attribute(&XorPeerAddress::new(peer, id)).unwrap();
    message.add_attribute(&Data::new(payload)).unwrap();
    message.finish()
}

/// ChannelData without padding.
pub fn channel_data(number: u16, payload: &[u8]) -> Vec<u8> {
    let mut bytes = number.to_be_bytes().to_vec();
    bytes.extend(u16::try_from(payload.len()).unwrap().to_be_bytes());
    bytes.extend(payload);
    bytes
}

/// The code of an error, `None` for a success.
pub fn code(answer: &[u8]) -> Option<u16> {
    let message = Message::from_bytes(answer).unwrap();
    assert!(message.is_response());
    match message.class() {
        MessageClass::Error => Some(message.attribute::<ErrorCode>().unwrap().code()),
        _ => None,
    }
}

/// The realm and nonce of a 401 or 438.
pub fn challenge(answer: &[u8]) -> (String, String) {
    let message = Message::from_bytes(answer).unwrap();
    let realm = message.attribute::<Realm>().unwrap();
    let nonce = message.attribute::<Nonce>().unwrap();
    (realm.realm().to_owned(), nonce.nonce().to_owned())
}

/// The relayed address and the client's own in the answer to an Allocate.
pub fn addresses(answer: &[u8]) -> (SocketAddr, SocketAddr) {
    let message = Message::from_bytes(answer).unwrap();
    let id = message.transaction_id();
    (
        message.attribute::<XorRelayedAddress>().unwrap().addr(id),
        message.attribute::<XorMappedAddress>().unwrap().addr(id),
    )
}

/// The LIFETIME of an answer, in seconds.
pub fn lifetime(answer: &[u8]) -> u32 {
    Message::from_bytes(answer)
        .unwrap()
        .attribute::<Lifetime>()
        .unwrap()
        .seconds()
}

/// Reads what the relay sends to a client on behalf of a peer.
pub fn from_peer(bytes: &[u8]) -> FromPeer {
    if bytes[0] >= 0x40 {
        let data = turn_types::channel::ChannelData::parse(bytes).unwrap();
        return FromPeer::Channel(data.id(), data.data().to_vec());
    }
    let message = Message::from_bytes(bytes).unwrap();
    assert!(message.has_method(turn_types::message::DATA) && message.has_class(MessageClass::Indication));
    let peer = message
        .attribute::<XorPeerAddress>()
        .unwrap()
        .addr(message.transaction_id());
    FromPeer::Indication(peer, message.attribute::<Data<'_>>().unwrap().data().to_vec())
}
