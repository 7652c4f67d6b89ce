//! A TURN client (RFC 8656) that does as little as a load needs: it allocates, binds one channel, and sends ChannelData.

use std::net::SocketAddr;
use std::time::Duration;

use anyhow::{Context, Result, bail, ensure};
use stun_types::attribute::{ErrorCode, Nonce, Realm, Username};
use stun_types::message::{
    IntegrityAlgorithm, LongTermKeyCredentials, Message, MessageClass, MessageType, MessageWriteVec, Method,
    TransactionId,
};
use stun_types::prelude::*;
use tokio::net::UdpSocket;
use tokio::time::timeout;
use turn_types::attribute::{ChannelNumber, RequestedTransport, XorPeerAddress, XorRelayedAddress};
use turn_types::message::{ALLOCATE, CHANNEL_BIND};

/// Longest wait for an answer, and how often a request is sent.
const PATIENCE: Duration = Duration::from_millis(500);
const TRIES: usize = 8;

/// The channel that each allocation binds.
const CHANNEL: u16 = 0x4000;

/// Bytes before the payload of ChannelData (RFC 8656 section 12.4).
pub(crate) const HEADER: usize = 4;

/// Who may allocate.
#[derive(Clone, Debug)]
pub(crate) struct Login {
    pub(crate) username: String,
    pub(crate) password: String,
}

/// Two allocations of one relay, each with a channel to the other one, as two people in a call have them. They end with their
/// lifetime at the relay, of 10 minutes: longer than any load.
pub(crate) struct Pair {
    /// The two clients, connected to the relay.
    pub(crate) clients: [UdpSocket; 2],
}

impl Pair {
    /// Allocates twice, and lets each in by a channel of the other.
    pub(crate) async fn open(relay: SocketAddr, login: &Login) -> Result<Self> {
        let one = Allocation::open(relay, login).await?;
        let other = Allocation::open(relay, login).await?;
        one.bind(other.relayed).await?;
        other.bind(one.relayed).await?;
        Ok(Self {
            clients: [one.client, other.client],
        })
    }
}

/// A place at a relay.
struct Allocation {
    client: UdpSocket,
    relayed: SocketAddr,
    proof: Proof,
}

impl Allocation {
    async fn open(relay: SocketAddr, login: &Login) -> Result<Self> {
        let client = UdpSocket::bind(SocketAddr::from(([127, 0, 0, 1], 0))).await?;
        client.connect(relay).await?;

        let transport = |message: &mut MessageWriteVec, _| {
            let udp = RequestedTransport::new(RequestedTransport::UDP);
            message.add_attribute(&udp).context("an Allocate has room")
        };
        let challenge = ask(&client, ALLOCATE, None, transport).await?;
        let challenge = Message::from_bytes(&challenge)?;
        let realm = challenge.attribute::<Realm>().context("a relay asks who it is")?;
        let nonce = challenge.attribute::<Nonce>().context("a relay asks who it is")?;
        let proof = Proof {
            login: login.clone(),
            realm: realm.realm().to_owned(),
            nonce: nonce.nonce().to_owned(),
        };

        let allocated = ask(&client, ALLOCATE, Some(&proof), transport).await?;
        let allocated = success(&allocated)?;
        let relayed = allocated
            .attribute::<XorRelayedAddress>()?
            .addr(allocated.transaction_id());
        Ok(Self { client, relayed, proof })
    }

    async fn bind(&self, peer: SocketAddr) -> Result<()> {
        let bound = ask(&self.client, CHANNEL_BIND, Some(&self.proof), |message, id| {
            message.add_attribute(&ChannelNumber::new(CHANNEL))?;
            message.add_attribute(&XorPeerAddress::new(peer, id))?;
            Ok(())
        })
        .await?;
        success(&bound)?;
        Ok(())
    }
}

/// What a client sends for its peer: a payload of so many bytes in the channel.
pub(crate) fn channel_data(payload: u16) -> Vec<u8> {
    let mut frame = CHANNEL.to_be_bytes().to_vec();
    frame.extend(payload.to_be_bytes());
    frame.resize(HEADER + usize::from(payload), 7);
    frame
}

/// What signs a request (RFC 8489 section 9.2).
struct Proof {
    login: Login,
    realm: String,
    nonce: String,
}

/// Sends a request until it is answered.
async fn ask(
    socket: &UdpSocket,
    method: Method,
    proof: Option<&Proof>,
    fill: impl FnOnce(&mut MessageWriteVec, TransactionId) -> Result<()>,
) -> Result<Vec<u8>> {
    let id = TransactionId::from(fastrand::u128(..));
    let kind = MessageType::from_class_method(MessageClass::Request, method);
    let mut message = Message::builder(kind, id, MessageWriteVec::new());
    fill(&mut message, id)?;
    if let Some(Proof { login, realm, nonce }) = proof {
        message.add_attribute(&Username::new(&login.username)?)?;
        message.add_attribute(&Realm::new(realm)?)?;
        message.add_attribute(&Nonce::new(nonce)?)?;
        let key = LongTermKeyCredentials::new(login.username.clone(), login.password.clone(), realm.clone());
        message.add_message_integrity(&key.into(), IntegrityAlgorithm::Sha1)?;
    }
    let request = message.finish();
    let mut answer = vec![0; 2_048];
    for _ in 0..TRIES {
        socket.send(&request).await?;
        let Ok(length) = timeout(PATIENCE, socket.recv(&mut answer)).await else {
            continue;
        };
        let answer = &answer[..length?];
        if Message::from_bytes(answer).is_ok_and(|answer| answer.transaction_id() == id) {
            return Ok(answer.to_vec());
        }
    }
    bail!("the relay does not answer")
}

fn success(answer: &[u8]) -> Result<Message<'_>> {
    let answer = Message::from_bytes(answer)?;
    let refused = answer.attribute::<ErrorCode>().map(|error| error.code());
    ensure!(
        answer.has_class(MessageClass::Success),
        "the relay refuses with {}",
        refused.unwrap_or_default()
    );
    Ok(answer)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn channel_data_says_its_channel_and_its_length() {
        let frame = channel_data(1_200);
        assert_eq!(frame.len(), 1_204);
        assert_eq!(frame[..HEADER], [0x40, 0, 0x04, 0xb0]);
    }

    #[tokio::test]
    async fn a_relay_that_refuses_is_an_error_with_its_code() {
        let relay = UdpSocket::bind("127.0.0.1:0").await.unwrap();
        let address = relay.local_addr().unwrap();
        let serve = async {
            let mut request = [0; 2_048];
            for code in [401, 486] {
                let (length, from) = relay.recv_from(&mut request).await.unwrap();
                let request = Message::from_bytes(&request[..length]).unwrap();
                let mut answer = Message::builder_error(&request, MessageWriteVec::new());
                answer
                    .add_attribute(&ErrorCode::builder(code).build().unwrap())
                    .unwrap();
                answer.add_attribute(&Realm::new("realm").unwrap()).unwrap();
                answer.add_attribute(&Nonce::new("nonce").unwrap()).unwrap();
                relay.send_to(&answer.finish(), from).await.unwrap();
            }
        };
        let login = Login {
            username: "user".into(),
            password: "password".into(),
        };
        let (opened, ()) = tokio::join!(Pair::open(address, &login), serve);
        let error = opened.err().unwrap().to_string();
        assert!(error.contains("486"), "{error}");
    }
}
