//! The protocol in a world without sockets, where time passes when a test says so.

use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use relay::core::*;
use stun_types::message::{MessageWriteVec, Method, TransactionId};
use stun_types::prelude::*;
use turn_types::attribute::*;
use turn_types::message::*;

use super::message::{self, Login};

pub const RELAY_V4: &str = "20.1.2.3";
pub const RELAY_V6: &str = "2a00:1::1";

/// A socket, of which the world keeps a clone.
#[derive(Clone, Default)]
pub struct FakePort(Arc<()>);

impl FakePort {
    /// Whether its allocation has let go of it.
    pub fn is_closed(&self) -> bool {
        Arc::strong_count(&self.0) == 1
    }
}

/// What came of something that a client sent.
#[derive(Debug, PartialEq, Eq)]
pub enum Outcome {
    Nothing,
    Answer(Vec<u8>),
    /// To a client of the same relay.
    Delivered(Client, Vec<u8>),
}

impl Outcome {
    /// The bytes of an answer.
    pub fn answer(self) -> Vec<u8> {
        match self {
            Self::Answer(bytes) => bytes,
            other => panic!("no answer but {other:?}"),
        }
    }

    /// What this one got of it; nobody else may have got anything.
    pub fn heard_by(self, receiver: &Caller) -> Option<message::FromPeer> {
        match self {
            Self::Nothing => None,
            Self::Delivered(to, bytes) if to == receiver.client => Some(message::from_peer(&bytes)),
            other => panic!("not for the receiver: {other:?}"),
        }
    }
}

pub struct World {
    pub server: Server<FakePort>,
    pub credentials: Arc<Credentials>,
    pub now: Duration,
    pub ports: Vec<FakePort>,
    pub no_sockets: bool,
    next_port: u16,
    next_id: u128,
}

pub fn settings() -> Settings {
    Settings {
        realm: "parlour".into(),
        external: vec![RELAY_V4.parse().unwrap(), RELAY_V6.parse().unwrap()],
        quota: Quota {
            per_seat: 3,
            per_prober: 2,
            per_address: 5,
            overall: 7,
        },
        channels: 3,
        bandwidth: None,
        strangers: Bandwidth {
            per_second: 1_000,
            burst: 10_000,
        },
    }
}

impl Default for World {
    fn default() -> Self {
        Self::with(|_| {})
    }
}

impl World {
    pub fn with(change: impl FnOnce(&mut Settings)) -> Self {
        let mut settings = settings();
        change(&mut settings);
        let credentials = Arc::new(Credentials::new(b"secret of the tests", Duration::from_secs(3600)));
        Self {
            server: Server::new(settings, Arc::clone(&credentials), b"secret of the tests"),
            credentials,
            now: Duration::from_secs(1_800_000_000),
            ports: Vec::new(),
            no_sockets: false,
            next_port: 50_000,
            next_id: 1,
        }
    }

    pub fn pass(&mut self, seconds: u64) {
        self.now += Duration::from_secs(seconds);
    }

    pub fn id(&mut self) -> u128 {
        self.next_id += 1;
        self.next_id
    }

    /// A client sends bytes.
    pub fn send(&mut self, client: Client, bytes: &[u8]) -> Outcome {
        match self.server.handle(self.now, client, bytes) {
            Action::None => Outcome::Nothing,
            Action::Answer(bytes) => Outcome::Answer(bytes),
            Action::Relay { to, from, payload } => {
                let mut bytes = Vec::new();
                let passes = self.server.handle_peer(self.now, &to, from, payload, &mut bytes);
                assert!(passes || bytes.is_empty(), "what is not passed on is not written");
                match passes {
                    true => Outcome::Delivered(to.client(), bytes),
                    false => Outcome::Nothing,
                }
            }
            Action::Open(opening) => {
                let socket = (!self.no_sockets).then(|| {
                    let step = if opening.wants_even_port() {
                        2 - self.next_port % 2
                    } else {
                        1
                    };
                    self.next_port += step;
                    let port = FakePort::default();
                    self.ports.push(port.clone());
                    (self.next_port, port)
                });
                Outcome::Answer(self.server.open(self.now, *opening, socket, 7).0)
            }
        }
    }
}

/// One client and what it knows.
#[derive(Clone)]
pub struct Caller {
    pub client: Client,
    pub login: Login,
    relayed: Option<SocketAddr>,
}

impl Caller {
    /// With credentials and a nonce, and no allocation.
    pub fn new(world: &mut World, address: &str, seat: &str) -> Self {
        Self::over(world, address, seat, Transport::Udp)
    }

    pub fn over(world: &mut World, address: &str, seat: &str, transport: Transport) -> Self {
        let issued = world.credentials.issue(seat, world.now).unwrap();
        Self::with(world, address, issued, transport)
    }

    /// Somebody who has no seat, without an allocation.
    pub fn prober(world: &mut World, address: &str, name: &str) -> Self {
        let issued = world.credentials.issue_probe(name, world.now).unwrap();
        Self::with(world, address, issued, Transport::Udp)
    }

    fn with(world: &mut World, address: &str, issued: Issued, transport: Transport) -> Self {
        let client = Client::new(address.parse().unwrap(), "20.1.2.3:3478".parse().unwrap(), transport);
        let asked = message::request(1, ALLOCATE, None, |_, _| {});
        let (realm, nonce) = message::challenge(&world.send(client, &asked).answer());
        Self {
            client,
            login: Login {
                username: issued.username,
                password: issued.password,
                realm,
                nonce,
            },
            relayed: None,
        }
    }

    /// With an allocation.
    pub fn allocated(world: &mut World, address: &str, seat: &str) -> Self {
        let mut caller = Self::new(world, address, seat);
        assert_eq!(message::code(&caller.allocate(world)), None);
        caller
    }

    /// Fetches a fresh nonce.
    pub fn renew(&mut self, world: &mut World) {
        let asked = message::request(1, REFRESH, None, |_, _| {});
        self.login.nonce = message::challenge(&world.send(self.client, &asked).answer()).1;
    }

    pub fn ask(
        &self,
        world: &mut World,
        method: Method,
        fill: impl FnOnce(&mut MessageWriteVec, TransactionId),
    ) -> Vec<u8> {
        let id = world.id();
        let bytes = message::request(id, method, Some(&self.login), fill);
        world.send(self.client, &bytes).answer()
    }

    pub fn allocate_with(&mut self, world: &mut World, fill: impl FnOnce(&mut MessageWriteVec)) -> Vec<u8> {
        let answer = self.ask(world, ALLOCATE, |message, _| {
            message.add_attribute(&RequestedTransport::new(17)).unwrap();
            fill(message);
        });
        if message::code(&answer).is_none() {
            self.relayed = Some(message::addresses(&answer).0);
        }
        answer
    }

    pub fn allocate(&mut self, world: &mut World) -> Vec<u8> {
        self.allocate_with(world, |_| {})
    }

    pub fn relayed(&self) -> SocketAddr {
        self.relayed.unwrap()
    }

    /// The same as a text.
    pub fn at(&self) -> String {
        self.relayed().to_string()
    }

    pub fn refresh(&self, world: &mut World, seconds: Option<u32>) -> Vec<u8> {
        self.ask(world, REFRESH, |message, _| {
            if let Some(seconds) = seconds {
                message.add_attribute(&Lifetime::new(seconds)).unwrap();
            }
        })
    }

    /// The code of the answer.
    pub fn permit(&self, world: &mut World, peers: &[&str]) -> Option<u16> {
        message::code(&self.ask(world, CREATE_PERMISSION, |message, id| {
            for peer in peers {
                let peer = peer
                    .parse::<IpAddr>()
                    .map_or_else(|_| peer.parse().unwrap(), |ip| SocketAddr::new(ip, 9));
                message.add_attribute(&XorPeerAddress::new(peer, id)).unwrap();
            }
        }))
    }

    /// The code of the answer.
    pub fn bind(&self, world: &mut World, number: u16, peer: &str) -> Option<u16> {
        message::code(&self.ask(world, CHANNEL_BIND, |message, id| {
            message.add_attribute(&ChannelNumber::new(number)).unwrap();
            message
                .add_attribute(&XorPeerAddress::new(peer.parse().unwrap(), id))
                .unwrap();
        }))
    }

    pub fn send(&self, world: &mut World, peer: &str, payload: &[u8]) -> Outcome {
        let id = world.id();
        let bytes = message::send_indication(id, peer.parse().unwrap(), payload);
        world.send(self.client, &bytes)
    }

    pub fn send_channel(&self, world: &mut World, number: u16, payload: &[u8]) -> Outcome {
        world.send(self.client, &message::channel_data(number, payload))
    }
}
