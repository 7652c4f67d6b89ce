//! The client's side of TURN (RFC 8656), as far as a check needs it: to open a relayed address and to send through it.
//! Without input and output: it writes requests and reads what comes.
//!
//! `turn-client-proto` 0.7 was looked at first. It keeps the code of an error to itself, and the code is what a check is
//! about: "wrong credentials" and "quota reached" have different remedies.

use std::net::SocketAddr;

use stun_types::attribute::{AttributeType, ErrorCode, Nonce, RawAttribute, Realm, Username, XorSocketAddr};
use stun_types::message::{
    IntegrityAlgorithm, LongTermKeyCredentials, Message, MessageClass, MessageType, MessageWriteVec, Method,
    TransactionId,
};
use stun_types::prelude::{MessageWrite as _, MessageWriteExt as _};

const ALLOCATE: Method = Method::new(0x003);
const REFRESH: Method = Method::new(0x004);
const DATA_INDICATION: Method = Method::new(0x007);
const CHANNEL_BIND: Method = Method::new(0x009);

const CHANNEL_NUMBER: AttributeType = AttributeType::new(0x000c);
const LIFETIME: AttributeType = AttributeType::new(0x000d);
const XOR_PEER_ADDRESS: AttributeType = AttributeType::new(0x0012);
const DATA: AttributeType = AttributeType::new(0x0013);
const XOR_RELAYED_ADDRESS: AttributeType = AttributeType::new(0x0016);
const REQUESTED_TRANSPORT: AttributeType = AttributeType::new(0x0019);

/// REQUESTED-TRANSPORT of UDP (protocol 17).
const UDP: [u8; 4] = [17, 0, 0, 0];

/// The channel that the client uses: the first one there is.
const CHANNEL: u16 = 0x4000;

/// What a client can ask for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Request {
    /// A relayed address.
    Allocate,
    /// A channel to this peer.
    Bind(SocketAddr),
    /// That the relayed address is closed.
    Close,
}

/// What came from the relay.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Heard {
    /// This relayed address is open.
    Allocated(SocketAddr),
    /// What was asked for is done.
    Done,
    /// The request is to be sent again: the client knows now what it must sign with.
    Challenge,
    /// The code of an error (RFC 8656 section 19).
    Refused(u16),
    /// Data from a peer.
    Data(Vec<u8>),
    /// What belongs to no request of this client, or cannot be read.
    Noise,
}

/// One client of one relay.
#[derive(Debug)]
pub(super) struct TurnClient {
    username: String,
    password: String,
    /// Realm and nonce, once the relay has told them.
    challenge: Option<(String, String)>,
    /// Of the request that waits for its answer.
    transaction: Option<TransactionId>,
}

impl TurnClient {
    pub(super) fn new(username: &str, password: &str) -> Self {
        Self {
            username: username.to_owned(),
            password: password.to_owned(),
            challenge: None,
            transaction: None,
        }
    }

    /// The bytes of a request, whose transaction is `id`: 96 random bits. `None` when the credentials cannot be written.
    pub(super) fn request(&mut self, id: u128, request: Request) -> Option<Vec<u8>> {
        let id = TransactionId::from(id);
        self.transaction = Some(id);
        let method = match request {
            Request::Allocate => ALLOCATE,
            Request::Bind(_) => CHANNEL_BIND,
            Request::Close => REFRESH,
        };
        let kind = MessageType::from_class_method(MessageClass::Request, method);
        let mut message = Message::builder(kind, id, MessageWriteVec::new());
        let attributes = match request {
            Request::Allocate => vec![RawAttribute::new(REQUESTED_TRANSPORT, &UDP).into_owned()],
            Request::Bind(to) => {
                let [high, low] = CHANNEL.to_be_bytes();
                let channel = RawAttribute::new(CHANNEL_NUMBER, &[high, low, 0, 0]).into_owned();
                let peer = XorSocketAddr::new(to, id);
                vec![channel, peer.to_raw(XOR_PEER_ADDRESS).into_owned()]
            }
            Request::Close => vec![RawAttribute::new(LIFETIME, &[0; 4]).into_owned()],
        };
        for attribute in &attributes {
            message.add_attribute(attribute).ok()?;
        }
        if let Some((realm, nonce)) = &self.challenge {
            message.add_attribute(&Username::new(&self.username).ok()?).ok()?;
            message.add_attribute(&Realm::new(realm).ok()?).ok()?;
            message.add_attribute(&Nonce::new(nonce).ok()?).ok()?;
            let key = LongTermKeyCredentials::new(self.username.clone(), self.password.clone(), realm.clone());
            message
                .add_message_integrity(&key.into(), IntegrityAlgorithm::Sha1)
                .ok()?;
        }
        Some(message.finish())
    }

    /// Reads one message. Who signs an answer is not looked at: nothing that a check is told is a secret.
    pub(super) fn read(&mut self, bytes: &[u8]) -> Heard {
        if let Some(payload) = channel_payload(bytes) {
            return Heard::Data(payload.to_vec());
        }
        let Ok(message) = Message::from_bytes(bytes) else {
            return Heard::Noise;
        };
        if message.has_method(DATA_INDICATION) && message.has_class(MessageClass::Indication) {
            let data = message.raw_attribute(DATA).map(|raw| Heard::Data(raw.value.to_vec()));
            return data.unwrap_or(Heard::Noise);
        }
        let id = message.transaction_id();
        if !message.is_response() || self.transaction != Some(id) {
            return Heard::Noise;
        }
        self.transaction = None;
        match message.class() {
            MessageClass::Success if message.has_method(ALLOCATE) => {
                let relayed = message.raw_attribute(XOR_RELAYED_ADDRESS);
                let relayed = relayed.and_then(|raw| XorSocketAddr::from_raw(&raw).ok());
                relayed.map_or(Heard::Noise, |relayed| Heard::Allocated(relayed.addr(id)))
            }
            MessageClass::Success => Heard::Done,
            _ => self.refused(&message),
        }
    }

    /// An error. One that tells what to sign with is no refusal, if the client has not signed with it before.
    fn refused(&mut self, message: &Message<'_>) -> Heard {
        let code = message.attribute::<ErrorCode>().map_or(0, |error| error.code());
        let realm = message.attribute::<Realm>().map(|realm| realm.realm().to_owned());
        let nonce = message.attribute::<Nonce>().map(|nonce| nonce.nonce().to_owned());
        match (code, realm, nonce) {
            (401, Ok(realm), Ok(nonce)) if self.challenge.is_none() => {
                self.challenge = Some((realm, nonce));
                Heard::Challenge
            }
            // The nonce is too old: not the credentials.
            (438, Ok(realm), Ok(nonce)) => {
                self.challenge = Some((realm, nonce));
                Heard::Challenge
            }
            _ => Heard::Refused(code),
        }
    }

    /// Data for the peer of the channel.
    pub(super) fn channel_data(payload: &[u8]) -> Vec<u8> {
        let mut bytes = CHANNEL.to_be_bytes().to_vec();
        let length = u16::try_from(payload.len()).expect("a check sends a few bytes");
        bytes.extend(length.to_be_bytes());
        bytes.extend(payload);
        bytes
    }
}

/// What is inside of ChannelData of our channel, without its padding.
fn channel_payload(bytes: &[u8]) -> Option<&[u8]> {
    let [first, second, high, low, rest @ ..] = bytes else {
        return None;
    };
    let length = usize::from(u16::from_be_bytes([*high, *low]));
    (u16::from_be_bytes([*first, *second]) == CHANNEL)
        .then(|| rest.get(..length))
        .flatten()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What a relay answers to a request with this transaction.
    fn answer(id: u128, class: MessageClass, method: Method, attributes: &[RawAttribute<'_>]) -> Vec<u8> {
        let kind = MessageType::from_class_method(class, method);
        let mut message = Message::builder(kind, TransactionId::from(id), MessageWriteVec::new());
        for attribute in attributes {
            message.add_attribute(attribute).expect("it fits");
        }
        message.finish()
    }

    fn raw(kind: u16, value: &[u8]) -> RawAttribute<'_> {
        RawAttribute::new(AttributeType::new(kind), value)
    }

    fn error(code: [u8; 2]) -> [u8; 4] {
        [0, 0, code[0], code[1]]
    }

    #[test]
    fn after_a_challenge_the_request_is_signed_with_what_it_told() {
        let mut client = TurnClient::new("ada", "secret");
        let first = client.request(7, Request::Allocate).expect("it can be written");
        assert!(
            Message::from_bytes(&first)
                .expect("a message")
                .attribute::<Username>()
                .is_err()
        );
        let (code, realm, nonce) = (error([4, 1]), raw(0x0014, b"realm"), raw(0x0015, b"nonce"));
        let asked = [raw(0x0009, &code), realm, nonce];
        assert_eq!(
            client.read(&answer(7, MessageClass::Error, ALLOCATE, &asked)),
            Heard::Challenge
        );
        let second = client.request(8, Request::Allocate).expect("it can be written");
        let message = Message::from_bytes(&second).expect("a message");
        let key = LongTermKeyCredentials::new("ada".into(), "secret".into(), "realm".into());
        message.validate_integrity(&key.into()).expect("it is signed");
        assert_eq!(message.attribute::<Nonce>().expect("a nonce").nonce(), "nonce");
        assert_eq!(
            client.read(&answer(8, MessageClass::Error, ALLOCATE, &asked)),
            Heard::Refused(401),
            "who is asked twice has the wrong credentials"
        );
    }

    #[test]
    fn an_old_nonce_is_no_refusal_and_every_other_error_is() {
        let mut client = TurnClient::new("ada", "secret");
        let (stale, full) = (error([4, 38]), error([4, 86]));
        for id in 1..3 {
            client.request(id, Request::Close).expect("it can be written");
            let attributes = [raw(0x0009, &stale), raw(0x0014, b"realm"), raw(0x0015, b"newer")];
            let stale = answer(id, MessageClass::Error, REFRESH, &attributes);
            assert_eq!(client.read(&stale), Heard::Challenge);
        }
        client.request(9, Request::Allocate).expect("it can be written");
        let full = answer(9, MessageClass::Error, ALLOCATE, &[raw(0x0009, &full)]);
        assert_eq!(client.read(&full), Heard::Refused(486));
    }

    #[test]
    fn what_answers_no_request_is_noise() {
        let mut client = TurnClient::new("ada", "secret");
        let done = answer(7, MessageClass::Success, CHANNEL_BIND, &[]);
        assert_eq!(client.read(&done), Heard::Noise, "nothing was asked");
        client.request(8, Request::Close).expect("it can be written");
        assert_eq!(client.read(&done), Heard::Noise, "another transaction");
        for bytes in [
            &b""[..],
            &[0x40],
            &[0x40, 0, 0, 9, 1],
            &[0x41, 0, 0, 0],
            b"HTTP/1.1 200 OK",
        ] {
            assert_eq!(client.read(bytes), Heard::Noise, "{bytes:?}");
        }
        let done = answer(8, MessageClass::Success, REFRESH, &[]);
        assert_eq!(client.read(&done), Heard::Done);
        assert_eq!(client.read(&done), Heard::Noise, "the same once more");
    }

    #[test]
    fn data_comes_in_a_channel_or_in_an_indication() {
        let mut client = TurnClient::new("ada", "secret");
        let mut sent = TurnClient::channel_data(b"hello");
        sent.extend([0; 3]);
        assert_eq!(
            client.read(&sent),
            Heard::Data(b"hello".to_vec()),
            "without its padding"
        );
        let data = [raw(0x0013, b"hello")];
        let indication = answer(1, MessageClass::Indication, DATA_INDICATION, &data);
        assert_eq!(client.read(&indication), Heard::Data(b"hello".to_vec()));
    }
}
